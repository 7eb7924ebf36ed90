// Command of the shell: one subcommand of `rhumb`, described once.
//
// From its description come the parsing of its flags, its help, its manual page and its completion;
// only `run` is its own. cli_commands() is the list, in the order in which help shows it. One
// thread.
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <limits.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/option.h"
#include "base/status.h"
#include "sys/sys.h"

// Exit codes of the program.
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1, // the work could not be done
    CLI_USAGE = 2,  // the command line is wrong
};

// One call of a command: what its `run` is given.
struct cli_call {
    const struct cli_command *command;
    const void *settings; // the command's struct, filled from its options
    const char *const *words;
    size_t word_count; // within the command's bounds
    struct memory_account *account;
    const struct sys *sys;
};

// An option named "config" makes a command read a YAML mapping of its options.
struct cli_command {
    const char *name;
    const char *alias;     // a second name, or NULL
    const char *summary;   // a phrase
    const char *operands;  // as usage shows them, e.g. "INPUT…"; "" when there are none
    const char *completes; // what the operands are to a shell: "file", "command", words; or NULL
    size_t operand_minimum, operand_maximum;
    const char *description; // paragraphs, an empty line between them
    const char *examples;    // lines of "command line  # what it does"
    struct option_table options;
    size_t settings_size; // at most CLI_SETTINGS_SIZE
    // Prints its own output and faults; returns the exit code.
    enum cli_exit (*run)(const struct cli_call *call);
};

#define CLI_SETTINGS_SIZE 4096

// NULL-terminated.
const struct cli_command *const *cli_commands(void);

// By name or alias; NULL when there is none.
const struct cli_command *cli_command_find(const char *name);

// The whole program: finds the command in argv[1], reads its options, runs it.
enum cli_exit cli_main(int argc, const char *const *argv);

// Prints "rhumb COMMAND: sentence" to standard error.
enum cli_exit cli_fail(const struct cli_call *call, const struct fault *fault);

// The same for a wrong command line, with where to read the right one.
PRINTF_LIKE(2, 3)
enum cli_exit cli_usage(const struct cli_call *call, const char *format, ...);

#endif
