// What a live object says of itself: the members of its fields and of its GeoJSON's properties that
// are names or parts of an address.
#include "atlas/atlas.h"
#include "codec/json_read.h"
#include "search/overlay_private.h"

// Names of members, of which the first in the row wins. Many spellings are in use; these are OSM's,
// Pelias's and the plain ones.
static const struct {
    const char *name;
    enum overlay_part part;
} part_names[] = {
    {"name", OVERLAY_NAME},
    {"alt_name", OVERLAY_OTHER_NAMES},
    {"housenumber", OVERLAY_NUMBER},
    {"house_number", OVERLAY_NUMBER},
    {"addr:housenumber", OVERLAY_NUMBER},
    {"unit", OVERLAY_UNIT},
    {"addr:unit", OVERLAY_UNIT},
    {"street", OVERLAY_STREET},
    {"addr:street", OVERLAY_STREET},
    {"city", OVERLAY_LOCALITY},
    {"locality", OVERLAY_LOCALITY},
    {"town", OVERLAY_LOCALITY},
    {"addr:city", OVERLAY_LOCALITY},
    {"postcode", OVERLAY_POSTCODE},
    {"postal_code", OVERLAY_POSTCODE},
    {"postalcode", OVERLAY_POSTCODE},
    {"addr:postcode", OVERLAY_POSTCODE},
    {"region", OVERLAY_REGION},
    {"state", OVERLAY_REGION},
    {"addr:state", OVERLAY_REGION},
    {"country", OVERLAY_COUNTRY},
    {"country_code", OVERLAY_COUNTRY},
    {"addr:country", OVERLAY_COUNTRY},
    {"address", OVERLAY_ADDRESS},
    {"category", OVERLAY_CATEGORY},
};

static const size_t text_size_max = 256; // of one part; the rest of a longer one is left out

enum { OTHER_NAMES_MAX = 12 };

// Where the texts lie while the memory may still move.
struct gathering {
    struct buffer *memory;
    size_t offsets[OVERLAY_PART_COUNT], sizes[OVERLAY_PART_COUNT];
    struct {
        size_t offset, size;
    } other_names[OTHER_NAMES_MAX];
    unsigned other_name_count;
    uint64_t hidden;
};

static struct bytes cut(struct bytes text)
{
    size_t size = text.size < text_size_max ? text.size : text_size_max;
    while (size < text.size && size > 0 && (text.data[size] & 0xc0) == 0x80) {
        size--;
    }
    return (struct bytes){.data = text.data, .size = size};
}

static void part_set(struct gathering *gathering, enum overlay_part part, struct bytes text)
{
    if (part == OVERLAY_OTHER_NAMES) {
        if (gathering->other_name_count < OTHER_NAMES_MAX) {
            const unsigned at = gathering->other_name_count++;
            gathering->other_names[at].offset = gathering->memory->size;
            gathering->other_names[at].size = cut(text).size;
            buffer_append_bytes(gathering->memory, cut(text));
        }
    } else if (gathering->sizes[part] == 0) {
        gathering->offsets[part] = gathering->memory->size;
        gathering->sizes[part] = cut(text).size;
        buffer_append_bytes(gathering->memory, cut(text));
    }
}

static bool is_language_name(struct bytes name)
{
    static const char prefix[] = "name:";
    return name.size > sizeof(prefix) - 1 && memcmp(name.data, prefix, sizeof(prefix) - 1) == 0;
}

// One member whose value is a text or a number.
static void member_take(struct gathering *gathering, struct bytes name, struct bytes text)
{
    if (text.size == 0) {
        return;
    }
    if (bytes_equal(name, bytes_from_text("hides"))) {
        uint64_t packed = 0;
        if (atlas_id_parse(text, &packed) == STATUS_OK) {
            gathering->hidden = packed;
        }
        return;
    }
    if (is_language_name(name)) {
        part_set(gathering, OVERLAY_OTHER_NAMES, text);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(part_names); i++) {
        if (bytes_equal(name, bytes_from_text(part_names[i].name))) {
            part_set(gathering, part_names[i].part, text);
            return;
        }
    }
}

static enum status fields_gather(struct gathering *gathering, struct bytes fields)
{
    struct bytes name;
    struct bytes value;
    while (row_field_next(&fields, &name, &value)) {
        struct json_reader reader SCOPED(json_reader_free) =
            json_over(value, gathering->memory->account);
        struct bytes text;
        const enum json_token token = json_next(&reader, &text);
        if (token == JSON_STRING || token == JSON_NUMBER) {
            member_take(gathering, name, text);
        }
    }
    return buffer_status(gathering->memory);
}

// Members of the object just begun. A key lives until the next token: kept in the memory meanwhile.
static void members_gather(struct gathering *gathering, struct json_reader *reader)
{
    enum { NAME_SIZE_MAX = 64 };
    uint8_t kept[NAME_SIZE_MAX];
    struct bytes value;
    enum json_token token;
    while ((token = json_next(reader, &value)) == JSON_KEY) {
        const struct bytes name = {.data = kept,
                                   .size = value.size < NAME_SIZE_MAX ? value.size : 0};
        if (name.size != 0) {
            memcpy(kept, value.data, name.size);
        }
        token = json_next(reader, &value);
        if (token == JSON_STRING || token == JSON_NUMBER) {
            member_take(gathering, name, value);
        } else {
            json_skip(reader, token);
        }
    }
}

