// Keys of the Redis dialect as rows of live data.
//
//   collection   objects
//   \0 z KEY     the members of a sorted set
//   \0 s         strings, by key
//   \0 t         when sets end: microseconds in 20 digits, so that they lie in order of time
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "command/redis_private.h"

enum { DEADLINE_SIZE = 20, SWEPT_MAX = 64, NEAR_SIZE = 96 };

#define STRINGS   ((struct bytes){.data = (const uint8_t *)"\0s", .size = 2})
#define DEADLINES ((struct bytes){.data = (const uint8_t *)"\0t", .size = 2})

static struct live_view view_of(const struct redis_call *call)
{
    return call->turn != NULL ? live_view_working(call->world->live)
                              : live_view_now(call->world->live);
}

// The name of a set's collection; short ones, which most are, take no memory.
struct set_name {
    struct bytes bytes;
    struct buffer far;
    uint8_t near[NEAR_SIZE];
};

static struct bytes set_name(const struct redis_call *call, struct set_name *name, struct bytes key)
{
    name->far = (struct buffer){.account = call->world->account};
    if (key.size <= NEAR_SIZE - 2) {
        memcpy(name->near, "\0z", 2);
        memcpy(name->near + 2, key.data, key.size);
        name->bytes = (struct bytes){.data = name->near, .size = key.size + 2};
    } else {
        buffer_append(&name->far, "\0z", 2);
        buffer_append_bytes(&name->far, key);
        name->bytes = buffer_bytes(&name->far);
    }
    return name->bytes;
}

static void set_name_free(struct set_name *name)
{
    buffer_free(&name->far);
}

static const struct object *find_in(const struct redis_call *call, struct bytes collection,
                                    struct bytes id)
{
    const struct collection *const found = live_collection(view_of(call), collection);
    return found == NULL ? NULL : collection_find(found, id);
}

static bool put_row(const struct redis_call *call, struct bytes collection, struct bytes id,
                    const struct row *row)
{
    struct buffer bytes = {.account = call->world->account};
    struct fault fault = {.text = "no memory for a row"};
    row_write(row, &bytes);
    enum status status = buffer_status(&bytes);
    if (status == STATUS_OK) {
        status = live_put(call->world->live, call->turn, collection, id, buffer_bytes(&bytes),
                          "set", &fault);
    }
    buffer_free(&bytes);
    if (status != STATUS_OK) {
        redis_fault(call, &fault);
    }
    return status == STATUS_OK;
}

static void delete_row(const struct redis_call *call, struct bytes collection, struct bytes id)
{
    status_ignore(live_delete(call->world->live, call->turn, collection, id, "del"),
                  "there was none");
}

// --- When keys end ---

bool redis_deadline_set(const struct redis_call *call, struct bytes key, int64_t deadline_us)
{
    const struct object *const string = redis_string_find(call, key);
    struct row row;
    if (string != NULL) {
        object_row(string, &row);
        row.expires_us = deadline_us;
        return put_row(call, STRINGS, key, &row);
    }
    if (deadline_us == 0) {
        delete_row(call, DEADLINES, key);
        return true;
    }
    char text[DEADLINE_SIZE + 1];
    (void)snprintf(text, sizeof(text), "%020" PRId64, deadline_us);
    row = (struct row){.kind = ROW_STRING, .text = bytes_from_text(text)};
    return put_row(call, DEADLINES, key, &row);
}

struct due {
    int64_t now_us;
    struct bytes keys[SWEPT_MAX];
    size_t count;
};

static bool take_due(void *context, const struct object *object)
{
    struct due *const due = context;
    struct row row;
    int64_t deadline_us;
    object_row(object, &row);
    if (!redis_integer(row.text, &deadline_us) || deadline_us > due->now_us) {
        return false;
    }
    due->keys[due->count++] = object_id(object);
    return due->count < SWEPT_MAX;
}

