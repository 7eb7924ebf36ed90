// What the files of Nominatim's dialect share.
//
// An endpoint reads its parameters, asks, and answers: it begins an answer, adds places one by one and
// ends it; the format decides what that writes. What cannot be read is answered with the error, and
// the endpoint returns at once: nominatim_read_… are false then.
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
#define NOMINATIM_FORMATS_OF_PLACES                                        \
    (1U << NOMINATIM_XML | 1U << NOMINATIM_JSON | 1U << NOMINATIM_JSONV2 | \
     1U << NOMINATIM_GEOJSON | 1U << NOMINATIM_GEOCODEJSON)

// Ways to write an outline.
enum nominatim_outline {
    NOMINATIM_NO_OUTLINE,
    NOMINATIM_OUTLINE_GEOJSON,
    NOMINATIM_OUTLINE_KML,
    NOMINATIM_OUTLINE_SVG,
    NOMINATIM_OUTLINE_TEXT,
};

// What an answer is of.
enum nominatim_kind { NOMINATIM_SEARCH, NOMINATIM_LOOKUP, NOMINATIM_REVERSE };

// Themes of ?layer=, bits.
enum nominatim_theme {
    NOMINATIM_ADDRESS = 1 << 0,
    NOMINATIM_POI = 1 << 1,
    NOMINATIM_RAILWAY = 1 << 2,
    NOMINATIM_NATURAL = 1 << 3,
    NOMINATIM_MANMADE = 1 << 4,
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
    bool has_address, has_extratags, has_namedetails, has_entrances; // are asked for
    enum nominatim_outline outline;
    double threshold_deg;
    struct bytes callback; // of JSONP; size 0: none
    // The answer under way.
    enum nominatim_kind kind;
    uint64_t sources; // whom it is of: bits of atlas->sources
    struct json_writer json;
    struct bytes query;             // what was asked, for those who show it
    struct bytes excluded, viewbox; // as given; of a search
    struct bytes more;              // of an XML list: where there is more
    unsigned place_count;
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
    bool has_own_line; // the first of them is the place itself
};

// --- Parameters (nominatim_read.c) ---

// `formats` has the bit of each that may be asked for. Also reads json_callback.
MUST_USE bool nominatim_read_format(struct nominatim *nominatim, unsigned formats,
                                    enum nominatim_format fallback);
MUST_USE bool nominatim_read_whole(struct nominatim *nominatim, const char *name, int64_t fallback,
                                   int64_t *value);
// A number that has to be there.
MUST_USE bool nominatim_read_number(struct nominatim *nominatim, const char *name, double *value);
bool nominatim_flag(const struct nominatim *nominatim, const char *name, bool fallback);
// addressdetails, extratags, namedetails, entrances, polygon_*.
MUST_USE bool nominatim_read_details(struct nominatim *nominatim, bool has_address);
// layer=; `fallback` where there is none.
MUST_USE bool nominatim_read_themes(struct nominatim *nominatim, unsigned fallback,
                                    unsigned *themes);
// "W123", in either case. False: it is none.
bool nominatim_parse_osm_id(struct bytes text, char *osm_type, int64_t *osm_id);
PRINTF_LIKE(3, 4)
void nominatim_fail(struct nominatim *nominatim, unsigned status, const char *format, ...);

// --- Places (nominatim_place.c) ---

// Fails: NO_MEMORY.
MUST_USE enum status nominatim_place_make(const struct nominatim *nominatim,
                                          const struct search_result *result,
                                          struct nominatim_place *place);
// The themes a place belongs to.
unsigned nominatim_place_themes(const struct nominatim_place *place);
// Ranks of a document that is an area or a settlement.
void nominatim_area_ranks(const struct atlas_doc *doc, uint8_t *search, uint8_t *address);
uint64_t nominatim_place_id(const struct atlas *atlas, uint32_t reference);
// The reference of a place_id; false: there is none.
bool nominatim_place_find(const struct atlas *atlas, uint64_t place_id, uint32_t *reference);
// Id in OSM of a packed one; false: it has none.
bool nominatim_osm_id(uint64_t packed, char *osm_type, int64_t *osm_id);

// Calls `take` with the tags that are asked for with extratags, with the names of namedetails.
typedef void nominatim_take(void *context, struct bytes key, struct bytes value);
void nominatim_each_tag(const struct nominatim *nominatim, const struct nominatim_place *place,
                        nominatim_take *take, void *context);
void nominatim_each_name(const struct nominatim *nominatim, const struct nominatim_place *place,
                         nominatim_take *take, void *context);
// The label of a line; false: an earlier line has it.
bool nominatim_line_is_first(const struct nominatim_place *place, unsigned index);
const char *nominatim_type_word(char osm_type); // "node"

// --- Answers ---

// Of json, jsonv2, geojson, geocodejson and xml. Before it, nominatim_credit is called with what the answer
// holds.
void nominatim_credit(struct nominatim *nominatim, const struct search_result *result);
void nominatim_begin(struct nominatim *nominatim, enum nominatim_kind kind);
void nominatim_add(struct nominatim *nominatim, const struct nominatim_place *place);
void nominatim_end(struct nominatim *nominatim);

// Whom to name for these sources (bits): OpenStreetMap in Nominatim's words, others in their own.
struct bytes nominatim_licence(const struct nominatim *nominatim, uint64_t sources);
// The bit of a result's source; 0: made by the builder, live, or not said.
uint64_t nominatim_source(const struct nominatim *nominatim, const struct search_result *result);

// The parentheses of JSONP, where they are asked for.
void nominatim_callback_begin(struct nominatim *nominatim);
void nominatim_callback_end(struct nominatim *nominatim);

void nominatim_json_begin(struct nominatim *nominatim);
void nominatim_json_add(struct nominatim *nominatim, const struct nominatim_place *place);
void nominatim_json_end(struct nominatim *nominatim);
void nominatim_xml_begin(struct nominatim *nominatim);
void nominatim_xml_add(struct nominatim *nominatim, const struct nominatim_place *place);
void nominatim_xml_end(struct nominatim *nominatim);
// Text with what XML gives a meaning escaped, for elements and attributes alike.
void nominatim_xml_text(struct buffer *out, struct bytes text);

// The outline of a place (nominatim_outline.c): an area, the lines of a street, else its point. `quote` is
// how a quotation mark is written where it goes.
void nominatim_outline_write(const struct nominatim *nominatim, const struct nominatim_place *place,
                             enum nominatim_outline outline, const char *quote, struct buffer *out);

// Degrees with seven decimals: "47.1392860".
#define NOMINATIM_DEGREES_SIZE 16
struct bytes nominatim_degrees(int32_t value_e7, char text[NOMINATIM_DEGREES_SIZE]);

// --- Endpoints. Fail: NO_MEMORY ---

MUST_USE enum status nominatim_search(struct nominatim *nominatim);
MUST_USE enum status nominatim_reverse(struct nominatim *nominatim);
MUST_USE enum status nominatim_lookup(struct nominatim *nominatim);
MUST_USE enum status nominatim_details(struct nominatim *nominatim);
MUST_USE enum status nominatim_status(struct nominatim *nominatim);

#endif
