// What the files of track share. In memory there are the rows that changes ask for: states, open visits
// and trips under way; everything else is read from the store.
//
//   track.c        the module: stage, observer, rows
//   track_trip.c   trips
//   track_read.c   late reads
#ifndef TRACK_TRACK_PRIVATE_H
#define TRACK_TRACK_PRIVATE_H

#include <stdatomic.h>

#include "track/row_map.h"
#include "track/track.h"

struct tracks {
    struct ledger *ledger;
    struct live *live;
    struct track_settings settings;
    struct fence_sink sink;
    struct row_map states;  // TABLE_STOP 't'
    struct row_map visits;  // (collection, object, fence) -> key of the open 'v' row
    struct row_map trips;   // TABLE_TRIP, those under way
    struct row_map errands; // (collection, object) -> (size, id) of its trips under way
    int64_t expiry_us;      // no trip expires before
    struct buffer before;   // rows as they were before this turn, to undo
    struct buffer key, value, list, json; // scratch
    _Atomic int64_t clock_us;             // of the last turn
};

enum track_row { TRACK_STATE = 't', TRACK_SEGMENT = 's', TRACK_VISIT = 'v' };

// Key of an object's rows: of a state whole, of the others their beginning.
void track_key(struct buffer *key, enum track_row kind, uint32_t collection, struct bytes id);
void track_key_time(struct buffer *key, int64_t time_us); // big-endian, so that it sorts

void track_segment_encode(const struct segment *segment, struct buffer *out);
MUST_USE enum status track_segment_decode(struct bytes bytes, struct segment *segment,
                                          struct fault *fault);

// Puts or deletes a row in the turn and in memory, so that it can be undone. Without memory the row is in the
// turn all the same, and in memory after the next start.
void track_row_put(struct tracks *tracks, struct ledger_turn *turn, enum ledger_table table,
                   struct bytes key, struct bytes value);
void track_row_delete(struct tracks *tracks, struct ledger_turn *turn, enum ledger_table table,
                      struct bytes key);

// track_trip.c
void track_trips_take(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                      struct bytes object, int64_t event_us, const struct row *row);
void track_trips_purge(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                       struct bytes object);
void track_trips_expire(struct tracks *tracks, struct ledger_turn *turn);
// Keeps a trip's row in memory, or lets go of it when it is over; value size 0: it is deleted.
void track_trip_apply(struct tracks *tracks, struct bytes id, struct bytes value);

#endif
