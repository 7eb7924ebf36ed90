#include "source/geometry.h"

#include "codec/json_read.h"
#include "codec/json_slice.h"
#include "source/shape.h"

enum { COLLECTION_DEPTH_MAX = 4 };

static const char no_memory[] = "there is no memory for its geometry";

struct geometry geometry_of_point(struct geo_point point)
{
    return (struct geometry){
        .kind = GEOMETRY_POINT,
        .point = point,
        .box = {point.lng_e7, point.lat_e7, point.lng_e7, point.lat_e7},
    };
}

static bool angle_read(struct bytes text, int64_t limit_e7, int32_t *angle_e7)
{
    int64_t scaled = 0;
    if (!json_number_scaled(text, 7, &scaled) || scaled < -limit_e7 || scaled > limit_e7) {
        return false;
    }
    *angle_e7 = (int32_t)scaled;
    return true;
}

bool geometry_point_read(struct bytes lng, struct bytes lat, struct geo_point *point)
{
    return angle_read(lng, GEO_LNG_MAX, &point->lng_e7) &&
           angle_read(lat, GEO_LAT_MAX, &point->lat_e7);
}

// The positions of nested arrays, whatever their depth: what directly holds positions is a run.
struct runs {
    struct geo_point *points;
    uint32_t *ends;
    size_t point_count, run_count;
    const char *what; // is wrong
};

static struct bytes number_take(struct bytes *rest)
{
    size_t size = 0;
    while (size < rest->size && memchr(",] \t\r\n", rest->data[size], 6) == NULL) {
        size++;
    }
    const struct bytes number = {.data = rest->data, .size = size};
    rest->data += size;
    rest->size -= size;
    return number;
}

// Behind the '[' of a position, up to and with its ']'.
static bool position_take(struct runs *runs, struct bytes *rest)
{
    struct bytes numbers[2] = {{0}, {0}};
    size_t count = 0;
    while (rest->size != 0 && rest->data[0] != ']') {
        if (memchr(", \t\r\n", rest->data[0], 5) != NULL) {
            rest->data++;
            rest->size--;
            continue;
        }
        if (rest->data[0] == '[' || rest->data[0] == '{' || rest->data[0] == '"') {
            return false;
        }
        const struct bytes number = number_take(rest);
        if (count < COUNT_OF(numbers)) {
            numbers[count] = number;
        }
        count++;
    }
    if (rest->size != 0) {
        rest->data++;
        rest->size--;
    }
    struct geo_point point;
    if (count < COUNT_OF(numbers) || !geometry_point_read(numbers[0], numbers[1], &point)) {
        return false;
    }
    runs->points[runs->point_count++] = point;
    return true;
}

static void run_end(struct runs *runs)
{
    const size_t begin = runs->run_count == 0 ? 0 : runs->ends[runs->run_count - 1];
    if (runs->point_count != begin) {
        runs->ends[runs->run_count++] = (uint32_t)runs->point_count;
    }
}

static void runs_take(struct runs *runs, struct bytes rest)
{
    while (rest.size != 0) {
        const uint8_t byte = rest.data[0];
        rest.data++;
        rest.size--;
        if (byte == ']') {
            run_end(runs);
        } else if (byte == '[') {
            const struct bytes inside = json_slice_trim(rest);
            const bool is_position = inside.size != 0 && inside.data[0] != '[' &&
                                     inside.data[0] != ']' && inside.data[0] != '{';
            if (is_position && !position_take(runs, &rest)) {
                runs->what = "a position of its geometry is not a longitude and a latitude";
                return;
            }
        } else if (byte != ',' && byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') {
            runs->what = "its coordinates are no arrays of numbers";
            return;
        }
    }
    run_end(runs);
}

