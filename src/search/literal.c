// Literals: a text that says where or what without a name: a point, a plus code, an id.
//
// A point (geo/coordinate.h) and a plus code are answered with the point itself, for those who can show it, and
// what is there; an id with its object. A short plus code is completed near the place that the rest of the text
// names, or near who asks.
#include "geo/coordinate.h"
#include "geo/plus_code.h"
#include "search/search_private.h"

static bool is_blank(uint8_t byte)
{
    return byte <= ' ' || byte == ',';
}

static struct bytes trim(struct bytes text)
{
    while (text.size != 0 && is_blank(text.data[0])) {
        text = (struct bytes){text.data + 1, text.size - 1};
    }
    while (text.size != 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

// --- ids ---

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

// Takes `word`, in whatever case, off the front.
static bool word_take(struct bytes *text, const char *word)
{
    const struct bytes wanted = bytes_from_text(word);
    if (text->size < wanted.size) {
        return false;
    }
    for (size_t i = 0; i < wanted.size; i++) {
        if (lower(text->data[i]) != wanted.data[i]) {
            return false;
        }
    }
    *text = (struct bytes){text->data + wanted.size, text->size - wanted.size};
    return true;
}

// "W123", "way/123", "way 123", "https://www.openstreetmap.org/way/123": an object of OpenStreetMap.
static bool osm_id_read(struct bytes text, uint64_t *id)
{
    static const char *const types[] = {"node", "way", "relation", "n", "w", "r"};
    (void)(word_take(&text, "https://") || word_take(&text, "http://"));
    (void)word_take(&text, "www.");
    (void)word_take(&text, "openstreetmap.org/");
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct bytes rest = text;
        if (!word_take(&rest, types[i])) {
            continue;
        }
        if (rest.size > 1 && (rest.data[0] == '/' || rest.data[0] == ' ' || rest.data[0] == ':')) {
            rest = (struct bytes){rest.data + 1, rest.size - 1};
        } else if (i < 3) {
            continue;
        }
        int64_t number = 0;
        size_t digits = 0;
        while (digits < rest.size && digits < 17 && rest.data[digits] >= '0' &&
               rest.data[digits] <= '9') {
            number = number * 10 + (rest.data[digits++] - '0');
        }
        if (digits == 0 || digits != rest.size) {
            return false;
        }
        *id = atlas_id_pack(
            (struct source_id){.kind = SOURCE_OSM, .type = types[i][0], .number = number});
        return true;
    }
    return false;
}

static bool object_find(const struct search_world *world, struct bytes text,
                        struct search_result *result)
{
    uint64_t id = 0;
    if (world->atlas != NULL &&
        (atlas_id_parse(text, &id) == STATUS_OK || osm_id_read(text, &id)) &&
        atlas_find(world->atlas, id, &result->reference) == STATUS_OK) {
        result->point = atlas_point(world->atlas, result->reference);
        return true;
    }
    result->object = world->overlay == NULL ? NULL : overlay_id_find(world->overlay, text);
    if (result->object == NULL) {
        return false;
    }
    struct row row;
    object_row(result->object, &row);
    result->reference = UINT32_MAX;
    result->point = row.point;
    return true;
}

// --- plus codes ---

// The first word of the text that is a plus code; `rest` are the words around it.
struct code {
    struct bytes text, before, after;
    enum plus_code_kind kind;
};

static bool code_find(struct bytes text, struct code *code)
{
    enum { SHORT_SIZE_MIN = 7 }; // "9G8F+6X": what is shorter may be anything
    for (size_t first = 0; first < text.size;) {
        size_t end = first;
        while (end < text.size && !is_blank(text.data[end])) {
            end++;
        }
        const struct bytes word = {text.data + first, end - first};
        const enum plus_code_kind kind = plus_code_kind(word);
        if (kind == PLUS_CODE_FULL || (kind == PLUS_CODE_SHORT && word.size >= SHORT_SIZE_MIN)) {
            *code = (struct code){
                .text = word,
                .before = trim((struct bytes){text.data, first}),
                .after = trim((struct bytes){text.data + end, text.size - end}),
                .kind = kind,
            };
            return true;
        }
        first = end + 1;
    }
    return false;
}

// Where the rest of the text is; else where who asks is. False: nobody says.
static bool code_place(struct searcher *searcher, const struct search_world *world,
                       const struct search_query *query, const struct code *code,
                       struct geo_point *near)
{
    const struct bytes rest = code->after.size != 0 ? code->after : code->before;
    struct search_query place = *query;
    struct search_result results[1];
    unsigned count = 0;
    place.text = rest;
    place.layers = 0;
    place.limit = 1;
    if (rest.size != 0 &&
        search_names(searcher, world, &place, false, results, &count, NULL) == STATUS_OK &&
        count != 0) {
        *near = results[0].point;
        return true;
    }
    *near = query->near;
    return query->has_near && rest.size == 0;
}

static bool point_read(struct searcher *searcher, const struct search_world *world,
                       const struct search_query *query, struct bytes text, struct geo_point *point)
{
    struct code code;
    if (coordinate_parse(text, point)) {
        return true;
    }
    if (!code_find(text, &code)) {
        return false;
    }
    struct geo_point near = {0};
    if (code.kind == PLUS_CODE_SHORT && !code_place(searcher, world, query, &code, &near)) {
        return false;
    }
    return plus_code_find(code.text, near, point);
}

// --- answers ---

// The point, where it is wanted, and what is there, nearest first.
static enum status point_answer(struct searcher *searcher, const struct search_world *world,
                                const struct search_query *query, struct geo_point point,
                                struct search_result *results, unsigned *count, struct fault *fault)
{
    unsigned first = 0;
    if (query->wants_point && (query->layers == 0 || (query->layers & 1U << LAYER_POINT) != 0) &&
        candidate_lies_within(query, point)) {
        results[first++] = (struct search_result){.reference = UINT32_MAX,
                                                  .is_point = true,
                                                  .match = MATCH_EXACT,
                                                  .point = point,
                                                  .score = 1,
                                                  .confidence = 1,
                                                  .distance_m = 0};
    }
    *count = first;
    if (first == query->limit) {
        return STATUS_OK;
    }
    const struct reverse_query reverse = {
        .point = point,
        .layers = query->layers,
        .radius_m = REVERSE_RADIUS_DEFAULT_M,
        .within = query->within,
        .limit = query->limit - first,
    };
    unsigned found = 0;
    TRY(search_reverse(searcher, world, &reverse, results + first, &found, fault));
    *count = first + found;
    return STATUS_OK;
}

enum status literal_search(struct searcher *searcher, const struct search_world *world,
                           const struct search_query *query, bool *is_literal,
                           struct search_result *results, unsigned *count, struct fault *fault)
{
    const struct bytes text = trim(query->text);
    *is_literal = false;
    if (text.size == 0 || query->has_parts) {
        return STATUS_OK;
    }
    struct search_result object = {.match = MATCH_EXACT, .confidence = 1, .distance_m = -1};
    if (object_find(world, text, &object)) {
        *is_literal = true;
        results[0] = object;
        *count = 1;
        return STATUS_OK;
    }
    struct geo_point point;
    if (!point_read(searcher, world, query, text, &point)) {
        return STATUS_OK;
    }
    *is_literal = true;
    return point_answer(searcher, world, query, point, results, count, fault);
}
