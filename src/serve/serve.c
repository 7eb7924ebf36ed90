#include "serve/serve.h"

#include <stdio.h>
#include <string.h>

#include "atlas/atlas.h"
#include "command/script.h"
#include "deliver/deliver.h"
#include "ip/ip_book.h"
#include "serve/control.h"
#include "serve/front.h"
#include "serve/live_server.h"
#include "serve/log.h"
#include "serve/openapi.h"
#include "serve/resp.h"
#include "sys/clock.h"
#include "sys/signal.h"

enum { THREADS_MAX = 256, PORTS_TRIED_MAX = 100 };

#define FIELD(name) offsetof(struct serve_settings, name)

const struct option serve_options[SERVE_OPTION_COUNT] = {
    {.name = "config",
     .kind = OPTION_TEXT,
     .offset = FIELD(config),
     .value = "FILE",
     .help = "read these options from a YAML file, one `name: value` a line"},
    {.name = "atlas",
     .kind = OPTION_TEXT,
     .offset = FIELD(atlas),
     .value = "FILE",
     .help = "the atlas to serve"},
    {.name = "lock",
     .kind = OPTION_SWITCH,
     .offset = FIELD(locks_atlas),
     .help = "read what searches touch of the atlas at the start and keep it in memory"},
    {.name = "data",
     .kind = OPTION_TEXT,
     .offset = FIELD(data),
     .value = "DIR",
     .help = "keep live data here, made when it is not there; :memory: keeps them in memory only"},
    {.name = "durability",
     .kind = OPTION_TEXT,
     .offset = FIELD(durability),
     .value = "WORD",
     .fallback = "commit",
     .choices = "commit sync",
     .help = "answer writes when they survive the end of the process (commit) or a power cut "
             "(sync)"},
    {.name = "journal-keep",
     .kind = OPTION_DURATION,
     .offset = FIELD(journal_keep_us),
     .value = "TIME",
     .fallback = "0s",
     .help = "keep the journal so long, to restore a backup to any moment since (rhumb restore)"},
    {.name = "memory-objects",
     .kind = OPTION_SIZE,
     .offset = FIELD(memory_objects_size),
     .value = "SIZE",
     .fallback = "0",
     .help = "memory that objects may fill; 0: no limit"},
    {.name = "memory-fences",
     .kind = OPTION_SIZE,
     .offset = FIELD(memory_fences_size),
     .value = "SIZE",
     .fallback = "0",
     .help = "memory that fences may fill; 0: no limit"},
    {.name = "memory-queues",
     .kind = OPTION_SIZE,
     .offset = FIELD(memory_queues_size),
     .value = "SIZE",
     .fallback = "0",
     .help = "memory of writes and deliveries under way; 0: no limit"},
    {.name = "memory-scripts",
     .kind = OPTION_SIZE,
     .offset = FIELD(memory_scripts_size),
     .value = "SIZE",
     .fallback = "64M",
     .help = "memory that scripts may fill; 0: no limit"},
    {.name = "hook-allow",
     .kind = OPTION_LIST,
     .offset = FIELD(hook_allow),
     .value = "CIDR",
     .help =
         "networks that hooks may reach besides public addresses, for example 10.0.0.0/8; may be "
         "repeated, or comma-separated"},
    {.name = "resp",
     .kind = OPTION_TEXT,
     .offset = FIELD(resp),
     .value = "ADDRESS",
     .help = "where clients of Tile38 connect, e.g. 127.0.0.1:9851; needs --data"},
    {.name = "resp-bulk",
     .kind = OPTION_SIZE,
     .offset = FIELD(resp_bulk_size),
     .value = "SIZE",
     .fallback = "64M",
     .help = "largest string of a RESP command"},
    {.name = "http",
     .kind = OPTION_TEXT,
     .offset = FIELD(http),
     .value = "ADDRESS",
     .fallback = "127.0.0.1:7070",
     .help = "where the API listens"},
    {.name = "mmdb",
     .kind = OPTION_LIST,
     .offset = FIELD(mmdb),
     .value = "FILE",
     .help = "database of IP addresses in MaxMind's format, for /v1/ip; may be repeated, what the "
             "first knows is believed"},
    {.name = "trust-proxy",
     .kind = OPTION_LIST,
     .offset = FIELD(trust_proxy),
     .value = "CIDR",
     .help = "networks of reverse proxies whose X-Forwarded-For says where a request comes from, "
             "for example 127.0.0.1 or 10.0.0.0/8; may be repeated"},
    {.name = "next-port",
     .kind = OPTION_SWITCH,
     .offset = FIELD(takes_next_port),
     .help = "take the next free port when that of --http is taken"},
    {.name = "metrics",
     .kind = OPTION_TEXT,
     .offset = FIELD(metrics),
     .value = "ADDRESS",
     .help = "serve /metrics here and not with the API"},
    {.name = "redis",
     .kind = OPTION_TEXT,
     .offset = FIELD(redis),
     .value = "ADDRESS",
     .help = "answer the GEO commands of Redis here, over the live data of --data"},
    {.name = "listen-dialect",
     .kind = OPTION_LIST,
     .offset = FIELD(listen_dialects),
     .value = "NAME=ADDRESS",
     .help = "give another geocoder's interface the root of a listener of its own, for example "
             "nominatim=127.0.0.1:8088; may be repeated, or comma-separated"},
    {.name = "control",
     .kind = OPTION_TEXT,
     .offset = FIELD(control),
     .value = "SOCKET",
     .help = "where rhumb publish and rhumb rollback reach this server"},
    {.name = "threads",
     .kind = OPTION_COUNT,
     .offset = FIELD(threads),
     .maximum = THREADS_MAX,
     .value = "N",
     .fallback = "0",
     .help = "loops that answer; 0: one a core"},
    {.name = "api-key-file",
     .kind = OPTION_TEXT,
     .offset = FIELD(api_key_file),
     .value = "FILE",
     .help = "answer only those who show a key of this file, one a line"},
    {.name = "insecure",
     .kind = OPTION_SWITCH,
     .offset = FIELD(is_insecure),
     .help = "listen beyond this machine without keys"},
    {.name = "host-name",
     .kind = OPTION_TEXT,
     .offset = FIELD(host_names),
     .value = "NAME,...",
     .help = "names under which clients reach this server"},
    {.name = "log-requests",
     .kind = OPTION_SWITCH,
     .offset = FIELD(logs_requests),
     .help = "log route, status and duration of each request"},
    {.name = "log-queries",
     .kind = OPTION_SWITCH,
     .offset = FIELD(logs_queries),
     .help = "log also what was asked, texts and positions"},
    {.name = "connections",
     .kind = OPTION_COUNT,
     .offset = FIELD(connections),
     .minimum = 1,
     .maximum = 1000000,
     .value = "N",
     .fallback = "4096",
     .help = "connections open at once in one loop; more wait"},
    {.name = "head-limit",
     .kind = OPTION_SIZE,
     .offset = FIELD(head_size),
     .value = "SIZE",
     .fallback = "16K",
     .help = "request line and header fields of a request"},
    {.name = "body-limit",
     .kind = OPTION_SIZE,
     .offset = FIELD(body_size),
     .value = "SIZE",
     .fallback = "8M",
     .help = "body of a request"},
    {.name = "idle-timeout",
     .kind = OPTION_DURATION,
     .offset = FIELD(idle_us),
     .value = "TIME",
     .fallback = "60s",
     .help = "how long a connection may be silent between requests"},
    {.name = "request-timeout",
     .kind = OPTION_DURATION,
     .offset = FIELD(request_us),
     .value = "TIME",
     .fallback = "10s",
     .help = "how long a request may take to arrive, and an answer to be taken"},
    {.name = "drain-timeout",
     .kind = OPTION_DURATION,
     .offset = FIELD(drain_us),
     .value = "TIME",
     .fallback = "10s",
     .help = "how long requests under way may take to end when the server is stopped"},
};

