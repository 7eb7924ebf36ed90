// Option: one setting and the three ways to say it: a flag, a variable, a key of the YAML file.
//
// A command declares its options as one table over its own settings struct; the name alone gives
// `--memory`, RHUMB_MEMORY and `memory:`, and help, manual page and completion are printed from the
// same rows. A flag outranks a variable, a variable the file, the file the fallback:
//
//     struct build_settings { size_t memory_size; unsigned threads; bool is_quiet; };
//     static const struct option options[] = {
//         {.name = "memory", .kind = OPTION_SIZE, .offset = offsetof(struct build_settings, memory_size),
//          .value = "SIZE", .fallback = "1G", .help = "what the build may hold in memory"},
//         …
//
// Text is borrowed from where it was said (argv, the environment, the caller's file) and must outlive
// the settings. Pure but for the environment, which the caller hands in; any thread.
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum option_kind {
    OPTION_SWITCH,   // bool; a flag takes no value, a variable or key is true or false
    OPTION_TEXT,     // const char *
    OPTION_COUNT,    // unsigned, within minimum..maximum
    OPTION_SIZE,     // size_t bytes: 64K, 1G, 1.5G (powers of 1024)
    OPTION_DURATION, // int64_t microseconds: 250ms, 5s, 2m, 1h
    OPTION_LIST,     // struct option_list: a flag may be repeated
};

// What was said, word by word; flags replace what the variable or the file said, and add to each other.
enum { OPTION_LIST_MAX = 64 };
struct option_list {
    const char *items[OPTION_LIST_MAX];
    unsigned count;
    bool is_of_flags;
};

struct option {
    const char *name; // words joined by '-'
    char letter;      // the short flag, or 0
    enum option_kind kind;
    size_t offset;             // of the field in the settings struct, of the type that `kind` names
    unsigned minimum, maximum; // OPTION_COUNT; maximum 0: no limit
    const char *value;         // how help calls the value, e.g. "FILE"; NULL for a switch
    const char *fallback;      // as it would be typed; NULL: the field stays zero
    const char *choices;       // words a shell may complete, "a b c"; NULL: none
    const char *help;          // a phrase without a full stop
};

struct option_table {
    const struct option *rows;
    size_t count;
};

#define OPTION_TABLE(array) \
    ((struct option_table){.rows = (array), .count = sizeof(array) / sizeof((array)[0])})

// Writes every fallback. A fallback that does not parse is our mistake: an assertion.
void option_defaults(struct option_table table, void *settings);

// The row of that name; NULL when there is none.
const struct option *option_find(struct option_table table, struct bytes name);

// Sets one field from text. `where` begins the fault: "--memory", "RHUMB_MEMORY", "rhumb.yaml:3:9".
// Fails: OUT_OF_RANGE.
MUST_USE enum status option_set(const struct option *option, const char *text, void *settings,
                                const char *where, struct fault *fault);

// Sets what the environment says; `variable` answers NULL for what is not there (getenv's form).
// Fails: OUT_OF_RANGE, naming the variable.
MUST_USE enum status option_environment(struct option_table table, void *settings,
                                        char *(*variable)(const char *name), struct fault *fault);

// What is left of a command line when the flags are taken out; `words` holds argc pointers.
struct option_operands {
    const char **words;
    size_t count;
    bool wants_help; // --help or -h was there
};

// Sets what the flags say: --name VALUE, --name=VALUE, -o VALUE, -oVALUE, --switch, --no-switch.
// "--" ends the flags; "-" and negative numbers are operands.
// Fails: OUT_OF_RANGE, naming the flag; an unknown one with the nearest known.
MUST_USE enum status option_arguments(struct option_table table, void *settings, int argc,
                                      const char *const *argv, struct option_operands *operands,
                                      struct fault *fault);

// "RHUMB_HTTP_PORT" of "http-port".
#define OPTION_VARIABLE_SIZE 64
void option_variable(const struct option *option, char text[OPTION_VARIABLE_SIZE]);

#endif
