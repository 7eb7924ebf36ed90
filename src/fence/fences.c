// The fences' stage: how it begins, comes back after a restart, and ends.
#include "fence/fence_private.h"

static enum status stage_load(void *context, enum ledger_table table, struct bytes key,
                              struct bytes value, struct fault *fault)
{
    return fence_row_take(context, table, key, value, fault);
}

static enum status stage_replay(void *context, const struct effect *effect, struct fault *fault)
{
    if (effect->kind == EFFECT_PUT) {
        return fence_row_take(context, effect->table, effect->key, effect->value, fault);
    }
    if (effect->kind == EFFECT_DELETE) {
        fence_row_drop(context, effect->table, effect->key);
        return STATUS_OK;
    }
    return fault_set(fault, STATUS_CORRUPT, "fences never delete rows by prefix");
}

static enum status stage_loaded(void *context, struct fault *fault)
{
    struct fences *const fences = context;
    for (const struct names_node *node = names_from(&fences->names, (struct bytes){0});
         node != NULL; node = node->next[0]) {
        struct fence *const fence = node->thing;
        if (fence->area == RULE_COLLECTION) {
            const enum status status = fence_zones_make(fences, fence);
            if (status != STATUS_OK) {
                return fault_set(fault, status, "the memory of fences is full");
            }
        }
        fence_deadline(fences, fence, 0);
    }
    return STATUS_OK;
}

static int64_t stage_deadline(void *context)
{
    const struct fences *const fences = context;
    const struct deadline *const first = deadline_first(&fences->deadlines);
    return first == NULL ? INT64_MAX : first->at_us;
}

static void stage_due(void *context, struct ledger_turn *turn)
{
    fence_due(context, turn);
}

static void set(_Atomic uint64_t *value, uint64_t now)
{
    atomic_store_explicit(value, now, memory_order_relaxed);
}

static void publish_counts(struct fences *fences)
{
    const struct fence_counts counts = fences_counts(fences);
    struct fence_figures *const figures = &fences->figures;
    set(&figures->fences, counts.fences);
    set(&figures->zones, counts.zones);
    set(&figures->members, counts.members);
    set(&figures->tile38, counts.tile38);
    set(&figures->waiting, counts.waiting);
    set(&figures->fixes, counts.fixes);
    set(&figures->tests, counts.tests);
    set(&figures->events, counts.events);
}

static void stage_publish(void *context, const struct ledger_turn *turn)
{
    (void)turn;
    struct fences *const fences = context;
    buffer_clear(&fences->undo);
    tile38_publish(fences);
    publish_counts(fences);
}

static void stage_undo(void *context)
{
    struct fences *const fences = context;
    fence_rows_undo(fences);
    tile38_undo(fences);
}

const struct ledger_stage fence_stage = {
    .name = "fence",
    .tables = 1U << TABLE_FENCE | 1U << TABLE_MEMBER | 1U << TABLE_CHANNEL,
    .load = stage_load,
    .replay = stage_replay,
    .loaded = stage_loaded,
    .deadline_us = stage_deadline,
    .due = stage_due,
    .publish = stage_publish,
    .undo = stage_undo,
};

void fences_begin(struct fences *fences, struct memory_account *account,
                  const struct fence_sink *sink)
{
    *fences = (struct fences){
        .account = account,
        .sink = *sink,
        .names = {.account = account},
        .tile38 = {.account = account},
        .numbers = {.account = account},
        .zones_by = {.account = account},
        .watches = {.account = account},
        .subjects = {.account = account},
        .deadlines = {.account = account},
        .key = {.account = account},
        .value = {.account = account},
        .payload = {.account = account},
        .undo = {.account = account},
    };
}

enum status fences_new(struct ledger *ledger, struct live *live, struct memory_account *account,
                       const struct fence_sink *sink, struct fences **fences, struct fault *fault)
{
    struct fences *const made = memory_take_zeroed(account, 1, sizeof *made);
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for fences");
    }
    fences_begin(made, account, sink);
    made->ledger = ledger;
    made->live = live;
    const enum status status = tile38_begin(made);
    if (status != STATUS_OK) {
        memory_give(made);
        return fault_set(fault, status, "no memory for fences");
    }
    struct ledger_stage stage = fence_stage;
    stage.context = made;
    ledger_stage_add(ledger, &stage);
    fence_observe(made);
    *fences = made;
    return STATUS_OK;
}

void fences_forget(struct fences *fences)
{
    while (fences->names.first[0] != NULL) {
        fence_remove(fences, fences->names.first[0]->thing);
    }
    struct subject *subject;
    for (size_t at = 0; (subject = chart_next(&fences->subjects, &at)) != NULL;) {
        memory_give(subject->window);
        memory_give(subject);
    }
    chart_free(&fences->subjects);
    fences->number = 0;
}

void fences_end(struct fences *fences)
{
    fences_forget(fences);
    chart_free(&fences->watches);
    chart_free(&fences->numbers);
    chart_free(&fences->zones_by);
    deadlines_free(&fences->deadlines);
    names_free(&fences->names);
    memory_give(fences->zones);
    memory_give(fences->free_zones);
    memory_give(fences->found);
    memory_give(fences->raised);
    buffer_free(&fences->key);
    buffer_free(&fences->value);
    buffer_free(&fences->payload);
    buffer_free(&fences->undo);
}