// Output a peer has not taken before its next requests wait.
enum { BACKLOG_SIZE = 1 << 20 };

// What is open, in the order in which it was opened.
struct running {
    struct server server;
    struct address api, metrics, redis, resp;
    struct resp_hub hub; // when has_resp
    bool has_resp;
    struct front *fronts;
    unsigned front_count;
    struct control control;
    struct live_server live;
    struct ip_book *ip_book; // --mmdb
    struct ip_network proxies[OPTION_LIST_MAX];
};

enum { WORKERS = 4, WORKER_TASKS = 1024 };

static void atlas_release(void *atlas)
{
    atlas_close(atlas);
}

static void log_change(void *context, const char *event, const struct control_change *change)
{
    const struct server *const server = context;
    struct log_entry entry;
    log_begin(&entry, server->sys, server->account, event);
    JSON_KEY(&entry.json, "old");
    json_unsigned(&entry.json, change->old_number);
    JSON_KEY(&entry.json, "new");
    json_unsigned(&entry.json, change->new_number);
    JSON_KEY(&entry.json, "file");
    json_text_of(&entry.json, change->new_name);
    log_end(&entry);
}

static void log_text(const struct server *server, const char *event, const char *text)
{
    struct log_entry entry;
    log_begin(&entry, server->sys, server->account, event);
    JSON_KEY(&entry.json, "message");
    json_text_of(&entry.json, text);
    log_end(&entry);
}

