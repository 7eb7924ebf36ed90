// IP: an address of either family as sixteen bytes, and what the registries say of it.
//
// IPv4 is kept as it is mapped into IPv6, ::ffff:a.b.c.d; so is one inside NAT64's prefix (RFC 6052).
// Pure; any thread.
#ifndef SYS_IP_H
#define SYS_IP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/bytes.h"

struct ip_address {
    uint8_t bytes[16];
};

#define IP_TEXT_SIZE 46

// "81.2.69.142", "2001:db8::1", "::ffff:81.2.69.142". False: it is no address.
bool ip_address_parse(struct bytes text, struct ip_address *address);
// False: of another family.
bool ip_address_of(const struct sockaddr *socket, struct ip_address *address);
bool ip_address_is_v4(const struct ip_address *address);
void ip_address_format(const struct ip_address *address, char text[IP_TEXT_SIZE]);

// `prefix` counts the bits of IPv6: 10.0.0.0/8 has 104.
bool ip_address_is_within(const struct ip_address *address, const struct ip_address *network,
                          unsigned prefix);
// All bits behind the prefix zero.
struct ip_address ip_address_network(const struct ip_address *address, unsigned prefix);

struct ip_network {
    struct ip_address address;
    unsigned prefix; // bits of IPv6, 0 to 128
};
// "10.0.0.0/8", "fd00::/8" or a single address. False: it is none.
bool ip_network_parse(struct bytes text, struct ip_network *network);
bool ip_networks_hold(const struct ip_network *networks, size_t count,
                      const struct ip_address *address);

// Addresses that are no public hosts (IANA's special-purpose registries, RFC 6890).
struct ip_special {
    const char *network;
    unsigned prefix;  // of the network as IPv6
    const char *kind; // "private", "loopback", "link_local" …
    const char *what; // "a private address"
};
// NULL: a public address.
const struct ip_special *ip_special_of(const struct ip_address *address);

#endif
