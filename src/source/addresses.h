// Addresses: tables of addresses, one a row: OpenAddresses (CSV, and GeoJSON a line), any CSV whose header
// names longitude, latitude, number and street (as OpenAddresses, OSM's addr:* or plain words), and
// TIGER's address ranges (from;to;interpolation;street;city;state;postcode;geometry).
//
// A row becomes one address, or a line along which numbers are interpolated. Its id is the row's hash or
// id where it has one, else a hash of what it says: the same row keeps its id in the next file.
// OpenAddresses: https://github.com/openaddresses/openaddresses, README "Data format".
#ifndef SOURCE_ADDRESSES_H
#define SOURCE_ADDRESSES_H

#include "codec/csv.h"
#include "source/input.h"

// What a header or a first line is: INPUT_ADDRESSES, INPUT_ADDRESS_LINES, INPUT_ADDRESS_RANGES, or
// INPUT_UNKNOWN. Pure.
enum input_kind addresses_recognise(struct bytes front);

// Rows that cannot be read are left out, counted, and the first few warned of by line.
// Fails: CORRUPT when the header lacks a column; NO_MEMORY; CANCELLED; the sink's.
MUST_USE enum status addresses_read(struct input *input, const struct feature_sink *sink,
                                    struct source_summary *summary, struct fault *fault);

#endif
