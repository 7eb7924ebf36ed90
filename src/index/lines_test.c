#include "index/lines.h"

#include <math.h>

#include "geo/distance.h"
#include "index/index_test.h"

enum { LINES_MAX = 300, LINE_POINTS_MAX = 12 };

static struct geo_point lines[LINES_MAX][LINE_POINTS_MAX];
static size_t line_sizes[LINES_MAX];

static enum status write_section(void *builder, struct archive_writer *writer, struct fault *fault)
{
    return lines_builder_write(builder, writer, INDEX_TEST_KIND, fault);
}

// Three lines share a reference.
static uint32_t reference_of(size_t line)
{
    return (uint32_t)line / 3;
}

static struct archive *built(size_t count, bool is_backwards)
{
    const struct index_build_options options = index_test_options(1 << 20);
    struct lines_builder *builder;
    assert_int_equal(lines_builder_new(&options, &builder, NULL), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        const size_t at = is_backwards ? count - 1 - i : i;
        assert_int_equal(
            lines_builder_add(builder, lines[at], line_sizes[at], reference_of(at), NULL),
            STATUS_OK);
    }
    struct archive *const archive = index_test_archive(write_section, builder);
    lines_builder_free(builder);
    return archive;
}

static struct lines_index opened(const struct archive *archive)
{
    struct lines_index index;
    struct fault fault;
    const struct bytes section = archive_section(archive, INDEX_TEST_KIND);
    assert_int_equal(lines_open(section, &index, &fault), STATUS_OK);
    assert_int_equal(lines_verify(&index, &fault), STATUS_OK);
    return index;
}

static void draw_lines(struct dice *dice, size_t count, struct geo_point middle, int64_t reach_e7)
{
    for (size_t i = 0; i < count; i++) {
        line_sizes[i] = dice_below(dice, LINE_POINTS_MAX + 1);
        struct geo_point at = index_test_near(dice, middle, reach_e7);
        for (size_t j = 0; j < line_sizes[i]; j++) {
            lines[i][j] = at;
            at = index_test_near(dice, at, 1 + reach_e7 / 20);
        }
    }
}

// Distance of every reference by looking at every line; negative: none.
static size_t nearest_by_force(size_t count, struct geo_point centre, double radius_m,
                               double *nearest_m)
{
    size_t within = 0;
    for (size_t i = 0; i <= reference_of(LINES_MAX); i++) {
        nearest_m[i] = HUGE_VAL;
    }
    for (size_t i = 0; i < count; i++) {
        if (line_sizes[i] != 0) {
            const double off_m = distance_to_line(lines[i], line_sizes[i], centre).distance_m;
            double *const known_m = &nearest_m[reference_of(i)];
            *known_m = off_m < *known_m ? off_m : *known_m;
        }
    }
    for (size_t i = 0; i <= reference_of(LINES_MAX); i++) {
        within += nearest_m[i] <= radius_m;
    }
    return within;
}