static const char *runs_read(struct bytes coordinates, struct pool *pool, struct runs *runs)
{
    size_t brackets = 0;
    for (size_t i = 0; i < coordinates.size; i++) {
        brackets += coordinates.data[i] == '[';
    }
    *runs = (struct runs){.points = pool_take(pool, brackets + 1, sizeof(*runs->points)),
                          .ends = pool_take(pool, brackets + 1, sizeof(*runs->ends))};
    if (runs->points == NULL || runs->ends == NULL || brackets > UINT32_MAX) {
        return no_memory;
    }
    runs_take(runs, coordinates);
    if (runs->what == NULL && runs->point_count == 0) {
        runs->what = "its geometry has no positions";
    }
    return runs->what;
}

static void line_set(struct geometry *geometry, const struct runs *runs)
{
    size_t best = 0;
    size_t best_count = 0;
    for (size_t i = 0, begin = 0; i < runs->run_count; begin = runs->ends[i++]) {
        if (runs->ends[i] - begin > best_count) {
            best = begin;
            best_count = runs->ends[i] - begin;
        }
    }
    *geometry = (struct geometry){.kind = GEOMETRY_LINE,
                                  .point = shape_line_middle(runs->points + best, best_count),
                                  .box = shape_points_box(runs->points + best, best_count),
                                  .points = runs->points + best,
                                  .point_count = best_count};
}

static const char *area_set(struct geometry *geometry, const struct runs *runs, struct pool *pool)
{
    for (size_t i = 0, begin = 0; i < runs->run_count; begin = runs->ends[i++]) {
        if (runs->ends[i] - begin < 4) {
            return "a ring of its geometry has fewer than four positions";
        }
    }
    *geometry = (struct geometry){.kind = GEOMETRY_AREA,
                                  .rings = {.points = runs->points,
                                            .ring_end = runs->ends,
                                            .ring_count = (uint32_t)runs->run_count}};
    geometry->box = rings_box(&geometry->rings);
    geometry->point = shape_inner_point(&geometry->rings, pool);
    return NULL;
}

static bool type_is(struct bytes type, const char *text)
{
    return json_slice_equals(type, bytes_from_text(text));
}

static const char *member_read(struct bytes text, unsigned depth, struct pool *pool,
                               struct geometry *geometry);

static const char *collection_read(struct bytes members, unsigned depth, struct pool *pool,
                                   struct geometry *geometry)
{
    struct bytes member;
    const char *what = NULL;
    while (what == NULL && geometry->kind == GEOMETRY_NONE && depth < COLLECTION_DEPTH_MAX &&
           json_slice_item(&members, &member)) {
        what = member_read(member, depth + 1, pool, geometry);
    }
    return what;
}

static const char *member_read(struct bytes text, unsigned depth, struct pool *pool,
                               struct geometry *geometry)
{
    const struct bytes type = json_slice_find(text, BYTES_OF("type"));
    if (type_is(type, "GeometryCollection")) {
        return collection_read(json_slice_find(text, BYTES_OF("geometries")), depth, pool,
                               geometry);
    }
    const bool is_point = type_is(type, "Point") || type_is(type, "MultiPoint");
    const bool is_line = type_is(type, "LineString") || type_is(type, "MultiLineString");
    if (!is_point && !is_line && !type_is(type, "Polygon") && !type_is(type, "MultiPolygon")) {
        return "its geometry is of no type that GeoJSON has";
    }
    struct runs runs;
    const char *const what = runs_read(json_slice_find(text, BYTES_OF("coordinates")), pool, &runs);
    if (what != NULL) {
        return what;
    }
    if (is_point) {
        *geometry = geometry_of_point(runs.points[0]);
        return NULL;
    }
    if (is_line) {
        line_set(geometry, &runs);
        return NULL;
    }
    return area_set(geometry, &runs, pool);
}

const char *geometry_read(struct bytes text, struct pool *pool, struct geometry *geometry)
{
    struct geometry read = {.kind = GEOMETRY_NONE};
    const bool is_object = text.size != 0 && text.data[0] == '{';
    const char *const what = is_object ? member_read(text, 0, pool, &read) : NULL;
    if (what == NULL) {
        *geometry = read;
    }
    return what;
}
