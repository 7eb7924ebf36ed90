// Parameter: what may be asked of a command, as a table.
//
// One row says a parameter's name, kind, bounds and meaning; requests over HTTP, the command line
// and the OpenAPI document are read from and written by the same rows. Values are text, as a query
// string or a shell gives it. Pure; any thread.
#ifndef COMMAND_PARAMETER_H
#define COMMAND_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

#include "atlas/describe.h"
#include "base/bytes.h"
#include "base/status.h"
#include "geo/point.h"
#include "search/search.h"

enum parameter_kind {
    PARAMETER_TEXT,      // not empty, at most SEARCH_TEXT_SIZE_MAX bytes
    PARAMETER_ID,        // a place's, "osm:w123"
    PARAMETER_POINT,     // LAT,LON
    PARAMETER_LATITUDE,  // degrees
    PARAMETER_LONGITUDE, // degrees
    PARAMETER_BOX,       // west,south,east,north
    PARAMETER_LAYERS,    // names, comma-separated
    PARAMETER_COUNTRIES, // ISO 3166-1 alpha-2, comma-separated
    PARAMETER_LANGUAGES, // BCP 47, comma-separated, best first
    PARAMETER_COUNT,     // a whole number
    PARAMETER_METRES,    // a number
    PARAMETER_SWITCH,    // 1, true, 0, false
};

struct parameter {
    const char *name;
    enum parameter_kind kind;
    bool is_required;
    unsigned minimum, maximum; // COUNT, METRES
    const char *fallback;      // what holds when it is absent, as it would be typed; NULL: nothing
    const char *example;
    const char *help; // a sentence
};

// The values of all kinds of parameters; a command reads those its table names.
struct arguments {
    struct bytes text; // as given
    uint64_t id;
    bool has_near, has_box, has_languages;
    struct geo_point near;
    struct geo_point point; // of lat and lon
    struct geo_box box;
    unsigned layers; // bits; 0: all
    uint16_t countries[SEARCH_COUNTRIES_MAX];
    unsigned country_count;
    struct languages languages;
    unsigned limit;
    double radius_m;
    bool explains;
};

// Sets the field of `arguments` that the kind stands for. The fault's sentence does not repeat the
// parameter's name. Fails: OUT_OF_RANGE.
MUST_USE enum status parameter_set(const struct parameter *parameter, struct bytes value,
                                   struct arguments *arguments, struct fault *fault);

// Reads an Accept-Language field; what it does not understand it leaves out.
void parameter_accept_languages(struct bytes field, struct languages *languages);

#endif
