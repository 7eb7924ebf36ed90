// Coordinate: a point as people and programs write it.
//
//     47.1410, 9.5215    47.1410 9.5215    47,1410 9,5215    47.1410N 9.5215E    N 47.1410 E 9.5215
//     47°08'27.6"N 9°31'17.4"E    47 8 27.6 N, 9 31 17.4 E    N 47° 8.46' E 9° 31.29'    +47.1410/+009.5215
//     lat 47.1410 lon 9.5215    lat=47.1410&lng=9.5215    geo:47.1410,9.5215;u=35?z=17    POINT(9.5215 47.1410)
//
// Degrees, minutes and seconds carry their marks (° º ' ′ ’ " ″ ”, d m s) or stand three in a row before a
// letter. Hemispheres are N S E W or words of English, German, French, Spanish, Italian, Portuguese, Dutch; "O"
// alone is refused: it is east to some and west to others. Without marks the latitude comes first, unless only
// the other order lies on the globe. Two bare whole numbers are no coordinates: they may be anything.
//
// Pure; any thread.
#ifndef GEO_COORDINATE_H
#define GEO_COORDINATE_H

#include "base/bytes.h"
#include "geo/point.h"

// Reads the whole text (UTF-8). False, and nothing written: it is no point.
bool coordinate_parse(struct bytes text, struct geo_point *point);

#endif