void redis_sweep(const struct redis_call *call)
{
    const struct collection *const deadlines = live_collection(view_of(call), DEADLINES);
    struct due due = {.now_us = call->now_us};
    if (deadlines != NULL) {
        collection_scan_values(deadlines, false, take_due, &due);
    }
    for (size_t i = 0; i < due.count; i++) {
        (void)redis_key_drop(call, due.keys[i]);
    }
}

// --- Sets ---

static int64_t set_deadline_us(const struct redis_call *call, struct bytes key)
{
    const struct object *const object = find_in(call, DEADLINES, key);
    if (object == NULL) {
        return 0;
    }
    struct row row;
    int64_t deadline_us;
    object_row(object, &row);
    return redis_integer(row.text, &deadline_us) ? deadline_us : 0;
}

// The set of that name, unless its time has come.
static const struct collection *find_set(const struct redis_call *call, struct bytes key)
{
    struct set_name name;
    const struct collection *const set = live_collection(view_of(call), set_name(call, &name, key));
    set_name_free(&name);
    const int64_t deadline_us = set == NULL ? 0 : set_deadline_us(call, key);
    return deadline_us != 0 && deadline_us <= call->now_us ? NULL : set;
}

enum redis_type redis_type_of(const struct redis_call *call, struct bytes key)
{
    return redis_string_find(call, key) != NULL ? REDIS_STRING
           : find_set(call, key) != NULL        ? REDIS_SET
                                                : REDIS_NONE;
}

bool redis_set_find(const struct redis_call *call, struct bytes key, const struct collection **set)
{
    *set = NULL;
    if (redis_string_find(call, key) != NULL) {
        redis_error(call, REDIS_WRONG_TYPE);
        return false;
    }
    *set = find_set(call, key);
    return true;
}

int64_t redis_deadline_us(const struct redis_call *call, struct bytes key)
{
    const struct object *const string = redis_string_find(call, key);
    if (string == NULL) {
        return set_deadline_us(call, key);
    }
    struct row row;
    object_row(string, &row);
    return row.expires_us;
}

double redis_score_of(const struct object *object)
{
    struct row row;
    object_row(object, &row);
    if (row.kind == ROW_STRING) {
        double score = 0;
        return redis_number(row.text, &score) ? score : 0;
    }
    return (double)redis_encode(
        (struct redis_place){.lng_deg = row.lng_deg, .lat_deg = row.lat_deg});
}

bool redis_set_score(const struct collection *set, struct bytes name, double *score)
{
    const struct object *const object = set == NULL ? NULL : collection_find(set, name);
    if (object != NULL) {
        *score = redis_score_of(object);
    }
    return object != NULL;
}

static bool take_member(void *context, const struct object *object)
{
    const struct redis_member member = {.score = redis_score_of(object), .name = object_id(object)};
    buffer_append(context, &member, sizeof(member));
    return true;
}

static int compare_members(const void *left, const void *right)
{
    const struct redis_member *const a = left;
    const struct redis_member *const b = right;
    const int order = (a->score > b->score) - (a->score < b->score);
    return order != 0 ? order : bytes_compare(a->name, b->name);
}

void redis_members_sort(struct buffer *members, size_t from)
{
    const size_t size = sizeof(struct redis_member);
    if (members->size > from * size && !members->failed) {
        qsort(members->data + from * size, members->size / size - from, size, compare_members);
    }
}

void redis_set_members(const struct collection *set, struct buffer *members)
{
    const struct live_scan scan = {0};
    if (set != NULL) {
        collection_scan(set, &scan, take_member, members);
        redis_members_sort(members, 0);
    }
}

bool redis_set_put(const struct redis_call *call, struct bytes key, struct bytes name, double score)
{
    struct row row = {.kind = ROW_STRING, .arrival_us = call->now_us};
    char text[DECIMAL_SIZE];
    const bool is_whole =
        score >= 0 && score < (double)REDIS_SCORES && !(floor(score) < score) && !signbit(score);
    const struct redis_place place =
        is_whole ? redis_decode((uint64_t)score) : (struct redis_place){0};
    if (is_whole && redis_encode(place) == (uint64_t)score) {
        row.kind = ROW_POINT;
        row.point = GEO_POINT(place.lng_deg, place.lat_deg);
        row.has_exact = true;
        row.lng_deg = place.lng_deg;
        row.lat_deg = place.lat_deg;
    } else {
        (void)snprintf(text, sizeof(text), "%.17g", score);
        row.text = bytes_from_text(text);
    }
    struct set_name collection;
    const bool is_put = put_row(call, set_name(call, &collection, key), name, &row);
    set_name_free(&collection);
    return is_put;
}

