// /reverse
#include <stdio.h>

#include "dialect/nominatim_private.h"

enum {
    ZOOM_MAX = 18,
    RANK_SETTLEMENT = 16,
    RANK_MAJOR_STREET = 26,
    RANK_STREET = 27,
    RANK_BUILDING = 30
};

// How far a house, a street or a place of interest may be.
static const double reach_m = 600;

// Ranks of addresses by zoom, as the docs of Nominatim list them.
static const uint8_t zoom_ranks[ZOOM_MAX + 1] = {4,  4,  4,  4,  4,  8,  10, 10, 12, 12,
                                                 16, 17, 18, 19, 22, 25, 26, 27, 30};

struct reverse {
    struct geo_point point;
    bool is_on_globe;
    uint8_t rank;
    unsigned themes;
};

// What was asked, as XML ("lat=47.1&lon=9.5&zoom=10&format=xml") and geocodejson ("47.1,9.5") show it.
static enum status show_query(struct nominatim *nominatim)
{
    enum { SIZE = 256 };
    const struct bytes lat = form_text(&nominatim->form, "lat");
    const struct bytes lon = form_text(&nominatim->form, "lon");
    const struct bytes zoom = form_text(&nominatim->form, "zoom");
    const bool is_xml = nominatim->format == NOMINATIM_XML;
    char *const text = ARENA_NEW(nominatim->arena, char, SIZE);
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    const int size =
        snprintf(text, SIZE, is_xml ? "lat=%.*s&lon=%.*s%s%.*s&format=xml" : "%.*s,%.*s",
                 (int)lat.size, (const char *)lat.data, (int)lon.size, (const char *)lon.data,
                 zoom.size == 0 ? "" : "&zoom=", (int)zoom.size, (const char *)zoom.data);
    nominatim->query =
        (struct bytes){(const uint8_t *)text, (size_t)(size < SIZE ? size : SIZE - 1)};
    return STATUS_OK;
}

static bool read_query(struct nominatim *nominatim, struct reverse *reverse)
{
    double lon = 0;
    double lat = 0;
    int64_t zoom = ZOOM_MAX;
    if (!nominatim_read_format(nominatim, NOMINATIM_FORMATS_OF_PLACES, NOMINATIM_XML) ||
        !nominatim_read_number(nominatim, "lat", &lat) ||
        !nominatim_read_number(nominatim, "lon", &lon) ||
        !nominatim_read_details(nominatim, true) ||
        !nominatim_read_whole(nominatim, "zoom", ZOOM_MAX, &zoom) ||
        !nominatim_read_themes(nominatim, NOMINATIM_ADDRESS | NOMINATIM_POI, &reverse->themes)) {
        return false;
    }
    reverse->rank = zoom_ranks[zoom < 0 ? 0 : zoom > ZOOM_MAX ? ZOOM_MAX : zoom];
    reverse->is_on_globe = lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180;
    if (reverse->is_on_globe) {
        reverse->point =
            (struct geo_point){.lng_e7 = (int32_t)(lon * 1e7), .lat_e7 = (int32_t)(lat * 1e7)};
    }
    return true;
}

static enum status ask_layers(const struct nominatim *nominatim, const struct reverse *reverse,
                              unsigned layers, unsigned limit, struct ask_results *results)
{
    const struct reverse_query query = {
        .point = reverse->point, .layers = layers, .radius_m = reach_m, .limit = limit};
    struct fault fault = {0};
    return ask_reverse(nominatim->commander, nominatim->world, &query, results, &fault);
}

static bool is_wanted(const struct reverse *reverse, const struct nominatim_place *place)
{
    const enum atlas_layer layer = place->description.layer;
    return layer > LAYER_POSTCODE && (nominatim_place_themes(place) & reverse->themes) != 0 &&
           (layer != LAYER_STREET || place->rank_address <= reverse->rank);
}

// The nearest house, place of interest or street of the wanted themes: most often the very nearest, so
// few are asked for first.
static enum status find_near(const struct nominatim *nominatim, const struct reverse *reverse,
                             struct nominatim_place *found, bool *is_found)
{
    const bool wants_address = (reverse->themes & NOMINATIM_ADDRESS) != 0;
    const bool wants_poi = (reverse->themes & ~(unsigned)NOMINATIM_ADDRESS) != 0;
    unsigned layers = wants_address ? 1U << LAYER_STREET : 0;
    if (reverse->rank == RANK_BUILDING) {
        layers |= (wants_address ? 1U << LAYER_ADDRESS : 0) | (wants_poi ? 1U << LAYER_POI : 0);
    }
    *is_found = false;
    if (layers == 0) {
        return STATUS_OK;
    }
    static const unsigned limits[] = {2, 40};
    unsigned seen = 0;
    for (unsigned try = 0; try < COUNT_OF(limits) && !*is_found; try++) {
        struct ask_results results;
        TRY(ask_layers(nominatim, reverse, layers, limits[try], &results));
        if (results.count <= seen) {
            break; // that was all
        }
        for (unsigned i = seen; i < results.count && !*is_found; i++) {
            TRY(nominatim_place_make(nominatim, &results.items[i], found));
            *is_found = is_wanted(reverse, found);
        }
        seen = results.count;
    }
    return STATUS_OK;
}

