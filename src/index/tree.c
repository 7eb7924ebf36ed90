#include "index/tree.h"

#include <assert.h>

#include "geo/distance.h"
#include "geo/trig.h"

#define RAD_FROM_E7 (TRIG_PI / 180 * 1e-7)
#define SMALL_E7    50000000 // within 5 degrees short series do

static uint32_t boxes_over(uint32_t count)
{
    return count / TREE_FANOUT + (count % TREE_FANOUT != 0);
}

uint64_t tree_boxes(uint32_t item_count)
{
    uint64_t total = 0;
    for (uint32_t count = item_count; count != 0;) {
        count = boxes_over(count);
        total += count;
        if (count == 1) {
            break;
        }
    }
    return total;
}

struct tree tree_over(const struct tree_box *boxes, uint32_t item_count)
{
    struct tree tree = {.item_count = item_count};
    for (uint32_t count = item_count; count != 0;) {
        count = boxes_over(count);
        assert(tree.level_count < TREE_LEVELS_MAX); // 16^8 items would not fit the count
        tree.levels[tree.level_count] = boxes;
        tree.box_counts[tree.level_count] = count;
        tree.level_count++;
        boxes += count;
        if (count == 1) {
            break;
        }
    }
    return tree;
}

void tree_builder_add(struct tree_builder *builder, struct tree_box item)
{
    const bool is_first = builder->item_count % TREE_FANOUT == 0;
    if (is_first && builder->item_count != 0) {
        buffer_append(&builder->boxes, &builder->open, sizeof(builder->open));
    }
    builder->open = is_first ? item : tree_box_union(builder->open, item);
    builder->item_count++;
}

static struct tree_box box_at(const struct buffer *boxes, size_t index)
{
    struct tree_box box;
    memcpy(&box, boxes->data + index * sizeof(box), sizeof(box));
    return box;
}

enum status tree_builder_end(struct tree_builder *builder)
{
    if (builder->item_count == 0) {
        return STATUS_OK;
    }
    buffer_append(&builder->boxes, &builder->open, sizeof(builder->open));
    TRY(buffer_status(&builder->boxes));
    size_t begin = 0;
    size_t count = builder->boxes.size / sizeof(struct tree_box);
    while (count > 1) {
        const size_t end = begin + count;
        for (size_t first = begin; first < end; first += TREE_FANOUT) {
            struct tree_box all = box_at(&builder->boxes, first);
            for (size_t i = first + 1; i < end && i < first + TREE_FANOUT; i++) {
                all = tree_box_union(all, box_at(&builder->boxes, i));
            }
            buffer_append(&builder->boxes, &all, sizeof(all));
            TRY(buffer_status(&builder->boxes));
        }
        count = builder->boxes.size / sizeof(struct tree_box) - end;
        begin = end;
    }
    return STATUS_OK;
}

bool tree_is_sound(const struct tree *tree)
{
    for (int level = 1; level < tree->level_count; level++) {
        const struct tree_box *const below = tree->levels[level - 1];
        for (uint32_t i = 0; i < tree->box_counts[level]; i++) {
            const uint32_t first = i * TREE_FANOUT;
            struct tree_box all = below[first];
            for (uint32_t j = first + 1; j < tree->box_counts[level - 1] && j < first + TREE_FANOUT;
                 j++) {
                all = tree_box_union(all, below[j]);
            }
            if (memcmp(&all, &tree->levels[level][i], sizeof(all)) != 0) {
                return false;
            }
        }
    }
    return true;
}

// The haversine formula says chord^2 = hav(dlat) + cos(lat1) cos(lat2) hav(dlng), with hav(x) = 4 sin^2(x/2)
// <= x^2, and hav(x) >= x^2 (1 - x^2 / 24)^2. Within the radius dlat is at most the radius and cos(lat) at least
// that of the circle's end nearer a pole, which also limits dlng; so the bound below never exceeds
// the chord of a place within the radius.
struct tree_search tree_search_around(struct geo_point centre, double radius_m)
{
    const double whole_rad = radius_m / DISTANCE_EARTH_RADIUS_M;
    const double radius_rad = whole_rad < TRIG_PI ? whole_rad : TRIG_PI;
    const struct trig_pair lat = trig_sin_cos(trig_rad_from_e7(centre.lat_e7));
    const double half_sine = trig_sin_cos(radius_rad / 2).sin;
    const double end_rad = fabs(trig_rad_from_e7(centre.lat_e7)) + radius_rad;
    const double end_cos = end_rad < TRIG_PI / 2 ? trig_sin_cos(end_rad).cos : 0;
    struct tree_search search = {
        .centre = centre,
        .reach = 4 * half_sine * half_sine * (1 + 1e-9),
        .cos_lat = lat.cos,
        .sin_lat = lat.sin,
    };
    double widest_rad = radius_rad;
    if (half_sine < 0.9 * end_cos) {
        widest_rad = 2 * trig_asin(half_sine / end_cos);
        search.lng_scale = RAD_FROM_E7 * end_cos * (1 - 1e-9);
        const double east_e7 = fabs((double)centre.lng_e7) + widest_rad / RAD_FROM_E7;
        search.goes_round = east_e7 >= GEO_LNG_MAX;
    }
    const double bend = 1 - widest_rad * widest_rad / 24;
    search.lat_scale = RAD_FROM_E7 * bend * (1 - 1e-9);
    search.lng_scale *= bend;
    return search;
}

