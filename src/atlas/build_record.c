#include "atlas/build_record.h"

#include <assert.h>

enum record_field {
    RECORD_NAMES = 1 << 0,
    RECORD_LINE = 1 << 1,
    RECORD_NODES = 1 << 2,
    RECORD_BOX = 1 << 3,
    RECORD_COUNTRY = 1 << 4,
    RECORD_OBJECT_COUNTRY = 1 << 5,
    RECORD_REGION = 1 << 6,
    RECORD_CATEGORY = 1 << 7,
    RECORD_POPULATION = 1 << 8,
    RECORD_KINDS = 1 << 9, // place_type, admin_level, street_rank, has_wikipedia
    RECORD_LABEL = 1 << 10,
    RECORD_ENDS = 1 << 11,
    RECORD_FACTS = 1 << 12,
    RECORD_TEXT = 1 << 13, // the first of the text fields; the others follow
};
#define RECORD_TEXT_COUNT 13
#define RECORD_SAME       (UINT32_C(1) << 31)

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static void append_text(struct buffer *buffer, struct bytes text)
{
    buffer_append_varint(buffer, text.size);
    buffer_append_bytes(buffer, text);
}

static struct bytes take_text(struct reader *reader)
{
    const uint64_t size = reader_varint(reader);
    return reader_take(reader, (size_t)size);
}

static void append_id(struct buffer *buffer, struct source_id id)
{
    buffer_append_u8(buffer, (uint8_t)id.kind);
    buffer_append_u8(buffer, (uint8_t)id.type);
    buffer_append_varint(buffer, zigzag(id.number));
}

static struct source_id take_id(struct reader *reader)
{
    struct source_id id = {.kind = reader_u8(reader)};
    id.type = (char)reader_u8(reader);
    id.number = unzigzag(reader_varint(reader));
    return id;
}

static void text_fields(struct feature *feature, struct bytes *fields[RECORD_TEXT_COUNT])
{
    struct feature_address *const address = &feature->address;
    struct bytes *const all[RECORD_TEXT_COUNT] = {
        &address->number,    &address->unit,     &address->street,        &address->place,
        &address->suburb,    &address->city,     &address->district,      &address->state,
        &address->postcode,  &feature->wikidata, &feature->opening_hours, &feature->kind.key,
        &feature->kind.value};
    memcpy(fields, all, sizeof(all));
}

static uint32_t mask_of(const struct feature *feature)
{
    uint32_t mask = 0;
    mask |= feature->name_count != 0 ? RECORD_NAMES : 0;
    mask |= feature->point_count != 0 ? RECORD_LINE : 0;
    mask |= feature->point_count != 0 && feature->nodes != NULL ? RECORD_NODES : 0;
    mask |= feature->point_count != 0 || feature->rings.ring_count != 0 ? RECORD_BOX : 0;
    mask |= feature->address.country[0] != '\0' ? RECORD_COUNTRY : 0;
    mask |= feature->country_code[0] != '\0' ? RECORD_OBJECT_COUNTRY : 0;
    mask |= feature->region_code[0] != '\0' ? RECORD_REGION : 0;
    mask |= feature->category != 0 ? RECORD_CATEGORY : 0;
    mask |= feature->population != 0 ? RECORD_POPULATION : 0;
    mask |= feature->place_type != PLACE_NONE || feature->admin_level != 0 ||
                    feature->street_rank != 0 || feature->has_wikipedia
                ? RECORD_KINDS
                : 0;
    mask |= feature->has_label ? RECORD_LABEL : 0;
    mask |= feature->end_count != 0 ? RECORD_ENDS : 0;
    mask |= feature->same_count != 0 ? RECORD_SAME : 0;
    mask |= feature->fact_count != 0 ? RECORD_FACTS : 0;
    return mask;
}

static void append_names(const struct feature *feature, struct buffer *buffer)
{
    buffer_append_varint(buffer, feature->name_count);
    for (size_t i = 0; i < feature->name_count; i++) {
        const struct feature_name *const name = &feature->names[i];
        buffer_append_u8(buffer, (uint8_t)name->role);
        append_text(buffer, bytes_from_text(name->language));
        append_text(buffer, name->text);
    }
}

