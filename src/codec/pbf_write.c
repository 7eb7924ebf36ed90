#include "codec/pbf_write.h"

#include <assert.h>
#include <libdeflate.h>

enum {
    BLOCK_OBJECTS_MAX = 8000,
    BLOCK_SIZE_MAX = 8 << 20, // of what has been gathered; the format allows 32 MiB
    SLOTS_FIRST = 1 << 12,
};

// Field numbers of osmformat.proto and fileformat.proto.
enum {
    BLOB_HEADER_TYPE = 1,
    BLOB_HEADER_SIZE = 3,
    BLOB_RAW_SIZE = 2,
    BLOB_ZLIB = 3,
    HEADER_BOX = 1,
    HEADER_REQUIRED = 4,
    HEADER_OPTIONAL = 5,
    HEADER_PROGRAM = 16,
    HEADER_SOURCE = 17,
    HEADER_TIME = 32,
    HEADER_SEQUENCE = 33,
    HEADER_BASE_URL = 34,
    BLOCK_STRINGS = 1,
    BLOCK_GROUP = 2,
    STRINGS_STRING = 1,
    GROUP_DENSE = 2,
    GROUP_WAYS = 3,
    GROUP_RELATIONS = 4,
    DENSE_IDS = 1,
    DENSE_INFO = 5,
    DENSE_LATS = 8,
    DENSE_LNGS = 9,
    DENSE_TAGS = 10,
    OBJECT_ID = 1,
    OBJECT_KEYS = 2,
    OBJECT_VALUES = 3,
    OBJECT_INFO = 4,
    INFO_VERSION = 1,
    INFO_TIME = 2,
    INFO_CHANGESET = 3,
    INFO_USER_ID = 4,
    INFO_USER = 5,
    WAY_NODES = 8,
    RELATION_ROLES = 8,
    RELATION_IDS = 9,
    RELATION_TYPES = 10,
};

// The strings of one block, each once.
struct string_table {
    struct buffer encoded; // as the message's fields
    uint32_t *slots;       // index of a string; 0: empty (string 0 is the empty one)
    uint32_t *offsets;     // of each string's bytes in `encoded`
    uint32_t *sizes;
    size_t slot_count; // a power of two
    size_t offset_capacity;
    size_t size_capacity;
    uint32_t count;
};

struct pbf_writer {
    struct memory_account *account;
    enum status (*sink)(void *context, struct bytes blob, struct fault *fault);
    void *context;
    struct libdeflate_compressor *compressor;
    enum status status;
    struct fault fault;
    uint64_t written_size;

    // The block being gathered.
    enum pbf_object_kind kind;
    unsigned object_count;
    int64_t last_id; // of the kind; ids only grow
    bool has_last;
    struct string_table strings;
    int64_t id, lng, lat; // deltas are from these
    struct buffer ids, lngs, lats, tags;
    bool has_tags;
    bool has_stamps;
    struct pbf_write_stamp stamp; // of the next object
    const uint8_t *user_text;     // of the last user looked up in this block; NULL none
    uint32_t user_index;
    struct pbf_write_stamp last_stamp; // of the node before
    int64_t last_user;                 // its index
    struct buffer info[INFO_USER];     // columns of the nodes' stamps
    struct buffer group;               // ways and relations

    struct buffer scratch[4]; // parts of one object
    struct buffer message;
    struct buffer packed; // length, blob header, blob
};

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static void put_varint(struct buffer *out, uint64_t value)
{
    if (value < 0x80 && out->size < out->capacity) {
        out->data[out->size++] = (uint8_t)value;
        return;
    }
    buffer_append_varint(out, value);
}

static void put_key(struct buffer *out, unsigned field, enum protobuf_wire_type type)
{
    put_varint(out, (uint64_t)field << 3 | type);
}

static void put_number(struct buffer *out, unsigned field, uint64_t value)
{
    put_key(out, field, PROTOBUF_VARINT);
    put_varint(out, value);
}

