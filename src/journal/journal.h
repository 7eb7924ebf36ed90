// Journal: an append-only log of records, and the only truth about live data.
//
// Records are numbered 1, 2, 3 … (LSN) and lie in segment files of one folder, named by the first
// LSN they hold. Room is set aside before it is needed (journal_reserve), so that an append finds its
// bytes on the disk or is never begun. After a crash the torn tail, records whose length or checksum
// is not right, is cut. Every record says how far the journal was synced when it was written; so what
// was synced once and is not right any more is told from a torn tail: that is CORRUPT and named. See
// formats/journal.md.
//
//     writer   one thread appends; any thread may ask journal_last
//     syncer   journal_sync from another thread: what was appended before the call is then safe
//              from a power cut
//     readers  any number of cursors on any threads, also while the writer appends
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "sys/sys.h"

typedef uint64_t lsn; // 0: before the first record

struct journal_options {
    size_t segment_size; // of new segments; 64 MiB in the server
    lsn first;           // of a new journal's first record; 0: 1
    bool is_memory;      // segments are blocks of memory: nothing outlives it (--data :memory:)
    bool
        is_read_only; // nothing is written, a torn tail is left alone; NOT_FOUND when there is none
};

// What a record takes of the disk beside its content, at most.
enum { JOURNAL_RECORD_OVERHEAD = 40 };

struct journal;

// Opens or creates the folder's journal and cuts its torn tail.
// Fails: CORRUPT naming file and offset; IO; UNSUPPORTED for another format version.
MUST_USE enum status journal_open(const struct sys *sys, struct memory_account *account,
                                  const char *folder, const struct journal_options *options,
                                  struct journal **journal, struct fault *fault);
void journal_close(struct journal *journal);

// Makes sure that the next appends of up to `size` bytes in all, overheads included, find room.
// Fails: NO_SPACE when the disk is full (nothing has changed; ask again later); IO.
MUST_USE enum status journal_reserve(struct journal *journal, size_t size, struct fault *fault);

// Appends one record and hands it to the kernel (survives kill -9). `time_us` is kept with it.
// Fails: NO_SPACE, NO_MEMORY when it finds no room, with nothing changed; IO: the journal then refuses
// further appends until it is opened again, as after a sync that failed.
MUST_USE enum status journal_append(struct journal *journal, int64_t time_us, struct bytes record,
                                    lsn *at, struct fault *fault);

// Everything appended before the call survives a power cut after it.
MUST_USE enum status journal_sync(struct journal *journal, struct fault *fault);

lsn journal_last(const struct journal *journal);        // appended
lsn journal_synced(const struct journal *journal);      // known to be on the disk
int64_t journal_last_us(const struct journal *journal); // time_us of the last record, 0: none
lsn journal_first(struct journal *journal);             // still there; last + 1 when none is
uint64_t journal_size(struct journal *journal);         // of its segments, room set aside included

// Lets go of whole segments whose records are all below `keep` and that were last written before
// `before_us` (wall clock); never the last segment.
MUST_USE enum status journal_trim(struct journal *journal, lsn keep, int64_t before_us,
                                  struct fault *fault);

struct journal_record {
    lsn at;
    int64_t time_us;
    struct bytes content; // valid until the next call on the cursor
};
struct journal_cursor;
// Starts at `from` (>= journal_first). Fails: NOT_FOUND when that was trimmed.
MUST_USE enum status journal_cursor_open(struct journal *journal, lsn from,
                                         struct journal_cursor **cursor, struct fault *fault);
// NOT_FOUND when everything appended so far has been read: call again later.
MUST_USE enum status journal_cursor_next(struct journal_cursor *cursor,
                                         struct journal_record *record, struct fault *fault);
void journal_cursor_close(struct journal_cursor *cursor);

#endif
