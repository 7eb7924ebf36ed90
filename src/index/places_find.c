#include <assert.h>
#include <stdlib.h>

#include "geo/distance.h"
#include "geo/trig.h"
#include "index/places.h"
#include "index/places_private.h"

static const struct places_head *head_at(const struct slab *slab, slab_handle handle)
{
    return slab_at(slab, handle);
}

// Nearest. ------------------------------------------------------------------------------------------

static void near_leaf(struct places_search *search, struct places_leaf *leaf)
{
    const struct places_lanes lanes = places_lanes_of(leaf);
    const uint32_t count = leaf->head.count;
    for (uint32_t first = 0; first < count; first += TREE_FANOUT) {
        struct tree_keys keys =
            tree_keys_of(&search->around, lanes.west + first, lanes.south + first,
                         lanes.east + first, lanes.north + first, count - first);
        for (;;) {
            const uint32_t lane = tree_keys_take(&keys, search->around.reach);
            if (lane == TREE_FANOUT) {
                break;
            }
            const uint32_t at = first + lane;
            if (leaf->head.has_extents) {
                search->found(search, lanes.item[at], 0);
                continue;
            }
            const struct geo_point point = {.lng_e7 = lanes.west[at], .lat_e7 = lanes.south[at]};
            const double chord = tree_chord(&search->around, point);
            if (chord <= search->around.reach) {
                search->found(search, lanes.item[at], chord);
            }
        }
    }
}

// Asks for the lines of a node that will be looked at soon: they come while others are looked at.
static void prefetch(const struct slab *slab, slab_handle handle, uint32_t level)
{
    enum { LINE = 64 };
    const char *const node = slab_at(slab, handle);
    const size_t size = level == 0 ? sizeof(struct places_leaf) : sizeof(struct places_inner);
    for (size_t at = 0; at < size; at += LINE) {
        __builtin_prefetch(node + at);
    }
}

static void near_below(const struct slab *slab, struct places_search *search, slab_handle handle)
{
    if (head_at(slab, handle)->level == 0) {
        near_leaf(search, slab_at(slab, handle));
        return;
    }
    const struct places_inner *const inner = slab_at(slab, handle);
    struct tree_keys keys =
        tree_keys_of(&search->around, inner->boxes.west_e7, inner->boxes.south_e7,
                     inner->boxes.east_e7, inner->boxes.north_e7, inner->head.count);
    // The reach may shrink below some of them before their turn comes: a copy is used up for that.
    struct tree_keys ahead = keys;
    for (uint32_t lane; (lane = tree_keys_take(&ahead, search->around.reach)) != TREE_FANOUT;) {
        prefetch(slab, inner->child[lane], inner->head.level - 1U);
    }
    for (uint32_t lane; (lane = tree_keys_take(&keys, search->around.reach)) != TREE_FANOUT;) {
        near_below(slab, search, inner->child[lane]);
    }
}

void places_near(const struct slab *slab, const struct places *places, struct places_search *search)
{
    if (places->root != 0) {
        near_below(slab, search, places->root);
    }
}

// Upper bounds of the squared chords to the far corners of a leaf's boxes: hav(x) <= x^2, and the
// cosine of the other latitude is at most the centre's and the difference of latitudes. In steps of 4
// units, so that no difference overflows.
static void far_chords(struct places_leaf *leaf, struct geo_point centre, float cos_lat,
                       float chords[POINT_LANES])
{
    const struct places_lanes lanes = places_lanes_of(leaf);
    const float unit = (float)(4 * TRIG_PI / 180 * 1e-7);
    const int32_t lng = centre.lng_e7 >> 2;
    const int32_t lat = centre.lat_e7 >> 2;
    for (uint32_t i = 0; i < leaf->head.count; i++) {
        const int32_t west = abs((lanes.west[i] >> 2) - lng);
        const int32_t east = abs((lanes.east[i] >> 2) - lng);
        const int32_t south = abs((lanes.south[i] >> 2) - lat);
        const int32_t north = abs((lanes.north[i] >> 2) - lat);
        const float turn = unit * (float)((west > east ? west : east) + 1);
        const float rise = unit * (float)((south > north ? south : north) + 1);
        const float other_cos = cos_lat + rise < 1 ? cos_lat + rise : 1;
        chords[i] = (rise * rise + cos_lat * other_cos * turn * turn) * 1.00001F;
    }
}

