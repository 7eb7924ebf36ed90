// GeoJSON read: Features of points as trackers send them, and a polygon of a thousand corners.
#include "codec/geojson.h"

#include "base/bench.h"

enum { FEATURES = 1000, CORNERS = 1000 };

static struct memory_account account = {.name = "bench"};
static const struct geojson_limits limits = {.text_size = 1 << 20, .points = 1 << 20, .depth = 4};

struct texts {
    struct buffer text, shape;
    uint32_t ends[FEATURES];
};

static void read_features(void *context)
{
    struct texts *const texts = context;
    uint32_t begin = 0;
    for (int i = 0; i < FEATURES; i++) {
        struct geojson geojson;
        buffer_clear(&texts->shape);
        const struct bytes text = {.data = texts->text.data + begin,
                                   .size = texts->ends[i] - begin};
        status_ignore(geojson_read(text, &limits, &account, &geojson, &texts->shape, NULL),
                      "measured only");
        begin = texts->ends[i];
    }
}

static void read_polygon(void *context)
{
    struct texts *const texts = context;
    struct geojson geojson;
    buffer_clear(&texts->shape);
    status_ignore(
        geojson_read(buffer_bytes(&texts->text), &limits, &account, &geojson, &texts->shape, NULL),
        "measured only");
}

int main(void)
{
    struct texts features = {.text = {.account = &account}, .shape = {.account = &account}};
    struct texts polygon = {.text = {.account = &account}, .shape = {.account = &account}};
    for (int i = 0; i < FEATURES; i++) {
        buffer_append_format(
            &features.text,
            "{\"type\":\"Feature\",\"id\":\"van-%d\",\"geometry\":{\"type\":\"Point\","
            "\"coordinates\":[%d.%06d,47.%06d]},\"properties\":{\"speed\":%d}}",
            i, i % 180, i * 997 % 1000000, i * 991 % 1000000, i % 120);
        features.ends[i] = (uint32_t)features.text.size;
    }
    buffer_append_text(&polygon.text, "{\"type\":\"Polygon\",\"coordinates\":[[");
    for (int i = 0; i < CORNERS; i++) { // a comb
        buffer_append_format(&polygon.text, "[%d.%06d,%d.%06d],", i / 100, i % 100 * 10000,
                             i % 2 == 0 ? 40 : 41, i * 7);
    }
    buffer_append_text(&polygon.text, "[0.000000,40.000000]]]}");
    const struct bench_side point_side = {"geojson_read", read_features, &features, FEATURES};
    (void)bench_run("Features of points", &point_side, 1, 31);
    const struct bench_side corner_side = {"geojson_read", read_polygon, &polygon, CORNERS};
    (void)bench_run("a polygon, a corner", &corner_side, 1, 31);
    return 0;
}
