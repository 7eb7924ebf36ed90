#include "geo/cell.h"

#include <string.h>

#include "base/test.h"

#define VECTORS "../shared/data/fixtures/cell-vectors/s2_vectors.csv"

static struct geo_point random_place(struct dice *dice)
{
    return (struct geo_point){
        .lng_e7 = (int32_t)((int64_t)dice_below(dice, 2 * (uint64_t)GEO_LNG_MAX + 1) - GEO_LNG_MAX),
        .lat_e7 =
            (int32_t)((int64_t)dice_below(dice, 2 * (uint64_t)GEO_LAT_MAX + 1) - GEO_LAT_MAX)};
}

// Of S2's own documentation and of its Go port.
static void test_well_known_places_have_well_known_cells(void **state)
{
    (void)state;
    assert_int_equal(cell_from_point(GEO_POINT(0, 0), 30), UINT64_C(0x1000000000000001));
    assert_int_equal(cell_from_point(GEO_POINT(0, 90), 30), UINT64_C(0x5000000000000001));
    assert_int_equal(cell_from_point(GEO_POINT(0, -90), 30), UINT64_C(0xb000000000000001));
    assert_int_equal(cell_from_point(GEO_POINT(180, 0), 30), UINT64_C(0x6fffffffffffffff));
    assert_int_equal(cell_from_point(GEO_POINT(-180, 0), 30), UINT64_C(0x7000000000000001));
    assert_int_equal(cell_from_point(GEO_POINT(45, 45), 30), UINT64_C(0x4054545155144101));
    assert_int_equal(cell_from_point(GEO_POINT(-135, -45), 12), UINT64_C(0xa054545000000000));
}

static cell_id parsed(const char *token)
{
    cell_id cell = 0;
    assert_true(cell_token_parse(bytes_from_text(token), &cell));
    return cell;
}

// A row of the vectors: lat, lng, leaf in hexadecimal, tokens of levels 4 to 30, edge neighbours.
static void expect_row(char *row)
{
    char *rest = NULL;
    const double lat_deg = strtod(strtok_r(row, ",", &rest), NULL);
    const double lng_deg = strtod(strtok_r(NULL, ",", &rest), NULL);
    const cell_id leaf = strtoull(strtok_r(NULL, ",", &rest), NULL, 16);
    const int levels[] = {4, 8, 12, 16, 20, 30};
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        char token[CELL_TOKEN_SIZE];
        cell_token_format(cell_parent(leaf, levels[i]), token);
        assert_string_equal(token, strtok_r(NULL, ",", &rest));
        assert_int_equal(parsed(token), cell_parent(leaf, levels[i]));
    }
    cell_id neighbours[4];
    cell_edge_neighbours(cell_parent(leaf, 12), neighbours);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(neighbours[i], parsed(strtok_r(NULL, " \r\n", &rest)));
    }
    // The vectors have more digits than a unit of 1e-7: the place is in the leaf's box, give or
    // take one.
    const struct geo_point place = GEO_POINT(lng_deg, lat_deg);
    const struct geo_point centre = cell_centre(leaf);
    assert_in_range(place.lat_e7 - centre.lat_e7 + 2, 0, 4);
    const cell_id near = cell_from_point(place, 24);
    cell_id around[CELL_NEIGHBOURS_MAX];
    const size_t count = cell_all_neighbours(near, 24, around, COUNT_OF(around));
    bool is_near = near == cell_parent(leaf, 24);
    for (size_t i = 0; i < count; i++) {
        is_near |= around[i] == cell_parent(leaf, 24);
    }
    assert_true(is_near);
}

static void test_the_published_vectors_hold(void **state)
{
    (void)state;
    FILE *const file = fopen(VECTORS, "r");
    if (file == NULL) {
        print_message("skipped: %s is not here\n", VECTORS);
        skip();
    }
    char row[512];
    size_t rows = 0;
    assert_non_null(fgets(row, sizeof(row), file)); // the names of the columns
    for (; fgets(row, sizeof(row), file) != NULL; rows++) {
        expect_row(row);
    }
    (void)fclose(file);
    assert_true(rows >= 2500);
}

