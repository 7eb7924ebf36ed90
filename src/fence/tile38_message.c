// What one of Tile38's fences says to one change.
#include <stdio.h>

#include "base/date.h"
#include "codec/json_write.h"
#include "fence/tile38_private.h"

enum { GROUPS_MIN = 1024, GROUPS_MAX = 1 << 22 };

enum detect {
    DETECT_NONE,
    DETECT_INSIDE,
    DETECT_OUTSIDE,
    DETECT_ENTER,
    DETECT_EXIT,
    DETECT_CROSS,
    DETECT_ROAM,
};
static const char *const DETECT_NAMES[] = {"",     "inside", "outside", "enter",
                                           "exit", "cross",  "roam"};
static const uint8_t DETECT_BITS[] = {
    0, TILE38_INSIDE, TILE38_OUTSIDE, TILE38_ENTER, TILE38_EXIT, TILE38_CROSS, 0};
// In this order messages of one change go out.
static const uint8_t DETECT_RANKS[] = {0, 4, 2, 3, 1, 0, 0};

static bool says(const struct tile38_fence *fence, enum detect detect)
{
    return !fence->has_detect || (fence->detect & DETECT_BITS[detect]) != 0;
}

// Groups. -------------------------------------------------------------------------------------------

static uint64_t pair_of(const struct tile38_entry *entry, struct bytes collection, struct bytes id)
{
    return chart_hash(chart_hash(entry->born, collection), id) | 1;
}

static struct tile38_group *group_slot(const struct tile38_state *state, uint64_t pair)
{
    size_t at = (pair >> 1) & (state->group_capacity - 1);
    while (state->groups[at].pair != 0 && state->groups[at].pair != pair) {
        at = (at + 1) & (state->group_capacity - 1);
    }
    return &state->groups[at];
}

// Makes room for one more; beyond GROUPS_MAX pairs, groups begin anew.
static bool groups_reserve(struct fences *fences)
{
    struct tile38_state *const state = fences->tile38_state;
    if (state->group_count * 2 < state->group_capacity) {
        return true;
    }
    if (state->group_capacity == GROUPS_MAX) {
        memset(state->groups, 0, GROUPS_MAX * sizeof *state->groups);
        state->group_count = 0;
        return true;
    }
    const size_t capacity = state->group_capacity == 0 ? GROUPS_MIN : state->group_capacity * 2;
    struct tile38_group *const groups =
        memory_take_zeroed(fences->account, capacity, sizeof *groups);
    if (groups == NULL) {
        return false;
    }
    struct tile38_group *const old = state->groups;
    const size_t old_capacity = state->group_capacity;
    state->groups = groups;
    state->group_capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].pair != 0) {
            *group_slot(state, old[i].pair) = old[i];
        }
    }
    memory_give(old);
    return true;
}

static int64_t group_began(const struct tile38_state *state, uint64_t pair)
{
    return state->group_capacity == 0 ? 0 : group_slot(state, pair)->began_us;
}

static void group_begin(struct fences *fences, uint64_t pair, int64_t now_us)
{
    if (!groups_reserve(fences)) {
        return;
    }
    struct tile38_group *const group = group_slot(fences->tile38_state, pair);
    fences->tile38_state->group_count += group->pair == 0 ? 1 : 0;
    *group = (struct tile38_group){.pair = pair, .began_us = now_us};
}

static void group_write(const struct tile38_state *state, const struct tile38_entry *entry,
                        uint64_t pair, int64_t began_us, struct buffer *out)
{
    const uint64_t began_s = (uint64_t)(began_us == 0 ? entry->born_us : began_us) / 1000000;
    const uint64_t rest = chart_hash(pair ^ state->seed,
                                     (struct bytes){.data = (const uint8_t *)&began_us, .size = 8});
    buffer_append_format(out, "%08x%016llx", (unsigned)(uint32_t)began_s, (unsigned long long)rest);
}

// Parts. --------------------------------------------------------------------------------------------

static void write_hook(const struct tile38_fence *fence, struct json_writer *json)
{
    if (fence->name.size != 0) {
        JSON_KEY(json, "hook");
        json_text(json, fence->name);
    }
    if (fence->meta_count == 0) {
        return;
    }
    JSON_KEY(json, "meta");
    json_begin_object(json);
    for (uint32_t i = 0; i < fence->meta_count; i++) {
        json_key(json, fence->metas[i].name);
        json_text(json, fence->metas[i].value);
    }
    json_end_object(json);
}

