#include "text/ordinal.h"

#include "base/attributes.h"
#include "base/test.h"

static void test_endings_are_put_on_and_taken_off(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"217", "217th"}, {"1", "1st"},   {"2", "2nd"},       {"3", "3rd"},  {"11", "11th"},
        {"112", "112th"}, {"21", "21st"}, {"1013", "1013th"}, {"0", "0th"},  {"217th", "217"},
        {"1st", "1"},     {"3e", "3"},    {"2eme", "2"},      {"1er", "1"},  {"12345", ""},
        {"12a", ""},      {"th", ""},     {"", ""},           {"12bis", ""},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        uint8_t other[ORDINAL_SIZE_MAX];
        const size_t size = ordinal_other(bytes_from_text(pairs[i][0]), other);
        assert_true(bytes_equal((struct bytes){other, size}, bytes_from_text(pairs[i][1])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_endings_are_put_on_and_taken_off)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
