#include "atlas/build_city.h"

#include "atlas/build_location.h"
#include "atlas/build_phrase.h"
#include "atlas/build_postcode.h"
#include "atlas/build_score.h"

struct build_cities {
    struct build_gazetteer gazetteer;
    struct build_intern keys;     // country, region, phrase of those that only tags know of
    struct build_centre *centres; // one for each key
    size_t capacity;
};

enum status build_cities_new(struct world *world, struct fault *fault)
{
    world->cities = memory_take_zeroed(world->account, 1, sizeof(*world->cities));
    if (world->cities == NULL) {
        return build_no_memory(world, fault);
    }
    world->cities->gazetteer.phrases.account = world->account;
    world->cities->gazetteer.asked.account = world->account;
    world->cities->keys.account = world->account;
    return STATUS_OK;
}

void build_cities_free(struct world *world)
{
    if (world->cities != NULL) {
        gazetteer_free(&world->cities->gazetteer);
        build_intern_free(&world->cities->keys);
        memory_give(world->cities->centres);
        memory_give(world->cities);
        world->cities = NULL;
    }
}

enum status build_city_name(struct world *world, struct bytes phrase, uint32_t draft,
                            struct fault *fault)
{
    return gazetteer_add(&world->cities->gazetteer, phrase, draft) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

enum status build_cities_ready(struct world *world, struct fault *fault)
{
    return gazetteer_ready(&world->cities->gazetteer, world, fault);
}

uint32_t build_city_near(const struct world *world, struct geo_point point, uint16_t country,
                         bool is_part)
{
    return gazetteer_near(&world->cities->gazetteer, world, point, country, is_part);
}

enum status build_city_find(struct world *world, const struct gazetteer_question *question,
                            uint32_t *draft, struct fault *fault)
{
    struct gazetteer_answer answer;
    TRY(gazetteer_find(&world->cities->gazetteer, world, question, &answer, fault));
    *draft = answer.draft;
    return STATUS_OK;
}

// The document of a locality that only tags know of.
static enum status city_make(struct world *world, const struct gazetteer_question *question,
                             uint32_t phrase, uint32_t region, uint32_t *draft, struct fault *fault)
{
    struct buffer made_of SCOPED(buffer_free) = {.account = world->account};
    buffer_append(&made_of, &question->country, sizeof(question->country));
    if (region != BUILD_NONE) {
        buffer_append_u64(&made_of, world->drafts[region].doc.id);
    }
    buffer_append_bytes(&made_of, build_intern_at(&world->cities->gazetteer.phrases, phrase));
    if (buffer_status(&made_of) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    const uint64_t id = build_derived_id("locality", buffer_bytes(&made_of));
    TRY(build_draft_new(world, LAYER_LOCALITY, id, question->point, draft, fault));
    world->drafts[*draft].doc.country = question->country;

    const struct feature_name name = {.text = question->text, .role = NAME_MAIN};
    struct build_names names SCOPED(build_names_free);
    build_names_begin(&names, world, *draft, question->country);
    TRY(build_names_add(&names, &name, 1, fault));
    TRY(build_names_end(&names, fault));
    struct atlas_doc *const doc = &world->drafts[*draft].doc;
    doc->importance = build_place_importance(doc, false, false);
    return build_location_chain(world, *draft, fault);
}

enum status build_city_take(struct world *world, const struct gazetteer_question *question,
                            uint32_t region, uint32_t *draft, struct fault *fault)
{
    struct build_cities *const cities = world->cities;
    struct gazetteer_answer answer;
    TRY(gazetteer_find(&cities->gazetteer, world, question, &answer, fault));
    *draft = answer.draft;
    if (answer.draft != BUILD_NONE || answer.phrase == BUILD_NONE) {
        return STATUS_OK;
    }
    const uint32_t key[3] = {question->country, region, answer.phrase};
    const struct bytes run = {.data = (const uint8_t *)key, .size = sizeof(key)};
    const size_t known = cities->keys.count;
    uint32_t number = 0;
    if (build_intern_add(&cities->keys, run, &number) != STATUS_OK ||
        !memory_grow(world->account, &cities->centres, &cities->capacity, cities->keys.count,
                     sizeof(*cities->centres))) {
        return build_no_memory(world, fault);
    }
    struct build_centre *const centre = &cities->centres[number];
    if (number == known) {
        *centre = (struct build_centre){.draft = BUILD_NONE};
        TRY(city_make(world, question, answer.phrase, region, &centre->draft, fault));
    }
    build_centre_add(centre, question->point);
    *draft = centre->draft;
    return STATUS_OK;
}

void build_cities_settle(struct world *world)
{
    for (size_t i = 0; i < world->cities->keys.count; i++) {
        build_centre_settle(&world->cities->centres[i], world);
    }
}

void build_cities_bound(struct world *world)
{
    for (size_t i = 0; i < world->cities->keys.count; i++) {
        build_centre_bound(&world->cities->centres[i], world);
    }
}
