#include <assert.h>
#include <stdio.h>

#include "journal/journal_private.h"
#include "sys/clock.h"

// Remembers why, and refuses from now on.
static enum status broken(struct journal *journal, enum status status, const struct fault *cause,
                          struct fault *fault)
{
    (void)pthread_mutex_lock(&journal->lock);
    if (!journal->is_broken) {
        journal->broken = *cause;
        journal->is_broken = true;
    }
    (void)pthread_mutex_unlock(&journal->lock);
    return fault_set(fault, status, "%s", cause->text);
}

static enum status check_broken(struct journal *journal, struct fault *fault)
{
    enum status status = STATUS_OK;
    (void)pthread_mutex_lock(&journal->lock);
    if (journal->is_broken) {
        status = fault_set(fault, STATUS_IO,
                           "the journal takes no more writes until the server is started again: %s",
                           journal->broken.text);
    }
    (void)pthread_mutex_unlock(&journal->lock);
    return status;
}

// --- Room ---

static enum status next_create(struct journal *journal, struct segment *segment,
                               struct fault *fault)
{
    if (journal->options.is_memory) {
        segment->memory = memory_take_zeroed(journal->account, segment->size, 1);
        return segment->memory != NULL
                   ? STATUS_OK
                   : fault_set(fault, STATUS_NO_MEMORY, "no memory for %llu bytes of journal",
                               (unsigned long long)segment->size);
    }
    TRY(file_open(journal->sys, segment->path, SYS_OPEN_CREATE, &segment->file, fault));
    const enum status status = file_preallocate(&segment->file, segment->size, fault);
    if (status != STATUS_OK) {
        status_ignore(journal->sys->unlink(journal->sys, segment->path, NULL),
                      "the next open removes it");
    }
    return status;
}

static enum status next_prepare(struct journal *journal, uint64_t size, struct fault *fault)
{
    struct segment *made = NULL;
    TRY(segment_new(journal, 0, size, "next.tmp", &made, fault));
    const enum status status = next_create(journal, made, fault);
    if (status != STATUS_OK) {
        segment_free(journal, made);
        return status;
    }
    journal->next = made;
    return STATUS_OK;
}

static void next_drop(struct journal *journal)
{
    if (journal->next != NULL && !journal->options.is_memory) {
        status_ignore(journal->sys->unlink(journal->sys, journal->next->path, NULL),
                      "creating the next one says so");
    }
    segment_free(journal, journal->next);
    journal->next = NULL;
}

enum status journal_reserve(struct journal *journal, size_t size, struct fault *fault)
{
    const uint64_t needed = (uint64_t)size + HEAD_SIZE;
    if ((journal->current != NULL && journal->current->size - journal->offset >= size) ||
        (journal->next != NULL && journal->next->size >= needed)) {
        return STATUS_OK;
    }
    TRY(check_broken(journal, fault));
    next_drop(journal);
    uint64_t wanted = journal->options.segment_size;
    wanted = wanted < needed ? needed : wanted;
    for (;;) {
        const enum status status = next_prepare(journal, wanted, fault);
        if (status != STATUS_NO_SPACE || wanted == needed) {
            return status;
        }
        wanted = wanted / 2 < needed ? needed : wanted / 2; // what is left of a small disk
    }
}

// --- Segments ---

// The one before the present is synced before another is begun: what may be torn is in two segments.
static enum status sync_previous(struct journal *journal, struct fault *fault)
{
    (void)pthread_mutex_lock(&journal->lock);
    const size_t count = journal->segment_count;
    const bool is_dirty = count >= 2 && atomic_load(&journal->segments[count - 2]->is_dirty);
    (void)pthread_mutex_unlock(&journal->lock);
    return is_dirty ? journal_sync(journal, fault) : STATUS_OK;
}

static enum status segment_named(struct journal *journal, struct segment *next, bool is_first,
                                 struct fault *fault)
{
    uint8_t head[HEAD_SIZE];
    journal_head_encode(&(struct journal_head){.id = journal->id,
                                               .first = next->first,
                                               .created_us = sys_wall_us(journal->sys)},
                        head);
    TRY(segment_write(next, head, HEAD_SIZE, 0, fault));
    if (journal->options.is_memory) {
        return STATUS_OK;
    }
    if (is_first) {
        TRY(file_sync(&next->file, fault));
    }
    char name[32];
    char path[FILE_PATH_MAX + 32];
    segment_name(next->first, name);
    (void)snprintf(path, sizeof(path), "%s/%s", journal->folder, name);
    TRY(journal->sys->rename(journal->sys, next->path, path, fault));
    return is_first ? journal->sys->sync_directory(journal->sys, journal->folder, fault)
                    : STATUS_OK;
}

enum status journal_begin_segment(struct journal *journal, bool is_first, struct fault *fault)
{
    struct segment *const next = journal->next;
    char name[32];
    next->first = journal_last(journal) + 1;
    TRY(sync_previous(journal, fault));
    TRY(segment_named(journal, next, is_first, fault));
    journal->next = NULL;
    // The same again under its name: the path is part of the segment.
    struct segment *named = NULL;
    segment_name(next->first, name);
    enum status status = segment_new(journal, next->first, next->size, name, &named, fault);
    if (status == STATUS_OK) {
        named->file = next->file;
        named->file.path = named->path;
        named->memory = next->memory;
        atomic_store(&named->is_dirty, !is_first);
        named->pin_count = 1;
        next->file = (struct file){0};
        next->memory = NULL;
        (void)pthread_mutex_lock(&journal->lock);
        status = segment_add(journal, named, fault);
        journal->is_folder_dirty = !is_first;
        (void)pthread_mutex_unlock(&journal->lock);
    }
    segment_free(journal, next);
    if (status != STATUS_OK) {
        segment_free(journal, named);
        return status;
    }
    if (journal->current != NULL) {
        segment_unpin(journal, journal->current);
    }
    journal->current = named;
    journal->offset = HEAD_SIZE;
    return STATUS_OK;
}

