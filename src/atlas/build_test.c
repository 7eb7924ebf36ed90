// Small worlds made by hand, built and read back.
#include <string.h>

#include "atlas/town_test.h"

static void pieces_that_share_a_node_are_one_street(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_piece(town, 12, 9.47, 47.1, 0.01, 101, 102, "Hauptstrasse");
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_STREET), 1);
    assert_int_equal(doc_of(town, 'w', 11), doc_of(town, 'w', 12));
    const uint32_t street = doc_of(town, 'w', 11);
    const struct atlas_doc *const doc = &town->atlas->docs[street];
    assert_int_equal(atlas_id_unpack(doc->id).kind, SOURCE_DERIVED);
    // Of its ways the one at a point is known.
    const struct geo_point west = {geo_e7_from_deg(9.462), geo_e7_from_deg(47.1)};
    const struct geo_point east = {geo_e7_from_deg(9.478), geo_e7_from_deg(47.1)};
    assert_int_equal(atlas_id_unpack(atlas_way_at(town->atlas, street, west)).number, 11);
    assert_int_equal(atlas_id_unpack(atlas_way_at(town->atlas, street, east)).number, 12);
}

static void a_street_of_one_way_keeps_its_id(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.46, 47.1, 0.01, 100, 101, "Hauptstrasse");
    town_make(town);
    const struct atlas_doc *const doc = &town->atlas->docs[doc_of(town, 'w', 11)];
    assert_int_equal(atlas_id_unpack(doc->id).number, 11);
    static const char *const chain[] = {"Westdorf", "Liechtenstein"};
    assert_chain(town, doc->chain, chain, 2);
}

static void a_border_parts_streets_of_one_name(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.49, 47.1, 0.0099, 100, 101, "Grenzweg");
    town_piece(town, 12, 9.4999, 47.1, 0.01, 101, 102, "Grenzweg");
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_STREET), 2);
}

static void streets_far_apart_are_two(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.06, 0.001, 100, 101, "Dorfweg");
    town_piece(town, 12, 9.41, 47.14, 0.001, 102, 103, "Dorfweg");
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_STREET), 2);
}

static void an_address_goes_to_the_nearest_street_of_its_name(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.09, 0.001, 100, 101, "Dorfweg");
    town_piece(town, 12, 9.41, 47.10, 0.001, 102, 103, "Dorfweg");
    town_house(town, 21, 9.4105, 47.0905, "7", "Dorfweg", NULL);
    town_house(town, 22, 9.4105, 47.0995, "8", "dorfweg", NULL);
    town_make(town);
    assert_int_equal(house_of(town, 21)->street, doc_of(town, 'w', 11));
    assert_int_equal(house_of(town, 22)->street, doc_of(town, 'w', 12));
}

static void an_abbreviated_street_name_finds_its_street(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.09, 0.001, 100, 101, "Feldkircher Strasse");
    town_house(town, 21, 9.4105, 47.0902, "7", "Feldkircher Str.", NULL);
    town_house(town, 22, 9.4105, 47.0902, "8", "Feldkircherstrasse", NULL);
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_STREET), 1);
    assert_int_equal(house_of(town, 21)->street, doc_of(town, 'w', 11));
    assert_int_equal(house_of(town, 22)->street, doc_of(town, 'w', 11));
}

static void addresses_without_a_street_make_one(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_house(town, 21, 9.41, 47.09, "2", "Nirgendweg", NULL);
    town_house(town, 22, 9.411, 47.09, "1", "Nirgendweg", NULL);
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_STREET), 1);
    const struct atlas_doc *const doc = &town->atlas->docs[house_of(town, 21)->street];
    assert_text(town, doc->name, "Nirgendweg");
    assert_int_equal(atlas_id_unpack(doc->id).kind, SOURCE_DERIVED);
    assert_int_equal(town->atlas->houses[0].number, 1);
    assert_int_equal(town->atlas->houses[1].number, 2);
}

