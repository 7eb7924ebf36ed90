// Subject: what a filter may ask of an object: its properties by name, and id, collection, geometry, time,
// arrival, expires, accuracy, speed, course, altitude. "properties.x" is a property whatever its name.
#ifndef COMMAND_LIVE_SUBJECT_H
#define COMMAND_LIVE_SUBJECT_H

#include "filter/filter.h"
#include "live/live.h"

struct subject {
    struct bytes id, collection;
    struct row row;
    uint8_t shape[ROW_SCRATCH_SIZE];
    struct filter_scratch scratch;
};

// For one object after the other: fill `row`, empty the scratch, and ask.
void subject_set(struct subject *subject, const struct object *object);
struct filter_subject subject_of(struct subject *subject, int64_t now_us);

#endif
