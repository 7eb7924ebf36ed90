// Outlines of the world layer against boundaries.
#include <string.h>

#include "atlas/town_test.h"
#include "atlas/zone.h"

static struct feature *town_city(struct town *town, int64_t number, double lng_deg,
                                 const char *name, const char *state)
{
    struct feature *const city = town_add(town, 'n', number, FEATURE_PLACE, lng_deg, 47.1, name);
    city->place_type = PLACE_TOWN;
    city->address.state = bytes_from_text(state);
    return city;
}

static void a_region_is_what_its_towns_name(void **state)
{
    struct town *const town = *state;
    town_city(town, 1, 9.0, "Winterthur", "Zurich");
    town_city(town, 2, 9.2, "Uster", "zurich");
    town_city(town, 3, 9.4, "Zurich", "Zurich");
    town_city(town, 4, 9.6, "Vaduz", "Vaduz"); // itself, and nobody else's
    town_house(town, 21, 9.001, 47.1, "1", "Dorfstrasse", "Winterthur");
    town_make(town);
    static const char *const chain[] = {"Winterthur", "Zurich"};
    assert_int_equal(layer_count(town, LAYER_REGION), 1);
    const struct atlas_doc *const region = &town->atlas->docs[0];
    assert_text(town, region->name, "Zurich");
    assert_int_equal(region->lng_e7, 92000000);
    assert_chain(town, house_of(town, 21)->chain, chain, 2);
    assert_chain(town, town->atlas->docs[doc_of(town, 'n', 3)].chain, chain + 1, 1);
    assert_chain(town, town->atlas->docs[doc_of(town, 'n', 4)].chain, chain, 0);
}

// A shape of the world layer; `region` NULL: a country's.
static struct feature *town_shape(struct town *town, const char *country, const char *region,
                                  double lng_deg, double half_deg, const char *name)
{
    struct feature *const shape =
        town_area(town, 0, region == NULL ? 2 : 4, lng_deg, 47.1, half_deg, name);
    shape->id = (struct source_id){.kind = SOURCE_COUNTRIES,
                                   .number = (country[0] - 'A') * 26 + country[1] - 'A'};
    shape->roles = region == NULL ? FEATURE_COUNTRY_SHAPE : FEATURE_REGION_SHAPE;
    memcpy(shape->address.country, country, 3);
    if (region == NULL) {
        memcpy(shape->country_code, country, 3);
    } else {
        memcpy(shape->region_code, region, strlen(region) + 1);
        shape->id =
            (struct source_id){.kind = SOURCE_REGIONS, .number = 676 + (int64_t)town->count};
    }
    return shape;
}

static void a_thing_at_the_rim_is_of_the_country_at_the_rim(void **state)
{
    struct town *const town = *state;
    struct feature *const country = town_area(town, 1, 2, 9.5, 47.1, 0.1, "Liechtenstein");
    memcpy(country->country_code, "LI", 3);
    town_shape(town, "AT", NULL, 10.0, 0.45, "Austria");
    struct feature *const cut = town_area(town, 2, 8, 9.59, 47.1, 0.01, "Feldkirch");
    cut->rings = (struct geo_rings){0};
    struct feature *const row = town_add(town, 0, 3, FEATURE_PLACE, 9.63, 47.2, "Feldkirch");
    row->id.kind = SOURCE_GEONAMES;
    row->place_type = PLACE_TOWN;
    memcpy(row->address.country, "AT", 3);
    town_make(town);
    static const char *const chain[] = {"Austria"};
    const struct atlas_doc *const doc = &town->atlas->docs[doc_of(town, 'r', 2)];
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 1);
    assert_int_equal(doc->lng_e7, 96300000); // the row's: its own says nothing
    assert_chain(town, doc->chain, chain, 1);
}

static void shapes_fill_in_where_no_boundary_is_given(void **state)
{
    struct town *const town = *state;
    town_shape(town, "CH", NULL, 9.5, 0.5, "Switzerland");
    town_shape(town, "CH", "CH-SG", 9.5, 0.4, "St. Gallen");
    town_house(town, 21, 9.4, 47.1, "1", "Dorfstrasse", NULL);
    town_house(town, 22, 10.3, 47.1, "2", "Uferstrasse", NULL); // the shape ends at 10.0
    town_make(town);
    static const char *const chain[] = {"St. Gallen", "Switzerland"};
    assert_chain(town, house_of(town, 21)->chain, chain, 2);
    assert_chain(town, house_of(town, 22)->chain, chain + 1, 1);
    assert_text(town, town->atlas->docs[0].name, "Switzerland");
    assert_text(town, town->atlas->docs[1].region_code, "CH-SG");
}

