// Any bytes as a shape: what verifies answers every question without reading outside. Any numbers
// as corners: what is built verifies, holds itself and what is clipped from it.
#include "geo/shape.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { POINTS_MAX = 96 };

static struct memory_account account = {.name = "fuzz"};

static void ask(struct shape shape, struct shape other)
{
    static const struct cover_options options = {.max_level = CELL_LEVEL_MAX, .max_cells = 8};
    struct cover_cell cells[8];
    (void)shape_contains(shape, other);
    (void)shape_intersects(shape, other);
    (void)shape_distance_m(shape, other);
    (void)shape_distance_to_point_m(shape, shape_centre(other));
    (void)shape_meets_segment(shape, shape_centre(shape), shape_centre(other));
    (void)shape_point_count(shape);
    (void)shape_cover(shape, &options, cells);
}

static void ask_bytes(struct bytes bytes)
{
    const struct shape shape = {bytes};
    if (shape_verify(bytes, NULL) == STATUS_OK) {
        struct buffer clipped = {.account = &account};
        ask(shape, shape);
        shape_clip(shape, shape_box(shape), &clipped);
        if (shape_verify(buffer_bytes(&clipped), NULL) != STATUS_OK) {
            abort();
        }
        buffer_free(&clipped);
    }
}

static void build_and_ask(struct bytes input)
{
    struct reader reader = {.rest = input};
    struct geo_point points[POINTS_MAX];
    const uint8_t small = reader_u8(&reader);
    const int32_t base_e7 = (small & 2) != 0 ? GEO_LNG_MAX - 100 : 0;
    uint32_t count = 0;
    while (reader.rest.size >= 8 && count < POINTS_MAX) {
        const uint32_t x = reader_u32(&reader);
        const uint32_t y = reader_u32(&reader);
        int64_t lng_e7 = (small & 1) != 0
                             ? base_e7 + (int64_t)(x % 16)
                             : (int64_t)(x % (2 * (uint32_t)GEO_LNG_MAX)) - GEO_LNG_MAX;
        lng_e7 -= lng_e7 > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
        points[count++] = (struct geo_point){
            .lng_e7 = (int32_t)lng_e7,
            .lat_e7 = (small & 1) != 0
                          ? (int32_t)(y % 16)
                          : (int32_t)((int64_t)(y % (2 * (uint32_t)GEO_LAT_MAX)) - GEO_LAT_MAX)};
    }
    const uint32_t ends[2] = {count / 3, count};
    struct buffer polygon = {.account = &account};
    struct buffer line = {.account = &account};
    struct buffer group = {.account = &account};
    shape_add_polygon(&polygon, points, ends, 2);
    shape_add_line(&line, points, count);
    const size_t begun = shape_group_begin(&group);
    buffer_append_bytes(&group, buffer_bytes(&polygon));
    buffer_append_bytes(&group, buffer_bytes(&line));
    if (count > 0) {
        shape_add_circle(&group, points[0], (double)points[0].lat_e7);
    }
    shape_group_end(&group, begun);
    if (shape_verify(buffer_bytes(&group), NULL) != STATUS_OK) {
        abort();
    }
    const struct shape shapes[3] = {
        {buffer_bytes(&polygon)}, {buffer_bytes(&line)}, {buffer_bytes(&group)}};
    for (int i = 0; i < 3; i++) {
        if (!shape_is_empty(shapes[i]) &&
            (!shape_contains(shapes[i], shapes[i]) || !shape_intersects(shapes[i], shapes[i]))) {
            abort();
        }
        ask(shapes[i], shapes[(i + 1) % 3]);
        ask_bytes(shapes[i].bytes);
    }
    buffer_free(&polygon);
    buffer_free(&line);
    buffer_free(&group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes input = {.data = data, .size = size};
    ask_bytes(input);
    build_and_ask(input);
    return 0;
}
