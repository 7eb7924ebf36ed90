#include "filter/machine.h"

// What a comparison of two shapes may cost: every edge of one against every edge of the other.
static void charge_shapes(struct machine *machine, struct shape left, struct shape right)
{
    const size_t edges = left.bytes.size / 8 + 1;
    const size_t others = right.bytes.size / 8 + 1;
    machine_charge(machine, edges > SIZE_MAX / others ? SIZE_MAX : edges * others / 64);
}

void machine_shape_relation(struct machine *machine)
{
    const struct value *const right = machine->top;
    const struct value *const left = right - 1;
    if (left->kind != VALUE_SHAPE || right->kind != VALUE_SHAPE) {
        machine_give(machine, value_null());
        return;
    }
    charge_shapes(machine, left->shape, right->shape);
    bool is_related = false;
    switch ((enum shape_relation)machine->at->argument) {
    case SHAPE_INTERSECTS:
        is_related = shape_intersects(left->shape, right->shape);
        break;
    case SHAPE_DISJOINT:
        is_related = !shape_intersects(left->shape, right->shape);
        break;
    case SHAPE_WITHIN:
        is_related = shape_contains(right->shape, left->shape);
        break;
    case SHAPE_CONTAINS:
        is_related = shape_contains(left->shape, right->shape);
        break;
    case SHAPE_EQUALS:
        is_related =
            shape_contains(left->shape, right->shape) && shape_contains(right->shape, left->shape);
        break;
    }
    machine_give(machine, value_bool(is_related));
}

void machine_distance(struct machine *machine)
{
    const struct value *const right = machine->top;
    const struct value *const left = right - 1;
    if (left->kind != VALUE_SHAPE || right->kind != VALUE_SHAPE) {
        machine_give(machine, value_null());
        return;
    }
    charge_shapes(machine, left->shape, right->shape);
    machine_give(machine, value_number(shape_distance_m(left->shape, right->shape)));
}
