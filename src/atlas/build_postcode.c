#include "atlas/build_postcode.h"

#include "atlas/build_phrase.h"
#include "atlas/build_score.h"

enum { CODE_SIZE_MAX = 16 };

struct build_postcodes {
    struct build_intern keys;   // country, code without blanks
    struct build_centre *codes; // one for each key; draft BUILD_NONE until something has the code
    size_t capacity;
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
        memory_give(world->postcodes);
        world->postcodes = NULL;
    }
}

void build_centre_settle(const struct build_centre *centre, struct world *world)
{
    if (centre->draft != BUILD_NONE && centre->count != 0) {
        struct draft *const draft = &world->drafts[centre->draft];
        int64_t lng_e7 = centre->first.lng_e7 + centre->lng_sum_e7 / centre->count;
        lng_e7 -= lng_e7 > GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
        lng_e7 += lng_e7 < -GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
        draft->doc.lng_e7 = (int32_t)lng_e7;
        draft->doc.lat_e7 = (int32_t)(centre->first.lat_e7 + centre->lat_sum_e7 / centre->count);
    }
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
                     sizeof(*postcodes->codes))) {
        return build_no_memory(world, fault);
    }
    if (number == known) {
        postcodes->codes[number] = (struct build_centre){.draft = BUILD_NONE};
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
