#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "deliver/backoff.h"
#include "deliver/carrier.h"
#include "sys/clock.h"
#include "sys/thread.h"

// One thread, one multi handle: HTTP/1.1 and 2, connections kept and shared between hooks.

enum { ANSWER_SIZE_MAX = 65536, SAMPLE_SIZE = 120, HANDLES_KEPT = 64, CONNECTIONS_KEPT = 256 };

struct transfer {
    struct to_http *http;
    struct parcel *parcel;
    CURL *easy;
    struct curl_slist *fields;
    char error[CURL_ERROR_SIZE];
    char refusal[200]; // of the address
    char sample[SAMPLE_SIZE + 1];
    size_t answer_size;
    bool is_over; // the answer is larger than we read
    struct transfer *next, *previous;
};

struct to_http {
    struct carrier_context context;
    CURLM *multi;
    struct thread thread;
    struct mailbox mailbox;
    struct message stop;
    struct transfer *transfers;
    CURL *idle[HANDLES_KEPT];
    size_t idle_count;
    int64_t stop_at_us; // monotonic; 0: not stopping
    int64_t grace_us;
    struct buffer signature;
};

static void wake(void *context)
{
    const struct to_http *const http = context;
    (void)curl_multi_wakeup(http->multi);
}

// What curl asks us. ---------------------------------------------------------------------------------

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *const transfer = context;
    struct fault fault = {0};
    if (purpose != CURLSOCKTYPE_IPCXN ||
        reach_judge(transfer->http->context.reach, &address->addr, &fault) != STATUS_OK) {
        (void)snprintf(transfer->refusal, sizeof(transfer->refusal), "%.199s", fault.text);
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct transfer *const transfer = context;
    const size_t taken = size * count;
    if (transfer->answer_size < SAMPLE_SIZE) {
        const size_t room = SAMPLE_SIZE - transfer->answer_size;
        memcpy(transfer->sample + transfer->answer_size, data, taken < room ? taken : room);
    }
    transfer->answer_size += taken;
    transfer->is_over = transfer->answer_size > ANSWER_SIZE_MAX;
    return transfer->is_over ? 0 : taken;
}

// Outcomes. ------------------------------------------------------------------------------------------

// What the receiver said, as far as it is text.
static void show_answer(const struct transfer *transfer, char out[SAMPLE_SIZE + 4])
{
    size_t used = 0;
    for (size_t i = 0; i < SAMPLE_SIZE && transfer->sample[i] != '\0'; i++) {
        const char letter = transfer->sample[i];
        out[used++] = letter >= ' ' && letter < 0x7f ? letter : ' ';
    }
    out[used] = '\0';
}

static void take_retry_after(const struct transfer *transfer)
{
    struct curl_header *field = NULL;
    int64_t wait_us = 0;
    const struct sys *const sys = transfer->http->context.sys;
    if (curl_easy_header(transfer->easy, "Retry-After", 0, CURLH_HEADER, -1, &field) == CURLHE_OK &&
        backoff_retry_after(bytes_from_text(field->value), sys_wall_us(sys), &wait_us)) {
        transfer->parcel->retry_after_us = wait_us;
    }
}

static void judge_answer(struct transfer *transfer, long status)
{
    struct parcel *const parcel = transfer->parcel;
    char answer[SAMPLE_SIZE + 4];
    parcel->http_status = (unsigned)status;
    if (status >= 200 && status < 300) {
        parcel_return(parcel, PARCEL_DELIVERED);
        return;
    }
    take_retry_after(transfer);
    show_answer(transfer, answer);
    if (status == 410) {
        (void)snprintf(parcel->reason, sizeof(parcel->reason), "the receiver answered 410 Gone");
        parcel_return(parcel, PARCEL_GONE);
    } else if (status >= 300 && status < 400) {
        parcel_fail(parcel, "the receiver answered %ld: redirects are not followed", status);
    } else {
        parcel_fail(parcel, "the receiver answered %ld%s%s", status, answer[0] == '\0' ? "" : ": ",
                    answer);
    }
}

static void end_transfer(struct transfer *transfer)
{
    struct to_http *const http = transfer->http;
    (void)curl_multi_remove_handle(http->multi, transfer->easy);
    curl_slist_free_all(transfer->fields);
    if (http->idle_count < HANDLES_KEPT) {
        curl_easy_reset(transfer->easy);
        http->idle[http->idle_count++] = transfer->easy;
    } else {
        curl_easy_cleanup(transfer->easy);
    }
    if (transfer->previous == NULL) {
        http->transfers = transfer->next;
    } else {
        transfer->previous->next = transfer->next;
    }
    if (transfer->next != NULL) {
        transfer->next->previous = transfer->previous;
    }
    memory_give(transfer);
}