static void an_address_without_street_is_found_at_the_nearest(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.09, 0.001, 100, 101, "Dorfweg");
    town_house(town, 21, 9.4105, 47.0902, "7", NULL, NULL);
    town_house(town, 22, 9.45, 47.12, "8", NULL, NULL);
    town_make(town);
    assert_int_equal(house_of(town, 21)->street, doc_of(town, 'w', 11));
    assert_int_equal(town->report.house_count, 1);
    assert_int_equal(town->report.unattached_count, 1);
}

static void a_list_of_numbers_gives_a_row_each_and_a_range_one(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.09, 0.001, 100, 101, "Dorfweg");
    town_house(town, 21, 9.4105, 47.0902, "14;12", "Dorfweg", NULL);
    town_house(town, 22, 9.4106, 47.0902, "20-22", "Dorfweg", NULL);
    town_make(town);
    assert_int_equal(town->report.house_count, 3);
    assert_int_equal(town->atlas->houses[0].number, 12);
    assert_int_equal(town->atlas->houses[1].number, 14);
    assert_int_equal(town->atlas->houses[2].number, 20);
    assert_text(town, town->atlas->houses[2].text, "20-22");
}

static void numbers_between_two_houses_yield_to_real_ones(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.09, 0.001, 100, 101, "Dorfweg");
    static const struct feature_end ends[] = {
        {.position = 0, .number = 2, .street = {(const uint8_t *)"Dorfweg", 7}},
        {.position = 1, .number = 8, .street = {(const uint8_t *)"Dorfweg", 7}},
    };
    struct feature *const line = town_piece(town, 12, 9.41, 47.0901, 0.001, 1, 2, NULL);
    line->roles = FEATURE_INTERPOLATION;
    line->interpolation = INTERPOLATION_EVEN;
    line->ends = ends;
    line->end_count = 2;
    town_house(town, 21, 9.4105, 47.0902, "4", "Dorfweg", NULL);
    town_make(town);
    assert_int_equal(town->report.house_count, 2); // 4 is real, 6 between
    assert_int_equal(town->report.interpolated_count, 1);
    assert_int_equal(town->atlas->houses[1].number, 6);
    assert_int_equal(atlas_id_unpack(town->atlas->house_ids[1]).kind, SOURCE_DERIVED);
}

static void a_place_of_interest_points_to_the_house_it_is_in(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.09, 0.001, 100, 101, "Dorfweg");
    struct feature *const shop = town_house(town, 21, 9.4105, 47.0902, "4", "Dorfweg", NULL);
    shop->roles |= FEATURE_POI;
    shop->category = 1;
    const struct feature_name name = {.text = bytes_from_text("Konsum"), .role = NAME_MAIN};
    shop->names = &name;
    shop->name_count = 1;
    town_house(town, 22, 9.41051, 47.0902, "4", "Dorfweg", NULL);
    town_make(town);
    assert_int_equal(town->report.house_count, 1);
    assert_int_equal(town->atlas->house_ids[0],
                     atlas_id_pack((struct source_id){SOURCE_DEMO, 'n', 22}));
    assert_int_equal(layer_count(town, LAYER_POI), 1);
    assert_int_equal(town->atlas->pois[0].house, 1);
    assert_int_equal(town->atlas->docs[doc_of(town, 'n', 21)].layer, LAYER_POI);
}

static void a_boundary_and_its_label_are_one_document(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town->features[1].label = (struct source_id){SOURCE_DEMO, 'n', 31};
    town->features[1].has_label = true;
    struct feature *const label = town_add(town, 'n', 31, FEATURE_PLACE, 9.44, 47.11, "Westdorf");
    label->place_type = PLACE_VILLAGE;
    label->population = 321;
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 2);
    const uint32_t doc = doc_of(town, 'n', 31);
    assert_int_equal(doc, doc_of(town, 'r', 2));
    assert_int_equal(town->atlas->docs[doc].population, 321);
    assert_int_equal(town->atlas->docs[doc].lng_e7, label->point.lng_e7);
    assert_true(town->atlas->docs[doc].box != 0);
}

