// Routes of stops, moves and visits (track/track.h).
#ifndef COMMAND_SEGMENT_ROUTES_H
#define COMMAND_SEGMENT_ROUTES_H

#include "command/route.h"

extern const struct route_table segment_routes;

// True, and the call is answered, when nothing is kept that could be listed late (--data :memory:).
bool segments_refuse_volatile(struct call *call);

#endif
