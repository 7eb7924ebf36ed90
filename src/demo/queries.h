// Queries: addresses as people write them, each with the object that answers it.
#ifndef DEMO_QUERIES_H
#define DEMO_QUERIES_H

#include "demo/world.h"

// An address with the tags its object has; absent ones are empty.
struct address {
    const struct settlement *settlement;
    const struct name *street;
    struct name number;
    bool has_city;
    bool has_postcode;
    bool is_common; // the city has more streets of that name: only a postcode tells them apart
    struct geo_point point;
};

struct queries {
    struct buffer lines; // drained by whoever owns it; a failed append latches
    unsigned scale;      // one address of so many times 30 is written
    struct demo_report *report;
};

// Adds a line for the object "demo:<type><id>", if it is its turn; `turn` is any number that differs
// between addresses.
void queries_add(struct queries *queries, const struct address *address, char type, int64_t id,
                 uint64_t turn);

#endif
