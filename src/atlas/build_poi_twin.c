// Which places of interest are drawn twice.
#include <math.h>
#include <stdlib.h>

#include "atlas/atlas.h"
#include "atlas/build_phrase.h"
#include "atlas/build_poi.h"
#include "geo/distance.h"

static const double near_m = 50;
static const double known_m = 1000; // of one item of Wikidata

enum {
    BAND_E7 = 100000,    // of latitude: 1.1 km
    WIDE_BOX_E7 = 60000, // areas larger than this are no building
    LOOKS_MAX = 4096,    // at others of one name, to either side: a file may have a million of them
};

struct poi_note {
    uint64_t name; // hash
    uint64_t id;
    uint64_t wikidata; // hash; 0 none
    struct geo_point point;
    struct geo_box box;
    uint32_t into; // another note; BUILD_NONE
    uint16_t category;
    uint8_t source;
    char type;
};

struct build_pois {
    struct poi_note *notes;
    size_t note_count, note_capacity;
    struct poi_twin *twins; // by `from`
    uint32_t *by_into;      // the same by `into`
    size_t twin_count;
    struct buffer records;
    struct build_scratch scratch;
};

enum status build_pois_new(struct world *world, struct fault *fault)
{
    world->twins = memory_take_zeroed(world->account, 1, sizeof(*world->twins));
    if (world->twins == NULL) {
        return build_no_memory(world, fault);
    }
    world->twins->records.account = world->account;
    world->twins->scratch.account = world->account;
    return STATUS_OK;
}

void build_pois_free(struct world *world)
{
    struct build_pois *const pois = world->twins;
    if (pois != NULL) {
        memory_give(pois->notes);
        memory_give(pois->twins);
        memory_give(pois->by_into);
        buffer_free(&pois->records);
        build_scratch_free(&pois->scratch);
        memory_give(pois);
        world->twins = NULL;
    }
}

