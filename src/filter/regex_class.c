#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "filter/regex_private.h"

static void add_range(struct compiler *compiler, struct regex_instruction *class, uint32_t low,
                      uint32_t high)
{
    struct regex *const regex = &compiler->room->regex;
    if (regex->range_count == REGEX_RANGE_MAX) {
        regex_fail(compiler, compiler->at, "the pattern has too many ranges");
        return;
    }
    compiler->room->ranges[regex->range_count++] = (struct regex_range){.low = low, .high = high};
    class->count++;
}

// Ranges as pairs of characters; inverted: what lies between them.
static void add_pairs(struct compiler *compiler, struct regex_instruction *class, const char *pairs,
                      bool is_inverted)
{
    uint32_t from = 0;
    for (; *pairs != '\0'; pairs += 2) {
        const uint32_t low = (uint8_t)pairs[0];
        const uint32_t high = (uint8_t)pairs[1];
        if (!is_inverted) {
            add_range(compiler, class, low, high);
        } else if (from < low) {
            add_range(compiler, class, from, low - 1);
        }
        from = high + 1;
    }
    if (is_inverted) {
        add_range(compiler, class, from, 0x10ffff);
    }
}

// The pairs in order, as inverting wants them. A pair that would begin with the byte 0 is left to its name.
static const struct {
    const char *name, *pairs;
} NAMED[] = {
    {"alnum", "09AZaz"},
    {"alpha", "AZaz"},
    {"ascii", "\x01\x7f"},
    {"blank", "\t\t  "},
    {"cntrl", "\x01\x1f\x7f\x7f"},
    {"digit", "09"},
    {"graph", "!~"},
    {"lower", "az"},
    {"print", " ~"},
    {"punct", "!/:@[`{~"},
    {"space", "\t\r  "},
    {"upper", "AZ"},
    {"word", "09AZ__az"},
    {"xdigit", "09AFaf"},
};

static bool take_perl(struct compiler *compiler, struct regex_instruction *class, uint32_t letter)
{
    const uint32_t lower = letter | 0x20;
    const char *const pairs = lower == 'd'   ? "09"
                              : lower == 's' ? "\t\n\f\r  "
                              : lower == 'w' ? "09AZ__az"
                                             : NULL;
    if (pairs == NULL) {
        return false;
    }
    add_pairs(compiler, class, pairs, letter != lower);
    return true;
}

// Behind \p or \P: L, {Lu}, {Greek}, {^L}.
static void take_property(struct compiler *compiler, struct regex_instruction *class,
                          bool is_inverted)
{
    char name[40];
    size_t size = 0;
    const size_t begin = compiler->at;
    const bool is_braced = regex_take(compiler, '{');
    if (is_braced && regex_take(compiler, '^')) {
        is_inverted = !is_inverted;
    }
    while (compiler->at < compiler->text.size && size + 1 < sizeof(name) &&
           !regex_is_at(compiler, '}')) {
        name[size++] = (char)compiler->text.data[compiler->at++];
        if (!is_braced) {
            break;
        }
    }
    name[size] = '\0';
    if (size == 0 || (is_braced && !regex_take(compiler, '}'))) {
        regex_fail(compiler, begin, "a property has no name");
        return;
    }
    const int32_t mask = u_getPropertyValueEnum(UCHAR_GENERAL_CATEGORY_MASK, name);
    const int32_t script = u_getPropertyValueEnum(UCHAR_SCRIPT, name);
    const uint32_t flag = is_inverted ? REGEX_NOT : 0;
    if (mask != UCHAR_INVALID_CODE) {
        add_range(compiler, class, REGEX_CATEGORY | flag, (uint32_t)mask);
    } else if (script != UCHAR_INVALID_CODE) {
        add_range(compiler, class, REGEX_SCRIPT | flag, (uint32_t)script);
    } else {
        regex_fail(compiler, begin, "there is no such property of characters");
    }
}

uint32_t regex_take_number(struct compiler *compiler, unsigned base, size_t digits)
{
    uint32_t number = 0;
    for (size_t i = 0; i < digits && compiler->at < compiler->text.size; i++) {
        const uint8_t byte = compiler->text.data[compiler->at];
        const unsigned digit = byte >= '0' && byte <= '9'   ? (unsigned)byte - '0'
                               : byte >= 'a' && byte <= 'f' ? (unsigned)byte - 'a' + 10
                               : byte >= 'A' && byte <= 'F' ? (unsigned)byte - 'A' + 10
                                                            : 99;
        if (digit >= base) {
            break;
        }
        number = number * base + digit;
        compiler->at++;
    }
    return number;
}

