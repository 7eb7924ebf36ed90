#include "fst/fst_fuzzy.h"

#include "fst/fst_sample.h"

enum { SYMBOLS_MAX = 80 };

static struct sample sample;
static _Alignas(16) char arena_memory[1 << 20];

static uint32_t symbols_of(struct bytes text, uint32_t *symbols)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if ((text.data[i] & 0xc0) == 0x80) {
            symbols[count - 1] = symbols[count - 1] << 8 | text.data[i];
        } else {
            symbols[count++] = text.data[i];
        }
    }
    return count;
}

static uint32_t least(uint32_t left, uint32_t right)
{
    return left < right ? left : right;
}

// The textbook table of optimal string alignment. With `is_prefix`, of the pattern and the nearest
// beginning of the key.
static uint32_t reference_distance(struct bytes pattern, struct bytes key, bool is_prefix)
{
    uint32_t a[SYMBOLS_MAX];
    uint32_t b[SYMBOLS_MAX];
    const uint32_t a_count = symbols_of(pattern, a);
    const uint32_t b_count = symbols_of(key, b);
    static uint32_t table[SYMBOLS_MAX + 1][SYMBOLS_MAX + 1];
    uint32_t best = UINT32_MAX;
    for (uint32_t j = 0; j <= b_count; j++) {
        for (uint32_t i = 0; i <= a_count; i++) {
            uint32_t distance = i == 0 ? j : j == 0 ? i : UINT32_MAX;
            if (i != 0 && j != 0) {
                distance = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                distance = least(distance, least(table[i - 1][j], table[i][j - 1]) + 1);
            }
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                distance = least(distance, table[i - 2][j - 2] + 1);
            }
            table[i][j] = distance;
        }
        best = is_prefix || j == b_count ? least(best, table[a_count][j]) : best;
    }
    return best;
}

static struct bytes sample_head(struct bytes text, uint32_t symbols)
{
    struct bytes head = {.data = text.data};
    while (head.size < text.size) {
        symbols -= (text.data[head.size] & 0xc0) != 0x80;
        if (symbols == UINT32_MAX) {
            break;
        }
        head.size++;
    }
    return head;
}

static bool has_prefix(struct bytes key, struct bytes prefix)
{
    return key.size >= prefix.size &&
           bytes_equal((struct bytes){.data = key.data, .size = prefix.size}, prefix);
}

// The distance under the options, UINT32_MAX when `key` does not match.
static uint32_t expected_distance(struct bytes pattern, const struct fst_fuzzy_options *options,
                                  struct bytes key, bool is_prefix)
{
    const struct bytes exact = sample_head(pattern, options->exact_prefix);
    if (!has_prefix(key, exact)) {
        return UINT32_MAX;
    }
    const uint32_t distance = reference_distance(
        (struct bytes){.data = pattern.data + exact.size, .size = pattern.size - exact.size},
        (struct bytes){.data = key.data + exact.size, .size = key.size - exact.size}, is_prefix);
    return distance <= options->distance_max ? distance : UINT32_MAX;
}

struct found {
    uint32_t distances[SAMPLE_MAX]; // plus 1; 0: not found
};

static bool note_found(void *context, const struct fst_match *match)
{
    struct found *const found = context;
    for (size_t i = 0; i < sample.count; i++) {
        if (bytes_equal(match->key, sample_key(&sample.entries[i]))) {
            assert_int_equal(found->distances[i], 0);
            assert_true(match->value == sample.entries[i].value);
            assert_int_equal(match->weight, sample.entries[i].weight);
            found->distances[i] = match->distance + 1;
            return true;
        }
    }
    fail_msg("found a key that is not there");
    return false;
}

static void property_found_is_what_is_near(struct bytes pattern,
                                           const struct fst_fuzzy_options *options)
{
    static struct found found;
    found = (struct found){0};
    const struct fst_cursor root = fst_root(&sample.fst);
    assert_int_equal(fst_fuzzy(&sample.fst, &root, pattern, options, note_found, &found),
                     STATUS_OK);
    for (size_t i = 0; i < sample.count; i++) {
        const uint32_t expected =
            expected_distance(pattern, options, sample_key(&sample.entries[i]), false);
        assert_int_equal(found.distances[i], expected + 1);
    }
}

struct ranked {
    uint32_t distance;
    const struct sample_entry *entry;
};

static int by_rank(const void *left, const void *right)
{
    const struct ranked *const a = left;
    const struct ranked *const b = right;
    if (a->distance != b->distance) {
        return a->distance < b->distance ? -1 : 1;
    }
    if (a->entry->weight != b->entry->weight) {
        return a->entry->weight > b->entry->weight ? -1 : 1;
    }
    return sample_order(a->entry, b->entry);
}

