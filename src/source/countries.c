#include "source/countries.h"

#include "codec/json_read.h"
#include "source/country_code.h"
#include "source/pool.h"
#include "source/shape.h"
#include "source/text_clean.h"

enum { NAMES_MAX = 128 };

// Where a code may stand, the most trusted first: ISO_A2 is -99 for France and Norway, whose
// ISO_A2_EH is right.
enum code_rank {
    CODE_A2_EH,
    CODE_A2,
    CODE_A3_EH,
    CODE_A3,
    CODE_ADMIN_A3,
    CODE_NONE,
};

static const struct code_row {
    const char *key; // lower case
    enum code_rank rank;
} code_rows[] = {
    {"iso_a2_eh", CODE_A2_EH},  {"iso_a2", CODE_A2}, {"iso3166-1-alpha-2", CODE_A2},
    {"iso_a3_eh", CODE_A3_EH},  {"iso_a3", CODE_A3}, {"iso3166-1-alpha-3", CODE_A3},
    {"adm0_a3", CODE_ADMIN_A3},
};

// The feature being read.
struct country {
    bool is_polygon;
    char code[3];
    enum code_rank rank; // of the code
    struct feature_name names[NAMES_MAX];
    size_t name_count;
    uint64_t population;
    struct bytes wikidata;
};

struct countries {
    struct input *input;
    const struct feature_sink *sink;
    struct json_reader json;
    struct pool pool; // of one feature
    struct country country;
    struct geo_point *points;
    uint32_t *ring_end;
    size_t point_count, point_capacity;
    size_t ring_count, ring_capacity;
    uint64_t feature_count, skipped_count;
};

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

static enum status json_fault(const struct countries *reader, struct fault *fault)
{
    const enum status status = json_status(&reader->json, fault);
    return status == STATUS_OK
               ? fault_set(fault, STATUS_CORRUPT, "%s: byte %zu: this is no GeoJSON",
                           reader->input->path, reader->json.at)
               : fault_prefix(fault, status, "%s", reader->input->path);
}

static enum status place_fault(const struct countries *reader, const char *what,
                               struct fault *fault)
{
    return fault_set(fault, STATUS_CORRUPT, "%s: byte %zu: %s", reader->input->path,
                     reader->json.at, what);
}

static struct bytes kept(struct countries *reader, struct bytes text)
{
    text = text_clean(text, &reader->pool);
    uint8_t *const copy = pool_take(&reader->pool, text.size, 1);
    if (copy == NULL || text.size == 0) {
        return (struct bytes){0};
    }
    memcpy(copy, text.data, text.size);
    return (struct bytes){.data = copy, .size = text.size};
}

// The main name goes to the front; the same text is not kept twice for one language.
static void name_add(struct countries *reader, struct bytes text, enum name_role role,
                     const char *language)
{
    struct country *const country = &reader->country;
    size_t at = 0;
    text = kept(reader, text);
    while (at < country->name_count && !(bytes_equal(country->names[at].text, text) &&
                                         strcmp(country->names[at].language, language) == 0)) {
        at++;
    }
    if (text.size == 0 || at == NAMES_MAX || (at < country->name_count && role != NAME_MAIN)) {
        return;
    }
    country->name_count += at == country->name_count;
    struct feature_name *const name = &country->names[at];
    *name = (struct feature_name){.text = text, .role = role};
    memcpy(name->language, language, strlen(language) + 1);
    if (role == NAME_MAIN) {
        const struct feature_name main = *name;
        *name = country->names[0];
        country->names[0] = main;
    }
}

static void code_set(struct country *country, enum code_rank rank, struct bytes value)
{
    char code[3];
    const bool is_code =
        rank <= CODE_A2 ? country_code_parse(value, code) : country_code_from_three(value, code);
    if (is_code && rank < country->rank) {
        memcpy(country->code, code, sizeof(code));
        country->rank = rank;
    }
}

// "name_de" and "name_zht" (traditional Chinese) are names in a language.
static bool language_of(const char *key, char language[12])
{
    const size_t size = strlen(key);
    if (strncmp(key, "name_", 5) != 0 || size < 7 || size > 8) {
        return false;
    }
    if (strcmp(key + 5, "zht") == 0) {
        memcpy(language, "zh-Hant", sizeof("zh-Hant"));
        return true;
    }
    if (size != 7) {
        return false; // name_len, name_alt
    }
    memcpy(language, key + 5, 3);
    return true;
}

static void property_string(struct countries *reader, const char *key, struct bytes value)
{
    char language[12];
    for (size_t i = 0; i < COUNT_OF(code_rows); i++) {
        if (strcmp(key, code_rows[i].key) == 0) {
            code_set(&reader->country, code_rows[i].rank, value);
        }
    }
    if (strcmp(key, "name") == 0) {
        name_add(reader, value, NAME_MAIN, "");
    } else if (strcmp(key, "name_long") == 0 || strcmp(key, "admin") == 0 ||
               strcmp(key, "name_alt") == 0 || strcmp(key, "geounit") == 0) {
        name_add(reader, value, NAME_ALTERNATIVE, "");
    } else if (strcmp(key, "formal_en") == 0) {
        name_add(reader, value, NAME_OFFICIAL, "en");
    } else if (language_of(key, language)) {
        name_add(reader, value, NAME_LOCALISED, language);
    } else if (strcmp(key, "wikidataid") == 0) {
        reader->country.wikidata = kept(reader, value);
    }
}

