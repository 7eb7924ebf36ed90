#include "atlas/build_context.h"

#include "atlas/build_city.h"
#include "atlas/build_place.h"
#include "atlas/build_postcode.h"
#include "atlas/build_region.h"
#include "atlas/build_shape.h"
#include "atlas/build_told.h"

enum status build_contexts_new(struct world *world, struct fault *fault)
{
    TRY(build_shapes_new(world, fault));
    TRY(build_locations_new(world, fault));
    TRY(build_cities_new(world, fault));
    return build_postcodes_new(world, fault);
}

void build_contexts_free(struct world *world)
{
    build_shapes_free(world);
    build_locations_free(world);
    build_cities_free(world);
    build_postcodes_free(world);
}

enum status build_contexts_ready(struct world *world, struct fault *fault)
{
    for (uint32_t i = 0; i < world->place_count; i++) {
        const struct place *const place = &world->places[i];
        if (place->layer == LAYER_POSTCODE && place->twin == BUILD_NONE) {
            struct feature feature;
            TRY(build_place_feature(world, place, &feature));
            TRY(build_postcode_place(world, i, feature.address.postcode, fault));
        }
    }
    TRY(build_regions_name(world, fault));
    TRY(build_cities_ready(world, fault));
    return build_location_chains(world, fault);
}

static enum status locality_find(struct world *world, struct geo_point point,
                                 const struct feature_address *address, struct context *context,
                                 struct fault *fault)
{
    const struct location location = *build_location_at(world, context->location);
    const struct gazetteer_question question = {
        .text = address->city, .point = point, .country = context->country};
    if (address->city.size != 0) {
        TRY(build_city_take(world, &question, location.region, &context->locality, fault));
    }
    if (context->locality == BUILD_NONE) {
        context->locality = location.locality;
    }
    if (context->locality == BUILD_NONE) {
        context->locality = build_city_near(world, point, context->country, false);
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
    const struct bytes part = address->suburb.size != 0 ? address->suburb : address->district;
    const struct gazetteer_question question = {
        .text = part, .point = point, .country = context->country};
    if (part.size != 0) {
        TRY(build_city_find(world, &question, &context->suburb, fault));
    }
    if (context->suburb == BUILD_NONE && !build_location_at(world, context->location)->has_part) {
        const uint32_t near = build_city_near(world, point, context->country, true);
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
    *context =
        (struct context){.postcode = BUILD_NONE, .locality = BUILD_NONE, .suburb = BUILD_NONE};
    const uint16_t tagged = build_country_pack(address->country);
    TRY(build_location_find(world, point, tagged, &context->location, fault));
    const struct location location = *build_location_at(world, context->location);
    const uint16_t country = tagged != 0 && !location.has_boundary ? tagged : location.country;
    context->country = country;
    context->postcode = location.postcode;
    if (address->postcode.size != 0) {
        uint32_t draft = BUILD_NONE;
        TRY(build_postcode_find(world, address->postcode, country, &point, &draft, fault));
        context->postcode = draft != BUILD_NONE ? draft : context->postcode;
    }
    TRY(locality_find(world, point, address, context, fault));
    TRY(suburb_find(world, point, address, context, fault));
    if (address->number.size != 0) {
        build_postcode_vote(world, context->postcode, context->locality);
    }
    if (context->country == 0 && context->locality != BUILD_NONE) {
        context->country = world->drafts[context->locality].doc.country;
    }
    return STATUS_OK;
}

struct chain {
    uint32_t drafts[BUILD_CHAIN_MAX];
    size_t count;
};

// Adds a draft that is not there yet.
static void chain_add(struct chain *chain, uint32_t draft, uint32_t self)
{
    bool is_known = draft == BUILD_NONE || draft == self || chain->count == BUILD_CHAIN_MAX;
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

// A list, and a region where it belongs: before the country.
static void chain_add_list_with(struct chain *chain, const struct world *world, uint32_t list,
                                uint32_t region, uint32_t self)
{
    const struct bytes run = build_intern_at(&world->lists, list);
    for (size_t i = 0; i < run.size; i += sizeof(uint32_t)) {
        uint32_t draft;
        memcpy(&draft, run.data + i, sizeof(draft));
        if (world->drafts[draft].doc.layer == LAYER_COUNTRY) {
            chain_add(chain, region, self);
        }
        chain_add(chain, draft, self);
    }
    chain_add(chain, region, self);
}

enum status build_context_chain(struct world *world, const struct context *context, uint32_t self,
                                uint32_t *list, struct fault *fault)
{
    const struct location *const location = build_location_at(world, context->location);
    struct chain chain = {.count = 0};
    chain_add(&chain, context->postcode, self);
    chain_add(&chain, context->locality, self);
    chain_add(&chain, context->suburb, self);
    const uint32_t region = context->locality == BUILD_NONE || location->region != BUILD_NONE
                                ? BUILD_NONE
                                : world->drafts[context->locality].region;
    chain_add_list_with(&chain, world, location->list, region, self);
    if (!location->has_parent && context->locality != BUILD_NONE) {
        // Beyond the outlines at hand, what contains the city contains the address.
        chain_add_list(&chain, world, world->drafts[context->locality].doc.chain, self);
    }
    const struct bytes run = {.data = (const uint8_t *)chain.drafts,
                              .size = chain.count * sizeof(*chain.drafts)};
    return build_intern_add(&world->lists, run, list) == STATUS_OK ? STATUS_OK
                                                                   : build_no_memory(world, fault);
}

enum status build_contexts_settle(struct world *world, struct fault *fault)
{
    TRY(build_told_towns(world, fault));
    build_postcodes_settle(world);
    build_cities_settle(world);
    TRY(build_location_chains(world, fault));
    TRY(build_told_chains(world, fault));
    build_cities_bound(world);
    return build_postcodes_bound(world, fault);
}
