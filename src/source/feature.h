// Feature: what every source emits, and all that the builder knows of the world's formats.
//
// A source (an OSM extract, a GeoNames table, a file of country polygons) is read into a sequence of
// features. One object of the source is one feature, whatever it is at once: a restaurant with an
// address is a place of interest *and* an address, a boundary relation with a place tag is an area
// *and* a place. `roles` says which. Order does not matter to the builder; the same input gives the
// same sequence, with any number of threads.
//
// Everything a feature points to belongs to the source and lives until the sink returns.
// Coordinates are WGS 84 in 1e-7 degrees. Text is valid UTF-8 as found, not folded, without control
// characters, trimmed; absent text has size 0.
#ifndef SOURCE_FEATURE_H
#define SOURCE_FEATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "geo/point.h"
#include "geo/ring.h"

// Where a feature comes from: the word before the colon of a public id ("osm:w123").
enum source_kind {
    SOURCE_DERIVED = 0,   // made by the builder from others: "rhumb:…"
    SOURCE_OSM,           // "osm:n1", "osm:w1", "osm:r1"
    SOURCE_GEONAMES,      // "geonames:1"
    SOURCE_COUNTRIES,     // Natural Earth and the like: "country:LI"
    SOURCE_DEMO,          // "demo:n1": the made-up town
    SOURCE_OPENADDRESSES, // "openaddresses:1": a row of a table of addresses
    SOURCE_REGIONS,       // of the world layer: "region:US-VT", "region:US-50007" (a county)
    SOURCE_WOF,           // "wof:1": a record of Who's On First
    SOURCE_MAPPED,        // "mapped:1": an object of a file that came with a mapping
};
#define SOURCE_KIND_COUNT 9
#define FEATURE_SAME_MAX  2

// The identity of one object in its source; it outlives a rebuild.
struct source_id {
    enum source_kind kind;
    char type;      // 'n', 'w', 'r' for OSM and demo; 0 where the source has one number space
    int64_t number; // may be negative; for countries: the two letters of the code, A=0, base 26;
                    // for regions: that, plus 676 times what is behind the dash, base 37 (0 is 1,
                    // A is 11)
};

// A feature has one or more roles.
enum feature_role {
    FEATURE_ADDRESS = 1 << 0,       // has a house number (address.number)
    FEATURE_STREET = 1 << 1,        // a named way piece (points = the line)
    FEATURE_PLACE = 1 << 2,         // a settlement or a part of one (place_type)
    FEATURE_AREA = 1 << 3,          // an administrative boundary (rings, admin_level)
    FEATURE_POI = 1 << 4,           // a place of interest (category)
    FEATURE_POSTCODE = 1 << 5,      // a postcode: boundary (rings) or point (address.postcode)
    FEATURE_INTERPOLATION = 1 << 6, // numbers along a line (points = the line, interpolation)
    FEATURE_COUNTRY_SHAPE = 1 << 7, // tells the country of a point (rings, address.country); is
                                    // an answer only where no boundary of that country is given
    FEATURE_REGION_SHAPE = 1 << 8,  // the same of a region (admin_level 4) or county (6)
    FEATURE_ZONE_SHAPE = 1 << 9,    // tells the time zone of a point (rings; the name is the zone)
};

enum place_type {
    PLACE_NONE = 0,
    PLACE_CONTINENT,
    PLACE_COUNTRY,
    PLACE_REGION, // state, province, region
    PLACE_COUNTY, // county, district
    PLACE_MUNICIPALITY,
    PLACE_CITY,
    PLACE_TOWN,
    PLACE_VILLAGE,
    PLACE_HAMLET,
    PLACE_ISOLATED, // isolated_dwelling, farm, locality: a named spot
    PLACE_BOROUGH,
    PLACE_SUBURB,
    PLACE_QUARTER,
    PLACE_NEIGHBOURHOOD,
    PLACE_ISLAND, // island, islet, archipelago
    PLACE_SQUARE, // a named square; addresses may be "in" it like in a street
};

enum name_role {
    NAME_MAIN = 0,  // name=*
    NAME_LOCALISED, // name:xx=* (language says which)
    NAME_OFFICIAL,
    NAME_ALTERNATIVE, // alt_name, one feature_name per ';' part
    NAME_SHORT,
    NAME_OLD,
    NAME_LOCAL,         // loc_name
    NAME_INTERNATIONAL, // int_name
    NAME_REFERENCE,     // ref of a street ("A13"), IATA code …
};

