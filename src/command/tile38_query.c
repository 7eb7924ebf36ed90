#include "command/tile38_query.h"

#include <math.h>
#include <stdio.h>

// An option that may stand once.
struct once {
    bool cursor, limit, sparse, fence, commands, distance, detect, nodwell, ascending, descending,
        clip, nofields, buffer;
    struct bytes cursor_word, limit_word, sparse_word;
};

static enum status repeated(struct tile38_request *request, struct bytes word)
{
    char upper[32];
    size_t size = 0;
    for (; size < word.size && size < sizeof(upper) - 1; size++) {
        const uint8_t byte = word.data[size];
        upper[size] = (char)(byte >= 'a' && byte <= 'z' ? byte - 32 : byte);
    }
    upper[size] = '\0';
    return tile38_fail(request, "duplicate argument '%s'", upper);
}

static enum status take_once(struct tile38_request *request, struct bytes word, bool *flag)
{
    if (*flag) {
        return repeated(request, word);
    }
    *flag = true;
    return STATUS_OK;
}

static enum status take_value(struct tile38_request *request, struct bytes word, bool *flag,
                              struct tile38_words *words, struct bytes *value)
{
    TRY(take_once(request, word, flag));
    return tile38_take(words, value) ? STATUS_OK : tile38_fail_count(request);
}

// One of a list "a,b,c"; false at its end.
static bool next_in_list(struct bytes *list, struct bytes *part)
{
    if (list->data == NULL) {
        return false;
    }
    const uint8_t *const comma = memchr(list->data, ',', list->size);
    *part = (struct bytes){list->data, comma == NULL ? list->size : (size_t)(comma - list->data)};
    *list =
        comma == NULL ? (struct bytes){0} : (struct bytes){comma + 1, list->size - part->size - 1};
    while (part->size != 0 && part->data[0] == ' ') {
        part->data++;
        part->size--;
    }
    while (part->size != 0 && part->data[part->size - 1] == ' ') {
        part->size--;
    }
    return true;
}

struct named_bit {
    const char *name;
    unsigned bit;
};

static unsigned bit_of(const struct named_bit *bits, struct bytes name)
{
    for (; bits->name != NULL; bits++) {
        if (tile38_is_word(name, bits->name)) {
            return bits->bit;
        }
    }
    return 0;
}

static enum status take_detect(struct tile38_request *request, struct bytes list,
                               struct tile38_query *query)
{
    static const struct named_bit bits[] = {{"inside", TILE38_INSIDE}, {"outside", TILE38_OUTSIDE},
                                            {"enter", TILE38_ENTER},   {"exit", TILE38_EXIT},
                                            {"cross", TILE38_CROSS},   {0}};
    struct bytes rest = list, part;
    query->has_detect = true;
    while (next_in_list(&rest, &part)) {
        const unsigned bit = bit_of(bits, part);
        if (bit == 0) {
            return tile38_fail_argument(request, list);
        }
        if ((query->detect & bit) != 0) {
            return tile38_fail(request, "duplicate argument '%.*s'", (int)part.size,
                               (const char *)part.data);
        }
        query->detect |= bit;
    }
    return STATUS_OK;
}

static enum status take_commands(struct tile38_request *request, struct bytes list,
                                 struct tile38_query *query)
{
    static const struct named_bit bits[] = {{"set", TILE38_SET},
                                            {"del", TILE38_DEL},
                                            {"drop", TILE38_DROP},
                                            {"fset", TILE38_FSET},
                                            {0}};
    // Commands that no fence tells of: the list then leaves nothing.
    enum { NOTHING = 1U << 30 };
    struct bytes rest = list, part;
    while (next_in_list(&rest, &part)) {
        const unsigned bit = bit_of(bits, part);
        if (bit != 0 && (query->commands & bit) != 0) {
            return tile38_fail(request, "duplicate argument '%.*s'", (int)part.size,
                               (const char *)part.data);
        }
        query->commands |= bit == 0 ? NOTHING : bit;
    }
    return STATUS_OK;
}

