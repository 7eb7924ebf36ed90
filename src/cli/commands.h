// Commands: the descriptions of all subcommands, each defined in its own file.
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct cli_command cli_build;
extern const struct cli_command cli_update;
extern const struct cli_command cli_serve;
extern const struct cli_command cli_publish;
extern const struct cli_command cli_rollback;
extern const struct cli_command cli_import;
extern const struct cli_command cli_export;
extern const struct cli_command cli_batch;
extern const struct cli_command cli_search;
extern const struct cli_command cli_validate;
extern const struct cli_command cli_autocomplete;
extern const struct cli_command cli_reverse;
extern const struct cli_command cli_place;
extern const struct cli_command cli_verify;
extern const struct cli_command cli_inspect;
extern const struct cli_command cli_backup;
extern const struct cli_command cli_restore;
extern const struct cli_command cli_upgrade;
extern const struct cli_command cli_demo;
extern const struct cli_command cli_help;
extern const struct cli_command cli_completion;
extern const struct cli_command cli_version;

#endif
