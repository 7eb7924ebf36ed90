#include "base/date.h"
#include "filter/machine.h"

// Time. ----------------------------------------------------------------------------------------------

// An instant is an interval that ends where it begins.
static bool interval_of(const struct value *value, int64_t *from_us, int64_t *until_us)
{
    if (value->kind == VALUE_INTERVAL) {
        *from_us = value->from_us;
        *until_us = value->until_us;
        return true;
    }
    int64_t time_us = value->time_us;
    if (value->kind != VALUE_TIME &&
        (value->kind != VALUE_TEXT || !date_parse_rfc3339(value->text, &time_us))) {
        return false;
    }
    *from_us = time_us;
    *until_us = time_us;
    return true;
}

// The ends of an interval; a null at either side is open, which is how ".." comes here.
void machine_interval(struct machine *machine)
{
    struct value interval = {.kind = VALUE_INTERVAL};
    int64_t ignored = 0;
    const struct value *const ends = machine->top - 1;
    bool is_interval = true;
    if (ends[0].kind == VALUE_UNDEFINED) {
        interval.from_us = INT64_MIN;
    } else {
        is_interval = interval_of(&ends[0], &interval.from_us, &ignored);
    }
    if (ends[1].kind == VALUE_UNDEFINED) {
        interval.until_us = INT64_MAX;
    } else {
        is_interval = is_interval && interval_of(&ends[1], &ignored, &interval.until_us);
    }
    machine_give(machine,
                 is_interval && interval.from_us <= interval.until_us ? interval : value_null());
}

// Allen's relations, as OGC 21-065 defines them on begins and ends.
static bool are_related(enum time_relation relation, const struct value *left,
                        const struct value *right)
{
    const int64_t from = left->from_us;
    const int64_t until = left->until_us;
    const int64_t other_from = right->from_us;
    const int64_t other_until = right->until_us;
    switch (relation) {
    case TIME_AFTER:
        return from > other_until;
    case TIME_BEFORE:
        return until < other_from;
    case TIME_CONTAINS:
        return from < other_from && until > other_until;
    case TIME_DISJOINT:
        return until < other_from || from > other_until;
    case TIME_DURING:
        return from > other_from && until < other_until;
    case TIME_EQUALS:
        return from == other_from && until == other_until;
    case TIME_FINISHED_BY:
        return from < other_from && until == other_until;
    case TIME_FINISHES:
        return from > other_from && until == other_until;
    case TIME_INTERSECTS:
        return from <= other_until && until >= other_from;
    case TIME_MEETS:
        return until == other_from;
    case TIME_MET_BY:
        return from == other_until;
    case TIME_OVERLAPPED_BY:
        return from > other_from && from < other_until && until > other_until;
    case TIME_OVERLAPS:
        return from < other_from && until > other_from && until < other_until;
    case TIME_STARTED_BY:
        return from == other_from && until > other_until;
    case TIME_STARTS:
        return from == other_from && until < other_until;
    }
    return false;
}

void machine_time_relation(struct machine *machine)
{
    struct value left = {.kind = VALUE_INTERVAL};
    struct value right = {.kind = VALUE_INTERVAL};
    const bool has_times = interval_of(machine->top - 1, &left.from_us, &left.until_us) &&
                           interval_of(machine->top, &right.from_us, &right.until_us);
    const enum time_relation relation = (enum time_relation)machine->at->argument;
    machine_give(machine,
                 has_times ? value_bool(are_related(relation, &left, &right)) : value_null());
}

// Arrays, as sets. -----------------------------------------------------------------------------------

static bool is_same_element(struct bytes left, struct bytes right, struct filter_scratch *scratch)
{
    const size_t used = scratch->used;
    const struct value one = value_of_json(left, scratch);
    const struct value other = value_of_json(right, scratch);
    int order = 0;
    const bool is_same = machine_order(&one, &other, &order)
                             ? order == 0
                             : one.kind == other.kind && bytes_equal(left, right);
    scratch->used = used;
    return is_same;
}

// How many of the elements of `array` lie in `other`, and how many it has.
static size_t count_common(struct machine *machine, struct bytes array, struct bytes other,
                           size_t *count)
{
    size_t common = 0;
    struct bytes element;
    for (*count = 0; machine->budget >= 0 && value_next_element(&array, &element); ++*count) {
        struct bytes rest = other;
        struct bytes candidate;
        machine_charge(machine, other.size + element.size);
        while (value_next_element(&rest, &candidate)) {
            if (is_same_element(element, candidate, machine->scratch)) {
                common++;
                break;
            }
        }
    }
    return common;
}

void machine_array_relation(struct machine *machine)
{
    const struct value *const right = machine->top;
    const struct value *const left = right - 1;
    if (left->kind != VALUE_JSON || right->kind != VALUE_JSON || left->text.data[0] != '[' ||
        right->text.data[0] != '[') {
        machine_give(machine, value_null());
        return;
    }
    size_t left_count = 0;
    size_t right_count = 0;
    const size_t of_left = count_common(machine, left->text, right->text, &left_count);
    const size_t of_right = count_common(machine, right->text, left->text, &right_count);
    bool is_related = false;
    switch ((enum array_relation)machine->at->argument) {
    case ARRAY_CONTAINED_BY:
        is_related = of_left == left_count;
        break;
    case ARRAY_CONTAINS:
        is_related = of_right == right_count;
        break;
    case ARRAY_EQUALS:
        is_related = of_left == left_count && of_right == right_count;
        break;
    case ARRAY_OVERLAPS:
        is_related = of_left > 0;
        break;
    }
    machine_give(machine, value_bool(is_related));
}
