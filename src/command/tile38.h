// Tile38's commands, whoever brings them: a connection of RESP, a request of HTTP, a Lua script.
//
//     words --tile38_run--> reads the view, or decides inside a turn --> one reply, appended
//
// A reply is RESP, or Tile38's JSON ({"ok":true,…,"elapsed":"1.5µs"}) without a frame round it. Errors
// are Tile38's words. What concerns a connection (AUTH, OUTPUT, CLIENT, SUBSCRIBE, CONFIG …) is not here
// but with the connections (serve/resp.h).
//
// Reads run where a view may be read (a shard's turn, a worker's pin, the ledger's thread); writes only
// inside a ledger job. One request at a time; requests share nothing but `struct tile38`.
#ifndef COMMAND_TILE38_H
#define COMMAND_TILE38_H

#include "codec/resp.h"
#include "command/world.h"
#include "ledger/ledger.h"
#include "live/live.h"

enum { TILE38_COMMANDS_MAX = 80 };

// What the commands of one server share. Any thread.
struct tile38 {
    struct world *world;
    const struct memory_account *objects; // what `maxmemory` limits
    struct scripts *scripts;              // command/script.h; NULL: none are run
    _Atomic bool is_read_only;            // READONLY
    _Atomic uint64_t memory_max;          // CONFIG SET maxmemory; 0: none
    int64_t started_us;                   // monotonic
    char server_id[33];
    // Counted by those who carry connections and messages.
    _Atomic uint64_t connections, connections_total, commands, messages, hooks;
    _Atomic uint64_t runs[TILE38_COMMANDS_MAX]; // of each command, in the order of the table
    // Sends the message of a channel to who subscribed; on the ledger's thread. NULL: nobody can.
    void (*send)(void *context, struct bytes channel, struct bytes message);
    void *send_context;
};

// Fills the rest from the world.
void tile38_open(struct tile38 *tile38, struct world *world);
// Before ledger_open, when the world has fences: gives them the parser of stored ones.
void tile38_fences_begin(struct tile38 *tile38);

enum tile38_output { TILE38_OUTPUT_RESP, TILE38_OUTPUT_JSON };

struct tile38_connection;

// Memory that is used again by the next request of the same thread.
struct tile38_scratch {
    struct buffer row, text, shape, fields, fields_other, list;
};
void tile38_scratch_begin(struct tile38_scratch *scratch, struct memory_account *account);
void tile38_scratch_end(struct tile38_scratch *scratch);

// Who gets the messages of NEARBY … FENCE. On the ledger's thread, in order.
struct tile38_listener {
    void (*send)(void *context, struct bytes message);
    void *context;
};

// One command under way.
struct tile38_request {
    struct tile38 *tile38;
    const struct bytes *arguments; // the first is the command's name
    size_t argument_count;         // at least 1
    enum tile38_output output;
    enum resp_version version;
    struct live_view view;
    struct ledger_turn *turn;               // NULL: reads only
    int64_t now_us;                         // wall clock
    int64_t begun_us;                       // monotonic
    int64_t deadline_us;                    // monotonic: TIMEOUT; INT64_MAX: none
    const struct tile38_listener *listener; // NULL: FENCE is refused
    struct buffer *out;
    struct tile38_scratch *scratch;

    struct tile38_connection *connection; // of a FENCE that was opened; to be closed in a job
    struct fault fault;                   // of a failure: its words
    bool is_in_script;
    // EVALNA: runs a request by itself, a write in a job of its own. NULL: nobody can.
    void (*apart)(void *context, struct tile38_request *request);
    void *apart_context;
    unsigned depth; // of scripts and TIMEOUT inside each other
};

enum tile38_place {
    TILE38_PLACE_NONE,   // no such command here
    TILE38_PLACE_VIEW,   // reads
    TILE38_PLACE_TURN,   // writes
    TILE38_PLACE_WORKER, // reads, and may take long (scripts)
};
// Appends what Prometheus asks of Tile38, under its names.
void tile38_metrics(struct tile38 *tile38, struct buffer *out);

// Where this command is to be run. TIMEOUT is looked through.
enum tile38_place tile38_place(const struct bytes *arguments, size_t argument_count);

// Runs it and appends exactly one reply; false when that is an error.
bool tile38_run(struct tile38_request *request);
// The object a command is about, when it is one that sets, deletes or gets an object by its id.
bool tile38_object_of(const struct bytes *arguments, size_t count, struct live_name *name);

// For commands elsewhere that reply in the same way. ------------------------------------------------

// {"ok":true … ,"elapsed":"81ns"}: the members between begin with a comma.
void tile38_json_begin(struct tile38_request *request);
void tile38_json_end(struct tile38_request *request);
// +OK or {"ok":true,…}
void tile38_reply_ok(struct tile38_request *request);
// Writes the reply of a failure: Tile38's words without "ERR ", which is added where it belongs.
void tile38_reply_error(struct tile38_request *request, struct bytes message);

// Fill request->fault and return a status that is not OK.
PRINTF_LIKE(2, 3)
enum status tile38_fail(struct tile38_request *request, const char *format, ...);
enum status tile38_fail_count(struct tile38_request *request); // wrong number of arguments
enum status tile38_fail_argument(struct tile38_request *request, struct bytes argument);

// "set" is SET is sEt.
bool tile38_is_word(struct bytes text, const char *lower);

#endif
