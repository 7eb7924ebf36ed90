#include <stddef.h>
#include <stdio.h>

#include "command/tile38_private.h"
#include "sys/thread.h"

// The version of Tile38 whose dialect this is.
#define TILE38_VERSION "1.37.0"

enum status tile38_healthz(struct tile38_request *request)
{
    if (request->argument_count != 1) {
        return tile38_fail_count(request);
    }
    tile38_reply_ok(request);
    return STATUS_OK;
}

enum status tile38_gc(struct tile38_request *request)
{
    // Memory goes back by itself.
    tile38_reply_ok(request);
    return STATUS_OK;
}

enum status tile38_readonly(struct tile38_request *request)
{
    if (request->argument_count != 2) {
        return tile38_fail_count(request);
    }
    const struct bytes word = request->arguments[1];
    const bool is_yes = tile38_is_word(word, "yes");
    if (!is_yes && !tile38_is_word(word, "no")) {
        return tile38_fail_argument(request, word);
    }
    atomic_store_explicit(&request->tile38->is_read_only, is_yes, memory_order_relaxed);
    tile38_reply_ok(request);
    return STATUS_OK;
}

enum status tile38_role(struct tile38_request *request)
{
    if (request->argument_count != 1) {
        return tile38_fail_count(request);
    }
    const lsn last = ledger_last(request->tile38->world->ledger);
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_format(request->out,
                             ",\"role\":{\"role\":\"master\",\"offset\":%llu,\"slaves\":[]}",
                             (unsigned long long)last);
        tile38_json_end(request);
        return STATUS_OK;
    }
    resp_write_array(request->out, 3);
    resp_write_bulk(request->out, BYTES_OF("master"));
    resp_write_integer(request->out, (int64_t)last);
    resp_write_array(request->out, 0);
    return STATUS_OK;
}

enum status tile38_timeout(struct tile38_request *request)
{
    double seconds = 0;
    if (request->argument_count < 3 || request->arguments[1].size == 0) {
        return tile38_fail_count(request);
    }
    const struct bytes word = request->arguments[1];
    if (!tile38_number(word, &seconds) || !(seconds >= 0)) {
        return tile38_fail_argument(request, word);
    }
    if (++request->depth > 8) {
        return tile38_fail(request, "too many TIMEOUT inside each other");
    }
    const double limit_us = seconds * 1e6 < 1e15 ? seconds * 1e6 : 1e15;
    const int64_t deadline_us = request->begun_us + (int64_t)limit_us;
    struct tile38_request inner = *request;
    inner.arguments += 2;
    inner.argument_count -= 2;
    inner.deadline_us = deadline_us < request->deadline_us ? deadline_us : request->deadline_us;
    // The inner one writes its own reply, also of its failure.
    (void)tile38_run(&inner);
    request->connection = inner.connection;
    return STATUS_OK;
}

enum status tile38_elsewhere(struct tile38_request *request)
{
    const struct bytes name = request->arguments[0];
    return tile38_fail(
        request,
        "'%.*s' is not for this server: it has no log file to read and no followers; "
        "docs/migrate/tile38.md says what to use instead",
        (int)name.size, (const char *)name.data);
}

// Figures. -------------------------------------------------------------------------------------------

struct totals {
    uint64_t collections, objects, points, strings, size, hooks;
};

static struct totals totals_of(const struct tile38_request *request)
{
    struct totals totals = {
        .hooks = atomic_load_explicit(&request->tile38->hooks, memory_order_relaxed)};
    for (const struct collection *collection =
             live_collection_next(request->view, (struct bytes){0});
         collection != NULL;
         collection = live_collection_next(request->view, collection_name(collection))) {
        const struct collection_counts counts = collection_counts(collection);
        totals.collections++;
        totals.objects += counts.objects;
        totals.points += counts.point_count;
        totals.strings += counts.strings;
        totals.size += counts.memory_size;
    }
    return totals;
}

// Rows in order of name: what RESP gives as name, value, name, value, and JSON as an object.
struct figures {
    struct tile38_request *request;
    struct buffer rows;
    size_t count;
};