static void put_bytes(struct buffer *out, unsigned field, struct bytes bytes)
{
    put_key(out, field, PROTOBUF_BYTES);
    put_varint(out, bytes.size);
    buffer_append_bytes(out, bytes);
}

static void put_text(struct buffer *out, unsigned field, const char *text)
{
    put_bytes(out, field, bytes_from_text(text));
}

static void writer_fail(struct pbf_writer *writer, enum status status)
{
    if (writer->status == STATUS_OK && status != STATUS_OK) {
        writer->status = status;
    }
}

static uint64_t string_hash(struct bytes text)
{
    uint64_t hash = text.size * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = 0;
    for (; at < text.size; at += 8) {
        uint64_t word = 0;
        memcpy(&word, text.data + at, text.size - at < 8 ? text.size - at : 8);
        hash = (hash ^ word) * UINT64_C(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
    }
    return hash;
}

static struct bytes string_at(const struct string_table *table, uint32_t index)
{
    return (struct bytes){.data = table->encoded.data + table->offsets[index],
                          .size = table->sizes[index]};
}

// The slot of the string, or the empty one where it belongs.
static uint32_t *string_slot(const struct string_table *table, struct bytes text)
{
    size_t slot = (size_t)string_hash(text) & (table->slot_count - 1);
    while (table->slots[slot] != 0 && !bytes_equal(string_at(table, table->slots[slot]), text)) {
        slot = (slot + 1) & (table->slot_count - 1);
    }
    return &table->slots[slot];
}

// Room for one more string in table and arrays.
static bool strings_grow(struct memory_account *account, struct string_table *table)
{
    if (!memory_grow(account, &table->offsets, &table->offset_capacity, table->count + 1,
                     sizeof(*table->offsets)) ||
        !memory_grow(account, &table->sizes, &table->size_capacity, table->count + 1,
                     sizeof(*table->sizes))) {
        return false;
    }
    if (2 * ((size_t)table->count + 1) <= table->slot_count) {
        return true;
    }
    const size_t slot_count = table->slot_count == 0 ? SLOTS_FIRST : 2 * table->slot_count;
    uint32_t *const slots = memory_take_zeroed(account, slot_count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memory_give(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    for (uint32_t i = 1; i < table->count; i++) {
        *string_slot(table, string_at(table, i)) = i;
    }
    return true;
}

static uint32_t string_add(struct pbf_writer *writer, struct bytes text)
{
    struct string_table *const table = &writer->strings;
    put_bytes(&table->encoded, STRINGS_STRING, text);
    if (!strings_grow(writer->account, table) || table->encoded.failed) {
        writer_fail(writer, STATUS_NO_MEMORY);
        return 0;
    }
    table->offsets[table->count] = (uint32_t)(table->encoded.size - text.size);
    table->sizes[table->count] = (uint32_t)text.size;
    return table->count++;
}

static uint32_t string_index(struct pbf_writer *writer, struct bytes text)
{
    if (writer->status != STATUS_OK || text.size == 0) {
        return 0;
    }
    uint32_t *slot = string_slot(&writer->strings, text);
    if (*slot != 0) {
        return *slot;
    }
    const uint32_t added = string_add(writer, text);
    if (added != 0) { // the table may have moved
        slot = string_slot(&writer->strings, text);
        *slot = added;
    }
    return added;
}

static void strings_clear(struct pbf_writer *writer)
{
    struct string_table *const table = &writer->strings;
    buffer_clear(&table->encoded);
    table->count = 0;
    if (table->slots != NULL) {
        memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
    }
    (void)string_add(writer, (struct bytes){0});
}

static void block_clear(struct pbf_writer *writer)
{
    strings_clear(writer);
    writer->object_count = 0;
    writer->id = 0;
    writer->lng = 0;
    writer->lat = 0;
    writer->has_tags = false;
    writer->last_stamp = (struct pbf_write_stamp){0};
    writer->last_user = 0;
    writer->user_text = NULL;
    struct buffer *const parts[] = {&writer->ids, &writer->lngs, &writer->lats, &writer->tags,
                                    &writer->group};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buffer_clear(parts[i]);
    }
    for (size_t i = 0; i < COUNT_OF(writer->info); i++) {
        buffer_clear(&writer->info[i]);
    }
}

// Compresses `content` into a blob and hands it on.
static void blob_write(struct pbf_writer *writer, const char *type, struct bytes content)
{
    struct buffer *const body = &writer->scratch[0];
    struct buffer *const head = &writer->scratch[1];
    struct buffer *const packed = &writer->packed;
    buffer_clear(body);
    buffer_clear(head);
    buffer_clear(packed);

    const size_t bound = libdeflate_zlib_compress_bound(writer->compressor, content.size);
    uint8_t *const room = buffer_reserve(packed, bound);
    if (room == NULL) {
        writer_fail(writer, STATUS_NO_MEMORY);
        return;
    }
    const size_t size =
        libdeflate_zlib_compress(writer->compressor, content.data, content.size, room, bound);
    assert(size > 0);
    put_number(body, BLOB_RAW_SIZE, content.size);
    put_bytes(body, BLOB_ZLIB, (struct bytes){.data = room, .size = size});
    put_text(head, BLOB_HEADER_TYPE, type);
    put_number(head, BLOB_HEADER_SIZE, body->size);

    const uint8_t length[4] = {(uint8_t)(head->size >> 24), (uint8_t)(head->size >> 16),
                               (uint8_t)(head->size >> 8), (uint8_t)head->size};
    buffer_append(packed, length, sizeof(length));
    buffer_append_bytes(packed, buffer_bytes(head));
    buffer_append_bytes(packed, buffer_bytes(body));
    if (body->failed || head->failed || packed->failed) {
        writer_fail(writer, STATUS_NO_MEMORY);
        return;
    }
    writer->written_size += packed->size;
    writer_fail(writer, writer->sink(writer->context, buffer_bytes(packed), &writer->fault));
}

static void dense_encode(struct pbf_writer *writer, struct buffer *dense)
{
    put_bytes(dense, DENSE_IDS, buffer_bytes(&writer->ids));
    if (writer->has_stamps) {
        struct buffer *const info = &writer->scratch[1];
        buffer_clear(info);
        for (unsigned i = 0; i < COUNT_OF(writer->info); i++) {
            put_bytes(info, i + 1, buffer_bytes(&writer->info[i]));
            info->failed |= writer->info[i].failed;
        }
        put_bytes(dense, DENSE_INFO, buffer_bytes(info));
        dense->failed |= info->failed;
    }
    put_bytes(dense, DENSE_LATS, buffer_bytes(&writer->lats));
    put_bytes(dense, DENSE_LNGS, buffer_bytes(&writer->lngs));
    if (writer->has_tags) {
        put_bytes(dense, DENSE_TAGS, buffer_bytes(&writer->tags));
    }
}

static void block_write(struct pbf_writer *writer)
{
    if (writer->object_count == 0 || writer->status != STATUS_OK) {
        return;
    }
    struct buffer *const group = &writer->group;
    if (writer->kind == PBF_NODE) {
        struct buffer *const dense = &writer->scratch[0];
        buffer_clear(dense);
        dense_encode(writer, dense);
        put_bytes(group, GROUP_DENSE, buffer_bytes(dense));
        group->failed |= dense->failed;
    }
    struct buffer *const message = &writer->message;
    buffer_clear(message);
    put_bytes(message, BLOCK_STRINGS, buffer_bytes(&writer->strings.encoded));
    put_bytes(message, BLOCK_GROUP, buffer_bytes(group));
    if (group->failed || message->failed || writer->ids.failed || writer->lats.failed ||
        writer->lngs.failed || writer->tags.failed) {
        writer_fail(writer, STATUS_NO_MEMORY);
        return;
    }
    blob_write(writer, "OSMData", buffer_bytes(message));
    block_clear(writer);
}

// Makes room for an object; false when nothing more is to be written.
static bool object_begin(struct pbf_writer *writer, enum pbf_object_kind kind, int64_t id)
{
    const size_t size = writer->strings.encoded.size + writer->ids.size + writer->lngs.size +
                        writer->lats.size + writer->tags.size + writer->group.size;
    if (writer->kind != kind || writer->object_count == BLOCK_OBJECTS_MAX ||
        size > BLOCK_SIZE_MAX) {
        block_write(writer);
    }
    assert(kind >= writer->kind);
    assert(kind > writer->kind || !writer->has_last || id > writer->last_id);
    writer->kind = kind;
    writer->last_id = id;
    writer->has_last = true;
    writer->object_count++;
    return writer->status == STATUS_OK;
}

void pbf_writer_stamp(struct pbf_writer *writer, const struct pbf_write_stamp *stamp)
{
    writer->stamp = *stamp;
}

// Runs of objects have the same user: its text is looked up once.
static uint32_t user_index(struct pbf_writer *writer)
{
    if (writer->user_text != writer->stamp.user.data) {
        writer->user_index = string_index(writer, writer->stamp.user);
        writer->user_text = writer->stamp.user.data;
    }
    return writer->user_index;
}

// The stamp of a node, as differences from the one before.
static void node_stamp(struct pbf_writer *writer)
{
    const struct pbf_write_stamp *const stamp = &writer->stamp;
    const struct pbf_write_stamp *const last = &writer->last_stamp;
    const int64_t user = user_index(writer);
    put_varint(&writer->info[INFO_VERSION - 1], stamp->version);
    put_varint(&writer->info[INFO_TIME - 1], zigzag(stamp->time_s - last->time_s));
    put_varint(&writer->info[INFO_CHANGESET - 1], zigzag(stamp->changeset - last->changeset));
    put_varint(&writer->info[INFO_USER_ID - 1],
               zigzag((int64_t)stamp->user_id - (int64_t)last->user_id));
    put_varint(&writer->info[INFO_USER - 1], zigzag(user - writer->last_user));
    writer->last_stamp = *stamp;
    writer->last_user = user;
}

static void object_stamp(struct pbf_writer *writer, struct buffer *object)
{
    struct buffer *const info = &writer->scratch[3];
    buffer_clear(info);
    put_number(info, INFO_VERSION, writer->stamp.version);
    put_number(info, INFO_TIME, (uint64_t)writer->stamp.time_s);
    put_number(info, INFO_CHANGESET, (uint64_t)writer->stamp.changeset);
    put_number(info, INFO_USER_ID, writer->stamp.user_id);
    put_number(info, INFO_USER, user_index(writer));
    put_bytes(object, OBJECT_INFO, buffer_bytes(info));
    object->failed |= info->failed;
}

void pbf_writer_node(struct pbf_writer *writer, int64_t id, int32_t lng_e7, int32_t lat_e7,
                     const struct pbf_write_tag *tags, size_t tag_count)
{
    if (!object_begin(writer, PBF_NODE, id)) {
        return;
    }
    put_varint(&writer->ids, zigzag(id - writer->id));
    put_varint(&writer->lngs, zigzag(lng_e7 - writer->lng));
    put_varint(&writer->lats, zigzag(lat_e7 - writer->lat));
    writer->id = id;
    writer->lng = lng_e7;
    writer->lat = lat_e7;
    for (size_t i = 0; i < tag_count; i++) {
        put_varint(&writer->tags, string_index(writer, tags[i].key));
        put_varint(&writer->tags, string_index(writer, tags[i].value));
    }
    put_varint(&writer->tags, 0);
    writer->has_tags |= tag_count > 0;
    if (writer->has_stamps) {
        node_stamp(writer);
    }
}

// Encodes the tags of a way or relation into the first two scratch buffers and begins the object in
// the third.
static struct buffer *object_encode(struct pbf_writer *writer, int64_t id,
                                    const struct pbf_write_tag *tags, size_t tag_count)
{
    struct buffer *const keys = &writer->scratch[0];
    struct buffer *const values = &writer->scratch[1];
    struct buffer *const object = &writer->scratch[2];
    buffer_clear(keys);
    buffer_clear(values);
    buffer_clear(object);
    for (size_t i = 0; i < tag_count; i++) {
        put_varint(keys, string_index(writer, tags[i].key));
        put_varint(values, string_index(writer, tags[i].value));
    }
    put_number(object, OBJECT_ID, (uint64_t)id);
    if (tag_count > 0) {
        put_bytes(object, OBJECT_KEYS, buffer_bytes(keys));
        put_bytes(object, OBJECT_VALUES, buffer_bytes(values));
    }
    object->failed |= keys->failed || values->failed;
    if (writer->has_stamps) {
        object_stamp(writer, object);
    }
    return object;
}

static void object_end(struct pbf_writer *writer, unsigned field, struct buffer *object,
                       bool has_failed)
{
    put_bytes(&writer->group, field, buffer_bytes(object));
    if (object->failed || has_failed) {
        writer_fail(writer, STATUS_NO_MEMORY);
    }
}

void pbf_writer_way(struct pbf_writer *writer, int64_t id, const int64_t *nodes, size_t node_count,
                    const struct pbf_write_tag *tags, size_t tag_count)
{
    if (!object_begin(writer, PBF_WAY, id)) {
        return;
    }
    struct buffer *const object = object_encode(writer, id, tags, tag_count);
    struct buffer *const references = &writer->scratch[3];
    buffer_clear(references);
    int64_t last = 0;
    for (size_t i = 0; i < node_count; i++) {
        put_varint(references, zigzag(nodes[i] - last));
        last = nodes[i];
    }
    put_bytes(object, WAY_NODES, buffer_bytes(references));
    object_end(writer, GROUP_WAYS, object, references->failed);
}

void pbf_writer_relation(struct pbf_writer *writer, int64_t id,
                         const struct pbf_write_member *members, size_t member_count,
                         const struct pbf_write_tag *tags, size_t tag_count)
{
    if (!object_begin(writer, PBF_RELATION, id)) {
        return;
    }
    struct buffer *const object = object_encode(writer, id, tags, tag_count);
    struct buffer *const roles = &writer->scratch[0]; // the tags are in `object` now
    struct buffer *const ids = &writer->scratch[1];
    struct buffer *const types = &writer->scratch[3];
    buffer_clear(roles);
    buffer_clear(ids);
    buffer_clear(types);
    int64_t last = 0;
    for (size_t i = 0; i < member_count; i++) {
        put_varint(roles, string_index(writer, members[i].role));
        put_varint(ids, zigzag(members[i].id - last));
        put_varint(types, (uint64_t)members[i].kind);
        last = members[i].id;
    }
    put_bytes(object, RELATION_ROLES, buffer_bytes(roles));
    put_bytes(object, RELATION_IDS, buffer_bytes(ids));
    put_bytes(object, RELATION_TYPES, buffer_bytes(types));
    object_end(writer, GROUP_RELATIONS, object, roles->failed || ids->failed || types->failed);
}

void pbf_writer_header(struct pbf_writer *writer, const struct pbf_write_header *header)
{
    struct buffer *const box = &writer->scratch[2];
    struct buffer *const message = &writer->message;
    buffer_clear(box);
    buffer_clear(message);
    const int32_t sides_e7[] = {header->west_e7, header->east_e7, header->north_e7,
                                header->south_e7};
    for (unsigned i = 0; i < COUNT_OF(sides_e7); i++) {
        put_number(box, i + 1, zigzag((int64_t)sides_e7[i] * 100)); // nanodegrees
    }
    put_bytes(message, HEADER_BOX, buffer_bytes(box));
    put_text(message, HEADER_REQUIRED, "OsmSchema-V0.6");
    put_text(message, HEADER_REQUIRED, "DenseNodes");
    put_text(message, HEADER_OPTIONAL, "Sort.Type_then_ID");
    put_text(message, HEADER_PROGRAM, header->program);
    put_text(message, HEADER_SOURCE, header->source);
    put_number(message, HEADER_TIME, (uint64_t)header->data_time_s);
    if (header->has_sequence) {
        put_number(message, HEADER_SEQUENCE, header->sequence);
    }
    if (header->base_url.size != 0) {
        put_bytes(message, HEADER_BASE_URL, header->base_url);
    }
    if (box->failed || message->failed) {
        writer_fail(writer, STATUS_NO_MEMORY);
    }
    if (writer->status == STATUS_OK) {
        blob_write(writer, "OSMHeader", buffer_bytes(message));
    }
}

enum status pbf_writer_finish(struct pbf_writer *writer, struct fault *fault)
{
    block_write(writer);
    if (writer->status == STATUS_NO_MEMORY) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a block of the PBF file");
    }
    return writer->status == STATUS_OK ? STATUS_OK
                                       : fault_set(fault, writer->status, "%s", writer->fault.text);
}

uint64_t pbf_writer_size(const struct pbf_writer *writer)
{
    return writer->written_size;
}

#define BUFFER_COUNT (12 + INFO_USER)

static void buffers_list(struct pbf_writer *writer, struct buffer *buffers[BUFFER_COUNT])
{
    struct buffer *const single[BUFFER_COUNT - INFO_USER] = {&writer->strings.encoded,
                                                             &writer->ids,
                                                             &writer->lngs,
                                                             &writer->lats,
                                                             &writer->tags,
                                                             &writer->group,
                                                             &writer->scratch[0],
                                                             &writer->scratch[1],
                                                             &writer->scratch[2],
                                                             &writer->scratch[3],
                                                             &writer->message,
                                                             &writer->packed};
    memcpy(buffers, single, sizeof(single));
    for (size_t i = 0; i < INFO_USER; i++) {
        buffers[COUNT_OF(single) + i] = &writer->info[i];
    }
}

enum status pbf_writer_open(const struct pbf_write_options *options, struct pbf_writer **writer,
                            struct fault *fault)
{
    struct pbf_writer *const opened = memory_take_zeroed(options->account, 1, sizeof(*opened));
    struct libdeflate_compressor *const compressor = libdeflate_alloc_compressor(options->level);
    if (opened == NULL || compressor == NULL) {
        libdeflate_free_compressor(compressor);
        memory_give(opened);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to write a PBF file");
    }
    opened->account = options->account;
    opened->sink = options->sink;
    opened->context = options->context;
    opened->compressor = compressor;
    opened->has_stamps = options->has_stamps;
    struct buffer *buffers[BUFFER_COUNT];
    buffers_list(opened, buffers);
    for (size_t i = 0; i < BUFFER_COUNT; i++) {
        buffers[i]->account = options->account;
    }
    block_clear(opened);
    if (opened->status != STATUS_OK) {
        pbf_writer_close(opened);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to write a PBF file");
    }
    *writer = opened;
    return STATUS_OK;
}

void pbf_writer_close(struct pbf_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    struct buffer *buffers[BUFFER_COUNT];
    buffers_list(writer, buffers);
    for (size_t i = 0; i < BUFFER_COUNT; i++) {
        buffer_free(buffers[i]);
    }
    memory_give(writer->strings.slots);
    memory_give(writer->strings.offsets);
    memory_give(writer->strings.sizes);
    libdeflate_free_compressor(writer->compressor);
    memory_give(writer);
}
