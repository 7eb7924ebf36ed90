#include "atlas/build_told.h"

#include "atlas/atlas.h"
#include "atlas/build_context.h"
#include "atlas/build_place.h"

static bool has_town(const struct world *world, uint32_t list)
{
    const struct bytes run = build_intern_at(&world->lists, list);
    bool is_found = false;
    for (size_t i = 0; i < run.size; i += sizeof(uint32_t)) {
        uint32_t draft;
        memcpy(&draft, run.data + i, sizeof(draft));
        is_found = is_found || world->drafts[draft].doc.layer == LAYER_LOCALITY;
    }
    return is_found;
}

// Is it a part whose chain by outlines has no town? Then its feature is read too.
static enum status told_read(struct world *world, const struct place *place, bool *is_told,
                             struct feature *feature)
{
    *is_told = false;
    if (place->draft == BUILD_NONE || place->twin != BUILD_NONE ||
        (place->layer != LAYER_BOROUGH && place->layer != LAYER_NEIGHBOURHOOD) ||
        atlas_id_unpack(place->id).kind == SOURCE_OSM ||
        has_town(world, world->drafts[place->draft].doc.chain)) {
        return STATUS_OK;
    }
    TRY(build_place_feature(world, place, feature));
    *is_told = feature->address.city.size != 0;
    return STATUS_OK;
}

static enum status told_each(struct world *world, bool sets_chain, struct fault *fault)
{
    for (size_t i = 0; i < world->place_count; i++) {
        const struct place *const place = &world->places[i];
        const uint32_t draft = place->draft;
        struct context context;
        struct feature feature;
        uint32_t chain = 0;
        bool is_told = false;
        TRY(told_read(world, place, &is_told, &feature));
        if (!is_told) {
            continue;
        }
        TRY(build_context_find(world, place->point, &feature.address, &context, fault));
        if (sets_chain) {
            context.suburb = BUILD_NONE; // a part near by is a neighbour
            TRY(build_context_chain(world, &context, draft, &chain, fault));
            world->drafts[draft].doc.chain = chain;
        }
    }
    return STATUS_OK;
}

enum status build_told_towns(struct world *world, struct fault *fault)
{
    return told_each(world, false, fault);
}

enum status build_told_chains(struct world *world, struct fault *fault)
{
    return told_each(world, true, fault);
}
