// Geometry: outlines of the atlas as GeoJSON.
#ifndef COMMAND_GEOMETRY_H
#define COMMAND_GEOMETRY_H

#include "atlas/atlas.h"
#include "base/arena.h"
#include "codec/json_write.h"

struct geometry_options {
    double tolerance_m; // 0: every point
    uint32_t points;    // how many may still be written; lowered by those that were
};

// So many points all outlines of one answer may have, some 12 MB of text.
#define GEOMETRY_POINTS_MAX 500000U

// [lon,lat]
void geometry_write_position(struct json_writer *json, struct geo_point point);

// {"type":"Point","coordinates":[lon,lat]}
void geometry_write_point(struct json_writer *json, struct geo_point point);

// Writes the Polygon, MultiPolygon, LineString or MultiLineString of a document, rings closed and
// oriented as RFC 7946 says. False when nothing was written: it has no extent, or its outline is of
// more points than may be written (then `*is_omitted`).
bool geometry_write_outline(struct json_writer *json, const struct atlas *atlas, uint32_t reference,
                            struct geometry_options *options, struct arena *arena,
                            bool *is_omitted);

#endif
