#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "codec/resp.h"
#include "command/script_private.h"

enum { DEPTH_MAX = 100 };

// Replies into Lua. ----------------------------------------------------------------------------------

// The line at `at`, without its end; `at` moves behind it.
static struct bytes take_line(lua_State *lua, struct bytes reply, size_t *at)
{
    const uint8_t *const begin = reply.data + *at;
    const uint8_t *const end = *at < reply.size ? memchr(begin, '\n', reply.size - *at) : NULL;
    if (end == NULL || end == begin) {
        (void)luaL_error(lua, "a broken reply");
        return (struct bytes){0};
    }
    *at = (size_t)(end - reply.data) + 1;
    return (struct bytes){.data = begin, .size = (size_t)(end - begin) - 1};
}

static int64_t number_of(struct bytes line)
{
    double number = -1;
    return decimal_parse((struct bytes){.data = line.data + 1, .size = line.size - 1}, &number)
               ? (int64_t)number
               : -1;
}

static void push_named(lua_State *lua, const char *name, struct bytes text)
{
    lua_createtable(lua, 0, 1);
    script_push_bytes(lua, text);
    lua_setfield(lua, -2, name);
}

static struct bytes without_code(struct bytes text)
{
    const struct bytes code = BYTES_OF("ERR ");
    if (text.size >= code.size && memcmp(text.data, code.data, code.size) == 0) {
        return (struct bytes){.data = text.data + code.size, .size = text.size - code.size};
    }
    return text;
}

static void push_value(lua_State *lua, struct bytes reply, size_t *at, unsigned depth)
{
    const struct bytes line = take_line(lua, reply, at);
    luaL_checkstack(lua, 4, "a reply nested too deeply");
    const struct bytes text = {.data = line.data + 1, .size = line.size - 1};
    const int64_t count = number_of(line);
    switch (line.data[0]) {
    case ':':
        lua_pushnumber(lua, (double)count);
        return;
    case '+':
        push_named(lua, "ok", text);
        return;
    case '-':
        push_named(lua, "err", without_code(text));
        return;
    case '$':
        if (count < 0) {
            lua_pushboolean(lua, 0); // as Redis: false, so that it can stand in a table
            return;
        }
        if ((uint64_t)count + 2 > reply.size - *at) {
            break;
        }
        script_push_bytes(lua, (struct bytes){.data = reply.data + *at, .size = (size_t)count});
        *at += (size_t)count + 2;
        return;
    case '*':
        if (count < 0) {
            lua_pushboolean(lua, 0);
            return;
        }
        if (depth == DEPTH_MAX || (uint64_t)count > reply.size) {
            break;
        }
        lua_createtable(lua, (int)count, 0);
        for (int64_t i = 1; i <= count; i++) {
            push_value(lua, reply, at, depth + 1);
            lua_rawseti(lua, -2, (int)i);
        }
        return;
    default:
        break;
    }
    (void)luaL_error(lua, "a broken reply");
}

size_t script_push_reply(lua_State *lua, struct bytes reply)
{
    size_t at = 0;
    push_value(lua, reply, &at, 0);
    return at;
}

// Lua into replies. ----------------------------------------------------------------------------------

static void write_error(struct buffer *out, struct bytes text)
{
    struct buffer line = {.account = out->account};
    if (text.size < 4 || memcmp(text.data, "ERR ", 4) != 0) {
        buffer_append_text(&line, "ERR ");
    }
    buffer_append_bytes(&line, text);
    resp_write_error(out, buffer_bytes(&line));
    out->failed |= line.failed;
    buffer_free(&line);
}

static void write_number(struct buffer *out, double number)
{
    if (isnan(number)) {
        resp_write_bulk(out, BYTES_OF("NaN"));
    } else if (isinf(number)) {
        resp_write_bulk(out, number < 0 ? BYTES_OF("-Inf") : BYTES_OF("+Inf"));
    } else {
        const double whole = floor(number);
        resp_write_integer(out, whole <= -0x1p63  ? INT64_MIN
                                : whole >= 0x1p63 ? INT64_MAX
                                                  : (int64_t)whole);
    }
}

