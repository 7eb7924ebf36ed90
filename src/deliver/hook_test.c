#include "deliver/hook.h"

#include <string.h>

#include "base/attributes.h"
#include "base/test.h"

static struct memory_account account = {.name = "test"};

static void settings_end(struct hook_settings **settings)
{
    hook_settings_release(*settings);
}

static struct hook_settings *settings_of(const char *json)
{
    struct hook_settings *settings = NULL;
    struct fault fault = {0};
    assert_int_equal(hook_settings_read(bytes_from_text(json), &account, &settings, &fault),
                     STATUS_OK);
    return settings;
}

static void text_of(const struct hook_settings *settings, bool has_secrets, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    hook_settings_write(settings, has_secrets, &json);
    json_end_object(&json);
}

#define ALL                                                                                        \
    "{\"urls\":[\"https://example.org/a\",\"https://example.com/b\"],\"secrets\":["                \
    "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"],\"headers\":{\"X-Team\":\"fleet\"},\"fences\":["  \
    "\"depot\",\"dock-*\"],\"tags\":[\"yard\"],\"collections\":[\"vans\"],\"objects\":[\"van*\"]," \
    "\"kinds\":[\"enter\",\"exit\"],\"batch\":100,\"concurrency\":8,\"max_attempts\":5,"           \
    "\"timeout_ms\":2000,\"retry_ms\":500,\"retry_max_ms\":60000,\"max_age_s\":3600,\"rate\":0.5}"

static void test_what_is_written_is_what_was_read(void **state)
{
    (void)state;
    struct hook_settings *settings SCOPED(settings_end) = settings_of(ALL);
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    text_of(settings, true, &out);
    buffer_append_u8(&out, 0);
    assert_string_equal((const char *)out.data, ALL);
    assert_int_equal(settings->timeout_us, 2000000);
    assert_int_equal(settings->max_age_us, INT64_C(3600000000));
}

static void test_secrets_are_shown_by_their_end_and_kept_when_that_comes_back(void **state)
{
    (void)state;
    struct hook_settings *before SCOPED(settings_end) = settings_of(ALL);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    text_of(before, false, &shown);
    buffer_append_u8(&shown, 0);
    assert_null(strstr((const char *)shown.data, "MfKQ9r8"));
    assert_non_null(strstr((const char *)shown.data, "whsec_\xe2\x80\xa6LaSw"));
    struct hook_settings *after SCOPED(settings_end) = settings_of((const char *)shown.data);
    assert_int_equal(after->secrets.count, 0);
    assert_int_equal(hook_settings_inherit(after, before, (struct bytes){0}, NULL), STATUS_OK);
    assert_int_equal(after->secrets.count, 1);
    assert_memory_equal(after->keys[0].bytes, before->keys[0].bytes, after->keys[0].size);
}

