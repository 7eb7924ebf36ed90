#include "serve/session.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};
static const struct session_limits limits = {
    .http = {.head_size = 1024, .target_size = 256, .field_count = 20, .body_size = 512},
    .idle_us = 60000000,
    .request_us = 10000000,
    .answer_us = 30000000,
    .backlog_size = 1000,
};

static char body[900];
static size_t body_size;

struct counts {
    unsigned answers, abandoned;
    struct buffer kept; // of the body of what is pending
};

// Paths that begin with "/later" are answered later.
static bool echo(void *context, struct session *session, const struct http_request *request,
                 struct http_reply *reply)
{
    struct counts *const counts = context;
    counts->answers++;
    if (request->path.size >= 6 && memcmp(request->path.data, "/later", 6) == 0) {
        session->pending = counts;
        if (request->body.size > 100) {
            assert_true(session_take_body(session, request, &counts->kept));
        }
        return false;
    }
    reply->status = 200;
    reply->content_type = "text/plain";
    reply->body = body_size != 0 ? (struct bytes){.data = (const uint8_t *)body, .size = body_size}
                                 : request->path;
    return true;
}

static void forget(void *context, struct session *session)
{
    struct counts *const counts = context;
    assert_ptr_equal(session->pending, counts);
    counts->abandoned++;
}

static void deny(void *context, unsigned status, const char *sentence, struct http_reply *reply)
{
    (void)context;
    reply->status = status;
    reply->content_type = "text/plain";
    reply->body = bytes_from_text(sentence);
}

struct peer {
    struct session session;
    struct session_answerer answerer;
    struct counts counts;
    struct buffer out;
    int64_t now_us;
};

static void peer_begin(struct peer *peer)
{
    *peer = (struct peer){.answerer = {.answer = echo, .refuse = deny, .abandon = forget}};
    peer->answerer.context = &peer->counts;
    peer->out.account = &account;
    session_begin(&peer->session, &limits, &peer->answerer, &account, 0);
    body_size = 0;
}

static void peer_end(struct peer *peer)
{
    session_end(&peer->session);
    buffer_free(&peer->out);
    assert_int_equal(account.used_size, 0);
}

static void peer_send(struct peer *peer, const char *text, size_t backlog_size)
{
    char copy[4096];
    const size_t size = strlen(text);
    assert_true(size < sizeof(copy));
    memcpy(copy, text, size);
    session_receive(&peer->session, (uint8_t *)copy, size, peer->now_us, backlog_size, &peer->out);
}

static bool peer_got(struct peer *peer, const char *text)
{
    buffer_append_u8(&peer->out, 0);
    const bool has_it = strstr((const char *)peer->out.data, text) != NULL;
    peer->out.size--;
    return has_it;
}

#define REQUEST(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void test_answers_pipelined_requests_in_order(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, REQUEST("/1") REQUEST("/2") REQUEST("/3") "GET /4 HT", 0);
    assert_int_equal(peer.counts.answers, 3);
    assert_true(peer_got(&peer, "\r\n\r\n/1HTTP/1.1 200 OK\r\n"));
    assert_true(peer_got(&peer, "\r\n\r\n/3"));
    peer_send(&peer, "TP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_true(peer_got(&peer, "\r\n\r\n/4"));
    assert_int_equal(account.used_size, peer.out.capacity + 16);
    assert_false(peer.session.is_over);
    peer_end(&peer);
}

static void property_cuts_do_not_matter(struct dice *dice)
{
    static const char text[] =
        REQUEST("/1") "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" REQUEST(
            "/3") "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" REQUEST("/5");
    struct peer whole;
    struct peer cut;
    peer_begin(&whole);
    peer_send(&whole, text, 0);
    peer_begin(&cut);
    char part[sizeof(text)];
    for (size_t at = 0; at < sizeof(text) - 1;) {
        size_t size = 1 + dice_below(dice, 40);
        size = size < sizeof(text) - 1 - at ? size : sizeof(text) - 1 - at;
        memcpy(part, text + at, size);
        part[size] = '\0';
        peer_send(&cut, part, 0);
        at += size;
    }
    assert_int_equal(cut.counts.answers, 4);
    assert_true(cut.session.is_over && whole.session.is_over);
    assert_true(bytes_equal(buffer_bytes(&cut.out), buffer_bytes(&whole.out)));
    session_end(&whole.session);
    buffer_free(&whole.out);
    peer_end(&cut);
}

