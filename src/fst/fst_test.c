#include "fst/fst.h"

#include "fst/fst_sample.h"

static struct sample sample;
static _Alignas(16) char arena_memory[1 << 20];

static void assert_entry(const struct fst_match *match, const struct sample_entry *entry,
                         uint32_t skipped)
{
    const struct bytes key = {.data = entry->key + skipped, .size = entry->key_size - skipped};
    assert_true(bytes_equal(match->key, key));
    assert_true(match->value == entry->value);
    assert_int_equal(match->weight, entry->weight);
    assert_int_equal(match->distance, 0);
}

static bool has_prefix(struct bytes key, struct bytes prefix)
{
    return key.size >= prefix.size &&
           bytes_equal((struct bytes){.data = key.data, .size = prefix.size}, prefix);
}

static const struct sample_entry *sample_find(struct bytes key)
{
    size_t low = 0;
    for (size_t high = sample.count; low < high;) {
        const size_t middle = (low + high) / 2;
        if (bytes_compare(sample_key(&sample.entries[middle]), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sample.count && bytes_equal(sample_key(&sample.entries[low]), key)
               ? &sample.entries[low]
               : NULL;
}

static void property_every_key_is_found(void)
{
    for (size_t i = 0; i < sample.count; i++) {
        const struct sample_entry *const entry = &sample.entries[i];
        uint64_t value = 0;
        uint32_t weight = 0;
        assert_true(fst_get(&sample.fst, sample_key(entry), &value, &weight));
        assert_true(value == entry->value);
        assert_int_equal(weight, entry->weight);
    }
}

static void property_other_keys_are_not_found(struct dice *dice, enum sample_kind kind)
{
    for (int i = 0; i < 500; i++) {
        struct sample_entry other = {0};
        sample_roll_key(dice, kind, &other);
        other.key[other.key_size++ % (SAMPLE_KEY_MAX - 1)] = (uint8_t)dice_below(dice, 256);
        const struct bytes key = sample_key(&other);
        assert_int_equal(fst_get(&sample.fst, key, NULL, NULL), sample_find(key) != NULL);
    }
}

static void property_a_scan_is_the_sorted_array(void)
{
    static struct fst_scan scan;
    struct fst_match match;
    fst_scan_prefix(&scan, &sample.fst, (struct bytes){0});
    for (size_t i = 0; i < sample.count; i++) {
        assert_true(fst_scan_next(&scan, &match));
        assert_entry(&match, &sample.entries[i], 0);
    }
    assert_false(fst_scan_next(&scan, &match));
    assert_false(fst_scan_next(&scan, &match));
}

// A string that is, or nearly is, in the map or the beginning of a key.
static struct sample_entry roll_probe(struct dice *dice, enum sample_kind kind)
{
    struct sample_entry probe = {0};
    if (sample.count != 0 && dice_below(dice, 2) == 0) {
        probe = sample.entries[dice_below(dice, sample.count)];
        probe.key_size = (uint32_t)dice_below(dice, probe.key_size + 1);
    } else {
        sample_roll_key(dice, kind, &probe);
    }
    return probe;
}

static void property_a_range_is_a_slice(struct dice *dice, enum sample_kind kind)
{
    static struct fst_scan scan;
    const struct sample_entry first = roll_probe(dice, kind);
    const struct sample_entry end = roll_probe(dice, kind);
    const bool has_end = dice_below(dice, 4) != 0;
    fst_scan_range(&scan, &sample.fst, sample_key(&first),
                   has_end ? sample_key(&end) : (struct bytes){0});
    struct fst_match match;
    for (size_t i = 0; i < sample.count; i++) {
        if (sample_order(&sample.entries[i], &first) >= 0 &&
            (!has_end || sample_order(&sample.entries[i], &end) < 0)) {
            assert_true(fst_scan_next(&scan, &match));
            assert_entry(&match, &sample.entries[i], 0);
        }
    }
    assert_false(fst_scan_next(&scan, &match));
}

static void property_a_prefix_is_a_slice(const struct sample_entry *prefix)
{
    static struct fst_scan scan;
    struct fst_match match;
    fst_scan_prefix(&scan, &sample.fst, sample_key(prefix));
    for (size_t i = 0; i < sample.count; i++) {
        if (has_prefix(sample_key(&sample.entries[i]), sample_key(prefix))) {
            assert_true(fst_scan_next(&scan, &match));
            assert_entry(&match, &sample.entries[i], 0);
        }
    }
    assert_false(fst_scan_next(&scan, &match));
}

static int by_weight(const void *left, const void *right)
{
    const struct sample_entry *const a = *(const struct sample_entry *const *)left;
    const struct sample_entry *const b = *(const struct sample_entry *const *)right;
    return a->weight != b->weight ? (a->weight < b->weight) - (a->weight > b->weight)
                                  : sample_order(a, b);
}

static void property_top_is_sorting_and_cutting(const struct sample_entry *prefix, size_t limit)
{
    static const struct sample_entry *expected[SAMPLE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sample.count; i++) {
        if (has_prefix(sample_key(&sample.entries[i]), sample_key(prefix))) {
            expected[count++] = &sample.entries[i];
        }
    }
    qsort(expected, count, sizeof(*expected), by_weight);

    struct arena arena = arena_over(arena_memory, sizeof(arena_memory));
    struct fst_cursor cursor = fst_root(&sample.fst);
    if (!fst_seek(&sample.fst, &cursor, sample_key(prefix))) {
        assert_int_equal(count, 0);
        return;
    }
    struct fst_matches matches = {0};
    assert_int_equal(fst_top(&sample.fst, &cursor, limit, &arena, &matches), STATUS_OK);
    assert_int_equal(matches.count, count < limit ? count : limit);
    for (size_t i = 0; i < matches.count; i++) {
        assert_entry(&matches.items[i], expected[i], prefix->key_size);
    }
    if (count != 0) {
        assert_int_equal(fst_best_weight(&cursor), expected[0]->weight);
    }
}

static void test_a_map_is_a_sorted_array(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    static const size_t counts[] = {0, 1, 2, 30, 500, SAMPLE_MAX};
    for (int round = 0; round < SAMPLE_KINDS * 36; round++) {
        const enum sample_kind kind = (enum sample_kind)(round % SAMPLE_KINDS);
        sample_roll(&dice, kind, counts[dice_below(&dice, COUNT_OF(counts))], &sample);
        sample_build(&sample, dice_below(&dice, 2) == 0 ? 1 << 24 : dice_below(&dice, 1 << 14));
        assert_int_equal(sample.fst.key_count, sample.count);
        property_every_key_is_found();
        property_other_keys_are_not_found(&dice, kind);
        property_a_scan_is_the_sorted_array();
        for (int i = 0; i < 20; i++) {
            const struct sample_entry prefix = roll_probe(&dice, kind);
            property_a_range_is_a_slice(&dice, kind);
            property_a_prefix_is_a_slice(&prefix);
            property_top_is_sorting_and_cutting(&prefix, dice_below(&dice, 40));
        }
        property_top_is_sorting_and_cutting(&(struct sample_entry){0}, FST_TOP_MAX);
        sample_free(&sample);
    }
}

static void set_entries(const char *const *keys, size_t count)
{
    sample.count = count;
    for (size_t i = 0; i < count; i++) {
        sample.entries[i] = (struct sample_entry){.value = i, .weight = (uint32_t)(10 * i)};
        sample_append(&sample.entries[i], keys[i]);
    }
}

static void test_an_empty_map_has_nothing(void **state)
{
    (void)state;
    set_entries(NULL, 0);
    sample_build(&sample, 1 << 20);
    struct fst_cursor cursor = fst_root(&sample.fst);
    assert_false(fst_step(&sample.fst, &cursor, 'a'));
    assert_false(fst_is_final(&sample.fst, &cursor, NULL, NULL));
    assert_int_equal(fst_best_weight(&cursor), 0);
    assert_false(fst_get(&sample.fst, (struct bytes){0}, NULL, NULL));
    property_a_scan_is_the_sorted_array();
    property_top_is_sorting_and_cutting(&(struct sample_entry){0}, 5);
    sample_free(&sample);
}

static void test_the_empty_string_can_be_a_key(void **state)
{
    (void)state;
    set_entries((const char *const[]){""}, 1);
    sample.entries[0].value = UINT64_MAX;
    sample.entries[0].weight = UINT32_MAX;
    sample_build(&sample, 1 << 20);
    property_every_key_is_found();
    property_a_scan_is_the_sorted_array();
    property_top_is_sorting_and_cutting(&(struct sample_entry){0}, 5);
    sample_free(&sample);
}

static void test_a_step_that_fails_leaves_the_cursor(void **state)
{
    (void)state;
    set_entries((const char *const[]){"feld", "feldweg"}, 2);
    sample_build(&sample, 1 << 20);
    struct fst_cursor cursor = fst_root(&sample.fst);
    assert_true(fst_seek(&sample.fst, &cursor, BYTES_OF("fel")));
    const struct fst_cursor before = cursor;
    assert_false(fst_step(&sample.fst, &cursor, 'x'));
    assert_false(fst_seek(&sample.fst, &cursor, BYTES_OF("dwx")));
    assert_memory_equal(&cursor, &before, sizeof(cursor));
    assert_true(fst_seek(&sample.fst, &cursor, BYTES_OF("d")));
    uint64_t value = 9;
    assert_true(fst_is_final(&sample.fst, &cursor, &value, NULL));
    assert_int_equal(value, 0);
    assert_int_equal(fst_best_weight(&cursor), 10);
    sample_free(&sample);
}

static void test_a_full_arena_is_said(void **state)
{
    (void)state;
    set_entries((const char *const[]){"bahn", "bahnhof", "bahnhofstrasse"}, 3);
    sample_build(&sample, 1 << 20);
    const struct fst_cursor root = fst_root(&sample.fst);
    for (size_t size = 0; size < 512; size += 8) {
        struct arena arena = arena_over(arena_memory, size);
        struct fst_matches matches = {0};
        const enum status status = fst_top(&sample.fst, &root, 3, &arena, &matches);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        assert_int_equal(matches.count, status == STATUS_OK ? 3 : 0);
    }
    sample_free(&sample);
}

// The longest key there can be, through every reader.
static void test_the_longest_key_is_read(void **state)
{
    (void)state;
    static uint8_t key[FST_KEY_SIZE_MAX];
    memset(key, 'x', sizeof(key));
    const struct bytes longest = {.data = key, .size = sizeof(key)};
    struct buffer bytes = {.account = &sample_account};
    struct fst_builder *builder;
    assert_int_equal(
        fst_builder_new(&sample_account, 1 << 20, fst_sink_buffer, &bytes, &builder, NULL),
        STATUS_OK);
    assert_int_equal(fst_builder_add(builder, longest, 7, 8, NULL), STATUS_OK);
    assert_int_equal(fst_builder_finish(builder, NULL), STATUS_OK);
    fst_builder_free(builder);
    assert_int_equal(fst_verify(&sample_account, buffer_bytes(&bytes), NULL), STATUS_OK);

    struct fst fst;
    assert_int_equal(fst_open(buffer_bytes(&bytes), &fst, NULL), STATUS_OK);
    assert_true(fst_get(&fst, longest, NULL, NULL));
    static struct fst_scan scan;
    struct fst_match match;
    fst_scan_prefix(&scan, &fst, (struct bytes){.data = key, .size = 1000});
    assert_true(fst_scan_next(&scan, &match));
    assert_true(bytes_equal(match.key, longest));
    assert_false(fst_scan_next(&scan, &match));
    struct arena arena = arena_over(arena_memory, sizeof(arena_memory));
    struct fst_matches matches;
    const struct fst_cursor root = fst_root(&fst);
    assert_int_equal(fst_top(&fst, &root, 2, &arena, &matches), STATUS_OK);
    assert_int_equal(matches.count, 1);
    assert_true(bytes_equal(matches.items[0].key, longest));
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_map_is_a_sorted_array),
        cmocka_unit_test(test_an_empty_map_has_nothing),
        cmocka_unit_test(test_the_empty_string_can_be_a_key),
        cmocka_unit_test(test_a_step_that_fails_leaves_the_cursor),
        cmocka_unit_test(test_a_full_arena_is_said),
        cmocka_unit_test(test_the_longest_key_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
