#include "codec/resp.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};
static const struct resp_limits limits = {
    .line_size = 256, .bulk_size = 1024, .command_size = 2048, .argument_count = 16};

static struct resp_decoder decoder;

static int set_up(void **state)
{
    (void)state;
    resp_decoder_begin(&decoder, &limits, &account);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    resp_decoder_end(&decoder);
    return 0;
}

// Decodes all of `text`, arriving `piece` bytes at a time, into "a|b;c;" and returns the last step.
static enum resp_step decode(const char *text, size_t piece, char *seen, size_t capacity)
{
    static uint8_t data[8192];
    const size_t size = strlen(text);
    memcpy(data, text, size);
    size_t begin = 0, length = 0;
    enum resp_step step = RESP_STEP_MORE;
    seen[0] = '\0';
    for (size_t given = 0; given < size;) {
        given = size - given < piece ? size : given + piece;
        for (;;) {
            struct resp_command command;
            size_t used = 0;
            step = resp_decode(&decoder, data + begin, given - begin, &command, &used);
            begin += used;
            if (step == RESP_STEP_COMMAND) {
                for (size_t i = 0; i < command.argument_count; i++) {
                    length += (size_t)snprintf(seen + length, capacity - length, "%s%.*s",
                                               i == 0 ? "" : "|", (int)command.arguments[i].size,
                                               (const char *)command.arguments[i].data);
                }
                length += (size_t)snprintf(seen + length, capacity - length, ";");
            } else if (step != RESP_STEP_EMPTY) {
                break;
            }
        }
        if (step != RESP_STEP_MORE) {
            return step;
        }
    }
    return step;
}

static void assert_decodes(const char *text, const char *expected)
{
    for (size_t piece = 1; piece < 100; piece += 7) {
        char seen[1024];
        resp_decoder_end(&decoder);
        resp_decoder_begin(&decoder, &limits, &account);
        assert_int_equal(decode(text, piece, seen, sizeof(seen)), RESP_STEP_MORE);
        assert_string_equal(seen, expected);
    }
}

static void assert_refuses(const char *text, const char *refusal)
{
    char seen[1024];
    resp_decoder_end(&decoder);
    resp_decoder_begin(&decoder, &limits, &account);
    assert_int_equal(decode(text, SIZE_MAX / 2, seen, sizeof(seen)), RESP_STEP_REFUSED);
    assert_string_equal(decoder.refusal, refusal);
}

static void test_reads_arrays_pipelined_and_in_pieces(void **state)
{
    (void)state;
    assert_decodes("*2\r\n$4\r\nECHO\r\n$5\r\na\r\nbc\r\n*1\r\n$4\r\nPING\r\n",
                   "ECHO|a\r\nbc;PING;");
    assert_decodes("*2\r\n$3\r\nGET\r\n$0\r\n\r\n", "GET|;");
}

static void test_skips_empty_commands_and_stray_line_ends(void **state)
{
    (void)state;
    assert_decodes("\r\n\n*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n\r\n  \r\nPING\n", "PING;PING;");
}

static void test_reads_lines_with_quotes(void **state)
{
    (void)state;
    assert_decodes("SET fleet truck1  POINT 33 -112\r\n", "SET|fleet|truck1|POINT|33|-112;");
    assert_decodes("SET a \"b c\\\"\\x41\\n\" '' 'it\\'s'\n", "SET|a|b c\"A\n||it's;");
    assert_refuses("SET \"a\r\n", "Protocol error: unbalanced quotes in request");
    assert_refuses("SET \"a\"b\r\n", "Protocol error: unbalanced quotes in request");
}

static void test_reads_the_native_form(void **state)
{
    (void)state;
    assert_decodes("$8 PING  ab\r\n$35 SET a b OBJECT {\"type\":\"X\", \"y\": 1}\r\n",
                   "PING|ab;SET|a|b|OBJECT|{\"type\":\"X\", \"y\": 1};");
    assert_decodes("$21 SET a b STRING \"c  d\"\r\n", "SET|a|b|STRING|c  d;");
    assert_refuses("$5x", "Protocol error: invalid message");
}

static void test_tells_http_from_commands(void **state)
{
    (void)state;
    char seen[64];
    assert_int_equal(decode("GET /PING HTTP/1.1\r\nHost: a\r\n\r\n", 3, seen, sizeof(seen)),
                     RESP_STEP_HTTP);
    assert_decodes("GET fleet truck1\r\n", "GET|fleet|truck1;");
}

static void test_refuses_what_is_too_large_or_malformed(void **state)
{
    (void)state;
    assert_refuses("*17\r\n", "Protocol error: invalid multibulk length");
    assert_refuses("*x\r\n", "Protocol error: invalid multibulk length");
    assert_refuses("*99999999999999\r\n", "Protocol error: invalid multibulk length");
    assert_refuses("*1\r\n$1025\r\n", "Protocol error: invalid bulk length");
    assert_refuses("*1\r\n$-1\r\n", "Protocol error: invalid bulk length");
    assert_refuses("*1\r\n:1\r\n", "Protocol error: expected '$', got ':'");
    assert_refuses("*1\r\n$1\r\nabc", "Protocol error: invalid bulk length");
    char line[400];
    memset(line, 'a', sizeof(line));
    line[399] = '\0';
    assert_refuses(line, "Protocol error: too big inline request");
}

static void test_writes_replies(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    resp_write_array(&out, 3);
    resp_write_bulk(&out, BYTES_OF("ab"));
    resp_write_integer(&out, -120);
    resp_write_integer(&out, INT64_MIN);
    resp_write_null(&out, RESP_2);
    resp_write_null(&out, RESP_3);
    resp_write_simple(&out, "OK");
    resp_write_error(&out, BYTES_OF("ERR a\r\nb"));
    resp_write_map(&out, RESP_2, 2);
    resp_write_map(&out, RESP_3, 2);
    resp_write_push(&out, RESP_3, 3);
    static const char expected[] =
        "*3\r\n$2\r\nab\r\n:-120\r\n:-9223372036854775808\r\n$-1\r\n_\r\n+OK\r\n-ERR a  b\r\n"
        "*4\r\n%2\r\n>3\r\n";
    assert_int_equal(out.size, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.size);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_arrays_pipelined_and_in_pieces),
        cmocka_unit_test(test_skips_empty_commands_and_stray_line_ends),
        cmocka_unit_test(test_reads_lines_with_quotes),
        cmocka_unit_test(test_reads_the_native_form),
        cmocka_unit_test(test_tells_http_from_commands),
        cmocka_unit_test(test_refuses_what_is_too_large_or_malformed),
        cmocka_unit_test(test_writes_replies),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
