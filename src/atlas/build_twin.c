#include "atlas/build_twin.h"

#include <stdlib.h>

#include "atlas/atlas.h"
#include "atlas/build_area.h"
#include "atlas/build_place.h"
#include "atlas/build_shape.h"
#include "geo/distance.h"

// Rows of GeoNames and settlements of OpenStreetMap that share a name are one up to this distance.
static const double twin_distance_m = 10e3;
// The same of an area at the rim of an extract: only some spot of its border is known.
static const double cut_distance_m = 50e3;

static uint32_t twin_root(const struct world *world, uint32_t index)
{
    while (world->places[index].twin != BUILD_NONE) {
        index = world->places[index].twin;
    }
    return index;
}

// True when the words of one phrase stand, whole, within the other ("new york" in "city of new
// york").
static bool is_within(struct bytes inner, struct bytes outer)
{
    for (size_t i = 0; i + inner.size <= outer.size; i++) {
        const size_t end = i + inner.size;
        if ((i == 0 || outer.data[i - 1] == ' ') && (end == outer.size || outer.data[end] == ' ') &&
            memcmp(outer.data + i, inner.data, inner.size) == 0) {
            return true;
        }
    }
    return false;
}

// Of two sources that have a place, the one with the lower rank gives the document its id and pin.
static unsigned source_rank(const struct place *place)
{
    const enum source_kind kind = atlas_id_unpack(place->id).kind;
    return kind == SOURCE_GEONAMES ? 3 : kind == SOURCE_WOF ? 2 : kind == SOURCE_MAPPED ? 1 : 0;
}

// A row of a gazetteer: it goes into the place of a better source, if there is one.
static bool is_row(const struct place *place)
{
    return source_rank(place) != 0;
}

static bool is_settlement(const struct place *place)
{
    return place->layer == LAYER_LOCALITY || place->layer == LAYER_BOROUGH ||
           place->layer == LAYER_NEIGHBOURHOOD;
}

// Whether a label node is the same thing as its area.
static bool is_label_twin(const struct world *world, const struct place *area,
                          const struct place *node)
{
    const bool is_same_layer = area->layer == node->layer ||
                               (is_settlement(area) && is_settlement(node)) ||
                               (area->layer == LAYER_COUNTY && node->layer == LAYER_LOCALITY);
    if (!is_same_layer || area->phrase == BUILD_NONE || node->phrase == BUILD_NONE) {
        return false;
    }
    if (area->wikidata != 0 && node->wikidata != 0) {
        return area->wikidata == node->wikidata;
    }
    if (area->phrase == node->phrase) {
        return true;
    }
    return area->layer == node->layer && is_within(build_intern_at(&world->phrases, node->phrase),
                                                   build_intern_at(&world->phrases, area->phrase));
}

// `node` goes into `area`: one document with the area's id and extent.
static void twin_join(struct world *world, uint32_t area_index, uint32_t node_index)
{
    struct place *const area = &world->places[area_index];
    struct place *const node = &world->places[node_index];
    node->twin = area_index;
    area->country = area->country != 0 ? area->country : node->country;
    area->point = node->point;
    area->population = node->population != 0 ? node->population : area->population;
    area->wikidata = area->wikidata != 0 ? area->wikidata : node->wikidata;
    area->place_type = node->place_type != PLACE_NONE ? node->place_type : area->place_type;
    if (area->layer == LAYER_COUNTY && node->layer == LAYER_LOCALITY) {
        area->layer = LAYER_LOCALITY;
    }
}

// Who's On First has the built-up town and its administration, both with outlines.
static bool is_gazetteer_town(const struct place *place)
{
    return atlas_id_unpack(place->id).kind == SOURCE_WOF && place->layer == LAYER_LOCALITY;
}

struct place_key {
    uint64_t key;
    int64_t order;
    uint32_t place;
};

