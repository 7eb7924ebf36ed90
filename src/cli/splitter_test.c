#include "cli/splitter.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static enum status note(void *context, struct bytes object, struct fault *fault)
{
    struct buffer *const seen = context;
    (void)fault;
    buffer_append_bytes(seen, object);
    buffer_append_u8(seen, '|');
    return STATUS_OK;
}

// The objects of `text`, fed in pieces, each followed by '|'.
static void assert_split(const char *text, const char *expected)
{
    for (size_t piece = 1; piece < 20; piece += 3) {
        struct buffer seen = {.account = &account};
        struct splitter splitter = {
            .object = {.account = &account}, .each = note, .context = &seen};
        const struct bytes whole = bytes_from_text(text);
        for (size_t at = 0; at < whole.size; at += piece) {
            const size_t size = whole.size - at < piece ? whole.size - at : piece;
            assert_int_equal(splitter_feed(&splitter,
                                           (struct bytes){.data = whole.data + at, .size = size},
                                           NULL),
                             STATUS_OK);
        }
        assert_int_equal(splitter_end(&splitter, NULL), STATUS_OK);
        assert_true(bytes_equal(buffer_bytes(&seen), bytes_from_text(expected)));
        buffer_free(&seen);
        splitter_free(&splitter);
    }
    assert_int_equal(account.used_size, 0);
}

static void test_gives_the_features_of_a_collection(void **state)
{
    (void)state;
    assert_split(
        "{\"type\":\"FeatureCollection\",\"crs\":{\"a\":[{}]}, \"features\" : [ {\"a\":1}, "
        "{\"b\":{\"features\":[{}]}} ], \"more\":{\"x\":[{\"y\":1}]}}",
        "{\"a\":1}|{\"b\":{\"features\":[{}]}}|");
    assert_split("{\"features\":[]}", "");
    assert_split("{\"features\":[{}]}{\"features\":[{\"a\":1}]}", "{}|{\"a\":1}|");
}

static void test_gives_lines_and_items(void **state)
{
    (void)state;
    assert_split("{\"a\":\"}{\\\"[\"}\n{\"b\":[1,{\"c\":2}]}\n",
                 "{\"a\":\"}{\\\"[\"}|{\"b\":[1,{\"c\":2}]}|");
    assert_split("[{\"a\":{\"x\":1}},\n{\"b\":[]}]", "{\"a\":{\"x\":1}}|{\"b\":[]}|");
    assert_split("", "");
}

static void test_says_when_brackets_do_not_match(void **state)
{
    (void)state;
    struct splitter splitter = {.object = {.account = &account}, .each = note};
    assert_int_equal(splitter_feed(&splitter, BYTES_OF("]"), NULL), STATUS_CORRUPT);
    splitter = (struct splitter){.object = {.account = &account}, .each = note};
    assert_int_equal(splitter_feed(&splitter, BYTES_OF("{\"a\":"), NULL), STATUS_OK);
    assert_int_equal(splitter_end(&splitter, NULL), STATUS_CORRUPT);
    splitter_free(&splitter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_the_features_of_a_collection),
        cmocka_unit_test(test_gives_lines_and_items),
        cmocka_unit_test(test_says_when_brackets_do_not_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
