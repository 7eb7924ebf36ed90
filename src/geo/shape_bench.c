// Shapes: is a point in a polygon of 10, 1,000 and 10,000 corners; does a box, another polygon touch
// it; how far is it.
#include "geo/shape.h"

#include <stdio.h>

#include "base/bench.h"

enum { PROBES = 1024, CORNERS_MAX = 10000 };

static struct memory_account account = {.name = "bench"};

struct scene {
    struct buffer polygon, other;
    struct geo_point probes[PROBES];
    uint64_t found;
};

static uint64_t chance_state = 1;

static uint32_t chance(uint32_t bound)
{
    chance_state = chance_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((chance_state >> 32) % bound);
}

// A ragged star of two tenths of a degree around the middle.
static void add_star(struct buffer *out, uint32_t count, struct geo_point centre)
{
    static struct geo_point points[CORNERS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        const double radius_m = 15000 + chance(5000);
        points[i] = shape_place_at(centre, radius_m, 360.0 * i / count);
    }
    shape_add_polygon(out, points, &count, 1);
}

static struct shape polygon_of(const struct scene *scene)
{
    return (struct shape){buffer_bytes(&scene->polygon)};
}

static void ask_points(void *context)
{
    struct scene *const scene = context;
    for (int i = 0; i < PROBES; i++) {
        scene->found += shape_contains_point(polygon_of(scene), scene->probes[i]);
    }
}

static void ask_boxes(void *context)
{
    struct scene *const scene = context;
    struct buffer box = {.account = &account};
    for (int i = 0; i < PROBES; i++) {
        const struct geo_point point = scene->probes[i];
        buffer_clear(&box);
        shape_add_box(&box, (struct geo_box){.west_e7 = point.lng_e7,
                                             .south_e7 = point.lat_e7,
                                             .east_e7 = point.lng_e7 + 50000,
                                             .north_e7 = point.lat_e7 + 50000});
        scene->found += shape_intersects(polygon_of(scene), (struct shape){buffer_bytes(&box)});
    }
    buffer_free(&box);
}

static void ask_other(void *context)
{
    struct scene *const scene = context;
    const struct shape other = {buffer_bytes(&scene->other)};
    scene->found += shape_intersects(polygon_of(scene), other);
    scene->found += shape_contains(polygon_of(scene), polygon_of(scene));
}

static void ask_distances(void *context)
{
    struct scene *const scene = context;
    for (int i = 0; i < PROBES / 16; i++) {
        scene->found += shape_distance_to_point_m(polygon_of(scene), scene->probes[i]) < 1000;
    }
}

int main(void)
{
    static struct scene scene = {.polygon = {.account = &account}, .other = {.account = &account}};
    const struct geo_point centre = GEO_POINT(9.5, 47.1);
    const uint32_t counts[] = {10, 1000, 10000};
    for (size_t k = 0; k < COUNT_OF(counts); k++) {
        buffer_clear(&scene.polygon);
        buffer_clear(&scene.other);
        add_star(&scene.polygon, counts[k], centre);
        add_star(&scene.other, counts[k], shape_place_at(centre, 36000, 45));
        for (int i = 0; i < PROBES; i++) {
            scene.probes[i] = shape_place_at(
                centre, i % 2 == 0 ? chance(25000) : 14000 + chance(7000), chance(360));
        }
        const struct bench_side sides[] = {
            {"contains_point", ask_points, &scene, PROBES},
            {"intersects box", ask_boxes, &scene, PROBES},
            {"intersects and holds another", ask_other, &scene, 2},
            {"distance to a point", ask_distances, &scene, PROBES / 16}};
        char title[64];
        (void)snprintf(title, sizeof(title), "%u corners (%zu bytes)", counts[k],
                       scene.polygon.size);
        for (size_t i = 0; i < COUNT_OF(sides); i++) {
            (void)bench_run(title, &sides[i], 1, 11);
        }
    }
    BENCH_KEEP(scene.found);
    return 0;
}
