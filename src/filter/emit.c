#include "filter/machine.h"
#include "filter/node.h"

enum { CONSTANTS_MAX = 1 << 14 };

struct emitter {
    struct compilation *compilation;
    struct instruction *code;
    size_t code_count, code_capacity;
    struct value *constants;
    size_t constant_count, constant_capacity;
};

static void emitter_free(struct emitter *emitter)
{
    memory_give(emitter->code);
    memory_give(emitter->constants);
}

static size_t add(struct emitter *emitter, enum operation operation, uint32_t argument,
                  size_t count)
{
    struct compilation *const compilation = emitter->compilation;
    if (emitter->code_count == PROGRAM_SIZE) {
        compilation_fail(compilation, 0, "the filter has more than %d steps", PROGRAM_SIZE);
        return 0;
    }
    if (!memory_grow(compilation->account, &emitter->code, &emitter->code_capacity,
                     emitter->code_count + 1, sizeof(*emitter->code))) {
        compilation_has_no_memory(compilation);
        return 0;
    }
    emitter->code[emitter->code_count] = (struct instruction){
        .operation = (uint16_t)operation, .count = (uint16_t)count, .argument = argument};
    return emitter->code_count++;
}

static uint32_t add_constant(struct emitter *emitter, struct value constant)
{
    struct compilation *const compilation = emitter->compilation;
    if (emitter->constant_count == CONSTANTS_MAX) {
        compilation_fail(compilation, 0, "the filter has more than %d constants", CONSTANTS_MAX);
        return 0;
    }
    if (!memory_grow(compilation->account, &emitter->constants, &emitter->constant_capacity,
                     emitter->constant_count + 1, sizeof(*emitter->constants))) {
        compilation_has_no_memory(compilation);
        return 0;
    }
    emitter->constants[emitter->constant_count] = constant;
    return (uint32_t)emitter->constant_count++;
}

// A jump from `from` to what is emitted next.
static void land(struct emitter *emitter, size_t from)
{
    if (emitter->compilation->status == STATUS_OK) {
        emitter->code[from].argument = (uint32_t)(emitter->code_count - from - 1);
    }
}

static void emit(struct emitter *emitter, const struct node *node);

// The first part; for each further one a jump that keeps what there is when that decides, the part, and
// what joins both. All jumps go to the end: what decides once, decides.
static void emit_logic(struct emitter *emitter, const struct node *node, enum operation jump,
                       enum operation join)
{
    struct compilation *const compilation = emitter->compilation;
    size_t *const jumps = node_pool_take(&compilation->working, node->count * sizeof(*jumps));
    if (jumps == NULL) {
        compilation_has_no_memory(compilation);
        return;
    }
    size_t count = 0;
    emit(emitter, node->first);
    for (const struct node *part = node->first->next; part != NULL; part = part->next) {
        jumps[count++] = add(emitter, jump, 0, 0);
        if (join == OPERATION_SCRIPT_BOOL) {
            (void)add(emitter, OPERATION_POP, 0, 0);
        }
        emit(emitter, part);
        (void)add(emitter, join, 0, 0);
    }
    while (count > 0) {
        land(emitter, jumps[--count]);
    }
}

static void emit_choice(struct emitter *emitter, const struct node *node)
{
    const struct node *const chosen = node->first->next;
    emit(emitter, node->first);
    const size_t unless = add(emitter, OPERATION_JUMP_UNLESS, 0, 0);
    emit(emitter, chosen);
    const size_t over = add(emitter, OPERATION_JUMP, 0, 0);
    land(emitter, unless);
    emit(emitter, chosen->next);
    land(emitter, over);
}

static void emit_parts(struct emitter *emitter, const struct node *node)
{
    for (const struct node *part = node->first; part != NULL; part = part->next) {
        emit(emitter, part);
    }
}

// A list of constants only becomes a set to search in.
static bool is_constant_list(const struct node *node)
{
    for (const struct node *part = node->first->next; part != NULL; part = part->next) {
        if (part->kind != NODE_CONSTANT) {
            return false;
        }
    }
    return node->count > 1;
}

static void sift(struct value *values, size_t root, size_t count)
{
    for (size_t child = root * 2 + 1; child < count; child = root * 2 + 1) {
        child += child + 1 < count && machine_set_order(&values[child], &values[child + 1]) < 0;
        if (machine_set_order(&values[root], &values[child]) >= 0) {
            return;
        }
        const struct value swapped = values[root];
        values[root] = values[child];
        values[child] = swapped;
        root = child;
    }
}

// Heap sort: sixteen thousand values of a hostile list are no quadratic time.
static void sort(struct value *values, size_t count)
{
    for (size_t root = count / 2; root-- > 0;) {
        sift(values, root, count);
    }
    while (count > 1) {
        count--;
        const struct value swapped = values[0];
        values[0] = values[count];
        values[count] = swapped;
        sift(values, 0, count);
    }
}

static void emit_set(struct emitter *emitter, const struct node *node)
{
    emit(emitter, node->first);
    const size_t first = emitter->constant_count;
    for (const struct node *part = node->first->next; part != NULL; part = part->next) {
        (void)add_constant(emitter, part->constant);
    }
    if (emitter->compilation->status == STATUS_OK) {
        sort(emitter->constants + first, emitter->constant_count - first);
        (void)add(emitter, OPERATION_IN_SET, (uint32_t)first, node->count - 1);
    }
}

