// A session over whatever arrives, however it is cut, held back and timed: the same answers as in one
// piece, one for each request, and an end.
#include "serve/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_account account = {.name = "fuzz"};
static const struct session_limits limits = {
    .http = {.head_size = 1024, .target_size = 256, .field_count = 20, .body_size = 512},
    .idle_us = 1000,
    .request_us = 100,
    .answer_us = 500,
    .backlog_size = 300,
};

// Paths with an 'l' are answered later, with the same words as others; bodies are taken where they are.
struct later {
    unsigned count;
    struct buffer path, body;
};

static bool answer(void *context, struct session *session, const struct http_request *request,
                   struct http_reply *reply)
{
    struct later *const later = context;
    later->count++;
    reply->status = 200;
    reply->content_type = "text/plain";
    reply->body = request->path;
    if (memchr(request->path.data, 'l', request->path.size) == NULL) {
        return true;
    }
    session->pending = later;
    buffer_append_bytes(&later->path, request->path);
    if (request->body.size != 0 && session_take_body(session, request, &later->body)) {
        // It is still there, and whole.
        assert(request->body.data >= later->body.data &&
               request->body.data + request->body.size <= later->body.data + later->body.size);
    }
    return false;
}

static void abandon(void *context, struct session *session)
{
    assert(session->pending == context);
}

// Gives what is pending and goes on, until nothing waits.
static void settle(struct session *session, struct later *later, struct buffer *out)
{
    while (session->is_pending || (session->is_held && !session->is_over)) {
        if (session->is_pending) {
            struct http_reply reply = {
                .status = 200, .content_type = "text/plain", .body = buffer_bytes(&later->path)};
            session_answer(session, &reply, 1, out);
            buffer_clear(&later->path);
            buffer_free(&later->body);
        } else {
            session_receive(session, NULL, 0, 1, 0, out);
        }
    }
}

static void refuse(void *context, unsigned status, const char *sentence, struct http_reply *reply)
{
    (void)context;
    assert(status >= 400);
    reply->status = status;
    reply->content_type = "text/plain";
    reply->body = bytes_from_text(sentence);
}

// Gives the input in pieces of `piece_size`; the peer takes every answer at once.
static void converse(const uint8_t *input, size_t size, size_t piece_size, struct buffer *out)
{
    struct later later = {.path = {.account = &account}, .body = {.account = &account}};
    const struct session_answerer answerer = {
        .answer = answer, .refuse = refuse, .abandon = abandon, .context = &later};
    struct session session;
    session_begin(&session, &limits, &answerer, &account, 0);
    uint8_t *const data = malloc(size + 1);
    assert(data != NULL);
    memcpy(data, input, size);
    for (size_t at = 0; at < size && !session.is_over; at += piece_size) {
        const size_t taken = size - at < piece_size ? size - at : piece_size;
        session_receive(&session, data + at, taken, 1, 0, out);
        if (size % 3 != 0 || at + taken >= size) { // answers come while the peer still sends
            settle(&session, &later, out);
        }
    }
    // Patience ends, whatever was left.
    assert(session_expire(&session, 2000, 0, out) || session.is_over);
    assert(session.is_over);
    assert(!session_expire(&session, 4000, 0, out));
    session_end(&session);
    free(data);
    buffer_free(&later.path);
    buffer_free(&later.body);
    assert(out->size >= later.count * (sizeof("HTTP/1.1 200 OK") - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole = {.account = &account};
    struct buffer cut = {.account = &account};
    converse(data, size, size + 1, &whole);
    converse(data, size, size == 0 ? 1 : 1 + data[0] % 32, &cut);
    // An interim "100 Continue" depends on how the body arrives; all else must not.
    if (memmem(whole.data, whole.size, " 100 ", 5) == NULL &&
        memmem(cut.data, cut.size, " 100 ", 5) == NULL) {
        assert(bytes_equal(buffer_bytes(&whole), buffer_bytes(&cut)));
    }
    buffer_free(&whole);
    buffer_free(&cut);
    assert(account.used_size == 0);
    return 0;
}
