// /search
#include <string.h>

#include "dialect/nominatim_private.h"

enum { LIMIT_FALLBACK = 10, LIMIT_MAX = 40, EXCLUDED_MAX = 256 };

struct exclusion {
    char osm_type; // 0: a place_id
    int64_t id;
};

struct search {
    struct search_query query;
    struct exclusion excluded[EXCLUDED_MAX];
    unsigned excluded_count;
    unsigned limit;
    unsigned themes;
};

// The parameters of a structured query and what they are to us.
static const struct {
    const char *name;
    enum search_part part;
} parts[] = {{"amenity", PART_NAME},       {"street", PART_STREET}, {"city", PART_LOCALITY},
             {"county", PART_COUNTY},      {"state", PART_REGION},  {"country", PART_COUNTRY},
             {"postalcode", PART_POSTCODE}};

// "Hauptstrasse 1, Vaduz": the parts as given, in one text.
static enum status join_parts(struct nominatim *nominatim, const struct search *search)
{
    size_t size = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        size += search->query.parts[parts[i].part].size + 2;
    }
    uint8_t *const text = ARENA_NEW(nominatim->arena, uint8_t, size);
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t used = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const struct bytes part = search->query.parts[parts[i].part];
        if (part.size == 0) {
            continue;
        }
        memcpy(text + used, ", ", used == 0 ? 0 : 2);
        used += used == 0 ? 0 : 2;
        memcpy(text + used, part.data, part.size);
        used += part.size;
    }
    nominatim->query = (struct bytes){text, used};
    return STATUS_OK;
}

// "[amenity=pub] Vaduz" and "[pub] Vaduz" say what is looked for: the word of the tag, in a text.
static enum status take_phrases(struct nominatim *nominatim, struct bytes *text)
{
    if (text->size == 0 || memchr(text->data, '[', text->size) == NULL) {
        return STATUS_OK;
    }
    uint8_t *const plain = ARENA_NEW(nominatim->arena, uint8_t, text->size);
    if (plain == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t used = 0;
    size_t begun = SIZE_MAX; // of the phrase in brackets
    for (size_t i = 0; i < text->size; i++) {
        const uint8_t c = text->data[i];
        const bool is_within = begun != SIZE_MAX;
        if (c == '[' || c == ']') {
            plain[used++] = ' ';
            begun = c == '[' ? used : SIZE_MAX;
        } else if (is_within && c == '=') {
            used = begun; // the key goes
        } else {
            plain[used++] = is_within && c == '_' ? ' ' : c;
        }
    }
    *text = (struct bytes){plain, used};
    return STATUS_OK;
}

static bool read_text(struct nominatim *nominatim, struct search *search)
{
    struct bytes text;
    const bool has_text = form_find(&nominatim->form, "q", &text);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const struct bytes part = form_trim(form_text(&nominatim->form, parts[i].name));
        if (part.size != 0 && has_text) {
            nominatim_fail(nominatim, 400,
                           "Structured query parameters (amenity, street, city, county, state, "
                           "postalcode, country) cannot be used together with 'q' parameter.");
            return false;
        }
        search->query.parts[parts[i].part] = part;
        search->query.has_parts = search->query.has_parts || part.size != 0;
    }
    nominatim->query = has_text ? form_trim(text) : (struct bytes){0};
    search->query.text = nominatim->query;
    if (nominatim->query.size == 0 && !search->query.has_parts) {
        nominatim_fail(nominatim, 400, "Nothing to search for.");
        return false;
    }
    return true;
}

static bool read_excluded(struct nominatim *nominatim, struct search *search)
{
    struct bytes rest;
    struct bytes item;
    if (!form_find(&nominatim->form, "exclude_place_ids", &rest)) {
        return true;
    }
    nominatim->excluded = rest;
    while (form_next(&rest, ',', &item)) {
        struct exclusion exclusion = {0};
        if (item.size == 0) {
            continue;
        }
        if (!nominatim_parse_osm_id(item, &exclusion.osm_type, &exclusion.id) &&
            (!form_parse_whole(item, &exclusion.id) || exclusion.id < 0)) {
            nominatim_fail(nominatim, 400, "Parameter 'excluded' only takes place IDs.");
            return false;
        }
        if (search->excluded_count < EXCLUDED_MAX) {
            search->excluded[search->excluded_count++] = exclusion;
        }
    }
    return true;
}

static double clamp(double value, double limit)
{
    return value < -limit ? -limit : value > limit ? limit : value;
}

