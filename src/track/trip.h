// Trip: one way of one object to a destination, and how far it has come.
//
//     pending --started--> started --near--> approaching --there--> arrived
//        \________________________\______________\_____________________\--> completed canceled expired
//
// A row of TABLE_TRIP is an encoded trip, keyed by its id. The destination's shape is copied when the
// trip is made. Progress and ETA are of the straight line: what remains of the distance there was at the
// start, at the pace of the last fixes. Decided fix by fix by event time: the same fixes give the same
// trip. Pure; any thread.
#ifndef TRACK_TRIP_H
#define TRACK_TRIP_H

#include "base/buffer.h"
#include "base/status.h"
#include "geo/shape.h"

enum trip_status {
    TRIP_PENDING,
    TRIP_STARTED,
    TRIP_APPROACHING,
    TRIP_ARRIVED,
    TRIP_COMPLETED,
    TRIP_CANCELED,
    TRIP_EXPIRED,
};
#define TRIP_STATUS_COUNT 7
const char *trip_status_name(enum trip_status status);
MUST_USE bool trip_status_find(struct bytes name, enum trip_status *status);

static inline bool trip_is_over(enum trip_status status)
{
    return status >= TRIP_COMPLETED;
}

#define TRIP_APPROACHING_DEFAULT_M 500.0
#define TRIP_EXPIRES_DEFAULT_US    (INT64_C(24) * 3600 * 1000000)

// Borrowed bytes.
struct trip {
    struct bytes id;
    uint32_t collection;
    struct bytes collection_name, object;
    enum trip_status status;
    struct bytes fence;             // the destination's id; size 0: a point
    struct shape destination;       // its shape
    double approaching_m;           // near: within so many metres …
    int64_t approaching_us;         // … or by ETA within this time; 0: by distance alone
    int64_t scheduled_us;           // when it should arrive; 0: not said
    int64_t idle_us;                // expires after so long without a fix
    int64_t created_us, touched_us; // wall clock: made; last changed
    // Event times; 0: not yet.
    int64_t started_us, approaching_at_us, arrived_us, ended_us, fix_us;
    struct geo_point fix;
    double initial_m, remaining_m; // negative: no fix yet
    double travelled_m;            // along the fixes
    double pace_mps;               // smoothed; negative: not known
    struct bytes metadata;         // JSON object; size 0: none
};

void trip_encode(const struct trip *trip, struct buffer *out);
// Points into the bytes. Fails: CORRUPT, UNSUPPORTED.
MUST_USE enum status trip_decode(struct bytes bytes, struct trip *trip, struct fault *fault);

// Takes a fix of the object (speed negative: not said). What it brings about, as bits of
// 1U << enum trip_status: APPROACHING, ARRIVED. False when the trip does not listen (pending, over) or the fix
// is not newer.
bool trip_take(struct trip *trip, int64_t event_us, struct geo_point point, float speed_mps,
               unsigned *reached);
// Time until arrival; negative: not known.
int64_t trip_eta_us(const struct trip *trip);
double trip_progress(const struct trip *trip); // 0 to 1

// The JSON of /v1/trips.
void trip_write_json(const struct trip *trip, struct buffer *out);

#endif
