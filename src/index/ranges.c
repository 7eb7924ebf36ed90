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

static unsigned ranges_of(const uint64_t *cells, struct range table,
                          const struct cover_cell *covering, size_t cover_count,
                          struct range ranges[RANGES_MAX])
{
    unsigned count = 0;
    for (size_t i = 0; i < cover_count; i++) {
        const struct range range = {
            .first = cell_lower(cells, table, cell_range_min(covering[i].cell)),
            .end = cell_lower(cells, table, cell_range_max(covering[i].cell) + 1),
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

unsigned ranges_in_box(const uint64_t *cells, struct range table, struct geo_box box,
                       struct range ranges[RANGES_MAX])
{
    struct cover_cell covering[RANGES_MAX];
    return ranges_of(cells, table, covering, cover_box(box, &options, covering), ranges);
}

unsigned ranges_in_cap(const uint64_t *cells, struct range table, struct geo_point centre,
                       double radius_m, struct range ranges[RANGES_MAX])
{
    struct cover_cell covering[RANGES_MAX];
    return ranges_of(cells, table, covering, cover_cap(centre, radius_m, &options, covering),
                     ranges);
}