static void a_row_of_geonames_goes_into_the_place_it_is(void **state)
{
    struct town *const town = *state;
    town_two(town);
    struct feature *const row = town_add(town, 0, 99, FEATURE_PLACE, 9.45, 47.1, "Ostdorf");
    row->id.kind = SOURCE_GEONAMES;
    row->place_type = PLACE_TOWN;
    row->population = 4000;
    memcpy(row->country_code, "LI", 3);
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 2);
    assert_int_equal(town->atlas->docs[doc_of(town, 'r', 3)].population, 4000);
}

static void a_chain_begins_with_what_the_address_says(void **state)
{
    struct town *const town = *state;
    town_two(town);
    struct feature *const house = town_house(town, 21, 9.41, 47.09, "2", "Weg", "Ostdorf");
    house->address.postcode = bytes_from_text("9490");
    town_make(town);
    static const char *const chain[] = {"9490", "Ostdorf", "Westdorf", "Liechtenstein"};
    assert_chain(town, house_of(town, 21)->chain, chain, 4);
    assert_int_equal(layer_count(town, LAYER_POSTCODE), 1);
}

static void a_city_known_from_tags_alone_is_made(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_house(town, 21, 9.41, 47.09, "2", "Weg", "Neudorf");
    town_house(town, 22, 9.43, 47.09, "4", "Weg", "Neudorf");
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 3);
    const struct atlas_list chain = atlas_chain(town->atlas, house_of(town, 21)->chain);
    const struct atlas_doc *const city = &town->atlas->docs[chain.items[0]];
    assert_text(town, city->name, "Neudorf");
    assert_int_equal(city->lng_e7, geo_e7_from_deg(9.42));
}

static void a_postcode_across_180_degrees_lies_between_its_addresses(void **state)
{
    struct town *const town = *state;
    town_house(town, 21, 179.99, -17.0, "2", "Weg", NULL)->address.postcode =
        bytes_from_text("9490");
    town_house(town, 22, -179.97, -17.0, "4", "Weg", NULL)->address.postcode =
        bytes_from_text("9490");
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_POSTCODE), 1);
    const uint32_t doc = town->atlas->header->layer_first[LAYER_POSTCODE];
    assert_int_equal(town->atlas->docs[doc].lng_e7, geo_e7_from_deg(-179.99));
}

static void a_boundary_outweighs_the_country_of_the_address(void **state)
{
    struct town *const town = *state;
    town_two(town);
    struct feature *const house = town_house(town, 21, 9.41, 47.09, "2", "Weg", "Westdorf");
    memcpy(house->address.country, "CH", 3);
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 2);
    const struct atlas_doc *const street = &town->atlas->docs[house_of(town, 21)->street];
    assert_int_equal(street->country, 'L' << 8 | 'I');
}

// The ids of two streets (one way, two ways), an implied one and a house.
static void ids_of(const struct town *town, uint64_t ids[4])
{
    ids[0] = town->atlas->docs[doc_of(town, 'w', 11)].id;
    ids[1] = town->atlas->docs[doc_of(town, 'w', 12)].id;
    ids[2] = town->atlas->docs[house_of(town, 21)->street].id;
    ids[3] = town->atlas->house_ids[house_of(town, 21) - town->atlas->houses];
}

static void a_postcode_lies_where_most_of_its_addresses_do(void **state)
{
    struct town *const town = *state;
    town_two(town);
    for (int i = 0; i < 3; i++) {
        struct feature *const house = town_house(town, 21 + i, 9.48 + 0.015 * i, 47.1, "1",
                                                 i < 2 ? "Westweg" : "Ostweg", NULL);
        house->address.postcode = bytes_from_text("9490");
    }
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_POSTCODE), 1);
    const struct atlas_doc *const code =
        &town->atlas->docs[town->atlas->header->layer_first[LAYER_POSTCODE]];
    static const char *const chain[] = {"Westdorf", "Liechtenstein"};
    assert_chain(town, code->chain, chain, 2);
    const struct geo_box box = town->atlas->boxes[code->box - 1];
    assert_int_equal(box.west_e7, 94800000);
    assert_int_equal(box.east_e7, 95100000);
}

