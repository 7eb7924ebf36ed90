#include <string.h>

#include "atlas/atlas.h"

enum { TYPE_SHIFT = 58, KIND_SHIFT = 60, COUNTRIES = 26 * 26, CODE_SIZE_MAX = 6 };
#define NUMBER_MASK ((UINT64_C(1) << TYPE_SHIFT) - 1)

static const char types[] = {0, 'n', 'w', 'r'};

static const char *const kind_names[SOURCE_KIND_COUNT] = {
    [SOURCE_DERIVED] = "rhumb",     [SOURCE_OSM] = "osm",
    [SOURCE_GEONAMES] = "geonames", [SOURCE_COUNTRIES] = "country",
    [SOURCE_DEMO] = "demo",         [SOURCE_OPENADDRESSES] = "openaddresses",
    [SOURCE_REGIONS] = "region",    [SOURCE_WOF] = "wof",
    [SOURCE_MAPPED] = "mapped",
};

uint64_t atlas_id_pack(struct source_id id)
{
    const uint64_t zigzag = (uint64_t)id.number << 1 ^ (uint64_t)(id.number >> 63);
    uint64_t type = 0;
    for (uint64_t i = 1; i < COUNT_OF(types); i++) {
        type = id.type == types[i] ? i : type;
    }
    return (uint64_t)id.kind << KIND_SHIFT | type << TYPE_SHIFT | (zigzag & NUMBER_MASK);
}

struct source_id atlas_id_unpack(uint64_t packed)
{
    const uint64_t zigzag = packed & NUMBER_MASK;
    return (struct source_id){
        .kind = (enum source_kind)(packed >> KIND_SHIFT),
        .type = types[packed >> TYPE_SHIFT & 3],
        .number = (int64_t)(zigzag >> 1 ^ (0 - (zigzag & 1))),
    };
}

static char *text_put(char *end, const char *word)
{
    const size_t size = strlen(word);
    memcpy(end, word, size);
    return end + size;
}

static char *decimal_put(char *end, int64_t number)
{
    char digits[20];
    size_t count = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0) {
        *end++ = '-';
    }
    while (count > 0) {
        *end++ = digits[--count];
    }
    return end;
}

static char *hexadecimal_put(char *end, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 4) {
        *end++ = "0123456789abcdef"[number >> shift & 15];
    }
    return end;
}

static char *country_put(char *end, int64_t number)
{
    *end++ = (char)('A' + number / 26);
    *end++ = (char)('A' + number % 26);
    return end;
}

// Base 37 without a digit for nothing: 1 is '0', 36 is 'Z'.
static char *code_put(char *end, int64_t number)
{
    char code[CODE_SIZE_MAX + 5];
    size_t size = 0;
    for (; number > 0 && size < sizeof(code); number /= 37) {
        code[size++] = "?0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 37];
    }
    while (size > 0) {
        *end++ = code[--size];
    }
    return end;
}

void atlas_id_format(uint64_t packed, char text[ATLAS_ID_TEXT_SIZE])
{
    const struct source_id id = atlas_id_unpack(packed);
    const char *const kind =
        (unsigned)id.kind < SOURCE_KIND_COUNT ? kind_names[id.kind] : "unknown";
    char *end = text_put(text, kind);
    *end++ = ':';
    if (id.type != 0) {
        *end++ = id.type;
    }
    if (id.kind == SOURCE_DERIVED) {
        end = hexadecimal_put(end, (uint64_t)id.number);
    } else if (id.kind == SOURCE_COUNTRIES && id.number >= 0 && id.number < COUNTRIES) {
        end = country_put(end, id.number);
    } else if (id.kind == SOURCE_REGIONS && id.number >= COUNTRIES) {
        end = country_put(end, id.number % COUNTRIES);
        *end++ = '-';
        end = code_put(end, id.number / COUNTRIES);
    } else {
        end = decimal_put(end, id.number);
    }
    *end = '\0';
}

// Reads all of `text` as a number of the kind; false when it is none.
static bool number_parse(enum source_kind kind, struct bytes text, int64_t *number)
{
    const bool is_negative = kind != SOURCE_DERIVED && text.size > 1 && text.data[0] == '-';
    const unsigned base = kind == SOURCE_DERIVED ? 16 : 10;
    uint64_t value = 0;
    size_t i = is_negative ? 1 : 0;
    if (text.size == i || text.size - i > 18) {
        return false;
    }
    for (; i < text.size; i++) {
        const uint8_t c = text.data[i];
        const unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                               : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                      : 99;
        if (digit >= base) {
            return false;
        }
        value = value * base + digit;
    }
    if (value > NUMBER_MASK >> 1) {
        return false;
    }
    *number = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

// Takes two capitals off the front.
static bool country_parse(struct bytes *text, int64_t *number)
{
    if (text->size < 2 || text->data[0] < 'A' || text->data[0] > 'Z' || text->data[1] < 'A' ||
        text->data[1] > 'Z') {
        return false;
    }
    *number = (text->data[0] - 'A') * 26 + (text->data[1] - 'A');
    *text = (struct bytes){text->data + 2, text->size - 2};
    return true;
}

// "-VT": adds it to the country's number.
static bool code_parse(struct bytes text, int64_t *number)
{
    int64_t code = 0;
    if (text.size < 2 || text.size > CODE_SIZE_MAX + 1 || text.data[0] != '-') {
        return false;
    }
    for (size_t i = 1; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const bool is_digit = byte >= '0' && byte <= '9';
        if (!is_digit && (byte < 'A' || byte > 'Z')) {
            return false;
        }
        code = code * 37 + (is_digit ? byte - '0' + 1 : byte - 'A' + 11);
    }
    *number += code * COUNTRIES;
    return true;
}

enum status atlas_id_parse(struct bytes text, uint64_t *packed)
{
    for (int kind = 0; kind < SOURCE_KIND_COUNT; kind++) {
        const struct bytes name = bytes_from_text(kind_names[kind]);
        if (text.size <= name.size + 1 || text.data[name.size] != ':' ||
            memcmp(text.data, name.data, name.size) != 0) {
            continue;
        }
        struct source_id id = {.kind = (enum source_kind)kind};
        struct bytes rest = {text.data + name.size + 1, text.size - name.size - 1};
        if (id.kind == SOURCE_COUNTRIES || id.kind == SOURCE_REGIONS) {
            if (!country_parse(&rest, &id.number) ||
                (id.kind == SOURCE_REGIONS ? !code_parse(rest, &id.number) : rest.size != 0)) {
                return STATUS_OUT_OF_RANGE;
            }
        } else {
            if (rest.data[0] == 'n' || rest.data[0] == 'w' || rest.data[0] == 'r') {
                id.type = (char)rest.data[0];
                rest = (struct bytes){rest.data + 1, rest.size - 1};
            }
            if (!number_parse(id.kind, rest, &id.number)) {
                return STATUS_OUT_OF_RANGE;
            }
        }
        *packed = atlas_id_pack(id);
        return STATUS_OK;
    }
    return STATUS_OUT_OF_RANGE;
}
