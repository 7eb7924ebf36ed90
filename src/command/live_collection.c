// Collections: what there is, how it is kept.
#include <stdio.h>

#include "codec/json_slice.h"
#include "command/live_feature.h"
#include "command/live_private.h"

#define DAY_US (INT64_C(86400) * 1000000)

enum durability live_durability(const struct call *call, const struct value *value,
                                struct bytes collection)
{
    static const enum durability words[] = {DURABILITY_COMMIT, DURABILITY_SYNC};
    if (value != NULL && value->is_given) {
        return words[value->whole];
    }
    const struct collection *const found =
        live_collection(live_view_now(call->world->live), collection);
    return found == NULL ? DURABILITY_DEFAULT : collection_settings(found)->durability;
}

void live_fail_body(struct call *call, enum status status, const struct fault *fault)
{
    if (status == STATUS_NO_MEMORY) {
        call_fail_memory(call);
    } else {
        call_fail(call, 400, "invalid_body", "", "%s", fault->text);
    }
}

const struct collection *live_find_collection(struct call *call, struct bytes name)
{
    const struct collection *const found = live_collection(live_view_now(call->world->live), name);
    if (found == NULL) {
        call_fail(call, 404, "no_such_collection", "collection", "there is no collection '%.*s'",
                  (int)(name.size < 100 ? name.size : 100), (const char *)name.data);
    }
    return found;
}

struct collection_settings live_default_settings(void)
{
    return (struct collection_settings){.keeps_history = true};
}

enum status live_need_collection(struct call *call, struct ledger_turn *turn, struct bytes name,
                                 const struct collection **collection, struct fault *fault)
{
    struct live *const live = call->world->live;
    *collection = live_collection(live_view_working(live), name);
    if (*collection == NULL) {
        const struct collection_settings settings = live_default_settings();
        TRY(live_collection_put(live, turn, name, &settings, fault));
        *collection = live_collection(live_view_working(live), name);
    }
    return STATUS_OK;
}

// --- Answers ---

static void write_duration(struct json_writer *json, int64_t duration_us)
{
    static const struct {
        int64_t us;
        const char *unit;
    } units[] = {{DAY_US, "d"}, {DAY_US / 24, "h"}, {60000000, "m"}, {1000000, "s"}, {1000, "ms"}};
    size_t i = 0;
    while (i + 1 < COUNT_OF(units) && duration_us % units[i].us != 0) {
        i++;
    }
    char text[32];
    (void)snprintf(text, sizeof(text), "%lld%s", (long long)(duration_us / units[i].us),
                   units[i].unit);
    json_text_of(json, text);
}

static void write_settings(struct json_writer *json, const struct collection_settings *settings)
{
    static const char *const durabilities[] = {[DURABILITY_DEFAULT] = "default",
                                               [DURABILITY_COMMIT] = "commit",
                                               [DURABILITY_SYNC] = "sync"};
    JSON_KEY(json, "searchable");
    json_bool(json, settings->is_searchable);
    JSON_KEY(json, "durability");
    json_text_of(json, durabilities[settings->durability]);
    JSON_KEY(json, "history");
    if (!settings->keeps_history) {
        json_bool(json, false);
    } else {
        write_duration(json, settings->history_us == 0 ? 7 * DAY_US : settings->history_us);
    }
    if (settings->expires_us != 0) {
        JSON_KEY(json, "expires_after");
        write_duration(json, settings->expires_us);
    }
    if (settings->object_count_max != 0) {
        JSON_KEY(json, "quota");
        json_unsigned(json, settings->object_count_max);
    }
}

static void write_collection(struct json_writer *json, const struct collection *collection)
{
    const struct collection_counts counts = collection_counts(collection);
    json_begin_object(json);
    JSON_KEY(json, "name");
    json_text(json, collection_name(collection));
    write_settings(json, collection_settings(collection));
    JSON_KEY(json, "objects");
    json_unsigned(json, counts.objects);
    JSON_KEY(json, "points");
    json_unsigned(json, counts.points);
    JSON_KEY(json, "memory_bytes");
    json_unsigned(json, counts.memory_size);
    if (counts.objects > counts.strings) {
        const struct geo_box box = collection_box(collection);
        JSON_KEY(json, "bbox");
        json_begin_array(json);
        json_e7(json, box.west_e7);
        json_e7(json, box.south_e7);
        json_e7(json, box.east_e7);
        json_e7(json, box.north_e7);
        json_end_array(json);
    }
    json_end_object(json);
}

