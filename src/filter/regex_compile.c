#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "filter/regex.h"
#include "text/utf8.h"

// Fragments are wired as they are parsed: an end that leads nowhere yet is on its fragment's list, which is
// kept in the fields themselves (instruction * 2, + 1 for `other`). Instruction 0 is never used, so 0
// ends a list.
struct fragment {
    uint16_t start, ends;
};

struct flags {
    bool is_fold, is_dot_all, is_lines;
};

struct compiler {
    struct bytes text;
    size_t at;
    struct regex_room *room;
    struct flags flags;
    unsigned depth;
    const char *wrong; // what is, at `wrong_at`
    size_t wrong_at;
};

static void fail(struct compiler *compiler, size_t at, const char *wrong)
{
    if (compiler->wrong == NULL) {
        compiler->wrong = wrong;
        compiler->wrong_at = at;
        compiler->at = compiler->text.size;
    }
}

static bool is_at(const struct compiler *compiler, char byte)
{
    return compiler->at < compiler->text.size && compiler->text.data[compiler->at] == (uint8_t)byte;
}

static bool take(struct compiler *compiler, char byte)
{
    const bool is = is_at(compiler, byte);
    compiler->at += is;
    return is;
}

static uint32_t take_character(struct compiler *compiler)
{
    const uint8_t *next = compiler->text.data + compiler->at;
    const uint32_t character = utf8_next(&next, compiler->text.data + compiler->text.size);
    compiler->at = (size_t)(next - compiler->text.data);
    return character;
}

static uint16_t *end_at(struct compiler *compiler, uint16_t end)
{
    struct regex_instruction *const instruction = &compiler->room->code[end / 2];
    return end % 2 == 0 ? &instruction->next : &instruction->other;
}

static void lead_to(struct compiler *compiler, uint16_t ends, uint16_t start)
{
    while (ends != 0) {
        uint16_t *const end = end_at(compiler, ends);
        ends = *end;
        *end = start;
    }
}

static uint16_t both_ends(struct compiler *compiler, uint16_t ends, uint16_t more)
{
    if (ends == 0) {
        return more;
    }
    uint16_t last = ends;
    while (*end_at(compiler, last) != 0) {
        last = *end_at(compiler, last);
    }
    *end_at(compiler, last) = more;
    return ends;
}

static struct fragment add(struct compiler *compiler, struct regex_instruction instruction)
{
    struct regex *const regex = &compiler->room->regex;
    if (regex->count == REGEX_COUNT_MAX) {
        fail(compiler, compiler->at, "the pattern is too large");
        regex->count = 1; // what follows is thrown away
    }
    const uint16_t at = regex->count++;
    compiler->room->code[at] = instruction;
    return (struct fragment){.start = at, .ends = (uint16_t)(at * 2)};
}

static struct fragment add_kind(struct compiler *compiler, enum regex_kind kind)
{
    return add(compiler, (struct regex_instruction){.kind = (uint8_t)kind});
}

static struct fragment add_character(struct compiler *compiler, uint32_t character)
{
    const bool is_fold = compiler->flags.is_fold;
    return add(compiler, (struct regex_instruction){
                             .kind = REGEX_CHARACTER,
                             .is_fold = is_fold,
                             .character = is_fold ? (uint32_t)u_foldCase((UChar32)character,
                                                                         U_FOLD_CASE_DEFAULT)
                                                  : character});
}

static struct fragment then(struct compiler *compiler, struct fragment one, struct fragment other)
{
    lead_to(compiler, one.ends, other.start);
    return (struct fragment){.start = one.start, .ends = other.ends};
}

static struct fragment either(struct compiler *compiler, struct fragment one, struct fragment other)
{
    const struct fragment split = add(
        compiler,
        (struct regex_instruction){.kind = REGEX_SPLIT, .next = one.start, .other = other.start});
    return (struct fragment){.start = split.start,
                             .ends = both_ends(compiler, one.ends, other.ends)};
}

static struct fragment optional(struct compiler *compiler, struct fragment fragment)
{
    const struct fragment split =
        add(compiler, (struct regex_instruction){.kind = REGEX_SPLIT, .next = fragment.start});
    return (struct fragment){
        .start = split.start,
        .ends = both_ends(compiler, fragment.ends, (uint16_t)(split.start * 2 + 1))};
}

