#include "codec/pbf.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <zstd.h>

#define COORDINATE_LIMIT_E7 INT64_C(1800000000)

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

enum status pbf_blob_header_decode(struct bytes message, struct pbf_blob_header *header,
                                   struct fault *fault)
{
    struct bytes type = {0};
    uint64_t size = 0;
    struct protobuf_reader reader = protobuf_over(message);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        if (field.number == 1) {
            type = field.bytes;
        } else if (field.number == 3) {
            size = field.value;
        }
    }
    if (reader.failed || type.size == 0) {
        return fault_set(fault, STATUS_CORRUPT, "this is not the header of a PBF blob");
    }
    if (size > PBF_BLOB_SIZE_MAX) {
        return fault_set(fault, STATUS_CORRUPT,
                         "a blob of %" PRIu64 " bytes, and the format allows %zu", size,
                         PBF_BLOB_SIZE_MAX);
    }
    *header = (struct pbf_blob_header){.type = text_is(type, "OSMHeader") ? PBF_BLOB_HEADER
                                               : text_is(type, "OSMData") ? PBF_BLOB_DATA
                                                                          : PBF_BLOB_OTHER,
                                       .size = (size_t)size};
    return STATUS_OK;
}

static enum status zlib_decode(struct pbf_decoder *decoder, struct bytes packed, size_t size,
                               struct fault *fault)
{
    if (decoder->inflater == NULL) {
        decoder->inflater = libdeflate_alloc_decompressor();
    }
    if (decoder->inflater == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to open a blob");
    }
    if (libdeflate_zlib_decompress(decoder->inflater, packed.data, packed.size,
                                   decoder->content.data, size, NULL) != LIBDEFLATE_SUCCESS) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the zlib data of the blob are broken or not %zu bytes when unpacked",
                         size);
    }
    return STATUS_OK;
}

static enum status zstd_decode(struct pbf_decoder *decoder, struct bytes packed, size_t size,
                               struct fault *fault)
{
    if (decoder->zstd == NULL) {
        decoder->zstd = ZSTD_createDCtx();
    }
    if (decoder->zstd == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to open a blob");
    }
    const size_t unpacked =
        ZSTD_decompressDCtx(decoder->zstd, decoder->content.data, size, packed.data, packed.size);
    if (ZSTD_isError(unpacked) != 0 || unpacked != size) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the zstd data of the blob are broken or not %zu bytes when unpacked",
                         size);
    }
    return STATUS_OK;
}

enum status pbf_blob_decode(struct pbf_decoder *decoder, struct bytes blob, struct bytes *content,
                            struct fault *fault)
{
    static const char *const codings[] = {[4] = "lzma", [5] = "bzip2", [6] = "lz4"};
    struct protobuf_field data = {0};
    uint64_t size = 0;
    struct protobuf_reader reader = protobuf_over(blob);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        if (field.number == 2) {
            size = field.value;
        } else if (field.number <= 7 && field.type == PROTOBUF_BYTES) {
            data = field;
        }
    }
    if (reader.failed || data.number == 0) {
        return fault_set(fault, STATUS_CORRUPT, "the blob holds no data");
    }
    if (data.number >= 4 && data.number <= 6) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "the blob is compressed with %s; rewrite the file with osmium cat",
                         codings[data.number]);
    }
    if (data.number == 1) {
        *content = data.bytes;
        return STATUS_OK;
    }
    if (size > PBF_BLOB_SIZE_MAX) {
        return fault_set(fault, STATUS_CORRUPT,
                         "a blob of %" PRIu64 " bytes unpacked, and the format allows %zu", size,
                         PBF_BLOB_SIZE_MAX);
    }
    decoder->content.account = decoder->account;
    buffer_clear(&decoder->content);
    if (buffer_reserve(&decoder->content, (size_t)size + 1) == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a blob of %zu bytes",
                         (size_t)size);
    }
    TRY(data.number == 3 ? zlib_decode(decoder, data.bytes, (size_t)size, fault)
                         : zstd_decode(decoder, data.bytes, (size_t)size, fault));
    *content = (struct bytes){.data = decoder->content.data, .size = (size_t)size};
    return STATUS_OK;
}

void pbf_decoder_close(struct pbf_decoder *decoder)
{
    if (decoder->inflater != NULL) {
        libdeflate_free_decompressor(decoder->inflater);
    }
    ZSTD_freeDCtx(decoder->zstd);
    buffer_free(&decoder->content);
    memory_give(decoder->strings);
    *decoder = (struct pbf_decoder){.account = decoder->account};
}

