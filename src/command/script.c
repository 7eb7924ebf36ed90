#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#include "base/decimal.h"
#include "command/script_private.h"
#include "live/row.h"
#include "sys/clock.h"

enum { HOOK_COUNT = 10000 };

// Where the registry keeps the script's function.
static const char FUNCTION[] = "script";

// Scripts by hash. -----------------------------------------------------------------------------------

struct kept {
    struct kept *next;
    char hash[SCRIPT_HASH_SIZE + 1];
    size_t size;
    uint8_t text[];
};

enum { BUCKETS = 256 };

struct scripts {
    const struct sys *sys;
    struct memory_account *account;
    struct script_settings settings;
    pthread_mutex_t lock; // of all below
    size_t kept_size;
    struct kept *buckets[BUCKETS];
};

enum status scripts_new(const struct sys *sys, struct memory_account *account,
                        const struct script_settings *settings, struct scripts **scripts,
                        struct fault *fault)
{
    struct scripts *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for scripts");
    }
    made->sys = sys;
    made->account = account;
    made->settings = *settings;
    made->settings.memory_size =
        settings->memory_size == 0 ? (size_t)64 << 20 : settings->memory_size;
    made->settings.time_us = settings->time_us == 0 ? 5000000 : settings->time_us;
    made->settings.kept_size = settings->kept_size == 0 ? (size_t)16 << 20 : settings->kept_size;
    const int error = pthread_mutex_init(&made->lock, NULL);
    assert(error == 0); // it never fails on Linux
    *scripts = made;
    return STATUS_OK;
}

void scripts_free(struct scripts *scripts)
{
    if (scripts != NULL) {
        scripts_flush(scripts);
        (void)pthread_mutex_destroy(&scripts->lock);
        memory_give(scripts);
    }
}

static void lock(struct scripts *scripts)
{
    const int error = pthread_mutex_lock(&scripts->lock);
    assert(error == 0);
}

static void unlock(struct scripts *scripts)
{
    const int error = pthread_mutex_unlock(&scripts->lock);
    assert(error == 0);
}

static struct kept **bucket_of(struct scripts *scripts, struct bytes hash)
{
    unsigned sum = 0;
    for (size_t i = 0; i < hash.size; i++) {
        sum = sum * 31 + hash.data[i];
    }
    return &scripts->buckets[sum % BUCKETS];
}

// Under the lock.
static struct kept *find(struct scripts *scripts, struct bytes hash)
{
    struct kept *kept = *bucket_of(scripts, hash);
    while (kept != NULL && !bytes_equal(bytes_from_text(kept->hash), hash)) {
        kept = kept->next;
    }
    return kept;
}

bool script_exists(struct scripts *scripts, struct bytes hash)
{
    lock(scripts);
    const bool exists = find(scripts, hash) != NULL;
    unlock(scripts);
    return exists;
}

void scripts_flush(struct scripts *scripts)
{
    lock(scripts);
    for (size_t i = 0; i < BUCKETS; i++) {
        while (scripts->buckets[i] != NULL) {
            struct kept *const next = scripts->buckets[i]->next;
            memory_give(scripts->buckets[i]);
            scripts->buckets[i] = next;
        }
    }
    scripts->kept_size = 0;
    unlock(scripts);
}

static enum status keep(struct scripts *scripts, struct bytes text, const char *hash,
                        struct fault *fault)
{
    if (script_exists(scripts, bytes_from_text(hash))) {
        return STATUS_OK;
    }
    struct kept *const kept = memory_take(scripts->account, 1, sizeof(*kept) + text.size);
    if (kept == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a script of %zu bytes", text.size);
    }
    memcpy(kept->hash, hash, SCRIPT_HASH_SIZE + 1);
    kept->size = text.size;
    if (text.size > 0) {
        memcpy(kept->text, text.data, text.size);
    }
    lock(scripts);
    const bool is_new = find(scripts, bytes_from_text(hash)) == NULL;
    const bool has_room = text.size <= scripts->settings.kept_size - scripts->kept_size;
    if (is_new && has_room) {
        struct kept **const bucket = bucket_of(scripts, bytes_from_text(hash));
        kept->next = *bucket;
        *bucket = kept;
        scripts->kept_size += text.size;
    }
    unlock(scripts);
    if (!is_new || !has_room) {
        memory_give(kept);
    }
    return !is_new || has_room
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_SPACE,
                           "too many scripts are kept (%zu bytes): SCRIPT FLUSH forgets them",
                           scripts->settings.kept_size);
}

