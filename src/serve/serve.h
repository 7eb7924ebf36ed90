// Serve: the server process: an atlas and live data answered over HTTP until it is asked to stop.
//
//     main thread   starts the rest, waits for SIGTERM or SIGINT, ends it
//     shards        one loop a core: accept, decode, search, answer (serve/front.h)
//     control       one thread: publish, rollback (serve/control.h)
//     ledger        one thread: the only writer of live data (ledger/ledger.h), with --data
//     workers       a few threads: late reads (serve/workers.h)
//
// Conventions of the HTTP interface stand in command/command.h and in /v1/openapi.json.
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdbool.h>

#include "base/memory.h"
#include "base/option.h"
#include "base/status.h"
#include "sys/sys.h"

// Filled through serve_options.
struct serve_settings {
    const char *config;      // the YAML file the rest was read from, by whoever fills this
    const char *atlas;       // NULL: none
    const char *data;        // folder of live data, or ":memory:"; NULL: none is kept
    const char *durability;  // of writes that do not say: "commit" or "sync"
    int64_t journal_keep_us; // beyond what a restart needs
    size_t memory_objects_size, memory_fences_size, memory_queues_size, memory_scripts_size;
    struct option_list hook_allow; // networks that hooks may reach; deliver/reach.h
    const char *resp;              // address of Tile38's dialect; NULL: none
    size_t resp_bulk_size;         // of one string of RESP
    const char *http;              // address of the API
    const char *metrics; // address of /metrics alone; NULL: /metrics is served with the API
    const char *redis;   // address of the Redis dialect; NULL: none
    struct option_list listen_dialects; // NAME=ADDRESS
    struct option_list mmdb;            // files
    struct option_list trust_proxy;     // networks
    const char *control;                // path of the control socket; NULL: none
    unsigned threads;                   // 0: one a core
    bool takes_next_port;
    bool locks_atlas;
    const char *api_key_file;
    bool is_insecure;
    const char *host_names; // comma-separated; NULL: none beside our own
    bool logs_requests;
    bool logs_queries;
    unsigned connections; // open at once, of one shard
    size_t head_size, body_size;
    int64_t idle_us, request_us, drain_us;
};

#define SERVE_OPTION_COUNT 33
extern const struct option serve_options[SERVE_OPTION_COUNT];

struct serve_hooks {
    // On the main thread, once requests are answered. `url` is "http://127.0.0.1:7070". False: stop
    // now instead of waiting for a signal.
    bool (*ready)(void *context, const char *url);
    void *context;
};

// Serves; blocks until stopped and drained, which is OK. SIGTERM and SIGINT are ours meanwhile; a
// second one while draining ends the process.
// Fails: what atlas_open says; OUT_OF_RANGE for settings; BUSY when a port is taken; IO; NO_MEMORY.
MUST_USE enum status serve_run(const struct serve_settings *settings, const struct sys *sys,
                               struct memory_account *account, const struct serve_hooks *hooks,
                               struct fault *fault);

#endif
