#include "deliver/sign.h"

#include <string.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};

// The example of the reference libraries of Standard Webhooks.
static void test_signs_as_the_reference_libraries_do(void **state)
{
    (void)state;
    struct sign_key key;
    assert_int_equal(sign_key_parse(BYTES_OF("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &key, NULL),
                     STATUS_OK);
    assert_int_equal(key.size, 24);
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    sign_write(&key, 1, BYTES_OF("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
               BYTES_OF("{\"test\": 2432232314}"), &out);
    assert_int_equal(out.size, 47);
    assert_memory_equal(out.data, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 47);
}

static void test_signs_once_for_each_key(void **state)
{
    (void)state;
    struct sign_key keys[2] = {{.bytes = "0123456789abcdef", .size = 16},
                               {.bytes = "fedcba9876543210", .size = 16}};
    struct buffer both SCOPED(buffer_free) = {.account = &account};
    struct buffer second SCOPED(buffer_free) = {.account = &account};
    sign_write(keys, 2, BYTES_OF("id"), 7, BYTES_OF("body"), &both);
    sign_write(keys + 1, 1, BYTES_OF("id"), 7, BYTES_OF("body"), &second);
    assert_int_equal(both.size, 47 + 1 + 47);
    assert_int_equal(both.data[47], ' ');
    assert_memory_equal(both.data + 48, second.data, 47);
}

static void test_makes_secrets_that_it_accepts(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 100; i++) {
        const uint64_t chance[3] = {dice_u64(&dice), dice_u64(&dice), dice_u64(&dice)};
        char secret[SIGN_SECRET_SIZE + 1];
        sign_secret_make(chance, secret);
        struct sign_key key;
        assert_int_equal(sign_key_parse(bytes_from_text(secret), &key, NULL), STATUS_OK);
        assert_int_equal(key.size, 24);
        assert_memory_equal(key.bytes, chance, 24);
    }
}

static void test_refuses_secrets_without_repeating_them(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "whsec_",
                                      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
                                      "whsec_c2hvcnQ=",
                                      "whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct sign_key key;
        struct fault fault = {0};
        assert_int_equal(sign_key_parse(bytes_from_text(bad[i]), &key, &fault),
                         STATUS_OUT_OF_RANGE);
        assert_true(bad[i][0] == '\0' || i == 1 || strstr(fault.text, bad[i]) == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs_as_the_reference_libraries_do),
        cmocka_unit_test(test_signs_once_for_each_key),
        cmocka_unit_test(test_makes_secrets_that_it_accepts),
        cmocka_unit_test(test_refuses_secrets_without_repeating_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
