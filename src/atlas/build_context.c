#include "atlas/build_context.h"

#include <stdlib.h>

#include "atlas/build_area.h"
#include "atlas/build_gazetteer.h"
#include "atlas/build_phrase.h"
#include "atlas/build_place.h"
#include "atlas/build_postcode.h"
#include "atlas/build_score.h"

enum { CHAIN_MAX = 32 };

struct build_contexts {
    struct build_gazetteer gazetteer;
    struct build_postcodes postcodes;
    struct build_intern sets; // of places around some point
    struct location *locations;
    size_t location_capacity;
    struct build_intern cities; // country, region, phrase of localities known from tags only
    struct build_centre *centres;
    size_t centre_capacity;
};

enum status build_contexts_new(struct world *world, struct fault *fault)
{
    struct build_contexts *const contexts =
        memory_take_zeroed(world->account, 1, sizeof(*contexts));
    if (contexts == NULL) {
        return build_no_memory(world, fault);
    }
    contexts->gazetteer.phrases.account = world->account;
    contexts->gazetteer.asked.account = world->account;
    contexts->postcodes.keys.account = world->account;
    contexts->sets.account = world->account;
    contexts->cities.account = world->account;
    world->contexts = contexts;
    return STATUS_OK;
}

void build_contexts_free(struct world *world)
{
    struct build_contexts *const contexts = world->contexts;
    if (contexts != NULL) {
        gazetteer_free(&contexts->gazetteer);
        build_postcodes_free(&contexts->postcodes);
        build_intern_free(&contexts->sets);
        build_intern_free(&contexts->cities);
        memory_give(contexts->locations);
        memory_give(contexts->centres);
        memory_give(contexts);
        world->contexts = NULL;
    }
}

enum status build_gazetteer_add(struct world *world, struct bytes phrase, uint32_t draft,
                                struct fault *fault)
{
    return gazetteer_add(&world->contexts->gazetteer, phrase, draft) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

enum status build_contexts_ready(struct world *world, struct fault *fault)
{
    for (uint32_t i = 0; i < world->place_count; i++) {
        const struct place *const place = &world->places[i];
        if (place->layer == LAYER_POSTCODE && place->twin == BUILD_NONE) {
            struct feature feature;
            TRY(build_place_feature(world, place, &feature));
            TRY(build_postcode_place(&world->contexts->postcodes, world, i,
                                     feature.address.postcode, fault));
        }
    }
    TRY(gazetteer_ready(&world->contexts->gazetteer, world, fault));
    return build_place_chains(world, fault);
}

// Smaller areas before larger ones: by layer, by administrative level, by extent.
static bool is_before(const struct world *world, uint32_t left, uint32_t right)
{
    const struct draft *const a = &world->drafts[left];
    const struct draft *const b = &world->drafts[right];
    if (a->doc.layer != b->doc.layer) {
        return a->doc.layer > b->doc.layer;
    }
    if (a->doc.admin_level != b->doc.admin_level) {
        return a->doc.admin_level > b->doc.admin_level;
    }
    const int64_t a_height = (int64_t)a->box.north_e7 - a->box.south_e7;
    const int64_t b_height = (int64_t)b->box.north_e7 - b->box.south_e7;
    return a_height != b_height ? a_height < b_height : left < right;
}

static size_t sorted_in(const struct world *world, uint32_t *list, size_t count, uint32_t draft)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        if (list[i] == draft) {
            return count;
        }
    }
    if (count == CHAIN_MAX) {
        return count;
    }
    for (; at > 0 && is_before(world, draft, list[at - 1]); at--) {
        list[at] = list[at - 1];
    }
    list[at] = draft;
    return count + 1;
}

