#include "text/phrase.h"

#include "base/test.h"

struct fixture {
    struct memory_account account;
    struct text_folder *folder;
    struct text_phrases phrases;
    struct text_query query;
};

static int set_up(void **state)
{
    struct fixture *const fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->account.name = "test";
    fixture->phrases.memory.account = &fixture->account;
    *state = fixture;
    return text_folder_new(&fixture->account, &fixture->folder, NULL) != STATUS_OK;
}

static int tear_down(void **state)
{
    struct fixture *const fixture = *state;
    text_folder_free(fixture->folder);
    buffer_free(&fixture->phrases.memory);
    const int leaked = atomic_load(&fixture->account.used_size) != 0;
    free(fixture);
    return leaked;
}

static uint16_t country_of(const char *code)
{
    return code == NULL ? 0 : (uint16_t)((uint8_t)code[0] << 8 | (uint8_t)code[1]);
}

static void phrases_read(struct fixture *fixture, const char *name, const char *country,
                         enum text_phrase_kind kind)
{
    assert_int_equal(text_phrases_read(fixture->folder, bytes_from_text(name), country_of(country),
                                       kind, &fixture->phrases),
                     STATUS_OK);
}

static bool has_phrase(const struct fixture *fixture, const char *text)
{
    for (unsigned i = 0; i < fixture->phrases.count; i++) {
        if (bytes_equal(fixture->phrases.variants[i].text, bytes_from_text(text))) {
            return true;
        }
    }
    return false;
}

static void main_is(struct fixture *fixture, const char *name, const char *country,
                    const char *phrase)
{
    phrases_read(fixture, name, country, PHRASE_STREET);
    assert_true(fixture->phrases.count >= 1);
    const struct bytes text = fixture->phrases.variants[0].text;
    char found[256];
    (void)snprintf(found, sizeof(found), "%.*s", (int)text.size, (const char *)text.data);
    assert_string_equal(found, phrase);
}

// True when some run of the query's readings is a phrase of the name that was read last.
static bool reading_matches(const struct text_query *query, unsigned at, struct bytes phrase)
{
    if (at == query->word_count) {
        return phrase.size == 0;
    }
    if (at > 0) {
        if (phrase.size == 0 || phrase.data[0] != ' ') {
            return false;
        }
        phrase = (struct bytes){.data = phrase.data + 1, .size = phrase.size - 1};
    }
    for (unsigned i = 0; i < query->words[at].reading_count; i++) {
        const struct bytes reading = query->words[at].readings[i];
        if (reading.size <= phrase.size && memcmp(reading.data, phrase.data, reading.size) == 0 &&
            reading_matches(query, at + 1,
                            (struct bytes){.data = phrase.data + reading.size,
                                           .size = phrase.size - reading.size})) {
            return true;
        }
    }
    return false;
}

static bool meets(struct fixture *fixture, const char *typed)
{
    assert_int_equal(
        text_query_read(fixture->folder, bytes_from_text(typed), &fixture->query, NULL), STATUS_OK);
    for (unsigned i = 0; i < fixture->phrases.count; i++) {
        if (reading_matches(&fixture->query, 0, fixture->phrases.variants[i].text)) {
            return true;
        }
    }
    return false;
}

static void name_meets(struct fixture *fixture, const char *name, const char *country,
                       const char *typed)
{
    phrases_read(fixture, name, country, PHRASE_STREET);
    if (!meets(fixture, typed)) {
        fail_msg("\"%s\" (%s) is not found by \"%s\"", name, country == NULL ? "?" : country,
                 typed);
    }
}

static void test_the_main_phrase_is_the_name_in_full(void **state)
{
    struct fixture *const fixture = *state;
    main_is(fixture, "Feldkircher Str.", "LI", "feldkircher strasse");
    main_is(fixture, "Hauptstr.", "DE", "hauptstrasse");
    main_is(fixture, "Kerkstr.", "NL", "kerkstraat");
    main_is(fixture, "St James's St", "GB", "saint jamess street");
    main_is(fixture, "Main St N", "US", "main street n");
    main_is(fixture, "Rue St-Denis", "FR", "rue saint denis");
    main_is(fixture, "V.le Monza", "IT", "viale monza");
    main_is(fixture, "C/ Mayor", "ES", "calle mayor");
    main_is(fixture, "Av. Dr. Nilo Peçanha", "BR", "avenida doutor nilo pecanha");
    main_is(fixture, "Pça. da Sé", "PT", "praca da se");
    main_is(fixture, "St. Gallen", "LI", "sankt gallen");
    main_is(fixture, "Avenue C", "US", "avenue c");
}