void collection_list_run(struct call *call)
{
    const struct live_view view = live_view_now(call->world->live);
    const uint64_t salt = cursor_hash(0, BYTES_OF("collections"));
    struct json_writer json = {.out = &call->out};
    struct bytes after = {0};
    struct fault fault;
    int64_t left = call->values[COLLECTIONS_LIMIT].whole;
    if (call->values[COLLECTIONS_CURSOR].is_given &&
        cursor_read(call, call->values[COLLECTIONS_CURSOR].text, salt, &after, &fault) !=
            STATUS_OK) {
        call_fail(call, 400, "invalid_parameter", "cursor", "%s", fault.text);
        return;
    }
    const struct collection *collection = live_collection_next(view, after);
    json_begin_object(&json);
    JSON_KEY(&json, "collections");
    json_begin_array(&json);
    for (; collection != NULL && left > 0; left--) {
        write_collection(&json, collection);
        after = collection_name(collection);
        collection = live_collection_next(view, after);
    }
    json_end_array(&json);
    if (collection != NULL) {
        cursor_write(&json, salt, after);
    }
    json_end_object(&json);
    call_answer(call, 200);
}

void collection_get_run(struct call *call)
{
    const struct collection *const collection =
        live_find_collection(call, call->values[COLLECTION_NAME].text);
    if (collection != NULL) {
        struct json_writer json = {.out = &call->out};
        write_collection(&json, collection);
        call_answer(call, 200);
    }
}

// --- Settings in ---

struct put_collection {
    struct collection_settings settings;
    unsigned given; // bits
    bool is_new;
};
enum {
    GIVES_SEARCHABLE = 1,
    GIVES_DURABILITY = 2,
    GIVES_HISTORY = 4,
    GIVES_EXPIRY = 8,
    GIVES_QUOTA = 16
};

static bool read_truth(struct bytes value, bool *truth)
{
    *truth = bytes_equal(value, BYTES_OF("true"));
    return *truth || bytes_equal(value, BYTES_OF("false"));
}

// A duration as text, or null and false for none.
static bool read_duration(struct bytes value, bool *has_one, int64_t *duration_us)
{
    *duration_us = 0;
    *has_one = !bytes_equal(value, BYTES_OF("null")) && !bytes_equal(value, BYTES_OF("false"));
    if (!*has_one || bytes_equal(value, BYTES_OF("true"))) {
        return true;
    }
    const bool is_text = value.size >= 2 && value.data[0] == '"';
    const struct bytes text =
        is_text ? (struct bytes){.data = value.data + 1, .size = value.size - 2} : value;
    return value_parse_duration(text, duration_us) && *duration_us > 0;
}

static bool read_durability(struct bytes value, enum durability *durability)
{
    const bool is_default = json_slice_equals(value, BYTES_OF("default"));
    const bool is_commit = json_slice_equals(value, BYTES_OF("commit"));
    *durability = is_default ? DURABILITY_DEFAULT : is_commit ? DURABILITY_COMMIT : DURABILITY_SYNC;
    return is_default || is_commit || json_slice_equals(value, BYTES_OF("sync"));
}

