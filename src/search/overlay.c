#include "search/overlay.h"

#include <stdlib.h>

#include "search/overlay_private.h"
#include "text/phrase.h"

struct overlay {
    struct memory_account *account;
    struct live *live;
    struct text_folder *folder;
    struct text_phrases phrases; // scratch
    struct buffer texts;         // scratch
    struct retirer *retirer;
    _Atomic(struct overlay_snapshot *) snapshot;

    // Of the writer: the place of each object that has one, chained in buckets.
    struct overlay_entry_place **buckets;
    size_t bucket_count, place_count;
    // What this turn has changed, in order: publish brings it to the readers, undo takes it back.
    struct overlay_step {
        struct overlay_entry_place *old, *new; // either may be NULL
    } * steps;
    size_t step_count, step_capacity;
    bool has_hidden; // some place hides one of the atlas, or did
};

// --- The places the writer knows ---

static size_t bucket_of(const struct overlay *overlay, uint32_t collection, struct bytes id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ collection; // FNV-1a, 64 bits
    for (size_t i = 0; i < id.size; i++) {
        hash = (hash ^ id.data[i]) * UINT64_C(0x100000001b3);
    }
    return (hash ^ hash >> 32) & (overlay->bucket_count - 1);
}

static struct overlay_entry_place *place_find(const struct overlay *overlay, uint32_t collection,
                                              struct bytes id)
{
    struct overlay_entry_place *place =
        overlay->bucket_count == 0 ? NULL : overlay->buckets[bucket_of(overlay, collection, id)];
    while (place != NULL &&
           (place->place.collection != collection || !bytes_equal(place->place.id, id))) {
        place = place->next;
    }
    return place;
}

static void place_link(struct overlay *overlay, struct overlay_entry_place *place)
{
    struct overlay_entry_place **const bucket =
        &overlay->buckets[bucket_of(overlay, place->place.collection, place->place.id)];
    place->next = *bucket;
    *bucket = place;
    overlay->place_count++;
}

static void place_unlink(struct overlay *overlay, struct overlay_entry_place *place)
{
    struct overlay_entry_place **at =
        &overlay->buckets[bucket_of(overlay, place->place.collection, place->place.id)];
    while (*at != place) {
        at = &(*at)->next;
    }
    *at = place->next;
    overlay->place_count--;
}

static enum status buckets_grow(struct overlay *overlay)
{
    if (overlay->place_count < overlay->bucket_count) {
        return STATUS_OK;
    }
    const size_t old_count = overlay->bucket_count;
    struct overlay_entry_place **const old = overlay->buckets;
    const size_t count = old_count == 0 ? 1024 : 2 * old_count;
    struct overlay_entry_place **const made =
        memory_take_zeroed(overlay->account, count, sizeof(struct overlay_entry_place *));
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    overlay->buckets = made;
    overlay->bucket_count = count;
    overlay->place_count = 0;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct overlay_entry_place *const place = old[i];
            old[i] = place->next;
            place_link(overlay, place);
        }
    }
    memory_give(old);
    return STATUS_OK;
}

// --- Making a place ---

struct words {
    struct buffer *text;
    size_t begin; // of the words in it
    unsigned count;
    struct overlay_word words[OVERLAY_WORDS_MAX];
};

static void word_add(struct words *words, struct bytes word, enum overlay_part part)
{
    if (word.size == 0 || word.size > UINT8_MAX || words->count == OVERLAY_WORDS_MAX) {
        return;
    }
    for (unsigned i = 0; i < words->count; i++) {
        const struct bytes known = {
            .data = words->text->data + words->begin + words->words[i].offset,
            .size = words->words[i].size,
        };
        if (bytes_equal(known, word)) {
            return;
        }
    }
    words->words[words->count++] = (struct overlay_word){
        .offset = (uint16_t)(words->text->size - words->begin),
        .size = (uint8_t)word.size,
        .part = (uint8_t)part,
    };
    buffer_append_bytes(words->text, word);
}

static void phrase_split(struct words *words, struct bytes phrase, enum overlay_part part)
{
    while (phrase.size != 0) {
        const uint8_t *const blank = memchr(phrase.data, ' ', phrase.size);
        const size_t size = blank == NULL ? phrase.size : (size_t)(blank - phrase.data);
        word_add(words, (struct bytes){.data = phrase.data, .size = size}, part);
        const size_t taken = blank == NULL ? size : size + 1;
        phrase.data += taken;
        phrase.size -= taken;
    }
}

