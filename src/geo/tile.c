#include "geo/tile.h"

#include "geo/trig.h"

#define LN_2 0x1.62e42fefa39efp-1

// The exponential, for arguments within +-4: halves of a series that has converged at 18 terms.
static double power_of_e(double x)
{
    const double whole = floor(x / LN_2 + 0.5);
    const double rest = x - whole * LN_2;
    double sum = 1;
    for (int i = 18; i >= 1; i--) {
        sum = 1 + sum * rest / i;
    }
    for (int i = 0; i < (int)whole; i++) {
        sum *= 2;
    }
    for (int i = 0; i > (int)whole; i--) {
        sum /= 2;
    }
    return sum;
}

bool tile_is_valid(struct tile tile)
{
    return tile.zoom <= TILE_ZOOM_MAX && tile.column < UINT32_C(1) << tile.zoom &&
           tile.row < UINT32_C(1) << tile.zoom;
}

// The latitude of the line above a row: Gudermann's function of the height on the map.
static double lat_above_deg(uint32_t row, double rows)
{
    const double height = TRIG_PI * (1 - 2 * row / rows);
    const double power = power_of_e(height);
    return trig_atan2((power - 1 / power) / 2, 1) * (180 / TRIG_PI);
}

struct tile_box tile_box_of(struct tile tile)
{
    const double count = (double)(UINT32_C(1) << tile.zoom);
    return (struct tile_box){.west_deg = tile.column / count * 360 - 180,
                             .south_deg = lat_above_deg(tile.row + 1, count),
                             .east_deg = (tile.column + 1) / count * 360 - 180,
                             .north_deg = lat_above_deg(tile.row, count)};
}

struct geo_box tile_geo_box(struct tile tile)
{
    const struct tile_box box = tile_box_of(tile);
    return (struct geo_box){.west_e7 = geo_e7_from_deg(box.west_deg),
                            .south_e7 = geo_e7_from_deg(box.south_deg),
                            .east_e7 = geo_e7_from_deg(box.east_deg),
                            .north_e7 = geo_e7_from_deg(box.north_deg)};
}

bool tile_from_quadkey(struct bytes quadkey, struct tile *tile)
{
    if (quadkey.size > TILE_ZOOM_MAX) {
        return false;
    }
    struct tile found = {.zoom = (uint32_t)quadkey.size};
    for (size_t i = 0; i < quadkey.size; i++) {
        if (quadkey.data[i] < '0' || quadkey.data[i] > '3') {
            return false;
        }
        const uint32_t digit = (uint32_t)(quadkey.data[i] - '0');
        found.column = found.column << 1 | (digit & 1);
        found.row = found.row << 1 | digit >> 1;
    }
    *tile = found;
    return true;
}
