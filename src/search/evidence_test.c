// What each kind of evidence does to an answer: over two towns drawn by hand.
#include "base/test.h"
#include "search/drawn.h"

// Northtown at 47.10 N, Southtown at 47.00 N; streets of the same names in both.
static const char towns[] =
    "n1 9.50 47.100\nn2 9.51 47.100\nn3 9.50 47.102\nn4 9.51 47.102\n"
    "n5 9.50 47.104\nn6 9.51 47.104\nn7 9.50 47.106\nn8 9.51 47.106\n"
    "n9 9.50 47.108\nn10 9.51 47.108\n"
    "n11 9.50 47.000\nn12 9.51 47.000\nn13 9.50 47.002\nn14 9.51 47.002\n"
    "n15 9.50 47.004\nn16 9.51 47.004\n"
    "n20 9.505 47.104|place=town|name=Northtown|name:fr=Nordville|name:ja=北町|population=20000\n"
    "n21 9.505 47.004|place=town|name=Southtown|alt_name=Sudhausen|population=9000\n"
    "n30 9.502 "
    "47.1001|addr:housenumber=5|addr:street=Bahnhofstrasse|addr:city=Northtown|addr:postcode=9490\n"
    "n31 9.503 "
    "47.1001|addr:housenumber=7|addr:street=Bahnhofstrasse|addr:city=Northtown|addr:postcode=9490\n"
    "n32 9.502 "
    "47.0001|addr:housenumber=5|addr:street=Bahnhofstrasse|addr:city=Southtown|addr:postcode=8001\n"
    "n33 9.503 47.1021|addr:housenumber=12|addr:street=Rue de la "
    "Gare|addr:city=Northtown|addr:postcode=9490\n"
    "n34 9.5021 "
    "47.1001|addr:housenumber=5|addr:street=Bahnhofstrasse|addr:city=Northtown|shop=bakery|name="
    "Brot\n"
    "n35 9.504 47.1041|shop=supermarket|name=Konsum Halden\n"
    "n36 9.505 47.107|addr:housenumber=104-22|addr:street=217th Street|addr:city=Northtown\n"
    "n40 9.504 47.1042\nn41 9.5042 47.1042\nn42 9.5042 47.1041\nn43 9.504 47.1041\n"
    "---\n"
    "w1 1 2|highway=residential|name=Bahnhofstrasse\n"
    "w2 3 4|highway=residential|name=Rue de la Gare\n"
    "w3 5 6|highway=residential|name=Sankt-Florins-Gasse\n"
    "w4 7 8|highway=residential|name=Mühleweg\n"
    "w5 9 10|highway=residential|name=Gartenweg\n"
    "w11 11 12|highway=residential|name=Bahnhofstrasse\n"
    "w12 13 14|highway=primary|name=Gartenwig\n"
    "w13 15 16|highway=residential|name=Mühleweg\n"
    "w21 9 8|highway=residential|name=217th Street\n"
    "w20 40 41 42 43 40|shop=supermarket|name=Konsum Halden\n"
    "---\n";

static const char five_north[] = "address: Bahnhofstrasse 5, 9490 Northtown";
static const char twelve_gare[] = "address: Rue de la Gare 12, 9490 Northtown";

static int open_towns(void **state)
{
    static struct drawn drawn;
    drawn_open(&drawn, towns, "CH");
    *state = &drawn;
    return 0;
}

static int close_towns(void **state)
{
    assert_true(drawn_close(*state));
    return 0;
}

static void ask(struct drawn *drawn, const char *text, struct search_query query)
{
    assert_int_equal(drawn_ask(drawn, bytes_from_text(text), false, query), STATUS_OK);
}

static void expect(struct drawn *drawn, const char *text, const char *label)
{
    ask(drawn, text, (struct search_query){.limit = 10});
    if (strncmp(drawn_label(drawn, 0), label, strlen(label)) != 0) {
        fail_msg("%s: %s, not %s", text, drawn_label(drawn, 0), label);
    }
}

static void expect_each(struct drawn *drawn, const char *const *texts, size_t count,
                        const char *label)
{
    for (size_t i = 0; i < count; i++) {
        expect(drawn, texts[i], label);
    }
}

static void test_the_parts_come_in_any_order(void **state)
{
    static const char *const texts[] = {
        "Bahnhofstrasse 5, 9490 Northtown", "9490 Northtown, Bahnhofstrasse 5",
        "Northtown 5 Bahnhofstrasse",       "5 Bahnhofstrasse Northtown 9490",
        "northtown bahnhofstrasse 5 9490",  "NORTHTOWN;BAHNHOFSTRASSE 5",
    };
    expect_each(*state, texts, COUNT_OF(texts), five_north);
    expect(*state, "gare rue 12 northtown", twelve_gare);
}

