#include <assert.h>
#include <stdio.h>

#include "journal/journal_private.h"

void segment_name(lsn first, char name[32])
{
    (void)snprintf(name, 32, "%020llu.journal", (unsigned long long)first);
}

enum status segment_new(struct journal *journal, lsn first, uint64_t size, const char *name,
                        struct segment **segment, struct fault *fault)
{
    const size_t path_size = strlen(journal->folder) + 1 + strlen(name) + 1;
    struct segment *const made = memory_take_zeroed(journal->account, 1, sizeof(*made) + path_size);
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a segment of the journal");
    }
    made->first = first;
    made->size = size;
    (void)snprintf(made->path, path_size, "%s/%s", journal->folder, name);
    *segment = made;
    return STATUS_OK;
}

void segment_free(struct journal *journal, struct segment *segment)
{
    (void)journal;
    if (segment != NULL) {
        file_close(&segment->file);
        memory_give(segment->memory);
        memory_give(segment);
    }
}

enum status segment_pin(struct journal *journal, struct segment *segment, struct fault *fault)
{
    if (segment->pin_count == 0 && !journal->options.is_memory && segment->file.sys == NULL) {
        const enum sys_open_mode mode =
            journal->options.is_read_only ? SYS_OPEN_READ : SYS_OPEN_WRITE;
        TRY(file_open(journal->sys, segment->path, mode, &segment->file, fault));
    }
    segment->pin_count++;
    return STATUS_OK;
}

void segment_unpin(struct journal *journal, struct segment *segment)
{
    (void)pthread_mutex_lock(&journal->lock);
    assert(segment->pin_count > 0);
    segment->pin_count--;
    const bool is_last = segment->pin_count == 0;
    const bool is_gone = segment->is_gone;
    if (is_last && !is_gone) {
        file_close(&segment->file);
    }
    (void)pthread_mutex_unlock(&journal->lock);
    if (is_last && is_gone) {
        segment_free(journal, segment);
    }
}

enum status segment_write(const struct segment *segment, const void *data, size_t size,
                          uint64_t offset, struct fault *fault)
{
    if (segment->memory != NULL) {
        memcpy(segment->memory + offset, data, size);
        return STATUS_OK;
    }
    return file_write_at(&segment->file, data, size, offset, fault);
}

enum status segment_add(struct journal *journal, struct segment *segment, struct fault *fault)
{
    if (!memory_grow(journal->account, &journal->segments, &journal->segment_capacity,
                     journal->segment_count + 1, sizeof(struct segment *))) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the list of segments");
    }
    journal->segments[journal->segment_count++] = segment;
    return STATUS_OK;
}
