#include "fst/fst.h"

#include "base/buffer.h"
#include "base/test.h"
#include "fst/fst_build.h"
#include "fst/fst_fuzzy.h"

static struct memory_account account = {.name = "test"};

static void test_a_small_map_answers(void **state)
{
    (void)state;
    static const char *const keys[] = {"bahnhofstrasse", "bahnstrasse", "feldkircher strasse",
                                       "feldweg"};
    struct buffer bytes = {.account = &account};
    struct fst_builder *builder;
    assert_int_equal(fst_builder_new(&account, 1 << 20, fst_sink_buffer, &bytes, &builder, NULL),
                     STATUS_OK);
    for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
        assert_int_equal(fst_builder_add(builder, bytes_from_text(keys[i]), i, 10 * i, NULL),
                         STATUS_OK);
    }
    assert_int_equal(fst_builder_finish(builder, NULL), STATUS_OK);
    fst_builder_free(builder);
    struct fault fault;
    if (fst_verify(&account, buffer_bytes(&bytes), &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    struct fst fst;
    assert_int_equal(fst_open(buffer_bytes(&bytes), &fst, NULL), STATUS_OK);
    for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
        uint64_t value = 99;
        uint32_t weight = 99;
        assert_true(fst_get(&fst, bytes_from_text(keys[i]), &value, &weight));
        assert_int_equal(value, i);
        assert_int_equal(weight, 10 * i);
    }
    static _Alignas(16) char memory[1 << 16];
    struct arena arena = arena_over(memory, sizeof(memory));
    struct fst_matches matches;
    const struct fst_cursor root = fst_root(&fst);
    assert_int_equal(fst_top(&fst, &root, 3, &arena, &matches), STATUS_OK);
    assert_int_equal(matches.count, 3);
    assert_true(bytes_equal(matches.items[1].key, BYTES_OF("feldkircher strasse")));
    const struct fst_fuzzy_options options = {.distance_max = 1};
    assert_int_equal(fst_fuzzy_top(&fst, &root, BYTES_OF("fledk"), &options, 3, &arena, &matches),
                     STATUS_OK);
    assert_int_equal(matches.count, 1);
    assert_int_equal(matches.items[0].value, 2);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_small_map_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
