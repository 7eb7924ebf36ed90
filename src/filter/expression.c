// The expressions of Tile38's WHERE (tidwall/expr): JavaScript's operators and precedence.
#include "filter/expression.h"

#include "filter/regex.h"

static struct node *sequence(struct compilation *it);
static struct node *choice(struct compilation *it);

static struct node *array(struct compilation *it)
{
    struct node *const node = node_operation(it, it->at, OPERATION_ARRAY, NODE_ANY);
    expression_expect(it, "[");
    if (!expression_take(it, "]")) {
        do {
            node_add(it, node, choice(it));
        } while (node->count < PROGRAM_STACK && expression_take(it, ","));
        expression_expect(it, "]");
    }
    return node_folded(it, node);
}

// Names. ---------------------------------------------------------------------------------------------

static struct node *named(struct compilation *it)
{
    static const struct {
        const char *name;
        struct value value;
    } rows[] = {
        {"true", {.kind = VALUE_BOOL, .truth = true}},
        {"false", {.kind = VALUE_BOOL, .truth = false}},
        {"NaN", {.kind = VALUE_NUMBER, .number = __builtin_nan("")}},
        {"Infinity", {.kind = VALUE_NUMBER, .number = __builtin_inf()}},
        {"undefined", {.kind = VALUE_UNDEFINED}},
        {"null", {.kind = VALUE_NULL}},
    };
    static const char *const reserved[] = {"new", "typeof",     "void", "await",
                                           "in",  "instanceof", "yield"};
    const size_t begin = it->at;
    const struct bytes name = expression_take_name(it);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (bytes_equal(name, bytes_from_text(rows[i].name))) {
            return node_constant(it, begin, rows[i].value);
        }
    }
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (bytes_equal(name, bytes_from_text(reserved[i]))) {
            it->at = begin;
            return expression_unexpected(it, "a value");
        }
    }
    return bytes_equal(name, BYTES_OF("this")) ? node_operation(it, begin, OPERATION_THIS, NODE_ANY)
                                               : node_name(it, begin, name);
}

static struct node *atom(struct compilation *it)
{
    expression_skip_blanks(it);
    const uint8_t byte = expression_byte_at(it, it->at);
    if (expression_is_digit(byte) ||
        (byte == '.' && expression_is_digit(expression_byte_at(it, it->at + 1)))) {
        return expression_number(it);
    }
    if (byte == '"' || byte == '\'' || byte == '`') {
        return expression_text(it);
    }
    if (byte == '[') {
        return array(it);
    }
    if (expression_take(it, "(")) {
        struct node *const inside = sequence(it);
        expression_expect(it, ")");
        return inside;
    }
    return expression_begins_name(byte) ? named(it) : expression_unexpected(it, "a value");
}

// .name, ?.name, or .match(pattern)
static struct node *member(struct compilation *it, struct node *whole)
{
    expression_skip_blanks(it);
    const size_t begin = it->at;
    const struct bytes name = expression_take_name(it);
    if (name.size == 0) {
        return expression_unexpected(it, "a name");
    }
    if (expression_take(it, "(")) {
        if (!bytes_equal(name, BYTES_OF("match"))) {
            compilation_fail(it, begin, "there is no function %.*s; there is match(pattern)",
                             (int)(name.size < 40 ? name.size : 40), (const char *)name.data);
            return &it->broken;
        }
        struct node *const pattern = choice(it);
        expression_expect(it, ")");
        return node_binary(it, OPERATION_SCRIPT_GLOB, whole, pattern, NODE_ANY);
    }
    struct node *const node = node_unary(it, OPERATION_MEMBER, whole, NODE_ANY);
    node->constant = value_text(node_keep(it, name));
    return node;
}

static struct node *chain(struct compilation *it)
{
    struct node *node = atom(it);
    for (;;) {
        if (expression_take(it, "[")) {
            struct node *const index = sequence(it);
            expression_expect(it, "]");
            node = node_binary(it, OPERATION_INDEX, node, index, NODE_ANY);
        } else if ((expression_is_next(it, "?.") &&
                    !expression_is_digit(expression_byte_at(it, it->at + 2)) &&
                    expression_take(it, "?.")) ||
                   expression_take(it, ".")) {
            node = member(it, node);
        } else {
            if (expression_is_next(it, "(")) {
                compilation_fail(it, node->at, "this is no function; there is name.match(pattern)");
            }
            return node;
        }
    }
}

