#include "deliver/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/attributes.h"
#include "base/test.h"

static enum status judge(const struct reach *reach, const char *text, struct fault *fault)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.any = {.sa_family = AF_INET}};
    if (inet_pton(AF_INET, text, &address.v4.sin_addr) != 1) {
        address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
        assert_int_equal(inet_pton(AF_INET6, text, &address.v6.sin6_addr), 1);
    }
    return reach_judge(reach, &address.any, fault);
}

static void test_refuses_every_address_that_is_not_public(void **state)
{
    (void)state;
    struct reach nothing;
    assert_int_equal(reach_open(NULL, &nothing, NULL), STATUS_OK);
    static const char *const refused[] = {"127.0.0.1",
                                          "127.255.255.254",
                                          "0.0.0.0",
                                          "10.0.0.1",
                                          "10.255.255.255",
                                          "172.16.0.1",
                                          "172.31.255.255",
                                          "192.168.0.1",
                                          "169.254.169.254",
                                          "169.254.1.1",
                                          "100.64.0.1",
                                          "100.100.100.200",
                                          "192.0.0.192",
                                          "168.63.129.16",
                                          "198.18.0.1",
                                          "198.19.255.255",
                                          "224.0.0.1",
                                          "239.255.255.255",
                                          "255.255.255.255",
                                          "240.0.0.1",
                                          "::1",
                                          "::",
                                          "fc00::1",
                                          "fd12:3456::1",
                                          "fd00:ec2::254",
                                          "fe80::1",
                                          "fec0::1",
                                          "ff02::1",
                                          "::ffff:127.0.0.1",
                                          "::ffff:10.0.0.1",
                                          "64:ff9b::7f00:1",
                                          "64:ff9b::a9fe:a9fe",
                                          "2002:7f00:1::",
                                          "2001::1",
                                          "2001:db8::1",
                                          "::127.0.0.1",
                                          "100::1",
                                          "4000::1"};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct fault fault = {0};
        assert_int_equal(judge(&nothing, refused[i], &fault), STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, "--hook-allow"));
    }
}

static void test_admits_public_addresses(void **state)
{
    (void)state;
    struct reach nothing;
    assert_int_equal(reach_open("", &nothing, NULL), STATUS_OK);
    static const char *const admitted[] = {
        "1.1.1.1",         "9.255.255.255", "11.0.0.0",         "172.15.255.255",
        "172.32.0.0",      "192.167.0.1",   "100.63.255.255",   "100.128.0.0",
        "126.0.0.1",       "128.0.0.1",     "223.1.1.1",        "169.253.0.1",
        "2606:4700::1111", "2a00:1450::1",  "64:ff9b::101:101", "::ffff:8.8.8.8"};
    for (size_t i = 0; i < COUNT_OF(admitted); i++) {
        assert_int_equal(judge(&nothing, admitted[i], NULL), STATUS_OK);
    }
}

static void test_admits_what_the_operator_names_and_no_more(void **state)
{
    (void)state;
    struct reach some;
    assert_int_equal(reach_open("127.0.0.1,10.1.0.0/16, fd00::/8", &some, NULL), STATUS_OK);
    assert_int_equal(judge(&some, "127.0.0.1", NULL), STATUS_OK);
    assert_int_equal(judge(&some, "127.0.0.2", NULL), STATUS_OUT_OF_RANGE);
    assert_int_equal(judge(&some, "10.1.255.1", NULL), STATUS_OK);
    assert_int_equal(judge(&some, "10.2.0.1", NULL), STATUS_OUT_OF_RANGE);
    assert_int_equal(judge(&some, "::ffff:10.1.0.1", NULL), STATUS_OK);
    assert_int_equal(judge(&some, "fd99::1", NULL), STATUS_OK);
    assert_int_equal(judge(&some, "::1", NULL), STATUS_OUT_OF_RANGE);
    assert_int_equal(reach_open("0.0.0.0/0", &some, NULL), STATUS_OK);
    assert_int_equal(judge(&some, "127.0.0.1", NULL), STATUS_OK);
    assert_int_equal(judge(&some, "::1", NULL), STATUS_OUT_OF_RANGE);
}

static void test_says_which_word_is_no_network(void **state)
{
    (void)state;
    static const char *const bad[] = {"10.0.0.0/33",   "10.0.0/8", "::/129",   "host.example",
                                      "127.0.0.1,x/8", "/8",       "1.2.3.4/", "1.2.3.4/1x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct reach reach;
        struct fault fault = {0};
        assert_int_equal(reach_open(bad[i], &reach, &fault), STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, "--hook-allow"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_every_address_that_is_not_public),
        cmocka_unit_test(test_admits_public_addresses),
        cmocka_unit_test(test_admits_what_the_operator_names_and_no_more),
        cmocka_unit_test(test_says_which_word_is_no_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
