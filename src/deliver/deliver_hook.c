#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "deliver/deliver_private.h"
#include "deliver/url.h"

enum { HOOKS_MAX = 1000000 };

// Life. ----------------------------------------------------------------------------------------------

struct hook *hook_hold(struct hook *hook)
{
    (void)atomic_fetch_add_explicit(&hook->holders, 1, memory_order_relaxed);
    return hook;
}

void hook_release(struct hook *hook)
{
    if (hook != NULL && atomic_fetch_sub_explicit(&hook->holders, 1, memory_order_acq_rel) == 1) {
        hook_settings_release(hook->settings);
        memory_give(hook);
    }
}

static struct hook *hook_new(struct deliver *deliver, uint8_t kind, struct bytes id,
                             struct fault *fault)
{
    struct hook *const made = memory_take_zeroed(deliver->account, 1, sizeof(*made) + id.size);
    if (made == NULL) {
        (void)fault_set(fault, STATUS_NO_MEMORY, "no memory for another hook");
        return NULL;
    }
    atomic_init(&made->holders, 1);
    made->kind = kind;
    memcpy(made + 1, id.data, id.size);
    made->id = (struct bytes){.data = (const uint8_t *)(made + 1), .size = id.size};
    return made;
}

// The table. -----------------------------------------------------------------------------------------