// x1,y1,x2,y2: any two corners.
static bool read_viewbox(struct nominatim *nominatim, struct search *search)
{
    struct bytes rest;
    struct bytes item;
    double values[4];
    unsigned count = 0;
    if (!form_find(&nominatim->form, "viewbox", &rest) &&
        !form_find(&nominatim->form, "viewboxlbrt", &rest)) {
        return true;
    }
    if (form_trim(rest).size == 0) {
        return true;
    }
    nominatim->viewbox = rest;
    while (form_next(&rest, ',', &item)) {
        if (count == 4 || !form_parse_number(item, &values[count])) {
            count = 5;
            break;
        }
        values[count] = clamp(values[count], count % 2 == 0 ? 180 : 90);
        count++;
    }
    if (count != 4) {
        nominatim_fail(nominatim, 400, "Bounding box parameter needs to be four numbers.");
        return false;
    }
    if (!(values[0] < values[2] || values[0] > values[2]) ||
        !(values[1] < values[3] || values[1] > values[3])) {
        nominatim_fail(nominatim, 400, "Bounding box with invalid parameters.");
        return false;
    }
    const bool is_west_first = values[0] < values[2];
    const bool is_south_first = values[1] < values[3];
    const struct geo_box box = {.west_e7 = (int32_t)(values[is_west_first ? 0 : 2] * 1e7),
                                .east_e7 = (int32_t)(values[is_west_first ? 2 : 0] * 1e7),
                                .south_e7 = (int32_t)(values[is_south_first ? 1 : 3] * 1e7),
                                .north_e7 = (int32_t)(values[is_south_first ? 3 : 1] * 1e7)};
    search->query.has_box = nominatim_flag(nominatim, "bounded", false);
    search->query.box = box;
    search->query.has_near = true;
    search->query.near =
        (struct geo_point){.lng_e7 = (int32_t)(((int64_t)box.west_e7 + box.east_e7) / 2),
                           .lat_e7 = (int32_t)(((int64_t)box.south_e7 + box.north_e7) / 2)};
    return true;
}

// Codes that are none are passed over.
static void read_countries(const struct nominatim *nominatim, struct search_query *query)
{
    struct bytes rest = form_text(&nominatim->form, "countrycodes");
    struct bytes item;
    while (form_next(&rest, ',', &item)) {
        const bool is_code = item.size == 2 && (item.data[0] | 0x20) >= 'a' &&
                             (item.data[0] | 0x20) <= 'z' && (item.data[1] | 0x20) >= 'a' &&
                             (item.data[1] | 0x20) <= 'z';
        if (is_code && query->country_count < SEARCH_COUNTRIES_MAX) {
            query->countries[query->country_count++] =
                (uint16_t)((item.data[0] & 0xdf) << 8 | (item.data[1] & 0xdf));
        }
    }
}

static unsigned layers_between(enum atlas_layer first, enum atlas_layer last)
{
    return (1U << (last + 1)) - (1U << first);
}

static bool read_layers(struct nominatim *nominatim, struct search *search)
{
    static const struct {
        const char *name;
        enum atlas_layer first, last;
    } rows[] = {{"country", LAYER_COUNTRY, LAYER_COUNTRY},
                {"state", LAYER_REGION, LAYER_REGION},
                {"city", LAYER_LOCALITY, LAYER_LOCALITY},
                {"settlement", LAYER_REGION, LAYER_NEIGHBOURHOOD}};
    struct bytes feature_type;
    search->themes = 0;
    if (form_find(&nominatim->form, "featureType", &feature_type)) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            if (bytes_equal(feature_type, bytes_from_text(rows[i].name))) {
                search->query.layers = layers_between(rows[i].first, rows[i].last);
            }
        }
        return true;
    }
    if (!nominatim_read_themes(nominatim, 0, &search->themes)) {
        return false;
    }
    if (search->themes != 0 && (search->themes & NOMINATIM_ADDRESS) == 0) {
        search->query.layers = 1U << LAYER_POI;
    }
    return true;
}

static bool read_query(struct nominatim *nominatim, struct search *search)
{
    int64_t limit = 0;
    if (!nominatim_read_format(nominatim, NOMINATIM_FORMATS_OF_PLACES, NOMINATIM_JSONV2) ||
        !nominatim_read_whole(nominatim, "limit", LIMIT_FALLBACK, &limit) ||
        !nominatim_read_details(nominatim, false) || !read_excluded(nominatim, search) ||
        !read_viewbox(nominatim, search) || !read_layers(nominatim, search) ||
        !read_text(nominatim, search)) {
        return false;
    }
    read_countries(nominatim, &search->query);
    search->limit = (unsigned)(limit < 1 ? 1 : limit > LIMIT_MAX ? LIMIT_MAX : limit);
    // Enough to fill the answer after some were left out.
    const unsigned more = search->excluded_count + (search->themes != 0 ? LIMIT_MAX : 0);
    const unsigned wanted = search->limit + more;
    search->query.limit = wanted < SEARCH_LIMIT_MAX ? wanted : SEARCH_LIMIT_MAX;
    return true;
}

