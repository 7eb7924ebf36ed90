#include <stdio.h>

#include "journal/journal_private.h"
#include "sys/clock.h"

struct listing {
    struct journal *journal;
    enum status status;
    struct fault *fault;
    bool has_prepared;
};

static bool name_parse(const char *name, lsn *first)
{
    char again[32];
    lsn number = 0;
    for (const char *digit = name; *digit >= '0' && *digit <= '9' && digit - name < 20; digit++) {
        number = number * 10 + (lsn)(*digit - '0');
    }
    segment_name(number, again);
    *first = number;
    return number != 0 && strcmp(again, name) == 0;
}

static void note_name(void *context, const char *name)
{
    struct listing *const listing = context;
    struct journal *const journal = listing->journal;
    lsn first;
    if (strcmp(name, "next.tmp") == 0) {
        listing->has_prepared = true;
    }
    if (listing->status != STATUS_OK || !name_parse(name, &first)) {
        return;
    }
    struct segment *segment = NULL;
    listing->status = segment_new(journal, first, 0, name, &segment, listing->fault);
    if (listing->status == STATUS_OK) {
        listing->status = segment_add(journal, segment, listing->fault);
    }
    // Kept in order: folders are small.
    for (size_t i = journal->segment_count; listing->status == STATUS_OK && i-- > 1;) {
        struct segment **const pair = &journal->segments[i - 1];
        if (pair[0]->first <= pair[1]->first) {
            break;
        }
        struct segment *const later = pair[0];
        pair[0] = pair[1];
        pair[1] = later;
    }
}

static enum status segment_measure(struct journal *journal, struct segment *segment,
                                   struct fault *fault)
{
    struct sys_stat stat;
    TRY(journal->sys->stat_path(journal->sys, segment->path, &stat, fault));
    segment->size = stat.size;
    return STATUS_OK;
}

static enum status head_read(struct journal *journal, const struct segment *segment,
                             struct journal_head *head, struct fault *fault)
{
    uint8_t bytes[HEAD_SIZE];
    (void)journal;
    if (segment->size < HEAD_SIZE) {
        return fault_set(fault, STATUS_CORRUPT, "%s: ends before its head does", segment->path);
    }
    TRY(file_read_at(&segment->file, bytes, HEAD_SIZE, 0, fault));
    const enum status status = journal_head_decode(bytes, head, fault);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "%s", segment->path);
    }
    if (head->first != segment->first) {
        return fault_set(fault, STATUS_CORRUPT, "%s: its head says it begins with %llu",
                         segment->path, (unsigned long long)head->first);
    }
    return STATUS_OK;
}

// Where the walk stopped: the end, or something that is no record.
struct stop {
    size_t index; // of the segment
    uint64_t offset;
    lsn next; // the number wanted there
    int64_t last_us;
    bool is_damaged;
};

// Walks the records of one segment from its beginning.
static enum status segment_walk(struct journal *journal, struct segment *segment, struct stop *stop,
                                struct fault *fault)
{
    SCOPED(buffer_free) struct buffer window = {.account = journal->account};
    struct walk walk = {
        .journal = journal, .segment = segment, .offset = HEAD_SIZE, .window = window};
    enum walk_step step = WALK_END;
    enum status status;
    for (;;) {
        struct journal_record_head head;
        struct bytes content;
        status = walk_look(&walk, stop->next, &step, &head, &content, fault);
        if (status != STATUS_OK || step != WALK_RECORD) {
            break;
        }
        walk.offset += journal_record_size(head.content_size);
        stop->next++;
        stop->last_us = head.time_us;
    }
    window = walk.window;
    stop->offset = walk.offset;
    stop->is_damaged = step == WALK_DAMAGED;
    return status;
}

