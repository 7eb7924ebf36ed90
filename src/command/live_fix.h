// Fix: a position report as devices send it, in the dialects that are spoken.
//
//     ours       {"id":"truck-7","lat":47.14,"lon":9.52,"time":…,"accuracy":5,"speed":12.5,"course":270,
//                 "altitude":455,"properties":{…}}, or a Feature whose geometry is a point
//     OwnTracks  {"_type":"location","lat":…,"lon":…,"tst":1700000000,"acc":…,"vel":…,"cog":…,"alt":…,…}:
//                vel is km/h, tst seconds; other members become properties
//     OsmAnd     ?id=…&lat=…&lon=…&timestamp=…&speed=…&bearing=…&altitude=…&accuracy=…&batt=…, of Traccar's
//                clients: speed is knots
//
// Inside: metres, metres per second, degrees, microseconds since 1970.
#ifndef COMMAND_LIVE_FIX_H
#define COMMAND_LIVE_FIX_H

#include "command/call.h"

struct fix_report {
    struct bytes id;
    double lat_deg, lng_deg;
    bool has_altitude;
    double altitude_m;
    bool has_time;
    int64_t event_us;
    float accuracy_m, speed_mps, course_deg; // negative: not known
    struct bytes properties;                 // JSON text of an object; size 0: none
};

// Borrows from `text`, which is JSON, and from the call's memory. Fails: OUT_OF_RANGE with a sentence
// that names the member; NO_MEMORY.
MUST_USE enum status fix_read(struct call *call, struct bytes text, struct fix_report *fix,
                              struct fault *fault);

// `device` names the object where the report does not: its topic does ("owntracks/USER/DEVICE"), else
// what the request says of itself, else its tracker id. NOT_FOUND for other types than locations, which are
// nothing to us.
MUST_USE enum status fix_read_owntracks(struct call *call, struct bytes text, struct bytes device,
                                        struct fix_report *fix, struct fault *fault);

// Parameters of OsmAnd, by name; what is not of the position becomes a property.
MUST_USE enum status fix_read_osmand(struct call *call, const struct parameter *rows, size_t count,
                                     const struct value *values, struct fix_report *fix,
                                     struct fault *fault);

// The text of an id, which is a JSON text or number. Fails: OUT_OF_RANGE, NO_MEMORY.
MUST_USE enum status fix_read_id(struct call *call, struct bytes json, struct bytes *id,
                                 struct fault *fault);

#endif
