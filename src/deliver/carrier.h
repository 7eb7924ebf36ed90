// Carrier: what takes parcels to their URLs. One for all of HTTP; one for each broker in use, with a
// thread of its own, because the brokers' libraries wait.
//
//     courier --carrier_send--> carrier's thread --parcel_return--> courier
//
// All of this interface is the courier's thread's.
#ifndef DELIVER_CARRIER_H
#define DELIVER_CARRIER_H

#include "deliver/parcel.h"
#include "deliver/reach.h"
#include "sys/sys.h"

struct carrier_context {
    const struct sys *sys;
    struct memory_account *account;
    const struct reach *reach;
    const char *version;
};

struct to_http;
MUST_USE enum status to_http_start(const struct carrier_context *context, struct to_http **http,
                                   struct fault *fault);
void to_http_send(struct to_http *http, struct parcel *parcel);
// Gives what is under way `grace_us`, then gives it back failed. NULL is accepted.
void to_http_stop(struct to_http *http, int64_t grace_us);

// A broker's protocol. Calls block, at most about `timeout_us`; one thread a connection.
struct broker_kind {
    const char *name; // of the thread
    size_t size;      // of its connection, zeroed before open
    enum status (*open)(void *connection, const struct carrier_context *context,
                        const struct url *url, int64_t timeout_us, struct fault *fault);
    // Sends every item as a message of its own and marks (is_done) those that were acknowledged.
    // On another status than OK the connection is closed and opened anew for the next parcel.
    enum status (*send)(void *connection, struct parcel *parcel, int64_t timeout_us,
                        struct fault *fault);
    void (*idle)(void *connection); // now and then, to keep it alive; NULL: nothing to do
    void (*close)(void *connection);
};
extern const struct broker_kind to_redis_kind, to_mqtt_kind, to_nats_kind, to_kafka_kind;

struct broker;
// The broker of this parcel's URL, begun when there is none.
MUST_USE enum status broker_new(const struct carrier_context *context, const struct url *url,
                                struct broker **broker, struct fault *fault);
bool broker_is_for(const struct broker *broker, const struct url *url);
void broker_send(struct broker *broker, struct parcel *parcel);
void broker_stop_begin(struct broker *broker); // gives back what it holds
void broker_free(struct broker *broker);       // waits for its thread

#endif
