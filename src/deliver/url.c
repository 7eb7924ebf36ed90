#include "deliver/url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct scheme {
    const char *name;
    int scheme; // enum url_scheme; -1: one of Tile38's that we have not
    uint16_t port;
};

static const struct scheme schemes[] = {
    {"http", URL_HTTP, 80},     {"https", URL_HTTPS, 443}, {"mqtt", URL_MQTT, 1883},
    {"mqtts", URL_MQTTS, 8883}, {"nats", URL_NATS, 4222},  {"redis", URL_REDIS, 6379},
    {"kafka", URL_KAFKA, 9092}, {"local", URL_LOCAL, 0},   {"sqs", -1, 0},
    {"pubsub", -1, 0},          {"grpc", -1, 0},           {"amqp", -1, 0},
    {"amqps", -1, 0},           {"disque", -1, 0},         {"sb", -1, 0},
    {"Endpoint=sb", -1, 0},     {"cf-queue", -1, 0},       {"rediss", -1, 0},
};

static struct bytes part(struct bytes text, size_t begin, size_t end)
{
    return (struct bytes){.data = text.data + begin, .size = end - begin};
}

static size_t find(struct bytes text, char wanted)
{
    const uint8_t *const at = text.size == 0 ? NULL : memchr(text.data, wanted, text.size);
    return at == NULL ? text.size : (size_t)(at - text.data);
}