// Nominatim answers with what has all the words, or not at all.
static bool is_good(const struct search_result *result)
{
    static const float least_confidence = 0.3F;
    return result->match != MATCH_PARTIAL || result->confidence >= least_confidence;
}

static bool is_wanted(const struct search *search, const struct nominatim_place *place)
{
    for (unsigned i = 0; i < search->excluded_count; i++) {
        const struct exclusion *const one = &search->excluded[i];
        if (one->osm_type == 0 ? place->place_id == (uint64_t)one->id
                               : one->osm_type == place->osm_type && one->id == place->osm_id) {
            return false;
        }
    }
    return search->themes == 0 || (nominatim_place_themes(place) & search->themes) != 0;
}

// Where there is more: the same question without what this answer holds.
static enum status make_more(struct nominatim *nominatim, const struct search *search,
                             const struct ask_results *results)
{
    static const char *const kept[] = {
        "q",           "amenity",         "street",         "city",
        "county",      "state",           "country",        "postalcode",
        "limit",       "viewbox",         "bounded",        "countrycodes",
        "layer",       "featureType",     "addressdetails", "extratags",
        "namedetails", "accept-language", "dedupe",         "polygon_geojson",
        "polygon_kml", "polygon_svg",     "polygon_text",   "polygon_threshold"};
    struct buffer *const out = nominatim->reply->out;
    const size_t first = out->size;
    buffer_append_bytes(out, nominatim->request->base);
    buffer_append_text(out, "/search?");
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        struct bytes value;
        if (form_find(&nominatim->form, kept[i], &value)) {
            buffer_append_format(out, "%s=", kept[i]);
            http_escape(out, value);
            buffer_append_u8(out, '&');
        }
    }
    buffer_append_text(out, "exclude_place_ids=");
    const size_t ids = out->size;
    buffer_append_bytes(out, nominatim->excluded);
    for (unsigned i = 0; i < results->count && i < search->limit; i++) {
        if (results->items[i].object == NULL && is_good(&results->items[i])) {
            buffer_append_format(out, "%s%llu", out->size == ids ? "" : ",",
                                 (unsigned long long)nominatim_place_id(
                                     nominatim->world->atlas, results->items[i].reference));
        }
    }
    const size_t end = out->size;
    buffer_append_text(out, "&format=xml");
    TRY(buffer_status(out));
    uint8_t *const text = ARENA_NEW(nominatim->arena, uint8_t, out->size - first);
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(text, out->data + first, out->size - first);
    nominatim->more = (struct bytes){text, out->size - first};
    nominatim->excluded = (struct bytes){text + (ids - first), end - ids};
    out->size = first;
    return STATUS_OK;
}

static enum status write_results(struct nominatim *nominatim, const struct search *search,
                                 const struct ask_results *results)
{
    if (nominatim->format == NOMINATIM_XML) {
        TRY(make_more(nominatim, search, results));
    }
    // A point that was typed is answered like a reverse: by what is nearest.
    const bool is_point = results->count != 0 && results->items[0].match == MATCH_NEAREST;
    const unsigned limit = is_point ? 1 : search->limit;
    for (unsigned i = 0; i < results->count && i < limit; i++) {
        if (is_good(&results->items[i])) {
            nominatim_credit(nominatim, &results->items[i]);
        }
    }
    nominatim_begin(nominatim, NOMINATIM_SEARCH);
    for (unsigned i = 0; i < results->count && nominatim->place_count < limit; i++) {
        const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim->arena);
        struct nominatim_place place;
        if (!is_good(&results->items[i])) {
            continue;
        }
        TRY(nominatim_place_make(nominatim, &results->items[i], &place));
        if (is_wanted(search, &place)) {
            nominatim_add(nominatim, &place);
        }
    }
    nominatim_end(nominatim);
    return STATUS_OK;
}

enum status nominatim_search(struct nominatim *nominatim)
{
    struct search search = {0};
    if (!read_query(nominatim, &search)) {
        return STATUS_OK;
    }
    if (search.query.has_parts) {
        TRY(join_parts(nominatim, &search));
    }
    TRY(take_phrases(nominatim, &search.query.text));
    struct ask_results results;
    struct fault fault = {0};
    const enum status status =
        ask_forward(nominatim->commander, nominatim->world, &search.query, &results, &fault);
    if (status == STATUS_OUT_OF_RANGE) {
        nominatim_fail(nominatim, 400, "%s", fault.text);
        return STATUS_OK;
    }
    TRY(status);
    return write_results(nominatim, &search, &results);
}
