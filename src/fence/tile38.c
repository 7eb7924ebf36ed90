// Tile38's fences: who there is, who hears, and who is asked of a change.
#include <assert.h>
#include <stddef.h>

#include "fence/tile38_private.h"

enum { COVER_CELLS = 8 };

enum status tile38_begin(struct fences *fences)
{
    struct tile38_state *const state =
        memory_take_zeroed(fences->account, 1, sizeof *fences->tile38_state);
    if (state == NULL) {
        return STATUS_NO_MEMORY;
    }
    state->text.account = fences->account;
    state->tail.account = fences->account;
    state->sent.account = fences->account;
    state->seed = (uint64_t)(uintptr_t)state; // differs from server to server, and need not more
    fences->tile38_state = state;
    return STATUS_OK;
}

void tile38_parser_set(struct fences *fences, tile38_parser *parser, void *context)
{
    fences->tile38_state->parser = parser;
    fences->tile38_state->parser_context = context;
}

// Entries. ------------------------------------------------------------------------------------------

static struct bytes copy_bytes(struct buffer *copy, struct bytes bytes)
{
    // Room was reserved, so nothing moves.
    const struct bytes at = {.data = copy->data + copy->size, .size = bytes.size};
    buffer_append_bytes(copy, bytes);
    return at;
}

static const struct bytes *copy_list(struct buffer *copy, const struct bytes *list, size_t count)
{
    struct bytes *const items = (struct bytes *)(void *)(copy->data + copy->size);
    copy->size += count * sizeof *items;
    for (size_t i = 0; i < count; i++) {
        items[i] = copy_bytes(copy, list[i]);
    }
    copy->size += (0 - copy->size) & 7;
    return items;
}

static size_t list_size(const struct bytes *list, size_t count)
{
    size_t size = 8;
    for (size_t i = 0; i < count; i++) {
        size += sizeof *list + list[i].size;
    }
    return size;
}

static bool entry_copy(struct fences *fences, struct tile38_entry *entry,
                       const struct tile38_fence *fence)
{
    const struct bytes texts[6] = {fence->name,         fence->collection,
                                   fence->area.bytes,   fence->roam.collection,
                                   fence->roam.pattern, fence->roam.scan};
    const struct bytes *const metas = (const struct bytes *)(const void *)fence->metas;
    const size_t meta_count = 2 * (size_t)fence->meta_count;
    const size_t size = list_size(texts, 6) + list_size(fence->words, fence->word_count) +
                        list_size(fence->endpoints, fence->endpoint_count) +
                        list_size(metas, meta_count) + 64;
    entry->copy.account = fences->account;
    if (buffer_reserve(&entry->copy, size) == NULL) {
        return false;
    }
    entry->fence = *fence;
    struct buffer *const copy = &entry->copy;
    const struct bytes *const copied = copy_list(copy, texts, 6);
    entry->fence.name = copied[0];
    entry->fence.collection = copied[1];
    entry->fence.area.bytes = copied[2];
    entry->fence.roam.collection = copied[3];
    entry->fence.roam.pattern = copied[4];
    entry->fence.roam.scan = copied[5];
    entry->fence.words = copy_list(copy, fence->words, fence->word_count);
    entry->fence.endpoints = copy_list(copy, fence->endpoints, fence->endpoint_count);
    entry->fence.metas =
        (const struct tile38_meta *)(const void *)copy_list(copy, metas, meta_count);
    return true;
}

static bool entry_begin(struct fences *fences, struct tile38_entry *entry,
                        const struct tile38_fence *fence)
{
    *entry = (struct tile38_entry){.deadline = {.kind = DEADLINE_TILE38},
                                   .born = ++fences->tile38_state->born};
    if (!entry_copy(fences, entry, fence)) {
        return false;
    }
    entry->watch = watch_take(fences, fence->collection);
    if (entry->watch == NULL) {
        buffer_free(&entry->copy);
        return false;
    }
    return true;
}

struct tile38_entry *tile38_entry_new(struct fences *fences, const struct tile38_fence *fence)
{
    struct tile38_entry *const entry = memory_take(fences->account, 1, sizeof *entry);
    if (entry != NULL && !entry_begin(fences, entry, fence)) {
        memory_give(entry);
        return NULL;
    }
    return entry;
}