static enum status take_eval(struct tile38_request *request, struct tile38_words *words,
                             bool is_hash, struct tile38_query *query)
{
    struct bytes script, text;
    uint64_t count = 0;
    if (!tile38_take(words, &script) || !tile38_take(words, &text)) {
        return tile38_fail_count(request);
    }
    if (!tile38_unsigned(text, &count)) {
        return tile38_fail_argument(request, text);
    }
    if (count > words->count) {
        return tile38_fail_count(request);
    }
    if (query->eval_count == TILE38_EVALS_MAX) {
        return tile38_fail(request, "too many WHEREEVAL: at most %d", TILE38_EVALS_MAX);
    }
    TRY(tile38_query_lists_take(request, query));
    query->lists->evals[query->eval_count++] =
        (struct tile38_eval){.script = script,
                             .is_hash = is_hash,
                             .arguments = words->at,
                             .argument_count = (size_t)count};
    words->at += count;
    words->count -= (size_t)count;
    return STATUS_OK;
}

static enum status take_glob(struct tile38_request *request, struct tile38_words *words,
                             struct tile38_query *query)
{
    struct bytes glob;
    if (!tile38_take(words, &glob)) {
        return tile38_fail_count(request);
    }
    if (query->glob_count == TILE38_LIST_MAX) {
        return tile38_fail(request, "too many MATCH: at most %d", TILE38_LIST_MAX);
    }
    TRY(tile38_query_lists_take(request, query));
    query->lists->globs[query->glob_count++] = glob;
    return STATUS_OK;
}

// Options of conditions. Fails: NOT_FOUND when the word is none of them.
static enum status take_condition(struct tile38_request *request, struct bytes word,
                                  struct tile38_words *words, struct tile38_query *query)
{
    if (tile38_is_word(word, "where")) {
        return tile38_query_take_where(request, words, query);
    }
    if (tile38_is_word(word, "wherein")) {
        return tile38_query_take_wherein(request, words, query);
    }
    if (tile38_is_word(word, "whereeval") || tile38_is_word(word, "whereevalsha")) {
        return take_eval(request, words, word.size != 9, query);
    }
    if (tile38_is_word(word, "match")) {
        return take_glob(request, words, query);
    }
    return STATUS_NOT_FOUND;
}

// Options of a fence. Fails: NOT_FOUND when the word is none of them.
static enum status take_fence(struct tile38_request *request, struct bytes word,
                              struct tile38_words *words, struct once *once, bool is_hook,
                              struct tile38_query *query)
{
    struct bytes value;
    if (tile38_is_word(word, "fence")) {
        query->is_fence = true;
        return is_hook ? STATUS_OK : take_once(request, word, &once->fence);
    }
    if (tile38_is_word(word, "nodwell")) {
        query->is_nodwell = true;
        return STATUS_OK;
    }
    if (tile38_is_word(word, "detect")) {
        TRY(take_value(request, word, &once->detect, words, &value));
        return take_detect(request, value, query);
    }
    if (tile38_is_word(word, "commands")) {
        TRY(take_value(request, word, &once->commands, words, &value));
        return take_commands(request, value, query);
    }
    return STATUS_NOT_FOUND;
}

static enum status take_buffer(struct tile38_request *request, struct bytes word,
                               struct tile38_words *words, struct once *once,
                               struct tile38_query *query)
{
    struct bytes value;
    TRY(take_value(request, word, &once->buffer, words, &value));
    return tile38_number(value, &query->buffer_m) && isfinite(query->buffer_m) &&
                   query->buffer_m >= 0
               ? STATUS_OK
               : tile38_fail_argument(request, value);
}