static void take_result(struct transfer *transfer, CURLcode code)
{
    struct parcel *const parcel = transfer->parcel;
    long status = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->refusal[0] != '\0') {
        parcel_fail(parcel, "%s", transfer->refusal);
    } else if (code == CURLE_OK || (transfer->is_over && status != 0)) {
        judge_answer(transfer, status);
    } else {
        parcel_fail(parcel, "%s",
                    transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
    }
    end_transfer(transfer);
}

// Beginning. -----------------------------------------------------------------------------------------

static bool add_field(struct transfer *transfer, const char *name, const char *value)
{
    char line[4096];
    const int size = snprintf(line, sizeof(line), "%s: %s", name, value);
    struct curl_slist *const longer =
        size < 0 || (size_t)size >= sizeof(line) ? NULL : curl_slist_append(transfer->fields, line);
    transfer->fields = longer == NULL ? transfer->fields : longer;
    return longer != NULL;
}

static bool add_signature(struct transfer *transfer)
{
    struct to_http *const http = transfer->http;
    struct parcel *const parcel = transfer->parcel;
    const struct hook_settings *const settings = parcel->settings;
    const int64_t now_s = sys_wall_us(http->context.sys) / 1000000;
    char id[PARCEL_ID_SIZE + 1];
    char time[24];
    parcel_id(parcel, id);
    (void)snprintf(time, sizeof(time), "%lld", (long long)now_s);
    buffer_clear(&http->signature);
    sign_write(settings->keys, settings->secrets.count, bytes_from_text(id), now_s,
               buffer_bytes(&parcel->body), &http->signature);
    buffer_append_u8(&http->signature, 0);
    return buffer_status(&http->signature) == STATUS_OK && add_field(transfer, "webhook-id", id) &&
           add_field(transfer, "webhook-timestamp", time) &&
           (settings->secrets.count == 0 ||
            add_field(transfer, "webhook-signature", (const char *)http->signature.data));
}

static bool add_fields(struct transfer *transfer)
{
    const struct hook_settings *const settings = transfer->parcel->settings;
    bool is_whole = add_field(transfer, "Content-Type", "application/json") &&
                    add_field(transfer, "Expect", "") && // no waiting for 100 Continue
                    (settings->is_tile38 || add_signature(transfer));
    for (size_t i = 0; i + 1 < settings->headers.count && is_whole; i += 2) {
        is_whole = add_field(
            transfer, (const char *)hook_settings_word(settings, settings->headers, i).data,
            (const char *)hook_settings_word(settings, settings->headers, i + 1).data);
    }
    return is_whole;
}

static bool set_options(struct transfer *transfer)
{
    const struct parcel *const parcel = transfer->parcel;
    CURL *const easy = transfer->easy;
    char agent[64];
    (void)snprintf(agent, sizeof(agent), "rhumb/%s", transfer->http->context.version);
    const char *const url = (const char *)hook_settings_word(
                                parcel->settings, parcel->settings->urls, parcel->url_index)
                                .data;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
#define SET(option, value) \
    code = code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_##option, (value)) : code
    SET(PROTOCOLS_STR, "http,https");
    SET(FOLLOWLOCATION, 0L);
    SET(PROXY, ""); // whatever the environment says: the address is judged
    SET(NOSIGNAL, 1L);
    SET(USERAGENT, agent);
    SET(HTTPHEADER, transfer->fields);
    SET(POSTFIELDSIZE_LARGE, (curl_off_t)parcel->body.size);
    SET(POSTFIELDS, (const char *)parcel->body.data); // stays where it is until the end
    SET(TIMEOUT_MS, (long)(parcel->settings->timeout_us / 1000));
    SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(PIPEWAIT, 1L);
    SET(OPENSOCKETFUNCTION, open_socket);
    SET(OPENSOCKETDATA, transfer);
    SET(WRITEFUNCTION, take_answer);
    SET(WRITEDATA, transfer);
    SET(ERRORBUFFER, transfer->error);
    SET(PRIVATE, transfer);
    SET(TCP_KEEPALIVE, 1L);
    SET(DNS_CACHE_TIMEOUT, 30L);
#undef SET
    return code == CURLE_OK;
}