static void entry_free(struct tile38_entry *entry)
{
    if (entry->fence.calls->release != NULL) {
        entry->fence.calls->release(entry->fence.context);
    }
    buffer_free(&entry->copy);
    memory_give(entry);
}

// Messages of this turn may still name it: it goes when they have gone out.
static void entry_bury(struct fences *fences, struct tile38_entry *entry)
{
    status_ignore(deadline_set(&fences->deadlines, &entry->deadline, INT64_MAX),
                  "taking away needs no memory");
    watch_give(fences, entry->watch);
    entry->watch = NULL;
    entry->next_dead = fences->tile38_state->dead;
    fences->tile38_state->dead = entry;
}

// Who hears. ----------------------------------------------------------------------------------------

static bool is_heard(const struct tile38_state *state, struct bytes channel)
{
    for (size_t i = 0; i < state->pattern_count; i++) {
        const struct tile38_pattern *const pattern = &state->patterns[i];
        if (pattern->is_pattern ? glob_matches(pattern->name, channel)
                                : bytes_equal(pattern->name, channel)) {
            return true;
        }
    }
    return false;
}

static bool is_told_always(const struct tile38_fence *fence)
{
    return fence->kind == TILE38_CONNECTION || !fence->has_detect ||
           (fence->detect & TILE38_OUTSIDE) != 0;
}

// The box of the area, as Tile38 has it in its tree: `del` is told by it.
static size_t entry_cells(const struct tile38_entry *entry,
                          struct cover_cell settled[CELLS_OF_AREA_MAX])
{
    if (entry->fence.area.bytes.size == 0) {
        return 0;
    }
    struct cover_cell cover[COVER_CELLS];
    const struct cover_options options = {.max_level = CELL_LEVEL_MAX, .max_cells = COVER_CELLS};
    const size_t count = cover_box(shape_box(entry->fence.area), &options, cover);
    return cells_settle(cover, count, settled);
}

static struct tile38_set *set_of(struct fences *fences, struct watch *watch)
{
    if (watch->tile38 == NULL) {
        struct tile38_set *const set = memory_take_zeroed(fences->account, 1, sizeof *set);
        if (set == NULL) {
            return NULL;
        }
        set->cells = cells_over(fences->account);
        set->crossing = cells_over(fences->account);
        watch->tile38 = set;
    }
    return watch->tile38;
}

static void set_free_if_empty(struct watch *watch)
{
    struct tile38_set *const set = watch->tile38;
    if (set != NULL && set->count == 0 && set->always_count == 0) {
        cells_free(&set->cells);
        cells_free(&set->crossing);
        memory_give(set->entries);
        memory_give(set->always);
        memory_give(set);
        watch->tile38 = NULL;
    }
}

static enum status place_in_cells(struct fences *fences, struct tile38_set *set,
                                  struct tile38_entry *entry)
{
    if (!memory_grow(fences->account, &set->entries, &set->capacity, set->count + 1,
                     sizeof(struct tile38_entry *))) {
        return STATUS_NO_MEMORY;
    }
    struct cover_cell settled[CELLS_OF_AREA_MAX];
    const size_t count = entry_cells(entry, settled);
    entry->number = (uint32_t)set->count;
    TRY(cells_put(&set->cells, entry->number, settled, count));
    if ((entry->fence.detect & TILE38_CROSS) != 0) {
        const enum status status = cells_put(&set->crossing, entry->number, settled, count);
        if (status != STATUS_OK) {
            cells_remove(&set->cells, entry->number, settled, count);
            return status;
        }
    }
    set->entries[set->count++] = entry;
    return STATUS_OK;
}

static void cells_leave(struct tile38_set *set, const struct tile38_entry *entry)
{
    struct cover_cell settled[CELLS_OF_AREA_MAX];
    const size_t count = entry_cells(entry, settled);
    cells_remove(&set->cells, entry->number, settled, count);
    if ((entry->fence.detect & TILE38_CROSS) != 0) {
        cells_remove(&set->crossing, entry->number, settled, count);
    }
}

