// Hooks, channels and fences of connections: Tile38's arguments become a fence (fence/tile38.h), which
// asks back here what is wanted and how it is written.
#include <stdio.h>

#include "command/tile38_query.h"
#include "deliver/deliver.h"

// What a fence needs of us as long as it lives: its words, taken apart.
struct watch {
    struct tile38 *tile38;
    struct memory_account *account;
    struct buffer text;  // the words' bytes
    struct bytes *words; // into text
    size_t word_count;
    struct tile38_query query;
    struct tile38_scratch scratch;
    const struct tile38_listener *listener; // of a connection
    struct tile38_listener listener_copy;
};

static bool wants_id(void *context, struct bytes id)
{
    const struct watch *const watch = context;
    return tile38_query_wants_name(&watch->query, id);
}

static bool wants(void *context, const struct object *object)
{
    const struct watch *const watch = context;
    struct row row;
    object_row(object, &row);
    return tile38_query_wants(&watch->query, object, &row);
}

static void write_object(void *context, const struct object *object, double distance_m,
                         struct buffer *out)
{
    static const struct {
        const char *member;
        enum tile38_shape shape;
    } outputs[] = {[TILE38_OUTPUT_OBJECTS] = {",\"object\":", TILE38_OBJECT},
                   [TILE38_OUTPUT_POINTS] = {",\"point\":", TILE38_POINT},
                   [TILE38_OUTPUT_BOUNDS] = {",\"bounds\":", TILE38_BOUNDS},
                   [TILE38_OUTPUT_HASHES] = {",\"hash\":", TILE38_HASH},
                   [TILE38_OUTPUT_IDS] = {NULL, TILE38_OBJECT},
                   [TILE38_OUTPUT_COUNT] = {NULL, TILE38_OBJECT}};
    struct watch *const watch = context;
    const struct tile38_query *const query = &watch->query;
    if (query->output == TILE38_OUTPUT_COUNT) {
        return;
    }
    buffer_append_text(out, "\"id\":");
    tile38_write_json_text(out, object_id(object));
    if (query->output == TILE38_OUTPUT_IDS) {
        return;
    }
    struct row row;
    object_row(object, &row);
    struct tile38_request request = {.tile38 = watch->tile38,
                                     .output = TILE38_OUTPUT_JSON,
                                     .out = out,
                                     .scratch = &watch->scratch};
    buffer_append_text(out, outputs[query->output].member);
    tile38_write_shape(&request, &row, outputs[query->output].shape, query->precision);
    if (!query->has_no_fields && row.fields.size != 0) {
        buffer_append_text(out, ",\"fields\":");
        tile38_write_fields(&request, row.fields);
    }
    if (distance_m >= 0) {
        buffer_append_text(out, ",\"distance\":");
        tile38_write_number(out, distance_m);
    }
}

static void write_geometry(void *context, const struct object *object, struct buffer *out)
{
    (void)context;
    struct row row;
    object_row(object, &row);
    if (row.kind == ROW_STRING) {
        tile38_write_json_text(out, row.text);
    } else {
        tile38_write_object(&row, out);
    }
}

static void send_message(void *context, struct bytes channel, struct bytes message)
{
    struct watch *const watch = context;
    struct tile38 *const tile38 = watch->tile38;
    if (watch->listener != NULL) {
        watch->listener->send(watch->listener->context, message);
    } else if (tile38->send != NULL) {
        tile38->send(tile38->send_context, channel, message);
    }
}

static void release(void *context)
{
    struct watch *const watch = context;
    tile38_query_end(&watch->query);
    tile38_scratch_end(&watch->scratch);
    buffer_free(&watch->text);
    memory_give(watch->words);
    memory_give(watch);
}

static const struct tile38_calls calls = {.wants_id = wants_id,
                                          .wants = wants,
                                          .write_object = write_object,
                                          .write_geometry = write_geometry,
                                          .send = send_message,
                                          .release = release};

// Keeps a copy of the words.
static bool keep_words(struct watch *watch, struct tile38_words words)
{
    for (size_t i = 0; i < words.count; i++) {
        buffer_append_bytes(&watch->text, words.at[i]);
    }
    watch->words = memory_take(watch->account, words.count + 1, sizeof(struct bytes));
    if (watch->words == NULL || watch->text.failed) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < words.count; i++) {
        // An empty word has no data of its own.
        watch->words[i] = (struct bytes){watch->text.data + at, words.at[i].size};
        at += words.at[i].size;
    }
    watch->word_count = words.count;
    return true;
}

