// A change, told to those of Tile38's fences that it concerns; and messages on their way out.
#include <stdlib.h>

#include "fence/tile38_private.h"

enum { REGION_CELLS = 16 };

static void entry_ask(struct fences *fences, struct tile38_entry *entry)
{
    struct tile38_state *const state = fences->tile38_state;
    if (entry->asked == state->round ||
        !memory_grow(fences->account, &state->found, &state->found_capacity, state->found_count + 1,
                     sizeof(struct tile38_entry *))) {
        return;
    }
    entry->asked = state->round;
    state->found[state->found_count++] = entry;
}

struct asking {
    struct fences *fences;
    const struct tile38_set *set;
    struct geo_box box; // of the object that goes; empty: it does not
    bool is_going;
};

static void note_entry(void *context, uint32_t number, bool is_inside)
{
    (void)is_inside;
    const struct asking *const asking = context;
    struct tile38_entry *const entry = asking->set->entries[number];
    if (!asking->is_going || geo_box_intersects(shape_box(entry->fence.area), asking->box)) {
        entry_ask(asking->fences, entry);
    }
}

static void shape_ask(struct asking *asking, const struct cells *cells, struct shape shape)
{
    if (shape.bytes.size == 0 || cells->count == 0) {
        return;
    }
    if (shape_kind(shape) == SHAPE_POINT) {
        cells_at(cells, cell_from_point(shape_centre(shape), CELL_LEVEL_MAX), note_entry, asking);
        return;
    }
    struct cover_cell cover[REGION_CELLS];
    const struct cover_options options = {.max_level = CELL_LEVEL_MAX, .max_cells = REGION_CELLS};
    const size_t count = asking->is_going ? cover_box(asking->box, &options, cover)
                                          : shape_cover(shape, &options, cover);
    cells_meeting(cells, cover, count, note_entry, asking);
}

static void way_ask(struct asking *asking, const struct cells *cells,
                    const struct tile38_told *told)
{
    if (told->before.bytes.size == 0 || told->after.bytes.size == 0 || cells->count == 0) {
        return;
    }
    struct buffer way SCOPED(buffer_free) = {.account = asking->fences->account};
    const struct geo_point points[2] = {shape_centre(told->before), shape_centre(told->after)};
    shape_add_line(&way, points, 2);
    if (buffer_status(&way) == STATUS_OK) {
        shape_ask(asking, cells, (struct shape){.bytes = buffer_bytes(&way)});
    }
}

static void entries_ask(struct fences *fences, const struct tile38_set *set,
                        const struct tile38_told *told)
{
    struct tile38_state *const state = fences->tile38_state;
    state->found_count = 0;
    state->round++;
    for (size_t i = 0; i < set->always_count; i++) {
        entry_ask(fences, set->always[i]);
    }
    struct asking asking = {.fences = fences, .set = set, .is_going = told->is_del};
    if (told->is_del && told->before.bytes.size != 0) {
        asking.box = shape_box(told->before);
    }
    shape_ask(&asking, &set->cells, told->before);
    if (!told->is_del) {
        shape_ask(&asking, &set->cells, told->after);
        way_ask(&asking, &set->crossing, told);
    }
}

// Sorted: connections as made; others by what is detected, then by name.
static int made_order(const void *left, const void *right)
{
    const struct tile38_made *const one = left;
    const struct tile38_made *const other = right;
    const enum tile38_kind kind = one->entry->fence.kind;
    if (kind != other->entry->fence.kind) {
        return kind < other->entry->fence.kind ? -1 : 1;
    }
    if (kind != TILE38_CONNECTION) {
        if (one->rank != other->rank) {
            return one->rank < other->rank ? -1 : 1;
        }
        const int by_name = bytes_compare(one->entry->fence.name, other->entry->fence.name);
        if (by_name != 0) {
            return by_name;
        }
    }
    return one->sequence < other->sequence ? -1 : one->sequence > other->sequence;
}

