// Batch: many questions, one a line of JSON, each answered by one line.
//
//     {"q":"Landstrasse 1, Vaduz"}                          -> {"type":"FeatureCollection",…}
//     {"op":"reverse","lat":47.14,"lon":9.52}               -> {"type":"FeatureCollection",…}
//     "Landstrasse 1, Vaduz"                                -> as {"q":…}; of place {"id":…}
//     {"op":"search"}                                       -> {"error":{…,"line":4}}
//
// What holds for every line is set beforehand; a line may say otherwise. Blank lines are passed over.
// One thread a batch.
#ifndef COMMAND_BATCH_H
#define COMMAND_BATCH_H

#include "command/question.h"

// Longer lines are answered by an error.
#define BATCH_LINE_SIZE_MAX (256 << 10)

// The operations, for tables of parameters and options.
#define BATCH_OPERATIONS "search autocomplete reverse place validate"

// Is it one of the operations?
bool batch_has(const struct command *command);

struct batch {
    const struct command *command;                    // of lines that name no other
    struct argument defaults[QUESTION_ARGUMENTS_MAX]; // borrowed
    size_t default_count;
    struct question question;
    uint64_t line_count; // lines so far, blank ones with them
    uint64_t error_count;
};

// `account` is for the texts of a line.
void batch_begin(struct batch *batch, const struct command *command,
                 struct memory_account *account);
void batch_end(struct batch *batch);

// An argument of every line whose command knows it. False: there are too many.
MUST_USE bool batch_default(struct batch *batch, struct bytes name, struct bytes value);

// Appends the answer to one line, without its line feed, and a line feed; nothing for a blank one.
void batch_answer(struct batch *batch, struct commander *commander,
                  const struct search_world *world, struct bytes line, struct buffer *out);
// The answer to a line that is too long.
void batch_refuse_long(struct batch *batch, struct buffer *out);

#endif