static void append_line(const struct feature *feature, struct buffer *buffer)
{
    struct geo_point last = {0};
    buffer_append_varint(buffer, feature->point_count);
    for (size_t i = 0; i < feature->point_count; i++) {
        const struct geo_point point = feature->points[i];
        buffer_append_varint(buffer, zigzag((int64_t)point.lng_e7 - last.lng_e7));
        buffer_append_varint(buffer, zigzag((int64_t)point.lat_e7 - last.lat_e7));
        last = point;
    }
    uint64_t last_node = 0; // differences wrap: ids may have any sign
    for (size_t i = 0; feature->nodes != NULL && i < feature->point_count; i++) {
        buffer_append_varint(buffer, zigzag((int64_t)((uint64_t)feature->nodes[i] - last_node)));
        last_node = (uint64_t)feature->nodes[i];
    }
}

static void append_ends(const struct feature *feature, struct buffer *buffer)
{
    buffer_append_u8(buffer, (uint8_t)feature->interpolation);
    buffer_append_varint(buffer, feature->end_count);
    for (size_t i = 0; i < feature->end_count; i++) {
        const struct feature_end *const end = &feature->ends[i];
        buffer_append_varint(buffer, end->position);
        buffer_append_varint(buffer, end->number);
        buffer_append_u8(buffer, (uint8_t)end->letter);
        append_text(buffer, end->street);
        append_text(buffer, end->postcode);
        append_text(buffer, end->city);
    }
}

static void append_facts(const struct feature *feature, struct buffer *buffer)
{
    buffer_append_varint(buffer, feature->fact_count);
    for (size_t i = 0; i < feature->fact_count; i++) {
        append_text(buffer, feature->facts[i].key);
        append_text(buffer, feature->facts[i].value);
    }
}

static void append_optional(const struct feature *feature, uint32_t mask, struct buffer *buffer)
{
    if ((mask & RECORD_BOX) != 0) {
        buffer_append(buffer, &feature->box, sizeof(feature->box));
    }
    if ((mask & RECORD_COUNTRY) != 0) {
        buffer_append(buffer, feature->address.country, 2);
    }
    if ((mask & RECORD_OBJECT_COUNTRY) != 0) {
        buffer_append(buffer, feature->country_code, 2);
    }
    if ((mask & RECORD_REGION) != 0) {
        buffer_append(buffer, feature->region_code, sizeof(feature->region_code));
    }
    if ((mask & RECORD_CATEGORY) != 0) {
        buffer_append_varint(buffer, feature->category);
    }
    if ((mask & RECORD_POPULATION) != 0) {
        buffer_append_varint(buffer, feature->population);
    }
    if ((mask & RECORD_KINDS) != 0) {
        buffer_append_u8(buffer, (uint8_t)feature->place_type);
        buffer_append_u8(buffer, feature->admin_level);
        buffer_append_u8(buffer, feature->street_rank);
        buffer_append_u8(buffer, feature->has_wikipedia ? 1 : 0);
    }
    if ((mask & RECORD_LABEL) != 0) {
        append_id(buffer, feature->label);
    }
    if ((mask & RECORD_SAME) != 0) {
        buffer_append_varint(buffer, feature->same_count);
        for (unsigned i = 0; i < feature->same_count; i++) {
            append_id(buffer, feature->same[i]);
        }
    }
}

void build_record_encode(const struct feature *feature, struct buffer *buffer)
{
    struct feature copy = *feature;
    struct bytes *fields[RECORD_TEXT_COUNT];
    text_fields(&copy, fields);
    uint32_t mask = mask_of(feature);
    for (unsigned i = 0; i < RECORD_TEXT_COUNT; i++) {
        mask |= fields[i]->size != 0 ? (uint32_t)RECORD_TEXT << i : 0;
    }

    buffer_append_varint(buffer, feature->roles);
    buffer_append_u8(buffer, feature->source);
    append_id(buffer, feature->id);
    buffer_append(buffer, &feature->point, sizeof(feature->point));
    buffer_append_varint(buffer, mask);
    append_optional(feature, mask, buffer);
    for (unsigned i = 0; i < RECORD_TEXT_COUNT; i++) {
        if (fields[i]->size != 0) {
            append_text(buffer, *fields[i]);
        }
    }
    if ((mask & RECORD_NAMES) != 0) {
        append_names(feature, buffer);
    }
    if ((mask & RECORD_LINE) != 0) {
        append_line(feature, buffer);
    }
    if ((mask & RECORD_ENDS) != 0) {
        append_ends(feature, buffer);
    }
    if ((mask & RECORD_FACTS) != 0) {
        append_facts(feature, buffer);
    }
}

