#include "base/decimal.h"

#include <math.h>

#include "base/test.h"

static const char *written(double value)
{
    static char text[DECIMAL_SIZE + 1];
    text[decimal_format(value, text)] = '\0';
    return text;
}

static double read_text(const char *text)
{
    double value = (double)NAN;
    assert_true(decimal_parse(bytes_from_text(text), &value));
    return value;
}

static bool is_same(double left, double right)
{
    return memcmp(&left, &right, sizeof(left)) == 0;
}

static void test_writes_the_fewest_digits(void **state)
{
    (void)state;
    assert_string_equal(written(0), "0");
    assert_string_equal(written(-0.0), "-0");
    assert_string_equal(written(33.5), "33.5");
    assert_string_equal(written(-112.2791), "-112.2791");
    assert_string_equal(written(0.1), "0.1");
    assert_string_equal(written(0.1 + 0.2), "0.30000000000000004");
    assert_string_equal(written(100), "100");
    assert_string_equal(written(1e21), "1000000000000000000000");
    assert_string_equal(written(1e-7), "0.0000001");
    assert_string_equal(written(123456789012345680.0), "123456789012345680");
    assert_string_equal(written(9007199254740993.0), "9007199254740992");
    assert_string_equal(written(0x1p-44), "0.00000000000005684341886080802");
    assert_string_equal(written((double)INFINITY), "Infinity");
    assert_string_equal(written(-(double)INFINITY), "-Infinity");
    assert_string_equal(written((double)NAN), "NaN");
    char text[DECIMAL_SIZE];
    assert_int_equal(decimal_format(-1.7976931348623157e308, text), 310);
    assert_int_equal(decimal_format(-5e-324, text), 327);
}

static void test_reads_what_is_a_number_and_nothing_else(void **state)
{
    (void)state;
    assert_true(is_same(read_text("7"), 7));
    assert_true(is_same(read_text("-.5"), -0.5));
    assert_true(is_same(read_text("+1.e3"), 1000));
    assert_true(is_same(read_text("-0"), -0.0));
    assert_true(is_same(read_text("1e400"), (double)INFINITY));
    assert_true(is_same(read_text("1e-400"), 0));
    assert_true(is_same(read_text("0e999999999999"), 0));
    assert_true(is_same(read_text("9007199254740993"), 9007199254740992));
    assert_true(is_same(read_text("9007199254740993.00000000000000000000001"), 9007199254740994));
    assert_true(is_same(read_text("10000000000000000000000e-1"), 1e21));
    assert_true(is_same(read_text("2.2250738585072012e-308"), 0x1p-1022));
    static const char *const broken[] = {"",    ".",   "-",    "e5",   "1e",   "1e+",
                                         " 1",  "1 ",  "0x10", "inf",  "nan",  "1_0",
                                         "1,5", "--1", "1..",  "1e5.", "1.2.3"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        double value = 0;
        assert_false(decimal_parse(bytes_from_text(broken[i]), &value));
    }
}

// Any bits: read back as they were, and no shorter number would be.
static void test_every_double_comes_back_and_none_is_shorter(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 200000; round++) {
        const uint64_t bits = dice_u64(&dice);
        double value = 0;
        memcpy(&value, &bits, sizeof(value));
        if (round % 4 == 0) {
            value = round % 8 == 0 ? ldexp(1, (int)dice_below(&dice, 2000) - 1000)
                                   : (double)dice_below(&dice, 1800000000) / 1e7;
        }
        if (!isfinite(value)) {
            continue;
        }
        char text[DECIMAL_SIZE + 1];
        const size_t size = decimal_format(value, text);
        text[size] = '\0';
        assert_true(is_same(read_text(text), value));
        assert_true(is_same(strtod(text, NULL), value));
        const struct decimal decimal = decimal_of(value);
        if (decimal.count > 1) {
            char shorter[40];
            (void)snprintf(shorter, sizeof(shorter), "%.*e", (int)decimal.count - 2, value);
            assert_false(is_same(strtod(shorter, NULL), value));
        }
    }
}

static void test_reads_any_decimal_as_the_c_library_does(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 100000; round++) {
        char text[80];
        const int size = snprintf(text, sizeof(text), "%s%llu.%0*llue%d", round % 2 ? "-" : "",
                                  (unsigned long long)(dice_u64(&dice) >> dice_below(&dice, 64)),
                                  (int)dice_below(&dice, 20) + 1,
                                  (unsigned long long)(dice_u64(&dice) >> dice_below(&dice, 64)),
                                  (int)dice_below(&dice, 700) - 350);
        assert_true(size > 0 && size < (int)sizeof(text));
        assert_true(is_same(read_text(text), strtod(text, NULL)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_the_fewest_digits),
        cmocka_unit_test(test_reads_what_is_a_number_and_nothing_else),
        cmocka_unit_test(test_every_double_comes_back_and_none_is_shorter),
        cmocka_unit_test(test_reads_any_decimal_as_the_c_library_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