struct feature_name {
    struct bytes text;
    char language[12]; // BCP 47 as tagged, lower case primary subtag ("de", "zh-Hant"); "" if none
    enum name_role role;
};

struct feature_address {
    struct bytes number; // as tagged: "12", "12a", "194-06", "12;14"
    struct bytes unit;
    struct bytes street; // addr:street
    struct bytes place;  // addr:place, where there is no street
    struct bytes suburb, city, district, state;
    struct bytes postcode;
    char country[3]; // ISO 3166-1 alpha-2, upper case; "" if unknown
};

// One thing more that a source says: ("cuisine", "pizza"), ("wikidata", "Q42"). Keys are the source's
// own, of OpenStreetMap's where it has a word for it.
struct feature_fact {
    struct bytes key, value;
};

enum { FEATURE_FACTS_MAX = 32, FEATURE_FACT_SIZE_MAX = 512 };

enum interpolation {
    INTERPOLATION_NONE = 0,
    INTERPOLATION_ALL,
    INTERPOLATION_EVEN,
    INTERPOLATION_ODD,
    INTERPOLATION_ALPHABETIC,
};

struct feature {
    struct source_id id;
    unsigned roles; // of enum feature_role
    struct geo_point
        point; // where it is: the node; a point inside the polygon; the middle of a line

    const struct geo_point *points; // STREET and INTERPOLATION: the line
    size_t point_count;
    const int64_t *nodes;   // ids of the line's points, where the source has them; else NULL
    struct geo_rings rings; // AREA, POSTCODE and shapes with extent; ring_count 0 otherwise
    struct geo_box box;     // of the line or rings; a point's is the point twice

    const struct feature_name *names;
    size_t name_count;
    struct feature_address address;

    // What kind of thing it is in the words of OpenStreetMap: ("amenity", "restaurant"), ("boundary",
    // "administrative"), ("highway", "residential"); of a POI what its category was read from. An
    // empty key: the source has no such words.
    struct feature_fact kind;
    const struct feature_fact *facts; // at most FEATURE_FACTS_MAX, of FEATURE_FACT_SIZE_MAX bytes
    size_t fact_count;
    uint8_t source; // set by who reads several inputs: which one

    uint16_t category; // POI: index into the table of source/category.h; 0 none
    struct bytes opening_hours;
    struct bytes wikidata; // "Q123" or empty
    bool has_wikipedia;
    uint64_t population; // 0 unknown

    enum place_type place_type;
    uint8_t admin_level;    // AREA: 2..11; 0 unknown
    char country_code[3];   // ISO 3166-1 alpha-2 that the *object itself* is or is tagged with
    char region_code[8];    // ISO 3166-2, e.g. "US-NY"
    struct source_id label; // AREA: the place node its relation names as label, else admin_centre
    bool has_label;
    // What the same object is called in other sources, where the source says so.
    struct source_id same[FEATURE_SAME_MAX];
    unsigned same_count;

    enum interpolation interpolation;
    // INTERPOLATION: house numbers found on the line's own nodes, by position in `points`
    const struct feature_end {
        uint32_t position;
        uint32_t number;
        char letter; // of "12c", lower case, which ALPHABETIC counts by; 0 where there is none
        struct bytes street, postcode, city; // from that node's tags; empty if absent
    } * ends;
    size_t end_count;

    // STREET: what kind of way, from 0 (footway, track) to 7 (motorway); decides importance.
    uint8_t street_rank;
};

// Where features go. A status other than OK stops the reading and is returned to whoever began it.
struct feature_sink {
    enum status (*take)(void *context, const struct feature *feature, struct fault *fault);
    void *context;
};

// What a source says of itself once it has been read.
struct source_summary {
    enum source_kind kind;
    char name[256];         // of the file, without folder; cut when longer, empty: none
    char attribution[256];  // "© OpenStreetMap contributors"
    char licence[128];      // "ODbL 1.0"
    char url[256];          // "https://www.openstreetmap.org/copyright"
    int64_t data_time_s;    // of the data, seconds since 1970; 0 unknown
    uint64_t input_size;    // bytes read
    uint64_t feature_count; // emitted
    uint64_t skipped_count; // broken objects left out (each counted, the first few in `warnings`)
};

#endif
