#include "sys/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *port)
{
    uint32_t value = 0;
    size_t size = 0;
    for (; text[size] >= '0' && text[size] <= '9' && size < 5; size++) {
        value = value * 10 + (uint32_t)(text[size] - '0');
    }
    *port = (uint16_t)value;
    return size != 0 && text[size] == '\0' && value <= UINT16_MAX;
}

static bool parse_host(const char *host, bool is_bracketed, struct address *address)
{
    if (is_bracketed) {
        address->socket.v6.sin6_family = AF_INET6;
        return inet_pton(AF_INET6, host, &address->socket.v6.sin6_addr) == 1;
    }
    address->socket.v4.sin_family = AF_INET;
    if (host[0] == '\0') {
        address->socket.v4.sin_addr.s_addr = htonl(INADDR_ANY);
        return true;
    }
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                     &address->socket.v4.sin_addr) == 1;
}

enum status address_parse(const char *text, const char *where, struct address *address,
                          struct fault *fault)
{
    const char *const colon = strrchr(text, ':');
    char host[ADDRESS_TEXT_SIZE] = "";
    struct address parsed = {0};
    uint16_t port = 0;
    if (colon != NULL && (size_t)(colon - text) < sizeof(host) && parse_port(colon + 1, &port)) {
        const size_t size = (size_t)(colon - text);
        const bool is_bracketed = size >= 2 && text[0] == '[' && text[size - 1] == ']';
        memcpy(host, text + (is_bracketed ? 1 : 0), size - (is_bracketed ? 2 : 0));
        if (parse_host(host, is_bracketed, &parsed)) {
            address_port_set(&parsed, port);
            *address = parsed;
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "%s: '%s' is not an address and a port like 127.0.0.1:7070 or [::1]:7070",
                     where, text);
}

void address_host_format(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
    const bool is_v6 = address->socket.any.sa_family == AF_INET6;
    const void *const host = is_v6 ? (const void *)&address->socket.v6.sin6_addr
                                   : (const void *)&address->socket.v4.sin_addr;
    if (inet_ntop(address->socket.any.sa_family, host, text, ADDRESS_TEXT_SIZE) == NULL) {
        text[0] = '\0';
    }
}

void address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
    char host[ADDRESS_TEXT_SIZE];
    address_host_format(address, host);
    const bool is_v6 = address->socket.any.sa_family == AF_INET6;
    (void)snprintf(text, ADDRESS_TEXT_SIZE, is_v6 ? "[%.46s]:%u" : "%.46s:%u", host,
                   (unsigned)address_port(address));
}

uint16_t address_port(const struct address *address)
{
    return ntohs(address->socket.any.sa_family == AF_INET6 ? address->socket.v6.sin6_port
                                                           : address->socket.v4.sin_port);
}

void address_port_set(struct address *address, uint16_t port)
{
    if (address->socket.any.sa_family == AF_INET6) {
        address->socket.v6.sin6_port = htons(port);
    } else {
        address->socket.v4.sin_port = htons(port);
    }
}

uint32_t address_size(const struct address *address)
{
    return address->socket.any.sa_family == AF_INET6 ? sizeof(address->socket.v6)
                                                     : sizeof(address->socket.v4);
}

bool address_is_loopback(const struct address *address)
{
    if (address->socket.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
    }
    return ntohl(address->socket.v4.sin_addr.s_addr) >> 24 == 127;
}

bool address_is_any(const struct address *address)
{
    if (address->socket.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_UNSPECIFIED(&address->socket.v6.sin6_addr);
    }
    return address->socket.v4.sin_addr.s_addr == htonl(INADDR_ANY);
}
