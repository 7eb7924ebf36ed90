// Sorter: puts any number of records in the order of their keys within a fixed memory.
//
// Records go in, sorted ones come out, equal keys in the order they went in, so the same input gives
// the same output with any memory and any number of threads. While everything fits `memory_size` it
// never touches a disk; otherwise sorted runs go to an unlinked temporary file and are merged. Runs are
// not compressed: the page cache takes several times what zstd could give it.
//
//     add add add … (spill) … add     sort     next next next …
//     [block][block][block]           16-byte entries, radix by key      merge of runs
//
// Records lie encoded in blocks (sizes as varints, key, value: two bytes more than the payload for
// small ones); an entry of 16 bytes a record exists only while sorting. Sorting is an in-place radix
// sort by the key's bytes, eight cached in the entry (McIlroy, Bostic, McIlroy: Engineering Radix
// Sort, Computing Systems 6.1, 1993); runs are merged by a tree of losers (Knuth, TAOCP 3, 5.4.1).
//
// Memory: at most memory_size, from `account`. One thread calls; `threads` are used inside.
#ifndef SYS_SORTER_H
#define SYS_SORTER_H

#include "base/bytes.h"
#include "base/memory.h"
#include "sys/sys.h"

struct sorter_options {
    const struct sys *sys;
    struct memory_account *account;
    size_t memory_size;    // at least 256 KiB is used
    const char *directory; // for the temporary file; borrowed until sorter_free
    unsigned threads;      // 0 is 1
    const char *name;      // for faults ("postings"); borrowed until sorter_free
};

struct sorter;

MUST_USE enum status sorter_new(const struct sorter_options *options, struct sorter **sorter,
                                struct fault *fault);
// At any time; also closes the temporary file. NULL is accepted.
void sorter_free(struct sorter *sorter);

// Copies a record in. Keys order as memcmp, a prefix before what it begins; key and value may be
// empty. Fails: NO_MEMORY; IO while spilling; OUT_OF_RANGE when a record takes more than a quarter
// of the memory.
MUST_USE enum status sorter_add(struct sorter *sorter, struct bytes key, struct bytes value,
                                struct fault *fault);

// Ends the adding. Once.
MUST_USE enum status sorter_sort(struct sorter *sorter, struct fault *fault);

// The next record in order; both are valid until the next call. Fails: NOT_FOUND at the end.
MUST_USE enum status sorter_next(struct sorter *sorter, struct bytes *key, struct bytes *value,
                                 struct fault *fault);

// Records added so far.
uint64_t sorter_count(const struct sorter *sorter);
// Bytes that have gone to the temporary file so far: 0 when everything fitted.
uint64_t sorter_spilled_size(const struct sorter *sorter);

#endif
