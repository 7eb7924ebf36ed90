// Reach: which addresses a hook may connect to.
//
// Whoever may write a hook makes this server send requests; without a limit they would reach what
// only this machine sees: databases on loopback, neighbours in private networks, the cloud's
// metadata. Everything that is not a public unicast address is refused (IANA's special-purpose
// registries for IPv4 and IPv6, RFC 6890) unless the operator names its network. An IPv4 address
// inside an IPv6 one (mapped, NAT64) is judged as what it is.
//
// Judged is the address a connection is about to be made to, after names are resolved, every time.
// Immutable once open; any thread.
#ifndef DELIVER_REACH_H
#define DELIVER_REACH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/attributes.h"
#include "base/status.h"
#include "sys/ip.h"

enum { REACH_NETWORKS_MAX = 64 };

struct reach {
    struct ip_network networks[REACH_NETWORKS_MAX];
    unsigned network_count;
};

// `allowed`: networks like 10.0.0.0/8 or fd00::/8 or single addresses, comma-separated; NULL: none.
// Fails: OUT_OF_RANGE naming the flag and the word.
MUST_USE enum status reach_open(const char *allowed, struct reach *reach, struct fault *fault);

// OK, or OUT_OF_RANGE: then the fault names the address, what it is and the flag that allows it.
MUST_USE enum status reach_judge(const struct reach *reach, const struct sockaddr *address,
                                 struct fault *fault);

#endif
