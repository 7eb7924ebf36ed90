// Routes of trips (track/track.h).
#ifndef COMMAND_TRIP_ROUTES_H
#define COMMAND_TRIP_ROUTES_H

#include "command/route.h"

extern const struct route_table trip_routes;

#endif
