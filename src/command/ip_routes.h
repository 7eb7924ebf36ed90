// IP routes: where an address of the Internet is.
#ifndef COMMAND_IP_ROUTES_H
#define COMMAND_IP_ROUTES_H

#include "command/route.h"
#include "command/world.h"

extern const struct route_table ip_routes;

// Whose request it is: with `address` a trusted proxy's, the last address of X-Forwarded-For that is none.
void ip_forwarded_take(const struct world *world, struct bytes forwarded,
                       struct ip_address *address);

#endif
