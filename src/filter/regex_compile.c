#include <unicode/uchar.h>

#include "filter/regex_private.h"
#include "text/utf8.h"

void regex_fail(struct compiler *compiler, size_t at, const char *wrong)
{
    if (compiler->wrong == NULL) {
        compiler->wrong = wrong;
        compiler->wrong_at = at;
        compiler->at = compiler->text.size;
    }
}

bool regex_is_at(const struct compiler *compiler, char byte)
{
    return compiler->at < compiler->text.size && compiler->text.data[compiler->at] == (uint8_t)byte;
}

bool regex_take(struct compiler *compiler, char byte)
{
    const bool is = regex_is_at(compiler, byte);
    compiler->at += is;
    return is;
}

uint32_t regex_take_character(struct compiler *compiler)
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

struct fragment regex_add(struct compiler *compiler, struct regex_instruction instruction)
{
    struct regex *const regex = &compiler->room->regex;
    if (regex->count == REGEX_COUNT_MAX) {
        regex_fail(compiler, compiler->at, "the pattern is too large");
        regex->count = 1; // what follows is thrown away
    }
    const uint16_t at = regex->count++;
    compiler->room->code[at] = instruction;
    return (struct fragment){.start = at, .ends = (uint16_t)(at * 2)};
}

struct fragment regex_add_kind(struct compiler *compiler, enum regex_kind kind)
{
    return regex_add(compiler, (struct regex_instruction){.kind = (uint8_t)kind});
}

struct fragment regex_add_character(struct compiler *compiler, uint32_t character)
{
    const bool is_fold = compiler->flags.is_fold;
    return regex_add(compiler, (struct regex_instruction){
                                   .kind = REGEX_CHARACTER,
                                   .is_fold = is_fold,
                                   .character = is_fold ? (uint32_t)u_foldCase((UChar32)character,
                                                                               U_FOLD_CASE_DEFAULT)
                                                        : character});
}

struct fragment regex_then(struct compiler *compiler, struct fragment one, struct fragment other)
{
    lead_to(compiler, one.ends, other.start);
    return (struct fragment){.start = one.start, .ends = other.ends};
}

static struct fragment either(struct compiler *compiler, struct fragment one, struct fragment other)
{
    const struct fragment split = regex_add(
        compiler,
        (struct regex_instruction){.kind = REGEX_SPLIT, .next = one.start, .other = other.start});
    return (struct fragment){.start = split.start,
                             .ends = both_ends(compiler, one.ends, other.ends)};
}

static struct fragment optional(struct compiler *compiler, struct fragment fragment)
{
    const struct fragment split = regex_add(
        compiler, (struct regex_instruction){.kind = REGEX_SPLIT, .next = fragment.start});
    return (struct fragment){
        .start = split.start,
        .ends = both_ends(compiler, fragment.ends, (uint16_t)(split.start * 2 + 1))};
}

// Once or more.
static struct fragment repeated(struct compiler *compiler, struct fragment fragment)
{
    const struct fragment split = regex_add(
        compiler, (struct regex_instruction){.kind = REGEX_SPLIT, .next = fragment.start});
    lead_to(compiler, fragment.ends, split.start);
    return (struct fragment){.start = fragment.start, .ends = (uint16_t)(split.start * 2 + 1)};
}

// Sentences. -----------------------------------------------------------------------------------------

static struct fragment take_choice(struct compiler *compiler);

