// The expressions of Tile38's WHERE (tidwall/expr): JavaScript's operators and precedence.
#include <stdio.h>

#include "base/decimal.h"
#include "filter/node.h"
#include "filter/regex.h"
#include "text/utf8.h"

static struct node *sequence(struct compilation *it);
static struct node *choice(struct compilation *it);

// Reading. -------------------------------------------------------------------------------------------

static uint8_t byte_at(const struct compilation *it, size_t at)
{
    return at < it->text.size ? it->text.data[at] : 0;
}

static void skip_blanks(struct compilation *it)
{
    while (byte_at(it, it->at) == ' ' ||
           (byte_at(it, it->at) >= '\t' && byte_at(it, it->at) <= '\r')) {
        it->at++;
    }
}

static bool is_next(const struct compilation *it, const char *sign)
{
    const size_t size = strlen(sign);
    return size <= it->text.size - it->at && memcmp(it->text.data + it->at, sign, size) == 0;
}

static bool take(struct compilation *it, const char *sign)
{
    skip_blanks(it);
    const bool is = is_next(it, sign);
    it->at += is ? strlen(sign) : 0;
    return is;
}

// An operator that is not the beginning of a longer one.
static bool take_operator(struct compilation *it, const char *sign, const char *not_before)
{
    skip_blanks(it);
    const uint8_t after = byte_at(it, it->at + strlen(sign));
    if (!is_next(it, sign) || (after != 0 && strchr(not_before, after) != NULL)) {
        return false;
    }
    it->at += strlen(sign);
    return true;
}

static struct node *unexpected(struct compilation *it, const char *wanted)
{
    skip_blanks(it);
    if (it->at >= it->text.size) {
        compilation_fail(it, it->at, "the expression ends where %s was expected", wanted);
    } else {
        compilation_fail(it, it->at, "\"%.*s\" where %s was expected",
                         (int)(it->text.size - it->at < 20 ? it->text.size - it->at : 20),
                         (const char *)it->text.data + it->at, wanted);
    }
    return &it->broken;
}

