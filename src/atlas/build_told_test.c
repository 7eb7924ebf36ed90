// Parts of towns that say which town they are in.
#include "atlas/town_test.h"

static struct feature *part_add(struct town *town, int64_t number, double lng_deg, const char *name,
                                const char *city)
{
    struct feature *const part = town_add(town, 0, number, FEATURE_PLACE, lng_deg, 47.1, name);
    part->id.kind = SOURCE_MAPPED;
    part->place_type = PLACE_NEIGHBOURHOOD;
    part->address.city = bytes_from_text(city);
    return part;
}

static const struct atlas_doc *part_of(const struct town *town, int64_t number)
{
    uint32_t reference = 0;
    const struct source_id id = {.kind = SOURCE_MAPPED, .number = number};
    assert_int_equal(atlas_find(town->atlas, atlas_id_pack(id), &reference), STATUS_OK);
    return &town->atlas->docs[reference];
}

static void test_parts_are_in_the_town_they_name(void **state)
{
    struct town *const town = *state;
    (void)part_add(town, 1, 9.50, "Oberdorf", "Neustadt");
    (void)part_add(town, 2, 9.52, "Unterdorf", "Neustadt");
    town_make(town);
    assert_int_equal(layer_count(town, LAYER_LOCALITY), 1);
    static const char *const chain[] = {"Neustadt"};
    assert_chain(town, part_of(town, 1)->chain, chain, 1);
    assert_chain(town, part_of(town, 2)->chain, chain, 1);
}

static void test_an_outline_says_more_than_a_name(void **state)
{
    struct town *const town = *state;
    (void)town_area(town, 3, 8, 9.5, 47.1, 0.1, "Vaduz");
    (void)part_add(town, 1, 9.50, "Oberdorf", "Neustadt");
    town_make(town);
    static const char *const chain[] = {"Vaduz"};
    assert_chain(town, part_of(town, 1)->chain, chain, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts_are_in_the_town_they_name, town_open,
                                        town_close),
        cmocka_unit_test_setup_teardown(test_an_outline_says_more_than_a_name, town_open,
                                        town_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