static void write_value(lua_State *lua, struct buffer *out, int index, unsigned depth);

// How many values a table has; the only one's name when it is text.
static size_t count_values(lua_State *lua, int index)
{
    size_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, index) != 0) {
        count++;
        lua_pop(lua, 1);
    }
    return count;
}

// {ok = …} and {err = …}, alone.
static bool write_special(lua_State *lua, struct buffer *out, int index)
{
    lua_getfield(lua, index, "ok");
    if (lua_type(lua, -1) == LUA_TSTRING) {
        const struct bytes text = script_text_at(lua, -1);
        buffer_append_u8(out, '+');
        for (size_t i = 0; i < text.size; i++) {
            const bool is_end = text.data[i] == '\r' || text.data[i] == '\n';
            buffer_append_u8(out, is_end ? ' ' : text.data[i]);
        }
        buffer_append_text(out, "\r\n");
        lua_pop(lua, 1);
        return true;
    }
    lua_getfield(lua, index, "err");
    const bool is_error = lua_type(lua, -1) == LUA_TSTRING;
    if (is_error) {
        write_error(out, script_text_at(lua, -1));
    }
    lua_pop(lua, 2);
    return is_error;
}

static bool is_index(lua_State *lua, int index, size_t size)
{
    if (lua_type(lua, index) != LUA_TNUMBER) {
        return false;
    }
    const double key = lua_tonumber(lua, index);
    return key >= 1 && key <= (double)size && floor(key) >= key;
}

// A list is its values, those with other keys last; what is no list is pairs.
static void write_table(lua_State *lua, struct buffer *out, int index, unsigned depth)
{
    const size_t size = lua_objlen(lua, index);
    const size_t count = count_values(lua, index);
    if (size == 0 && count == 1 && write_special(lua, out, index)) {
        return;
    }
    resp_write_array(out, count);
    for (size_t i = 1; i <= size; i++) {
        lua_rawgeti(lua, index, (int)i);
        if (!lua_isnil(lua, -1)) {
            write_value(lua, out, lua_gettop(lua), depth + 1);
        }
        lua_pop(lua, 1);
    }
    lua_pushnil(lua);
    while (lua_next(lua, index) != 0) {
        const int top = lua_gettop(lua);
        if (!is_index(lua, top - 1, size)) {
            if (size == 0) {
                resp_write_array(out, 2);
                write_value(lua, out, top - 1, depth + 1);
            }
            write_value(lua, out, top, depth + 1);
        }
        lua_pop(lua, 1);
    }
}

static void write_value(lua_State *lua, struct buffer *out, int index, unsigned depth)
{
    luaL_checkstack(lua, 8, "a value nested too deeply");
    script_check_time(lua);
    if (depth > DEPTH_MAX) {
        (void)luaL_error(lua, "a value nested more than %d levels deep", DEPTH_MAX);
    }
    if (out->failed || out->size > script_state(lua)->memory_limit) {
        (void)luaL_error(lua, "not enough memory for the reply");
    }
    char words[64];
    switch (lua_type(lua, index)) {
    case LUA_TNIL:
        resp_write_null(out, RESP_2);
        break;
    case LUA_TBOOLEAN:
        if (lua_toboolean(lua, index)) {
            resp_write_integer(out, 1);
        } else {
            resp_write_null(out, RESP_2);
        }
        break;
    case LUA_TNUMBER:
        write_number(out, lua_tonumber(lua, index));
        break;
    case LUA_TSTRING:
        resp_write_bulk(out, script_text_at(lua, index));
        break;
    case LUA_TTABLE:
        write_table(lua, out, index, depth);
        break;
    default:
        (void)snprintf(words, sizeof(words), "Unsupported lua type: %s", luaL_typename(lua, index));
        write_error(out, bytes_from_text(words));
        break;
    }
}

void script_write_resp(lua_State *lua, int index)
{
    write_value(lua, &script_state(lua)->text, index, 0);
}

