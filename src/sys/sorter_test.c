#include "sys/sorter.h"

#include <string.h>

#include "base/memory.h"
#include "base/test.h"

struct line {
    uint8_t key[40];
    size_t key_size;
    uint32_t index; // of insertion; also the value
};

static int by_key_then_index(const void *left, const void *right)
{
    const struct line *const a = left;
    const struct line *const b = right;
    const int order =
        bytes_compare((struct bytes){a->key, a->key_size}, (struct bytes){b->key, b->key_size});
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

// Keys of the kinds that sorts get wrong: few distinct ones, long common prefixes, zeros at the end,
// empty ones, random ones.
static void line_fill(struct dice *dice, struct line *line, unsigned kind)
{
    line->key_size = (size_t)dice_below(dice, kind == 0 ? 3 : sizeof(line->key));
    for (size_t i = 0; i < line->key_size; i++) {
        const uint64_t byte = dice_u64(dice);
        line->key[i] = kind == 0   ? (uint8_t)(byte & 1)
                       : kind == 1 ? (uint8_t)(i < 20 ? 'a' : byte & 3)
                       : kind == 2 ? 0
                                   : (uint8_t)byte;
    }
}

static void property_sorts_like_a_stable_sort(struct dice *dice, unsigned kind, size_t count,
                                              size_t memory_size, unsigned threads)
{
    struct memory_account account = {.name = "test"};
    const struct sorter_options options = {.sys = sys_os(),
                                           .account = &account,
                                           .memory_size = memory_size,
                                           .directory = "/tmp",
                                           .threads = threads,
                                           .name = "test"};
    struct sorter *sorter;
    struct fault fault;
    assert_int_equal(sorter_new(&options, &sorter, &fault), STATUS_OK);
    struct line *const lines = calloc(count + 1, sizeof(*lines));
    for (size_t i = 0; i < count; i++) {
        line_fill(dice, &lines[i], kind);
        lines[i].index = (uint32_t)i;
        assert_int_equal(sorter_add(sorter, (struct bytes){lines[i].key, lines[i].key_size},
                                    (struct bytes){(const uint8_t *)&lines[i].index, 4}, &fault),
                         STATUS_OK);
    }
    assert_int_equal(sorter_sort(sorter, &fault), STATUS_OK);
    qsort(lines, count, sizeof(*lines), by_key_then_index);
    struct bytes key;
    struct bytes value;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sorter_next(sorter, &key, &value, &fault), STATUS_OK);
        assert_true(bytes_equal(key, (struct bytes){lines[i].key, lines[i].key_size}));
        assert_int_equal(value.size, 4);
        assert_memory_equal(value.data, &lines[i].index, 4);
    }
    assert_int_equal(sorter_next(sorter, &key, &value, &fault), STATUS_NOT_FOUND);
    assert_int_equal(sorter_next(sorter, &key, &value, &fault), STATUS_NOT_FOUND);
    sorter_free(sorter);
    free(lines);
    assert_int_equal(account.used_size, 0);
}

static void test_any_memory_and_threads_give_the_order_of_a_stable_sort(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned kind = 0; kind < 4; kind++) {
        for (unsigned threads = 1; threads <= 3; threads++) {
            property_sorts_like_a_stable_sort(&dice, kind, dice_below(&dice, 40), 0, threads);
            property_sorts_like_a_stable_sort(&dice, kind, 20000, 16 << 20, threads);
            property_sorts_like_a_stable_sort(&dice, kind, 60000, 0, threads); // spills
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_memory_and_threads_give_the_order_of_a_stable_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
