// Fences put, got, listed and deleted.
#include <stdio.h>

#include "codec/json_slice.h"
#include "command/fence_private.h"
#include "command/live_feature.h"

enum { LOAD_MAX = 10000 };

enum status fence_missing(struct bytes id, struct fault *fault)
{
    return fault_set(fault, STATUS_NOT_FOUND, "there is no fence '%.*s'",
                     (int)(id.size < 100 ? id.size : 100), (const char *)id.data);
}

void fence_answer_ok(struct call *call)
{
    call_answer(call, 200);
}

static void answer_nothing(struct call *call)
{
    call_answer(call, 204);
}

// --- One fence ---

struct put_fence {
    struct rule rule;
    struct buffer space;
    struct buffer shape; // of a place
    bool is_announced, is_new;
};

static void release_put(struct call *call)
{
    struct put_fence *const put = call->state;
    buffer_free(&put->space);
    buffer_free(&put->shape);
}

static enum status decide_put(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct put_fence *const put = call->state;
    struct rule stored;
    TRY(fence_put(call->world->fences, turn, &put->rule, put->is_announced, &put->is_new, fault));
    if (fence_find(call->world->fences, put->rule.id, &stored)) {
        rule_write_json(&stored, &call->out);
    }
    return STATUS_OK;
}

static void answer_put(struct call *call)
{
    const struct put_fence *const put = call->state;
    call_answer(call, put->is_new ? 201 : 200);
}

void fence_put_run(struct call *call)
{
    struct fault fault = {0};
    struct put_fence *const put = call_take(call, sizeof(*put));
    if (put == NULL) {
        call_fail_memory(call);
        return;
    }
    put->space.account = put->shape.account = call->world->account;
    call->state = put;
    call->release = release_put;
    enum status status = rule_read(call->body, call->world->account, &put->rule, &put->is_announced,
                                   &put->space, &fault);
    if (status == STATUS_OK) {
        status = fence_place_find(call, &put->rule, &put->shape, &fault);
    }
    if (status != STATUS_OK) {
        live_fail_body(call, status, &fault);
        return;
    }
    const struct bytes id = call->values[FENCE_ID].text;
    if (put->rule.id.size != 0 && !bytes_equal(put->rule.id, id)) {
        call_fail(call, 400, "invalid_body", "id", "\"id\" is another than that of the path");
        return;
    }
    put->rule.id = id;
    call_write(call, DURABILITY_DEFAULT, decide_put, answer_put);
}

static enum status decide_get(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct rule rule;
    (void)turn;
    if (!fence_find(call->world->fences, call->values[FENCE_ID].text, &rule)) {
        return fence_missing(call->values[FENCE_ID].text, fault);
    }
    rule_write_json(&rule, &call->out);
    return STATUS_OK;
}

void fence_get_run(struct call *call)
{
    call_write(call, DURABILITY_COMMIT, decide_get, fence_answer_ok);
}

static enum status decide_delete(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    const struct bytes id = call->values[FENCE_ID].text;
    const enum status status = fence_delete(call->world->fences, turn, id);
    return status == STATUS_NOT_FOUND ? fence_missing(id, fault) : status;
}

void fence_delete_run(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_delete, answer_nothing);
}

// --- Lists ---

struct list_fences {
    struct json_writer json;
    struct bytes after;
    struct buffer last;
    uint64_t salt;
    size_t count, limit;
    bool is_geojson, has_more;
};

static void release_list(struct call *call)
{
    struct list_fences *const list = call->state;
    buffer_free(&list->last);
}

static bool on_fence(void *context, const struct rule *rule)
{
    struct list_fences *const list = context;
    if (list->count == list->limit) {
        list->has_more = true;
        return false;
    }
    if (list->count++ != 0) {
        buffer_append_u8(list->json.out, ',');
    }
    if (list->is_geojson) {
        rule_write_feature(rule, list->json.out);
    } else {
        rule_write_json(rule, list->json.out);
    }
    buffer_clear(&list->last);
    buffer_append_bytes(&list->last, rule->id);
    return true;
}

static enum status decide_list(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct list_fences *const list = call->state;
    struct json_writer *const json = &list->json;
    (void)turn;
    (void)fault;
    json->out = &call->out;
    json_begin_object(json);
    if (list->is_geojson) {
        JSON_KEY(json, "type");
        json_text_of(json, "FeatureCollection");
        JSON_KEY(json, "features");
    } else {
        JSON_KEY(json, "fences");
    }
    json_begin_array(json);
    fence_list(call->world->fences, list->after, call->values[FENCES_TAG].text, on_fence, list);
    json_end_array(json);
    if (list->has_more) {
        cursor_write(json, list->salt, buffer_bytes(&list->last));
    }
    json_end_object(json);
    return STATUS_OK;
}

void fence_list_run(struct call *call)
{
    struct fault fault = {0};
    struct list_fences *const list = call_take(call, sizeof(*list));
    if (list == NULL) {
        call_fail_memory(call);
        return;
    }
    list->last.account = call->world->account;
    call->state = list;
    call->release = release_list;
    list->limit = (size_t)call->values[FENCES_LIMIT].whole;
    list->is_geojson = call->values[FENCES_FORMAT].whole == 1;
    list->salt = cursor_hash(cursor_hash(0, BYTES_OF("fences")), call->values[FENCES_TAG].text);
    if (call->values[FENCES_CURSOR].is_given &&
        cursor_read(call, call->values[FENCES_CURSOR].text, list->salt, &list->after, &fault) !=
            STATUS_OK) {
        call_fail(call, 400, "invalid_parameter", "cursor", "%s", fault.text);
        return;
    }
    call_write(call, DURABILITY_COMMIT, decide_list, fence_answer_ok);
}

