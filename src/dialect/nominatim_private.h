// What the files of Nominatim's dialect share.
#ifndef DIALECT_NOMINATIM_PRIVATE_H
#define DIALECT_NOMINATIM_PRIVATE_H

#include "codec/json_write.h"
#include "command/ask.h"
#include "dialect/dialect.h"
#include "dialect/form.h"
#include "dialect/nominatim.h"

#define NOMINATIM_LICENCE \
    "Data \xc2\xa9 OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright"

enum nominatim_format {
    NOMINATIM_XML,
    NOMINATIM_JSON,
    NOMINATIM_JSONV2,
    NOMINATIM_GEOJSON,
    NOMINATIM_GEOCODEJSON,
    NOMINATIM_TEXT, // of /status
};

// One request under way.
struct nominatim {
    struct commander *commander;
    const struct search_world *world;
    const struct dialect_request *request;
    struct dialect_reply *reply;
    struct arena *arena;
    struct form form;
    struct languages languages;
    enum nominatim_format format;
    bool has_address, has_extratags, has_namedetails; // are asked for
    struct bytes query;                               // what was asked, for those who show it
};

// A line of an address: "road", "Landstrasse".
struct nominatim_line {
    struct bytes label, name;
    struct bytes region_code; // ISO 3166-2
    uint32_t doc;             // UINT32_MAX: none
    uint8_t rank;             // of addresses
    uint8_t admin_level;      // 0: no boundary
};

enum { NOMINATIM_LINES_MAX = DESCRIPTION_PARTS_MAX + 8 };

// A result in Nominatim's words. Texts live as long as its description.
struct nominatim_place {
    const struct search_result *result;
    struct description description;
    uint64_t place_id; // 0: none
    char osm_type;     // 'N', 'W', 'R'; 0: it is no object of OSM
    int64_t osm_id;
    struct bytes key, value; // the main tag
    uint8_t rank_search, rank_address, admin_level;
    double importance;
    struct bytes type; // addresstype
    struct bytes name;
    struct bytes display_name;
    char country_code[3]; // lower case
    struct geo_box box;
    struct nominatim_line lines[NOMINATIM_LINES_MAX]; // most specific first
    unsigned line_count;
};

// --- Parameters. Failing ones write the error as the answer and return false. ---

MUST_USE bool nominatim_read_format(struct nominatim *nominatim, unsigned formats,
                                    enum nominatim_format fallback);
MUST_USE bool nominatim_read_whole(struct nominatim *nominatim, const char *name, int64_t fallback,
                                   int64_t *value);
MUST_USE bool nominatim_read_number(struct nominatim *nominatim, const char *name, double *value);
bool nominatim_flag(const struct nominatim *nominatim, const char *name, bool fallback);
// addressdetails, extratags, namedetails.
void nominatim_read_details(struct nominatim *nominatim, bool has_address);
PRINTF_LIKE(3, 4)
void nominatim_fail(struct nominatim *nominatim, unsigned status, const char *format, ...);

// --- Places ---

// Fails: NO_MEMORY.
MUST_USE enum status nominatim_place_make(const struct nominatim *nominatim,
                                          const struct search_result *result,
                                          struct nominatim_place *place);

// --- Answers: begun, one call a place, ended ---

void nominatim_json_begin(struct nominatim *nominatim, struct json_writer *json);
void nominatim_json_place(const struct nominatim *nominatim, struct json_writer *json,
                          const struct nominatim_place *place);
void nominatim_json_end(struct nominatim *nominatim, struct json_writer *json);

// --- Endpoints ---

enum status nominatim_search(struct nominatim *nominatim);

#endif
