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

    // Components; size 0 when absent.
    struct bytes number, unit, street, neighbourhood, borough, locality, postcode, county, region;
    struct bytes country;
    char country_code[3];     // ISO 3166-1 alpha-2, "" unknown
    struct bytes region_code; // ISO 3166-2
    struct bytes category;    // "food.restaurant"
    struct bytes opening_hours;
    uint32_t population;
    bool is_interpolated;

    // What contains it, most specific first, each with its id.
    struct description_part parts[DESCRIPTION_PARTS_MAX];
    unsigned part_count;
};

// Fails: NO_MEMORY when the arena is full.
MUST_USE enum status describe(const struct atlas *atlas, uint32_t reference,
                              const struct languages *languages, struct arena *arena,
                              struct description *description);

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
