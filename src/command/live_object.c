// One object: put, changed, given, deleted; and many, loaded.
#include <stdio.h>

#include "codec/json_slice.h"
#include "command/live_feature.h"
#include "command/live_fix.h"
#include "command/live_private.h"
#include "track/track.h"

enum { ITEMS_MAX = 10000 };

// An object that is being written.
struct item {
    struct bytes id;
    struct live_feature feature;
    struct row row;      // place and shape
    size_t shape_offset; // in `shapes`, of a GeoJSON's
    size_t shape_size;
    bool is_wrong;
    char message[120];
};

struct put_object {
    struct item *items;
    size_t count, capacity;
    struct buffer shapes;
    struct buffer fields, encoded; // of one object, on the ledger's thread
    struct buffer trips;           // of one that is purged: (size, id) of its trips
    uint32_t collection;           // of one that is purged
    bool is_patch, is_new, was_purged;
    unsigned stored;
};

static void release_put(struct call *call)
{
    struct put_object *const put = call->state;
    memory_give(put->items);
    buffer_free(&put->shapes);
    buffer_free(&put->fields);
    buffer_free(&put->encoded);
    buffer_free(&put->trips);
}

static struct put_object *begin_put(struct call *call)
{
    struct put_object *const put = call_take(call, sizeof(*put));
    if (put == NULL) {
        call_fail_memory(call);
        return NULL;
    }
    struct memory_account *const account = call->world->account;
    put->shapes.account = put->fields.account = put->encoded.account = put->trips.account = account;
    call->state = put;
    call->release = release_put;
    return put;
}

static enum status read_item(struct call *call, struct bytes text, struct item *item,
                             struct fault *fault)
{
    struct put_object *const put = call->state;
    struct memory_account *const account = call->world->account;
    *item = (struct item){.id = item->id};
    TRY(feature_read(text, &item->feature, fault));
    if (item->feature.geometry.size != 0) {
        item->shape_offset = put->shapes.size;
        TRY(feature_read_geometry(item->feature.geometry, account, &item->row, &put->shapes,
                                  fault));
        item->shape_size = put->shapes.size - item->shape_offset;
    } else if (!put->is_patch) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "geometry: it is missing; an object is a Feature with a geometry");
    }
    return STATUS_OK;
}

static struct item *add_item(struct put_object *put, struct memory_account *account)
{
    if (!memory_grow(account, &put->items, &put->capacity, put->count + 1, sizeof(*put->items))) {
        return NULL;
    }
    put->items[put->count] = (struct item){0};
    return &put->items[put->count++];
}

// --- On the ledger's thread ---

// The row to be stored: what the item says, over what was there when it is a patch.
static enum status make_row(struct call *call, const struct ledger_turn *turn,
                            const struct item *item, const struct collection *collection,
                            struct fault *fault)
{
    struct put_object *const put = call->state;
    const struct object *const before = collection_find(collection, item->id);
    struct row row = item->row;
    struct bytes fields = {0};
    if (put->is_patch && before != NULL) {
        object_row(before, &row);
        fields = row.fields;
        if (item->feature.geometry.size != 0) {
            row.kind = item->row.kind;
            row.point = item->row.point;
            row.has_exact = item->row.has_exact;
            row.lng_deg = item->row.lng_deg;
            row.lat_deg = item->row.lat_deg;
            row.has_z = item->row.has_z;
            row.z = item->row.z;
            row.text = item->row.text;
        }
    }
    if (item->feature.geometry.size != 0 && row.kind == ROW_GEOJSON) {
        row.shape.bytes =
            (struct bytes){.data = put->shapes.data + item->shape_offset, .size = item->shape_size};
    }
    const bool is_moved = item->feature.geometry.size != 0;
    row.event_us = row.event_us == 0 || is_moved ? turn->now_us : row.event_us;
    row.arrival_us = turn->now_us;
    feature_set_rest(&item->feature, &row);
    buffer_clear(&put->fields);
    buffer_clear(&put->encoded);
    TRY(feature_merge_fields(fields, item->feature.properties, call->world->account, &put->fields,
                             fault));
    row.fields = buffer_bytes(&put->fields);
    row_write(&row, &put->encoded);
    return buffer_status(&put->encoded) == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory for the object");
}

