#include "ledger/effect.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static void test_has_the_bytes_of_its_format(void **state)
{
    (void)state;
    SCOPED(buffer_free) struct buffer out = {.account = &account};
    memcpy(effect_begin(&out, TABLE_OBJECT, EFFECT_PUT, BYTES_OF("key"), 2), "va", 2);
    assert_non_null(effect_begin(&out, TABLE_EVENT, EFFECT_DELETE_PREFIX, BYTES_OF("p"), 0));
    static const char golden[] = "\x02\x00\x03\x00\x02\x00\x00\x00keyva"
                                 "\x07\x02\x01\x00\x00\x00\x00\x00p";
    assert_int_equal(out.size, sizeof(golden) - 1);
    assert_memory_equal(out.data, golden, out.size);
}

static void test_refuses_what_is_cut_or_not_known(void **state)
{
    (void)state;
    SCOPED(buffer_free) struct buffer out = {.account = &account};
    struct effect effect;
    struct fault fault = {0};
    memcpy(effect_begin(&out, TABLE_OBJECT, EFFECT_PUT, BYTES_OF("key"), 2), "va", 2);
    for (size_t size = 1; size < out.size; size++) {
        struct bytes rest = {.data = out.data, .size = size};
        assert_int_equal(effect_decode(&rest, &effect, &fault), STATUS_CORRUPT);
    }
    struct bytes rest = buffer_bytes(&out);
    assert_int_equal(effect_decode(&rest, &effect, &fault), STATUS_OK);
    assert_true(bytes_equal(effect.value, BYTES_OF("va")));
    assert_int_equal(effect_decode(&rest, &effect, &fault), STATUS_NOT_FOUND);
    out.data[0] = TABLE_COUNT;
    rest = buffer_bytes(&out);
    assert_int_equal(effect_decode(&rest, &effect, &fault), STATUS_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_the_bytes_of_its_format),
        cmocka_unit_test(test_refuses_what_is_cut_or_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
