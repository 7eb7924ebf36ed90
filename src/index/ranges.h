// Ranges: which documents lie in a region, as ranges of their numbers.
//
// Documents of a layer are numbered in the order of the leaf cells of their pins. The few cells that
// cover a region are ranges of leaf cells, so what lies in them are as few ranges of numbers. A
// covering is larger than its region: who needs the region exactly asks each document again.
//
// Nothing allocates; any thread.
#ifndef INDEX_RANGES_H
#define INDEX_RANGES_H

#include "geo/cell.h"
#include "geo/cover.h"

#define RANGES_MAX 8

struct range {
    uint32_t first; // index in the table
    uint32_t end;   // one past the last
};

// A region as the cells that cover it, ascending.
struct ranges_region {
    struct cover_cell cells[RANGES_MAX];
    size_t count;
};

// What lies within `radius_m` of the centre.
struct ranges_region ranges_region_cap(struct geo_point centre, double radius_m);

// The ranges of a table of ascending leaf cells, entries [first, end) of it, that lie in the region:
// ascending, apart, none empty. Writes at most RANGES_MAX and returns how many there are.
unsigned ranges_in_region(const uint64_t *cells, struct range table,
                          const struct ranges_region *region, struct range ranges[RANGES_MAX]);

#endif