size_t hook_find(const struct deliver *deliver, uint8_t kind, struct bytes id, bool *is_there)
{
    size_t low = 0;
    size_t high = deliver->hook_count;
    *is_there = false;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct hook *const hook = deliver->hooks[middle];
        const int order = hook->kind != kind ? hook->kind - kind : bytes_compare(hook->id, id);
        if (order == 0) {
            *is_there = true;
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return low;
}

static struct hook *find(const struct deliver *deliver, uint8_t kind, struct bytes id)
{
    bool is_there = false;
    const size_t at = hook_find(deliver, kind, id, &is_there);
    return is_there ? deliver->hooks[at] : NULL;
}

// Takes the caller's hold.
static bool insert(struct deliver *deliver, struct hook *hook)
{
    bool is_there = false;
    const size_t at = hook_find(deliver, hook->kind, hook->id, &is_there);
    assert(!is_there);
    (void)pthread_mutex_lock(&deliver->lock);
    const bool is_grown = memory_grow(deliver->account, &deliver->hooks, &deliver->hook_capacity,
                                      deliver->hook_count + 1, sizeof(struct hook *));
    if (is_grown) {
        memmove(deliver->hooks + at + 1, deliver->hooks + at,
                (deliver->hook_count - at) * sizeof(struct hook *));
        deliver->hooks[at] = hook;
        deliver->hook_count++;
        hook->is_there = true;
    }
    (void)pthread_mutex_unlock(&deliver->lock);
    return is_grown;
}

// The table's hold is the caller's afterwards.
static void withdraw(struct deliver *deliver, struct hook *hook)
{
    bool is_there = false;
    const size_t at = hook_find(deliver, hook->kind, hook->id, &is_there);
    assert(is_there);
    (void)pthread_mutex_lock(&deliver->lock);
    deliver->hook_count--;
    hook->is_there = false;
    memmove(deliver->hooks + at, deliver->hooks + at + 1,
            (deliver->hook_count - at) * sizeof(struct hook *));
    (void)pthread_mutex_unlock(&deliver->lock);
}

void hooks_free(struct deliver *deliver)
{
    for (size_t i = 0; i < deliver->hook_count; i++) {
        hook_release(deliver->hooks[i]);
    }
    memory_give(deliver->hooks);
    memory_give(deliver->undone);
}

// Undoing. -------------------------------------------------------------------------------------------

static bool remember(struct deliver *deliver, struct hook *hook, bool was_there)
{
    if (!memory_grow(deliver->account, &deliver->undone, &deliver->undo_capacity,
                     deliver->undo_count + 1, sizeof(*deliver->undone))) {
        return false;
    }
    struct hook_undo *const undo = &deliver->undone[deliver->undo_count++];
    *undo = (struct hook_undo){
        .hook = hook_hold(hook),
        .was_there = was_there,
        .settings = hook->settings == NULL ? NULL : hook_settings_hold(hook->settings),
        .state = hook->state,
        .changed_us = hook->changed_us};
    memcpy(undo->reason, hook->reason, sizeof(undo->reason));
    return true;
}

static void forget(struct deliver *deliver)
{
    for (size_t i = 0; i < deliver->undo_count; i++) {
        hook_settings_release(deliver->undone[i].settings);
        hook_release(deliver->undone[i].hook);
    }
    deliver->undo_count = 0;
}

void hooks_undo(struct deliver *deliver)
{
    for (size_t i = deliver->undo_count; i-- > 0;) {
        struct hook_undo *const undo = &deliver->undone[i];
        struct hook *const hook = undo->hook;
        const bool is_there = find(deliver, hook->kind, hook->id) == hook;
        struct hook_settings *const now = hook->settings;
        hook->settings = undo->settings;
        undo->settings = now;
        hook->state = undo->state;
        hook->changed_us = undo->changed_us;
        memcpy(hook->reason, undo->reason, sizeof(hook->reason));
        if (is_there && !undo->was_there) {
            withdraw(deliver, hook);
            hook_release(hook);
        } else if (!is_there && undo->was_there) {
            const bool is_back = insert(deliver, hook_hold(hook)); // there was room for it before
            assert(is_back);
            (void)is_back;
        }
    }
    forget(deliver);
}

void hooks_published(struct deliver *deliver)
{
    forget(deliver);
}

// Rows. ----------------------------------------------------------------------------------------------

static void write_key(const struct hook *hook, uint8_t key[1 + HOOK_ID_SIZE_MAX])
{
    key[0] = hook->kind;
    memcpy(key + 1, hook->id.data, hook->id.size);
}

void hook_write(const struct hook *hook, struct ledger_turn *turn, struct memory_account *account)
{
    struct buffer value SCOPED(buffer_free) = {.account = account};
    const size_t reason_size = strlen(hook->reason);
    buffer_append_u8(&value, ROW_VERSION);
    buffer_append_u8(&value, (uint8_t)hook->state);
    buffer_append_u32(&value, hook->number);
    buffer_append_u64(&value, (uint64_t)hook->created_us);
    buffer_append_u64(&value, (uint64_t)hook->changed_us);
    buffer_append_u8(&value, (uint8_t)reason_size);
    buffer_append_u8(&value, (uint8_t)(reason_size >> 8));
    buffer_append(&value, hook->reason, reason_size);
    struct json_writer json = {.out = &value};
    if (hook->settings->is_tile38) {
        json_begin_array(&json);
        for (size_t i = 0; i < hook->settings->urls.count; i++) {
            json_text(&json, hook_settings_word(hook->settings, hook->settings->urls, i));
        }
        json_end_array(&json);
    } else {
        json_begin_object(&json);
        hook_settings_write(hook->settings, true, &json);
        json_end_object(&json);
    }
    uint8_t key[1 + HOOK_ID_SIZE_MAX];
    write_key(hook, key);
    turn->effects.failed = turn->effects.failed || value.failed;
    turn_put(turn, TABLE_HOOK, (struct bytes){.data = key, .size = 1 + hook->id.size},
             buffer_bytes(&value));
}

// The URLs of a SETHOOK's row as SETHOOK had them.
static enum status load_tile38(struct deliver *deliver, struct bytes text,
                               struct hook_settings **settings, struct fault *fault)
{
    struct json_reader json SCOPED(json_reader_free) = json_over(text, deliver->account);
    struct buffer urls SCOPED(buffer_free) = {.account = deliver->account};
    struct bytes value;
    enum json_token token = json_next(&json, &value);
    for (token = json_next(&json, &value); token == JSON_STRING; token = json_next(&json, &value)) {
        if (urls.size != 0) {
            buffer_append_u8(&urls, ',');
        }
        buffer_append_bytes(&urls, value);
    }
    return hook_settings_tile38(buffer_bytes(&urls), deliver->account, settings, fault);
}

static enum status load_value(struct deliver *deliver, struct hook *hook, struct bytes value,
                              struct fault *fault)
{
    struct reader reader = {.rest = value};
    const uint8_t version = reader_u8(&reader);
    const uint8_t state = reader_u8(&reader);
    hook->number = reader_u32(&reader);
    hook->created_us = (int64_t)reader_u64(&reader);
    hook->changed_us = (int64_t)reader_u64(&reader);
    size_t reason_size = reader_u8(&reader);
    reason_size |= (size_t)reader_u8(&reader) << 8;
    const struct bytes reason = reader_take(&reader, reason_size);
    if (reader.overrun || state > HOOK_DISABLED || reason_size >= sizeof(hook->reason)) {
        return fault_set(fault, STATUS_CORRUPT, "the row of a hook is cut");
    }
    if (version != ROW_VERSION) {
        return fault_set(fault, STATUS_UNSUPPORTED, "the row of a hook is of version %u", version);
    }
    hook->state = (enum hook_state)state;
    memcpy(hook->reason, reason.data, reason.size);
    hook->reason[reason.size] = '\0';
    struct hook_settings *settings = NULL;
    TRY(hook->kind == ROW_TILE38
            ? load_tile38(deliver, reader.rest, &settings, fault)
            : hook_settings_read(reader.rest, deliver->account, &settings, fault));
    hook_settings_release(hook->settings);
    hook->settings = settings;
    return STATUS_OK;
}

enum status hook_load(struct deliver *deliver, struct bytes key, struct bytes value,
                      struct fault *fault)
{
    const struct bytes id = {.data = key.data + 1, .size = key.size - 1};
    if ((key.data[0] != ROW_NATIVE && key.data[0] != ROW_TILE38) || id.size > HOOK_ID_SIZE_MAX) {
        return fault_set(fault, STATUS_CORRUPT, "a row of hooks has a key of kind %u", key.data[0]);
    }
    struct hook *const known = find(deliver, key.data[0], id);
    if (known != NULL) {
        return load_value(deliver, known, value, fault);
    }
    struct hook *const hook = hook_new(deliver, key.data[0], id, fault);
    if (hook == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = load_value(deliver, hook, value, fault);
    if (status == STATUS_OK && !insert(deliver, hook)) {
        status = fault_set(fault, STATUS_NO_MEMORY, "no memory for the table of hooks");
    }
    if (status != STATUS_OK) {
        hook_release(hook);
    }
    return status;
}

void hook_unload(struct deliver *deliver, struct bytes key)
{
    struct hook *const hook =
        key.size < 1 ? NULL
                     : find(deliver, key.data[0],
                            (struct bytes){.data = key.data + 1, .size = key.size - 1});
    if (hook != NULL) {
        withdraw(deliver, hook);
        hook_release(hook);
    }
}

// Changes, inside jobs. ------------------------------------------------------------------------------

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory for a change of hooks");
}

// Tells the courier what the hook is now.
static bool note_hook(struct deliver *deliver, struct hook *hook)
{
    const struct note note = {
        .kind = NOTE_HOOK,
        .hook = hook_hold(hook),
        .hook_is = {.settings = hook_settings_hold(hook->settings), .state = hook->state}};
    if (note_add(deliver, &note)) {
        return true;
    }
    hook_settings_release(hook->settings);
    hook_release(hook);
    return false;
}

// Takes the settings, also on failure.
static enum status put(struct deliver *deliver, struct ledger_turn *turn, uint8_t kind,
                       struct bytes id, struct hook_settings *settings, bool *is_new,
                       struct fault *fault)
{
    struct hook *hook = find(deliver, kind, id);
    *is_new = hook == NULL;
    if (hook == NULL) {
        if (deliver->hook_count >= HOOKS_MAX) {
            (void)fault_set(fault, STATUS_NO_SPACE, "there are %d hooks: that is the limit",
                            HOOKS_MAX);
        } else {
            hook = hook_new(deliver, kind, id, fault);
        }
        if (hook == NULL || !remember(deliver, hook, false) || !insert(deliver, hook)) {
            hook_release(hook);
            hook_settings_release(settings);
            return hook == NULL ? fault->status : no_memory(fault);
        }
        hook->number = deliver->state.next_number++;
        hook->created_us = turn->now_us;
    } else if (!remember(deliver, hook, true)) {
        hook_settings_release(settings);
        return no_memory(fault);
    }
    hook_settings_release(hook->settings);
    hook->settings = settings;
    hook->changed_us = turn->now_us;
    if (*is_new) {
        deliver_write_state(deliver, turn);
    }
    hook_write(hook, turn, deliver->account);
    turn->effects.failed = turn->effects.failed || !note_hook(deliver, hook);
    return STATUS_OK;
}

enum status deliver_hook_put(struct deliver *deliver, struct ledger_turn *turn, struct bytes id,
                             struct bytes settings, bool *is_new, struct buffer *shown,
                             struct fault *fault)
{
    struct fault own = {0};
    fault = fault == NULL ? &own : fault;
    TRY(hook_id_check(id, fault));
    struct hook_settings *read = NULL;
    TRY(hook_settings_read(settings, deliver->account, &read, fault));
    const struct hook *const before = find(deliver, ROW_NATIVE, id);
    const uint64_t chance[3] = {deliver->sys->random(deliver->sys),
                                deliver->sys->random(deliver->sys),
                                deliver->sys->random(deliver->sys)};
    char secret[SIGN_SECRET_SIZE + 1];
    sign_secret_make(chance, secret);
    const enum status status = hook_settings_inherit(read, before == NULL ? NULL : before->settings,
                                                     bytes_from_text(secret), fault);
    if (status != STATUS_OK) {
        hook_settings_release(read);
        return status;
    }
    const bool is_secret_new =
        read->secrets.count != 0 && (before == NULL || before->settings->secrets.count == 0);
    TRY(put(deliver, turn, ROW_NATIVE, id, read, is_new, fault));
    if (shown != NULL) {
        hook_show(deliver, find(deliver, ROW_NATIVE, id), is_secret_new, shown);
    }
    return STATUS_OK;
}

enum status deliver_tile38_put(struct deliver *deliver, struct ledger_turn *turn, struct bytes name,
                               struct bytes urls, struct fault *fault)
{
    struct fault own = {0};
    fault = fault == NULL ? &own : fault;
    struct hook_settings *read = NULL;
    if (name.size == 0 || name.size > HOOK_ID_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the name of a hook has 1 to %d bytes",
                         HOOK_ID_SIZE_MAX);
    }
    TRY(hook_settings_tile38(urls, deliver->account, &read, fault));
    bool is_new = false;
    return put(deliver, turn, ROW_TILE38, name, read, &is_new, fault);
}