// Puts the entry where writes find it.
static enum status entry_place(struct fences *fences, struct tile38_entry *entry)
{
    struct tile38_set *const set = set_of(fences, entry->watch);
    if (set == NULL) {
        return STATUS_NO_MEMORY;
    }
    entry->is_told_always = is_told_always(&entry->fence);
    enum status status = STATUS_OK;
    if (!entry->is_told_always) {
        status = place_in_cells(fences, set, entry);
    } else if (memory_grow(fences->account, &set->always, &set->always_capacity,
                           set->always_count + 1, sizeof(struct tile38_entry *))) {
        set->always[set->always_count++] = entry;
    } else {
        status = STATUS_NO_MEMORY;
    }
    entry->is_placed = status == STATUS_OK;
    set_free_if_empty(entry->watch);
    return status;
}

static void entry_unplace(struct tile38_entry *entry)
{
    if (!entry->is_placed) {
        return;
    }
    struct tile38_set *const set = entry->watch->tile38;
    entry->is_placed = false;
    if (entry->is_told_always) {
        size_t at = 0;
        while (set->always[at] != entry) {
            at++;
        }
        set->always[at] = set->always[--set->always_count];
    } else {
        // The last one takes its number.
        cells_leave(set, entry);
        struct tile38_entry *const last = set->entries[--set->count];
        if (last != entry) {
            struct cover_cell settled[CELLS_OF_AREA_MAX];
            const size_t count = entry_cells(last, settled);
            cells_leave(set, last);
            last->number = entry->number;
            set->entries[last->number] = last;
            status_ignore(cells_put(&set->cells, last->number, settled, count),
                          "there is the room that was just left");
            if ((last->fence.detect & TILE38_CROSS) != 0) {
                status_ignore(cells_put(&set->crossing, last->number, settled, count),
                              "there is the room that was just left");
            }
        }
    }
    set_free_if_empty(entry->watch);
}

static enum status entry_hear(struct fences *fences, struct tile38_entry *entry, bool is_heard_now)
{
    entry->is_listened = is_heard_now;
    if (is_heard_now && !entry->is_placed) {
        return entry_place(fences, entry);
    }
    if (!is_heard_now) {
        entry_unplace(entry);
    }
    return STATUS_OK;
}

static enum status pattern_change(struct fences *fences, struct bytes name, bool is_pattern,
                                  int change)
{
    struct tile38_state *const state = fences->tile38_state;
    size_t at = 0;
    while (at < state->pattern_count && (state->patterns[at].is_pattern != is_pattern ||
                                         !bytes_equal(state->patterns[at].name, name))) {
        at++;
    }
    if (at < state->pattern_count) {
        state->patterns[at].count += (uint32_t)change;
        if (state->patterns[at].count == 0) {
            memory_give((void *)(uintptr_t)state->patterns[at].name.data);
            state->patterns[at] = state->patterns[--state->pattern_count];
        }
        return STATUS_OK;
    }
    if (change < 0) {
        return STATUS_OK;
    }
    uint8_t *const copy = memory_take(fences->account, name.size + 1, 1);
    if (copy == NULL || !memory_grow(fences->account, &state->patterns, &state->pattern_capacity,
                                     state->pattern_count + 1, sizeof *state->patterns)) {
        memory_give(copy);
        return STATUS_NO_MEMORY;
    }
    memcpy(copy, name.data, name.size);
    state->patterns[state->pattern_count++] =
        (struct tile38_pattern){.name = {.data = copy, .size = name.size},
                                .is_pattern = is_pattern,
                                .count = (uint32_t)change};
    return STATUS_OK;
}

