// WebSocket: the server's end of one connection (RFC 6455): frames in, frames out, pings answered.
//
// Knows no socket: bytes that arrived are given to it, bytes to send go to a function. Text from the
// peer is given to another; binary messages end the connection. One thread.
#ifndef COMMAND_WEBSOCKET_H
#define COMMAND_WEBSOCKET_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/bytes.h"

struct websocket;

struct websocket_events {
    void (*send)(void *context, struct bytes bytes);
    void (*text)(void *context, struct bytes text); // NULL: what the peer says is not wanted
};

enum { WEBSOCKET_MESSAGE_SIZE_MAX = 65536 }; // of a message from the peer

// NULL: no memory. `events` outlives it.
struct websocket *websocket_new(struct memory_account *account,
                                const struct websocket_events *events, void *context);
void websocket_free(struct websocket *websocket); // NULL is accepted

// False when the connection has come to its end: send what waits and close.
bool websocket_receive(struct websocket *websocket, struct bytes bytes);
bool websocket_send(struct websocket *websocket, struct bytes text);
bool websocket_ping(struct websocket *websocket);
// 1000 normal, 1001 going away, 1013 try again later.
void websocket_close(struct websocket *websocket, unsigned code, const char *reason);

// Appends "HTTP/1.1 101 …" for this key; false when the fields are no handshake of version 13.
bool websocket_handshake(struct bytes upgrade, struct bytes key, struct bytes version,
                         struct buffer *out);

#endif