static void send_later(struct fences *fences, struct tile38_entry *entry, struct bytes message)
{
    struct tile38_state *const state = fences->tile38_state;
    if (!memory_grow(fences->account, &state->outgoing, &state->outgoing_capacity,
                     state->outgoing_count + 1, sizeof *state->outgoing)) {
        return; // a subscriber is not owed a message, as in Redis
    }
    const size_t at = state->sent.size;
    buffer_append_bytes(&state->sent, message);
    if (!state->sent.failed) {
        state->outgoing[state->outgoing_count++] =
            (struct tile38_outgoing){.entry = entry, .at = at, .size = message.size};
    }
}

static void hook_emit(struct fences *fences, struct ledger_turn *turn, struct bytes collection,
                      const struct change *change, const struct tile38_made *made,
                      struct bytes message)
{
    struct event event = {.kind = EVENT_TILE38,
                          .collection = collection,
                          .fence = made->entry->fence.name,
                          .event_us = turn->now_us,
                          .arrival_us = turn->now_us,
                          .distance_m = -1,
                          .payload = message};
    if (change != NULL) {
        struct row row;
        object_row(change->after != NULL ? change->after : change->before, &row);
        event.object = change->id;
        event.point = row.point;
        event.event_us = row.event_us != 0 ? row.event_us : turn->now_us;
    }
    fences->sink.emit(fences->sink.context, turn, &event);
}

static void made_out(struct fences *fences, struct ledger_turn *turn, struct bytes collection,
                     const struct change *change)
{
    struct tile38_state *const state = fences->tile38_state;
    if (state->made_count > 1) {
        qsort(state->made, state->made_count, sizeof *state->made, made_order);
    }
    for (size_t i = 0; i < state->made_count; i++) {
        const struct tile38_made *const made = &state->made[i];
        const struct bytes message = {.data = state->text.data + made->at, .size = made->size};
        if (made->entry->fence.kind == TILE38_HOOK) {
            hook_emit(fences, turn, collection, change, made, message);
        } else {
            send_later(fences, made->entry, message);
        }
    }
    state->made_count = 0;
    buffer_clear(&state->text);
}

void tile38_changed(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                    const struct change *change)
{
    struct tile38_told told = {.fences = fences, .turn = turn, .change = change};
    told.is_del = change->after == NULL;
    told.command = told.is_del ? "del" : change->command;
    told.is_fset = !told.is_del && strcmp(change->command, "fset") == 0;
    told.is_set = !told.is_del && !told.is_fset;
    if (change->before != NULL) {
        told.before = object_shape(change->before, told.before_scratch);
    }
    if (change->after != NULL) {
        told.after = object_shape(change->after, told.after_scratch);
    }
    entries_ask(fences, watch->tile38, &told);
    struct tile38_state *const state = fences->tile38_state;
    for (size_t i = 0; i < state->found_count; i++) {
        tile38_tell(&told, state->found[i]);
    }
    made_out(fences, turn, collection_name(change->collection), change);
}

void tile38_dropped(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                    const struct collection *collection)
{
    const struct tile38_set *const set = watch->tile38;
    for (size_t i = 0; i < set->always_count; i++) {
        tile38_tell_drop(fences, turn, set->always[i], collection_name(collection));
    }
    made_out(fences, turn, collection_name(collection), NULL);
}

static void bury_dead(struct fences *fences)
{
    struct tile38_state *const state = fences->tile38_state;
    while (state->dead != NULL) {
        struct tile38_entry *const entry = state->dead;
        state->dead = entry->next_dead;
        tile38_entry_free(entry);
    }
}

void tile38_publish(struct fences *fences)
{
    struct tile38_state *const state = fences->tile38_state;
    for (size_t i = 0; i < state->outgoing_count; i++) {
        const struct tile38_outgoing *const outgoing = &state->outgoing[i];
        const struct tile38_fence *const fence = &outgoing->entry->fence;
        if (fence->calls->send != NULL) {
            fence->calls->send(
                fence->context, fence->name,
                (struct bytes){.data = state->sent.data + outgoing->at, .size = outgoing->size});
        }
    }
    state->outgoing_count = 0;
    buffer_clear(&state->sent);
    bury_dead(fences);
}

void tile38_undo(struct fences *fences)
{
    fences->tile38_state->outgoing_count = 0;
    buffer_clear(&fences->tile38_state->sent);
    bury_dead(fences);
}