// Interpreters. --------------------------------------------------------------------------------------

static void *allocate(void *context, void *block, size_t old_size, size_t new_size)
{
    struct script_run_state *const state = context;
    if (new_size == 0) {
        memory_give(block);
        state->memory_used -= old_size;
        return NULL;
    }
    const size_t used = state->memory_used - (block == NULL ? 0 : old_size) + new_size;
    if (used > state->memory_limit && new_size > old_size) {
        return NULL;
    }
    void *const moved = memory_resize(state->account, block, 1, new_size);
    state->memory_used = moved == NULL ? state->memory_used : used;
    return moved;
}

struct script_run_state *script_state(lua_State *lua)
{
    void *context = NULL;
    (void)lua_getallocf(lua, &context);
    return context;
}

static void hook(lua_State *lua, lua_Debug *debug)
{
    (void)debug;
    script_check_time(lua);
}

void script_check_time(lua_State *lua)
{
    struct script_run_state *const state = script_state(lua);
    if (!state->is_late && sys_monotonic_us(state->sys) >= state->deadline_us) {
        state->is_late = true;
        // From now on every instruction fails: whoever catches the error dies at the next one. Coroutines
        // have hooks of their own, and new ones their maker's.
        (void)lua_sethook(state->main, hook, LUA_MASKCOUNT, 1);
        (void)lua_sethook(lua, hook, LUA_MASKCOUNT, 1);
    }
    if (state->is_late) {
        (void)luaL_error(lua, "timeout");
    }
}

static int refuse_new_global(lua_State *lua)
{
    const char *const name = lua_tostring(lua, 2);
    return luaL_error(lua, "attempt to create global variable '%s'", name == NULL ? "?" : name);
}

// Writes past the guard of new globals.
static void set_global(lua_State *lua, const char *name)
{
    lua_pushstring(lua, name);
    lua_insert(lua, -2);
    lua_rawset(lua, LUA_GLOBALSINDEX);
}

