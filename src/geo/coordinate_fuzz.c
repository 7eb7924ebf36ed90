// Any bytes as a point and as a plus code.
#include "geo/coordinate.h"

#include <assert.h>

#include "geo/plus_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {.data = data, .size = size};
    struct geo_point point;
    if (coordinate_parse(text, &point)) {
        assert(geo_point_is_valid(point));
    }
    struct geo_box box;
    if (plus_code_decode(text, &box)) {
        assert(plus_code_kind(text) == PLUS_CODE_FULL && box.south_e7 < box.north_e7);
    }
    if (plus_code_find(text, (struct geo_point){.lng_e7 = 95215000, .lat_e7 = 471410000}, &point)) {
        assert(plus_code_kind(text) != PLUS_CODE_NONE && geo_point_is_valid(point));
    }
    return 0;
}
