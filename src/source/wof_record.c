// A record of Who's On First into a feature.
#include <stdio.h>

#include "codec/json_read.h"
#include "codec/json_slice.h"
#include "source/category.h"
#include "source/wof_private.h"

enum { WARNINGS_MAX = 20 };

// What the properties say beyond tags.
struct wof_record {
    int64_t id;
    const struct wof_type *type;
    struct bytes name, country, region_code, shortcode;
    struct bytes lat, lng, label_lat, label_lng;
    struct bytes phone;
    uint64_t population;
    int64_t geonames, osm;
    char osm_type;
    bool is_gone; // no longer, superseded, or a second geometry
};

static void record_skip(struct wof_reader *reader, const char *name, const char *what)
{
    const struct source_options *const options = reader->input->options;
    reader->skipped_count++;
    if (reader->warnings++ < WARNINGS_MAX && options->warn != NULL) {
        char sentence[512];
        (void)snprintf(sentence, sizeof(sentence), "%s: %s is left out: %s", reader->input->name,
                       name, what);
        options->warn(options->warn_context, sentence);
    }
}

static struct bytes unquoted(struct bytes json)
{
    const bool is_quoted = json.size >= 2 && json.data[0] == '"';
    return is_quoted ? (struct bytes){.data = json.data + 1, .size = json.size - 2} : json;
}

static int64_t number_of(struct bytes json)
{
    int64_t number = 0;
    return json_number_scaled(unquoted(json), 0, &number) ? number : 0;
}

static bool begins_with(struct bytes bytes, const char *text)
{
    const size_t size = strlen(text);
    return bytes.size >= size && memcmp(bytes.data, text, size) == 0;
}

// A date of EDTF that says something: not empty, unknown ("uuuu") or open ("..").
static bool is_date(struct bytes json)
{
    const struct bytes text = unquoted(json);
    return text.size != 0 && json.data[0] == '"' && text.data[0] != 'u' && text.data[0] != '.';
}

static bool is_filled_list(struct bytes json)
{
    struct bytes item;
    return json.size != 0 && json.data[0] == '[' && json_slice_item(&json, &item);
}

// --- Names ---

// "fra_x_preferred": the language before "_x_", the role behind it.
static void name_property(struct tagged *tagged, struct bytes rest, struct bytes values)
{
    const uint8_t *const mark = rest.size == 0 ? NULL : memmem(rest.data, rest.size, "_x_", 3);
    char language[12];
    if (mark == NULL ||
        !wof_language((struct bytes){rest.data, (size_t)(mark - rest.data)}, language)) {
        return;
    }
    const struct bytes role = {mark + 3, rest.size - (size_t)(mark + 3 - rest.data)};
    const struct bytes tongue = bytes_from_text(language);
    const bool is_preferred = bytes_equal(role, BYTES_OF("preferred")) && tongue.size != 0;
    const char *const stem = begins_with(role, "colloquial")     ? "loc_name"
                             : begins_with(role, "historical")   ? "old_name"
                             : begins_with(role, "abbreviation") ? "short_name"
                                                                 : "alt_name";
    uint8_t *const kept = pool_take(tagged->pool, tongue.size + 1, 1);
    if (kept == NULL) {
        tagged->is_full = true;
        return;
    }
    memcpy(kept, language, tongue.size + 1);
    struct bytes value;
    for (bool is_first = true; json_slice_item(&values, &value); is_first = false) {
        tagged_add_name(tagged, is_preferred && is_first ? "name" : stem,
                        (struct bytes){kept, tongue.size}, tagged_value(value, tagged->pool));
    }
}

// --- Properties ---

static void concordances_read(struct wof_reader *reader, struct wof_record *record,
                              struct bytes object)
{
    struct tagged *const tagged = &reader->tagged;
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&object, &name, &value)) {
        if (json_slice_equals(name, BYTES_OF("gn:id"))) {
            record->geonames = number_of(value);
        } else if (json_slice_equals(name, BYTES_OF("wd:id"))) {
            tagged_add(tagged, BYTES_OF("wikidata"), tagged_value(value, tagged->pool));
        } else if (json_slice_equals(name, BYTES_OF("wk:page"))) {
            tagged_add(tagged, BYTES_OF("wikipedia"), tagged_value(value, tagged->pool));
        } else if (json_slice_equals(name, BYTES_OF("iso:id")) ||
                   json_slice_equals(name, BYTES_OF("iso:code"))) {
            record->region_code = tagged_value(value, tagged->pool);
        } else if (json_slice_equals(name, BYTES_OF("iata:code"))) {
            tagged_add(tagged, BYTES_OF("iata"), tagged_value(value, tagged->pool));
        } else if (begins_with(unquoted(name), "osm:")) {
            const struct bytes kind = unquoted(name);
            record->osm = number_of(value);
            record->osm_type = kind.size > 4 ? (char)kind.data[4] : 0;
        }
    }
}