// Once or more.
static struct fragment repeated(struct compiler *compiler, struct fragment fragment)
{
    const struct fragment split =
        add(compiler, (struct regex_instruction){.kind = REGEX_SPLIT, .next = fragment.start});
    lead_to(compiler, fragment.ends, split.start);
    return (struct fragment){.start = fragment.start, .ends = (uint16_t)(split.start * 2 + 1)};
}

// Classes. -------------------------------------------------------------------------------------------

static void add_range(struct compiler *compiler, struct regex_instruction *class, uint32_t low,
                      uint32_t high)
{
    struct regex *const regex = &compiler->room->regex;
    if (regex->range_count == REGEX_RANGE_MAX) {
        fail(compiler, compiler->at, "the pattern has too many ranges");
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
    const bool is_braced = take(compiler, '{');
    if (is_braced && take(compiler, '^')) {
        is_inverted = !is_inverted;
    }
    while (compiler->at < compiler->text.size && size + 1 < sizeof(name) && !is_at(compiler, '}')) {
        name[size++] = (char)compiler->text.data[compiler->at++];
        if (!is_braced) {
            break;
        }
    }
    name[size] = '\0';
    if (size == 0 || (is_braced && !take(compiler, '}'))) {
        fail(compiler, begin, "a property has no name");
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
        fail(compiler, begin, "there is no such property of characters");
    }
}

static uint32_t take_number(struct compiler *compiler, unsigned base, size_t digits)
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
        fail(compiler, begin, "the pattern ends with a backslash");
        return 0;
    }
    const uint32_t letter = take_character(compiler);
    const char *const name = letter == 0 || letter > 127 ? NULL : strchr(names, (int)letter);
    if (name != NULL) {
        return (uint32_t)meant[name - names];
    }
    if (letter == 'x') {
        const bool is_braced = take(compiler, '{');
        const uint32_t number = take_number(compiler, 16, is_braced ? 6 : 2);
        if ((is_braced && !take(compiler, '}')) || number > 0x10ffff || compiler->at < begin + 3) {
            fail(compiler, begin, "\\x wants two hexadecimal digits, or braces");
        }
        return number;
    }
    if (letter >= '0' && letter <= '7') {
        compiler->at = begin;
        return take_number(compiler, 8, 3);
    }
    if (letter < 128 && ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z')) {
        fail(compiler, begin, "an escape that is not known");
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
    fail(compiler, compiler->at, "there is no such class of characters");
    return true;
}