// A set of places met for the first time.
static enum status location_make(struct world *world, const uint32_t *places, size_t place_count,
                                 struct location *location)
{
    uint32_t list[CHAIN_MAX];
    size_t count = 0;
    *location =
        (struct location){.locality = BUILD_NONE, .region = BUILD_NONE, .postcode = BUILD_NONE};
    location->country = build_country_among(world, places, place_count, &location->has_boundary);
    for (size_t i = 0; i < place_count; i++) {
        const uint32_t draft = world->places[places[i]].draft;
        if (draft == BUILD_NONE) {
            continue;
        }
        const struct atlas_doc *const doc = &world->drafts[draft].doc;
        const bool is_landscape = doc->layer < LAYER_LOCALITY && doc->admin_level == 0 &&
                                  (world->places[places[i]].roles & FEATURE_COUNTRY_SHAPE) == 0;
        if (doc->layer == LAYER_POSTCODE) {
            location->postcode = draft;
        } else if (!is_landscape) {
            count = sorted_in(world, list, count, draft);
        }
    }
    for (size_t i = count; i > 0; i--) {
        const unsigned layer = world->drafts[list[i - 1]].doc.layer;
        location->locality = layer == LAYER_LOCALITY ? list[i - 1] : location->locality;
        location->region = layer == LAYER_REGION ? list[i - 1] : location->region;
        location->has_part = location->has_part || layer > LAYER_LOCALITY;
        location->has_parent = location->has_parent || layer < LAYER_LOCALITY;
    }
    if (location->country == 0) {
        location->country = world->country;
    }
    const struct bytes run = {.data = (const uint8_t *)list, .size = count * sizeof(*list)};
    return build_intern_add(&world->lists, run, &location->list);
}

static enum status location_find(struct world *world, struct geo_point point, uint32_t *number,
                                 struct fault *fault)
{
    struct build_contexts *const contexts = world->contexts;
    uint32_t places[BUILD_AREAS_MAX];
    const size_t count = build_areas_at(world, point, places);
    const struct bytes set = {.data = (const uint8_t *)places, .size = count * sizeof(*places)};
    const size_t known = contexts->sets.count;
    if (build_intern_add(&contexts->sets, set, number) != STATUS_OK ||
        !memory_grow(world->account, &contexts->locations, &contexts->location_capacity,
                     contexts->sets.count, sizeof(*contexts->locations)) ||
        (*number == known &&
         location_make(world, places, count, &contexts->locations[*number]) != STATUS_OK)) {
        return build_no_memory(world, fault);
    }
    return STATUS_OK;
}

const struct location *build_location_at(const struct world *world, uint32_t location)
{
    return &world->contexts->locations[location];
}

