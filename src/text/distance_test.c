#include "text/distance.h"

#include "base/test.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

// The whole matrix, by the definition.
static unsigned distance_plain(struct bytes left, struct bytes right, bool is_prefix)
{
    unsigned cost[40][40];
    assert_true(left.size < 40 && right.size < 40);
    for (size_t i = 0; i <= left.size; i++) {
        for (size_t j = 0; j <= right.size; j++) {
            if (i == 0 || j == 0) {
                cost[i][j] = (unsigned)(i + j);
                continue;
            }
            const unsigned differs = left.data[i - 1] != right.data[j - 1];
            unsigned best = least(cost[i - 1][j] + 1, cost[i][j - 1] + 1);
            best = least(best, cost[i - 1][j - 1] + differs);
            if (i > 1 && j > 1 && left.data[i - 1] == right.data[j - 2] &&
                left.data[i - 2] == right.data[j - 1]) {
                best = least(best, cost[i - 2][j - 2] + 1);
            }
            cost[i][j] = best;
        }
    }
    unsigned best = cost[left.size][right.size];
    for (size_t j = 0; is_prefix && j <= right.size; j++) {
        best = least(best, cost[left.size][j]);
    }
    return best;
}

static void test_words_people_know(void **state)
{
    (void)state;
    assert_int_equal(text_distance(BYTES_OF("vaduz"), BYTES_OF("vaduz"), 2), 0);
    assert_int_equal(text_distance(BYTES_OF("vaduz"), BYTES_OF("vdauz"), 2), 1);
    assert_int_equal(text_distance(BYTES_OF("vaduz"), BYTES_OF("vadz"), 2), 1);
    assert_int_equal(text_distance(BYTES_OF("kitten"), BYTES_OF("sitting"), 2), 3);
    assert_int_equal(text_distance(BYTES_OF("kitten"), BYTES_OF("sitting"), 3), 3);
    assert_int_equal(text_distance(BYTES_OF("ca"), BYTES_OF("abc"), 3), 3); // no part edited twice
    assert_int_equal(text_distance(BYTES_OF("улица"), BYTES_OF("улцa"), 2), 2);
    assert_int_equal(text_distance(BYTES_OF("улица"), BYTES_OF("улциа"), 2), 1);
    assert_int_equal(text_distance(BYTES_OF(""), BYTES_OF("ab"), 2), 2);
    assert_int_equal(text_distance(BYTES_OF(""), BYTES_OF("abc"), 2), 3);
    assert_int_equal(text_distance_prefix(BYTES_OF("felk"), BYTES_OF("feldkircher"), 2), 1);
    assert_int_equal(text_distance_prefix(BYTES_OF("feld"), BYTES_OF("feldkircher"), 0), 0);
    assert_int_equal(text_distance_prefix(BYTES_OF(""), BYTES_OF("a"), 0), 0);
    assert_int_equal(text_distance_prefix(BYTES_OF("xy"), BYTES_OF(""), 1), 2);
}

static void test_the_band_agrees_with_the_whole_matrix(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t left[12];
        uint8_t right[12];
        const struct bytes a = {.data = left, .size = dice_below(&dice, sizeof(left) + 1)};
        const struct bytes b = {.data = right, .size = dice_below(&dice, sizeof(right) + 1)};
        for (size_t j = 0; j < sizeof(left); j++) {
            left[j] = (uint8_t)('a' + dice_below(&dice, 3));
            right[j] = (uint8_t)('a' + dice_below(&dice, 3));
        }
        const unsigned bound = (unsigned)dice_below(&dice, TEXT_DISTANCE_BOUND_MAX + 1);
        const unsigned whole = distance_plain(a, b, false);
        const unsigned prefix = distance_plain(a, b, true);
        assert_int_equal(text_distance(a, b, bound), least(whole, bound + 1));
        assert_int_equal(text_distance_prefix(a, b, bound), least(prefix, bound + 1));
    }
}

static void test_long_words_are_far_from_all_but_themselves(void **state)
{
    (void)state;
    uint8_t left[600];
    uint8_t right[600];
    memset(left, 'a', sizeof(left));
    memset(right, 'a', sizeof(right));
    const struct bytes a = {.data = left, .size = sizeof(left)};
    struct bytes b = {.data = right, .size = sizeof(right)};
    assert_int_equal(text_distance(a, b, 2), 0);
    right[0] = 'b';
    assert_int_equal(text_distance(a, b, 2), 3);
    b.size = 20;
    assert_int_equal(text_distance(b, a, 2), 3);
    assert_int_equal(text_distance_prefix(b, a, 2), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_people_know),
        cmocka_unit_test(test_the_band_agrees_with_the_whole_matrix),
        cmocka_unit_test(test_long_words_are_far_from_all_but_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
