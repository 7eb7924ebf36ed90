#include "serve/guard.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "sys/file.h"

// Padded with zeros, so that comparing takes the same time for every key.
struct guard_key {
    uint8_t bytes[GUARD_KEY_SIZE_MAX];
    unsigned writes_per_s; // 0: no quota
    // When what was written would have been written at that rate: the generic cell rate algorithm
    // (ITU-T I.371, 1993). Shards take from it with compare and exchange, relaxed: it orders nothing.
    _Atomic int64_t paid_until_us;
};

enum { KEY_FILE_SIZE_MAX = 1 << 20 };

// Cuts " 1000/s" off a line. False when it is something else.
static bool take_quota(struct bytes *line, unsigned *writes_per_s)
{
    const uint8_t *const blank = memchr(line->data, ' ', line->size);
    if (blank == NULL) {
        return true;
    }
    const uint8_t *const end = line->data + line->size;
    const uint8_t *at = blank;
    uint64_t sum = 0;
    while (at < end && *at == ' ') {
        at++;
    }
    for (; at < end && *at >= '0' && *at <= '9' && sum < 100000000; at++) {
        sum = sum * 10 + (uint64_t)(*at - '0');
    }
    line->size = (size_t)(blank - line->data);
    *writes_per_s = (unsigned)sum;
    return sum != 0 && sum <= 1000000 && end - at == 2 && at[0] == '/' && at[1] == 's';
}

static enum status add_key(struct guard *guard, struct bytes line, const char *path, size_t number,
                           struct fault *fault)
{
    if (line.size == 0 || line.data[0] == '#') {
        return STATUS_OK;
    }
    unsigned writes_per_s = 0;
    if (!take_quota(&line, &writes_per_s)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s:%zu: what follows a key is its quota, for example 1000/s", path,
                         number);
    }
    bool is_visible = true;
    for (size_t i = 0; i < line.size; i++) {
        is_visible = is_visible && line.data[i] > ' ' && line.data[i] < 0x7f;
    }
    if (!is_visible || line.size < GUARD_KEY_SIZE_MIN || line.size > GUARD_KEY_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s:%zu: a key has %d to %d visible ASCII characters, for example from "
                         "openssl rand -hex 16",
                         path, number, GUARD_KEY_SIZE_MIN, GUARD_KEY_SIZE_MAX);
    }
    guard->keys[guard->key_count].writes_per_s = writes_per_s;
    memcpy(guard->keys[guard->key_count++].bytes, line.data, line.size);
    return STATUS_OK;
}

static enum status read_keys(struct guard *guard, struct memory_account *account, struct bytes text,
                             const char *path, struct fault *fault)
{
    size_t line_count = 1;
    for (size_t i = 0; i < text.size; i++) {
        line_count += text.data[i] == '\n' ? 1 : 0;
    }
    guard->keys = memory_take_zeroed(account, line_count, sizeof(*guard->keys));
    if (guard->keys == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory for %zu keys", path, line_count);
    }
    size_t begin = 0;
    for (size_t number = 1; begin < text.size; number++) {
        const uint8_t *const feed = memchr(text.data + begin, '\n', text.size - begin);
        const size_t end = feed == NULL ? text.size : (size_t)(feed - text.data);
        const bool has_return = end > begin && text.data[end - 1] == '\r';
        const struct bytes line = {.data = text.data + begin,
                                   .size = end - begin - (has_return ? 1 : 0)};
        TRY(add_key(guard, line, path, number, fault));
        begin = end + 1;
    }
    return guard->key_count != 0
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE, "%s: there is no key in it", path);
}

enum status guard_open(const struct sys *sys, struct memory_account *account, const char *key_file,
                       const char *host_names, struct guard *guard, struct fault *fault)
{
    *guard = (struct guard){.host_names = host_names};
    if (key_file == NULL) {
        return STATUS_OK;
    }
    struct buffer text SCOPED(buffer_free) = {.account = account};
    TRY(file_read_whole(sys, key_file, KEY_FILE_SIZE_MAX, &text, fault));
    const enum status status = read_keys(guard, account, buffer_bytes(&text), key_file, fault);
    if (status != STATUS_OK) {
        guard_close(guard);
    }
    return status;
}

void guard_close(struct guard *guard)
{
    memory_give(guard->keys);
    guard->keys = NULL;
    guard->key_count = 0;
}

