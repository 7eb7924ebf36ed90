#include "index/areas.h"

#include "geo/ring_index.h"
#include "index/index_test.h"

enum { AREAS_MAX = 60, RING_POINTS_MAX = 40, RINGS_MAX = 2 };

static struct {
    struct geo_point points[RINGS_MAX * RING_POINTS_MAX];
    uint32_t ends[RINGS_MAX];
    uint32_t ring_count;
} areas[AREAS_MAX];

static struct geo_rings rings_of(size_t area)
{
    return (struct geo_rings){.points = areas[area].points,
                              .ring_end = areas[area].ends,
                              .ring_count = areas[area].ring_count};
}

static uint32_t reference_of(size_t area)
{
    return (uint32_t)area * 7 + 3;
}

static enum status write_section(void *builder, struct archive_writer *writer, struct fault *fault)
{
    return areas_builder_write(builder, writer, INDEX_TEST_KIND, fault);
}

static struct archive *built(size_t count)
{
    const struct index_build_options options = index_test_options(1 << 20);
    struct areas_builder *builder;
    assert_int_equal(areas_builder_new(&options, &builder, NULL), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        const struct geo_rings rings = rings_of(i);
        assert_int_equal(areas_builder_add(builder, &rings, reference_of(i), NULL), STATUS_OK);
    }
    struct archive *const archive = index_test_archive(write_section, builder);
    areas_builder_free(builder);
    return archive;
}

static struct areas_index opened(const struct archive *archive)
{
    struct areas_index index;
    struct fault fault = {0};
    const struct bytes section = archive_section(archive, INDEX_TEST_KIND);
    assert_int_equal(areas_open(section, &index, &fault), STATUS_OK);
    assert_int_equal(areas_verify(&index, &fault), STATUS_OK);
    return index;
}

// Tangles: points anywhere in a square, so rings cross themselves and each other.
static void draw_areas(struct dice *dice, size_t count, struct geo_point middle, int64_t reach_e7)
{
    for (size_t i = 0; i < count; i++) {
        const struct geo_point centre = index_test_near(dice, middle, reach_e7);
        const int64_t size_e7 = 1 + (int64_t)dice_below(dice, (uint64_t)reach_e7);
        areas[i].ring_count = (uint32_t)dice_below(dice, RINGS_MAX + 1);
        uint32_t end = 0;
        for (uint32_t ring = 0; ring < areas[i].ring_count; ring++) {
            const uint32_t points = (uint32_t)dice_below(dice, RING_POINTS_MAX + 1);
            for (uint32_t j = 0; j < points; j++) {
                areas[i].points[end++] = index_test_near(dice, centre, size_e7);
            }
            areas[i].ends[ring] = end;
        }
    }
}

static void expect_areas(const struct areas_index *index, size_t count, struct geo_point point)
{
    uint32_t references[AREAS_MAX];
    const size_t found = areas_at(index, point, references, COUNT_OF(references));
    size_t expected = 0;
    for (size_t i = 0; i < count; i++) {
        const struct geo_rings rings = rings_of(i);
        if (rings_contain(&rings, point)) {
            assert_true(expected < found);
            assert_int_equal(references[expected], reference_of(i));
            expected++;
        }
    }
    assert_int_equal(found, expected);
}

static void test_the_areas_at_a_place_are_those_of_brute_force(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    const int64_t reaches_e7[] = {3, 1000, 100000, 10000000, 300000000};
    for (size_t round = 0; round < COUNT_OF(reaches_e7) * COUNT_OF(index_test_centres); round++) {
        const int64_t reach_e7 = reaches_e7[round % COUNT_OF(reaches_e7)];
        const struct geo_point middle = index_test_centres[round / COUNT_OF(reaches_e7)];
        const size_t count = dice_below(&dice, AREAS_MAX);
        draw_areas(&dice, count, middle, reach_e7);
        struct archive *const archive = built(count);
        const struct areas_index index = opened(archive);
        for (int i = 0; i < 300; i++) {
            expect_areas(&index, count, index_test_near(&dice, middle, 2 * reach_e7));
        }
        for (size_t i = 0; i < count; i++) { // corners, and the antimeridian from both sides
            for (uint32_t j = 0; areas[i].ring_count > 0 && j < areas[i].ends[0]; j++) {
                struct geo_point point = areas[i].points[j];
                expect_areas(&index, count, point);
                point.lng_e7 = point.lng_e7 < 0 ? -GEO_LNG_MAX : GEO_LNG_MAX;
                expect_areas(&index, count, point);
            }
        }
        archive_close(archive);
    }
    assert_int_equal(index_test_account.used_size, 0);
}

static void test_areas_are_found_by_reference_and_give_their_shape(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    draw_areas(&dice, AREAS_MAX, index_test_centres[0], 1000000);
    struct archive *const archive = built(AREAS_MAX);
    const struct areas_index index = opened(archive);
    for (uint32_t i = 0; i < index.header.area_count; i++) {
        uint32_t first = 0;
        const size_t count = areas_of(&index, index.entries[i].reference, &first);
        assert_true(first <= i && i < first + count);
        struct ring_index shape;
        assert_true(areas_shape(&index, i, &shape));
        assert_true(i == 0 || index.entries[i - 1].reference <= index.entries[i].reference);
    }
    uint32_t first = 0;
    assert_int_equal(areas_of(&index, UINT32_MAX, &first), 0);
    archive_close(archive);
}

static void test_verification_sees_changes_and_zeroed_pages_are_harmless(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    draw_areas(&dice, AREAS_MAX, index_test_centres[0], 1000000);
    struct archive *const archive = built(AREAS_MAX);
    const struct areas_index original = opened(archive);
    const struct bytes section = archive_section(archive, INDEX_TEST_KIND);
    uint8_t *const copy = memory_take(&index_test_account, 1, section.size);
    assert_non_null(copy);
    memcpy(copy, section.data, section.size);
    const struct bytes copied = {.data = copy, .size = section.size};
    uint32_t references[4];
    for (int i = 0; i < 2000; i++) {
        const size_t at = dice_below(&dice, section.size);
        const uint8_t bit = (uint8_t)(1 << dice_below(&dice, 8));
        struct areas_index index;
        copy[at] ^= bit;
        if (areas_open(copied, &index, NULL) == STATUS_OK &&
            areas_verify(&index, NULL) == STATUS_OK) {
            const struct geo_point point = index_test_near(&dice, index_test_centres[0], 1000000);
            (void)areas_at(&index, point, references, COUNT_OF(references));
        }
        copy[at] ^= bit;
    }
    struct areas_index index;
    assert_int_equal(areas_open(copied, &index, NULL), STATUS_OK);
    assert_int_equal(index.header.area_count, original.header.area_count);
    for (size_t page = 0; page < section.size; page += 512) {
        memset(copy + page, 0, section.size - page < 512 ? section.size - page : 512);
        for (int i = 0; i < 20; i++) {
            const struct geo_point point = index_test_near(&dice, index_test_centres[0], 1000000);
            (void)areas_at(&index, point, references, COUNT_OF(references));
        }
    }
    memory_give(copy);
    archive_close(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_areas_at_a_place_are_those_of_brute_force),
        cmocka_unit_test(test_areas_are_found_by_reference_and_give_their_shape),
        cmocka_unit_test(test_verification_sees_changes_and_zeroed_pages_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
