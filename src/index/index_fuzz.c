// Any bytes as a section of points, lines or areas (the first byte says which): opening, verifying
// and asking never read outside, verified or not.
#include <stdlib.h>

#include "index/areas.h"
#include "index/lines.h"
#include "index/points.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_account account = {.name = "fuzz"};

static const struct geo_point places[] = {
    {.lng_e7 = 0, .lat_e7 = 0},
    {.lng_e7 = 95215000, .lat_e7 = 471410000},
    {.lng_e7 = -1800000000, .lat_e7 = -900000000},
};

static void ask_points(struct bytes section, struct geo_point place)
{
    struct points_index index;
    struct points_hit hits[3];
    if (points_open(section, &index, NULL) == STATUS_OK) {
        status_ignore(points_verify(&index, NULL), "only that it returns");
        (void)points_nearest(&index, place, 1e9, NULL, NULL, hits, COUNT_OF(hits));
    }
}

static void ask_lines(struct bytes section, struct geo_point place)
{
    struct lines_index index;
    struct lines_hit hits[3];
    if (lines_open(section, &index, NULL) == STATUS_OK) {
        status_ignore(lines_verify(&index, NULL), "only that it returns");
        (void)lines_nearest(&index, place, 1e9, NULL, NULL, hits, COUNT_OF(hits));
    }
}

static void ask_areas(struct bytes section, struct geo_point place)
{
    struct areas_index index;
    uint32_t references[3];
    if (areas_open(section, &index, NULL) == STATUS_OK) {
        status_ignore(areas_verify(&index, NULL), "only that it returns");
        (void)areas_at(&index, place, references, COUNT_OF(references));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    uint8_t *const copy = memory_take(&account, 1, size); // aligned, as sections are
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data + 1, size - 1);
    const struct bytes section = {.data = copy, .size = size - 1};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        switch (data[0] % 3) {
        case 0:
            ask_points(section, places[i]);
            break;
        case 1:
            ask_lines(section, places[i]);
            break;
        default:
            ask_areas(section, places[i]);
        }
    }
    memory_give(copy);
    return 0;
}
