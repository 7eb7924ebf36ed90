#include "text/fold.h"

#include <assert.h>
#include <stdio.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

#include "text/abbreviation.h"
#include "text/utf8.h"

#define TEXT_TABLES_NUMBER "1"

// The table covers two ranges of code points, one behind the other.
enum {
    LOW_FIRST = 0x80,
    LOW_END = 0x530,
    HIGH_FIRST = 0x1e00,
    HIGH_END = 0x2070,
    TABLE_COUNT = (LOW_END - LOW_FIRST) + (HIGH_END - HIGH_FIRST),
};

// What one code point folds to, wherever it stands.
struct fold_entry {
    uint8_t size;
    uint8_t text[7];
};
#define ENTRY_NEEDS_ICU 0xff // longer than an entry holds

struct fold_units {
    UChar *units;
    size_t capacity;
};

struct text_folder {
    struct memory_account *account;
    const UNormalizer2 *casefold;
    const UNormalizer2 *decompose;
    const UNormalizer2 *compose;
    struct abbreviation_index *abbreviations;
    struct fold_units first; // two buffers that the steps of ICU write to in turn
    struct fold_units second;
    uint8_t ascii[128];
    struct fold_entry table[TABLE_COUNT];
};

// Letters that Unicode does not decompose, with the plain letters people type for them.
static const struct {
    uint16_t code;
    char text[3];
} plain_letters[] = {
    {0x00e6, "ae"},       {0x00f0, "d"}, {0x00f8, "o"},        {0x00fe, "th"}, {0x0111, "d"},
    {0x0127, "h"},        {0x0131, "i"}, {0x0138, "k"},        {0x0142, "l"},  {0x014b, "n"},
    {0x0153, "oe"},       {0x0167, "t"}, {0x0180, "b"},        {0x0183, "b"},  {0x0188, "c"},
    {0x018c, "d"},        {0x0192, "f"}, {0x0199, "k"},        {0x019a, "l"},  {0x019e, "n"},
    {0x01a5, "p"},        {0x01ad, "t"}, {0x01b4, "y"},        {0x01b6, "z"},  {0x01dd, "e"},
    {0x01e5, "g"},        {0x0225, "z"}, {0x0247, "e"},        {0x0249, "j"},  {0x024d, "r"},
    {0x024f, "y"},        {0x0253, "b"}, {0x0254, "o"},        {0x0256, "d"},  {0x0257, "d"},
    {0x0259, "e"},        {0x025b, "e"}, {0x0260, "g"},        {0x0263, "g"},  {0x0268, "i"},
    {0x0272, "n"},        {0x028b, "v"}, {0x0649, "\xd9\x8a"}, // alef maksura: yeh (U+064A)
    {0x0629, "\xd9\x87"},                                      // teh marbuta: heh (U+0647)
    {0x06a9, "\xd9\x83"},                                      // keheh: kaf (U+0643)
    {0x06cc, "\xd9\x8a"},                                      // Persian yeh: yeh (U+064A)
};

static const char *plain_letter(uint32_t code)
{
    for (size_t i = 0; i < COUNT_OF(plain_letters); i++) {
        if (plain_letters[i].code == code) {
            return plain_letters[i].text;
        }
    }
    return NULL;
}

// What a code point is read as before Unicode's own folding, which would turn some of these into
// a blank and a mark; 0: as nothing.
static uint32_t code_meant(uint32_t code)
{
    switch (code) {
    case 0x0000:
        return ' ';
    case 0x00b7: // middle dot of paral·lel
    case 0x02bb: // okina
    case 0x02be:
    case 0x02bf:
    case 0x0640: // tatweel
    case 0x2027:
        return 0;
    case 0x0060:
    case 0x00b4:
    case 0x02b9:
    case 0x02bc:
    case 0x02c8:
    case 0x2018:
    case 0x2019:
    case 0x201a:
    case 0x201b:
    case 0x2032:
    case 0x2035:
        return '\'';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
        return '-';
    default:
        return code;
    }
}

static bool is_fraction(uint32_t code)
{
    return (code >= 0xbc && code <= 0xbe) || (code >= 0x2150 && code <= 0x215f) || code == 0x2189;
}

static bool is_optional_point(uint32_t code)
{
    return (code >= 0x0591 && code <= 0x05bd) || (code >= 0x05bf && code <= 0x05c7) ||
           (code >= 0x064b && code <= 0x0655) || code == 0x0670;
}

