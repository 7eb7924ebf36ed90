#include "serve/guard.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static bool knows(const struct guard *guard, const char *host)
{
    return guard_knows_host(guard, bytes_from_text(host));
}

static struct guard bound_to(const char *address, const char *host_names)
{
    struct guard guard = {.host_names = host_names};
    assert_int_equal(address_parse(address, "test", &guard.bound, NULL), STATUS_OK);
    return guard;
}

static void test_knows_its_own_names_only(void **state)
{
    (void)state;
    const struct guard local = bound_to("127.0.0.1:7070", NULL);
    static const char *const ours[] = {"localhost",  "LocalHost:7070", "127.0.0.1:7070",
                                       "127.0.0.1",  "[::1]:7070",     "[::1]",
                                       "127.9.9.9:1"};
    static const char *const others[] = {"example.org",
                                         "example.org:7070",
                                         "127.0.0.1.nip.io",
                                         "localhost.evil.org",
                                         "10.0.0.1:7070",
                                         "[2001:db8::1]",
                                         "0.0.0.0:7070",
                                         "localhos",
                                         "[::1",
                                         "::1",
                                         "[]",
                                         "2130706433"};
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        assert_true(knows(&local, ours[i]));
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(knows(&local, others[i]));
    }
}

static void test_knows_the_address_it_is_bound_to(void **state)
{
    (void)state;
    const struct guard one = bound_to("10.0.0.1:80", "maps.example.org,geo.example.org");
    assert_true(knows(&one, "10.0.0.1"));
    assert_false(knows(&one, "10.0.0.2"));
    assert_true(knows(&one, "maps.example.org:80"));
    assert_true(knows(&one, "GEO.example.org"));
    assert_false(knows(&one, "example.org"));
    assert_false(knows(&one, "maps.example.org,geo.example.org"));
    // An address cannot be pointed elsewhere: bound to all, any of ours may be meant.
    const struct guard all = bound_to("0.0.0.0:80", NULL);
    assert_true(knows(&all, "192.168.1.2:80"));
    assert_true(knows(&all, "[2001:db8::1]:80"));
    assert_false(knows(&all, "example.org"));
}

static enum status open_with(const char *text, struct guard *guard, struct fault *fault)
{
    const char *const path = "/tmp/rhumb-guard-test";
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    const enum status status = guard_open(sys_os(), &account, path, NULL, guard, fault);
    (void)remove(path);
    return status;
}

static void test_admits_who_shows_a_key(void **state)
{
    (void)state;
    struct guard guard;
    assert_int_equal(
        open_with("# of Ann\nannannannannanna\r\n\n# of Bob\nbobbobbobbobbobbob\n", &guard, NULL),
        STATUS_OK);
    assert_int_equal(guard.key_count, 2);
    assert_true(guard_admits(&guard, BYTES_OF("annannannannanna")));
    assert_true(guard_admits(&guard, BYTES_OF("bobbobbobbobbobbob")));
    assert_false(guard_admits(&guard, BYTES_OF("annannannannannaX")));
    assert_false(guard_admits(&guard, BYTES_OF("annannannannann")));
    assert_false(guard_admits(&guard, BYTES_OF("")));
    assert_false(guard_admits(&guard, BYTES_OF("# of Ann# of Ann")));
    guard_close(&guard);
    assert_int_equal(account.used_size, 0);
    assert_true(guard_admits(&guard, BYTES_OF("")));
}

static void test_says_which_line_is_no_key(void **state)
{
    (void)state;
    struct guard guard;
    struct fault fault;
    assert_int_equal(open_with("annannannannanna\nshort\n", &guard, &fault), STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(fault.text, "rhumb-guard-test:2: "));
    assert_int_equal(open_with("ann ann ann ann ann ann", &guard, &fault), STATUS_OUT_OF_RANGE);
    assert_int_equal(open_with("# nothing\n", &guard, &fault), STATUS_OUT_OF_RANGE);
    assert_int_equal(guard_open(sys_os(), &account, "/nowhere/keys", NULL, &guard, &fault),
                     STATUS_NOT_FOUND);
    assert_int_equal(account.used_size, 0);
}

static void test_holds_a_key_to_its_quota(void **state)
{
    (void)state;
    struct guard guard;
    assert_int_equal(open_with("annannannannannan 10/s\nbobbobbobbobbobbob\n", &guard, NULL),
                     STATUS_OK);
    assert_int_equal(guard_key_number(&guard, BYTES_OF("annannannannannan")), 1);
    assert_int_equal(guard_key_number(&guard, BYTES_OF("bobbobbobbobbobbob")), 2);
    int64_t now_us = 1000000000;
    unsigned admitted = 0;
    for (unsigned i = 0; i < 100; i++) {
        admitted += guard_charge(&guard, 1, 1, now_us) ? 1 : 0;
        assert_true(guard_charge(&guard, 2, 1000, now_us));
        assert_true(guard_charge(&guard, 0, 1000, now_us));
    }
    assert_int_equal(admitted, 11); // a second's worth at once
    for (unsigned tenth = 0; tenth < 100; tenth++) {
        now_us += 100000;
        admitted += guard_charge(&guard, 1, 1, now_us) ? 1 : 0;
        assert_false(guard_charge(&guard, 1, 1, now_us));
    }
    assert_int_equal(admitted, 111);
    now_us += 10000000;
    assert_true(guard_charge(&guard, 1, 100, now_us)); // a batch overdraws
    assert_false(guard_charge(&guard, 1, 1, now_us + 8900000));
    assert_true(guard_charge(&guard, 1, 1, now_us + 9100000));
    guard_close(&guard);
    struct fault fault;
    assert_int_equal(open_with("annannannannannan 10\n", &guard, &fault), STATUS_OUT_OF_RANGE);
    assert_int_equal(open_with("annannannannannan 0/s\n", &guard, &fault), STATUS_OUT_OF_RANGE);
}

static void test_knows_pages_of_its_own(void **state)
{
    (void)state;
    const struct bytes host = BYTES_OF("maps.example.org:7070");
    assert_true(guard_knows_origin((struct bytes){0}, host));
    assert_true(guard_knows_origin(BYTES_OF("http://maps.example.org:7070"), host));
    assert_true(guard_knows_origin(BYTES_OF("http://localhost:3000"), host));
    assert_true(guard_knows_origin(BYTES_OF("http://127.0.0.1"), host));
    assert_false(guard_knows_origin(BYTES_OF("https://evil.example"), host));
    assert_false(guard_knows_origin(BYTES_OF("http://localhost.evil.example"), host));
    assert_false(guard_knows_origin(BYTES_OF("null"), host));
}

static void test_takes_the_key_out_of_the_field(void **state)
{
    (void)state;
    assert_true(bytes_equal(guard_bearer(BYTES_OF("Bearer abc")), BYTES_OF("abc")));
    assert_true(bytes_equal(guard_bearer(BYTES_OF("bearer abc")), BYTES_OF("abc")));
    assert_int_equal(guard_bearer(BYTES_OF("Basic abc")).size, 0);
    assert_int_equal(guard_bearer(BYTES_OF("Bearer ")).size, 0);
    assert_int_equal(guard_bearer((struct bytes){0}).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_its_own_names_only),
        cmocka_unit_test(test_knows_the_address_it_is_bound_to),
        cmocka_unit_test(test_admits_who_shows_a_key),
        cmocka_unit_test(test_says_which_line_is_no_key),
        cmocka_unit_test(test_takes_the_key_out_of_the_field),
        cmocka_unit_test(test_holds_a_key_to_its_quota),
        cmocka_unit_test(test_knows_pages_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