enum status pbf_header_decode(struct bytes content, struct pbf_header *header, struct fault *fault)
{
    struct pbf_header read = {0};
    struct protobuf_reader reader = protobuf_over(content);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        if (field.number == 4 && text_is(field.bytes, "HistoricalInformation")) {
            return fault_set(fault, STATUS_UNSUPPORTED,
                             "the file holds the history of its objects; cut one state out of it "
                             "with osmium time-filter");
        }
        if (field.number == 4 && !text_is(field.bytes, "OsmSchema-V0.6") &&
            !text_is(field.bytes, "DenseNodes")) {
            return fault_set(fault, STATUS_UNSUPPORTED,
                             "reading the file needs the feature '%.*s', which is not known here",
                             field.bytes.size > 64 ? 64 : (int)field.bytes.size,
                             (const char *)field.bytes.data);
        }
        if (field.number == 5 && text_is(field.bytes, "Sort.Type_then_ID")) {
            read.is_sorted = true;
        } else if (field.number == 16) {
            read.is_demo = text_is(field.bytes, PBF_PROGRAM_DEMO);
        } else if (field.number == 17) {
            read.source = field.bytes;
        } else if (field.number == 32) {
            read.data_time_s = (int64_t)field.value;
        } else if (field.number == 33) {
            read.sequence = field.value;
            read.has_sequence = true;
        } else if (field.number == 34) {
            read.base_url = field.bytes;
        }
    }
    if (reader.failed) {
        return fault_set(fault, STATUS_CORRUPT, "the header block is broken at its byte %zu",
                         content.size);
    }
    *header = read;
    return STATUS_OK;
}

static enum status strings_read(struct pbf_decoder *decoder, struct bytes table,
                                struct pbf_block *block, struct fault *fault)
{
    struct protobuf_reader reader = protobuf_over(table);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        if (field.number != 1) {
            continue;
        }
        if (!memory_grow(decoder->account, &decoder->strings, &decoder->string_capacity,
                         block->string_count + 1, sizeof(*decoder->strings))) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for a block's strings");
        }
        decoder->strings[block->string_count++] = field.bytes;
    }
    if (reader.failed) {
        return fault_set(fault, STATUS_CORRUPT, "the string table is broken after %zu strings",
                         block->string_count);
    }
    return STATUS_OK;
}

enum status pbf_block_open(struct pbf_decoder *decoder, struct bytes content,
                           struct pbf_block *block, struct fault *fault)
{
    struct pbf_block opened = {.content = content, .granularity = 100};
    struct protobuf_reader reader = protobuf_over(content);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        if (field.number == 1) {
            TRY(strings_read(decoder, field.bytes, &opened, fault));
        } else if (field.number == 17) {
            opened.granularity = (int64_t)field.value;
        } else if (field.number == 19) {
            opened.lat_offset = (int64_t)field.value;
        } else if (field.number == 20) {
            opened.lng_offset = (int64_t)field.value;
        }
    }
    if (reader.failed) {
        return fault_set(fault, STATUS_CORRUPT, "the block is broken between its groups");
    }
    if (opened.granularity < 1 || opened.granularity > INT32_MAX) {
        return fault_set(fault, STATUS_CORRUPT, "a granularity of %" PRId64 " nanodegrees",
                         opened.granularity);
    }
    opened.strings = decoder->strings;
    *block = opened;
    return STATUS_OK;
}

unsigned pbf_block_kinds(struct bytes content)
{
    unsigned kinds = 0;
    struct protobuf_reader reader = protobuf_over(content);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        struct protobuf_reader group = protobuf_over(field.bytes);
        struct protobuf_field first;
        if (field.number == 2 && protobuf_next(&group, &first)) {
            kinds |= first.number == 3   ? 1U << PBF_WAY
                     : first.number == 4 ? 1U << PBF_RELATION
                     : first.number <= 2 ? 1U << PBF_NODE
                                         : 0;
        }
    }
    return kinds;
}

struct pbf_cursor pbf_cursor_over(const struct pbf_block *block)
{
    return (struct pbf_cursor){.block = block, .groups = protobuf_over(block->content)};
}

static bool cursor_fail(struct pbf_cursor *cursor, const char *what, const uint8_t *where)
{
    if (!cursor->failed) {
        cursor->failed = true;
        cursor->what = what;
        cursor->where = where;
    }
    return false;
}

enum status pbf_cursor_status(const struct pbf_cursor *cursor, struct fault *fault)
{
    if (!cursor->failed) {
        return STATUS_OK;
    }
    return fault_set(fault, STATUS_CORRUPT, "%s, near byte %zu of the unpacked block", cursor->what,
                     (size_t)(cursor->where - cursor->block->content.data));
}

