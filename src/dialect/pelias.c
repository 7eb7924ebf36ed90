#include "dialect/pelias.h"

#include <string.h>

#include "dialect/pelias_private.h"
#include "geo/distance.h"
#include "geo/shape.h"

struct answer {
    struct commander *commander;
    const struct search_world *world;
    const struct dialect_request *asked;
    struct dialect_reply *reply;
    const struct pelias_request *request;
    struct json_writer json;
    unsigned count;
    struct geo_box box; // of all that was written
    // boundary.gid: the id of ours; "": none
    char area_id[PELIAS_ID_SIZE];
    bool areas_stand_in, addresses_stand_in;
};

// --- what passes

// Pelias has its areas from Who's On First and most addresses from OpenAddresses. Where the atlas has
// neither, areas and addresses of other sources stand in for what is asked of them.
static bool source_passes(const struct answer *answer, struct bytes id,
                          const struct description *description)
{
    const struct pelias_request *const request = answer->request;
    struct pelias_id theirs;
    if (request->sources == 0) {
        return true;
    }
    pelias_id_of(id, &theirs);
    const unsigned layer = 1U << pelias_layer_of(description);
    return (request->sources & 1U << theirs.source) != 0 ||
           (answer->areas_stand_in && (layer & PELIAS_COARSE) != 0) ||
           (answer->addresses_stand_in && layer == 1U << PELIAS_ADDRESS);
}

static bool atlas_has(const struct atlas *atlas, enum source_kind kind)
{
    for (uint32_t i = 0; atlas != NULL && i < atlas->source_count; i++) {
        if (atlas->sources[i].kind == (uint32_t)kind) {
            return true;
        }
    }
    return false;
}

static void stand_in(struct answer *answer, struct pelias_request *request)
{
    const struct atlas *const atlas = answer->world->atlas;
    answer->areas_stand_in =
        (request->sources & 1U << PELIAS_WHOSONFIRST) != 0 && !atlas_has(atlas, SOURCE_WOF);
    answer->addresses_stand_in = (request->sources & 1U << PELIAS_OPENADDRESSES) != 0 &&
                                 !atlas_has(atlas, SOURCE_OPENADDRESSES);
    if (answer->areas_stand_in) {
        pelias_note(&request->warnings, "there is nothing of whosonfirst here: areas of other "
                                        "sources stand in for it");
    }
    if (answer->addresses_stand_in) {
        pelias_note(&request->warnings, "there is nothing of openaddresses here: addresses of "
                                        "other sources stand in for it");
    }
}

static bool is_part_of(const struct description *description, const char *area_id)
{
    for (unsigned i = 0; i < description->part_count; i++) {
        if (strcmp(description->parts[i].id, area_id) == 0) {
            return true;
        }
    }
    return strcmp(description->id, area_id) == 0;
}

// "food" and "food.restaurant", or with Pelias' colon.
static bool category_passes(const struct pelias_request *request, struct bytes category)
{
    for (unsigned i = 0; i < request->category_count; i++) {
        const struct bytes wanted = request->categories[i];
        if (category.size < wanted.size) {
            continue;
        }
        bool is_same = true;
        for (size_t j = 0; j < wanted.size; j++) {
            is_same &= wanted.data[j] == category.data[j] ||
                       (wanted.data[j] == ':' && category.data[j] == '.');
        }
        if (is_same && (category.size == wanted.size || category.data[wanted.size] == '.')) {
            return true;
        }
    }
    return request->category_count == 0;
}

static bool country_passes(const struct pelias_request *request,
                           const struct description *description)
{
    const uint16_t country = (uint16_t)((uint8_t)description->country_code[0] << 8 |
                                        (uint8_t)description->country_code[1]);
    bool is_wanted = request->country_count == 0;
    for (unsigned i = 0; i < request->country_count; i++) {
        is_wanted |= request->countries[i] == country;
    }
    return is_wanted;
}

static bool passes(const struct answer *answer, struct bytes id,
                   const struct description *description)
{
    const struct pelias_request *const request = answer->request;
    const enum pelias_layer layer = pelias_layer_of(description);
    return (request->layers == 0 || (request->layers & 1U << layer) != 0) &&
           source_passes(answer, id, description) &&
           category_passes(request, description->category) &&
           country_passes(request, description) &&
           (answer->area_id[0] == '\0' || is_part_of(description, answer->area_id));
}

// --- features

static void box_add(struct geo_box *box, struct geo_box other)
{
    box->west_e7 = other.west_e7 < box->west_e7 ? other.west_e7 : box->west_e7;
    box->south_e7 = other.south_e7 < box->south_e7 ? other.south_e7 : box->south_e7;
    box->east_e7 = other.east_e7 > box->east_e7 ? other.east_e7 : box->east_e7;
    box->north_e7 = other.north_e7 > box->north_e7 ? other.north_e7 : box->north_e7;
}