enum status tile38_listen(struct fences *fences, struct bytes channel, bool is_pattern, int change,
                          struct fault *fault)
{
    enum status status = pattern_change(fences, channel, is_pattern, change);
    const struct bytes from = is_pattern ? glob_prefix(channel) : channel;
    for (const struct names_node *node = names_from(&fences->tile38, from);
         status == STATUS_OK && node != NULL; node = node->next[0]) {
        struct tile38_entry *const entry = node->thing;
        const bool is_one =
            is_pattern ? glob_matches(channel, node->name) : bytes_equal(channel, node->name);
        if (node->name.size < from.size || memcmp(node->name.data, from.data, from.size) != 0) {
            break;
        }
        if (is_one && entry->fence.kind == TILE38_CHANNEL) {
            status = entry_hear(fences, entry, is_heard(fences->tile38_state, node->name));
        }
    }
    return status == STATUS_OK ? STATUS_OK
                               : fault_set(fault, status, "the memory of fences is full");
}

// Coming and going. ---------------------------------------------------------------------------------

void tile38_entry_remove(struct fences *fences, struct tile38_entry *entry)
{
    entry_unplace(entry);
    names_remove(&fences->tile38, entry->fence.name);
    entry_bury(fences, entry);
}

enum status tile38_entry_install(struct fences *fences, struct tile38_entry *entry)
{
    struct tile38_entry *const old = names_find(&fences->tile38, entry->fence.name);
    if (old != NULL) {
        tile38_entry_remove(fences, old);
    }
    enum status status = names_put(&fences->tile38, entry->fence.name, entry);
    if (status == STATUS_OK && entry->fence.expires_us != 0) {
        status = deadline_set(&fences->deadlines, &entry->deadline, entry->fence.expires_us);
    }
    if (status == STATUS_OK) {
        const bool is_listened =
            entry->fence.kind == TILE38_HOOK || is_heard(fences->tile38_state, entry->fence.name);
        status = entry_hear(fences, entry, is_listened);
    }
    return status;
}

static bool lists_equal(const struct bytes *left, size_t left_count, const struct bytes *right,
                        size_t right_count)
{
    if (left_count != right_count) {
        return false;
    }
    for (size_t i = 0; i < left_count; i++) {
        if (!bytes_equal(left[i], right[i])) {
            return false;
        }
    }
    return true;
}

static bool fences_equal(const struct tile38_fence *left, const struct tile38_fence *right)
{
    return lists_equal(left->words, left->word_count, right->words, right->word_count) &&
           lists_equal(left->endpoints, left->endpoint_count, right->endpoints,
                       right->endpoint_count) &&
           lists_equal(
               (const struct bytes *)(const void *)left->metas, 2 * (size_t)left->meta_count,
               (const struct bytes *)(const void *)right->metas, 2 * (size_t)right->meta_count);
}

static void entry_row_put(struct fences *fences, struct ledger_turn *turn,
                          const struct tile38_entry *entry, struct bytes before)
{
    buffer_clear(&fences->value);
    tile38_row_encode(&entry->fence, &fences->value);
    fence_row_put(fences, turn, TABLE_CHANNEL, entry->fence.name, buffer_bytes(&fences->value),
                  before);
}

