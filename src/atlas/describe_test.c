// What a document says of itself beyond its name: kind, facts, names, source.
#include "atlas/town_test.h"
#include "source/category.h"

static const char golden_path[] = "tests/golden/atlas/version_1_0.rhumb";
static char arena_memory[1 << 14];

static struct description described(const struct town *town, uint32_t reference)
{
    struct arena arena = arena_over(arena_memory, sizeof(arena_memory));
    const struct languages languages = {.count = 0};
    struct description description;
    assert_int_equal(describe(town->atlas, reference, &languages, &arena, &description), STATUS_OK);
    return description;
}

static void assert_kind(const struct description *description, const char *key, const char *value)
{
    assert_true(bytes_equal(description->osm_key, bytes_from_text(key)));
    assert_true(bytes_equal(description->osm_value, bytes_from_text(value)));
}

static void assert_fact(const struct town *town, const struct description *description,
                        const char *key, const char *expected)
{
    struct bytes value = {0};
    assert_true(description_fact(town->atlas, description, key, &value));
    assert_true(bytes_equal(value, bytes_from_text(expected)));
}

static void a_place_of_interest_keeps_its_tag_and_its_facts(void **state)
{
    struct town *const town = *state;
    const struct feature_fact facts[] = {{BYTES_OF("cuisine"), BYTES_OF("pizza")},
                                         {BYTES_OF("cuisine"), BYTES_OF("second")},
                                         {BYTES_OF("wheelchair"), BYTES_OF("yes")}};
    town_two(town);
    struct feature *const inn = town_add(town, 'n', 50, FEATURE_POI, 9.45, 47.1, "Adler");
    inn->category = CATEGORY_FOOD_RESTAURANT;
    inn->kind = (struct feature_fact){BYTES_OF("amenity"), BYTES_OF("restaurant")};
    inn->facts = facts;
    inn->fact_count = COUNT_OF(facts);
    town_make(town);
    const struct description description = described(town, doc_of(town, 'n', 50));
    assert_kind(&description, "amenity", "restaurant");
    assert_int_equal(description.facts.count, 3); // kind, cuisine once, wheelchair
    assert_fact(town, &description, "cuisine", "pizza");
    assert_fact(town, &description, "wheelchair", "yes");
    struct bytes value;
    assert_false(description_fact(town->atlas, &description, "phone", &value));
}

static void a_source_without_the_words_of_osm_gets_them_from_the_category(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_add(town, 'n', 50, FEATURE_POI, 9.45, 47.1, "Adler")->category = CATEGORY_FOOD_RESTAURANT;
    town_make(town);
    const struct description description = described(town, doc_of(town, 'n', 50));
    assert_kind(&description, "amenity", "restaurant");
}

static void a_street_is_of_the_kind_of_its_highest_way(void **state)
{
    struct town *const town = *state;
    const struct feature_fact ref = {BYTES_OF("ref"), BYTES_OF("28")};
    town_two(town);
    struct feature *const low = town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    low->kind = (struct feature_fact){BYTES_OF("highway"), BYTES_OF("residential")};
    low->street_rank = 3;
    struct feature *const high = town_piece(town, 12, 9.47, 47.1, 0.01, 101, 102, "Hauptstrasse");
    high->kind = (struct feature_fact){BYTES_OF("highway"), BYTES_OF("trunk_link")};
    high->street_rank = 5;
    high->facts = &ref;
    high->fact_count = 1;
    town_piece(town, 13, 9.42, 47.12, 0.01, 103, 104, "Dorfweg")->street_rank = 3;
    town_make(town);
    struct description description = described(town, doc_of(town, 'w', 11));
    assert_kind(&description, "highway", "trunk_link");
    assert_fact(town, &description, "ref", "28");
    description = described(town, doc_of(town, 'w', 13));
    assert_kind(&description, "highway", "residential");
    assert_int_equal(description.facts.count, 0); // its rank says so
}