// Beyond this machine only with keys, or when it was said aloud.
static enum status check_exposure(const struct server *server, const struct address *address,
                                  const char *option, struct fault *fault)
{
    if (address_is_loopback(address) || server->guard.keys != NULL) {
        return STATUS_OK;
    }
    if (!server->settings->is_insecure) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s is reachable from other machines: give --api-key-file FILE, or "
                         "--insecure to let everybody ask",
                         option);
    }
    log_text(server, "warning", "everybody who reaches this server may ask it (--insecure)");
    return STATUS_OK;
}

// Finds the port: the given one, or the next that is free.
static enum status find_port(const struct serve_settings *settings, struct address *address,
                             struct fault *fault)
{
    const unsigned first = address_port(address);
    enum status status = first == 0 ? STATUS_OK : listener_probe(address, fault);
    for (unsigned port = first + 1; status == STATUS_BUSY && settings->takes_next_port &&
                                    port <= UINT16_MAX && port < first + PORTS_TRIED_MAX;
         port++) {
        address_port_set(address, (uint16_t)port);
        status = listener_probe(address, fault);
    }
    if (status == STATUS_BUSY && !settings->takes_next_port) {
        return fault_prefix(fault, status, "--next-port takes another port");
    }
    return status;
}

static enum status open_atlas(struct server *server, const struct serve_settings *settings,
                              struct fault *fault)
{
    if (settings->atlas == NULL) {
        return STATUS_OK;
    }
    struct atlas *atlas = NULL;
    TRY(atlas_open(server->sys, server->account, settings->atlas, &atlas, fault));
    if (settings->locks_atlas && atlas_lock(atlas) == 0) {
        log_text(server, "warning",
                 "--lock: the system lets nothing of the atlas be kept in memory; raise its limit "
                 "(ulimit -l, LimitMEMLOCK=)");
    }
    return generation_publish(&server->generations, atlas, settings->atlas, fault);
}

static enum status prepare_resp(struct running *running, const struct serve_settings *settings,
                                struct fault *fault)
{
    struct server *const server = &running->server;
    if (settings->resp == NULL) {
        return STATUS_OK;
    }
    if (settings->data == NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "--resp serves live data: say where to keep it with --data DIR");
    }
    TRY(address_parse(settings->resp, "--resp", &running->resp, fault));
    TRY(check_exposure(server, &running->resp, "--resp", fault));
    resp_hub_begin(&running->hub, &server->world, &server->guard, &server->workers,
                   &running->live.objects, settings->resp_bulk_size);
    server->world.tile38 = &running->hub.tile38;
    running->has_resp = true;
    return STATUS_OK;
}

// Where hooks with local:// go.
static void publish_channel(void *hub, struct bytes channel, struct bytes message)
{
    (void)resp_hub_publish(hub, channel, message);
}

// "nominatim=127.0.0.1:8088"
static enum status prepare_dialect(struct server *server, const char *text, struct fault *fault)
{
    static const char option[] = "--listen-dialect";
    const char *const mark = strchrnul(text, '=');
    const struct dialect *const dialect =
        dialect_find((struct bytes){(const uint8_t *)text, (size_t)(mark - text)});
    if (*mark == '\0') {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s %s: say NAME=ADDRESS, for example nominatim=127.0.0.1:8088", option,
                         text);
    }
    if (dialect == NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s %s: there is no dialect '%.*s'", option,
                         text, (int)(mark - text), text);
    }
    if (server->dialect_count == SERVER_DIALECTS_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: there may be at most %d", option,
                         SERVER_DIALECTS_MAX);
    }
    struct address *const address = &server->dialect_addresses[server->dialect_count];
    TRY(address_parse(mark + 1, option, address, fault));
    TRY(check_exposure(server, address, option, fault));
    if (address_port(address) != 0) {
        TRY(listener_probe(address, fault));
    }
    server->dialects[server->dialect_count++] = dialect;
    return STATUS_OK;
}

