#include "sys/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

// The first that holds an address is meant. IPv4 networks are written as they are mapped: a prefix of
// 8 bits is one of 104.
static const struct ip_special specials[] = {
    {"::ffff:0.0.0.0", 104, "reserved", "no address of a host"},
    {"::ffff:10.0.0.0", 104, "private", "a private address"},
    {"::ffff:100.64.0.0", 106, "shared", "a shared address of a provider"},
    {"::ffff:127.0.0.0", 104, "loopback", "a loopback address"},
    {"::ffff:168.63.129.16", 128, "metadata", "a metadata address"},
    {"::ffff:169.254.169.254", 128, "metadata", "a metadata address"},
    {"::ffff:169.254.0.0", 112, "link_local", "a link-local address"},
    {"::ffff:172.16.0.0", 108, "private", "a private address"},
    {"::ffff:192.0.0.0", 120, "reserved", "a protocol's address"},
    {"::ffff:192.0.2.0", 120, "documentation", "an address of documentation"},
    {"::ffff:192.88.99.0", 120, "reserved", "a relay's address"},
    {"::ffff:192.168.0.0", 112, "private", "a private address"},
    {"::ffff:198.18.0.0", 111, "reserved", "a benchmark's address"},
    {"::ffff:198.51.100.0", 120, "documentation", "an address of documentation"},
    {"::ffff:203.0.113.0", 120, "documentation", "an address of documentation"},
    {"::ffff:224.0.0.0", 100, "multicast", "a multicast address"},
    {"::ffff:240.0.0.0", 100, "reserved", "a reserved address"},
    {"::ffff:0:0", 96, NULL, NULL}, // the rest of IPv4 is public
    {"::1", 128, "loopback", "a loopback address"},
    {"::", 128, "reserved", "no address of a host"},
    {"fd00:ec2::", 32, "metadata", "a metadata address"},
    {"fc00::", 7, "private", "a private address"},
    {"fe80::", 10, "link_local", "a link-local address"},
    {"fec0::", 10, "private", "a private address"},
    {"ff00::", 8, "multicast", "a multicast address"},
    {"2001::", 23, "reserved", "a protocol's address"},
    {"2001:db8::", 32, "documentation", "an address of documentation"},
    {"2002::", 16, "reserved", "an address of a tunnel"},
    {"3fff::", 20, "documentation", "an address of documentation"},
    {"2000::", 3, NULL, NULL}, // global unicast
    {"::", 0, "reserved", "a reserved address"},
};

static void map_v4(const void *v4, struct ip_address *address)
{
    memset(address->bytes, 0, 10);
    address->bytes[10] = 0xff;
    address->bytes[11] = 0xff;
    memcpy(address->bytes + 12, v4, 4);
}

static void take_v6(const void *v6, struct ip_address *address)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    memcpy(address->bytes, v6, 16);
    if (memcmp(address->bytes, nat64, sizeof(nat64)) == 0) {
        map_v4((const uint8_t *)v6 + 12, address);
    }
}

bool ip_address_parse(struct bytes text, struct ip_address *address)
{
    char word[IP_TEXT_SIZE];
    struct in_addr v4;
    struct in6_addr v6;
    if (text.size == 0 || text.size >= sizeof(word) || memchr(text.data, 0, text.size) != NULL) {
        return false;
    }
    memcpy(word, text.data, text.size);
    word[text.size] = '\0';
    if (inet_pton(AF_INET, word, &v4) == 1) {
        map_v4(&v4, address);
        return true;
    }
    if (inet_pton(AF_INET6, word, &v6) != 1) {
        return false;
    }
    take_v6(&v6, address);
    return true;
}

bool ip_address_of(const struct sockaddr *socket, struct ip_address *address)
{
    if (socket->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, socket, sizeof(v4));
        map_v4(&v4.sin_addr, address);
        return true;
    }
    if (socket->sa_family != AF_INET6) {
        return false;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, socket, sizeof(v6));
    take_v6(&v6.sin6_addr, address);
    return true;
}

bool ip_address_is_v4(const struct ip_address *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

void ip_address_format(const struct ip_address *address, char text[IP_TEXT_SIZE])
{
    const bool is_v4 = ip_address_is_v4(address);
    if (inet_ntop(is_v4 ? AF_INET : AF_INET6, address->bytes + (is_v4 ? 12 : 0), text,
                  IP_TEXT_SIZE) == NULL) {
        text[0] = '\0';
    }
}

bool ip_address_is_within(const struct ip_address *address, const struct ip_address *network,
                          unsigned prefix)
{
    const unsigned whole = prefix / 8;
    if (memcmp(address->bytes, network->bytes, whole) != 0) {
        return false;
    }
    const unsigned rest = prefix % 8;
    return rest == 0 || (address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

struct ip_address ip_address_network(const struct ip_address *address, unsigned prefix)
{
    struct ip_address network = *address;
    for (unsigned i = 0; i < 16; i++) {
        const unsigned begin = 8 * i;
        const unsigned kept = prefix <= begin ? 0 : prefix - begin < 8 ? prefix - begin : 8;
        network.bytes[i] = (uint8_t)(network.bytes[i] & (0xff00U >> kept));
    }
    return network;
}

const struct ip_special *ip_special_of(const struct ip_address *address)
{
    size_t row = 0;
    for (;; row++) { // the last row holds every address
        struct ip_address network;
        if (inet_pton(AF_INET6, specials[row].network, network.bytes) == 1 &&
            ip_address_is_within(address, &network, specials[row].prefix)) {
            break;
        }
    }
    return specials[row].kind == NULL ? NULL : &specials[row];
}

bool ip_network_parse(struct bytes text, struct ip_network *network)
{
    const uint8_t *const slash = text.size == 0 ? NULL : memchr(text.data, '/', text.size);
    const size_t size = slash == NULL ? text.size : (size_t)(slash - text.data);
    if (!ip_address_parse((struct bytes){text.data, size}, &network->address)) {
        return false;
    }
    const unsigned width = memchr(text.data, ':', size) == NULL ? 32 : 128;
    unsigned prefix = width;
    if (slash != NULL) {
        const size_t digits = text.size - size - 1;
        for (size_t i = 1; i <= digits; i++) {
            if (slash[i] < '0' || slash[i] > '9' || digits > 3) {
                return false;
            }
            prefix = (i == 1 ? 0 : prefix * 10) + (unsigned)(slash[i] - '0');
        }
        if (digits == 0 || prefix > width) {
            return false;
        }
    }
    network->prefix = prefix + (128 - width);
    return true;
}

bool ip_networks_hold(const struct ip_network *networks, size_t count,
                      const struct ip_address *address)
{
    for (size_t i = 0; i < count; i++) {
        if (ip_address_is_within(address, &networks[i].address, networks[i].prefix)) {
            return true;
        }
    }
    return false;
}