static void test_slips_are_corrected_wherever_they_are(void **state)
{
    struct drawn *const drawn = *state;
    static const char *const texts[] = {
        "Bahnhfostrasse 5 Northtown", "ahnhofstrasse 5 Northtown",  "Nahnhofstrasse 5 Northtown",
        "abhnhofstrasse 5 Northtown", "Bahnhofstrasse 5 Notrhtown", "Bahnhofstrase 5 orthtown",
        "Banhhofstrasse 5 Nrothtown", "Bahnofstrase 5 Northtown",   "Bahnhofstrasse 5 Norhtwon",
    };
    expect_each(drawn, texts, COUNT_OF(texts), five_north);
    assert_int_equal(drawn->results[0].match, MATCH_CORRECTED);
    assert_true(drawn->results[0].is_corrected);
    assert_true(drawn->results[0].confidence < 1);
    expect(drawn, "Rue de la Grae 12, Northtown", twelve_gare);
    expect(drawn, "Bahnhofstrasse 5 Northtown", five_north);
    assert_int_equal(drawn->results[0].match, MATCH_EXACT);
}

static void test_spaces_may_be_missing_or_too_many(void **state)
{
    static const char *const texts[] = {
        "Bahnhof strasse 5 Northtown", "Bahnhofstrasse 5 North town", "Bahn hofstrasse 5 Northtown",
        "Bahnhofstrasse5 Northtown",   "5Bahnhofstrasse Northtown",   "Bahnhofstr.5,Northtown",
    };
    expect_each(*state, texts, COUNT_OF(texts), five_north);
    expect(*state, "ruede la gare 12 northtown", twelve_gare);
    expect(*state, "stflorinsgasse", "street: Sankt-Florins-Gasse");
    expect(*state, "stflorins gasse", "street: Sankt-Florins-Gasse");
}

static void test_abbreviations_are_read_both_ways(void **state)
{
    expect(*state, "Bahnhofstr. 5, Northtown", five_north);
    expect(*state, "R. de la Gare 12, Northtown", twelve_gare);
    expect(*state, "St. Florins-Gasse", "street: Sankt-Florins-Gasse");
    expect(*state, "st florins-g.", "street: Sankt-Florins-Gasse");
}

static void test_numbers_of_streets_and_dashes_are_left_out(void **state)
{
    static const char *const texts[] = {"104-22 217th Street, Northtown", "104-22 217 st northtown",
                                        "10422 217th St Northtown", "10422 217 street"};
    expect_each(*state, texts, COUNT_OF(texts), "address: 217th Street 104-22");
}

static void test_words_are_understood_by_ear(void **state)
{
    expect(*state, "Banofstrase 5 Northtown", five_north);
    expect(*state, "sankt phlorinsgase", "street: Sankt-Florins-Gasse");
    expect(*state, "ru de la gar 12 northtown", twelve_gare);
}

static void test_accents_may_be_left_out_or_spelled(void **state)
{
    static const char *const texts[] = {"Mühleweg", "Muhleweg", "Muehleweg", "MÜHLEWEG",
                                        "Mu\xcc\x88hleweg"};
    expect_each(*state, texts, COUNT_OF(texts), "street: Mühleweg");
}

static void test_other_names_and_scripts_find_a_town(void **state)
{
    static const char *const texts[] = {"Nordville", "北町", "Nordvile", "nord ville"};
    expect_each(*state, texts, COUNT_OF(texts), "locality: Northtown");
    expect(*state, "Bahnhofstrasse 5, Nordville", five_north);
    expect(*state, "Sudhausen", "locality: Southtown");
}

static void test_the_town_decides_between_streets_of_one_name(void **state)
{
    struct drawn *const drawn = *state;
    expect(drawn, "Mühleweg, Southtown", "street: Mühleweg, Southtown");
    expect(drawn, "Mühleweg, Northtown", "street: Mühleweg, Northtown");
    assert_true(drawn->results[0].confidence > 0.95F);
    expect(drawn, "Mühleweg", "street: Mühleweg");
    assert_true(drawn->results[0].confidence < 0.8F); // either may be meant
    assert_true(drawn->results[1].confidence <= drawn->results[0].confidence);
}

static void test_nearness_decides_and_zoom_says_how_much(void **state)
{
    struct drawn *const drawn = *state;
    struct search_query query = {.has_near = true, .near = GEO_POINT(9.505, 47.0)};
    ask(drawn, "Mühleweg", query);
    assert_int_equal(strncmp(drawn_label(drawn, 0), "street: Mühleweg, Southtown", 27), 0);
    assert_true(drawn->count >= 2);
    const float usual = drawn->results[0].terms.nearness - drawn->results[1].terms.nearness;
    query.near_zoom = 6; // a map of the whole country: both are in the middle of it
    ask(drawn, "Mühleweg", query);
    const float country = drawn->results[0].terms.nearness - drawn->results[1].terms.nearness;
    query.near_zoom = 18;
    ask(drawn, "Mühleweg", query);
    assert_true(drawn->count >= 1);
    assert_true(country < usual / 10);
    assert_true(drawn->results[0].terms.nearness < 0.3F); // 450 m are far now
}

