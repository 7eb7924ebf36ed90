#include <math.h>

#include "base/decimal.h"
#include "filter/machine.h"
#include "filter/regex.h"
#include "text/glob.h"

// Conversions, as tidwall/expr has them. --------------------------------------------------------------

static double number_of(const struct value *value)
{
    double number = (double)NAN;
    switch (value->kind) {
    case VALUE_NULL:
        return 0;
    case VALUE_BOOL:
        return value->truth;
    case VALUE_NUMBER:
        return value->number;
    case VALUE_TIME:
        return (double)value->time_us / 1e6;
    case VALUE_TEXT:
        return decimal_parse(value->text, &number) ? number : (double)NAN;
    case VALUE_UNDEFINED:
    case VALUE_SHAPE:
    case VALUE_JSON:
    case VALUE_INTERVAL:
    case VALUE_THIS:
    case VALUE_REGEX:
        break;
    }
    return (double)NAN;
}

bool machine_truth(const struct value *value)
{
    switch (value->kind) {
    case VALUE_BOOL:
        return value->truth;
    case VALUE_NUMBER: // NaN is not 0
        return !(value->number >= 0 && value->number <= 0);
    case VALUE_TEXT:
        return value->text.size > 0;
    case VALUE_TIME:
        return true;
    case VALUE_NULL:
    case VALUE_UNDEFINED:
    case VALUE_SHAPE:
    case VALUE_JSON:
    case VALUE_INTERVAL:
    case VALUE_THIS:
    case VALUE_REGEX:
        break;
    }
    return false;
}

static struct bytes text_of(struct machine *machine, const struct value *value)
{
    char text[DECIMAL_SIZE];
    uint8_t *room = NULL;
    size_t size = 0;
    switch (value->kind) {
    case VALUE_TEXT:
    case VALUE_JSON:
        return value->text;
    case VALUE_BOOL:
        return value->truth ? BYTES_OF("true") : BYTES_OF("false");
    case VALUE_NULL:
        return BYTES_OF("null");
    case VALUE_NUMBER:
    case VALUE_TIME:
        size = decimal_format(number_of(value), text);
        room = value_room(machine->scratch, size);
        if (room != NULL) {
            memcpy(room, text, size);
        }
        return (struct bytes){.data = room, .size = room == NULL ? 0 : size};
    case VALUE_UNDEFINED:
    case VALUE_SHAPE:
    case VALUE_INTERVAL:
    case VALUE_THIS:
    case VALUE_REGEX:
        break;
    }
    return BYTES_OF("undefined");
}

static bool is_object(const struct value *value)
{
    return value->kind == VALUE_JSON || value->kind == VALUE_THIS || value->kind == VALUE_SHAPE ||
           value->kind == VALUE_INTERVAL || value->kind == VALUE_REGEX;
}

static bool is_nothing(const struct value *value)
{
    return value->kind == VALUE_NULL || value->kind == VALUE_UNDEFINED;
}

// Comparing. -----------------------------------------------------------------------------------------

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

// Tile38 compares texts without regard to the case of ASCII letters.
static int text_order(struct bytes left, struct bytes right)
{
    const size_t common = left.size < right.size ? left.size : right.size;
    for (size_t i = 0; i < common; i++) {
        const int order = lower(left.data[i]) - lower(right.data[i]);
        if (order != 0) {
            return order;
        }
    }
    return (left.size > right.size) - (left.size < right.size);
}

// False: nothing is true of the two but that they differ.
static bool script_order(const struct value *left, const struct value *right, int *order)
{
    *order = 0;
    if (left->kind == VALUE_TEXT && right->kind == VALUE_TEXT) {
        *order = text_order(left->text, right->text);
        return true;
    }
    const double one = number_of(left);
    const double other = number_of(right);
    *order = (one > other) - (one < other);
    return !isunordered(one, other);
}

static bool is_equal(const struct value *left, const struct value *right)
{
    int order = 0;
    if (left->kind == VALUE_UNDEFINED || right->kind == VALUE_UNDEFINED) {
        return is_nothing(left) && is_nothing(right);
    }
    return script_order(left, right, &order) && order == 0;
}

void machine_script_compare(struct machine *machine)
{
    const struct value *const right = machine->top;
    const struct value *const left = right - 1;
    if (is_object(left) || is_object(right)) {
        machine_give(machine, (struct value){.kind = VALUE_UNDEFINED});
        return;
    }
    if (left->kind == VALUE_TEXT && right->kind == VALUE_TEXT) {
        machine_charge(machine,
                       left->text.size < right->text.size ? left->text.size : right->text.size);
    }
    int order = 0;
    const bool has_order = script_order(left, right, &order);
    bool truth = false;
    switch (machine->at->operation) {
    case OPERATION_SCRIPT_EQUAL:
        truth = is_equal(left, right);
        break;
    case OPERATION_SCRIPT_NOT_EQUAL:
        truth = !is_equal(left, right);
        break;
    case OPERATION_SCRIPT_SAME:
        truth = left->kind == right->kind && is_equal(left, right);
        break;
    case OPERATION_SCRIPT_NOT_SAME:
        truth = left->kind != right->kind || !is_equal(left, right);
        break;
    case OPERATION_SCRIPT_LESS:
        truth = has_order && order < 0;
        break;
    case OPERATION_SCRIPT_LESS_EQUAL:
        truth = has_order && order <= 0;
        break;
    case OPERATION_SCRIPT_GREATER:
        truth = has_order && order > 0;
        break;
    default:
        truth = has_order && order >= 0;
        break;
    }
    machine_give(machine, value_bool(truth));
}

