// Where the blobs of a file lie, and one of them brought into a slot.
#include <inttypes.h>

#include "source/osm_private.h"

enum { LENGTH_SIZE = 4 };

enum status osm_block_fault(const struct osm_reader *reader, size_t place, enum status status,
                            struct fault *fault)
{
    return fault_prefix(fault, status, "%s: block %zu at byte %" PRIu64, reader->input->path,
                        place + 1, reader->places[place].offset);
}

static enum status header_blob_read(struct osm_reader *reader, const struct osm_place *place,
                                    struct fault *fault)
{
    struct osm_slot *const slot = &reader->slots[0];
    buffer_clear(&slot->blob);
    if (buffer_reserve(&slot->blob, (size_t)place->size + 1) == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a blob of %u bytes",
                         (unsigned)place->size);
    }
    TRY(input_read_at(reader->input, slot->blob.data, place->size,
                      place->offset + LENGTH_SIZE + place->header_size, fault));
    struct bytes content;
    const struct bytes blob = {.data = slot->blob.data, .size = place->size};
    TRY(pbf_blob_decode(&slot->decoder, blob, &content, fault));
    reader->header_text.account = reader->options->account;
    buffer_clear(&reader->header_text);
    buffer_append_bytes(&reader->header_text, content);
    TRY(buffer_status(&reader->header_text));
    return pbf_header_decode(buffer_bytes(&reader->header_text), &reader->header, fault);
}

// Reads the length and header of the blob at `place->offset`, and checks that it lies in the file.
static enum status blob_find(struct osm_reader *reader, struct osm_place *place,
                             enum pbf_blob_type *type, struct fault *fault)
{
    uint8_t bytes[LENGTH_SIZE + 1024];
    const uint64_t rest = reader->input->size - place->offset;
    const size_t size = rest < sizeof(bytes) ? (size_t)rest : sizeof(bytes);
    TRY(input_read_at(reader->input, bytes, size, place->offset, fault));
    if (size < LENGTH_SIZE) {
        return fault_set(fault, STATUS_CORRUPT, "the file ends inside a blob's length");
    }
    place->header_size =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    if (place->header_size > PBF_BLOB_HEADER_SIZE_MAX) {
        return fault_set(fault, STATUS_CORRUPT,
                         "a blob header of %" PRIu32 " bytes; this is no PBF, or damaged",
                         place->header_size);
    }
    struct bytes message = {.data = bytes + LENGTH_SIZE, .size = place->header_size};
    struct buffer *const large = &reader->slots[0].blob;
    if (place->header_size > rest - LENGTH_SIZE) {
        return fault_set(fault, STATUS_CORRUPT, "the file ends inside a blob's header");
    }
    if (place->header_size > size - LENGTH_SIZE) {
        buffer_clear(large);
        if (buffer_reserve(large, place->header_size) == NULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for a blob header");
        }
        TRY(input_read_at(reader->input, large->data, place->header_size,
                          place->offset + LENGTH_SIZE, fault));
        message.data = large->data;
    }
    struct pbf_blob_header header;
    TRY(pbf_blob_header_decode(message, &header, fault));
    place->size = (uint32_t)header.size;
    *type = header.type;
    if (place->size > rest - LENGTH_SIZE - place->header_size) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the file ends inside a blob of %" PRIu32 " bytes; download it again",
                         place->size);
    }
    return STATUS_OK;
}

enum status osm_file_open(struct osm_reader *reader, struct fault *fault)
{
    bool has_header = false;
    size_t blob_count = 0;
    for (struct osm_place place = {0}; place.offset < reader->input->size; blob_count++) {
        enum pbf_blob_type type = PBF_BLOB_OTHER;
        enum status status = blob_find(reader, &place, &type, fault);
        if (status == STATUS_OK && type == PBF_BLOB_HEADER) {
            status = header_blob_read(reader, &place, fault);
            has_header = true;
        }
        if (status == STATUS_OK && type == PBF_BLOB_DATA && !has_header) {
            status = fault_set(fault, STATUS_CORRUPT, "data before the file's header");
        }
        if (status != STATUS_OK) {
            return fault_prefix(fault, status, "%s: blob %zu at byte %" PRIu64, reader->input->path,
                                blob_count + 1, place.offset);
        }
        if (type == PBF_BLOB_DATA) {
            if (!memory_grow(reader->options->account, &reader->places, &reader->place_capacity,
                             reader->place_count + 1, sizeof(*reader->places))) {
                return fault_set(fault, STATUS_NO_MEMORY, "no memory for the table of blocks");
            }
            reader->places[reader->place_count++] = place;
        }
        place.offset += (uint64_t)LENGTH_SIZE + place.header_size + place.size;
    }
    if (!has_header) {
        return fault_set(fault, STATUS_CORRUPT, "%s: the file is empty or has no PBF header",
                         reader->input->path);
    }
    return STATUS_OK;
}