static bool is_blank(uint32_t code, int type)
{
    return code < 0x20 || type == U_CONTROL_CHAR || type == U_SPACE_SEPARATOR ||
           type == U_LINE_SEPARATOR || type == U_PARAGRAPH_SEPARATOR || type == U_UNASSIGNED ||
           type == U_PRIVATE_USE_CHAR || code == UTF8_REPLACEMENT;
}

static bool is_in_table(uint32_t code)
{
    return code < LOW_END || (code >= HIGH_FIRST && code < HIGH_END);
}

// True when marks on `base` are accents, which nobody types, and not vowels. Those on whatever the
// table holds (with a few Coptic and Bopomofo letters) are, so that it never has to know a base.
static bool has_accents(uint32_t base)
{
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript((UChar32)base, &error);
    return is_in_table(base) || script == USCRIPT_LATIN || script == USCRIPT_GREEK ||
           script == USCRIPT_CYRILLIC || script == USCRIPT_COMMON || script == USCRIPT_INHERITED;
}

static enum status units_reserve(struct text_folder *folder, struct fold_units *units, size_t count)
{
    return memory_grow(folder->account, &units->units, &units->capacity, count, sizeof(UChar))
               ? STATUS_OK
               : STATUS_NO_MEMORY;
}

static size_t unit_put(UChar *units, size_t count, uint32_t code)
{
    if (code < 0x10000) {
        units[count] = (UChar)code;
        return count + 1;
    }
    units[count] = (UChar)(0xd7c0 + (code >> 10));
    units[count + 1] = (UChar)(0xdc00 | (code & 0x3ff));
    return count + 2;
}

static uint32_t unit_next(const UChar *units, size_t count, size_t *next)
{
    const uint32_t lead = units[(*next)++];
    if ((lead & 0xfc00) == 0xd800 && *next < count) {
        return (lead << 10) + units[(*next)++] - ((0xd800U << 10) + 0xdc00U - 0x10000U);
    }
    return lead;
}

// UTF-8 to UTF-16 with the readings of code_meant.
static enum status units_read(struct text_folder *folder, struct bytes text, size_t *count)
{
    TRY(units_reserve(folder, &folder->first, 2 * text.size + 2));
    UChar *const units = folder->first.units;
    const uint8_t *next = text.data;
    const uint8_t *const end = text.data + text.size;
    size_t used = 0;
    while (next < end) {
        const uint32_t code = code_meant(utf8_next(&next, end));
        if (is_fraction(code)) {
            used = unit_put(units, used, ' ');
        }
        if (code != 0) {
            used = unit_put(units, used, code);
        }
    }
    *count = used;
    return STATUS_OK;
}

// One normalisation of `from` into `to`, which grows as needed.
static enum status units_normalise(struct text_folder *folder, const UNormalizer2 *normaliser,
                                   const struct fold_units *from, struct fold_units *to,
                                   size_t *count)
{
    TRY(units_reserve(folder, to, 2 * *count + 32));
    for (;;) {
        UErrorCode error = U_ZERO_ERROR;
        const int32_t wanted = unorm2_normalize(
            normaliser, from->units, (int32_t)*count, to->units,
            (int32_t)(to->capacity > INT32_MAX ? INT32_MAX : to->capacity), &error);
        if (error != U_BUFFER_OVERFLOW_ERROR) {
            *count = (size_t)wanted;
            return U_FAILURE(error) ? STATUS_OUT_OF_RANGE : STATUS_OK;
        }
        TRY(units_reserve(folder, to, (size_t)wanted + 1));
    }
}

// Drops accents and points, spells letters plainly; the decomposed text is in `second` and the result,
// which is never longer than twice that, in `first`.
static enum status units_simplify(struct text_folder *folder, size_t *count)
{
    TRY(units_reserve(folder, &folder->first, 2 * *count + 2));
    const UChar *const from = folder->second.units;
    UChar *const to = folder->first.units;
    size_t used = 0;
    bool drops_marks = true;
    for (size_t next = 0; next < *count;) {
        if (from[next] < 0x80 && from[next] >= 0x20 && from[next] != '`' && from[next] != 0x7f) {
            to[used++] = from[next++];
            drops_marks = true;
            continue;
        }
        const uint32_t code = code_meant(unit_next(from, *count, &next));
        const int type = u_charType((UChar32)code);
        const bool is_mark = type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
        if (code == 0 || is_optional_point(code) || (is_mark && drops_marks)) {
            continue;
        }
        // What becomes a blank or an ASCII digit is a base as such, or folding again would differ.
        const bool is_plain = type == U_DECIMAL_DIGIT_NUMBER || is_blank(code, type);
        drops_marks = is_mark ? drops_marks : is_plain || has_accents(code);
        if (type == U_DECIMAL_DIGIT_NUMBER) {
            to[used++] = (UChar)('0' + u_charDigitValue((UChar32)code));
            continue;
        }
        const char *const plain = plain_letter(code);
        if (plain == NULL) {
            used = unit_put(to, used, is_blank(code, type) ? ' ' : code == 0x2044 ? '/' : code);
            continue;
        }
        const uint8_t *at = (const uint8_t *)plain;
        const uint8_t *const end = at + strnlen(plain, sizeof(plain_letters[0].text));
        while (at < end) {
            used = unit_put(to, used, utf8_next(&at, end));
        }
    }
    *count = used;
    return STATUS_OK;
}