static int hex(uint8_t digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

// Undoes %XX (and '+' in queries) into a C string; false when it does not fit, is malformed or
// would hold a control character.
static bool unescape(struct bytes text, bool is_query, char *out, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; i < text.size; i++) {
        int byte = text.data[i];
        if (byte == '%') {
            const int high = i + 2 < text.size ? hex(text.data[i + 1]) : -1;
            const int low = i + 2 < text.size ? hex(text.data[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            byte = high * 16 + low;
            i += 2;
        } else if (byte == '+' && is_query) {
            byte = ' ';
        }
        if (byte < ' ' || byte == 0x7f || used + 1 >= capacity) {
            return false;
        }
        out[used++] = (char)byte;
    }
    out[used] = '\0';
    return true;
}

static bool parse_port(struct bytes text, uint16_t *port)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (i == 5 || text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *port = (uint16_t)value;
    return text.size != 0 && value != 0 && value <= UINT16_MAX;
}

static bool is_host(struct bytes text, bool is_v6)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const bool is_word = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                             (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
                             byte == '_';
        if (is_v6 ? hex(byte) < 0 && byte != ':' && byte != '.' : !is_word) {
            return false;
        }
    }
    return text.size != 0;
}

// HOST[:PORT], HOST in brackets when it is an IPv6 number.
static bool parse_host(struct bytes text, struct bytes *host, uint16_t *port)
{
    struct bytes rest;
    bool is_v6 = text.size != 0 && text.data[0] == '[';
    if (is_v6) {
        const size_t end = find(text, ']');
        if (end == text.size) {
            return false;
        }
        *host = part(text, 1, end);
        rest = part(text, end + 1, text.size);
    } else {
        const size_t end = find(text, ':');
        *host = part(text, 0, end);
        rest = part(text, end, text.size);
    }
    return is_host(*host, is_v6) &&
           (rest.size == 0 || (rest.data[0] == ':' && parse_port(part(rest, 1, rest.size), port)));
}

static bool parse_user(struct bytes text, struct url *url)
{
    const size_t colon = find(text, ':');
    return unescape(part(text, 0, colon), false, url->user, sizeof(url->user)) &&
           (colon == text.size || unescape(part(text, colon + 1, text.size), false, url->password,
                                           sizeof(url->password)));
}

// Kafka: several brokers, each with a port.
static bool parse_brokers(struct bytes text, struct url *url)
{
    size_t used = 0;
    while (text.size != 0) {
        const size_t end = find(text, ',');
        struct bytes host;
        uint16_t port = url->port;
        if (!parse_host(part(text, 0, end), &host, &port)) {
            return false;
        }
        const bool is_v6 = text.data[0] == '[';
        const int size = snprintf(url->host + used, sizeof(url->host) - used, "%s%s%.*s%s:%u",
                                  used == 0 ? "" : ",", is_v6 ? "[" : "", (int)host.size,
                                  (const char *)host.data, is_v6 ? "]" : "", (unsigned)port);
        used += (size_t)size;
        if (used >= sizeof(url->host)) {
            return false;
        }
        text = part(text, end == text.size ? end : end + 1, text.size);
    }
    return used != 0;
}

static bool parse_authority(struct bytes text, struct url *url)
{
    size_t at = text.size;
    while (at > 0 && text.data[at - 1] != '@') {
        at--;
    }
    if (at > 0 && !parse_user(part(text, 0, at - 1), url)) {
        return false;
    }
    const struct bytes hosts = part(text, at, text.size);
    if (url->scheme == URL_KAFKA) {
        return parse_brokers(hosts, url);
    }
    struct bytes host;
    if (!parse_host(hosts, &host, &url->port) || host.size >= sizeof(url->host)) {
        return false;
    }
    memcpy(url->host, host.data, host.size);
    url->host[host.size] = '\0';
    return true;
}

static bool truth(const char *text)
{
    return text[0] != '\0' && strchr("123456789yYtT", text[0]) != NULL;
}

static bool set_text(struct url *url, const char *name, const char *value)
{
    static const struct {
        const char *name;
        size_t offset, capacity;
    } rows[] = {
        {"user", offsetof(struct url, user), sizeof(url->user)},
        {"pass", offsetof(struct url, password), sizeof(url->password)},
        {"token", offsetof(struct url, token), sizeof(url->token)},
        {"cacert", offsetof(struct url, authority_file), sizeof(url->authority_file)},
        {"cert", offsetof(struct url, certificate_file), sizeof(url->certificate_file)},
        {"tlscert", offsetof(struct url, certificate_file), sizeof(url->certificate_file)},
        {"key", offsetof(struct url, key_file), sizeof(url->key_file)},
        {"tlskey", offsetof(struct url, key_file), sizeof(url->key_file)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(name, rows[i].name) == 0) {
            const size_t size = strlen(value);
            if (size < rows[i].capacity) {
                memcpy((char *)url + rows[i].offset, value, size + 1);
            }
            return size < rows[i].capacity;
        }
    }
    return true;
}

static bool set_option(struct url *url, const char *name, const char *value)
{
    if (strcmp(name, "qos") == 0) {
        url->qos = (unsigned)(value[0] - '0');
        return value[0] >= '0' && value[0] <= '2' && value[1] == '\0';
    }
    if (strcmp(name, "retained") == 0) {
        url->is_retained = value[0] == '1';
        return (value[0] == '0' || value[0] == '1') && value[1] == '\0';
    }
    if (strcmp(name, "maxlen") == 0) {
        url->length_max = 0;
        size_t i = 0;
        for (; value[i] >= '0' && value[i] <= '9' && i < 18; i++) {
            url->length_max = url->length_max * 10 + (uint64_t)(value[i] - '0');
        }
        return i != 0 && value[i] == '\0';
    }
    if (strcmp(name, "jetstream") == 0) {
        url->is_jetstream = truth(value);
    } else if (strcmp(name, "stream") == 0) {
        url->is_stream = truth(value);
    } else if (strcmp(name, "ssl") == 0 || strcmp(name, "tls") == 0 ||
               strcmp(name, "secure") == 0) {
        url->has_tls = url->has_tls || truth(value);
    } else if (strcmp(name, "auth") == 0) {
        url->has_sasl = strcmp(value, "sasl") == 0;
        url->has_tls = url->has_tls || strcmp(value, "tls") == 0;
    } else if (strcmp(name, "sha256") == 0 || strcmp(name, "sha512") == 0) {
        url->sasl_bits = !truth(value) ? url->sasl_bits : name[3] == '2' ? 256 : 512;
    }
    return set_text(url, name, value);
}

static enum status parse_query(struct bytes query, struct url *url, struct fault *fault)
{
    while (query.size != 0) {
        const size_t end = find(query, '&');
        const struct bytes pair = part(query, 0, end);
        const size_t equals = find(pair, '=');
        char name[32];
        char value[512];
        const struct bytes text = part(pair, equals == pair.size ? equals : equals + 1, pair.size);
        if (unescape(part(pair, 0, equals), true, name, sizeof(name)) &&
            (!unescape(text, true, value, sizeof(value)) || !set_option(url, name, value))) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "the option '%s' of this URL is malformed",
                             name);
        }
        query = part(query, end == query.size ? end : end + 1, query.size);
    }
    return STATUS_OK;
}