static enum status take_names(struct reader *reader, struct build_scratch *scratch,
                              struct feature *feature)
{
    const size_t count = (size_t)reader_varint(reader);
    if (!memory_grow(scratch->account, &scratch->names, &scratch->name_capacity, count,
                     sizeof(*scratch->names))) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct feature_name name = {.role = reader_u8(reader)};
        const struct bytes language = take_text(reader);
        assert(language.size < sizeof(name.language));
        if (language.size != 0) {
            memcpy(name.language, language.data, language.size);
        }
        name.text = take_text(reader);
        scratch->names[i] = name;
    }
    feature->names = scratch->names;
    feature->name_count = count;
    return STATUS_OK;
}

static enum status take_line(struct reader *reader, bool has_nodes, struct build_scratch *scratch,
                             struct feature *feature)
{
    const size_t count = (size_t)reader_varint(reader);
    if (!memory_grow(scratch->account, &scratch->points, &scratch->point_capacity, count,
                     sizeof(*scratch->points)) ||
        !memory_grow(scratch->account, &scratch->nodes, &scratch->node_capacity, count,
                     sizeof(*scratch->nodes))) {
        return STATUS_NO_MEMORY;
    }
    struct geo_point last = {0};
    for (size_t i = 0; i < count; i++) {
        last.lng_e7 = (int32_t)(last.lng_e7 + unzigzag(reader_varint(reader)));
        last.lat_e7 = (int32_t)(last.lat_e7 + unzigzag(reader_varint(reader)));
        scratch->points[i] = last;
    }
    uint64_t last_node = 0; // differences wrap: ids may have any sign
    for (size_t i = 0; has_nodes && i < count; i++) {
        last_node += (uint64_t)unzigzag(reader_varint(reader));
        scratch->nodes[i] = (int64_t)last_node;
    }
    feature->points = scratch->points;
    feature->point_count = count;
    feature->nodes = has_nodes ? scratch->nodes : NULL;
    return STATUS_OK;
}

static enum status take_ends(struct reader *reader, struct build_scratch *scratch,
                             struct feature *feature)
{
    feature->interpolation = reader_u8(reader);
    const size_t count = (size_t)reader_varint(reader);
    if (!memory_grow(scratch->account, &scratch->ends, &scratch->end_capacity, count,
                     sizeof(*scratch->ends))) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct feature_end *const end = &scratch->ends[i];
        end->position = (uint32_t)reader_varint(reader);
        end->number = (uint32_t)reader_varint(reader);
        end->letter = (char)reader_u8(reader);
        end->street = take_text(reader);
        end->postcode = take_text(reader);
        end->city = take_text(reader);
    }
    feature->ends = scratch->ends;
    feature->end_count = count;
    return STATUS_OK;
}

static enum status take_facts(struct reader *reader, struct build_scratch *scratch,
                              struct feature *feature)
{
    const size_t count = (size_t)reader_varint(reader);
    if (!memory_grow(scratch->account, &scratch->facts, &scratch->fact_capacity, count,
                     sizeof(*scratch->facts))) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        scratch->facts[i].key = take_text(reader);
        scratch->facts[i].value = take_text(reader);
    }
    feature->facts = scratch->facts;
    feature->fact_count = count;
    return STATUS_OK;
}

static void take_into(struct reader *reader, void *target, size_t size)
{
    const struct bytes taken = reader_take(reader, size);
    if (taken.size != 0) {
        memcpy(target, taken.data, size);
    }
}