static void ids_outlive_a_rebuild_with_other_things_added(void **state)
{
    struct town *const town = *state;
    town_two(town);
    town_piece(town, 11, 9.41, 47.07, 0.001, 1, 2, "Einzelweg");
    town_piece(town, 12, 9.41, 47.08, 0.001, 3, 4, "Hauptstrasse");
    town_piece(town, 13, 9.411, 47.08, 0.001, 4, 5, "Hauptstrasse");
    town_house(town, 21, 9.41, 47.09, "2", "Nirgendweg", NULL);
    uint64_t before[4];
    uint64_t after[4];
    town_make(town);
    ids_of(town, before);
    atlas_close(town->atlas);
    town->atlas = NULL;

    town_piece(town, 14, 9.56, 47.08, 0.001, 6, 7, "Hauptstrasse");
    town_house(town, 22, 9.56, 47.09, "2", "Nirgendweg", NULL);
    town_house(town, 23, 9.411, 47.09, "4", "Nirgendweg", NULL);
    town_make(town);
    ids_of(town, after);
    assert_memory_equal(before, after, sizeof(before));
}

// Every kind of thing, a few dozen by chance.
static void town_random(struct town *town, struct dice *dice)
{
    static const char *const streets[] = {"Dorfweg", "Hauptstrasse", "Rue de l'Église",
                                          "St. John St"};
    static const char *const cities[] = {NULL, "Westdorf", "Neudorf"};
    static const char *const numbers[] = {"1", "2", "3a", "4;6", "12-14", "s/n", "12 bis"};
    town_two(town);
    while (town->count < FEATURES_MAX) {
        const double lng_deg = dice_between(dice, 9.41, 9.59);
        const double lat_deg = dice_between(dice, 47.06, 47.14);
        const int64_t number = 100 + (int64_t)dice_below(dice, 1000);
        const char *const street = streets[dice_below(dice, COUNT_OF(streets))];
        switch (dice_below(dice, 3)) {
        case 0:
            town_piece(town, number, lng_deg, lat_deg, 0.003, (int64_t)dice_below(dice, 20),
                       (int64_t)dice_below(dice, 20), street);
            break;
        case 1:
            town_add(town, 'n', number, FEATURE_PLACE, lng_deg, lat_deg, street)->place_type =
                (enum place_type)dice_below(dice, PLACE_SQUARE + 1);
            break;
        default:
            town_house(town, number, lng_deg, lat_deg, numbers[dice_below(dice, COUNT_OF(numbers))],
                       dice_below(dice, 8) == 0 ? NULL : street,
                       cities[dice_below(dice, COUNT_OF(cities))]);
            break;
        }
    }
}

static void whole_file(const struct town *town, const char *path, struct buffer *bytes)
{
    assert_int_equal(file_read_whole(town->sys, path, SIZE_MAX, bytes, NULL), STATUS_OK);
}

static void the_same_input_gives_the_same_bytes_with_any_threads(void **state)
{
    struct town *const town = *state;
    struct dice dice = test_dice();
    for (unsigned round = 0; round < 10; round++) {
        struct fault fault = {0};
        town->count = 0;
        town_random(town, &dice);
        if (town_build(town, "one.atlas", 1, 64 << 20, &fault) != STATUS_OK ||
            town_build(town, "two.atlas", 2, 1 << 20, &fault) != STATUS_OK ||
            atlas_open(town->sys, &town->account, "two.atlas", &town->atlas, &fault) != STATUS_OK) {
            fail_msg("%s", fault.text);
        }
        struct buffer one SCOPED(buffer_free) = {.account = &town->account};
        struct buffer two SCOPED(buffer_free) = {.account = &town->account};
        whole_file(town, "one.atlas", &one);
        whole_file(town, "two.atlas", &two);
        assert_true(bytes_equal(buffer_bytes(&one), buffer_bytes(&two)));
        atlas_close(town->atlas);
        town->atlas = NULL;
    }
}

