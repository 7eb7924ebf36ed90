// Fences over HTTP (fence/fence.h): rules put, listed, tried, and run over stored history.
#ifndef COMMAND_FENCE_ROUTES_H
#define COMMAND_FENCE_ROUTES_H

#include "command/route.h"

extern const struct route_table fence_routes;

#endif