static void classifiers_read(struct wof_reader *reader, struct bytes list)
{
    struct tagged *const tagged = &reader->tagged;
    struct bytes item;
    while (json_slice_item(&list, &item)) {
        const char *key;
        const char *value;
        const struct bytes category =
            tagged_value(json_slice_find(item, BYTES_OF("category")), tagged->pool);
        const struct bytes subcategory =
            tagged_value(json_slice_find(item, BYTES_OF("subcategory")), tagged->pool);
        if (wof_venue_tag(category, subcategory, &key, &value)) {
            tagged_add(tagged, bytes_from_text(key), bytes_from_text(value));
        }
    }
}

// Properties that are kept as they are.
static struct bytes *slot_of(struct wof_record *record, struct bytes key)
{
    const struct {
        const char *key;
        struct bytes *slot;
    } slots[] = {
        {"wof:name", &record->name},          {"iso:country", &record->country},
        {"geom:latitude", &record->lat},      {"geom:longitude", &record->lng},
        {"lbl:latitude", &record->label_lat}, {"lbl:longitude", &record->label_lng},
        {"sg:phone", &record->phone},
    };
    for (size_t i = 0; i < COUNT_OF(slots); i++) {
        if (bytes_equal(key, bytes_from_text(slots[i].key))) {
            return slots[i].slot;
        }
    }
    return NULL;
}

