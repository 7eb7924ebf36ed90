// Any bytes as GeoJSON, strictly and leniently; what is taken verifies, writes and reads back.
#include "codec/geojson.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_and_write(struct bytes text, bool is_lenient)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)64 << 20};
    const struct geojson_limits limits = {
        .text_size = 1 << 20, .points = 100000, .depth = 16, .is_lenient = is_lenient};
    struct buffer shape = {.account = &account};
    struct buffer written = {.account = &account};
    struct geojson geojson;
    struct fault fault;
    if (geojson_read(text, &limits, &account, &geojson, &shape, &fault) == STATUS_OK) {
        if (shape_verify(buffer_bytes(&shape), NULL) != STATUS_OK) {
            abort();
        }
        const struct shape read = {buffer_bytes(&shape)};
        geojson_write(read, &written);
        (void)shape_contains_point(read, shape_centre(read));
        (void)shape_intersects(read, read);
        buffer_clear(&shape);
        const struct geojson_limits again = {
            .text_size = SIZE_MAX, .points = UINT32_MAX, .depth = 16, .is_lenient = true};
        if (geojson_read(buffer_bytes(&written), &again, &account, &geojson, &shape, NULL) !=
            STATUS_OK) {
            abort();
        }
    }
    buffer_free(&shape);
    buffer_free(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {.data = data, .size = size};
    read_and_write(text, false);
    read_and_write(text, true);
    return 0;
}
