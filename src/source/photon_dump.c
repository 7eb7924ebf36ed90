#include "source/photon_dump.h"

#include <stdio.h>

#include "base/date.h"
#include "codec/json_read.h"
#include "codec/json_slice.h"
#include "source/category.h"
#include "source/tagged.h"
#include "source/text_clean.h"

enum { WARNINGS_MAX = 20, TICK_LINES = 1024, RANK_STREET = 26, RANK_MAX = 30 };

// A place that others name as a part of their address.
struct photon_part {
    uint64_t place; // place_id; 0: a free slot
    struct bytes name;
    uint8_t rank;
};

struct photon_dump {
    const struct input *input;
    const struct feature_sink *sink;
    struct source_summary *summary;
    struct pool pool; // of one line
    struct tagged tagged;
    struct pool part_names;
    struct photon_part *parts; // open addressing; capacity is a power of two
    size_t part_count, part_capacity;
    bool has_parts;
    uint64_t line;
    unsigned warnings;
};

static bool has_text(struct bytes text, const char *wanted)
{
    return text.size != 0 && memmem(text.data, text.size, wanted, strlen(wanted)) != NULL;
}

bool photon_dump_recognise(struct bytes front)
{
    enum { HEADER_SIZE = 1024 };
    front = json_slice_trim(front);
    front.size = front.size < HEADER_SIZE ? front.size : HEADER_SIZE;
    return front.size != 0 && front.data[0] == '{' && has_text(front, "\"NominatimDumpFile\"");
}

static void line_warn(struct photon_dump *reader, const char *what)
{
    const struct source_options *const options = reader->input->options;
    reader->summary->skipped_count++;
    if (reader->warnings++ < WARNINGS_MAX && options->warn != NULL) {
        char sentence[512];
        (void)snprintf(sentence, sizeof(sentence), "%s: line %llu: a place is left out: %s",
                       reader->input->name, (unsigned long long)reader->line, what);
        options->warn(options->warn_context, sentence);
    }
}

static struct bytes member_of(struct bytes object, const char *name)
{
    return json_slice_find(object, bytes_from_text(name));
}

static bool text_is(struct bytes json, const char *text)
{
    return json_slice_equals(json, bytes_from_text(text));
}

static struct bytes unquoted(struct bytes json)
{
    const bool is_quoted = json.size >= 2 && json.data[0] == '"';
    return is_quoted ? (struct bytes){.data = json.data + 1, .size = json.size - 2} : json;
}

// --- Parts of addresses ---

static struct photon_part *part_slot(const struct photon_dump *reader, uint64_t place)
{
    size_t at = (size_t)(place * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (reader->part_capacity - 1);
    while (reader->parts[at].place != 0 && reader->parts[at].place != place) {
        at = (at + 1) & (reader->part_capacity - 1);
    }
    return &reader->parts[at];
}

static bool parts_grow(struct photon_dump *reader)
{
    const size_t capacity = reader->part_capacity == 0 ? 1024 : 2 * reader->part_capacity;
    struct photon_part *const old = reader->parts;
    const size_t old_capacity = reader->part_capacity;
    struct photon_part *const made =
        memory_take_zeroed(reader->input->options->account, capacity, sizeof(*made));
    if (made == NULL) {
        return false;
    }
    reader->parts = made;
    reader->part_capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].place != 0) {
            *part_slot(reader, old[i].place) = old[i];
        }
    }
    memory_give(old);
    return true;
}

static uint64_t place_number(struct bytes json)
{
    int64_t number = 0;
    return json_number_scaled(unquoted(json), 0, &number) && number > 0 ? (uint64_t)number : 0;
}

static bool part_keep(struct photon_dump *reader, struct bytes place, struct bytes name,
                      uint8_t rank)
{
    const uint64_t number = place_number(place);
    if (!reader->has_parts || number == 0 || name.size == 0 || rank == 0 || rank >= RANK_MAX) {
        return true;
    }
    uint8_t *const copy = pool_take(&reader->part_names, name.size, 1);
    if (copy == NULL ||
        (2 * (reader->part_count + 1) > reader->part_capacity && !parts_grow(reader))) {
        return false;
    }
    memcpy(copy, name.data, name.size);
    struct photon_part *const slot = part_slot(reader, number);
    reader->part_count += slot->place == 0;
    *slot = (struct photon_part){.place = number, .name = {copy, name.size}, .rank = rank};
    return true;
}

