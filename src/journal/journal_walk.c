#include "journal/journal_private.h"

void walk_refresh(struct walk *walk)
{
    buffer_clear(&walk->window);
}

// Makes `size` bytes at `offset` readable; *data NULL when the segment ends before.
static enum status window_at(struct walk *walk, uint64_t offset, size_t size, const uint8_t **data,
                             struct fault *fault)
{
    *data = NULL;
    const struct segment *const segment = walk->segment;
    if (size > segment->size || offset > segment->size - size) {
        return STATUS_OK;
    }
    if (segment->memory != NULL) {
        *data = segment->memory + offset;
        return STATUS_OK;
    }
    struct buffer *const window = &walk->window;
    if (window->size == 0 || offset < walk->window_offset ||
        offset + size > walk->window_offset + window->size) {
        const uint64_t left = segment->size - offset;
        const size_t wanted = size > WINDOW_SIZE ? size : WINDOW_SIZE;
        const size_t taken = wanted < left ? wanted : (size_t)left;
        buffer_clear(window);
        uint8_t *const room = buffer_reserve(window, taken);
        if (room == NULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory to read it", segment->path);
        }
        TRY(file_read_at(&segment->file, room, taken, offset, fault));
        window->size = taken;
        walk->window_offset = offset;
    }
    *data = window->data + (offset - walk->window_offset);
    return STATUS_OK;
}

static bool is_zero(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != 0) {
            return false;
        }
    }
    return true;
}

// The record at `offset` if there is one; *data NULL: there is none.
static enum status record_at(struct walk *walk, uint64_t offset, struct journal_record_head *head,
                             const uint8_t **data, struct fault *fault)
{
    const size_t size = journal_record_size(head->content_size);
    TRY(window_at(walk, offset, size, data, fault));
    if (*data != NULL && !journal_record_is_right(*data, head, walk->journal->id)) {
        *data = NULL;
    }
    return STATUS_OK;
}

enum status walk_look(struct walk *walk, lsn wanted, enum walk_step *step,
                      struct journal_record_head *head, struct bytes *content, struct fault *fault)
{
    const uint8_t *data = NULL;
    TRY(window_at(walk, walk->offset, RECORD_HEAD_SIZE, &data, fault));
    if (data == NULL || is_zero(data, RECORD_HEAD_SIZE)) {
        *step = WALK_END;
        return STATUS_OK;
    }
    *step = WALK_DAMAGED;
    *head = journal_record_head_decode(data);
    if (head->at != wanted) {
        return STATUS_OK;
    }
    TRY(record_at(walk, walk->offset, head, &data, fault));
    if (data != NULL) {
        *step = WALK_RECORD;
        *content = (struct bytes){.data = data + RECORD_HEAD_SIZE, .size = head->content_size};
    }
    return STATUS_OK;
}

enum status walk_claim(struct walk *walk, lsn wanted, lsn *claim, struct fault *fault)
{
    *claim = 0;
    for (uint64_t offset = walk->offset; offset < walk->segment->size; offset += RECORD_ALIGNMENT) {
        const uint8_t *data = NULL;
        TRY(window_at(walk, offset, RECORD_HEAD_SIZE, &data, fault));
        if (data == NULL) {
            break;
        }
        struct journal_record_head head = journal_record_head_decode(data);
        // As many records at most as there is room for between there and here.
        if (head.at < wanted || head.at - wanted > walk->segment->size / RECORD_HEAD_SIZE) {
            continue;
        }
        TRY(record_at(walk, offset, &head, &data, fault));
        if (data != NULL && head.at > 1 + (lsn)head.unsynced_count) {
            const lsn synced = head.at - 1 - head.unsynced_count;
            *claim = synced > *claim ? synced : *claim;
        }
    }
    return STATUS_OK;
}