static void add_figure(struct figures *figures, const char *name, const char *text, bool is_text)
{
    struct buffer *const rows = &figures->rows;
    if (tile38_is_json(figures->request)) {
        buffer_append_format(rows, is_text ? "%s\"%s\":\"%s\"" : "%s\"%s\":%s",
                             figures->count == 0 ? "" : ",", name, text);
    } else {
        resp_write_bulk(rows, bytes_from_text(name));
        resp_write_bulk(rows, bytes_from_text(text));
    }
    figures->count++;
}

static void add_count(struct figures *figures, const char *name, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    add_figure(figures, name, text, false);
}

static void add_bool(struct figures *figures, const char *name, bool value)
{
    add_figure(figures, name, value ? "true" : "false", false);
}

static uint64_t load(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

static uint64_t used_size(const struct tile38 *tile38)
{
    return tile38->objects == NULL
               ? 0
               : atomic_load_explicit(&tile38->objects->used_size, memory_order_relaxed);
}

static bool is_read_only(const struct tile38 *tile38)
{
    return atomic_load_explicit(&tile38->is_read_only, memory_order_relaxed);
}

static void add_basic(struct figures *figures, const struct totals *totals)
{
    struct tile38 *const tile38 = figures->request->tile38;
    const uint64_t used = used_size(tile38);
    const struct ledger_figures ledger = ledger_figures(tile38->world->ledger);
    add_count(figures, "aof_size", ledger.journal_size);
    add_count(figures, "avg_item_size", totals->points == 0 ? 0 : used / totals->points);
    add_count(figures, "cpus", thread_core_count());
    add_count(figures, "heap_released", 0);
    add_count(figures, "heap_size", used);
    add_bool(figures, "http_transport", true);
    add_figure(figures, "id", tile38->server_id, true);
    add_count(figures, "in_memory_size", totals->size);
    add_count(figures, "max_heap_size", load(&tile38->memory_max));
    add_count(figures, "mem_alloc", used);
    add_count(figures, "num_collections", totals->collections);
    add_count(figures, "num_hooks", totals->hooks);
    add_count(figures, "num_objects", totals->objects);
    add_count(figures, "num_points", totals->points);
    add_count(figures, "num_strings", totals->strings);
    add_count(figures, "pointer_size", sizeof(void *));
    add_bool(figures, "read_only", is_read_only(tile38));
    add_count(figures, "threads", thread_core_count());
    add_figure(figures, "version", TILE38_VERSION, true);
}

static void add_extended(struct figures *figures, const struct totals *totals)
{
    struct tile38 *const tile38 = figures->request->tile38;
    const struct sys *const sys = tile38->world->sys;
    const uint64_t used = used_size(tile38);
    const struct ledger_figures ledger = ledger_figures(tile38->world->ledger);
    const int64_t up_us = sys->monotonic_us(sys) - tile38->started_us;
    add_count(figures, "alloc_bytes", used);
    add_count(figures, "sys_cpus", thread_core_count());
    add_bool(figures, "tile38_aof_enabled", true);
    add_count(figures, "tile38_aof_size", ledger.journal_size);
    add_count(figures, "tile38_avg_point_size", totals->points == 0 ? 0 : used / totals->points);
    add_bool(figures, "tile38_cluster_enabled", false);
    add_count(figures, "tile38_connected_clients", load(&tile38->connections));
    add_count(figures, "tile38_connected_slaves", 0);
    add_bool(figures, "tile38_http_transport", true);
    add_figure(figures, "tile38_id", tile38->server_id, true);
    add_count(figures, "tile38_in_memory_size", totals->size);
    add_count(figures, "tile38_max_heap_size", load(&tile38->memory_max));
    add_count(figures, "tile38_num_collections", totals->collections);
    add_count(figures, "tile38_num_hooks", totals->hooks);
    add_count(figures, "tile38_num_objects", totals->objects);
    add_count(figures, "tile38_num_points", totals->points);
    add_count(figures, "tile38_num_strings", totals->strings);
    add_count(figures, "tile38_pointer_size", sizeof(void *));
    add_bool(figures, "tile38_read_only", is_read_only(tile38));
    add_count(figures, "tile38_total_commands_processed", load(&tile38->commands));
    add_count(figures, "tile38_total_connections_received", load(&tile38->connections_total));
    add_count(figures, "tile38_total_messages_sent", load(&tile38->messages));
    add_figure(figures, "tile38_type", "leader", true);
    add_count(figures, "tile38_uptime_in_seconds", (uint64_t)(up_us / 1000000));
    add_figure(figures, "tile38_version", TILE38_VERSION, true);
}

enum status tile38_server(struct tile38_request *request)
{
    if (request->argument_count > 2) {
        return tile38_fail_count(request);
    }
    const bool is_extended = request->argument_count == 2;
    if (is_extended && !tile38_is_word(request->arguments[1], "ext")) {
        return tile38_fail_argument(request, request->arguments[1]);
    }
    struct figures figures = {.request = request, .rows = {.account = request->out->account}};
    const struct totals totals = totals_of(request);
    (is_extended ? add_extended : add_basic)(&figures, &totals);
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"stats\":{");
        buffer_append_bytes(request->out, buffer_bytes(&figures.rows));
        buffer_append(request->out, "}", 1);
        tile38_json_end(request);
    } else {
        resp_write_array(request->out, figures.count * 2);
        buffer_append_bytes(request->out, buffer_bytes(&figures.rows));
    }
    const enum status status = buffer_status(&figures.rows);
    buffer_free(&figures.rows);
    return status;
}

