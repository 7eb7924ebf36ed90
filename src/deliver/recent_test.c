#include "deliver/recent.h"

#include <string.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static void recent_end(struct recent **recent)
{
    recent_free(*recent);
}

static size_t size_of(uint64_t sequence)
{
    return 1 + sequence * 7919 % 300;
}

static void fill(uint64_t sequence, uint8_t *bytes)
{
    memset(bytes, (int)(sequence % 251), size_of(sequence));
}

static void add_row(struct recent *recent, uint64_t from, uint64_t count)
{
    struct buffer records SCOPED(buffer_free) = {.account = &account};
    for (uint64_t i = from; i < from + count; i++) {
        uint8_t bytes[300];
        fill(i, bytes);
        buffer_append_u32(&records, (uint32_t)size_of(i));
        buffer_append(&records, bytes, size_of(i));
    }
    recent_add(recent, buffer_bytes(&records));
}

static void check_found(struct recent *recent, uint64_t sequence)
{
    struct buffer found SCOPED(buffer_free) = {.account = &account};
    uint8_t bytes[300];
    fill(sequence, bytes);
    assert_true(recent_find(recent, sequence, &found));
    assert_int_equal(found.size, size_of(sequence));
    assert_memory_equal(found.data, bytes, found.size);
}

static void test_the_last_events_are_there_and_older_ones_are_said_to_be_gone(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    struct recent *recent SCOPED(recent_end) = NULL;
    assert_int_equal(recent_new(&account, 1 << 16, &recent, NULL), STATUS_OK);
    recent_begin(recent, 1000);
    uint64_t next = 1000;
    struct buffer read SCOPED(buffer_free) = {.account = &account};
    for (int round = 0; round < 500; round++) {
        const uint64_t count = dice_below(&dice, 20);
        add_row(recent, next, count);
        next += count;
        assert_int_equal(recent_last(recent), next - 1);
        uint64_t oldest = next;
        while (oldest > 1000 && recent_find(recent, oldest - 1, &read)) {
            oldest--;
        }
        buffer_clear(&read);
        // A ring of 64 KiB holds at least 200 events of at most 300 bytes.
        assert_true(next - oldest >= (next - 1000 < 200 ? next - 1000 : 200));
        uint64_t reached = 0;
        assert_int_equal(recent_read(recent, oldest - 1, SIZE_MAX, &read, &reached), true);
        assert_int_equal(reached, next - 1);
        if (oldest > 1000) {
            assert_false(recent_read(recent, oldest - 2, SIZE_MAX, &read, &reached));
        }
        buffer_clear(&read);
        if (next > oldest) {
            check_found(recent, oldest + dice_below(&dice, next - oldest));
        }
    }
}

static void test_readers_get_everything_once_in_pieces(void **state)
{
    (void)state;
    struct recent *recent SCOPED(recent_end) = NULL;
    assert_int_equal(recent_new(&account, 1 << 20, &recent, NULL), STATUS_OK);
    add_row(recent, 1, 1000);
    uint64_t after = 0;
    while (after < 1000) {
        struct buffer read SCOPED(buffer_free) = {.account = &account};
        uint64_t reached = after;
        assert_true(recent_read(recent, after, 5000, &read, &reached));
        assert_true(reached > after);
        struct reader reader = {.rest = buffer_bytes(&read)};
        while (reader.rest.size != 0) {
            assert_int_equal(reader_u64(&reader), ++after);
            const uint32_t size = reader_u32(&reader);
            assert_int_equal(size, size_of(after));
            (void)reader_take(&reader, size);
        }
        assert_int_equal(after, reached);
    }
    struct buffer none SCOPED(buffer_free) = {.account = &account};
    uint64_t reached = 0;
    assert_true(recent_read(recent, 1000, 5000, &none, &reached));
    assert_int_equal(reached, 1000);
    assert_int_equal(none.size, 0);
}

static void test_an_event_too_large_to_keep_is_not_found(void **state)
{
    (void)state;
    struct recent *recent SCOPED(recent_end) = NULL;
    assert_int_equal(recent_new(&account, 1000, &recent, NULL), STATUS_OK);
    add_row(recent, 1, 2);
    static uint8_t large[4 + 500] = {500 & 0xff, 500 >> 8};
    recent_add(recent, (struct bytes){.data = large, .size = sizeof(large)});
    struct buffer none SCOPED(buffer_free) = {.account = &account};
    assert_false(recent_find(recent, 3, &none));
    assert_int_equal(recent_last(recent), 3);
    uint64_t reached = 0;
    assert_false(recent_read(recent, 2, 100, &none, &reached));
    assert_true(recent_read(recent, 3, 100, &none, &reached));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_events_are_there_and_older_ones_are_said_to_be_gone),
        cmocka_unit_test(test_readers_get_everything_once_in_pieces),
        cmocka_unit_test(test_an_event_too_large_to_keep_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