static int by_key(const void *left, const void *right)
{
    const struct place_key *const a = left;
    const struct place_key *const b = right;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static size_t key_first(const struct place_key *keys, size_t count, uint64_t key)
{
    size_t low = 0;
    for (size_t high = count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (keys[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Areas take the nodes they name, the most specific area first.
static void twins_by_label(struct world *world, struct place_key *keys)
{
    const size_t count = world->place_count;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct place_key){.key = world->places[i].id, .place = (uint32_t)i};
    }
    qsort(keys, count, sizeof(*keys), by_key);
    for (int level = 11; level >= 0; level--) {
        for (uint32_t i = 0; i < count; i++) {
            struct place *const area = &world->places[i];
            if (area->admin_level != level || area->label == 0) {
                continue;
            }
            const size_t found = key_first(keys, count, area->label);
            if (found < count && keys[found].key == area->label) {
                const struct place *const node = &world->places[keys[found].place];
                if (node->twin == BUILD_NONE && node->rings == BUILD_NONE && area != node &&
                    is_label_twin(world, area, node)) {
                    twin_join(world, i, keys[found].place);
                }
            }
        }
    }
}

// Nodes inside an area of their own name and kind, where neither names the other.
static enum status twins_by_name(struct world *world, struct fault *fault)
{
    uint8_t *const is_taken SCOPED(build_give) =
        memory_take_zeroed(world->account, world->place_count + 1, 1);
    if (is_taken == NULL) {
        return build_no_memory(world, fault);
    }
    for (size_t i = 0; i < world->place_count; i++) {
        if (world->places[i].twin != BUILD_NONE) {
            is_taken[world->places[i].twin] = 1;
        }
    }
    for (uint32_t i = 0; i < world->place_count; i++) {
        const struct place *const node = &world->places[i];
        if (node->twin != BUILD_NONE || (node->rings != BUILD_NONE && !is_gazetteer_town(node)) ||
            node->phrase == BUILD_NONE || atlas_id_unpack(node->id).kind == SOURCE_GEONAMES) {
            continue;
        }
        uint32_t around[BUILD_AREAS_MAX];
        const size_t count = build_areas_at(world, node->point, around);
        uint32_t best = BUILD_NONE;
        for (size_t k = 0; k < count; k++) {
            const struct place *const area = &world->places[around[k]];
            const bool is_kin =
                area->layer == node->layer || (is_settlement(area) && is_settlement(node));
            if (is_kin && area->phrase == node->phrase && area->twin == BUILD_NONE &&
                !build_is_shape(area) && is_taken[around[k]] == 0 &&
                (node->rings == BUILD_NONE || area->admin_level < node->admin_level) &&
                (best == BUILD_NONE || area->admin_level > world->places[best].admin_level)) {
                best = around[k];
            }
        }
        if (best != BUILD_NONE) {
            twin_join(world, best, i);
            is_taken[best] = 1;
        }
    }
    return STATUS_OK;
}

// Of an area whose outline is not there the point says little.
static bool is_cut(const struct place *place)
{
    return (place->roles & FEATURE_AREA) != 0 && place->rings == BUILD_NONE;
}

// Whether a row is this place of another source.
static bool is_row_twin(const struct place *place, const struct place *row)
{
    const bool is_same_country =
        place->country == row->country || (is_cut(place) && place->country == 0);
    if (source_rank(place) >= source_rank(row) || place->layer > LAYER_NEIGHBOURHOOD ||
        !is_same_country) {
        return false;
    }
    if (row->layer == LAYER_COUNTRY) {
        return place->layer == LAYER_COUNTRY;
    }
    if (place->phrase != row->phrase) {
        return false;
    }
    if (row->layer < LAYER_LOCALITY) {
        return place->layer == row->layer;
    }
    return is_settlement(place) && distance_m(place->point, row->point) <=
                                       (is_cut(place) ? cut_distance_m : twin_distance_m);
}

// Of the places under `keys`, the one that `row` is: the most populous, then the first.
static uint32_t row_twin(const struct world *world, const struct place_key *keys, size_t count,
                         const struct place *row)
{
    const uint64_t key = row->layer == LAYER_COUNTRY ? UINT64_MAX : row->phrase;
    uint32_t best = BUILD_NONE;
    for (size_t i = key_first(keys, count, key); i < count && keys[i].key == key; i++) {
        const uint32_t root = twin_root(world, keys[i].place);
        const struct place *const place = &world->places[root];
        if (is_row_twin(place, row) &&
            (best == BUILD_NONE || place->population > world->places[best].population)) {
            best = root;
        }
    }
    return best;
}

// `row` goes into `best`, which keeps its id and pin and gains what it did not know.
static void row_join(struct world *world, uint32_t best, uint32_t index)
{
    struct place *const place = &world->places[best];
    struct place *const row = &world->places[index];
    row->twin = best;
    if (is_cut(place) && !is_cut(row)) {
        place->point = row->point;
        place->country = place->country != 0 ? place->country : row->country;
    }
    place->population = place->population != 0 ? place->population : row->population;
    place->wikidata = place->wikidata != 0 ? place->wikidata : row->wikidata;
    if (place->rings == BUILD_NONE && row->rings != BUILD_NONE && place->layer == row->layer) {
        place->rings = row->rings;
        place->box = row->box;
        place->admin_level = place->admin_level != 0 ? place->admin_level : row->admin_level;
    }
}

static void twins_of_rows(struct world *world, struct place_key *keys)
{
    const size_t count = world->place_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct place *const place = &world->places[i];
        keys[i] = (struct place_key){
            .key = place->layer == LAYER_COUNTRY ? UINT64_MAX : place->phrase, .place = i};
    }
    qsort(keys, count, sizeof(*keys), by_key);
    for (uint32_t i = 0; i < count; i++) {
        struct place *const row = &world->places[i];
        if (!is_row(row) || row->twin != BUILD_NONE || row->layer > LAYER_NEIGHBOURHOOD) {
            continue;
        }
        const uint32_t best = row_twin(world, keys, count, row);
        if (best != BUILD_NONE) {
            row_join(world, best, i);
        }
    }
}

// Places that a source says are one: by each other's ids, or by the same entry of Wikidata.
static bool is_said_same(const struct place *place, const struct place *row)
{
    return place->layer <= LAYER_NEIGHBOURHOOD &&
           (place->layer == row->layer || (is_settlement(place) && is_settlement(row)));
}

static uint32_t same_find(const struct world *world, const struct place_key *keys, size_t count,
                          uint64_t key, uint32_t row)
{
    for (size_t i = key_first(keys, count, key); i < count && keys[i].key == key; i++) {
        const uint32_t root = twin_root(world, keys[i].place);
        if (root != row && is_said_same(&world->places[root], &world->places[row])) {
            return root;
        }
    }
    return BUILD_NONE;
}

static void twins_by_id(struct world *world, struct place_key *keys)
{
    const size_t count = world->place_count;
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (struct place_key){.key = world->places[i].id, .place = i};
    }
    qsort(keys, count, sizeof(*keys), by_key);
    for (uint32_t i = 0; i < count; i++) {
        for (unsigned k = 0; k < FEATURE_SAME_MAX; k++) {
            const struct place *const row = &world->places[i];
            if (row->same[k] == 0 || row->twin != BUILD_NONE) {
                continue;
            }
            const uint32_t found = same_find(world, keys, count, row->same[k], i);
            if (found == BUILD_NONE) {
                continue;
            }
            if (source_rank(&world->places[found]) < source_rank(row)) {
                row_join(world, found, i);
            } else if (world->places[found].twin == BUILD_NONE) {
                row_join(world, i, found);
            }
        }
    }
}

static void twins_by_wikidata(struct world *world, struct place_key *keys)
{
    size_t count = 0;
    for (uint32_t i = 0; i < world->place_count; i++) {
        if (world->places[i].wikidata != 0) {
            keys[count++] = (struct place_key){.key = world->places[i].wikidata,
                                               .order = source_rank(&world->places[i]),
                                               .place = i};
        }
    }
    qsort(keys, count, sizeof(*keys), by_key);
    for (uint32_t i = 0; i < world->place_count; i++) {
        const struct place *const row = &world->places[i];
        if (!is_row(row) || row->wikidata == 0 || row->twin != BUILD_NONE ||
            row->layer > LAYER_NEIGHBOURHOOD) {
            continue;
        }
        const uint32_t found = same_find(world, keys, count, row->wikidata, i);
        if (found != BUILD_NONE && source_rank(&world->places[found]) < source_rank(row)) {
            row_join(world, found, i);
        }
    }
}

static int by_root(const void *left, const void *right)
{
    const struct build_twin *const a = left;
    const struct build_twin *const b = right;
    if (a->root != b->root) {
        return a->root < b->root ? -1 : 1;
    }
    // The root itself comes first.
    const bool is_a_root = a->place == a->root;
    const bool is_b_root = b->place == b->root;
    if (is_a_root != is_b_root) {
        return is_a_root ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

enum status build_twins_find(struct world *world, struct build_twin **twins, struct fault *fault)
{
    const size_t count = world->place_count;
    struct place_key *const keys SCOPED(build_give) =
        memory_take(world->account, count + 1, sizeof(*keys));
    struct build_twin *const found = memory_take(world->account, count + 1, sizeof(*found));
    if (keys == NULL || found == NULL) {
        memory_give(found);
        return build_no_memory(world, fault);
    }
    *twins = found;
    twins_by_label(world, keys);
    TRY(twins_by_name(world, fault));
    TRY(build_shapes_join(world, fault));
    twins_by_id(world, keys);
    twins_by_wikidata(world, keys);
    twins_of_rows(world, keys);
    for (uint32_t i = 0; i < count; i++) {
        found[i] = (struct build_twin){.root = twin_root(world, i), .place = i};
    }
    qsort(found, count, sizeof(*found), by_root);
    return STATUS_OK;
}

// Of the places under one id, which come one after another: the one that stays.
static uint32_t unique_of(const struct world *world, const struct place_key *keys, size_t count)
{
    uint32_t best = keys[0].place;
    for (size_t i = 1; i < count; i++) {
        if (world->places[best].rings == BUILD_NONE &&
            world->places[keys[i].place].rings != BUILD_NONE) {
            best = keys[i].place;
        }
    }
    return best;
}

// Marks by `draft` what does not stay. What one input says twice stays.
static void repeated_mark(struct world *world, const struct place_key *keys, size_t count)
{
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && keys[end].key == keys[first].key) {
            end++;
        }
        const uint32_t kept = unique_of(world, &keys[first], end - first);
        for (size_t i = first; i < end; i++) {
            struct place *const place = &world->places[keys[i].place];
            place->draft = place->source == world->places[kept].source ? BUILD_NONE : 0;
        }
        first = end;
    }
}

enum status build_places_unique(struct world *world, struct fault *fault)
{
    const size_t count = world->place_count;
    if (world->options->input_count < 2 || count == 0) {
        return STATUS_OK;
    }
    struct place_key *const keys SCOPED(build_give) =
        memory_take(world->account, count, sizeof(*keys));
    if (keys == NULL) {
        return build_no_memory(world, fault);
    }
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (struct place_key){.key = world->places[i].id, .place = i};
    }
    qsort(keys, count, sizeof(*keys), by_key);
    repeated_mark(world, keys, count);
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (world->places[i].draft == BUILD_NONE) {
            world->places[left++] = world->places[i];
        }
    }
    world->place_count = left;
    world->report->repeated_count += count - left;
    return STATUS_OK;
}