struct list_members {
    struct json_writer json;
    size_t count, limit;
};

static bool on_member(void *context, struct bytes object, int64_t since_us)
{
    struct list_members *const list = context;
    if (list->count == list->limit) {
        return false;
    }
    list->count++;
    json_begin_object(&list->json);
    JSON_KEY(&list->json, "object");
    json_text(&list->json, object);
    feature_write_time(&list->json, BYTES_OF("since"), since_us);
    json_end_object(&list->json);
    return true;
}

static enum status decide_members(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct list_members list = {.json = {.out = &call->out},
                                .limit = (size_t)call->values[MEMBERS_LIMIT].whole};
    const struct bytes id = call->values[MEMBERS_ID].text;
    (void)turn;
    json_begin_object(&list.json);
    JSON_KEY(&list.json, "members");
    json_begin_array(&list.json);
    if (fence_members(call->world->fences, id, on_member, &list) != STATUS_OK) {
        buffer_clear(&call->out);
        return fence_missing(id, fault);
    }
    json_end_array(&list.json);
    json_end_object(&list.json);
    return STATUS_OK;
}

void fence_members_run(struct call *call)
{
    call_write(call, DURABILITY_COMMIT, decide_members, fence_answer_ok);
}

// --- Many at once ---

struct loaded {
    struct rule rule;
    struct buffer space;
    bool is_announced, is_refused, is_new;
    char message[160];
};

struct load_fences {
    struct loaded *list;
    size_t count, capacity;
};

static void release_load(struct call *call)
{
    struct load_fences *const load = call->state;
    for (size_t i = 0; i < load->count; i++) {
        buffer_free(&load->list[i].space);
    }
    memory_give(load->list);
}

static void refuse(struct loaded *loaded, const struct fault *fault)
{
    loaded->is_refused = true;
    (void)snprintf(loaded->message, sizeof(loaded->message), "%.150s", fault->text);
}

static enum status toil_load(struct call *call, struct fault *fault)
{
    struct load_fences *const load = call->state;
    struct memory_account *const account = call->world->account;
    if (!json_slice_check(call->body, account)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the body is no JSON");
    }
    struct bytes features = json_slice_find(json_slice_trim(call->body), BYTES_OF("features"));
    struct bytes feature;
    if (features.size == 0 || features.data[0] != '[') {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "the body must be a FeatureCollection of fences");
    }
    while (json_slice_item(&features, &feature)) {
        struct fault why = {0};
        if (load->count == LOAD_MAX) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "a body holds at most %d fences",
                             LOAD_MAX);
        }
        if (!memory_grow(account, &load->list, &load->capacity, load->count + 1,
                         sizeof(*load->list))) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the fences");
        }
        struct loaded *const loaded = &load->list[load->count++];
        *loaded = (struct loaded){.space = {.account = account}};
        if (rule_read(feature, account, &loaded->rule, &loaded->is_announced, &loaded->space,
                      &why) != STATUS_OK) {
            refuse(loaded, &why);
        } else if (loaded->rule.id.size == 0) {
            (void)fault_set(&why, STATUS_OUT_OF_RANGE, "\"id\" is missing");
            refuse(loaded, &why);
        }
    }
    return STATUS_OK;
}

static enum status decide_load(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    struct load_fences *const load = call->state;
    (void)fault;
    for (size_t i = 0; i < load->count; i++) {
        struct loaded *const loaded = &load->list[i];
        struct fault why = {0};
        if (!loaded->is_refused &&
            fence_put(call->world->fences, turn, &loaded->rule, loaded->is_announced,
                      &loaded->is_new, &why) != STATUS_OK) {
            refuse(loaded, &why);
        }
    }
    return STATUS_OK;
}

static void answer_load(struct call *call)
{
    const struct load_fences *const load = call->state;
    struct json_writer json = {.out = &call->out};
    size_t refused = 0;
    for (size_t i = 0; i < load->count; i++) {
        refused += load->list[i].is_refused ? 1 : 0;
    }
    json_begin_object(&json);
    JSON_KEY(&json, "stored");
    json_unsigned(&json, load->count - refused);
    JSON_KEY(&json, "refused");
    json_begin_array(&json);
    for (size_t i = 0; i < load->count; i++) {
        if (load->list[i].is_refused) {
            json_begin_object(&json);
            JSON_KEY(&json, "index");
            json_unsigned(&json, i);
            JSON_KEY(&json, "id");
            json_text(&json, load->list[i].rule.id);
            JSON_KEY(&json, "message");
            json_text_of(&json, load->list[i].message);
            json_end_object(&json);
        }
    }
    json_end_array(&json);
    json_end_object(&json);
    call_answer(call, 200);
}

static void write_load(struct call *call)
{
    call_write(call, DURABILITY_DEFAULT, decide_load, answer_load);
}

void fence_load_run(struct call *call)
{
    struct load_fences *const load = call_take(call, sizeof(*load));
    if (load == NULL) {
        call_fail_memory(call);
        return;
    }
    call->state = load;
    call->release = release_load;
    call_work(call, toil_load, write_load);
}
