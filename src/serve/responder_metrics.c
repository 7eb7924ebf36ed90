// What /metrics says: the counts of the shards, and what the modules count.
#include "atlas/atlas.h"
#include "command/tile38.h"
#include "deliver/deliver.h"
#include "fence/fence.h"
#include "live/live.h"
#include "serve/responder.h"
#include "sys/clock.h"

static void write_gauge(struct buffer *out, const char *name, const char *kind, const char *help,
                        uint64_t value)
{
    buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, kind, name,
                         (unsigned long long)value);
}

static void write_live_metrics(const struct world *world, struct buffer *out)
{
    const struct ledger_figures ledger = ledger_figures(world->ledger);
    const struct live_figures live = live_figures(world->live);
    write_gauge(out, "rhumb_ledger_writes_total", "counter", "writes decided", ledger.jobs);
    write_gauge(out, "rhumb_ledger_refused_total", "counter",
                "writes refused: disk, memory or queue full", ledger.refused_jobs);
    write_gauge(out, "rhumb_ledger_turns_total", "counter", "records of the journal", ledger.turns);
    write_gauge(out, "rhumb_ledger_syncs_total", "counter", "syncs of the journal", ledger.syncs);
    write_gauge(out, "rhumb_ledger_waiting", "gauge", "writes in the queue", ledger.waiting);
    write_gauge(out, "rhumb_ledger_unstored", "gauge", "records that the store does not hold yet",
                ledger.last - ledger.stored);
    write_gauge(out, "rhumb_journal_bytes", "gauge", "size of the journal", ledger.journal_size);
    write_gauge(out, "rhumb_collections", "gauge", "collections", live.collections);
    write_gauge(out, "rhumb_live_bytes", "gauge", "memory of objects and their indexes",
                live.used_size);
    write_gauge(out, "rhumb_live_retired_bytes", "gauge", "of it, what readers may still hold",
                live.retired_size);
}

static void write_fence_metrics(const struct fences *fences, struct buffer *out)
{
    const struct fence_counts counts = fences_published(fences);
    write_gauge(out, "rhumb_fences", "gauge", "fences of /v1/fences", counts.fences);
    write_gauge(out, "rhumb_fence_areas", "gauge", "areas that are looked at", counts.zones);
    write_gauge(out, "rhumb_fence_members", "gauge", "objects known at a fence", counts.members);
    write_gauge(out, "rhumb_fence_hooks", "gauge", "hooks and channels of Tile38", counts.tile38);
    write_gauge(out, "rhumb_fence_timers", "gauge", "dwell times and expiries that run",
                counts.waiting);
    write_gauge(out, "rhumb_fence_fixes_total", "counter", "positions judged", counts.fixes);
    write_gauge(out, "rhumb_fence_tests_total", "counter", "exact tests of a position in an area",
                counts.tests);
    write_gauge(out, "rhumb_fence_events_total", "counter", "events of /v1/fences", counts.events);
    write_gauge(out, "rhumb_fence_bytes", "gauge", "memory of fences", counts.memory_size);
}

// How far the newest OpenStreetMap data are behind now. Nothing without a time.
static void write_data_time(const struct atlas *atlas, int64_t now_s, struct buffer *out)
{
    int64_t newest_s = 0;
    for (uint32_t i = 0; atlas != NULL && i < atlas->source_count; i++) {
        const struct atlas_source *const source = &atlas->sources[i];
        const bool is_osm = source->kind == SOURCE_OSM || source->kind == SOURCE_DEMO;
        if (is_osm && source->data_time_s > newest_s) {
            newest_s = source->data_time_s;
        }
    }
    if (newest_s != 0) {
        write_gauge(out, "rhumb_atlas_data_time_seconds", "gauge",
                    "time of the OpenStreetMap data served, since 1970", (uint64_t)newest_s);
        write_gauge(out, "rhumb_replication_lag_seconds", "gauge",
                    "how far these data are behind now",
                    now_s > newest_s ? (uint64_t)(now_s - newest_s) : 0);
    }
}

void responder_write_metrics(struct responder *responder)
{
    const struct server *const server = responder->server;
    struct buffer *const out = &responder->body;
    const struct generation *const generation = generation_current(&server->generations);
    metric_format(
        (struct metric_table){server->routes.metrics, routes_metric_count(&server->routes)},
        server->metric_sets, server->metric_set_count, out);
    buffer_append_format(out,
                         "# HELP rhumb_generation number of the atlas generation served\n"
                         "# TYPE rhumb_generation gauge\nrhumb_generation %llu\n",
                         generation == NULL ? 0 : (unsigned long long)generation->number);
    write_data_time(generation == NULL ? NULL : generation->value,
                    sys_wall_us(server->sys) / 1000000, out);
    const int64_t up_us = sys_monotonic_us(server->sys) - server->started_us;
    buffer_append_format(out,
                         "# HELP rhumb_uptime_seconds since the server was started\n"
                         "# TYPE rhumb_uptime_seconds gauge\nrhumb_uptime_seconds %lld.%03lld\n",
                         (long long)(up_us / 1000000), (long long)(up_us / 1000 % 1000));
    buffer_append_format(
        out,
        "# HELP rhumb_memory_bytes taken from the server's account, beside mapped files\n"
        "# TYPE rhumb_memory_bytes gauge\nrhumb_memory_bytes %zu\n",
        atomic_load_explicit(&server->account->used_size, memory_order_relaxed));
    if (server->world.live != NULL) {
        write_live_metrics(&server->world, out);
    }
    if (server->world.fences != NULL) {
        write_fence_metrics(server->world.fences, out);
    }
    if (server->world.deliver != NULL) {
        deliver_metrics(server->world.deliver, out);
    }
    if (server->world.tile38 != NULL) {
        tile38_metrics(server->world.tile38, out);
    }
}
