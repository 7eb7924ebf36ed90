#include "serve/live_server.h"

#include <string.h>

#include "command/tile38.h"
#include "deliver/deliver.h"
#include "fence/fence.h"
#include "live/live.h"
#include "search/overlay.h"
#include "track/track.h"

enum { QUEUE_COUNT = 1 << 16 };

enum { NETWORKS_SIZE = OPTION_LIST_MAX * 64 };

// What --hook-allow said each time, comma-separated.
static enum status join_networks(const struct option_list *list, char out[NETWORKS_SIZE],
                                 struct fault *fault)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < list->count; i++) {
        const size_t size = strlen(list->items[i]);
        if (used + size + 2 > NETWORKS_SIZE) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "--hook-allow: names too many networks");
        }
        memcpy(out + used, list->items[i], size);
        memcpy(out + used + size, ",", 2);
        used += size + 1;
    }
    return STATUS_OK;
}

static enum status open_deliver(struct live_server *server, const struct serve_settings *settings,
                                struct world *world, struct fault *fault)
{
    char networks[NETWORKS_SIZE];
    TRY(join_networks(&settings->hook_allow, networks, fault));
    const struct deliver_settings own = {
        .allowed = networks, .queue_size = settings->memory_queues_size, .version = RHUMB_VERSION};
    return deliver_new(server->ledger, world->sys, &server->queues, &own, &server->deliver, fault);
}

// Fences tell their events to tracks, which keep visits, and these to deliver.
static enum status open_fences(struct live_server *server, struct fault *fault)
{
    const struct fence_sink sink = {.emit = deliver_emit, .context = server->deliver};
    TRY(tracks_new(server->ledger, server->live, &server->objects, &track_defaults, &sink,
                   &server->tracks, fault));
    const struct fence_sink through = {.emit = tracks_event, .context = server->tracks};
    return fences_new(server->ledger, server->live, &server->fences, &through, &server->rules,
                      fault);
}

static bool fence_has_tag(void *fences, struct bytes fence, struct bytes tag)
{
    struct rule rule;
    return fence_find(fences, fence, &rule) && rule_list_holds(rule.tags, tag);
}

static enum status open_modules(struct live_server *server, const struct serve_settings *settings,
                                struct world *world, struct fault *fault)
{
    const bool is_memory = strcmp(settings->data, ":memory:") == 0;
    const struct ledger_settings ledger_settings = {
        .folder = is_memory ? NULL : settings->data,
        .durability =
            strcmp(settings->durability, "sync") == 0 ? DURABILITY_SYNC : DURABILITY_COMMIT,
        .queue_count = QUEUE_COUNT,
        .journal_keep_us = settings->journal_keep_us,
    };
    const struct live_settings live_settings = {.objects_size = settings->memory_objects_size};
    TRY(ledger_new(world->sys, &server->queues, &ledger_settings, &server->ledger, fault));
    TRY(live_new(server->ledger, &server->objects, &live_settings, &server->live, fault));
    TRY(overlay_new(server->ledger, server->live, &server->objects, &server->overlay, fault));
    TRY(open_deliver(server, settings, world, fault));
    TRY(open_fences(server, fault));
    deliver_set_tags(server->deliver, fence_has_tag, server->rules);
    world->live = server->live;
    world->fences = server->rules;
    if (world->tile38 != NULL) {
        tile38_fences_begin(world->tile38);
    }
    TRY(ledger_open(server->ledger, fault));
    world->ledger = server->ledger;
    world->submit = ledger_submit;
    if (world->tile38 != NULL) {
        atomic_store(&world->tile38->hooks, fences_counts(server->rules).tile38);
    }
    world->is_volatile = is_memory;
    world->overlay = server->overlay;
    world->deliver = server->deliver;
    world->tracks = server->tracks;
    world->fences = server->rules;
    return STATUS_OK;
}

enum status live_server_open(struct live_server *server, const struct serve_settings *settings,
                             struct world *world, struct fault *fault)
{
    *server = (struct live_server){
        .objects = {.name =
                        "objects"}, // live holds puts to --memory-objects, and lets deletes go on
        .fences = {.name = "fences", .limit_size = settings->memory_fences_size},
        .queues = {.name = "queues", .limit_size = settings->memory_queues_size},
        .scripts = {.name = "scripts", .limit_size = settings->memory_scripts_size},
    };
    if (settings->data == NULL) {
        return STATUS_OK;
    }
    const enum status status = open_modules(server, settings, world, fault);
    if (status != STATUS_OK) {
        live_server_close(server);
        return fault_prefix(fault, status, "--data %s", settings->data);
    }
    return STATUS_OK;
}

enum status live_server_start(struct live_server *server, struct fault *fault)
{
    if (server->ledger == NULL) {
        return STATUS_OK;
    }
    TRY(ledger_start(server->ledger, fault));
    return deliver_start(server->deliver, fault);
}

void live_server_close(struct live_server *server)
{
    if (server->deliver != NULL) {
        deliver_stop(server->deliver);
    }
    ledger_close(server->ledger);
    fences_free(server->rules);
    tracks_free(server->tracks);
    deliver_free(server->deliver);
    overlay_free(server->overlay);
    live_free(server->live);
    server->ledger = NULL;
    server->live = NULL;
    server->overlay = NULL;
    server->tracks = NULL;
    server->deliver = NULL;
    server->rules = NULL;
}