// --- Records ---

static enum status make_room(struct journal *journal, size_t size, struct fault *fault)
{
    TRY(check_broken(journal, fault));
    TRY(journal_reserve(journal, size, fault));
    if (journal->current->size - journal->offset >= size) {
        return STATUS_OK;
    }
    struct fault cause = {0};
    const enum status status = journal_begin_segment(journal, false, &cause);
    return status == STATUS_OK ? STATUS_OK : broken(journal, STATUS_IO, &cause, fault);
}

static enum status encode(struct journal *journal, int64_t time_us, struct bytes content,
                          struct fault *fault)
{
    const lsn at = journal_last(journal) + 1;
    const lsn unsynced = at - 1 - journal_synced(journal);
    const size_t size = journal_record_size(content.size);
    const struct journal_record_head head = {
        .at = at,
        .time_us = time_us,
        .content_size = (uint32_t)content.size,
        .unsynced_count = unsynced < UINT32_MAX ? (uint32_t)unsynced : UINT32_MAX};
    buffer_clear(&journal->record);
    uint8_t *const record = buffer_reserve(&journal->record, size);
    if (record == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a record of %zu bytes", size);
    }
    if (content.size != 0) {
        memcpy(record + RECORD_HEAD_SIZE, content.data, content.size);
    }
    journal_record_encode(&head, journal->id, record);
    journal->record.size = size;
    return STATUS_OK;
}

enum status journal_append(struct journal *journal, int64_t time_us, struct bytes content, lsn *at,
                           struct fault *fault)
{
    assert(content.size <= UINT32_MAX);
    TRY(make_room(journal, journal_record_size(content.size), fault));
    TRY(encode(journal, time_us, content, fault));
    struct segment *const segment = journal->current;
    struct fault cause = {0};
    const enum status status =
        segment_write(segment, journal->record.data, journal->record.size, journal->offset, &cause);
    if (status == STATUS_NO_SPACE) {
        // A file system that keeps no room for what it has set aside; the next record goes over it.
        return fault_set(fault, status, "%s", cause.text);
    }
    if (status != STATUS_OK) {
        return broken(journal, STATUS_IO, &cause, fault);
    }
    if (!atomic_load(&segment->is_dirty)) {
        atomic_store(&segment->is_dirty, true);
    }
    journal->offset += journal->record.size;
    *at = journal_last(journal) + 1;
    atomic_store_explicit(&journal->last_us, time_us, memory_order_relaxed);
    atomic_store_explicit(&journal->last, *at, memory_order_release);
    return STATUS_OK;
}

// --- Sync ---

// Pins what is dirty. With the lock held.
static enum status dirty_pin(struct journal *journal, struct segment *dirty[3], size_t *count,
                             struct fault *fault)
{
    *count = 0;
    const size_t from = journal->segment_count > 3 ? journal->segment_count - 3 : 0;
    for (size_t i = from; i < journal->segment_count; i++) {
        struct segment *const segment = journal->segments[i];
        if (atomic_load(&segment->is_dirty)) {
            TRY(segment_pin(journal, segment, fault));
            atomic_store(&segment->is_dirty, false);
            dirty[(*count)++] = segment;
        }
    }
    return STATUS_OK;
}

static enum status sync_dirty(struct journal *journal, struct fault *fault)
{
    struct segment *dirty[3];
    size_t count = 0;
    (void)pthread_mutex_lock(&journal->lock);
    const lsn upto = journal_last(journal);
    const bool is_folder_dirty = journal->is_folder_dirty;
    journal->is_folder_dirty = false;
    enum status status = dirty_pin(journal, dirty, &count, fault);
    (void)pthread_mutex_unlock(&journal->lock);
    for (size_t i = 0; i < count && !journal->options.is_memory; i++) {
        status = status == STATUS_OK ? file_sync_data(&dirty[i]->file, fault) : status;
    }
    for (size_t i = 0; i < count; i++) {
        segment_unpin(journal, dirty[i]);
    }
    if (status == STATUS_OK && is_folder_dirty && !journal->options.is_memory) {
        status = journal->sys->sync_directory(journal->sys, journal->folder, fault);
    }
    if (status == STATUS_OK) {
        atomic_store_explicit(&journal->synced, upto, memory_order_release);
    }
    return status;
}

enum status journal_sync(struct journal *journal, struct fault *fault)
{
    // A second sync after a failed one would find the pages clean and lie: it breaks for good.
    TRY(check_broken(journal, fault));
    struct fault cause = {0};
    (void)pthread_mutex_lock(&journal->sync_lock);
    const enum status status = sync_dirty(journal, &cause);
    (void)pthread_mutex_unlock(&journal->sync_lock);
    return status == STATUS_OK ? STATUS_OK : broken(journal, STATUS_IO, &cause, fault);
}
