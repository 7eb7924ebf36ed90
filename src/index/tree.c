#include "index/tree.h"

#include <assert.h>

#include "geo/distance.h"

#define RAD_FROM_E7 (TRIG_PI / 180 * 1e-7)
#define SMALL_E7    50000000 // within 5 degrees short series do
#define SMALL_RAD   0.05

static uint32_t groups_of(uint32_t count)
{
    return count / TREE_FANOUT + (count % TREE_FANOUT != 0);
}

uint64_t tree_nodes(uint32_t item_count)
{
    uint64_t total = 0;
    uint32_t boxes = groups_of(item_count);
    while (boxes > 0) {
        const uint32_t nodes = groups_of(boxes);
        total += nodes;
        boxes = nodes > 1 ? nodes : 0;
    }
    return total;
}

struct tree tree_over(const struct tree_node *nodes, uint32_t item_count)
{
    struct tree tree = {.item_count = item_count};
    uint32_t boxes = groups_of(item_count);
    while (boxes > 0) {
        assert(tree.level_count < TREE_LEVELS_MAX); // 16^9 items would not fit the count
        const uint32_t count = groups_of(boxes);
        tree.levels[tree.level_count] = nodes;
        tree.box_counts[tree.level_count] = boxes;
        tree.level_count++;
        nodes += count;
        boxes = count > 1 ? count : 0;
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

// Puts up to 16 boxes into a node and returns the box of them all.
static struct tree_box fill_node(struct tree_node *node, const struct buffer *boxes, size_t first,
                                 size_t end)
{
    struct tree_box all = box_at(boxes, first);
    for (size_t i = first; i < end; i++) {
        const struct tree_box box = box_at(boxes, i);
        node->west_e7[i - first] = box.west_e7;
        node->south_e7[i - first] = box.south_e7;
        node->east_e7[i - first] = box.east_e7;
        node->north_e7[i - first] = box.north_e7;
        all = tree_box_union(all, box);
    }
    return all;
}

enum status tree_builder_end(struct tree_builder *builder)
{
    if (builder->item_count == 0) {
        return STATUS_OK;
    }
    buffer_append(&builder->boxes, &builder->open, sizeof(builder->open));
    TRY(buffer_status(&builder->boxes));
    size_t begin = 0; // of the level's boxes; those of the next level follow them
    size_t end = builder->boxes.size / sizeof(struct tree_box);
    while (begin < end) {
        for (size_t first = begin; first < end; first += TREE_FANOUT) {
            struct tree_node node = {0};
            const size_t stop = end - first < TREE_FANOUT ? end : first + TREE_FANOUT;
            const struct tree_box all = fill_node(&node, &builder->boxes, first, stop);
            buffer_append(&builder->nodes, &node, sizeof(node));
            if (end - begin > TREE_FANOUT) {
                buffer_append(&builder->boxes, &all, sizeof(all));
            }
        }
        TRY(buffer_status(&builder->nodes));
        TRY(buffer_status(&builder->boxes));
        begin = end;
        end = builder->boxes.size / sizeof(struct tree_box);
    }
    return STATUS_OK;
}

void tree_builder_free(struct tree_builder *builder)
{
    buffer_free(&builder->boxes);
    buffer_free(&builder->nodes);
}

bool tree_is_sound(const struct tree *tree)
{
    for (int level = 0; level < tree->level_count; level++) {
        const uint32_t count = tree->box_counts[level];
        for (uint32_t box = count; box % TREE_FANOUT != 0; box++) {
            if (!tree_box_equal(tree_box_at(tree, level, box), (struct tree_box){0})) {
                return false;
            }
        }
        for (uint32_t node = 0; level + 1 < tree->level_count && node < groups_of(count); node++) {
            const uint32_t first = node * TREE_FANOUT;
            struct tree_box all = tree_box_at(tree, level, first);
            for (uint32_t box = first; box < count && box - first < TREE_FANOUT; box++) {
                all = tree_box_union(all, tree_box_at(tree, level, box));
            }
            if (!tree_box_equal(all, tree_box_at(tree, level + 1, node))) {
                return false;
            }
        }
    }
    return true;
}

// Squared chord of the radius: 4 sin^2(radius / 2).
static double chord_of_angle(double angle_rad)
{
    if (angle_rad < SMALL_RAD) {
        const double square = angle_rad * angle_rad;
        return square * (1 - square * (1.0 / 12) * (1 - square * (1.0 / 30)));
    }
    const double half_sine = trig_sin_cos(angle_rad / 2).sin;
    return 4 * half_sine * half_sine;
}

// The haversine formula says chord^2 = hav(dlat) + cos(lat1) cos(lat2) hav(dlng), with hav(x) = 4
// sin^2(x / 2) <= x^2, and hav(x) >= x^2 (1 - x^2 / 24)^2. Within the radius dlat is at most the
// radius and cos(lat) at least the centre's less the radius, which also limits dlng; so the bounds
// made of these scales never exceed the chord of a place within the radius. Floats and whole steps
// of 4 units round them by less than what is taken off here and in tree_keys_of.
struct tree_search tree_search_around(struct geo_point centre, double radius_m)
{
    const double whole_rad = radius_m / DISTANCE_EARTH_RADIUS_M;
    const double radius_rad = whole_rad < TRIG_PI ? whole_rad : TRIG_PI;
    const struct trig_pair lat = trig_sin_cos(trig_rad_from_e7(centre.lat_e7));
    const double end_cos = lat.cos - radius_rad;
    struct tree_search search = {
        .centre = centre,
        .reach = chord_of_angle(radius_rad) * (1 + 1e-12),
        .cos_lat = lat.cos,
        .sin_lat = lat.sin,
    };
    double widest_rad = radius_rad;
    double lng_scale = 0;
    if (radius_rad < end_cos) { // else a pole is near, and longitude tells nothing
        // sin(dlng / 2) <= sin(radius / 2) / end_cos, and asin(x) <= x (1 + x^2) up to 1/2.
        const double sine = radius_rad / 2 / end_cos;
        widest_rad = 2 * sine * (1 + sine * sine);
        lng_scale = 4 * RAD_FROM_E7 * end_cos;
        const double east_e7 = fabs((double)centre.lng_e7) + widest_rad / RAD_FROM_E7;
        search.goes_round = east_e7 >= GEO_LNG_MAX;
    }
    const double bend = (1 - widest_rad * widest_rad / 24) * (1 - 1e-6);
    search.lat_scale = (float)(4 * RAD_FROM_E7 * bend);
    search.lng_scale = (float)(lng_scale * bend);
    return search;
}

static tree_four four_at(const int32_t *values)
{
    tree_four four;
    memcpy(&four, values, sizeof(four));
    return four;
}

// How far the stretch between two ends is from zero, or 0 when it holds zero; the ends in any
// order.
static tree_four off_zero(tree_four one, tree_four other)
{
    const tree_four one_is_less = one < other;
    const tree_four low = (one & one_is_less) | (other & ~one_is_less);
    const tree_four high = (other & one_is_less) | (one & ~one_is_less);
    return (low & (low > 0)) | (-high & (high < 0));
}

// A step less, for the rounding of steps.
static tree_four less_one(tree_four steps)
{
    return (steps - 1) & (steps > 0);
}

struct tree_keys tree_keys_of(const struct tree_search *search, const int32_t *lng_e7,
                              const int32_t *lat_e7, const int32_t *other_lng_e7,
                              const int32_t *other_lat_e7, uint32_t count)
{
    // Steps of 4 units, so that no difference of longitudes, round the globe or not, overflows.
    const int32_t lng = search->centre.lng_e7 >> 2;
    const int32_t lat = search->centre.lat_e7 >> 2;
    const int32_t round = search->centre.lng_e7 < 0 ? GEO_LNG_MAX / 2 : -GEO_LNG_MAX / 2;
    struct tree_keys keys = {0}; // clang does not see that the loop fills it
    for (int i = 0; i < TREE_FANOUT / 4; i++) {
        const tree_four lng_one = (four_at(lng_e7 + 4 * i) >> 2) - lng;
        const tree_four lng_two = (four_at(other_lng_e7 + 4 * i) >> 2) - lng;
        const tree_four lat_one = (four_at(lat_e7 + 4 * i) >> 2) - lat;
        const tree_four lat_two = (four_at(other_lat_e7 + 4 * i) >> 2) - lat;
        tree_four turn = off_zero(lng_one, lng_two);
        if (search->goes_round) {
            const tree_four other = off_zero(lng_one - round, lng_two - round);
            turn = (turn & (turn < other)) | (other & ~(turn < other));
        }
        const tree_four rise = off_zero(lat_one, lat_two);
        const tree_four_floats x =
            __builtin_convertvector(less_one(turn), tree_four_floats) * search->lng_scale;
        const tree_four_floats y =
            __builtin_convertvector(less_one(rise), tree_four_floats) * search->lat_scale;
        const tree_four lanes = (tree_four){0, 1, 2, 3} + 4 * i;
        const tree_four key = ((tree_four)(x * x + y * y) & ~(TREE_FANOUT - 1)) | lanes;
        keys.fours[i] = key | ((lanes >= (int32_t)count) & TREE_KEY_NONE);
    }
    return keys;
}

static void visit_node(const struct tree *tree, struct tree_search *search, int level,
                       uint32_t index)
{
    const struct tree_node *const node = &tree->levels[level][index];
    const uint32_t first = index * TREE_FANOUT;
    struct tree_keys keys = tree_keys_of(search, node->west_e7, node->south_e7, node->east_e7,
                                         node->north_e7, tree->box_counts[level] - first);
    for (;;) {
        const uint32_t lane = tree_keys_take(&keys, search->reach);
        if (lane == TREE_FANOUT) {
            return;
        }
        if (level > 0) {
            visit_node(tree, search, level - 1, first + lane);
            continue;
        }
        const uint32_t begin = (first + lane) * TREE_FANOUT;
        const uint32_t rest = tree->item_count - begin;
        search->visit(search, begin, begin + (rest < TREE_FANOUT ? rest : TREE_FANOUT));
    }
}

void tree_visit(const struct tree *tree, struct tree_search *search)
{
    if (tree->level_count > 0) {
        visit_node(tree, search, tree->level_count - 1, 0);
    }
}

double tree_chord(const struct tree_search *search, struct geo_point point)
{
    const int64_t rise_e7 = (int64_t)point.lat_e7 - search->centre.lat_e7;
    const int32_t turn_e7 = geo_lng_turn_e7(search->centre.lng_e7, point.lng_e7);
    const double rise = RAD_FROM_E7 * (double)rise_e7;
    const double turn = RAD_FROM_E7 * turn_e7;
    if (rise_e7 >= SMALL_E7 || rise_e7 <= -SMALL_E7 || turn_e7 >= SMALL_E7 ||
        turn_e7 <= -SMALL_E7) {
        const double rise_sine = trig_sin_cos(rise / 2).sin;
        const double turn_sine = trig_sin_cos(turn / 2).sin;
        const double cos_lat = trig_sin_cos(trig_rad_from_e7(point.lat_e7)).cos;
        return 4 * (rise_sine * rise_sine + search->cos_lat * cos_lat * turn_sine * turn_sine);
    }
    const double rise2 = rise * rise;
    const double turn2 = turn * turn;
    const double rise_hav = rise2 * (1 - rise2 * (1.0 / 12) * (1 - rise2 * (1.0 / 30)));
    const double turn_hav = turn2 * (1 - turn2 * (1.0 / 12) * (1 - turn2 * (1.0 / 30)));
    const double sine = rise * (1 - rise2 * (1.0 / 6) * (1 - rise2 * (1.0 / 20)));
    const double cos_lat = search->cos_lat * (1 - rise_hav / 2) - search->sin_lat * sine;
    return rise_hav + search->cos_lat * cos_lat * turn_hav;
}

double tree_distance_m(double chord)
{
    const double x = sqrt(chord) / 2;
    const double square = x * x;
    if (square < 1e-4) {
        const double series = 1 + square * (1.0 / 6 + square * (3.0 / 40 + square * (15.0 / 336)));
        return 2 * DISTANCE_EARTH_RADIUS_M * x * series;
    }
    return 2 * DISTANCE_EARTH_RADIUS_M * trig_asin(x);
}
