// Any bytes as a ring index: opening, asking and verifying never read outside. And any bytes as
// rings: the index agrees with the plain count.
#include "geo/ring_index.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { POINTS_MAX = 512 };

static struct memory_account account = {.name = "fuzz"};

static struct geo_point point_from(struct reader *reader)
{
    return (struct geo_point){
        .lng_e7 =
            (int32_t)(reader_u32(reader) % (2 * (uint32_t)GEO_LNG_MAX + 1) - (uint32_t)GEO_LNG_MAX),
        .lat_e7 =
            (int32_t)(reader_u32(reader) % (2 * (uint32_t)GEO_LAT_MAX + 1) - (uint32_t)GEO_LAT_MAX),
    };
}

static void ask(const struct ring_index *index, struct geo_point point)
{
    const double lng_e7 = point.lng_e7;
    const double lat_e7 = point.lat_e7;
    const struct ring_quad quad = {.lng_e7 = {lng_e7, lng_e7 + 9, lng_e7 + 9, lng_e7},
                                   .lat_e7 = {lat_e7, lat_e7, lat_e7 + 9, lat_e7 + 9},
                                   .margin_e7 = 2};
    (void)ring_index_contains(index, point);
    (void)ring_index_meets(index, &quad);
}

static void build_and_compare(struct bytes input)
{
    struct reader reader = {.rest = input};
    struct geo_point points[POINTS_MAX];
    uint32_t count = 0;
    while (reader.rest.size >= 8 && count < POINTS_MAX) {
        points[count++] = point_from(&reader);
    }
    const uint32_t ends[2] = {count / 3, count};
    const struct geo_rings rings = {.points = points, .ring_end = ends, .ring_count = 2};
    struct buffer buffer = {.account = &account};
    struct ring_index index;
    if (ring_index_build(&rings, &buffer, NULL) != STATUS_OK ||
        ring_index_verify(buffer_bytes(&buffer), NULL) != STATUS_OK ||
        !ring_index_open(buffer_bytes(&buffer), &index)) {
        abort();
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct geo_point probe = {.lng_e7 = points[i].lng_e7,
                                        .lat_e7 = points[count - 1 - i].lat_e7};
        if (ring_index_contains(&index, probe) != rings_contain(&rings, probe)) {
            abort();
        }
    }
    buffer_free(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes input = {.data = data, .size = size};
    struct ring_index index;
    uint64_t *const aligned = memory_take(&account, size / 8 + 1, 8);
    if (aligned == NULL) {
        return 0;
    }
    memcpy(aligned, data, size);
    const void *const copy = aligned;
    const struct bytes bytes = {.data = copy, .size = size};
    status_ignore(ring_index_verify(bytes, NULL), "only that it returns");
    if (ring_index_open(bytes, &index)) {
        ask(&index, (struct geo_point){.lng_e7 = index.box.west_e7, .lat_e7 = index.box.south_e7});
        ask(&index, (struct geo_point){.lng_e7 = index.box.east_e7, .lat_e7 = index.box.north_e7});
        ask(&index, (struct geo_point){0});
    }
    memory_give(aligned);
    build_and_compare(input);
    return 0;
}
