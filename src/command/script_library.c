// The parts of Lua's library that need replacing: what loops in C without end, shares state between threads,
// or loads bytecode.
#include <time.h>

#include "command/script_private.h"
#include "sys/clock.h"

static int os_clock(lua_State *lua)
{
    lua_pushnumber(lua, (double)sys_monotonic_us(script_state(lua)->sys) / 1e6);
    return 1;
}

static void set_number(lua_State *lua, const char *name, int value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

// os.date(format, time): UTC, whatever the time zone of the server. "*t" gives a table.
static int os_date(lua_State *lua)
{
    const char *format = luaL_optstring(lua, 1, "%c");
    const double now = (double)(sys_wall_us(script_state(lua)->sys) / 1000000);
    const double seconds = luaL_optnumber(lua, 2, now);
    const time_t time = seconds > -1e11 && seconds < 1e11 ? (time_t)seconds : 0;
    struct tm parts;
    if (gmtime_r(&time, &parts) == NULL) {
        lua_pushnil(lua);
        return 1;
    }
    format += *format == '!';
    if (strncmp(format, "*t", 2) == 0) {
        lua_createtable(lua, 0, 9);
        set_number(lua, "year", parts.tm_year + 1900);
        set_number(lua, "month", parts.tm_mon + 1);
        set_number(lua, "day", parts.tm_mday);
        set_number(lua, "hour", parts.tm_hour);
        set_number(lua, "min", parts.tm_min);
        set_number(lua, "sec", parts.tm_sec);
        set_number(lua, "wday", parts.tm_wday + 1);
        set_number(lua, "yday", parts.tm_yday + 1);
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "isdst");
        return 1;
    }
    // One conversion at a time, so that each fits.
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    for (; *format != '\0'; format++) {
        if (*format != '%' || strchr("aAbBcdHIjmMpSUwWxXyYZ%", format[1]) == NULL ||
            format[1] == '\0') {
            luaL_addchar(&out, *format);
            continue;
        }
        char text[80];
        const char one[] = {'%', *++format, '\0'};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        luaL_addlstring(&out, text, strftime(text, sizeof(text), one, &parts));
#pragma GCC diagnostic pop
    }
    luaL_pushresult(&out);
    return 1;
}

// string.rep: its size is known beforehand.
static int rep(lua_State *lua)
{
    size_t size = 0;
    const char *const text = luaL_checklstring(lua, 1, &size);
    const double count = luaL_checknumber(lua, 2);
    if (!(count >= 1) || size == 0) {
        lua_pushliteral(lua, "");
        return 1;
    }
    if (count * (double)size > (double)script_state(lua)->memory_limit) {
        return luaL_error(lua, "not enough memory");
    }
    const size_t whole = size * (size_t)count;
    char *const made = lua_newuserdata(lua, whole);
    memcpy(made, text, size);
    for (size_t done = size; done < whole; done *= 2) {
        memcpy(made + done, made, done < whole - done ? done : whole - done);
    }
    lua_pushlstring(lua, made, whole);
    return 1;
}

// math.random, with a state of the run's own (splitmix64).
static int random_number(lua_State *lua)
{
    struct script_run_state *const state = script_state(lua);
    uint64_t bits = (state->chance += UINT64_C(0x9e3779b97f4a7c15));
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    const double unit = (double)((bits ^ bits >> 31) >> 11) * 0x1p-53;
    const int count = lua_gettop(lua);
    if (count == 0) {
        lua_pushnumber(lua, unit);
        return 1;
    }
    const double low = count == 1 ? 1 : luaL_checknumber(lua, 1);
    const double high = luaL_checknumber(lua, count == 1 ? 1 : 2);
    luaL_argcheck(lua, low <= high, count == 1 ? 1 : 2, "interval is empty");
    const double span = (double)(int64_t)(unit * (high - low + 1));
    lua_pushnumber(lua, low + span);
    return 1;
}

static int seed_random(lua_State *lua)
{
    script_state(lua)->chance = (uint64_t)luaL_checkinteger(lua, 1);
    return 0;
}

int script_load_text(lua_State *lua, struct bytes text, const char *name)
{
    if (text.size > 0 && text.data[0] == (uint8_t)LUA_SIGNATURE[0]) {
        lua_pushliteral(lua, "bytecode is not loaded");
        return LUA_ERRSYNTAX;
    }
    return luaL_loadbuffer(lua, (const char *)text.data, text.size, name);
}

static int loadstring(lua_State *lua)
{
    (void)luaL_checkstring(lua, 1);
    if (script_load_text(lua, script_text_at(lua, 1), luaL_optstring(lua, 2, "=(load)")) != 0) {
        lua_pushnil(lua);
        lua_insert(lua, -2);
        return 2;
    }
    return 1;
}

// xpcall(function, handler). Lua's own calls the handler where the error is raised, which may be inside the
// hook that keeps the time, where no hook runs: a handler that loops would loop for ever. This one calls
// it afterwards.
static int protected_call(lua_State *lua)
{
    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    lua_pushvalue(lua, 1);
    if (lua_pcall(lua, 0, LUA_MULTRET, 0) == 0) {
        lua_pushboolean(lua, 1);
        lua_replace(lua, 2);
        return lua_gettop(lua) - 1;
    }
    lua_pushvalue(lua, 2);
    lua_insert(lua, -2);
    (void)lua_pcall(lua, 1, 1, 0); // what the handler gives, or its own error
    lua_pushboolean(lua, 0);
    lua_insert(lua, -2);
    return 2;
}

static void open(lua_State *lua, lua_CFunction opener, const char *name)
{
    lua_pushcfunction(lua, opener);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

static void remove_names(lua_State *lua, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lua_pushnil(lua);
        lua_setfield(lua, -2, names[i]);
    }
}

static void set_function(lua_State *lua, const char *name, lua_CFunction function)
{
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
}

static void open_os(lua_State *lua)
{
    open(lua, luaopen_os, LUA_OSLIBNAME);
    lua_getglobal(lua, LUA_OSLIBNAME);
    lua_createtable(lua, 0, 4);
    lua_getfield(lua, -2, "time");
    lua_setfield(lua, -2, "time");
    lua_getfield(lua, -2, "difftime");
    lua_setfield(lua, -2, "difftime");
    set_function(lua, "clock", os_clock);
    set_function(lua, "date", os_date);
    lua_setglobal(lua, LUA_OSLIBNAME);
    lua_pop(lua, 1);
}

void script_open_library(lua_State *lua)
{
    static const char *const globals[] = {"dofile",  "load",    "loadfile", "newproxy",
                                          "getfenv", "setfenv", "print"};
    static const char *const strings[] = {"dump", "gfind"};
    open(lua, luaopen_base, "");
    open(lua, luaopen_table, LUA_TABLIBNAME);
    open(lua, luaopen_string, LUA_STRLIBNAME);
    open(lua, luaopen_math, LUA_MATHLIBNAME);
    open_os(lua);
    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    remove_names(lua, globals, COUNT_OF(globals));
    set_function(lua, "loadstring", loadstring);
    set_function(lua, "xpcall", protected_call);
    lua_getfield(lua, -1, LUA_STRLIBNAME);
    remove_names(lua, strings, COUNT_OF(strings));
    set_function(lua, "rep", rep);
    script_open_patterns(lua);
    lua_pop(lua, 1);
    lua_getfield(lua, -1, LUA_MATHLIBNAME);
    set_function(lua, "random", random_number);
    set_function(lua, "randomseed", seed_random);
    lua_pop(lua, 2);
}
