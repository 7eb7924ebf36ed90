// Late: addresses that found no street of their own name near, or name none.
//
// A street within 500 m of which another reading of the address's street name is a reading of its
// own ("St. John Street", "Saint John Street") takes the address. An address without any name goes
// to the nearest street within 100 m, so that a reverse question still finds it. The others make
// streets of their own.
#ifndef ATLAS_BUILD_LATE_H
#define ATLAS_BUILD_LATE_H

#include "atlas/build_locate.h"

// After the streets with lines were made. Fills world->late_rows, makes the last streets.
MUST_USE enum status build_late(struct world *world, struct fault *fault);

#endif
