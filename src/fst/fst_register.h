// Register of a transducer's builder: the nodes written so far, by content.
//
// Two generations of bounded size. When the young one is full the old one is forgotten and the young
// one becomes old; a node found in the old one is entered in the young one again, so what is in use
// stays. Until the first is full, nothing is forgotten. One thread.
#ifndef FST_FST_REGISTER_H
#define FST_FST_REGISTER_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

struct fst_generation {
    uint8_t *records; // address, content size, content; one after the other
    size_t records_size;
    size_t records_capacity;
    uint64_t *slots; // high half: part of the hash; low half: offset of the record + 1, or 0
    size_t slot_count;
    size_t used_count;
};

struct fst_register {
    struct memory_account *account;
    size_t generation_size; // most that records and slots of a generation take
    struct fst_generation young;
    struct fst_generation old;
};

// The address entered for `content`, or 0.
// Fails: NO_MEMORY (entering it again).
MUST_USE enum status fst_register_find(struct fst_register *nodes, struct bytes content,
                                       uint64_t *address);

// Enters content that is not there.
// Fails: NO_MEMORY when the account is full before the register is.
MUST_USE enum status fst_register_add(struct fst_register *nodes, struct bytes content,
                                      uint64_t address);

void fst_register_free(struct fst_register *nodes);

#endif