static enum status prepare_dialects(struct server *server, const struct serve_settings *settings,
                                    struct fault *fault)
{
    for (unsigned i = 0; i < settings->listen_dialects.count; i++) {
        const char *rest = settings->listen_dialects.items[i];
        while (*rest != '\0') {
            const char *const end = strchrnul(rest, ',');
            char text[ADDRESS_TEXT_SIZE + 32];
            (void)snprintf(text, sizeof(text), "%.*s", (int)(end - rest), rest); // cut: no address
            TRY(prepare_dialect(server, text, fault));
            rest = *end == ',' ? end + 1 : end;
        }
    }
    server->guard.more_bound = server->dialect_addresses;
    server->guard.more_bound_count = server->dialect_count;
    return STATUS_OK;
}

// What /v1/ip answers from, and whose word it takes for where a request comes from.
static enum status prepare_addresses(struct running *running, const struct serve_settings *settings,
                                     struct fault *fault)
{
    struct world *const world = &running->server.world;
    for (unsigned i = 0; i < settings->trust_proxy.count; i++) {
        if (!ip_network_parse(bytes_from_text(settings->trust_proxy.items[i]),
                              &running->proxies[i])) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "--trust-proxy: '%.80s' is not a network like 10.0.0.0/8, fd00::/8 or "
                             "127.0.0.1",
                             settings->trust_proxy.items[i]);
        }
    }
    world->proxies = running->proxies;
    world->proxy_count = settings->trust_proxy.count;
    if (settings->mmdb.count == 0) {
        return STATUS_OK;
    }
    const enum status status = ip_book_open(world->account, settings->mmdb.items,
                                            settings->mmdb.count, &running->ip_book, fault);
    world->ip_book = running->ip_book;
    return status == STATUS_OK ? STATUS_OK : fault_prefix(fault, status, "--mmdb");
}

static enum status prepare(struct running *running, const struct serve_settings *settings,
                           struct fault *fault)
{
    struct server *const server = &running->server;
    TRY(address_parse(settings->http, "--http", &running->api, fault));
    if (settings->metrics != NULL) {
        TRY(address_parse(settings->metrics, "--metrics", &running->metrics, fault));
    }
    if (settings->redis != NULL) {
        TRY(address_parse(settings->redis, "--redis", &running->redis, fault));
        if (settings->data == NULL) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "--redis works on live data: say where, --data DIR");
        }
        server->redis = &running->redis;
    }
    if (settings->atlas == NULL && settings->data == NULL && settings->mmdb.count == 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "say what to serve: --atlas FILE, --data DIR, --mmdb FILE, or several");
    }
    TRY(guard_open(server->sys, server->account, settings->api_key_file, settings->host_names,
                   &server->guard, fault));
    server->guard.bound = running->api;
    TRY(check_exposure(server, &running->api, "--http", fault));
    if (settings->metrics != NULL) {
        TRY(check_exposure(server, &running->metrics, "--metrics", fault));
    }
    if (settings->redis != NULL) {
        TRY(check_exposure(server, &running->redis, "--redis", fault));
        TRY(find_port(settings, &running->redis, fault));
    }
    TRY(find_port(settings, &running->api, fault));
    TRY(prepare_dialects(server, settings, fault));
    TRY(routes_open(server->account, &server->routes, fault));
    openapi_write(RHUMB_VERSION, &server->routes, &server->openapi);
    TRY(buffer_status(&server->openapi));
    TRY(open_atlas(server, settings, fault));
    TRY(prepare_resp(running, settings, fault));
    TRY(prepare_addresses(running, settings, fault));
    TRY(live_server_open(&running->live, settings, &server->world, fault));
    if (running->has_resp) {
        const struct script_settings script_settings = {0};
        deliver_set_channels(server->world.deliver, publish_channel, &running->hub);
        TRY(scripts_new(server->sys, &running->live.scripts, &script_settings,
                        &running->hub.tile38.scripts, fault));
    }
    return server->world.live == NULL
               ? STATUS_OK
               : workers_start(&server->workers, server->account, WORKERS, WORKER_TASKS, fault);
}

static enum status start_fronts(struct running *running, struct fault *fault)
{
    struct server *const server = &running->server;
    const unsigned asked = server->settings->threads;
    const unsigned count = asked == 0 ? thread_core_count() : asked;
    running->fronts = memory_take_zeroed(server->account, count, sizeof(*running->fronts));
    server->metric_sets = memory_take_zeroed(server->account, count, sizeof(*server->metric_sets));
    if (running->fronts == NULL || server->metric_sets == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for %u threads", count);
    }
    for (unsigned i = 0; i < count; i++) {
        struct front *const front = &running->fronts[i];
        const bool has_metrics = i == 0 && server->settings->metrics != NULL;
        TRY(front_open(front, server, i, &running->api, has_metrics ? &running->metrics : NULL,
                       fault));
        running->front_count++;
        if (running->has_resp) {
            TRY(resp_front_open(&running->hub, &front->shard, &running->resp,
                                server->settings->connections, &front->resp, fault));
        }
        server->metric_sets[server->metric_set_count++] = front->responder.metrics;
    }
    for (unsigned i = 0; i < count; i++) {
        TRY(front_start(&running->fronts[i], fault));
    }
    return STATUS_OK;
}