static void test_answers_the_same_however_the_bytes_are_cut(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 500; i++) {
        property_cuts_do_not_matter(&dice);
    }
}

static void test_ends_after_what_is_no_request(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, REQUEST("/1") "GARBAGE\r\n\r\n" REQUEST("/2"), 0);
    assert_int_equal(peer.counts.answers, 1);
    assert_true(peer_got(&peer, "HTTP/1.1 400 Bad Request\r\n"));
    assert_true(peer_got(&peer, "Connection: close\r\n"));
    assert_true(peer.session.is_over);
    peer_send(&peer, REQUEST("/3"), 0);
    assert_int_equal(peer.counts.answers, 1);
    peer_end(&peer);
}

static void test_is_not_fooled_by_a_slow_sender(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, "GET / HTTP/1.1\r\n", 0);
    for (unsigned second = 1; second < 10; second++) {
        peer.now_us = second * INT64_C(1000000);
        peer_send(&peer, "X: y\r\n", 0);
        assert_true(session_expire(&peer.session, peer.now_us, 0, &peer.out));
        assert_false(peer.session.is_over);
    }
    assert_true(session_expire(&peer.session, 10000000, 0, &peer.out));
    assert_true(peer.session.is_over);
    assert_true(peer_got(&peer, "HTTP/1.1 408 Request Timeout\r\n"));
    // Then it does not take the answer either.
    assert_true(session_expire(&peer.session, 19999999, 0, &peer.out));
    assert_false(session_expire(&peer.session, 20000000, 0, &peer.out));
    peer_end(&peer);
}

static void test_lets_an_idle_peer_go_without_a_word(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer.now_us = 1000000;
    peer_send(&peer, REQUEST("/1"), 0);
    buffer_clear(&peer.out);
    assert_true(session_expire(&peer.session, 60999999, 0, &peer.out));
    assert_false(peer.session.is_over);
    assert_true(session_expire(&peer.session, 61000000, 0, &peer.out));
    assert_true(peer.session.is_over);
    assert_int_equal(peer.out.size, 0);
    peer_end(&peer);
}

static void test_holds_requests_while_answers_are_not_taken(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    body_size = sizeof(body);
    memset(body, 'b', sizeof(body));
    peer_send(&peer, REQUEST("/1") REQUEST("/2") REQUEST("/3") REQUEST("/4"), 0);
    assert_int_equal(peer.counts.answers, 2); // the second began below the limit
    assert_true(peer.session.is_held);
    session_receive(&peer.session, NULL, 0, 1, 1001, &peer.out);
    assert_int_equal(peer.counts.answers, 2);
    session_receive(&peer.session, NULL, 0, 2, 0, &peer.out);
    assert_int_equal(peer.counts.answers, 4);
    assert_false(peer.session.is_held);
    // Who never takes them is dropped after request_us.
    peer_send(&peer, REQUEST("/5"), 2000);
    assert_true(peer.session.is_held);
    assert_true(session_expire(&peer.session, 9999999, 2000, &peer.out));
    assert_false(session_expire(&peer.session, 10000002, 2000, &peer.out));
    peer_end(&peer);
}

static void test_finishes_what_is_under_way_when_drained(void **state)
{
    (void)state;
    struct peer idle;
    peer_begin(&idle);
    session_drain(&idle.session);
    assert_true(idle.session.is_over);
    peer_end(&idle);

    struct peer busy;
    peer_begin(&busy);
    peer_send(&busy, "GET /1 HTTP/1.1\r\n", 0);
    session_drain(&busy.session);
    assert_false(busy.session.is_over);
    peer_send(&busy, "Host: a\r\n\r\n" REQUEST("/2"), 0);
    assert_int_equal(busy.counts.answers, 1);
    assert_true(peer_got(&busy, "Connection: close\r\n"));
    assert_true(busy.session.is_over);
    peer_end(&busy);
}

