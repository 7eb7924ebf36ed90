#include "cli/replication.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "codec/json_read.h"
#include "sys/file.h"

enum {
    STATE_SIZE_MAX = 64 << 10,
    CHANGES_SIZE_MAX = 1 << 30,
    NAME_SIZE_MAX = 4096,
    STALL_S = 60, // without a byte
    CONNECT_TIMEOUT_S = 30,
    REDIRECTS_MAX = 5,
};

static bool is_url(const char *place)
{
    return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

enum status replication_open(const struct sys *sys, struct memory_account *account,
                             const char *place, struct replication *replication,
                             struct fault *fault)
{
    *replication = (struct replication){.sys = sys, .account = account, .place = place};
    if (!is_url(place)) {
        return STATUS_OK;
    }
    replication->curl = curl_easy_init();
    return replication->curl != NULL
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory to fetch from %s", place);
}

void replication_close(struct replication *replication)
{
    if (replication->curl != NULL) {
        curl_easy_cleanup(replication->curl);
        replication->curl = NULL;
    }
}

// What a transfer goes into.
struct download {
    struct buffer *out;
    size_t limit_size;
    bool is_too_long;
};

static size_t bytes_take(char *data, size_t size, size_t count, void *context)
{
    struct download *const download = context;
    const size_t all = size * count;
    if (all > download->limit_size - download->out->size) {
        download->is_too_long = true;
        return 0;
    }
    buffer_append(download->out, data, all);
    return download->out->failed ? 0 : all;
}

static enum status url_fetch(const struct replication *replication, const char *url,
                             struct download *download, struct fault *fault)
{
    CURL *const curl = replication->curl;
    long code = 0;
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "rhumb");
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, bytes_take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, download);
    const CURLcode result = curl_easy_perform(curl);
    if (download->is_too_long) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s is larger than %zu bytes", url,
                         download->limit_size);
    }
    if (result != CURLE_OK) {
        return fault_set(fault, STATUS_IO, "%s: %s", url, curl_easy_strerror(result));
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    if (code == 404) {
        return fault_set(fault, STATUS_NOT_FOUND, "%s is not there", url);
    }
    return code == 200 ? STATUS_OK : fault_set(fault, STATUS_IO, "%s answered with %ld", url, code);
}

static enum status file_fetch(const struct replication *replication, const char *name,
                              size_t limit_size, struct buffer *out, struct fault *fault)
{
    char path[NAME_SIZE_MAX];
    const size_t size = strlen(replication->place);
    const bool has_slash = size != 0 && replication->place[size - 1] == '/';
    if ((size_t)snprintf(path, sizeof(path), "%s%s%s", replication->place, has_slash ? "" : "/",
                         name) >= sizeof(path)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: the address is too long",
                         replication->place);
    }
    if (replication->curl == NULL) {
        return file_read_whole(replication->sys, path, limit_size, out, fault);
    }
    struct download download = {.out = out, .limit_size = limit_size};
    return url_fetch(replication, path, &download, fault);
}

// --- States ---

// The value of a line "KEY=VALUE"; empty without one.
static struct bytes value_of(struct bytes text, const char *key)
{
    const size_t key_size = strlen(key);
    while (text.size != 0) {
        const uint8_t *const end = memchr(text.data, '\n', text.size);
        const size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        if (size > key_size && memcmp(text.data, key, key_size) == 0 &&
            text.data[key_size] == '=') {
            size_t value_size = size - key_size - 1;
            value_size -= value_size != 0 && text.data[size - 1] == '\r';
            return (struct bytes){.data = text.data + key_size + 1, .size = value_size};
        }
        const size_t taken = size + (end != NULL);
        text.data += taken;
        text.size -= taken;
    }
    return (struct bytes){0};
}

bool replication_state_parse(struct bytes text, struct replication_state *state)
{
    const struct bytes number = value_of(text, "sequenceNumber");
    const struct bytes escaped = value_of(text, "timestamp"); // 2021-10-28T20\:21\:09Z
    uint8_t plain[64];
    size_t size = 0;
    int64_t sequence = 0;
    int64_t time_us = 0;
    for (size_t i = 0; i < escaped.size && size < sizeof(plain); i++) {
        if (escaped.data[i] != '\\') {
            plain[size++] = escaped.data[i];
        }
    }
    if (!json_number_scaled(number, 0, &sequence) || sequence < 0 || sequence > 999999999 ||
        !date_parse_rfc3339((struct bytes){plain, size}, &time_us)) {
        return false;
    }
    *state =
        (struct replication_state){.sequence = (uint64_t)sequence, .time_s = time_us / 1000000};
    return true;
}

static enum status state_fetch(const struct replication *replication, const char *name,
                               struct replication_state *state, struct fault *fault)
{
    struct buffer text SCOPED(buffer_free) = {.account = replication->account};
    TRY(file_fetch(replication, name, STATE_SIZE_MAX, &text, fault));
    return replication_state_parse(buffer_bytes(&text), state)
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT,
                           "%s/%s has no lines sequenceNumber=… and timestamp=…",
                           replication->place, name);
}

enum status replication_last(const struct replication *replication, struct replication_state *state,
                             struct fault *fault)
{
    return state_fetch(replication, "state.txt", state, fault);
}

static void name_of(uint64_t sequence, const char *end, char name[REPLICATION_NAME_SIZE])
{
    const unsigned number = (unsigned)(sequence % 1000000000);
    (void)snprintf(name, REPLICATION_NAME_SIZE, "%03u/%03u/%03u.%s", number / 1000000,
                   number / 1000 % 1000, number % 1000, end);
}

enum status replication_state_of(const struct replication *replication, uint64_t sequence,
                                 struct replication_state *state, struct fault *fault)
{
    char name[REPLICATION_NAME_SIZE];
    name_of(sequence, "state.txt", name);
    TRY(state_fetch(replication, name, state, fault));
    return state->sequence == sequence
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT, "%s/%s says it is of number %" PRIu64,
                           replication->place, name, state->sequence);
}

enum status replication_changes(const struct replication *replication, uint64_t sequence,
                                struct buffer *file, char name[REPLICATION_NAME_SIZE],
                                struct fault *fault)
{
    name_of(sequence, "osc.gz", name);
    return file_fetch(replication, name, CHANGES_SIZE_MAX, file, fault);
}
