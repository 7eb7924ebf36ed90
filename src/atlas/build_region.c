#include "atlas/build_region.h"

#include "atlas/build_location.h"
#include "atlas/build_phrase.h"
#include "atlas/build_place.h"
#include "atlas/build_postcode.h"

enum { NAMED_IMPORTANCE = 120 };

enum key_kind { KEY_CODE, KEY_NAME };

struct naming {
    struct world *world;
    struct build_intern keys;     // country, kind, code or phrase
    struct build_centre *regions; // one for each key
    size_t capacity;
    // "Zürich" of the region Zürich is in it, where other towns know of one; it makes none.
    bool is_second_pass;
};

static void naming_free(struct naming *naming)
{
    build_intern_free(&naming->keys);
    memory_give(naming->regions);
}

// What is known under a key; new, its draft is BUILD_NONE.
static enum status key_at(struct naming *naming, uint16_t country, enum key_kind kind,
                          struct bytes text, struct build_centre **region, struct fault *fault)
{
    struct world *const world = naming->world;
    const size_t known = naming->keys.count;
    uint32_t number = 0;
    buffer_clear(&world->buffer);
    buffer_append(&world->buffer, &country, sizeof(country));
    buffer_append_u8(&world->buffer, (uint8_t)kind);
    buffer_append_bytes(&world->buffer, text);
    if (buffer_status(&world->buffer) != STATUS_OK ||
        build_intern_add(&naming->keys, buffer_bytes(&world->buffer), &number) != STATUS_OK ||
        !memory_grow(world->account, &naming->regions, &naming->capacity, naming->keys.count,
                     sizeof(*naming->regions))) {
        return build_no_memory(world, fault);
    }
    *region = &naming->regions[number];
    if (number == known) {
        **region = (struct build_centre){.draft = BUILD_NONE};
    }
    return STATUS_OK;
}

// The first who has a key keeps it.
static enum status key_give(struct naming *naming, uint16_t country, enum key_kind kind,
                            struct bytes text, uint32_t draft, struct fault *fault)
{
    struct build_centre *region = NULL;
    TRY(key_at(naming, country, kind, text, &region, fault));
    region->draft = region->draft == BUILD_NONE ? draft : region->draft;
    return STATUS_OK;
}

static struct bytes first_reading(const struct world *world)
{
    return world->readings.count == 0 ? (struct bytes){0} : world->readings.variants[0].text;
}

// A region with a document is found by its code and by all of its names.
static enum status region_enter(struct naming *naming, const struct place *place,
                                struct fault *fault)
{
    struct world *const world = naming->world;
    struct feature feature;
    TRY(build_place_feature(world, place, &feature));
    if (feature.region_code[0] != '\0') {
        TRY(key_give(naming, place->country, KEY_CODE, bytes_from_text(feature.region_code),
                     place->draft, fault));
    }
    for (size_t i = 0; i < feature.name_count; i++) {
        TRY(build_phrases_read(world, feature.names[i].text, place->country, PHRASE_NAME, fault));
        const struct bytes phrase = first_reading(world);
        if (phrase.size != 0) {
            TRY(key_give(naming, place->country, KEY_NAME, phrase, place->draft, fault));
        }
    }
    return STATUS_OK;
}

