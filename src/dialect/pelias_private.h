// What the files of the Pelias dialect share: a request taken apart with what is to be said of it,
// and the words of its answers.
//
//   pelias.c         paths, searches, filters, replies
//   pelias_read.c    parameters --> struct pelias_request, errors and warnings
//   pelias_area.c    boundaries and focus among them
//   pelias_word.c    layers, sources and ids: ours and theirs
//   pelias_echo.c    the request again, as an answer's "geocoding" shows it
//   pelias_write.c   a description --> a GeoJSON feature with its label
#ifndef DIALECT_PELIAS_PRIVATE_H
#define DIALECT_PELIAS_PRIVATE_H

#include "codec/json_write.h"
#include "command/ask.h"
#include "dialect/dialect.h"
#include "dialect/form.h"

enum pelias_path {
    PELIAS_SEARCH,
    PELIAS_STRUCTURED,
    PELIAS_AUTOCOMPLETE,
    PELIAS_REVERSE,
    PELIAS_NEARBY,
    PELIAS_PLACE,
    PELIAS_ATTRIBUTION, // who is to be named, as text
};

// Their layers; those behind LAYERS_OURS exist in Pelias and never here.
enum pelias_layer {
    PELIAS_VENUE,
    PELIAS_ADDRESS,
    PELIAS_STREET,
    PELIAS_INTERSECTION,
    PELIAS_COUNTRY,
    PELIAS_DEPENDENCY,
    PELIAS_REGION,
    PELIAS_COUNTY,
    PELIAS_LOCALITY,
    PELIAS_LOCALADMIN,
    PELIAS_BOROUGH,
    PELIAS_NEIGHBOURHOOD,
    PELIAS_POSTALCODE,
    PELIAS_LAYERS_OURS,
    PELIAS_LAYER_COUNT = PELIAS_LAYERS_OURS + 10,
};
#define PELIAS_COARSE                                                                 \
    (((1U << PELIAS_LAYER_COUNT) - 1) & ~(1U << PELIAS_VENUE | 1U << PELIAS_ADDRESS | \
                                          1U << PELIAS_STREET | 1U << PELIAS_INTERSECTION))

// Data sources that requests may name.
enum pelias_source {
    PELIAS_OPENSTREETMAP,
    PELIAS_OPENADDRESSES,
    PELIAS_WHOSONFIRST,
    PELIAS_GEONAMES,
    PELIAS_OTHER, // "live", "demo", "rhumb", a country of Natural Earth …
    PELIAS_SOURCE_COUNT,
};

enum pelias_part {
    PELIAS_PART_VENUE,
    PELIAS_PART_ADDRESS,
    PELIAS_PART_UNIT,
    PELIAS_PART_NEIGHBOURHOOD,
    PELIAS_PART_BOROUGH,
    PELIAS_PART_LOCALITY,
    PELIAS_PART_COUNTY,
    PELIAS_PART_REGION,
    PELIAS_PART_POSTALCODE,
    PELIAS_PART_COUNTRY,
    PELIAS_PART_COUNT,
};
extern const char *const pelias_part_names[PELIAS_PART_COUNT];

enum { PELIAS_NOTES_MAX = 12, PELIAS_CATEGORIES_MAX = 16, PELIAS_NOTE_SIZE = 400 };

struct pelias_notes {
    char texts[PELIAS_NOTES_MAX][PELIAS_NOTE_SIZE];
    unsigned count;
};

struct pelias_request {
    enum pelias_path path;
    struct bytes text;                     // size 0: none
    struct bytes parts[PELIAS_PART_COUNT]; // of a structured search
    struct bytes ids;                      // of places, comma-separated
    unsigned layers, sources;              // bits; 0: all
    struct bytes categories[PELIAS_CATEGORIES_MAX];
    unsigned category_count;
    bool shows_categories;
    unsigned size;
    bool is_private, wants_debug;
    struct languages languages;
    bool is_language_defaulted;
    const char *language_via; // "querystring", "header", "default"
    bool has_point, has_focus, has_rect, has_circle, has_viewport;
    struct geo_point point; // of reverse
    struct geo_point focus;
    unsigned zoom; // of the viewport; 0: none
    struct geo_box viewport, rect;
    struct geo_point circle;
    double radius_m; // of the circle, and of reverse
    uint16_t countries[SEARCH_COUNTRIES_MAX];
    unsigned country_count;
    struct bytes boundary_gid; // size 0: none
    struct pelias_notes errors, warnings;
};

PRINTF_LIKE(2, 3)
void pelias_note(struct pelias_notes *notes, const char *format, ...);

// Reads all parameters; what is wrong is in request->errors.
void pelias_read(enum pelias_path path, const struct form *form, struct bytes accept_language,
                 struct pelias_request *request);
void pelias_read_areas(const struct form *form, struct pelias_request *request);

// --- words

const char *pelias_layer_name(enum pelias_layer layer);
// Bits of a layer or an alias ("coarse"); 0: there is none of this name.
unsigned pelias_layer_parse(struct bytes name);
enum pelias_layer pelias_layer_of(const struct description *description);
// Of something that contains a place of the country with this code.
enum pelias_layer pelias_part_layer(enum atlas_layer layer, const char country_code[3]);
// "Europe"; NULL: of no country with that code.
const char *pelias_continent(const char country_code[3]);
// The bits of our layers that hold theirs.
unsigned pelias_atlas_layers(unsigned layers);

const char *pelias_source_name(enum pelias_source source);
// PELIAS_SOURCE_COUNT when there is none of this name, long or short.
enum pelias_source pelias_source_parse(struct bytes name);

// An id of ours, "osm:w123", in theirs.
struct pelias_id {
    enum pelias_source source;
    struct bytes source_name; // "openstreetmap"
    char id[64];              // "way/123"
};
void pelias_id_of(struct bytes id, struct pelias_id *out);
// A gid, "openstreetmap:venue:way/123", as an id of ours. Fails: OUT_OF_RANGE when it is no gid;
// NOT_FOUND when nothing here can have it.
#define PELIAS_ID_SIZE 256
MUST_USE enum status pelias_gid_read(struct bytes gid, char id[PELIAS_ID_SIZE]);

// --- answers

void pelias_echo(struct json_writer *json, const struct pelias_request *request,
                 const struct dialect_request *asked);
void pelias_feature_write(struct json_writer *json, const struct pelias_request *request,
                          const struct search_world *world, const struct search_result *result,
                          struct bytes id, const struct description *description);

#endif