static void test_the_nearest_are_those_of_brute_force(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    const int64_t reaches_e7[] = {1000, 100000, 3000000};
    for (size_t round = 0; round < 3 * COUNT_OF(index_test_centres); round++) {
        const int64_t reach_e7 = reaches_e7[round % COUNT_OF(reaches_e7)];
        const struct geo_point middle = index_test_centres[round / COUNT_OF(reaches_e7)];
        const size_t count = dice_below(&dice, LINES_MAX);
        draw_lines(&dice, count, middle, reach_e7);
        struct archive *const archive = built(count, false);
        const struct lines_index index = opened(archive);
        for (int i = 0; i < 60; i++) {
            const struct geo_point centre = index_test_near(&dice, middle, 2 * reach_e7);
            const double radius_m = dice_between(&dice, 0, 1) * (double)reach_e7 * 0.02;
            double nearest_m[LINES_MAX];
            const size_t within = nearest_by_force(count, centre, radius_m, nearest_m);
            struct lines_hit hits[8];
            const size_t found =
                lines_nearest(&index, centre, radius_m, NULL, NULL, hits, COUNT_OF(hits));
            // A place on the radius itself may fall either way by a rounded unit.
            assert_true(found + 1 >= (within < COUNT_OF(hits) ? within : COUNT_OF(hits)));
            for (size_t j = 0; j < found; j++) {
                // The map is local: its error grows with the distance.
                const double error_m = 0.02 + 1e-4 * hits[j].distance_m;
                assert_float_equal(hits[j].distance_m, nearest_m[hits[j].reference], error_m);
                assert_float_equal(hits[j].distance_m, distance_m(centre, hits[j].point), 1e-6);
                assert_true(j == 0 || hits[j - 1].distance_m <= hits[j].distance_m);
                nearest_m[hits[j].reference] = HUGE_VAL;
            }
            for (size_t j = 0; found > 0 && j <= reference_of(LINES_MAX); j++) {
                assert_true(found < COUNT_OF(hits) ||
                            nearest_m[j] >= hits[found - 1].distance_m * (1 - 1e-4) - 0.02);
            }
        }
        archive_close(archive);
    }
    assert_int_equal(index_test_account.used_size, 0);
}

static void test_the_order_of_adding_does_not_show(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    draw_lines(&dice, LINES_MAX, index_test_centres[0], 10000);
    struct archive *const one = built(LINES_MAX, false);
    struct archive *const other = built(LINES_MAX, true);
    assert_true(bytes_equal(archive_section(one, INDEX_TEST_KIND),
                            archive_section(other, INDEX_TEST_KIND)));
    archive_close(one);
    archive_close(other);
}

static void count_piece(void *context, const struct lines_item *item)
{
    size_t *const count = context;
    *count += item->reference == 7 ? 1 : 1000000;
}

static void test_the_pieces_of_a_reference_are_all_found_in_its_box(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    draw_lines(&dice, LINES_MAX, index_test_centres[0], 1000000);
    struct archive *const archive = built(LINES_MAX, false);
    const struct lines_index index = opened(archive);
    struct geo_box box = GEO_BOX_EMPTY;
    size_t expected = 0;
    for (uint32_t i = 0; i < index.tree.item_count; i++) {
        const struct lines_item item = lines_at(&index, i);
        if (item.reference == 7) {
            box = geo_box_extend(geo_box_extend(box, item.from), item.to);
            expected++;
        }
    }
    size_t found = 0;
    lines_within(&index, box, 7, count_piece, &found);
    assert_int_equal(found, expected);
    found = 0;
    lines_within(&index, (struct geo_box){0, 0, 1, 1}, 7, count_piece, &found);
    assert_int_equal(found, 0);
    archive_close(archive);
}

static void test_a_zeroed_page_is_harmless(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    draw_lines(&dice, LINES_MAX, index_test_centres[0], 1000000);
    struct archive *const archive = built(LINES_MAX, false);
    const struct bytes section = archive_section(archive, INDEX_TEST_KIND);
    uint8_t *const copy = memory_take(&index_test_account, 1, section.size);
    assert_non_null(copy);
    memcpy(copy, section.data, section.size);
    struct lines_index index;
    assert_int_equal(lines_open((struct bytes){.data = copy, .size = section.size}, &index, NULL),
                     STATUS_OK);
    for (size_t page = 0; page < section.size; page += 512) {
        memset(copy + page, 0, section.size - page < 512 ? section.size - page : 512);
        struct lines_hit hits[8];
        const size_t found =
            lines_nearest(&index, index_test_centres[0], 1e5, NULL, NULL, hits, COUNT_OF(hits));
        assert_true(found <= COUNT_OF(hits));
    }
    memory_give(copy);
    archive_close(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nearest_are_those_of_brute_force),
        cmocka_unit_test(test_the_order_of_adding_does_not_show),
        cmocka_unit_test(test_the_pieces_of_a_reference_are_all_found_in_its_box),
        cmocka_unit_test(test_a_zeroed_page_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