static enum status region_make(struct world *world, const struct place *place,
                               const struct feature *feature, uint32_t *draft, struct fault *fault)
{
    const uint64_t id = build_derived_id("region", buffer_bytes(&world->buffer)); // its key
    const struct feature_name name = {.text = feature->address.state, .role = NAME_MAIN};
    TRY(build_draft_new(world, LAYER_REGION, id, place->point, draft, fault));
    struct atlas_doc *doc = &world->drafts[*draft].doc;
    doc->country = place->country;
    doc->place_type = PLACE_REGION;
    doc->admin_level = 4;
    if (feature->region_code[0] != '\0' &&
        build_intern_string(&world->strings, bytes_from_text(feature->region_code),
                            &doc->region_code) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    struct build_names names SCOPED(build_names_free);
    build_names_begin(&names, world, *draft, place->country);
    TRY(build_names_add(&names, &name, 1, fault));
    TRY(build_names_end(&names, fault));
    // How many live there nobody said; the towns in it are meant first.
    world->drafts[*draft].doc.importance = NAMED_IMPORTANCE;
    return STATUS_OK;
}

// The region that a settlement names; BUILD_NONE: it names none, or none that is there and none may be made.
static enum status region_find(struct naming *naming, const struct place *place,
                               const struct feature *feature, bool may_make, uint32_t *draft,
                               struct fault *fault)
{
    struct world *const world = naming->world;
    struct build_centre *region = NULL;
    *draft = BUILD_NONE;
    if (feature->region_code[0] != '\0') {
        TRY(key_at(naming, place->country, KEY_CODE, bytes_from_text(feature->region_code), &region,
                   fault));
        *draft = region->draft;
    }
    if (*draft != BUILD_NONE || feature->address.state.size == 0) {
        return STATUS_OK;
    }
    TRY(build_phrases_read(world, feature->address.state, place->country, PHRASE_NAME, fault));
    const struct bytes phrase = first_reading(world);
    if (phrase.size == 0) {
        return STATUS_OK;
    }
    const bool names_itself = place->phrase != BUILD_NONE &&
                              bytes_equal(phrase, build_intern_at(&world->phrases, place->phrase));
    if (names_itself != naming->is_second_pass) {
        return STATUS_OK;
    }
    TRY(key_at(naming, place->country, KEY_NAME, phrase, &region, fault));
    if (region->draft == BUILD_NONE && (names_itself || !may_make)) {
        return STATUS_OK;
    }
    if (region->draft == BUILD_NONE) {
        TRY(region_make(world, place, feature, &region->draft, fault));
        region->count = 0;
        build_centre_add(region, place->point);
    } else if (region->count != 0) {
        build_centre_add(region, place->point); // it is made of its settlements
    }
    *draft = region->draft;
    return STATUS_OK;
}

static bool is_settlement(const struct world *world, const struct place *place)
{
    return place->draft != BUILD_NONE && world->drafts[place->draft].doc.layer >= LAYER_LOCALITY &&
           world->drafts[place->draft].doc.layer <= LAYER_NEIGHBOURHOOD &&
           (place->roles & FEATURE_PLACE) != 0;
}

static enum status settlement_place(struct naming *naming, const struct place *place,
                                    struct fault *fault)
{
    struct world *const world = naming->world;
    struct feature feature;
    uint32_t location = 0;
    uint32_t region = BUILD_NONE;
    TRY(build_place_feature(world, place, &feature));
    if (feature.address.state.size == 0) {
        return STATUS_OK;
    }
    TRY(build_location_find(world, place->point, place->country, &location, fault));
    // The world layer's outlines are simplified: across a river from its state a town knows better.
    const uint32_t outlined = build_location_at(world, location)->region;
    if (outlined == BUILD_NONE || build_is_of_world_layer(world, outlined)) {
        TRY(region_find(naming, place, &feature, outlined == BUILD_NONE, &region, fault));
        uint32_t *const known = &world->drafts[place->draft].region;
        *known = *known == BUILD_NONE && region != outlined ? region : *known;
    }
    return STATUS_OK;
}

enum status build_regions_name(struct world *world, struct fault *fault)
{
    struct naming naming SCOPED(naming_free) = {.world = world,
                                                .keys = {.account = world->account}};
    for (size_t i = 0; i < world->place_count; i++) {
        const struct place *const place = &world->places[i];
        if (place->layer == LAYER_REGION && place->draft != BUILD_NONE && place->admin_level != 0) {
            TRY(region_enter(&naming, place, fault));
        }
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        naming.is_second_pass = pass == 1;
        for (size_t i = 0; i < world->place_count; i++) {
            if (is_settlement(world, &world->places[i])) {
                TRY(settlement_place(&naming, &world->places[i], fault));
            }
        }
    }
    for (size_t i = 0; i < naming.keys.count; i++) {
        build_centre_settle(&naming.regions[i], world);
        build_centre_bound(&naming.regions[i], world);
    }
    return STATUS_OK;
}
