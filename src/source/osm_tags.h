// OSM tags: what the tags of an object say, in terms of a feature.
//
// Reading has two steps, because most objects say nothing of interest and because the geometry of
// ways comes later: keys are classified once a string (osm_key_info), the tags that matter are
// gathered into a list, and from the list and what is known of the shape a feature is filled in.
// Pure but for the pool; any thread.
#ifndef SOURCE_OSM_TAGS_H
#define SOURCE_OSM_TAGS_H

#include "base/buffer.h"
#include "source/feature.h"
#include "source/pool.h"

enum osm_key {
    OSM_KEY_NONE = 0,
    OSM_KEY_NAME, // of any role and language
    OSM_KEY_REFERENCE,
    OSM_KEY_BRAND,
    OSM_KEY_NUMBER,
    OSM_KEY_CONSCRIPTION_NUMBER,
    OSM_KEY_STREET_NUMBER,
    OSM_KEY_UNIT,
    OSM_KEY_STREET,
    OSM_KEY_ADDRESS_PLACE,
    OSM_KEY_SUBURB,
    OSM_KEY_CITY,
    OSM_KEY_DISTRICT,
    OSM_KEY_STATE,
    OSM_KEY_POSTCODE,
    OSM_KEY_COUNTRY,
    OSM_KEY_INTERPOLATION,
    OSM_KEY_HIGHWAY,
    OSM_KEY_PLACE,
    OSM_KEY_BOUNDARY,
    OSM_KEY_ADMIN_LEVEL,
    OSM_KEY_POSTAL_CODE,
    OSM_KEY_POPULATION,
    OSM_KEY_WIKIDATA,
    OSM_KEY_WIKIPEDIA,
    OSM_KEY_COUNTRY_CODE,
    OSM_KEY_REGION_CODE,
    OSM_KEY_OPENING_HOURS,
    OSM_KEY_TYPE,
    OSM_KEY_AREA,
    OSM_KEY_CATEGORY, // only a category: amenity, shop …
    OSM_KEY_FACT,     // only a fact: website, cuisine …
};

struct osm_key_info {
    uint8_t key;           // of enum osm_key
    uint8_t name_role;     // NAME: of enum name_role
    uint8_t category_rank; // 1 is asked first; 0: the key says no category
    bool is_fact;          // kept as it is (struct feature_fact)
    char language[12];     // NAME
};
_Static_assert(sizeof(struct osm_key_info) == 16, "one line of the table");

struct osm_key_info osm_key_classify(struct bytes key);

struct osm_tag {
    struct osm_key_info info;
    struct bytes key; // of keys with a rank and of facts; else empty
    struct bytes value;
};

struct osm_shape {
    char type;      // 'n', 'w', 'r'
    bool is_closed; // a way whose ends are one node; every multipolygon
};

// The roles that the tags give an object of that shape.
unsigned osm_tags_roles(const struct osm_tag *tags, size_t count, struct osm_shape shape);

// Fills roles, names, address, category and the rest of what tags say into a zeroed feature; the
// geometry is the caller's. Text is cleaned into `pool` where needed.
// Fails: NO_MEMORY.
MUST_USE enum status osm_feature_fill(const struct osm_tag *tags, size_t count,
                                      struct osm_shape shape, struct pool *pool,
                                      struct feature *feature, struct fault *fault);

// The value of the first tag with that key; empty when there is none.
struct bytes osm_tag_value(const struct osm_tag *tags, size_t count, enum osm_key key);

// Tags as bytes for a spool, and back; decoded ones borrow the bytes.
void osm_tags_encode(const struct osm_tag *tags, size_t count, struct buffer *out);
MUST_USE enum status osm_tags_decode(struct reader *reader, struct pool *pool,
                                     struct osm_tag **tags, size_t *count);

// The number that a house number begins with ("12a", "12-14": 12) and, when it goes on with just one
// letter, that in lower case, else 0. False without a digit in front and above 999999.
bool osm_leading_number(struct bytes text, uint32_t *number, char *letter);

#endif
