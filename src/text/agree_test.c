#include "text/agree.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};
static struct text_folder *folder;
static struct text_query text, name;

static int open_folder(void **state)
{
    (void)state;
    return text_folder_new(&account, &folder, NULL) == STATUS_OK ? 0 : -1;
}

static int free_folder(void **state)
{
    (void)state;
    text_folder_free(folder);
    assert_int_equal(account.used_size, 0);
    return 0;
}

static enum text_agreement whole(const char *said, const char *meant)
{
    assert_int_equal(text_query_read(folder, bytes_from_text(said), &text, NULL), STATUS_OK);
    assert_int_equal(text_query_read(folder, bytes_from_text(meant), &name, NULL), STATUS_OK);
    return text_agree(&text, 0, text.word_count, &name);
}

static void test_spellings_of_one_name_agree(void **state)
{
    (void)state;
    assert_int_equal(whole("Main St", "Main Street"), TEXT_AGREES);
    assert_int_equal(whole("main street", "MAIN ST."), TEXT_AGREES);
    assert_int_equal(whole("Haupt Strasse", "Hauptstraße"), TEXT_AGREES);
    assert_int_equal(whole("Hauptstr.", "Hauptstraße"), TEXT_AGREES);
    assert_int_equal(whole("Genève", "Geneve"), TEXT_AGREES);
    assert_int_equal(whole("Street Main", "Main Street"), TEXT_AGREES);
}

static void test_slips_and_words_left_out_nearly_agree(void **state)
{
    (void)state;
    assert_int_equal(whole("Landstrase", "Landstrasse"), TEXT_NEARLY);
    assert_int_equal(whole("Kunstmuseum", "Kunstmuseum Liechtenstein"), TEXT_NEARLY);
    assert_int_equal(whole("Main", "Main Street"), TEXT_NEARLY);
}

static void test_other_names_differ(void **state)
{
    (void)state;
    assert_int_equal(whole("Berlin", "Vaduz"), TEXT_DIFFERS);
    assert_int_equal(whole("Main Avenue", "Main Street"), TEXT_DIFFERS);
    assert_int_equal(whole("5410", "5411"), TEXT_DIFFERS);
    assert_int_equal(whole("", "Vaduz"), TEXT_DIFFERS);
    assert_int_equal(whole("a", "a b c"), TEXT_DIFFERS);
    assert_int_equal(whole("1", "Route 1"), TEXT_DIFFERS);
}

static enum text_agreement find(const char *said, uint64_t used, const char *meant, unsigned *first,
                                unsigned *count)
{
    assert_int_equal(text_query_read(folder, bytes_from_text(said), &text, NULL), STATUS_OK);
    assert_int_equal(text_query_read(folder, bytes_from_text(meant), &name, NULL), STATUS_OK);
    return text_agree_find(&text, used, &name, first, count);
}

static void test_finds_the_words_that_say_a_name(void **state)
{
    (void)state;
    unsigned first = 99;
    unsigned count = 99;
    assert_int_equal(find("12 Main St, Springfield", 0, "Main Street", &first, &count),
                     TEXT_AGREES);
    assert_int_equal(first, 1);
    assert_int_equal(count, 2);
    assert_int_equal(find("12 Main St, Springfeld", 0, "Springfield", &first, &count), TEXT_NEARLY);
    assert_int_equal(first, 3);
    assert_int_equal(find("Vaduz, Vaduz", 1, "Vaduz", &first, &count), TEXT_AGREES);
    assert_int_equal(first, 1);
    assert_int_equal(find("Vaduz", 1, "Vaduz", &first, &count), TEXT_DIFFERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings_of_one_name_agree),
        cmocka_unit_test(test_slips_and_words_left_out_nearly_agree),
        cmocka_unit_test(test_other_names_differ),
        cmocka_unit_test(test_finds_the_words_that_say_a_name),
    };
    return cmocka_run_group_tests(tests, open_folder, free_folder);
}
