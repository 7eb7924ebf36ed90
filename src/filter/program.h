// Program: the bytecode of a filter, and the check that makes it safe to run.
//
// A stack machine. Each instruction takes a fixed number of values off the stack and puts at most one
// on. Jumps go forward only, so a program of n instructions takes at most n steps. The verifier walks
// the code once, knows the depth of the stack before every instruction, and refuses what could read
// below it, go above PROGRAM_STACK, jump outside, name a constant that is not there or of the wrong
// kind, or end without exactly one value.
#ifndef FILTER_PROGRAM_H
#define FILTER_PROGRAM_H

#include "filter/value.h"

enum { PROGRAM_STACK = 128, PROGRAM_SIZE = 1 << 14 };

// Units of work an evaluation may cost: one an instruction, and one for each 16 bytes that it looks at.
// Beyond it the value is null.
enum { PROGRAM_BUDGET = 1 << 18 };

// NAME, values off, values on, kind of constant `argument` names (VALUE_UNDEFINED: none).
#define PROGRAM_OPERATIONS(X)                                                 \
    X(PUSH, 0, 1)                                                             \
    X(LOAD, 0, 1)         /* of a name */                                     \
    X(LOAD_OR_ZERO, 0, 1) /* Tile38's */                                      \
    X(THIS, 0, 1)                                                             \
    X(NOW, 0, 1)                                                              \
    X(POP, 1, 0)                                                              \
    X(MEMBER, 1, 1)                                                           \
    X(INDEX, 2, 1)                                                            \
    X(ARRAY, 0, 1) /* count */                                                \
    X(RETURN, 1, 0)                                                           \
    /* Jumps. */                                                              \
    X(JUMP, 0, 0)                                                             \
    X(JUMP_UNLESS, 1, 0) /* pops */                                           \
    X(AND_JUMP, 1, 1)    /* keeps */                                          \
    X(OR_JUMP, 1, 1)                                                          \
    X(SCRIPT_AND_JUMP, 1, 1)                                                  \
    X(SCRIPT_OR_JUMP, 1, 1)                                                   \
    X(COALESCE_JUMP, 1, 1) /* pops when it does not jump */                   \
    /* CQL2: three-valued. */                                                 \
    X(AND, 2, 1)                                                              \
    X(OR, 2, 1)                                                               \
    X(NOT, 1, 1)                                                              \
    X(EQUAL, 2, 1)                                                            \
    X(NOT_EQUAL, 2, 1)                                                        \
    X(LESS, 2, 1)                                                             \
    X(LESS_EQUAL, 2, 1)                                                       \
    X(GREATER, 2, 1)                                                          \
    X(GREATER_EQUAL, 2, 1)                                                    \
    X(ADD, 2, 1)                                                              \
    X(SUBTRACT, 2, 1)                                                         \
    X(MULTIPLY, 2, 1)                                                         \
    X(DIVIDE, 2, 1)                                                           \
    X(MODULO, 2, 1)                                                           \
    X(WHOLE_DIVIDE, 2, 1)                                                     \
    X(POWER, 2, 1)                                                            \
    X(NEGATE, 1, 1)                                                           \
    X(IN, 1, 1)     /* count */                                               \
    X(IN_SET, 1, 1) /* argument: first constant, count: how many, in order */ \
    X(BETWEEN, 3, 1)                                                          \
    X(LIKE, 2, 1)                                                             \
    X(IS_NULL, 1, 1)                                                          \
    X(CASEI, 1, 1)                                                            \
    X(ACCENTI, 1, 1)                                                          \
    X(INTERVAL, 2, 1)                                                         \
    X(TIME_RELATION, 2, 1) /* argument: which */                              \
    X(ARRAY_RELATION, 2, 1)                                                   \
    X(SHAPE_RELATION, 2, 1)                                                   \
    X(DISTANCE, 2, 1)                                                         \
    /* Tile38's: JavaScript's conversions. */                                 \
    X(SCRIPT_EQUAL, 2, 1)                                                     \
    X(SCRIPT_NOT_EQUAL, 2, 1)                                                 \
    X(SCRIPT_SAME, 2, 1)                                                      \
    X(SCRIPT_NOT_SAME, 2, 1)                                                  \
    X(SCRIPT_LESS, 2, 1)                                                      \
    X(SCRIPT_LESS_EQUAL, 2, 1)                                                \
    X(SCRIPT_GREATER, 2, 1)                                                   \
    X(SCRIPT_GREATER_EQUAL, 2, 1)                                             \
    X(SCRIPT_ADD, 2, 1)                                                       \
    X(SCRIPT_SUBTRACT, 2, 1)                                                  \
    X(SCRIPT_MULTIPLY, 2, 1)                                                  \
    X(SCRIPT_DIVIDE, 2, 1)                                                    \
    X(SCRIPT_MODULO, 2, 1)                                                    \
    X(SCRIPT_BIT_AND, 2, 1)                                                   \
    X(SCRIPT_BIT_OR, 2, 1)                                                    \
    X(SCRIPT_BIT_XOR, 2, 1)                                                   \
    X(SCRIPT_NEGATE, 1, 1)                                                    \
    X(SCRIPT_NOT, 1, 1)                                                       \
    X(SCRIPT_BOOL, 1, 1)                                                      \
    X(SCRIPT_IN, 2, 1)                                                        \
    X(SCRIPT_GLOB, 2, 1)                                                      \
    X(SCRIPT_REGEX, 2, 1)

enum operation {
#define PROGRAM_OPERATION(name, off, on) OPERATION_##name,
    PROGRAM_OPERATIONS(PROGRAM_OPERATION)
#undef PROGRAM_OPERATION
};
#define OPERATION_COUNT (OPERATION_SCRIPT_REGEX + 1U)

struct instruction {
    uint16_t operation; // enum operation
    uint16_t count;     // of ARRAY and IN: values
    uint32_t argument;  // a constant's number; instructions to jump over; which relation
};

struct program {
    const struct instruction *code;
    uint32_t code_count;
    const struct value *constants;
    uint32_t constant_count;
};

enum time_relation {
    TIME_AFTER,
    TIME_BEFORE,
    TIME_CONTAINS,
    TIME_DISJOINT,
    TIME_DURING,
    TIME_EQUALS,
    TIME_FINISHED_BY,
    TIME_FINISHES,
    TIME_INTERSECTS,
    TIME_MEETS,
    TIME_MET_BY,
    TIME_OVERLAPPED_BY,
    TIME_OVERLAPS,
    TIME_STARTED_BY,
    TIME_STARTS,
};
#define TIME_RELATION_COUNT (TIME_STARTS + 1)

enum array_relation { ARRAY_CONTAINED_BY, ARRAY_CONTAINS, ARRAY_EQUALS, ARRAY_OVERLAPS };
#define ARRAY_RELATION_COUNT (ARRAY_OVERLAPS + 1)

enum shape_relation {
    SHAPE_INTERSECTS,
    SHAPE_DISJOINT,
    SHAPE_WITHIN,
    SHAPE_CONTAINS,
    SHAPE_EQUALS,
};
#define SHAPE_RELATION_COUNT (SHAPE_EQUALS + 1)

// Fails: CORRUPT with a sentence.
MUST_USE enum status program_verify(const struct program *program, struct fault *fault);

// Values an instruction takes off the stack.
unsigned program_taken(const struct instruction *instruction);

// Of a verified program only.
struct value program_run(const struct program *program, const struct filter_subject *subject,
                         struct filter_scratch *scratch);

#endif