enum status deliver_urls_check(struct bytes urls, struct fault *fault)
{
    static struct memory_account account = {.name = "hook URLs"};
    struct hook_settings *read = NULL;
    TRY(hook_settings_tile38(urls, &account, &read, fault));
    hook_settings_release(read);
    return STATUS_OK;
}

static enum status delete_hook(struct deliver *deliver, struct ledger_turn *turn, uint8_t kind,
                               struct bytes id)
{
    struct hook *const hook = find(deliver, kind, id);
    if (hook == NULL) {
        return STATUS_NOT_FOUND;
    }
    if (!remember(deliver, hook, true)) {
        return STATUS_NO_MEMORY;
    }
    uint8_t key[1 + HOOK_ID_SIZE_MAX];
    uint8_t rows[ROW_KEY_SIZE];
    write_key(hook, key);
    row_key_write(hook->number, 0, rows);
    turn_delete(turn, TABLE_HOOK, (struct bytes){.data = key, .size = 1 + id.size});
    turn_delete_prefix(turn, TABLE_DELIVERY, (struct bytes){.data = rows, .size = 4});
    turn_delete_prefix(turn, TABLE_DEAD_LETTER, (struct bytes){.data = rows, .size = 4});
    withdraw(deliver, hook);
    const struct note note = {.kind = NOTE_GONE, .hook = hook}; // takes the table's hold
    if (!note_add(deliver, &note)) {
        hook_release(hook); // undo has another
        turn->effects.failed = true;
    }
    return STATUS_OK;
}