static enum status properties_read(struct countries *reader, struct fault *fault)
{
    struct bytes value;
    for (enum json_token token; (token = json_next(&reader->json, &value)) != JSON_OBJECT_END;) {
        if (token != JSON_KEY) {
            return json_fault(reader, fault);
        }
        char key[32] = {0};
        for (size_t i = 0; i < value.size && i < sizeof(key) - 1; i++) {
            const uint8_t byte = value.data[i];
            key[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
        }
        token = json_next(&reader->json, &value);
        if (token == JSON_STRING) {
            property_string(reader, key, value);
        } else if (token == JSON_NUMBER && strcmp(key, "pop_est") == 0) {
            int64_t population;
            if (json_number_scaled(value, 0, &population) && population > 0) {
                reader->country.population = (uint64_t)population;
            }
        }
        json_skip(&reader->json, token);
    }
    return STATUS_OK;
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory for the polygon of a country");
}

static enum status point_add(struct countries *reader, int64_t lng_e7, int64_t lat_e7,
                             struct fault *fault)
{
    if (lng_e7 < -GEO_LNG_MAX || lng_e7 > GEO_LNG_MAX || lat_e7 < -GEO_LAT_MAX ||
        lat_e7 > GEO_LAT_MAX) {
        return place_fault(reader, "a coordinate off the globe", fault);
    }
    if (!memory_grow(reader->input->options->account, &reader->points, &reader->point_capacity,
                     reader->point_count + 1, sizeof(*reader->points)) ||
        reader->point_count == UINT32_MAX) {
        return no_memory(fault);
    }
    reader->points[reader->point_count++] =
        (struct geo_point){.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)lat_e7};
    return STATUS_OK;
}

// Behind '[' and the first number: the rest of a position.
static enum status position_read(struct countries *reader, struct bytes lng, struct fault *fault)
{
    int64_t lng_e7;
    int64_t lat_e7;
    struct bytes value;
    if (!json_number_scaled(lng, 7, &lng_e7) || json_next(&reader->json, &value) != JSON_NUMBER ||
        !json_number_scaled(value, 7, &lat_e7)) {
        return place_fault(reader, "a position is two numbers, longitude and latitude", fault);
    }
    for (enum json_token token; (token = json_next(&reader->json, &value)) != JSON_ARRAY_END;) {
        if (token != JSON_NUMBER) { // a third may be a height
            return place_fault(reader, "a position is two numbers, longitude and latitude", fault);
        }
    }
    return point_add(reader, lng_e7, lat_e7, fault);
}

static enum status ring_close(struct countries *reader, size_t begin, struct fault *fault)
{
    if (reader->point_count - begin < 4) {
        return place_fault(reader, "a ring has four positions or more", fault);
    }
    if (!memory_grow(reader->input->options->account, &reader->ring_end, &reader->ring_capacity,
                     reader->ring_count + 1, sizeof(*reader->ring_end))) {
        return no_memory(fault);
    }
    reader->ring_end[reader->ring_count++] = (uint32_t)reader->point_count;
    return STATUS_OK;
}

// Behind the first '[' of coordinates: the arrays of arrays of a polygon or several, as a list of
// rings. What directly holds positions is a ring.
static enum status coordinates_read(struct countries *reader, struct fault *fault)
{
    struct json_reader *const json = &reader->json;
    const unsigned outside = json->depth - 1;
    size_t begin = reader->point_count;
    while (json->depth > outside) {
        struct bytes value;
        const enum json_token token = json_next(json, &value);
        if (token == JSON_NUMBER) {
            TRY(position_read(reader, value, fault));
        } else if (token == JSON_ARRAY_END) {
            if (reader->point_count != begin) {
                TRY(ring_close(reader, begin, fault));
            }
            begin = reader->point_count;
        } else if (token != JSON_ARRAY_BEGIN) {
            return json_fault(reader, fault);
        }
    }
    return STATUS_OK;
}

static enum status geometry_read(struct countries *reader, struct fault *fault)
{
    struct bytes value;
    for (enum json_token token; (token = json_next(&reader->json, &value)) != JSON_OBJECT_END;) {
        if (token != JSON_KEY) {
            return json_fault(reader, fault);
        }
        const bool is_type = text_is(value, "type");
        const bool is_coordinates = text_is(value, "coordinates");
        token = json_next(&reader->json, &value);
        if (is_type && token == JSON_STRING) {
            reader->country.is_polygon =
                text_is(value, "Polygon") || text_is(value, "MultiPolygon");
            if (!reader->country.is_polygon) {
                reader->point_count = reader->ring_count = 0;
            }
        } else if (is_coordinates && token == JSON_ARRAY_BEGIN) {
            TRY(coordinates_read(reader, fault));
        } else {
            json_skip(&reader->json, token);
        }
    }
    return STATUS_OK;
}

