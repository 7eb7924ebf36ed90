// Address: where a server listens, as text and as the system takes it.
//
// "127.0.0.1:7070", "[::1]:7070", "localhost:7070", ":7070" (every interface). Names are not looked
// up, localhost is 127.0.0.1. Pure; any thread.
#ifndef SYS_ADDRESS_H
#define SYS_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
};

#define ADDRESS_TEXT_SIZE 56

// `where` begins the fault: "--http". Fails: OUT_OF_RANGE.
MUST_USE enum status address_parse(const char *text, const char *where, struct address *address,
                                   struct fault *fault);
void address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]);
// The host alone, without brackets.
void address_host_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

uint16_t address_port(const struct address *address);
void address_port_set(struct address *address, uint16_t port);
uint32_t address_size(const struct address *address);

// Only this machine can reach it.
bool address_is_loopback(const struct address *address);
// Every interface: 0.0.0.0 or [::].
bool address_is_any(const struct address *address);

#endif