static void property_cells_nest(struct dice *dice)
{
    const struct geo_point place = random_place(dice);
    const cell_id leaf = cell_from_point(place, CELL_LEVEL_MAX);
    const int level = (int)dice_below(dice, CELL_LEVEL_MAX);
    const cell_id cell = cell_parent(leaf, level);
    assert_true(cell_is_valid(cell));
    assert_int_equal(cell_level(cell), level);
    assert_true(cell_contains(cell, leaf));
    assert_int_equal(cell, cell_from_point(place, level));
    int holding = 0;
    for (int i = 0; i < 4; i++) {
        const cell_id child = cell_child(cell, i);
        assert_int_equal(cell_parent(child, level), cell);
        assert_true(i == 0 ? cell_range_min(child) == cell_range_min(cell)
                           : cell_range_min(child) == cell_range_max(cell_child(cell, i - 1)) + 2);
        holding += cell_contains(child, leaf);
    }
    assert_int_equal(holding, 1);
    assert_int_equal(cell_range_max(cell_child(cell, 3)), cell_range_max(cell));
    assert_int_equal(cell_from_point(cell_centre(cell), level), cell);
    assert_true(geo_box_contains(cell_box(cell), place));
}

// Who is my neighbour has me for a neighbour.
static void property_neighbours_are_mutual(struct dice *dice)
{
    const cell_id cell = cell_from_point(random_place(dice), (int)dice_below(dice, 31));
    cell_id around[CELL_NEIGHBOURS_MAX];
    const size_t count = cell_all_neighbours(cell, cell_level(cell), around, COUNT_OF(around));
    assert_in_range(count, cell_level(cell) == 0 ? 4 : 7, CELL_NEIGHBOURS_MAX);
    for (size_t i = 0; i < count; i++) {
        cell_id back[CELL_NEIGHBOURS_MAX];
        const size_t back_count =
            cell_all_neighbours(around[i], cell_level(cell), back, COUNT_OF(back));
        bool is_mutual = false;
        for (size_t j = 0; j < back_count; j++) {
            is_mutual |= back[j] == cell;
        }
        assert_true(is_mutual);
        assert_true(i == 0 || around[i - 1] < around[i]);
    }
}

static void test_cells_nest_and_neighbours_are_mutual(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int i = 0; i < 20000; i++) {
        property_cells_nest(&dice);
        property_neighbours_are_mutual(&dice);
    }
}

static void test_what_is_no_token_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "X",
                                        "0",
                                        "g",
                                        "47a84e267ebb980d1",
                                        "47a84e267ebb980g",
                                        "47a84e267ebb980e",
                                        "c",
                                        "d000000000000001",
                                        " 1",
                                        "-1"};
    cell_id cell;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(cell_token_parse(bytes_from_text(wrong[i]), &cell));
    }
    assert_true(cell_token_parse(bytes_from_text("47A84E24"), &cell));
    assert_int_equal(cell, UINT64_C(0x47a84e2400000000));
}

// The same bits on every machine and with every compiler: a hash of 10^5 cells, with the other
// functions' results in it.
static void test_the_bits_are_the_same_everywhere(void **state)
{
    (void)state;
    struct dice dice = {.state = 42};
    uint64_t hash = 0;
    for (int i = 0; i < 100000; i++) {
        const cell_id cell = cell_from_point(random_place(&dice), CELL_LEVEL_MAX);
        const struct geo_point centre = cell_centre(cell_parent(cell, 20));
        hash = (hash ^ cell) * UINT64_C(0x9e3779b97f4a7c15);
        hash = (hash ^ (uint32_t)centre.lng_e7) * UINT64_C(0x9e3779b97f4a7c15);
        hash = (hash ^ (uint32_t)centre.lat_e7 ^ hash >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    }
    assert_int_equal(hash, UINT64_C(0xc887bd4d669a616c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_known_places_have_well_known_cells),
        cmocka_unit_test(test_the_published_vectors_hold),
        cmocka_unit_test(test_cells_nest_and_neighbours_are_mutual),
        cmocka_unit_test(test_what_is_no_token_is_refused),
        cmocka_unit_test(test_the_bits_are_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