static enum status units_write(const struct fold_units *units, size_t count, uint8_t *out,
                               size_t capacity, size_t *out_size)
{
    size_t size = 0;
    for (size_t next = 0; next < count;) {
        uint8_t text[4];
        const unsigned taken = utf8_put(text, unit_next(units->units, count, &next));
        if (capacity - size < taken) {
            return STATUS_NO_SPACE;
        }
        memcpy(out + size, text, taken);
        size += taken;
    }
    *out_size = size;
    return STATUS_OK;
}

static bool is_letter_or_digit(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

// The bytes around an apostrophe; 0 beyond the ends of the text.
struct surroundings {
    uint8_t before_last, last, next, after_next;
};

// True for the apostrophes that are written or not: king's, o'connell, and those of other scripts.
static bool is_silent_apostrophe(struct surroundings around)
{
    if (!is_letter_or_digit(around.last) || !is_letter_or_digit(around.next)) {
        return false;
    }
    const bool is_possessive = around.next == 's' && !is_letter_or_digit(around.after_next);
    const bool is_irish =
        around.last == 'o' && !is_letter_or_digit(around.before_last) && around.next < 0x80;
    return is_possessive || is_irish || (around.last >= 0x80 && around.next >= 0x80);
}

static size_t apostrophes_drop(uint8_t *text, size_t size)
{
    if (size == 0 || memchr(text, '\'', size) == NULL) {
        return size;
    }
    size_t used = 0;
    struct surroundings around = {0}; // as they were: what is kept moves over them
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = text[i];
        around.next = i + 1 < size ? text[i + 1] : 0;
        around.after_next = i + 2 < size ? text[i + 2] : 0;
        if (byte != '\'' || !is_silent_apostrophe(around)) {
            text[used++] = byte;
        }
        around.before_last = around.last;
        around.last = byte;
    }
    return used;
}

