// Transducer: an ordered map from byte strings to a 64-bit value and a weight, read where it lies.
//
// An acyclic automaton in flat bytes (formats/fst.md): common beginnings and common ends of keys are
// stored once, values and weights are spread over the arcs as differences. A value that is the
// key's ordinal (0, 1, 2 … in key order) costs next to nothing; other values are stored in as many
// bytes as their differences need. Every node knows the best weight below it, and its arcs lie best
// first, so the best completions of a prefix are found without looking at the others.
//
// A reader is the bytes and a few numbers: nothing is parsed, nothing allocated, nothing cached.
// Bytes from outside are checked once (fst_verify). Without that the answers may be nonsense, but
// reads never leave the section and always end: whatever the bytes are, also when pages of a file
// that was cut short read as zeros.
//
// Keys are at most FST_KEY_SIZE_MAX bytes, ordered as memcmp orders. A heavier weight is better.
// Any thread; `struct fst` borrows the bytes.
#ifndef FST_FST_H
#define FST_FST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

#define FST_KEY_SIZE_MAX 1024
#define FST_TOP_MAX      256 // most completions fst_top finds at once

// A place in the map: what has been read so far leads here. A plain value, copied at will.
struct fst_cursor {
    uint64_t node;
    uint64_t value;  // sum of the differences on the way
    uint32_t weight; // best weight of any key that begins with what has been read
};

struct fst {
    const uint8_t *data;
    struct fst_cursor root;
    uint64_t size;
    uint64_t key_count;
    uint64_t node_count;
    uint32_t key_size_max; // longest key
};

// Looks at the first and last bytes only. An empty map (no keys) is a map.
// Fails: CORRUPT, UNSUPPORTED (a version this program does not know).
MUST_USE enum status fst_open(struct bytes section, struct fst *fst, struct fault *fault);

// Everything fst_open leaves unchecked: each node decodes, lies where the one before it ends, leads
// strictly backwards to nodes only; arcs are distinct and best first; weights, the number of keys and
// the longest key are as claimed. Linear in the size; takes about 3 times the size from `account`.
// Fails: as fst_open; NO_MEMORY.
MUST_USE enum status fst_verify(struct memory_account *account, struct bytes section,
                                struct fault *fault);

// The value and the weight of `key`; false when it is not in the map. Null outputs are accepted.
bool fst_get(const struct fst *fst, struct bytes key, uint64_t *value, uint32_t *weight);

// The cursor of the empty string.
static inline struct fst_cursor fst_root(const struct fst *fst)
{
    return fst->root;
}

// Reads one more byte. False, and the cursor stays, when no key goes on so.
bool fst_step(const struct fst *fst, struct fst_cursor *cursor, uint8_t byte);

// Reads all of `bytes`. False, and the cursor stays, when no key goes on so.
bool fst_seek(const struct fst *fst, struct fst_cursor *cursor, struct bytes bytes);

// Whether what has been read is itself a key, and its value and weight. Null outputs are accepted.
bool fst_is_final(const struct fst *fst, const struct fst_cursor *cursor, uint64_t *value,
                  uint32_t *weight);

// Best weight of the keys that begin with what has been read; 0 in an empty map.
static inline uint32_t fst_best_weight(const struct fst_cursor *cursor)
{
    return cursor->weight;
}

// The values of the first and the last key, in key order, that begin with what has been read. Where
// values are ordinals, that is the range of all such keys. 0 and 0 in an empty map.
// Cost: one node a byte of the two keys.
void fst_span(const struct fst *fst, const struct fst_cursor *cursor, uint64_t *first,
              uint64_t *last);

// One key of the map.
struct fst_match {
    struct bytes key;
    uint64_t value;
    uint32_t weight;
    uint32_t distance; // edits between pattern and key (fst_fuzzy.h); 0 elsewhere
};

struct fst_matches {
    struct fst_match *items;
    size_t count;
};

// The `limit` (at most FST_TOP_MAX) heaviest keys below `cursor`, heaviest first, equal weights in
// key order. The keys are what follows the cursor ("feld" read: "kirch"). Items and keys live in
// `arena`.
// Fails: NO_MEMORY when the arena is full.
// Cost: proportional to the bytes of the answers, whatever the size of the map.
MUST_USE enum status fst_top(const struct fst *fst, const struct fst_cursor *cursor, size_t limit,
                             struct arena *arena, struct fst_matches *matches);

// A walk over keys in order. About 30 KB, not to be copied once begun.
struct fst_scan_frame {
    struct fst_cursor cursor;
    int32_t taken; // label of the arc we are below, or -1 when none yet
};

struct fst_scan {
    const struct fst *fst;
    struct bytes end;
    bool has_end;
    bool is_unread; // the top frame's own key has not been handed out
    uint32_t floor; // keys keep this many bytes
    uint32_t size;  // of the key read so far
    uint8_t key[FST_KEY_SIZE_MAX];
    struct fst_scan_frame frames[FST_KEY_SIZE_MAX + 1]; // frames[i]: after i bytes of the key
};

// All keys that begin with `prefix`.
void fst_scan_prefix(struct fst_scan *scan, const struct fst *fst, struct bytes prefix);

// All keys at or after `first` and before `end`; an `end` whose data is NULL is the end of the map.
// `end` is borrowed until the scan is over.
void fst_scan_range(struct fst_scan *scan, const struct fst *fst, struct bytes first,
                    struct bytes end);

// The next key; false at the end. `match->key` is valid until the next call.
bool fst_scan_next(struct fst_scan *scan, struct fst_match *match);

#endif
