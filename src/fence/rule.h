// Rule: what a fence is: area, whose positions, what is announced, and when.
//
// A row of TABLE_FENCE is an encoded rule, keyed by the fence's id; what a decoded rule borrows lies in the
// row. Rules come as JSON (rule_read), and go out as JSON or as a Feature of GeoJSON.
// docs/fences.md says what every member means. Pure; any thread.
#ifndef FENCE_RULE_H
#define FENCE_RULE_H

#include "base/buffer.h"
#include "event/event.h"
#include "fence/member.h"
#include "fence/schedule.h"
#include "geo/shape.h"

enum rule_area {
    RULE_SHAPE,      // polygon, rectangle, circle, line, any group of them
    RULE_PLACE,      // of the atlas: its shape is copied when the fence is put
    RULE_COLLECTION, // every object of a collection is a fence
    RULE_NEAR,       // within radius_m of objects of a collection that match
};
enum rule_accuracy {
    RULE_ACCURACY_IGNORE,
    RULE_ACCURACY_EXPAND,     // inside when the circle of its accuracy touches the area
    RULE_ACCURACY_CONFIDENCE, // inside when enough of the circle is
};

enum {
    RULE_ID_SIZE_MAX = 256,
    RULE_TAGS_MAX = 64,
    RULE_METADATA_SIZE_MAX = 16384,
    RULE_EVENTS_DEFAULT = 1 << EVENT_ENTER | 1 << EVENT_EXIT,
    RULE_EVENTS_ALL = 1 << EVENT_ENTER | 1 << EVENT_EXIT | 1 << EVENT_INSIDE | 1 << EVENT_OUTSIDE |
                      1 << EVENT_CROSS | 1 << EVENT_DWELL | 1 << EVENT_APPROACH | 1 << EVENT_ROAM,
};
#define RULE_LATENESS_US    (INT64_C(60) * 1000 * 1000)
#define RULE_DISTANCE_MAX_M 1e6 // exit distance, approach, near

struct rule {
    struct bytes id;
    enum rule_area area;
    struct shape shape;           // of SHAPE and PLACE
    struct bytes place;           // the atlas's id
    struct bytes area_collection; // of COLLECTION and NEAR
    struct bytes area_match;      // of NEAR: glob; empty: all
    double radius_m;              // of NEAR

    struct bytes collection; // of the subjects
    struct bytes match;      // glob of their ids; empty: all
    struct bytes filter;     // CQL2 text; empty: none

    struct member_rule member; // events, dwell, confirmation, cool-down
    double exit_distance_m;    // 0: none
    double approach_m;
    enum rule_accuracy accuracy;
    unsigned confidence_min;             // 1 to 3; of CONFIDENCE
    double speed_min_mps, speed_max_mps; // negative: none
    int64_t lateness_us;
    struct schedule schedule;
    int64_t expires_us; // wall clock; 0: never

    struct bytes tags;       // (size u8, text) each
    struct bytes properties; // names of fields that go into events: (size u8, text) each
    struct bytes metadata;   // JSON object; empty: none
};

struct rule rule_new(void); // the defaults

// Lists of (size u8, text). False at the end.
MUST_USE bool rule_list_next(struct bytes *list, struct bytes *item);
bool rule_list_holds(struct bytes list, struct bytes item);

void rule_encode(const struct rule *rule, struct buffer *out);
// What is decoded points into the row. Fails: CORRUPT, UNSUPPORTED.
MUST_USE enum status rule_decode(struct bytes row, struct rule *rule, struct fault *fault);

// JSON of PUT /v1/fences/{id}, or a Feature of a bulk import. What the rule borrows lies in `text` and in
// `space`; the latter's owner keeps both as long as the rule. `is_initial` is what the body's
// "initial" says. Fails: OUT_OF_RANGE with a sentence that names the member.
MUST_USE enum status rule_read(struct bytes text, struct memory_account *account, struct rule *rule,
                               bool *is_initial, struct buffer *space, struct fault *fault);
// The same members back; as a Feature, the area is its geometry and the rest its properties.
void rule_write_json(const struct rule *rule, struct buffer *out);
void rule_write_feature(const struct rule *rule, struct buffer *out);

#endif