static double radius_of(float chord)
{
    return chord >= 4 ? (double)INFINITY : tree_distance_m((double)chord) * 1.00001 + 1;
}

enum { SURE_MAX = 16 };

double places_radius_m(const struct slab *slab, const struct places *places,
                       struct geo_point centre, uint32_t wanted, bool *is_sure)
{
    *is_sure = false;
    if (places->root == 0) {
        return (double)INFINITY;
    }
    const cell_id cell = cell_from_point(centre, CELL_LEVEL_MAX);
    slab_handle handle = places->root;
    for (uint32_t level = places->level; level > 0; level--) {
        const struct places_inner *const inner = slab_at(slab, handle);
        handle = inner->child[places_child_of(inner, cell, 0)];
    }
    struct places_leaf *const leaf = slab_at(slab, handle);
    const float cos_lat = (float)trig_sin_cos(trig_rad_from_e7(centre.lat_e7)).cos;
    float chords[POINT_LANES];
    far_chords(leaf, centre, cos_lat, chords);
    float nearest[SURE_MAX];
    uint32_t kept = 0;
    const uint32_t keep = wanted < SURE_MAX ? wanted : SURE_MAX;
    for (uint32_t i = 0; i < leaf->head.count; i++) {
        const float chord = chords[i];
        if (kept == keep && chord >= nearest[kept - 1]) {
            continue;
        }
        uint32_t at = kept < keep ? kept++ : kept - 1;
        for (; at > 0 && nearest[at - 1] > chord; at--) {
            nearest[at] = nearest[at - 1];
        }
        nearest[at] = chord;
    }
    if (kept == wanted && kept > 0) {
        *is_sure = true;
        return radius_of(nearest[kept - 1]);
    }
    // Items lie about evenly round here: area goes with their number.
    return kept == 0 ? (double)INFINITY
                     : radius_of(nearest[kept - 1] * 2 * (float)wanted / (float)kept);
}

// Inside windows. -----------------------------------------------------------------------------------

struct places_windows places_windows_of(struct geo_box box)
{
    struct places_windows windows = {0};
    if (geo_box_is_empty(box)) {
        return windows;
    }
    const struct tree_box plain = {.west_e7 = box.west_e7,
                                   .south_e7 = box.south_e7,
                                   .east_e7 = box.east_e7,
                                   .north_e7 = box.north_e7};
    struct tree_box *const all = windows.windows;
    if (geo_box_crosses_antimeridian(box)) {
        all[0] = plain;
        all[0].east_e7 = GEO_LNG_MAX;
        all[1] = plain;
        all[1].west_e7 = -GEO_LNG_MAX;
        windows.count = 2;
    } else {
        all[windows.count++] = plain;
        if (box.east_e7 == GEO_LNG_MAX && box.west_e7 != -GEO_LNG_MAX) {
            all[windows.count] = plain;
            all[windows.count].west_e7 = -GEO_LNG_MAX;
            all[windows.count++].east_e7 = -GEO_LNG_MAX;
        } else if (box.west_e7 == -GEO_LNG_MAX && box.east_e7 != GEO_LNG_MAX) {
            all[windows.count] = plain;
            all[windows.count].west_e7 = GEO_LNG_MAX;
            all[windows.count++].east_e7 = GEO_LNG_MAX;
        }
    }
    for (int32_t pole_e7 = -GEO_LAT_MAX; pole_e7 <= GEO_LAT_MAX; pole_e7 += 2 * GEO_LAT_MAX) {
        if (box.south_e7 <= pole_e7 && box.north_e7 >= pole_e7) {
            all[windows.count++] = (struct tree_box){.west_e7 = -GEO_LNG_MAX,
                                                     .south_e7 = pole_e7,
                                                     .east_e7 = GEO_LNG_MAX,
                                                     .north_e7 = pole_e7};
        }
        if (pole_e7 == GEO_LAT_MAX) {
            break;
        }
    }
    return windows;
}