static void take_optional(struct reader *reader, uint64_t mask, struct feature *feature)
{
    feature->box = (struct geo_box){.west_e7 = feature->point.lng_e7,
                                    .south_e7 = feature->point.lat_e7,
                                    .east_e7 = feature->point.lng_e7,
                                    .north_e7 = feature->point.lat_e7};
    if ((mask & RECORD_BOX) != 0) {
        take_into(reader, &feature->box, sizeof(feature->box));
    }
    if ((mask & RECORD_COUNTRY) != 0) {
        take_into(reader, feature->address.country, 2);
    }
    if ((mask & RECORD_OBJECT_COUNTRY) != 0) {
        take_into(reader, feature->country_code, 2);
    }
    if ((mask & RECORD_REGION) != 0) {
        take_into(reader, feature->region_code, sizeof(feature->region_code));
    }
    if ((mask & RECORD_CATEGORY) != 0) {
        feature->category = (uint16_t)reader_varint(reader);
    }
    if ((mask & RECORD_POPULATION) != 0) {
        feature->population = reader_varint(reader);
    }
    if ((mask & RECORD_KINDS) != 0) {
        feature->place_type = reader_u8(reader);
        feature->admin_level = reader_u8(reader);
        feature->street_rank = reader_u8(reader);
        feature->has_wikipedia = reader_u8(reader) != 0;
    }
    if ((mask & RECORD_LABEL) != 0) {
        feature->label = take_id(reader);
        feature->has_label = true;
    }
    if ((mask & RECORD_SAME) != 0) {
        feature->same_count = (unsigned)reader_varint(reader);
        assert(feature->same_count <= FEATURE_SAME_MAX);
        for (unsigned i = 0; i < feature->same_count; i++) {
            feature->same[i] = take_id(reader);
        }
    }
}

enum status build_record_decode(struct bytes record, struct build_scratch *scratch,
                                struct feature *feature)
{
    struct reader reader = {.rest = record};
    *feature = (struct feature){.roles = (unsigned)reader_varint(&reader)};
    feature->source = reader_u8(&reader);
    feature->id = take_id(&reader);
    take_into(&reader, &feature->point, sizeof(feature->point));
    const uint64_t mask = reader_varint(&reader);
    take_optional(&reader, mask, feature);

    struct bytes *fields[RECORD_TEXT_COUNT];
    text_fields(feature, fields);
    for (unsigned i = 0; i < RECORD_TEXT_COUNT; i++) {
        if ((mask & (uint64_t)RECORD_TEXT << i) != 0) {
            *fields[i] = take_text(&reader);
        }
    }
    if ((mask & RECORD_NAMES) != 0) {
        TRY(take_names(&reader, scratch, feature));
    }
    if ((mask & RECORD_LINE) != 0) {
        TRY(take_line(&reader, (mask & RECORD_NODES) != 0, scratch, feature));
    }
    if ((mask & RECORD_ENDS) != 0) {
        TRY(take_ends(&reader, scratch, feature));
    }
    if ((mask & RECORD_FACTS) != 0) {
        TRY(take_facts(&reader, scratch, feature));
    }
    return reader.overrun ? STATUS_CORRUPT : STATUS_OK;
}

void build_record_encode_rings(const struct geo_rings *rings, struct buffer *buffer)
{
    const uint32_t point_count =
        rings->ring_count == 0 ? 0 : rings->ring_end[rings->ring_count - 1];
    buffer_append(buffer, &rings->ring_count, sizeof(rings->ring_count));
    buffer_append(buffer, rings->ring_end, rings->ring_count * sizeof(*rings->ring_end));
    buffer_append(buffer, rings->points, point_count * sizeof(*rings->points));
}

struct geo_rings build_record_decode_rings(struct bytes bytes)
{
    const uint32_t *const words = (const void *)bytes.data;
    return (struct geo_rings){.ring_count = words[0],
                              .ring_end = words + 1,
                              .points = (const void *)(words + 1 + words[0])};
}

void build_scratch_free(struct build_scratch *scratch)
{
    memory_give(scratch->names);
    memory_give(scratch->points);
    memory_give(scratch->nodes);
    memory_give(scratch->ends);
    memory_give(scratch->facts);
    *scratch = (struct build_scratch){.account = scratch->account};
}
