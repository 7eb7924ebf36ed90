#include "command/websocket.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

struct peer {
    struct buffer sent, heard;
};

static void on_send(void *context, struct bytes bytes)
{
    buffer_append_bytes(&((struct peer *)context)->sent, bytes);
}

static void on_text(void *context, struct bytes text)
{
    buffer_append_bytes(&((struct peer *)context)->heard, text);
}

static const struct websocket_events events = {.send = on_send, .text = on_text};

static void peer_end(struct peer *peer)
{
    buffer_free(&peer->sent);
    buffer_free(&peer->heard);
}

static void websocket_end(struct websocket **websocket)
{
    websocket_free(*websocket);
}

static void test_accepts_the_key_of_the_standard(void **state)
{
    (void)state;
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    assert_true(websocket_handshake(BYTES_OF("WebSocket"), BYTES_OF("dGhlIHNhbXBsZSBub25jZQ=="),
                                    BYTES_OF("13"), &out));
    buffer_append_u8(&out, 0);
    assert_non_null(
        strstr((const char *)out.data, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_false(websocket_handshake(BYTES_OF("h2c"), BYTES_OF("dGhlIHNhbXBsZSBub25jZQ=="),
                                     BYTES_OF("13"), &out));
    assert_false(
        websocket_handshake(BYTES_OF("websocket"), BYTES_OF("short"), BYTES_OF("13"), &out));
    assert_false(websocket_handshake(BYTES_OF("websocket"), BYTES_OF("dGhlIHNhbXBsZSBub25jZQ=="),
                                     BYTES_OF("8"), &out));
}

static void test_text_goes_both_ways_in_pieces(void **state)
{
    (void)state;
    struct peer peer SCOPED(peer_end) = {.sent = {.account = &account},
                                         .heard = {.account = &account}};
    struct websocket *websocket SCOPED(websocket_end) = websocket_new(&account, &events, &peer);
    assert_true(websocket_send(websocket, BYTES_OF("hello")));
    assert_int_equal(peer.sent.size, 7);
    assert_memory_equal(peer.sent.data, "\x81\x05hello", 7);
    // "Hello" masked, the example of RFC 6455, 5.7; byte by byte.
    static const uint8_t frame[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                    0x7f, 0x9f, 0x4d, 0x51, 0x58};
    for (size_t i = 0; i < sizeof(frame); i++) {
        assert_true(websocket_receive(websocket, (struct bytes){.data = frame + i, .size = 1}));
    }
    assert_int_equal(peer.heard.size, 5);
    assert_memory_equal(peer.heard.data, "Hello", 5);
}

static void test_pings_are_answered_and_a_close_ends_it(void **state)
{
    (void)state;
    struct peer peer SCOPED(peer_end) = {.sent = {.account = &account},
                                         .heard = {.account = &account}};
    struct websocket *websocket SCOPED(websocket_end) = websocket_new(&account, &events, &peer);
    static const uint8_t ping[] = {0x89, 0x81, 1, 2, 3, 4, 'x' ^ 1};
    assert_true(websocket_receive(websocket, (struct bytes){.data = ping, .size = sizeof(ping)}));
    assert_memory_equal(peer.sent.data, "\x8a\x01x", 3);
    static const uint8_t close[] = {0x88, 0x80, 1, 2, 3, 4};
    assert_false(
        websocket_receive(websocket, (struct bytes){.data = close, .size = sizeof(close)}));
    assert_false(websocket_send(websocket, BYTES_OF("more")));
}

static void test_frames_that_are_not_masked_end_it(void **state)
{
    (void)state;
    struct peer peer SCOPED(peer_end) = {.sent = {.account = &account},
                                         .heard = {.account = &account}};
    struct websocket *websocket SCOPED(websocket_end) = websocket_new(&account, &events, &peer);
    static const uint8_t bare[] = {0x81, 0x01, 'x'};
    assert_false(websocket_receive(websocket, (struct bytes){.data = bare, .size = sizeof(bare)}));
    assert_int_equal(peer.heard.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_the_key_of_the_standard),
        cmocka_unit_test(test_text_goes_both_ways_in_pieces),
        cmocka_unit_test(test_pings_are_answered_and_a_close_ends_it),
        cmocka_unit_test(test_frames_that_are_not_masked_end_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
