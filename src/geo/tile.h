// Tile: squares of the web map (spherical Mercator), by column, row and zoom, and by quadkey.
//
// Zoom 0 is one square of the world between 85.0511 degrees south and north; each zoom splits in
// four, rows count from the north. Pure; any thread; the same bits everywhere.
#ifndef GEO_TILE_H
#define GEO_TILE_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "geo/point.h"

enum { TILE_ZOOM_MAX = 30 };

struct tile {
    uint32_t column, row; // below 2^zoom
    uint32_t zoom;
};

struct tile_box {
    double west_deg, south_deg, east_deg, north_deg;
};

bool tile_is_valid(struct tile tile);
struct tile_box tile_box_of(struct tile tile);
// Rounded to units.
struct geo_box tile_geo_box(struct tile tile);

// Bing's quadkeys: a digit 0 to 3 a zoom. False for other digits and more than TILE_ZOOM_MAX of them.
// The empty text is the world.
MUST_USE bool tile_from_quadkey(struct bytes quadkey, struct tile *tile);

#endif
