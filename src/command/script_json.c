#include <math.h>

#include "base/decimal.h"
#include "command/script_private.h"

enum { DEPTH_MAX = 100 };

// Reading. -------------------------------------------------------------------------------------------

static struct json_reader *begin_reading(lua_State *lua, struct bytes text)
{
    struct script_run_state *const state = script_state(lua);
    if (state->has_json) {
        json_reader_free(&state->json);
    }
    state->json = json_over(text, state->account);
    state->has_json = true;
    return &state->json;
}

// The value whose first token this is.
static void push_json(lua_State *lua, struct json_reader *json, enum json_token token,
                      struct bytes value, unsigned depth)
{
    double number = 0;
    luaL_checkstack(lua, 4, "JSON nested too deeply");
    switch (token) {
    case JSON_STRING:
        script_push_bytes(lua, value);
        return;
    case JSON_NUMBER:
        lua_pushnumber(lua, decimal_parse(value, &number) ? number : 0);
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(lua, token == JSON_TRUE);
        return;
    case JSON_OBJECT_BEGIN:
    case JSON_ARRAY_BEGIN:
        break;
    case JSON_NULL:
    case JSON_END:
    case JSON_BROKEN:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
        lua_pushnil(lua);
        return;
    }
    if (depth == DEPTH_MAX) {
        (void)luaL_error(lua, "JSON nested more than %d levels deep", DEPTH_MAX);
    }
    lua_newtable(lua);
    int index = 0;
    for (;;) {
        enum json_token next = json_next(json, &value);
        if (next == JSON_OBJECT_END || next == JSON_ARRAY_END || next == JSON_BROKEN ||
            next == JSON_END) {
            return;
        }
        if (next == JSON_KEY) {
            script_push_bytes(lua, value);
            next = json_next(json, &value);
            push_json(lua, json, next, value, depth + 1);
            lua_rawset(lua, -3);
        } else {
            push_json(lua, json, next, value, depth + 1);
            lua_rawseti(lua, -2, ++index);
        }
    }
}

// nil and a sentence when it is no JSON.
static int decode(lua_State *lua)
{
    (void)luaL_checkstring(lua, 1);
    struct json_reader *const json = begin_reading(lua, script_text_at(lua, 1));
    struct bytes value = {0};
    const enum json_token first = json_next(json, &value);
    push_json(lua, json, first, value, 0);
    while (json_next(json, &value) != JSON_END && json_status(json, NULL) == STATUS_OK) {
    }
    struct fault fault = {0};
    if (json_status(json, &fault) != STATUS_OK) {
        lua_pushnil(lua);
        lua_pushstring(lua, fault.text);
        return 2;
    }
    return 1;
}

void script_push_json_value(lua_State *lua, struct bytes json)
{
    struct json_reader *const reader = begin_reading(lua, json);
    struct bytes value = {0};
    const enum json_token first = json_next(reader, &value);
    push_json(lua, reader, first, value, 0);
}

void script_push_json_text(lua_State *lua, struct bytes json)
{
    struct bytes value = {0};
    if (json_next(begin_reading(lua, json), &value) == JSON_STRING) {
        script_push_bytes(lua, value);
    } else {
        script_push_bytes(lua, json);
    }
}

// Writing. -------------------------------------------------------------------------------------------

static const char *write_value(lua_State *lua, struct buffer *out, int index, unsigned depth);

static const char *write_list(lua_State *lua, struct buffer *out, int index, unsigned depth)
{
    const size_t size = lua_objlen(lua, index);
    size_t count = 0;
    lua_pushnil(lua);
    for (; lua_next(lua, index) != 0; count++) {
        lua_pop(lua, 1);
        if (lua_type(lua, -1) != LUA_TNUMBER) {
            return "cannot encode mixed or invalid key types";
        }
    }
    if (count != size) {
        return "cannot encode sparse array";
    }
    buffer_append_u8(out, '[');
    for (size_t i = 1; i <= size; i++) {
        buffer_append(out, ",", i > 1);
        lua_rawgeti(lua, index, (int)i);
        const char *const wrong = write_value(lua, out, lua_gettop(lua), depth + 1);
        if (wrong != NULL) {
            return wrong;
        }
        lua_pop(lua, 1);
    }
    buffer_append_u8(out, ']');
    return NULL;
}

static const char *write_map(lua_State *lua, struct buffer *out, int index, unsigned depth)
{
    bool has_item = false;
    buffer_append_u8(out, '{');
    lua_pushnil(lua);
    while (lua_next(lua, index) != 0) {
        const int top = lua_gettop(lua);
        if (lua_type(lua, top - 1) != LUA_TSTRING) {
            return "cannot encode mixed or invalid key types";
        }
        buffer_append(out, ",", has_item);
        has_item = true;
        script_write_json_text(out, script_text_at(lua, top - 1));
        buffer_append_u8(out, ':');
        const char *const wrong = write_value(lua, out, top, depth + 1);
        if (wrong != NULL) {
            return wrong;
        }
        lua_pop(lua, 1);
    }
    buffer_append_u8(out, '}');
    return NULL;
}

// Returns what cannot be written; NULL: nothing.
static const char *write_value(lua_State *lua, struct buffer *out, int index, unsigned depth)
{
    char text[DECIMAL_SIZE];
    bool is_list = false;
    luaL_checkstack(lua, 8, "a value nested too deeply");
    script_check_time(lua);
    if (depth > DEPTH_MAX) {
        return "cannot encode recursively nested tables to JSON";
    }
    if (out->failed || out->size > script_state(lua)->memory_limit) {
        return "not enough memory";
    }
    switch (lua_type(lua, index)) {
    case LUA_TNIL:
        buffer_append_text(out, "null");
        return NULL;
    case LUA_TBOOLEAN:
        buffer_append_text(out, lua_toboolean(lua, index) ? "true" : "false");
        return NULL;
    case LUA_TNUMBER:
        if (!isfinite(lua_tonumber(lua, index))) {
            return "cannot encode a number that is not finite";
        }
        buffer_append(out, text, decimal_format(lua_tonumber(lua, index), text));
        return NULL;
    case LUA_TSTRING:
        script_write_json_text(out, script_text_at(lua, index));
        return NULL;
    case LUA_TTABLE:
        lua_pushnil(lua);
        if (lua_next(lua, index) == 0) {
            buffer_append_text(out, "[]"); // an empty table may be either
            return NULL;
        }
        lua_pop(lua, 1);
        is_list = lua_type(lua, -1) == LUA_TNUMBER;
        lua_pop(lua, 1);
        return is_list ? write_list(lua, out, index, depth) : write_map(lua, out, index, depth);
    default:
        return "cannot encode this type to JSON";
    }
}

static int encode(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_settop(lua, 1);
    struct buffer *const out = &script_state(lua)->text;
    buffer_clear(out);
    const char *const wrong = write_value(lua, out, 1, 0);
    if (wrong != NULL || out->failed) {
        lua_pushnil(lua);
        lua_pushstring(lua, wrong != NULL ? wrong : "not enough memory");
        return 2;
    }
    script_push_bytes(lua, buffer_bytes(out));
    return 1;
}

void script_open_json(lua_State *lua)
{
    lua_createtable(lua, 0, 2);
    lua_pushcfunction(lua, encode);
    lua_setfield(lua, -2, "encode");
    lua_pushcfunction(lua, decode);
    lua_setfield(lua, -2, "decode");
}