// Behind (?: flags, a name, or nothing. True: only flags, "(?i)", which hold to the end of the group.
static bool take_group_head(struct compiler *compiler)
{
    const size_t begin = compiler->at;
    if (!regex_take(compiler, '?')) {
        return false;
    }
    const bool is_python = regex_take(compiler, 'P');
    if (regex_take(compiler, '<')) {
        while (compiler->at < compiler->text.size && !regex_is_at(compiler, '>')) {
            compiler->at++;
        }
        if (!regex_take(compiler, '>') || compiler->text.data[begin + 1 + is_python] != '<') {
            regex_fail(compiler, begin, "the name of a group has no >");
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
    regex_fail(compiler, begin, "a group of a kind that is not known (look-around is not)");
    return false;
}

// Behind (.
static struct fragment take_group(struct compiler *compiler)
{
    const size_t begin = compiler->at - 1;
    const struct flags before = compiler->flags;
    if (compiler->depth >= REGEX_DEPTH_MAX) {
        regex_fail(compiler, begin, "groups are nested too deeply");
        return regex_add_kind(compiler, REGEX_JUMP);
    }
    if (take_group_head(compiler)) {
        return regex_add_kind(compiler, REGEX_JUMP);
    }
    compiler->depth++;
    const struct fragment inside = take_choice(compiler);
    compiler->depth--;
    compiler->flags = before;
    if (!regex_take(compiler, ')')) {
        regex_fail(compiler, begin, "a group has no )");
    }
    return inside;
}

static struct fragment take_atom(struct compiler *compiler)
{
    const size_t begin = compiler->at;
    const uint32_t character = regex_take_character(compiler);
    switch (character) {
    case '(':
        return take_group(compiler);
    case '[':
        return regex_take_class(compiler);
    case '\\':
        return regex_take_escaped(compiler);
    case '.':
        return regex_add_kind(compiler,
                              compiler->flags.is_dot_all ? REGEX_ANY : REGEX_ANY_BUT_NEWLINE);
    case '^':
        return regex_add_kind(compiler, compiler->flags.is_lines ? REGEX_BEGIN_LINE : REGEX_BEGIN);
    case '$':
        return regex_add_kind(compiler, compiler->flags.is_lines ? REGEX_END_LINE : REGEX_END);
    case '*':
    case '+':
    case '?':
        regex_fail(compiler, begin, "there is nothing to repeat");
        break;
    default:
        break;
    }
    return regex_add_character(compiler, character);
}

struct repeat {
    uint32_t min, max; // max 0: without end
};

// {n}, {n,}, {n,m}; anything else after { is itself, as in RE2.
static bool take_braces(struct compiler *compiler, struct repeat *repeat)
{
    const size_t begin = compiler->at;
    if (!regex_take(compiler, '{')) {
        return false;
    }
    const size_t digits = compiler->at;
    repeat->min = regex_take_number(compiler, 10, 4);
    bool is_repeat = compiler->at > digits;
    repeat->max = repeat->min;
    bool is_open = false;
    if (regex_take(compiler, ',')) {
        const size_t more = compiler->at;
        repeat->max = regex_take_number(compiler, 10, 4);
        is_open = compiler->at == more;
    }
    is_repeat = is_repeat && regex_take(compiler, '}');
    if (!is_repeat) {
        compiler->at = begin;
        return false;
    }
    if (repeat->min > 1000 || repeat->max > 1000 || (!is_open && repeat->max < repeat->min)) {
        regex_fail(compiler, begin, "a repetition is out of range (at most 1000)");
    }
    repeat->max = is_open ? 0 : repeat->max;
    if (!is_open && repeat->max == 0) {
        repeat->min = UINT32_MAX; // {0}: nothing at all
    }
    return true;
}

static bool take_repeat(struct compiler *compiler, struct repeat *repeat)
{
    if (regex_take(compiler, '*')) {
        *repeat = (struct repeat){.min = 0, .max = 0};
    } else if (regex_take(compiler, '+')) {
        *repeat = (struct repeat){.min = 1, .max = 0};
    } else if (regex_take(compiler, '?')) {
        *repeat = (struct repeat){.min = 0, .max = 1};
    } else if (!take_braces(compiler, repeat)) {
        return false;
    }
    (void)regex_take(compiler, '?'); // lazy: another match of the same texts
    return true;
}

// The atom again, as often as it is repeated: parsed anew each time. `first` is its first copy.
static struct fragment take_copies(struct compiler *compiler, size_t begin, struct fragment first,
                                   struct repeat repeat)
{
    const size_t end = compiler->at;
    if (repeat.min == UINT32_MAX) {
        return regex_add_kind(compiler, REGEX_JUMP);
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
        all = i == 0 ? copy : regex_then(compiler, all, copy);
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
        if (regex_is_at(compiler, '*') || regex_is_at(compiler, '+') ||
            regex_is_at(compiler, '?')) {
            regex_fail(compiler, compiler->at, "a repetition of a repetition");
        }
    }
    return piece;
}

static struct fragment take_sequence(struct compiler *compiler)
{
    struct fragment sequence = regex_add_kind(compiler, REGEX_JUMP);
    while (compiler->at < compiler->text.size && !regex_is_at(compiler, '|') &&
           !regex_is_at(compiler, ')')) {
        sequence = regex_then(compiler, sequence, take_piece(compiler));
    }
    return sequence;
}

static struct fragment take_choice(struct compiler *compiler)
{
    struct fragment choice = take_sequence(compiler);
    while (regex_take(compiler, '|')) {
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
    if (regex_is_at(&compiler, ')')) {
        regex_fail(&compiler, compiler.at, "a ) without its (");
    }
    const struct fragment match = regex_add_kind(&compiler, REGEX_MATCH);
    if (compiler.wrong != NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "pattern, column %zu: %s",
                         compiler.wrong_at + 1, compiler.wrong);
    }
    lead_to(&compiler, whole.ends, match.start);
    room->regex.start = whole.start;
    return STATUS_OK;
}