static void part_use(struct photon_dump *reader, struct bytes place)
{
    const uint64_t number = place_number(place);
    if (number == 0 || reader->part_capacity == 0) {
        return;
    }
    const struct photon_part *const part = part_slot(reader, number);
    if (part->place == 0) {
        return;
    }
    const char *const key = part->rank >= RANK_STREET ? "addr:street"
                            : part->rank >= 17        ? "addr:suburb"
                            : part->rank >= 13        ? "addr:city"
                            : part->rank >= 10        ? "addr:district"
                                                      : "addr:state";
    tagged_add(&reader->tagged, bytes_from_text(key), part->name);
}

static void parts_use(struct photon_dump *reader, struct bytes place)
{
    part_use(reader, member_of(place, "parent_place_id"));
    struct bytes lines = member_of(place, "addresslines");
    struct bytes line;
    while (json_slice_item(&lines, &line)) {
        if (bytes_equal(member_of(line, "isaddress"), BYTES_OF("true"))) {
            part_use(reader, member_of(line, "place_id"));
        }
    }
}

// --- Tags ---

// A member's name without its quotes, as bytes that live as long as the line.
static struct bytes key_of(struct photon_dump *reader, struct bytes name)
{
    return tagged_value(name, &reader->pool);
}

static void names_add(struct photon_dump *reader, struct bytes names)
{
    static const char linked[] = "_place_"; // Nominatim's, of the place node in a boundary
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&names, &name, &value)) {
        struct bytes key = key_of(reader, name);
        const struct bytes text = tagged_value(value, &reader->pool);
        if (key.size > sizeof(linked) - 1 && memcmp(key.data, linked, sizeof(linked) - 1) == 0) {
            key = BYTES_OF("alt_name");
        }
        tagged_add(&reader->tagged, key, text);
    }
}

static void address_add(struct photon_dump *reader, struct bytes parts)
{
    static const struct {
        const char *part, *key;
    } rows[] = {
        {"street", "addr:street"},     {"place", "addr:place"},   {"city", "addr:city"},
        {"district", "addr:suburb"},   {"suburb", "addr:suburb"}, {"state", "addr:state"},
        {"postcode", "addr:postcode"}, {"unit", "addr:unit"},
    };
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&parts, &name, &value)) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            if (text_is(name, rows[i].part)) {
                tagged_add(&reader->tagged, bytes_from_text(rows[i].key),
                           tagged_value(value, &reader->pool));
            }
        }
    }
}

// What a place is, "osm.amenity.cafe"; the first counts.
struct photon_class {
    struct bytes key, value;
};

static struct photon_class class_of(struct photon_dump *reader, struct bytes place)
{
    struct photon_class class = {.key = tagged_value(member_of(place, "osm_key"), &reader->pool),
                                 .value =
                                     tagged_value(member_of(place, "osm_value"), &reader->pool)};
    struct bytes list = member_of(place, "categories");
    struct bytes item;
    while (class.key.size == 0 && json_slice_item(&list, &item)) {
        struct bytes rest = tagged_value(item, &reader->pool);
        struct bytes system;
        struct bytes key;
        if (text_part_next(&rest, '.', &system) && bytes_equal(system, BYTES_OF("osm")) &&
            text_part_next(&rest, '.', &key)) {
            class = (struct photon_class){.key = key, .value = rest};
        }
    }
    return class;
}

static const char *place_of_rank(int64_t rank)
{
    return rank <= 0    ? ""
           : rank <= 4  ? "country"
           : rank <= 9  ? "state"
           : rank <= 12 ? "county"
           : rank <= 16 ? "town"
           : rank <= 18 ? "borough"
           : rank <= 20 ? "suburb"
           : rank <= 24 ? "neighbourhood"
                        : "";
}

static bool class_is(const struct photon_class *class, const char *key, const char *value)
{
    return bytes_equal(class->key, bytes_from_text(key)) &&
           bytes_equal(class->value, bytes_from_text(value));
}

