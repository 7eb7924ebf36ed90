// Client: asks a Rhumb server over HTTP/1.1, one request after the other on one connection.
//
// A zeroed client with an account is closed; it connects when first asked and again when the server
// has closed in between. One thread.
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/buffer.h"
#include "base/status.h"
#include "sys/connection.h"

struct client {
    struct memory_account *account;
    char host[256], port[8]; // filled by client_locate
    char authority[280];     // as the Host header wants it
    struct connection connection;
    const char *api_key; // NULL: none is sent
};

// Takes "http://HOST[:PORT]" apart. Fails: OUT_OF_RANGE, UNSUPPORTED for https.
MUST_USE enum status client_locate(struct client *client, const char *url, struct fault *fault);

// GETs a target ("/v1/search?q=…"). Empties `body` and fills it with the answer's.
// Fails: IO, CORRUPT when the answer is not HTTP.
MUST_USE enum status client_get(struct client *client, const char *target, unsigned *code,
                                struct buffer *body, struct fault *fault);

// The same with any method and a body of JSON; size 0: none. What a server that closes in between has done with
// a first try is not known: send only what may be done twice.
MUST_USE enum status client_send(struct client *client, const char *method, const char *target,
                                 struct bytes content, unsigned *code, struct buffer *body,
                                 struct fault *fault);

void client_close(struct client *client);

#endif
