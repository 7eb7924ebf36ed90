// Segment: a stream of fixes cut into stops and moves.
//
// A stop is a stay within a radius for at least a duration (stay points: Li, Zheng, Xie, Chen, Liu, Ma,
// "Mining user similarity based on location history", GIS 2008); what lies between two stops is a move.
//
//     candidate --all fixes since the anchor within the radius, for the duration--> stop
//     stop --two fixes running outside the radius round its middle--> move, from the last fix inside
//     any --no fix for longer than the gap--> ends at its last fix; begins anew
//
// One fix outside is an outlier and is passed over. The middle of a stop is the mean of its fixes. All
// is decided fix by fix from a state of fixed size, in whole numbers and sums in the order of the
// fixes: the same fixes give the same segments, whether they come one by one over days or from a
// file at once. Pure; one thread a state.
#ifndef TRACK_SEGMENT_H
#define TRACK_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "geo/point.h"

struct segment_settings {
    double radius_m;
    int64_t duration_us;
    int64_t gap_us;
};
extern const struct segment_settings segment_defaults; // 70 m, 140 s, 30 minutes

enum segment_kind { SEGMENT_STOP, SEGMENT_MOVE };

struct segment {
    enum segment_kind kind;
    int64_t begin_us, end_us;  // event time; of an open stop the end is its last fix
    struct geo_point from, to; // of a stop both are its middle
    double distance_m;         // along the fixes; of a stop 0
    uint32_t fix_count;
    bool ends_in_gap;
};

// What a fix brings about, in this order.
struct segment_changes {
    unsigned ended_count; // stops and moves
    struct segment ended[2];
    bool has_begun; // a stop, which is open: `begun`
    struct segment begun;
};

enum segment_phase {
    SEGMENT_EMPTY,
    SEGMENT_MOVING, // or not yet known to stand
    SEGMENT_STANDING,
};

// The state between fixes; zeroed, nothing was seen.
struct segmenter {
    enum segment_phase phase;
    int64_t last_us;
    struct geo_point last;
    // The candidate, or the stop: fixes within the radius of the anchor, or of their middle.
    int64_t since_us, inside_us;
    struct geo_point anchor, inside; // `inside`: the last fix within
    int64_t lng_sum_e7, lat_sum_e7;  // of turns from the anchor
    uint32_t inside_count;
    bool has_outlier; // one fix outside; the next one decides
    int64_t outlier_us;
    struct geo_point outlier;
    // The move under way.
    int64_t moved_us; // when it began
    struct geo_point moved_from;
    double moved_m, moved_to_anchor_m; // along the fixes, to the last and to the anchor
    uint32_t moved_count, moved_to_anchor_count;
};

// Takes the next fix. False when it was not newer than the last: it is passed over.
bool segmenter_take(struct segmenter *segmenter, const struct segment_settings *settings,
                    int64_t event_us, struct geo_point point, struct segment_changes *changes);
// What is open as it stands: a stop, or a move of two fixes and more.
bool segmenter_open(const struct segmenter *segmenter, struct segment *segment);

// The state as bytes, for a row, and back. Fails: CORRUPT, UNSUPPORTED.
void segmenter_encode(const struct segmenter *segmenter, struct buffer *out);
MUST_USE enum status segmenter_decode(struct bytes bytes, struct segmenter *segmenter,
                                      struct fault *fault);

#endif
