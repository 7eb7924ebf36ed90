#include "filter/machine.h"

#include <assert.h>

// Loading. -------------------------------------------------------------------------------------------

static struct value from_subject(struct machine *machine, struct bytes name)
{
    const struct filter_value found = machine->subject->get(machine->subject->context, name);
    if (found.kind == FILTER_JSON) {
        return value_of_json(found.text, machine->scratch);
    }
    struct value value;
    memcpy(&value, &found, sizeof(value)); // they are the same, but for the names of the kinds
    return value;
}

static struct value member_of(struct machine *machine, const struct value *whole, struct bytes name)
{
    struct bytes member;
    if (whole->kind == VALUE_THIS) {
        struct value value = from_subject(machine, name);
        return value.kind == VALUE_NULL ? value_number(0) : value;
    }
    if (whole->kind != VALUE_JSON) {
        return (struct value){.kind = VALUE_UNDEFINED};
    }
    machine_charge(machine, whole->text.size);
    if (!value_find_member(whole->text, name, &member)) {
        return (struct value){.kind = VALUE_UNDEFINED};
    }
    return value_of_json(member, machine->scratch);
}

// "driver.name.first" of a subject that knows "driver": member by member, where a member's name may
// have dots too.
static struct value load_path(struct machine *machine, struct bytes name, const uint8_t *dot)
{
    struct bytes part = {.data = name.data, .size = (size_t)(dot - name.data)};
    struct bytes rest = {.data = dot + 1, .size = name.size - part.size - 1};
    struct value value = from_subject(machine, part);
    while (value.kind == VALUE_JSON) {
        const struct value whole = member_of(machine, &value, rest);
        if (whole.kind != VALUE_UNDEFINED) {
            return whole;
        }
        dot = rest.size == 0 ? NULL : memchr(rest.data, '.', rest.size);
        if (dot == NULL) {
            return value_null();
        }
        part = (struct bytes){.data = rest.data, .size = (size_t)(dot - rest.data)};
        rest = (struct bytes){.data = dot + 1, .size = rest.size - part.size - 1};
        value = member_of(machine, &value, part);
    }
    return value_null();
}

static void push(struct machine *machine)
{
    *++machine->top = machine->constants[machine->at->argument];
}

static void load(struct machine *machine)
{
    const struct bytes name = machine->constants[machine->at->argument].text;
    struct value value = from_subject(machine, name);
    if (value.kind == VALUE_NULL && name.size > 0) {
        const uint8_t *const dot = memchr(name.data, '.', name.size);
        if (dot != NULL) {
            value = load_path(machine, name, dot);
        }
    }
    *++machine->top = value.kind == VALUE_UNDEFINED ? value_null() : value;
}

static void load_or_zero(struct machine *machine)
{
    const struct value value =
        from_subject(machine, machine->constants[machine->at->argument].text);
    *++machine->top = value.kind == VALUE_NULL ? value_number(0) : value;
}

static void load_this(struct machine *machine)
{
    *++machine->top = (struct value){.kind = VALUE_THIS};
}

static void load_now(struct machine *machine)
{
    *++machine->top = (struct value){.kind = VALUE_TIME, .time_us = machine->subject->now_us};
}

static void pop(struct machine *machine)
{
    machine->top--;
}

static void member(struct machine *machine)
{
    *machine->top =
        member_of(machine, machine->top, machine->constants[machine->at->argument].text);
}

static void index_member(struct machine *machine)
{
    struct value name = *machine->top;
    struct filter_scratch *const scratch = machine->scratch;
    const size_t begin = scratch->used;
    if (name.kind == VALUE_NUMBER && value_put_json(&name, scratch)) {
        name = value_text(
            (struct bytes){.data = scratch->bytes + begin, .size = scratch->used - begin});
        scratch->used = begin;
    }
    machine_give(machine, name.kind == VALUE_TEXT ? member_of(machine, machine->top - 1, name.text)
                                                  : (struct value){.kind = VALUE_UNDEFINED});
}

// Values become one JSON array in the scratch.
static void array(struct machine *machine)
{
    struct filter_scratch *const scratch = machine->scratch;
    const size_t begin = scratch->used;
    const size_t count = machine->at->count;
    const struct value *const first = machine->top + 1 - count;
    uint8_t *mark = value_room(scratch, 1);
    bool fits = mark != NULL;
    for (size_t i = 0; fits && i < count; i++) {
        *mark = i == 0 ? '[' : ',';
        fits = value_put_json(&first[i], scratch);
        mark = value_room(scratch, 1);
        fits = fits && mark != NULL;
    }
    if (fits && count == 0) {
        *mark = '[';
        mark = value_room(scratch, 1);
        fits = mark != NULL;
    }
    machine->top -= count;
    *++machine->top = value_null();
    if (fits) {
        *mark = ']';
        *machine->top =
            (struct value){.kind = VALUE_JSON,
                           .text = {.data = scratch->bytes + begin, .size = scratch->used - begin}};
    } else {
        scratch->used = begin;
    }
}

// Logic. ---------------------------------------------------------------------------------------------

// CQL2 (Kleene): 0 false, 1 true, 2 neither.
static unsigned three(const struct value *value)
{
    return value->kind == VALUE_BOOL ? value->truth : 2;
}

static void jump(struct machine *machine)
{
    machine->at += machine->at->argument;
}