static void an_empty_input_gives_an_empty_atlas(void **state)
{
    struct town *const town = *state;
    town_make(town);
    assert_int_equal(town->atlas->doc_count, 0);
}

static void every_failing_call_is_reported_and_leaves_no_half_file(void **state)
{
    struct town *const town = *state;
    struct dice dice = test_dice();
    town_random(town, &dice);
    for (uint64_t call = 1;; call++) {
        struct fault fault = {0};
        sys_memory_fail_at(town->memory, call);
        const enum status built = town_build(town, "town.atlas", 1, 64 << 20, &fault);
        if (!sys_memory_has_failed(town->memory)) {
            assert_int_equal(built, STATUS_OK);
            return;
        }
        sys_memory_fail_at(town->memory, 0);
        assert_true(built == STATUS_OK || fault.text[0] != '\0');
        // Only syncing the folder fails after the file is there, and then it is whole.
        struct sys_stat stat;
        if (town->sys->stat_path(town->sys, "town.atlas", &stat, NULL) == STATUS_OK) {
            struct atlas *atlas = NULL;
            assert_int_equal(atlas_open(town->sys, &town->account, "town.atlas", &atlas, &fault),
                             STATUS_OK);
            atlas_close(atlas);
            assert_int_equal(town->sys->unlink(town->sys, "town.atlas", NULL), STATUS_OK);
        }
    }
}

// The crossing of two pieces' streets, or NULL.
static const struct atlas_crossing *crossing_of(const struct town *town, int64_t one, int64_t other)
{
    const uint32_t left = doc_of(town, 'w', one);
    const uint32_t right = doc_of(town, 'w', other);
    for (uint32_t i = 0; i < town->atlas->crossing_count; i++) {
        const struct atlas_crossing *const row = &town->atlas->crossings[i];
        if ((row->street_a == left && row->street_b == right) ||
            (row->street_a == right && row->street_b == left)) {
            return row;
        }
    }
    return NULL;
}

static void streets_of_two_names_cross_at_a_node(void **state)
{
    struct town *const town = *state;
    town_area(town, 1, 8, 9.5, 47.1, 0.1, "Vaduz");
    town_piece(town, 1, 9.50, 47.10, 0.001, 1, 2, "Landstrasse");
    town_piece(town, 2, 9.501, 47.10, 0.001, 2, 3, "Lettstrasse");
    town_piece(town, 3, 9.501, 47.11, 0.001, 4, 5, "Kirchstrasse"); // far from both
    town_piece(town, 4, 9.501, 47.10, -0.001, 2, 6, "Landstr.");    // a name read alike
    town_make(town);
    assert_int_equal(town->atlas->crossing_count, 1);
    assert_int_equal(town->report.crossing_count, 1);
    const struct atlas_crossing *const crossing = crossing_of(town, 1, 2);
    assert_non_null(crossing);
    assert_int_equal(crossing->lng_e7, 95010000);
    assert_int_equal(crossing->lat_e7, 471000000);
    const struct atlas_list chain = atlas_chain(town->atlas, crossing->chain);
    assert_int_equal(chain.count, 1);
    assert_int_equal(chain.items[0], doc_of(town, 'r', 1));

    uint32_t reference = 0;
    assert_int_equal(atlas_find(town->atlas, crossing->id, &reference), STATUS_OK);
    assert_int_equal(reference, ATLAS_REF_CROSSING);
    assert_int_equal(atlas_id_of(town->atlas, reference), crossing->id);
    assert_int_equal(atlas_point(town->atlas, reference).lng_e7, 95010000);
    struct points_hit hit;
    assert_int_equal(points_nearest(&town->atlas->crossing_points, GEO_POINT(9.5, 47.1), 1000, NULL,
                                    NULL, &hit, 1),
                     1);
    assert_int_equal(hit.reference, reference);
}

