#include "source/shape.h"

#include <dirent.h>

#include "base/buffer.h"
#include "base/test.h"
#include "codec/json_read.h"

static struct memory_account account = {.name = "test"};

#define MAX_POINTS 4096

// "1 1,3 1,3 3" in degrees.
static size_t points_parse(const char *text, struct geo_point *points)
{
    size_t count = 0;
    while (*text != 0 && count < MAX_POINTS) {
        char *end;
        const double lng = strtod(text, &end);
        const double lat = strtod(end, &end);
        points[count++] = GEO_POINT(lng, lat);
        text = *end == ',' ? end + 1 : end;
    }
    return count;
}

struct case_way {
    const char *points;
    enum shape_role role;
};

struct assembled {
    struct pool pool;
    struct geo_rings rings;
    bool is_whole;
};

static struct assembled assemble(const struct case_way *ways, size_t count)
{
    static struct geo_point points[16][MAX_POINTS];
    struct shape_way shape_ways[16];
    for (size_t i = 0; i < count; i++) {
        shape_ways[i] = (struct shape_way){.points = points[i],
                                           .point_count = points_parse(ways[i].points, points[i]),
                                           .role = ways[i].role};
    }
    struct assembled result = {.pool = {.account = &account}};
    assert_true(shape_assemble(shape_ways, count, &result.pool, &result.rings, &result.is_whole));
    return result;
}

static bool holds(const struct assembled *result, double lng, double lat)
{
    return rings_contain(&result->rings, GEO_POINT(lng, lat));
}

static void test_two_half_rings_in_any_direction_make_one(void **state)
{
    (void)state;
    static const struct case_way ways[] = {{"0 0,4 0,4 4", SHAPE_OUTER},
                                           {"0 0,0 4,4 4", SHAPE_OUTER}};
    struct assembled result = assemble(ways, COUNT_OF(ways));
    assert_true(result.is_whole && result.rings.ring_count == 1);
    assert_true(holds(&result, 2, 2) && !holds(&result, 5, 2));
    pool_free(&result.pool);
}

static void test_holes_and_islands_in_them_whatever_the_roles(void **state)
{
    (void)state;
    static const struct case_way ways[] = {{"0 0,9 0,9 9,0 9,0 0", SHAPE_INNER},
                                           {"1 1,8 1,8 8,1 8,1 1", SHAPE_OUTER},
                                           {"2 2,7 2,7 7,2 7,2 2", SHAPE_OUTER}};
    struct assembled result = assemble(ways, COUNT_OF(ways));
    assert_true(result.is_whole && result.rings.ring_count == 3);
    assert_true(holds(&result, 0.5, 0.5) && !holds(&result, 1.5, 1.5) && holds(&result, 4, 4));
    pool_free(&result.pool);
}

static void test_rings_that_share_a_stretch_become_one(void **state)
{
    (void)state;
    static const struct case_way ways[] = {{"0 0,9 0,9 9,0 9,0 0", SHAPE_OUTER},
                                           {"2 2,4 2,4 4,2 4,2 2", SHAPE_INNER},
                                           {"4 2,6 2,6 4,4 4,4 2", SHAPE_INNER}};
    struct assembled result = assemble(ways, COUNT_OF(ways));
    assert_int_equal(result.rings.ring_count, 2);
    assert_true(!holds(&result, 3, 3) && !holds(&result, 5, 3) && holds(&result, 1, 1));
    pool_free(&result.pool);
}

static void test_rings_that_touch_in_a_point_come_apart(void **state)
{
    (void)state;
    static const struct case_way ways[] = {{"0 0,4 0,4 4,0 4,0 0", SHAPE_OUTER},
                                           {"4 4,8 4,8 8,4 8,4 4", SHAPE_OUTER},
                                           {"0 0,1 2,2 1,0 0", SHAPE_INNER}};
    struct assembled result = assemble(ways, COUNT_OF(ways));
    assert_true(result.is_whole && result.rings.ring_count == 3);
    for (uint32_t i = 0; i < result.rings.ring_count; i++) {
        const uint32_t begin = i == 0 ? 0 : result.rings.ring_end[i - 1];
        for (uint32_t a = begin; a < result.rings.ring_end[i]; a++) {
            for (uint32_t b = begin; b < a; b++) { // simple: no point twice
                assert_false(geo_point_equal(result.rings.points[a], result.rings.points[b]));
            }
        }
    }
    pool_free(&result.pool);
}