static void a_boundary_says_which_settlement_it_is_of(void **state)
{
    struct town *const town = *state;
    const struct feature_fact wikidata = {BYTES_OF("wikidata"), BYTES_OF("Q1")};
    town_two(town);
    struct feature *const area = &town->features[1];
    area->kind = (struct feature_fact){BYTES_OF("boundary"), BYTES_OF("administrative")};
    area->has_label = true;
    area->label = (struct source_id){.kind = SOURCE_DEMO, .type = 'n', .number = 60};
    struct feature *const node = town_add(town, 'n', 60, FEATURE_PLACE, 9.45, 47.1, "Westdorf");
    node->place_type = PLACE_VILLAGE;
    node->kind = (struct feature_fact){BYTES_OF("place"), BYTES_OF("village")};
    node->facts = &wikidata;
    node->fact_count = 1;
    town_make(town);
    const struct description description = described(town, doc_of(town, 'r', 2));
    assert_kind(&description, "boundary", "administrative");
    assert_fact(town, &description, "linked_place", "village");
    assert_fact(town, &description, "wikidata", "Q1");
    assert_int_equal(description.admin_level, 8);
    assert_int_equal(description.place_type, PLACE_VILLAGE);
    assert_string_equal(description.country_code, "LI");
    assert_string_equal(description.country_code3, "LIE");
    assert_true(description.importance > 0 && description.importance <= 1);
    const struct description other = described(town, doc_of(town, 'r', 3));
    assert_kind(&other, "boundary", "administrative");
}

static void a_house_is_a_house_and_knows_its_source(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_house(town, 21, 9.461, 47.1, "7", "Hauptstrasse", NULL);
    town_make(town);
    const struct description description = described(town, doc_of(town, 'n', 21));
    assert_kind(&description, "place", "house");
    assert_int_equal(description.source, 0);
    assert_int_equal(described(town, doc_of(town, 'r', 1)).source, 0);
}

static void every_name_is_told_with_its_language(void **state)
{
    struct town *const town = *state;
    const struct feature_name names[] = {
        {.text = BYTES_OF("Westdorf"), .role = NAME_MAIN},
        {.text = BYTES_OF("West Village"), .language = "en", .role = NAME_LOCALISED},
        {.text = BYTES_OF("Dorf im Westen"), .role = NAME_OFFICIAL}};
    town_two(town);
    town->features[1].names = names;
    town->features[1].name_count = COUNT_OF(names);
    town_make(town);
    struct described_name told[4];
    const uint32_t doc = doc_of(town, 'r', 2);
    assert_int_equal(describe_names(town->atlas, doc, told, COUNT_OF(told)), 3);
    assert_true(bytes_equal(told[0].text, names[0].text));
    assert_int_equal(told[0].role, NAME_MAIN);
    assert_true(bytes_equal(told[1].text, names[1].text));
    assert_true(bytes_equal(told[1].language, BYTES_OF("en")));
    assert_int_equal(told[2].role, NAME_OFFICIAL);
    assert_int_equal(describe_names(town->atlas, doc, told, 1), 3);
    assert_int_equal(describe_names(town->atlas, ATLAS_REF_HOUSE, told, 4), 0);
}

// Before facts and sources were written down.
static void an_atlas_of_the_first_version_still_opens(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct atlas *atlas = NULL;
    struct fault fault = {0};
    struct sys_memory *memory;
    struct buffer image SCOPED(buffer_free) = {.account = &account};
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(file_read_whole(sys_os(), golden_path, 1 << 20, &image, &fault), STATUS_OK);
    assert_int_equal(file_replace(sys, "old.atlas", buffer_bytes(&image), &fault), STATUS_OK);
    const enum status status = atlas_open(sys, &account, "old.atlas", &atlas, &fault);
    if (status == STATUS_UNSUPPORTED) {
        print_message("# skipped: %s\n", fault.text); // built with another ICU
        sys_memory_free(memory);
        skip();
    }
    assert_int_equal(status, STATUS_OK);
    struct town town = {.atlas = atlas};
    const struct description street = described(&town, atlas_layer_first(atlas, LAYER_STREET));
    assert_kind(&street, "highway", "residential");
    assert_int_equal(street.facts.count, 0);
    assert_int_equal(street.source, 0);
    const struct description house = described(&town, ATLAS_REF_HOUSE);
    assert_kind(&house, "place", "house");
    assert_int_equal(house.source, 0);
    atlas_close(atlas);
    sys_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_TEST(a_place_of_interest_keeps_its_tag_and_its_facts),
        TOWN_TEST(a_source_without_the_words_of_osm_gets_them_from_the_category),
        TOWN_TEST(a_street_is_of_the_kind_of_its_highest_way),
        TOWN_TEST(a_boundary_says_which_settlement_it_is_of),
        TOWN_TEST(a_house_is_a_house_and_knows_its_source),
        TOWN_TEST(every_name_is_told_with_its_language),
        cmocka_unit_test(an_atlas_of_the_first_version_still_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
