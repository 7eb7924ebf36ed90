#include "command/ask.h"

#include <stdio.h>
#include <string.h>

#include "command/command_private.h"
#include "command/place_id.h"

typedef enum status search_function(struct searcher *searcher, const struct search_world *world,
                                    const struct search_query *query, struct search_result *results,
                                    unsigned *count, struct fault *fault);

static enum status ask(search_function *search, struct commander *commander,
                       const struct search_world *world, const struct search_query *query,
                       struct ask_results *results, struct fault *fault)
{
    results->items = commander->results;
    results->count = 0;
    return search(commander->searcher, world, query, commander->results, &results->count, fault);
}

enum status ask_forward(struct commander *commander, const struct search_world *world,
                        const struct search_query *query, struct ask_results *results,
                        struct fault *fault)
{
    return ask(search_forward, commander, world, query, results, fault);
}

enum status ask_complete(struct commander *commander, const struct search_world *world,
                         const struct search_query *query, struct ask_results *results,
                         struct fault *fault)
{
    return ask(search_autocomplete, commander, world, query, results, fault);
}

enum status ask_reverse(struct commander *commander, const struct search_world *world,
                        const struct reverse_query *query, struct ask_results *results,
                        struct fault *fault)
{
    results->items = commander->results;
    results->count = 0;
    return search_reverse(commander->searcher, world, query, commander->results, &results->count,
                          fault);
}

enum status ask_find(const struct search_world *world, struct bytes id,
                     struct search_result *result)
{
    struct search_result found = {.match = MATCH_EXACT, .confidence = 1, .distance_m = -1};
    uint64_t packed = 0;
    if (place_id_read(id, &packed)) {
        if (world->atlas == NULL ||
            atlas_find(world->atlas, packed, &found.reference) != STATUS_OK) {
            return STATUS_NOT_FOUND;
        }
        found.point = atlas_point(world->atlas, found.reference);
    } else {
        found.object = world->overlay == NULL ? NULL : overlay_id_find(world->overlay, id);
        if (found.object == NULL) {
            return STATUS_NOT_FOUND;
        }
        struct row row;
        object_row(found.object, &row);
        found.reference = UINT32_MAX;
        found.point = row.point;
    }
    *result = found;
    return STATUS_OK;
}

// A live object: what it says of itself, and the areas of the atlas around it.
static enum status describe_object(struct commander *commander, const struct search_world *world,
                                   const struct search_result *result,
                                   const struct languages *languages,
                                   struct description *description, struct bytes *id)
{
    struct overlay_place place;
    struct buffer *const texts = &commander->texts;
    struct buffer *const id_text = &commander->id;
    buffer_clear(texts);
    buffer_clear(id_text);
    TRY(overlay_place_read(result->object, texts, &place));
    overlay_id_write(world->overlay, &place, id_text);
    TRY(buffer_status(id_text));
    *id = buffer_bytes(id_text);
    *description = (struct description){
        .layer = place.layer,
        .point = result->point,
        .name = place.parts[OVERLAY_NAME],
        .number = place.parts[OVERLAY_NUMBER],
        .unit = place.parts[OVERLAY_UNIT],
        .street = place.parts[OVERLAY_STREET],
        .locality = place.parts[OVERLAY_LOCALITY],
        .postcode = place.parts[OVERLAY_POSTCODE],
        .region = place.parts[OVERLAY_REGION],
        .category = place.parts[OVERLAY_CATEGORY],
    };
    const struct bytes country = place.parts[OVERLAY_COUNTRY];
    if (country.size == 2) {
        description->country_code[0] = (char)(country.data[0] & 0xdf);
        description->country_code[1] = (char)(country.data[1] & 0xdf);
    } else {
        description->country = country;
    }
    TRY(describe_own(world->atlas, languages, &commander->arena, description));
    if (description->name.size == 0 || place.parts[OVERLAY_ADDRESS].size != 0) {
        // An address in one text says more than its parts.
        description->name = description->name.size == 0 ? place.label : description->name;
        description->label = place.label;
    }
    return STATUS_OK;
}

static struct bytes text_keep(struct arena *arena, const char *text)
{
    const size_t size = strlen(text);
    uint8_t *const copy = ARENA_NEW(arena, uint8_t, size + 1);
    if (copy == NULL) {
        return (struct bytes){0};
    }
    memcpy(copy, text, size);
    return (struct bytes){.data = copy, .size = size};
}

// A point of the query itself: its name are its degrees, its id the URI of it (RFC 5870).
static enum status describe_point(struct commander *commander, const struct search_world *world,
                                  const struct search_result *result,
                                  const struct languages *languages,
                                  struct description *description, struct bytes *id)
{
    char text[ATLAS_ID_TEXT_SIZE];
    *description = (struct description){.layer = LAYER_POINT, .point = result->point};
    const double lat = geo_deg_from_e7(result->point.lat_e7);
    const double lng = geo_deg_from_e7(result->point.lng_e7);
    (void)snprintf(description->id, sizeof(description->id), "geo:%.7f,%.7f", lat, lng);
    (void)snprintf(text, sizeof(text), "%.7f, %.7f", lat, lng);
    description->name = text_keep(&commander->arena, text);
    *id = bytes_from_text(description->id);
    return describe_own(world->atlas, languages, &commander->arena, description);
}

enum status ask_describe(struct commander *commander, const struct search_world *world,
                         const struct search_result *result, const struct languages *languages,
                         struct description *description, struct bytes *id)
{
    if (result->object != NULL) {
        return describe_object(commander, world, result, languages, description, id);
    }
    if (result->is_point) {
        return describe_point(commander, world, result, languages, description, id);
    }
    if (result->guess == GUESS_BETWEEN) {
        TRY(describe_between(world->atlas, result->beside, result->number, result->point, languages,
                             &commander->arena, description));
    } else {
        TRY(describe(world->atlas, result->reference, languages, &commander->arena, description));
    }
    *id = bytes_from_text(description->id);
    return STATUS_OK;
}

struct arena *ask_arena(struct commander *commander)
{
    return &commander->arena;
}
