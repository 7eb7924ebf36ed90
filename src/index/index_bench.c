// What one core answers over a made-up city: nearest address, ten nearest, nearest street, areas
// here.
//
// 240,000 addresses on 4,000 crooked streets, denser towards the middle, and 64 + 16 + 4 + 1 areas
// of 400 points nested in each other. Questions are places of the city, near some address, one a
// time.
#include <assert.h>
#include <unistd.h>

#include "base/bench.h"
#include "index/areas.h"
#include "index/index_test.h"
#include "index/lines.h"
#include "index/points.h"

enum { STREETS = 4000, STREET_POINTS = 16, ADDRESSES_A_PIECE = 4, QUESTIONS = 8192, SHORE = 400 };

static struct {
    struct geo_point questions[QUESTIONS];
    struct points_index points;
    struct lines_index lines;
    struct areas_index areas;
    uint64_t sum;
    size_t capacity;
} city;

static struct geo_point streets[STREETS][STREET_POINTS];

static const struct geo_point middle = {.lng_e7 = -737400000, .lat_e7 = 407200000};

static void draw_streets(struct dice *dice)
{
    for (size_t i = 0; i < STREETS; i++) {
        const int64_t reach_e7 = 100000 + (int64_t)dice_below(dice, 900000);
        struct geo_point at = index_test_near(dice, middle, reach_e7);
        const int32_t east_e7 = (int32_t)dice_below(dice, 8000) - 4000;
        const int32_t north_e7 = (int32_t)dice_below(dice, 8000) - 4000;
        for (size_t j = 0; j < STREET_POINTS; j++) {
            streets[i][j] = at;
            at.lng_e7 += east_e7 + (int32_t)dice_below(dice, 1000);
            at.lat_e7 += north_e7 + (int32_t)dice_below(dice, 1000);
        }
    }
}

static enum status write_points(void *builder, struct archive_writer *writer, struct fault *fault)
{
    return points_builder_write(builder, writer, INDEX_TEST_KIND, fault);
}

static enum status write_lines(void *builder, struct archive_writer *writer, struct fault *fault)
{
    return lines_builder_write(builder, writer, INDEX_TEST_KIND, fault);
}

static enum status write_areas(void *builder, struct archive_writer *writer, struct fault *fault)
{
    return areas_builder_write(builder, writer, INDEX_TEST_KIND, fault);
}

static void check(enum status status)
{
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "building failed: %s\n", status_name(status));
        exit(1);
    }
}

static struct bytes section_of(const struct archive *archive)
{
    return archive_section(archive, INDEX_TEST_KIND);
}

static void build_points(struct dice *dice)
{
    const struct index_build_options options = index_test_options(64 << 20);
    struct points_builder *builder;
    check(points_builder_new(&options, &builder, NULL));
    for (uint32_t i = 0; i < STREETS; i++) {
        for (uint32_t j = 0; j < (STREET_POINTS - 1) * ADDRESSES_A_PIECE; j++) {
            const struct geo_point on_street = streets[i][j / ADDRESSES_A_PIECE];
            check(points_builder_add(builder, index_test_near(dice, on_street, 2000), i << 8 | j,
                                     NULL));
        }
    }
    struct archive *const archive = index_test_archive(write_points, builder);
    points_builder_free(builder);
    check(points_open(section_of(archive), &city.points, NULL));
}

static void build_lines(void)
{
    const struct index_build_options options = index_test_options(64 << 20);
    struct lines_builder *builder;
    check(lines_builder_new(&options, &builder, NULL));
    for (uint32_t i = 0; i < STREETS; i++) {
        check(lines_builder_add(builder, streets[i], STREET_POINTS, i, NULL));
    }
    struct archive *const archive = index_test_archive(write_lines, builder);
    lines_builder_free(builder);
    check(lines_open(section_of(archive), &city.lines, NULL));
}

