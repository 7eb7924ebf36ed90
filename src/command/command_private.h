// What the files of this layer share.
#ifndef COMMAND_COMMAND_PRIVATE_H
#define COMMAND_COMMAND_PRIVATE_H

#include "base/arena.h"
#include "codec/json_write.h"
#include "command/command.h"
#include "text/zone.h"

struct commander {
    struct searcher *searcher;
    struct arena arena;      // of one request
    struct buffer texts, id; // scratch: of one live object
    struct buffer shape;     // of one request
    struct shape within;     // its bytes
    struct zone_cache zones;
    struct search_result results[SEARCH_LIMIT_MAX];
};

// Turns what a search says into a failure.
enum status command_fail_search(struct command_failure *failure, enum status status,
                                const struct fault *fault);

// The same where texts were searched: names the longest of them, which is the one at fault.
enum status command_fail_texts(struct command_failure *failure, enum status status,
                               const struct arguments *arguments, const struct fault *fault);

// Appends the FeatureCollection of `count` results. `has_match`: they were searched for and carry
// confidence and match type. Fails: NO_MEMORY.
MUST_USE enum status features_write(struct commander *commander, const struct search_world *world,
                                    const struct search_result *results, unsigned count,
                                    const struct arguments *arguments, struct buffer *out);

// One Feature; "attribution":[…] of what is named by `count` results.
MUST_USE enum status features_write_one(struct commander *commander,
                                        const struct search_world *world,
                                        const struct search_result *result,
                                        const struct arguments *arguments,
                                        struct json_writer *json);
// The places of arguments->given_ids in their order, and "absent": the ids that nothing has.
MUST_USE enum status places_write(struct commander *commander, const struct search_world *world,
                                  const struct arguments *arguments, struct buffer *out);
// Places of interest around a point or in an area (command/nearby.c).
MUST_USE enum status nearby_run(struct commander *commander, const struct search_world *world,
                                const struct arguments *arguments, struct buffer *out,
                                struct command_failure *failure);
void features_write_attribution(const struct atlas *atlas, const struct search_result *results,
                                unsigned count, struct json_writer *json);

// A member that is left out when its text is empty.
#define WRITE_TEXT(json, name, text)   \
    do {                               \
        if ((text).size != 0) {        \
            JSON_KEY((json), name);    \
            json_text((json), (text)); \
        }                              \
    } while (0)

// A member that is null when its text is empty.
#define WRITE_KNOWN(json, name, text)  \
    do {                               \
        JSON_KEY((json), name);        \
        if ((text).size != 0) {        \
            json_text((json), (text)); \
        } else {                       \
            json_null(json);           \
        }                              \
    } while (0)

// The member "timezone": the zone and what its clocks show; null without one.
void features_write_zone(struct json_writer *json, struct commander *commander, struct bytes zone,
                         int64_t now_us);

// Rows that several commands have.
#define PARAMETER_ROW_NEAR                                                                        \
    {                                                                                             \
        .name = "near", .kind = PARAMETER_POINT, .words = "ip", .example = "47.14,9.52",          \
        .help = "A point LAT,LON; of several good answers the nearer comes first. ip: where the " \
                "request comes from (--mmdb)."                                                    \
    }
#define PARAMETER_ROW_ZOOM                                                                     \
    {                                                                                          \
        .name = "zoom", .kind = PARAMETER_ZOOM, .minimum = 1, .maximum = SEARCH_ZOOM_MAX,      \
        .example = "15",                                                                       \
        .help = "The level of the map that `near` is the middle of: the smaller, the farther " \
                "still counts as near; 13 unless given."                                       \
    }
#define PARAMETER_ROW_LAYERS                                                                       \
    {                                                                                              \
        .name = "layers", .kind = PARAMETER_LAYERS, .example = "address,street",                   \
        .help = "Only these kinds of places, comma-separated: country, region, county, "           \
                "locality, borough, neighbourhood, postcode, street, poi, address, intersection, " \
                "point."                                                                           \
    }
#define PARAMETER_ROW_COUNTRY                                                        \
    {                                                                                \
        .name = "country", .kind = PARAMETER_COUNTRIES, .example = "LI,CH",          \
        .help = "Only in these countries, comma-separated ISO 3166-1 alpha-2 codes." \
    }
