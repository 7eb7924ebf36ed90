// Machine: the state of one evaluation, and the operations by the files that know them.
//
// An operation finds its operands at the top of the stack and the instruction at machine->at. Nothing
// here fails: an operand of the wrong kind makes null.
#ifndef FILTER_MACHINE_H
#define FILTER_MACHINE_H

#include "filter/program.h"

struct machine {
    const struct filter_subject *subject;
    struct filter_scratch *scratch;
    const struct value *constants;
    const struct instruction *at;
    struct value *top; // the uppermost value
    int32_t budget;
    struct value stack[PROGRAM_STACK + 1]; // the first lies below the first value and is never read
};

typedef void machine_step(struct machine *machine);

static inline void machine_charge(struct machine *machine, size_t size)
{
    machine->budget -= size < ((size_t)PROGRAM_BUDGET << 4) ? (int32_t)(size / 16) : PROGRAM_BUDGET;
}

// Two values become one.
static inline void machine_give(struct machine *machine, struct value value)
{
    machine->top--;
    *machine->top = value;
}

// machine_compare.c: CQL2's comparisons and arithmetic.
machine_step machine_compare, machine_in, machine_in_set, machine_between;
machine_step machine_arithmetic, machine_negate;
// The order of two values of one kind (a text beside an instant is read as one). False: they have none.
bool machine_order(const struct value *left, const struct value *right, int *order);
// The order in which the constants of IN_SET lie, of any kinds.
int machine_set_order(const struct value *left, const struct value *right);

// machine_text.c
machine_step machine_like, machine_fold_case, machine_fold_accents;
// Does the text match the pattern? % any characters, _ one, \ takes the next as it is.
bool machine_is_like(struct bytes text, struct bytes pattern);

// machine_relation.c
machine_step machine_interval, machine_time_relation, machine_array_relation;
// machine_shape.c
machine_step machine_shape_relation, machine_distance;

// machine_script.c: Tile38's.
machine_step machine_script_compare, machine_script_arithmetic, machine_script_bits;
machine_step machine_script_negate, machine_script_not, machine_script_bool, machine_script_in;
machine_step machine_script_glob, machine_script_regex;
bool machine_truth(const struct value *value);

#endif
