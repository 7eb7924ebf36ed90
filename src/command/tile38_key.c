#include <math.h>

#include "command/tile38_private.h"
#include "fence/tile38.h"
#include "text/glob.h"

enum status tile38_drop(struct tile38_request *request)
{
    if (request->argument_count != 2) {
        return tile38_fail_count(request);
    }
    const enum status status =
        live_collection_drop(request->tile38->world->live, request->turn, request->arguments[1]);
    tile38_reply_count(request, status == STATUS_OK);
    return STATUS_OK;
}

// Is there a hook or channel over one of two keys?
struct hook_search {
    struct bytes keys[2];
    bool is_found;
};

static bool look_at_hook(void *context, const struct tile38_fence *fence)
{
    struct hook_search *const search = context;
    search->is_found = bytes_equal(fence->collection, search->keys[0]) ||
                       bytes_equal(fence->collection, search->keys[1]);
    return !search->is_found;
}

static enum status rename_key(struct tile38_request *request, bool is_new_only)
{
    if (request->argument_count != 3) {
        return tile38_fail_count(request);
    }
    const struct world *const world = request->tile38->world;
    const struct bytes from = request->arguments[1], to = request->arguments[2];
    if (live_collection(request->view, from) == NULL) {
        return tile38_fail(request, "key not found");
    }
    struct hook_search search = {.keys = {from, to}};
    if (world->fences != NULL) {
        tile38_fence_list(world->fences, TILE38_CHANNEL, BYTES_OF("*"), look_at_hook, &search);
        if (!search.is_found) {
            tile38_fence_list(world->fences, TILE38_HOOK, BYTES_OF("*"), look_at_hook, &search);
        }
    }
    if (search.is_found) {
        return tile38_fail(request, "key has hooks set");
    }
    const enum status status =
        live_collection_rename(world->live, request->turn, from, to, is_new_only);
    if (status != STATUS_OK && status != STATUS_BUSY) {
        return tile38_fail(request, "the key was not renamed: %s", status_name(status));
    }
    if (is_new_only) {
        tile38_reply_count(request, status == STATUS_OK);
    } else {
        tile38_reply_ok(request);
    }
    return STATUS_OK;
}

enum status tile38_rename(struct tile38_request *request)
{
    return rename_key(request, false);
}

enum status tile38_renamenx(struct tile38_request *request)
{
    return rename_key(request, true);
}

static void write_bulk_corner(struct buffer *out, double lng, double lat)
{
    resp_write_array(out, 2);
    tile38_write_bulk_number(out, lng);
    tile38_write_bulk_number(out, lat);
}

enum status tile38_bounds(struct tile38_request *request)
{
    if (request->argument_count != 2) {
        return tile38_fail_count(request);
    }
    const struct collection *const collection =
        live_collection(request->view, request->arguments[1]);
    if (collection == NULL) {
        if (tile38_is_json(request)) {
            return tile38_fail(request, "key not found");
        }
        tile38_reply_null(request);
        return STATUS_OK;
    }
    const struct geo_box box = collection_box(collection);
    struct tile38_rect rect =
        geo_box_is_empty(box) ? (struct tile38_rect){0} : tile38_rect_of_box(box);
    if (rect.west > rect.east) {
        // Over the antimeridian: Tile38 knows no such boxes.
        rect.west = -180;
        rect.east = 180;
    }
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"bounds\":");
        tile38_write_rect(request->out, rect);
        tile38_json_end(request);
        return STATUS_OK;
    }
    resp_write_array(request->out, 2);
    write_bulk_corner(request->out, rect.west, rect.south);
    write_bulk_corner(request->out, rect.east, rect.north);
    return STATUS_OK;
}

enum status tile38_keys(struct tile38_request *request)
{
    if (request->argument_count != 2) {
        return tile38_fail_count(request);
    }
    const struct bytes pattern = request->arguments[1];
    struct buffer *const out = request->out;
    struct buffer *const names = &request->scratch->list;
    size_t count = 0;
    buffer_clear(names);
    for (const struct collection *collection =
             live_collection_next(request->view, (struct bytes){0});
         collection != NULL;
         collection = live_collection_next(request->view, collection_name(collection))) {
        const struct bytes name = collection_name(collection);
        if (!glob_matches(pattern, name)) {
            continue;
        }
        if (tile38_is_json(request)) {
            buffer_append(names, ",", count == 0 ? 0 : 1);
            tile38_write_json_text(names, name);
        } else {
            resp_write_bulk(names, name);
        }
        count++;
    }
    TRY(buffer_status(names));
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(out, ",\"keys\":[");
        buffer_append_bytes(out, buffer_bytes(names));
        buffer_append(out, "]", 1);
        tile38_json_end(request);
    } else {
        resp_write_array(out, count);
        buffer_append_bytes(out, buffer_bytes(names));
    }
    return STATUS_OK;
}

