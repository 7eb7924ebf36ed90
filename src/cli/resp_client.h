// RESP client: commands to a server that speaks Redis's protocol, and its answers, token by token.
//
// One thread. A zeroed client with an account is closed.
#ifndef CLI_RESP_CLIENT_H
#define CLI_RESP_CLIENT_H

#include "base/buffer.h"
#include "base/status.h"
#include "sys/connection.h"

struct resp_client {
    struct memory_account *account;
    struct connection connection;
    struct buffer received;
    size_t at; // read so far
};

// One value, or the head of an array: its items are the next `count` tokens.
struct resp_token {
    char kind;         // '+' '-' ':' '$' '*' as sent; '_' null
    struct bytes text; // of + - : $; until the next call
    size_t count;      // of *
};

// `address` is HOST[:PORT]. Fails: NOT_FOUND, IO.
MUST_USE enum status resp_client_open(struct resp_client *client, const char *address,
                                      const char *port, struct fault *fault);
MUST_USE enum status resp_client_send(struct resp_client *client, struct bytes bytes,
                                      struct fault *fault);
// Fails: IO; CORRUPT when it is not the protocol.
MUST_USE enum status resp_client_next(struct resp_client *client, struct resp_token *token,
                                      struct fault *fault);
// One whole answer, thrown away but for its first token's kind; an error's sentence is put into `error`.
MUST_USE enum status resp_client_skip(struct resp_client *client, bool *is_error, char *error,
                                      size_t error_size, struct fault *fault);
void resp_client_close(struct resp_client *client);

#endif
