#include <nats/nats.h>
#include <stdio.h>
#include <string.h>

#include "deliver/carrier.h"
#include "sys/clock.h"
#include "sys/connection.h"

// Core: messages and a PING behind them; the PONG says that the server has them. JetStream: each
// message asks for its acknowledgement on an inbox of ours. Not js_PublishAsync: in libnats 3.4 it
// has no time limit, and messages whose stream lost its leader wait for ever.

struct to_nats {
    const struct sys *sys;
    natsOptions *options;
    natsConnection *connection;
    natsInbox *inbox;
    natsSubscription *answers;
};

static enum status judge(const void *context, const struct sockaddr *address, struct fault *fault)
{
    return reach_judge(context, address, fault);
}

static enum status broken(natsStatus status, const char *doing, struct fault *fault)
{
    return fault_set(fault, STATUS_IO, "%s the NATS server: %s", doing, natsStatus_GetText(status));
}

static void close_nats(void *context)
{
    struct to_nats *const nats = context;
    natsSubscription_Destroy(nats->answers);
    natsInbox_Destroy(nats->inbox);
    if (nats->connection != NULL) {
        natsConnection_Close(nats->connection);
        natsConnection_Destroy(nats->connection);
    }
    natsOptions_Destroy(nats->options);
    memset(nats, 0, sizeof(*nats));
}

static natsStatus set_secrets(natsOptions *options, const struct url *url)
{
    natsStatus status = NATS_OK;
    if (url->user[0] != '\0') {
        status = natsOptions_SetUserInfo(options, url->user, url->password);
    }
    if (status == NATS_OK && url->token[0] != '\0') {
        status = natsOptions_SetToken(options, url->token);
    }
    if (status == NATS_OK && url->has_tls) {
        status = natsOptions_SetSecure(options, true);
        status = status == NATS_OK ? natsOptions_SetExpectedHostname(options, url->host) : status;
        if (status == NATS_OK && url->authority_file[0] != '\0') {
            status = natsOptions_LoadCATrustedCertificates(options, url->authority_file);
        }
        if (status == NATS_OK && url->certificate_file[0] != '\0') {
            status =
                natsOptions_LoadCertificatesChain(options, url->certificate_file, url->key_file);
        }
    }
    return status;
}

static natsStatus begin(struct to_nats *nats, const struct url *url, const char *server,
                        int64_t timeout_us)
{
    natsStatus status = natsOptions_Create(&nats->options);
#define NEXT(call) status = status == NATS_OK ? (call) : status
    NEXT(natsOptions_SetURL(nats->options, server));
    NEXT(natsOptions_SetTimeout(nats->options, timeout_us / 1000));
    // Connections are ours to make: each address is judged.
    NEXT(natsOptions_SetAllowReconnect(nats->options, false));
    NEXT(natsOptions_SetIgnoreDiscoveredServers(nats->options, true));
    NEXT(natsOptions_SetName(nats->options, "rhumb"));
    NEXT(set_secrets(nats->options, url));
    NEXT(natsConnection_Connect(&nats->connection, nats->options));
    NEXT(natsInbox_Create(&nats->inbox));
    char subject[128];
    (void)snprintf(subject, sizeof(subject), "%s.*", nats->inbox == NULL ? "" : nats->inbox);
    NEXT(natsConnection_SubscribeSync(&nats->answers, nats->connection, subject));
#undef NEXT
    return status;
}

static enum status open_nats(void *context, const struct carrier_context *carriers,
                             const struct url *url, int64_t timeout_us, struct fault *fault)
{
    struct to_nats *const nats = context;
    const struct connection_gate gate = {.judge = judge, .context = carriers->reach};
    char resolved[CONNECTION_ADDRESS_SIZE] = "";
    char server[CONNECTION_ADDRESS_SIZE + 24];
    char port[8];
    nats->sys = carriers->sys;
    (void)snprintf(port, sizeof(port), "%u", (unsigned)url->port);
    struct connection probe = {0};
    TRY(connection_open_judged(url->host, port, timeout_us, &gate, resolved, &probe, fault));
    connection_close(&probe);
    const bool is_v6 = strchr(resolved, ':') != NULL;
    (void)snprintf(server, sizeof(server), "nats://%s%s%s:%s", is_v6 ? "[" : "", resolved,
                   is_v6 ? "]" : "", port);
    const natsStatus status = begin(nats, url, server, timeout_us);
    if (status == NATS_OK) {
        return STATUS_OK;
    }
    const enum status failed = broken(status, "connecting to", fault);
    close_nats(nats);
    return failed;
}