enum status deliver_hook_delete(struct deliver *deliver, struct ledger_turn *turn, struct bytes id)
{
    return delete_hook(deliver, turn, ROW_NATIVE, id);
}

enum status deliver_tile38_delete(struct deliver *deliver, struct ledger_turn *turn,
                                  struct bytes name)
{
    return delete_hook(deliver, turn, ROW_TILE38, name);
}

static void set_state(struct deliver *deliver, struct ledger_turn *turn, struct hook *hook,
                      enum hook_state state, const char *reason)
{
    hook->state = state;
    hook->changed_us = turn->now_us;
    (void)snprintf(hook->reason, sizeof(hook->reason), "%s", reason);
    hook_write(hook, turn, deliver->account);
    turn->effects.failed = turn->effects.failed || !note_hook(deliver, hook);
}

void hook_disable(struct deliver *deliver, struct ledger_turn *turn, struct hook *hook,
                  const char *reason)
{
    if (remember(deliver, hook, true)) {
        set_state(deliver, turn, hook, HOOK_DISABLED, reason);
    }
}

static void emit_test(struct deliver *deliver, struct ledger_turn *turn, struct hook *hook)
{
    struct event event = {.kind = EVENT_TEST,
                          .collection = BYTES_OF("test"),
                          .object = BYTES_OF("test"),
                          .fence = hook->id,
                          .event_us = turn->now_us,
                          .arrival_us = turn->now_us,
                          .distance_m = -1,
                          .payload = BYTES_OF("{\"test\":true}")};
    deliver_emit_to(deliver, turn, &event, hook);
}

