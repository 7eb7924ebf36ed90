#include "deliver/reach.h"

#include <string.h>

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
            if (!ip_network_parse(bytes_from_text(word),
                                  &opened.networks[opened.network_count++])) {
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

enum status reach_judge(const struct reach *reach, const struct sockaddr *address,
                        struct fault *fault)
{
    struct ip_address ip;
    if (!ip_address_of(address, &ip)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "hooks go to IPv4 and IPv6 addresses only");
    }
    if (ip_networks_hold(reach->networks, reach->network_count, &ip)) {
        return STATUS_OK;
    }
    const struct ip_special *const special = ip_special_of(&ip);
    if (special == NULL) {
        return STATUS_OK;
    }
    char text[IP_TEXT_SIZE];
    ip_address_format(&ip, text);
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "%s is %s: hooks go there only when the server is started with --hook-allow "
                     "%s or a network that holds it",
                     text, special->what, text);
}
