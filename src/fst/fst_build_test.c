#include "fst/fst_build.h"

#include "fst/fst_sample.h"

static struct sample sample;

static enum status add_text(struct fst_builder *builder, const char *key, struct fault *fault)
{
    return fst_builder_add(builder, bytes_from_text(key), 0, 0, fault);
}

static struct fst_builder *builder_into(struct buffer *bytes)
{
    struct fst_builder *builder = NULL;
    assert_int_equal(
        fst_builder_new(&sample_account, 1 << 20, fst_sink_buffer, bytes, &builder, NULL),
        STATUS_OK);
    return builder;
}

static void test_keys_out_of_order_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const later[] = {"a", "ab", "", "aa"};
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        struct buffer bytes = {.account = &sample_account};
        struct fault fault;
        struct fst_builder *const builder = builder_into(&bytes);
        assert_int_equal(add_text(builder, "ab", &fault), STATUS_OK);
        assert_int_equal(add_text(builder, later[i], &fault), STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, "does not come after \"ab\""));
        fst_builder_free(builder);
        buffer_free(&bytes);
    }
}

static void test_a_key_too_long_is_refused(void **state)
{
    (void)state;
    static uint8_t key[FST_KEY_SIZE_MAX + 1];
    struct buffer bytes = {.account = &sample_account};
    struct fst_builder *const builder = builder_into(&bytes);
    assert_int_equal(
        fst_builder_add(builder, (struct bytes){.data = key, .size = sizeof(key)}, 0, 0, NULL),
        STATUS_OUT_OF_RANGE);
    fst_builder_free(builder);
    buffer_free(&bytes);
}

// Reads the block of golden bytes in formats/fst.md: an offset and up to 16 bytes a line.
static size_t golden_read(uint8_t *golden, size_t capacity)
{
    FILE *const file = fopen("formats/fst.md", "r");
    if (file == NULL) {
        fail_msg("no formats/fst.md: tests run in the folder that holds it");
    }
    char line[256];
    size_t size = 0;
    bool is_inside = false;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "```", 3) == 0) {
            is_inside = strcmp(line, "```golden\n") == 0;
            continue;
        }
        char *rest = line;
        for (int column = 0; is_inside && *rest != '\n'; column++) {
            const unsigned long number = strtoul(rest, &rest, 16);
            assert_true(size < capacity && number <= UINT16_MAX);
            if (column == 0) {
                assert_int_equal(number, size);
            } else {
                golden[size++] = (uint8_t)number;
            }
        }
    }
    (void)fclose(file);
    return size;
}

// The format's own example. A change here is a new version of the format.
static void test_golden_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        uint64_t value;
        uint32_t weight;
    } entries[] = {{"bahn", 0, 5},
                   {"bahnhof", 1, 9},
                   {"hof", 2, 7},
                   {"\xc3\xb6"
                    "d",
                    3, 7}};
    uint8_t golden[256];
    const size_t golden_size = golden_read(golden, sizeof(golden));
    struct buffer bytes = {.account = &sample_account};
    struct fst_builder *const builder = builder_into(&bytes);
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        assert_int_equal(fst_builder_add(builder, bytes_from_text(entries[i].key), entries[i].value,
                                         entries[i].weight, NULL),
                         STATUS_OK);
    }
    assert_int_equal(fst_builder_finish(builder, NULL), STATUS_OK);
    fst_builder_free(builder);
    assert_int_equal(bytes.size, golden_size);
    assert_memory_equal(bytes.data, golden, golden_size);
    assert_int_equal(fst_verify(&sample_account, buffer_bytes(&bytes), NULL), STATUS_OK);
    buffer_free(&bytes);
}

static void test_the_same_keys_give_the_same_bytes(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 20; round++) {
        sample_roll(&dice, SAMPLE_STREETS, 1000, &sample);
        const size_t register_size = dice_below(&dice, 1 << 16);
        sample_build(&sample, register_size);
        struct buffer first = sample.bytes;
        sample_build(&sample, register_size);
        assert_true(bytes_equal(buffer_bytes(&first), buffer_bytes(&sample.bytes)));
        buffer_free(&first);
        sample_free(&sample);
    }
}

// What follows a prefix: its keys, their values and weights as differences to the least and the best.
// Two prefixes with equal rests are one state of the minimal automaton.
struct rest {
    size_t first; // in sample.entries
    size_t count;
    uint32_t skipped;
    uint64_t value;
    uint32_t weight;
};

static struct rest rest_of(size_t first, uint32_t skipped)
{
    struct rest rest = {.first = first, .skipped = skipped, .value = UINT64_MAX};
    const struct sample_entry *const head = &sample.entries[first];
    for (size_t i = first; i < sample.count; i++, rest.count++) {
        const struct sample_entry *const entry = &sample.entries[i];
        if (entry->key_size < skipped || memcmp(entry->key, head->key, skipped) != 0) {
            break;
        }
        rest.value = entry->value < rest.value ? entry->value : rest.value;
        rest.weight = entry->weight > rest.weight ? entry->weight : rest.weight;
    }
    return rest;
}

