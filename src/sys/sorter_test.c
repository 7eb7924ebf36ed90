#include "sys/sorter.h"

#include <string.h>

#include "base/memory.h"
#include "base/test.h"
#include "sys/sys_memory.h"

static void disk_free(struct sys_memory **disk)
{
    sys_memory_free(*disk);
}

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

static struct memory_account account = {.name = "test"};

static struct sorter *sorter_make(const struct sys *sys, size_t memory_size, unsigned threads)
{
    const struct sorter_options options = {.sys = sys,
                                           .account = &account,
                                           .memory_size = memory_size,
                                           .directory = "/",
                                           .threads = threads,
                                           .name = "names"};
    struct sorter *sorter;
    assert_int_equal(sorter_new(&options, &sorter, NULL), STATUS_OK);
    return sorter;
}

// Values of 0 to 60 KB, each filled with the low byte of its number, over keys that repeat.
static void test_records_longer_than_a_block_keep_their_values(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned threads = 1; threads <= 3; threads++) {
        SCOPED(disk_free) struct sys_memory *disk = NULL;
        assert_int_equal(sys_memory_new(&account, 1, &disk, NULL), STATUS_OK);
        struct sorter *const sorter = sorter_make(sys_memory_table(disk), 1 << 20, threads);
        uint8_t *const value = malloc(60000);
        for (uint32_t i = 0; i < 300; i++) {
            const uint8_t key = (uint8_t)dice_below(&dice, 50);
            const size_t size =
                dice_below(&dice, 2) == 0 ? 4 : 4 + (size_t)dice_below(&dice, 59000);
            memset(value, (int)(i & 0xff), size);
            memcpy(value, &i, 4);
            assert_int_equal(
                sorter_add(sorter, (struct bytes){&key, 1}, (struct bytes){value, size}, NULL),
                STATUS_OK);
        }
        assert_int_equal(sorter_sort(sorter, NULL), STATUS_OK);
        assert_true(sorter_spilled_size(sorter) > 4 << 20);
        int before_key = -1;
        uint32_t before = 0;
        for (unsigned seen = 0; seen < 300; seen++) {
            struct bytes key;
            struct bytes found;
            uint32_t index;
            assert_int_equal(sorter_next(sorter, &key, &found, NULL), STATUS_OK);
            memcpy(&index, found.data, 4);
            assert_true(key.data[0] > before_key || (key.data[0] == before_key && index > before));
            for (size_t i = 4; i < found.size; i++) {
                assert_true(found.data[i] == (uint8_t)index);
            }
            before_key = key.data[0];
            before = index;
        }
        sorter_free(sorter);
        free(value);
    }
    assert_int_equal(account.used_size, 0);
}

static void test_a_record_that_cannot_fit_is_refused_with_the_numbers(void **state)
{
    (void)state;
    struct sorter *const sorter = sorter_make(sys_os(), 256 << 10, 1);
    uint8_t *const value = calloc(1, 70000);
    struct fault fault;
    assert_int_equal(sorter_add(sorter, BYTES_OF("k"), (struct bytes){value, 70000}, &fault),
                     STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(fault.text, "is too long to sort names in 262144 bytes of memory"));
    assert_int_equal(sorter_add(sorter, BYTES_OF("k"), BYTES_OF("v"), &fault), STATUS_OK);
    assert_int_equal(sorter_sort(sorter, &fault), STATUS_OK);
    struct bytes key;
    struct bytes found;
    assert_int_equal(sorter_next(sorter, &key, &found, &fault), STATUS_OK);
    assert_true(bytes_equal(found, BYTES_OF("v")));
    sorter_free(sorter);
    free(value);
    assert_int_equal(account.used_size, 0);
}

// Adds 40,000 records of a value of `value_size` bytes, sorts and reads all.
static enum status run_whole(struct sorter *sorter, size_t value_size, struct fault *fault)
{
    static const uint8_t value[64];
    uint32_t state = 1;
    for (unsigned i = 0; i < 40000; i++) {
        state = state * 1664525 + 1013904223;
        const struct bytes key = {.data = (const uint8_t *)&state, .size = 4};
        TRY(sorter_add(sorter, key, (struct bytes){value, value_size}, fault));
    }
    TRY(sorter_sort(sorter, fault));
    struct bytes key;
    struct bytes found;
    enum status status;
    uint64_t seen = 0;
    while ((status = sorter_next(sorter, &key, &found, fault)) == STATUS_OK) {
        seen++;
    }
    assert_int_equal(seen == 40000, status == STATUS_NOT_FOUND);
    return status;
}