static enum status write_result(struct answer *answer, const struct search_result *result)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(ask_arena(answer->commander));
    struct description description;
    struct bytes id;
    TRY(ask_describe(answer->commander, answer->world, result, &answer->request->languages,
                     &description, &id));
    if (!passes(answer, id, &description)) {
        return STATUS_OK;
    }
    const struct geo_point point = result->point;
    const struct geo_box box = description.has_box ? description.box
                                                   : (struct geo_box){point.lng_e7, point.lat_e7,
                                                                      point.lng_e7, point.lat_e7};
    if (answer->count == 0) {
        answer->box = box;
    }
    box_add(&answer->box, box);
    pelias_feature_write(&answer->json, answer->request, answer->world, result, id, &description);
    answer->count++;
    return STATUS_OK;
}

static enum status write_results(struct answer *answer, const struct ask_results *results,
                                 unsigned most)
{
    for (unsigned i = 0; i < results->count && answer->count < most; i++) {
        TRY(write_result(answer, &results->items[i]));
    }
    return STATUS_OK;
}

// More than wanted, where some may be left out.
static unsigned search_limit(const struct pelias_request *request)
{
    const bool is_whole = request->layers == 0 && request->sources == 0 &&
                          request->category_count == 0 && request->boundary_gid.size == 0;
    return is_whole ? request->size : SEARCH_LIMIT_MAX;
}

// --- searches

// Both rectangles at once; false when they have nothing in common.
static bool box_meet(struct geo_box *box, struct geo_box other)
{
    box->west_e7 = other.west_e7 > box->west_e7 ? other.west_e7 : box->west_e7;
    box->south_e7 = other.south_e7 > box->south_e7 ? other.south_e7 : box->south_e7;
    box->east_e7 = other.east_e7 < box->east_e7 ? other.east_e7 : box->east_e7;
    box->north_e7 = other.north_e7 < box->north_e7 ? other.north_e7 : box->north_e7;
    return box->west_e7 <= box->east_e7 && box->south_e7 <= box->north_e7;
}

// The area of boundary.gid: its id to look for in what contains a result, its box to search in.
// False when nothing can be in it.
static bool area_take(struct answer *answer, struct search_query *query)
{
    struct bytes gid = answer->request->boundary_gid;
    struct search_result found;
    if (pelias_gid_read(gid, answer->area_id) != STATUS_OK ||
        ask_find(answer->world, bytes_from_text(answer->area_id), &found) != STATUS_OK ||
        found.object != NULL) {
        return false;
    }
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(ask_arena(answer->commander));
    const struct languages none = {.count = 0};
    struct description description;
    struct bytes id;
    if (ask_describe(answer->commander, answer->world, &found, &none, &description, &id) !=
        STATUS_OK) {
        return false;
    }
    // What was merged into another is looked for under the other's id.
    memcpy(answer->area_id, description.id, sizeof(description.id));
    if (!description.has_box) {
        return true;
    }
    if (!query->has_box) {
        query->has_box = true;
        query->box = description.box;
        return true;
    }
    return box_meet(&query->box, description.box);
}

static void parts_take(const struct pelias_request *request, struct search_query *query)
{
    static const enum search_part parts[PELIAS_PART_COUNT] = {
        [PELIAS_PART_VENUE] = PART_NAME,          [PELIAS_PART_ADDRESS] = PART_STREET,
        [PELIAS_PART_UNIT] = PART_UNIT,           [PELIAS_PART_NEIGHBOURHOOD] = PART_NEIGHBOURHOOD,
        [PELIAS_PART_BOROUGH] = PART_BOROUGH,     [PELIAS_PART_LOCALITY] = PART_LOCALITY,
        [PELIAS_PART_COUNTY] = PART_COUNTY,       [PELIAS_PART_REGION] = PART_REGION,
        [PELIAS_PART_POSTALCODE] = PART_POSTCODE, [PELIAS_PART_COUNTRY] = PART_COUNTRY,
    };
    query->has_parts = true;
    for (unsigned i = 0; i < PELIAS_PART_COUNT; i++) {
        query->parts[parts[i]] = request->parts[i];
    }
}