// Carriageways 30 m apart make one crossing; the other end of the road makes another.
static void nodes_within_some_metres_are_one_crossing(void **state)
{
    struct town *const town = *state;
    town_piece(town, 1, 9.500, 47.1000, 0.01, 1, 2, "Ring");
    town_piece(town, 2, 9.500, 47.1003, 0.01, 3, 4, "Ring");
    town_piece(town, 3, 9.500, 47.1000, -0.001, 1, 9, "Gasse");
    town_piece(town, 4, 9.500, 47.1003, -0.001, 3, 9, "Gasse");
    town_piece(town, 5, 9.510, 47.1003, 0.001, 4, 8, "Gasse");
    town_make(town);
    assert_int_equal(town->atlas->crossing_count, 2);
    const struct atlas_crossing *const rows = town->atlas->crossings;
    const unsigned west = rows[0].lng_e7 < rows[1].lng_e7 ? 0 : 1;
    assert_int_equal(rows[west].lng_e7, 95000000);
    assert_int_equal(rows[west].lat_e7, 471001500);
    assert_int_equal(rows[1 - west].lng_e7, 95100000);
    assert_int_not_equal(rows[0].id, rows[1].id);
}

// Ids outlive what happens elsewhere; a source without ids of nodes has its points.
static void crossings_keep_their_ids_and_need_no_nodes(void **state)
{
    struct town *const town = *state;
    town_piece(town, 1, 9.50, 47.1, 0.001, 1, 2, "Landstrasse");
    town_piece(town, 2, 9.501, 47.1, 0.001, 2, 3, "Lettstrasse");
    town_make(town);
    const uint64_t id = crossing_of(town, 1, 2)->id;
    atlas_close(town->atlas);
    town_piece(town, 3, 9.502, 47.1, 0.001, 3, 4, "Lettstrasse");
    town_piece(town, 4, 9.503, 47.1, 0.001, 4, 5, "Au")->nodes = NULL;
    town_piece(town, 5, 9.504, 47.1, 0.001, 5, 6, "Bach")->nodes = NULL;
    town_make(town);
    assert_int_equal(crossing_of(town, 1, 2)->id, id);
    assert_non_null(crossing_of(town, 4, 5));
    assert_null(crossing_of(town, 3, 4)); // one knows its nodes, the other does not
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_TEST(pieces_that_share_a_node_are_one_street),
        TOWN_TEST(a_street_of_one_way_keeps_its_id),
        TOWN_TEST(a_border_parts_streets_of_one_name),
        TOWN_TEST(streets_far_apart_are_two),
        TOWN_TEST(an_address_goes_to_the_nearest_street_of_its_name),
        TOWN_TEST(an_abbreviated_street_name_finds_its_street),
        TOWN_TEST(addresses_without_a_street_make_one),
        TOWN_TEST(an_address_without_street_is_found_at_the_nearest),
        TOWN_TEST(a_list_of_numbers_gives_a_row_each_and_a_range_one),
        TOWN_TEST(numbers_between_two_houses_yield_to_real_ones),
        TOWN_TEST(a_place_of_interest_points_to_the_house_it_is_in),
        TOWN_TEST(a_boundary_and_its_label_are_one_document),
        TOWN_TEST(a_row_of_geonames_goes_into_the_place_it_is),
        TOWN_TEST(a_chain_begins_with_what_the_address_says),
        TOWN_TEST(a_city_known_from_tags_alone_is_made),
        TOWN_TEST(a_postcode_across_180_degrees_lies_between_its_addresses),
        TOWN_TEST(a_boundary_outweighs_the_country_of_the_address),
        TOWN_TEST(a_postcode_lies_where_most_of_its_addresses_do),
        TOWN_TEST(ids_outlive_a_rebuild_with_other_things_added),
        TOWN_TEST(the_same_input_gives_the_same_bytes_with_any_threads),
        TOWN_TEST(an_empty_input_gives_an_empty_atlas),
        TOWN_TEST(every_failing_call_is_reported_and_leaves_no_half_file),
        TOWN_TEST(streets_of_two_names_cross_at_a_node),
        TOWN_TEST(nodes_within_some_metres_are_one_crossing),
        TOWN_TEST(crossings_keep_their_ids_and_need_no_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
