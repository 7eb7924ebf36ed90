// The same thing in several inputs comes once.
#include "atlas/town_test.h"

static struct feature *second(struct feature *feature)
{
    feature->source = 1;
    return feature;
}

static uint32_t houses_of(const struct town *town)
{
    return town->atlas->header->house_count;
}

static void what_two_extracts_have_is_taken_once(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_house(town, 21, 9.461, 47.1, "7", "Hauptstrasse", NULL);
    town_add(town, 'n', 31, FEATURE_POI, 9.45, 47.1, "Adler")->category = 1;
    const size_t count = town->count;
    for (size_t i = 0; i < count; i++) {
        town->features[town->count] = town->features[i];
        town->features[town->count].names = town->features[i].names;
        second(&town->features[town->count++]);
    }
    // Moved since: the first input's word counts.
    town->features[count + 4].point = GEO_POINT(9.462, 47.1);
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_COUNTRY), 1);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 2);
    assert_int_equal(layer_count(town, LAYER_STREET), 1);
    assert_int_equal(layer_count(town, LAYER_POI), 1);
    assert_int_equal(houses_of(town), 1);
    assert_int_equal(house_of(town, 21)->lng_e7, 94610000);
    assert_int_equal(town->report.repeated_count, count);
    assert_int_equal(atlas_source_of(town->atlas, doc_of(town, 'w', 11)), 0);
}

// At the rim of an extract only the name of an area is known; the next extract has its outline.
static void an_area_cut_by_one_extract_is_whole_from_the_other(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_area(town, 4, 8, 9.65, 47.1, 0.05, "Norddorf")->rings = (struct geo_rings){0};
    second(town_area(town, 4, 8, 9.65, 47.1, 0.05, "Norddorf"));
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 3);
    const uint32_t doc = doc_of(town, 'r', 4);
    assert_int_not_equal(town->atlas->docs[doc].box, 0);
    assert_int_equal(atlas_source_of(town->atlas, doc), 1);
}

static void an_address_of_two_sources_comes_once(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_house(town, 21, 9.461, 47.1, "7a", "Hauptstrasse", "Westdorf");
    town_house(town, 22, 9.461, 47.1001, "9", "Hauptstrasse", "Westdorf");
    second(town_house(town, 51, 9.4615, 47.1003, "7 A", "HAUPTSTRASSE", "Westdorf")); // 50 m off
    second(town_house(town, 52, 9.4612, 47.1003, "7b", "Hauptstrasse", "Westdorf"));
    second(town_house(town, 53, 9.461, 47.1, "9", "Hauptstrasse", "Westdorf"))->address.unit =
        BYTES_OF("3");
    town_make(town);
    assert_int_equal(houses_of(town), 4); // 7a, 7b, 9, 9 unit 3
    assert_int_equal(town->report.merged_count, 1);
    assert_ptr_equal(house_of(town, 51), house_of(town, 21));
    assert_int_equal(house_of(town, 51)->lng_e7, 94610000); // as the first says
    uint32_t reference = 0;
    const struct source_id id = {.kind = SOURCE_DEMO, .type = 'n', .number = 51};
    assert_int_equal(atlas_find(town->atlas, atlas_id_pack(id), &reference), STATUS_OK);
    assert_int_equal(atlas_source_of(town->atlas, reference), 0);
    assert_int_equal(atlas_source_of(town->atlas, doc_of(town, 'n', 52)), 1);
}

static void a_street_that_nobody_drew_is_one_in_all_spellings(void **state)
{
    struct town *const town = *state;
    memcpy(town_area(town, 1, 2, -73.2, 44.4, 0.2, "United States")->country_code, "US", 3);
    town_area(town, 2, 8, -73.2, 44.4, 0.1, "Burlington");
    town_house(town, 21, -73.20, 44.4, "7", "North Avenue", "Burlington");
    town_house(town, 22, -73.201, 44.4, "9", "South Union Street", "Burlington");
    second(town_house(town, 51, -73.2002, 44.4, "7", "N AVE", "Burlington"));
    second(town_house(town, 52, -73.2011, 44.4, "9", "S UNION ST", "Burlington"));
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_STREET), 2);
    assert_int_equal(houses_of(town), 2);
    assert_text(town, town->atlas->docs[house_of(town, 51)->street].name, "North Avenue");
}