static void emit_operation(struct emitter *emitter, const struct node *node)
{
    if (node->operation == OPERATION_IN && is_constant_list(node)) {
        emit_set(emitter, node);
        return;
    }
    emit_parts(emitter, node);
    const size_t count = node->operation == OPERATION_IN      ? node->count - 1
                         : node->operation == OPERATION_ARRAY ? node->count
                                                              : 0;
    const uint32_t argument = node->operation == OPERATION_MEMBER
                                  ? add_constant(emitter, node->constant)
                                  : node->argument;
    (void)add(emitter, node->operation, argument, count);
}

static void emit(struct emitter *emitter, const struct node *node)
{
    struct compilation *const compilation = emitter->compilation;
    if (compilation->status != STATUS_OK) {
        return;
    }
    switch (node->kind) {
    case NODE_CONSTANT:
        (void)add(emitter, OPERATION_PUSH, add_constant(emitter, node->constant), 0);
        break;
    case NODE_NAME:
        (void)add(emitter,
                  compilation->language == FILTER_CQL2 ? OPERATION_LOAD : OPERATION_LOAD_OR_ZERO,
                  add_constant(emitter, node->constant), 0);
        break;
    case NODE_OPERATION:
        emit_operation(emitter, node);
        break;
    case NODE_AND:
        emit_logic(emitter, node, OPERATION_AND_JUMP, OPERATION_AND);
        break;
    case NODE_OR:
        emit_logic(emitter, node, OPERATION_OR_JUMP, OPERATION_OR);
        break;
    case NODE_SCRIPT_AND:
        emit_logic(emitter, node, OPERATION_SCRIPT_AND_JUMP, OPERATION_SCRIPT_BOOL);
        break;
    case NODE_SCRIPT_OR:
        emit_logic(emitter, node, OPERATION_SCRIPT_OR_JUMP, OPERATION_SCRIPT_BOOL);
        break;
    case NODE_COALESCE: {
        emit(emitter, node->first);
        const size_t from = add(emitter, OPERATION_COALESCE_JUMP, 0, 0);
        emit(emitter, node->first->next);
        land(emitter, from);
        break;
    }
    case NODE_CHOOSE:
        emit_choice(emitter, node);
        break;
    case NODE_SEQUENCE:
        emit(emitter, node->first);
        (void)add(emitter, OPERATION_POP, 0, 0);
        emit(emitter, node->first->next);
        break;
    }
}

// What an operation gives for constants, by running it.
static struct value run_once(const struct node *node, struct filter_scratch *scratch)
{
    struct instruction code[PROGRAM_STACK + 2];
    struct value constants[PROGRAM_STACK];
    uint32_t count = 0;
    for (const struct node *part = node->first; part != NULL; part = part->next) {
        constants[count] = part->constant;
        code[count] = (struct instruction){.operation = OPERATION_PUSH, .argument = count};
        count++;
    }
    const bool is_array = node->operation == OPERATION_ARRAY;
    code[count] = (struct instruction){.operation = (uint16_t)node->operation,
                                       .count = (uint16_t)(is_array ? count : 0),
                                       .argument = node->argument};
    code[count + 1] = (struct instruction){.operation = OPERATION_RETURN};
    const struct program program = {
        .code = code, .code_count = count + 2, .constants = constants, .constant_count = count};
    const struct filter_subject nobody = {0}; // no operation on constants asks for a name
    return program_verify(&program, NULL) == STATUS_OK ? program_run(&program, &nobody, scratch)
                                                       : value_null();
}

struct node *node_folded(struct compilation *compilation, struct node *node)
{
    if (compilation->status != STATUS_OK || node->count > PROGRAM_STACK) {
        return node;
    }
    for (const struct node *part = node->first; part != NULL; part = part->next) {
        if (part->kind != NODE_CONSTANT) {
            return node;
        }
    }
    struct filter_scratch scratch;
    scratch.used = 0;
    struct value value = run_once(node, &scratch);
    if (value.kind == VALUE_TEXT || value.kind == VALUE_JSON) {
        value.text = node_keep(compilation, value.text);
    } else if (value.kind == VALUE_NULL && node->first != NULL) {
        return node; // more than fits the scratch now may fit later; a null costs nothing to find again
    }
    return node_constant(compilation, node->at, value);
}

void node_emit(struct compilation *compilation, const struct node *node, struct program *program)
{
    struct emitter emitter SCOPED(emitter_free) = {.compilation = compilation};
    emit(&emitter, node);
    (void)add(&emitter, OPERATION_RETURN, 0, 0);
    if (compilation->status != STATUS_OK) {
        return;
    }
    const struct bytes code = {.data = (const uint8_t *)emitter.code,
                               .size = emitter.code_count * sizeof(*emitter.code)};
    const struct bytes constants = {.data = (const uint8_t *)emitter.constants,
                                    .size = emitter.constant_count * sizeof(*emitter.constants)};
    program->code_count = (uint32_t)emitter.code_count;
    program->constant_count = (uint32_t)emitter.constant_count;
    program->code = (const void *)node_keep(compilation, code).data;
    program->constants = (const void *)node_keep(compilation, constants).data;
    struct fault fault = {0};
    if (compilation->status == STATUS_OK && program_verify(program, &fault) != STATUS_OK) {
        // All a text can do wrong that only the whole program shows: too many values at once.
        compilation_fail(compilation, 0, "the filter needs more than %d values at once",
                         PROGRAM_STACK);
    }
}