static void a_town_knows_its_region_better_than_a_simplified_outline(void **state)
{
    struct town *const town = *state;
    town_shape(town, "CH", NULL, 9.0, 1.0, "Switzerland");
    town_shape(town, "CH", "CH-SG", 9.5, 0.4, "St. Gallen");
    town_shape(town, "CH", "CH-ZH", 8.5, 0.3, "Zurich");
    struct feature *const across = town_city(town, 1, 9.15, "Uster", "Zurich"); // a river away
    struct feature *const strange = town_city(town, 2, 9.5, "Wil", "Nowhere");
    memcpy(across->address.country, "CH", 3);
    memcpy(strange->address.country, "CH", 3);
    town_make(town);
    static const char *const chain[] = {"Zurich", "Switzerland"};
    static const char *const other[] = {"St. Gallen", "Switzerland"};
    assert_int_equal(layer_count(town, LAYER_REGION), 2);
    assert_chain(town, town->atlas->docs[doc_of(town, 'n', 1)].chain, chain, 2);
    assert_chain(town, town->atlas->docs[doc_of(town, 'n', 2)].chain, other, 2);
}

static void a_shape_is_not_believed_where_the_boundary_is_given(void **state)
{
    struct town *const town = *state;
    struct feature *const country = town_area(town, 1, 2, 9.5, 47.1, 0.1, "Liechtenstein");
    memcpy(country->country_code, "LI", 3);
    town_area(town, 2, 4, 9.5, 47.1, 0.05, "Unterland");
    town_shape(town, "LI", NULL, 9.52, 0.15, "Principality of Liechtenstein"); // into Austria
    town_shape(town, "LI", "LI-X", 9.51, 0.05, "Unterland");
    town_shape(town, "AT", NULL, 9.9, 0.31, "Austria"); // into Liechtenstein
    town_house(town, 21, 9.5, 47.1, "1", "Dorfstrasse", NULL);
    town_house(town, 22, 9.595, 47.1, "2", "Grenzweg", NULL); // by both shapes
    town_house(town, 23, 9.65, 47.1, "3", "Zollweg", NULL);   // by both shapes, not the boundary
    town_make(town);
    static const char *const chain[] = {"Unterland", "Liechtenstein"};
    static const char *const austria[] = {"Austria"};
    assert_int_equal(layer_count(town, LAYER_COUNTRY), 2);
    assert_int_equal(layer_count(town, LAYER_REGION), 1);
    assert_chain(town, house_of(town, 21)->chain, chain, 2);
    assert_chain(town, house_of(town, 22)->chain, chain + 1, 1);
    assert_chain(town, house_of(town, 23)->chain, austria, 1);
    assert_text(town, town->atlas->docs[doc_of(town, 'r', 2)].region_code, "LI-X");
}

static void assert_zone(const struct town *town, double lng_deg, const char *country,
                        const char *expected)
{
    const struct bytes zone =
        atlas_zone_in(town->atlas, GEO_POINT(lng_deg, 47.1), build_country_pack(country));
    assert_int_equal(zone.size, strlen(expected));
    assert_memory_equal(zone.data, expected, zone.size);
}

static void a_zone_is_told_by_its_outline_or_its_country(void **state)
{
    struct town *const town = *state;
    town_area(town, 0, 0, 9.6, 47.1, 0.1, "Europe/Vaduz")->roles = FEATURE_ZONE_SHAPE;
    town_area(town, 0, 0, 9.0, 47.1, 0.5, "Europe/Zurich")->roles = FEATURE_ZONE_SHAPE;
    town_area(town, 0, 0, 55.5, 47.1, 0.5, "Indian/Reunion")->roles = FEATURE_ZONE_SHAPE;
    town_make(town);
    assert_zone(town, 9.6, "", "Europe/Vaduz");
    assert_zone(town, 9.2, "CH", "Europe/Zurich");
    assert_zone(town, 9.45, "LI", "Europe/Vaduz");   // drawn too far east
    assert_zone(town, 9.75, "LI", "Europe/Vaduz");   // drawn not far enough
    assert_zone(town, 55.5, "FR", "Indian/Reunion"); // not Paris's clock
    assert_zone(town, 0.5, "FR", "Europe/Paris");    // where nothing is drawn
    assert_zone(town, 0.5, "US", "");
    assert_zone(town, 0.5, "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_TEST(a_region_is_what_its_towns_name),
        TOWN_TEST(a_thing_at_the_rim_is_of_the_country_at_the_rim),
        TOWN_TEST(shapes_fill_in_where_no_boundary_is_given),
        TOWN_TEST(a_town_knows_its_region_better_than_a_simplified_outline),
        TOWN_TEST(a_shape_is_not_believed_where_the_boundary_is_given),
        TOWN_TEST(a_zone_is_told_by_its_outline_or_its_country),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