static void test_a_slip_before_an_unfinished_word(void **state)
{
    struct drawn *const drawn = *state;
    const struct search_query query = {.limit = 5};
    static const char *const texts[] = {"Bahnhofstrasse 5 Nor", "Banhofstrasse 5 Nor",
                                        "Bahnhofstrasse 5, 949", "Bahnhofstrase 5, 9490 N"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(drawn_ask(drawn, bytes_from_text(texts[i]), true, query), STATUS_OK);
        assert_int_equal(strncmp(drawn_label(drawn, 0), five_north, strlen(five_north)), 0);
    }
    assert_int_equal(drawn_ask(drawn, BYTES_OF("Bahnhfos"), true, query), STATUS_OK);
    assert_int_equal(strncmp(drawn_label(drawn, 0), "street: Bahnhofstrasse", 22), 0);
}

static void test_letters_of_the_country_before_a_postcode_say_nothing(void **state)
{
    struct drawn *const drawn = *state;
    expect(drawn, "CH-9490 Northtown", "locality: Northtown");
    assert_int_equal(drawn->results[0].match, MATCH_EXACT);
    expect(drawn, "Bahnhofstrasse 5, CH-8001 Southtown",
           "address: Bahnhofstrasse 5, 8001 Southtown");
    assert_true(drawn->results[0].confidence > 0.95F);
}

static void test_what_is_not_there_is_not_sure(void **state)
{
    struct drawn *const drawn = *state;
    expect(drawn, "Bahnhofstrasse 99, 9490 Northtown", "street: Bahnhofstrasse, ");
    assert_int_equal(drawn->results[0].match, MATCH_STREET);
    assert_true(drawn->results[0].confidence < 0.8F);
    static const char *const foreign[] = {"Pennsylvania Avenue 1600, Washington",
                                          "Quai des Orfèvres", "xyzzy plugh", "東京都千代田区"};
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        ask(drawn, foreign[i], (struct search_query){.limit = 10});
        assert_true(drawn->count == 0 || drawn->results[0].confidence < 0.4F);
    }
}

static void test_one_thing_comes_once(void **state)
{
    struct drawn *const drawn = *state;
    expect(drawn, "Konsum Halden", "poi: Konsum Halden"); // a node and an area
    assert_int_equal(drawn->count, 1);
    ask(drawn, "Bahnhofstrasse 5, Northtown", (struct search_query){.layers = 1U << LAYER_ADDRESS});
    for (unsigned i = 1; i < drawn->count; i++) { // the shop has the number of its house
        assert_int_not_equal(strncmp(drawn_label(drawn, i), five_north, strlen(five_north)), 0);
    }
}

// --- exact before corrected ----------------------------------------------------------------------

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Words of the towns, and slips of them, in any order, some with words that are nowhere.
static size_t text_make(char *text, size_t capacity, uint64_t *random)
{
    static const char *const words[] = {"bahnhofstrasse",
                                        "rue",
                                        "de",
                                        "la",
                                        "gare",
                                        "gartenweg",
                                        "gartenwig",
                                        "mühleweg",
                                        "konsum",
                                        "halden",
                                        "northtown",
                                        "southtown",
                                        "nordville",
                                        "9490",
                                        "8001",
                                        "5",
                                        "12",
                                        "sankt",
                                        "florins",
                                        "gasse",
                                        "xyzzy",
                                        "brot",
                                        "gartenweig",
                                        "bahnhof",
                                        "weg"};
    size_t size = 0;
    const unsigned count = 1 + (unsigned)(next_random(random) % 5);
    for (unsigned i = 0; i < count; i++) {
        const char *const word = words[next_random(random) % COUNT_OF(words)];
        const size_t begin = size;
        size += (size_t)snprintf(text + size, capacity - size, "%s%s", i == 0 ? "" : " ", word);
        if (size > begin + 6 && next_random(random) % 3 == 0) {
            text[begin + 3 + next_random(random) % 3] = (char)('a' + next_random(random) % 26);
        }
    }
    return size;
}

