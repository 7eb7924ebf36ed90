// Seal: makes the checksums of a changed archive image right again.
//
// For tests and fuzzers: damage that checksums would catch must also meet the checks behind them.
#ifndef ARCHIVE_ARCHIVE_SEAL_H
#define ARCHIVE_ARCHIVE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Recomputes, in place, the checksums of all sections that lie inside the image, of the table and of
// the header. False, and nothing changed, when header or table do not lie inside it.
bool archive_seal(uint8_t *image, size_t size);

// The same when only the byte at `offset` has changed: of the sections only the one around it is read.
// For tests that flip every bit.
bool archive_seal_around(uint8_t *image, size_t size, size_t offset);

#endif