static void test_what_does_not_close_is_left_out_with_its_holes(void **state)
{
    (void)state;
    static const struct case_way ways[] = {
        {"0 0,9 0,9 9", SHAPE_OUTER},              // cut off at the border of the extract
        {"2 2,4 2,4 4,2 4,2 2", SHAPE_INNER},      // its hole
        {"20 0,29 0,29 9,20 9,20 0", SHAPE_OUTER}, // another part, whole
        {"22 2,24 2,24 4,22 4,22 2", SHAPE_INNER}, // with a hole
    };
    struct assembled result = assemble(ways, COUNT_OF(ways));
    assert_true(!result.is_whole && result.rings.ring_count == 2);
    assert_true(!holds(&result, 3, 3) && holds(&result, 21, 1) && !holds(&result, 23, 3));
    pool_free(&result.pool);
}

static void test_nothing_makes_nothing(void **state)
{
    (void)state;
    struct assembled result = assemble(NULL, 0);
    assert_true(result.is_whole && result.rings.ring_count == 0);
    pool_free(&result.pool);
}

static void test_the_point_of_an_area_lies_in_it(void **state)
{
    (void)state;
    // A U, whose centroid lies outside; and a ring around a hole.
    static const struct case_way u[] = {{"0 0,9 0,9 9,8 9,8 1,1 1,1 9,0 9,0 0", SHAPE_OUTER}};
    static const struct case_way ring[] = {{"0 0,9 0,9 9,0 9,0 0", SHAPE_OUTER},
                                           {"1 1,8 1,8 8,1 8,1 1", SHAPE_INNER}};
    for (unsigned turn = 0; turn < 2; turn++) {
        struct assembled result = turn == 0 ? assemble(u, 1) : assemble(ring, 2);
        assert_true(rings_contain(&result.rings, shape_inner_point(&result.rings, &result.pool)));
        pool_free(&result.pool);
    }
}

static void property_star_points_lie_inside(struct dice *dice)
{
    struct geo_point points[64];
    const uint32_t count = 3 + (uint32_t)dice_below(dice, 60);
    for (uint32_t i = 0; i < count; i++) {
        // Half the tangent of a growing angle gives the circle without trigonometry.
        const double half = ((double)i - count / 2.0) * 0.3;
        const double radius = dice_between(dice, 0.001, 1) / (1 + half * half);
        points[i] = GEO_POINT(9 + radius * (1 - half * half), 47 + radius * 2 * half);
    }
    const struct geo_rings rings = {.points = points, .ring_end = &count, .ring_count = 1};
    struct pool pool = {.account = &account};
    assert_true(rings_contain(&rings, shape_inner_point(&rings, &pool)));
    pool_free(&pool);
}

static void test_points_inside_stars(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 2000; i++) {
        property_star_points_lie_inside(&dice);
    }
}

static void test_the_middle_of_a_line(void **state)
{
    (void)state;
    const struct geo_point line[] = {GEO_POINT(1, 1), GEO_POINT(1, 1), GEO_POINT(3, 1),
                                     GEO_POINT(3, 3)};
    assert_true(geo_point_equal(shape_line_middle(line, 4), GEO_POINT(3, 1)));
    assert_true(geo_point_equal(shape_line_middle(line, 2), GEO_POINT(1, 1)));
    assert_true(geo_point_equal(shape_line_middle(line, 1), GEO_POINT(1, 1)));
}

struct grid_node {
    long id;
    struct geo_point point;
};

struct grid_way {
    long id;
    struct geo_point points[256];
    size_t count;
};

static struct grid {
    struct grid_node nodes[1024];
    struct grid_way ways[128];
    size_t node_count, way_count;
} grid;

static double attribute(const char *line, const char *name)
{
    const char *const at = strstr(line, name);
    return at == NULL ? 0 : strtod(at + strlen(name), NULL);
}

static void way_append(struct grid_way *way, long node)
{
    for (size_t i = 0; i < grid.node_count; i++) {
        if (grid.nodes[i].id == node) {
            way->points[way->count++] = grid.nodes[i].point;
            return;
        }
    }
}

