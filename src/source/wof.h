// Who's On First: a gazetteer of places, a GeoJSON file each, bundled in folders
// (data/856/330/41/85633041.geojson), in tar archives of them or in SQLite (the table "geojson").
//
// Place types become layers, names of each language ("name:fra_x_preferred") names in BCP 47, venues
// places of interest with their address, postal codes postcodes. Concordances (GeoNames, Wikidata,
// OpenStreetMap) let the builder join what other sources know. Left out, as what they say is no longer
// or never was: records that ceased, were deprecated or superseded, or are marked as not current;
// alternative geometries; place types that are no layer (oceans, time zones, constituencies …).
#ifndef SOURCE_WOF_H
#define SOURCE_WOF_H

#include "source/input.h"

// Is it a record, an archive of them or an SQLite file? Pure.
bool wof_recognise(struct bytes front);

// Reads a folder, tar archive, SQLite file or single record.
// Fails: CORRUPT with the file and member; UNSUPPORTED when nothing in it is a record.
MUST_USE enum status wof_read(struct input *input, const struct feature_sink *sink,
                              struct source_summary *summary, struct fault *fault);

#endif