static bool tag_property(struct tagged *tagged, struct bytes key, struct bytes value)
{
    static const struct {
        const char *property, *key;
    } rows[] = {
        {"addr:housenumber", "addr:housenumber"},
        {"addr:street", "addr:street"},
        {"addr:postcode", "addr:postcode"},
        {"addr:city", "addr:city"},
        {"addr:state", "addr:state"},
        {"sg:city", "addr:city"},
        {"sg:province", "addr:state"},
        {"sg:website", "website"},
        {"addr:phone", "phone"},
        {"addr:website", "website"},
        {"addr:unit", "addr:unit"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (bytes_equal(key, bytes_from_text(rows[i].property))) {
            tagged_add(tagged, bytes_from_text(rows[i].key), tagged_value(value, tagged->pool));
            return true;
        }
    }
    return false;
}

static void property_take(struct wof_reader *reader, struct wof_record *record, struct bytes key,
                          struct bytes value)
{
    struct bytes *const slot = slot_of(record, key);
    if (slot != NULL) {
        *slot = value;
    } else if (begins_with(key, "name:")) {
        name_property(&reader->tagged, (struct bytes){key.data + 5, key.size - 5}, value);
    } else if (tag_property(&reader->tagged, key, value)) {
        return;
    } else if (bytes_equal(key, BYTES_OF("wof:id"))) {
        record->id = number_of(value);
    } else if (bytes_equal(key, BYTES_OF("wof:placetype"))) {
        record->type = wof_type_find(unquoted(value));
    } else if (bytes_equal(key, BYTES_OF("wof:concordances"))) {
        concordances_read(reader, record, value);
    } else if (bytes_equal(key, BYTES_OF("sg:classifiers"))) {
        classifiers_read(reader, value);
    } else if (bytes_equal(key, BYTES_OF("wof:population")) ||
               (record->population == 0 && bytes_equal(key, BYTES_OF("gn:population")))) {
        const int64_t population = number_of(value);
        record->population = population > 0 ? (uint64_t)population : 0;
    } else if (bytes_equal(key, BYTES_OF("mz:is_current"))) {
        record->is_gone = record->is_gone || (value.size == 1 && value.data[0] == '0');
    } else if (bytes_equal(key, BYTES_OF("edtf:deprecated")) ||
               bytes_equal(key, BYTES_OF("edtf:superseded")) ||
               bytes_equal(key, BYTES_OF("edtf:cessation"))) {
        record->is_gone = record->is_gone || is_date(value);
    } else if (bytes_equal(key, BYTES_OF("wof:superseded_by"))) {
        record->is_gone = record->is_gone || is_filled_list(value);
    } else if (bytes_equal(key, BYTES_OF("src:alt_label"))) {
        record->is_gone = true;
    }
}

// --- The feature ---

static const char *place_tag(const struct wof_record *record)
{
    if (record->type->place[0] != 't') {
        return record->type->place; // not "town"
    }
    return record->population >= 100000 ? "city" : record->population >= 10000 ? "town" : "village";
}

static void tags_complete(struct wof_reader *reader, const struct wof_record *record,
                          bool has_outline)
{
    struct tagged *const tagged = &reader->tagged;
    const struct bytes name = tagged_value(record->name, tagged->pool);
    tagged_add(tagged, BYTES_OF("addr:country"), tagged_value(record->country, tagged->pool));
    if (record->type->layer == WOF_POSTCODE) {
        tagged_add(tagged, BYTES_OF("postal_code"), name);
        tagged_add(tagged, BYTES_OF("boundary"), BYTES_OF("postal_code"));
        return;
    }
    tagged_add(tagged, BYTES_OF("name"), name);
    if (record->type->layer == WOF_AREA) {
        tagged_add(tagged, BYTES_OF("place"), bytes_from_text(place_tag(record)));
        tagged_add(tagged, BYTES_OF("admin_level"), bytes_from_text(record->type->level));
        if (has_outline) {
            tagged_add(tagged, BYTES_OF("boundary"), BYTES_OF("administrative"));
        }
        if (record->type->level[0] == '2') {
            tagged_add(tagged, BYTES_OF("ISO3166-1"), tagged_value(record->country, tagged->pool));
        } else {
            tagged_add(tagged, BYTES_OF("ISO3166-2"), record->region_code);
        }
    }
    struct bytes digits = unquoted(record->phone); // "+1   " says nothing
    size_t count = 0;
    for (size_t i = 0; i < digits.size; i++) {
        count += digits.data[i] >= '0' && digits.data[i] <= '9';
    }
    if (count > 4) {
        tagged_add(tagged, BYTES_OF("phone"), tagged_value(record->phone, tagged->pool));
    }
}

// Where the pin goes: the label's place, of which people thought, before the middle.
static bool point_find(const struct wof_record *record, struct geometry *geometry)
{
    struct geo_point point;
    if (geometry_point_read(unquoted(record->label_lng), unquoted(record->label_lat), &point)) {
        if (geometry->kind != GEOMETRY_AREA) {
            *geometry = geometry_of_point(point);
        } else if (rings_contain(&geometry->rings, point)) {
            geometry->point = point;
        }
        return true;
    }
    if (geometry->kind != GEOMETRY_NONE) {
        return true;
    }
    if (!geometry_point_read(unquoted(record->lng), unquoted(record->lat), &point)) {
        return false;
    }
    *geometry = geometry_of_point(point);
    return true;
}

static void roles_set(const struct wof_record *record, struct feature *feature)
{
    switch (record->type->layer) {
    case WOF_POSTCODE:
        feature->roles = FEATURE_POSTCODE;
        break;
    case WOF_VENUE:
    case WOF_CAMPUS:
        feature->roles = FEATURE_POI | (feature->roles & FEATURE_ADDRESS);
        if (record->type->layer == WOF_CAMPUS && feature->category == CATEGORY_NONE) {
            feature->category = CATEGORY_ATTRACTION_OTHER;
        }
        break;
    case WOF_AREA:
        feature->roles &= FEATURE_PLACE | FEATURE_AREA;
        break;
    case WOF_NONE:
        break;
    }
}

static void same_set(const struct wof_record *record, struct feature *feature)
{
    if (record->geonames > 0) {
        feature->same[feature->same_count++] =
            (struct source_id){.kind = SOURCE_GEONAMES, .number = record->geonames};
    }
    if (record->osm > 0 &&
        (record->osm_type == 'n' || record->osm_type == 'w' || record->osm_type == 'r')) {
        feature->same[feature->same_count++] =
            (struct source_id){.kind = SOURCE_OSM, .type = record->osm_type, .number = record->osm};
    }
}

static enum status record_emit(struct wof_reader *reader, const struct wof_record *record,
                               const char *name, struct geometry *geometry, struct fault *fault)
{
    // Records that nobody could place lie at 0, 0.
    if (!point_find(record, geometry) ||
        (geometry->point.lng_e7 == 0 && geometry->point.lat_e7 == 0)) {
        record_skip(reader, name, "it does not say where it is");
        return STATUS_OK;
    }
    tags_complete(reader, record, geometry->kind == GEOMETRY_AREA);
    struct feature feature = {.id = {.kind = SOURCE_WOF, .number = record->id}};
    TRY(tagged_fill(&reader->tagged, geometry, &feature, fault));
    roles_set(record, &feature);
    if (feature.roles == 0) {
        record_skip(reader, name, "it has no name");
        return STATUS_OK;
    }
    feature.population = record->population;
    same_set(record, &feature);
    reader->feature_count++;
    return reader->sink->take(reader->sink->context, &feature, fault);
}

enum status wof_record_take(struct wof_reader *reader, const char *name, struct bytes text,
                            struct fault *fault)
{
    struct memory_account *const account = reader->input->options->account;
    pool_clear(&reader->pool);
    tagged_begin(&reader->tagged, &reader->pool);
    reader->record_count++;
    text = json_slice_trim(text);
    if (!json_slice_check(text, account) || text.data[0] != '{') {
        record_skip(reader, name, "it is no JSON object");
        return STATUS_OK;
    }
    struct bytes properties = json_slice_find(text, BYTES_OF("properties"));
    struct wof_record record = {.id = 0};
    struct bytes key;
    struct bytes value;
    while (json_slice_member(&properties, &key, &value)) {
        property_take(reader, &record, unquoted(key), value);
    }
    if (record.id <= 0) {
        record_skip(reader, name, "its properties have no wof:id");
        return STATUS_OK;
    }
    if (record.is_gone || record.type == NULL) {
        return STATUS_OK;
    }
    struct geometry geometry = {.kind = GEOMETRY_NONE};
    const char *const what =
        geometry_read(json_slice_find(text, BYTES_OF("geometry")), &reader->pool, &geometry);
    if (what != NULL) {
        record_skip(reader, name, what);
        return STATUS_OK;
    }
    return record_emit(reader, &record, name, &geometry, fault);
}
