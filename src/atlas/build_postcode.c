#include "atlas/build_postcode.h"

#include <math.h>

#include "atlas/build_location.h"
#include "atlas/build_phrase.h"
#include "atlas/build_score.h"

enum { CODE_SIZE_MAX = 16 };

// The candidate of Boyer's and Moore's majority vote.
struct vote {
    uint32_t locality;
    uint32_t count;
};

struct build_postcodes {
    struct build_intern keys;   // country, code without blanks
    struct build_centre *codes; // one for each key; draft BUILD_NONE until something has the code
    struct vote *votes;         // the same
    size_t capacity, vote_capacity;
};

enum status build_postcodes_new(struct world *world, struct fault *fault)
{
    world->postcodes = memory_take_zeroed(world->account, 1, sizeof(*world->postcodes));
    if (world->postcodes == NULL) {
        return build_no_memory(world, fault);
    }
    world->postcodes->keys.account = world->account;
    return STATUS_OK;
}

void build_postcodes_free(struct world *world)
{
    if (world->postcodes != NULL) {
        build_intern_free(&world->postcodes->keys);
        memory_give(world->postcodes->codes);
        memory_give(world->postcodes->votes);
        memory_give(world->postcodes);
        world->postcodes = NULL;
    }
}

static int32_t lng_turned(int32_t from_e7, int64_t by_e7)
{
    int64_t lng_e7 = from_e7 + by_e7;
    lng_e7 -= lng_e7 > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
    lng_e7 += lng_e7 < -GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
    return (int32_t)lng_e7;
}

void build_centre_settle(const struct build_centre *centre, struct world *world)
{
    if (centre->draft != BUILD_NONE && centre->count != 0) {
        struct draft *const draft = &world->drafts[centre->draft];
        draft->doc.lng_e7 = lng_turned(centre->first.lng_e7, centre->lng_sum_e7 / centre->count);
        draft->doc.lat_e7 = (int32_t)(centre->first.lat_e7 + centre->lat_sum_e7 / centre->count);
    }
}

static int32_t clamped(double value, double low, double high)
{
    return (int32_t)(value < low ? low : value > high ? high : value);
}

void build_centre_bound(const struct build_centre *centre, struct world *world)
{
    struct draft *const draft = centre->draft == BUILD_NONE ? NULL : &world->drafts[centre->draft];
    if (draft == NULL || draft->has_box || centre->count < 2) {
        return;
    }
    const double count = centre->count;
    const double lng_mean = (double)centre->lng_sum_e7 / count;
    const double lat_mean = (double)centre->lat_sum_e7 / count;
    const double lng_off =
        3e7 * sqrt(fmax(centre->lng_squares / count - lng_mean * lng_mean * 1e-14, 0));
    const double lat_off =
        3e7 * sqrt(fmax(centre->lat_squares / count - lat_mean * lat_mean * 1e-14, 0));
    // From the first point on, which may lie beyond the 180th meridian.
    const struct geo_point first = centre->first;
    draft->box = (struct geo_box){
        .west_e7 = lng_turned(first.lng_e7, clamped(lng_mean - lng_off, centre->west_e7, lng_mean)),
        .south_e7 = first.lat_e7 + clamped(lat_mean - lat_off, centre->south_e7, lat_mean),
        .east_e7 = lng_turned(first.lng_e7, clamped(lng_mean + lng_off, lng_mean, centre->east_e7)),
        .north_e7 = first.lat_e7 + clamped(lat_mean + lat_off, lat_mean, centre->north_e7),
    };
    draft->has_box = true;
}

// "AD500" in Andorra is 500.
static size_t without_prefix(uint8_t *key, size_t size)
{
    if (size < 6 || memcmp(key, key + 2, 2) != 0) {
        return size;
    }
    for (size_t i = 4; i < size; i++) {
        if (key[i] < '0' || key[i] > '9') {
            return size;
        }
    }
    memmove(key + 2, key + 4, size - 4);
    return size - 2;
}

// Capitals and digits without blanks and dashes; 0 when it is no single code (lists, words).
static size_t code_key(struct bytes text, uint16_t country, uint8_t key[CODE_SIZE_MAX + 2])
{
    size_t size = 2;
    bool has_digit = false;
    key[0] = (uint8_t)(country >> 8);
    key[1] = (uint8_t)country;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == ' ' || byte == '-') {
            continue;
        }
        const bool is_small = byte >= 'a' && byte <= 'z';
        const bool is_digit = byte >= '0' && byte <= '9';
        if (size == CODE_SIZE_MAX + 2 || !(is_small || is_digit || (byte >= 'A' && byte <= 'Z'))) {
            return 0;
        }
        has_digit = has_digit || is_digit;
        key[size++] = is_small ? (uint8_t)(byte - 32) : byte;
    }
    return has_digit ? without_prefix(key, size) : 0;
}

static enum status code_of(struct world *world, struct bytes text, uint16_t country,
                           struct build_centre **code, struct fault *fault)
{
    struct build_postcodes *const postcodes = world->postcodes;
    uint8_t key[CODE_SIZE_MAX + 2];
    const size_t size = code_key(text, country, key);
    *code = NULL;
    if (size == 0) {
        return STATUS_OK;
    }
    const size_t known = postcodes->keys.count;
    uint32_t number = 0;
    if (build_intern_add(&postcodes->keys, (struct bytes){.data = key, .size = size}, &number) !=
            STATUS_OK ||
        !memory_grow(world->account, &postcodes->codes, &postcodes->capacity, postcodes->keys.count,
                     sizeof(*postcodes->codes)) ||
        !memory_grow(world->account, &postcodes->votes, &postcodes->vote_capacity,
                     postcodes->keys.count, sizeof(*postcodes->votes))) {
        return build_no_memory(world, fault);
    }
    if (number == known) {
        postcodes->codes[number] = (struct build_centre){.draft = BUILD_NONE};
        postcodes->votes[number] = (struct vote){.locality = BUILD_NONE};
    }
    *code = &postcodes->codes[number];
    return STATUS_OK;
}

