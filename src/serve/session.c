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

void session_end(struct session *session)
{
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
                               .closes = !request->keeps_alive};
    answerer->answer(answerer->context, request, &reply);
    reply_with(session, &reply, out);
}

// Answers what is whole; returns how much of `data` that was.
static size_t consume(struct session *session, uint8_t *data, size_t size, size_t backlog_size,
                      struct buffer *out)
{
    size_t used_size = 0;
    const size_t sent_size = out->size;
    session->is_held = false;
    while (used_size < size && !session->is_over) {
        if (backlog_size + (out->size - sent_size) > session->limits->backlog_size) {
            session->is_held = true;
            break;
        }
        struct http_request request;
        size_t request_size = 0;
        const enum http_step step = http_decode(&session->decoder, data + used_size,
                                                size - used_size, &request, &request_size);
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
    if (session->is_held || session->is_over || !has_rest) {
        session->deadline_us = now_us + (has_rest || session->is_over ? session->limits->request_us
                                                                      : session->limits->idle_us);
    } else if (!session->is_receiving) {
        session->deadline_us = now_us + session->limits->request_us;
    }
    session->is_receiving = has_rest && !session->is_held;
}

void session_receive(struct session *session, uint8_t *data, size_t size, int64_t now_us,
                     size_t backlog_size, struct buffer *out)
{
    if (session->is_over) {
        return;
    }
    if (session->input.size == 0) {
        const size_t used_size = consume(session, data, size, backlog_size, out);
        if (used_size < size) {
            buffer_append(&session->input, data + used_size, size - used_size);
        }
    } else {
        buffer_append(&session->input, data, size);
        if (buffer_status(&session->input) == STATUS_OK) {
            keep_rest(session, consume(session, session->input.data, session->input.size,
                                       backlog_size, out));
        }
    }
    if (buffer_status(&session->input) != STATUS_OK) {
        refuse(session, 503, "the server has no memory for this request", out);
    }
    if (buffer_status(out) != STATUS_OK) {
        session->is_over = true;
    }
    reset_deadline(session, now_us, session->input.size != 0);
}

bool session_expire(struct session *session, int64_t now_us, size_t backlog_size,
                    struct buffer *out)
{
    if (now_us < session->deadline_us) {
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
    if (session->input.size == 0) {
        session->is_over = true;
    }
}
