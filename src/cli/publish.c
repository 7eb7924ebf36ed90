// Publish and rollback: another atlas for a server that is running.
#include <stdio.h>

#include "cli/commands.h"
#include "serve/control.h"

struct publish_settings {
    const char *control;
};

static const struct option publish_rows[] = {
    {.name = "control",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct publish_settings, control),
     .value = "SOCKET",
     .help = "the control socket of the server, as its own --control says"},
};

static const char *control_of(const struct cli_call *call)
{
    return ((const struct publish_settings *)call->settings)->control;
}

static enum cli_exit report(const struct cli_call *call, enum status status,
                            const struct control_change *change, const struct fault *fault)
{
    if (status != STATUS_OK) {
        return cli_fail(call, fault);
    }
    (void)printf("was %llu: %s\nnow %llu: %s\n", (unsigned long long)change->old_number,
                 change->old_name, (unsigned long long)change->new_number, change->new_name);
    return CLI_OK;
}

static enum cli_exit publish_run(const struct cli_call *call)
{
    struct control_change change = {0};
    struct fault fault = {0};
    if (control_of(call) == NULL) {
        return cli_usage(call, "--control SOCKET is missing: which server");
    }
    const enum status status = control_publish(control_of(call), call->words[0], &change, &fault);
    return report(call, status, &change, &fault);
}

static enum cli_exit rollback_run(const struct cli_call *call)
{
    struct control_change change = {0};
    struct fault fault = {0};
    if (control_of(call) == NULL) {
        return cli_usage(call, "--control SOCKET is missing: which server");
    }
    const enum status status = control_rollback(control_of(call), &change, &fault);
    return report(call, status, &change, &fault);
}

const struct cli_command cli_publish = {
    .name = "publish",
    .summary = "hands a running server a new atlas",
    .operands = "FILE",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description =
        "The server checks the file first and goes on answering from the old one; then it "
        "swaps, and no request fails. Prints the old and the new. When the file is bad it "
        "exits 1 and the old one stays. `rhumb rollback` goes back.",
    .examples = "rhumb publish --control /run/rhumb/control city-new.atlas",
    .options = {.rows = publish_rows, .count = COUNT_OF(publish_rows)},
    .settings_size = sizeof(struct publish_settings),
    .run = publish_run,
};

const struct cli_command cli_rollback = {
    .name = "rollback",
    .summary = "makes a running server go back to the atlas before",
    .operands = "",
    .description =
        "Prints what was served and what is served now. Exits 1 when there is none before.",
    .examples = "rhumb rollback --control /run/rhumb/control",
    .options = {.rows = publish_rows, .count = COUNT_OF(publish_rows)},
    .settings_size = sizeof(struct publish_settings),
    .run = rollback_run,
};
