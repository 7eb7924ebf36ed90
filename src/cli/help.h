// Help: a command's description as text for the terminal and as a manual page.
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

void help_print(const struct cli_command *command, FILE *out);

// The list of commands.
void help_print_overview(FILE *out);

// The manual page rhumb-COMMAND(1), or rhumb(1) for NULL, in mdoc(7).
void help_print_manual(const struct cli_command *command, FILE *out);

#endif
