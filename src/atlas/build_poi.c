#include "atlas/build_poi.h"

#include "atlas/atlas.h"
#include "atlas/build_facts.h"
#include "atlas/build_phrase.h"
#include "atlas/build_score.h"

// A shop is asked for by its chain too, whatever else it is called.
static enum status brand_index(struct build_names *names, const struct feature *feature,
                               struct fault *fault)
{
    for (size_t i = 0; i < feature->fact_count; i++) {
        if (bytes_equal(feature->facts[i].key, BYTES_OF("brand"))) {
            TRY(build_names_index(names, feature->facts[i].value, NAME_CLASS_ALTERNATIVE, fault));
        }
    }
    return STATUS_OK;
}

// Names and facts of the object, then those of another that it lacks.
static enum status words_take(struct world *world, uint32_t poi, const struct feature *feature,
                              const struct feature *other, struct fault *fault)
{
    struct build_names names SCOPED(build_names_free);
    struct build_facts facts SCOPED(build_facts_free);
    build_names_begin(&names, world, poi, world->drafts[poi].doc.country);
    build_facts_begin(&facts, world);
    TRY(build_names_add(&names, feature->names, feature->name_count, fault));
    TRY(brand_index(&names, feature, fault));
    TRY(build_facts_add(&facts, feature, true, fault));
    if (other != NULL) {
        TRY(build_names_add(&names, other->names, other->name_count, fault));
        TRY(brand_index(&names, other, fault));
        TRY(build_facts_add(&facts, other, false, fault));
    }
    TRY(build_facts_end(&facts, poi, fault));
    return build_names_end(&names, fault);
}

enum status build_poi_take(struct world *world, const struct feature *feature,
                           const struct feature *other, const struct context *context,
                           uint32_t *poi, struct fault *fault)
{
    TRY(build_draft_new(world, LAYER_POI, atlas_id_pack(feature->id), feature->point, poi, fault));
    if (!memory_grow(world->account, &world->pois, &world->poi_capacity, world->poi_count + 1,
                     sizeof(*world->pois))) {
        return build_no_memory(world, fault);
    }
    const bool has_hours = feature->opening_hours.size != 0 || other == NULL;
    struct poi_draft detail = {.street = BUILD_NONE};
    if (build_intern_string(&world->strings,
                            has_hours ? feature->opening_hours : other->opening_hours,
                            &detail.opening_hours) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    world->drafts[*poi].detail = (uint32_t)world->poi_count;
    world->pois[world->poi_count++] = detail;

    const bool is_known = feature->wikidata.size != 0 || feature->has_wikipedia ||
                          (other != NULL && (other->wikidata.size != 0 || other->has_wikipedia));
    struct atlas_doc *const doc = &world->drafts[*poi].doc;
    doc->category = feature->category;
    doc->country = context->country;
    doc->importance = build_poi_importance(feature->category, is_known);
    TRY(words_take(world, *poi, feature, other, fault));
    uint32_t chain = 0;
    TRY(build_context_chain(world, context, *poi, &chain, fault));
    world->drafts[*poi].doc.chain = chain;
    return STATUS_OK;
}
