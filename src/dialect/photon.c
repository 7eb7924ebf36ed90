#include "dialect/photon.h"

#include <string.h>

#include "base/date.h"
#include "dialect/photon_private.h"

struct answer {
    struct commander *commander;
    const struct search_world *world;
    const struct photon_request *request;
    struct json_writer json;
    // What was written, to write the same thing once.
    uint64_t seen[SEARCH_LIMIT_MAX];
    unsigned count;
};

// One result with the score it is ordered by.
struct ranked {
    const struct search_result *result;
    double score;
};

// location_bias_scale says how much prominence counts beside nearness: 0.4 is usual.
static double biased_score(const struct photon_request *request, const struct search_result *result)
{
    static const double usual = 0.4;
    return (double)result->score +
           (double)result->terms.importance * (request->prominence / usual - 1);
}

// Best first; the order of equals stays. There are a hundred at most.
static struct ranked *rank(struct arena *arena, const struct photon_request *request,
                           const struct ask_results *results, bool is_reverse)
{
    struct ranked *const ranked = ARENA_NEW(arena, struct ranked, results->count + 1);
    if (ranked == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < results->count; i++) {
        const struct search_result *const result = &results->items[i];
        double score = -(double)i; // as they come
        if (is_reverse && request->is_sorted_by_distance) {
            score = -result->distance_m;
        } else if (!is_reverse && request->has_bias && request->has_point) {
            score = biased_score(request, result);
        }
        unsigned at = i;
        for (; at > 0 && ranked[at - 1].score < score; at--) {
            ranked[at] = ranked[at - 1];
        }
        ranked[at] = (struct ranked){.result = result, .score = score};
    }
    return ranked;
}

// FNV-1a, a part ended by a byte that is in no text.
static uint64_t hash_add(uint64_t hash, struct bytes part)
{
    for (size_t i = 0; i < part.size; i++) {
        hash = (hash ^ part.data[i]) * UINT64_C(0x100000001b3);
    }
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

// Photon takes for one what has the same name, postcode and value.
static bool was_seen(struct answer *answer, const struct description *description)
{
    const struct bytes name =
        description->layer == LAYER_ADDRESS ? (struct bytes){0} : description->name;
    const struct bytes parts[] = {name, description->osm_value, description->number,
                                  description->street, description->postcode};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        hash = hash_add(hash, parts[i]);
    }
    for (unsigned i = 0; i < answer->count; i++) {
        if (answer->seen[i] == hash && description->postcode.size != 0) {
            return true;
        }
    }
    answer->seen[answer->count] = hash;
    return false;
}

// The boundary of a town is the town: place=town, as its own node says.
static void kind_settle(const struct atlas *atlas, struct description *description)
{
    struct bytes place;
    if (bytes_equal(description->osm_key, BYTES_OF("boundary")) &&
        description_fact(atlas, description, "linked_place", &place)) {
        description->osm_key = BYTES_OF("place");
        description->osm_value = place;
    }
}

static bool is_inside(const struct photon_request *request, const struct description *description,
                      struct geo_point point)
{
    const struct geo_box *const box = &request->box;
    const uint16_t country = (uint16_t)((uint8_t)description->country_code[0] << 8 |
                                        (uint8_t)description->country_code[1]);
    bool is_in_country = request->country_count == 0;
    for (unsigned i = 0; i < request->country_count; i++) {
        is_in_country |= request->countries[i] == country;
    }
    const bool is_between = box->west_e7 <= box->east_e7
                                ? point.lng_e7 >= box->west_e7 && point.lng_e7 <= box->east_e7
                                : point.lng_e7 >= box->west_e7 || point.lng_e7 <= box->east_e7;
    return is_in_country && (!request->has_box || (is_between && point.lat_e7 >= box->south_e7 &&
                                                   point.lat_e7 <= box->north_e7));
}

