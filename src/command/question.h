// Question: what a command is asked with, gathered from JSON, a query string or the shell's options.
//
//     {"q": "Landstrasse 1, Vaduz", "limit": 1, "near": [47.14, 9.52], "within": {"type": "Polygon", …}}
//
// Members are the parameters of the command (command/command.h), which judges them. A text, a number,
// true and false stand for themselves; a list of those is joined by commas; an object is handed on as
// JSON; null is nothing. A text alone is "q". What is set later takes the place of what was there, but
// one JSON value may say each name only once.
//
// A zeroed question with `texts.account` is empty. One thread.
#ifndef COMMAND_QUESTION_H
#define COMMAND_QUESTION_H

#include "command/command.h"

#define QUESTION_ARGUMENTS_MAX 32

struct question {
    struct argument arguments[QUESTION_ARGUMENTS_MAX];
    size_t count;
    struct buffer texts; // owned: unescaped values of JSON
};

// Both are borrowed. False: there are too many.
MUST_USE bool question_set(struct question *question, struct bytes name, struct bytes value);

// Adds what one JSON value says; slices of `json` and of `texts` are kept. `word` is a member that is
// not an argument but the caller's, like "op"; its text is put in `given`. Size 0, NULL: there is none.
// Fails: OUT_OF_RANGE, and says in the failure what is wrong; NO_MEMORY.
MUST_USE enum status question_read(struct question *question, struct bytes json, struct bytes word,
                                   struct bytes *given, struct command_failure *failure);

// Is it a geometry or a Feature of GeoJSON, by its "type"? Such a body is the area that is asked about.
bool question_is_geojson(struct bytes json, struct memory_account *account);

// Forgets all but the first `count` arguments, keeping the memory.
void question_rewind(struct question *question, size_t count);
void question_free(struct question *question);

#endif
