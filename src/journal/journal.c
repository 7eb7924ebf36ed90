#include "journal/journal.h"

#include <assert.h>
#include <stdio.h>

#include "journal/journal_private.h"
#include "sys/clock.h"

// The first segment gets its name only when it is whole: a folder has a right one or none.
static enum status first_create(struct journal *journal, struct fault *fault)
{
    const lsn first = journal->options.first == 0 ? 1 : journal->options.first;
    atomic_store_explicit(&journal->last, first - 1, memory_order_relaxed);
    atomic_store_explicit(&journal->synced, first - 1, memory_order_relaxed);
    journal->id = journal->sys->random(journal->sys);
    TRY(journal_reserve(journal, SEGMENT_SIZE_MIN - HEAD_SIZE, fault));
    return journal_begin_segment(journal, true, fault);
}

static enum status open_into(struct journal *journal, struct fault *fault)
{
    if (!journal->options.is_memory) {
        if (!journal->options.is_read_only) {
            TRY(journal->sys->make_directory(journal->sys, journal->folder, fault));
        }
        TRY(journal_recover(journal, fault));
    }
    if (journal->segment_count == 0 && journal->options.is_read_only) {
        return fault_set(fault, STATUS_NOT_FOUND, "%s: there is no journal", journal->folder);
    }
    return journal->segment_count == 0 ? first_create(journal, fault) : STATUS_OK;
}

enum status journal_open(const struct sys *sys, struct memory_account *account, const char *folder,
                         const struct journal_options *options, struct journal **journal,
                         struct fault *fault)
{
    assert(options->segment_size >= SEGMENT_SIZE_MIN);
    struct journal *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a journal");
    }
    made->sys = sys;
    made->account = account;
    made->options = *options;
    made->record.account = account;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_mutex_init(&made->sync_lock, NULL);
    (void)snprintf(made->folder, sizeof(made->folder), "%s", options->is_memory ? "" : folder);
    const enum status status =
        !options->is_memory && strlen(folder) >= sizeof(made->folder) - 40
            ? fault_set(fault, STATUS_OUT_OF_RANGE, "%s: the path is too long", folder)
            : open_into(made, fault);
    if (status != STATUS_OK) {
        journal_close(made);
        return status;
    }
    *journal = made;
    return STATUS_OK;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    for (size_t i = 0; i < journal->segment_count; i++) {
        segment_free(journal, journal->segments[i]);
    }
    if (journal->next != NULL && !journal->options.is_memory) {
        status_ignore(journal->sys->unlink(journal->sys, journal->next->path, NULL),
                      "the next open removes it");
    }
    segment_free(journal, journal->next);
    memory_give(journal->segments);
    buffer_free(&journal->record);
    (void)pthread_mutex_destroy(&journal->lock);
    (void)pthread_mutex_destroy(&journal->sync_lock);
    memory_give(journal);
}

lsn journal_last(const struct journal *journal)
{
    return atomic_load_explicit(&journal->last, memory_order_acquire);
}

lsn journal_synced(const struct journal *journal)
{
    return atomic_load_explicit(&journal->synced, memory_order_acquire);
}

int64_t journal_last_us(const struct journal *journal)
{
    return atomic_load_explicit(&journal->last_us, memory_order_relaxed);
}

lsn journal_first(struct journal *journal)
{
    (void)pthread_mutex_lock(&journal->lock);
    const lsn first = journal->segments[0]->first;
    (void)pthread_mutex_unlock(&journal->lock);
    return first;
}

uint64_t journal_size(struct journal *journal)
{
    uint64_t size = 0;
    (void)pthread_mutex_lock(&journal->lock);
    for (size_t i = 0; i < journal->segment_count; i++) {
        size += journal->segments[i]->size;
    }
    (void)pthread_mutex_unlock(&journal->lock);
    return size;
}

// Takes the oldest segment off the list when it may go; NULL: it may not.
static enum status trim_one(struct journal *journal, lsn keep, int64_t before_us,
                            struct segment **gone, struct fault *fault)
{
    *gone = NULL;
    if (journal->segment_count < 2 || journal->segments[1]->first > keep ||
        atomic_load(&journal->segments[0]->is_dirty)) {
        return STATUS_OK;
    }
    struct segment *const oldest = journal->segments[0];
    if (!journal->options.is_memory) {
        struct sys_stat stat;
        TRY(journal->sys->stat_path(journal->sys, oldest->path, &stat, fault));
        if (stat.mtime_ns / 1000 >= before_us) {
            return STATUS_OK;
        }
        TRY(journal->sys->unlink(journal->sys, oldest->path, fault));
    }
    journal->segment_count--;
    memmove(&journal->segments[0], &journal->segments[1],
            journal->segment_count * sizeof(struct segment *));
    oldest->is_gone = true;
    oldest->pin_count++;
    *gone = oldest;
    return STATUS_OK;
}

enum status journal_trim(struct journal *journal, lsn keep, int64_t before_us, struct fault *fault)
{
    for (;;) {
        struct segment *gone = NULL;
        (void)pthread_mutex_lock(&journal->lock);
        const enum status status = trim_one(journal, keep, before_us, &gone, fault);
        (void)pthread_mutex_unlock(&journal->lock);
        if (status != STATUS_OK || gone == NULL) {
            return status;
        }
        segment_unpin(journal, gone);
    }
}
