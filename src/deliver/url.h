// Url: where a hook delivers, as text and taken apart. Pure; any thread.
//
//     http(s)://HOST[:PORT]/PATH?QUERY                      POST
//     mqtt(s)://[USER:PASSWORD@]HOST[:1883]/TOPIC/…         ?qos=0|1|2 &retained=1
//     nats://[USER:PASSWORD@]HOST[:4222]/SUBJECT            ?jetstream=1 &token= &tls=1
//     redis://[USER:PASSWORD@]HOST[:6379]/CHANNEL           PUBLISH; ?stream=1: XADD, &maxlen=N
//     kafka://HOST[:9092][,HOST…]/TOPIC                     ?ssl=1 &auth=sasl &sha256=1 &sha512=1
//     local://CHANNEL                                       this server's own channel
//
// All but http also take ?user= &pass= &cacert= &cert= &key= (files on the server), as Tile38's
// endpoints do. Words between slashes may be escaped (%2F). What is not known in a query is passed
// over, as there.
#ifndef DELIVER_URL_H
#define DELIVER_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum url_scheme {
    URL_HTTP,
    URL_HTTPS,
    URL_MQTT,
    URL_MQTTS,
    URL_NATS,
    URL_REDIS,
    URL_KAFKA,
    URL_LOCAL,
};

enum { URL_SIZE_MAX = 2048 };

struct url {
    enum url_scheme scheme;
    uint16_t port;
    char host[512]; // name or number, without brackets; of Kafka: host:port,host:port …
    char user[128], password[256], token[256];
    char place[512]; // topic, subject, channel, key or stream; of http empty
    char authority_file[256], certificate_file[256], key_file[256];
    unsigned qos;
    bool is_retained, is_stream, is_jetstream, has_tls, has_sasl;
    unsigned sasl_bits;  // 0: plain, 256, 512
    uint64_t length_max; // of a stream; 0: no limit
};

// Fails: OUT_OF_RANGE, UNSUPPORTED (a scheme that Tile38 has and we have not), with a sentence that
// shows no password.
MUST_USE enum status url_parse(struct bytes text, struct url *url, struct fault *fault);

// Scheme, host, port and path without user and password, for logs and metrics; NUL-terminated.
void url_show(struct bytes text, char *out, size_t size);

// True for schemes that carry one event a message, whatever a hook's batch size.
static inline bool url_is_http(const struct url *url)
{
    return url->scheme <= URL_HTTPS;
}

#endif