// Walks from segment `from` on until something is not right.
static enum status walk_all(struct journal *journal, size_t from, struct stop *stop,
                            struct fault *fault)
{
    stop->next = journal->segments[from]->first;
    for (size_t i = from; i < journal->segment_count; i++) {
        struct segment *const segment = journal->segments[i];
        if (segment->first != stop->next) {
            stop->is_damaged = true; // the segment before it lost its end
            return STATUS_OK;
        }
        struct journal_head head;
        const enum status status = head_read(journal, segment, &head, fault);
        if (status != STATUS_OK && (status != STATUS_CORRUPT || i == from)) {
            return status;
        }
        if (status == STATUS_CORRUPT || (i != from && head.id != journal->id)) {
            stop->is_damaged = true; // begun, never synced; the segment goes
            return STATUS_OK;
        }
        journal->id = head.id;
        stop->index = i;
        TRY(segment_walk(journal, segment, stop, fault));
        if (stop->is_damaged) {
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

// A record that was synced must be there: then it is damage, not a torn tail.
static enum status check_torn(struct journal *journal, const struct stop *stop, struct fault *fault)
{
    for (size_t i = stop->index; i < journal->segment_count; i++) {
        struct walk walk = {.journal = journal,
                            .segment = journal->segments[i],
                            .offset = i == stop->index ? stop->offset : HEAD_SIZE,
                            .window = {.account = journal->account}};
        lsn claim = 0;
        const enum status status = walk_claim(&walk, stop->next, &claim, fault);
        buffer_free(&walk.window);
        TRY(status);
        if (claim >= stop->next) {
            return fault_set(fault, STATUS_CORRUPT,
                             "%s: record %llu at byte %llu is damaged, though it was on the disk "
                             "once: restore a backup",
                             journal->segments[stop->index]->path, (unsigned long long)stop->next,
                             (unsigned long long)stop->offset);
        }
    }
    return STATUS_OK;
}

static enum status cut(struct journal *journal, const struct stop *stop, struct fault *fault)
{
    while (journal->segment_count > stop->index + 1) {
        struct segment *const last = journal->segments[--journal->segment_count];
        const enum status status = journal->sys->unlink(journal->sys, last->path, fault);
        segment_free(journal, last);
        TRY(status);
    }
    struct segment *const segment = journal->segments[stop->index];
    const uint64_t size = segment->size;
    TRY(file_truncate(&segment->file, stop->offset, fault));
    segment->size = stop->offset;
    // Zeros again, so that nothing of the torn records can ever be taken for one.
    if (file_preallocate(&segment->file, size, NULL) == STATUS_OK) {
        segment->size = size;
    }
    return STATUS_OK;
}

// Cuts what is torn; what is there now is what a power cut leaves.
static enum status settle(struct journal *journal, size_t from, const struct stop *stop,
                          struct fault *fault)
{
    if (stop->is_damaged) {
        TRY(cut(journal, stop, fault));
    }
    for (size_t i = from; i <= stop->index; i++) {
        TRY(file_sync(&journal->segments[i]->file, fault));
    }
    return journal->sys->sync_directory(journal->sys, journal->folder, fault);
}

static enum status recover_tail(struct journal *journal, struct fault *fault)
{
    // A segment is begun only when all but the one before it are synced: the rest is whole.
    const size_t from = journal->segment_count >= 3 ? journal->segment_count - 3 : 0;
    for (size_t i = 0; i < journal->segment_count; i++) {
        TRY(segment_measure(journal, journal->segments[i], fault));
    }
    for (size_t i = from; i < journal->segment_count; i++) {
        TRY(segment_pin(journal, journal->segments[i], fault));
    }
    struct stop stop = {.index = from};
    TRY(walk_all(journal, from, &stop, fault));
    if (stop.is_damaged) {
        TRY(check_torn(journal, &stop, fault));
    }
    if (!journal->options.is_read_only) {
        TRY(settle(journal, from, &stop, fault));
    }
    for (size_t i = from; i < stop.index; i++) {
        segment_unpin(journal, journal->segments[i]);
    }
    journal->current = journal->segments[stop.index];
    journal->offset = stop.offset;
    atomic_store_explicit(&journal->last, stop.next - 1, memory_order_relaxed);
    atomic_store_explicit(&journal->synced, stop.next - 1, memory_order_relaxed);
    atomic_store_explicit(&journal->last_us, stop.last_us, memory_order_relaxed);
    return STATUS_OK;
}

enum status journal_recover(struct journal *journal, struct fault *fault)
{
    const struct sys *const sys = journal->sys;
    struct listing listing = {.journal = journal, .fault = fault};
    TRY(sys->list_directory(sys, journal->folder, note_name, &listing, fault));
    TRY(listing.status);
    if (listing.has_prepared && !journal->options.is_read_only) {
        char path[FILE_PATH_MAX + 16];
        (void)snprintf(path, sizeof(path), "%s/next.tmp", journal->folder);
        TRY(sys->unlink(sys, path, fault));
    }
    return journal->segment_count == 0 ? STATUS_OK : recover_tail(journal, fault);
}