void machine_script_in(struct machine *machine)
{
    const struct value *const array = machine->top;
    const struct value *const sought = array - 1;
    struct bytes rest = array->text;
    struct bytes element;
    bool is_in = false;
    if (array->kind == VALUE_JSON && !is_object(sought)) {
        machine_charge(machine, rest.size);
        while (!is_in && value_next_element(&rest, &element)) {
            const size_t used = machine->scratch->used;
            const struct value candidate = value_of_json(element, machine->scratch);
            is_in = !is_object(&candidate) && is_equal(sought, &candidate);
            machine->scratch->used = used;
        }
    }
    machine_give(machine, value_bool(is_in));
}

// Calculating. ---------------------------------------------------------------------------------------

static struct value joined(struct machine *machine, const struct value *left,
                           const struct value *right)
{
    const struct bytes one = text_of(machine, left);
    const struct bytes other = text_of(machine, right);
    machine_charge(machine, one.size + other.size);
    uint8_t *const room = value_room(machine->scratch, one.size + other.size);
    if (room == NULL) {
        return value_null();
    }
    if (one.size > 0) {
        memcpy(room, one.data, one.size);
    }
    if (other.size > 0) {
        memcpy(room + one.size, other.data, other.size);
    }
    return value_text((struct bytes){.data = room, .size = one.size + other.size});
}

void machine_script_arithmetic(struct machine *machine)
{
    const struct value *const right = machine->top;
    const struct value *const left = right - 1;
    if (is_object(left) || is_object(right)) {
        machine_give(machine, (struct value){.kind = VALUE_UNDEFINED});
        return;
    }
    const unsigned operation = machine->at->operation;
    if (operation == OPERATION_SCRIPT_ADD &&
        (left->kind == VALUE_TEXT || right->kind == VALUE_TEXT)) {
        machine_give(machine, joined(machine, left, right));
        return;
    }
    const double one = number_of(left);
    const double other = number_of(right);
    const double sum = one + other;
    machine_give(machine, value_number(operation == OPERATION_SCRIPT_ADD        ? sum
                                       : operation == OPERATION_SCRIPT_SUBTRACT ? one - other
                                       : operation == OPERATION_SCRIPT_MULTIPLY ? one * other
                                       : operation == OPERATION_SCRIPT_DIVIDE   ? one / other
                                                                              : fmod(one, other)));
}

// What has no whole number in 64 bits counts as 0.
static int64_t whole_of(const struct value *value)
{
    const double number = number_of(value);
    return number > -0x1p63 && number < 0x1p63 ? (int64_t)number : 0;
}

void machine_script_bits(struct machine *machine)
{
    const int64_t left = whole_of(machine->top - 1);
    const int64_t right = whole_of(machine->top);
    const unsigned operation = machine->at->operation;
    const int64_t bits = operation == OPERATION_SCRIPT_BIT_AND  ? left & right
                         : operation == OPERATION_SCRIPT_BIT_OR ? left | right
                                                                : left ^ right;
    machine_give(machine, value_number((double)bits));
}

void machine_script_negate(struct machine *machine)
{
    *machine->top = is_object(machine->top) ? (struct value){.kind = VALUE_UNDEFINED}
                                            : value_number(-number_of(machine->top));
}

void machine_script_not(struct machine *machine)
{
    *machine->top = value_bool(!machine_truth(machine->top));
}

void machine_script_bool(struct machine *machine)
{
    *machine->top = value_bool(machine_truth(machine->top));
}

// Patterns. ------------------------------------------------------------------------------------------

static struct bytes lowered(struct machine *machine, const struct value *value)
{
    const struct bytes text = text_of(machine, value);
    uint8_t *const room = value_room(machine->scratch, text.size);
    for (size_t i = 0; room != NULL && i < text.size; i++) {
        room[i] = lower(text.data[i]);
    }
    return (struct bytes){.data = room, .size = room == NULL ? 0 : text.size};
}

// name.match("truck*"), without regard to case.
void machine_script_glob(struct machine *machine)
{
    const size_t used = machine->scratch->used;
    const struct bytes pattern = lowered(machine, machine->top);
    const struct bytes text = lowered(machine, machine->top - 1);
    const bool fits = pattern.data != NULL && text.data != NULL;
    machine_charge(machine, text.size * (pattern.size + 1) / 4);
    const bool matches = fits && machine->budget >= 0 && glob_matches(pattern, text);
    machine->scratch->used = used;
    machine_give(machine, value_bool(matches));
}

void machine_script_regex(struct machine *machine)
{
    const struct bytes text = text_of(machine, machine->top - 1);
    const struct regex *regex = machine->top->regex;
    struct regex_room room UNINITIALIZED;
    if (machine->top->kind != VALUE_REGEX) {
        // A pattern that an object brings along: compiled each time, within fixed room.
        const struct bytes pattern = text_of(machine, machine->top);
        machine_charge(machine, pattern.size * 64);
        regex = regex_compile(pattern, &room, NULL) == STATUS_OK ? &room.regex : NULL;
    }
    bool matches = false;
    if (regex != NULL) {
        machine_charge(machine, (text.size + 1) * regex->count);
        matches = machine->budget >= 0 && regex_matches(regex, text);
    }
    machine_give(machine, value_bool(matches));
}