static void jump_unless(struct machine *machine)
{
    const bool goes_on = machine_truth(machine->top);
    machine->top--;
    machine->at += goes_on ? 0 : machine->at->argument;
}

static void and_jump(struct machine *machine)
{
    machine->at += three(machine->top) == 0 ? machine->at->argument : 0;
}

static void or_jump(struct machine *machine)
{
    machine->at += three(machine->top) == 1 ? machine->at->argument : 0;
}

static void script_jump(struct machine *machine)
{
    const bool truth = machine_truth(machine->top);
    *machine->top = value_bool(truth);
    const bool wanted = machine->at->operation == OPERATION_SCRIPT_OR_JUMP;
    machine->at += truth == wanted ? machine->at->argument : 0;
}

static void coalesce_jump(struct machine *machine)
{
    if (machine->top->kind == VALUE_NULL || machine->top->kind == VALUE_UNDEFINED) {
        machine->top--;
    } else {
        machine->at += machine->at->argument;
    }
}

static void logic(struct machine *machine)
{
    const unsigned right = three(machine->top);
    const unsigned left = three(machine->top - 1);
    const unsigned decisive = machine->at->operation == OPERATION_OR;
    const bool is_decided = left == decisive || right == decisive;
    const bool is_open = !is_decided && (left == 2 || right == 2);
    machine_give(machine, is_open ? value_null() : value_bool(is_decided == (decisive == 1)));
}

static void negation(struct machine *machine)
{
    const unsigned operand = three(machine->top);
    *machine->top = operand == 2 ? value_null() : value_bool(operand == 0);
}

static void is_null(struct machine *machine)
{
    *machine->top = value_bool(machine->top->kind == VALUE_NULL);
}

static machine_step *const STEPS[OPERATION_COUNT] = {
    [OPERATION_PUSH] = push,
    [OPERATION_LOAD] = load,
    [OPERATION_LOAD_OR_ZERO] = load_or_zero,
    [OPERATION_THIS] = load_this,
    [OPERATION_NOW] = load_now,
    [OPERATION_POP] = pop,
    [OPERATION_MEMBER] = member,
    [OPERATION_INDEX] = index_member,
    [OPERATION_ARRAY] = array,
    [OPERATION_JUMP] = jump,
    [OPERATION_JUMP_UNLESS] = jump_unless,
    [OPERATION_AND_JUMP] = and_jump,
    [OPERATION_OR_JUMP] = or_jump,
    [OPERATION_SCRIPT_AND_JUMP] = script_jump,
    [OPERATION_SCRIPT_OR_JUMP] = script_jump,
    [OPERATION_COALESCE_JUMP] = coalesce_jump,
    [OPERATION_AND] = logic,
    [OPERATION_OR] = logic,
    [OPERATION_NOT] = negation,
    [OPERATION_EQUAL... OPERATION_GREATER_EQUAL] = machine_compare,
    [OPERATION_ADD... OPERATION_POWER] = machine_arithmetic,
    [OPERATION_NEGATE] = machine_negate,
    [OPERATION_IN] = machine_in,
    [OPERATION_IN_SET] = machine_in_set,
    [OPERATION_BETWEEN] = machine_between,
    [OPERATION_LIKE] = machine_like,
    [OPERATION_IS_NULL] = is_null,
    [OPERATION_CASEI] = machine_fold_case,
    [OPERATION_ACCENTI] = machine_fold_accents,
    [OPERATION_INTERVAL] = machine_interval,
    [OPERATION_TIME_RELATION] = machine_time_relation,
    [OPERATION_ARRAY_RELATION] = machine_array_relation,
    [OPERATION_SHAPE_RELATION] = machine_shape_relation,
    [OPERATION_DISTANCE] = machine_distance,
    [OPERATION_SCRIPT_EQUAL... OPERATION_SCRIPT_GREATER_EQUAL] = machine_script_compare,
    [OPERATION_SCRIPT_ADD... OPERATION_SCRIPT_MODULO] = machine_script_arithmetic,
    [OPERATION_SCRIPT_BIT_AND... OPERATION_SCRIPT_BIT_XOR] = machine_script_bits,
    [OPERATION_SCRIPT_NEGATE] = machine_script_negate,
    [OPERATION_SCRIPT_NOT] = machine_script_not,
    [OPERATION_SCRIPT_BOOL] = machine_script_bool,
    [OPERATION_SCRIPT_IN] = machine_script_in,
    [OPERATION_SCRIPT_GLOB] = machine_script_glob,
    [OPERATION_SCRIPT_REGEX] = machine_script_regex,
};

struct value program_run(const struct program *program, const struct filter_subject *subject,
                         struct filter_scratch *scratch)
{
    struct machine machine UNINITIALIZED;
    machine.subject = subject;
    machine.scratch = scratch;
    machine.constants = program->constants;
    machine.at = program->code;
    machine.top = machine.stack;
    machine.budget = PROGRAM_BUDGET;
    for (; machine.at->operation != OPERATION_RETURN; machine.at++) {
        if (UNLIKELY(--machine.budget < 0)) {
            return value_null();
        }
        STEPS[machine.at->operation](&machine);
    }
    assert(machine.top == machine.stack + 1); // the verifier has seen to it
    return machine.budget < 0 ? value_null() : *machine.top;
}
