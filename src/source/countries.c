#include "codec/json_read.h"
#include "source/countries_private.h"
#include "source/shape.h"

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

struct countries {
    struct input *input;
    const struct feature_sink *sink;
    struct json_reader json;
    struct pool pool; // of one feature
    struct outline outline;
    struct geo_point *points;
    uint32_t *ring_end;
    size_t point_count, point_capacity;
    size_t ring_count, ring_capacity;
    uint64_t feature_count, skipped_count;
    uint64_t counts[OUTLINE_KIND_COUNT]; // of feature_count
};

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
            outline_property(&reader->outline, key, value);
        } else if (token == JSON_NUMBER && strcmp(key, "pop_est") == 0) {
            int64_t population;
            if (json_number_scaled(value, 0, &population) && population > 0) {
                reader->outline.population = (uint64_t)population;
            }
        }
        json_skip(&reader->json, token);
    }
    return STATUS_OK;
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory for a polygon");
}

static enum status point_add(struct countries *reader, int64_t lng_e7, int64_t lat_e7,
                             struct fault *fault)
{
    enum { BEYOND_E7 = 1000000 }; // some draw a little past the 180th meridian: it ends there
    if (lng_e7 >= -(int64_t)GEO_LNG_MAX - BEYOND_E7 && lng_e7 < -GEO_LNG_MAX) {
        lng_e7 = -GEO_LNG_MAX;
    } else if (lng_e7 <= (int64_t)GEO_LNG_MAX + BEYOND_E7 && lng_e7 > GEO_LNG_MAX) {
        lng_e7 = GEO_LNG_MAX;
    }
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
            reader->outline.is_polygon =
                text_is(value, "Polygon") || text_is(value, "MultiPolygon");
            if (!reader->outline.is_polygon) {
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
    outline_begin(&reader->outline, reader->input->kind, &reader->pool);
    reader->point_count = reader->ring_count = 0;
}

static enum status feature_emit(struct countries *reader, struct fault *fault)
{
    struct feature feature = {.rings = {.points = reader->points,
                                        .ring_end = reader->ring_end,
                                        .ring_count = (uint32_t)reader->ring_count}};
    if (!reader->outline.is_polygon || reader->ring_count == 0 ||
        !outline_fill(&reader->outline, &feature)) {
        reader->skipped_count++;
        return STATUS_OK;
    }
    feature.box = rings_box(&feature.rings);
    feature.point = shape_inner_point(&feature.rings, &reader->pool);
    reader->feature_count++;
    reader->counts[reader->outline.kind]++;
    const struct source_options *const options = reader->input->options;
    if (options->progress != NULL && !options->progress(options->progress_context, "outlines",
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
        return fault_set(
            fault, STATUS_UNSUPPORTED,
            "%s: no feature is a polygon with a country code (ISO_A2, ADM0_A3), a region "
            "code (iso_3166_2), a county code (GEO_ID) or a time zone (tzid)",
            reader->input->path);
    }
    return STATUS_OK;
}

// Whose data it is, where that is not Natural Earth.
static void summary_set(const struct countries *reader, struct source_summary *summary)
{
    const uint64_t *const counts = reader->counts;
    if (counts[OUTLINE_ZONE] == reader->feature_count) {
        source_summary_say(summary, "Time zone boundaries, \xc2\xa9 OpenStreetMap contributors",
                           "ODbL 1.0 (timezone-boundary-builder), CC0 (tz_world)",
                           "https://github.com/evansiroky/timezone-boundary-builder");
    } else if (counts[OUTLINE_COUNTY] == reader->feature_count) {
        source_summary_say(summary, "US Census Bureau", "public domain",
                           "https://www.census.gov/geographies/mapping-files.html");
    }
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
    summary_set(reader, summary);
    summary->feature_count += reader->feature_count;
    summary->skipped_count += reader->skipped_count;
    json_reader_free(&reader->json);
    pool_free(&reader->pool);
    memory_give(reader->points);
    memory_give(reader->ring_end);
    memory_give(reader);
    return status;
}