// Every reading of a text, word by word.
static enum status words_add(struct overlay *overlay, struct words *words, struct bytes text,
                             enum overlay_part part)
{
    if (text.size == 0) {
        return STATUS_OK;
    }
    const enum text_phrase_kind kind = part == OVERLAY_STREET     ? PHRASE_STREET
                                       : part == OVERLAY_POSTCODE ? PHRASE_POSTCODE
                                                                  : PHRASE_NAME;
    TRY(text_phrases_read(overlay->folder, text, 0, kind, &overlay->phrases));
    for (unsigned i = 0; i < overlay->phrases.count; i++) {
        phrase_split(words, overlay->phrases.variants[i].text, part);
    }
    return STATUS_OK;
}

static struct bytes copy_to(uint8_t **at, struct bytes text)
{
    if (text.size != 0) {
        memcpy(*at, text.data, text.size);
    }
    const struct bytes copy = {.data = *at, .size = text.size};
    *at += text.size;
    return copy;
}

// One block: the place, its id, texts, label and words.
static enum status place_make(struct overlay *overlay, uint32_t collection, struct bytes id,
                              const struct overlay_texts *texts, struct overlay_entry_place **place)
{
    static const enum overlay_part indexed[] = {
        OVERLAY_NAME,   OVERLAY_STREET,  OVERLAY_NUMBER,      OVERLAY_LOCALITY, OVERLAY_POSTCODE,
        OVERLAY_REGION, OVERLAY_ADDRESS, OVERLAY_OTHER_NAMES, OVERLAY_COUNTRY,
    };
    struct buffer label SCOPED(buffer_free) = {.account = overlay->account};
    struct buffer word_text SCOPED(buffer_free) = {.account = overlay->account};
    struct words words = {.text = &word_text};
    overlay_label_write(texts, &label);
    for (size_t i = 0; i < COUNT_OF(indexed); i++) {
        TRY(words_add(overlay, &words, texts->parts[indexed[i]], indexed[i]));
    }
    TRY(buffer_status(&label));
    TRY(buffer_status(&word_text));
    size_t size = sizeof(**place) + id.size + label.size + word_text.size;
    for (unsigned part = 0; part < OVERLAY_PART_COUNT; part++) {
        size += texts->parts[part].size;
    }
    struct overlay_entry_place *const made = memory_take_zeroed(overlay->account, size, 1);
    if (made == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint8_t *at = (uint8_t *)(made + 1);
    made->place.collection = collection;
    made->place.layer = overlay_layer(texts);
    made->place.id = copy_to(&at, id);
    for (unsigned part = 0; part < OVERLAY_PART_COUNT; part++) {
        made->place.parts[part] = copy_to(&at, texts->parts[part]);
    }
    made->place.label = copy_to(&at, buffer_bytes(&label));
    made->words_text = copy_to(&at, buffer_bytes(&word_text)).data;
    made->hidden = texts->hidden;
    if (overlay_texts_are_findable(texts)) {
        made->word_count = (uint8_t)words.count;
        memcpy(made->words, words.words, words.count * sizeof(words.words[0]));
    }
    *place = made;
    return STATUS_OK;
}

static bool place_says(const struct overlay_entry_place *place, const struct overlay_texts *texts)
{
    bool is_same = place->hidden == texts->hidden;
    for (unsigned part = 0; part < OVERLAY_PART_COUNT; part++) {
        is_same = is_same && bytes_equal(place->place.parts[part], texts->parts[part]);
    }
    return is_same;
}

// --- Changes, inside turns ---

static bool step_add(struct overlay *overlay, struct overlay_entry_place *old,
                     struct overlay_entry_place *new)
{
    if (!memory_grow(overlay->account, (void *)&overlay->steps, &overlay->step_capacity,
                     overlay->step_count + 1, sizeof(*overlay->steps))) {
        return false;
    }
    overlay->steps[overlay->step_count++] = (struct overlay_step){.old = old, .new = new};
    if (old != NULL) {
        place_unlink(overlay, old);
    }
    if (new != NULL) {
        place_link(overlay, new);
        overlay->has_hidden = overlay->has_hidden || new->hidden != 0;
    }
    return true;
}

// Brings the index to what the row says. Out of memory the object is not found; the write itself
// stands.
static void object_index(struct overlay *overlay, uint32_t collection, struct bytes id,
                         const struct object *object)
{
    struct overlay_entry_place *const old = place_find(overlay, collection, id);
    struct overlay_entry_place *made = NULL;
    if (object != NULL) {
        struct row row;
        struct overlay_texts texts;
        object_row(object, &row);
        buffer_clear(&overlay->texts);
        buffer_append_u8(&overlay->texts, 0); // so that it has data to point into
        if (overlay_texts_read(&row, &overlay->texts, &texts) != STATUS_OK) {
            return;
        }
        if (old != NULL && place_says(old, &texts)) {
            return;
        }
        if ((overlay_texts_are_findable(&texts) || texts.hidden != 0) &&
            (buckets_grow(overlay) != STATUS_OK ||
             place_make(overlay, collection, id, &texts, &made) != STATUS_OK)) {
            return;
        }
    }
    if ((old != NULL || made != NULL) && !step_add(overlay, old, made)) {
        memory_give(made);
    }
}

static void observe_change(void *context, struct ledger_turn *turn, const struct change *change)
{
    (void)turn;
    if (collection_settings(change->collection)->is_searchable) {
        object_index(context, collection_number(change->collection), change->id, change->after);
    }
}

static void collection_forget(struct overlay *overlay, uint32_t collection)
{
    for (size_t i = 0; i < overlay->bucket_count; i++) {
        for (struct overlay_entry_place *place = overlay->buckets[i]; place != NULL;) {
            struct overlay_entry_place *const next = place->next;
            if (place->place.collection == collection && !step_add(overlay, place, NULL)) {
                return;
            }
            place = next;
        }
    }
}

static void observe_drop(void *context, struct ledger_turn *turn,
                         const struct collection *collection)
{
    (void)turn;
    collection_forget(context, collection_number(collection));
}

struct collection_indexing {
    struct overlay *overlay;
    uint32_t collection;
};

static bool index_one(void *context, const struct object *object)
{
    const struct collection_indexing *const indexing = context;
    object_index(indexing->overlay, indexing->collection, object_id(object), object);
    return true;
}

static void collection_index(struct overlay *overlay, const struct collection *collection)
{
    struct collection_indexing indexing = {overlay, collection_number(collection)};
    collection_scan(collection, &(struct live_scan){0}, index_one, &indexing);
}

// A collection becomes searchable, or is so no more.
static void observe_settings(void *context, struct ledger_turn *turn,
                             const struct collection *collection,
                             const struct collection_settings *before)
{
    (void)turn;
    const bool is_searchable = collection_settings(collection)->is_searchable;
    if (is_searchable && !before->is_searchable) {
        collection_index(context, collection);
    } else if (!is_searchable && before->is_searchable) {
        collection_forget(context, collection_number(collection));
    }
}

// --- Runs ---

static int by_word(const void *left, const void *right)
{
    const struct overlay_entry *const a = left;
    const struct overlay_entry *const b = right;
    const int order =
        bytes_compare(overlay_word_text(a->place, a->word), overlay_word_text(b->place, b->word));
    if (order != 0 || a->place == b->place) {
        return order;
    }
    if (a->place->place.collection != b->place->place.collection) {
        return a->place->place.collection < b->place->place.collection ? -1 : 1;
    }
    return bytes_compare(a->place->place.id, b->place->place.id);
}

static struct overlay_run *run_new(struct memory_account *account, size_t place_count,
                                   size_t entry_count)
{
    struct overlay_run *const run = memory_take_zeroed(account, 1, sizeof(*run));
    if (run != NULL) {
        run->places = memory_take(account, place_count + 1, sizeof(struct overlay_entry_place *));
        run->entries = memory_take(account, entry_count + 1, sizeof(*run->entries));
        if (run->places == NULL || run->entries == NULL) {
            memory_give(run->places);
            memory_give(run->entries);
            memory_give(run);
            return NULL;
        }
    }
    return run;
}

static void run_release(struct retired *retired)
{
    struct overlay_run *const run = (struct overlay_run *)retired;
    memory_give(run->places);
    memory_give(run->entries);
    memory_give(run);
}

static void place_release(struct retired *retired)
{
    memory_give((char *)retired - offsetof(struct overlay_entry_place, retired));
}

static void snapshot_release(struct retired *retired)
{
    memory_give((char *)retired - offsetof(struct overlay_snapshot, retired));
}

// The places this turn made and has not changed again.
static struct overlay_run *run_of_turn(struct overlay *overlay)
{
    size_t places = 0;
    size_t entries = 0;
    for (size_t i = 0; i < overlay->step_count; i++) {
        const struct overlay_entry_place *const new = overlay->steps[i].new;
        places += new != NULL;
        entries += new != NULL ? new->word_count : 0;
    }
    struct overlay_run *const run = run_new(overlay->account, places, entries);
    if (run == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < overlay->step_count; i++) {
        struct overlay_entry_place *const new = overlay->steps[i].new;
        if (new == NULL) {
            continue;
        }
        run->places[run->place_count++] = new;
        for (uint32_t word = 0; word < new->word_count; word++) {
            run->entries[run->entry_count++] = (struct overlay_entry){new, word};
        }
    }
    qsort(run->entries, run->entry_count, sizeof(*run->entries), by_word);
    return run;
}

static bool is_gone(const struct overlay_entry_place *place)
{
    return atomic_load_explicit(&place->is_gone, memory_order_relaxed);
}

// The places that have gone stay behind; the caller retires them.
static struct overlay_run *run_merge(struct memory_account *account, const struct overlay_run *left,
                                     const struct overlay_run *right)
{
    struct overlay_run *const run = run_new(account, left->place_count + right->place_count,
                                            left->entry_count + right->entry_count);
    if (run == NULL) {
        return NULL;
    }
    const struct overlay_run *const both[2] = {left, right};
    for (unsigned side = 0; side < 2; side++) {
        for (size_t i = 0; i < both[side]->place_count; i++) {
            if (!is_gone(both[side]->places[i])) {
                run->places[run->place_count++] = both[side]->places[i];
            }
        }
    }
    size_t at[2] = {0, 0};
    while (at[0] < left->entry_count || at[1] < right->entry_count) {
        const unsigned side = at[0] == left->entry_count ||
                              (at[1] < right->entry_count &&
                               by_word(&right->entries[at[1]], &left->entries[at[0]]) < 0);
        const struct overlay_entry *const entry = &both[side]->entries[at[side]++];
        if (!is_gone(entry->place)) {
            run->entries[run->entry_count++] = *entry;
        }
    }
    return run;
}

static void run_retire(struct overlay *overlay, const struct overlay_run *run)
{
    struct overlay_run *const retired = (struct overlay_run *)(uintptr_t)run;
    for (size_t i = 0; i < run->place_count; i++) {
        if (is_gone(run->places[i])) {
            run->places[i]->retired.release = place_release;
            retirer_add(overlay->retirer, &run->places[i]->retired);
        }
    }
    retired->retired.release = run_release;
    retirer_add(overlay->retirer, &retired->retired);
}

// Merges the last runs while they are of like size: their number stays logarithmic.
static void runs_settle(struct overlay *overlay, struct overlay_snapshot *snapshot)
{
    while (snapshot->run_count >= 2) {
        const struct overlay_run *const left = snapshot->runs[snapshot->run_count - 2];
        const struct overlay_run *const right = snapshot->runs[snapshot->run_count - 1];
        if (left->entry_count > 2 * right->entry_count &&
            snapshot->run_count < OVERLAY_RUNS_MAX - 1) {
            return;
        }
        struct overlay_run *const merged = run_merge(overlay->account, left, right);
        if (merged == NULL) {
            return;
        }
        run_retire(overlay, left);
        run_retire(overlay, right);
        snapshot->runs[snapshot->run_count - 2] = merged;
        snapshot->run_count--;
    }
}

// --- Publishing ---

static int by_number(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static size_t hidden_collect(const struct overlay_snapshot *snapshot, uint64_t *hidden)
{
    size_t count = 0;
    for (unsigned i = 0; i < snapshot->run_count; i++) {
        for (size_t k = 0; k < snapshot->runs[i]->place_count; k++) {
            const struct overlay_entry_place *const place = snapshot->runs[i]->places[k];
            if (place->hidden != 0 && !is_gone(place)) {
                if (hidden != NULL) {
                    hidden[count] = place->hidden;
                }
                count++;
            }
        }
    }
    return count;
}

// A snapshot of the old runs and one more, with room behind it for the ids that are hidden.
static struct overlay_snapshot *snapshot_new(struct overlay *overlay,
                                             const struct overlay_snapshot *old,
                                             const struct overlay_run *run)
{
    struct overlay_snapshot plan = {0};
    if (old != NULL) {
        plan = *old;
    }
    plan.runs[plan.run_count++] = run;
    const size_t count = overlay->has_hidden ? hidden_collect(&plan, NULL) : 0;
    struct overlay_snapshot *const made =
        memory_take(overlay->account, sizeof(*made) + count * sizeof(uint64_t), 1);
    if (made != NULL) {
        *made = plan;
        made->hidden_count = count;
    }
    return made;
}

static void hidden_fill(struct overlay_snapshot *snapshot)
{
    uint64_t *const hidden = (uint64_t *)(snapshot + 1);
    snapshot->hidden = hidden;
    if (snapshot->hidden_count != 0) {
        snapshot->hidden_count = hidden_collect(snapshot, hidden);
        qsort(hidden, snapshot->hidden_count, sizeof(*hidden), by_number);
    }
}

// Out of memory the steps stay for the next turn.
static void publish(void *context, const struct ledger_turn *turn)
{
    (void)turn;
    struct overlay *const overlay = context;
    struct overlay_snapshot *const old =
        atomic_load_explicit(&overlay->snapshot, memory_order_relaxed);
    if (overlay->step_count == 0 || (old != NULL && old->run_count == OVERLAY_RUNS_MAX)) {
        return;
    }
    struct overlay_run *const run = run_of_turn(overlay);
    struct overlay_snapshot *const made = run == NULL ? NULL : snapshot_new(overlay, old, run);
    if (made == NULL) {
        if (run != NULL) {
            run_release(&run->retired);
        }
        return;
    }
    for (size_t i = 0; i < overlay->step_count; i++) {
        if (overlay->steps[i].old != NULL) {
            atomic_store_explicit(&overlay->steps[i].old->is_gone, true, memory_order_relaxed);
        }
    }
    overlay->step_count = 0;
    runs_settle(overlay, made);
    hidden_fill(made);
    atomic_store_explicit(&overlay->snapshot, made, memory_order_release);
    if (old != NULL) {
        old->retired.release = snapshot_release;
        retirer_add(overlay->retirer, &old->retired);
    }
    retirer_collect(overlay->retirer);
}

static void undo(void *context)
{
    struct overlay *const overlay = context;
    while (overlay->step_count != 0) {
        const struct overlay_step step = overlay->steps[--overlay->step_count];
        if (step.new != NULL) {
            place_unlink(overlay, step.new);
            memory_give(step.new);
        }
        if (step.old != NULL) {
            place_link(overlay, step.old);
        }
    }
}

static enum status loaded(void *context, struct fault *fault)
{
    (void)fault;
    struct overlay *const overlay = context;
    const struct live_view view = live_view_working(overlay->live);
    const struct collection *collection = live_collection_next(view, (struct bytes){0});
    for (; collection != NULL;
         collection = live_collection_next(view, collection_name(collection))) {
        if (collection_settings(collection)->is_searchable) {
            collection_index(overlay, collection);
        }
    }
    publish(overlay, NULL);
    return STATUS_OK;
}

const struct overlay_snapshot *overlay_snapshot(const struct overlay *overlay)
{
    return atomic_load_explicit(&overlay->snapshot, memory_order_acquire);
}

struct live *overlay_live(const struct overlay *overlay)
{
    return overlay->live;
}

enum status overlay_new(struct ledger *ledger, struct live *live, struct memory_account *account,
                        struct overlay **overlay, struct fault *fault)
{
    struct overlay *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the live text index");
    }
    made->account = account;
    made->live = live;
    made->texts.account = made->phrases.memory.account = account;
    enum status status = text_folder_new(account, &made->folder, fault);
    if (status == STATUS_OK) {
        status = retirer_new(account, &made->retirer, fault);
    }
    if (status != STATUS_OK) {
        overlay_free(made);
        return status;
    }
    const struct live_observer observer = {.changed = observe_change,
                                           .dropped = observe_drop,
                                           .settled = observe_settings,
                                           .context = made};
    live_observe(live, &observer);
    const struct ledger_stage stage = {
        .name = "overlay", .loaded = loaded, .publish = publish, .undo = undo, .context = made};
    ledger_stage_add(ledger, &stage);
    *overlay = made;
    return STATUS_OK;
}

void overlay_free(struct overlay *overlay)
{
    if (overlay == NULL) {
        return;
    }
    undo(overlay);
    retirer_free(overlay->retirer);
    struct overlay_snapshot *const snapshot =
        atomic_load_explicit(&overlay->snapshot, memory_order_relaxed);
    for (unsigned i = 0; snapshot != NULL && i < snapshot->run_count; i++) {
        struct overlay_run *const run = (struct overlay_run *)(uintptr_t)snapshot->runs[i];
        for (size_t k = 0; k < run->place_count; k++) {
            memory_give(run->places[k]);
        }
        run_release(&run->retired);
    }
    memory_give(snapshot);
    memory_give(overlay->buckets);
    memory_give(overlay->steps);
    buffer_free(&overlay->texts);
    buffer_free(&overlay->phrases.memory);
    text_folder_free(overlay->folder);
    memory_give(overlay);
}
