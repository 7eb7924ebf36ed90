// tile38.get and tile38.iterate: objects as Lua sees them, made of the replies of commands.
#include <string.h>
#include <strings.h>

#include "command/script_private.h"

// An object is a table {id, object, distance, fields} with a method, read_fields; its `object` is a table
// {json, x, y} that is its GeoJSON when it is made a text.

static int object_text(lua_State *lua)
{
    lua_getfield(lua, 1, "json");
    return 1;
}

static int item_text(lua_State *lua)
{
    lua_getfield(lua, 1, "id");
    return 1;
}

// item:read_fields("a", "b"): one value each, 0 for what is not there.
static int read_fields(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    const int count = lua_gettop(lua);
    lua_getfield(lua, 1, "fields");
    const int fields = lua_gettop(lua);
    luaL_checkstack(lua, count, "too many fields");
    for (int i = 2; i <= count; i++) {
        lua_pushvalue(lua, i);
        lua_gettable(lua, fields);
        if (lua_isnil(lua, -1)) {
            lua_pop(lua, 1);
            lua_pushnumber(lua, 0);
        }
    }
    return count - 1;
}

static void set_method(lua_State *lua, const char *name, lua_CFunction function)
{
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
}

// The coordinates of {"type":"Point","coordinates":[x,y]} at the top of the stack, into the table below.
static void set_coordinates(lua_State *lua)
{
    lua_getfield(lua, -1, "coordinates");
    lua_getfield(lua, -2, "type");
    const bool is_point = lua_type(lua, -1) == LUA_TSTRING &&
                          strcmp(lua_tostring(lua, -1), "Point") == 0 && lua_istable(lua, -2);
    lua_pop(lua, 1);
    if (is_point) {
        lua_rawgeti(lua, -1, 1);
        lua_setfield(lua, -4, "x");
        lua_rawgeti(lua, -1, 2);
        lua_setfield(lua, -4, "y");
    }
    lua_pop(lua, 1);
}

// The GeoJSON at the top of the stack becomes an object.
static void make_object(lua_State *lua)
{
    lua_createtable(lua, 0, 3);
    lua_insert(lua, -2);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "json"); // the text
    script_push_json_value(lua, script_text_at(lua, -1));
    if (lua_istable(lua, -1)) {
        lua_pushvalue(lua, -3); // below, for the coordinates
        lua_insert(lua, -2);
        set_coordinates(lua);
        lua_remove(lua, -2);
    }
    lua_pop(lua, 2); // the value and the text
    lua_createtable(lua, 0, 1);
    set_method(lua, "__tostring", object_text);
    (void)lua_setmetatable(lua, -2);
}

// [name, value, name, value …] at the index, as a table by name.
static void push_fields(lua_State *lua, int list)
{
    const int count = (int)lua_objlen(lua, list);
    lua_createtable(lua, 0, count / 2);
    for (int i = 1; i < count; i += 2) {
        lua_rawgeti(lua, list, i);
        lua_rawgeti(lua, list, i + 1);
        if (lua_isnumber(lua, -1)) {
            lua_pushnumber(lua, lua_tonumber(lua, -1));
            lua_replace(lua, -2);
        }
        lua_rawset(lua, -3);
    }
}

// From id, GeoJSON and an array of fields (or nothing) on the stack: an item.
static void make_item(lua_State *lua, int id, int json, int fields)
{
    lua_createtable(lua, 0, 4);
    lua_pushvalue(lua, id);
    lua_setfield(lua, -2, "id");
    lua_pushvalue(lua, json);
    make_object(lua);
    lua_setfield(lua, -2, "object");
    if (fields != 0 && lua_istable(lua, fields)) {
        push_fields(lua, fields);
    } else {
        lua_newtable(lua);
    }
    lua_setfield(lua, -2, "fields");
    set_method(lua, "read_fields", read_fields);
    lua_createtable(lua, 0, 1);
    set_method(lua, "__tostring", item_text);
    (void)lua_setmetatable(lua, -2);
}