// FNV-1a over 64 bits; capitals of ASCII count as small letters.
static uint64_t hash_of(struct bytes text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const bool is_capital = byte >= 'A' && byte <= 'Z';
        hash = (hash ^ (is_capital ? byte + 32U : byte)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

enum status build_poi_note(struct world *world, const struct feature *feature, struct fault *fault)
{
    struct build_pois *const pois = world->twins;
    if (!memory_grow(world->account, &pois->notes, &pois->note_capacity, pois->note_count + 1,
                     sizeof(*pois->notes))) {
        return build_no_memory(world, fault);
    }
    pois->notes[pois->note_count++] = (struct poi_note){
        .name = hash_of(build_main_name(feature)),
        .id = atlas_id_pack(feature->id),
        .wikidata = feature->wikidata.size == 0 ? 0 : hash_of(feature->wikidata),
        .point = feature->point,
        .box = feature->box,
        .into = BUILD_NONE,
        .category = feature->category,
        .source = feature->source,
        .type = feature->id.type,
    };
    return STATUS_OK;
}

static int by_name(const void *left, const void *right)
{
    const struct poi_note *const a = left;
    const struct poi_note *const b = right;
    if (a->name != b->name) {
        return a->name < b->name ? -1 : 1;
    }
    if (a->point.lat_e7 != b->point.lat_e7) {
        return a->point.lat_e7 < b->point.lat_e7 ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}

static bool is_in_building(const struct poi_note *node, const struct poi_note *area)
{
    const int64_t width = (int64_t)area->box.east_e7 - area->box.west_e7;
    const int64_t height = (int64_t)area->box.north_e7 - area->box.south_e7;
    return width >= 0 && width <= WIDE_BOX_E7 && height <= WIDE_BOX_E7 &&
           geo_box_contains(area->box, node->point);
}

// How far `from` is from being a second drawing of `into`; HUGE_VAL when it is none.
static double twin_m(const struct poi_note *from, const struct poi_note *into)
{
    const bool is_of_earlier = into->source < from->source;
    const bool is_node_in_area =
        into->source == from->source && from->type == 'n' && into->type != 'n' && into->type != 0;
    const bool has_both = from->wikidata != 0 && into->wikidata != 0;
    if ((!is_of_earlier && !is_node_in_area) || (has_both && from->wikidata != into->wikidata)) {
        return HUGE_VAL;
    }
    const double away_m = distance_m(from->point, into->point);
    if (has_both && away_m <= known_m) {
        return away_m;
    }
    return from->category == into->category && (away_m <= near_m || is_in_building(from, into))
               ? away_m
               : HUGE_VAL;
}

// The nearest of its name that a note goes into. Those of one name lie by latitude.
static void twin_find(struct build_pois *pois, size_t at)
{
    struct poi_note *const from = &pois->notes[at];
    double best_m = HUGE_VAL;
    for (int step = -1; step <= 1; step += 2) {
        unsigned looks = 0;
        for (size_t i = at + (size_t)step; i < pois->note_count && looks < LOOKS_MAX;
             i += (size_t)step, looks++) {
            const struct poi_note *const into = &pois->notes[i];
            const int64_t apart = (int64_t)into->point.lat_e7 - from->point.lat_e7;
            if (into->name != from->name || apart > BAND_E7 || apart < -BAND_E7) {
                break;
            }
            const double away_m = twin_m(from, into);
            if (away_m < best_m) {
                best_m = away_m;
                from->into = (uint32_t)i;
            }
        }
    }
}

static int by_from(const void *left, const void *right)
{
    const struct poi_twin *const a = left;
    const struct poi_twin *const b = right;
    return (a->from > b->from) - (a->from < b->from);
}

static int by_into(const void *left, const void *right, void *context)
{
    const struct poi_twin *const twins = context;
    uint32_t a;
    uint32_t b;
    memcpy(&a, left, sizeof(a));
    memcpy(&b, right, sizeof(b));
    if (twins[a].into != twins[b].into) {
        return twins[a].into < twins[b].into ? -1 : 1;
    }
    return (a > b) - (a < b);
}

// A note goes into what its twin goes into: twins lead from later inputs to earlier ones and from nodes to
// areas, never round.
static uint64_t root_of(const struct build_pois *pois, uint32_t note)
{
    while (pois->notes[note].into != BUILD_NONE) {
        note = pois->notes[note].into;
    }
    return pois->notes[note].id;
}

static enum status twins_keep(struct world *world, size_t count, struct fault *fault)
{
    struct build_pois *const pois = world->twins;
    pois->twins = memory_take_zeroed(world->account, count + 1, sizeof(*pois->twins));
    pois->by_into = memory_take(world->account, count + 1, sizeof(*pois->by_into));
    if (pois->twins == NULL || pois->by_into == NULL) {
        return build_no_memory(world, fault);
    }
    for (size_t i = 0; i < pois->note_count; i++) {
        if (pois->notes[i].into != BUILD_NONE) {
            pois->by_into[pois->twin_count] = (uint32_t)pois->twin_count;
            pois->twins[pois->twin_count++] =
                (struct poi_twin){.from = pois->notes[i].id,
                                  .into = root_of(pois, pois->notes[i].into),
                                  .draft = BUILD_NONE};
        }
    }
    if (count != 0) {
        qsort(pois->twins, count, sizeof(*pois->twins), by_from);
        qsort_r(pois->by_into, count, sizeof(*pois->by_into), by_into, pois->twins);
    }
    return STATUS_OK;
}

enum status build_poi_twins_find(struct world *world, struct fault *fault)
{
    struct build_pois *const pois = world->twins;
    size_t count = 0;
    if (pois->note_count != 0) {
        qsort(pois->notes, pois->note_count, sizeof(*pois->notes), by_name);
    }
    for (size_t i = 0; i < pois->note_count; i++) {
        twin_find(pois, i);
        count += pois->notes[i].into != BUILD_NONE ? 1 : 0;
    }
    TRY(twins_keep(world, count, fault));
    world->report->poi_twin_count = count;
    memory_give(pois->notes);
    pois->notes = NULL;
    pois->note_count = 0;
    pois->note_capacity = 0;
    return STATUS_OK;
}

struct poi_twin *build_poi_twin_into(struct world *world, uint64_t id)
{
    const struct build_pois *const pois = world->twins;
    const struct poi_twin wanted = {.from = id};
    return pois->twin_count == 0
               ? NULL
               : bsearch(&wanted, pois->twins, pois->twin_count, sizeof(wanted), by_from);
}

enum status build_poi_twin_wait(struct world *world, struct poi_twin *twin, struct bytes record,
                                struct fault *fault)
{
    struct build_pois *const pois = world->twins;
    twin->record_offset = pois->records.size;
    twin->record_size = record.size;
    buffer_append_bytes(&pois->records, record);
    return buffer_status(&pois->records) == STATUS_OK ? STATUS_OK : build_no_memory(world, fault);
}

// The first of by_into whose object is `id`.
static size_t into_first(const struct build_pois *pois, uint64_t id)
{
    size_t low = 0;
    for (size_t high = pois->twin_count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (pois->twins[pois->by_into[middle]].into < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum status build_poi_twin_waiting(struct world *world, uint64_t id, struct feature *other,
                                   bool *has_other, struct fault *fault)
{
    struct build_pois *const pois = world->twins;
    *has_other = false;
    for (size_t i = into_first(pois, id); i < pois->twin_count; i++) {
        const struct poi_twin *const twin = &pois->twins[pois->by_into[i]];
        if (twin->into != id) {
            break;
        }
        if (twin->record_size != 0) {
            const struct bytes record = {.data = pois->records.data + twin->record_offset,
                                         .size = twin->record_size};
            if (build_record_decode(record, &pois->scratch, other) != STATUS_OK) {
                return build_no_memory(world, fault);
            }
            *has_other = true;
        }
    }
    return STATUS_OK;
}

enum status build_poi_twins_made(struct world *world, uint64_t id, uint32_t draft,
                                 struct fault *fault)
{
    const struct build_pois *const pois = world->twins;
    for (size_t i = into_first(pois, id); i < pois->twin_count; i++) {
        struct poi_twin *const twin = &pois->twins[pois->by_into[i]];
        if (twin->into != id) {
            break;
        }
        twin->draft = draft;
        TRY(build_alias_add(world, twin->from, draft, fault));
    }
    return STATUS_OK;
}
