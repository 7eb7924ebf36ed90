// The live API: collections, objects, positions in and out.
#ifndef COMMAND_LIVE_ROUTES_H
#define COMMAND_LIVE_ROUTES_H

#include "command/route.h"

extern const struct route_table live_routes;

#endif