static void begin_transfer(struct to_http *http, struct parcel *parcel)
{
    struct transfer *const transfer =
        memory_take_zeroed(http->context.account, 1, sizeof(*transfer));
    if (transfer == NULL) {
        parcel_fail(parcel, "no memory for another request");
        return;
    }
    transfer->http = http;
    transfer->parcel = parcel;
    transfer->easy = http->idle_count != 0 ? http->idle[--http->idle_count] : curl_easy_init();
    transfer->next = http->transfers;
    if (transfer->next != NULL) {
        transfer->next->previous = transfer;
    }
    http->transfers = transfer;
    if (transfer->easy == NULL || !add_fields(transfer) || !set_options(transfer) ||
        curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK) {
        parcel_fail(parcel, "no memory for another request");
        end_transfer(transfer);
    }
}

static void on_parcel(struct message *message)
{
    struct parcel *const parcel =
        (struct parcel *)(void *)((char *)message - offsetof(struct parcel, message));
    begin_transfer(parcel->carrier, parcel);
}

void to_http_send(struct to_http *http, struct parcel *parcel)
{
    parcel->carrier = http;
    parcel->message.deliver = on_parcel;
    mailbox_send(&http->mailbox, &parcel->message);
}

// The thread. ----------------------------------------------------------------------------------------

static void take_results(struct to_http *http)
{
    int left = 0;
    for (CURLMsg *said = curl_multi_info_read(http->multi, &left); said != NULL;
         said = curl_multi_info_read(http->multi, &left)) {
        if (said->msg == CURLMSG_DONE) {
            char *transfer = NULL;
            const CURLcode code = said->data.result;
            (void)curl_easy_getinfo(said->easy_handle, CURLINFO_PRIVATE, &transfer);
            take_result((struct transfer *)(void *)transfer, code);
        }
    }
}

static bool is_stopped(const struct to_http *http)
{
    return http->stop_at_us != 0 &&
           (http->transfers == NULL || sys_monotonic_us(http->context.sys) >= http->stop_at_us);
}

static void run(void *context)
{
    enum { PATIENCE_MS = 1000, STOPPING_MS = 20, MAIL = 1 << 16 };
    struct to_http *const http = context;
    while (!is_stopped(http)) {
        int running = 0;
        (void)mailbox_deliver(&http->mailbox, MAIL);
        (void)curl_multi_perform(http->multi, &running);
        take_results(http);
        (void)curl_multi_poll(http->multi, NULL, 0,
                              http->stop_at_us == 0 ? PATIENCE_MS : STOPPING_MS, NULL);
    }
    (void)mailbox_deliver(&http->mailbox, SIZE_MAX);
    while (http->transfers != NULL) {
        parcel_fail(http->transfers->parcel, "the server is stopping");
        end_transfer(http->transfers);
    }
}

enum status to_http_start(const struct carrier_context *context, struct to_http **http,
                          struct fault *fault)
{
    struct to_http *const made = memory_take_zeroed(context->account, 1, sizeof(*made));
    if (made == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        memory_give(made);
        return fault_set(fault, STATUS_NO_MEMORY, "libcurl could not be begun");
    }
    made->context = *context;
    made->signature.account = context->account;
    made->multi = curl_multi_init();
    mailbox_begin(&made->mailbox, wake, made);
    if (made->multi == NULL) {
        memory_give(made);
        return fault_set(fault, STATUS_NO_MEMORY, "libcurl could not be begun");
    }
    (void)curl_multi_setopt(made->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    (void)curl_multi_setopt(made->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    const enum status status = thread_start(&made->thread, "hooks http", run, made, fault);
    if (status != STATUS_OK) {
        (void)curl_multi_cleanup(made->multi);
        memory_give(made);
        return status;
    }
    *http = made;
    return STATUS_OK;
}

static void on_stop(struct message *message)
{
    struct to_http *const http =
        (struct to_http *)(void *)((char *)message - offsetof(struct to_http, stop));
    http->stop_at_us = sys_monotonic_us(http->context.sys) + http->grace_us + 1;
}

void to_http_stop(struct to_http *http, int64_t grace_us)
{
    if (http == NULL) {
        return;
    }
    http->grace_us = grace_us;
    http->stop.deliver = on_stop;
    mailbox_send(&http->mailbox, &http->stop);
    thread_join(&http->thread);
    while (http->idle_count != 0) {
        curl_easy_cleanup(http->idle[--http->idle_count]);
    }
    (void)curl_multi_cleanup(http->multi);
    buffer_free(&http->signature);
    memory_give(http);
}
