#include <stdatomic.h>
#include <string.h>

#include "deliver/carrier.h"
#include "deliver/post.h"
#include "sys/thread.h"

struct broker {
    struct carrier_context context;
    const struct broker_kind *kind;
    struct url url;
    struct post post;
    struct thread thread;
    struct message stop;
    atomic_bool is_stopping; // what waits is given back untried
    bool is_stopped;
    void *connection;
    bool is_open;
};

static const struct broker_kind *kind_of(const struct url *url)
{
    switch (url->scheme) {
    case URL_REDIS:
        return &to_redis_kind;
    case URL_MQTT:
    case URL_MQTTS:
        return &to_mqtt_kind;
    case URL_NATS:
        return &to_nats_kind;
    case URL_KAFKA:
        return &to_kafka_kind;
    case URL_HTTP:
    case URL_HTTPS:
    case URL_LOCAL:
        break;
    }
    return NULL;
}

bool broker_is_for(const struct broker *broker, const struct url *url)
{
    const struct url *const own = &broker->url;
    return own->scheme == url->scheme && own->port == url->port &&
           strcmp(own->host, url->host) == 0 && strcmp(own->user, url->user) == 0 &&
           strcmp(own->password, url->password) == 0 && strcmp(own->token, url->token) == 0 &&
           strcmp(own->authority_file, url->authority_file) == 0 &&
           strcmp(own->certificate_file, url->certificate_file) == 0 &&
           strcmp(own->key_file, url->key_file) == 0 && own->has_tls == url->has_tls &&
           own->has_sasl == url->has_sasl && own->sasl_bits == url->sasl_bits;
}

static void close_connection(struct broker *broker)
{
    if (broker->is_open) {
        broker->kind->close(broker->connection);
        broker->is_open = false;
    }
}

static void on_parcel(struct message *message)
{
    struct parcel *const parcel =
        (struct parcel *)(void *)((char *)message - offsetof(struct parcel, message));
    struct broker *const broker = parcel->carrier;
    const int64_t timeout_us = parcel->settings->timeout_us;
    struct fault fault = {0};
    if (atomic_load_explicit(&broker->is_stopping, memory_order_relaxed)) {
        parcel_fail(parcel, "the server is stopping");
        return;
    }
    if (!broker->is_open) {
        memset(broker->connection, 0, broker->kind->size);
        broker->is_open = broker->kind->open(broker->connection, &broker->context, &broker->url,
                                             timeout_us, &fault) == STATUS_OK;
    }
    if (!broker->is_open) {
        parcel_fail(parcel, "%s", fault.text);
        return;
    }
    if (broker->kind->send(broker->connection, parcel, timeout_us, &fault) == STATUS_OK) {
        parcel_return(parcel, PARCEL_DELIVERED);
        return;
    }
    close_connection(broker);
    parcel_fail(parcel, "%s", fault.text);
}

static void run(void *context)
{
    enum { IDLE_US = 1000000 };
    struct broker *const broker = context;
    while (!broker->is_stopped) {
        post_deliver(&broker->post, IDLE_US);
        if (broker->is_open && broker->kind->idle != NULL) {
            broker->kind->idle(broker->connection);
        }
    }
    close_connection(broker);
}

enum status broker_new(const struct carrier_context *context, const struct url *url,
                       struct broker **broker, struct fault *fault)
{
    struct broker *const made = memory_take_zeroed(context->account, 1, sizeof(*made));
    const struct broker_kind *const kind = kind_of(url);
    void *const connection = made == NULL ? NULL : memory_take(context->account, 1, kind->size);
    if (connection == NULL) {
        memory_give(made);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for another broker");
    }
    made->context = *context;
    made->kind = kind;
    made->url = *url;
    made->connection = connection;
    post_begin(&made->post);
    const enum status status = thread_start(&made->thread, kind->name, run, made, fault);
    if (status != STATUS_OK) {
        broker_free(made);
        return status;
    }
    *broker = made;
    return STATUS_OK;
}

void broker_send(struct broker *broker, struct parcel *parcel)
{
    parcel->carrier = broker;
    parcel->message.deliver = on_parcel;
    mailbox_send(&broker->post.mailbox, &parcel->message);
}

static void on_stop(struct message *message)
{
    struct broker *const broker =
        (struct broker *)(void *)((char *)message - offsetof(struct broker, stop));
    broker->is_stopped = true;
}

void broker_stop_begin(struct broker *broker)
{
    atomic_store_explicit(&broker->is_stopping, true, memory_order_relaxed);
    broker->stop.deliver = on_stop;
    mailbox_send(&broker->post.mailbox, &broker->stop);
}

void broker_free(struct broker *broker)
{
    thread_join(&broker->thread);
    post_end(&broker->post);
    memory_give(broker->connection);
    memory_give(broker);
}