static void expect(struct compilation *it, const char *sign)
{
    if (!take(it, sign)) {
        char wanted[8];
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", sign);
        (void)unexpected(it, wanted);
    }
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool begins_name(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte == '$' || byte >= 0x80;
}

static struct bytes take_name(struct compilation *it)
{
    const size_t begin = it->at;
    if (begins_name(byte_at(it, it->at))) {
        while (begins_name(byte_at(it, it->at)) || is_digit(byte_at(it, it->at))) {
            it->at++;
        }
    }
    return (struct bytes){.data = it->text.data + begin, .size = it->at - begin};
}

static bool take_word(struct compilation *it, const char *word)
{
    skip_blanks(it);
    const size_t begin = it->at;
    const bool is = bytes_equal(take_name(it), bytes_from_text(word));
    it->at = is ? it->at : begin;
    return is;
}

// Literals. ------------------------------------------------------------------------------------------

static unsigned hex_digit(uint8_t byte)
{
    return is_digit(byte)               ? (unsigned)byte - '0'
           : byte >= 'a' && byte <= 'f' ? (unsigned)byte - 'a' + 10
           : byte >= 'A' && byte <= 'F' ? (unsigned)byte - 'A' + 10
                                        : 16;
}

static struct node *number(struct compilation *it)
{
    const size_t begin = it->at;
    double value = 0;
    size_t at = begin;
    bool is_number = true;
    if (byte_at(it, at) == '0' && (byte_at(it, at + 1) | 0x20) == 'x') {
        for (at += 2; hex_digit(byte_at(it, at)) < 16; at++) {
            value = value * 16 + hex_digit(byte_at(it, at));
        }
        is_number = at > begin + 2;
    } else {
        while (is_digit(byte_at(it, at)) || byte_at(it, at) == '.') {
            at++;
        }
        if ((byte_at(it, at) | 0x20) == 'e') {
            at++;
            at += byte_at(it, at) == '+' || byte_at(it, at) == '-';
            while (is_digit(byte_at(it, at))) {
                at++;
            }
        }
        is_number = decimal_parse((struct bytes){.data = it->text.data + begin, .size = at - begin},
                                  &value);
    }
    it->at = at;
    if (is_next(it, "u64") || is_next(it, "i64")) {
        it->at += 3;
    }
    if (!is_number || begins_name(byte_at(it, it->at))) {
        compilation_fail(it, begin, "\"%.*s\" is no number",
                         (int)(it->at - begin < 40 ? it->at - begin : 40),
                         (const char *)it->text.data + begin);
    }
    return node_constant(it, begin, value_number(value));
}

// Hexadecimal digits: exactly `count`, or as many as there are up to a brace.
static uint32_t take_hex(struct compilation *it, unsigned count)
{
    uint32_t code = 0;
    const size_t begin = it->at;
    const bool is_braced = count == 4 && byte_at(it, it->at) == '{';
    it->at += is_braced;
    unsigned digits = 0;
    while (digits < (is_braced ? 6 : count) && hex_digit(byte_at(it, it->at)) < 16) {
        code = code << 4 | hex_digit(byte_at(it, it->at++));
        digits++;
    }
    if (digits == 0 || (!is_braced && digits < count) ||
        (is_braced && byte_at(it, it->at) != '}') || code > 0x10ffff) {
        compilation_fail(it, begin, "an escape wants hexadecimal digits");
        return 0;
    }
    it->at += is_braced;
    return code;
}

// Behind a backslash; what has no meaning is itself.
static unsigned escape(struct compilation *it, uint8_t out[4])
{
    static const char names[] = "0bfnrtv";
    static const char meant[] = "\0\b\f\n\r\t\v";
    const uint8_t byte = byte_at(it, it->at++);
    const char *const name = byte == 0 ? NULL : strchr(names, byte);
    uint32_t code = byte;
    if (name != NULL) {
        code = (uint8_t)meant[name - names];
    } else if (byte == 'x') {
        code = take_hex(it, 2);
    } else if (byte == 'u') {
        code = take_hex(it, 4);
        if (code >= 0xd800 && code < 0xdc00 && is_next(it, "\\u")) {
            it->at += 2;
            const uint32_t low = take_hex(it, 4);
            code = low >= 0xdc00 && low < 0xe000
                       ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
                       : UTF8_REPLACEMENT;
        }
        code = code >= 0xd800 && code < 0xe000 ? UTF8_REPLACEMENT : code;
    } else {
        out[0] = byte;
        return 1;
    }
    return utf8_put(out, code);
}

static struct node *text(struct compilation *it)
{
    const size_t begin = it->at;
    const uint8_t quote = byte_at(it, it->at++);
    const uint8_t *const end = memchr(it->text.data + it->at, quote, it->text.size - it->at);
    // Undoing escapes never makes a text longer than it is written.
    uint8_t *const room = node_pool_take(&it->working, it->text.size - it->at + 4);
    size_t size = 0;
    if (room == NULL) {
        compilation_has_no_memory(it);
        return &it->broken;
    }
    while (end != NULL && it->at < it->text.size && byte_at(it, it->at) != quote) {
        if (byte_at(it, it->at) == '\\') {
            it->at++;
            size += escape(it, room + size);
        } else {
            room[size++] = byte_at(it, it->at++);
        }
    }
    if (it->at >= it->text.size || end == NULL) {
        compilation_fail(it, begin, "the text that begins here has no end");
        return &it->broken;
    }
    it->at++;
    return node_text(it, begin, (struct bytes){.data = room, .size = size});
}

static struct node *array(struct compilation *it)
{
    struct node *const node = node_operation(it, it->at, OPERATION_ARRAY, NODE_ANY);
    expect(it, "[");
    if (!take(it, "]")) {
        do {
            node_add(it, node, choice(it));
        } while (node->count < PROGRAM_STACK && take(it, ","));
        expect(it, "]");
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
    const struct bytes name = take_name(it);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (bytes_equal(name, bytes_from_text(rows[i].name))) {
            return node_constant(it, begin, rows[i].value);
        }
    }
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (bytes_equal(name, bytes_from_text(reserved[i]))) {
            it->at = begin;
            return unexpected(it, "a value");
        }
    }
    return bytes_equal(name, BYTES_OF("this")) ? node_operation(it, begin, OPERATION_THIS, NODE_ANY)
                                               : node_name(it, begin, name);
}

