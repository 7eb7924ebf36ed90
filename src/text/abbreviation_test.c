#include "text/abbreviation.h"

#include "base/test.h"
#include "text/fold.h"
#include "text/token.h"

struct fixture {
    struct memory_account account;
    struct text_folder *folder;
};

static int set_up(void **state)
{
    struct fixture *const fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->account.name = "test";
    *state = fixture;
    return text_folder_new(&fixture->account, &fixture->folder, NULL) != STATUS_OK;
}

static int tear_down(void **state)
{
    struct fixture *const fixture = *state;
    text_folder_free(fixture->folder);
    free(fixture);
    return 0;
}

// One token that folding leaves alone: a table entry that is not could never match.
static void is_one_folded_word(struct fixture *fixture, const char *word)
{
    uint8_t out[64];
    size_t size = 0;
    assert_int_equal(
        text_fold_into(fixture->folder, bytes_from_text(word), out, sizeof(out), &size), STATUS_OK);
    struct text_token token;
    if (!bytes_equal((struct bytes){.data = out, .size = size}, bytes_from_text(word)) ||
        text_tokenise(bytes_from_text(word), &token, 1) != 1 || token.size != size) {
        fail_msg("\"%s\" is not one folded word", word);
    }
}

static void test_every_row_is_folded_and_found(void **state)
{
    struct fixture *const fixture = *state;
    const struct abbreviation_index *const index = text_folder_abbreviations(fixture->folder);
    for (size_t i = 0; i < abbreviation_table_count; i++) {
        const struct abbreviation_table *const table = &abbreviation_tables[i];
        for (size_t j = 0; j < table->count; j++) {
            const struct abbreviation_row *const row = &table->rows[j];
            is_one_folded_word(fixture, row->word);
            is_one_folded_word(fixture, row->full);
            const struct abbreviation *const found =
                abbreviation_find(index, bytes_from_text(row->word));
            assert_non_null(found);
            bool is_there = false;
            for (unsigned k = 0; k < found->reading_count; k++) {
                is_there |= bytes_equal(found->readings[k].full, bytes_from_text(row->full)) &&
                            (found->readings[k].languages & table->language) != 0;
            }
            assert_true(is_there);
        }
    }
    for (size_t i = 0; i < abbreviation_ordinal_count; i++) {
        is_one_folded_word(fixture, (const char *)abbreviation_ordinals[i].digits.data);
        is_one_folded_word(fixture, (const char *)abbreviation_ordinals[i].word.data);
    }
}

static void test_ambiguous_words_have_every_reading(void **state)
{
    struct fixture *const fixture = *state;
    const struct abbreviation_index *const index = text_folder_abbreviations(fixture->folder);
    static const char *const expected[][6] = {
        {"st", "street", "saint", "sankt", "sint", NULL},
        {"str", "street", "strasse", "strada", "straat", NULL},
        {"pl", "place", "platz", "plaza", "plein", NULL},
        {"dr", "drive", "doctor", "doktor", "docteur", "doutor"},
    };
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct abbreviation *const found =
            abbreviation_find(index, bytes_from_text(expected[i][0]));
        assert_non_null(found);
        for (size_t j = 1; j < 6 && expected[i][j] != NULL; j++) {
            bool is_there = false;
            for (unsigned k = 0; k < found->reading_count; k++) {
                is_there |= bytes_equal(found->readings[k].full, bytes_from_text(expected[i][j]));
            }
            assert_true(is_there);
        }
    }
}

static void test_other_words_are_no_abbreviations(void **state)
{
    struct fixture *const fixture = *state;
    const struct abbreviation_index *const index = text_folder_abbreviations(fixture->folder);
    static const char *const words[] = {"", "strasse", "vaduz", "street", "averyveryverylongword"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        assert_null(abbreviation_find(index, bytes_from_text(words[i])));
    }
}

static void test_countries_have_languages(void **state)
{
    (void)state;
    assert_int_equal(abbreviation_languages_of('L' << 8 | 'I'), LANGUAGE_GERMAN);
    assert_int_equal(abbreviation_languages_of('B' << 8 | 'R'), LANGUAGE_PORTUGUESE);
    assert_int_equal(abbreviation_languages_of('C' << 8 | 'H'),
                     LANGUAGE_GERMAN | LANGUAGE_FRENCH | LANGUAGE_ITALIAN);
    assert_int_equal(abbreviation_languages_of(0), LANGUAGE_ALL);
    assert_int_equal(abbreviation_languages_of('J' << 8 | 'P'), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_folded_and_found),
        cmocka_unit_test(test_ambiguous_words_have_every_reading),
        cmocka_unit_test(test_other_words_are_no_abbreviations),
        cmocka_unit_test(test_countries_have_languages),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
