#include "text/connector.h"

#include "base/test.h"
#include "text/fold.h"

static size_t match(enum connector_role role, const char *text)
{
    struct bytes words[8];
    size_t count = 0;
    for (const char *at = text; *at != '\0' && count < COUNT_OF(words);) {
        const size_t size = strcspn(at, " ");
        words[count++] = (struct bytes){.data = (const uint8_t *)at, .size = size};
        at += size + (at[size] == ' ');
    }
    return connector_match(role, words, count);
}

static void test_takes_the_longest_phrase(void **state)
{
    (void)state;
    assert_int_equal(match(CONNECTOR_BETWEEN, "and broadway"), 1);
    assert_int_equal(match(CONNECTOR_BETWEEN, "andover street"), 0);
    assert_int_equal(match(CONNECTOR_BETWEEN, "&"), 1);
    assert_int_equal(match(CONNECTOR_BEFORE, "corner of main street"), 2);
    assert_int_equal(match(CONNECTOR_BEFORE, "corner main street"), 1);
    assert_int_equal(match(CONNECTOR_BEFORE, "a l angle de la rue"), 4);
    assert_int_equal(match(CONNECTOR_ARTICLE, "de la rue"), 2);
    assert_int_equal(match(CONNECTOR_WHERE, "in der nahe von vaduz"), 4);
    assert_int_equal(match(CONNECTOR_HERE, "in der nahe"), 3);
    assert_int_equal(match(CONNECTOR_WHERE, ""), 0);
}

// What is compared with folded words must be folded itself.
static void test_every_phrase_is_folded_and_found(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct text_folder *folder = NULL;
    struct fault fault = {0};
    assert_int_equal(text_folder_new(&account, &folder, &fault), STATUS_OK);
    for (int role = 0; role < CONNECTOR_ROLE_COUNT; role++) {
        size_t count = 0;
        const struct connector_row *const rows = connector_rows((enum connector_role)role, &count);
        assert_true(count != 0);
        for (size_t i = 0; i < count; i++) {
            const struct bytes phrase = bytes_from_text(rows[i].phrase);
            uint8_t folded[64];
            size_t size = 0;
            assert_int_equal(text_fold_into(folder, phrase, folded, sizeof(folded), &size),
                             STATUS_OK);
            assert_true(bytes_equal(phrase, (struct bytes){folded, size}));
            size_t words = 1;
            for (size_t k = 0; k < phrase.size; k++) {
                words += phrase.data[k] == ' ';
            }
            assert_true(words <= CONNECTOR_WORDS_MAX);
            assert_int_equal(match((enum connector_role)role, rows[i].phrase), words);
        }
    }
    text_folder_free(folder);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_the_longest_phrase),
        cmocka_unit_test(test_every_phrase_is_folded_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
