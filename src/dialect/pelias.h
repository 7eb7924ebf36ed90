// Pelias: the interface of Pelias' API (/v1/search, /v1/search/structured, /v1/autocomplete,
// /v1/reverse, /v1/nearby, /v1/place).
//
// Source: pelias/documentation (search.md, structured-geocoding.md, autocomplete.md, reverse.md,
// place.md, response.md).
#ifndef DIALECT_PELIAS_H
#define DIALECT_PELIAS_H

#include "dialect/dialect.h"

extern const struct dialect dialect_pelias;

#endif