void redis_set_remove(const struct redis_call *call, struct bytes key, struct bytes name)
{
    struct set_name collection;
    const struct bytes bytes = set_name(call, &collection, key);
    delete_row(call, bytes, name);
    if (live_collection(view_of(call), bytes) == NULL) {
        delete_row(call, DEADLINES, key);
    }
    set_name_free(&collection);
}

bool redis_key_drop(const struct redis_call *call, struct bytes key)
{
    const enum redis_type type = redis_type_of(call, key);
    struct set_name name;
    status_ignore(live_collection_drop(call->world->live, call->turn, set_name(call, &name, key)),
                  "there was none");
    set_name_free(&name);
    delete_row(call, DEADLINES, key);
    delete_row(call, STRINGS, key);
    return type != REDIS_NONE;
}

// --- Strings ---

const struct object *redis_string_find(const struct redis_call *call, struct bytes key)
{
    const struct object *const object = find_in(call, STRINGS, key);
    if (object == NULL) {
        return NULL;
    }
    struct row row;
    object_row(object, &row);
    return row.expires_us != 0 && row.expires_us <= call->now_us ? NULL : object;
}

bool redis_string_put(const struct redis_call *call, struct bytes key, struct bytes value,
                      int64_t deadline_us)
{
    const struct row row = {
        .kind = ROW_STRING, .text = value, .arrival_us = call->now_us, .expires_us = deadline_us};
    return put_row(call, STRINGS, key, &row);
}

// --- All keys ---

struct walk {
    const struct redis_call *call;
    redis_each_key *each;
    void *context;
    bool goes_on;
};

static bool walk_string(void *context, const struct object *object)
{
    struct walk *const walk = context;
    if (redis_string_find(walk->call, object_id(object)) != NULL) {
        walk->goes_on = walk->each(walk->context, object_id(object));
    }
    return walk->goes_on;
}

void redis_keys(const struct redis_call *call, redis_each_key *each, void *context)
{
    const struct live_view view = view_of(call);
    const struct collection *const strings = live_collection(view, STRINGS);
    struct walk walk = {.call = call, .each = each, .context = context, .goes_on = true};
    const struct live_scan scan = {0};
    if (strings != NULL) {
        collection_scan(strings, &scan, walk_string, &walk);
    }
    struct bytes after = {.data = (const uint8_t *)"\0z", .size = 2};
    const struct collection *set = live_collection(view, after); // the empty key
    set = set != NULL ? set : live_collection_next(view, after);
    for (; walk.goes_on && set != NULL; set = live_collection_next(view, after)) {
        after = collection_name(set);
        if (after.size < 2 || memcmp(after.data, "\0z", 2) != 0) {
            return;
        }
        const struct bytes key = {.data = after.data + 2, .size = after.size - 2};
        if (redis_type_of(call, key) == REDIS_SET) {
            walk.goes_on = each(context, key);
        }
    }
}

bool redis_clear(const struct redis_call *call)
{
    struct live *const live = call->world->live;
    const struct collection *next;
    struct bytes begin = {.data = (const uint8_t *)"\0", .size = 1};
    while ((next = live_collection_next(view_of(call), begin)) != NULL &&
           collection_name(next).size > 1 && collection_name(next).data[0] == 0) {
        struct buffer name = {.account = call->world->account};
        buffer_append_bytes(&name, collection_name(next)); // dropped, its own may be gone
        const enum status status =
            name.failed ? STATUS_NO_MEMORY
                        : live_collection_drop(live, call->turn, buffer_bytes(&name));
        buffer_free(&name);
        if (status != STATUS_OK) {
            return false;
        }
    }
    return true;
}