// One coordinate in 1e-7 degrees; false when it is not on the globe.
static bool coordinate_scale(int64_t raw, int64_t granularity, int64_t offset, int64_t limit_e7,
                             int32_t *result_e7)
{
    int64_t value_e7 = raw;
    if (UNLIKELY(granularity != 100 || offset != 0)) {
        const __int128 nano = (__int128)raw * granularity + offset;
        const __int128 rounded = (nano + (nano < 0 ? -50 : 50)) / 100;
        if (rounded < -limit_e7 || rounded > limit_e7) {
            return false;
        }
        value_e7 = (int64_t)rounded;
    }
    if (value_e7 < -limit_e7 || value_e7 > limit_e7) {
        return false;
    }
    *result_e7 = (int32_t)value_e7;
    return true;
}

static void point_set(const struct pbf_block *block, int64_t lng, int64_t lat,
                      struct pbf_object *node)
{
    node->has_point = coordinate_scale(lng, block->granularity, block->lng_offset,
                                       COORDINATE_LIMIT_E7, &node->lng_e7) &&
                      coordinate_scale(lat, block->granularity, block->lat_offset,
                                       COORDINATE_LIMIT_E7 / 2, &node->lat_e7);
}

// Sums wrap instead of overflowing: broken deltas give wrong numbers, which later checks judge.
static int64_t delta_add(int64_t value, int64_t delta)
{
    return (int64_t)((uint64_t)value + (uint64_t)delta);
}

// The pairs of one dense node, up to and with the zero that ends them.
static struct protobuf_reader dense_tags_take(struct protobuf_reader *all)
{
    const struct protobuf_reader taken = *all;
    while (!protobuf_is_at_end(all) && protobuf_varint(all) != 0) {
        (void)protobuf_varint(all);
    }
    return (struct protobuf_reader){.at = taken.at, .end = all->at, .failed = all->failed};
}

static bool dense_next(struct pbf_cursor *cursor, struct pbf_object *object)
{
    const uint8_t *const where = cursor->ids.at;
    cursor->id = delta_add(cursor->id, protobuf_signed_varint(&cursor->ids));
    cursor->lng = delta_add(cursor->lng, protobuf_signed_varint(&cursor->lngs));
    cursor->lat = delta_add(cursor->lat, protobuf_signed_varint(&cursor->lats));
    object->kind = PBF_NODE;
    object->id = cursor->id;
    point_set(cursor->block, cursor->lng, cursor->lat, object);
    object->references.at = object->references.end = where; // none
    object->tags.is_dense = true;
    object->tags.keys = dense_tags_take(&cursor->tags);
    if (cursor->ids.failed || cursor->lngs.failed || cursor->lats.failed || cursor->tags.failed) {
        return cursor_fail(cursor, "dense nodes whose lists end early or are broken", where);
    }
    if (protobuf_is_at_end(&cursor->ids) &&
        !(protobuf_is_at_end(&cursor->lngs) && protobuf_is_at_end(&cursor->lats))) {
        return cursor_fail(cursor, "dense nodes with more coordinates than ids", where);
    }
    return true;
}

static bool dense_open(struct pbf_cursor *cursor, struct bytes message)
{
    const struct protobuf_reader none = protobuf_over((struct bytes){.data = message.data});
    cursor->ids = cursor->lngs = cursor->lats = cursor->tags = none;
    cursor->id = cursor->lng = cursor->lat = 0;
    struct protobuf_reader reader = protobuf_over(message);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        if (field.type != PROTOBUF_BYTES) {
            continue;
        }
        if (field.number == 1) {
            cursor->ids = protobuf_over(field.bytes);
        } else if (field.number == 8) {
            cursor->lats = protobuf_over(field.bytes);
        } else if (field.number == 9) {
            cursor->lngs = protobuf_over(field.bytes);
        } else if (field.number == 10) {
            cursor->tags = protobuf_over(field.bytes);
        }
    }
    return !reader.failed || cursor_fail(cursor, "broken dense nodes", message.data);
}

