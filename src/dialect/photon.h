// Photon: the interface of Photon 1.x (/api, /structured, /reverse, /status).
//
// Source: Photon's docs/api-v1.md, docs/structured.md and docs/categories.md.
#ifndef DIALECT_PHOTON_H
#define DIALECT_PHOTON_H

#include "dialect/dialect.h"

extern const struct dialect dialect_photon;

#endif