static void test_every_failing_call_is_reported_and_leaves_nothing(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 2; threads++) {
        for (uint64_t call = 1;; call++) {
            SCOPED(disk_free) struct sys_memory *disk = NULL;
            assert_int_equal(sys_memory_new(&account, call, &disk, NULL), STATUS_OK);
            struct sorter *const sorter = sorter_make(sys_memory_table(disk), 0, threads);
            struct fault fault = {0};
            sys_memory_fail_at(disk, call);
            const enum status status = run_whole(sorter, 20, &fault);
            const bool has_failed = sys_memory_has_failed(disk);
            assert_int_equal(status, has_failed ? STATUS_IO : STATUS_NOT_FOUND);
            sorter_free(sorter);
            assert_int_equal(sys_memory_file_count(disk), 0);
            if (!has_failed) {
                assert_true(call > 20);
                break;
            }
        }
        assert_int_equal(account.used_size, 0);
    }
}

static void test_a_full_account_is_no_memory_and_leaks_nothing(void **state)
{
    (void)state;
    unsigned refusals = 0;
    for (size_t limit = 20 << 10;; limit += 50 << 10) {
        struct memory_account small = {.name = "small", .limit_size = limit};
        const struct sorter_options options = {.sys = sys_os(),
                                               .account = &small,
                                               .memory_size = 1 << 20,
                                               .directory = "/tmp",
                                               .threads = 2,
                                               .name = "names"};
        struct sorter *sorter;
        assert_int_equal(sorter_new(&options, &sorter, NULL), STATUS_OK);
        const enum status status = run_whole(sorter, 60, NULL);
        sorter_free(sorter);
        assert_int_equal(small.used_size, 0);
        if (status == STATUS_NOT_FOUND) {
            break;
        }
        assert_int_equal(status, STATUS_NO_MEMORY);
        refusals++;
    }
    assert_true(refusals > 5);
}

static void test_one_record_left_after_a_spill_is_not_forgotten(void **state)
{
    (void)state;
    SCOPED(disk_free) struct sys_memory *disk = NULL;
    assert_int_equal(sys_memory_new(&account, 1, &disk, NULL), STATUS_OK);
    struct sorter *const sorter = sorter_make(sys_memory_table(disk), 0, 1);
    for (uint32_t i = 0; sorter_spilled_size(sorter) == 0; i++) {
        const struct bytes key = {.data = (const uint8_t *)&i, .size = 4};
        assert_int_equal(sorter_add(sorter, key, (struct bytes){0}, NULL), STATUS_OK);
    }
    assert_int_equal(sorter_sort(sorter, NULL), STATUS_OK);
    uint64_t seen = 0;
    struct bytes key;
    struct bytes value;
    while (sorter_next(sorter, &key, &value, NULL) == STATUS_OK) {
        seen++;
    }
    assert_int_equal(seen, sorter_count(sorter));
    sorter_free(sorter);
}

static void test_memory_stays_inside_the_budget(void **state)
{
    (void)state;
    for (size_t memory_size = 256 << 10; memory_size <= 8 << 20; memory_size *= 2) {
        for (unsigned threads = 1; threads <= 2; threads++) {
            struct memory_account watched = {.name = "watched"};
            const struct sorter_options options = {.sys = sys_os(),
                                                   .account = &watched,
                                                   .memory_size = memory_size,
                                                   .directory = "/tmp",
                                                   .threads = threads,
                                                   .name = "names"};
            struct sorter *sorter;
            assert_int_equal(sorter_new(&options, &sorter, NULL), STATUS_OK);
            for (unsigned round = 0; round < 10; round++) { // small values: entries weigh most
                for (uint32_t i = 0; i < 20000; i++) {
                    const struct bytes key = {.data = (const uint8_t *)&i, .size = 3};
                    assert_int_equal(sorter_add(sorter, key, (struct bytes){0}, NULL), STATUS_OK);
                }
            }
            assert_int_equal(sorter_count(sorter), 200000);
            assert_int_equal(sorter_sort(sorter, NULL), STATUS_OK);
            // Besides: the sorter itself, and counts of runs and slots.
            assert_in_range(watched.peak_size, 0, memory_size + memory_size / 16 + (48 << 10));
            sorter_free(sorter);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_memory_and_threads_give_the_order_of_a_stable_sort),
        cmocka_unit_test(test_records_longer_than_a_block_keep_their_values),
        cmocka_unit_test(test_a_record_that_cannot_fit_is_refused_with_the_numbers),
        cmocka_unit_test(test_every_failing_call_is_reported_and_leaves_nothing),
        cmocka_unit_test(test_a_full_account_is_no_memory_and_leaks_nothing),
        cmocka_unit_test(test_one_record_left_after_a_spill_is_not_forgotten),
        cmocka_unit_test(test_memory_stays_inside_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