enum status tile38_fence_register(struct fences *fences, struct ledger_turn *turn,
                                  const struct tile38_fence *fence, bool *is_changed,
                                  struct fault *fault)
{
    struct tile38_entry *const old = names_find(&fences->tile38, fence->name);
    struct buffer before SCOPED(buffer_free) = {.account = fences->account};
    if (old != NULL && old->fence.kind != fence->kind) {
        return fault_set(fault, STATUS_BUSY, "hooks and channels cannot share the same name");
    }
    if (old != NULL) {
        tile38_row_encode(&old->fence, &before);
    }
    if (old != NULL && fences_equal(&old->fence, fence) &&
        (old->fence.expires_us != 0) == (fence->expires_us != 0)) {
        if (fence->expires_us != 0) {
            old->fence.expires_us = fence->expires_us;
            TRY(deadline_set(&fences->deadlines, &old->deadline, fence->expires_us));
            entry_row_put(fences, turn, old, buffer_bytes(&before));
        }
        if (fence->calls->release != NULL) {
            fence->calls->release(fence->context);
        }
        *is_changed = false;
        return STATUS_OK;
    }
    struct tile38_entry *const entry = tile38_entry_new(fences, fence);
    if (entry == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    entry->born_us = turn->now_us;
    if (tile38_entry_install(fences, entry) != STATUS_OK) {
        if (names_find(&fences->tile38, fence->name) == entry) {
            names_remove(&fences->tile38, fence->name);
        }
        watch_give(fences, entry->watch);
        buffer_free(&entry->copy);
        memory_give(entry);
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    entry_row_put(fences, turn, entry, buffer_bytes(&before));
    *is_changed = true;
    return STATUS_OK;
}

static void entry_end(struct fences *fences, struct ledger_turn *turn, struct tile38_entry *entry)
{
    buffer_clear(&fences->value);
    tile38_row_encode(&entry->fence, &fences->value);
    fence_row_delete(fences, turn, TABLE_CHANNEL, entry->fence.name, buffer_bytes(&fences->value));
    tile38_entry_remove(fences, entry);
}

enum status tile38_fence_unregister(struct fences *fences, struct ledger_turn *turn,
                                    enum tile38_kind kind, struct bytes name)
{
    struct tile38_entry *const entry = names_find(&fences->tile38, name);
    if (entry == NULL || entry->fence.kind != kind) {
        return STATUS_NOT_FOUND;
    }
    entry_end(fences, turn, entry);
    return STATUS_OK;
}

void tile38_fence_clear(struct fences *fences, struct ledger_turn *turn)
{
    while (fences->tile38.first[0] != NULL) {
        entry_end(fences, turn, fences->tile38.first[0]->thing);
    }
}

const struct tile38_fence *tile38_fence_find(const struct fences *fences, struct bytes name)
{
    const struct tile38_entry *const entry = names_find(&fences->tile38, name);
    return entry == NULL ? NULL : &entry->fence;
}

void tile38_fence_list(const struct fences *fences, enum tile38_kind kind, struct bytes pattern,
                       tile38_each *each, void *context)
{
    const struct bytes prefix = glob_prefix(pattern);
    for (const struct names_node *node = names_from(&fences->tile38, prefix); node != NULL;
         node = node->next[0]) {
        const struct tile38_entry *const entry = node->thing;
        if (node->name.size < prefix.size ||
            (prefix.size != 0 && memcmp(node->name.data, prefix.data, prefix.size) != 0)) {
            return;
        }
        if (entry->fence.kind == kind && glob_matches(pattern, node->name) &&
            !each(context, &entry->fence)) {
            return;
        }
    }
}

void tile38_due(struct fences *fences, struct ledger_turn *turn, struct deadline *deadline)
{
    entry_end(fences, turn,
              (struct tile38_entry *)(void *)((char *)deadline -
                                              offsetof(struct tile38_entry, deadline)));
}

enum status tile38_connection_open(struct fences *fences, const struct tile38_fence *fence,
                                   struct tile38_connection **connection, struct fault *fault)
{
    struct tile38_entry *const entry = tile38_entry_new(fences, fence);
    if (entry == NULL || entry_hear(fences, entry, true) != STATUS_OK) {
        if (entry != NULL) {
            watch_give(fences, entry->watch);
            buffer_free(&entry->copy);
            memory_give(entry);
        }
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    *connection = (struct tile38_connection *)(void *)entry;
    return STATUS_OK;
}

void tile38_connection_close(struct fences *fences, struct tile38_connection *connection)
{
    entry_unplace(&connection->entry);
    entry_bury(fences, &connection->entry);
}

void tile38_end(struct fences *fences)
{
    struct tile38_state *const state = fences->tile38_state;
    while (fences->tile38.first[0] != NULL) {
        tile38_entry_remove(fences, fences->tile38.first[0]->thing);
    }
    tile38_undo(fences);
    for (size_t i = 0; i < state->pattern_count; i++) {
        memory_give((void *)(uintptr_t)state->patterns[i].name.data);
    }
    memory_give(state->patterns);
    memory_give(state->groups);
    memory_give(state->found);
    memory_give(state->made);
    memory_give(state->outgoing);
    memory_give(state->near[0]);
    memory_give(state->near[1]);
    buffer_free(&state->text);
    buffer_free(&state->tail);
    buffer_free(&state->sent);
    memory_give(state);
    fences->tile38_state = NULL;
}

void tile38_entry_free(struct tile38_entry *entry)
{
    entry_free(entry);
}