// Where people write the country before the code, or not.
static const char prefix_countries[][3] = {"AD", "LT", "LV", "MD"};

// The code without its prefix, and with it.
static enum status code_other_name(struct build_names *names, struct bytes text, uint16_t country,
                                   struct fault *fault)
{
    uint8_t key[CODE_SIZE_MAX + 4];
    const size_t size = code_key(text, country, key + 2);
    if (size == 0) {
        return STATUS_OK;
    }
    memcpy(key, key + 2, 2);
    memcpy(key + 2, key, 2);
    const struct bytes bare = {.data = key + 4, .size = size - 2};
    const struct bytes full = {.data = key + 2, .size = size};
    TRY(build_names_index(names, bare, NAME_CLASS_ALTERNATIVE, fault));
    return build_names_index(names, full, NAME_CLASS_ALTERNATIVE, fault);
}

// The document of a code: named as written, found with and without its blanks.
static enum status code_name(struct world *world, uint32_t draft, struct bytes text,
                             uint16_t country, struct fault *fault)
{
    const struct feature_name name = {.text = text, .role = NAME_MAIN};
    struct build_names names SCOPED(build_names_free);
    build_names_begin(&names, world, draft, country);
    TRY(build_names_add(&names, &name, 1, fault));
    for (size_t i = 0; i < COUNT_OF(prefix_countries); i++) {
        if (country == build_country_pack(prefix_countries[i])) {
            TRY(code_other_name(&names, text, country, fault));
        }
    }
    TRY(build_names_end(&names, fault));
    struct atlas_doc *const doc = &world->drafts[draft].doc;
    doc->country = country;
    doc->importance = build_postcode_importance();
    return STATUS_OK;
}

enum status build_postcode_find(struct world *world, struct bytes text, uint16_t country,
                                const struct geo_point *point, uint32_t *draft, struct fault *fault)
{
    struct build_centre *code = NULL;
    TRY(code_of(world, text, country, &code, fault));
    *draft = BUILD_NONE;
    if (code == NULL) {
        return STATUS_OK;
    }
    if (code->draft == BUILD_NONE) {
        const struct bytes key =
            build_intern_at(&world->postcodes->keys, (uint32_t)(code - world->postcodes->codes));
        TRY(build_draft_new(world, LAYER_POSTCODE, build_derived_id("postcode", key),
                            (struct geo_point){0}, &code->draft, fault));
        TRY(code_name(world, code->draft, text, country, fault));
        world->drafts[code->draft].detail = (uint32_t)(code - world->postcodes->codes);
    }
    if (point != NULL) {
        build_centre_add(code, *point);
    }
    *draft = code->draft;
    return STATUS_OK;
}

enum status build_postcode_place(struct world *world, uint32_t place_index, struct bytes text,
                                 struct fault *fault)
{
    struct place *const place = &world->places[place_index];
    struct build_centre *code = NULL;
    world->source = place->source;
    TRY(code_of(world, text, place->country, &code, fault));
    if (code == NULL) {
        return STATUS_OK;
    }
    if (code->draft != BUILD_NONE) {
        // The second outline of a code: the document is the first one's, the area both's.
        place->draft = code->draft;
        return build_alias_add(world, place->id, code->draft, fault);
    }
    TRY(build_draft_new(world, LAYER_POSTCODE, place->id, place->point, &code->draft, fault));
    place->draft = code->draft;
    struct draft *const draft = &world->drafts[code->draft];
    draft->detail = (uint32_t)(code - world->postcodes->codes);
    draft->box = place->box;
    draft->has_box = place->rings != BUILD_NONE;
    draft->rings = place->rings;
    return code_name(world, code->draft, text, place->country, fault);
}

void build_postcodes_settle(struct world *world)
{
    for (size_t i = 0; i < world->postcodes->keys.count; i++) {
        const struct build_centre *const code = &world->postcodes->codes[i];
        if (code->draft != BUILD_NONE && !world->drafts[code->draft].has_box) {
            build_centre_settle(code, world);
        }
    }
}

void build_postcode_vote(struct world *world, uint32_t postcode, uint32_t locality)
{
    if (postcode == BUILD_NONE || locality == BUILD_NONE) {
        return;
    }
    struct vote *const vote = &world->postcodes->votes[world->drafts[postcode].detail];
    if (vote->count == 0) {
        vote->locality = locality;
    }
    vote->count = vote->locality == locality ? vote->count + 1 : vote->count - 1;
}

enum status build_postcodes_bound(struct world *world, struct fault *fault)
{
    for (size_t i = 0; i < world->postcodes->keys.count; i++) {
        const struct build_centre *const code = &world->postcodes->codes[i];
        const struct vote *const vote = &world->postcodes->votes[i];
        build_centre_bound(code, world);
        if (code->draft != BUILD_NONE && vote->count != 0) {
            TRY(build_location_lead(world, code->draft, vote->locality, fault));
        }
    }
    return STATUS_OK;
}