unsigned guard_key_number(const struct guard *guard, struct bytes key)
{
    if (key.size < GUARD_KEY_SIZE_MIN || key.size > GUARD_KEY_SIZE_MAX) {
        return 0;
    }
    uint8_t padded[GUARD_KEY_SIZE_MAX] = {0};
    memcpy(padded, key.data, key.size);
    unsigned number = 0;
    for (size_t i = 0; i < guard->key_count; i++) {
        unsigned difference = 0;
        for (size_t at = 0; at < GUARD_KEY_SIZE_MAX; at++) {
            difference |= (unsigned)(padded[at] ^ guard->keys[i].bytes[at]);
        }
        const unsigned is_same = (difference - 1U) >> 31; // 1 for no difference, without a branch
        number |= (0 - is_same) & (unsigned)(i + 1);
    }
    return number;
}

bool guard_admits(const struct guard *guard, struct bytes key)
{
    return guard->keys == NULL || guard_key_number(guard, key) != 0;
}

bool guard_charge(struct guard *guard, unsigned number, uint64_t count, int64_t now_us)
{
    if (number == 0 || guard->keys == NULL || guard->keys[number - 1].writes_per_s == 0) {
        return true;
    }
    struct guard_key *const key = &guard->keys[number - 1];
    const int64_t cost_us = (int64_t)(count * 1000000 / key->writes_per_s);
    int64_t until_us = atomic_load_explicit(&key->paid_until_us, memory_order_relaxed);
    int64_t next_us;
    do {
        if (until_us > now_us + 1000000) {
            return false;
        }
        next_us = (until_us > now_us ? until_us : now_us) + cost_us;
    } while (!atomic_compare_exchange_weak_explicit(&key->paid_until_us, &until_us, next_us,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

struct bytes guard_bearer(struct bytes authorization)
{
    static const char scheme[] = "Bearer ";
    const size_t size = sizeof(scheme) - 1;
    if (authorization.size <= size ||
        strncasecmp((const char *)authorization.data, scheme, size) != 0) {
        return (struct bytes){0};
    }
    return (struct bytes){.data = authorization.data + size, .size = authorization.size - size};
}

static bool equals(struct bytes text, const char *name, size_t size)
{
    return text.size == size && strncasecmp((const char *)text.data, name, size) == 0;
}

static bool is_listed(const char *names, struct bytes host)
{
    while (names != NULL && *names != '\0') {
        const char *const end = strchrnul(names, ',');
        if (equals(host, names, (size_t)(end - names))) {
            return true;
        }
        names = *end == ',' ? end + 1 : end;
    }
    return false;
}

// The host as an address; false when it is a name.
static bool parse_number(struct bytes host, bool is_bracketed, struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    if (host.size >= sizeof(text)) {
        return false;
    }
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    *address = (struct address){0};
    address->socket.any.sa_family = is_bracketed ? AF_INET6 : AF_INET;
    void *const field =
        is_bracketed ? (void *)&address->socket.v6.sin6_addr : (void *)&address->socket.v4.sin_addr;
    return inet_pton(address->socket.any.sa_family, text, field) == 1;
}

static bool is_bound_to(const struct address *bound, const struct address *address)
{
    char one[ADDRESS_TEXT_SIZE];
    char other[ADDRESS_TEXT_SIZE];
    address_host_format(address, one);
    address_host_format(bound, other);
    return address_is_any(bound) || strcmp(one, other) == 0;
}

static bool is_bound(const struct guard *guard, const struct address *address)
{
    bool found = is_bound_to(&guard->bound, address);
    for (size_t i = 0; i < guard->more_bound_count && !found; i++) {
        found = is_bound_to(&guard->more_bound[i], address);
    }
    return found;
}

bool guard_knows_host(const struct guard *guard, struct bytes host)
{
    // The port goes: after the last colon, or after the bracket.
    const bool is_bracketed = host.size != 0 && host.data[0] == '[';
    const uint8_t *const end =
        host.size == 0 ? NULL : memrchr(host.data, is_bracketed ? ']' : ':', host.size);
    struct bytes name = host;
    if (end != NULL) {
        name.size = (size_t)(end - host.data);
    }
    if (is_bracketed) {
        if (end == NULL) {
            return false;
        }
        name.data++;
        name.size--;
    }
    struct address address;
    if (parse_number(name, is_bracketed, &address)) {
        return address_is_loopback(&address) || is_bound(guard, &address);
    }
    return equals(name, "localhost", 9) || is_listed(guard->host_names, name);
}

bool guard_knows_origin(struct bytes origin, struct bytes host)
{
    if (origin.size == 0) {
        return true;
    }
    const uint8_t *const mark = memmem(origin.data, origin.size, "://", 3);
    if (mark == NULL) {
        return false; // "null" is somebody's
    }
    const struct bytes authority = {.data = mark + 3,
                                    .size = origin.size - (size_t)(mark + 3 - origin.data)};
    const struct guard local = {0};
    return bytes_equal(authority, host) || guard_knows_host(&local, authority);
}
