#include "atlas/build_gazetteer.h"

#include <stdlib.h>

#include "atlas/build_phrase.h"
#include "geo/distance.h"

static const double city_reach_m = 50e3;
// A part of a city is meant only when no city of the name is this much nearer.
static const double part_penalty_m = 10e3;

enum {
    TILE_E7 = 500000, // tiles of a twentieth of a degree
    REACH_TILES_MAX =
        4096, // near a pole a circle has all longitudes: such settlements reach nobody
};

static int64_t tile_of(int64_t angle_e7)
{
    return (angle_e7 + 2 * (int64_t)GEO_LNG_MAX) / TILE_E7;
}

static uint64_t tile_at(int64_t row, int64_t column)
{
    const int64_t around = 2 * (int64_t)GEO_LNG_MAX / TILE_E7;
    return (uint64_t)row << 32 | (uint64_t)(column % around);
}

enum status gazetteer_add(struct build_gazetteer *gazetteer, struct bytes phrase, uint32_t draft)
{
    if (gazetteer->is_ready) {
        return STATUS_OK;
    }
    uint32_t number = 0;
    TRY(build_intern_add(&gazetteer->phrases, phrase, &number));
    if (!memory_grow(gazetteer->phrases.account, &gazetteer->names, &gazetteer->name_capacity,
                     gazetteer->name_count + 1, sizeof(*gazetteer->names))) {
        return STATUS_NO_MEMORY;
    }
    gazetteer->names[gazetteer->name_count++] =
        (struct gazetteer_name){.phrase = number, .draft = draft};
    return STATUS_OK;
}

static int by_phrase(const void *left, const void *right)
{
    const struct gazetteer_name *const a = left;
    const struct gazetteer_name *const b = right;
    if (a->phrase != b->phrase) {
        return a->phrase < b->phrase ? -1 : 1;
    }
    return (a->draft > b->draft) - (a->draft < b->draft);
}

static int by_tile(const void *left, const void *right)
{
    const struct gazetteer_reach *const a = left;
    const struct gazetteer_reach *const b = right;
    if (a->tile != b->tile) {
        return a->tile < b->tile ? -1 : 1;
    }
    return (a->draft > b->draft) - (a->draft < b->draft);
}

// How far from its node a settlement reaches, as far as nobody says where it ends.
static uint32_t typical_radius_m(unsigned place_type)
{
    switch (place_type) {
    case PLACE_CITY:
        return 15000;
    case PLACE_TOWN:
    case PLACE_MUNICIPALITY:
        return 8000;
    case PLACE_VILLAGE:
        return 3000;
    case PLACE_HAMLET:
    case PLACE_BOROUGH:
    case PLACE_SUBURB:
        return 1500;
    case PLACE_QUARTER:
    case PLACE_NEIGHBOURHOOD:
        return 1000;
    default:
        return 0;
    }
}

static enum status reach_add(struct build_gazetteer *gazetteer, struct memory_account *account,
                             uint32_t draft, struct geo_point point, uint32_t radius_m)
{
    const struct geo_box box = geo_box_around(point, radius_m);
    const int64_t east_e7 =
        box.east_e7 + (geo_box_crosses_antimeridian(box) ? 2 * (int64_t)GEO_LNG_MAX : 0);
    const int64_t rows = tile_of(box.north_e7) - tile_of(box.south_e7) + 1;
    const int64_t columns = tile_of(east_e7) - tile_of(box.west_e7) + 1;
    if (rows * columns > REACH_TILES_MAX) {
        return STATUS_OK;
    }
    if (!memory_grow(account, &gazetteer->reaches, &gazetteer->reach_capacity,
                     gazetteer->reach_count + (size_t)(rows * columns),
                     sizeof(*gazetteer->reaches))) {
        return STATUS_NO_MEMORY;
    }
    for (int64_t i = 0; i < rows * columns; i++) {
        gazetteer->reaches[gazetteer->reach_count++] =
            (struct gazetteer_reach){.tile = tile_at(tile_of(box.south_e7) + i / columns,
                                                     tile_of(box.west_e7) + i % columns),
                                     .draft = draft,
                                     .radius_m = radius_m};
    }
    return STATUS_OK;
}

