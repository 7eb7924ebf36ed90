// Describe: what a document or a house row says of itself, in the caller's language.
//
// Fills a plain struct that serialisers (GeoJSON, dialects) and the label writer read. Text points
// into the atlas or into the arena of the caller. Any thread; allocates only in `arena`.
#ifndef ATLAS_DESCRIBE_H
#define ATLAS_DESCRIBE_H

#include "atlas/atlas.h"
#include "base/arena.h"

// Languages in order of preference, primary subtags or full tags ("de", "zh-Hant"); none: the names
// as they are written locally.
struct languages {
    char tags[4][12];
    unsigned count;
};

struct description_part {
    enum atlas_layer layer;
    uint32_t doc;
    struct bytes name;
    char id[ATLAS_ID_TEXT_SIZE];
};

#define DESCRIPTION_PARTS_MAX 16

struct description {
    char id[ATLAS_ID_TEXT_SIZE];
    enum atlas_layer layer;
    struct geo_point point;
    bool has_box;
    struct geo_box box;
    struct bytes name;  // of the document; for a house "street number" in the country's order
    struct bytes label; // one line: name, then where, in the country's address order; in the arena

    // Components; size 0 when absent. An intersection has both streets.
    struct bytes cross_street;
    struct bytes number, unit, street, neighbourhood, borough, locality, postcode, county, region;
    struct bytes country;
    char country_code[3];     // ISO 3166-1 alpha-2, "" unknown
    struct bytes region_code; // ISO 3166-2
    struct bytes category;    // "food.restaurant"
    struct bytes opening_hours;
    uint32_t population;
    bool is_interpolated;

    char country_code3[4]; // ISO 3166-1 alpha-3, "" unknown
    struct bytes zone;     // of the time zone database: "Europe/Vaduz"; size 0 unknown
    // What kind of thing it is in the words of OpenStreetMap: ("amenity", "restaurant"),
    // ("highway", "residential"), ("place", "house"); size 0 of what cannot be said so.
    struct bytes osm_key, osm_value;
    struct atlas_list facts;    // pairs of strings; `count` is of pairs (description_fact)
    uint8_t source;             // index in atlas->sources; ATLAS_SOURCE_NONE: none
    float importance;           // 0 to 1; a house row has its street's
    uint8_t admin_level;        // 0 none
    enum place_type place_type; // PLACE_NONE: no settlement

    // What contains it, most specific first, each with its id.
    struct description_part parts[DESCRIPTION_PARTS_MAX];
    unsigned part_count;
};

// Fails: NO_MEMORY when the arena is full.
MUST_USE enum status describe(const struct atlas *atlas, uint32_t reference,
                              const struct languages *languages, struct arena *arena,
                              struct description *description);

// What is known of a described thing under a key ("wikidata", "website", "capital" …). False leaves
// `value` alone: nothing.
bool description_fact(const struct atlas *atlas, const struct description *description,
                      const char *key, struct bytes *value);

// Every name of a document, the main one first. Writes at most `capacity` and returns how many there
// are; a house row has none.
struct described_name {
    struct bytes text;
    struct bytes language; // as tagged; size 0 none
    enum name_role role;
};
unsigned describe_names(const struct atlas *atlas, uint32_t reference, struct described_name *names,
                        unsigned capacity);

// The same for a house that is not there: `number` of the street of a neighbour, whose row is given.
// The id is the street's; is_interpolated is set.
MUST_USE enum status describe_between(const struct atlas *atlas, uint32_t row, uint32_t number,
                                      struct geo_point point, const struct languages *languages,
                                      struct arena *arena, struct description *description);

// The same for a thing that is not of the atlas: `description` (zeroed before) has its point, layer, name
// and the components it knows of itself; the others come from the areas around it, and the label is
// written. `atlas` may be NULL. Fails: NO_MEMORY when the arena is full.
MUST_USE enum status describe_own(const struct atlas *atlas, const struct languages *languages,
                                  struct arena *arena, struct description *description);

// The word of a layer in requests and answers: "country" … "poi", "address"; and back (LAYER_COUNT
// when it is none).
const char *layer_name(enum atlas_layer layer);
enum atlas_layer layer_parse(struct bytes name);

#endif