static bool meets(const struct places_windows *windows, struct tree_box box)
{
    for (unsigned i = 0; i < windows->count; i++) {
        const struct tree_box *const window = &windows->windows[i];
        if (box.west_e7 <= window->east_e7 && box.east_e7 >= window->west_e7 &&
            box.south_e7 <= window->north_e7 && box.north_e7 >= window->south_e7) {
            return true;
        }
    }
    return false;
}

static bool is_inside(const struct places_windows *windows, struct tree_box box)
{
    for (unsigned i = 0; i < windows->count; i++) {
        const struct tree_box *const window = &windows->windows[i];
        if (box.west_e7 >= window->west_e7 && box.east_e7 <= window->east_e7 &&
            box.south_e7 >= window->south_e7 && box.north_e7 <= window->north_e7) {
            return true;
        }
    }
    return false;
}

static int by_key(const void *left, const void *right)
{
    const struct places_item *const a = left;
    const struct places_item *const b = right;
    return a->key != b->key ? (a->key > b->key) - (a->key < b->key)
                            : (a->item > b->item) - (a->item < b->item);
}

static bool in_leaf(struct places_leaf *leaf, const struct places_windows *windows,
                    places_each *each, void *context)
{
    const struct places_lanes lanes = places_lanes_of(leaf);
    struct places_item items[POINT_LANES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < leaf->head.count; i++) {
        const struct tree_box box = places_lane_box(&lanes, i);
        if (meets(windows, box)) {
            items[count++] = (struct places_item){.box = box, .item = lanes.item[i]};
        }
    }
    if (count > 1) {
        for (uint32_t i = 0; i < count; i++) {
            items[i].key = places_key(items[i].box, leaf->head.has_extents);
        }
        qsort(items, count, sizeof(*items), by_key);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!each(context, items[i].item, items[i].box)) {
            return false;
        }
    }
    return true;
}

static bool in_below(const struct slab *slab, slab_handle handle,
                     const struct places_windows *windows, places_each *each, void *context)
{
    if (head_at(slab, handle)->level == 0) {
        return in_leaf(slab_at(slab, handle), windows, each, context);
    }
    const struct places_inner *const inner = slab_at(slab, handle);
    for (uint32_t i = 0; i < inner->head.count; i++) {
        if (meets(windows, places_child_box(inner, i)) &&
            !in_below(slab, inner->child[i], windows, each, context)) {
            return false;
        }
    }
    return true;
}

bool places_in(const struct slab *slab, const struct places *places,
               const struct places_windows *windows, places_each *each, void *context)
{
    return places->root == 0 || in_below(slab, places->root, windows, each, context);
}

static uint64_t count_below(const struct slab *slab, slab_handle handle,
                            const struct places_windows *windows)
{
    uint64_t count = 0;
    if (head_at(slab, handle)->level == 0) {
        struct places_leaf *const leaf = slab_at(slab, handle);
        const struct places_lanes lanes = places_lanes_of(leaf);
        for (uint32_t i = 0; i < leaf->head.count; i++) {
            count += meets(windows, places_lane_box(&lanes, i));
        }
        return count;
    }
    const struct places_inner *const inner = slab_at(slab, handle);
    for (uint32_t i = 0; i < inner->head.count; i++) {
        const struct tree_box box = places_child_box(inner, i);
        if (is_inside(windows, box)) {
            count += inner->count[i];
        } else if (meets(windows, box)) {
            count += count_below(slab, inner->child[i], windows);
        }
    }
    return count;
}

uint64_t places_count(const struct slab *slab, const struct places *places,
                      const struct places_windows *windows)
{
    return places->root == 0 ? 0 : count_below(slab, places->root, windows);
}