static enum status store_item(struct call *call, struct ledger_turn *turn, const struct item *item,
                              struct bytes name, const struct collection *collection,
                              struct fault *fault)
{
    const struct put_object *const put = call->state;
    TRY(make_row(call, turn, item, collection, fault));
    return live_put(call->world->live, turn, name, item->id, buffer_bytes(&put->encoded),
                    put->is_patch ? "fset" : "set", fault);
}

static enum status decide_put(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct put_object *const put = call->state;
    const struct bytes name = call->values[OBJECT_COLLECTION].text;
    const struct item *const item = &put->items[0];
    const struct collection *collection =
        live_collection(live_view_working(call->world->live), name);
    const struct object *const before =
        collection == NULL ? NULL : collection_find(collection, item->id);
    put->is_new = before == NULL;
    if (put->is_patch && before == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "there is no such object; PUT makes one");
    }
    TRY(live_need_collection(call, turn, name, &collection, fault));
    return store_item(call, turn, item, name, collection, fault);
}

// All of them, those that cannot be stored with their reason.
static enum status decide_load(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct put_object *const put = call->state;
    const struct bytes name = call->values[LOAD_COLLECTION].text;
    const struct collection *collection = NULL;
    for (size_t i = 0; i < put->count; i++) {
        struct item *const item = &put->items[i];
        struct fault why = {0};
        if (item->is_wrong) {
            continue;
        }
        TRY(live_need_collection(call, turn, name, &collection, fault));
        const enum status status = store_item(call, turn, item, name, collection, &why);
        item->is_wrong = status != STATUS_OK;
        put->stored += status == STATUS_OK ? 1 : 0;
        (void)snprintf(item->message, sizeof(item->message), "%.110s", why.text);
    }
    return STATUS_OK;
}

// --- Routes ---

static void write_object(struct call *call, const struct object *object)
{
    struct json_writer json = {.out = &call->out};
    struct row row;
    object_row(object, &row);
    feature_write(&json, object_id(object), &row, (struct bytes){0}, -1);
}

static const struct object *find_object(struct call *call)
{
    const struct collection *const collection =
        live_collection(live_view_now(call->world->live), call->values[OBJECT_COLLECTION].text);
    return collection == NULL ? NULL : collection_find(collection, call->values[OBJECT_ID].text);
}

static void fail_no_object(struct call *call)
{
    const struct bytes id = call->values[OBJECT_ID].text;
    call_fail(call, 404, "no_such_object", "id", "there is no object '%.*s' in this collection",
              (int)(id.size < 100 ? id.size : 100), (const char *)id.data);
}

static void answer_put(struct call *call)
{
    const struct put_object *const put = call->state;
    const struct object *const object = find_object(call);
    if (object == NULL) { // deleted meanwhile, or expired at once
        call_answer(call, 204);
        return;
    }
    write_object(call, object);
    call_answer(call, put->is_new ? 201 : 200);
}

static void put_or_patch(struct call *call, bool is_patch)
{
    struct put_object *const put = begin_put(call);
    struct fault fault;
    if (put == NULL) {
        return;
    }
    put->is_patch = is_patch;
    struct item *const item = add_item(put, call->world->account);
    enum status status = item == NULL
                             ? STATUS_NO_MEMORY
                             : feature_check_json(call->body, call->world->account, &fault);
    if (status == STATUS_OK) {
        item->id = call->values[OBJECT_ID].text;
        status = read_item(call, call->body, item, &fault);
    }
    struct bytes id = call->values[OBJECT_ID].text;
    if (status == STATUS_OK && item->feature.id.size != 0) {
        status = fix_read_id(call, item->feature.id, &id, &fault);
    }
    if (status == STATUS_OK && !bytes_equal(id, item->id)) {
        status = fault_set(&fault, STATUS_OUT_OF_RANGE, "id: it is not the one of the path");
    }
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    call_write(call,
               live_durability(call, &call->values[OBJECT_DURABILITY],
                               call->values[OBJECT_COLLECTION].text),
               decide_put, answer_put);
}

