#include <string.h>

#include "base/buffer.h"
#include "base/test.h"
#include "fst/fst.h"
#include "fst/fst_build.h"

enum { KEYS = 5000, KEY_SIZE = 6 };

static struct memory_account account = {.name = "test"};

static int by_bytes(const void *left, const void *right)
{
    return strcmp(left, right);
}

// Keys of three letters' alphabet, so that prefixes are shared and some keys begin others.
static size_t keys_make(struct dice *dice, char keys[KEYS][KEY_SIZE + 1])
{
    for (size_t i = 0; i < KEYS; i++) {
        const uint64_t size = 1 + dice_below(dice, KEY_SIZE);
        memset(keys[i], 0, KEY_SIZE + 1);
        for (uint64_t j = 0; j < size; j++) {
            keys[i][j] = "a b"[dice_below(dice, 3)];
        }
    }
    qsort(keys, KEYS, KEY_SIZE + 1, by_bytes);
    size_t count = 1;
    for (size_t i = 1; i < KEYS; i++) {
        if (strcmp(keys[i], keys[count - 1]) != 0) {
            memmove(keys[count++], keys[i], KEY_SIZE + 1);
        }
    }
    return count;
}

static void test_a_prefix_is_a_range_of_ordinals(void **state)
{
    (void)state;
    static char keys[KEYS][KEY_SIZE + 1];
    struct dice dice = test_dice();
    const size_t count = keys_make(&dice, keys);
    struct buffer bytes = {.account = &account};
    struct fst_builder *builder;
    assert_int_equal(fst_builder_new(&account, 1 << 20, fst_sink_buffer, &bytes, &builder, NULL),
                     STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fst_builder_add(builder, bytes_from_text(keys[i]), i,
                                         (uint32_t)dice_below(&dice, 9), NULL),
                         STATUS_OK);
    }
    assert_int_equal(fst_builder_finish(builder, NULL), STATUS_OK);
    struct fst fst;
    assert_int_equal(fst_open(buffer_bytes(&bytes), &fst, NULL), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        const struct bytes prefix = {(const uint8_t *)keys[i],
                                     dice_below(&dice, strlen(keys[i]) + 1)};
        size_t lowest = i;
        size_t highest = i;
        while (lowest > 0 && strncmp(keys[lowest - 1], keys[i], prefix.size) == 0) {
            lowest--;
        }
        while (highest + 1 < count && strncmp(keys[highest + 1], keys[i], prefix.size) == 0) {
            highest++;
        }
        struct fst_cursor cursor = fst_root(&fst);
        assert_true(fst_seek(&fst, &cursor, prefix));
        uint64_t first;
        uint64_t last;
        fst_span(&fst, &cursor, &first, &last);
        assert_int_equal(first, lowest);
        assert_int_equal(last, highest);
    }
    fst_builder_free(builder);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_prefix_is_a_range_of_ordinals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
