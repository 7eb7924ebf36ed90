#include <xxhash.h>

#include "journal/journal_private.h"

static const char MAGIC[8] = {'R', 'h', 'u', 'm', 'b', 'J', 'n', 'l'};

static void put_u64(uint8_t *out, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++) {
        value |= (uint64_t)in[i] << 8 * i;
    }
    return value;
}

void journal_head_encode(const struct journal_head *head, uint8_t out[HEAD_SIZE])
{
    memset(out, 0, HEAD_SIZE);
    memcpy(out, MAGIC, sizeof(MAGIC));
    put_u64(out + 8, JOURNAL_VERSION);
    put_u64(out + 16, head->id);
    put_u64(out + 24, head->first);
    put_u64(out + 32, (uint64_t)head->created_us);
    put_u64(out + 56, XXH3_64bits(out, 56));
}

enum status journal_head_decode(const uint8_t in[HEAD_SIZE], struct journal_head *head,
                                struct fault *fault)
{
    if (memcmp(in, MAGIC, sizeof(MAGIC)) != 0) {
        return fault_set(fault, STATUS_CORRUPT, "not a segment of a Rhumb journal");
    }
    if (get_u64(in + 56) != XXH3_64bits(in, 56)) {
        return fault_set(fault, STATUS_CORRUPT, "the checksum of its head is wrong");
    }
    if (get_u64(in + 8) != JOURNAL_VERSION) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "the journal has version %llu, this program reads %d",
                         (unsigned long long)get_u64(in + 8), JOURNAL_VERSION);
    }
    *head = (struct journal_head){
        .id = get_u64(in + 16), .first = get_u64(in + 24), .created_us = (int64_t)get_u64(in + 32)};
    return STATUS_OK;
}

size_t journal_record_size(size_t content_size)
{
    return (RECORD_HEAD_SIZE + content_size + RECORD_ALIGNMENT - 1) / RECORD_ALIGNMENT *
           RECORD_ALIGNMENT;
}

static uint64_t record_checksum(const uint8_t *record, size_t content_size, uint64_t id)
{
    return XXH3_64bits_withSeed(record + 8, RECORD_HEAD_SIZE - 8 + content_size, id);
}

void journal_record_encode(const struct journal_record_head *head, uint64_t id, uint8_t *record)
{
    const size_t end = RECORD_HEAD_SIZE + head->content_size;
    memset(record + end, 0, journal_record_size(head->content_size) - end);
    put_u64(record + 8, head->at);
    put_u64(record + 16, (uint64_t)head->time_us);
    put_u64(record + 24, (uint64_t)head->content_size | (uint64_t)head->unsynced_count << 32);
    put_u64(record, record_checksum(record, head->content_size, id));
}

struct journal_record_head journal_record_head_decode(const uint8_t in[RECORD_HEAD_SIZE])
{
    return (struct journal_record_head){.checksum = get_u64(in),
                                        .at = get_u64(in + 8),
                                        .time_us = (int64_t)get_u64(in + 16),
                                        .content_size = (uint32_t)get_u64(in + 24),
                                        .unsynced_count = (uint32_t)(get_u64(in + 24) >> 32)};
}

bool journal_record_is_right(const uint8_t *record, const struct journal_record_head *head,
                             uint64_t id)
{
    return head->checksum == record_checksum(record, head->content_size, id);
}