#define PARAMETER_ROW_BBOX                                                                   \
    {                                                                                        \
        .name = "bbox", .kind = PARAMETER_BOX, .example = "9.47,47.04,9.64,47.28",           \
        .help = "Only inside west,south,east,north; west > east crosses the 180th meridian." \
    }
// Corners of a posted area: each answer is compared with it.
#define WITHIN_POINTS_MAX 10000
#define PARAMETER_ROW_WITHIN                                                                   \
    {                                                                                          \
        .name = "within", .kind = PARAMETER_SHAPE,                                             \
        .example = "{\"type\":\"Polygon\",\"coordinates\":[[[9.5,47.1],[9.6,47.1],"            \
                   "[9.6,47.2],[9.5,47.1]]]}",                                                 \
        .help = "Only what lies inside this area: a geometry or a Feature of GeoJSON with at " \
                "most 10000 corners. What is longer than a URL may be is posted as JSON."      \
    }
#define PARAMETER_ROW_PART(name_, part_, example_, help_)                                \
    {                                                                                    \
        .name = (name_), .kind = PARAMETER_PART, .part = (part_), .example = (example_), \
        .help = (help_)                                                                  \
    }
#define PARAMETER_ROWS_PARTS                                                                  \
    PARAMETER_ROW_PART("name", PART_NAME, "Kunstmuseum", "The name of a place of interest."), \
        PARAMETER_ROW_PART("number", PART_NUMBER, "1", "The house number."),                  \
        PARAMETER_ROW_PART("street", PART_STREET, "Landstrasse",                              \
                           "The street, perhaps with the house number."),                     \
        PARAMETER_ROW_PART("unit", PART_UNIT, "Apt 4B", "The flat, suite or floor."),         \
        PARAMETER_ROW_PART("neighbourhood", PART_NEIGHBOURHOOD, "Ebenholz",                   \
                           "The quarter or neighbourhood."),                                  \
        PARAMETER_ROW_PART("borough", PART_BOROUGH, "Queens", "The borough or suburb."),      \
        PARAMETER_ROW_PART("locality", PART_LOCALITY, "Vaduz", "The city, town or village."), \
        PARAMETER_ROW_PART("county", PART_COUNTY, "Chittenden", "The county or district."),   \
        PARAMETER_ROW_PART("region", PART_REGION, "VT",                                       \
                           "The state or province: its name or its code (ISO 3166-2 without " \
                           "the country)."),                                                  \
        PARAMETER_ROW_PART("postcode", PART_POSTCODE, "9490", "The postcode.")

#define PARAMETER_ROW_LANG                                                            \
    {                                                                                 \
        .name = "lang", .kind = PARAMETER_LANGUAGES, .example = "de",                 \
        .help = "Names in this language (BCP 47), or the first there is of several, " \
                "comma-separated; without it, the Accept-Language of the request."    \
    }
#define PARAMETER_ROW_LIMIT(fallback_)                                                       \
    {                                                                                        \
        .name = "limit", .kind = PARAMETER_COUNT, .minimum = 1, .maximum = SEARCH_LIMIT_MAX, \
        .fallback = (fallback_), .example = (fallback_), .help = "At most so many features." \
    }
#define PARAMETER_ROW_GEOMETRY                                                                     \
    {                                                                                              \
        .name = "geometry", .kind = PARAMETER_GEOMETRY, .fallback = "point", .example = "outline", \
        .help = "With outline, areas come as their polygons and streets as their lines; `pin` "    \
                "is then their point."                                                             \
    }
#define PARAMETER_ROW_TOLERANCE                                                             \
    {                                                                                       \
        .name = "tolerance", .kind = PARAMETER_TOLERANCE, .minimum = 0, .maximum = 100000,  \
        .fallback = "0", .example = "50",                                                   \
        .help = "How far outlines may be off, in metres: with more they have fewer points." \
    }
#define PARAMETER_ROW_FACTS(fallback_)                                                           \
    {                                                                                            \
        .name = "facts", .kind = PARAMETER_SWITCH, .fallback = (fallback_), .example = "1",      \
        .is_facts = true,                                                                        \
        .help = "With 1, each feature shows what kind of thing its source says it is, the tags " \
                "kept of it (`facts`) and all its names."                                        \
    }
#define PARAMETER_ROW_EXPLAIN                                                         \
    {                                                                                 \
        .name = "explain", .kind = PARAMETER_SWITCH, .fallback = "0", .example = "1", \
        .help = "With 1, each feature shows the terms of its score."                  \
    }

#endif