static enum status write_results(struct answer *answer, const struct ask_results *results,
                                 bool is_reverse)
{
    const struct photon_request *const request = answer->request;
    struct arena *const arena = ask_arena(answer->commander);
    const struct photon_question question = {
        .request = request, .atlas = answer->world->atlas, .arena = arena};
    const struct ranked *const ranked = rank(arena, request, results, is_reverse);
    if (ranked == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (unsigned i = 0; i < results->count && answer->count < request->limit; i++) {
        const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(arena);
        struct description description;
        struct bytes id;
        TRY(ask_describe(answer->commander, answer->world, ranked[i].result, &request->languages,
                         &description, &id));
        kind_settle(answer->world->atlas, &description);
        if (!photon_passes(&request->filter, &description) ||
            !is_inside(request, &description, ranked[i].result->point) ||
            (request->should_dedupe && was_seen(answer, &description))) {
            continue;
        }
        photon_feature_write(&answer->json, &question, ranked[i].result, id, &description);
        answer->count++;
    }
    return STATUS_OK;
}

// More than wanted, where some may be left out.
static unsigned search_limit(const struct photon_request *request)
{
    if (photon_filter_is_fine(&request->filter) || request->has_bias) {
        return SEARCH_LIMIT_MAX;
    }
    return request->should_dedupe ? 2 * request->limit : request->limit;
}

static struct search_query query_of(const struct photon_request *request)
{
    struct search_query query = {
        .text = request->text,
        .has_near = request->has_point,
        .near = request->point,
        .near_zoom = request->zoom,
        .layers = photon_layers(&request->filter),
        .country_count = request->country_count,
        .has_box = request->has_box,
        .box = request->box,
        .limit = search_limit(request),
    };
    memcpy(query.countries, request->countries, sizeof(query.countries));
    return query;
}

static enum status ask_around(struct answer *answer, unsigned layers, struct fault *fault)
{
    const struct photon_request *const request = answer->request;
    const struct reverse_query query = {
        .point = request->point,
        .layers = layers,
        .radius_m = request->radius_m,
        .limit = search_limit(request),
    };
    struct places_query places = {
        .has_near = true,
        .near = request->point,
        .radius_m = request->radius_m,
        .has_categories = true,
        .inside = UINT32_MAX,
        .has_box = request->has_box,
        .box = request->box,
        .limit = SEARCH_LIMIT_MAX,
    };
    struct ask_results results;
    // However far the nearest pharmacy is, the shops before it need not be looked at.
    TRY(photon_categories(&request->filter, &places.categories)
            ? ask_places(answer->commander, answer->world, &places, &results, fault)
            : ask_reverse(answer->commander, answer->world, &query, &results, fault));
    return write_results(answer, &results, true);
}

static enum status answer_reverse(struct answer *answer, struct fault *fault)
{
    // What is near comes first; the areas around only where nothing is, or when they are asked for.
    const unsigned near = 1U << LAYER_ADDRESS | 1U << LAYER_STREET | 1U << LAYER_POI;
    const unsigned layers = photon_layers(&answer->request->filter);
    TRY(ask_around(answer, layers == 0 ? near : layers, fault));
    return answer->count == 0 && layers == 0 ? ask_around(answer, 0, fault) : STATUS_OK;
}

static enum status answer_forward(struct answer *answer, enum photon_path path, struct fault *fault)
{
    static const enum search_part parts[PHOTON_PART_COUNT] = {
        [PHOTON_PART_HOUSENUMBER] = PART_NUMBER, [PHOTON_PART_STREET] = PART_STREET,
        [PHOTON_PART_DISTRICT] = PART_BOROUGH,   [PHOTON_PART_POSTCODE] = PART_POSTCODE,
        [PHOTON_PART_CITY] = PART_LOCALITY,      [PHOTON_PART_COUNTY] = PART_COUNTY,
        [PHOTON_PART_STATE] = PART_REGION,
    };
    const struct photon_request *const request = answer->request;
    struct search_query query = query_of(request);
    struct ask_results results;
    if (path == PHOTON_API && request->text.size == 0) {
        return ask_around(answer, query.layers, fault); // of categories alone: the nearest
    }
    if (path == PHOTON_STRUCTURED) {
        query.has_parts = true;
        for (unsigned i = 0; i < PHOTON_PART_COUNT; i++) {
            query.parts[parts[i]] = request->parts[i];
        }
        TRY(ask_forward(answer->commander, answer->world, &query, &results, fault));
    } else {
        TRY(ask_complete(answer->commander, answer->world, &query, &results, fault));
    }
    return write_results(answer, &results, false);
}

static enum status answer_path(struct commander *commander, const struct search_world *world,
                               const struct dialect_request *asked, enum photon_path path,
                               struct dialect_reply *reply, struct fault *fault)
{
    struct arena *const arena = ask_arena(commander);
    struct form *const form = ARENA_NEW(arena, struct form, 1);
    struct photon_request *const request = ARENA_NEW(arena, struct photon_request, 1);
    struct answer *const answer = ARENA_NEW(arena, struct answer, 1);
    if (form == NULL || request == NULL || answer == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(form_read(asked->query, arena, form));
    TRY(photon_read(path, form, asked->accept_language, request, fault));
    answer->commander = commander;
    answer->world = world;
    answer->request = request;
    answer->json.out = reply->out;
    struct json_writer *const json = &answer->json;
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "FeatureCollection");
    JSON_KEY(json, "features");
    json_begin_array(json);
    TRY(path == PHOTON_REVERSE ? answer_reverse(answer, fault)
                               : answer_forward(answer, path, fault));
    json_end_array(json);
    json_end_object(json);
    return buffer_status(reply->out);
}

static void write_message(struct dialect_reply *reply, unsigned status, const char *message)
{
    struct json_writer json = {.out = reply->out};
    reply->status = status;
    json_begin_object(&json);
    JSON_KEY(&json, "message");
    json_text_of(&json, message);
    json_end_object(&json);
}

// The date is that of the newest data.
static void write_status(const struct search_world *world, struct buffer *out)
{
    int64_t newest_s = 0;
    for (uint32_t i = 0; world->atlas != NULL && i < world->atlas->source_count; i++) {
        const int64_t time_s = world->atlas->sources[i].data_time_s;
        newest_s = time_s > newest_s ? time_s : newest_s;
    }
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "status");
    json_text_of(&json, "Ok");
    if (newest_s != 0) {
        char text[DATE_RFC3339_SIZE + 1];
        date_format_rfc3339(newest_s * 1000000, text);
        JSON_KEY(&json, "import_date");
        json_text_of(&json, text);
    }
    json_end_object(&json);
}

