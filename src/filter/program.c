#include "filter/program.h"

static const struct {
    uint8_t off, on;
} EFFECTS[OPERATION_COUNT] = {
#define PROGRAM_EFFECT(name, taken, given) [OPERATION_##name] = {.off = (taken), .on = (given)},
    PROGRAM_OPERATIONS(PROGRAM_EFFECT)
#undef PROGRAM_EFFECT
};

unsigned program_taken(const struct instruction *instruction)
{
    const bool is_counted =
        instruction->operation == OPERATION_ARRAY || instruction->operation == OPERATION_IN;
    return EFFECTS[instruction->operation].off + (is_counted ? instruction->count : 0U);
}

static bool is_jump(unsigned operation)
{
    return operation >= OPERATION_JUMP && operation <= OPERATION_COALESCE_JUMP;
}

// What an argument must be below; 0: the instruction has none, and it must be 0.
static uint32_t argument_limit(const struct program *program, unsigned operation)
{
    switch (operation) {
    case OPERATION_PUSH:
    case OPERATION_LOAD:
    case OPERATION_LOAD_OR_ZERO:
    case OPERATION_MEMBER:
    case OPERATION_IN_SET:
        return program->constant_count;
    case OPERATION_TIME_RELATION:
        return TIME_RELATION_COUNT;
    case OPERATION_ARRAY_RELATION:
        return ARRAY_RELATION_COUNT;
    case OPERATION_SHAPE_RELATION:
        return SHAPE_RELATION_COUNT;
    default:
        return 1;
    }
}

static bool wants_name(unsigned operation)
{
    return operation == OPERATION_LOAD || operation == OPERATION_LOAD_OR_ZERO ||
           operation == OPERATION_MEMBER;
}

static const char *wrong_argument(const struct program *program, uint32_t at)
{
    const struct instruction *const instruction = &program->code[at];
    const unsigned operation = instruction->operation;
    if (operation >= OPERATION_COUNT) {
        return "is no operation";
    }
    if (is_jump(operation)) {
        return instruction->argument < program->code_count - at - 1 ? NULL : "jumps outside";
    }
    if (instruction->argument >= argument_limit(program, operation)) {
        return "has an argument out of range";
    }
    if (wants_name(operation) && program->constants[instruction->argument].kind != VALUE_TEXT) {
        return "wants a name";
    }
    if (operation == OPERATION_IN_SET &&
        instruction->count > program->constant_count - instruction->argument) {
        return "names constants that are not there";
    }
    return NULL;
}

// Depths of the stack before each instruction; -1: not reached yet.
static const char *meet(int16_t *depth, int arriving)
{
    if (*depth >= 0 && *depth != arriving) {
        return "is reached with two depths of the stack";
    }
    *depth = (int16_t)arriving;
    return NULL;
}

static const char *walk(const struct program *program, int16_t *depths, uint32_t at)
{
    const struct instruction *const instruction = &program->code[at];
    const char *const wrong = wrong_argument(program, at);
    if (wrong != NULL) {
        return wrong;
    }
    if (depths[at] < 0) {
        return "is never reached";
    }
    const unsigned operation = instruction->operation;
    const int left = depths[at] - (int)program_taken(instruction);
    const int depth = left + EFFECTS[operation].on;
    if (left < 0) {
        return "takes more than there is";
    }
    if (depth > PROGRAM_STACK) {
        return "puts too much on the stack";
    }
    const bool is_last = at + 1 == program->code_count;
    if ((operation == OPERATION_RETURN) != is_last || (is_last && depth != 0)) {
        return "does not end with one value";
    }
    if (is_jump(operation)) {
        // One that pops when it goes on still has the value when it jumps.
        const char *const met = meet(&depths[at + 1 + instruction->argument], depth);
        if (met != NULL) {
            return met;
        }
    }
    if (is_last || operation == OPERATION_JUMP) {
        return NULL;
    }
    return meet(&depths[at + 1], depth - (operation == OPERATION_COALESCE_JUMP ? 1 : 0));
}

enum status program_verify(const struct program *program, struct fault *fault)
{
    if (program->code_count == 0 || program->code_count > PROGRAM_SIZE) {
        return fault_set(fault, STATUS_CORRUPT, "a program of %u instructions",
                         program->code_count);
    }
    int16_t depths[PROGRAM_SIZE];
    memset(depths, -1, program->code_count * sizeof(depths[0]));
    depths[0] = 0;
    for (uint32_t at = 0; at < program->code_count; at++) {
        const char *const wrong = walk(program, depths, at);
        if (wrong != NULL) {
            return fault_set(fault, STATUS_CORRUPT, "instruction %u of the program %s", at, wrong);
        }
    }
    return STATUS_OK;
}
