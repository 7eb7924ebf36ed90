// Folder: a data directory: its lock, its version, its parts; backup and restore of one nobody serves.
//
//     DIR/VERSION    which format, and which history its record numbers belong to
//     DIR/LOCK       held by the process that has it open, whose id it holds
//     DIR/journal/   journal/journal.h
//     DIR/store/     store/store.h
//
// See formats/data.md. One thread.
#ifndef LEDGER_FOLDER_H
#define LEDGER_FOLDER_H

#include "journal/journal.h"
#include "ledger/table.h"
#include "store/store.h"
#include "sys/file.h"

#define FOLDER_VERSION 1

struct ledger_folder {
    char path[FILE_PATH_MAX];
    char lock_path[FILE_PATH_MAX + 8];
    struct file lock;
    uint64_t history; // records with one number are the same record in folders with one history
};

// Locks the folder, making it when there is none. Fails: BUSY naming the process that has it;
// UNSUPPORTED for another version; CORRUPT; OUT_OF_RANGE when it holds data without a VERSION; IO.
MUST_USE enum status ledger_folder_open(const struct sys *sys, const char *path,
                                        struct ledger_folder *folder, struct fault *fault);
// Zeroed ones are accepted.
void ledger_folder_close(struct ledger_folder *folder);

// Reads VERSION of a folder without opening it. Fails: NOT_FOUND when there is none.
MUST_USE enum status ledger_folder_version(const struct sys *sys, const char *path,
                                           unsigned *version, uint64_t *history,
                                           struct fault *fault);
// Makes the folder one: to be done last.
MUST_USE enum status ledger_folder_mark(const struct sys *sys, const char *path, uint64_t history,
                                        struct fault *fault);
// Brings a folder that nobody has open to FOLDER_VERSION. There has been no other format than 1 yet: it
// takes the lock and checks.
MUST_USE enum status ledger_upgrade(const struct sys *sys, const char *path, unsigned *before,
                                    unsigned *after, struct fault *fault);
// Makes it if need be. Fails: BUSY when something is in it.
MUST_USE enum status ledger_folder_make_empty(const struct sys *sys, const char *path,
                                              struct fault *fault);
// "PATH/NAME". Fails: OUT_OF_RANGE when that is too long.
MUST_USE enum status ledger_folder_part(const char *path, const char *name,
                                        char part[FILE_PATH_MAX], struct fault *fault);

// The tables of ledger/table.h, without filters.
extern const char *const ledger_table_names[TABLE_COUNT];

// Restore: a new data directory out of a backup. ----------------------------------------------------

struct ledger_restore {
    const char *backup;
    const char *folder; // the new one: none or empty
    const char
        *journal;  // a data directory with the journal since the backup; NULL: the backup's alone
    lsn to;        // the last record to bring back; 0: all
    int64_t to_us; // the same by time; 0: all
};
struct ledger_restored {
    lsn at;         // the last record brought back
    int64_t at_us;  // its time
    lsn seen;       // the last record there was
    size_t settled; // deliveries known from later records to have been made
};
// Fails: OUT_OF_RANGE when the point lies before the backup, or behind what is there; NOT_FOUND,
// UNSUPPORTED, BUSY, CORRUPT, NO_SPACE, IO.
MUST_USE enum status ledger_restore(const struct sys *sys, struct memory_account *account,
                                    const struct ledger_restore *wanted,
                                    struct ledger_restored *restored, struct fault *fault);

// What restoring leaves for modules to find, in TABLE_META under this key: the records after `at`
// happened to the world, though not to this data. Whatever had an effect outside, a delivery, must
// not be repeated: deliveries that records after `at` show to be made are taken out of the outbox
// already (rows of TABLE_DELIVERY are deleted); those still there may have been made after `seen`.
// Numbers given out after `at` (of events) may be known to others. The row stays until its reader
// deletes it.
//
//   OFFSET SIZE MEANING
//   0      8    at: the last record brought back
//   8      8    its time
//   16     8    seen: the last record that was looked at; at least `at`
//   24     8    when it was restored
#define LEDGER_META_RESTORED "ledger/restored"
struct ledger_restore_mark {
    lsn at, seen;
    int64_t at_us, restored_us;
};
// Of TABLE_META too, written by the checkpointer: the time of the last record the store holds, 8 bytes.
#define LEDGER_META_STORED "ledger/stored"
void ledger_restore_mark_encode(const struct ledger_restore_mark *mark, uint8_t out[32]);
MUST_USE enum status ledger_restore_mark_decode(struct bytes value,
                                                struct ledger_restore_mark *mark,
                                                struct fault *fault);

// Appends records to `copy` as they are, while they are not beyond the point. `beyond` (or NULL) then is
// the first that is beyond by time, valid until the cursor moves.
MUST_USE enum status ledger_records_copy(struct journal_cursor *cursor, struct journal *copy,
                                         lsn upto, int64_t upto_us, struct journal_record *beyond,
                                         struct fault *fault);

#endif