// A square with ragged sides.
static void draw_shore(struct dice *dice, struct geo_point corner, int32_t side_e7,
                       struct geo_point *points)
{
    const int32_t step_e7 = side_e7 / (SHORE / 4);
    for (int32_t i = 0; i < SHORE; i++) {
        const int32_t along_e7 = i % (SHORE / 4) * step_e7;
        const int32_t ragged_e7 = (int32_t)dice_below(dice, (uint64_t)step_e7);
        const int32_t x[] = {along_e7, side_e7 - ragged_e7, side_e7 - along_e7, ragged_e7};
        const int32_t y[] = {ragged_e7, along_e7, side_e7 - ragged_e7, side_e7 - along_e7};
        points[i].lng_e7 = corner.lng_e7 + x[i / (SHORE / 4)];
        points[i].lat_e7 = corner.lat_e7 + y[i / (SHORE / 4)];
    }
}

static void build_areas(struct dice *dice)
{
    const struct index_build_options options = index_test_options(64 << 20);
    const int32_t whole_e7 = 2200000;
    struct areas_builder *builder;
    check(areas_builder_new(&options, &builder, NULL));
    uint32_t reference = 0;
    for (int32_t sides = 1; sides <= 8; sides *= 2) {
        for (int32_t i = 0; i < sides * sides; i++) {
            const struct geo_point corner = {
                .lng_e7 = middle.lng_e7 - whole_e7 / 2 + i % sides * (whole_e7 / sides),
                .lat_e7 = middle.lat_e7 - whole_e7 / 2 + i / sides * (whole_e7 / sides)};
            struct geo_point shore[SHORE];
            draw_shore(dice, corner, whole_e7 / sides, shore);
            const uint32_t end = SHORE;
            const struct geo_rings rings = {.points = shore, .ring_end = &end, .ring_count = 1};
            check(areas_builder_add(builder, &rings, reference++, NULL));
        }
    }
    struct archive *const archive = index_test_archive(write_areas, builder);
    areas_builder_free(builder);
    check(areas_open(section_of(archive), &city.areas, NULL));
}

static void ask_points(void *context)
{
    const size_t *const capacity = context;
    struct points_hit hits[16];
    for (size_t i = 0; i < QUESTIONS; i++) {
        city.sum +=
            points_nearest(&city.points, city.questions[i], 1000, NULL, NULL, hits, *capacity);
    }
}

static void ask_lines(void *context)
{
    const size_t *const capacity = context;
    struct lines_hit hits[16];
    for (size_t i = 0; i < QUESTIONS; i++) {
        city.sum +=
            lines_nearest(&city.lines, city.questions[i], 1000, NULL, NULL, hits, *capacity);
    }
}

static void ask_areas(void *context)
{
    (void)context;
    uint32_t references[16];
    for (size_t i = 0; i < QUESTIONS; i++) {
        city.sum += areas_at(&city.areas, city.questions[i], references, COUNT_OF(references));
    }
}

int main(void)
{
    struct dice dice = test_dice();
    draw_streets(&dice);
    build_points(&dice);
    build_lines();
    build_areas(&dice);
    for (size_t i = 0; i < QUESTIONS; i++) {
        const struct points_item near =
            points_at(&city.points, (uint32_t)dice_below(&dice, city.points.tree.item_count));
        city.questions[i] = index_test_near(&dice, near.point, 3000);
    }
    size_t one = 1;
    size_t ten = 10;
    const struct bench_side sides[] = {
        {.name = "nearest address", .work = ask_points, .context = &one, .items = QUESTIONS},
        {.name = "ten nearest", .work = ask_points, .context = &ten, .items = QUESTIONS},
        {.name = "nearest street", .work = ask_lines, .context = &one, .items = QUESTIONS},
        {.name = "areas here", .work = ask_areas, .items = QUESTIONS},
    };
    (void)bench_run("index", sides, COUNT_OF(sides), 31);
    BENCH_KEEP(city.sum);
    return 0;
}