// What contains a place: wider layers, and of its own layer what is above it.
static enum status place_chain(struct world *world, uint32_t index, struct fault *fault)
{
    const struct draft *const draft = &world->drafts[index];
    const struct geo_point point = {.lng_e7 = draft->doc.lng_e7, .lat_e7 = draft->doc.lat_e7};
    uint32_t number = 0;
    TRY(location_find(world, point, &number, fault));
    const struct bytes areas =
        build_intern_at(&world->lists, build_location_at(world, number)->list);
    uint32_t chain[CHAIN_MAX];
    size_t count = 0;
    for (size_t i = 0; i < areas.size; i += sizeof(uint32_t)) {
        uint32_t area = 0;
        memcpy(&area, areas.data + i, sizeof(area));
        const struct atlas_doc *const above = &world->drafts[area].doc;
        const bool is_wider = above->layer < draft->doc.layer ||
                              (above->layer == draft->doc.layer &&
                               (!draft->has_box || above->admin_level < draft->doc.admin_level));
        if (area != index && is_wider) {
            chain[count++] = area;
        }
    }
    const struct bytes run = {.data = (const uint8_t *)chain, .size = count * sizeof(*chain)};
    return build_intern_add(&world->lists, run, &world->drafts[index].doc.chain) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

// A locality that only tags know of.
static enum status city_make(struct world *world, struct bytes text, uint32_t phrase,
                             const struct location *location, struct geo_point point,
                             uint32_t *draft, struct fault *fault)
{
    struct build_contexts *const contexts = world->contexts;
    const uint32_t key[3] = {location->country, location->region, phrase};
    const struct bytes run = {.data = (const uint8_t *)key, .size = sizeof(key)};
    const size_t known = contexts->cities.count;
    uint32_t number = 0;
    if (build_intern_add(&contexts->cities, run, &number) != STATUS_OK ||
        !memory_grow(world->account, &contexts->centres, &contexts->centre_capacity,
                     contexts->cities.count, sizeof(*contexts->centres))) {
        return build_no_memory(world, fault);
    }
    if (number == known) {
        struct buffer made_of SCOPED(buffer_free) = {.account = world->account};
        buffer_append(&made_of, &location->country, sizeof(location->country));
        if (location->region != BUILD_NONE) {
            buffer_append_u64(&made_of, world->drafts[location->region].doc.id);
        }
        buffer_append_bytes(&made_of, build_intern_at(&contexts->gazetteer.phrases, phrase));
        TRY(buffer_status(&made_of));
        const uint64_t id = build_derived_id("locality", buffer_bytes(&made_of));
        uint32_t made = 0;
        TRY(build_draft_new(world, LAYER_LOCALITY, id, point, &made, fault));
        contexts->centres[number] = (struct build_centre){.draft = made};
        world->drafts[made].doc.country = location->country;

        const struct feature_name name = {.text = text, .role = NAME_MAIN};
        struct build_names names SCOPED(build_names_free);
        build_names_begin(&names, world, made, location->country);
        TRY(build_names_add(&names, &name, 1, fault));
        TRY(build_names_end(&names, fault));
        struct atlas_doc *const doc = &world->drafts[made].doc;
        doc->importance = build_place_importance(doc, false, false);
        TRY(place_chain(world, made, fault));
    }
    build_centre_add(&contexts->centres[number], point);
    *draft = contexts->centres[number].draft;
    return STATUS_OK;
}

static enum status locality_find(struct world *world, struct geo_point point,
                                 const struct feature_address *address, struct context *context,
                                 struct fault *fault)
{
    struct build_gazetteer *const gazetteer = &world->contexts->gazetteer;
    const struct location location = *build_location_at(world, context->location);
    uint32_t phrase = BUILD_NONE;
    if (address->city.size != 0) {
        TRY(gazetteer_find(gazetteer, world, address->city, context->country, point,
                           &context->locality, &phrase, fault));
    }
    if (context->locality == BUILD_NONE && phrase != BUILD_NONE) {
        struct location named = location;
        named.country = context->country;
        return city_make(world, address->city, phrase, &named, point, &context->locality, fault);
    }
    if (context->locality == BUILD_NONE) {
        context->locality = location.locality;
    }
    if (context->locality == BUILD_NONE) {
        context->locality = gazetteer_near(gazetteer, world, point, false);
    }
    return STATUS_OK;
}

static bool list_has(const struct world *world, uint32_t list, uint32_t draft)
{
    const struct bytes run = build_intern_at(&world->lists, list);
    bool is_found = false;
    for (size_t i = 0; i < run.size; i += sizeof(draft)) {
        is_found = is_found || memcmp(run.data + i, &draft, sizeof(draft)) == 0;
    }
    return is_found;
}

// The part of its locality that an address says it is in, else the one whose node is near.
static enum status suburb_find(struct world *world, struct geo_point point,
                               const struct feature_address *address, struct context *context,
                               struct fault *fault)
{
    struct build_gazetteer *const gazetteer = &world->contexts->gazetteer;
    const struct bytes part = address->suburb.size != 0 ? address->suburb : address->district;
    if (part.size != 0) {
        uint32_t phrase = 0;
        TRY(gazetteer_find(gazetteer, world, part, context->country, point, &context->suburb,
                           &phrase, fault));
    }
    if (context->suburb == BUILD_NONE && !build_location_at(world, context->location)->has_part) {
        const uint32_t near = gazetteer_near(gazetteer, world, point, true);
        if (near != BUILD_NONE && context->locality != BUILD_NONE &&
            list_has(world, world->drafts[near].doc.chain, context->locality)) {
            context->suburb = near;
        }
    }
    return STATUS_OK;
}

enum status build_context_find(struct world *world, struct geo_point point,
                               const struct feature_address *address, struct context *context,
                               struct fault *fault)
{
    struct build_contexts *const contexts = world->contexts;
    *context =
        (struct context){.postcode = BUILD_NONE, .locality = BUILD_NONE, .suburb = BUILD_NONE};
    TRY(location_find(world, point, &context->location, fault));
    const uint16_t tagged = build_country_pack(address->country);
    const struct location location = *build_location_at(world, context->location);
    context->country = tagged != 0 && !location.has_boundary ? tagged : location.country;
    context->postcode = location.postcode;
    if (address->postcode.size != 0) {
        uint32_t draft = BUILD_NONE;
        TRY(build_postcode_find(&contexts->postcodes, world, address->postcode, context->country,
                                &point, &draft, fault));
        context->postcode = draft != BUILD_NONE ? draft : context->postcode;
    }
    TRY(locality_find(world, point, address, context, fault));
    TRY(suburb_find(world, point, address, context, fault));
    if (context->country == 0 && context->locality != BUILD_NONE) {
        context->country = world->drafts[context->locality].doc.country;
    }
    return STATUS_OK;
}

struct chain {
    uint32_t drafts[CHAIN_MAX];
    size_t count;
};

// Adds a draft that is not there yet.
static void chain_add(struct chain *chain, uint32_t draft, uint32_t self)
{
    bool is_known = draft == BUILD_NONE || draft == self || chain->count == CHAIN_MAX;
    for (size_t i = 0; i < chain->count; i++) {
        is_known = is_known || chain->drafts[i] == draft;
    }
    if (!is_known) {
        chain->drafts[chain->count++] = draft;
    }
}

static void chain_add_list(struct chain *chain, const struct world *world, uint32_t list,
                           uint32_t self)
{
    const struct bytes run = build_intern_at(&world->lists, list);
    for (size_t i = 0; i < run.size; i += sizeof(uint32_t)) {
        uint32_t draft;
        memcpy(&draft, run.data + i, sizeof(draft));
        chain_add(chain, draft, self);
    }
}

enum status build_context_chain(struct world *world, const struct context *context, uint32_t self,
                                uint32_t *list, struct fault *fault)
{
    const struct location *const location = build_location_at(world, context->location);
    struct chain chain = {.count = 0};
    chain_add(&chain, context->postcode, self);
    chain_add(&chain, context->locality, self);
    chain_add(&chain, context->suburb, self);
    chain_add_list(&chain, world, location->list, self);
    if (!location->has_parent && context->locality != BUILD_NONE) {
        // Beyond the outlines at hand, what contains the city contains the address.
        chain_add_list(&chain, world, world->drafts[context->locality].doc.chain, self);
    }
    const struct bytes run = {.data = (const uint8_t *)chain.drafts,
                              .size = chain.count * sizeof(*chain.drafts)};
    return build_intern_add(&world->lists, run, list) == STATUS_OK ? STATUS_OK
                                                                   : build_no_memory(world, fault);
}

void build_contexts_settle(struct world *world)
{
    struct build_contexts *const contexts = world->contexts;
    build_postcodes_settle(&contexts->postcodes, world);
    for (size_t i = 0; i < contexts->cities.count; i++) {
        build_centre_settle(&contexts->centres[i], world);
    }
}

enum status build_place_chains(struct world *world, struct fault *fault)
{
    for (uint32_t i = 0; i < world->draft_count; i++) {
        if (world->drafts[i].doc.layer <= LAYER_POSTCODE && !world->drafts[i].is_cut) {
            TRY(place_chain(world, i, fault));
        }
    }
    return STATUS_OK;
}
