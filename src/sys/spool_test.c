#include "sys/spool.h"

#include "base/test.h"
#include "sys/sys_memory.h"

static struct memory_account account = {.name = "test"};

// Appends pieces of random sizes, then reads them back in three ways.
static void property_gives_back_what_went_in(const struct sys *sys, struct dice *dice, size_t size)
{
    uint8_t *const content = malloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        content[i] = (uint8_t)dice_u64(dice);
    }
    struct spool *spool;
    assert_int_equal(spool_new(sys, &account, "/tmp", &spool, NULL), STATUS_OK);
    const uint64_t piece_max = 1 + dice_below(dice, size + 2);
    for (size_t at = 0; at < size;) {
        const size_t piece = (size_t)dice_below(dice, piece_max + 1);
        const size_t taken = piece < size - at ? piece : size - at;
        assert_int_equal(spool_append(spool, content + at, taken, NULL), STATUS_OK);
        at += taken;
    }
    assert_int_equal(spool_size(spool), size);

    struct spool_reader reader;
    const uint8_t *data;
    assert_int_equal(spool_reader_open(spool, &reader, NULL), STATUS_OK);
    for (size_t at = 0; at < size;) {
        const size_t piece = 1 + (size_t)dice_below(dice, piece_max);
        const size_t taken = piece < size - at ? piece : size - at;
        assert_int_equal(spool_reader_take(&reader, taken, &data, NULL), STATUS_OK);
        assert_memory_equal(data, content + at, taken);
        at += taken;
    }
    assert_int_equal(spool_reader_take(&reader, 1, &data, NULL), STATUS_NOT_FOUND);
    spool_reader_close(&reader);

    const size_t from = (size_t)dice_below(dice, size + 1);
    uint8_t *const part = malloc(size + 1);
    assert_int_equal(spool_read_at(spool, part, size - from, from, NULL), STATUS_OK);
    assert_memory_equal(part, content + from, size - from);
    assert_int_equal(spool_read_at(spool, part, size - from + 1, from, NULL), STATUS_OUT_OF_RANGE);

    struct bytes mapped;
    assert_int_equal(spool_map(spool, &mapped, NULL), STATUS_OK);
    assert_true(bytes_equal(mapped, (struct bytes){.data = content, .size = size}));
    spool_free(spool);
    free(part);
    free(content);
    assert_int_equal(account.used_size, 0);
}

static void test_small_and_large_spools_give_back_what_went_in(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned round = 0; round < 20; round++) {
        property_gives_back_what_went_in(sys_os(), &dice, (size_t)dice_below(&dice, 100));
        property_gives_back_what_went_in(sys_os(), &dice, (size_t)dice_below(&dice, 3 << 20));
    }
    property_gives_back_what_went_in(sys_os(), &dice, 256 << 10); // the buffer's size exactly
}

static void test_a_record_cut_at_the_end_is_told_from_the_end(void **state)
{
    (void)state;
    struct spool *spool;
    struct spool_reader reader;
    const uint8_t *data;
    assert_int_equal(spool_new(sys_os(), &account, "/tmp", &spool, NULL), STATUS_OK);
    assert_int_equal(spool_append(spool, "abc", 3, NULL), STATUS_OK);
    assert_int_equal(spool_reader_open(spool, &reader, NULL), STATUS_OK);
    assert_int_equal(spool_reader_take(&reader, 4, &data, NULL), STATUS_CORRUPT);
    assert_int_equal(spool_reader_take(&reader, 3, &data, NULL), STATUS_OK);
    assert_int_equal(spool_reader_take(&reader, 4, &data, NULL), STATUS_NOT_FOUND);
    spool_reader_close(&reader);
    spool_free(spool);
}

static enum status write_much(const struct sys *sys)
{
    struct spool *spool;
    TRY(spool_new(sys, &account, "/", &spool, NULL));
    static const uint8_t piece[100000];
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < 10 && status == STATUS_OK; i++) {
        status = spool_append(spool, piece, sizeof(piece), NULL);
    }
    struct bytes mapped;
    status = status == STATUS_OK ? spool_map(spool, &mapped, NULL) : status;
    spool_free(spool);
    return status;
}

static void test_every_failure_is_reported_and_leaves_nothing(void **state)
{
    (void)state;
    for (uint64_t call = 1;; call++) {
        struct sys_memory *memory;
        assert_int_equal(sys_memory_new(&account, call, &memory, NULL), STATUS_OK);
        sys_memory_fail_at(memory, call);
        const enum status status = write_much(sys_memory_table(memory));
        const bool has_failed = sys_memory_has_failed(memory);
        assert_int_equal(status, has_failed ? STATUS_IO : STATUS_OK);
        assert_int_equal(sys_memory_file_count(memory), 0);
        sys_memory_free(memory);
        assert_int_equal(account.used_size, 0);
        if (!has_failed) {
            assert_true(call > 5);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_and_large_spools_give_back_what_went_in),
        cmocka_unit_test(test_a_record_cut_at_the_end_is_told_from_the_end),
        cmocka_unit_test(test_every_failure_is_reported_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