static void class_add(struct photon_dump *reader, const struct photon_class *class,
                      struct bytes place, int64_t rank)
{
    struct tagged *const tagged = &reader->tagged;
    const struct bytes extra = member_of(place, "extra");
    tagged_add(tagged, class->key, class->value);
    const struct bytes linked = tagged_value(member_of(extra, "linked_place"), &reader->pool);
    if (class_is(class, "boundary", "administrative")) {
        tagged_add(tagged, BYTES_OF("admin_level"), unquoted(member_of(place, "admin_level")));
        tagged_add(tagged, BYTES_OF("place"),
                   linked.size != 0 ? linked : bytes_from_text(place_of_rank(rank)));
        if (rank == 4) {
            tagged_add(tagged, BYTES_OF("ISO3166-1"),
                       tagged_value(member_of(place, "country_code"), &reader->pool));
        }
    }
}

static void extra_add(struct photon_dump *reader, struct bytes extra)
{
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&extra, &name, &value)) {
        const struct bytes key = key_of(reader, name);
        if (!bytes_equal(key, BYTES_OF("place")) && !bytes_equal(key, BYTES_OF("linked_place"))) {
            tagged_add(&reader->tagged, key, tagged_value(value, &reader->pool));
        }
    }
}

// --- Places ---

static struct source_id id_of(struct bytes place)
{
    int64_t number = 0;
    const struct bytes type = unquoted(member_of(place, "object_type"));
    struct source_id id = {.kind = SOURCE_OSM};
    if (type.size == 1 && memchr("NWRnwr", type.data[0], 6) != NULL &&
        json_number_scaled(unquoted(member_of(place, "object_id")), 0, &number)) {
        id.type = (char)(type.data[0] | 0x20);
        id.number = number;
    }
    return id;
}

static const char *geometry_of(struct photon_dump *reader, struct bytes place,
                               struct geometry *geometry)
{
    const char *const what = geometry_read(member_of(place, "geometry"), &reader->pool, geometry);
    if (what != NULL) {
        return what;
    }
    struct bytes list = member_of(place, "centroid");
    struct bytes lng;
    struct bytes lat;
    struct geo_point point;
    if (json_slice_item(&list, &lng) && json_slice_item(&list, &lat) &&
        geometry_point_read(lng, lat, &point)) {
        if (geometry->kind == GEOMETRY_NONE) {
            *geometry = geometry_of_point(point);
        }
        geometry->point = point;
        return NULL;
    }
    return geometry->kind == GEOMETRY_NONE ? "it has neither a centroid nor a geometry" : NULL;
}

static enum status place_emit(struct photon_dump *reader, struct bytes place,
                              const struct photon_class *class, const struct geometry *geometry,
                              struct fault *fault)
{
    struct feature feature = {.id = id_of(place)};
    TRY(tagged_fill(&reader->tagged, geometry, &feature, fault));
    if (class_is(class, "place", "postcode") || class_is(class, "boundary", "postal_code")) {
        feature.roles = FEATURE_POSTCODE;
        feature.rings = geometry->rings;
        feature.box = geometry->box;
        if (feature.address.postcode.size == 0 && feature.name_count != 0) {
            feature.address.postcode = feature.names[0].text;
        }
    }
    if (feature.roles == 0) {
        return STATUS_OK;
    }
    feature.kind.key = class->key;
    feature.kind.value = class->value;
    reader->summary->feature_count++;
    return reader->sink->take(reader->sink->context, &feature, fault);
}

static enum status place_take(struct photon_dump *reader, struct bytes place, struct fault *fault)
{
    struct geometry geometry = {.kind = GEOMETRY_NONE};
    int64_t rank = 0;
    tagged_begin(&reader->tagged, &reader->pool);
    const char *const what = id_of(place).type == 0
                                 ? "it has no object_type (N, W or R) and object_id"
                                 : geometry_of(reader, place, &geometry);
    if (what != NULL) {
        line_warn(reader, what);
        return STATUS_OK;
    }
    if (!json_number_scaled(member_of(place, "rank_address"), 0, &rank) || rank < 0 ||
        rank > RANK_MAX) {
        rank = 0;
    }
    const struct photon_class class = class_of(reader, place);
    const struct bytes names = member_of(place, "name");
    names_add(reader, names);
    class_add(reader, &class, place, rank);
    tagged_add(&reader->tagged, BYTES_OF("addr:housenumber"),
               tagged_value(member_of(place, "housenumber"), &reader->pool));
    address_add(reader, member_of(place, "address"));
    parts_use(reader, place);
    tagged_add(&reader->tagged, BYTES_OF("addr:postcode"),
               tagged_value(member_of(place, "postcode"), &reader->pool));
    tagged_add(&reader->tagged, BYTES_OF("addr:country"),
               tagged_value(member_of(place, "country_code"), &reader->pool));
    extra_add(reader, member_of(place, "extra"));
    if (!part_keep(reader, member_of(place, "place_id"),
                   tagged_value(member_of(names, "name"), &reader->pool), (uint8_t)rank)) {
        return fault_set(fault, STATUS_NO_MEMORY,
                         "%s: no memory for the names that addresses refer to; give --memory",
                         reader->input->path);
    }
    return place_emit(reader, place, &class, &geometry, fault);
}