static enum status read_setting(struct put_collection *put, struct bytes name, struct bytes value,
                                struct fault *fault)
{
    struct collection_settings *const settings = &put->settings;
    bool has_one = false;
    double number = 0;
    if (json_slice_equals(name, BYTES_OF("searchable"))) {
        put->given |= GIVES_SEARCHABLE;
        return read_truth(value, &settings->is_searchable)
                   ? STATUS_OK
                   : fault_set(fault, STATUS_OUT_OF_RANGE, "searchable: it is true or false");
    }
    if (json_slice_equals(name, BYTES_OF("durability"))) {
        put->given |= GIVES_DURABILITY;
        return read_durability(value, &settings->durability)
                   ? STATUS_OK
                   : fault_set(fault, STATUS_OUT_OF_RANGE,
                               "durability: it is \"commit\", \"sync\" or \"default\"");
    }
    if (json_slice_equals(name, BYTES_OF("history"))) {
        put->given |= GIVES_HISTORY;
        return read_duration(value, &settings->keeps_history, &settings->history_us)
                   ? STATUS_OK
                   : fault_set(fault, STATUS_OUT_OF_RANGE,
                               "history: it is a duration like \"7d\", true or false");
    }
    if (json_slice_equals(name, BYTES_OF("expires_after"))) {
        put->given |= GIVES_EXPIRY;
        return read_duration(value, &has_one, &settings->expires_us)
                   ? STATUS_OK
                   : fault_set(fault, STATUS_OUT_OF_RANGE,
                               "expires_after: it is a duration like \"12h\", or null");
    }
    if (json_slice_equals(name, BYTES_OF("quota"))) {
        put->given |= GIVES_QUOTA;
        const bool is_null = bytes_equal(value, BYTES_OF("null"));
        if (!is_null && (!value_parse_number(value, &number) || number < 1 || number > 1e15)) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "quota: it is how many objects there may be, or null");
        }
        settings->object_count_max = (uint64_t)number;
        return STATUS_OK;
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "a collection has no setting %.*s; there are searchable, durability, history, "
                     "expires_after and quota",
                     (int)(name.size < 60 ? name.size : 60), (const char *)name.data);
}

static enum status read_settings(struct call *call, struct put_collection *put, struct fault *fault)
{
    TRY(feature_check_json(call->body, call->world->account, fault));
    struct bytes rest = json_slice_trim(call->body);
    struct bytes name;
    struct bytes value;
    if (rest.data[0] != '{') {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "the settings of a collection are an object, for example "
                         "{\"searchable\":true,\"history\":\"7d\"}");
    }
    while (json_slice_member(&rest, &name, &value)) {
        TRY(read_setting(put, name, value, fault));
    }
    return STATUS_OK;
}

static enum status decide_put(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct put_collection *const put = call->state;
    struct live *const live = call->world->live;
    const struct bytes name = call->values[COLLECTION_NAME].text;
    const struct collection *const before = live_collection(live_view_working(live), name);
    struct collection_settings settings =
        before == NULL ? live_default_settings() : *collection_settings(before);
    put->is_new = before == NULL;
    if ((put->given & GIVES_SEARCHABLE) != 0) {
        settings.is_searchable = put->settings.is_searchable;
    }
    if ((put->given & GIVES_DURABILITY) != 0) {
        settings.durability = put->settings.durability;
    }
    if ((put->given & GIVES_HISTORY) != 0) {
        settings.keeps_history = put->settings.keeps_history;
        settings.history_us = put->settings.history_us;
    }
    if ((put->given & GIVES_EXPIRY) != 0) {
        settings.expires_us = put->settings.expires_us;
    }
    if ((put->given & GIVES_QUOTA) != 0) {
        settings.object_count_max = put->settings.object_count_max;
    }
    return live_collection_put(live, turn, name, &settings, fault);
}

static void answer_put(struct call *call)
{
    const struct put_collection *const put = call->state;
    const struct bytes name = call->values[COLLECTION_NAME].text;
    const struct collection *const collection =
        live_collection(live_view_now(call->world->live), name);
    if (collection == NULL) { // dropped meanwhile
        call_answer(call, 204);
        return;
    }
    struct json_writer json = {.out = &call->out};
    write_collection(&json, collection);
    call_answer(call, put->is_new ? 201 : 200);
}

void collection_put_run(struct call *call)
{
    struct put_collection *const put = call_take(call, sizeof(*put));
    struct fault fault;
    call->state = put;
    const enum status status = put == NULL            ? STATUS_NO_MEMORY
                               : call->body.size == 0 ? STATUS_OK
                                                      : read_settings(call, put, &fault);
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    call_write(call, DURABILITY_DEFAULT, decide_put, answer_put);
}

static enum status decide_drop(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    const struct bytes name = call->values[COLLECTION_NAME].text;
    return live_collection_drop(call->world->live, turn, name) == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, STATUS_NOT_FOUND, "there is no collection '%.*s'",
                           (int)(name.size < 100 ? name.size : 100), (const char *)name.data);
}

static void answer_nothing(struct call *call)
{
    call_answer(call, 204);
}

void collection_drop_run(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_drop, answer_nothing);
}
