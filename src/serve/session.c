#include "serve/session.h"

void session_begin(struct session *session, const struct session_limits *limits,
                   const struct session_answerer *answerer, struct memory_account *account,
                   int64_t now_us)
{
    *session = (struct session){.limits = limits,
                                .answerer = answerer,
                                .input = {.account = account},
                                .deadline_us = now_us + limits->idle_us};
    http_decoder_begin(&session->decoder, &limits->http);
}

// Whoever was to answer need not.
static void abandon(struct session *session)
{
    const struct session_answerer *const answerer = session->answerer;
    if (session->is_pending || session->is_stream) {
        session->is_pending = false;
        session->is_stream = false;
        answerer->abandon(answerer->context, session);
    }
}

void session_end(struct session *session)
{
    abandon(session);
    buffer_free(&session->input);
}

static void reply_with(struct session *session, struct http_reply *reply, struct buffer *out)
{
    reply->closes = reply->closes || session->is_last;
    session->is_over = reply->closes;
    http_reply_write(out, reply);
}

static void refuse(struct session *session, unsigned status, const char *sentence,
                   struct buffer *out)
{
    const struct session_answerer *const answerer = session->answerer;
    struct http_reply reply = {.closes = true};
    answerer->refuse(answerer->context, status, sentence, &reply);
    reply_with(session, &reply, out);
}

static void answer(struct session *session, const struct http_request *request, struct buffer *out)
{
    const struct session_answerer *const answerer = session->answerer;
    struct http_reply reply = {.is_head = request->method == HTTP_METHOD_HEAD,
                               .closes = !request->keeps_alive || session->streams_body};
    if (answerer->answer(answerer->context, session, request, &reply)) {
        reply_with(session, &reply, out);
        return;
    }
    session->is_pending = true;
    session->answers_head = reply.is_head;
    session->answers_last = reply.closes;
}

bool session_take_body(struct session *session, const struct http_request *request,
                       struct buffer *buffer)
{
    struct buffer *const input = &session->input;
    const uintptr_t body = (uintptr_t)request->body.data;
    const uintptr_t begin = (uintptr_t)input->data;
    if (input->size == 0 || body < begin || body - begin >= input->size) {
        return false;
    }
    struct buffer rest = {.account = input->account};
    buffer_append_bytes(&rest, session->rest);
    *buffer = *input;
    *input = rest;
    session->is_body_taken = true;
    return true;
}

static bool wants_stream(const struct session *session, const struct http_request *request)
{
    const struct session_answerer *const answerer = session->answerer;
    return answerer->streams != NULL && answerer->streams(answerer->context, request);
}

