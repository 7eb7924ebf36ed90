#include <math.h>

#include "command/tile38_query.h"

static const struct {
    const char *name;
    unsigned numbers;
} rects[] = {{"bounds", 4}, {"hash", 0}, {"tile", 0}, {"mvt", 0}, {"quadkey", 0}};

bool tile38_area_is_rect(struct bytes kind)
{
    for (size_t i = 0; i < sizeof(rects) / sizeof(rects[0]); i++) {
        if (tile38_is_word(kind, rects[i].name)) {
            return true;
        }
    }
    return false;
}

static double clamp(double value, double limit)
{
    return value < -limit ? -limit : value > limit ? limit : value;
}

static void begin_area(struct buffer *shapes, struct tile38_area *area)
{
    *area = (struct tile38_area){.offset = shapes->size, .radius_m = -1};
}

static enum status end_area(struct tile38_request *request, struct buffer *shapes,
                            struct tile38_area *area)
{
    area->size = shapes->size - area->offset;
    return buffer_status(shapes) == STATUS_OK
               ? STATUS_OK
               : tile38_fail(request, "the area is larger than the memory for areas");
}

static void add_rect(struct buffer *shapes, struct tile38_area *area, struct tile38_rect rect)
{
    area->is_rect = true;
    area->rect = rect;
    shape_add_box(shapes, (struct geo_box){
                              .west_e7 = geo_e7_from_deg(clamp(rect.west, 180)),
                              .south_e7 = geo_e7_from_deg(clamp(rect.south, 90)),
                              .east_e7 = geo_e7_from_deg(clamp(rect.east, 180)),
                              .north_e7 = geo_e7_from_deg(clamp(rect.north, 90)),
                          });
}

// Web Mercator (EPSG:3857), as Bing and everybody cuts it.
static double lat_of_tile(double y, double size)
{
    return atan(sinh(3.14159265358979323846 * (1 - 2 * y / size))) * 180 / 3.14159265358979323846;
}

static struct tile38_rect rect_of_tile(double x, double y, double zoom)
{
    const double size = pow(2, zoom);
    return (struct tile38_rect){.west = x / size * 360 - 180,
                                .south = lat_of_tile(y + 1, size),
                                .east = (x + 1) / size * 360 - 180,
                                .north = lat_of_tile(y, size)};
}