static int rest_order(const void *left, const void *right)
{
    const struct rest *const a = left;
    const struct rest *const b = right;
    if (a->count != b->count) {
        return a->count < b->count ? -1 : 1;
    }
    for (size_t i = 0; i < a->count; i++) {
        const struct sample_entry *const x = &sample.entries[a->first + i];
        const struct sample_entry *const y = &sample.entries[b->first + i];
        const int keys = bytes_compare(
            (struct bytes){.data = x->key + a->skipped, .size = x->key_size - a->skipped},
            (struct bytes){.data = y->key + b->skipped, .size = y->key_size - b->skipped});
        if (keys != 0) {
            return keys;
        }
        if (x->value - a->value != y->value - b->value) {
            return x->value - a->value < y->value - b->value ? -1 : 1;
        }
        if (a->weight - x->weight != b->weight - y->weight) {
            return a->weight - x->weight < b->weight - y->weight ? -1 : 1;
        }
    }
    return 0;
}

// States of the minimal automaton, the one without arcs not counted (it is not written either).
static uint64_t minimal_state_count(void)
{
    static struct rest rests[SAMPLE_MAX * SAMPLE_KEY_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sample.count; i++) {
        const struct sample_entry *const entry = &sample.entries[i];
        for (uint32_t skipped = 0; skipped <= entry->key_size; skipped++) {
            const bool is_new = i == 0 || entry[-1].key_size < skipped ||
                                memcmp(entry[-1].key, entry->key, skipped) != 0;
            if (is_new) {
                rests[count] = rest_of(i, skipped);
                count += rests[count].count != 1 || skipped != entry->key_size;
            }
        }
    }
    qsort(rests, count, sizeof(*rests), rest_order);
    uint64_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        distinct += i == 0 || rest_order(&rests[i - 1], &rests[i]) != 0;
    }
    return distinct;
}

static void test_with_room_for_all_nodes_the_automaton_is_minimal(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 40; round++) {
        sample_roll(&dice, (enum sample_kind)(round % SAMPLE_KINDS), 10 + dice_below(&dice, 400),
                    &sample);
        sample_build(&sample, 1 << 24);
        assert_int_equal(sample.fst.node_count, minimal_state_count());
        sample_free(&sample);
    }
}

// Memory stays inside what was said, and what little fits is still shared.
static void test_a_small_register_costs_size_and_not_memory(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    sample_roll(&dice, SAMPLE_STREETS, SAMPLE_MAX, &sample);
    static const size_t sizes[] = {1 << 24, 64 << 10, 16 << 10, 0};
    size_t last_size = 0;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct memory_account account = {.name = "builder"};
        struct fst_builder *builder;
        struct buffer bytes = {.account = &sample_account};
        assert_int_equal(
            fst_builder_new(&account, sizes[i], fst_sink_buffer, &bytes, &builder, NULL),
            STATUS_OK);
        for (size_t j = 0; j < sample.count; j++) {
            const struct sample_entry *const entry = &sample.entries[j];
            assert_int_equal(
                fst_builder_add(builder, sample_key(entry), entry->value, entry->weight, NULL),
                STATUS_OK);
        }
        assert_int_equal(fst_builder_finish(builder, NULL), STATUS_OK);
        fst_builder_free(builder);
        assert_int_equal(account.used_size, 0);
        assert_true(account.peak_size < sizes[i] * 3 / 2 + (256 << 10));
        assert_true(bytes.size >= last_size);
        last_size = bytes.size;
        buffer_free(&bytes);
    }
}

struct countdown {
    size_t left; // bytes until it fails
};

static enum status failing_sink(void *context, struct bytes bytes, struct fault *fault)
{
    struct countdown *const countdown = context;
    if (bytes.size > countdown->left) {
        return fault_set(fault, STATUS_IO, "the disk is full");
    }
    countdown->left -= bytes.size;
    return STATUS_OK;
}

static enum status build_all(struct memory_account *account, fst_sink sink, void *context)
{
    struct fst_builder *builder;
    TRY(fst_builder_new(account, 1 << 20, sink, context, &builder, NULL));
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sample.count; i++) {
        status = fst_builder_add(builder, sample_key(&sample.entries[i]), i, 0, NULL);
    }
    if (status == STATUS_OK) {
        status = fst_builder_finish(builder, NULL);
    }
    fst_builder_free(builder);
    return status;
}

static void test_a_failing_sink_and_a_full_account_are_said(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    sample_roll(&dice, SAMPLE_SCRIPTS, SAMPLE_MAX, &sample);
    struct memory_account free_account = {.name = "all"};
    struct countdown countdown = {.left = SIZE_MAX};
    assert_int_equal(build_all(&free_account, failing_sink, &countdown), STATUS_OK);
    countdown.left = 1000;
    assert_int_equal(build_all(&free_account, failing_sink, &countdown), STATUS_IO);
    for (size_t limit = 1; limit < free_account.peak_size; limit += free_account.peak_size / 64) {
        struct memory_account account = {.name = "some", .limit_size = limit};
        countdown.left = SIZE_MAX;
        assert_int_equal(build_all(&account, failing_sink, &countdown), STATUS_NO_MEMORY);
        assert_int_equal(account.used_size, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_out_of_order_are_refused_by_name),
        cmocka_unit_test(test_a_key_too_long_is_refused),
        cmocka_unit_test(test_golden_bytes),
        cmocka_unit_test(test_the_same_keys_give_the_same_bytes),
        cmocka_unit_test(test_with_room_for_all_nodes_the_automaton_is_minimal),
        cmocka_unit_test(test_a_small_register_costs_size_and_not_memory),
        cmocka_unit_test(test_a_failing_sink_and_a_full_account_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
