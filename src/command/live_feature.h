// Feature: an object of a collection as GeoJSON, both ways.
//
//     {"type":"Feature","id":"truck-7","geometry":{…},"properties":{…},
//      "time":"2026-11-21T14:30:00Z","accuracy":5,"speed":12.5,"course":270,"expires":"…"}
//
// `time` is when the position was measured (RFC 3339 or milliseconds since 1970), accuracy is metres,
// speed metres per second, course degrees clockwise from north; all may be left out. Properties become
// the object's fields. Bodies are checked whole before they are read; errors are sentences that name
// the member.
#ifndef COMMAND_LIVE_FEATURE_H
#define COMMAND_LIVE_FEATURE_H

#include "codec/json_write.h"
#include "live/live.h"

// Is it one JSON value, whole? Fails: CORRUPT with where and what.
MUST_USE enum status feature_check_json(struct bytes text, struct memory_account *account,
                                        struct fault *fault);

// What a body says of an object; members that are not there are not set. Borrows from the body and
// from `shapes` (which must not move: read all, then use).
struct live_feature {
    struct bytes id;         // JSON text, a string or number; size 0: none
    struct bytes geometry;   // JSON text; size 0: none
    struct bytes properties; // JSON text of an object; size 0: none
    bool has_time, has_expires, has_accuracy, has_speed, has_course;
    bool clears_expires; // "expires": null
    int64_t event_us, expires_us;
    float accuracy_m, speed_mps, course_deg;
};

// Reads a Feature, or a bare geometry, out of text that is JSON. Fails: OUT_OF_RANGE naming the member.
MUST_USE enum status feature_read(struct bytes text, struct live_feature *feature,
                                  struct fault *fault);

// Sets kind, place and shape of a row from a geometry, whose shape is appended to `shape`.
MUST_USE enum status feature_read_geometry(struct bytes geometry, struct memory_account *account,
                                           struct row *row, struct buffer *shape,
                                           struct fault *fault);
// The row's place as a point of doubles.
MUST_USE enum status feature_set_point(struct row *row, double lng_deg, double lat_deg,
                                       struct fault *fault);

// Appends the members of a JSON object as fields of a row, sorted by name, over those of `before`
// (encoded fields; what `properties` says null of goes). Fails: OUT_OF_RANGE, NO_MEMORY.
MUST_USE enum status feature_merge_fields(struct bytes before, struct bytes properties,
                                          struct memory_account *account, struct buffer *fields,
                                          struct fault *fault);

// Sets the times and the motion that are given.
void feature_set_rest(const struct live_feature *feature, struct row *row);

// Writes an object as a Feature. `wanted`: only these properties, comma-separated; size 0: all.
// `distance_m` is a member when it is not negative.
void feature_write(struct json_writer *json, struct bytes id, const struct row *row,
                   struct bytes wanted, double distance_m);
// "time":"…", when it is not 0.
void feature_write_time(struct json_writer *json, struct bytes key, int64_t time_us);

#endif