enum status gazetteer_ready(struct build_gazetteer *gazetteer, struct world *world,
                            struct fault *fault)
{
    gazetteer->is_ready = true;
    if (gazetteer->name_count != 0) {
        qsort(gazetteer->names, gazetteer->name_count, sizeof(*gazetteer->names), by_phrase);
    }
    for (uint32_t i = 0; i < world->draft_count; i++) {
        const struct draft *const draft = &world->drafts[i];
        const uint32_t radius_m = typical_radius_m(draft->doc.place_type);
        const struct geo_point point = {.lng_e7 = draft->doc.lng_e7, .lat_e7 = draft->doc.lat_e7};
        if (draft->doc.layer >= LAYER_LOCALITY && draft->doc.layer <= LAYER_NEIGHBOURHOOD &&
            radius_m != 0 && (draft->doc.layer == LAYER_LOCALITY || !draft->has_box) &&
            reach_add(gazetteer, world->account, i, point, radius_m) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
    }
    if (gazetteer->reach_count != 0) {
        qsort(gazetteer->reaches, gazetteer->reach_count, sizeof(*gazetteer->reaches), by_tile);
    }
    return STATUS_OK;
}

uint32_t gazetteer_near(const struct build_gazetteer *gazetteer, const struct world *world,
                        struct geo_point point, uint16_t country, bool is_part)
{
    const uint64_t tile = tile_at(tile_of(point.lat_e7), tile_of(point.lng_e7));
    size_t low = 0;
    for (size_t high = gazetteer->reach_count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (gazetteer->reaches[middle].tile < tile) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t best = BUILD_NONE;
    double best_part = 1; // of its radius
    for (; low < gazetteer->reach_count && gazetteer->reaches[low].tile == tile; low++) {
        const struct gazetteer_reach *const reach = &gazetteer->reaches[low];
        const struct atlas_doc *const doc = &world->drafts[reach->draft].doc;
        const struct geo_point pin = {.lng_e7 = doc->lng_e7, .lat_e7 = doc->lat_e7};
        const double part = distance_off_line_m(&pin, 1, point) / reach->radius_m;
        if (part < best_part && (doc->layer != LAYER_LOCALITY) == is_part &&
            (country == 0 || doc->country == 0 || doc->country == country)) {
            best_part = part;
            best = reach->draft;
        }
    }
    return best;
}

static enum status candidate_add(struct build_gazetteer *gazetteer, uint32_t first, uint32_t draft)
{
    for (size_t i = first; i < gazetteer->candidate_count; i++) {
        if (gazetteer->candidates[i] == draft) {
            return STATUS_OK;
        }
    }
    if (!memory_grow(gazetteer->asked.account, &gazetteer->candidates,
                     &gazetteer->candidate_capacity, gazetteer->candidate_count + 1,
                     sizeof(*gazetteer->candidates))) {
        return STATUS_NO_MEMORY;
    }
    gazetteer->candidates[gazetteer->candidate_count++] = draft;
    return STATUS_OK;
}

// Settlements that bear the phrase, into the candidates.
static enum status candidates_of(struct build_gazetteer *gazetteer, uint32_t phrase, uint32_t first)
{
    size_t low = 0;
    for (size_t high = gazetteer->name_count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (gazetteer->names[middle].phrase < phrase) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < gazetteer->name_count && gazetteer->names[low].phrase == phrase; low++) {
        TRY(candidate_add(gazetteer, first, gazetteer->names[low].draft));
    }
    return STATUS_OK;
}

// A text met for the first time: every settlement that any reading of it names.
static enum status span_make(struct build_gazetteer *gazetteer, struct world *world,
                             struct bytes text, uint16_t country, struct gazetteer_span *span,
                             struct fault *fault)
{
    *span = (struct gazetteer_span){.first = (uint32_t)gazetteer->candidate_count,
                                    .phrase = BUILD_NONE};
    TRY(build_phrases_read(world, text, country, PHRASE_NAME, fault));
    for (unsigned i = 0; i < world->readings.count; i++) {
        uint32_t phrase = 0;
        if (build_intern_add(&gazetteer->phrases, world->readings.variants[i].text, &phrase) !=
                STATUS_OK ||
            candidates_of(gazetteer, phrase, span->first) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
        span->phrase = i == 0 ? phrase : span->phrase;
    }
    span->count = (uint32_t)gazetteer->candidate_count - span->first;
    return STATUS_OK;
}

static enum status span_find(struct build_gazetteer *gazetteer, struct world *world,
                             struct bytes text, uint16_t country, struct gazetteer_span *span,
                             struct fault *fault)
{
    uint8_t key[258];
    if (text.size > sizeof(key) - 2) {
        text.size = sizeof(key) - 2;
    }
    memcpy(key, &country, 2);
    memcpy(key + 2, text.data, text.size);
    const size_t known = gazetteer->asked.count;
    uint32_t number = 0;
    if (build_intern_add(&gazetteer->asked, (struct bytes){.data = key, .size = text.size + 2},
                         &number) != STATUS_OK ||
        !memory_grow(world->account, &gazetteer->spans, &gazetteer->span_capacity,
                     gazetteer->asked.count, sizeof(*gazetteer->spans))) {
        return build_no_memory(world, fault);
    }
    if (number == known) {
        TRY(span_make(gazetteer, world, text, country, &gazetteer->spans[number], fault));
    }
    *span = gazetteer->spans[number];
    return STATUS_OK;
}

// "Balzers (FL)" without what stands in brackets at its end.
static struct bytes without_brackets(struct bytes text)
{
    const uint8_t *const open = text.size == 0 || text.data[text.size - 1] != ')'
                                    ? NULL
                                    : memrchr(text.data, '(', text.size);
    return open == NULL ? text
                        : (struct bytes){.data = text.data, .size = (size_t)(open - text.data)};
}

// How far a point is from being in the settlement: 0 inside its box.
static double distance_to(const struct draft *draft, struct geo_point point)
{
    if (draft->has_box && geo_box_contains(draft->box, point)) {
        return 0;
    }
    const struct geo_point pin = {.lng_e7 = draft->doc.lng_e7, .lat_e7 = draft->doc.lat_e7};
    return distance_m(pin, point);
}

enum status gazetteer_find(struct build_gazetteer *gazetteer, struct world *world,
                           const struct gazetteer_question *question,
                           struct gazetteer_answer *answer, struct fault *fault)
{
    const uint16_t country = question->country;
    struct gazetteer_span span = {0};
    TRY(span_find(gazetteer, world, question->text, country, &span, fault));
    const struct bytes bare = without_brackets(question->text);
    if (span.count == 0 && bare.size != question->text.size && bare.size != 0) {
        TRY(span_find(gazetteer, world, bare, country, &span, fault));
    }
    *answer = (struct gazetteer_answer){.draft = BUILD_NONE, .phrase = span.phrase};
    double best_m = city_reach_m;
    for (uint32_t i = 0; i < span.count; i++) {
        const uint32_t candidate = gazetteer->candidates[span.first + i];
        const struct draft *const settlement = &world->drafts[candidate];
        const unsigned depth = settlement->doc.layer - (unsigned)LAYER_LOCALITY;
        const double away_m = distance_to(settlement, question->point) + depth * part_penalty_m;
        const uint16_t other = settlement->doc.country;
        if (away_m < best_m && (country == 0 || other == 0 || other == country)) {
            best_m = away_m;
            answer->draft = candidate;
        }
    }
    return STATUS_OK;
}

void gazetteer_free(struct build_gazetteer *gazetteer)
{
    build_intern_free(&gazetteer->phrases);
    build_intern_free(&gazetteer->asked);
    memory_give(gazetteer->names);
    memory_give(gazetteer->reaches);
    memory_give(gazetteer->spans);
    memory_give(gazetteer->candidates);
}
