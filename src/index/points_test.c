#include "index/points.h"

#include "geo/distance.h"
#include "index/index_test.h"

enum { POINTS_MAX = 3000 };

static struct geo_point places[POINTS_MAX];

static enum status write_section(void *builder, struct archive_writer *writer, struct fault *fault)
{
    return points_builder_write(builder, writer, INDEX_TEST_KIND, fault);
}

static struct archive *built(size_t count, bool is_backwards, size_t memory_size)
{
    const struct index_build_options options = index_test_options(memory_size);
    struct points_builder *builder;
    assert_int_equal(points_builder_new(&options, &builder, NULL), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        const size_t at = is_backwards ? count - 1 - i : i;
        assert_int_equal(points_builder_add(builder, places[at], (uint32_t)at, NULL), STATUS_OK);
    }
    struct archive *const archive = index_test_archive(write_section, builder);
    points_builder_free(builder);
    return archive;
}

static struct points_index opened(const struct archive *archive)
{
    struct points_index index;
    struct fault fault;
    const struct bytes section = archive_section(archive, INDEX_TEST_KIND);
    assert_int_equal(points_open(section, &index, &fault), STATUS_OK);
    assert_int_equal(points_verify(&index, &fault), STATUS_OK);
    return index;
}

static bool is_even(void *context, uint32_t reference)
{
    (void)context;
    return reference % 2 == 0;
}

struct ranked {
    double distance_m;
    uint32_t reference;
};

static int by_rank(const void *left, const void *right)
{
    const struct ranked *const a = left;
    const struct ranked *const b = right;
    const int order = (a->distance_m > b->distance_m) - (a->distance_m < b->distance_m);
    return order != 0 ? order : (a->reference > b->reference) - (a->reference < b->reference);
}

// What the index answers is what looking at every place answers.
static void expect_nearest(const struct points_index *index, size_t count, struct geo_point centre,
                           double radius_m, size_t capacity, bool only_even)
{
    static struct ranked all[POINTS_MAX];
    size_t expected = 0;
    for (size_t i = 0; i < count; i++) {
        const double off_m = distance_m(centre, places[i]);
        if (off_m <= radius_m && (!only_even || i % 2 == 0)) {
            all[expected++] = (struct ranked){.distance_m = off_m, .reference = (uint32_t)i};
        }
    }
    qsort(all, expected, sizeof(*all), by_rank);
    struct points_hit hits[64];
    const size_t found =
        points_nearest(index, centre, radius_m, only_even ? is_even : NULL, NULL, hits, capacity);
    assert_int_equal(found, expected < capacity ? expected : capacity);
    for (size_t i = 0; i < found; i++) {
        assert_float_equal(hits[i].distance_m, all[i].distance_m, 1e-6);
        assert_true(geo_point_equal(hits[i].point, places[hits[i].reference]));
        assert_true(i == 0 || hits[i - 1].distance_m <= hits[i].distance_m);
    }
}

static void test_the_nearest_are_those_of_brute_force(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    const int64_t reaches_e7[] = {1, 1000, 100000, 30000000, GEO_LNG_MAX};
    for (size_t round = 0; round < COUNT_OF(reaches_e7) * COUNT_OF(index_test_centres); round++) {
        const int64_t reach_e7 = reaches_e7[round % COUNT_OF(reaches_e7)];
        const struct geo_point middle = index_test_centres[round / COUNT_OF(reaches_e7)];
        const size_t count = dice_below(&dice, POINTS_MAX);
        for (size_t i = 0; i < count; i++) {
            places[i] = index_test_near(&dice, middle, reach_e7);
        }
        struct archive *const archive = built(count, false, 1 << 20);
        const struct points_index index = opened(archive);
        for (int i = 0; i < 40; i++) {
            const struct geo_point centre =
                index_test_near(&dice, middle, 2 * reach_e7 % GEO_LNG_MAX);
            const double radius_m = dice_between(&dice, 0, 1) * (double)reach_e7 * 0.02;
            expect_nearest(&index, count, centre, i % 4 == 0 ? 1e9 : radius_m,
                           1 + dice_below(&dice, 12), i % 3 == 0);
        }
        archive_close(archive);
    }
    assert_int_equal(index_test_account.used_size, 0);
}

static void test_the_order_of_adding_and_the_memory_do_not_show(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (size_t i = 0; i < POINTS_MAX; i++) {
        places[i] = index_test_near(&dice, index_test_centres[0], 1000);
    }
    struct archive *const one = built(POINTS_MAX, false, 16 << 20);
    struct archive *const other = built(POINTS_MAX, true, 1 << 16);
    assert_true(bytes_equal(archive_section(one, INDEX_TEST_KIND),
                            archive_section(other, INDEX_TEST_KIND)));
    archive_close(one);
    archive_close(other);
}

// Whatever byte is changed, verification or opening notices, or the place itself has moved a
// little.
static void test_verification_sees_changes_and_zeroed_pages_are_harmless(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (size_t i = 0; i < POINTS_MAX; i++) {
        places[i] = index_test_near(&dice, index_test_centres[0], 1000000);
    }
    struct archive *const archive = built(POINTS_MAX, false, 1 << 20);
    const struct bytes section = archive_section(archive, INDEX_TEST_KIND);
    uint8_t *const copy = memory_take(&index_test_account, 1, section.size);
    assert_non_null(copy);
    memcpy(copy, section.data, section.size);
    const struct bytes copied = {.data = copy, .size = section.size};
    struct points_index index;
    const size_t boxes_at = section.size - tree_nodes(POINTS_MAX) * sizeof(struct tree_node);
    for (int i = 0; i < 200; i++) {
        const size_t at = boxes_at + dice_below(&dice, section.size - boxes_at);
        copy[at] ^= 1;
        assert_int_equal(points_open(copied, &index, NULL), STATUS_OK);
        assert_int_equal(points_verify(&index, NULL), STATUS_CORRUPT);
        copy[at] ^= 1;
    }
    assert_int_equal(
        points_open((struct bytes){.data = copy, .size = section.size - 1}, &index, NULL),
        STATUS_CORRUPT);
    assert_int_equal(points_open(copied, &index, NULL), STATUS_OK);
    for (size_t page = 0; page < section.size; page += 4096) {
        memset(copy + page, 0, section.size - page < 4096 ? section.size - page : 4096);
        struct points_hit hits[8];
        const size_t found =
            points_nearest(&index, places[0], 1e9, NULL, NULL, hits, COUNT_OF(hits));
        assert_true(found <= COUNT_OF(hits));
    }
    memory_give(copy);
    archive_close(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nearest_are_those_of_brute_force),
        cmocka_unit_test(test_the_order_of_adding_and_the_memory_do_not_show),
        cmocka_unit_test(test_verification_sees_changes_and_zeroed_pages_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