static void write_stats(struct tile38_request *request, const struct collection *collection)
{
    struct buffer *const out = request->out;
    if (collection == NULL) {
        if (tile38_is_json(request)) {
            buffer_append_text(out, "null");
        } else {
            tile38_reply_null(request);
        }
        return;
    }
    const struct collection_counts counts = collection_counts(collection);
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {{"in_memory_size", counts.memory_size},
                {"num_objects", counts.objects},
                {"num_points", counts.point_count},
                {"num_strings", counts.strings}};
    if (!tile38_is_json(request)) {
        resp_write_array(out, 8);
    }
    for (size_t i = 0; i < 4; i++) {
        if (tile38_is_json(request)) {
            buffer_append_format(out, "%c\"%s\":%llu", i == 0 ? '{' : ',', rows[i].name,
                                 (unsigned long long)rows[i].value);
        } else {
            resp_write_bulk(out, bytes_from_text(rows[i].name));
            tile38_write_bulk_number(out, (double)rows[i].value);
        }
    }
    buffer_append(out, "}", tile38_is_json(request) ? 1 : 0);
}

enum status tile38_stats(struct tile38_request *request)
{
    if (request->argument_count < 2) {
        return tile38_fail_count(request);
    }
    const size_t count = request->argument_count - 1;
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"stats\":[");
    } else {
        resp_write_array(request->out, count);
    }
    for (size_t i = 1; i <= count; i++) {
        buffer_append(request->out, ",", tile38_is_json(request) && i != 1 ? 1 : 0);
        write_stats(request, live_collection(request->view, request->arguments[i]));
    }
    if (tile38_is_json(request)) {
        buffer_append(request->out, "]", 1);
        tile38_json_end(request);
    }
    return STATUS_OK;
}

enum status tile38_type(struct tile38_request *request)
{
    if (request->argument_count != 2) {
        return tile38_fail_count(request);
    }
    const bool is_there = live_collection(request->view, request->arguments[1]) != NULL;
    if (!tile38_is_json(request)) {
        resp_write_simple(request->out, is_there ? "hash" : "none");
        return STATUS_OK;
    }
    if (!is_there) {
        return tile38_fail(request, "key not found");
    }
    tile38_reply_text(request, "type", BYTES_OF("hash"));
    return STATUS_OK;
}

enum status tile38_flushdb(struct tile38_request *request)
{
    if (request->argument_count != 1) {
        return tile38_fail_count(request);
    }
    const struct world *const world = request->tile38->world;
    int64_t count = 0;
    // One by one, so that what waits for a hook goes with it.
    TRY(tile38_fences_drop(request, TILE38_HOOK, BYTES_OF("*"), &count));
    TRY(tile38_fences_drop(request, TILE38_CHANNEL, BYTES_OF("*"), &count));
    if (world->fences != NULL) {
        tile38_fence_clear(world->fences, request->turn);
    }
    live_clear(world->live, request->turn);
    tile38_reply_ok(request);
    return STATUS_OK;
}

// PDEL key pattern: the ids first, then the objects, because a walk stands no changes.
struct collected {
    struct bytes pattern;
    struct buffer *ids;
    size_t count;
};

static bool collect_id(void *context, const struct object *object)
{
    struct collected *const collected = context;
    const struct bytes id = object_id(object);
    if (glob_matches(collected->pattern, id)) {
        buffer_append(collected->ids, &id.size, sizeof(id.size));
        buffer_append_bytes(collected->ids, id);
        collected->count++;
    }
    return true;
}

enum status tile38_pdel(struct tile38_request *request)
{
    if (request->argument_count != 3) {
        return tile38_fail_count(request);
    }
    const struct bytes key = request->arguments[1];
    const struct collection *const collection = live_collection(request->view, key);
    struct collected collected = {.pattern = request->arguments[2], .ids = &request->scratch->list};
    buffer_clear(collected.ids);
    if (collection != NULL) {
        const struct live_scan scan = {.prefix = glob_prefix(collected.pattern)};
        collection_scan(collection, &scan, collect_id, &collected);
    }
    TRY(buffer_status(collected.ids));
    for (size_t at = 0; at < collected.ids->size;) {
        struct bytes id = {0};
        memcpy(&id.size, collected.ids->data + at, sizeof(id.size));
        id.data = collected.ids->data + at + sizeof(id.size);
        at += sizeof(id.size) + id.size;
        status_ignore(live_delete(request->tile38->world->live, request->turn, key, id, "del"),
                      "it was there a moment ago");
    }
    tile38_reply_count(request, (int64_t)collected.count);
    return STATUS_OK;
}
