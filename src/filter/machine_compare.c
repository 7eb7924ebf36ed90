#include <math.h>

#include "base/date.h"
#include "filter/machine.h"

static bool time_of(const struct value *value, int64_t *time_us)
{
    if (value->kind == VALUE_TIME) {
        *time_us = value->time_us;
        return true;
    }
    return value->kind == VALUE_TEXT && date_parse_rfc3339(value->text, time_us);
}

bool machine_order(const struct value *left, const struct value *right, int *order)
{
    int64_t left_us = 0;
    int64_t right_us = 0;
    if (left->kind == VALUE_NUMBER && right->kind == VALUE_NUMBER) {
        *order = (left->number > right->number) - (left->number < right->number);
        return !isunordered(left->number, right->number);
    }
    if (left->kind == VALUE_TEXT && right->kind == VALUE_TEXT) {
        *order = bytes_compare(left->text, right->text);
        return true;
    }
    if (left->kind == VALUE_BOOL && right->kind == VALUE_BOOL) {
        *order = left->truth - right->truth;
        return true;
    }
    if ((left->kind == VALUE_TIME || right->kind == VALUE_TIME) && time_of(left, &left_us) &&
        time_of(right, &right_us)) {
        *order = (left_us > right_us) - (left_us < right_us);
        return true;
    }
    return false;
}

// Which of less, equal, greater an operator takes, as bits.
static unsigned taken_orders(unsigned operation)
{
    enum { LESS = 1, SAME = 2, GREATER = 4 };
    static const uint8_t taken[] = {
        [OPERATION_EQUAL - OPERATION_EQUAL] = SAME,
        [OPERATION_NOT_EQUAL - OPERATION_EQUAL] = LESS | GREATER,
        [OPERATION_LESS - OPERATION_EQUAL] = LESS,
        [OPERATION_LESS_EQUAL - OPERATION_EQUAL] = LESS | SAME,
        [OPERATION_GREATER - OPERATION_EQUAL] = GREATER,
        [OPERATION_GREATER_EQUAL - OPERATION_EQUAL] = GREATER | SAME,
    };
    return taken[operation - OPERATION_EQUAL];
}

void machine_compare(struct machine *machine)
{
    const struct value *const right = machine->top;
    const struct value *const left = right - 1;
    int order = 0;
    if (!machine_order(left, right, &order)) {
        machine_give(machine, value_null());
        return;
    }
    if (left->kind == VALUE_TEXT && right->kind == VALUE_TEXT) {
        machine_charge(machine,
                       left->text.size < right->text.size ? left->text.size : right->text.size);
    }
    const unsigned bit = order < 0 ? 1 : order == 0 ? 2 : 4;
    machine_give(machine, value_bool((taken_orders(machine->at->operation) & bit) != 0));
}

void machine_in(struct machine *machine)
{
    const size_t count = machine->at->count;
    struct value *const sought = machine->top - count;
    bool is_in = false;
    for (size_t i = 1; i <= count && !is_in; i++) {
        int order = 0;
        is_in = machine_order(sought, sought + i, &order) && order == 0;
    }
    machine->top = sought;
    *sought = sought->kind == VALUE_NULL ? value_null() : value_bool(is_in);
}

int machine_set_order(const struct value *left, const struct value *right)
{
    if (left->kind != right->kind) {
        return left->kind < right->kind ? -1 : 1;
    }
    int order = 0;
    return machine_order(left, right, &order) ? order : 0;
}

static bool is_in_set(const struct value *sought, const struct value *set, size_t count)
{
    size_t low = 0;
    while (low < count) {
        const size_t middle = low + (count - low) / 2;
        const int order = machine_set_order(sought, &set[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            count = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

void machine_in_set(struct machine *machine)
{
    struct value *const sought = machine->top;
    const struct value *const set = machine->constants + machine->at->argument;
    const size_t count = machine->at->count;
    if (sought->kind == VALUE_NULL) {
        return;
    }
    bool is_in = is_in_set(sought, set, count);
    int64_t time_us = 0;
    if (!is_in && sought->kind == VALUE_TEXT && count > 0 && set[count - 1].kind == VALUE_TIME &&
        time_of(sought, &time_us)) {
        const struct value instant = {.kind = VALUE_TIME, .time_us = time_us};
        is_in = is_in_set(&instant, set, count);
    }
    *sought = value_bool(is_in);
}

void machine_between(struct machine *machine)
{
    struct value *const value = machine->top - 2;
    int from_low = 0;
    int from_high = 0;
    const bool has_order =
        machine_order(value, value + 1, &from_low) && machine_order(value, value + 2, &from_high);
    machine->top = value;
    *value = has_order ? value_bool(from_low >= 0 && from_high <= 0) : value_null();
}

static double calculate(unsigned operation, double left, double right)
{
    switch (operation) {
    case OPERATION_ADD:
        return left + right;
    case OPERATION_SUBTRACT:
        return left - right;
    case OPERATION_MULTIPLY:
        return left * right;
    case OPERATION_DIVIDE:
        return left / right;
    case OPERATION_MODULO:
        return fmod(left, right);
    case OPERATION_WHOLE_DIVIDE:
        return trunc(left / right);
    default:
        return pow(left, right);
    }
}

// No result, or one that is no number (a division by zero), is null.
void machine_arithmetic(struct machine *machine)
{
    const struct value *const right = machine->top;
    const struct value *const left = right - 1;
    double result = (double)NAN;
    if (left->kind == VALUE_NUMBER && right->kind == VALUE_NUMBER) {
        result = calculate(machine->at->operation, left->number, right->number);
    }
    machine_give(machine, isfinite(result) ? value_number(result) : value_null());
}

void machine_negate(struct machine *machine)
{
    *machine->top =
        machine->top->kind == VALUE_NUMBER ? value_number(-machine->top->number) : value_null();
}