// Reads the case's file, which has an element a line, and gathers the ways of one relation or way.
static size_t grid_read(const char *path, bool is_relation, long wanted, struct shape_way *ways)
{
    FILE *const file = fopen(path, "rb");
    assert_non_null(file);
    char line[1024];
    size_t count = 0;
    long relation = 0;
    grid.node_count = grid.way_count = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strstr(line, "<node ") != NULL) {
            grid.nodes[grid.node_count++] = (struct grid_node){
                (long)attribute(line, " id=\""),
                GEO_POINT(attribute(line, " lon=\""), attribute(line, " lat=\""))};
        } else if (strstr(line, "<way ") != NULL) {
            grid.ways[grid.way_count].id = (long)attribute(line, " id=\"");
            grid.ways[grid.way_count++].count = 0;
        } else if (strstr(line, "<nd ") != NULL) {
            way_append(&grid.ways[grid.way_count - 1], (long)attribute(line, " ref=\""));
        } else if (strstr(line, "<relation ") != NULL) {
            relation = (long)attribute(line, " id=\"");
        } else if (strstr(line, "<member ") != NULL && is_relation && relation == wanted) {
            for (size_t i = 0; i < grid.way_count; i++) {
                if (grid.ways[i].id == (long)attribute(line, " ref=\"")) {
                    ways[count++] = (struct shape_way){
                        .points = grid.ways[i].points,
                        .point_count = grid.ways[i].count,
                        .role = strstr(line, "\"inner\"") != NULL ? SHAPE_INNER : SHAPE_OUTER};
                }
            }
        }
    }
    (void)fclose(file);
    for (size_t i = 0; i < grid.way_count && !is_relation; i++) {
        if (grid.ways[i].id == wanted) {
            ways[count++] = (struct shape_way){.points = grid.ways[i].points,
                                               .point_count = grid.ways[i].count};
        }
    }
    return count;
}

// Rings as a point-in-polygon test on a fine grid around them would see them: the case's area lies
// in a box of a tenth of a degree.
static unsigned differences(const struct geo_rings *left, const struct geo_rings *right)
{
    struct geo_box box = rings_box(right);
    unsigned count = 0;
    for (unsigned i = 0; i < 120; i++) {
        for (unsigned j = 0; j < 120; j++) {
            const struct geo_point point = {
                .lng_e7 = box.west_e7 - 20000 +
                          (int32_t)((box.east_e7 - box.west_e7 + 40000) / 120.0 * (i + 0.37)),
                .lat_e7 = box.south_e7 - 20000 +
                          (int32_t)((box.north_e7 - box.south_e7 + 40000) / 120.0 * (j + 0.43))};
            count += rings_contain(left, point) != rings_contain(right, point);
        }
    }
    return count;
}

static void wkt_parse(const char *wkt, struct geo_point *points, uint32_t *ring_end,
                      struct geo_rings *rings)
{
    uint32_t count = 0;
    *rings = (struct geo_rings){.points = points, .ring_end = ring_end};
    for (const char *at = strpbrk(wkt, "0123456789"); at != NULL; at = strpbrk(at, "0123456789")) {
        char *end;
        const double lng = strtod(at, &end);
        const double lat = strtod(end, &end);
        points[count++] = GEO_POINT(lng, lat);
        if (*end == ')') {
            ring_end[rings->ring_count++] = count;
        }
        at = end;
    }
}

struct score {
    unsigned right, wrong, refused, kept;
};

// One expected area of a case.
static void area_check(const char *folder, const char *from_type, long from_id, const char *wkt,
                       struct score *score)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/data.osm", folder);
    struct shape_way ways[128];
    const size_t count = grid_read(path, strcmp(from_type, "relation") == 0, from_id, ways);
    struct pool pool = {.account = &account};
    struct geo_rings rings;
    bool is_whole;
    assert_true(shape_assemble(ways, count, &pool, &rings, &is_whole));
    if (strcmp(wkt, "INVALID") == 0) {
        score->refused += !is_whole || rings.ring_count == 0;
        score->kept += is_whole && rings.ring_count != 0;
    } else {
        struct geo_point points[512];
        uint32_t ring_end[64];
        struct geo_rings expected;
        wkt_parse(wkt, points, ring_end, &expected);
        const bool is_right = differences(&rings, &expected) == 0;
        score->right += is_right;
        score->wrong += !is_right;
        if (!is_right) {
            print_message("# differs: %s %s %ld\n", folder, from_type, from_id);
        }
    }
    pool_free(&pool);
}