static enum status content_load(const struct osm_reader *reader, size_t at, struct osm_slot *slot,
                                struct bytes *content, struct fault *fault)
{
    const struct osm_place *const place = &reader->places[at];
    buffer_clear(&slot->blob);
    if (buffer_reserve(&slot->blob, (size_t)place->size + 1) == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a blob of %" PRIu32 " bytes",
                         place->size);
    }
    TRY(input_read_at(reader->input, slot->blob.data, place->size,
                      place->offset + LENGTH_SIZE + place->header_size, fault));
    const struct bytes blob = {.data = slot->blob.data, .size = place->size};
    return pbf_blob_decode(&slot->decoder, blob, content, fault);
}

static enum status slot_prepare(const struct osm_reader *reader, struct osm_slot *slot,
                                struct fault *fault)
{
    const size_t needed = slot->block.string_count;
    if (needed > slot->key_capacity) {
        size_t capacity = slot->key_capacity;
        if (!memory_grow(reader->options->account, &slot->key_infos, &capacity, needed,
                         sizeof(*slot->key_infos)) ||
            !memory_grow(reader->options->account, &slot->key_is_known, &slot->key_capacity,
                         capacity, 1)) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for a block's strings");
        }
    }
    if (needed != 0) {
        memset(slot->key_is_known, 0, needed);
    }
    pool_clear(&slot->pool);
    return STATUS_OK;
}

// The first place from `low` on whose block holds any of `kinds`, in a sorted file.
static enum status part_find(struct osm_reader *reader, size_t low, unsigned kinds, size_t *found,
                             struct fault *fault)
{
    size_t high = reader->place_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        struct bytes content;
        const enum status status = content_load(reader, middle, &reader->slots[0], &content, fault);
        if (status != STATUS_OK) {
            return osm_block_fault(reader, middle, status, fault);
        }
        if ((pbf_block_kinds(content) & kinds) != 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    *found = low;
    return STATUS_OK;
}

enum status osm_file_parts(struct osm_reader *reader, struct fault *fault)
{
    reader->node_end = reader->way_end = reader->place_count;
    if (!reader->header.is_sorted) {
        return STATUS_OK;
    }
    const unsigned relation = 1U << PBF_RELATION;
    TRY(part_find(reader, 0, relation | 1U << PBF_WAY, &reader->way_begin, fault));
    TRY(part_find(reader, reader->way_begin, relation, &reader->relation_begin, fault));
    // The block where the next kind begins may hold the last of this one.
    reader->node_end = reader->way_begin + (reader->way_begin < reader->place_count);
    reader->way_end = reader->relation_begin + (reader->relation_begin < reader->place_count);
    return STATUS_OK;
}

// A file that says it is sorted and is not would lose objects.
static enum status order_check(const struct osm_reader *reader, size_t place, struct bytes content,
                               struct fault *fault)
{
    const unsigned allowed =
        (place < reader->node_end ? 1U << PBF_NODE : 0) |
        (place >= reader->way_begin && place < reader->way_end ? 1U << PBF_WAY : 0) |
        (place >= reader->relation_begin ? 1U << PBF_RELATION : 0);
    if ((pbf_block_kinds(content) & ~allowed) != 0) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the header says that the file is sorted, and it is not; run osmium "
                         "sort on it");
    }
    return STATUS_OK;
}

enum status osm_block_load(const struct osm_reader *reader, size_t place, struct osm_slot *slot,
                           struct fault *fault)
{
    struct bytes content;
    TRY(content_load(reader, place, slot, &content, fault));
    TRY(order_check(reader, place, content, fault));
    TRY(pbf_block_open(&slot->decoder, content, &slot->block, fault));
    return slot_prepare(reader, slot, fault);
}

void osm_slot_free(struct osm_slot *slot)
{
    pbf_decoder_close(&slot->decoder);
    buffer_free(&slot->blob);
    pool_free(&slot->pool);
    pool_free(&slot->scratch);
    memory_give(slot->key_is_known);
    memory_give(slot->key_infos);
    memory_give(slot->tags);
    memory_give(slot->ids);
    memory_give(slot->points);
    memory_give(slot->nodes);
    buffer_free(&slot->records);
    memory_give(slot->wishes);
    memory_give(slot->wish_is_marked);
    memory_give(slot->members);
    memory_give(slot->houses);
    buffer_free(&slot->street_names);
}