// RFC 3339 as Go writes it: decimals without their last zeros.
static void write_time(int64_t now_us, struct json_writer *json)
{
    char text[DATE_RFC3339_SIZE + 1];
    char full[48];
    date_format_rfc3339(now_us, text);
    const unsigned fraction_us = (unsigned)(now_us % 1000000);
    int size = snprintf(full, sizeof full, "%.19s.%06u", text, fraction_us);
    while (full[size - 1] == '0') {
        size--;
    }
    size -= full[size - 1] == '.' ? 1 : 0;
    full[size] = 'Z';
    JSON_KEY(json, "time");
    json_text(json, (struct bytes){.data = (const uint8_t *)full, .size = (size_t)size + 1});
}

void tile38_made_add(struct fences *fences, struct tile38_entry *entry, size_t at, unsigned rank)
{
    struct tile38_state *const state = fences->tile38_state;
    if (state->text.failed || !memory_grow(fences->account, &state->made, &state->made_capacity,
                                           state->made_count + 1, sizeof *state->made)) {
        return; // no memory for a message: its row was not made either
    }
    state->made[state->made_count] = (struct tile38_made){.entry = entry,
                                                          .at = at,
                                                          .size = state->text.size - at,
                                                          .rank = rank,
                                                          .sequence = (unsigned)state->made_count};
    state->made_count++;
}

void tile38_tell_drop(struct fences *fences, struct ledger_turn *turn, struct tile38_entry *entry,
                      struct bytes collection)
{
    if (entry->fence.commands != 0 && (entry->fence.commands & TILE38_DROP) == 0) {
        return;
    }
    struct buffer *const out = &fences->tile38_state->text;
    const size_t at = out->size;
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "command");
    json_text_of(&json, "drop");
    write_hook(&entry->fence, &json);
    JSON_KEY(&json, "key");
    json_text(&json, collection);
    write_time(turn->now_us, &json);
    json_end_object(&json);
    tile38_made_add(fences, entry, at, 0);
}

static void tell_del(const struct tile38_told *told, struct tile38_entry *entry)
{
    struct fences *const fences = told->fences;
    struct buffer *const out = &fences->tile38_state->text;
    const size_t at = out->size;
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "command");
    json_text_of(&json, "del");
    write_hook(&entry->fence, &json);
    JSON_KEY(&json, "key");
    json_text(&json, collection_name(told->change->collection));
    JSON_KEY(&json, "id");
    json_text(&json, told->change->id);
    write_time(told->turn->now_us, &json);
    json_end_object(&json);
    tile38_made_add(fences, entry, at, 0);
}

// Up to the closing brace, which the caller adds.
static size_t begin_message(const struct tile38_told *told, const struct tile38_entry *entry,
                            enum detect detect, uint64_t pair, int64_t began_us)
{
    struct tile38_state *const state = told->fences->tile38_state;
    struct buffer *const out = &state->text;
    const size_t at = out->size;
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "command");
    json_text_of(&json, told->command);
    JSON_KEY(&json, "group");
    buffer_append_u8(out, '"');
    group_write(state, entry, pair, began_us, out);
    buffer_append_u8(out, '"');
    json.has_item = true;
    JSON_KEY(&json, "detect");
    json_text_of(&json, DETECT_NAMES[detect]);
    write_hook(&entry->fence, &json);
    JSON_KEY(&json, "key");
    json_text(&json, collection_name(told->change->collection));
    write_time(told->turn->now_us, &json);
    buffer_append_u8(out, ',');
    buffer_append_bytes(out, buffer_bytes(&state->tail));
    return at;
}

static void tell_one(const struct tile38_told *told, struct tile38_entry *entry, enum detect detect,
                     uint64_t pair, int64_t began_us)
{
    const size_t at = begin_message(told, entry, detect, pair, began_us);
    buffer_append_u8(&told->fences->tile38_state->text, '}');
    tile38_made_add(told->fences, entry, at, DETECT_RANKS[detect]);
}

static void tell_roam(const struct tile38_told *told, struct tile38_entry *entry, uint64_t pair,
                      int64_t began_us)
{
    struct tile38_state *const state = told->fences->tile38_state;
    if (!told->is_set) {
        tell_one(told, entry, DETECT_ROAM, pair, began_us);
        return;
    }
    for (unsigned side = 2; side-- > 0;) { // nearby, then faraway
        for (size_t i = 0; i < state->near_count[side]; i++) {
            const size_t at = begin_message(told, entry, DETECT_ROAM, pair, began_us);
            tile38_roam_write(told->fences, entry, side == 1 ? "nearby" : "faraway",
                              &state->near[side][i], &state->text);
            buffer_append_u8(&state->text, '}');
            tile38_made_add(told->fences, entry, at, 0);
        }
    }
}

// Matching. -----------------------------------------------------------------------------------------

