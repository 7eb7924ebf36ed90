// What the tests of indexes share: a section written to a file and opened again, and places on a
// map.
#ifndef INDEX_INDEX_TEST_H
#define INDEX_INDEX_TEST_H

#include <string.h>
#include <unistd.h>

#include "archive/archive_write.h"
#include "base/test.h"
#include "geo/point.h"
#include "index/build.h"

#define INDEX_TEST_KIND ARCHIVE_KIND('T', 'E', 'S', 'T')

static struct memory_account index_test_account = {.name = "test"};

static inline struct index_build_options index_test_options(size_t memory_size)
{
    return (struct index_build_options){.sys = sys_os(),
                                        .account = &index_test_account,
                                        .memory_size = memory_size,
                                        .directory = "/tmp",
                                        .threads = 1};
}

// Writes an archive of one section by `write`, opens it and removes the file.
static inline struct archive *
index_test_archive(enum status (*write)(void *builder, struct archive_writer *, struct fault *),
                   void *builder)
{
    char path[] = "/tmp/index_test_XXXXXX";
    close(mkstemp(path));
    struct fault fault = {0};
    struct archive_writer *writer;
    assert_int_equal(archive_writer_open(sys_os(), &index_test_account, path, &writer, &fault),
                     STATUS_OK);
    assert_int_equal(write(builder, writer, &fault), STATUS_OK);
    assert_int_equal(archive_writer_commit(writer, &fault), STATUS_OK);
    archive_writer_close(writer);
    struct archive *archive;
    assert_int_equal(archive_open(sys_os(), &index_test_account, path, &archive, &fault),
                     STATUS_OK);
    unlink(path);
    return archive;
}

static inline struct geo_point index_test_near(struct dice *dice, struct geo_point centre,
                                               int64_t reach_e7)
{
    const uint64_t width = (uint64_t)(2 * reach_e7 + 1);
    int64_t lng_e7 = centre.lng_e7 - reach_e7 + (int64_t)dice_below(dice, width);
    int64_t lat_e7 = centre.lat_e7 - reach_e7 + (int64_t)dice_below(dice, width);
    lng_e7 += lng_e7 > GEO_LNG_MAX    ? -2 * (int64_t)GEO_LNG_MAX
              : lng_e7 < -GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX
                                      : 0;
    lat_e7 = lat_e7 > GEO_LAT_MAX ? GEO_LAT_MAX : lat_e7 < -GEO_LAT_MAX ? -GEO_LAT_MAX : lat_e7;
    return (struct geo_point){.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)lat_e7};
}

// Where maps are awkward, and one where they are not.
static const struct geo_point index_test_centres[] = {
    {.lng_e7 = 95215000, .lat_e7 = 471410000},    // Vaduz
    {.lng_e7 = 1799990000, .lat_e7 = -169000000}, // Fiji
    {.lng_e7 = -1800000000, .lat_e7 = 0},         // the antimeridian itself
    {.lng_e7 = 100000000, .lat_e7 = 899990000},   // nearly the north pole
    {.lng_e7 = 0, .lat_e7 = -900000000},          // the south pole
    {.lng_e7 = 450000000, .lat_e7 = 352643896},   // a corner of the cube
};

#endif
