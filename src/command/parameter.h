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
    PARAMETER_TEXT,       // not empty, at most SEARCH_TEXT_SIZE_MAX bytes
    PARAMETER_ID,         // a place's, "osm:w123", "live:fleet:truck7"
    PARAMETER_IDS,        // several, comma-separated
    PARAMETER_POINT,      // LAT,LON
    PARAMETER_LATITUDE,   // degrees
    PARAMETER_LONGITUDE,  // degrees
    PARAMETER_BOX,        // west,south,east,north
    PARAMETER_LAYERS,     // names, comma-separated
    PARAMETER_COUNTRIES,  // ISO 3166-1 alpha-2, comma-separated
    PARAMETER_LANGUAGES,  // BCP 47, comma-separated, best first
    PARAMETER_COUNT,      // a whole number
    PARAMETER_ZOOM,       // a whole number: the level of a map
    PARAMETER_METRES,     // a number
    PARAMETER_SWITCH,     // 1, true, 0, false
    PARAMETER_PART,       // text of one part of an address: `part`
    PARAMETER_COUNTRY,    // PARAMETER_COUNTRIES, or a country's name or code of three letters
    PARAMETER_CATEGORIES, // names or groups, comma-separated
    PARAMETER_BRANDS,     // names, comma-separated
    PARAMETER_REGION,     // a place's id, west,south,east,north or GeoJSON
    PARAMETER_SHAPE,      // GeoJSON: a geometry or a Feature
    PARAMETER_GEOMETRY,   // point, outline
    PARAMETER_TOLERANCE,  // metres, of outlines
    // Of calls (command/call.h) alone:
    PARAMETER_NAME, // of a collection, an object, a fence: any bytes, 1 to PARAMETER_NAME_SIZE_MAX
    PARAMETER_STRING,   // any text up to PARAMETER_STRING_SIZE_MAX: a filter, a cursor, a geometry
    PARAMETER_WHOLE,    // a whole number of 63 bits, not negative
    PARAMETER_NUMBER,   // a number
    PARAMETER_TIME,     // RFC 3339 with an offset, or milliseconds since 1970
    PARAMETER_DURATION, // 90s, 15m, 12h, 7d, or milliseconds
    PARAMETER_WORD,     // one of `words`
};

enum {
    PARAMETER_NAME_SIZE_MAX = 512,
    PARAMETER_STRING_SIZE_MAX = 1 << 16,
    PARAMETER_IDS_MAX = 50,
};

struct parameter {
    const char *name;
    enum parameter_kind kind;
    bool is_required;
    unsigned minimum, maximum; // COUNT, ZOOM, METRES
    const char *fallback;      // what holds when it is absent, as it would be typed; NULL: nothing
    const char *example;
    const char *help;  // a sentence
    const char *words; // WORD: "asc desc"; POINT: "ip" where the server knows the caller's place
    enum search_part part; // PART
    bool is_facts;         // SWITCH: sets has_facts instead of explains
};

// The values of all kinds of parameters; a command reads those its table names.
struct arguments {
    struct bytes text;      // as given
    struct bytes given_id;  // as given
    struct bytes given_ids; // as given, each of them an id
    bool has_parts;
    struct bytes parts[SEARCH_PART_COUNT]; // as given
    struct bytes given_shape;              // as given; size 0: none
    struct bytes given_area;               // the id of a place that is one; size 0: none
    bool has_categories;
    struct category_set categories;
    struct bytes brands[SEARCH_BRANDS_MAX];
    unsigned brand_count;
    const struct shape *within; // what it says; the commander's
    uint64_t id;                // of the atlas; 0: of a live object
    bool has_near, has_box, has_languages;
    struct geo_point near;
    struct geo_point point; // of lat and lon
    struct geo_box box;
    unsigned layers; // bits; 0: all
    uint16_t countries[SEARCH_COUNTRIES_MAX];
    unsigned country_count;
    struct bytes given_country; // as given, where a name would do too
    struct languages languages;
    unsigned limit;
    unsigned zoom; // 0: not told
    double radius_m;
    bool explains;
    bool has_facts;
    bool has_outlines;
    double tolerance_m; // of outlines
};

// Sets the field of `arguments` that the kind stands for. The fault's sentence does not repeat the
// parameter's name. Fails: OUT_OF_RANGE.
MUST_USE enum status parameter_set(const struct parameter *parameter, struct bytes value,
                                   struct arguments *arguments, struct fault *fault);

// The value of one parameter of a call, by its kind.
struct value {
    bool is_given;     // or has a fallback
    struct bytes text; // as given; of ID, NAME, STRING, TEXT that is the value
    union {
        int64_t
            whole; // COUNT, WHOLE; TIME, DURATION in microseconds; WORD: its index; SWITCH: 0, 1
        double number; // NUMBER, METRES, LATITUDE, LONGITUDE (degrees)
        uint64_t id;   // ID
        struct geo_point point;
        struct geo_box box;
    };
};

// Reads any kind but LAYERS, COUNTRIES and LANGUAGES; the text is borrowed. Fails: OUT_OF_RANGE with a
// sentence that does not repeat the parameter's name.
MUST_USE enum status value_read(const struct parameter *parameter, struct bytes text,
                                struct value *value, struct fault *fault);
// The pieces of it, for members of JSON bodies that mean the same.
MUST_USE bool value_parse_time(struct bytes text, int64_t *time_us);
MUST_USE bool value_parse_duration(struct bytes text, int64_t *duration_us);
MUST_USE bool value_parse_number(struct bytes text, double *number);

// Reads an Accept-Language field; what it does not understand it leaves out.
void parameter_accept_languages(struct bytes field, struct languages *languages);

#endif