static enum status answer_forward(struct answer *answer, struct fault *fault)
{
    const struct pelias_request *const request = answer->request;
    struct search_query query = {
        .text = request->text,
        .has_near = request->has_focus || request->has_viewport,
        .near = request->focus,
        .near_zoom = request->zoom,
        .layers = pelias_atlas_layers(request->layers),
        .country_count = request->country_count,
        .has_box = request->has_rect,
        .box = request->rect,
        .limit = search_limit(request),
    };
    memcpy(query.countries, request->countries, sizeof(query.countries));
    if (request->boundary_gid.size != 0 && !area_take(answer, &query)) {
        return STATUS_OK;
    }
    struct buffer circle SCOPED(buffer_free) = {.account = answer->reply->out->account};
    struct shape within;
    if (request->has_circle) {
        shape_add_circle(&circle, request->circle, request->radius_m);
        TRY(buffer_status(&circle));
        within.bytes = buffer_bytes(&circle);
        query.within = &within;
    }
    struct ask_results results;
    if (request->path == PELIAS_STRUCTURED) {
        parts_take(request, &query);
    }
    TRY(request->path == PELIAS_AUTOCOMPLETE
            ? ask_complete(answer->commander, answer->world, &query, &results, fault)
            : ask_forward(answer->commander, answer->world, &query, &results, fault));
    return write_results(answer, &results, request->size);
}

// The categories of the request, "food:cafe" too. False: none are asked for, or one that there is not.
static bool categories_take(const struct pelias_request *request, struct category_set *categories)
{
    for (unsigned i = 0; i < request->category_count; i++) {
        char name[64];
        const struct bytes given = request->categories[i];
        if (given.size > sizeof(name)) {
            return false;
        }
        for (size_t j = 0; j < given.size; j++) {
            name[j] = given.data[j] == ':' ? '.' : (char)given.data[j];
        }
        if (!category_set_add_name(
                categories, (struct bytes){.data = (const uint8_t *)name, .size = given.size})) {
            return false;
        }
    }
    return request->category_count != 0;
}

// Of some categories the nearest, however much else is nearer.
static enum status ask_near(struct answer *answer, const struct reverse_query *query,
                            struct ask_results *results, struct fault *fault)
{
    struct places_query places = {
        .has_near = true,
        .near = query->point,
        .radius_m = query->radius_m,
        .has_categories = true,
        .inside = UINT32_MAX,
        .limit = SEARCH_LIMIT_MAX,
    };
    const bool is_of_categories = (query->layers & 1U << LAYER_POI) != 0 &&
                                  categories_take(answer->request, &places.categories);
    return is_of_categories ? ask_places(answer->commander, answer->world, &places, results, fault)
                            : ask_reverse(answer->commander, answer->world, query, results, fault);
}

static enum status answer_around(struct answer *answer, struct fault *fault)
{
    const struct pelias_request *const request = answer->request;
    const unsigned fine = 1U << LAYER_ADDRESS | 1U << LAYER_STREET | 1U << LAYER_POI;
    const unsigned wanted = pelias_atlas_layers(request->layers);
    struct search_query area = {.has_box = false};
    if (request->boundary_gid.size != 0 && !area_take(answer, &area)) {
        return STATUS_OK;
    }
    struct reverse_query query = {
        .point = request->point,
        .layers = wanted != 0                      ? wanted & fine
                  : request->path == PELIAS_NEARBY ? 1U << LAYER_POI
                                                   : fine,
        .radius_m = request->radius_m,
        .limit = request->country_count != 0 ? SEARCH_LIMIT_MAX : search_limit(request),
    };
    struct ask_results results;
    if (query.layers != 0) {
        TRY(ask_near(answer, &query, &results, fault));
        TRY(write_results(answer, &results, request->size));
    }
    // The smallest area that contains the point, where nothing is near or areas alone are asked for.
    query.layers = wanted == 0 ? ((1U << LAYER_COUNT) - 1) & ~fine : wanted & ~fine;
    if (answer->count != 0 || query.layers == 0 || request->path == PELIAS_NEARBY) {
        return STATUS_OK;
    }
    query.limit = SEARCH_LIMIT_MAX;
    TRY(ask_reverse(answer->commander, answer->world, &query, &results, fault));
    return write_results(answer, &results, 1);
}

static enum status answer_places(struct answer *answer)
{
    struct bytes list = answer->request->ids;
    struct bytes gid;
    char id[PELIAS_ID_SIZE];
    struct search_result found;
    while (form_next(&list, ',', &gid)) {
        if (pelias_gid_read(gid, id) == STATUS_OK &&
            ask_find(answer->world, bytes_from_text(id), &found) == STATUS_OK) {
            TRY(write_result(answer, &found));
        }
    }
    return STATUS_OK;
}

// --- replies

static enum status write_features(struct answer *answer, struct fault *fault)
{
    const struct pelias_request *const request = answer->request;
    if (request->errors.count != 0) {
        answer->reply->status = 400;
        return STATUS_OK;
    }
    if (request->layers != 0 && pelias_atlas_layers(request->layers) == 0) {
        return STATUS_OK; // a layer that there is nothing in
    }
    switch (request->path) {
    case PELIAS_SEARCH:
    case PELIAS_STRUCTURED:
    case PELIAS_AUTOCOMPLETE:
        return answer_forward(answer, fault);
    case PELIAS_REVERSE:
    case PELIAS_NEARBY:
        return answer_around(answer, fault);
    case PELIAS_PLACE:
    case PELIAS_ATTRIBUTION:
        break;
    }
    return answer_places(answer);
}