static void property_top_is_sorted_by_distance_and_weight(struct bytes pattern,
                                                          const struct fst_fuzzy_options *options,
                                                          size_t limit)
{
    static struct ranked ranked[SAMPLE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sample.count; i++) {
        const uint32_t distance =
            expected_distance(pattern, options, sample_key(&sample.entries[i]), true);
        if (distance != UINT32_MAX) {
            ranked[count++] = (struct ranked){.distance = distance, .entry = &sample.entries[i]};
        }
    }
    qsort(ranked, count, sizeof(*ranked), by_rank);

    struct arena arena = arena_over(arena_memory, sizeof(arena_memory));
    struct fst_matches matches = {0};
    const struct fst_cursor root = fst_root(&sample.fst);
    assert_int_equal(fst_fuzzy_top(&sample.fst, &root, pattern, options, limit, &arena, &matches),
                     STATUS_OK);
    assert_int_equal(matches.count, count < limit ? count : limit);
    for (size_t i = 0; i < matches.count; i++) {
        assert_true(bytes_equal(matches.items[i].key, sample_key(ranked[i].entry)));
        assert_true(matches.items[i].value == ranked[i].entry->value);
        assert_int_equal(matches.items[i].weight, ranked[i].entry->weight);
        assert_int_equal(matches.items[i].distance, ranked[i].distance);
    }
}

// A key with up to three of its bytes removed, changed, doubled or swapped: still UTF-8 when it was
// ASCII; else a key cut at a code point, or a new one.
static struct sample_entry roll_pattern(struct dice *dice, enum sample_kind kind)
{
    struct sample_entry pattern = {0};
    sample_roll_key(dice, kind, &pattern);
    if (sample.count == 0 || dice_below(dice, 4) == 0) {
        return pattern;
    }
    pattern = sample.entries[dice_below(dice, sample.count)];
    if (kind == SAMPLE_SCRIPTS) {
        pattern.key_size =
            (uint32_t)sample_head(sample_key(&pattern), (uint32_t)dice_below(dice, 9)).size;
        return pattern;
    }
    for (uint64_t edits = dice_below(dice, 4); edits != 0 && pattern.key_size > 1; edits--) {
        const uint32_t at = (uint32_t)dice_below(dice, pattern.key_size - 1);
        uint8_t *const byte = &pattern.key[at];
        const uint8_t second = byte[1];
        switch (dice_below(dice, 3)) {
        case 0:
            byte[1] = byte[0];
            byte[0] = second;
            break;
        case 1:
            byte[0] = (uint8_t)('a' + dice_below(dice, 3));
            break;
        default:
            memmove(byte, byte + 1, --pattern.key_size - at);
            break;
        }
    }
    return pattern;
}