static bool area_holds(const struct tile38_fence *fence, struct shape shape)
{
    if (shape.bytes.size == 0) {
        return false;
    }
    return fence->search == TILE38_WITHIN ? shape_contains(fence->area, shape)
                                          : shape_intersects(fence->area, shape);
}

// `is_unwanted`: the place is right, and WHERE says no.
static bool version_matches(const struct tile38_fence *fence, const struct object *object,
                            struct shape shape, bool *is_unwanted)
{
    if (!area_holds(fence, shape)) {
        return false;
    }
    const bool is_wanted =
        fence->calls->wants == NULL || fence->calls->wants(fence->context, object);
    *is_unwanted = !is_wanted;
    return is_wanted;
}

static enum detect detect_of(const struct tile38_told *told, const struct tile38_fence *fence)
{
    bool is_uncrossed = false;
    const bool before = version_matches(fence, told->change->before, told->before, &is_uncrossed);
    const bool after = version_matches(fence, told->change->after, told->after, &is_uncrossed);
    if (before && after) {
        return DETECT_INSIDE;
    }
    if (before) {
        return DETECT_EXIT;
    }
    if (after) {
        return told->is_fset ? DETECT_INSIDE : DETECT_ENTER;
    }
    const bool may_cross = !told->is_fset && !is_uncrossed && told->before.bytes.size != 0;
    return may_cross && shape_meets_segment(fence->area, shape_centre(told->before),
                                            shape_centre(told->after))
               ? DETECT_CROSS
               : DETECT_OUTSIDE;
}

// What DETECT leaves out becomes what it does not, or nothing.
static enum detect degraded(const struct tile38_fence *fence, enum detect detect)
{
    if (says(fence, detect)) {
        return detect;
    }
    const enum detect lesser = detect == DETECT_ENTER                            ? DETECT_INSIDE
                               : detect == DETECT_EXIT || detect == DETECT_CROSS ? DETECT_OUTSIDE
                                                                                 : DETECT_NONE;
    return lesser != DETECT_NONE && says(fence, lesser) ? lesser : DETECT_NONE;
}

static bool accepts(const struct tile38_told *told, const struct tile38_fence *fence)
{
    const unsigned command = told->is_del    ? TILE38_DEL
                             : told->is_fset ? TILE38_FSET
                             : told->is_set  ? TILE38_SET
                                             : 0U;
    return fence->commands == 0 || (fence->commands & command) != 0;
}

static double distance_of(const struct tile38_told *told, const struct tile38_fence *fence)
{
    if (!fence->writes_distance || fence->area.bytes.size == 0) {
        return -1;
    }
    return tile38_distance_to(told->change->after, shape_centre(fence->area));
}

void tile38_tell(struct tile38_told *told, struct tile38_entry *entry)
{
    const struct tile38_fence *const fence = &entry->fence;
    struct tile38_state *const state = told->fences->tile38_state;
    const bool has_place =
        told->is_del ? told->before.bytes.size != 0 : told->after.bytes.size != 0;
    if (!has_place || !accepts(told, fence) || (told->is_fset && fence->has_no_fields) ||
        (fence->calls->wants_id != NULL &&
         !fence->calls->wants_id(fence->context, told->change->id))) {
        return;
    }
    if (told->is_del) {
        tell_del(told, entry);
        return;
    }
    enum detect detect = DETECT_ROAM;
    if (fence->search != TILE38_ROAM) {
        detect = detect_of(told, fence);
    } else if (told->is_set) {
        tile38_roam_find(told, entry);
        if (state->near_count[0] + state->near_count[1] == 0) {
            return;
        }
    }
    detect = degraded(fence, detect);
    if (detect == DETECT_NONE) {
        return;
    }
    buffer_clear(&state->tail);
    fence->calls->write_object(fence->context, told->change->after, distance_of(told, fence),
                               &state->tail);
    if (state->tail.size == 0) {
        return;
    }
    const uint64_t pair =
        pair_of(entry, collection_name(told->change->collection), told->change->id);
    if (detect == DETECT_ENTER || detect == DETECT_CROSS) {
        group_begin(told->fences, pair, told->turn->now_us);
    }
    const int64_t began_us = group_began(state, pair);
    if (detect == DETECT_ROAM) {
        tell_roam(told, entry, pair, began_us);
        return;
    }
    tell_one(told, entry, detect, pair, began_us);
    if (detect == DETECT_ENTER && says(fence, DETECT_INSIDE)) {
        tell_one(told, entry, DETECT_INSIDE, pair, began_us);
    }
    if ((detect == DETECT_EXIT || detect == DETECT_CROSS) && says(fence, DETECT_OUTSIDE)) {
        tell_one(told, entry, DETECT_OUTSIDE, pair, began_us);
    }
}