// The other options. Fails: NOT_FOUND when the word is none of them.
static enum status take_simple(struct tile38_request *request, struct bytes word,
                               struct tile38_words *words, struct once *once,
                               struct tile38_query *query)
{
    if (tile38_is_word(word, "cursor")) {
        return take_value(request, word, &once->cursor, words, &once->cursor_word);
    }
    if (tile38_is_word(word, "limit")) {
        return take_value(request, word, &once->limit, words, &once->limit_word);
    }
    if (tile38_is_word(word, "sparse")) {
        return take_value(request, word, &once->sparse, words, &once->sparse_word);
    }
    if (tile38_is_word(word, "buffer")) {
        return take_buffer(request, word, words, once, query);
    }
    if (tile38_is_word(word, "nofields")) {
        query->has_no_fields = true;
        return take_once(request, word, &once->nofields);
    }
    if (tile38_is_word(word, "distance")) {
        query->wants_distance = true;
        return take_once(request, word, &once->distance);
    }
    if (tile38_is_word(word, "clip")) {
        query->clips = true;
        return take_once(request, word, &once->clip);
    }
    if (tile38_is_word(word, "asc") || tile38_is_word(word, "desc")) {
        if (once->ascending || once->descending) {
            return repeated(request, word);
        }
        query->is_descending = word.size == 4;
        return take_once(request, word,
                         query->is_descending ? &once->descending : &once->ascending);
    }
    return STATUS_NOT_FOUND;
}

static const char *const kind_names[] = {[TILE38_SCANS] = "SCAN",
                                         [TILE38_SEARCHES] = "SEARCH",
                                         [TILE38_IS_NEARBY] = "NEARBY",
                                         [TILE38_IS_WITHIN] = "WITHIN",
                                         [TILE38_IS_INTERSECTS] = "INTERSECTS"};

static enum status check_conflicts(struct tile38_request *request, const struct once *once,
                                   const struct tile38_query *query)
{
    const char *const name = kind_names[query->kind];
    const bool is_scan = query->kind == TILE38_SCANS || query->kind == TILE38_SEARCHES;
    if (is_scan && once->sparse) {
        return tile38_fail(request, "SPARSE is not allowed for %s", name);
    }
    if (is_scan && query->is_fence) {
        return tile38_fail(request, "FENCE is not allowed for %s", name);
    }
    if (!is_scan && (once->descending || once->ascending)) {
        return tile38_fail(request, "%s is not allowed for %s", once->descending ? "DESC" : "ASC",
                           name);
    }
    if (once->sparse && once->limit) {
        return tile38_fail(request, "LIMIT is not allowed when SPARSE is specified");
    }
    if (once->cursor && once->sparse) {
        return tile38_fail(request, "CURSOR is not allowed when SPARSE is specified");
    }
    if (once->cursor && query->is_fence) {
        return tile38_fail(request, "CURSOR is not allowed when FENCE is specified");
    }
    if (query->has_detect && !query->is_fence) {
        return tile38_fail(request, "DETECT is not allowed when FENCE is not specified");
    }
    return STATUS_OK;
}

static enum status take_output(struct tile38_request *request, struct tile38_words *words,
                               struct tile38_query *query, struct bytes *precision)
{
    static const struct {
        const char *name;
        enum tile38_word_of_output output;
    } outputs[] = {{"count", TILE38_OUTPUT_COUNT},   {"objects", TILE38_OUTPUT_OBJECTS},
                   {"points", TILE38_OUTPUT_POINTS}, {"hashes", TILE38_OUTPUT_HASHES},
                   {"bounds", TILE38_OUTPUT_BOUNDS}, {"ids", TILE38_OUTPUT_IDS}};
    if (words->count == 0 || words->at->size == 0) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        if (tile38_is_word(*words->at, outputs[i].name)) {
            query->output = outputs[i].output;
            words->at++;
            words->count--;
            return query->output != TILE38_OUTPUT_HASHES || tile38_take(words, precision)
                       ? STATUS_OK
                       : tile38_fail_count(request);
        }
    }
    return query->kind == TILE38_SCANS ? tile38_fail_argument(request, *words->at) : STATUS_OK;
}