static void feature_begin(struct countries *reader)
{
    pool_clear(&reader->pool);
    reader->country = (struct country){.rank = CODE_NONE};
    reader->point_count = reader->ring_count = 0;
}

static enum status feature_emit(struct countries *reader, struct fault *fault)
{
    const struct country *const country = &reader->country;
    if (!country->is_polygon || country->rank == CODE_NONE || reader->ring_count == 0) {
        reader->skipped_count++;
        return STATUS_OK;
    }
    struct feature feature = {
        .id = {.kind = SOURCE_COUNTRIES, .number = country_code_number(country->code)},
        .roles = FEATURE_COUNTRY_SHAPE,
        .rings = {.points = reader->points,
                  .ring_end = reader->ring_end,
                  .ring_count = (uint32_t)reader->ring_count},
        .names = country->names,
        .name_count = country->name_count,
        .population = country->population,
        .wikidata = country->wikidata,
        .place_type = PLACE_COUNTRY,
        .admin_level = 2,
    };
    memcpy(feature.address.country, country->code, sizeof(country->code));
    memcpy(feature.country_code, country->code, sizeof(country->code));
    feature.box = rings_box(&feature.rings);
    feature.point = shape_inner_point(&feature.rings, &reader->pool);
    reader->feature_count++;
    const struct source_options *const options = reader->input->options;
    if (options->progress != NULL && !options->progress(options->progress_context, "countries",
                                                        reader->json.at, reader->json.text.size)) {
        return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", reader->input->path);
    }
    return reader->sink->take(reader->sink->context, &feature, fault);
}

static enum status object_read(struct countries *reader, bool is_top, struct fault *fault);

// Behind the '[' of "features".
static enum status features_read(struct countries *reader, struct fault *fault)
{
    struct bytes value;
    for (enum json_token token; (token = json_next(&reader->json, &value)) != JSON_ARRAY_END;) {
        if (token != JSON_OBJECT_BEGIN) {
            return json_fault(reader, fault);
        }
        feature_begin(reader);
        TRY(object_read(reader, false, fault));
        TRY(feature_emit(reader, fault));
    }
    return STATUS_OK;
}

static enum status member_read(struct countries *reader, struct bytes key, bool is_top,
                               bool *is_collection, struct fault *fault)
{
    const bool is_properties = text_is(key, "properties");
    const bool is_geometry = text_is(key, "geometry");
    const bool is_features = is_top && text_is(key, "features");
    struct bytes value;
    const enum json_token token = json_next(&reader->json, &value);
    if (is_properties && token == JSON_OBJECT_BEGIN) {
        return properties_read(reader, fault);
    }
    if (is_geometry && token == JSON_OBJECT_BEGIN) {
        return geometry_read(reader, fault);
    }
    if (is_features && token == JSON_ARRAY_BEGIN) {
        *is_collection = true;
        return features_read(reader, fault);
    }
    json_skip(&reader->json, token);
    return STATUS_OK;
}

// Behind a '{': a feature, or at the top also a collection of them.
static enum status object_read(struct countries *reader, bool is_top, struct fault *fault)
{
    bool is_collection = false;
    struct bytes key;
    for (enum json_token token; (token = json_next(&reader->json, &key)) != JSON_OBJECT_END;) {
        if (token != JSON_KEY) {
            return json_fault(reader, fault);
        }
        TRY(member_read(reader, key, is_top, &is_collection, fault));
    }
    return is_top && !is_collection ? feature_emit(reader, fault) : STATUS_OK;
}

static enum status text_read(struct countries *reader, struct fault *fault)
{
    struct bytes value;
    for (enum json_token token; (token = json_next(&reader->json, &value)) != JSON_END;) {
        if (token != JSON_OBJECT_BEGIN) {
            return json_fault(reader, fault);
        }
        feature_begin(reader);
        TRY(object_read(reader, true, fault));
    }
    if (reader->feature_count == 0) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s: no feature is a polygon with a country code (ISO_A2, ADM0_A3)",
                         reader->input->path);
    }
    return STATUS_OK;
}

enum status countries_read(struct input *input, const struct feature_sink *sink,
                           struct source_summary *summary, struct fault *fault)
{
    struct memory_account *const account = input->options->account;
    struct bytes text;
    TRY(input_map(input, &text, fault));
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        text.data += 3; // a mark that some editors leave
        text.size -= 3;
    }
    struct countries *const reader = memory_take_zeroed(account, 1, sizeof(*reader));
    if (reader == NULL) {
        return no_memory(fault);
    }
    reader->input = input;
    reader->sink = sink;
    reader->json = json_over(text, account);
    reader->json.is_sequence = true;
    reader->pool.account = account;
    const enum status status = text_read(reader, fault);
    summary->feature_count += reader->feature_count;
    summary->skipped_count += reader->skipped_count;
    json_reader_free(&reader->json);
    pool_free(&reader->pool);
    memory_give(reader->points);
    memory_give(reader->ring_end);
    memory_give(reader);
    return status;
}
