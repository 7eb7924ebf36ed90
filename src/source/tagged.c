#include "source/tagged.h"

#include "codec/json_slice.h"
#include "source/text_clean.h"

void tagged_begin(struct tagged *tagged, struct pool *pool)
{
    *tagged = (struct tagged){.pool = pool};
}

static bool tagged_grow(struct tagged *tagged)
{
    const size_t capacity = tagged->capacity == 0 ? 64 : 2 * tagged->capacity;
    struct osm_tag *const tags = pool_take(tagged->pool, capacity, sizeof(*tags));
    if (tags == NULL) {
        tagged->is_full = true;
        return false;
    }
    if (tagged->count != 0) {
        memcpy(tags, tagged->tags, tagged->count * sizeof(*tags));
    }
    tagged->tags = tags;
    tagged->capacity = capacity;
    return true;
}

void tagged_add(struct tagged *tagged, struct bytes key, struct bytes value)
{
    const struct osm_key_info info = osm_key_classify(key);
    if (value.size == 0 || info.key == OSM_KEY_NONE ||
        (tagged->count == tagged->capacity && !tagged_grow(tagged))) {
        return;
    }
    tagged->tags[tagged->count++] = (struct osm_tag){.info = info, .key = key, .value = value};
}

void tagged_add_name(struct tagged *tagged, const char *stem, struct bytes language,
                     struct bytes value)
{
    const struct bytes head = bytes_from_text(stem);
    uint8_t *const key = pool_take(tagged->pool, head.size + 1 + language.size, 1);
    if (key == NULL) {
        tagged->is_full = true;
        return;
    }
    memcpy(key, head.data, head.size);
    size_t size = head.size;
    if (language.size != 0) {
        key[size++] = ':';
        memcpy(key + size, language.data, language.size);
        size += language.size;
    }
    tagged_add(tagged, (struct bytes){.data = key, .size = size}, value);
}

struct bytes tagged_value(struct bytes json, struct pool *pool)
{
    const bool is_number =
        json.size != 0 && (json.data[0] == '-' || (json.data[0] >= '0' && json.data[0] <= '9'));
    if (is_number) {
        return json;
    }
    if (json.size < 2 || json.data[0] != '"') {
        return (struct bytes){0};
    }
    if (memchr(json.data, '\\', json.size) == NULL) {
        return text_clean((struct bytes){.data = json.data + 1, .size = json.size - 2}, pool);
    }
    struct buffer unescaped SCOPED(buffer_free) = {.account = pool->account};
    json_slice_unescape(json, &unescaped);
    uint8_t *const copy = pool_take(pool, unescaped.size + 1, 1);
    if (copy == NULL || unescaped.size == 0 || buffer_status(&unescaped) != STATUS_OK) {
        return (struct bytes){0};
    }
    memcpy(copy, unescaped.data, unescaped.size);
    return text_clean((struct bytes){.data = copy, .size = unescaped.size}, pool);
}

enum status tagged_fill(const struct tagged *tagged, const struct geometry *geometry,
                        struct feature *feature, struct fault *fault)
{
    if (tagged->is_full) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for what an object says");
    }
    // A street of which only a point is known is one still.
    const bool is_way = osm_tag_value(tagged->tags, tagged->count, OSM_KEY_HIGHWAY).size != 0;
    const struct osm_shape shape = {
        .type = geometry->kind == GEOMETRY_AREA             ? 'r'
                : geometry->kind == GEOMETRY_LINE || is_way ? 'w'
                                                            : 'n',
        .is_closed = geometry->kind == GEOMETRY_AREA,
    };
    TRY(osm_feature_fill(tagged->tags, tagged->count, shape, tagged->pool, feature, fault));
    feature->point = geometry->point;
    feature->box = geometry->box;
    if ((feature->roles & (FEATURE_STREET | FEATURE_INTERPOLATION)) != 0) {
        feature->points = geometry->points;
        feature->point_count = geometry->point_count;
    } else {
        const struct geo_point point = geometry->point;
        feature->box = (struct geo_box){point.lng_e7, point.lat_e7, point.lng_e7, point.lat_e7};
    }
    if ((feature->roles & (FEATURE_AREA | FEATURE_POSTCODE)) != 0) {
        feature->rings = geometry->rings;
        feature->box = geometry->rings.ring_count != 0 ? geometry->box : feature->box;
    }
    return STATUS_OK;
}