static enum status parse_place(struct bytes path, struct url *url, struct fault *fault)
{
    static const char *const words[] = {"path",    "path",    "topic", "topic",
                                        "subject", "channel", "topic", "channel"};
    struct bytes place = path;
    if (url->scheme != URL_MQTT && url->scheme != URL_MQTTS) {
        place = part(path, 0, find(path, '/')); // as Tile38 does: one word
    }
    if (!unescape(place, false, url->place, sizeof(url->place)) || url->place[0] == '\0') {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "this URL has no %s behind the host",
                         words[url->scheme]);
    }
    return STATUS_OK;
}

static enum status parse_scheme(struct bytes text, struct url *url, struct fault *fault)
{
    const struct bytes name = part(text, 0, find(text, ':'));
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (name.size == strlen(schemes[i].name) &&
            strncasecmp((const char *)name.data, schemes[i].name, name.size) == 0) {
            if (schemes[i].scheme < 0) {
                return fault_set(fault, STATUS_UNSUPPORTED,
                                 "%s: is not supported; use http, https, mqtt, mqtts, nats, redis, "
                                 "kafka or local",
                                 schemes[i].name);
            }
            *url = (struct url){
                .scheme = (enum url_scheme)schemes[i].scheme, .port = schemes[i].port, .qos = 1};
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "a URL begins with http, https, mqtt, mqtts, nats, redis, kafka or local "
                     "and ://");
}

static enum status parse_rest(struct bytes rest, struct url *url, struct fault *fault)
{
    const struct bytes before = part(rest, 0, find(rest, '?'));
    const struct bytes query = before.size == rest.size ? part(rest, rest.size, rest.size)
                                                        : part(rest, before.size + 1, rest.size);
    const size_t slash = find(before, '/');
    if (url->scheme == URL_LOCAL) {
        return parse_place(before, url, fault);
    }
    if (!parse_authority(part(before, 0, slash), url)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "this URL names no host and port like example.org:8080 or [2001:db8::1]");
    }
    if (url_is_http(url)) {
        return STATUS_OK;
    }
    url->has_tls = url->scheme == URL_MQTTS;
    TRY(parse_query(query, url, fault));
    return parse_place(part(before, slash == before.size ? slash : slash + 1, before.size), url,
                       fault);
}

enum status url_parse(struct bytes text, struct url *url, struct fault *fault)
{
    if (text.size > URL_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a URL has at most %d bytes", URL_SIZE_MAX);
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] == 0x7f) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "a URL has no spaces or control characters; escape them as %%20");
        }
    }
    struct url parsed;
    TRY(parse_scheme(text, &parsed, fault));
    const size_t colon = find(text, ':');
    if (text.size < colon + 3 || memcmp(text.data + colon, "://", 3) != 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the scheme of a URL is followed by ://");
    }
    TRY(parse_rest(part(text, colon + 3, text.size), &parsed, fault));
    *url = parsed;
    return STATUS_OK;
}

void url_show(struct bytes text, char *out, size_t size)
{
    const size_t query = find(text, '?');
    const size_t colon = find(text, ':');
    const size_t begin = colon + 3 < query ? colon + 3 : query;
    size_t slash = begin;
    size_t at = begin;
    for (; slash < query && text.data[slash] != '/'; slash++) {
        at = text.data[slash] == '@' ? slash + 1 : at;
    }
    (void)snprintf(out, size, "%.*s%.*s", (int)begin, (const char *)text.data, (int)(query - at),
                   (const char *)text.data + at);
}