enum status deliver_hook_change(struct deliver *deliver, struct ledger_turn *turn, struct bytes id,
                                enum deliver_change change, struct buffer *shown,
                                struct fault *fault)
{
    struct hook *const hook = find(deliver, ROW_NATIVE, id);
    if (hook == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "there is no hook '%.*s'",
                         (int)(id.size < 80 ? id.size : 80), (const char *)id.data);
    }
    if (change == DELIVER_TEST && hook->state == HOOK_DISABLED) {
        return fault_set(fault, STATUS_BUSY,
                         "the hook is disabled (%s): POST /v1/hooks/%.*s/resume first",
                         hook->reason, (int)id.size, (const char *)id.data);
    }
    if (!remember(deliver, hook, true)) {
        return no_memory(fault);
    }
    bool is_noted = true;
    switch (change) {
    case DELIVER_PAUSE:
        set_state(deliver, turn, hook, HOOK_PAUSED, "");
        break;
    case DELIVER_RESUME:
        set_state(deliver, turn, hook, HOOK_ACTIVE, "");
        is_noted = note_add(deliver, &(struct note){.kind = NOTE_WAKE, .hook = hook});
        break;
    case DELIVER_REDRIVE:
        is_noted = note_add(deliver, &(struct note){.kind = NOTE_REDRIVE, .hook = hook});
        break;
    case DELIVER_TEST:
        emit_test(deliver, turn, hook);
        break;
    }
    if (!is_noted) {
        return no_memory(fault);
    }
    if (shown != NULL) {
        hook_show(deliver, hook, false, shown);
    }
    return STATUS_OK;
}