// Lua into JSON. -------------------------------------------------------------------------------------

// As Go's encoder writes texts: what HTML minds is escaped.
void script_write_json_text(struct buffer *out, struct bytes text)
{
    buffer_append_u8(out, '"');
    for (size_t at = 0; at < text.size;) {
        const struct bytes rest = {.data = text.data + at, .size = text.size - at};
        const uint8_t byte = rest.data[0];
        const size_t size = bytes_character_size(rest);
        if (byte == '"' || byte == '\\') {
            buffer_append_u8(out, '\\');
            buffer_append_u8(out, byte);
        } else if (byte == '\n' || byte == '\r' || byte == '\t') {
            buffer_append_text(out, byte == '\n' ? "\\n" : byte == '\r' ? "\\r" : "\\t");
        } else if (byte < 0x20 || byte == '<' || byte == '>' || byte == '&') {
            buffer_append_format(out, "\\u%04x", byte);
        } else if (size == 0) {
            buffer_append_text(out, "\\ufffd");
        } else {
            buffer_append(out, rest.data, size);
        }
        at += size == 0 ? 1 : size;
    }
    buffer_append_u8(out, '"');
}

static void write_json_number(struct buffer *out, double number)
{
    char text[DECIMAL_SIZE];
    if (isfinite(number)) {
        buffer_append(out, text, decimal_format(number, text));
    } else {
        buffer_append_text(out, "null");
    }
}

static void write_json(lua_State *lua, struct buffer *out, int index, unsigned depth);

static void write_json_table(lua_State *lua, struct buffer *out, int index, unsigned depth)
{
    const size_t size = lua_objlen(lua, index);
    bool has_item = false;
    buffer_append_u8(out, size > 0 ? '[' : '{');
    for (size_t i = 1; i <= size; i++) {
        lua_rawgeti(lua, index, (int)i);
        if (!lua_isnil(lua, -1)) {
            buffer_append(out, ",", has_item);
            has_item = true;
            write_json(lua, out, lua_gettop(lua), depth + 1);
        }
        lua_pop(lua, 1);
    }
    lua_pushnil(lua);
    while (lua_next(lua, index) != 0) {
        const int top = lua_gettop(lua);
        if (!is_index(lua, top - 1, size)) {
            buffer_append(out, ",", has_item);
            has_item = true;
            if (size == 0) {
                // A key that is no text is written as one: Tile38 leaves its JSON invalid here.
                lua_pushvalue(lua, top - 1);
                script_write_json_text(out, script_text_at(lua, top + 1));
                lua_pop(lua, 1);
                buffer_append_u8(out, ':');
            }
            write_json(lua, out, top, depth + 1);
        }
        lua_pop(lua, 1);
    }
    buffer_append_u8(out, size > 0 ? ']' : '}');
}

static void write_json(lua_State *lua, struct buffer *out, int index, unsigned depth)
{
    luaL_checkstack(lua, 8, "a value nested too deeply");
    script_check_time(lua);
    if (depth > DEPTH_MAX) {
        (void)luaL_error(lua, "a value nested more than %d levels deep", DEPTH_MAX);
    }
    if (out->failed || out->size > script_state(lua)->memory_limit) {
        (void)luaL_error(lua, "not enough memory for the reply");
    }
    switch (lua_type(lua, index)) {
    case LUA_TNIL:
        buffer_append_text(out, "null");
        break;
    case LUA_TBOOLEAN:
        buffer_append_text(out, lua_toboolean(lua, index) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        write_json_number(out, lua_tonumber(lua, index));
        break;
    case LUA_TSTRING:
        script_write_json_text(out, script_text_at(lua, index));
        break;
    case LUA_TTABLE:
        write_json_table(lua, out, index, depth);
        break;
    default:
        buffer_append_format(out, "\"Unsupported lua type: %s\"", luaL_typename(lua, index));
        break;
    }
}

void script_write_json(lua_State *lua, int index)
{
    write_json(lua, &script_state(lua)->text, index, 0);
}
