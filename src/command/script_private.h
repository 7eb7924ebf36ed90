// What the files of scripts share.
//
// Lua leaves functions by jumping over them, so nothing here holds memory across a call into Lua that
// may fail but in the run, which its maker releases.
#ifndef COMMAND_SCRIPT_PRIVATE_H
#define COMMAND_SCRIPT_PRIVATE_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "codec/json_read.h"
#include "command/script.h"

// One interpreter at work.
struct script_run_state {
    const struct sys *sys;
    struct memory_account *account;
    lua_State *main; // of its coroutines
    size_t memory_limit, memory_used;
    int64_t deadline_us; // monotonic: the earlier of the two
    bool is_late;        // the deadline has passed: no error handler keeps the script alive
    char late_words[80]; // what to say then
    const struct script *script;
    uint64_t chance;         // of math.random
    struct buffer reply;     // of the command under way
    struct buffer text;      // being made
    struct json_reader json; // being read
    bool has_json;
};

struct script_run_state *script_state(lua_State *lua);

// Raises an error when the deadline has passed.
void script_check_time(lua_State *lua);

void script_hash(struct bytes text, char hash[SCRIPT_HASH_SIZE + 1]);

static inline struct bytes script_text_at(lua_State *lua, int index)
{
    size_t size = 0;
    const char *const text = lua_tolstring(lua, index, &size);
    return (struct bytes){.data = (const uint8_t *)text, .size = text == NULL ? 0 : size};
}

static inline void script_push_bytes(lua_State *lua, struct bytes bytes)
{
    lua_pushlstring(lua, bytes.size == 0 ? "" : (const char *)bytes.data, bytes.size);
}

// script_value.c: replies as Lua values, and Lua values as replies.
// Pushes the first value of a reply; returns its size.
size_t script_push_reply(lua_State *lua, struct bytes reply);
// Appends the value at the index to state->text.
void script_write_resp(lua_State *lua, int index);
void script_write_json(lua_State *lua, int index);
void script_write_json_text(struct buffer *out, struct bytes text);

// Pushes a JSON text, undone; any JSON value, nil for what is none.
void script_push_json_text(lua_State *lua, struct bytes json);
void script_push_json_value(lua_State *lua, struct bytes json);

// Lua's own library without what a sandbox cannot have, into the globals.
void script_open_library(lua_State *lua); // script_library.c
// luaL_loadbuffer of text only: bytecode can do what the language cannot.
int script_load_text(lua_State *lua, struct bytes text, const char *name);

// Modules: push the table.
void script_open_tile38(lua_State *lua);  // script_tile38.c
void script_open_json(lua_State *lua);    // script_json.c
void script_open_objects(lua_State *lua); // script_object.c: adds to the tile38 table at the top
// Replaces string.find, match, gmatch and gsub of the table at the top.
void script_open_patterns(lua_State *lua); // script_pattern.c

// Runs a command made of the Lua values from `first` to the top, and an optional first word; the reply is
// in state->reply. Raises its error.
void script_command_run(lua_State *lua, const char *word, int first);
// The error reply in state->reply, as an error of Lua.
int script_raise_reply(lua_State *lua);
bool script_reply_is_error(const struct script_run_state *state);

#endif