static double square_of_larger(double low, double high, double scale)
{
    const double off = low > high ? low : high;
    const double size = off > 0 ? off * scale : 0;
    return size * size;
}

double tree_box_bound(const struct tree_search *search, struct tree_box box)
{
    const double lng_e7 = search->centre.lng_e7;
    const double lat_e7 = search->centre.lat_e7;
    const double rise =
        square_of_larger(box.south_e7 - lat_e7, lat_e7 - box.north_e7, search->lat_scale);
    double turn = square_of_larger(box.west_e7 - lng_e7, lng_e7 - box.east_e7, search->lng_scale);
    if (search->goes_round) {
        const double other_e7 = lng_e7 + (lng_e7 < 0 ? 2.0 : -2.0) * GEO_LNG_MAX;
        const double other =
            square_of_larger(box.west_e7 - other_e7, other_e7 - box.east_e7, search->lng_scale);
        turn = other < turn ? other : turn;
    }
    return rise + turn;
}

static void visit_boxes(const struct tree *tree, struct tree_search *search, int level,
                        uint32_t first, uint32_t end)
{
    struct {
        double bound;
        uint32_t box;
    } near[TREE_FANOUT];
    int count = 0;
    for (uint32_t box = first; box < end; box++) {
        const double bound = tree_box_bound(search, tree->levels[level][box]);
        if (bound > search->reach) {
            continue;
        }
        int at = count++;
        for (; at > 0 && near[at - 1].bound > bound; at--) {
            near[at] = near[at - 1];
        }
        near[at].bound = bound;
        near[at].box = box;
    }
    const uint32_t below = level == 0 ? tree->item_count : tree->box_counts[level - 1];
    for (int i = 0; i < count && near[i].bound <= search->reach; i++) {
        const uint32_t begin = near[i].box * TREE_FANOUT;
        const uint32_t stop = below - begin < TREE_FANOUT ? below : begin + TREE_FANOUT;
        if (level == 0) {
            search->visit(search, begin, stop);
        } else {
            visit_boxes(tree, search, level - 1, begin, stop);
        }
    }
}

void tree_visit(const struct tree *tree, struct tree_search *search)
{
    if (tree->level_count > 0) {
        visit_boxes(tree, search, tree->level_count - 1, 0, 1);
    }
}

double tree_chord(const struct tree_search *search, struct geo_point point)
{
    const int64_t rise_e7 = (int64_t)point.lat_e7 - search->centre.lat_e7;
    const int32_t turn_e7 = geo_lng_turn_e7(search->centre.lng_e7, point.lng_e7);
    const double rise = RAD_FROM_E7 * (double)rise_e7;
    const double turn = RAD_FROM_E7 * turn_e7;
    double cos_lat;
    double rise_hav;
    double turn_hav;
    if (rise_e7 < SMALL_E7 && rise_e7 > -SMALL_E7 && turn_e7 < SMALL_E7 && turn_e7 > -SMALL_E7) {
        const double rise2 = rise * rise;
        const double turn2 = turn * turn;
        rise_hav = rise2 * (1 - rise2 * (1.0 / 12) * (1 - rise2 * (1.0 / 30)));
        turn_hav = turn2 * (1 - turn2 * (1.0 / 12) * (1 - turn2 * (1.0 / 30)));
        const double sine = rise * (1 - rise2 * (1.0 / 6) * (1 - rise2 * (1.0 / 20)));
        cos_lat = search->cos_lat * (1 - rise_hav / 2) - search->sin_lat * sine;
    } else {
        const double rise_sine = trig_sin_cos(rise / 2).sin;
        const double turn_sine = trig_sin_cos(turn / 2).sin;
        rise_hav = 4 * rise_sine * rise_sine;
        turn_hav = 4 * turn_sine * turn_sine;
        cos_lat = trig_sin_cos(trig_rad_from_e7(point.lat_e7)).cos;
    }
    return rise_hav + search->cos_lat * cos_lat * turn_hav;
}

double tree_distance_m(double chord)
{
    return 2 * DISTANCE_EARTH_RADIUS_M * trig_asin(sqrt(chord) / 2);
}