// One character behind a backslash.
static uint32_t take_escape(struct compiler *compiler)
{
    static const char names[] = "aftnrv";
    static const char meant[] = "\a\f\t\n\r\v";
    const size_t begin = compiler->at;
    if (begin == compiler->text.size) {
        regex_fail(compiler, begin, "the pattern ends with a backslash");
        return 0;
    }
    const uint32_t letter = regex_take_character(compiler);
    const char *const name = letter == 0 || letter > 127 ? NULL : strchr(names, (int)letter);
    if (name != NULL) {
        return (uint32_t)meant[name - names];
    }
    if (letter == 'x') {
        const bool is_braced = regex_take(compiler, '{');
        const uint32_t number = regex_take_number(compiler, 16, is_braced ? 6 : 2);
        if ((is_braced && !regex_take(compiler, '}')) || number > 0x10ffff ||
            compiler->at < begin + 3) {
            regex_fail(compiler, begin, "\\x wants two hexadecimal digits, or braces");
        }
        return number;
    }
    if (letter >= '0' && letter <= '7') {
        compiler->at = begin;
        return regex_take_number(compiler, 8, 3);
    }
    if (letter < 128 && ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z')) {
        regex_fail(compiler, begin, "an escape that is not known");
    }
    return letter;
}

// [:alpha:] inside brackets. False: it is none.
static bool take_named(struct compiler *compiler, struct regex_instruction *class)
{
    const struct bytes rest = {.data = compiler->text.data + compiler->at,
                               .size = compiler->text.size - compiler->at};
    if (rest.size < 4 || rest.data[0] != '[' || rest.data[1] != ':') {
        return false;
    }
    const bool is_inverted = rest.data[2] == '^';
    const size_t begin = is_inverted ? 3 : 2;
    for (size_t i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++) {
        const struct bytes name = bytes_from_text(NAMED[i].name);
        if (rest.size >= begin + name.size + 2 &&
            memcmp(rest.data + begin, name.data, name.size) == 0 &&
            memcmp(rest.data + begin + name.size, ":]", 2) == 0) {
            add_pairs(compiler, class, NAMED[i].pairs, is_inverted);
            compiler->at += begin + name.size + 2;
            return true;
        }
    }
    regex_fail(compiler, compiler->at, "there is no such class of characters");
    return true;
}

static void take_class_item(struct compiler *compiler, struct regex_instruction *class)
{
    const size_t begin = compiler->at;
    if (take_named(compiler, class)) {
        return;
    }
    uint32_t low = regex_take_character(compiler);
    if (low == '\\') {
        const uint8_t letter =
            compiler->at < compiler->text.size ? compiler->text.data[compiler->at] : 0;
        if (letter == 'p' || letter == 'P') {
            compiler->at++;
            take_property(compiler, class, letter == 'P');
            return;
        }
        if (take_perl(compiler, class, letter)) {
            compiler->at++;
            return;
        }
        low = take_escape(compiler);
    }
    uint32_t high = low;
    if (regex_is_at(compiler, '-') && compiler->at + 1 < compiler->text.size &&
        compiler->text.data[compiler->at + 1] != ']') {
        compiler->at++;
        high = regex_take_character(compiler);
        high = high == '\\' ? take_escape(compiler) : high;
    }
    if (high < low) {
        regex_fail(compiler, begin, "a range of characters goes backwards");
    }
    add_range(compiler, class, low, high);
}

static struct regex_instruction begin_class(struct compiler *compiler)
{
    return (struct regex_instruction){.kind = REGEX_CLASS,
                                      .is_fold = compiler->flags.is_fold,
                                      .first = compiler->room->regex.range_count};
}

// Behind [.
struct fragment regex_take_class(struct compiler *compiler)
{
    const size_t begin = compiler->at - 1;
    struct regex_instruction class = begin_class(compiler);
    class.is_inverted = regex_take(compiler, '^');
    bool is_first = true;
    while (compiler->at < compiler->text.size && (is_first || !regex_is_at(compiler, ']'))) {
        take_class_item(compiler, &class);
        is_first = false;
    }
    if (!regex_take(compiler, ']')) {
        regex_fail(compiler, begin, "a class of characters has no ]");
    }
    return regex_add(compiler, class);
}

// Behind a backslash, outside brackets.
struct fragment regex_take_escaped(struct compiler *compiler)
{
    static const char edges[] = "AzbB";
    static const uint8_t kinds[] = {REGEX_BEGIN, REGEX_END, REGEX_WORD_EDGE, REGEX_NO_WORD_EDGE};
    const uint8_t letter =
        compiler->at < compiler->text.size ? compiler->text.data[compiler->at] : 0;
    const char *const edge = letter == 0 ? NULL : strchr(edges, letter);
    struct regex_instruction class = begin_class(compiler);
    if (edge != NULL) {
        compiler->at++;
        return regex_add_kind(compiler, (enum regex_kind)kinds[edge - edges]);
    }
    if (letter == 'p' || letter == 'P') {
        compiler->at++;
        take_property(compiler, &class, letter == 'P');
        return regex_add(compiler, class);
    }
    if (take_perl(compiler, &class, letter)) {
        compiler->at++;
        return regex_add(compiler, class);
    }
    if (letter == 'Q') {
        compiler->at++;
        struct fragment quoted = regex_add_kind(compiler, REGEX_JUMP);
        while (compiler->at < compiler->text.size) {
            if (regex_is_at(compiler, '\\') && compiler->at + 1 < compiler->text.size &&
                compiler->text.data[compiler->at + 1] == 'E') {
                compiler->at += 2;
                break;
            }
            quoted = regex_then(compiler, quoted,
                                regex_add_character(compiler, regex_take_character(compiler)));
        }
        return quoted;
    }
    return regex_add_character(compiler, take_escape(compiler));
}
