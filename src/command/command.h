// Command: a question about the world, whoever asks: name and parameters in, GeoJSON out.
//
//     (name, value) pairs --parameter tables--> arguments --search--> results --describe--> GeoJSON
//
// Conventions, the same everywhere: WGS 84; points as parameters are LAT,LON, in GeoJSON [lon,lat];
// metres; an answer is a FeatureCollection with the attribution of its sources; nothing found is an
// empty one; an unknown or ill-formed parameter is a failure that names it.
//
// A `struct commander` holds the memory of one thread's requests; nothing else is allocated.
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "atlas/atlas.h"
#include "base/buffer.h"
#include "command/parameter.h"

struct command_failure {
    unsigned status;    // as HTTP counts them: 400, 404, 503
    const char *code;   // "unknown_parameter" ...
    char message[320];  // a sentence
    char parameter[32]; // that is at fault, cut; "" when none is
    uint64_t line;      // of a batch, from 1; 0: there are no lines
};

struct argument {
    struct bytes name, value;
};

struct commander;

struct command {
    const char *name;
    const char *summary; // a sentence
    const struct parameter *parameters;
    size_t parameter_count;
    // Appends the answer to `out`. The failure is filled on every other status than OK.
    enum status (*run)(struct commander *commander, const struct search_world *world,
                       const struct arguments *arguments, struct buffer *out,
                       struct command_failure *failure);
};

extern const struct command command_search;
extern const struct command command_autocomplete;
extern const struct command command_reverse;
extern const struct command command_place;
extern const struct command command_places;
extern const struct command command_validate; // answers no FeatureCollection
extern const struct command command_about;    // of no question: not in the list

// NULL-terminated.
const struct command *const *command_list(void);
// By name; NULL when there is none.
const struct command *command_find(struct bytes name);

MUST_USE enum status commander_new(struct memory_account *account, struct commander **commander,
                                   struct fault *fault);
void commander_free(struct commander *commander);

// Answers one request. `accept_language` holds when no `lang` is given; size 0: none.
// On failure `out` is as it was.
MUST_USE enum status command_run(struct commander *commander, const struct command *command,
                                 const struct search_world *world, const struct argument *arguments,
                                 size_t argument_count, struct bytes accept_language,
                                 struct buffer *out, struct command_failure *failure);

// Fills a failure; returns `status`.
PRINTF_LIKE(6, 7)
enum status command_fail(struct command_failure *failure, enum status status, unsigned http_status,
                         const char *code, const char *parameter, const char *format, ...);

// {"error":{"code":...,"message":...,"parameter":...,"line":...}}
void command_failure_write(const struct command_failure *failure, struct buffer *out);

#endif
