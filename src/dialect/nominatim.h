// Nominatim's interface: /search /reverse /lookup /status /details, with .php names too, in xml, json,
// jsonv2, geojson and geocodejson, as its public API documentation has them. What differs stands in
// docs/migrate/nominatim.md.
#ifndef DIALECT_NOMINATIM_H
#define DIALECT_NOMINATIM_H

#include "dialect/dialect.h"

extern const struct dialect dialect_nominatim;

#endif
