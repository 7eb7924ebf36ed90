#include "codec/http.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};
static const struct http_limits limits = {
    .head_size = 1024, .target_size = 256, .field_count = 20, .body_size = 512};

#define HOST "Host: a\r\n"

struct decoded {
    enum http_step step;
    struct http_request request;
    size_t used_size;
    unsigned status;
};

// Decodes what `input` begins with, arriving `piece_size` bytes at a time, in memory of its own size.
static struct decoded decode(const char *input, size_t size, size_t piece_size)
{
    static uint8_t data[8192];
    assert_true(size <= sizeof(data));
    memcpy(data, input, size);
    struct http_decoder decoder;
    struct decoded decoded = {.step = HTTP_STEP_MORE};
    http_decoder_begin(&decoder, &limits);
    for (size_t end = 0; end < size;) {
        end = size - end < piece_size ? size : end + piece_size;
        decoded.step = http_decode(&decoder, data, end, &decoded.request, &decoded.used_size);
        if (decoded.step == HTTP_STEP_REQUEST || decoded.step == HTTP_STEP_REFUSED) {
            break;
        }
    }
    decoded.status = decoder.refusal_status;
    return decoded;
}

#define DECODE(literal) decode((literal), sizeof(literal) - 1, SIZE_MAX / 2)

static void assert_bytes(struct bytes bytes, const char *expected)
{
    assert_int_equal(bytes.size, strlen(expected));
    assert_memory_equal(bytes.data, expected, bytes.size);
}

static void test_reads_a_request(void **state)
{
    (void)state;
    const struct decoded whole =
        DECODE("GET /v1/search?q=a+b&limit=2 HTTP/1.1\r\nHOST: example.org:80 \r\n"
               "Accept-Language: de, en;q=0.5\r\nx-api-key:  k \r\nOther: thing\r\n\r\nGET");
    assert_int_equal(whole.step, HTTP_STEP_REQUEST);
    assert_int_equal(whole.request.method, HTTP_METHOD_GET);
    assert_bytes(whole.request.path, "/v1/search");
    assert_bytes(whole.request.query, "q=a+b&limit=2");
    assert_bytes(whole.request.fields[HTTP_FIELD_HOST], "example.org:80");
    assert_bytes(whole.request.fields[HTTP_FIELD_ACCEPT_LANGUAGE], "de, en;q=0.5");
    assert_bytes(whole.request.fields[HTTP_FIELD_API_KEY], "k");
    assert_int_equal(whole.request.fields[HTTP_FIELD_ORIGIN].size, 0);
    assert_int_equal(whole.request.body.size, 0);
    assert_true(whole.request.keeps_alive);
}

static void test_says_whether_the_connection_stays(void **state)
{
    (void)state;
    assert_false(DECODE("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n").request.keeps_alive);
    assert_false(DECODE("GET / HTTP/1.0\r\n\r\n").request.keeps_alive);
    assert_true(DECODE("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").request.keeps_alive);
}

static void test_reads_bodies_of_both_framings(void **state)
{
    (void)state;
    static const char sized[] = "POST /a HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloGET /";
    static const char chunked[] = "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                                  "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\nGET /";
    for (size_t piece = 1; piece < sizeof(chunked); piece++) {
        const struct decoded one = decode(sized, sizeof(sized) - 1, piece);
        assert_int_equal(one.step, HTTP_STEP_REQUEST);
        assert_bytes(one.request.body, "hello");
        assert_int_equal(one.used_size, sizeof(sized) - 6);
        const struct decoded other = decode(chunked, sizeof(chunked) - 1, piece);
        assert_int_equal(other.step, HTTP_STEP_REQUEST);
        assert_bytes(other.request.body, "hello");
        assert_int_equal(other.used_size, sizeof(chunked) - 6);
    }
}

