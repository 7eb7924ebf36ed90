#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/config.h"
#include "cli/help.h"

const struct cli_command *const *cli_commands(void)
{
    static const struct cli_command *const commands[] = {
        // clang-format off
        &cli_build, &cli_update, &cli_serve, &cli_publish, &cli_rollback, &cli_import, &cli_export, &cli_search, &cli_autocomplete, &cli_reverse, &cli_place, &cli_validate, &cli_batch,
        &cli_verify, &cli_inspect, &cli_backup, &cli_restore, &cli_upgrade, &cli_demo,
        &cli_help, &cli_completion, &cli_version, NULL,
        // clang-format on
    };
    return commands;
}

const struct cli_command *cli_command_find(const char *name)
{
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        const char *const alias = (*each)->alias;
        if (strcmp((*each)->name, name) == 0 || (alias != NULL && strcmp(alias, name) == 0)) {
            return *each;
        }
    }
    return NULL;
}

enum cli_exit cli_fail(const struct cli_call *call, const struct fault *fault)
{
    (void)fprintf(stderr, "rhumb %s: %s\n", call->command->name, fault->text);
    return CLI_FAILED;
}

enum cli_exit cli_usage(const struct cli_call *call, const char *format, ...)
{
    (void)fprintf(stderr, "rhumb %s: ", call->command->name);
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "\n`rhumb help %s` shows how it is used\n", call->command->name);
    return CLI_USAGE;
}

// The path that --config or RHUMB_CONFIG gives; NULL when the command takes none or none is given.
static const char *config_path(const struct cli_command *command, const void *settings)
{
    const struct option *const option = option_find(command->options, BYTES_OF("config"));
    if (option == NULL) {
        return NULL;
    }
    const void *const field = (const char *)settings + option->offset;
    return *(const char *const *)field;
}

// Fallbacks, then the file, then the environment, then the flags: what is said later counts.
static enum status read_settings(const struct cli_call *call, void *settings, int argc,
                                 const char *const *argv, struct option_operands *operands,
                                 struct config *config, struct fault *fault)
{
    const struct option_table table = call->command->options;
    option_defaults(table, settings);
    TRY(option_environment(table, settings, getenv, fault));
    TRY(option_arguments(table, settings, argc, argv, operands, fault));
    const char *const path = config_path(call->command, settings);
    if (path == NULL || operands->wants_help) {
        return STATUS_OK;
    }
    memset(settings, 0, call->command->settings_size);
    option_defaults(table, settings);
    TRY(config_apply(config, path, table, settings, fault));
    TRY(option_environment(table, settings, getenv, fault));
    return option_arguments(table, settings, argc, argv, operands, fault);
}

static void words_free(const char ***words)
{
    memory_give(*words);
}

static enum cli_exit run_command(struct cli_call *call, int argc, const char *const *argv)
{
    alignas(max_align_t) char settings[CLI_SETTINGS_SIZE] = {0};
    SCOPED(words_free)
    const char **words = memory_take_zeroed(call->account, (size_t)argc + 1, sizeof(const char *));
    SCOPED(config_free) struct config config = {.sys = call->sys, .account = call->account};
    struct option_operands operands = {.words = words};
    struct fault fault = {0};
    if (words == NULL) {
        return cli_usage(call, "no memory for %d words", argc);
    }
    if (read_settings(call, settings, argc, argv, &operands, &config, &fault) != STATUS_OK) {
        return cli_usage(call, "%s", fault.text);
    }
    if (operands.wants_help) {
        help_print(call->command, stdout);
        return CLI_OK;
    }
    const size_t count = operands.count;
    if (count < call->command->operand_minimum) {
        return cli_usage(call, "%s is missing", call->command->operands);
    }
    if (count > call->command->operand_maximum) {
        return cli_usage(call, "'%s' is one word too many",
                         operands.words[call->command->operand_maximum]);
    }
    call->settings = settings;
    call->words = operands.words;
    call->word_count = count;
    return call->command->run(call);
}

enum cli_exit cli_main(int argc, const char *const *argv)
{
    struct memory_account account = {.name = "command line"};

    const char *name = argc < 2 ? "help" : argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        name = "help";
    } else if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    struct cli_call call = {
        .command = cli_command_find(name), .account = &account, .sys = sys_os()};
    if (call.command == NULL) {
        (void)fprintf(stderr, "rhumb: there is no command '%s'; `rhumb help` lists them\n", name);
        return CLI_USAGE;
    }
    if (argc < 2) {
        help_print_overview(stderr);
        return CLI_USAGE;
    }
    const enum cli_exit code = run_command(&call, argc - 2, argv + 2);
    // A full disk or a closed pipe shows only here.
    if (fflush(stdout) != 0 && code == CLI_OK) {
        (void)fprintf(stderr, "rhumb %s: standard output: %m\n", call.command->name);
        return CLI_FAILED;
    }
    return code;
}