enum status text_fold_by_icu(struct text_folder *folder, struct bytes text, uint8_t *out,
                             size_t capacity, size_t *out_size)
{
    if (text.size > TEXT_FOLD_SIZE_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    size_t count = 0;
    size_t size = 0;
    TRY(units_read(folder, text, &count));
    TRY(units_normalise(folder, folder->casefold, &folder->first, &folder->second, &count));
    TRY(units_normalise(folder, folder->decompose, &folder->second, &folder->first, &count));
    const struct fold_units decomposed = folder->first;
    folder->first = folder->second;
    folder->second = decomposed;
    TRY(units_simplify(folder, &count));
    TRY(units_normalise(folder, folder->compose, &folder->first, &folder->second, &count));
    TRY(units_write(&folder->second, count, out, capacity, &size));
    *out_size = apostrophes_drop(out, size);
    return STATUS_OK;
}

static const struct fold_entry *table_at(const struct text_folder *folder, uint32_t code)
{
    if (code < LOW_END) {
        return &folder->table[code - LOW_FIRST];
    }
    if (code >= HIGH_FIRST && code < HIGH_END) {
        return &folder->table[code - HIGH_FIRST + (LOW_END - LOW_FIRST)];
    }
    return NULL;
}

enum status text_fold_into(struct text_folder *folder, struct bytes text, uint8_t *out,
                           size_t capacity, size_t *out_size)
{
    if (text.size == 0) { // its data may be NULL
        *out_size = 0;
        return STATUS_OK;
    }
    const uint8_t *next = text.data;
    const uint8_t *const end = text.data + text.size;
    size_t size = 0;
    while (next < end) {
        if (*next < 0x80) {
            if (size == capacity) {
                return STATUS_NO_SPACE;
            }
            out[size++] = folder->ascii[*next++];
            continue;
        }
        const uint32_t code = utf8_next(&next, end);
        const struct fold_entry *const entry = table_at(folder, code);
        if (entry == NULL || entry->size == ENTRY_NEEDS_ICU) {
            return text_fold_by_icu(folder, text, out, capacity, out_size);
        }
        if (capacity - size < entry->size) {
            return STATUS_NO_SPACE;
        }
        memcpy(out + size, entry->text, entry->size);
        size += entry->size;
    }
    *out_size = apostrophes_drop(out, size);
    return STATUS_OK;
}

enum status text_fold(struct text_folder *folder, struct bytes text, struct buffer *out)
{
    size_t room = text.size + text.size / 2 + 16;
    for (;;) {
        uint8_t *const at = buffer_reserve(out, room);
        if (at == NULL) {
            return STATUS_NO_MEMORY;
        }
        size_t size = 0;
        const enum status status = text_fold_into(folder, text, at, room, &size);
        if (status == STATUS_OK) {
            out->size += size;
        }
        if (status != STATUS_NO_SPACE) {
            return status;
        }
        room *= 2;
    }
}

// Between two letters, so that what only happens at the ends does not enter the table.
static enum status entry_fill(struct text_folder *folder, uint32_t code, struct fold_entry *entry)
{
    uint8_t text[6] = {'a'};
    const unsigned taken = utf8_put(text + 1, code);
    text[1 + taken] = 'b';
    uint8_t folded[128];
    size_t size = 0;
    TRY(text_fold_by_icu(folder, (struct bytes){.data = text, .size = taken + 2}, folded,
                         sizeof(folded), &size));
    assert(size >= 2 && folded[0] == 'a' && folded[size - 1] == 'b');
    *entry = (struct fold_entry){.size = ENTRY_NEEDS_ICU};
    if (size - 2 <= sizeof(entry->text)) {
        entry->size = (uint8_t)(size - 2);
        memcpy(entry->text, folded + 1, size - 2);
    }
    return STATUS_OK;
}

static enum status table_fill(struct text_folder *folder)
{
    for (uint32_t code = LOW_FIRST; code < HIGH_END; code++) {
        const struct fold_entry *const entry = table_at(folder, code);
        if (entry != NULL) {
            TRY(entry_fill(folder, code, &folder->table[entry - folder->table]));
        }
    }
    for (uint8_t byte = 0; byte < 0x80; byte++) {
        const bool is_upper = byte >= 'A' && byte <= 'Z';
        const bool is_control = byte < ' ' || byte == 0x7f;
        folder->ascii[byte] = is_upper      ? (uint8_t)(byte | 0x20)
                              : is_control  ? ' '
                              : byte == '`' ? '\''
                                            : byte;
    }
    return STATUS_OK;
}

static enum status folder_fill(struct text_folder *folder, struct fault *fault)
{
    UErrorCode error = U_ZERO_ERROR;
    folder->casefold = unorm2_getNFKCCasefoldInstance(&error);
    folder->decompose = unorm2_getNFDInstance(&error);
    folder->compose = unorm2_getNFCInstance(&error);
    if (U_FAILURE(error)) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "ICU has no normalisation data (%s): install the package libicu72",
                         u_errorName(error));
    }
    TRY(abbreviation_index_new(folder->account, &folder->abbreviations, fault));
    const enum status status = table_fill(folder);
    return status == STATUS_OK ? STATUS_OK
                               : fault_set(fault, status, "no memory for the text tables");
}

enum status text_folder_new(struct memory_account *account, struct text_folder **folder,
                            struct fault *fault)
{
    struct text_folder *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the text tables");
    }
    made->account = account;
    const enum status status = folder_fill(made, fault);
    if (status != STATUS_OK) {
        text_folder_free(made);
        return status;
    }
    *folder = made;
    return STATUS_OK;
}

void text_folder_free(struct text_folder *folder)
{
    if (folder != NULL) {
        abbreviation_index_free(folder->abbreviations);
        memory_give(folder->first.units);
        memory_give(folder->second.units);
        memory_give(folder);
    }
}

const struct abbreviation_index *text_folder_abbreviations(const struct text_folder *folder)
{
    return folder->abbreviations;
}

// The headers' version is the library's: ICU's symbols carry it (unorm2_normalize_72).
const char *text_tables_version(void)
{
    return "icu " U_ICU_VERSION " unicode " U_UNICODE_VERSION " rhumb " TEXT_TABLES_NUMBER;
}