static enum status read_numbers(struct tile38_request *request, const struct once *once,
                                struct bytes precision, struct tile38_query *query)
{
    uint64_t number = 0;
    if (once->cursor && !tile38_unsigned(once->cursor_word, &query->cursor)) {
        return tile38_fail_argument(request, once->cursor_word);
    }
    if (precision.size != 0) {
        if (!tile38_unsigned(precision, &number) || number < 1 || number > 12) {
            return tile38_fail_argument(request, precision);
        }
        query->precision = (unsigned)number;
    }
    if (once->limit && (!tile38_unsigned(once->limit_word, &query->limit) || query->limit == 0)) {
        return tile38_fail_argument(request, once->limit_word);
    }
    if (once->sparse) {
        if (!tile38_unsigned(once->sparse_word, &number) || number < 1 || number > 8) {
            return tile38_fail_argument(request, once->sparse_word);
        }
        query->sparse = (unsigned)number;
        query->limit = UINT64_MAX;
    }
    return STATUS_OK;
}

static enum status take_options(struct tile38_request *request, struct tile38_words *words,
                                bool is_hook, struct tile38_query *query)
{
    struct once once = {0};
    query->is_fence = is_hook;
    while (words->count != 0 && words->at->size != 0) {
        struct tile38_words after = {words->at + 1, words->count - 1};
        enum status status = take_condition(request, *words->at, &after, query);
        if (status == STATUS_NOT_FOUND) {
            status = take_fence(request, *words->at, &after, &once, is_hook, query);
        }
        if (status == STATUS_NOT_FOUND) {
            status = take_simple(request, *words->at, &after, &once, query);
        }
        if (status == STATUS_NOT_FOUND) {
            break;
        }
        TRY(status);
        *words = after;
    }
    TRY(check_conflicts(request, &once, query));
    struct bytes precision = {0};
    TRY(take_output(request, words, query, &precision));
    TRY(read_numbers(request, &once, precision, query));
    return STATUS_OK;
}

static enum status take_roam(struct tile38_request *request, struct tile38_words *words,
                             struct tile38_query *query)
{
    struct tile38_roam *const roam = &query->roam;
    query->has_roam = true;
    if (!tile38_take(words, &roam->collection) || !tile38_take(words, &roam->pattern)) {
        return tile38_fail_count(request);
    }
    TRY(tile38_take_number(request, words, &roam->meters));
    roam->is_nodwell = query->is_nodwell;
    if (words->count == 0) {
        return STATUS_OK;
    }
    if (!tile38_is_word(*words->at, "scan")) {
        return tile38_fail_argument(request, *words->at);
    }
    words->at++;
    words->count--;
    return tile38_take(words, &roam->scan) ? STATUS_OK : tile38_fail_count(request);
}

// POINT lat lon [metres] of NEARBY.
static enum status take_centre(struct tile38_request *request, struct tile38_words *words,
                               struct tile38_query *query)
{
    struct tile38_area *const area = &query->area;
    *area = (struct tile38_area){.radius_m = -1};
    struct bytes texts[3];
    double numbers[3] = {0, 0, -1};
    if (!tile38_take(words, &texts[0]) || !tile38_take(words, &texts[1])) {
        return tile38_fail_count(request);
    }
    const size_t count = tile38_take(words, &texts[2]) ? 3 : 2;
    for (size_t i = 0; i < count; i++) {
        if (!tile38_number(texts[i], &numbers[i]) || !isfinite(numbers[i]) ||
            (i == 0 && fabs(numbers[i]) > 90) || (i == 1 && fabs(numbers[i]) > 180) ||
            (i == 2 && numbers[i] < 0)) {
            return tile38_fail_argument(request, texts[i]);
        }
    }
    area->is_circle = true;
    area->lat_deg = numbers[0];
    area->lng_deg = numbers[1];
    area->radius_m = numbers[2];
    shape_add_circle(&query->shapes,
                     (struct geo_point){.lng_e7 = geo_e7_from_deg(numbers[1]),
                                        .lat_e7 = geo_e7_from_deg(numbers[0])},
                     numbers[2]);
    area->size = query->shapes.size;
    return buffer_status(&query->shapes);
}