static struct node *atom(struct compilation *it)
{
    skip_blanks(it);
    const uint8_t byte = byte_at(it, it->at);
    if (is_digit(byte) || (byte == '.' && is_digit(byte_at(it, it->at + 1)))) {
        return number(it);
    }
    if (byte == '"' || byte == '\'' || byte == '`') {
        return text(it);
    }
    if (byte == '[') {
        return array(it);
    }
    if (take(it, "(")) {
        struct node *const inside = sequence(it);
        expect(it, ")");
        return inside;
    }
    return begins_name(byte) ? named(it) : unexpected(it, "a value");
}

// .name, ?.name, or .match(pattern)
static struct node *member(struct compilation *it, struct node *whole)
{
    skip_blanks(it);
    const size_t begin = it->at;
    const struct bytes name = take_name(it);
    if (name.size == 0) {
        return unexpected(it, "a name");
    }
    if (take(it, "(")) {
        if (!bytes_equal(name, BYTES_OF("match"))) {
            compilation_fail(it, begin, "there is no function %.*s; there is match(pattern)",
                             (int)(name.size < 40 ? name.size : 40), (const char *)name.data);
            return &it->broken;
        }
        struct node *const pattern = choice(it);
        expect(it, ")");
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
        if (take(it, "[")) {
            struct node *const index = sequence(it);
            expect(it, "]");
            node = node_binary(it, OPERATION_INDEX, node, index, NODE_ANY);
        } else if ((is_next(it, "?.") && !is_digit(byte_at(it, it->at + 2)) && take(it, "?.")) ||
                   take(it, ".")) {
            node = member(it, node);
        } else {
            if (is_next(it, "(")) {
                compilation_fail(it, node->at, "this is no function; there is name.match(pattern)");
            }
            return node;
        }
    }
}

// Operators. -----------------------------------------------------------------------------------------

static struct node *factor(struct compilation *it)
{
    skip_blanks(it);
    const size_t begin = it->at;
    bool is_negative = false;
    bool is_signed = false;
    while (is_next(it, "-") || is_next(it, "+")) {
        is_negative ^= is_next(it, "-");
        is_signed = true;
        it->at++;
        skip_blanks(it);
    }
    if (is_next(it, "!") && !is_next(it, "!=")) {
        unsigned count = 0;
        while (take_operator(it, "!", "=")) {
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
        if (sign != NULL && take_operator(it, sign, LEVELS[level].rows[i].not_before)) {
            *operation = LEVELS[level].rows[i].operation;
            return true;
        }
    }
    if (level == COMPARISON && take_word(it, "in")) {
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
    while (take_operator(it, "!", "=")) {
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
    while (take(it, "&&")) {
        left = node_logic(it, NODE_SCRIPT_AND, left, operation(it, 0));
    }
    return left;
}

static struct node *disjunction(struct compilation *it)
{
    struct node *left = conjunction(it);
    for (;;) {
        if (take(it, "||")) {
            left = node_logic(it, NODE_SCRIPT_OR, left, conjunction(it));
        } else if (take(it, "??")) {
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
    skip_blanks(it);
    if (!compilation_descend(it, it->at)) {
        return &it->broken;
    }
    struct node *node = disjunction(it);
    if (take(it, "?")) {
        struct node *const chosen = node_of_kind(it, node->at, NODE_CHOOSE, NODE_ANY);
        node_add(it, chosen, node);
        node_add(it, chosen, choice(it));
        expect(it, ":");
        node_add(it, chosen, choice(it));
        node = chosen;
    }
    compilation_ascend(it);
    return node;
}

static struct node *sequence(struct compilation *it)
{
    struct node *left = choice(it);
    while (take(it, ",")) {
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
    skip_blanks(it);
    return it->status == STATUS_OK && it->at < it->text.size
               ? unexpected(it, "an operator or the end")
               : node;
}