static void test_a_new_hook_over_http_gets_a_secret(void **state)
{
    (void)state;
    const struct bytes made = BYTES_OF("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    struct hook_settings *http SCOPED(settings_end) = settings_of("{\"url\":\"http://a.example\"}");
    assert_int_equal(hook_settings_inherit(http, NULL, made, NULL), STATUS_OK);
    assert_int_equal(http->secrets.count, 1);
    assert_int_equal(http->keys[0].size, 24);
    struct hook_settings *mqtt SCOPED(settings_end) = settings_of("{\"urls\":[\"mqtt://a/t\"]}");
    assert_int_equal(hook_settings_inherit(mqtt, NULL, made, NULL), STATUS_OK);
    assert_int_equal(mqtt->secrets.count, 0);
}

static bool tagged_yard(void *context, struct bytes fence, struct bytes tag)
{
    (void)context;
    return bytes_equal(fence, BYTES_OF("gate")) && bytes_equal(tag, BYTES_OF("yard"));
}

static struct event event_of(enum event_kind kind, const char *collection, const char *object,
                             const char *fence)
{
    return (struct event){.kind = kind,
                          .collection = bytes_from_text(collection),
                          .object = bytes_from_text(object),
                          .fence = bytes_from_text(fence)};
}

static void test_wants_what_its_lists_say(void **state)
{
    (void)state;
    struct hook_settings *some SCOPED(settings_end) = settings_of(ALL);
    struct hook_settings *every SCOPED(settings_end) =
        settings_of("{\"url\":\"http://a.example\"}");
    const struct {
        struct event event;
        bool by_some, by_every;
    } cases[] = {
        {event_of(EVENT_ENTER, "vans", "van7", "depot"), true, true},
        {event_of(EVENT_EXIT, "vans", "van7", "dock-3"), true, true},
        {event_of(EVENT_EXIT, "vans", "van7", "gate"), true, true},
        {event_of(EVENT_EXIT, "vans", "van7", "dock"), false, true},
        {event_of(EVENT_DWELL, "vans", "van7", "depot"), false, true},
        {event_of(EVENT_ENTER, "cars", "van7", "depot"), false, true},
        {event_of(EVENT_ENTER, "vans", "car7", "depot"), false, true},
        {event_of(EVENT_TILE38, "vans", "van7", "depot"), false, false},
        {event_of(EVENT_TEST, "vans", "van7", "depot"), false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(hook_settings_want(some, &cases[i].event, tagged_yard, NULL),
                         cases[i].by_some);
        assert_int_equal(hook_settings_want(every, &cases[i].event, NULL, NULL), cases[i].by_every);
    }
}

static void test_says_which_member_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *json, *member;
    } cases[] = {
        {"[]", "urls"},
        {"{}", "urls"},
        {"{\"urls\":[]}", "urls"},
        {"{\"urls\":\"http://a\"}", "urls"},
        {"{\"url\":\"ftp://a\"}", "urls"},
        {"{\"url\":\"local://a\"}", "urls"},
        {"{\"url\":\"http://a\",\"batch\":0}", "batch"},
        {"{\"url\":\"http://a\",\"batch\":1.5}", "batch"},
        {"{\"url\":\"http://a\",\"batch\":\"1\"}", "batch"},
        {"{\"url\":\"http://a\",\"kinds\":[\"entr\"]}", "kinds"},
        {"{\"url\":\"http://a\",\"secrets\":[\"hunter2\"]}", "secrets"},
        {"{\"url\":\"http://a\",\"headers\":{\"A:\":\"b\"}}", "headers"},
        {"{\"url\":\"http://a\",\"headers\":{\"A\":\"b\\r\\nC: d\"}}", "headers"},
        {"{\"url\":\"http://a\",\"fences\":[1]}", "fences"},
        {"{\"url\":\"http://a\",\"fences\":[\"\"]}", "fences"},
        {"{\"url\":\"http://a\",\"retry_ms\":1000,\"retry_max_ms\":10}", "retry_max_ms"},
        {"{\"url\":\"http://a\",\"color\":1}", "color"},
        {"{\"url\":\"http://a\"", "byte"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct hook_settings *settings = NULL;
        struct fault fault = {0};
        assert_int_equal(
            hook_settings_read(bytes_from_text(cases[i].json), &account, &settings, &fault),
            STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, cases[i].member));
    }
    assert_int_equal(atomic_load(&account.used_size), 0);
}

static void test_tile38_urls_are_told_apart_from_brokers(void **state)
{
    (void)state;
    struct hook_settings *settings SCOPED(settings_end) = NULL;
    assert_int_equal(hook_settings_tile38(BYTES_OF("kafka://a:9092,b:9092/t,http://c/d"), &account,
                                          &settings, NULL),
                     STATUS_OK);
    assert_int_equal(settings->urls.count, 2);
    assert_true(bytes_equal(hook_settings_word(settings, settings->urls, 0),
                            BYTES_OF("kafka://a:9092,b:9092/t")));
    struct hook_settings *none = NULL;
    struct fault fault = {0};
    assert_int_equal(hook_settings_tile38(BYTES_OF("sqs://us:1/q"), &account, &none, &fault),
                     STATUS_UNSUPPORTED);
    assert_int_equal(hook_settings_tile38(BYTES_OF("http://a/b,,"), &account, &none, &fault),
                     STATUS_OK);
    hook_settings_release(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_what_was_read),
        cmocka_unit_test(test_secrets_are_shown_by_their_end_and_kept_when_that_comes_back),
        cmocka_unit_test(test_a_new_hook_over_http_gets_a_secret),
        cmocka_unit_test(test_wants_what_its_lists_say),
        cmocka_unit_test(test_says_which_member_is_wrong),
        cmocka_unit_test(test_tile38_urls_are_told_apart_from_brokers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
