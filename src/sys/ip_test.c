#include "sys/ip.h"

#include <string.h>

#include "base/status.h"
#include "base/test.h"

static struct ip_address address_of(const char *text)
{
    struct ip_address address;
    assert_true(ip_address_parse(bytes_from_text(text), &address));
    return address;
}

static void test_addresses_are_read_and_written(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"81.2.69.142", "81.2.69.142"},
        {"::ffff:81.2.69.142", "81.2.69.142"},
        {"64:ff9b::5102:458e", "81.2.69.142"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::", "::"},
        {"::1", "::1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ip_address address = address_of(rows[i][0]);
        char text[IP_TEXT_SIZE];
        ip_address_format(&address, text);
        assert_string_equal(text, rows[i][1]);
    }
    static const char *const wrong[] = {
        "",          "1.2.3",    "1.2.3.4.5",
        "256.1.1.1", "1.2.3.4 ", "fe80::1%lo",
        "[::1]",     ":::",      "1234567890123456789012345678901234567890123456789"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct ip_address address;
        assert_false(ip_address_parse(bytes_from_text(wrong[i]), &address));
    }
}

static void test_special_addresses_are_no_public_hosts(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"10.1.2.3", "private"},
        {"172.31.255.255", "private"},
        {"192.168.0.1", "private"},
        {"127.0.0.1", "loopback"},
        {"::1", "loopback"},
        {"169.254.1.1", "link_local"},
        {"fe80::1", "link_local"},
        {"100.64.0.1", "shared"},
        {"203.0.113.9", "documentation"},
        {"224.0.0.1", "multicast"},
        {"ff02::1", "multicast"},
        {"0.0.0.0", "reserved"},
        {"fd12::1", "private"},
        {"255.255.255.255", "reserved"},
        {"::", "reserved"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ip_address address = address_of(rows[i][0]);
        const struct ip_special *const special = ip_special_of(&address);
        assert_non_null(special);
        assert_string_equal(special->kind, rows[i][1]);
    }
    static const char *const hosts[] = {"8.8.8.8", "172.32.0.1", "2a00:1450::1", "100.128.0.1"};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        const struct ip_address address = address_of(hosts[i]);
        assert_null(ip_special_of(&address));
    }
}

static void test_a_network_is_the_front_of_its_addresses(void **state)
{
    (void)state;
    const struct ip_address address = address_of("81.2.69.142");
    const struct ip_address network = ip_address_network(&address, 96 + 25);
    char text[IP_TEXT_SIZE];
    ip_address_format(&network, text);
    assert_string_equal(text, "81.2.69.128");
    assert_true(ip_address_is_within(&address, &network, 96 + 25));
    assert_false(ip_address_is_within(&address, &network, 128));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_read_and_written),
        cmocka_unit_test(test_special_addresses_are_no_public_hosts),
        cmocka_unit_test(test_a_network_is_the_front_of_its_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