void object_put_run(struct call *call)
{
    put_or_patch(call, false);
}

void object_patch_run(struct call *call)
{
    put_or_patch(call, true);
}

void object_get_run(struct call *call)
{
    const struct object *const object = find_object(call);
    if (object == NULL) {
        fail_no_object(call);
        return;
    }
    write_object(call, object);
    call_answer(call, 200);
}

static enum status decide_delete(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct put_object *const put = call->state;
    struct live *const live = call->world->live;
    const struct bytes name = call->values[OBJECT_COLLECTION].text;
    const struct bytes id = call->values[OBJECT_ID].text;
    const bool purges = call->values[OBJECT_PURGE].is_given;
    const enum status purged = purges ? live_purge_history(live, turn, name, id) : STATUS_NOT_FOUND;
    const struct collection *const collection = live_collection(live_view_working(live), name);
    const bool is_there = collection != NULL && collection_find(collection, id) != NULL;
    const uint32_t number = collection == NULL ? 0 : collection_number(collection);
    const enum status deleted =
        is_there ? live_delete(live, turn, name, id, "del") : STATUS_NOT_FOUND;
    if (purges && collection != NULL) {
        track_purge(call->world->tracks, turn, number, id);
        put->collection = number;
    }
    put->was_purged = purged == STATUS_OK;
    if (deleted != STATUS_OK && purged != STATUS_OK) {
        return fault_set(fault, STATUS_NOT_FOUND, "there is no object '%.*s' in this collection",
                         (int)(id.size < 100 ? id.size : 100), (const char *)id.data);
    }
    return STATUS_OK;
}

static void answer_nothing(struct call *call)
{
    call_answer(call, 204);
}

// Trips that are over are in the store only: looked for there, then deleted by id.
static bool note_trip(void *context, const struct trip *trip)
{
    struct call *const call = context;
    struct put_object *const put = call->state;
    if (trip->collection == put->collection &&
        bytes_equal(trip->object, call->values[OBJECT_ID].text)) {
        buffer_append_varint(&put->trips, trip->id.size);
        buffer_append_bytes(&put->trips, trip->id);
    }
    return true;
}

static enum status toil_trips(struct call *call, struct fault *fault)
{
    struct put_object *const put = call->state;
    TRY(track_trips(call->world->tracks, (struct bytes){0}, note_trip, call, fault));
    return buffer_status(&put->trips);
}

static enum status decide_trips(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    const struct put_object *const put = call->state;
    struct reader reader = {.rest = buffer_bytes(&put->trips)};
    (void)fault;
    while (reader.rest.size != 0) {
        track_trip_forget(call->world->tracks, turn,
                          reader_take(&reader, (size_t)reader_varint(&reader)));
    }
    return STATUS_OK;
}

static void delete_trips(struct call *call)
{
    const struct put_object *const put = call->state;
    if (put->trips.size == 0) {
        answer_nothing(call);
    } else {
        call_write(call, DURABILITY_DEFAULT, decide_trips, answer_nothing);
    }
}

static void find_trips(struct call *call)
{
    const struct put_object *const put = call->state;
    if (put->collection == 0 || call->world->is_volatile) {
        answer_nothing(call);
    } else {
        call_work(call, toil_trips, delete_trips);
    }
}

void object_delete_run(struct call *call)
{
    if (begin_put(call) != NULL) {
        call_write(call,
                   live_durability(call, &call->values[OBJECT_DURABILITY],
                                   call->values[OBJECT_COLLECTION].text),
                   decide_delete, find_trips);
    }
}