static enum status properties_gather(struct gathering *gathering, struct bytes text)
{
    struct json_reader reader SCOPED(json_reader_free) =
        json_over(text, gathering->memory->account);
    struct bytes value;
    if (json_next(&reader, &value) != JSON_OBJECT_BEGIN) {
        return STATUS_OK;
    }
    while (json_next(&reader, &value) == JSON_KEY) {
        const bool is_properties = bytes_equal(value, bytes_from_text("properties"));
        const enum json_token token = json_next(&reader, &value);
        if (is_properties && token == JSON_OBJECT_BEGIN) {
            members_gather(gathering, &reader);
        } else {
            json_skip(&reader, token);
        }
    }
    return buffer_status(gathering->memory);
}

// Puts the other names behind one another.
static void other_names_join(struct gathering *gathering)
{
    const size_t begin = gathering->memory->size;
    for (unsigned i = 0; i < gathering->other_name_count; i++) {
        if (i != 0) {
            buffer_append_text(gathering->memory, ";");
        }
        for (size_t k = 0; k < gathering->other_names[i].size; k++) {
            // One by one: the source may move when the memory grows.
            buffer_append_u8(gathering->memory,
                             gathering->memory->data[gathering->other_names[i].offset + k]);
        }
    }
    gathering->offsets[OVERLAY_OTHER_NAMES] = begin;
    gathering->sizes[OVERLAY_OTHER_NAMES] = gathering->memory->size - begin;
}

enum status overlay_texts_read(const struct row *row, struct buffer *memory,
                               struct overlay_texts *texts)
{
    struct gathering gathering = {.memory = memory};
    TRY(fields_gather(&gathering, row->fields));
    if (row->kind == ROW_GEOJSON) {
        TRY(properties_gather(&gathering, row->text));
    }
    other_names_join(&gathering);
    TRY(buffer_status(memory));
    texts->hidden = gathering.hidden;
    for (unsigned part = 0; part < OVERLAY_PART_COUNT; part++) {
        texts->parts[part] = (struct bytes){.data = memory->data + gathering.offsets[part],
                                            .size = gathering.sizes[part]};
    }
    return STATUS_OK;
}

bool overlay_texts_are_findable(const struct overlay_texts *texts)
{
    return texts->parts[OVERLAY_NAME].size != 0 || texts->parts[OVERLAY_STREET].size != 0 ||
           texts->parts[OVERLAY_ADDRESS].size != 0;
}

enum atlas_layer overlay_layer(const struct overlay_texts *texts)
{
    if (texts->parts[OVERLAY_NAME].size != 0) {
        return LAYER_POI;
    }
    return texts->parts[OVERLAY_NUMBER].size != 0 || texts->parts[OVERLAY_ADDRESS].size != 0
               ? LAYER_ADDRESS
               : LAYER_STREET;
}

static void append_after(struct buffer *out, size_t begin, const char *separator, struct bytes text)
{
    if (text.size != 0) {
        if (out->size != begin) {
            buffer_append_text(out, separator);
        }
        buffer_append_bytes(out, text);
    }
}

void overlay_label_write(const struct overlay_texts *texts, struct buffer *out)
{
    const size_t begin = out->size;
    const struct bytes *const parts = texts->parts;
    append_after(out, begin, "", parts[OVERLAY_NAME]);
    if (parts[OVERLAY_STREET].size == 0) {
        append_after(out, begin, ", ", parts[OVERLAY_ADDRESS]);
    }
    append_after(out, begin, ", ", parts[OVERLAY_STREET]);
    append_after(out, begin, parts[OVERLAY_STREET].size != 0 ? " " : ", ", parts[OVERLAY_NUMBER]);
    append_after(out, begin, ", ", parts[OVERLAY_POSTCODE]);
    append_after(out, begin, parts[OVERLAY_POSTCODE].size != 0 ? " " : ", ",
                 parts[OVERLAY_LOCALITY]);
    append_after(out, begin, ", ", parts[OVERLAY_REGION]);
    append_after(out, begin, ", ", parts[OVERLAY_COUNTRY]);
}

// Points the texts into the memory where it is now.
static void texts_rebase(struct overlay_texts *texts, const uint8_t *old, const uint8_t *new)
{
    for (unsigned part = 0; part < OVERLAY_PART_COUNT; part++) {
        texts->parts[part].data = new + (texts->parts[part].data - old);
    }
}

enum status overlay_place_read(const struct object *object, struct buffer *memory,
                               struct overlay_place *place)
{
    enum { SEPARATORS_SIZE = 64 };
    struct row row;
    struct overlay_texts texts;
    object_row(object, &row);
    buffer_append_u8(memory, 0); // so that it has data to point into
    TRY(overlay_texts_read(&row, memory, &texts));
    if (!overlay_texts_are_findable(&texts)) {
        return STATUS_NOT_FOUND;
    }
    size_t size = SEPARATORS_SIZE;
    for (unsigned part = 0; part < OVERLAY_PART_COUNT; part++) {
        size += texts.parts[part].size;
    }
    const uint8_t *const old = memory->data;
    if (buffer_reserve(memory, size) == NULL) {
        return STATUS_NO_MEMORY;
    }
    texts_rebase(&texts, old, memory->data);
    const size_t begin = memory->size;
    overlay_label_write(&texts, memory);
    *place = (struct overlay_place){
        .collection = object_collection(object),
        .id = object_id(object),
        .layer = overlay_layer(&texts),
        .label = {.data = memory->data + begin, .size = memory->size - begin},
    };
    memcpy(place->parts, texts.parts, sizeof(place->parts));
    return buffer_status(memory);
}