// tile38.get(key, id): an item, or nil.
static int get(lua_State *lua)
{
    (void)luaL_checkstring(lua, 1);
    (void)luaL_checkstring(lua, 2);
    lua_settop(lua, 2);
    lua_pushliteral(lua, "WITHFIELDS");
    script_command_run(lua, "GET", 1);
    if (script_reply_is_error(script_state(lua))) {
        lua_pushnil(lua);
        return 1;
    }
    (void)script_push_reply(lua, buffer_bytes(&script_state(lua)->reply));
    const int reply = lua_gettop(lua);
    if (!lua_istable(lua, reply)) {
        lua_pushnil(lua); // false: not there
        return 1;
    }
    lua_rawgeti(lua, reply, 1);
    lua_rawgeti(lua, reply, 2);
    make_item(lua, 2, reply + 1, reply + 2);
    return 1;
}

// What a search found: [id, GeoJSON, fields, distance], the last two when there are any.
static void make_found(lua_State *lua, int found)
{
    const int count = (int)lua_objlen(lua, found);
    int fields = 0;
    lua_rawgeti(lua, found, 1);
    const int id = lua_gettop(lua);
    lua_rawgeti(lua, found, 2);
    for (int i = 3; i <= count; i++) {
        lua_rawgeti(lua, found, i);
        fields = lua_istable(lua, -1) ? lua_gettop(lua) : fields;
    }
    make_item(lua, id, id + 1, fields);
    if (count > 2 && !lua_istable(lua, id + count - 1)) {
        lua_pushnumber(lua, lua_tonumber(lua, id + count - 1));
    } else {
        lua_pushnumber(lua, 0);
    }
    lua_setfield(lua, -2, "distance");
}

// tile38.iterate(function, command, words …): the function is asked about each object that the search
// finds, until it says false. Gives the cursor to go on from, as a text.
static int iterate(lua_State *lua)
{
    struct script_run_state *const state = script_state(lua);
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    static const char *const names[] = {"nearby", "within", "intersects", "scan", "search"};
    const char *const command = luaL_checkstring(lua, 2);
    bool is_search = false;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        is_search |= strcasecmp(command, names[i]) == 0;
    }
    if (!is_search) {
        return luaL_error(lua, "expected command to be nearby, within, intersects or scan");
    }
    script_command_run(lua, NULL, 2);
    if (script_reply_is_error(state)) {
        return script_raise_reply(lua);
    }
    (void)script_push_reply(lua, buffer_bytes(&state->reply));
    const int reply = lua_gettop(lua);
    if (!lua_istable(lua, reply)) {
        lua_pushliteral(lua, "0");
        return 1;
    }
    lua_rawgeti(lua, reply, 2);
    const int list = lua_gettop(lua);
    const int count = lua_istable(lua, list) ? (int)lua_objlen(lua, list) : 0;
    int seen = 0;
    bool goes_on = true;
    while (goes_on && seen < count) {
        lua_settop(lua, list);
        lua_pushvalue(lua, 1);
        lua_rawgeti(lua, list, ++seen);
        make_found(lua, lua_gettop(lua));
        lua_replace(lua, list + 2);
        lua_settop(lua, list + 2);
        lua_call(lua, 1, 1);
        goes_on = lua_toboolean(lua, -1) != 0;
    }
    lua_rawgeti(lua, reply, 1);
    const double cursor = lua_tonumber(lua, -1);
    // Stopped by the function: behind what it has seen, if the search had begun at the beginning.
    lua_pushnumber(lua, goes_on ? cursor : (double)seen);
    (void)lua_tostring(lua, -1);
    return 1;
}

void script_open_objects(lua_State *lua)
{
    set_method(lua, "get", get);
    set_method(lua, "iterate", iterate);
}
