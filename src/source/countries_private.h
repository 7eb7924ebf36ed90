// Countries, inside: what the properties of one polygon make of it.
#ifndef SOURCE_COUNTRIES_PRIVATE_H
#define SOURCE_COUNTRIES_PRIVATE_H

#include "codec/json_read.h"
#include "source/countries.h"
#include "source/pool.h"

enum outline_kind {
    OUTLINE_COUNTRY,
    OUTLINE_REGION,
    OUTLINE_COUNTY,
    OUTLINE_ZONE,
    OUTLINE_KIND_COUNT,
};

enum { OUTLINE_NAMES_MAX = 128 };

// Where a country's code may stand, the most trusted first: ISO_A2 is -99 for France and Norway,
// whose ISO_A2_EH is right.
enum code_rank {
    CODE_A2_EH,
    CODE_A2,
    CODE_A3_EH,
    CODE_A3,
    CODE_ADMIN_A3,
    CODE_NONE,
};

// The feature being read. Texts live in its pool.
struct outline {
    struct pool *pool;
    enum input_kind wanted; // what the input was said to be
    enum outline_kind kind; // known once it is filled in
    bool is_polygon;
    bool has_region_key; // iso_3166_2, adm1_code: only regions have them
    char country[3];
    enum code_rank rank;       // of the country's code
    char region[8];            // ISO 3166-2; "" none
    struct bytes region_given; // as it stands there: Natural Earth invents some
    struct bytes region_own;   // "AUS-2651"
    struct bytes admin;        // of a country another name; of a region its country's
    struct bytes county;       // "0500000US01001"
    struct bytes county_kind;  // "County", "Parish"
    struct bytes zone;         // "Europe/Vaduz"
    struct feature_name names[OUTLINE_NAMES_MAX];
    size_t name_count;
    uint64_t population;
    struct bytes wikidata;
};

void outline_begin(struct outline *outline, enum input_kind wanted, struct pool *pool);

// A property whose value is text; `key` in lower case.
void outline_property(struct outline *outline, const char *key, struct bytes value);

// All but geometry. False: nothing says what it is the outline of.
bool outline_fill(struct outline *outline, struct feature *feature);

#endif