// INFO. ----------------------------------------------------------------------------------------------

struct info {
    struct tile38_request *request;
    bool is_first;
};

static void info_text(struct info *info, const char *name, const char *value)
{
    struct buffer *const out = info->request->out;
    if (tile38_is_json(info->request)) {
        const bool is_number = value[0] >= '0' && value[0] <= '9' && strchr(value, '.') == NULL;
        buffer_append_format(out, is_number ? "%s\"%s\":%s" : "%s\"%s\":\"%s\"",
                             info->is_first ? "" : ",", name, value);
    } else {
        buffer_append_format(out, "%s:%s\r\n", name, value);
    }
    info->is_first = false;
}

static void info_count(struct info *info, const char *name, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    info_text(info, name, text);
}

static void info_server(struct info *info)
{
    struct tile38 *const tile38 = info->request->tile38;
    const struct sys *const sys = tile38->world->sys;
    info_text(info, "tile38_version", TILE38_VERSION);
    info_text(info, "redis_version", TILE38_VERSION);
    info_count(info, "uptime_in_seconds",
               (uint64_t)((sys->monotonic_us(sys) - tile38->started_us) / 1000000));
}

static void info_clients(struct info *info)
{
    info_count(info, "connected_clients", load(&info->request->tile38->connections));
}

static void info_memory(struct info *info)
{
    info_count(info, "used_memory", used_size(info->request->tile38));
}

static void info_persistence(struct info *info)
{
    info_count(info, "aof_enabled", 1);
    info_count(info, "aof_rewrite_in_progress", 0);
    info_count(info, "aof_last_rewrite_time_sec", 0);
    info_count(info, "aof_current_rewrite_time_sec", 0);
}

static void info_stats(struct info *info)
{
    struct tile38 *const tile38 = info->request->tile38;
    info_count(info, "total_connections_received", load(&tile38->connections_total));
    info_count(info, "total_commands_processed", load(&tile38->commands));
    info_count(info, "total_messages_sent", load(&tile38->messages));
    info_count(info, "expired_keys", 0);
}

static void info_replication(struct info *info)
{
    info_text(info, "role", "master");
    info_count(info, "connected_slaves", 0);
}

static void info_cpu(struct info *info)
{
    info_count(info, "cpus", thread_core_count());
}

static void info_cluster(struct info *info)
{
    info_count(info, "cluster_enabled", 0);
}

static const struct {
    const char *name, *title;
    void (*write)(struct info *info);
} info_sections[] = {
    {"server", "Server", info_server}, {"clients", "Clients", info_clients},
    {"memory", "Memory", info_memory}, {"persistence", "Persistence", info_persistence},
    {"stats", "Stats", info_stats},    {"replication", "Replication", info_replication},
    {"cpu", "CPU", info_cpu},          {"cluster", "Cluster", info_cluster},
};