// --- Many ---

static void answer_load(struct call *call)
{
    const struct put_object *const put = call->state;
    struct json_writer json = {.out = &call->out};
    json_begin_object(&json);
    JSON_KEY(&json, "stored");
    json_unsigned(&json, put->stored);
    JSON_KEY(&json, "failed");
    json_unsigned(&json, put->count - put->stored);
    JSON_KEY(&json, "errors");
    json_begin_array(&json);
    for (size_t i = 0; i < put->count; i++) {
        const struct item *const item = &put->items[i];
        if (item->is_wrong) {
            json_begin_object(&json);
            JSON_KEY(&json, "index");
            json_unsigned(&json, i);
            if (item->id.size != 0) {
                JSON_KEY(&json, "id");
                json_text(&json, item->id);
            }
            JSON_KEY(&json, "message");
            json_text_of(&json, item->message);
            json_end_object(&json);
        }
    }
    json_end_array(&json);
    json_end_object(&json);
    call_answer(call, 200);
}

static enum status load_feature(struct call *call, struct bytes text, struct fault *fault)
{
    struct put_object *const put = call->state;
    if (put->count == ITEMS_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a body holds at most %d objects", ITEMS_MAX);
    }
    struct item *const item = add_item(put, call->world->account);
    if (item == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for %d objects", ITEMS_MAX);
    }
    struct fault why = {0};
    struct bytes id = {0};
    enum status status = read_item(call, text, item, &why);
    if (status == STATUS_OK) {
        status = fix_read_id(call, item->feature.id, &id, &why);
    }
    item->id = id;
    item->is_wrong = status != STATUS_OK;
    (void)snprintf(item->message, sizeof(item->message), "%.110s", why.text);
    return status == STATUS_NO_MEMORY ? fault_set(fault, status, "%s", why.text) : STATUS_OK;
}

// A FeatureCollection, an array of Features, or Features one a line.
static enum status load_all(struct call *call, struct fault *fault)
{
    struct memory_account *const account = call->world->account;
    const struct bytes text = json_slice_trim(call->body);
    const bool is_one = feature_check_json(text, account, fault) == STATUS_OK;
    struct bytes rest = text;
    struct bytes item;
    if (is_one && text.data[0] == '{') {
        const struct bytes features = json_slice_find(text, BYTES_OF("features"));
        if (features.data == NULL || features.data[0] != '[') {
            return load_feature(call, text, fault);
        }
        rest = features;
    }
    if (is_one) {
        while (json_slice_item(&rest, &item)) {
            TRY(load_feature(call, item, fault));
        }
        return STATUS_OK;
    }
    const uint8_t *const feed = memchr(text.data, '\n', text.size);
    if (feed == NULL) {
        return STATUS_CORRUPT; // `fault` says where
    }
    while (rest.size != 0) {
        const uint8_t *const end = memchr(rest.data, '\n', rest.size);
        const size_t size = end == NULL ? rest.size : (size_t)(end - rest.data);
        const struct bytes line = json_slice_trim((struct bytes){.data = rest.data, .size = size});
        if (line.size != 0) {
            TRY(feature_check_json(line, account, fault));
            TRY(load_feature(call, line, fault));
        }
        rest.data += size + (end == NULL ? 0 : 1);
        rest.size -= size + (end == NULL ? 0 : 1);
    }
    return STATUS_OK;
}

void object_load_run(struct call *call)
{
    struct put_object *const put = begin_put(call);
    struct fault fault = {0};
    if (put == NULL) {
        return;
    }
    const enum status status = load_all(call, &fault);
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    if (put->count > 1 && !call_charge(call, put->count - 1)) {
        return;
    }
    call_write(
        call,
        live_durability(call, &call->values[LOAD_DURABILITY], call->values[LOAD_COLLECTION].text),
        decide_load, answer_load);
}
