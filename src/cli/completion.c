// Completion: scripts for three shells, written from the same tables as the help.
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

// Quotes for '…' in all three shells: an apostrophe ends, is escaped, begins again.
static void print_quoted(const char *text)
{
    (void)putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs("'\\''", stdout);
        } else {
            (void)putchar(*text);
        }
    }
    (void)putchar('\'');
}

static bool takes_file(const struct option *option)
{
    return option->value != NULL && strcmp(option->value, "FILE") == 0;
}

static void print_command_names(void)
{
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        (void)printf("%s%s", each == cli_commands() ? "" : " ", (*each)->name);
        if ((*each)->alias != NULL) {
            (void)printf(" %s", (*each)->alias);
        }
    }
}

// What the operands are, as words for a shell's case: files, command names, or given words.
static void print_bash_operands(const struct cli_command *command)
{
    if (command->completes == NULL) {
        (void)fputs("        words=\n", stdout);
    } else if (strcmp(command->completes, "command") == 0) {
        (void)fputs("        words=$commands\n", stdout);
    } else if (strcmp(command->completes, "file") == 0) {
        (void)fputs("        files=1\n", stdout);
    } else {
        (void)printf("        words='%s'\n", command->completes);
    }
}

static void print_bash_command(const struct cli_command *command)
{
    (void)printf("    %s%s%s)\n", command->name, command->alias == NULL ? "" : " | ",
                 command->alias == NULL ? "" : command->alias);
    print_bash_operands(command);
    (void)fputs("        options='--help", stdout);
    for (size_t i = 0; i < command->options.count; i++) {
        (void)printf(" --%s", command->options.rows[i].name);
    }
    (void)fputs("'\n        case $before in\n", stdout);
    for (size_t i = 0; i < command->options.count; i++) {
        const struct option *const option = &command->options.rows[i];
        if (option->value == NULL) {
            continue;
        }
        (void)printf("        --%s) ", option->name);
        if (takes_file(option)) {
            (void)fputs("files=1 ;;\n", stdout);
        } else {
            (void)printf("words='%s' options= ;;\n",
                         option->choices == NULL ? "" : option->choices);
        }
    }
    (void)fputs("        esac\n        ;;\n", stdout);
}

static void print_bash(void)
{
    (void)fputs("# rhumb: completion for bash\n_rhumb() {\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                "    local commands='",
                stdout);
    print_command_names();
    (void)fputs("'\n    local words= options= files=\n"
                "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                "        COMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n"
                "        return\n    fi\n    case ${COMP_WORDS[1]} in\n",
                stdout);
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        print_bash_command(*each);
    }
    (void)fputs("    esac\n"
                "    case $word in -*) words=$options files= ;; esac\n"
                "    if [ -n \"$files\" ]; then\n"
                "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                "    else\n"
                "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                "    fi\n}\ncomplete -o filenames -F _rhumb rhumb\n",
                stdout);
}

// zsh reads "[text]" in a specification, so brackets and colons in the text are escaped.
static void print_zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("[]:", *text) != NULL) {
            (void)putchar('\\');
        }
        if (*text == '\'') {
            (void)fputs("'\\''", stdout);
        } else {
            (void)putchar(*text);
        }
    }
}

static void print_zsh_command(const struct cli_command *command)
{
    (void)printf("    %s%s%s)\n      _arguments", command->name, command->alias == NULL ? "" : "|",
                 command->alias == NULL ? "" : command->alias);
    for (size_t i = 0; i < command->options.count; i++) {
        const struct option *const option = &command->options.rows[i];
        (void)printf(" \\\n        '--%s[", option->name);
        print_zsh_text(option->help);
        (void)putchar(']');
        if (option->value != NULL) {
            (void)printf(":%s:", option->value);
            if (takes_file(option)) {
                (void)fputs("_files", stdout);
            } else if (option->choices != NULL) {
                (void)printf("(%s)", option->choices);
            }
        }
        (void)putchar('\'');
    }
    const char *action = "";
    if (command->completes != NULL && strcmp(command->completes, "file") == 0) {
        action = "_files";
    } else if (command->completes != NULL && strcmp(command->completes, "command") == 0) {
        action = "_rhumb_commands";
    }
    (void)fputs(" \\\n        '*:: :", stdout);
    if (action[0] == '\0' && command->completes != NULL) {
        (void)printf("(%s)", command->completes);
    } else {
        (void)fputs(action, stdout);
    }
    (void)fputs("'\n      ;;\n", stdout);
}

static void print_zsh(void)
{
    (void)fputs("#compdef rhumb\n# rhumb: completion for zsh\n_rhumb_commands() {\n"
                "  local -a commands=(\n",
                stdout);
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        (void)printf("    '%s:", (*each)->name);
        print_zsh_text((*each)->summary);
        (void)fputs("'\n", stdout);
    }
    (void)fputs("  )\n  _describe command commands\n}\n_rhumb() {\n"
                "  if (( CURRENT == 2 )); then _rhumb_commands; return; fi\n"
                "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n",
                stdout);
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        print_zsh_command(*each);
    }
    (void)fputs("  esac\n}\n_rhumb \"$@\"\n", stdout);
}

static void print_fish_command(const struct cli_command *command)
{
    (void)printf("complete -c rhumb -n __fish_use_subcommand -a %s -d ", command->name);
    print_quoted(command->summary);
    (void)putchar('\n');
    for (size_t i = 0; i < command->options.count; i++) {
        const struct option *const option = &command->options.rows[i];
        (void)printf("complete -c rhumb -n '__fish_seen_subcommand_from %s%s%s' -l %s",
                     command->name, command->alias == NULL ? "" : " ",
                     command->alias == NULL ? "" : command->alias, option->name);
        if (option->letter != 0) {
            (void)printf(" -s %c", option->letter);
        }
        if (option->value != NULL) {
            (void)fputs(takes_file(option) ? " -r" : " -x", stdout);
        }
        if (option->choices != NULL) {
            (void)printf(" -a '%s'", option->choices);
        }
        (void)fputs(" -d ", stdout);
        print_quoted(option->help);
        (void)putchar('\n');
    }
    if (command->completes != NULL && strcmp(command->completes, "file") == 0) {
        (void)printf("complete -c rhumb -n '__fish_seen_subcommand_from %s' -F\n", command->name);
    } else if (command->completes != NULL) {
        (void)printf("complete -c rhumb -n '__fish_seen_subcommand_from %s' -a '", command->name);
        if (strcmp(command->completes, "command") == 0) {
            print_command_names();
        } else {
            (void)fputs(command->completes, stdout);
        }
        (void)fputs("'\n", stdout);
    }
}

static void print_fish(void)
{
    (void)fputs("# rhumb: completion for fish\ncomplete -c rhumb -f\n", stdout);
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        print_fish_command(*each);
    }
}

static enum cli_exit completion_run(const struct cli_call *call)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        if (strcmp(shells[i].shell, call->words[0]) == 0) {
            shells[i].print();
            return CLI_OK;
        }
    }
    return cli_usage(call, "there is no completion for '%s'; there is for bash, zsh and fish",
                     call->words[0]);
}

const struct cli_command cli_completion = {
    .name = "completion",
    .summary = "writes the completion script of a shell",
    .operands = "bash|zsh|fish",
    .completes = "bash zsh fish",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description = "`make install` puts all three where the shells look for them.",
    .examples = "source <(rhumb completion bash)\n"
                "rhumb completion fish > ~/.config/fish/completions/rhumb.fish",
    .run = completion_run,
};
