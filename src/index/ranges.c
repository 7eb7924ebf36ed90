#include "index/ranges.h"

static const struct cover_options options = {.max_level = 16, .max_cells = RANGES_MAX};

// First entry of the range whose cell is not below `cell`.
static uint32_t cell_lower(const uint64_t *cells, struct range range, uint64_t cell)
{
    while (range.first < range.end) {
        const uint32_t middle = range.first + (range.end - range.first) / 2;
        if (cells[middle] < cell) {
            range.first = middle + 1;
        } else {
            range.end = middle;
        }
    }
    return range.first;
}

struct ranges_region ranges_region_cap(struct geo_point centre, double radius_m)
{
    struct ranges_region region;
    region.count = cover_cap(centre, radius_m, &options, region.cells);
    return region;
}

unsigned ranges_in_region(const uint64_t *cells, struct range table,
                          const struct ranges_region *region, struct range ranges[RANGES_MAX])
{
    unsigned count = 0;
    for (size_t i = 0; i < region->count; i++) {
        const cell_id cell = region->cells[i].cell;
        const struct range range = {
            .first = cell_lower(cells, table, cell_range_min(cell)),
            .end = cell_lower(cells, table, cell_range_max(cell) + 1),
        };
        if (range.first == range.end) {
            continue;
        }
        if (count != 0 && ranges[count - 1].end == range.first) {
            ranges[count - 1].end = range.end;
        } else {
            ranges[count++] = range;
        }
        table.first = range.end; // cells of a covering ascend
    }
    return count;
}