static void test_answers_head_without_the_body(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, "HEAD /12345 HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_true(peer_got(&peer, "Content-Length: 6\r\n\r\n"));
    assert_false(peer_got(&peer, "/12345"));
    peer_end(&peer);
}

static void test_says_when_it_has_no_memory(void **state)
{
    (void)state;
    struct memory_account small = {.name = "small", .limit_size = 64};
    struct peer peer;
    peer_begin(&peer);
    peer.session.input.account = &small;
    peer_send(&peer, "GET /1234567890123456789012345678901234567890 HTTP/1.1\r\nX: yyyyyyyyyyy", 0);
    assert_true(peer_got(&peer, "HTTP/1.1 503 Service Unavailable\r\n"));
    assert_true(peer.session.is_over);
    peer_end(&peer);
}

// Gives the answer that is pending.
static void peer_answer(struct peer *peer, const char *text)
{
    struct http_reply reply = {
        .status = 200, .content_type = "text/plain", .body = bytes_from_text(text)};
    assert_true(peer->session.is_pending);
    session_answer(&peer->session, &reply, peer->now_us, &peer->out);
    if (peer->session.is_held) {
        session_receive(&peer->session, NULL, 0, peer->now_us, 0, &peer->out);
    }
}

static void test_keeps_the_order_when_an_answer_comes_later(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, REQUEST("/1") REQUEST("/later") REQUEST("/3"), 0);
    assert_int_equal(peer.counts.answers, 2);
    assert_true(peer.session.is_pending && peer.session.is_held);
    peer_send(&peer, REQUEST("/later/4") REQUEST("/5"), 0);
    assert_int_equal(peer.counts.answers, 2);
    assert_false(peer_got(&peer, "/3"));
    peer_answer(&peer, "two");
    assert_true(peer_got(&peer, "\r\n\r\ntwoHTTP/1.1 200"));
    assert_true(peer_got(&peer, "\r\n\r\n/3"));
    assert_false(peer_got(&peer, "/5"));
    peer_answer(&peer, "four");
    assert_true(peer_got(&peer, "\r\n\r\nfourHTTP/1.1 200"));
    assert_true(peer_got(&peer, "\r\n\r\n/5"));
    assert_false(peer.session.is_held);
    peer_end(&peer);
    assert_int_equal(peer.counts.abandoned, 0);
}

static void test_a_large_body_is_moved_and_what_follows_stays(void **state)
{
    (void)state;
    struct peer peer;
    char text[1024] = "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n";
    const size_t head_size = strlen(text);
    peer_begin(&peer);
    peer.counts.kept.account = &account;
    peer_send(&peer, text, 0);
    memset(text, 'x', 300);
    (void)snprintf(text + 300, sizeof(text) - 300, "%s", REQUEST("/2"));
    peer_send(&peer, text, 0);
    assert_int_equal(peer.counts.answers, 1);
    assert_int_equal(peer.counts.kept.size, head_size + strlen(text));
    assert_true(memcmp(peer.counts.kept.data + head_size, text, 300) == 0);
    peer_answer(&peer, "one");
    assert_int_equal(peer.counts.answers, 2);
    assert_true(peer_got(&peer, "\r\n\r\n/2"));
    buffer_free(&peer.counts.kept);
    peer_end(&peer);
}

static void test_an_answer_that_does_not_come_is_given_up(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, REQUEST("/later") REQUEST("/2"), 0);
    assert_true(session_expire(&peer.session, 29999999, 0, &peer.out));
    assert_true(peer.session.is_pending);
    assert_true(session_expire(&peer.session, 30000000, 0, &peer.out));
    assert_int_equal(peer.counts.abandoned, 1);
    assert_true(peer.session.is_over);
    assert_true(peer_got(&peer, "HTTP/1.1 503 Service Unavailable\r\n"));
    assert_true(peer_got(&peer, "may still be done"));
    peer_end(&peer);
    assert_int_equal(peer.counts.abandoned, 1);
}

static void test_a_peer_that_leaves_is_not_waited_for(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, REQUEST("/later"), 0);
    peer_end(&peer);
    assert_int_equal(peer.counts.abandoned, 1);
}