static void take_class_item(struct compiler *compiler, struct regex_instruction *class)
{
    const size_t begin = compiler->at;
    if (take_named(compiler, class)) {
        return;
    }
    uint32_t low = take_character(compiler);
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
    if (is_at(compiler, '-') && compiler->at + 1 < compiler->text.size &&
        compiler->text.data[compiler->at + 1] != ']') {
        compiler->at++;
        high = take_character(compiler);
        high = high == '\\' ? take_escape(compiler) : high;
    }
    if (high < low) {
        fail(compiler, begin, "a range of characters goes backwards");
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
static struct fragment take_class(struct compiler *compiler)
{
    const size_t begin = compiler->at - 1;
    struct regex_instruction class = begin_class(compiler);
    class.is_inverted = take(compiler, '^');
    bool is_first = true;
    while (compiler->at < compiler->text.size && (is_first || !is_at(compiler, ']'))) {
        take_class_item(compiler, &class);
        is_first = false;
    }
    if (!take(compiler, ']')) {
        fail(compiler, begin, "a class of characters has no ]");
    }
    return add(compiler, class);
}

// Behind a backslash, outside brackets.
static struct fragment take_escaped(struct compiler *compiler)
{
    static const char edges[] = "AzbB";
    static const uint8_t kinds[] = {REGEX_BEGIN, REGEX_END, REGEX_WORD_EDGE, REGEX_NO_WORD_EDGE};
    const uint8_t letter =
        compiler->at < compiler->text.size ? compiler->text.data[compiler->at] : 0;
    const char *const edge = letter == 0 ? NULL : strchr(edges, letter);
    struct regex_instruction class = begin_class(compiler);
    if (edge != NULL) {
        compiler->at++;
        return add_kind(compiler, (enum regex_kind)kinds[edge - edges]);
    }
    if (letter == 'p' || letter == 'P') {
        compiler->at++;
        take_property(compiler, &class, letter == 'P');
        return add(compiler, class);
    }
    if (take_perl(compiler, &class, letter)) {
        compiler->at++;
        return add(compiler, class);
    }
    if (letter == 'Q') {
        compiler->at++;
        struct fragment quoted = add_kind(compiler, REGEX_JUMP);
        while (compiler->at < compiler->text.size) {
            if (is_at(compiler, '\\') && compiler->at + 1 < compiler->text.size &&
                compiler->text.data[compiler->at + 1] == 'E') {
                compiler->at += 2;
                break;
            }
            quoted = then(compiler, quoted, add_character(compiler, take_character(compiler)));
        }
        return quoted;
    }
    return add_character(compiler, take_escape(compiler));
}

// Sentences. -----------------------------------------------------------------------------------------

static struct fragment take_choice(struct compiler *compiler);

// Behind (?: flags, a name, or nothing. True: only flags, "(?i)", which hold to the end of the group.
static bool take_group_head(struct compiler *compiler)
{
    const size_t begin = compiler->at;
    if (!take(compiler, '?')) {
        return false;
    }
    const bool is_python = take(compiler, 'P');
    if (take(compiler, '<')) {
        while (compiler->at < compiler->text.size && !is_at(compiler, '>')) {
            compiler->at++;
        }
        if (!take(compiler, '>') || compiler->text.data[begin + 1 + is_python] != '<') {
            fail(compiler, begin, "the name of a group has no >");
        }
        return false;
    }
    bool is_on = true;
    while (!is_python && compiler->at < compiler->text.size) {
        const uint8_t letter = compiler->text.data[compiler->at++];
        if (letter == ':' || letter == ')') {
            return letter == ')';
        }
        compiler->flags.is_fold = letter == 'i' ? is_on : compiler->flags.is_fold;
        compiler->flags.is_dot_all = letter == 's' ? is_on : compiler->flags.is_dot_all;
        compiler->flags.is_lines = letter == 'm' ? is_on : compiler->flags.is_lines;
        if (letter == '-' && is_on) {
            is_on = false;
        } else if (letter == 0 || strchr("imsU", letter) == NULL) {
            break;
        }
    }
    fail(compiler, begin, "a group of a kind that is not known (look-around is not)");
    return false;
}

// Behind (.
static struct fragment take_group(struct compiler *compiler)
{
    const size_t begin = compiler->at - 1;
    const struct flags before = compiler->flags;
    if (compiler->depth >= REGEX_DEPTH_MAX) {
        fail(compiler, begin, "groups are nested too deeply");
        return add_kind(compiler, REGEX_JUMP);
    }
    if (take_group_head(compiler)) {
        return add_kind(compiler, REGEX_JUMP);
    }
    compiler->depth++;
    const struct fragment inside = take_choice(compiler);
    compiler->depth--;
    compiler->flags = before;
    if (!take(compiler, ')')) {
        fail(compiler, begin, "a group has no )");
    }
    return inside;
}

static struct fragment take_atom(struct compiler *compiler)
{
    const size_t begin = compiler->at;
    const uint32_t character = take_character(compiler);
    switch (character) {
    case '(':
        return take_group(compiler);
    case '[':
        return take_class(compiler);
    case '\\':
        return take_escaped(compiler);
    case '.':
        return add_kind(compiler, compiler->flags.is_dot_all ? REGEX_ANY : REGEX_ANY_BUT_NEWLINE);
    case '^':
        return add_kind(compiler, compiler->flags.is_lines ? REGEX_BEGIN_LINE : REGEX_BEGIN);
    case '$':
        return add_kind(compiler, compiler->flags.is_lines ? REGEX_END_LINE : REGEX_END);
    case '*':
    case '+':
    case '?':
        fail(compiler, begin, "there is nothing to repeat");
        break;
    default:
        break;
    }
    return add_character(compiler, character);
}

struct repeat {
    uint32_t min, max; // max 0: without end
};

// {n}, {n,}, {n,m}; anything else after { is itself, as in RE2.
static bool take_braces(struct compiler *compiler, struct repeat *repeat)
{
    const size_t begin = compiler->at;
    if (!take(compiler, '{')) {
        return false;
    }
    const size_t digits = compiler->at;
    repeat->min = take_number(compiler, 10, 4);
    bool is_repeat = compiler->at > digits;
    repeat->max = repeat->min;
    bool is_open = false;
    if (take(compiler, ',')) {
        const size_t more = compiler->at;
        repeat->max = take_number(compiler, 10, 4);
        is_open = compiler->at == more;
    }
    is_repeat = is_repeat && take(compiler, '}');
    if (!is_repeat) {
        compiler->at = begin;
        return false;
    }
    if (repeat->min > 1000 || repeat->max > 1000 || (!is_open && repeat->max < repeat->min)) {
        fail(compiler, begin, "a repetition is out of range (at most 1000)");
    }
    repeat->max = is_open ? 0 : repeat->max;
    if (!is_open && repeat->max == 0) {
        repeat->min = UINT32_MAX; // {0}: nothing at all
    }
    return true;
}

static bool take_repeat(struct compiler *compiler, struct repeat *repeat)
{
    if (take(compiler, '*')) {
        *repeat = (struct repeat){.min = 0, .max = 0};
    } else if (take(compiler, '+')) {
        *repeat = (struct repeat){.min = 1, .max = 0};
    } else if (take(compiler, '?')) {
        *repeat = (struct repeat){.min = 0, .max = 1};
    } else if (!take_braces(compiler, repeat)) {
        return false;
    }
    (void)take(compiler, '?'); // lazy: another match of the same texts
    return true;
}

// The atom again, as often as it is repeated: parsed anew each time. `first` is its first copy.
static struct fragment take_copies(struct compiler *compiler, size_t begin, struct fragment first,
                                   struct repeat repeat)
{
    const size_t end = compiler->at;
    if (repeat.min == UINT32_MAX) {
        return add_kind(compiler, REGEX_JUMP);
    }
    const uint32_t count = repeat.max > 0 ? repeat.max : repeat.min > 0 ? repeat.min : 1;
    struct fragment all = first;
    for (uint32_t i = 0; i < count && compiler->wrong == NULL; i++) {
        struct fragment copy = first;
        if (i > 0) {
            compiler->at = begin;
            copy = take_atom(compiler);
        }
        const bool is_last = i + 1 == count;
        if (is_last && repeat.max == 0) {
            copy = repeated(compiler, copy);
        }
        if (i >= repeat.min) {
            copy = optional(compiler, copy);
        }
        all = i == 0 ? copy : then(compiler, all, copy);
    }
    compiler->at = compiler->wrong == NULL ? end : compiler->text.size;
    return all;
}

static struct fragment take_piece(struct compiler *compiler)
{
    const size_t begin = compiler->at;
    const struct flags flags = compiler->flags;
    struct fragment piece = take_atom(compiler);
    struct repeat repeat;
    if (compiler->wrong == NULL && take_repeat(compiler, &repeat)) {
        const struct flags after = compiler->flags;
        compiler->flags = flags;
        piece = take_copies(compiler, begin, piece, repeat);
        compiler->flags = after;
        if (is_at(compiler, '*') || is_at(compiler, '+') || is_at(compiler, '?')) {
            fail(compiler, compiler->at, "a repetition of a repetition");
        }
    }
    return piece;
}

static struct fragment take_sequence(struct compiler *compiler)
{
    struct fragment sequence = add_kind(compiler, REGEX_JUMP);
    while (compiler->at < compiler->text.size && !is_at(compiler, '|') && !is_at(compiler, ')')) {
        sequence = then(compiler, sequence, take_piece(compiler));
    }
    return sequence;
}

static struct fragment take_choice(struct compiler *compiler)
{
    struct fragment choice = take_sequence(compiler);
    while (take(compiler, '|')) {
        choice = either(compiler, choice, take_sequence(compiler));
    }
    return choice;
}

enum status regex_compile(struct bytes pattern, struct regex_room *room, struct fault *fault)
{
    struct compiler compiler = {.text = pattern, .room = room};
    room->regex = (struct regex){.code = room->code, .ranges = room->ranges, .count = 1};
    room->code[0] = (struct regex_instruction){.kind = REGEX_MATCH};
    const struct fragment whole = take_choice(&compiler);
    if (is_at(&compiler, ')')) {
        fail(&compiler, compiler.at, "a ) without its (");
    }
    const struct fragment match = add_kind(&compiler, REGEX_MATCH);
    if (compiler.wrong != NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "pattern, column %zu: %s",
                         compiler.wrong_at + 1, compiler.wrong);
    }
    lead_to(&compiler, whole.ends, match.start);
    room->regex.start = whole.start;
    return STATUS_OK;
}
