// Hooks over HTTP: where events are delivered (deliver/deliver.h).
#ifndef COMMAND_HOOK_ROUTES_H
#define COMMAND_HOOK_ROUTES_H

#include "command/route.h"

extern const struct route_table hook_routes;

#endif