static void test_waits_for_what_is_pending_when_drained(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, REQUEST("/later"), 0);
    session_drain(&peer.session);
    assert_false(peer.session.is_over);
    peer_answer(&peer, "one");
    assert_true(peer_got(&peer, "Connection: close\r\n"));
    assert_true(peer.session.is_over);
    peer_end(&peer);
}

static void test_a_stream_lives_while_its_peer_takes_it(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer);
    peer_send(&peer, REQUEST("/later") REQUEST("/2"), 0);
    session_become_stream(&peer.session, 0);
    assert_false(peer.session.is_held);
    peer_send(&peer, REQUEST("/3"), 0);
    assert_int_equal(peer.counts.answers, 1);
    assert_true(session_expire(&peer.session, INT64_C(1000000000), 0, &peer.out));
    assert_true(session_expire(&peer.session, INT64_C(1009000000), 1, &peer.out));
    assert_false(session_expire(&peer.session, INT64_C(1010000000), 1, &peer.out));
    peer_end(&peer);
    assert_int_equal(peer.counts.abandoned, 1);
}

static bool streams_posts(void *context, const struct http_request *request)
{
    (void)context;
    return request->method == HTTP_METHOD_POST;
}

static void test_a_body_may_be_taken_as_it_comes(void **state)
{
    (void)state;
    static const struct session_limits telling = {
        .http = {.head_size = 1024, .target_size = 256, .field_count = 20, .tells_heads = true},
        .idle_us = 60000000,
        .request_us = 10000000,
        .answer_us = 30000000,
        .backlog_size = 1000,
    };
    struct peer peer;
    peer_begin(&peer);
    peer.answerer.streams = streams_posts;
    session_end(&peer.session);
    session_begin(&peer.session, &telling, &peer.answerer, &account, 0);
    // The limit of bodies is 0 and this one says nothing of its end: it is answered, and becomes a stream.
    peer_send(&peer,
              "POST /later HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
              "Transfer-Encoding: chunked\r\n\r\n4\r\nline\r\n",
              0);
    assert_true(peer_got(&peer, "100 Continue"));
    assert_true(peer.session.is_pending);
    assert_true(peer.session.streams_body);
    session_become_stream(&peer.session, 0);
    struct bytes piece = {0};
    assert_int_equal(http_decode_body(&peer.session.decoder, peer.session.input.data,
                                      peer.session.input.size, &piece),
                     HTTP_STEP_MORE);
    assert_true(bytes_equal(piece, BYTES_OF("line")));
    peer_end(&peer);
    // One that is answered at once ends the connection: its body is not waited for.
    peer_begin(&peer);
    peer.answerer.streams = streams_posts;
    session_end(&peer.session);
    session_begin(&peer.session, &telling, &peer.answerer, &account, 0);
    peer_send(&peer, "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n", 0);
    assert_true(peer_got(&peer, "Connection: close"));
    assert_true(peer.session.is_over);
    peer_end(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_pipelined_requests_in_order),
        cmocka_unit_test(test_answers_the_same_however_the_bytes_are_cut),
        cmocka_unit_test(test_ends_after_what_is_no_request),
        cmocka_unit_test(test_is_not_fooled_by_a_slow_sender),
        cmocka_unit_test(test_lets_an_idle_peer_go_without_a_word),
        cmocka_unit_test(test_holds_requests_while_answers_are_not_taken),
        cmocka_unit_test(test_finishes_what_is_under_way_when_drained),
        cmocka_unit_test(test_answers_head_without_the_body),
        cmocka_unit_test(test_says_when_it_has_no_memory),
        cmocka_unit_test(test_keeps_the_order_when_an_answer_comes_later),
        cmocka_unit_test(test_a_large_body_is_moved_and_what_follows_stays),
        cmocka_unit_test(test_an_answer_that_does_not_come_is_given_up),
        cmocka_unit_test(test_a_peer_that_leaves_is_not_waited_for),
        cmocka_unit_test(test_waits_for_what_is_pending_when_drained),
        cmocka_unit_test(test_a_stream_lives_while_its_peer_takes_it),
        cmocka_unit_test(test_a_body_may_be_taken_as_it_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