static enum status take_bounds(struct tile38_request *request, struct tile38_words *words,
                               struct tile38_rect *rect)
{
    struct bytes texts[4];
    double *const numbers[4] = {&rect->south, &rect->west, &rect->north, &rect->east};
    for (size_t i = 0; i < 4; i++) {
        if (!tile38_take(words, &texts[i])) {
            return tile38_fail_count(request);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        if (!tile38_number(texts[i], numbers[i]) || isnan(*numbers[i])) {
            return tile38_fail_argument(request, texts[i]);
        }
    }
    return STATUS_OK;
}

static enum status take_tile(struct tile38_request *request, struct tile38_words *words,
                             struct tile38_rect *rect)
{
    struct bytes texts[3];
    int64_t x = 0, y = 0;
    uint64_t zoom = 0;
    for (size_t i = 0; i < 3; i++) {
        if (!tile38_take(words, &texts[i])) {
            return tile38_fail_count(request);
        }
    }
    if (!tile38_signed(texts[0], &x)) {
        return tile38_fail_argument(request, texts[0]);
    }
    if (!tile38_signed(texts[1], &y)) {
        return tile38_fail_argument(request, texts[1]);
    }
    if (!tile38_unsigned(texts[2], &zoom) || zoom > 60) {
        return tile38_fail_argument(request, texts[2]);
    }
    *rect = rect_of_tile((double)x, (double)y, (double)zoom);
    return STATUS_OK;
}

static enum status take_quadkey(struct tile38_request *request, struct tile38_words *words,
                                struct tile38_rect *rect)
{
    struct bytes key;
    if (!tile38_take(words, &key)) {
        return tile38_fail_count(request);
    }
    uint64_t x = 0, y = 0;
    for (size_t i = 0; i < key.size; i++) {
        const unsigned digit = (unsigned)key.data[i] - '0';
        if (digit > 3 || key.size > 60) {
            return tile38_fail_argument(request, key);
        }
        x = x << 1 | (digit & 1);
        y = y << 1 | digit >> 1;
    }
    *rect = rect_of_tile((double)x, (double)y, (double)key.size);
    return STATUS_OK;
}

static enum status take_rect(struct tile38_request *request, struct bytes kind,
                             struct tile38_words *words, struct tile38_rect *rect)
{
    if (tile38_is_word(kind, "bounds")) {
        return take_bounds(request, words, rect);
    }
    if (tile38_is_word(kind, "hash")) {
        struct bytes hash;
        if (!tile38_take(words, &hash)) {
            return tile38_fail_count(request);
        }
        *rect = tile38_rect_of_hash(hash);
        return STATUS_OK;
    }
    return tile38_is_word(kind, "quadkey") ? take_quadkey(request, words, rect)
                                           : take_tile(request, words, rect);
}

static struct geo_point place_of(double lng_deg, double lat_deg)
{
    return (struct geo_point){.lng_e7 = geo_e7_from_deg(clamp(lng_deg, 180)),
                              .lat_e7 = geo_e7_from_deg(clamp(lat_deg, 90))};
}

// `count` numbers, of which the first two are latitude and longitude: all are there, then all are
// numbers.
static enum status take_numbers(struct tile38_request *request, struct tile38_words *words,
                                size_t count, struct bytes *texts, double *numbers)
{
    for (size_t i = 0; i < count; i++) {
        if (!tile38_take(words, &texts[i])) {
            return tile38_fail_count(request);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!tile38_number(texts[i], &numbers[i]) || !isfinite(numbers[i])) {
            return tile38_fail_argument(request, texts[i]);
        }
    }
    return STATUS_OK;
}

static enum status take_circle(struct tile38_request *request, struct tile38_words *words,
                               struct buffer *shapes, struct tile38_area *area)
{
    struct bytes texts[3];
    double numbers[3];
    TRY(take_numbers(request, words, 3, texts, numbers));
    if (numbers[2] < 0) {
        return tile38_fail_argument(request, texts[2]);
    }
    area->is_circle = true;
    area->lat_deg = numbers[0];
    area->lng_deg = numbers[1];
    area->radius_m = numbers[2];
    shape_add_circle(shapes, place_of(numbers[1], numbers[0]), numbers[2]);
    return STATUS_OK;
}

static enum status take_sector(struct tile38_request *request, struct tile38_words *words,
                               struct buffer *shapes)
{
    struct bytes texts[5];
    double numbers[5];
    TRY(take_numbers(request, words, 5, texts, numbers));
    if (!(numbers[3] < numbers[4] || numbers[3] > numbers[4])) {
        return tile38_fail(request, "equal bearings (%.*s == %.*s), use CIRCLE instead",
                           (int)texts[3].size, (const char *)texts[3].data, (int)texts[4].size,
                           (const char *)texts[4].data);
    }
    shape_add_sector(shapes, place_of(numbers[1], numbers[0]), numbers[2], numbers[3], numbers[4]);
    return STATUS_OK;
}

static enum status take_stored(struct tile38_request *request, struct tile38_words *words,
                               struct buffer *shapes)
{
    struct bytes key, id;
    if (!tile38_take(words, &key) || !tile38_take(words, &id)) {
        return tile38_fail_count(request);
    }
    const struct collection *const collection = live_collection(request->view, key);
    if (collection == NULL) {
        return tile38_fail(request, "key not found");
    }
    const struct object *const object = collection_find(collection, id);
    if (object == NULL) {
        return tile38_fail(request, "id not found");
    }
    uint8_t scratch[ROW_SCRATCH_SIZE];
    struct row row;
    object_row(object, &row);
    const struct shape shape = row_shape(&row, scratch);
    if (shape.bytes.size == 0) {
        shape_group_end(shapes, shape_group_begin(shapes));
    } else {
        buffer_append_bytes(shapes, shape.bytes);
    }
    return STATUS_OK;
}

static enum status take_object(struct tile38_request *request, struct tile38_words *words,
                               struct buffer *shapes)
{
    struct bytes text;
    if (!tile38_take(words, &text)) {
        return tile38_fail_count(request);
    }
    struct row row = {0};
    struct fault fault = {0};
    struct buffer canonical = {.account = request->out->account};
    const enum status status =
        tile38_row_of_geojson(text, canonical.account, &canonical, shapes, &row, &fault);
    buffer_free(&canonical);
    return status == STATUS_OK ? status : tile38_fail(request, "%s", fault.text);
}

static enum status take_point(struct tile38_request *request, struct tile38_words *words,
                              struct buffer *shapes)
{
    struct bytes texts[2];
    double numbers[2];
    TRY(take_numbers(request, words, 2, texts, numbers));
    shape_add_point(shapes, place_of(numbers[1], numbers[0]));
    return STATUS_OK;
}

enum status tile38_area_take(struct tile38_request *request, struct bytes kind,
                             struct tile38_words *words, struct buffer *shapes,
                             struct tile38_area *area)
{
    begin_area(shapes, area);
    if (tile38_area_is_rect(kind)) {
        struct tile38_rect rect;
        TRY(take_rect(request, kind, words, &rect));
        add_rect(shapes, area, rect);
    } else if (tile38_is_word(kind, "point")) {
        TRY(take_point(request, words, shapes));
    } else if (tile38_is_word(kind, "circle")) {
        TRY(take_circle(request, words, shapes, area));
    } else if (tile38_is_word(kind, "object")) {
        TRY(take_object(request, words, shapes));
    } else if (tile38_is_word(kind, "sector")) {
        TRY(take_sector(request, words, shapes));
    } else if (tile38_is_word(kind, "get")) {
        TRY(take_stored(request, words, shapes));
    } else {
        return STATUS_NOT_FOUND;
    }
    return end_area(request, shapes, area);
}

struct shape tile38_area_shape(const struct tile38_query *query)
{
    return (struct shape){.bytes = {query->shapes.data + query->area.offset, query->area.size}};
}