static void test_takes_what_tolerant_clients_send(void **state)
{
    (void)state;
    // One empty line before the request, an absolute target, bytes beyond ASCII, an upgrade offer.
    assert_int_equal(DECODE("\r\nGET / HTTP/1.1\r\n" HOST "\r\n").step, HTTP_STEP_REQUEST);
    const struct decoded absolute = DECODE("GET http://a/x?y HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(absolute.step, HTTP_STEP_REQUEST);
    assert_bytes(absolute.request.path, "/x");
    assert_bytes(absolute.request.query, "y");
    const struct decoded umlaut = DECODE("GET /s?q=Z\xc3\xbcrich HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(umlaut.step, HTTP_STEP_REQUEST);
    assert_bytes(umlaut.request.query, "q=Z\xc3\xbcrich");
    assert_int_equal(
        DECODE("GET / HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n").step,
        HTTP_STEP_REQUEST);
}

static void test_asks_for_the_body_a_client_holds_back(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n").step,
        HTTP_STEP_CONTINUE);
    assert_int_equal(
        DECODE("POST / HTTP/1.1\r\n" HOST "Expect: more\r\nContent-Length: 5\r\n\r\n").status, 417);
}

// Each of these is read differently by some server or proxy; all of them end the connection.
static const struct {
    const char *name;
    const char *input;
    size_t size;
    unsigned status;
} refused[] = {
#define CASE(name, literal, status)                      \
    {                                                    \
        (name), (literal), sizeof(literal) - 1, (status) \
    }
#define POST "POST / HTTP/1.1\r\n" HOST
#define GET  "GET / HTTP/1.1\r\n" HOST
    CASE("length and coding",
         POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    CASE("coding and length",
         POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
    CASE("two lengths", POST "Content-Length: 4\r\nContent-Length: 5\r\n\r\naaaaa", 400),
    CASE("the same length twice", POST "Content-Length: 4\r\nContent-Length: 4\r\n\r\naaaa", 400),
    CASE("a list of lengths", POST "Content-Length: 4, 4\r\n\r\naaaa", 400),
    CASE("a signed length", POST "Content-Length: +4\r\n\r\naaaa", 400),
    CASE("a negative length", POST "Content-Length: -4\r\n\r\naaaa", 400),
    CASE("a hexadecimal length", POST "Content-Length: 0x4\r\n\r\naaaa", 400),
    CASE("a length with a space inside", POST "Content-Length: 4 4\r\n\r\naaaa", 400),
    CASE("an empty length", POST "Content-Length:\r\n\r\n", 400),
    CASE("a length beyond 64 bits", POST "Content-Length: 18446744073709551620\r\n\r\naaaa", 400),
    CASE("a length beyond the limit", POST "Content-Length: 513\r\n\r\n", 413),
    CASE("two codings", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
         400),
    CASE("a coding we do not know", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    CASE("chunked not last", POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    CASE("a coding misspelt", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    CASE("a coding behind a vertical tab", POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n",
         400),
    CASE("a coding in HTTP/1.0",
         "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    CASE("a space before the colon", POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    CASE("a tab before the colon", POST "Content-Length\t: 4\r\n\r\naaaa", 400),
    CASE("a folded line", GET "X: a\r\n b\r\n\r\n", 400),
    CASE("a folded line with a tab", GET "X: a\r\n\tb\r\n\r\n", 400),
    CASE("a space before Content-Length",
         "POST / HTTP/1.1\r\n" HOST " Content-Length: 4\r\n\r\naaaa", 400),
    CASE("a folded Transfer-Encoding", POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
    CASE("a space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    CASE("a bare line feed", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    CASE("a bare line feed behind a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
    CASE("a bare line feed at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    CASE("a bare carriage return", GET "X: a\rContent-Length: 4\r\n\r\naaaa", 400),
    CASE("a carriage return behind an empty value", GET "X:\rTransfer-Encoding: chunked\r\n\r\n",
         400),
    CASE("a carriage return before the end", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n", 400),
    CASE("a zero byte in a value", GET "X: a\0b\r\n\r\n", 400),
    CASE("a zero byte in a name", GET "X\0: a\r\n\r\n", 400),
    CASE("a control byte in a value", GET "X: a\001b\r\n\r\n", 400),
    CASE("no name", GET ": a\r\n\r\n", 400),
    CASE("no colon", GET "Xa\r\n\r\n", 400),
    CASE("a name beyond ASCII", GET "X\xc3\xbc: a\r\n\r\n", 400),
    CASE("HTTP/0.9", "GET /\r\n\r\n", 400),
    CASE("HTTP/0.9 said", "GET / HTTP/0.9\r\n" HOST "\r\n", 505),
    CASE("HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 505),
    CASE("HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", 505),
    CASE("a long version", "GET / HTTP/1.10\r\n" HOST "\r\n", 400),
    CASE("a lower-case version", "GET / http/1.1\r\n" HOST "\r\n", 400),
    CASE("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    CASE("two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400),
    CASE("a space in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400),
    CASE("a tab in the target", "GET /a\tb HTTP/1.1\r\n" HOST "\r\n", 400),
    CASE("a fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400),
    CASE("a space behind the version", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400),
    CASE("an unknown method", "BREW / HTTP/1.1\r\n" HOST "\r\n", 501),
    CASE("a lower-case method", "get / HTTP/1.1\r\n" HOST "\r\n", 501),
    CASE("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
    CASE("two Hosts", GET "Host: b\r\n\r\n", 400),
    CASE("the same Host twice", GET "Host: a\r\n\r\n", 400),
    CASE("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    CASE("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    CASE("a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    CASE("a list of Hosts", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    CASE("a target of another host", "GET http://b/ HTTP/1.1\r\n" HOST "\r\n", 400),
    CASE("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400),
    CASE("a chunk size with a sign", POST "Transfer-Encoding: chunked\r\n\r\n+2\r\nhe\r\n0\r\n\r\n",
         400),
    CASE("a chunk size of 0x", POST "Transfer-Encoding: chunked\r\n\r\n0x2\r\nhe\r\n0\r\n\r\n",
         400),
    CASE("a chunk size beyond 64 bits",
         POST "Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\nhe\r\n0\r\n\r\n", 400),
    CASE("a chunk longer than said", POST "Transfer-Encoding: chunked\r\n\r\n2\r\nhel\r\n0\r\n\r\n",
         400),
    CASE("a chunk size line of a bare line feed",
         POST "Transfer-Encoding: chunked\r\n\r\n2\nhe\r\n0\r\n\r\n", 400),
    CASE("a chunk ended by a bare line feed",
         POST "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\n0\r\n\r\n", 400),
    CASE("rubbish behind a carriage return in a chunk line",
         POST "Transfer-Encoding: chunked\r\n\r\n2\rxx\nhe\r\n0\r\n\r\n", 400),
    CASE("a trailer", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n", 400),
#undef CASE
#undef POST
#undef GET
};

static void test_refuses_what_others_read_differently(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        for (size_t piece = 1; piece <= refused[i].size; piece++) {
            const struct decoded decoded = decode(refused[i].input, refused[i].size, piece);
            if (decoded.step != HTTP_STEP_REFUSED || decoded.status != refused[i].status) {
                fail_msg("%s, in pieces of %zu: step %d, status %u", refused[i].name, piece,
                         (int)decoded.step, decoded.status);
            }
        }
    }
}

static void test_refuses_what_is_too_long_before_it_is_whole(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET /", 5);
    assert_int_equal(decode(text, sizeof(text), 100).status, 414);
    memcpy(text + 300, " HTTP/1.1\r\n", 11);
    assert_int_equal(decode(text, 400, 100).status, 414);
    static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    memset(text, 'a', sizeof(text));
    memcpy(text, head, sizeof(head) - 1);
    assert_int_equal(decode(text, sizeof(text), 100).status, 431);
    size_t size = sizeof(head) - 4;
    for (unsigned i = 0; i < 20; i++, size += 6) {
        memcpy(text + size, "X: a\r\n", 6);
    }
    memcpy(text + size, "\r\n", 2);
    assert_int_equal(decode(text, size + 2, SIZE_MAX / 2).status, 431);
    // A body that only trickles in as chunks of one byte.
    static const char begin[] = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    memcpy(text, begin, sizeof(begin) - 1);
    size = sizeof(begin) - 1;
    for (unsigned i = 0; i < 100; i++, size += 6) {
        memcpy(text + size, "1\r\na\r\n", 6);
    }
    assert_int_equal(decode(text, size, 7).status, 413);
}

static void test_waits_for_the_rest(void **state)
{
    (void)state;
    static const char input[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
    for (size_t size = 1; size < sizeof(input) - 1; size++) {
        assert_int_equal(decode(input, size, 3).step, HTTP_STEP_MORE);
    }
}

static void test_takes_a_query_apart(void **state)
{
    (void)state;
    struct bytes rest = BYTES_OF("&&q=a%20b+c&empty=&bare&x=1=2");
    struct bytes name = {0};
    struct bytes value = {0};
    uint8_t text[64];
    assert_true(http_query_next(&rest, &name, &value));
    assert_bytes(name, "q");
    const size_t size = http_unescape(value, true, text);
    assert_bytes((struct bytes){.data = text, .size = size}, "a b c");
    assert_true(http_query_next(&rest, &name, &value));
    assert_bytes(name, "empty");
    assert_bytes(value, "");
    assert_true(http_query_next(&rest, &name, &value));
    assert_bytes(name, "bare");
    assert_true(http_query_next(&rest, &name, &value));
    assert_bytes(value, "1=2");
    assert_false(http_query_next(&rest, &name, &value));
    assert_true(http_unescape(BYTES_OF("%4"), true, text) == SIZE_MAX);
    assert_true(http_unescape(BYTES_OF("%4g"), true, text) == SIZE_MAX);
    assert_int_equal(http_unescape(BYTES_OF("a+%2b"), false, text), 3);
    assert_memory_equal(text, "a++", 3);
}

static void property_escape_is_undone(struct dice *dice)
{
    uint8_t text[40];
    const size_t size = dice_below(dice, sizeof(text));
    for (size_t i = 0; i < size; i++) {
        text[i] = (uint8_t)dice_u64(dice);
    }
    struct buffer escaped = {.account = &account};
    http_escape(&escaped, (struct bytes){.data = text, .size = size});
    uint8_t again[120];
    assert_int_equal(http_unescape(buffer_bytes(&escaped), true, again), size);
    assert_memory_equal(again, text, size);
    buffer_free(&escaped);
}

static void test_escapes_any_bytes(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 1000; i++) {
        property_escape_is_undone(&dice);
    }
}

static void test_writes_replies(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    const struct http_reply found = {.status = 200,
                                     .content_type = "application/json",
                                     .date = BYTES_OF("D"),
                                     .fields = "Vary: Origin\r\n",
                                     .body = BYTES_OF("{}")};
    http_reply_write(&out, &found);
    assert_bytes(buffer_bytes(&out),
                 "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\n"
                 "Vary: Origin\r\nContent-Length: 2\r\n\r\n{}");
    buffer_clear(&out);
    struct http_reply head = found;
    head.status = 404;
    head.is_head = true;
    head.closes = true;
    head.fields = NULL;
    head.date.size = 0;
    http_reply_write(&out, &head);
    assert_bytes(buffer_bytes(&out), "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                                     "Connection: close\r\nContent-Length: 2\r\n\r\n");
    buffer_clear(&out);
    http_reply_write(&out, &(struct http_reply){.status = 204});
    assert_bytes(buffer_bytes(&out), "HTTP/1.1 204 No Content\r\n\r\n");
    buffer_free(&out);
}

static const struct http_limits telling = {
    .head_size = 1024, .target_size = 256, .field_count = 20, .body_size = 8, .tells_heads = true};

static void test_tells_of_a_head_before_its_body(void **state)
{
    (void)state;
    static const char input[] =
        "POST /x HTTP/1.1\r\n" HOST "Content-Length: 4\r\nExpect: 100-continue\r\n\r\nbody";
    const size_t head_size = sizeof(input) - 1 - 4;
    uint8_t data[sizeof(input)];
    memcpy(data, input, sizeof(input));
    struct http_decoder decoder;
    struct http_request request;
    size_t used_size = 0;
    http_decoder_begin(&decoder, &telling);
    assert_int_equal(http_decode(&decoder, data, head_size, &request, &used_size), HTTP_STEP_HEAD);
    assert_bytes(request.path, "/x");
    assert_int_equal(used_size, head_size);
    assert_int_equal(http_decode(&decoder, data, head_size, &request, &used_size),
                     HTTP_STEP_CONTINUE);
    assert_int_equal(http_decode(&decoder, data, sizeof(input) - 1, &request, &used_size),
                     HTTP_STEP_REQUEST);
    assert_bytes(request.body, "body");
    // What has no body has no such step.
    http_decoder_begin(&decoder, &telling);
    static const char bare[] = "GET /x HTTP/1.1\r\n" HOST "\r\n";
    memcpy(data, bare, sizeof(bare));
    assert_int_equal(http_decode(&decoder, data, sizeof(bare) - 1, &request, &used_size),
                     HTTP_STEP_REQUEST);
}

static void test_gives_a_body_of_any_length_as_it_comes(void **state)
{
    (void)state;
    static const char head[] = "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
    static const char rest[] = "c\r\nmore than 8 \r\n3\r\nall\r\n0\r\n\r\n";
    for (size_t piece_size = 1; piece_size < sizeof(rest); piece_size++) {
        uint8_t data[128];
        char body[64] = "";
        size_t body_size = 0;
        struct http_decoder decoder;
        struct http_request request;
        size_t used_size = 0;
        memcpy(data, head, sizeof(head));
        http_decoder_begin(&decoder, &telling);
        assert_int_equal(http_decode(&decoder, data, sizeof(head) - 1, &request, &used_size),
                         HTTP_STEP_HEAD);
        enum http_step step = HTTP_STEP_MORE;
        for (size_t at = 0; at < sizeof(rest) - 1; at += piece_size) {
            const size_t left = sizeof(rest) - 1 - at;
            const size_t size = left < piece_size ? left : piece_size;
            struct bytes piece = {0};
            assert_int_equal(step, HTTP_STEP_MORE);
            memcpy(data, rest + at, size);
            step = http_decode_body(&decoder, data, size, &piece);
            memcpy(body + body_size, piece.data, piece.size);
            body_size += piece.size;
        }
        assert_int_equal(step, HTTP_STEP_REQUEST);
        assert_int_equal(body_size, 15);
        assert_memory_equal(body, "more than 8 all", 15);
    }
}

static void test_refuses_after_the_head_what_is_too_long_to_collect(void **state)
{
    (void)state;
    uint8_t data[] = "POST /x HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n";
    struct http_decoder decoder;
    struct http_request request;
    size_t used_size = 0;
    http_decoder_begin(&decoder, &telling);
    assert_int_equal(http_decode(&decoder, data, sizeof(data) - 1, &request, &used_size),
                     HTTP_STEP_HEAD);
    assert_int_equal(http_decode(&decoder, data, sizeof(data) - 1, &request, &used_size),
                     HTTP_STEP_REFUSED);
    assert_int_equal(decoder.refusal_status, 413);
    // A body that breaks its framing.
    uint8_t chunks[] = "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
    uint8_t wrong[] = "zz\r\n";
    struct bytes body;
    http_decoder_begin(&decoder, &telling);
    assert_int_equal(http_decode(&decoder, chunks, sizeof(chunks) - 1, &request, &used_size),
                     HTTP_STEP_HEAD);
    assert_int_equal(http_decode_body(&decoder, wrong, sizeof(wrong) - 1, &body),
                     HTTP_STEP_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_request),
        cmocka_unit_test(test_says_whether_the_connection_stays),
        cmocka_unit_test(test_reads_bodies_of_both_framings),
        cmocka_unit_test(test_takes_what_tolerant_clients_send),
        cmocka_unit_test(test_asks_for_the_body_a_client_holds_back),
        cmocka_unit_test(test_refuses_what_others_read_differently),
        cmocka_unit_test(test_refuses_what_is_too_long_before_it_is_whole),
        cmocka_unit_test(test_waits_for_the_rest),
        cmocka_unit_test(test_tells_of_a_head_before_its_body),
        cmocka_unit_test(test_gives_a_body_of_any_length_as_it_comes),
        cmocka_unit_test(test_refuses_after_the_head_what_is_too_long_to_collect),
        cmocka_unit_test(test_takes_a_query_apart),
        cmocka_unit_test(test_escapes_any_bytes),
        cmocka_unit_test(test_writes_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