static enum status send_core(struct to_nats *nats, struct parcel *parcel, int64_t timeout_us,
                             struct fault *fault)
{
    natsStatus status = NATS_OK;
    for (size_t i = 0; i < parcel->count && status == NATS_OK; i++) {
        const struct bytes body = parcel_body(parcel, &parcel->items[i]);
        if (parcel->items[i].is_there) {
            status = natsConnection_Publish(nats->connection, parcel->url.place, body.data,
                                            (int)body.size);
        }
    }
    if (status == NATS_OK) {
        status = natsConnection_FlushTimeout(nats->connection, timeout_us / 1000);
    }
    for (size_t i = 0; i < parcel->count && status == NATS_OK; i++) {
        parcel->items[i].is_done = parcel->items[i].is_there;
    }
    return status == NATS_OK ? STATUS_OK : broken(status, "sending to", fault);
}

static natsStatus ask(struct to_nats *nats, struct parcel *parcel, size_t index)
{
    const struct parcel_item *const item = &parcel->items[index];
    const struct bytes body = parcel_body(parcel, item);
    char reply[128];
    natsMsg *message = NULL;
    (void)snprintf(reply, sizeof(reply), "%s.%zu", nats->inbox, index);
    natsStatus status =
        natsMsg_Create(&message, parcel->url.place, reply, (const char *)body.data, (int)body.size);
    // The stream knows the id and drops what it has already.
    status = status == NATS_OK ? natsMsgHeader_Set(message, "Nats-Msg-Id", item->id) : status;
    status = status == NATS_OK ? natsConnection_PublishMsg(nats->connection, message) : status;
    natsMsg_Destroy(message);
    return status;
}

// {"stream":"S","seq":7} or {"error":{…}}.
static enum status take_answer(struct to_nats *nats, struct parcel *parcel, natsMsg *answer,
                               struct fault *fault)
{
    const char *const subject = natsMsg_GetSubject(answer);
    const struct bytes text = {.data = (const uint8_t *)natsMsg_GetData(answer),
                               .size = (size_t)natsMsg_GetDataLength(answer)};
    size_t index = 0;
    for (const char *at = subject + strlen(nats->inbox) + 1; *at >= '0' && *at <= '9'; at++) {
        index = index * 10 + (size_t)(*at - '0');
    }
    if (text.size == 0 || memmem(text.data, text.size, "\"error\"", 7) != NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "JetStream answered: %.*s",
                         (int)(text.size < 150 ? text.size : 150), (const char *)text.data);
    }
    if (index < parcel->count) {
        parcel->items[index].is_done = true;
    }
    return STATUS_OK;
}

static enum status send_stream(struct to_nats *nats, struct parcel *parcel, int64_t timeout_us,
                               struct fault *fault)
{
    const int64_t until_us = sys_monotonic_us(nats->sys) + timeout_us;
    natsStatus status = NATS_OK;
    size_t asked = 0;
    for (size_t i = 0; i < parcel->count && status == NATS_OK; i++) {
        if (parcel->items[i].is_there) {
            status = ask(nats, parcel, i);
            asked++;
        }
    }
    enum status first = STATUS_OK;
    for (size_t i = 0; i < asked && status == NATS_OK; i++) {
        const int64_t left_us = until_us - sys_monotonic_us(nats->sys);
        natsMsg *answer = NULL;
        status = natsSubscription_NextMsg(&answer, nats->answers, left_us > 0 ? left_us / 1000 : 0);
        if (status == NATS_OK) {
            struct fault own = {0};
            const enum status said = take_answer(nats, parcel, answer, &own);
            if (said != STATUS_OK && first == STATUS_OK) {
                first = said;
                *fault = own;
            }
            natsMsg_Destroy(answer);
        }
    }
    if (status == NATS_NO_RESPONDERS) {
        return fault_set(fault, STATUS_NOT_FOUND, "no JetStream stream listens on '%.100s'",
                         parcel->url.place);
    }
    return status == NATS_OK ? first : broken(status, "waiting for", fault);
}

static enum status send_parcel(void *context, struct parcel *parcel, int64_t timeout_us,
                               struct fault *fault)
{
    struct to_nats *const nats = context;
    return parcel->url.is_jetstream ? send_stream(nats, parcel, timeout_us, fault)
                                    : send_core(nats, parcel, timeout_us, fault);
}

const struct broker_kind to_nats_kind = {.name = "hooks nats",
                                         .size = sizeof(struct to_nats),
                                         .open = open_nats,
                                         .send = send_parcel,
                                         .close = close_nats};