// A node, way or relation as a message of its own; field numbers mean the same in all three but
// for 8, 9 and 10.
static bool object_decode(struct pbf_cursor *cursor, struct bytes message,
                          struct pbf_object *object)
{
    const struct protobuf_reader none = protobuf_over((struct bytes){.data = message.data});
    object->tags.keys = object->tags.values = object->references = none;
    object->member_types = object->member_roles = none;
    struct protobuf_field coordinates[2] = {0};
    bool has_id = false;
    struct protobuf_reader reader = protobuf_over(message);
    for (struct protobuf_field field; protobuf_next(&reader, &field);) {
        const struct protobuf_reader list = protobuf_over(field.bytes);
        if (field.number == 1) {
            has_id = field.type == PROTOBUF_VARINT;
            object->id =
                object->kind == PBF_NODE ? protobuf_zigzag(field.value) : (int64_t)field.value;
        } else if (field.number == 2) {
            object->tags.keys = list;
        } else if (field.number == 3) {
            object->tags.values = list;
        } else if (object->kind == PBF_NODE && (field.number == 8 || field.number == 9)) {
            coordinates[field.number - 8] = field;
        } else if (field.number == (object->kind == PBF_WAY ? 8 : 9)) {
            object->references = list;
        } else if (object->kind == PBF_RELATION && field.number == 8) {
            object->member_roles = list;
        } else if (object->kind == PBF_RELATION && field.number == 10) {
            object->member_types = list;
        }
    }
    if (reader.failed || !has_id) {
        return cursor_fail(cursor, "an object that is broken or has no id", message.data);
    }
    point_set(cursor->block, protobuf_zigzag(coordinates[1].value),
              protobuf_zigzag(coordinates[0].value), object);
    return true;
}

// Steps to the next group; false at the end of the block.
static bool group_next(struct pbf_cursor *cursor)
{
    for (struct protobuf_field field; protobuf_next(&cursor->groups, &field);) {
        if (field.number == 2 && field.type == PROTOBUF_BYTES) {
            cursor->group = protobuf_over(field.bytes);
            return true;
        }
    }
    return false;
}

bool pbf_cursor_next(struct pbf_cursor *cursor, struct pbf_object *object)
{
    while (!cursor->failed) {
        if (!protobuf_is_at_end(&cursor->ids)) {
            return dense_next(cursor, object); // sets what a node has, and clears nothing else
        }
        struct protobuf_field field;
        const uint8_t *const where = cursor->group.at;
        if (!protobuf_next(&cursor->group, &field)) {
            if (cursor->group.failed) {
                return cursor_fail(cursor, "a broken group", where);
            }
            if (!group_next(cursor)) {
                return false;
            }
        } else if (field.number == 2) {
            if (!dense_open(cursor, field.bytes)) {
                return false;
            }
        } else if (field.number == 1 || field.number == 3 || field.number == 4) {
            *object = (struct pbf_object){.kind = field.number == 1   ? PBF_NODE
                                                  : field.number == 3 ? PBF_WAY
                                                                      : PBF_RELATION};
            return object_decode(cursor, field.bytes, object);
        }
    }
    return false;
}

bool pbf_tag_next(struct pbf_cursor *cursor, struct pbf_object *object, uint32_t *key,
                  uint32_t *value)
{
    struct pbf_tags *const tags = &object->tags;
    if (protobuf_is_at_end(&tags->keys)) {
        return false;
    }
    const uint8_t *const where = tags->keys.at;
    const uint64_t read_key = protobuf_varint(&tags->keys);
    if (tags->is_dense && read_key == 0) {
        return false;
    }
    struct protobuf_reader *const values = tags->is_dense ? &tags->keys : &tags->values;
    const uint64_t read_value = protobuf_varint(values);
    if (values->failed || read_key >= cursor->block->string_count ||
        read_value >= cursor->block->string_count) {
        return cursor_fail(cursor, "a tag that names strings the block does not have", where);
    }
    *key = (uint32_t)read_key;
    *value = (uint32_t)read_value;
    return true;
}

bool pbf_reference_next(struct pbf_cursor *cursor, struct pbf_object *way, int64_t *node)
{
    if (protobuf_is_at_end(&way->references)) {
        return false;
    }
    const uint8_t *const where = way->references.at;
    way->last_reference = delta_add(way->last_reference, protobuf_signed_varint(&way->references));
    if (way->references.failed) {
        return cursor_fail(cursor, "a way whose list of nodes is broken", where);
    }
    *node = way->last_reference;
    return true;
}

bool pbf_member_next(struct pbf_cursor *cursor, struct pbf_object *relation,
                     struct pbf_member *member)
{
    if (protobuf_is_at_end(&relation->references)) {
        return false;
    }
    const uint8_t *const where = relation->references.at;
    relation->last_reference =
        delta_add(relation->last_reference, protobuf_signed_varint(&relation->references));
    const uint64_t kind = protobuf_varint(&relation->member_types);
    const uint64_t role = protobuf_varint(&relation->member_roles);
    if (relation->references.failed || relation->member_types.failed ||
        relation->member_roles.failed || kind > PBF_RELATION ||
        role >= cursor->block->string_count) {
        return cursor_fail(cursor, "a relation whose list of members is broken", where);
    }
    *member = (struct pbf_member){.kind = (enum pbf_object_kind)kind,
                                  .id = relation->last_reference,
                                  .role = cursor->block->strings[role]};
    return true;
}