static enum status line_take(struct photon_dump *reader, struct bytes line, struct fault *fault)
{
    pool_clear(&reader->pool);
    if (!json_slice_check(line, reader->input->options->account) || line.data[0] != '{') {
        line_warn(reader, "this is no JSON object");
        return STATUS_OK;
    }
    if (!text_is(member_of(line, "type"), "Place")) {
        return STATUS_OK;
    }
    struct bytes content = member_of(line, "content");
    if (content.size != 0 && content.data[0] == '{') {
        return place_take(reader, content, fault);
    }
    struct bytes place;
    while (json_slice_item(&content, &place)) {
        TRY(place_take(reader, place, fault));
    }
    return STATUS_OK;
}

// --- The file ---

static enum status header_take(struct photon_dump *reader, struct bytes line, struct fault *fault)
{
    const char *const path = reader->input->path;
    const struct bytes content = member_of(line, "content");
    if (!json_slice_check(line, reader->input->options->account) ||
        !text_is(member_of(line, "type"), "NominatimDumpFile") || content.size == 0) {
        return fault_set(fault, STATUS_CORRUPT,
                         "%s: line %llu: a dump of Photon begins with "
                         "{\"type\":\"NominatimDumpFile\",\"content\":{…}}",
                         path, (unsigned long long)reader->line);
    }
    const struct bytes version = unquoted(member_of(content, "version"));
    if (version.size < 2 || memcmp(version.data, "0.", 2) != 0) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s: this dump has version '%.*s', and 0.x are known", path,
                         version.size < 32 ? (int)version.size : 32, (const char *)version.data);
    }
    int64_t time_us = 0;
    if (date_parse_rfc3339(unquoted(member_of(content, "data_timestamp")), &time_us)) {
        reader->summary->data_time_s = time_us / 1000000;
    }
    const struct bytes features = member_of(content, "features");
    reader->has_parts = bytes_equal(member_of(features, "has_addresslines"), BYTES_OF("true"));
    return STATUS_OK;
}

static enum status lines_read(struct photon_dump *reader, struct bytes text, struct fault *fault)
{
    const struct source_options *const options = reader->input->options;
    const size_t size = text.size;
    bool has_header = false;
    struct bytes line;
    while (text_line_next(&text, &line)) {
        reader->line++;
        line = json_slice_trim(line);
        if (line.size == 0) {
            continue;
        }
        if (reader->line % TICK_LINES == 0 && options->progress != NULL &&
            !options->progress(options->progress_context, "places", size - text.size, size)) {
            return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", reader->input->path);
        }
        TRY(has_header ? line_take(reader, line, fault) : header_take(reader, line, fault));
        has_header = true;
    }
    return has_header ? STATUS_OK : header_take(reader, (struct bytes){0}, fault);
}

enum status photon_dump_read(struct input *input, const struct feature_sink *sink,
                             struct source_summary *summary, struct fault *fault)
{
    struct memory_account *const account = input->options->account;
    struct bytes text;
    TRY(input_map(input, &text, fault));
    struct photon_dump *const reader = memory_take_zeroed(account, 1, sizeof(*reader));
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", input->path);
    }
    reader->input = input;
    reader->sink = sink;
    reader->summary = summary;
    reader->pool.account = reader->part_names.account = account;
    const enum status status = lines_read(reader, text_without_mark(text), fault);
    pool_free(&reader->pool);
    pool_free(&reader->part_names);
    memory_give(reader->parts);
    memory_give(reader);
    return status;
}
