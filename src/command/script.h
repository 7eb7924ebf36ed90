// Script: Lua 5.1 for the Tile38 dialect, in a sandbox.
//
// EVAL runs inside a ledger job, EVALRO on a thread that may read, EVALNA on a worker that sends each
// command by itself; what differs is the function that runs their commands. Here is only the language:
// a script gets KEYS, ARGV, EVAL_CMD, `tile38` and `json`, and gives one value, which becomes a reply.
//
//     tile38.call pcall error_reply status_reply sha1hex distance_to get iterate
//     json.encode decode
//
// Every run has an interpreter of its own, made for it and thrown away with it, so no script can leave
// anything for the next. It has no io, no os but clock, time, date and difftime, no load of files or
// bytecode, no debug. It is the original Lua 5.1: LuaJIT's hooks fall silent for good when a stack
// overflows inside one, and then nothing ends a script. Memory is taken from an account and limited per run;
// time is limited by a hook on the count of instructions, patterns of string.find and the like by
// their steps. Errors cannot be caught to go on after the time is up.
//
// Any thread; runs at the same time share only the scripts that SCRIPT LOAD and EVAL have kept.
#ifndef COMMAND_SCRIPT_H
#define COMMAND_SCRIPT_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "sys/sys.h"

struct scripts;

struct script_settings {
    size_t memory_size; // of one run; 0: 64 MiB
    int64_t time_us;    // of one run at most, whatever its deadline; 0: 5 s
    size_t kept_size;   // of the texts kept by their hash; 0: 16 MiB; more are refused
};

MUST_USE enum status scripts_new(const struct sys *sys, struct memory_account *account,
                                 const struct script_settings *settings, struct scripts **scripts,
                                 struct fault *fault);
void scripts_free(struct scripts *scripts); // NULL is accepted

enum { SCRIPT_HASH_SIZE = 40 }; // SHA-1, hexadecimal

// SCRIPT LOAD: compiles it, keeps it, gives its hash. Fails: OUT_OF_RANGE with Lua's words; NO_MEMORY;
// NO_SPACE when too many are kept.
MUST_USE enum status script_load(struct scripts *scripts, struct bytes text,
                                 char hash[SCRIPT_HASH_SIZE + 1], struct fault *fault);
bool script_exists(struct scripts *scripts, struct bytes hash);
void scripts_flush(struct scripts *scripts);

// Runs one command for a script and appends its reply, RESP2. An error reply ("-ERR …") becomes an error
// in Lua.
typedef void script_command(void *context, const struct bytes *words, size_t count,
                            struct buffer *reply);

struct script {
    struct bytes text; // or its hash
    bool is_hash;
    const char *command; // EVAL_CMD: "eval", "evalro", "evalna" …
    const struct bytes *keys;
    size_t key_count;
    const struct bytes *arguments;
    size_t argument_count;
    int64_t deadline_us; // monotonic, of TIMEOUT; INT64_MAX: none
    script_command *call;
    void *context;
};

enum script_output { SCRIPT_RESP, SCRIPT_JSON };

// Runs it and appends the value it gives: a RESP2 reply, or a JSON value. Fails with what to answer
// behind "ERR ": NOT_FOUND (no such hash), CANCELLED ("timeout"), OUT_OF_RANGE (Lua's words), NO_MEMORY.
MUST_USE enum status script_run(struct scripts *scripts, const struct script *script,
                                enum script_output output, struct buffer *out, struct fault *fault);

// WHEREEVAL and WHEREEVALSHA: the same script asked about one object after another, in one
// interpreter. Of `script` keys, command and call are not used; ARGV are its arguments.
struct script_condition;

MUST_USE enum status script_condition_begin(struct scripts *scripts, const struct script *script,
                                            struct script_condition **condition,
                                            struct fault *fault);
void script_condition_end(struct script_condition *condition); // NULL is accepted

// The object as FIELDS (encoded as in live/row.h), ID and PROPERTIES (JSON text; size 0: none).
struct script_object {
    struct bytes id, fields, properties;
};
MUST_USE enum status script_condition_holds(struct script_condition *condition,
                                            const struct script_object *object, bool *holds,
                                            struct fault *fault);

#endif
