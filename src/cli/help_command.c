#include <stdio.h>

#include "cli/commands.h"
#include "cli/help.h"

struct help_settings {
    bool is_manual;
};

static const struct option help_options[] = {
    {.name = "man",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct help_settings, is_manual),
     .help = "as the source of a manual page (mdoc)"},
};

static enum cli_exit help_run(const struct cli_call *call)
{
    const struct help_settings *const settings = call->settings;
    const struct cli_command *const command =
        call->word_count == 0 ? NULL : cli_command_find(call->words[0]);
    if (call->word_count > 0 && command == NULL) {
        return cli_usage(call, "there is no command '%s'", call->words[0]);
    }
    if (settings->is_manual) {
        help_print_manual(command, stdout);
    } else if (command == NULL) {
        help_print_overview(stdout);
    } else {
        help_print(command, stdout);
    }
    return CLI_OK;
}

const struct cli_command cli_help = {
    .name = "help",
    .summary = "tells how a command is used",
    .operands = "[COMMAND]",
    .completes = "command",
    .operand_maximum = 1,
    .description = "Without a word it lists the commands.",
    .examples = "rhumb help build\nrhumb help --man build | man -l -",
    .options = {.rows = help_options, .count = COUNT_OF(help_options)},
    .settings_size = sizeof(struct help_settings),
    .run = help_run,
};
