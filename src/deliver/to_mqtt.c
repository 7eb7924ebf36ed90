#include <mosquitto.h>
#include <stdio.h>
#include <string.h>

#include "deliver/carrier.h"
#include "sys/clock.h"
#include "sys/connection.h"

// libmosquitto driven by our own thread: messages go out, acknowledgements (QoS 1, 2) come in, all
// inside send_parcel.

enum { STEP_MS = 50, KEEPALIVE_S = 30 };

struct to_mqtt {
    const struct sys *sys;
    struct mosquitto *client;
    int connect_code; // of the broker; -1: it has not answered yet
    struct parcel *parcel;
    int mids[HOOK_BATCH_MAX];
    size_t waiting;
};

static void on_connect(struct mosquitto *client, void *context, int code)
{
    (void)client;
    ((struct to_mqtt *)context)->connect_code = code;
}

static void on_publish(struct mosquitto *client, void *context, int mid)
{
    struct to_mqtt *const mqtt = context;
    (void)client;
    for (size_t i = 0; mqtt->parcel != NULL && i < mqtt->parcel->count; i++) {
        if (mqtt->mids[i] == mid && !mqtt->parcel->items[i].is_done) {
            mqtt->parcel->items[i].is_done = true;
            mqtt->waiting--;
            return;
        }
    }
}

static enum status judge(const void *context, const struct sockaddr *address, struct fault *fault)
{
    return reach_judge(context, address, fault);
}

static enum status broken(int code, const char *doing, struct fault *fault)
{
    return fault_set(fault, STATUS_IO, "%s the MQTT broker: %s", doing, mosquitto_strerror(code));
}

static void close_mqtt(void *context)
{
    struct to_mqtt *const mqtt = context;
    if (mqtt->client != NULL) {
        mqtt->parcel = NULL;
        (void)mosquitto_disconnect(mqtt->client);
        mosquitto_destroy(mqtt->client);
        mqtt->client = NULL;
    }
}

// The address is judged, and found to answer within the time: libmosquitto would wait for minutes.
static enum status probe(const struct carrier_context *carriers, const struct url *url,
                         int64_t timeout_us, char *resolved, struct fault *fault)
{
    const struct connection_gate gate = {.judge = judge, .context = carriers->reach};
    struct connection connection SCOPED(connection_close) = {0};
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", (unsigned)url->port);
    return connection_open_judged(url->host, port, timeout_us, &gate, resolved, &connection, fault);
}

static int set_up(struct to_mqtt *mqtt, const struct url *url)
{
    int code = MOSQ_ERR_SUCCESS;
    mosquitto_connect_callback_set(mqtt->client, on_connect);
    mosquitto_publish_callback_set(mqtt->client, on_publish);
    if (url->user[0] != '\0') {
        code = mosquitto_username_pw_set(mqtt->client, url->user,
                                         url->password[0] == '\0' ? NULL : url->password);
    }
    if (code == MOSQ_ERR_SUCCESS && url->has_tls) {
        const char *const authority = url->authority_file[0] == '\0' ? NULL : url->authority_file;
        const bool has_own = url->certificate_file[0] != '\0';
        code = mosquitto_tls_set(
            mqtt->client, authority, authority == NULL ? "/etc/ssl/certs" : NULL,
            has_own ? url->certificate_file : NULL, has_own ? url->key_file : NULL, NULL);
    }
    return code;
}

static enum status open_mqtt(void *context, const struct carrier_context *carriers,
                             const struct url *url, int64_t timeout_us, struct fault *fault)
{
    struct to_mqtt *const mqtt = context;
    char resolved[CONNECTION_ADDRESS_SIZE] = "";
    mqtt->sys = carriers->sys;
    mqtt->connect_code = -1;
    TRY(probe(carriers, url, timeout_us, resolved, fault));
    (void)mosquitto_lib_init();
    mqtt->client = mosquitto_new(NULL, true, mqtt);
    if (mqtt->client == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for an MQTT client");
    }
    int code = set_up(mqtt, url);
    if (code == MOSQ_ERR_SUCCESS) {
        // By number: a name could lead elsewhere the second time. With TLS its certificate tells.
        code = mosquitto_connect(mqtt->client, url->has_tls ? url->host : resolved, url->port,
                                 KEEPALIVE_S);
    }
    const int64_t until_us = sys_monotonic_us(carriers->sys) + timeout_us;
    while (code == MOSQ_ERR_SUCCESS && mqtt->connect_code == -1 &&
           sys_monotonic_us(carriers->sys) < until_us) {
        code = mosquitto_loop(mqtt->client, STEP_MS, 1);
    }
    if (code == MOSQ_ERR_SUCCESS && mqtt->connect_code == 0) {
        return STATUS_OK;
    }
    const int refused = mqtt->connect_code;
    close_mqtt(mqtt);
    return refused > 0 ? fault_set(fault, STATUS_IO, "the MQTT broker refused: %s",
                                   mosquitto_connack_string(refused))
           : code != MOSQ_ERR_SUCCESS
               ? broken(code, "connecting to", fault)
               : fault_set(fault, STATUS_IO, "the MQTT broker did not answer in time");
}

static enum status send_parcel(void *context, struct parcel *parcel, int64_t timeout_us,
                               struct fault *fault)
{
    struct to_mqtt *const mqtt = context;
    const int64_t until_us = sys_monotonic_us(mqtt->sys) + timeout_us;
    int code = MOSQ_ERR_SUCCESS;
    mqtt->parcel = parcel;
    mqtt->waiting = 0;
    memset(mqtt->mids, 0, sizeof(mqtt->mids));
    for (size_t i = 0; i < parcel->count && code == MOSQ_ERR_SUCCESS; i++) {
        const struct parcel_item *const item = &parcel->items[i];
        if (item->is_there) {
            mqtt->waiting++;
            code = mosquitto_publish(mqtt->client, &mqtt->mids[i], parcel->url.place,
                                     (int)item->body_size, parcel_body(parcel, item).data,
                                     (int)parcel->url.qos, parcel->url.is_retained);
        }
    }
    while (code == MOSQ_ERR_SUCCESS && mqtt->waiting != 0 &&
           sys_monotonic_us(mqtt->sys) < until_us) {
        code = mosquitto_loop(mqtt->client, STEP_MS, 1);
    }
    const bool is_whole = mqtt->waiting == 0;
    mqtt->parcel = NULL;
    if (code != MOSQ_ERR_SUCCESS) {
        return broken(code, "sending to", fault);
    }
    return is_whole
               ? STATUS_OK
               : fault_set(fault, STATUS_IO, "the MQTT broker did not acknowledge within %lld ms",
                           (long long)(timeout_us / 1000));
}

static void idle(void *context)
{
    struct to_mqtt *const mqtt = context;
    (void)mosquitto_loop(mqtt->client, 0, 1); // pings; a broken connection shows when it is used
}

const struct broker_kind to_mqtt_kind = {.name = "hooks mqtt",
                                         .size = sizeof(struct to_mqtt),
                                         .open = open_mqtt,
                                         .send = send_parcel,
                                         .idle = idle,
                                         .close = close_mqtt};
