#include "command/question.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};
static struct question question = {.texts = {.account = &account}};
static struct command_failure failure;
static struct bytes given;

static enum status read(const char *json)
{
    question_rewind(&question, 0);
    given = (struct bytes){0};
    failure = (struct command_failure){0};
    return question_read(&question, bytes_from_text(json), BYTES_OF("op"), &given, &failure);
}

static void assert_argument(size_t at, const char *name, const char *value)
{
    assert_true(at < question.count);
    assert_int_equal(bytes_compare(question.arguments[at].name, bytes_from_text(name)), 0);
    assert_int_equal(bytes_compare(question.arguments[at].value, bytes_from_text(value)), 0);
}

static void test_members_are_parameters(void **state)
{
    (void)state;
    assert_int_equal(read("{\"q\":\"Stra\\u00dfe\",\"limit\":3,\"explain\":true,\"near\":[47.1,-9],"
                          "\"lang\":null,\"within\": {\"a\":[1]} ,\"op\":\"search\"}"),
                     STATUS_OK);
    assert_int_equal(question.count, 5);
    assert_argument(0, "q", "Straße");
    assert_argument(1, "limit", "3");
    assert_argument(2, "explain", "1");
    assert_argument(3, "near", "47.1,-9");
    assert_argument(4, "within", "{\"a\":[1]}");
    assert_true(bytes_equal(given, BYTES_OF("search")));
}

static void test_a_text_alone_is_q(void **state)
{
    (void)state;
    assert_int_equal(read(" \"Vaduz\" "), STATUS_OK);
    assert_int_equal(question.count, 1);
    assert_argument(0, "q", "Vaduz");
}

static void test_what_is_set_later_wins_but_not_within_one_value(void **state)
{
    (void)state;
    question_rewind(&question, 0);
    assert_true(question_set(&question, BYTES_OF("limit"), BYTES_OF("9")));
    assert_int_equal(
        question_read(&question, BYTES_OF("{\"limit\":1}"), (struct bytes){0}, NULL, &failure),
        STATUS_OK);
    assert_int_equal(question.count, 1);
    assert_argument(0, "limit", "1");
    assert_int_equal(read("{\"limit\":1,\"limit\":2}"), STATUS_OUT_OF_RANGE);
    assert_string_equal(failure.code, "repeated_parameter");
    assert_string_equal(failure.parameter, "limit");
    assert_int_equal(read("{\"op\":\"a\",\"op\":\"b\"}"), STATUS_OUT_OF_RANGE);
}

static void test_says_what_is_wrong(void **state)
{
    static const struct {
        const char *json, *code, *parameter;
    } cases[] = {
        {"", "invalid_json", ""},
        {"1", "invalid_json", ""},
        {"[\"q\"]", "invalid_json", ""},
        {"{\"q\":\"a\"} x", "invalid_json", ""},
        {"{\"q\":\"a\"", "invalid_json", ""},
        {"{\"q\":[{}]}", "invalid_parameter", "q"},
        {"{\"q\":[[1]]}", "invalid_parameter", "q"},
        {"{\"q\":\"\xff\"}", "invalid_json", ""},
        {"{\"q\":NaN}", "invalid_json", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(read(cases[i].json), STATUS_OUT_OF_RANGE);
        assert_int_equal(failure.status, 400);
        assert_string_equal(failure.code, cases[i].code);
        assert_string_equal(failure.parameter, cases[i].parameter);
        assert_string_not_equal(failure.message, "");
    }
}

static void test_refuses_more_parameters_than_there_are(void **state)
{
    (void)state;
    struct buffer json SCOPED(buffer_free) = {.account = &account};
    for (int i = 0; i <= QUESTION_ARGUMENTS_MAX; i++) {
        buffer_append_format(&json, "%s\"p%d\":%d", i == 0 ? "{" : ",", i, i);
    }
    buffer_append_text(&json, "}");
    buffer_append_u8(&json, 0);
    assert_int_equal(read((const char *)json.data), STATUS_OUT_OF_RANGE);
    assert_string_equal(failure.code, "too_many_parameters");
}

static int free_all(void **state)
{
    (void)state;
    question_free(&question);
    assert_int_equal(account.used_size, 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_parameters),
        cmocka_unit_test(test_a_text_alone_is_q),
        cmocka_unit_test(test_what_is_set_later_wins_but_not_within_one_value),
        cmocka_unit_test(test_says_what_is_wrong),
        cmocka_unit_test(test_refuses_more_parameters_than_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, free_all);
}
