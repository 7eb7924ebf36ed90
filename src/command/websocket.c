#include "command/websocket.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <wslay/wslay.h>

struct websocket {
    wslay_event_context_ptr context;
    const struct websocket_events *events;
    void *peer;
    struct bytes input; // during websocket_receive
    bool is_over;
};

static ssize_t on_receive(wslay_event_context_ptr context, uint8_t *data, size_t size, int flags,
                          void *user)
{
    struct websocket *const websocket = user;
    (void)flags;
    if (websocket->input.size == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    const size_t taken = size < websocket->input.size ? size : websocket->input.size;
    memcpy(data, websocket->input.data, taken);
    websocket->input.data += taken;
    websocket->input.size -= taken;
    return (ssize_t)taken;
}

static ssize_t on_send(wslay_event_context_ptr context, const uint8_t *data, size_t size, int flags,
                       void *user)
{
    struct websocket *const websocket = user;
    (void)context;
    (void)flags;
    websocket->events->send(websocket->peer, (struct bytes){.data = data, .size = size});
    return (ssize_t)size;
}

static void on_message(wslay_event_context_ptr context,
                       const struct wslay_event_on_msg_recv_arg *message, void *user)
{
    struct websocket *const websocket = user;
    if (message->opcode == WSLAY_BINARY_FRAME) {
        static const char reason[] = "text only";
        (void)wslay_event_queue_close(context, WSLAY_CODE_UNSUPPORTED_DATA, (const uint8_t *)reason,
                                      sizeof(reason) - 1);
    } else if (message->opcode == WSLAY_TEXT_FRAME && websocket->events->text != NULL) {
        websocket->events->text(websocket->peer,
                                (struct bytes){.data = message->msg, .size = message->msg_length});
    }
}

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_receive, .send_callback = on_send, .on_msg_recv_callback = on_message};

struct websocket *websocket_new(struct memory_account *account,
                                const struct websocket_events *events, void *context)
{
    struct websocket *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    made->events = events;
    made->peer = context;
    if (wslay_event_context_server_init(&made->context, &callbacks, made) != 0) {
        memory_give(made);
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(made->context, WEBSOCKET_MESSAGE_SIZE_MAX);
    return made;
}

void websocket_free(struct websocket *websocket)
{
    if (websocket != NULL) {
        wslay_event_context_free(websocket->context);
        memory_give(websocket);
    }
}

// Sends what is queued; false at the end of the conversation.
static bool flush(struct websocket *websocket)
{
    const bool is_sent = wslay_event_send(websocket->context) == 0;
    websocket->is_over =
        websocket->is_over || !is_sent || wslay_event_get_close_sent(websocket->context) != 0;
    return !websocket->is_over;
}

bool websocket_receive(struct websocket *websocket, struct bytes bytes)
{
    websocket->input = bytes;
    while (websocket->input.size != 0 && !websocket->is_over) {
        if (wslay_event_recv(websocket->context) != 0 ||
            wslay_event_want_read(websocket->context) == 0) {
            (void)flush(websocket);
            websocket->is_over = true;
        }
    }
    websocket->input = (struct bytes){0};
    return flush(websocket);
}

bool websocket_send(struct websocket *websocket, struct bytes text)
{
    const struct wslay_event_msg message = {
        .opcode = WSLAY_TEXT_FRAME, .msg = text.data, .msg_length = text.size};
    return !websocket->is_over && wslay_event_queue_msg(websocket->context, &message) == 0 &&
           flush(websocket);
}

bool websocket_ping(struct websocket *websocket)
{
    const struct wslay_event_msg message = {.opcode = WSLAY_PING};
    return !websocket->is_over && wslay_event_queue_msg(websocket->context, &message) == 0 &&
           flush(websocket);
}

void websocket_close(struct websocket *websocket, unsigned code, const char *reason)
{
    if (!websocket->is_over) {
        (void)wslay_event_queue_close(websocket->context, (uint16_t)code, (const uint8_t *)reason,
                                      strlen(reason));
        (void)flush(websocket);
    }
}

bool websocket_handshake(struct bytes upgrade, struct bytes key, struct bytes version,
                         struct buffer *out)
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    enum { KEY_SIZE = 24, DIGEST_SIZE = 20, TEXT_SIZE = 28 };
    char text[KEY_SIZE + sizeof(magic)];
    uint8_t digest[EVP_MAX_MD_SIZE];
    uint8_t accept[TEXT_SIZE + 1];
    if (upgrade.size != 9 || strncasecmp((const char *)upgrade.data, "websocket", 9) != 0 ||
        key.size != KEY_SIZE || !bytes_equal(version, BYTES_OF("13"))) {
        return false;
    }
    memcpy(text, key.data, KEY_SIZE);
    memcpy(text + KEY_SIZE, magic, sizeof(magic));
    if (EVP_Digest(text, KEY_SIZE + sizeof(magic) - 1, digest, NULL, EVP_sha1(), NULL) != 1) {
        return false;
    }
    EVP_EncodeBlock(accept, digest, DIGEST_SIZE);
    buffer_append_text(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Accept: ");
    buffer_append(out, accept, TEXT_SIZE);
    buffer_append_text(out, "\r\n\r\n");
    return !out->failed;
}