static void test_fuzzy_is_filtering_by_distance(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    static const enum sample_kind kinds[] = {SAMPLE_TANGLE, SAMPLE_STREETS, SAMPLE_SCRIPTS};
    for (int round = 0; round < 30; round++) {
        const enum sample_kind kind = kinds[round % 3];
        sample_roll(&dice, kind, dice_below(&dice, 700), &sample);
        sample_build(&sample, 1 << 24);
        for (int i = 0; i < 40; i++) {
            const struct sample_entry pattern = roll_pattern(&dice, kind);
            const struct fst_fuzzy_options options = {
                .distance_max = (uint32_t)dice_below(&dice, 3),
                .exact_prefix = (uint32_t)(dice_below(&dice, 2) * dice_below(&dice, 5)),
            };
            property_found_is_what_is_near(sample_key(&pattern), &options);
            property_top_is_sorted_by_distance_and_weight(sample_key(&pattern), &options,
                                                          dice_below(&dice, 30));
        }
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
    sample_build(&sample, 1 << 20);
}

static bool count_found(void *context, const struct fst_match *match)
{
    (void)match;
    ++*(size_t *)context;
    return true;
}

static bool stop_at_once(void *context, const struct fst_match *match)
{
    (void)count_found(context, match);
    return false;
}

static void test_a_swap_is_one_edit_and_closes_what_it_touched(void **state)
{
    (void)state;
    set_entries((const char *const[]){"abc", "ac"}, 2);
    const struct fst_cursor root = fst_root(&sample.fst);
    const struct fst_fuzzy_options one = {.distance_max = 1};
    const struct fst_fuzzy_options two = {.distance_max = 2};
    size_t count = 0;
    assert_int_equal(fst_fuzzy(&sample.fst, &root, BYTES_OF("bac"), &one, count_found, &count),
                     STATUS_OK);
    assert_int_equal(count, 2); // abc by a swap, ac by leaving out b
    count = 0; // ca -> ac -> abc would edit between the swapped two: three edits in this distance
    assert_int_equal(fst_fuzzy(&sample.fst, &root, BYTES_OF("ca"), &two, count_found, &count),
                     STATUS_OK);
    assert_int_equal(count, 1);
    sample_free(&sample);
}

static void test_a_visitor_can_stop_and_a_budget_ends(void **state)
{
    (void)state;
    set_entries((const char *const[]){"aa", "ab", "ac", "ad"}, 4);
    const struct fst_cursor root = fst_root(&sample.fst);
    size_t count = 0;
    struct fst_fuzzy_options options = {.distance_max = 1};
    assert_int_equal(fst_fuzzy(&sample.fst, &root, BYTES_OF("aa"), &options, stop_at_once, &count),
                     STATUS_OK);
    assert_int_equal(count, 1);
    options.step_budget = 3;
    assert_int_equal(fst_fuzzy(&sample.fst, &root, BYTES_OF("aa"), &options, count_found, &count),
                     STATUS_BUSY);
    struct arena arena = arena_over(arena_memory, sizeof(arena_memory));
    struct fst_matches matches = {0};
    assert_int_equal(
        fst_fuzzy_top(&sample.fst, &root, BYTES_OF("aa"), &options, 4, &arena, &matches),
        STATUS_BUSY);
    assert_true(matches.count >= 1); // the exact one was found first
    assert_int_equal(matches.items[0].value, 0);
    sample_free(&sample);
}

static void test_patterns_that_cannot_be_searched_are_refused(void **state)
{
    (void)state;
    set_entries((const char *const[]){"a"}, 1);
    const struct fst_cursor root = fst_root(&sample.fst);
    const struct fst_fuzzy_options two = {.distance_max = 2};
    const struct fst_fuzzy_options three = {.distance_max = 3};
    char text[64];
    memset(text, 'a', sizeof(text));
    text[63] = '\0';
    size_t count = 0;
    static const char *const no_text[] = {"\x80", "a\xff", "\xc3", "\xe5\xb1", "\xe5\xb1z"};
    for (size_t i = 0; i < COUNT_OF(no_text); i++) {
        assert_int_equal(
            fst_fuzzy(&sample.fst, &root, bytes_from_text(no_text[i]), &two, count_found, &count),
            STATUS_OUT_OF_RANGE);
    }
    assert_int_equal(
        fst_fuzzy(&sample.fst, &root, bytes_from_text(text), &two, count_found, &count),
        STATUS_OUT_OF_RANGE);
    assert_int_equal(
        fst_fuzzy(&sample.fst, &root, bytes_from_text(text + 1), &two, count_found, &count),
        STATUS_OK);
    assert_int_equal(fst_fuzzy(&sample.fst, &root, BYTES_OF("a"), &three, count_found, &count),
                     STATUS_OUT_OF_RANGE);
    assert_int_equal(count, 0);
    sample_free(&sample);
}

// The longest pattern against keys that branch all the way: the deepest recursion.
static void test_the_longest_pattern_finds_the_longest_keys(void **state)
{
    (void)state;
    sample.count = 0;
    for (uint32_t i = 0; i < 2 * 64; i++) {
        struct sample_entry *const entry = &sample.entries[sample.count++];
        *entry = (struct sample_entry){.key_size = 64, .value = i};
        memset(entry->key, 'a', 64);
        entry->key[i / 2] = (uint8_t)('b' + i % 2);
    }
    qsort(sample.entries, sample.count, sizeof(sample.entries[0]), sample_order);
    sample_build(&sample, 1 << 20);
    char text[FST_FUZZY_SIZE_MAX + 1];
    memset(text, 'a', FST_FUZZY_SIZE_MAX);
    text[FST_FUZZY_SIZE_MAX] = '\0';
    const struct fst_fuzzy_options options = {.distance_max = 2};
    property_found_is_what_is_near(bytes_from_text(text), &options);
    property_top_is_sorted_by_distance_and_weight(bytes_from_text(text), &options, 10);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fuzzy_is_filtering_by_distance),
        cmocka_unit_test(test_a_swap_is_one_edit_and_closes_what_it_touched),
        cmocka_unit_test(test_a_visitor_can_stop_and_a_budget_ends),
        cmocka_unit_test(test_patterns_that_cannot_be_searched_are_refused),
        cmocka_unit_test(test_the_longest_pattern_finds_the_longest_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