static void each_joins_the_nearest_of_its_number(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_house(town, 21, 9.460, 47.1, "7", "Hauptstrasse", NULL);
    town_house(town, 22, 9.465, 47.1, "7", "Hauptstrasse", NULL); // 380 m: another
    second(town_house(town, 51, 9.4648, 47.1001, "7", "Hauptstrasse", NULL));
    town_make(town);
    assert_int_equal(houses_of(town), 2);
    assert_ptr_equal(house_of(town, 51), house_of(town, 22));
}

static void far_ones_of_another_place_stay_apart(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.498, 47.1, 0.0019, 100, 101, "Grenzweg");
    town_house(town, 21, 9.4985, 47.1, "7", "Grenzweg", "Westdorf");
    second(town_house(town, 51, 9.4985, 47.102, "7", "Grenzweg", "Ostdorf")); // 220 m
    town_make(town);
    assert_int_equal(houses_of(town), 2);
}

static void a_shop_of_one_source_is_in_the_house_of_the_other(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    struct feature *const shop = town_house(town, 31, 9.461, 47.1, "7", "Hauptstrasse", NULL);
    const struct feature_name name = {.text = BYTES_OF("Adler"), .role = NAME_MAIN};
    shop->roles |= FEATURE_POI;
    shop->category = 1;
    shop->names = &name;
    shop->name_count = 1;
    second(town_house(town, 51, 9.4613, 47.1002, "7", "Hauptstrasse", NULL));
    town_make(town);
    assert_int_equal(houses_of(town), 1);
    const uint32_t poi = doc_of(town, 'n', 31) - atlas_layer_first(town->atlas, LAYER_POI);
    const uint32_t row = town->atlas->pois[poi].house - 1;
    assert_ptr_equal(&town->atlas->houses[row], house_of(town, 51));
}

static struct feature *shop(struct town *town, char type, int64_t number, double lng_deg,
                            const char *name)
{
    struct feature *const feature = town_add(town, type, number, FEATURE_POI, lng_deg, 47.1, name);
    feature->category = 1;
    return feature;
}

// The node has the address and the hours, the area the telephone.
static void a_shop_drawn_as_node_and_area_comes_once(void **state)
{
    struct town *const town = *state;
    const struct feature_fact cuisine = {BYTES_OF("cuisine"), BYTES_OF("pizza")};
    const struct feature_fact phone = {BYTES_OF("phone"), BYTES_OF("1")};
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    struct feature *const node = shop(town, 'n', 31, 9.461, "ADLER");
    node->roles |= FEATURE_ADDRESS;
    node->address.number = BYTES_OF("7");
    node->address.street = BYTES_OF("Hauptstrasse");
    node->opening_hours = BYTES_OF("24/7");
    node->facts = &cuisine;
    node->fact_count = 1;
    struct feature *const area = shop(town, 'w', 32, 9.4611, "Adler");
    area->facts = &phone;
    area->fact_count = 1;
    shop(town, 'n', 33, 9.4612, "Krone");
    shop(town, 'n', 34, 9.4612, "Krone"); // two nodes stay two
    shop(town, 'n', 35, 9.4711, "Adler"); // 760 m
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_POI), 4);
    assert_int_equal(town->report.poi_twin_count, 1);
    const uint32_t doc = doc_of(town, 'w', 32);
    assert_int_equal(doc_of(town, 'n', 31), doc);
    assert_int_not_equal(doc_of(town, 'n', 33), doc_of(town, 'n', 34));
    assert_text(town, town->atlas->docs[doc].name, "Adler");
    const struct atlas_poi *const poi =
        &town->atlas->pois[doc - atlas_layer_first(town->atlas, LAYER_POI)];
    assert_text(town, poi->opening_hours, "24/7");
    assert_int_not_equal(poi->house, 0);
    assert_text(town, town->atlas->houses[poi->house - 1].text, "7");
    const struct atlas_list facts = atlas_facts(town->atlas, doc);
    assert_int_equal(facts.count, 3); // kind, phone, cuisine
    assert_text(town, facts.items[2], "phone");
    assert_text(town, facts.items[5], "pizza");
}

