#include "deliver/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct special {
    const char *network;
    unsigned prefix; // of the network as IPv6
    const char *what;
};

// IPv4 networks are written as they are mapped: a prefix of 8 bits is one of 104.
static const struct special specials[] = {
    {"::ffff:0.0.0.0", 104, "no address of a host"},
    {"::ffff:10.0.0.0", 104, "a private address"},
    {"::ffff:100.64.0.0", 106, "a shared address of a provider"},
    {"::ffff:127.0.0.0", 104, "a loopback address"},
    {"::ffff:168.63.129.16", 128, "a metadata address"},
    {"::ffff:169.254.169.254", 128, "a metadata address"},
    {"::ffff:169.254.0.0", 112, "a link-local address"},
    {"::ffff:172.16.0.0", 108, "a private address"},
    {"::ffff:192.0.0.0", 120, "a protocol's address"},
    {"::ffff:192.0.2.0", 120, "an address of documentation"},
    {"::ffff:192.88.99.0", 120, "a relay's address"},
    {"::ffff:192.168.0.0", 112, "a private address"},
    {"::ffff:198.18.0.0", 111, "a benchmark's address"},
    {"::ffff:198.51.100.0", 120, "an address of documentation"},
    {"::ffff:203.0.113.0", 120, "an address of documentation"},
    {"::ffff:224.0.0.0", 100, "a multicast address"},
    {"::ffff:240.0.0.0", 100, "a reserved address"},
    {"::ffff:0:0", 96, NULL}, // the rest of IPv4 is public
    {"::1", 128, "a loopback address"},
    {"::", 128, "no address of a host"},
    {"fd00:ec2::", 32, "a metadata address"},
    {"fc00::", 7, "a private address"},
    {"fe80::", 10, "a link-local address"},
    {"fec0::", 10, "a private address"},
    {"ff00::", 8, "a multicast address"},
    {"2001::", 23, "a protocol's address"},
    {"2001:db8::", 32, "an address of documentation"},
    {"2002::", 16, "an address of a tunnel"},
    {"3fff::", 20, "an address of documentation"},
    {"2000::", 3, NULL}, // global unicast
    {"::", 0, "a reserved address"},
};

static bool is_within(const uint8_t address[16], const uint8_t network[16], unsigned prefix)
{
    const unsigned whole = prefix / 8;
    if (memcmp(address, network, whole) != 0) {
        return false;
    }
    const unsigned rest = prefix % 8;
    return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
}

static void map_v4(const void *v4, uint8_t address[16])
{
    memset(address, 0, 10);
    address[10] = 0xff;
    address[11] = 0xff;
    memcpy(address + 12, v4, 4);
}

static bool parse_network(const char *text, struct reach_network *network)
{
    char host[64];
    const char *const slash = strchr(text, '/');
    const size_t size = slash == NULL ? strlen(text) : (size_t)(slash - text);
    if (size == 0 || size >= sizeof(host)) {
        return false;
    }
    memcpy(host, text, size);
    host[size] = '\0';
    struct in_addr v4;
    const bool is_v4 = inet_pton(AF_INET, host, &v4) == 1;
    if (is_v4) {
        map_v4(&v4, network->address);
    } else if (inet_pton(AF_INET6, host, network->address) != 1) {
        return false;
    }
    const unsigned width = is_v4 ? 32 : 128;
    unsigned prefix = width;
    if (slash != NULL) {
        const char *digit = slash + 1;
        for (prefix = 0; *digit >= '0' && *digit <= '9' && digit - slash <= 3; digit++) {
            prefix = prefix * 10 + (unsigned)(*digit - '0');
        }
        if (digit == slash + 1 || *digit != '\0' || prefix > width) {
            return false;
        }
    }
    network->prefix = prefix + (128 - width);
    return true;
}

enum status reach_open(const char *allowed, struct reach *reach, struct fault *fault)
{
    struct reach opened = {0};
    const char *rest = allowed == NULL ? "" : allowed;
    while (*rest != '\0') {
        char word[64];
        const size_t size = strcspn(rest, ", ");
        if (size != 0) {
            if (opened.network_count == REACH_NETWORKS_MAX) {
                return fault_set(fault, STATUS_OUT_OF_RANGE,
                                 "--hook-allow: at most %d networks can be named",
                                 REACH_NETWORKS_MAX);
            }
            memcpy(word, rest, size < sizeof(word) ? size : 0);
            word[size < sizeof(word) ? size : 0] = '\0';
            if (!parse_network(word, &opened.networks[opened.network_count++])) {
                return fault_set(fault, STATUS_OUT_OF_RANGE,
                                 "--hook-allow: '%.*s' is not a network like 10.0.0.0/8, fd00::/8 "
                                 "or 127.0.0.1",
                                 (int)(size < 80 ? size : 80), rest);
            }
        }
        rest += size + (rest[size] == '\0' ? 0 : 1);
    }
    *reach = opened;
    return STATUS_OK;
}

// The address as 16 bytes; IPv4 inside NAT64's prefix (RFC 6052) as the IPv4 address it reaches.
static bool bytes_of(const struct sockaddr *address, uint8_t bytes[16])
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        map_v4(&v4.sin_addr, bytes);
        return true;
    }
    if (address->sa_family != AF_INET6) {
        return false;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof(v6));
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    memcpy(bytes, &v6.sin6_addr, 16);
    if (memcmp(bytes, nat64, sizeof(nat64)) == 0) {
        map_v4((const uint8_t *)&v6.sin6_addr + 12, bytes);
    }
    return true;
}

static void name_of(const uint8_t bytes[16], char text[INET6_ADDRSTRLEN])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool is_v4 = memcmp(bytes, mapped, sizeof(mapped)) == 0;
    if (inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? bytes + 12 : bytes, text, INET6_ADDRSTRLEN) ==
        NULL) {
        text[0] = '\0';
    }
}

enum status reach_judge(const struct reach *reach, const struct sockaddr *address,
                        struct fault *fault)
{
    uint8_t bytes[16];
    if (!bytes_of(address, bytes)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "hooks go to IPv4 and IPv6 addresses only");
    }
    for (unsigned i = 0; i < reach->network_count; i++) {
        if (is_within(bytes, reach->networks[i].address, reach->networks[i].prefix)) {
            return STATUS_OK;
        }
    }
    size_t row = 0;
    for (;; row++) { // the last row holds every address
        uint8_t network[16];
        if (inet_pton(AF_INET6, specials[row].network, network) == 1 &&
            is_within(bytes, network, specials[row].prefix)) {
            break;
        }
    }
    if (specials[row].what == NULL) {
        return STATUS_OK;
    }
    char text[INET6_ADDRSTRLEN];
    name_of(bytes, text);
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "%s is %s: hooks go there only when the server is started with --hook-allow "
                     "%s or a network that holds it",
                     text, specials[row].what, text);
}