static void push_words(lua_State *lua, const struct bytes *words, size_t count)
{
    lua_createtable(lua, count < INT32_MAX ? (int)count : 0, 0);
    for (size_t i = 0; i < count; i++) {
        script_push_bytes(lua, words[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

// The script's own names, the guard, and the function of its text.
static int prepare(lua_State *lua)
{
    struct script_run_state *const state = script_state(lua);
    const struct script *const script = state->script;
    script_open_library(lua);
    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    script_open_tile38(lua);
    lua_setfield(lua, -2, "tile38");
    script_open_json(lua);
    lua_setfield(lua, -2, "json");
    lua_pop(lua, 1);
    push_words(lua, script->keys, script->key_count);
    set_global(lua, "KEYS");
    push_words(lua, script->arguments, script->argument_count);
    set_global(lua, "ARGV");
    if (script->command != NULL) {
        lua_pushstring(lua, script->command);
        set_global(lua, "EVAL_CMD");
    }
    if (script->deadline_us != INT64_MAX) {
        const int64_t left_us = script->deadline_us - sys_monotonic_us(state->sys);
        lua_pushnumber(lua, (double)(sys_wall_us(state->sys) + left_us) / 1e6);
        set_global(lua, "DEADLINE");
    }
    lua_newtable(lua);
    lua_pushcfunction(lua, refuse_new_global);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    (void)lua_setmetatable(lua, LUA_GLOBALSINDEX);

    char hash[SCRIPT_HASH_SIZE + 1];
    char name[SCRIPT_HASH_SIZE + 4];
    script_hash(script->text, hash);
    (void)snprintf(name, sizeof(name), "=f_%s", hash);
    if (script_load_text(lua, script->text, name) != 0) {
        return lua_error(lua);
    }
    lua_setfield(lua, LUA_REGISTRYINDEX, FUNCTION);
    return 0;
}

struct interpreter {
    struct script_run_state state;
    lua_State *lua;
    struct kept *text; // a copy, when the script came by its hash
    struct script script;
};

static void interpreter_end(struct interpreter *interpreter)
{
    if (interpreter->lua != NULL) {
        lua_close(interpreter->lua);
    }
    struct script_run_state *const state = &interpreter->state;
    if (state->has_json) {
        json_reader_free(&state->json);
    }
    buffer_free(&state->reply);
    buffer_free(&state->text);
    memory_give(interpreter->text);
    *interpreter = (struct interpreter){.lua = NULL};
}

// The error at the top of the stack, as a fault.
static enum status failure(struct interpreter *interpreter, int error, struct fault *fault)
{
    const struct script_run_state *const state = &interpreter->state;
    if (state->is_late) {
        return fault_set(fault, STATUS_CANCELLED, "%s", state->late_words);
    }
    if (error == LUA_ERRMEM) {
        return fault_set(fault, STATUS_NO_MEMORY, "script: not enough memory (%zu bytes at most)",
                         state->memory_limit);
    }
    const char *const words = lua_tostring(interpreter->lua, -1);
    enum status status =
        fault_set(fault, STATUS_OUT_OF_RANGE, "%s", words == NULL ? "script failed" : words);
    for (char *at = fault == NULL ? NULL : fault->text; at != NULL && *at != '\0'; at++) {
        *at = *at == '\n' || *at == '\r' ? ' ' : *at; // an error of RESP is one line
    }
    return status;
}

static enum status take_text(struct scripts *scripts, struct interpreter *interpreter,
                             struct fault *fault)
{
    struct script *const script = &interpreter->script;
    if (!script->is_hash) {
        return STATUS_OK;
    }
    lock(scripts);
    const struct kept *const kept = find(scripts, script->text);
    struct kept *const copy =
        kept == NULL ? NULL : memory_take(scripts->account, 1, sizeof(*kept) + kept->size);
    if (copy != NULL) {
        memcpy(copy, kept, sizeof(*kept) + kept->size);
    }
    const bool exists = kept != NULL;
    unlock(scripts);
    if (copy == NULL) {
        return exists ? fault_set(fault, STATUS_NO_MEMORY, "no memory for a script")
                      : fault_set(fault, STATUS_NOT_FOUND, "sha not found");
    }
    interpreter->text = copy;
    script->text = (struct bytes){.data = copy->text, .size = copy->size};
    return STATUS_OK;
}

// Makes an interpreter with the script's function on its stack.
static enum status begin(struct scripts *scripts, const struct script *script,
                         struct interpreter *interpreter, struct fault *fault)
{
    interpreter->script = *script;
    TRY(take_text(scripts, interpreter, fault));
    struct script_run_state *const state = &interpreter->state;
    const int64_t own_us = sys_monotonic_us(scripts->sys) + scripts->settings.time_us;
    *state = (struct script_run_state){
        .sys = scripts->sys,
        .account = scripts->account,
        .memory_limit = scripts->settings.memory_size,
        .deadline_us = own_us < script->deadline_us ? own_us : script->deadline_us,
        .script = &interpreter->script,
        .reply = {.account = scripts->account},
        .text = {.account = scripts->account},
    };
    if (own_us < script->deadline_us) {
        (void)snprintf(state->late_words, sizeof(state->late_words),
                       "script ran longer than %lld ms, the server's limit",
                       (long long)(scripts->settings.time_us / 1000));
    } else {
        (void)snprintf(state->late_words, sizeof(state->late_words), "timeout");
    }
    interpreter->lua = lua_newstate(allocate, state);
    if (interpreter->lua == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for an interpreter");
    }
    state->main = interpreter->lua;
    const int error = lua_cpcall(interpreter->lua, prepare, NULL);
    return error == 0 ? STATUS_OK : failure(interpreter, error, fault);
}

// Calls a C function in which Lua may fail, with the hook that keeps the time.
static enum status run(struct interpreter *interpreter, lua_CFunction function, void *argument,
                       struct fault *fault)
{
    lua_State *const lua = interpreter->lua;
    (void)lua_sethook(lua, hook, LUA_MASKCOUNT, HOOK_COUNT);
    const int error = lua_cpcall(lua, function, argument);
    (void)lua_sethook(lua, NULL, 0, 0);
    if (interpreter->state.is_late || error != 0) {
        return failure(interpreter, error, fault);
    }
    return STATUS_OK;
}

enum status script_load(struct scripts *scripts, struct bytes text, char hash[SCRIPT_HASH_SIZE + 1],
                        struct fault *fault)
{
    struct interpreter interpreter SCOPED(interpreter_end) = {.lua = NULL};
    const struct script script = {.text = text, .deadline_us = INT64_MAX};
    TRY(begin(scripts, &script, &interpreter, fault));
    script_hash(text, hash);
    return keep(scripts, text, hash, fault);
}

// Runs the script and writes what it gives.
static int execute(lua_State *lua)
{
    const enum script_output *const output = lua_touserdata(lua, 1);
    lua_getfield(lua, LUA_REGISTRYINDEX, FUNCTION);
    lua_call(lua, 0, 1);
    buffer_clear(&script_state(lua)->text);
    if (*output == SCRIPT_RESP) {
        script_write_resp(lua, 2);
    } else {
        script_write_json(lua, 2);
    }
    return 0;
}

enum status script_run(struct scripts *scripts, const struct script *script,
                       enum script_output output, struct buffer *out, struct fault *fault)
{
    struct interpreter interpreter SCOPED(interpreter_end) = {.lua = NULL};
    TRY(begin(scripts, script, &interpreter, fault));
    if (!script->is_hash) {
        char hash[SCRIPT_HASH_SIZE + 1];
        script_hash(script->text, hash);
        status_ignore(keep(scripts, script->text, hash, NULL),
                      "EVALSHA after EVAL is a courtesy: without room it has to send the text");
    }
    TRY(run(&interpreter, execute, &output, fault));
    TRY(buffer_status(&interpreter.state.text));
    buffer_append_bytes(out, buffer_bytes(&interpreter.state.text));
    return buffer_status(out);
}

// Conditions. ----------------------------------------------------------------------------------------

struct script_condition {
    struct interpreter interpreter;
};

enum status script_condition_begin(struct scripts *scripts, const struct script *script,
                                   struct script_condition **condition, struct fault *fault)
{
    struct script_condition *const made = memory_take_zeroed(scripts->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a script");
    }
    const enum status status = begin(scripts, script, &made->interpreter, fault);
    if (status != STATUS_OK) {
        script_condition_end(made);
        return status;
    }
    *condition = made;
    return STATUS_OK;
}

void script_condition_end(struct script_condition *condition)
{
    if (condition != NULL) {
        interpreter_end(&condition->interpreter);
        memory_give(condition);
    }
}

// A field as Lua sees it: numbers, texts, booleans; arrays and objects as their text.
static void push_field(lua_State *lua, struct bytes json)
{
    double number = 0;
    if (decimal_parse(json, &number)) {
        lua_pushnumber(lua, number);
    } else if (bytes_equal(json, BYTES_OF("true")) || bytes_equal(json, BYTES_OF("false"))) {
        lua_pushboolean(lua, json.data[0] == 't');
    } else if (bytes_equal(json, BYTES_OF("null"))) {
        lua_pushnil(lua);
    } else if (json.size > 0 && json.data[0] == '"') {
        script_push_json_text(lua, json);
    } else {
        script_push_bytes(lua, json);
    }
}

struct question {
    const struct script_object *object;
    bool holds;
};

// The object's names, the call: does what it gives count as true?
static int ask(lua_State *lua)
{
    struct question *const question = lua_touserdata(lua, 1);
    const struct script_object *const object = question->object;
    struct bytes fields = object->fields;
    struct bytes name;
    struct bytes value;
    lua_newtable(lua);
    while (row_field_next(&fields, &name, &value)) {
        script_push_bytes(lua, name);
        push_field(lua, value);
        lua_rawset(lua, -3);
    }
    set_global(lua, "FIELDS");
    script_push_bytes(lua, object->id);
    set_global(lua, "ID");
    script_push_bytes(lua, object->properties);
    set_global(lua, "PROPERTIES");
    lua_getfield(lua, LUA_REGISTRYINDEX, FUNCTION);
    lua_call(lua, 0, 1);
    bool holds = false;
    switch (lua_type(lua, -1)) {
    case LUA_TBOOLEAN:
        holds = lua_toboolean(lua, -1) != 0;
        break;
    case LUA_TNUMBER:
        holds = lua_tonumber(lua, -1) < 0 || lua_tonumber(lua, -1) > 0;
        break;
    case LUA_TSTRING:
        holds = lua_objlen(lua, -1) > 0;
        break;
    case LUA_TTABLE:
        lua_pushnil(lua);
        holds = lua_next(lua, -2) != 0;
        break;
    default:
        break;
    }
    question->holds = holds;
    return 0;
}

enum status script_condition_holds(struct script_condition *condition,
                                   const struct script_object *object, bool *holds,
                                   struct fault *fault)
{
    struct question question = {.object = object};
    const enum status status = run(&condition->interpreter, ask, &question, fault);
    if (status == STATUS_OK) {
        *holds = question.holds;
    } else {
        lua_settop(condition->interpreter.lua, 0); // the error
    }
    return status;
}