// Takes a document when it is the most specific one so far of those that are not too specific.
static void consider(const struct nominatim *nominatim, const struct reverse *reverse,
                     uint32_t index, struct search_result *found, uint8_t *found_rank)
{
    const struct atlas *const atlas = nominatim->world->atlas;
    const struct atlas_doc *const doc = &atlas->docs[index];
    uint8_t search = 0;
    uint8_t address = 0;
    nominatim_area_ranks(doc, &search, &address);
    if (doc->layer < LAYER_POSTCODE && address <= reverse->rank && search <= reverse->rank &&
        address > *found_rank) {
        *found_rank = address;
        *found = (struct search_result){.reference = index,
                                        .match = MATCH_NEAREST,
                                        .point = atlas_point(atlas, index),
                                        .confidence = 1,
                                        .distance_m = 0};
    }
}

// How far the middle of a settlement of a rank may be, as Nominatim has it.
static double settlement_reach_m(uint8_t rank)
{
    return rank <= 17 ? 18000 : rank <= 18 ? 9000 : rank <= 19 ? 4500 : 2250;
}

struct settlement_question {
    const struct nominatim *nominatim;
    const struct reverse *reverse;
    uint32_t area; // it has to lie in; UINT32_MAX: none
};

// A settlement that is no boundary, of a wanted rank and inside the area found.
static bool is_settlement(void *context, uint32_t reference)
{
    const struct settlement_question *const question = context;
    const struct atlas *const atlas = question->nominatim->world->atlas;
    const struct atlas_doc *const doc = &atlas->docs[reference];
    uint8_t search = 0;
    uint8_t address = 0;
    nominatim_area_ranks(doc, &search, &address);
    if (doc->admin_level != 0 || search > question->reverse->rank) {
        return false;
    }
    const struct atlas_list chain = atlas_chain(atlas, doc->chain);
    bool is_inside = question->area == UINT32_MAX;
    for (uint32_t i = 0; i < chain.count && !is_inside; i++) {
        is_inside = chain.items[i] == question->area;
    }
    return is_inside;
}

// The most specific settlement around, where it is more so than the area found.
static void find_settlement(const struct nominatim *nominatim, const struct reverse *reverse,
                            struct search_result *found, uint8_t *found_rank)
{
    enum { HITS_MAX = 8 };
    const struct atlas *const atlas = nominatim->world->atlas;
    struct settlement_question question = {.nominatim = nominatim,
                                           .reverse = reverse,
                                           .area =
                                               *found_rank == 0 ? UINT32_MAX : found->reference};
    struct points_hit hits[HITS_MAX];
    const size_t count = points_nearest(&atlas->settlements, reverse->point, settlement_reach_m(0),
                                        is_settlement, &question, hits, HITS_MAX);
    uint8_t best = *found_rank;
    for (size_t i = 0; i < count; i++) {
        uint8_t search = 0;
        uint8_t address = 0;
        nominatim_area_ranks(&atlas->docs[hits[i].reference], &search, &address);
        if (search > best && hits[i].distance_m <= settlement_reach_m(search)) {
            best = search;
            *found = (struct search_result){.reference = hits[i].reference,
                                            .match = MATCH_NEAREST,
                                            .point = hits[i].point,
                                            .confidence = 1,
                                            .distance_m = hits[i].distance_m};
        }
    }
    *found_rank = best;
}

// The most specific area: of those that hold the point, and of what the nearest address says.
static enum status find_area(const struct nominatim *nominatim, const struct reverse *reverse,
                             struct search_result *found, bool *is_found)
{
    const unsigned areas = (1U << LAYER_POSTCODE) - 1;
    uint8_t found_rank = 0;
    struct ask_results results;
    if (nominatim->world->atlas == NULL || (reverse->themes & NOMINATIM_ADDRESS) == 0) {
        return STATUS_OK;
    }
    TRY(ask_layers(nominatim, reverse, areas, SEARCH_LIMIT_MAX, &results));
    for (unsigned i = 0; i < results.count; i++) {
        if (results.items[i].object == NULL) {
            consider(nominatim, reverse, results.items[i].reference, found, &found_rank);
        }
    }
    TRY(ask_layers(nominatim, reverse, 1U << LAYER_ADDRESS | 1U << LAYER_STREET, 1, &results));
    if (results.count != 0 && results.items[0].object == NULL) {
        const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim->arena);
        struct nominatim_place place;
        TRY(nominatim_place_make(nominatim, &results.items[0], &place));
        for (unsigned i = 0; i < place.line_count; i++) {
            if (place.lines[i].doc != UINT32_MAX) {
                consider(nominatim, reverse, place.lines[i].doc, found, &found_rank);
            }
        }
    }
    if (reverse->rank >= RANK_SETTLEMENT) {
        find_settlement(nominatim, reverse, found, &found_rank);
    }
    *is_found = found_rank != 0;
    return STATUS_OK;
}

enum status nominatim_reverse(struct nominatim *nominatim)
{
    struct reverse reverse = {0};
    struct search_result area;
    struct nominatim_place place;
    bool is_found = false;
    if (!read_query(nominatim, &reverse)) {
        return STATUS_OK;
    }
    if (reverse.is_on_globe && reverse.rank >= RANK_MAJOR_STREET) {
        TRY(find_near(nominatim, &reverse, &place, &is_found));
    }
    if (reverse.is_on_globe && !is_found) {
        TRY(find_area(nominatim, &reverse, &area, &is_found));
        if (is_found) {
            TRY(nominatim_place_make(nominatim, &area, &place));
        }
    }
    TRY(show_query(nominatim));
    if (is_found) {
        nominatim_credit(nominatim, place.result);
    }
    nominatim_begin(nominatim, NOMINATIM_REVERSE);
    if (is_found) {
        nominatim_add(nominatim, &place);
    }
    nominatim_end(nominatim);
    return STATUS_OK;
}