static void test_exact_matches_stand_before_corrected_ones_of_equal_context(void **state)
{
    struct drawn *const drawn = *state;
    ask(drawn, "Gartenweg xyzzy",
        (struct search_query){.limit = 10}); // Gartenwig is a primary road
    assert_int_equal(strncmp(drawn_label(drawn, 0), "street: Gartenweg", 17), 0);
    uint64_t random = 20261121;
    for (int round = 0; round < 4000; round++) {
        char text[256];
        const size_t size = text_make(text, sizeof(text), &random);
        struct search_query query = {.limit = 20};
        query.has_near = round % 2 == 0;
        query.near = GEO_POINT(9.505, 47.0 + (double)(round % 3) * 0.05);
        assert_int_equal(
            drawn_ask(drawn, (struct bytes){(const uint8_t *)text, size}, round % 5 == 0, query),
            STATUS_OK);
        for (unsigned i = 0; i < drawn->count; i++) {
            const struct search_result *const first = &drawn->results[i];
            const struct search_terms *const terms = &first->terms;
            const float sum = terms->text + terms->context + terms->number + terms->importance +
                              terms->nearness + terms->correction;
            assert_true(sum < first->score + 0.01F && sum > first->score - 0.01F);
            for (unsigned k = i + 1; k < drawn->count; k++) {
                const struct search_result *const second = &drawn->results[k];
                assert_true(first->score >= second->score);
                if (first->is_corrected && !second->is_corrected &&
                    (first->words & ~second->words) == 0 &&
                    second->terms.context >= terms->context) {
                    fail_msg("%s: a corrected answer before an exact one", text);
                }
            }
        }
    }
}

// --- bounds --------------------------------------------------------------------------------------

static void test_long_and_broken_texts_are_refused_or_answered(void **state)
{
    struct drawn *const drawn = *state;
    const struct search_query query = {.limit = 10};
    static uint8_t text[10 << 20];
    memset(text, 'a', sizeof(text));
    assert_int_equal(drawn_ask(drawn, (struct bytes){text, sizeof(text)}, false, query),
                     STATUS_OUT_OF_RANGE);
    for (size_t i = 1; i < sizeof(text); i += 2) {
        text[i] = ' ';
    }
    assert_int_equal(drawn_ask(drawn, (struct bytes){text, 20000}, false, query),
                     STATUS_OUT_OF_RANGE); // 10,000 words
    assert_int_equal(drawn_ask(drawn, (struct bytes){text, SEARCH_TEXT_SIZE_MAX}, false, query),
                     STATUS_OUT_OF_RANGE); // 256 words
    assert_int_equal(drawn_ask(drawn, (struct bytes){text, 80}, true, query), STATUS_OK);
    static const char *const broken[] = {"\xff\xfe\xc0\x80", "Bahnhof\xe2\x82strasse 5",
                                         "\xf0\x9f\x98", "\xed\xa0\x80 Northtown", ""};
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        for (int is_open = 0; is_open < 2; is_open++) {
            assert_int_equal(drawn_ask(drawn, bytes_from_text(broken[i]), is_open != 0, query),
                             STATUS_OK);
        }
    }
    // Words that nearly everything may be meant by, as many as there may be.
    char worst[SEARCH_TEXT_SIZE_MAX + 1] = "";
    for (size_t size = 0; size + 11 < sizeof(worst) && size < 10 * 32; size += 10) {
        memcpy(worst + size, "bahnhgarte", 10);
        worst[size + 9] = ' ';
        worst[size + 10] = '\0';
    }
    assert_int_equal(drawn_ask(drawn, bytes_from_text(worst), false, query), STATUS_OK);
    assert_int_equal(drawn_ask(drawn, bytes_from_text(worst), true, query), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_parts_come_in_any_order),
        cmocka_unit_test(test_slips_are_corrected_wherever_they_are),
        cmocka_unit_test(test_spaces_may_be_missing_or_too_many),
        cmocka_unit_test(test_abbreviations_are_read_both_ways),
        cmocka_unit_test(test_numbers_of_streets_and_dashes_are_left_out),
        cmocka_unit_test(test_words_are_understood_by_ear),
        cmocka_unit_test(test_accents_may_be_left_out_or_spelled),
        cmocka_unit_test(test_other_names_and_scripts_find_a_town),
        cmocka_unit_test(test_the_town_decides_between_streets_of_one_name),
        cmocka_unit_test(test_nearness_decides_and_zoom_says_how_much),
        cmocka_unit_test(test_a_slip_before_an_unfinished_word),
        cmocka_unit_test(test_letters_of_the_country_before_a_postcode_say_nothing),
        cmocka_unit_test(test_what_is_not_there_is_not_sure),
        cmocka_unit_test(test_one_thing_comes_once),
        cmocka_unit_test(test_exact_matches_stand_before_corrected_ones_of_equal_context),
        cmocka_unit_test(test_long_and_broken_texts_are_refused_or_answered),
    };
    return cmocka_run_group_tests(tests, open_towns, close_towns);
}
