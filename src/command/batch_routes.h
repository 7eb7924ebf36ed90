// POST /v1/batch: lines of questions in, lines of answers out, while both go on.
#ifndef COMMAND_BATCH_ROUTES_H
#define COMMAND_BATCH_ROUTES_H

#include "command/route.h"

extern const struct route_table batch_routes;

#endif