// Operators. -----------------------------------------------------------------------------------------

static struct node *factor(struct compilation *it)
{
    expression_skip_blanks(it);
    const size_t begin = it->at;
    bool is_negative = false;
    bool is_signed = false;
    while (expression_is_next(it, "-") || expression_is_next(it, "+")) {
        is_negative ^= expression_is_next(it, "-");
        is_signed = true;
        it->at++;
        expression_skip_blanks(it);
    }
    if (expression_is_next(it, "!") && !expression_is_next(it, "!=")) {
        unsigned count = 0;
        while (expression_take_operator(it, "!", "=")) {
            count++;
        }
        struct node *node = node_unary(it, OPERATION_SCRIPT_NOT, factor(it), NODE_ANY);
        return count % 2 == 1 ? node : node_unary(it, OPERATION_SCRIPT_NOT, node, NODE_ANY);
    }
    struct node *node = chain(it);
    if (is_signed) {
        // Two negations make a number of anything, as one sign of plus does.
        node = node_unary(it, OPERATION_SCRIPT_NEGATE, node, NODE_ANY);
        node = is_negative ? node : node_unary(it, OPERATION_SCRIPT_NEGATE, node, NODE_ANY);
        node = node_folded(it, node);
        node->at = begin;
    }
    return node;
}

struct level {
    struct {
        const char *sign, *not_before;
        enum operation operation;
    } rows[6];
};

// From the weakest to the strongest.
static const struct level LEVELS[] = {
    {{{"|", "|", OPERATION_SCRIPT_BIT_OR}}},
    {{{"^", "", OPERATION_SCRIPT_BIT_XOR}}},
    {{{"&", "&", OPERATION_SCRIPT_BIT_AND}}},
    {{{"===", "", OPERATION_SCRIPT_SAME},
      {"!==", "", OPERATION_SCRIPT_NOT_SAME},
      {"==", "", OPERATION_SCRIPT_EQUAL},
      {"!=", "", OPERATION_SCRIPT_NOT_EQUAL},
      {"=~", "", OPERATION_SCRIPT_REGEX}}},
    {{{"<=", "", OPERATION_SCRIPT_LESS_EQUAL},
      {">=", "", OPERATION_SCRIPT_GREATER_EQUAL},
      {"<", "", OPERATION_SCRIPT_LESS},
      {">", "", OPERATION_SCRIPT_GREATER}}},
    {{{"+", "", OPERATION_SCRIPT_ADD}, {"-", "", OPERATION_SCRIPT_SUBTRACT}}},
    {{{"*", "", OPERATION_SCRIPT_MULTIPLY},
      {"/", "", OPERATION_SCRIPT_DIVIDE},
      {"%", "", OPERATION_SCRIPT_MODULO}}},
};
enum { EQUALITY = 3, COMPARISON = 4 };

static bool operator_at(struct compilation *it, size_t level, enum operation *operation)
{
    for (size_t i = 0; i < COUNT_OF(LEVELS[level].rows); i++) {
        const char *const sign = LEVELS[level].rows[i].sign;
        if (sign != NULL && expression_take_operator(it, sign, LEVELS[level].rows[i].not_before)) {
            *operation = LEVELS[level].rows[i].operation;
            return true;
        }
    }
    if (level == COMPARISON && expression_take_word(it, "in")) {
        *operation = OPERATION_SCRIPT_IN;
        return true;
    }
    return false;
}