static void test_a_name_typed_as_written_or_shortened_finds_itself(void **state)
{
    struct fixture *const fixture = *state;
    static const char *const cases[][3] = {
        {"Feldkircher Strasse", "LI", "Feldkircher Str."},
        {"Feldkircher Strasse", "LI", "feldkircherstraße"},
        {"Feldkircher Strasse", "LI", "Feldkircherstr"},
        {"Hauptstraße", "DE", "haupt strasse"},
        {"Austrasse", "LI", "Austr."},
        {"Hauptstraße", "DE", "Haupt-Str."},
        {"Düsseldorfer Straße", "DE", "Duesseldorfer Str"},
        {"Düsseldorfer Straße", "DE", "dusseldorfer strasse"},
        {"Avenida Doutor Nilo Peçanha", "BR", "av dr nilo pecanha"},
        {"Rua dos Andradas", "BR", "R. dos Andradas"},
        {"Praça da Alfândega", "BR", "pça da alfandega"},
        {"Viale Monza", "IT", "v.le monza"},
        {"Piazza San Marco", "IT", "p.za s. marco"},
        {"Carrer de la Unió", "AD", "c/ de la unio"},
        {"Avinguda Meritxell", "AD", "av. meritxell"},
        {"5th Avenue", "US", "fifth ave"},
        {"First Street", "US", "1st st"},
        {"North Main Street", "US", "n main st"},
        {"Saint John's Road", "GB", "st johns rd"},
        {"King & Queen Street", "GB", "king and queen st"},
        {"O'Connell Street", "IE", "oconnell st"},
        {"Boulevard de l'Hôpital", "FR", "bd de l hopital"},
        {"Dr. Schaepmanplein", "NL", "dr schaepmanplein"},
        {"Jan van Galenstraat", "NL", "jan v galenstr"},
        {"Köln", NULL, "koeln"},
        {"東京都", "JP", "東京都"},
        {"Улица Ленина", "RU", "улица ленина"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        name_meets(fixture, cases[i][0], cases[i][1], cases[i][0]);
        name_meets(fixture, cases[i][0], cases[i][1], cases[i][2]);
    }
}

static void query_read(struct fixture *fixture, const char *text)
{
    assert_int_equal(text_query_read(fixture->folder, bytes_from_text(text), &fixture->query, NULL),
                     STATUS_OK);
}

static void test_number_signs_are_marked_only_before_numbers(void **state)
{
    struct fixture *const fixture = *state;
    static const char *const signs[] = {"Gasse Nr. 5", "calle nº 5", "via n. 5", "rue n° 5"};
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        query_read(fixture, signs[i]);
        assert_int_equal(fixture->query.word_count, 3);
        assert_false(fixture->query.words[0].is_number_sign);
        assert_true(fixture->query.words[1].is_number_sign);
        assert_false(fixture->query.words[2].is_number_sign);
    }
    static const char *const others[] = {"n 5th st", "no man", "5 n", "gasse nr"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        query_read(fixture, others[i]);
        for (unsigned j = 0; j < fixture->query.word_count; j++) {
            assert_false(fixture->query.words[j].is_number_sign);
        }
    }
}

static void test_a_word_of_two_tokens_spans_both(void **state)
{
    struct fixture *const fixture = *state;
    query_read(fixture, "V.le Monza 194-06");
    assert_int_equal(fixture->query.word_count, 4);
    assert_true(bytes_equal(text_query_span(&fixture->query, 0, 0), BYTES_OF("v.le")));
    assert_true(bytes_equal(text_query_span(&fixture->query, 2, 3), BYTES_OF("194-06")));
}

static void test_readings_are_of_the_countrys_languages(void **state)
{
    struct fixture *const fixture = *state;
    phrases_read(fixture, "Primera Calle", "US", PHRASE_STREET);
    assert_true(has_phrase(fixture, "1a calle")); // Spanish is spoken there
    phrases_read(fixture, "Fifth Street", "DE", PHRASE_STREET);
    assert_false(has_phrase(fixture, "5th street"));
    phrases_read(fixture, "Ringstrasse", "GB", PHRASE_STREET);
    assert_int_equal(fixture->phrases.count, 1);
    phrases_read(fixture, "Ringstrasse", "DE", PHRASE_NAME);
    assert_int_equal(fixture->phrases.count, 1);
}

static void test_postcodes_are_found_with_and_without_blanks(void **state)
{
    struct fixture *const fixture = *state;
    phrases_read(fixture, "SW1A 1AA", "GB", PHRASE_POSTCODE);
    assert_true(has_phrase(fixture, "sw1a 1aa"));
    assert_true(has_phrase(fixture, "sw1a1aa"));
    phrases_read(fixture, "9490", "LI", PHRASE_POSTCODE);
    assert_int_equal(fixture->phrases.count, 1);
}

static void test_a_name_without_letters_has_no_phrase(void **state)
{
    struct fixture *const fixture = *state;
    phrases_read(fixture, " ?! …", NULL, PHRASE_NAME);
    assert_int_equal(fixture->phrases.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_main_phrase_is_the_name_in_full),
        cmocka_unit_test(test_a_name_typed_as_written_or_shortened_finds_itself),
        cmocka_unit_test(test_number_signs_are_marked_only_before_numbers),
        cmocka_unit_test(test_a_word_of_two_tokens_spans_both),
        cmocka_unit_test(test_readings_are_of_the_countrys_languages),
        cmocka_unit_test(test_postcodes_are_found_with_and_without_blanks),
        cmocka_unit_test(test_a_name_without_letters_has_no_phrase),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
