// The databases that MaxMind publishes to test readers with, and a real one.
#include "ip/ip_book.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};
static char folder[] = "/tmp/rhumb-mmdb-XXXXXX";
static bool has_files;

static int files_unpack(void **state)
{
    (void)state;
    char command[400];
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(command, sizeof(command),
                   "zstd -dcq ../shared/data/mmdb/maxmind-db-test-data.tar.zst 2>/dev/null | "
                   "tar -x -C %s --strip-components=2 2>/dev/null",
                   folder);
    const int ended = system(command); // NOLINT(cert-env33-c): a test
    char path[200];
    (void)snprintf(path, sizeof(path), "%s/GeoIP2-City-Test.mmdb", folder);
    has_files = ended != -1 && access(path, R_OK) == 0;
    return 0;
}

static int files_remove(void **state)
{
    (void)state;
    char command[400];
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1; // NOLINT(cert-env33-c): a test
}

static enum status open_files(const char *const *names, size_t count, struct ip_book **book,
                              struct fault *fault)
{
    static char texts[IP_FILES_MAX][200];
    const char *paths[IP_FILES_MAX];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%s%s%s", names[i][0] == '.' ? "" : folder,
                       names[i][0] == '.' ? "" : "/", names[i]);
        paths[i] = texts[i];
    }
    return ip_book_open(&account, paths, count, book, fault);
}

