// IP routes: where an address of the Internet is.
#ifndef COMMAND_IP_ROUTES_H
#define COMMAND_IP_ROUTES_H

#include "command/route.h"

extern const struct route_table ip_routes;

#endif