static void answer_photon(struct commander *commander, const struct search_world *world,
                          const struct dialect_request *asked, struct dialect_reply *reply)
{
    reply->content_type = "application/json;charset=utf-8";
    if (asked->endpoint == PHOTON_STATUS) {
        write_status(world, reply->out);
        return;
    }
    if (asked->endpoint > PHOTON_STATUS) {
        write_message(reply, 404, "Not found. There are /api, /structured, /reverse and /status.");
        return;
    }
    if (!asked->is_ready) {
        write_message(reply, 503, "There is no atlas yet.");
        return;
    }
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(ask_arena(commander));
    const size_t before_size = reply->out->size;
    struct fault fault = {0};
    const enum status status =
        answer_path(commander, world, asked, (enum photon_path)asked->endpoint, reply, &fault);
    if (status != STATUS_OK) {
        reply->out->size = before_size;
        reply->out->failed = false;
        const bool is_theirs = status == STATUS_OUT_OF_RANGE;
        write_message(reply, is_theirs ? 400 : 503,
                      fault.text[0] != '\0' ? fault.text : "The answer is too long.");
    }
}

static const char *const endpoints[] = {
    [PHOTON_API] = "/api",       [PHOTON_STRUCTURED] = "/structured", [PHOTON_REVERSE] = "/reverse",
    [PHOTON_STATUS] = "/status", [PHOTON_STATUS + 1] = NULL,
};

const struct dialect dialect_photon = {
    .name = "photon", .endpoints = endpoints, .answer = answer_photon};
