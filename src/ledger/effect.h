// Effect: one change of one row, as journal records hold it. A record is a run of them.
//
//   OFFSET SIZE MEANING
//   0      1    table (ledger/table.h)
//   1      1    kind: 0 put, 1 delete, 2 delete every key with this prefix
//   2      2    key size
//   4      4    value size; 0 unless it is a put
//   8      …    key, value
//
// Little-endian, nothing between effects. Pure; any thread.
#ifndef LEDGER_EFFECT_H
#define LEDGER_EFFECT_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "ledger/table.h"

enum effect_kind { EFFECT_PUT, EFFECT_DELETE, EFFECT_DELETE_PREFIX };

struct effect {
    enum ledger_table table;
    enum effect_kind kind;
    struct bytes key, value; // borrowed from the record
};

enum { EFFECT_HEAD_SIZE = 8, EFFECT_KEY_SIZE_MAX = UINT16_MAX };

// Appends an effect up to its value and makes room for that; NULL when memory is full (the buffer
// has then failed).
uint8_t *effect_begin(struct buffer *out, enum ledger_table table, enum effect_kind kind,
                      struct bytes key, size_t value_size);

// Takes the first effect off `rest`. Fails: NOT_FOUND at the end; CORRUPT.
MUST_USE enum status effect_decode(struct bytes *rest, struct effect *effect, struct fault *fault);

#endif