static enum status start_control(struct running *running, struct fault *fault)
{
    struct server *const server = &running->server;
    if (server->settings->control == NULL) {
        return STATUS_OK;
    }
    running->control = (struct control){
        .locks_atlas = server->settings->locks_atlas,
        .generations = &server->generations,
        .sys = server->sys,
        .account = server->account,
        .ledger = running->live.ledger,
        .changed = log_change,
        .context = server,
    };
    return control_start(&running->control, server->settings->control, fault);
}

static void stop_all(struct running *running)
{
    struct server *const server = &running->server;
    control_stop(&running->control);
    atomic_store(&server->is_draining, true);
    for (unsigned i = 0; i < running->front_count; i++) {
        front_drain(&running->fronts[i]);
    }
    for (unsigned i = 0; i < running->front_count; i++) {
        front_join(&running->fronts[i]);
    }
    workers_stop(&server->workers);
    live_server_close(&running->live);
    ip_book_close(running->ip_book);
    for (unsigned i = 0; i < running->front_count; i++) {
        front_close(&running->fronts[i]);
    }
    if (running->has_resp) {
        resp_hub_end(&running->hub);
        scripts_free(running->hub.tile38.scripts);
    }
    generations_release(&server->generations);
    memory_give(running->fronts);
    memory_give(server->metric_sets);
    guard_close(&server->guard);
    routes_close(&server->routes);
    buffer_free(&server->openapi);
}

static void wait_for_end(struct running *running, const struct serve_hooks *hooks)
{
    char address[ADDRESS_TEXT_SIZE];
    char url[ADDRESS_TEXT_SIZE + 24];
    if (running->server.redis != NULL) {
        address_format(running->server.redis, address);
        (void)snprintf(url, sizeof(url), "redis://%s", address);
        log_text(&running->server, "listening", url);
    }
    for (unsigned i = 0; i < running->server.dialect_count; i++) {
        address_format(&running->server.dialect_addresses[i], address);
        (void)snprintf(url, sizeof(url), "%s=%s", running->server.dialects[i]->name, address);
        log_text(&running->server, "listening", url);
    }
    address_format(&running->api, address);
    (void)snprintf(url, sizeof(url), "http://%s", address);
    log_text(&running->server, "listening", url);
    if (hooks == NULL || hooks->ready(hooks->context, url)) {
        (void)signal_wait(-1);
    }
    log_text(&running->server, "draining", "no new connections; requests under way are answered");
}

enum status serve_run(const struct serve_settings *settings, const struct sys *sys,
                      struct memory_account *account, const struct serve_hooks *hooks,
                      struct fault *fault)
{
    if (strcmp(settings->durability, "commit") != 0 && strcmp(settings->durability, "sync") != 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "--durability: it is commit or sync");
    }
    const struct session_limits limits = {
        .http = {.tells_heads = true,
                 .head_size = settings->head_size,
                 .target_size = settings->head_size / 2,
                 .field_count = 100,
                 .body_size = settings->body_size},
        .idle_us = settings->idle_us,
        .request_us = settings->request_us,
        .answer_us = 3 * settings->request_us,
        .backlog_size = BACKLOG_SIZE,
    };
    struct running running = {
        .server = {.settings = settings,
                   .sys = sys,
                   .account = account,
                   .limits = limits,
                   .generations = {.account = account, .release = atlas_release},
                   .openapi = {.account = account},
                   .world = {.sys = sys, .account = account},
                   .started_us = sys_monotonic_us(sys)},
    };
    enum status status = prepare(&running, settings, fault);
    if (status == STATUS_OK) {
        signal_hold(); // before the threads, which inherit it
        status = live_server_start(&running.live, fault);
        if (status == STATUS_OK) {
            status = start_fronts(&running, fault);
        }
        if (status == STATUS_OK) {
            status = start_control(&running, fault);
        }
        if (status == STATUS_OK) {
            wait_for_end(&running, hooks);
        }
        signal_release();
    }
    stop_all(&running);
    return status;
}
