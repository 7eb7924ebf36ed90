#include <math.h>

#include "command/script_private.h"

// Commands. ------------------------------------------------------------------------------------------

bool script_reply_is_error(const struct script_run_state *state)
{
    return state->reply.size > 0 && state->reply.data[0] == '-';
}

// Tile38 takes the words up to the first that is empty or nil.
static size_t count_words(lua_State *lua, int first)
{
    const int top = lua_gettop(lua);
    size_t count = 0;
    for (int index = first; index <= top && script_text_at(lua, index).size > 0; index++) {
        count++;
    }
    return count;
}

void script_command_run(lua_State *lua, const char *word, int first)
{
    struct script_run_state *const state = script_state(lua);
    const size_t more = word == NULL ? 0 : 1;
    const size_t count = count_words(lua, first) + more;
    buffer_clear(&state->reply);
    if (count == 0) {
        (void)luaL_error(lua, "a command has a name");
    }
    if (state->script->call == NULL) {
        (void)luaL_error(lua, "command not supported in scripts");
        return;
    }
    // Lua's memory: it goes with the error that a command may become.
    struct bytes *const words = lua_newuserdata(lua, count * sizeof(*words));
    if (word != NULL) {
        words[0] = bytes_from_text(word);
    }
    for (size_t i = more; i < count; i++) {
        words[i] = script_text_at(lua, first + (int)(i - more));
    }
    state->script->call(state->script->context, words, count, &state->reply);
    lua_pop(lua, 1);
    if (state->reply.failed) {
        (void)luaL_error(lua, "not enough memory for the reply of a command");
    }
    script_check_time(lua);
}

int script_raise_reply(lua_State *lua)
{
    const struct script_run_state *const state = script_state(lua);
    luaL_where(lua, 1);
    const size_t size = state->reply.size >= 3 ? state->reply.size - 3 : 0; // "-", CR LF
    lua_pushlstring(lua, (const char *)state->reply.data + 1, size);
    lua_concat(lua, 2);
    return lua_error(lua);
}

static int call(lua_State *lua)
{
    script_command_run(lua, NULL, 1);
    const struct script_run_state *const state = script_state(lua);
    if (script_reply_is_error(state)) {
        return script_raise_reply(lua);
    }
    (void)script_push_reply(lua, buffer_bytes(&state->reply));
    return 1;
}

static int protected_call(lua_State *lua)
{
    script_command_run(lua, NULL, 1);
    (void)script_push_reply(lua, buffer_bytes(&script_state(lua)->reply));
    return 1;
}

// Small things. --------------------------------------------------------------------------------------

static int named_reply(lua_State *lua, const char *name)
{
    lua_createtable(lua, 0, 1);
    script_push_bytes(lua, script_text_at(lua, 1));
    lua_setfield(lua, -2, name);
    return 1;
}

static int error_reply(lua_State *lua)
{
    return named_reply(lua, "err");
}

static int status_reply(lua_State *lua)
{
    return named_reply(lua, "ok");
}

static int sha1hex(lua_State *lua)
{
    char hash[SCRIPT_HASH_SIZE + 1];
    script_hash(script_text_at(lua, 1), hash);
    lua_pushlstring(lua, hash, SCRIPT_HASH_SIZE);
    return 1;
}

// Metres between lat, lon and lat, lon on Tile38's sphere, of 6,371 km.
static int distance_to(lua_State *lua)
{
    const double degree = 3.14159265358979323846 / 180;
    const double lat = lua_tonumber(lua, 1) * degree;
    const double other_lat = lua_tonumber(lua, 3) * degree;
    const double by_lat = sin((other_lat - lat) / 2);
    const double by_lon = sin((lua_tonumber(lua, 4) - lua_tonumber(lua, 2)) * degree / 2);
    const double part = by_lat * by_lat + cos(lat) * cos(other_lat) * by_lon * by_lon;
    lua_pushnumber(lua, 2 * 6371000.0 * asin(sqrt(part < 1 ? part : 1)));
    return 1;
}

void script_open_tile38(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"call", call},
        {"pcall", protected_call},
        {"error_reply", error_reply},
        {"status_reply", status_reply},
        {"sha1hex", sha1hex},
        {"distance_to", distance_to},
    };
    lua_createtable(lua, 0, 10);
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        lua_pushcfunction(lua, functions[i].func);
        lua_setfield(lua, -2, functions[i].name);
    }
    script_open_objects(lua);
}
