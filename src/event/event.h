// Event: what happened, as a record that is stored, delivered and replayed; and the fix it came from.
//
// Every event has a number (`sequence`, 1, 2, 3 … without gaps, over the whole server), an id made from
// it that never changes ("evt_", the server's random number and the sequence in base 32), and the JSON
// that consumers get. The row in TABLE_EVENT is keyed by the sequence, big-endian; its value is what
// event_encode writes (formats/data.md).
// Pure; any thread.
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "geo/point.h"

// A position report.
struct fix {
    struct geo_point point;
    int64_t event_us;                        // when it was measured
    int64_t arrival_us;                      // when it was taken in
    float accuracy_m, speed_mps, course_deg; // negative: not known
};

// How far ahead of the server's clock a fix may say it was measured.
#define FIX_AHEAD_MAX_US (INT64_C(300) * 1000 * 1000)
// A fix from further in the future is taken as measured when it arrived. True when it was.
bool fix_bound(struct fix *fix);

enum event_kind {
    EVENT_ENTER,
    EVENT_EXIT,
    EVENT_INSIDE,
    EVENT_OUTSIDE,
    EVENT_CROSS,
    EVENT_DWELL,
    EVENT_APPROACH,
    EVENT_ROAM, // nearby / faraway
    EVENT_STOP,
    EVENT_TRIP_STARTED,
    EVENT_TRIP_APPROACHING,
    EVENT_TRIP_ARRIVED,
    EVENT_TRIP_ENDED,
    EVENT_TILE38, // a message of a SETHOOK: `payload` is delivered as it is
    EVENT_TEST,
};
#define EVENT_KIND_COUNT 15
const char *event_kind_name(enum event_kind kind);
// False when no kind has that name.
MUST_USE bool event_kind_find(struct bytes name, enum event_kind *kind);

// Borrowed bytes.
struct event {
    uint64_t sequence;
    enum event_kind kind;
    struct bytes collection, object, fence; // names and ids
    struct bytes other;                     // the other object of a roam
    int64_t event_us, arrival_us;
    struct geo_point point;
    unsigned confidence; // 1 to 3; 0: not computed
    int64_t dwell_us;    // of dwell and exit
    double distance_m;   // of approach and roam; negative: none
    uint8_t flags;       // EVENT_LATE, EVENT_FUTURE, EVENT_INITIAL
    struct bytes
        reason; // of an exit: "moved" "conditions" "schedule" "deleted" "expired" "dropped"
                // "fence_changed" "fence_removed" "fence_expired"
    struct bytes payload; // JSON text: properties asked for, or Tile38's message
};
enum { EVENT_LATE = 1, EVENT_FUTURE = 2, EVENT_INITIAL = 4 };

void event_encode(const struct event *event, struct buffer *out);
// What is decoded points into `bytes`. Fails: CORRUPT; UNSUPPORTED for another version.
MUST_USE enum status event_decode(struct bytes bytes, struct event *event, struct fault *fault);
// The JSON consumers get. Members that say nothing are left out, and the id of what has no sequence.
//   {"id":"evt_…","sequence":7,"type":"enter","collection":"vans","object":"van1","fence":"depot",
//    "time":"…Z","received":"…Z","lat":47.1,"lon":9.5,"confidence":3,"late":true,"properties":{…}}
// An EVENT_TILE38 is its message, as it is.
void event_write_json(const struct event *event, uint64_t server, struct buffer *out);

#define EVENT_ID_SIZE 31 // "evt_", 13 of the server, "_", 13 of the sequence
void event_id_format(uint64_t server, uint64_t sequence, char id[EVENT_ID_SIZE + 1]);
// False when the text is no id of this server's.
MUST_USE bool event_id_parse(struct bytes id, uint64_t server, uint64_t *sequence);

#endif
