// GeoNames: its tab-separated tables read into features.
//
// Places (allCountries, cities…, XX: 19 columns) become settlements, administrative places and
// places of interest; postal codes (12 columns) become postcodes. The other tables have no places of
// their own: names of regions (admin1CodesASCII, admin2Codes) and other names (alternateNames) are
// joined to the places when they are among the companions (source.h), by geonameid and code, the
// large one by sorting. Countries of countryInfo that the places lack (the tables of cities have
// none) become places where their capital is.
// Broken rows are left out and counted. https://download.geonames.org/export/dump/readme.txt
#ifndef SOURCE_GEONAMES_H
#define SOURCE_GEONAMES_H

#include "source/input.h"

// Fails: CORRUPT; UNSUPPORTED when no row is one of a table we know; IO; NO_MEMORY; CANCELLED; the
// sink's.
MUST_USE enum status geonames_read(struct input *input, const struct feature_sink *sink,
                                   struct source_summary *summary, struct fault *fault);

#endif
