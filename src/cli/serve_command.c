#include "cli/commands.h"
#include "serve/serve.h"

static enum cli_exit serve_command_run(const struct cli_call *call)
{
    const struct serve_settings *const settings = call->settings;
    if (settings->atlas == NULL && settings->data == NULL && settings->mmdb.count == 0) {
        return cli_usage(call,
                         "say what to serve: --atlas FILE, --data DIR, --mmdb FILE, or several");
    }
    struct fault fault = {0};
    return serve_run(settings, call->sys, call->account, NULL, &fault) == STATUS_OK
               ? CLI_OK
               : cli_fail(call, &fault);
}

const struct cli_command cli_serve = {
    .name = "serve",
    .summary = "answers over HTTP",
    .operands = "",
    .description =
        "Serves an atlas, live data, places of IP addresses, or several of them, with a loop on "
        "each core, until SIGTERM or Ctrl-C; "
        "then it answers what "
        "is under way and exits 0. `rhumb publish` changes the atlas meanwhile, without a failed "
        "request.\n\n"
        "It binds this machine only. Beyond it, it wants --api-key-file, or --insecure said aloud. "
        "Port 0 takes a free one. The routes are described at /v1/openapi.json.",
    .examples = "rhumb serve --atlas li.atlas\n"
                "rhumb serve --data /var/lib/rhumb --atlas li.atlas\n"
                "rhumb serve --atlas li.atlas --http 0.0.0.0:7070 --api-key-file keys\n"
                "rhumb serve --config /etc/rhumb.yaml",
    .options = {.rows = serve_options, .count = SERVE_OPTION_COUNT},
    .settings_size = sizeof(struct serve_settings),
    .run = serve_command_run,
};