static bool wants_section(const struct tile38_request *request, const char *name)
{
    bool is_wanted = request->argument_count == 1;
    for (size_t i = 1; i < request->argument_count; i++) {
        const struct bytes word = request->arguments[i];
        is_wanted = is_wanted || tile38_is_word(word, name) || tile38_is_word(word, "all") ||
                    tile38_is_word(word, "default") || tile38_is_word(word, "everything");
    }
    return is_wanted;
}

enum status tile38_info(struct tile38_request *request)
{
    struct buffer *const out = request->out;
    struct tile38_request inner = *request;
    struct buffer text = {.account = out->account};
    inner.out = &text;
    struct info info = {.request = &inner, .is_first = true};
    for (size_t i = 0; i < sizeof(info_sections) / sizeof(info_sections[0]); i++) {
        if (!wants_section(request, info_sections[i].name)) {
            continue;
        }
        if (!tile38_is_json(request)) {
            buffer_append_format(&text, "%s# %s\r\n", text.size == 0 ? "" : "\r\n",
                                 info_sections[i].title);
        }
        info_sections[i].write(&info);
    }
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(out, ",\"info\":{");
        buffer_append_bytes(out, buffer_bytes(&text));
        buffer_append(out, "}", 1);
        tile38_json_end(request);
    } else {
        resp_write_bulk(out, buffer_bytes(&text));
    }
    const enum status status = buffer_status(&text);
    buffer_free(&text);
    return status;
}

// Prometheus. ----------------------------------------------------------------------------------------

static void metric_head(struct buffer *out, const char *name, const char *kind, const char *help)
{
    buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void metric_collections(struct tile38 *tile38, struct buffer *out, const char *name,
                               const char *help, size_t offset)
{
    metric_head(out, name, "gauge", help);
    const struct live_view view = live_view_now(tile38->world->live);
    for (const struct collection *at = live_collection_next(view, (struct bytes){0}); at != NULL;
         at = live_collection_next(view, collection_name(at))) {
        const struct collection_counts counts = collection_counts(at);
        uint64_t value;
        memcpy(&value, (const char *)&counts + offset, sizeof(value));
        // Names as JSON texts are what labels want: quotes, backslashes and line ends escaped.
        buffer_append_format(out, "%s{col=", name);
        tile38_write_json_text(out, collection_name(at));
        buffer_append_format(out, "} %llu\n", (unsigned long long)value);
    }
}

void tile38_metrics(struct tile38 *tile38, struct buffer *out)
{
    metric_head(out, "tile38_connected_clients", "gauge", "connections of RESP");
    buffer_append_format(out, "tile38_connected_clients %llu\n",
                         (unsigned long long)load(&tile38->connections));
    metric_head(out, "tile38_total_connections_received", "counter", "connections accepted");
    buffer_append_format(out, "tile38_total_connections_received %llu\n",
                         (unsigned long long)load(&tile38->connections_total));
    metric_head(out, "tile38_total_messages_sent", "counter", "messages of channels and fences");
    buffer_append_format(out, "tile38_total_messages_sent %llu\n",
                         (unsigned long long)load(&tile38->messages));
    metric_head(out, "tile38_cmd_duration_seconds", "summary", "commands run, by name");
    for (const struct tile38_command *at = tile38_commands; at->name != NULL; at++) {
        const uint64_t runs = load(&tile38->runs[at - tile38_commands]);
        if (runs != 0) {
            buffer_append_format(out, "tile38_cmd_duration_seconds_count{cmd=\"%s\"} %llu\n",
                                 at->name, (unsigned long long)runs);
        }
    }
    metric_collections(tile38, out, "tile38_collection_objects", "objects, by key",
                       offsetof(struct collection_counts, objects));
    metric_collections(tile38, out, "tile38_collection_points", "coordinates, by key",
                       offsetof(struct collection_counts, point_count));
    metric_collections(tile38, out, "tile38_collection_strings", "strings, by key",
                       offsetof(struct collection_counts, strings));
    metric_head(out, "tile38_replication_info", "gauge", "the part this server plays");
    buffer_append_text(out, "tile38_replication_info{role=\"leader\",following=\"\","
                            "caught_up=\"\",caught_up_once=\"\"} 1\n");
}