// The areas of one list of test.json.
static void areas_check(struct json_reader *json, const char *folder, struct score *score)
{
    char type[16] = "";
    char wkt[8192] = "";
    long id = 0;
    struct bytes value;
    enum json_token token;
    const unsigned outside = json->depth - 1;
    char key[32] = "";
    while (json->depth > outside && (token = json_next(json, &value)) != JSON_BROKEN) {
        if (token == JSON_KEY) {
            (void)snprintf(key, sizeof(key), "%.*s", (int)value.size, (const char *)value.data);
        } else if (token == JSON_STRING && strcmp(key, "from_type") == 0) {
            (void)snprintf(type, sizeof(type), "%.*s", (int)value.size, (const char *)value.data);
        } else if (token == JSON_STRING && strcmp(key, "wkt") == 0) {
            (void)snprintf(wkt, sizeof(wkt), "%.*s", (int)value.size, (const char *)value.data);
        } else if (token == JSON_NUMBER && strcmp(key, "from_id") == 0) {
            id = strtol((const char *)value.data, NULL, 10);
        } else if (token == JSON_OBJECT_END && json->depth == outside + 1) {
            area_check(folder, type, id, wkt, score);
        }
    }
}

static void case_check(const char *folder, struct score *strict, struct score *fixed)
{
    char path[512];
    static char text[1 << 16];
    (void)snprintf(path, sizeof(path), "%s/test.json", folder);
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    const size_t size = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    struct json_reader json = json_over((struct bytes){(const uint8_t *)text, size}, &account);
    struct bytes value;
    for (enum json_token token; (token = json_next(&json, &value)) != JSON_END;) {
        assert_int_not_equal(token, JSON_BROKEN);
        if (token == JSON_KEY && json.depth == 2) {
            const bool is_strict = bytes_equal(value, BYTES_OF("default"));
            if (json_next(&json, &value) == JSON_ARRAY_BEGIN) {
                areas_check(&json, folder, is_strict ? strict : fixed);
            }
        }
    }
    json_reader_free(&json);
}

static void folder_check(const char *folder, struct score *strict, struct score *fixed)
{
    DIR *const cases = opendir(folder);
    for (const struct dirent *entry; cases != NULL && (entry = readdir(cases)) != NULL;) {
        char path[256];
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof(path), "%.100s/%.100s", folder, entry->d_name);
            case_check(path, strict, fixed);
        }
    }
    if (cases != NULL) {
        (void)closedir(cases);
    }
}

static void test_agrees_with_osm_testdata(void **state)
{
    (void)state;
    static const char archive[] = "../shared/data/fixtures/osm-testdata.tar.zst";
    char folder[] = "/tmp/rhumb-osm-XXXXXX";
    FILE *const present = fopen(archive, "rb");
    if (present == NULL || mkdtemp(folder) == NULL) {
        print_message("# skipped: %s is not here\n", archive);
        skip();
    }
    (void)fclose(present);
    char command[512];
    (void)snprintf(command, sizeof(command), "zstd -dc %s | tar x -C %s", archive, folder);
    assert_int_equal(system(command), 0);
    struct score strict = {0};
    struct score fixed = {0};
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/osm-testdata/grid/data/7", folder);
    folder_check(path, &strict, &fixed);
    (void)snprintf(path, sizeof(path), "%s/osm-testdata/grid/data/9", folder);
    folder_check(path, &strict, &fixed);
    print_message("# osm-testdata: areas as expected %u, different %u; broken ones refused %u, "
                  "kept by the even-odd rule %u; repaired as proposed %u, otherwise %u\n",
                  strict.right, strict.wrong, strict.refused, strict.kept, fixed.right,
                  fixed.wrong);
    assert_true(strict.right > 60 && strict.wrong == 0);
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_half_rings_in_any_direction_make_one),
        cmocka_unit_test(test_holes_and_islands_in_them_whatever_the_roles),
        cmocka_unit_test(test_rings_that_share_a_stretch_become_one),
        cmocka_unit_test(test_rings_that_touch_in_a_point_come_apart),
        cmocka_unit_test(test_what_does_not_close_is_left_out_with_its_holes),
        cmocka_unit_test(test_nothing_makes_nothing),
        cmocka_unit_test(test_the_point_of_an_area_lies_in_it),
        cmocka_unit_test(test_points_inside_stars),
        cmocka_unit_test(test_the_middle_of_a_line),
        cmocka_unit_test(test_agrees_with_osm_testdata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