static enum status take_area(struct tile38_request *request, struct tile38_words *words,
                             struct tile38_query *query)
{
    struct bytes kind;
    if (!tile38_take(words, &kind)) {
        return tile38_fail_count(request);
    }
    if (query->kind == TILE38_IS_NEARBY) {
        if (query->is_fence && tile38_is_word(kind, "roam")) {
            return take_roam(request, words, query);
        }
        query->has_area = true;
        return tile38_is_word(kind, "point") ? take_centre(request, words, query)
                                             : tile38_fail_argument(request, kind);
    }
    double number;
    if (query->output == TILE38_OUTPUT_BOUNDS && tile38_number(kind, &number)) {
        // No output was said: this BOUNDS is the area.
        query->output = TILE38_OUTPUT_OBJECTS;
        words->at--;
        words->count++;
        kind = BYTES_OF("bounds");
    }
    if (query->clips && !tile38_area_is_rect(kind) && !tile38_is_word(kind, "point")) {
        return tile38_fail(request, "invalid argument 'cannot clip with %.*s'", (int)kind.size,
                           (const char *)kind.data);
    }
    query->has_area = true;
    query->is_tile = tile38_is_word(kind, "mvt");
    const enum status status = tile38_area_take(request, kind, words, &query->shapes, &query->area);
    return status == STATUS_NOT_FOUND ? tile38_fail_argument(request, kind) : status;
}

// The area becomes its part inside a rectangle.
static enum status take_clips(struct tile38_request *request, struct tile38_words *words,
                              struct tile38_query *query)
{
    while (words->count != 0) {
        struct bytes word, kind;
        if (!tile38_take(words, &word) || !tile38_is_word(word, "clipby") ||
            !tile38_take(words, &kind)) {
            return tile38_fail_count(request);
        }
        if (!tile38_area_is_rect(kind) || tile38_is_word(kind, "mvt")) {
            return tile38_fail(request, "invalid argument 'cannot clipby %.*s'", (int)kind.size,
                               (const char *)kind.data);
        }
        struct tile38_area rect;
        TRY(tile38_area_take(request, kind, words, &query->shapes, &rect));
        TRY(tile38_area_clip(request, &query->shapes, &query->area, &rect));
    }
    return STATUS_OK;
}

enum status tile38_query_lists_take(struct tile38_request *request, struct tile38_query *query)
{
    if (query->lists == NULL) {
        query->lists = memory_take(query->shapes.account, 1, sizeof(*query->lists));
    }
    return query->lists != NULL ? STATUS_OK : tile38_fail(request, "out of memory");
}

enum status tile38_query_take(struct tile38_request *request, struct tile38_words words,
                              enum tile38_kind_of_search kind, bool is_hook,
                              struct tile38_query *query)
{
    struct memory_account *const account = request->out->account;
    *query = (struct tile38_query){
        .kind = kind, .shapes = {.account = account}, .values = {.account = account}};
    if (!tile38_take(&words, &query->key)) {
        return tile38_fail_count(request);
    }
    TRY(take_options(request, &words, is_hook, query));
    TRY(buffer_status(&query->values));
    if (kind == TILE38_SCANS || kind == TILE38_SEARCHES) {
        return words.count == 0 ? STATUS_OK : tile38_fail_count(request);
    }
    TRY(take_area(request, &words, query));
    TRY(take_clips(request, &words, query));
    if (query->buffer_m > 0 && query->has_area) {
        return tile38_area_grow(request, &query->shapes, &query->area, query->buffer_m);
    }
    return STATUS_OK;
}

void tile38_query_end(struct tile38_query *query)
{
    tile38_evals_end(query);
    for (size_t i = 0; i < query->where_count; i++) {
        filter_free(query->lists->wheres[i].filter);
    }
    query->where_count = 0;
    memory_give(query->lists);
    query->lists = NULL;
    buffer_free(&query->shapes);
    buffer_free(&query->values);
}
