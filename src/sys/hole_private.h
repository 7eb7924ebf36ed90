// Hole: what happens when a mapped file loses pages under its readers.
//
// The SIGBUS handler looks the address up in a table of live mappings, finds out where the file now
// ends, maps zero pages over everything beyond (or over the one page the disk could not give), and
// notes it. Then the read is repeated and sees zeros.
//
//     who              writes                         reads
//     hole_watch       a free slot, `state` last      -
//     hole_forget      `state` first, then the rest   -
//     handler          was_hit                        all slots, `state` first
//
// Slots are taken and freed by compare-and-swap, so any thread may map at any time.
#ifndef SYS_HOLE_PRIVATE_H
#define SYS_HOLE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

enum { HOLE_MAPPINGS_MAX = 1024 };

// Watches a mapping of `descriptor`, which must stay open until hole_forget; installs the handler. Returns
// the slot, or -1 when all are taken.
int hole_watch(const void *data, size_t size, int descriptor);
// Ends the watch before the memory is unmapped; returns the descriptor, to be closed.
int hole_forget(int slot);
bool hole_was_hit(int slot);

#endif