void fences_free(struct fences *fences)
{
    if (fences == NULL) {
        return;
    }
    tile38_end(fences);
    fences_end(fences);
    memory_give(fences);
}

void fences_places_set(struct fences *fences, fence_place *place, void *context)
{
    fences->place = place;
    fences->place_context = context;
}

static bool subject_named(const struct fences *fences, struct bytes collection, struct bytes id,
                          struct judged *judged, const struct object **object)
{
    const struct collection *const found =
        live_collection(live_view_working(fences->live), collection);
    *object = found == NULL ? NULL : collection_find(found, id);
    judged->collection = collection;
    judged->id = id;
    judged->number = found == NULL ? 0 : collection_number(found);
    return *object != NULL;
}

enum fence_order fences_order(const struct fences *fences, struct bytes collection, struct bytes id,
                              int64_t event_us)
{
    struct judged judged = {0};
    const struct object *object;
    if (!subject_named(fences, collection, id, &judged, &object)) {
        return FENCE_IN_ORDER;
    }
    struct row row;
    object_row(object, &row);
    const int64_t present_us = row.event_us != 0 ? row.event_us : row.arrival_us;
    const struct subject *const subject = subject_find(fences, judged.number, id);
    const struct window *const window = subject == NULL ? NULL : subject->window;
    for (uint32_t i = 0; window != NULL && i < window->count; i++) {
        if (window->times_us[i] == event_us) {
            return FENCE_DUPLICATE;
        }
    }
    return event_us == present_us  ? FENCE_DUPLICATE
           : event_us < present_us ? FENCE_LATE
                                   : FENCE_IN_ORDER;
}

bool fences_late(struct fences *fences, struct ledger_turn *turn, struct bytes collection,
                 struct bytes id, struct bytes bytes)
{
    struct judged judged = {.turn = turn};
    const struct object *object;
    struct row row;
    row_open(bytes, &row);
    const struct watch *const watch = watch_find(fences, collection);
    if (!subject_named(fences, collection, id, &judged, &object) || watch == NULL) {
        return row.event_us >= turn->now_us - RULE_LATENESS_US;
    }
    (void)judged_begin(&judged, &row, turn->now_us);
    fence_window_seed(fences, &judged, object);
    const bool is_within = fence_subject_late(fences, watch, &judged);
    fence_emit(fences, &judged, &fences->sink);
    return is_within;
}

enum status fences_try(struct fences *fences, int64_t now_us, struct bytes collection,
                       struct bytes id, struct bytes bytes, const struct fence_sink *sink,
                       struct fault *fault)
{
    struct judged judged = {0};
    const struct object *object;
    struct row row;
    TRY(row_read(bytes, &row, fault));
    const struct watch *const watch = watch_find(fences, collection);
    if (watch == NULL) {
        return STATUS_OK;
    }
    if (subject_named(fences, collection, id, &judged, &object)) {
        struct row before;
        object_row(object, &before);
        judged.has_before = before.kind != ROW_STRING;
        judged.before = before.point;
    }
    (void)judged_begin(&judged, &row, now_us);
    fence_subject_try(fences, watch, &judged);
    fence_emit(fences, &judged, sink);
    return STATUS_OK;
}

struct fence_counts fences_counts(const struct fences *fences)
{
    return (struct fence_counts){
        .fences = fences->names.count,
        .zones = fences->zone_count - fences->free_zone_count,
        .members = fences->member_count,
        .tile38 = fences->tile38.count,
        .waiting = fences->deadlines.count,
        .fixes = fences->fix_count,
        .tests = fences->test_count,
        .events = fences->event_count,
        .memory_size = atomic_load_explicit(&fences->account->used_size, memory_order_relaxed),
    };
}

static uint64_t figure(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

struct fence_counts fences_published(const struct fences *fences)
{
    const struct fence_figures *const figures = &fences->figures;
    return (struct fence_counts){
        .fences = figure(&figures->fences),
        .zones = figure(&figures->zones),
        .members = figure(&figures->members),
        .tile38 = figure(&figures->tile38),
        .waiting = figure(&figures->waiting),
        .fixes = figure(&figures->fixes),
        .tests = figure(&figures->tests),
        .events = figure(&figures->events),
        .memory_size = atomic_load_explicit(&fences->account->used_size, memory_order_relaxed),
    };
}

enum status fences_place_find(const struct fences *fences, struct rule *rule, struct buffer *space,
                              struct fault *fault)
{
    if (rule->area != RULE_PLACE || rule->shape.bytes.size != 0) {
        return STATUS_OK;
    }
    if (fences->place == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND,
                         "\"area\" names a place, and no atlas is served: start with --atlas");
    }
    const size_t at = space->size;
    const enum status status = fences->place(fences->place_context, rule->place, space, fault);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "\"area\"");
    }
    TRY(buffer_status(space));
    rule->shape.bytes = (struct bytes){.data = space->data + at, .size = space->size - at};
    return STATUS_OK;
}