// A pattern that stands there is compiled once.
static void compile_pattern(struct compilation *it, struct node *pattern)
{
    if (it->status != STATUS_OK || pattern->kind != NODE_CONSTANT ||
        pattern->constant.kind != VALUE_TEXT) {
        return;
    }
    struct regex_room *const room = node_pool_take(&it->working, sizeof(*room));
    if (room == NULL) {
        compilation_has_no_memory(it);
        return;
    }
    struct fault fault;
    if (regex_compile(pattern->constant.text, room, &fault) != STATUS_OK) {
        compilation_fail(it, pattern->at, "%s", fault.text);
        return;
    }
    struct regex regex = room->regex;
    const struct bytes code = {.data = (const uint8_t *)room->code,
                               .size = regex.count * sizeof(room->code[0])};
    const struct bytes ranges = {.data = (const uint8_t *)room->ranges,
                                 .size = regex.range_count * sizeof(room->ranges[0])};
    regex.code = (const void *)node_keep(it, code).data;
    regex.ranges = (const void *)node_keep(it, ranges).data;
    const struct bytes kept =
        node_keep(it, (struct bytes){.data = (const uint8_t *)&regex, .size = sizeof(regex)});
    pattern->constant = (struct value){.kind = VALUE_REGEX, .regex = (const void *)kept.data};
}

static struct node *operation(struct compilation *it, size_t level);

// tidwall/expr reads "!a < b" as !(a < b): what stands between two equality signs is negated whole.
static struct node *operand(struct compilation *it, size_t level)
{
    if (level != EQUALITY) {
        return level + 1 < COUNT_OF(LEVELS) ? operation(it, level + 1) : factor(it);
    }
    unsigned count = 0;
    while (expression_take_operator(it, "!", "=")) {
        count++;
    }
    struct node *node = operation(it, level + 1);
    if (count > 0) {
        node = node_unary(it, count % 2 == 1 ? OPERATION_SCRIPT_NOT : OPERATION_SCRIPT_BOOL, node,
                          NODE_ANY);
    }
    return node;
}

static struct node *operation(struct compilation *it, size_t level)
{
    struct node *left = operand(it, level);
    enum operation operation;
    while (operator_at(it, level, &operation)) {
        struct node *const right = operand(it, level);
        if (operation == OPERATION_SCRIPT_REGEX) {
            compile_pattern(it, right);
        }
        left = node_binary(it, operation, left, right, NODE_ANY);
    }
    return left;
}

static struct node *conjunction(struct compilation *it)
{
    struct node *left = operation(it, 0);
    while (expression_take(it, "&&")) {
        left = node_logic(it, NODE_SCRIPT_AND, left, operation(it, 0));
    }
    return left;
}

static struct node *disjunction(struct compilation *it)
{
    struct node *left = conjunction(it);
    for (;;) {
        if (expression_take(it, "||")) {
            left = node_logic(it, NODE_SCRIPT_OR, left, conjunction(it));
        } else if (expression_take(it, "??")) {
            struct node *const node = node_of_kind(it, left->at, NODE_COALESCE, NODE_ANY);
            node_add(it, node, left);
            node_add(it, node, conjunction(it));
            left = node;
        } else {
            return left;
        }
    }
}

static struct node *choice(struct compilation *it)
{
    expression_skip_blanks(it);
    if (!compilation_descend(it, it->at)) {
        return &it->broken;
    }
    struct node *node = disjunction(it);
    if (expression_take(it, "?")) {
        struct node *const chosen = node_of_kind(it, node->at, NODE_CHOOSE, NODE_ANY);
        node_add(it, chosen, node);
        node_add(it, chosen, choice(it));
        expression_expect(it, ":");
        node_add(it, chosen, choice(it));
        node = chosen;
    }
    compilation_ascend(it);
    return node;
}

static struct node *sequence(struct compilation *it)
{
    struct node *left = choice(it);
    while (expression_take(it, ",")) {
        struct node *const node = node_of_kind(it, left->at, NODE_SEQUENCE, NODE_ANY);
        node_add(it, node, left);
        node_add(it, node, choice(it));
        left = node;
    }
    return left;
}

struct node *expression_parse(struct compilation *it)
{
    struct node *const node = sequence(it);
    expression_skip_blanks(it);
    return it->status == STATUS_OK && it->at < it->text.size
               ? expression_unexpected(it, "an operator or the end")
               : node;
}
