#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "deliver/carrier.h"
#include "sys/clock.h"

// librdkafka's idempotent producer: what it acknowledges is in the partition once and in order; the
// key of a message is the object, so an object's events stay in one partition.

struct to_kafka {
    const struct sys *sys;
    const struct reach *reach;
    rd_kafka_t *producer;
    struct parcel *parcel;
    size_t waiting;
    pthread_mutex_t lock; // librdkafka's threads write the two texts
    char refusal[200];    // of an address; "": none
    char trouble[200];    // the last error it told of
};

static int connect_judged(int descriptor, const struct sockaddr *address, int size, const char *id,
                          void *context)
{
    struct to_kafka *const kafka = context;
    struct fault fault = {0};
    (void)id;
    if (reach_judge(kafka->reach, address, &fault) != STATUS_OK) {
        (void)pthread_mutex_lock(&kafka->lock);
        (void)snprintf(kafka->refusal, sizeof(kafka->refusal), "%.199s", fault.text);
        (void)pthread_mutex_unlock(&kafka->lock);
        return EACCES;
    }
    return connect(descriptor, address, (socklen_t)size) == 0 || errno == EINPROGRESS ? 0 : errno;
}

static void on_error(rd_kafka_t *producer, int error, const char *reason, void *context)
{
    struct to_kafka *const kafka = context;
    (void)producer;
    (void)error;
    (void)pthread_mutex_lock(&kafka->lock);
    (void)snprintf(kafka->trouble, sizeof(kafka->trouble), "%.199s", reason);
    (void)pthread_mutex_unlock(&kafka->lock);
}

static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context)
{
    struct to_kafka *const kafka = context;
    (void)producer;
    if (kafka->parcel != NULL && message->_private != NULL) {
        struct parcel_item *const item = message->_private;
        item->is_done = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        kafka->waiting--;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        on_error(producer, (int)message->err, rd_kafka_err2str(message->err), context);
    }
}