static void one_item_of_wikidata_is_one_place(void **state)
{
    struct town *const town = *state;
    town_two(town);
    shop(town, 'w', 32, 9.46, "Schloss")->wikidata = BYTES_OF("Q1");
    struct feature *const node = shop(town, 'n', 31, 9.465, "Schloss"); // 380 m, another category
    node->wikidata = BYTES_OF("Q1");
    node->category = 2;
    struct feature *const other = shop(town, 'n', 33, 9.46, "Schloss");
    other->wikidata = BYTES_OF("Q2");
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_POI), 2);
    assert_int_equal(doc_of(town, 'n', 31), doc_of(town, 'w', 32));
    assert_int_not_equal(doc_of(town, 'n', 33), doc_of(town, 'w', 32));
}

static void a_shop_of_two_sources_comes_once(void **state)
{
    struct town *const town = *state;
    town_two(town);
    shop(town, 'n', 31, 9.46, "Adler");
    second(shop(town, 'n', 51, 9.4603, "Adler"));
    second(shop(town, 'n', 52, 9.4603, "Krone"));
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_POI), 2);
    assert_int_equal(doc_of(town, 'n', 51), doc_of(town, 'n', 31));
    assert_int_equal(atlas_source_of(town->atlas, doc_of(town, 'n', 51)), 0);
    assert_int_equal(atlas_source_of(town->atlas, doc_of(town, 'n', 52)), 1);
}

// What is known beyond its surroundings weighs more.
static void an_item_of_wikidata_or_an_article_counts(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_piece(town, 12, 9.46, 47.12, 0.01, 102, 103, "Dorfweg")->wikidata = BYTES_OF("Q7");
    shop(town, 'n', 31, 9.46, "Adler");
    shop(town, 'n', 32, 9.45, "Krone")->has_wikipedia = true;
    town->features[2].wikidata = BYTES_OF("Q8"); // Ostdorf
    town_make(town);
    const struct atlas_doc *const docs = town->atlas->docs;
    assert_true(docs[doc_of(town, 'w', 12)].importance > docs[doc_of(town, 'w', 11)].importance);
    assert_true(docs[doc_of(town, 'n', 32)].importance > docs[doc_of(town, 'n', 31)].importance);
    assert_true(docs[doc_of(town, 'r', 3)].importance > docs[doc_of(town, 'r', 2)].importance);
}

// Of a city at the rim of an extract a part of the outline is there; GeoNames knows where it is.
static void a_row_says_where_a_city_cut_off_is(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_area(town, 4, 8, 9.7, 47.3, 0.05, "Feldkirch")->rings = (struct geo_rings){0};
    struct feature *const row = town_add(town, 0, 77, FEATURE_PLACE, 9.6, 47.23, "Feldkirch");
    row->id.kind = SOURCE_GEONAMES;
    row->place_type = PLACE_CITY;
    row->population = 30000;
    row->source = 1;
    memcpy(row->address.country, "LI", 3);
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 3);
    const struct atlas_doc *const doc = &town->atlas->docs[doc_of(town, 'r', 4)];
    assert_int_equal(doc->lng_e7, 96000000);
    assert_int_equal(doc->population, 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_TEST(what_two_extracts_have_is_taken_once),
        TOWN_TEST(an_area_cut_by_one_extract_is_whole_from_the_other),
        TOWN_TEST(an_address_of_two_sources_comes_once),
        TOWN_TEST(a_street_that_nobody_drew_is_one_in_all_spellings),
        TOWN_TEST(each_joins_the_nearest_of_its_number),
        TOWN_TEST(far_ones_of_another_place_stay_apart),
        TOWN_TEST(a_shop_of_one_source_is_in_the_house_of_the_other),
        TOWN_TEST(a_shop_drawn_as_node_and_area_comes_once),
        TOWN_TEST(one_item_of_wikidata_is_one_place),
        TOWN_TEST(a_shop_of_two_sources_comes_once),
        TOWN_TEST(an_item_of_wikidata_or_an_article_counts),
        TOWN_TEST(a_row_says_where_a_city_cut_off_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
