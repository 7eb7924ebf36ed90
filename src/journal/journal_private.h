// The bytes of a journal, and what its files share. Included by journal*.c only; formats/journal.md
// has the tables.
#ifndef JOURNAL_JOURNAL_PRIVATE_H
#define JOURNAL_JOURNAL_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buffer.h"
#include "journal/journal.h"
#include "sys/file.h"

enum {
    JOURNAL_VERSION = 1,
    HEAD_SIZE = 64,
    RECORD_HEAD_SIZE = 32,
    RECORD_ALIGNMENT = 8,
    SEGMENT_SIZE_MIN = 4096,
    WINDOW_SIZE = 256 * 1024,
};

// --- journal_format.c: pure ---

struct journal_head {
    uint64_t id; // of the journal: in the checksum of every record
    lsn first;
    int64_t created_us;
};
void journal_head_encode(const struct journal_head *head, uint8_t out[HEAD_SIZE]);
// Fails: CORRUPT; UNSUPPORTED for another version.
MUST_USE enum status journal_head_decode(const uint8_t in[HEAD_SIZE], struct journal_head *head,
                                         struct fault *fault);

// Size of a record with `content_size` bytes of content, with head and padding.
size_t journal_record_size(size_t content_size);

struct journal_record_head {
    uint64_t checksum;
    lsn at;
    int64_t time_us;
    uint32_t content_size;
    uint32_t
        unsynced_count; // records before this one not known to be on the disk when it was written
};
// `record` has journal_record_size bytes; the content stands at RECORD_HEAD_SIZE already.
void journal_record_encode(const struct journal_record_head *head, uint64_t id, uint8_t *record);
struct journal_record_head journal_record_head_decode(const uint8_t in[RECORD_HEAD_SIZE]);
// `record` begins with the head and has all of its content.
bool journal_record_is_right(const uint8_t *record, const struct journal_record_head *head,
                             uint64_t id);

// --- segments ---

// One file, or one block of memory.
struct segment {
    lsn first;
    uint64_t size;
    struct file file; // open while pinned
    uint8_t *memory;  // of a journal in memory
    size_t pin_count; // by the writer, the syncer, cursors
    atomic_bool
        is_dirty; // written since it was last synced: set after the write, cleared before the sync
    bool is_gone; // trimmed: freed with the last pin
    char path[];
};

struct journal {
    const struct sys *sys;
    struct memory_account *account;
    struct journal_options options;
    char folder[FILE_PATH_MAX];
    uint64_t id;

    pthread_mutex_t lock;      // of segments and pins
    struct segment **segments; // oldest first
    size_t segment_count, segment_capacity;
    bool is_folder_dirty;

    // The writer's.
    struct segment *current; // pinned
    uint64_t offset;         // where the next record goes
    struct segment *next;    // prepared, without a name of its own yet; NULL: none
    struct buffer record;
    bool is_broken;
    struct fault broken;

    _Atomic lsn last, synced;
    _Atomic int64_t last_us;
    pthread_mutex_t sync_lock; // one sync at a time
};

MUST_USE enum status segment_new(struct journal *journal, lsn first, uint64_t size,
                                 const char *name, struct segment **segment, struct fault *fault);
void segment_free(struct journal *journal, struct segment *segment);
// Opens the file when nobody has. With the lock held.
MUST_USE enum status segment_pin(struct journal *journal, struct segment *segment,
                                 struct fault *fault);
// Without the lock.
void segment_unpin(struct journal *journal, struct segment *segment);
void segment_name(lsn first, char name[32]);
MUST_USE enum status segment_write(const struct segment *segment, const void *data, size_t size,
                                   uint64_t offset, struct fault *fault);
// Appends to the journal's list. With the lock held.
MUST_USE enum status segment_add(struct journal *journal, struct segment *segment,
                                 struct fault *fault);

// journal_append.c: what was prepared becomes the present segment. `is_first`: synced at once.
MUST_USE enum status journal_begin_segment(struct journal *journal, bool is_first,
                                           struct fault *fault);

// --- walking a segment ---

// A pinned segment, read forward.
struct walk {
    struct journal *journal;
    struct segment *segment;
    uint64_t offset;      // of the next record
    struct buffer window; // the segment's bytes from window_offset on
    uint64_t window_offset;
};
enum walk_step {
    WALK_RECORD,
    WALK_END,     // zeros, or no room for another head
    WALK_DAMAGED, // bytes that are no record with this number
};
// Looks at the record at `offset`, which should have the number `wanted`. The content lies in the
// window; `size` is what to move on by.
MUST_USE enum status walk_look(struct walk *walk, lsn wanted, enum walk_step *step,
                               struct journal_record_head *head, struct bytes *content,
                               struct fault *fault);
// Forgets what was read: the writer has gone on.
void walk_refresh(struct walk *walk);
// The highest number that records after `offset` say was synced before them; 0: none is found.
MUST_USE enum status walk_claim(struct walk *walk, lsn wanted, lsn *claim, struct fault *fault);

// journal_recover.c: finds the segments of the folder, the end, and cuts what is torn.
MUST_USE enum status journal_recover(struct journal *journal, struct fault *fault);

#endif