static bool set(rd_kafka_conf_t *settings, const char *name, const char *value, struct fault *fault)
{
    char text[256] = "";
    if (rd_kafka_conf_set(settings, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK) {
        return true;
    }
    (void)fault_set(fault, STATUS_OUT_OF_RANGE, "Kafka: %.200s", text);
    return false;
}

static bool set_secrets(rd_kafka_conf_t *settings, const struct url *url, struct fault *fault)
{
    static const char *const protocols[2][2] = {{"plaintext", "ssl"},
                                                {"sasl_plaintext", "sasl_ssl"}};
    const bool has_sasl = url->has_sasl || url->user[0] != '\0';
    bool is_set = set(settings, "security.protocol", protocols[has_sasl][url->has_tls], fault);
    if (has_sasl) {
        is_set = is_set &&
                 set(settings, "sasl.mechanisms",
                     url->sasl_bits == 256   ? "SCRAM-SHA-256"
                     : url->sasl_bits == 512 ? "SCRAM-SHA-512"
                                             : "PLAIN",
                     fault) &&
                 set(settings, "sasl.username", url->user, fault) &&
                 set(settings, "sasl.password", url->password, fault);
    }
    if (url->authority_file[0] != '\0') {
        is_set = is_set && set(settings, "ssl.ca.location", url->authority_file, fault);
    }
    if (url->certificate_file[0] != '\0') {
        is_set = is_set &&
                 set(settings, "ssl.certificate.location", url->certificate_file, fault) &&
                 set(settings, "ssl.key.location", url->key_file, fault);
    }
    return is_set;
}

static void close_kafka(void *context)
{
    struct to_kafka *const kafka = context;
    if (kafka->producer != NULL) {
        kafka->parcel = NULL;
        rd_kafka_destroy_flags(kafka->producer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        (void)pthread_mutex_destroy(&kafka->lock);
        kafka->producer = NULL;
    }
}

static enum status open_kafka(void *context, const struct carrier_context *carriers,
                              const struct url *url, int64_t timeout_us, struct fault *fault)
{
    struct to_kafka *const kafka = context;
    char text[256] = "";
    char timeout[24];
    rd_kafka_conf_t *const settings = rd_kafka_conf_new();
    (void)snprintf(timeout, sizeof(timeout), "%lld", (long long)(timeout_us / 1000));
    if (!set(settings, "bootstrap.servers", url->host, fault) ||
        !set(settings, "client.id", "rhumb", fault) ||
        !set(settings, "enable.idempotence", "true", fault) ||
        !set(settings, "linger.ms", "1", fault) ||
        !set(settings, "message.timeout.ms", timeout, fault) ||
        !set(settings, "log_level", "0", fault) || !set_secrets(settings, url, fault)) {
        rd_kafka_conf_destroy(settings);
        return STATUS_OUT_OF_RANGE;
    }
    kafka->sys = carriers->sys;
    kafka->reach = carriers->reach;
    (void)pthread_mutex_init(&kafka->lock, NULL);
    rd_kafka_conf_set_opaque(settings, kafka);
    rd_kafka_conf_set_connect_cb(settings, connect_judged);
    rd_kafka_conf_set_error_cb(settings, on_error);
    rd_kafka_conf_set_dr_msg_cb(settings, on_delivered);
    kafka->producer = rd_kafka_new(RD_KAFKA_PRODUCER, settings, text, sizeof(text));
    if (kafka->producer == NULL) {
        rd_kafka_conf_destroy(settings);
        (void)pthread_mutex_destroy(&kafka->lock);
        return fault_set(fault, STATUS_IO, "Kafka: %.200s", text);
    }
    return STATUS_OK;
}

static rd_kafka_resp_err_t produce(struct to_kafka *kafka, struct parcel *parcel,
                                   struct parcel_item *item)
{
    const struct bytes body = parcel_body(parcel, item);
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = parcel->url.place},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {.ptr = parcel->names.data + item->object_offset, .size = item->object_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {.ptr = parcel->body.data + item->body_offset, .size = body.size}},
        {.vtype = RD_KAFKA_VTYPE_HEADER,
         .u.header = {.name = "webhook-id", .val = item->id, .size = EVENT_ID_SIZE}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = item},
    };
    rd_kafka_error_t *const error = rd_kafka_produceva(kafka->producer, parts, COUNT_OF(parts));
    const rd_kafka_resp_err_t code =
        error == NULL ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

static enum status explain(struct to_kafka *kafka, struct fault *fault)
{
    (void)pthread_mutex_lock(&kafka->lock);
    const enum status status =
        kafka->refusal[0] != '\0' ? fault_set(fault, STATUS_IO, "%s", kafka->refusal)
        : kafka->trouble[0] != '\0'
            ? fault_set(fault, STATUS_IO, "Kafka: %s", kafka->trouble)
            : fault_set(fault, STATUS_IO, "Kafka did not acknowledge in time");
    (void)pthread_mutex_unlock(&kafka->lock);
    return status;
}

static enum status send_parcel(void *context, struct parcel *parcel, int64_t timeout_us,
                               struct fault *fault)
{
    enum { STEP_MS = 50, REST_MS = 1000 };
    struct to_kafka *const kafka = context;
    const int64_t until_us = sys_monotonic_us(kafka->sys) + timeout_us;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    kafka->parcel = parcel;
    kafka->waiting = 0;
    for (size_t i = 0; i < parcel->count && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        if (parcel->items[i].is_there) {
            code = produce(kafka, parcel, &parcel->items[i]);
            kafka->waiting += code == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
        }
    }
    while (kafka->waiting != 0 && sys_monotonic_us(kafka->sys) < until_us) {
        (void)rd_kafka_poll(kafka->producer, STEP_MS);
    }
    if (kafka->waiting != 0) { // nothing may speak of these items afterwards
        (void)rd_kafka_purge(kafka->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(kafka->producer, REST_MS);
    }
    kafka->parcel = NULL;
    bool is_whole = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < parcel->count; i++) {
        is_whole = is_whole && (!parcel->items[i].is_there || parcel->items[i].is_done);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return fault_set(fault, STATUS_IO, "Kafka: %s", rd_kafka_err2str(code));
    }
    return is_whole ? STATUS_OK : explain(kafka, fault);
}

static void idle(void *context)
{
    struct to_kafka *const kafka = context;
    (void)rd_kafka_poll(kafka->producer, 0);
}

const struct broker_kind to_kafka_kind = {.name = "hooks kafka",
                                          .size = sizeof(struct to_kafka),
                                          .open = open_kafka,
                                          .send = send_parcel,
                                          .idle = idle,
                                          .close = close_kafka};
