#include "fst/fst.h"
#include "fst/fst_fuzzy.h"
#include "fst/fst_sample.h"

static struct sample sample;
static _Alignas(16) char arena_memory[1 << 18];

static bool visit_none(void *context, const struct fst_match *match)
{
    (void)context;
    (void)match;
    return true;
}

// Every reader over bytes that may be anything: under the sanitizers this shows that they stay inside
// and end.
static void read_everything(const struct fst *fst)
{
    static struct fst_scan scan;
    struct fst_match match;
    fst_scan_prefix(&scan, fst, (struct bytes){0});
    for (size_t i = 0; i < 2 * SAMPLE_MAX && fst_scan_next(&scan, &match); i++) {
    }
    for (size_t i = 0; i < sample.count; i += 7) {
        (void)fst_get(fst, sample_key(&sample.entries[i]), NULL, NULL);
    }
    struct arena arena = arena_over(arena_memory, sizeof(arena_memory));
    struct fst_matches matches;
    const struct fst_cursor root = fst_root(fst);
    status_ignore(fst_top(fst, &root, 20, &arena, &matches), "the bytes may be damaged");
    const struct fst_fuzzy_options options = {.distance_max = 2, .step_budget = 1000};
    status_ignore(fst_fuzzy(fst, &root, BYTES_OF("bahnhof"), &options, visit_none, NULL),
                  "the bytes may be damaged");
    status_ignore(fst_fuzzy_top(fst, &root, BYTES_OF("ab"), &options, 20, &arena, &matches),
                  "the bytes may be damaged");
}

// A copy of exactly this size, so that a sanitizer sees the first byte past the end.
static struct bytes exact_copy(struct bytes bytes, size_t size)
{
    uint8_t *const copy = memory_take(&sample_account, size == 0 ? 1 : size, 1);
    assert_non_null(copy);
    memcpy(copy, bytes.data, size < bytes.size ? size : bytes.size);
    return (struct bytes){.data = copy, .size = size};
}

static void give_copy(struct bytes copy)
{
    uint8_t *block;
    memcpy(&block, &copy.data, sizeof(block));
    memory_give(block);
}

static void read_if_opened(struct bytes bytes)
{
    struct fst fst;
    if (fst_open(bytes, &fst, NULL) == STATUS_OK) {
        read_everything(&fst);
    }
}

static void test_a_map_cut_short_is_refused(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    sample_roll(&dice, SAMPLE_STREETS, 60, &sample);
    sample_build(&sample, 1 << 20);
    for (size_t size = 0; size < sample.bytes.size; size++) {
        const struct bytes copy = exact_copy(buffer_bytes(&sample.bytes), size);
        struct fault fault = {0};
        assert_int_equal(fst_verify(&sample_account, copy, &fault), STATUS_CORRUPT);
        assert_true(fault.text[0] != '\0');
        read_if_opened(copy);
        give_copy(copy);
    }
    sample_free(&sample);
}

// A flipped bit is noticed, or changes a value, or a weight within what its place allows: what is
// verified can be read in full and in order.
static void test_a_flipped_bit_is_refused_or_harmless(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    size_t passed = 0;
    size_t tried = 0;
    for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
        sample_roll(&dice, (enum sample_kind)kind, 120, &sample);
        sample_build(&sample, 1 << 20);
        for (size_t bit = 0; bit < 8 * sample.bytes.size; bit++, tried++) {
            sample.bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
            const struct bytes copy = exact_copy(buffer_bytes(&sample.bytes), sample.bytes.size);
            passed += fst_verify(&sample_account, copy, NULL) == STATUS_OK;
            read_if_opened(copy);
            give_copy(copy);
            sample.bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        sample_free(&sample);
    }
    assert_true(passed < tried);
}

// What verifies is an ordered map as the header promises, whatever was done to the bytes.
static void test_what_verifies_is_in_order_and_as_claimed(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    static struct fst_scan scan;
    sample_roll(&dice, SAMPLE_TANGLE, 100, &sample);
    sample_build(&sample, 1 << 20);
    for (int round = 0; round < 20000; round++) {
        const struct bytes copy = exact_copy(buffer_bytes(&sample.bytes), sample.bytes.size);
        uint8_t *bytes;
        memcpy(&bytes, &copy.data, sizeof(bytes));
        for (uint64_t edits = dice_below(&dice, 3); edits != UINT64_MAX; edits--) {
            bytes[dice_below(&dice, copy.size)] = (uint8_t)dice_u64(&dice);
        }
        struct fst fst;
        if (fst_verify(&sample_account, copy, NULL) == STATUS_OK) {
            assert_int_equal(fst_open(copy, &fst, NULL), STATUS_OK);
            struct fst_match match;
            uint64_t count = 0;
            uint32_t best = 0;
            fst_scan_prefix(&scan, &fst, (struct bytes){0});
            uint8_t last[FST_KEY_SIZE_MAX];
            struct bytes before = {.data = last};
            for (; fst_scan_next(&scan, &match); count++) {
                assert_true(count == 0 || bytes_compare(before, match.key) < 0);
                memcpy(last, match.key.data, match.key.size);
                before.size = match.key.size;
                best = match.weight > best ? match.weight : best;
            }
            assert_int_equal(count, fst.key_count);
            assert_int_equal(best, fst.root.weight);
        }
        give_copy(copy);
    }
    sample_free(&sample);
}

// A file cut short under its map: pages from somewhere on, or one somewhere, read as zeros after
// the map was opened.
static void test_zeroed_pages_are_read_without_harm(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 60; round++) {
        sample_roll(&dice, (enum sample_kind)(round % SAMPLE_KINDS), 2000, &sample);
        sample_build(&sample, dice_below(&dice, 1 << 16));
        const size_t page_size = (size_t)1 << (6 + dice_below(&dice, 7));
        const size_t first = dice_below(&dice, sample.bytes.size);
        const size_t start = first - first % page_size;
        const size_t rest = sample.bytes.size - start;
        const bool is_cut = dice_below(&dice, 2) == 0;
        memset(sample.bytes.data + start, 0, is_cut || page_size > rest ? rest : page_size);
        read_everything(&sample.fst);
        sample_free(&sample);
    }
}

static void test_a_full_account_is_said(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    sample_roll(&dice, SAMPLE_STREETS, 500, &sample);
    sample_build(&sample, 1 << 20);
    struct memory_account all = {.name = "all"};
    assert_int_equal(fst_verify(&all, buffer_bytes(&sample.bytes), NULL), STATUS_OK);
    assert_int_equal(all.used_size, 0);
    for (size_t limit = 1; limit < all.peak_size; limit += all.peak_size / 16) {
        struct memory_account some = {.name = "some", .limit_size = limit};
        assert_int_equal(fst_verify(&some, buffer_bytes(&sample.bytes), NULL), STATUS_NO_MEMORY);
        assert_int_equal(some.used_size, 0);
    }
    sample_free(&sample);
}

static void test_another_version_is_named(void **state)
{
    (void)state;
    sample.count = 0;
    sample_build(&sample, 1 << 20);
    sample.bytes.data[6] = 2;
    struct fault fault;
    struct fst fst;
    assert_int_equal(fst_open(buffer_bytes(&sample.bytes), &fst, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "version 2"));
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_map_cut_short_is_refused),
        cmocka_unit_test(test_a_flipped_bit_is_refused_or_harmless),
        cmocka_unit_test(test_what_verifies_is_in_order_and_as_claimed),
        cmocka_unit_test(test_zeroed_pages_are_read_without_harm),
        cmocka_unit_test(test_a_full_account_is_said),
        cmocka_unit_test(test_another_version_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