static bool kind_of(struct bytes word, enum tile38_kind_of_search *kind)
{
    static const struct {
        const char *name;
        enum tile38_kind_of_search kind;
    } kinds[] = {{"nearby", TILE38_IS_NEARBY},
                 {"within", TILE38_IS_WITHIN},
                 {"intersects", TILE38_IS_INTERSECTS}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (tile38_is_word(word, kinds[i].name)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

// A watch over "NEARBY key … FENCE …"; fills the fence's part of it. On failure nothing is left.
static enum status watch_new(struct tile38_request *request, struct tile38_words words,
                             bool is_hook, struct watch **watch)
{
    struct memory_account *const account = request->tile38->world->account;
    struct watch *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return tile38_fail(request, "there is no memory for another fence");
    }
    made->tile38 = request->tile38;
    made->account = account;
    made->text.account = account;
    made->query.shapes.account = account;
    made->query.values.account = account;
    tile38_scratch_begin(&made->scratch, account);
    enum tile38_kind_of_search kind = TILE38_SCANS;
    enum status status = STATUS_OK;
    if (!keep_words(made, words)) {
        status = tile38_fail(request, "there is no memory for another fence");
    } else if (words.count == 0 || words.at->size == 0) {
        status = tile38_fail_count(request);
    } else if (!kind_of(*words.at, &kind)) {
        status = tile38_fail_argument(request, *words.at);
    } else {
        const struct tile38_words kept = {made->words + 1, made->word_count - 1};
        status = tile38_query_take(request, kept, kind, is_hook, &made->query);
    }
    if (status == STATUS_OK && made->query.eval_count != 0) {
        status = tile38_fail(request, "WHEREEVAL is not allowed for a fence: use WHERE and an "
                                      "expression");
    }
    if (status != STATUS_OK) {
        release(made);
        return status;
    }
    *watch = made;
    return STATUS_OK;
}

static void fill_fence(struct watch *watch, struct tile38_fence *fence)
{
    const struct tile38_query *const query = &watch->query;
    fence->search = query->has_roam                   ? TILE38_ROAM
                    : query->kind == TILE38_IS_NEARBY ? TILE38_NEARBY
                    : query->kind == TILE38_IS_WITHIN ? TILE38_WITHIN
                                                      : TILE38_INTERSECTS;
    fence->collection = query->key;
    if (query->has_area) {
        fence->area = tile38_area_shape(query);
    }
    fence->has_detect = query->has_detect;
    fence->detect = query->detect;
    fence->commands = query->commands;
    fence->has_no_fields = query->has_no_fields;
    fence->writes_distance = query->wants_distance;
    fence->roam = query->roam;
    fence->calls = &calls;
    fence->context = watch;
}

enum status tile38_open_fence(struct tile38_request *request, struct tile38_query *query)
{
    (void)
        query; // the watch takes the words apart again, from a copy that lives as long as the fence
    struct fences *const fences = request->tile38->world->fences;
    if (request->listener == NULL || request->turn == NULL || fences == NULL) {
        return tile38_fail(request, "FENCE needs a connection of its own");
    }
    struct watch *watch = NULL;
    TRY(watch_new(request, tile38_words_after(request, 0), false, &watch));
    watch->listener_copy = *request->listener;
    watch->listener = &watch->listener_copy;
    struct tile38_fence fence = {.kind = TILE38_CONNECTION};
    fill_fence(watch, &fence);
    struct fault fault = {0};
    if (tile38_connection_open(fences, &fence, &request->connection, &fault) != STATUS_OK) {
        release(watch);
        return tile38_fail(request, "%s", fault.text);
    }
    tile38_reply_ok(request);
    return STATUS_OK;
}

// Restart: the stored words again.
static enum status parse_stored(void *context, struct tile38_fence *fence, struct fault *fault)
{
    struct tile38 *const tile38 = context;
    const struct sys *const sys = tile38->world->sys;
    struct buffer out = {.account = tile38->world->account};
    struct tile38_scratch scratch;
    tile38_scratch_begin(&scratch, out.account);
    struct tile38_request request = {.tile38 = tile38,
                                     .arguments = fence->words,
                                     .argument_count = fence->word_count,
                                     .view = live_view_working(tile38->world->live),
                                     .now_us = sys->wall_us(sys),
                                     .deadline_us = INT64_MAX,
                                     .out = &out,
                                     .scratch = &scratch};
    struct watch *watch = NULL;
    const enum status status = watch_new(&request, tile38_words_after(&request, 0), true, &watch);
    if (status == STATUS_OK) {
        fill_fence(watch, fence);
    } else {
        (void)fault_set(fault, status, "the stored fence \"%.*s\" cannot be read again: %s",
                        (int)fence->name.size, (const char *)fence->name.data, request.fault.text);
    }
    tile38_scratch_end(&scratch);
    buffer_free(&out);
    return status;
}

void tile38_fences_begin(struct tile38 *tile38)
{
    tile38_parser_set(tile38->world->fences, parse_stored, tile38);
}

// SETHOOK and SETCHAN. -------------------------------------------------------------------------------

enum { META_MAX = 64, ENDPOINT_MAX = 16 };

struct hook_words {
    struct tile38_meta metas[META_MAX];
    uint32_t meta_count;
    struct bytes endpoints[ENDPOINT_MAX];
    uint32_t endpoint_count;
    struct bytes urls;
    int64_t expires_us;
};

static struct bytes trim(struct bytes text)
{
    while (text.size != 0 && text.data[0] == ' ') {
        text.data++;
        text.size--;
    }
    while (text.size != 0 && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    return text;
}

static enum status take_urls(struct tile38_request *request, struct tile38_words *words,
                             struct hook_words *hook)
{
    struct fault fault = {0};
    if (!tile38_take(words, &hook->urls)) {
        return tile38_fail_count(request);
    }
    const enum status status = deliver_urls_check(hook->urls, &fault);
    if (status != STATUS_OK) {
        return tile38_fail(request, "%s", fault.text);
    }
    for (struct bytes rest = hook->urls; rest.data != NULL;) {
        const uint8_t *const comma = memchr(rest.data, ',', rest.size);
        const size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        if (hook->endpoint_count == ENDPOINT_MAX) {
            return tile38_fail(request, "too many endpoints: at most %d", ENDPOINT_MAX);
        }
        hook->endpoints[hook->endpoint_count++] = trim((struct bytes){rest.data, size});
        rest = comma == NULL ? (struct bytes){0} : (struct bytes){comma + 1, rest.size - size - 1};
    }
    return STATUS_OK;
}

// Sorted by name; the last of a name counts.
static enum status add_meta(struct tile38_request *request, struct hook_words *hook,
                            struct bytes name, struct bytes value)
{
    uint32_t at = 0;
    while (at < hook->meta_count && bytes_compare(hook->metas[at].name, name) < 0) {
        at++;
    }
    if (at == hook->meta_count || !bytes_equal(hook->metas[at].name, name)) {
        if (hook->meta_count == META_MAX) {
            return tile38_fail(request, "too many META: at most %d", META_MAX);
        }
        memmove(hook->metas + at + 1, hook->metas + at,
                (hook->meta_count - at) * sizeof(hook->metas[0]));
        hook->meta_count++;
    }
    hook->metas[at] = (struct tile38_meta){.name = name, .value = value};
    return STATUS_OK;
}

// META name value and EX seconds, before the search.
static enum status take_extras(struct tile38_request *request, struct tile38_words *words,
                               struct hook_words *hook)
{
    while (words->count != 0) {
        struct tile38_words after = {words->at + 1, words->count - 1};
        if (tile38_is_word(*words->at, "meta")) {
            struct bytes name, value;
            if (!tile38_take(&after, &name) || !tile38_take(&after, &value)) {
                return tile38_fail_count(request);
            }
            TRY(add_meta(request, hook, name, value));
        } else if (tile38_is_word(*words->at, "ex")) {
            struct row row = {0};
            TRY(tile38_take_expiry(request, &after, &row));
            hook->expires_us = row.expires_us;
        } else {
            return STATUS_OK;
        }
        *words = after;
    }
    return STATUS_OK;
}

static enum status register_fence(struct tile38_request *request, struct tile38_fence *fence,
                                  const struct hook_words *hook, struct watch *watch,
                                  bool *is_changed)
{
    struct world *const world = request->tile38->world;
    struct fault fault = {0};
    enum status status = STATUS_OK;
    if (fence->kind == TILE38_HOOK) {
        if (world->deliver == NULL) {
            release(watch);
            return tile38_fail(request, "this server delivers no hooks");
        }
    }
    status = tile38_fence_register(world->fences, request->turn, fence, is_changed, &fault);
    if (status != STATUS_OK) {
        release(watch);
        return tile38_fail(request, "%s", fault.text);
    }
    if (fence->kind == TILE38_HOOK && *is_changed) {
        status = deliver_tile38_put(world->deliver, request->turn, fence->name, hook->urls, &fault);
        if (status != STATUS_OK) {
            status_ignore(
                tile38_fence_unregister(world->fences, request->turn, fence->kind, fence->name),
                "it was registered a moment ago");
            return tile38_fail(request, "%s", fault.text);
        }
    }
    return STATUS_OK;
}

static enum status set_fence(struct tile38_request *request, enum tile38_kind kind)
{
    struct tile38_words words = tile38_words_after(request, 1);
    struct tile38_fence fence = {.kind = kind};
    struct hook_words hook = {0};
    if (!tile38_take(&words, &fence.name)) {
        return tile38_fail_count(request);
    }
    if (kind == TILE38_HOOK) {
        TRY(take_urls(request, &words, &hook));
    }
    TRY(take_extras(request, &words, &hook));
    if (request->tile38->world->fences == NULL) {
        return tile38_fail(request, "this server has no fences");
    }
    struct watch *watch = NULL;
    TRY(watch_new(request, words, true, &watch));
    fill_fence(watch, &fence);
    fence.words = watch->words;
    fence.word_count = (uint32_t)watch->word_count;
    fence.endpoints = hook.endpoints;
    fence.endpoint_count = hook.endpoint_count;
    fence.metas = hook.metas;
    fence.meta_count = hook.meta_count;
    fence.expires_us = hook.expires_us;
    bool is_changed = false;
    const bool is_new = tile38_fence_find(request->tile38->world->fences, fence.name) == NULL;
    TRY(register_fence(request, &fence, &hook, watch, &is_changed));
    atomic_fetch_add_explicit(&request->tile38->hooks, is_new, memory_order_relaxed);
    tile38_reply_count(request, is_changed);
    return STATUS_OK;
}

enum status tile38_sethook(struct tile38_request *request)
{
    return set_fence(request, TILE38_HOOK);
}

enum status tile38_setchan(struct tile38_request *request)
{
    return set_fence(request, TILE38_CHANNEL);
}

// Removing and listing. ------------------------------------------------------------------------------

static bool remove_fence(struct tile38_request *request, enum tile38_kind kind, struct bytes name)
{
    struct world *const world = request->tile38->world;
    if (tile38_fence_unregister(world->fences, request->turn, kind, name) != STATUS_OK) {
        return false;
    }
    atomic_fetch_sub_explicit(&request->tile38->hooks, 1, memory_order_relaxed);
    if (kind == TILE38_HOOK && world->deliver != NULL) {
        status_ignore(deliver_tile38_delete(world->deliver, request->turn, name),
                      "what is not there need not go");
    }
    return true;
}

static enum status delete_fence(struct tile38_request *request, enum tile38_kind kind)
{
    if (request->argument_count != 2 || request->arguments[1].size == 0) {
        return tile38_fail_count(request);
    }
    const bool is_gone = request->tile38->world->fences != NULL &&
                         remove_fence(request, kind, request->arguments[1]);
    tile38_reply_count(request, is_gone);
    return STATUS_OK;
}

enum status tile38_delhook(struct tile38_request *request)
{
    return delete_fence(request, TILE38_HOOK);
}

enum status tile38_delchan(struct tile38_request *request)
{
    return delete_fence(request, TILE38_CHANNEL);
}

static bool collect_name(void *context, const struct tile38_fence *fence)
{
    struct buffer *const names = context;
    buffer_append(names, &fence->name.size, sizeof(fence->name.size));
    buffer_append_bytes(names, fence->name);
    return true;
}

enum status tile38_fences_drop(struct tile38_request *request, enum tile38_kind kind,
                               struct bytes pattern, int64_t *count)
{
    struct buffer *const names = &request->scratch->list;
    buffer_clear(names);
    if (request->tile38->world->fences != NULL) {
        tile38_fence_list(request->tile38->world->fences, kind, pattern, collect_name, names);
    }
    TRY(buffer_status(names));
    for (size_t at = 0; at < names->size;) {
        struct bytes name = {0};
        memcpy(&name.size, names->data + at, sizeof(name.size));
        name.data = names->data + at + sizeof(name.size);
        at += sizeof(name.size) + name.size;
        *count += remove_fence(request, kind, name);
    }
    return STATUS_OK;
}

static enum status delete_fences(struct tile38_request *request, enum tile38_kind kind)
{
    int64_t count = 0;
    if (request->argument_count != 2 || request->arguments[1].size == 0) {
        return tile38_fail_count(request);
    }
    TRY(tile38_fences_drop(request, kind, request->arguments[1], &count));
    tile38_reply_count(request, count);
    return STATUS_OK;
}

enum status tile38_pdelhook(struct tile38_request *request)
{
    return delete_fences(request, TILE38_HOOK);
}

enum status tile38_pdelchan(struct tile38_request *request)
{
    return delete_fences(request, TILE38_CHANNEL);
}

struct listing {
    struct tile38_request *request;
    struct buffer *rows;
    size_t count;
};

static void write_json_words(struct buffer *out, const struct bytes *words, size_t count)
{
    buffer_append(out, "[", 1);
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, ",", i == 0 ? 0 : 1);
        tile38_write_json_text(out, words[i]);
    }
    buffer_append(out, "]", 1);
}

static void write_json_fence(struct listing *listing, const struct tile38_fence *fence)
{
    struct buffer *const out = listing->rows;
    buffer_append_text(out, listing->count == 0 ? "{\"name\":" : ",{\"name\":");
    tile38_write_json_text(out, fence->name);
    buffer_append_text(out, ",\"key\":");
    tile38_write_json_text(out, fence->collection);
    if (fence->kind == TILE38_HOOK) {
        buffer_append_text(out, ",\"endpoints\":");
        write_json_words(out, fence->endpoints, fence->endpoint_count);
    }
    const int64_t left_us = fence->expires_us - listing->request->now_us;
    buffer_append_format(out, ",\"ttl\":%lld",
                         fence->expires_us == 0 ? -1LL
                         : left_us < 0          ? 0LL
                                                : (long long)(left_us / 1000000));
    buffer_append_text(out, ",\"command\":");
    write_json_words(out, fence->words, fence->word_count);
    buffer_append_text(out, ",\"meta\":{");
    for (uint32_t i = 0; i < fence->meta_count; i++) {
        buffer_append(out, ",", i == 0 ? 0 : 1);
        tile38_write_json_text(out, fence->metas[i].name);
        buffer_append(out, ":", 1);
        tile38_write_json_text(out, fence->metas[i].value);
    }
    buffer_append_text(out, "}}");
}

static void write_resp_fence(struct buffer *out, const struct tile38_fence *fence)
{
    resp_write_array(out, 5);
    resp_write_bulk(out, fence->name);
    resp_write_bulk(out, fence->collection);
    resp_write_array(out, fence->kind == TILE38_HOOK ? fence->endpoint_count : 1);
    for (uint32_t i = 0; i < fence->endpoint_count; i++) {
        resp_write_bulk(out, fence->endpoints[i]);
    }
    if (fence->kind == TILE38_CHANNEL) {
        char local[300];
        const int size = snprintf(local, sizeof(local), "local://%.*s", (int)fence->name.size,
                                  (const char *)fence->name.data);
        resp_write_bulk(out, (struct bytes){(const uint8_t *)local, (size_t)size < sizeof(local)
                                                                        ? (size_t)size
                                                                        : sizeof(local) - 1});
    }
    resp_write_array(out, fence->word_count);
    for (uint32_t i = 0; i < fence->word_count; i++) {
        resp_write_bulk(out, fence->words[i]);
    }
    resp_write_array(out, (size_t)fence->meta_count * 2);
    for (uint32_t i = 0; i < fence->meta_count; i++) {
        resp_write_bulk(out, fence->metas[i].name);
        resp_write_bulk(out, fence->metas[i].value);
    }
}

static bool list_fence(void *context, const struct tile38_fence *fence)
{
    struct listing *const listing = context;
    if (tile38_is_json(listing->request)) {
        write_json_fence(listing, fence);
    } else {
        write_resp_fence(listing->rows, fence);
    }
    listing->count++;
    return true;
}

static enum status list_fences(struct tile38_request *request, enum tile38_kind kind)
{
    if (request->argument_count != 2 || request->arguments[1].size == 0) {
        return tile38_fail_count(request);
    }
    struct listing listing = {.request = request, .rows = &request->scratch->list};
    buffer_clear(listing.rows);
    if (request->tile38->world->fences != NULL) {
        tile38_fence_list(request->tile38->world->fences, kind, request->arguments[1], list_fence,
                          &listing);
    }
    TRY(buffer_status(listing.rows));
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, kind == TILE38_HOOK ? ",\"hooks\":[" : ",\"chans\":[");
        buffer_append_bytes(request->out, buffer_bytes(listing.rows));
        buffer_append(request->out, "]", 1);
        tile38_json_end(request);
    } else {
        resp_write_array(request->out, listing.count);
        buffer_append_bytes(request->out, buffer_bytes(listing.rows));
    }
    return STATUS_OK;
}

enum status tile38_hooks(struct tile38_request *request)
{
    return list_fences(request, TILE38_HOOK);
}

enum status tile38_chans(struct tile38_request *request)
{
    return list_fences(request, TILE38_CHANNEL);
}
