// Track: what moving objects do: stops and moves, visits at fences, trips to a destination.
//
// Told of every fix by live (as an observer) and of every event by the fences (as their sink, which passes
// them on). Objects of collections that keep history are tracked. In the same turn as the fix that
// decides it, rows are written and events emitted:
//
//     TABLE_STOP  't' collection id                         the segmenter's state (track/segment.h)
//                 's' collection id-size id begin-time      a stop or a move that has ended
//                 'v' collection id-size id enter-time fence  a visit: leave time, 0 while it lasts
//     TABLE_TRIP  id                                        a trip (track/trip.h)
//
// Changes run on the ledger's thread; lists are late reads on a worker.
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include "fence/fence.h"
#include "track/segment.h"
#include "track/trip.h"

struct tracks;

struct track_settings {
    struct segment_settings segment;
    int64_t kept_us; // stops, moves and visits: 30 days
};
extern const struct track_settings track_defaults;

// Registers its stage and its observer; after live_new, before fences_new and ledger_open.
MUST_USE enum status tracks_new(struct ledger *ledger, struct live *live,
                                struct memory_account *account,
                                const struct track_settings *settings,
                                const struct fence_sink *sink, struct tracks **tracks,
                                struct fault *fault);
void tracks_free(struct tracks *tracks); // after ledger_close; NULL is accepted

// The `emit` of the sink that fences are given, with the tracks as its context.
void tracks_event(void *tracks, struct ledger_turn *turn, struct event *event);

// Trips, inside jobs. -------------------------------------------------------------------------------

// Adds or replaces a trip as it is; a new one that is started says so. Fails: BUSY when a trip with this
// id is under way and `is_new`; NO_MEMORY.
MUST_USE enum status track_trip_put(struct tracks *tracks, struct ledger_turn *turn,
                                    struct trip *trip, bool is_new, struct fault *fault);
// The trip under way; borrowed until the next change. False: none, or it is over.
bool track_trip_find(const struct tracks *tracks, struct bytes id, struct trip *trip);
// Changes the status to started, completed, canceled or expired. Fails: NOT_FOUND; OUT_OF_RANGE (not
// from where it is).
MUST_USE enum status track_trip_turn(struct tracks *tracks, struct ledger_turn *turn,
                                     struct bytes id, enum trip_status status, struct fault *fault);

// Erases a trip, over or not.
void track_trip_forget(struct tracks *tracks, struct ledger_turn *turn, struct bytes id);

// Erases what is known of where an object stopped, whom it visited, and its trips under way; those that are
// over are found with track_trips.
void track_purge(struct tracks *tracks, struct ledger_turn *turn, uint32_t collection,
                 struct bytes id);

// Late reads, on a worker. --------------------------------------------------------------------------

struct track_range {
    int64_t from_us, until_us; // of the beginning
};
typedef bool track_each_segment(void *context, const struct segment *segment, bool is_open);
// Stops and moves of an object in order of time, the open one last.
MUST_USE enum status track_segments(struct tracks *tracks, uint32_t collection, struct bytes id,
                                    const struct track_range *range, track_each_segment *each,
                                    void *context, struct fault *fault);
// The same computed anew from stored history, with settings of the asker's.
MUST_USE enum status track_segments_again(struct tracks *tracks, uint32_t collection,
                                          struct bytes id, const struct track_range *range,
                                          const struct segment_settings *settings,
                                          track_each_segment *each, void *context,
                                          struct fault *fault);
typedef bool track_each_visit(void *context, struct bytes fence, int64_t entered_us,
                              int64_t left_us);
MUST_USE enum status track_visits(struct tracks *tracks, uint32_t collection, struct bytes id,
                                  const struct track_range *range, track_each_visit *each,
                                  void *context, struct fault *fault);
typedef bool track_each_trip(void *context, const struct trip *trip);
// In order of id, after `after`.
MUST_USE enum status track_trips(struct tracks *tracks, struct bytes after, track_each_trip *each,
                                 void *context, struct fault *fault);
// One trip, over or not, as JSON. Fails: NOT_FOUND.
MUST_USE enum status track_trip_read(struct tracks *tracks, struct bytes id, struct buffer *out,
                                     struct fault *fault);

#endif
