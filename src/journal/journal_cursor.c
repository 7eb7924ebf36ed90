#include "journal/journal_private.h"

struct journal_cursor {
    struct journal *journal;
    struct walk walk; // its segment is pinned
    lsn next;         // to be read
    lsn known;        // last of the journal when the window was read
};

// The segment that holds `at`, or will. With the lock held; NULL when it was trimmed.
static struct segment *segment_of(struct journal *journal, lsn at)
{
    for (size_t i = journal->segment_count; i-- > 0;) {
        if (journal->segments[i]->first <= at) {
            return journal->segments[i];
        }
    }
    return NULL;
}

static enum status enter(struct journal_cursor *cursor, lsn at, struct fault *fault)
{
    struct journal *const journal = cursor->journal;
    (void)pthread_mutex_lock(&journal->lock);
    struct segment *const segment = segment_of(journal, at);
    const enum status status =
        segment == NULL ? fault_set(fault, STATUS_NOT_FOUND, "the journal has record %llu no more",
                                    (unsigned long long)at)
                        : segment_pin(journal, segment, fault);
    (void)pthread_mutex_unlock(&journal->lock);
    TRY(status);
    if (cursor->walk.segment != NULL) {
        segment_unpin(journal, cursor->walk.segment);
    }
    cursor->walk.segment = segment;
    cursor->walk.offset = HEAD_SIZE;
    cursor->next = segment->first;
    walk_refresh(&cursor->walk);
    return STATUS_OK;
}

// Fails: NOT_FOUND: there is none yet.
static enum status look(struct journal_cursor *cursor, struct journal_record *record,
                        struct fault *fault)
{
    if (cursor->next > cursor->known) {
        cursor->known = journal_last(cursor->journal);
        walk_refresh(&cursor->walk);
        if (cursor->next > cursor->known) {
            return STATUS_NOT_FOUND;
        }
    }
    struct walk *const walk = &cursor->walk;
    struct journal_record_head head;
    enum walk_step step;
    TRY(walk_look(walk, cursor->next, &step, &head, &record->content, fault));
    if (step == WALK_END) {
        const struct segment *const before = walk->segment;
        TRY(enter(cursor, cursor->next, fault));
        if (walk->segment != before) {
            TRY(walk_look(walk, cursor->next, &step, &head, &record->content, fault));
        }
    }
    if (step != WALK_RECORD) {
        return fault_set(fault, STATUS_CORRUPT,
                         "%s: record %llu at byte %llu is damaged: restore a backup",
                         walk->segment->path, (unsigned long long)cursor->next,
                         (unsigned long long)walk->offset);
    }
    record->at = head.at;
    record->time_us = head.time_us;
    walk->offset += journal_record_size(head.content_size);
    cursor->next++;
    return STATUS_OK;
}

enum status journal_cursor_open(struct journal *journal, lsn from, struct journal_cursor **cursor,
                                struct fault *fault)
{
    struct journal_cursor *const made = memory_take_zeroed(journal->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read the journal");
    }
    made->journal = journal;
    made->walk = (struct walk){.journal = journal, .window = {.account = journal->account}};
    enum status status = enter(made, from, fault);
    while (status == STATUS_OK && made->next < from) {
        struct journal_record record;
        status = look(made, &record, fault);
        if (status == STATUS_NOT_FOUND) {
            status = fault_set(fault, STATUS_NOT_FOUND, "the journal has no record %llu yet",
                               (unsigned long long)from);
        }
    }
    if (status != STATUS_OK) {
        journal_cursor_close(made);
        return status;
    }
    *cursor = made;
    return STATUS_OK;
}

enum status journal_cursor_next(struct journal_cursor *cursor, struct journal_record *record,
                                struct fault *fault)
{
    return look(cursor, record, fault);
}

void journal_cursor_close(struct journal_cursor *cursor)
{
    if (cursor != NULL) {
        if (cursor->walk.segment != NULL) {
            segment_unpin(cursor->journal, cursor->walk.segment);
        }
        buffer_free(&cursor->walk.window);
        memory_give(cursor);
    }
}