// The decoder stays as it is: it undoes the body. Nothing follows such a request.
static void begin_stream(struct session *session, const struct http_request *request,
                         struct buffer *out)
{
    if (request->fields[HTTP_FIELD_EXPECT].size != 0) {
        buffer_append_text(out, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    session->streams_body = true;
    session->rest = (struct bytes){0};
    answer(session, request, out);
}

// Answers what is whole; returns how much of `data` that was.
static size_t consume(struct session *session, uint8_t *data, size_t size, size_t backlog_size,
                      struct buffer *out)
{
    size_t used_size = 0;
    const size_t sent_size = out->size;
    session->is_held = false;
    while (used_size < size && !session->is_over && !session->is_pending) {
        if (backlog_size + (out->size - sent_size) > session->limits->backlog_size) {
            session->is_held = true;
            break;
        }
        struct http_request request;
        size_t request_size = 0;
        const enum http_step step = http_decode(&session->decoder, data + used_size,
                                                size - used_size, &request, &request_size);
        if (step == HTTP_STEP_HEAD && !wants_stream(session, &request)) {
            continue; // the body is collected
        }
        if (step == HTTP_STEP_HEAD) {
            begin_stream(session, &request, out);
            used_size += request_size;
            break;
        }
        if (step == HTTP_STEP_CONTINUE) {
            buffer_append_text(out, "HTTP/1.1 100 Continue\r\n\r\n");
        }
        if (step == HTTP_STEP_MORE || step == HTTP_STEP_CONTINUE) {
            break;
        }
        if (step == HTTP_STEP_REFUSED) {
            refuse(session, session->decoder.refusal_status, session->decoder.refusal, out);
            break;
        }
        used_size += request_size;
        session->rest = (struct bytes){.data = data + used_size, .size = size - used_size};
        answer(session, &request, out);
        http_decoder_begin(&session->decoder, &session->limits->http);
    }
    return session->is_over ? size : used_size;
}

// Keeps what `consume` left of the input.
static void keep_rest(struct session *session, size_t used_size)
{
    struct buffer *const input = &session->input;
    if (used_size == input->size) {
        buffer_free(input);
    } else if (used_size != 0) {
        memmove(input->data, input->data + used_size, input->size - used_size);
        input->size -= used_size;
    }
}

static void reset_deadline(struct session *session, int64_t now_us, bool has_rest)
{
    if (session->is_pending) {
        session->deadline_us = now_us + session->limits->answer_us;
        session->is_held = has_rest;
        return;
    }
    if (session->is_held || session->is_over || !has_rest) {
        session->deadline_us = now_us + (has_rest || session->is_over ? session->limits->request_us
                                                                      : session->limits->idle_us);
    } else if (!session->is_receiving) {
        session->deadline_us = now_us + session->limits->request_us;
    }
    session->is_receiving = has_rest && !session->is_held;
}

// Keeps what arrives behind a request whose answer is pending.
static void receive_pending(struct session *session, const uint8_t *data, size_t size)
{
    buffer_append(&session->input, data, size);
    session->is_held = session->input.size != 0;
    if (buffer_status(&session->input) != STATUS_OK) {
        buffer_free(&session->input);
        session->is_last = true; // what has no room is not answered, and the peer is told so
        session->is_held = false;
    }
}

static void receive_whole(struct session *session, uint8_t *data, size_t size, size_t backlog_size,
                          struct buffer *out)
{
    if (session->input.size == 0) {
        const size_t used_size = consume(session, data, size, backlog_size, out);
        if (used_size < size) {
            buffer_append(&session->input, data + used_size, size - used_size);
        }
        return;
    }
    buffer_append(&session->input, data, size);
    if (buffer_status(&session->input) == STATUS_OK) {
        const size_t used_size =
            consume(session, session->input.data, session->input.size, backlog_size, out);
        if (!session->is_body_taken) {
            keep_rest(session, used_size);
        }
        session->is_body_taken = false;
    }
}

void session_receive(struct session *session, uint8_t *data, size_t size, int64_t now_us,
                     size_t backlog_size, struct buffer *out)
{
    if (session->is_over || session->is_stream) {
        return;
    }
    if (session->is_pending) {
        receive_pending(session, data, size);
        return;
    }
    receive_whole(session, data, size, backlog_size, out);
    if (buffer_status(&session->input) != STATUS_OK) {
        if (session->is_pending) {
            receive_pending(session, NULL, 0);
        } else {
            refuse(session, 503, "the server has no memory for this request", out);
        }
    }
    if (buffer_status(out) != STATUS_OK) {
        session->is_over = true;
    }
    reset_deadline(session, now_us, session->input.size != 0);
}

void session_answer(struct session *session, struct http_reply *reply, int64_t now_us,
                    struct buffer *out)
{
    session->is_pending = false;
    session->pending = NULL;
    reply->is_head = session->answers_head;
    reply->closes = reply->closes || session->answers_last;
    reply_with(session, reply, out);
    if (buffer_status(out) != STATUS_OK) {
        session->is_over = true;
    }
    reset_deadline(session, now_us, session->input.size != 0);
    session->is_held = session->input.size != 0 && !session->is_over;
}

void session_become_stream(struct session *session, int64_t now_us)
{
    session->is_pending = false;
    session->is_stream = true;
    session->is_held = false;
    session->deadline_us = now_us + session->limits->request_us;
    if (!session->streams_body) {
        buffer_free(&session->input);
    }
}

// A stream lives as long as its peer takes what is sent.
static bool expire_stream(struct session *session, int64_t now_us, size_t backlog_size)
{
    if (backlog_size == 0) {
        session->deadline_us = now_us + session->limits->request_us;
    }
    return now_us < session->deadline_us;
}

bool session_expire(struct session *session, int64_t now_us, size_t backlog_size,
                    struct buffer *out)
{
    if (session->is_stream) {
        return expire_stream(session, now_us, backlog_size);
    }
    if (now_us < session->deadline_us) {
        return true;
    }
    if (session->is_pending) {
        abandon(session);
        refuse(session, 503, "the answer took too long; what was asked may still be done", out);
        session->deadline_us = now_us + session->limits->request_us;
        return true;
    }
    if (session->is_over || backlog_size != 0) {
        return false; // had its time to take what was sent
    }
    if (session->is_receiving) {
        refuse(session, 408, "the request took too long to arrive", out);
    }
    session->is_over = true;
    session->deadline_us = now_us + session->limits->request_us;
    return true;
}

void session_drain(struct session *session)
{
    session->is_last = true;
    if (session->input.size == 0 && !session->is_pending) {
        session->is_over = true;
    }
}
