#include "source/osm_tags.h"

#include "source/osm_tags_private.h"

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

struct bytes osm_tag_value(const struct osm_tag *tags, size_t count, enum osm_key key)
{
    for (size_t i = 0; i < count; i++) {
        if (tags[i].info.key == key) {
            return tags[i].value;
        }
    }
    return (struct bytes){0};
}

int osm_street_rank(struct bytes highway)
{
    static const struct {
        const char *value;
        int rank;
    } rows[] = {
        {"residential", 3},  {"footway", 0},       {"service", 1},      {"track", 0},
        {"unclassified", 3}, {"path", 0},          {"tertiary", 4},     {"secondary", 5},
        {"primary", 6},      {"cycleway", 0},      {"steps", 0},        {"living_street", 2},
        {"pedestrian", 2},   {"trunk", 6},         {"motorway", 7},     {"road", 3},
        {"bridleway", 0},    {"tertiary_link", 3}, {"primary_link", 4}, {"secondary_link", 4},
        {"trunk_link", 5},   {"motorway_link", 5}, {"busway", 1},       {"construction", 1},
        {"escape", 0},       {"corridor", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (text_is(highway, rows[i].value)) {
            return rows[i].rank;
        }
    }
    return -1;
}

enum place_type osm_place_type(struct bytes value)
{
    static const struct {
        const char *value;
        enum place_type type;
    } rows[] = {
        {"continent", PLACE_CONTINENT},
        {"country", PLACE_COUNTRY},
        {"state", PLACE_REGION},
        {"province", PLACE_REGION},
        {"region", PLACE_REGION},
        {"county", PLACE_COUNTY},
        {"district", PLACE_COUNTY},
        {"municipality", PLACE_MUNICIPALITY},
        {"city", PLACE_CITY},
        {"town", PLACE_TOWN},
        {"village", PLACE_VILLAGE},
        {"hamlet", PLACE_HAMLET},
        {"isolated_dwelling", PLACE_ISOLATED},
        {"farm", PLACE_ISOLATED},
        {"locality", PLACE_ISOLATED},
        {"borough", PLACE_BOROUGH},
        {"suburb", PLACE_SUBURB},
        {"quarter", PLACE_QUARTER},
        {"neighbourhood", PLACE_NEIGHBOURHOOD},
        {"allotments", PLACE_NEIGHBOURHOOD},
        {"island", PLACE_ISLAND},
        {"islet", PLACE_ISLAND},
        {"archipelago", PLACE_ISLAND},
        {"square", PLACE_SQUARE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (text_is(value, rows[i].value)) {
            return rows[i].type;
        }
    }
    return PLACE_NONE;
}

enum interpolation osm_interpolation(struct bytes value)
{
    return text_is(value, "all")          ? INTERPOLATION_ALL
           : text_is(value, "even")       ? INTERPOLATION_EVEN
           : text_is(value, "odd")        ? INTERPOLATION_ODD
           : text_is(value, "alphabetic") ? INTERPOLATION_ALPHABETIC
                                          : INTERPOLATION_NONE;
}

static bool has_name(const struct osm_tag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (tags[i].info.key == OSM_KEY_NAME && tags[i].value.size != 0) {
            return true;
        }
    }
    return false;
}

// A river is mapped as hundreds of ways of the same name: only its relation is one thing.
static bool is_piece(const struct osm_tag *tag, struct osm_shape shape)
{
    return shape.type == 'w' && !shape.is_closed && text_is(tag->key, "waterway") &&
           !text_is(tag->value, "waterfall");
}

enum category osm_category(const struct osm_tag *tags, size_t count, struct osm_shape shape,
                           const struct osm_tag **tag)
{
    enum category best = CATEGORY_NONE;
    uint8_t best_rank = UINT8_MAX;
    for (size_t i = 0; i < count; i++) {
        const uint8_t rank = tags[i].info.category_rank;
        if (rank != 0 && rank < best_rank && !is_piece(&tags[i], shape)) {
            const enum category category = category_from_tag(tags[i].key, tags[i].value);
            if (category != CATEGORY_NONE) {
                best = category;
                best_rank = rank;
                *tag = &tags[i];
            }
        }
    }
    return best;
}

static bool may_be_area(struct osm_shape shape)
{
    return shape.type != 'n' && shape.is_closed;
}

// Which keys of interest an object has, as a set of 1 << key.
static uint64_t keys_of(const struct osm_tag *tags, size_t count)
{
    uint64_t keys = 0;
    for (size_t i = 0; i < count; i++) {
        keys |= UINT64_C(1) << tags[i].info.key;
        keys |= (uint64_t)(tags[i].info.category_rank != 0) << OSM_KEY_CATEGORY;
    }
    return keys;
}

static bool has_key(uint64_t keys, enum osm_key key)
{
    return (keys >> key & 1) != 0;
}

static unsigned boundary_roles(const struct osm_tag *tags, size_t count, struct osm_shape shape,
                               bool is_named)
{
    const struct bytes boundary = osm_tag_value(tags, count, OSM_KEY_BOUNDARY);
    if (shape.type == 'n' || (shape.type == 'w' && !shape.is_closed)) {
        return 0;
    }
    if (text_is(boundary, "postal_code")) {
        return FEATURE_POSTCODE;
    }
    return text_is(boundary, "administrative") && is_named ? FEATURE_AREA : 0;
}

unsigned osm_tags_roles(const struct osm_tag *tags, size_t count, struct osm_shape shape)
{
    const uint64_t keys = keys_of(tags, count);
    const bool is_named = has_key(keys, OSM_KEY_NAME) && has_name(tags, count);
    unsigned roles = 0;
    if (has_key(keys, OSM_KEY_NUMBER) || has_key(keys, OSM_KEY_CONSCRIPTION_NUMBER) ||
        has_key(keys, OSM_KEY_STREET_NUMBER)) {
        roles |= FEATURE_ADDRESS;
    }
    // A building "24-28" that says how its range is to be read is a house, not a line of houses.
    if ((roles & FEATURE_ADDRESS) == 0 && has_key(keys, OSM_KEY_INTERPOLATION) &&
        shape.type == 'w' &&
        osm_interpolation(osm_tag_value(tags, count, OSM_KEY_INTERPOLATION)) !=
            INTERPOLATION_NONE) {
        roles |= FEATURE_INTERPOLATION;
    }
    if (has_key(keys, OSM_KEY_HIGHWAY) && shape.type == 'w' && is_named &&
        osm_street_rank(osm_tag_value(tags, count, OSM_KEY_HIGHWAY)) >= 0) {
        roles |= FEATURE_STREET;
    }
    if (has_key(keys, OSM_KEY_PLACE) && is_named) {
        const enum place_type type = osm_place_type(osm_tag_value(tags, count, OSM_KEY_PLACE));
        roles |= type == PLACE_NONE ? 0 : FEATURE_PLACE;
        // The outline of a settlement contains its houses; an island's or a square's says less.
        if (type >= PLACE_REGION && type <= PLACE_NEIGHBOURHOOD && type != PLACE_ISOLATED &&
            may_be_area(shape)) {
            roles |= FEATURE_AREA;
        }
    }
    if (has_key(keys, OSM_KEY_BOUNDARY)) {
        roles |= boundary_roles(tags, count, shape, is_named);
    }
    if (has_key(keys, OSM_KEY_CATEGORY) && (roles & (FEATURE_AREA | FEATURE_STREET)) == 0 &&
        (is_named || has_key(keys, OSM_KEY_BRAND)) &&
        osm_category(tags, count, shape, &(const struct osm_tag *){NULL}) != CATEGORY_NONE) {
        roles |= FEATURE_POI;
    }
    return roles;
}

void osm_tags_encode(const struct osm_tag *tags, size_t count, struct buffer *out)
{
    buffer_append_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, &tags[i].info, sizeof(tags[i].info));
        buffer_append_varint(out, tags[i].key.size);
        buffer_append_bytes(out, tags[i].key);
        buffer_append_varint(out, tags[i].value.size);
        buffer_append_bytes(out, tags[i].value);
    }
}

enum status osm_tags_decode(struct reader *reader, struct pool *pool, struct osm_tag **tags,
                            size_t *count)
{
    const uint64_t wanted = reader_varint(reader);
    if (reader->overrun || wanted > reader->rest.size) {
        return STATUS_CORRUPT;
    }
    struct osm_tag *const decoded = pool_take(pool, (size_t)wanted, sizeof(*decoded));
    if (decoded == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < wanted; i++) {
        const struct bytes info = reader_take(reader, sizeof(decoded[i].info));
        if (info.size != 0) {
            memcpy(&decoded[i].info, info.data, sizeof(decoded[i].info));
        }
        decoded[i].key = reader_take(reader, (size_t)reader_varint(reader));
        decoded[i].value = reader_take(reader, (size_t)reader_varint(reader));
    }
    if (reader->overrun) {
        return STATUS_CORRUPT;
    }
    *tags = decoded;
    *count = (size_t)wanted;
    return STATUS_OK;
}