static struct ip_book *book_of(const char *const *names, size_t count)
{
    struct ip_book *book = NULL;
    struct fault fault = {0};
    if (open_files(names, count, &book, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return book;
}

static char memory[16384];
static struct arena arena;

static struct ip_place find(const struct ip_book *book, const char *text, const char *language)
{
    struct ip_address address;
    struct ip_place place;
    struct languages languages = {.count = language[0] == '\0' ? 0 : 1};
    (void)snprintf(languages.tags[0], sizeof(languages.tags[0]), "%s", language);
    arena = arena_over(memory, sizeof(memory));
    assert_true(ip_address_parse(bytes_from_text(text), &address));
    assert_int_equal(ip_book_find(book, &address, &languages, &arena, &place), STATUS_OK);
    return place;
}

static void assert_text(struct bytes text, const char *expected)
{
    if (!bytes_equal(text, bytes_from_text(expected))) {
        fail_msg("'%.*s' is not '%s'", (int)text.size, (const char *)text.data, expected);
    }
}

static void test_a_city_with_all_that_is_known(void **state)
{
    (void)state;
    if (!has_files) {
        skip();
    }
    static const char *const names[] = {"GeoIP2-City-Test.mmdb", "GeoLite2-ASN-Test.mmdb"};
    struct ip_book *const book = book_of(names, 2);
    const struct ip_place place = find(book, "81.2.69.142", "fr-CA");
    assert_true(place.is_found);
    assert_text(place.country_code, "GB");
    assert_text(place.country, "Royaume-Uni");
    assert_text(place.region_code, "GB-ENG");
    assert_text(place.locality, "Londres");
    assert_text(place.zone, "Europe/London");
    assert_true(place.has_point);
    assert_int_equal(place.point.lat_e7, 515142000);
    assert_int_equal(place.accuracy_m, 10000);
    assert_text(find(book, "81.2.69.142", "xx").locality, "London");
    assert_text(find(book, "::ffff:81.2.69.142", "").locality, "London");
    assert_text(find(book, "216.160.83.56", "").postcode, "98354");
    const struct ip_place network = find(book, "1.128.0.1", "");
    assert_int_equal(network.asn, 1221);
    assert_text(network.organisation, "Telstra Pty Ltd");
    assert_false(find(book, "192.0.2.1", "").is_found);
    ip_book_close(book);
}

static void test_record_sizes_and_families(void **state)
{
    (void)state;
    if (!has_files) {
        skip();
    }
    static const char *const sizes[] = {"24", "28", "32"};
    static const char *const kinds[] = {"ipv4", "ipv6", "mixed"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            char name[64];
            (void)snprintf(name, sizeof(name), "MaxMind-DB-test-%s-%s.mmdb", kinds[k], sizes[i]);
            const char *const names[] = {name};
            struct ip_book *const book = book_of(names, 1);
            const bool has_v4 = k != 1;
            const bool has_v6 = k != 0;
            assert_int_equal(find(book, "1.1.1.3", "").is_found, has_v4);
            assert_int_equal(find(book, "::2:0:1", "").is_found, has_v6);
            if (has_v4) {
                assert_int_equal(find(book, "1.1.1.3", "").prefix, 96 + 31);
            }
            ip_book_close(book);
        }
    }
}

static void test_damaged_files_are_refused(void **state)
{
    (void)state;
    if (!has_files) {
        skip();
    }
    static const char *const wrong[] = {
        "MaxMind-DB-test-broken-pointers-24.mmdb",
        "MaxMind-DB-test-broken-search-tree-24.mmdb",
        "GeoIP2-City-Test-Broken-Double-Format.mmdb",
        "GeoIP2-City-Test-Invalid-Node-Count.mmdb",
        "README.md",
        "nothing-there.mmdb",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct ip_book *book = NULL;
        struct fault fault = {0};
        assert_int_not_equal(open_files(&wrong[i], 1, &book, &fault), STATUS_OK);
        assert_non_null(strstr(fault.text, wrong[i]));
    }
    assert_int_equal(account.used_size, 0);
}

static void test_every_file_of_the_suite_is_answered_from_or_refused(void **state)
{
    (void)state;
    if (!has_files) {
        skip();
    }
    static const char *const others[] = {
        "GeoIP-Anonymous-Plus-Test.mmdb",
        "GeoIP2-Anonymous-IP-Test.mmdb",
        "GeoIP2-Country-Test.mmdb",
        "GeoIP2-Domain-Test.mmdb",
        "GeoIP2-Enterprise-Test.mmdb",
        "GeoIP2-ISP-Test.mmdb",
        "GeoIP2-Precision-Enterprise-Test.mmdb",
        "GeoLite2-City-Test.mmdb",
        "GeoLite2-Country-Test.mmdb",
        "MaxMind-DB-no-ipv4-search-tree.mmdb",
        "MaxMind-DB-string-value-entries.mmdb",
        "MaxMind-DB-test-decoder.mmdb",
        "MaxMind-DB-test-metadata-pointers.mmdb",
        "MaxMind-DB-test-nested.mmdb",
    };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct ip_book *const book = book_of(&others[i], 1);
        struct dice dice = test_dice();
        for (unsigned k = 0; k < 500; k++) {
            char text[32];
            (void)snprintf(text, sizeof(text), "%u.%u.%u.1", (unsigned)dice_below(&dice, 256),
                           (unsigned)dice_below(&dice, 256), (unsigned)dice_below(&dice, 256));
            (void)find(book, text, "de");
        }
        (void)find(book, "2001:218::1", "ja");
        ip_book_close(book);
    }
}

static void test_a_real_database(void **state)
{
    (void)state;
    static const char *const names[] = {"../shared/data/mmdb/GeoLite2-Country-2018.mmdb"};
    if (access(names[0], R_OK) != 0) {
        skip();
    }
    struct ip_book *const book = book_of(names, 1);
    assert_text(find(book, "8.8.8.8", "de").country, "USA");
    assert_text(find(book, "8.8.8.8", "").country_code, "US");
    assert_text(find(book, "8.8.8.8", "ja").continent,
                "\xe5\x8c\x97\xe3\x82\xa2\xe3\x83\xa1\xe3\x83\xaa\xe3\x82\xab");
    assert_string_equal(ip_book_at(book, 0).type, "GeoLite2-Country");
    assert_non_null(strstr(ip_book_at(book, 0).attribution, "MaxMind"));
    ip_book_close(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_city_with_all_that_is_known),
        cmocka_unit_test(test_record_sizes_and_families),
        cmocka_unit_test(test_damaged_files_are_refused),
        cmocka_unit_test(test_every_file_of_the_suite_is_answered_from_or_refused),
        cmocka_unit_test(test_a_real_database),
    };
    return cmocka_run_group_tests(tests, files_unpack, files_remove);
}