static enum status answer_path(struct answer *answer, struct fault *fault)
{
    struct json_writer *const json = &answer->json;
    json_begin_object(json);
    pelias_echo(json, answer->request, answer->asked);
    JSON_KEY(json, "type");
    json_text_of(json, "FeatureCollection");
    JSON_KEY(json, "features");
    json_begin_array(json);
    TRY(write_features(answer, fault));
    json_end_array(json);
    if (answer->count != 0) {
        JSON_KEY(json, "bbox");
        json_begin_array(json);
        json_e7(json, answer->box.west_e7);
        json_e7(json, answer->box.south_e7);
        json_e7(json, answer->box.east_e7);
        json_e7(json, answer->box.north_e7);
        json_end_array(json);
    }
    json_end_object(json);
    return buffer_status(json->out);
}

static enum status answer_asked(struct answer *answer, struct fault *fault)
{
    struct arena *const arena = ask_arena(answer->commander);
    struct form *const form = ARENA_NEW(arena, struct form, 1);
    struct pelias_request *const request = ARENA_NEW(arena, struct pelias_request, 1);
    if (form == NULL || request == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(form_read(answer->asked->query, arena, form));
    pelias_read((enum pelias_path)answer->asked->endpoint, form, answer->asked->accept_language,
                request);
    stand_in(answer, request);
    answer->request = request;
    return answer_path(answer, fault);
}

// Who is to be named beside a map: the page that "attribution" points to.
static void write_attribution(const struct search_world *world, struct dialect_reply *reply)
{
    reply->content_type = "text/plain; charset=utf-8";
    for (uint32_t i = 0; world->atlas != NULL && i < world->atlas->source_count; i++) {
        const struct atlas_source *const source = &world->atlas->sources[i];
        buffer_append_bytes(reply->out, atlas_string(world->atlas, source->attribution));
        buffer_append_text(reply->out, "  ");
        buffer_append_bytes(reply->out, atlas_string(world->atlas, source->licence));
        buffer_append_text(reply->out, "  ");
        buffer_append_bytes(reply->out, atlas_string(world->atlas, source->url));
        buffer_append_text(reply->out, "\n");
    }
}

static void write_error(struct dialect_reply *reply, unsigned status, const char *message)
{
    struct json_writer json = {.out = reply->out};
    reply->status = status;
    json_begin_object(&json);
    JSON_KEY(&json, "geocoding");
    json_begin_object(&json);
    JSON_KEY(&json, "version");
    json_text_of(&json, "0.2");
    JSON_KEY(&json, "errors");
    json_begin_array(&json);
    json_text_of(&json, message);
    json_end_array(&json);
    json_end_object(&json);
    JSON_KEY(&json, "type");
    json_text_of(&json, "FeatureCollection");
    JSON_KEY(&json, "features");
    json_begin_array(&json);
    json_end_array(&json);
    json_end_object(&json);
}

static void answer_pelias(struct commander *commander, const struct search_world *world,
                          const struct dialect_request *asked, struct dialect_reply *reply)
{
    if (asked->endpoint == PELIAS_ATTRIBUTION) {
        write_attribution(world, reply);
        return;
    }
    if (asked->endpoint > PELIAS_ATTRIBUTION) {
        write_error(reply, 404, "not found: invalid path");
        return;
    }
    if (!asked->is_ready) {
        write_error(reply, 503, "there is no atlas yet");
        return;
    }
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(ask_arena(commander));
    const size_t before_size = reply->out->size;
    struct answer answer = {.commander = commander,
                            .world = world,
                            .asked = asked,
                            .reply = reply,
                            .json = {.out = reply->out}};
    struct fault fault = {0};
    const enum status status = answer_asked(&answer, &fault);
    if (status != STATUS_OK) {
        reply->out->size = before_size;
        reply->out->failed = false;
        write_error(reply, status == STATUS_OUT_OF_RANGE ? 400 : 503,
                    fault.text[0] != '\0' ? fault.text : "the answer is too long");
    }
}

static const char *const endpoints[] = {
    [PELIAS_SEARCH] = "/v1/search",
    [PELIAS_STRUCTURED] = "/v1/search/structured",
    [PELIAS_AUTOCOMPLETE] = "/v1/autocomplete",
    [PELIAS_REVERSE] = "/v1/reverse",
    [PELIAS_NEARBY] = "/v1/nearby",
    [PELIAS_PLACE] = "/v1/place",
    [PELIAS_ATTRIBUTION] = "/attribution",
    [PELIAS_ATTRIBUTION + 1] = NULL,
};

const struct dialect dialect_pelias = {
    .name = "pelias", .endpoints = endpoints, .answer = answer_pelias};
