#include "geo/coordinate.h"

#include <string.h>

#include "base/attributes.h"

// What a text is made of. Words and marks that mean nothing to coordinates end the reading.
enum piece_kind {
    PIECE_NUMBER,
    PIECE_DEGREES, // behind a number
    PIECE_MINUTES,
    PIECE_SECONDS,
    PIECE_NORTH, // hemispheres
    PIECE_SOUTH,
    PIECE_EAST,
    PIECE_WEST,
    PIECE_LATITUDE, // labels
    PIECE_LONGITUDE,
    PIECE_COMMA, // also ; / &
    PIECE_NOTHING,
};

struct piece {
    enum piece_kind kind;
    double value;
    bool has_point; // of a number: with decimals
    bool has_sign;
};

enum { PIECES_MAX = 24, TEXT_SIZE_MAX = 160 };

struct pieces {
    struct piece items[PIECES_MAX];
    unsigned count;
};

static const struct {
    const char *text;
    enum piece_kind kind;
} words[] = {
    // Longer ones before those they begin with.
    {"latitude", PIECE_LATITUDE},
    {"latitud", PIECE_LATITUDE},
    {"lat", PIECE_LATITUDE},
    {"longitude", PIECE_LONGITUDE},
    {"longitud", PIECE_LONGITUDE},
    {"long", PIECE_LONGITUDE},
    {"lng", PIECE_LONGITUDE},
    {"lon", PIECE_LONGITUDE},
    {"north", PIECE_NORTH},
    {"norden", PIECE_NORTH},
    {"noord", PIECE_NORTH},
    {"norte", PIECE_NORTH},
    {"nord", PIECE_NORTH},
    {"n", PIECE_NORTH},
    {"south", PIECE_SOUTH},
    {"süden", PIECE_SOUTH},
    {"süd", PIECE_SOUTH},
    {"zuid", PIECE_SOUTH},
    {"sud", PIECE_SOUTH},
    {"sur", PIECE_SOUTH},
    {"sul", PIECE_SOUTH},
    {"east", PIECE_EAST},
    {"osten", PIECE_EAST},
    {"oost", PIECE_EAST},
    {"este", PIECE_EAST},
    {"leste", PIECE_EAST},
    {"ost", PIECE_EAST},
    {"est", PIECE_EAST},
    {"e", PIECE_EAST},
    {"west", PIECE_WEST},
    {"westen", PIECE_WEST},
    {"ouest", PIECE_WEST},
    {"oeste", PIECE_WEST},
    {"ovest", PIECE_WEST},
    {"w", PIECE_WEST},
    {"degrees", PIECE_DEGREES},
    {"degree", PIECE_DEGREES},
    {"deg", PIECE_DEGREES},
    {"d", PIECE_DEGREES},
    {"minutes", PIECE_MINUTES},
    {"min", PIECE_MINUTES},
    {"m", PIECE_MINUTES},
    {"seconds", PIECE_SECONDS},
    {"sec", PIECE_SECONDS},
};

static const struct {
    const char *text;
    enum piece_kind kind;
} marks[] = {
    {"°", PIECE_DEGREES},      {"º", PIECE_DEGREES},      {"˚", PIECE_DEGREES},
    {"''", PIECE_SECONDS},     {"′′", PIECE_SECONDS},     {"’’", PIECE_SECONDS},
    {"\"", PIECE_SECONDS},     {"″", PIECE_SECONDS},      {"”", PIECE_SECONDS},
    {"“", PIECE_SECONDS},      {"'", PIECE_MINUTES},      {"′", PIECE_MINUTES},
    {"’", PIECE_MINUTES},      {"‘", PIECE_MINUTES},      {"`", PIECE_MINUTES},
    {"´", PIECE_MINUTES},      {",", PIECE_COMMA},        {";", PIECE_COMMA},
    {"/", PIECE_COMMA},        {"&", PIECE_COMMA},        {":", PIECE_NOTHING},
    {"=", PIECE_NOTHING},      {" ", PIECE_NOTHING},      {"\t", PIECE_NOTHING},
    {"\u00a0", PIECE_NOTHING}, {"\u202f", PIECE_NOTHING}, {"(", PIECE_NOTHING},
    {")", PIECE_NOTHING},      {"[", PIECE_NOTHING},      {"]", PIECE_NOTHING},
};

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

static bool starts_with(struct bytes text, const char *prefix)
{
    const size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static struct bytes bytes_from(struct bytes text, size_t at)
{
    return (struct bytes){.data = text.data + at, .size = text.size - at};
}

static void take(struct bytes *text, size_t size)
{
    *text = bytes_from(*text, size);
}

// "-9.52", "+009.5215", with U+2212 as a minus too. `comma` is what decimals stand behind.
static bool number_take(struct bytes *text, uint8_t comma, struct piece *piece)
{
    struct bytes rest = *text;
    bool is_negative = false;
    bool has_sign = false;
    if (starts_with(rest, "-") || starts_with(rest, "+")) {
        has_sign = true;
        is_negative = rest.data[0] == '-';
        take(&rest, 1);
    } else if (starts_with(rest, "\u2212")) {
        has_sign = is_negative = true;
        take(&rest, 3);
    }
    if (rest.size == 0 || !is_digit(rest.data[0])) {
        return false;
    }
    enum { DIGITS_MAX = 15 };
    double value = 0;
    double scale = 1;
    unsigned digits = 0;
    bool has_point = false;
    while (rest.size != 0 &&
           (is_digit(rest.data[0]) ||
            (rest.data[0] == comma && !has_point && rest.size > 1 && is_digit(rest.data[1])))) {
        if (rest.data[0] == comma) {
            has_point = true;
        } else if (digits < DIGITS_MAX) {
            digits++;
            value = value * 10 + (rest.data[0] - '0');
            scale *= has_point ? 10 : 1;
        } else if (!has_point) {
            return false;
        }
        take(&rest, 1);
    }
    *piece = (struct piece){.kind = PIECE_NUMBER,
                            .value = (is_negative ? -value : value) / scale,
                            .has_point = has_point,
                            .has_sign = has_sign};
    *text = rest;
    return true;
}

static bool mark_take(struct bytes *text, enum piece_kind *kind)
{
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (starts_with(*text, marks[i].text)) {
            *kind = marks[i].kind;
            take(text, strlen(marks[i].text));
            return true;
        }
    }
    return false;
}

// A whole word, or a letter that a number is written against: "47.1N", "8m".
static bool word_take(struct bytes *text, enum piece_kind *kind)
{
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        const size_t size = strlen(words[i].text);
        bool is_same = text->size >= size;
        for (size_t k = 0; is_same && k < size; k++) {
            const uint8_t byte = text->data[k];
            const uint8_t lower = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
            is_same = lower == (uint8_t)words[i].text[k];
        }
        const struct bytes rest = is_same ? bytes_from(*text, size) : *text;
        if (is_same && (rest.size == 0 || !is_letter(rest.data[0]) || starts_with(rest, "°") ||
                        starts_with(rest, "\u00a0"))) {
            *kind = words[i].kind;
            *text = rest;
            return true;
        }
    }
    return false;
}

// "s" is south behind the end of a coordinate, and seconds where minutes went before.
static enum piece_kind s_means(const struct pieces *pieces)
{
    for (unsigned i = pieces->count; i-- > 0;) {
        if (pieces->items[i].kind == PIECE_MINUTES) {
            return PIECE_SECONDS;
        }
        if (pieces->items[i].kind != PIECE_NUMBER) {
            break;
        }
    }
    return PIECE_SOUTH;
}

static bool pieces_read(struct bytes text, uint8_t comma, struct pieces *pieces)
{
    pieces->count = 0;
    bool is_behind_whole = false; // a number without decimals: "5-7" is a range
    while (text.size != 0) {
        struct piece piece = {.kind = PIECE_NOTHING};
        const bool is_s = text.data[0] == 's' || text.data[0] == 'S';
        if (is_s && (text.size == 1 || !is_letter(text.data[1]))) {
            piece.kind = s_means(pieces);
            take(&text, 1);
        } else if (!number_take(&text, comma, &piece) && !mark_take(&text, &piece.kind) &&
                   !word_take(&text, &piece.kind)) {
            return false;
        }
        if (piece.has_sign && is_behind_whole) {
            return false;
        }
        is_behind_whole = piece.kind == PIECE_NUMBER && !piece.has_point;
        if (piece.kind == PIECE_NOTHING) {
            continue;
        }
        if (pieces->count == PIECES_MAX) {
            return false;
        }
        pieces->items[pieces->count++] = piece;
    }
    return true;
}

// "47,14 9,52": each of two groups has one comma, and it is inside.
static bool has_decimal_commas(struct bytes text)
{
    unsigned commas = 0;
    bool has_point = false;
    for (size_t i = 0; i < text.size; i++) {
        has_point = has_point || text.data[i] == '.';
        if (text.data[i] == ',') {
            commas++;
            if (i == 0 || i + 1 == text.size || !is_digit(text.data[i - 1]) ||
                !is_digit(text.data[i + 1])) {
                return false;
            }
        }
    }
    return commas == 2 && !has_point;
}

enum axis { AXIS_UNKNOWN, AXIS_LATITUDE, AXIS_LONGITUDE };

// One of the two angles.
struct angle {
    double value;
    enum axis axis;
    bool is_marked; // by a unit, a hemisphere, a label or decimals
    bool has_comma; // behind it
};

static enum axis axis_of(enum piece_kind kind)
{
    switch (kind) {
    case PIECE_NORTH:
    case PIECE_SOUTH:
    case PIECE_LATITUDE:
        return AXIS_LATITUDE;
    case PIECE_EAST:
    case PIECE_WEST:
    case PIECE_LONGITUDE:
        return AXIS_LONGITUDE;
    case PIECE_NUMBER:
    case PIECE_DEGREES:
    case PIECE_MINUTES:
    case PIECE_SECONDS:
    case PIECE_COMMA:
    case PIECE_NOTHING:
        break;
    }
    return AXIS_UNKNOWN;
}

static bool is_hemisphere(enum piece_kind kind)
{
    return kind >= PIECE_NORTH && kind <= PIECE_WEST;
}

// The numbers of an angle: degrees, minutes, seconds, each with its mark or all without.
static bool numbers_take(const struct pieces *pieces, unsigned *at, unsigned number_max,
                         struct angle *angle)
{
    double units[3] = {0, 0, 0};
    unsigned count = 0;
    bool is_negative = false;
    while (*at < pieces->count && pieces->items[*at].kind == PIECE_NUMBER && count < number_max) {
        const struct piece *const number = &pieces->items[*at];
        const enum piece_kind mark =
            *at + 1 < pieces->count ? pieces->items[*at + 1].kind : PIECE_NOTHING;
        const bool has_mark = mark >= PIECE_DEGREES && mark <= PIECE_SECONDS;
        if (count != 0 && number->has_sign) {
            break;
        }
        if (has_mark && (unsigned)(mark - PIECE_DEGREES) != count) {
            return false;
        }
        is_negative = is_negative || (number->has_sign && number->value < 0);
        units[count++] = number->value < 0 ? -number->value : number->value;
        angle->is_marked = angle->is_marked || has_mark || number->has_point;
        *at += has_mark ? 2 : 1;
        if (number->has_point) {
            break; // only the last has decimals
        }
    }
    if (count == 0 || (count > 1 && units[1] >= 60) || units[2] >= 60) {
        return false;
    }
    angle->value = units[0] + units[1] / 60 + units[2] / 3600;
    angle->value = is_negative ? -angle->value : angle->value;
    return true;
}

static bool hemisphere_set(struct angle *angle, enum piece_kind kind)
{
    const bool is_negative = kind == PIECE_SOUTH || kind == PIECE_WEST;
    if (angle->axis != AXIS_UNKNOWN && angle->axis != axis_of(kind)) {
        return false;
    }
    angle->axis = axis_of(kind);
    angle->is_marked = true;
    if (is_negative) {
        if (angle->value < 0) {
            return false;
        }
        angle->value = -angle->value;
    }
    return true;
}

static bool angle_take(const struct pieces *pieces, unsigned *at, unsigned number_max,
                       struct angle *angle)
{
    *angle = (struct angle){.value = 0};
    enum piece_kind before = PIECE_NOTHING;
    while (*at < pieces->count && axis_of(pieces->items[*at].kind) != AXIS_UNKNOWN) {
        const enum piece_kind kind = pieces->items[(*at)++].kind;
        if (is_hemisphere(kind)) {
            if (before != PIECE_NOTHING) {
                return false;
            }
            before = kind;
        } else if (angle->axis != AXIS_UNKNOWN) {
            return false;
        } else {
            angle->axis = axis_of(kind);
            angle->is_marked = true;
        }
    }
    if (!numbers_take(pieces, at, number_max, angle) ||
        (before != PIECE_NOTHING && !hemisphere_set(angle, before))) {
        return false;
    }
    if (before == PIECE_NOTHING && *at < pieces->count && is_hemisphere(pieces->items[*at].kind)) {
        if (!hemisphere_set(angle, pieces->items[(*at)++].kind)) {
            return false;
        }
    }
    if (*at < pieces->count && pieces->items[*at].kind == PIECE_COMMA) {
        angle->has_comma = true;
        (*at)++;
    }
    return true;
}

static bool point_of(struct angle first, struct angle second, bool is_longitude_first,
                     struct geo_point *point)
{
    if (first.axis != AXIS_UNKNOWN && first.axis == second.axis) {
        return false;
    }
    bool is_swapped =
        first.axis == AXIS_LONGITUDE || second.axis == AXIS_LATITUDE ||
        (first.axis == AXIS_UNKNOWN && second.axis == AXIS_UNKNOWN && is_longitude_first);
    const bool is_open = first.axis == AXIS_UNKNOWN && second.axis == AXIS_UNKNOWN;
    const bool is_beyond = first.value > 90 || first.value < -90;
    is_swapped = is_swapped || (is_open && is_beyond);
    const double lat = is_swapped ? second.value : first.value;
    const double lng = is_swapped ? first.value : second.value;
    if (lat < -90 || lat > 90 || lng < -180 || lng > 180) {
        return false;
    }
    *point = GEO_POINT(lng, lat);
    return true;
}

static unsigned numbers_count(const struct pieces *pieces)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pieces->count; i++) {
        count += pieces->items[i].kind == PIECE_NUMBER;
    }
    return count;
}

static bool pair_read(const struct pieces *pieces, bool is_longitude_first, struct geo_point *point)
{
    const unsigned numbers = numbers_count(pieces);
    struct angle first;
    struct angle second;
    unsigned at = 0;
    // Without marks the numbers are shared out evenly: 2, 4 or 6.
    if (numbers < 2 || numbers > 6 || !angle_take(pieces, &at, (numbers + 1) / 2, &first) ||
        !angle_take(pieces, &at, 3, &second) || at != pieces->count || second.has_comma) {
        return false;
    }
    const bool is_bare = !first.is_marked && !second.is_marked;
    // "118 West 8" is the beginning of an address.
    const bool is_half = (first.axis != AXIS_UNKNOWN && !second.is_marked) ||
                         (second.axis != AXIS_UNKNOWN && !first.is_marked);
    return !is_bare && !is_half && point_of(first, second, is_longitude_first, point);
}

static struct bytes trim(struct bytes text)
{
    while (text.size != 0 && text.data[0] <= ' ') {
        take(&text, 1);
    }
    while (text.size != 0 && text.data[text.size - 1] <= ' ') {
        text.size--;
    }
    return text;
}

static bool has_prefix_of(struct bytes text, const char *word)
{
    const size_t size = strlen(word);
    if (text.size < size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if ((text.data[i] | 0x20) != (uint8_t)word[i]) {
            return false;
        }
    }
    return true;
}

// "geo:47.1,9.5;crs=wgs84;u=35?z=17" (RFC 5870), with "q=47.1,9.5(label)" as Android has it.
static struct bytes geo_uri_point(struct bytes text)
{
    take(&text, 4);
    struct bytes point = text;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == ';' || text.data[i] == '?') {
            point.size = i;
            break;
        }
    }
    for (size_t i = point.size; i + 2 < text.size; i++) {
        if (text.data[i] == 'q' && text.data[i + 1] == '=') {
            point = bytes_from(text, i + 2);
            for (size_t k = 0; k < point.size; k++) {
                if (point.data[k] == '&' || point.data[k] == '(') {
                    point.size = k;
                    break;
                }
            }
            break;
        }
    }
    // A third number is an altitude.
    unsigned commas = 0;
    for (size_t i = 0; i < point.size; i++) {
        commas += point.data[i] == ',';
        if (commas == 2) {
            point.size = i;
            break;
        }
    }
    return point;
}

bool coordinate_parse(struct bytes text, struct geo_point *point)
{
    struct pieces pieces;
    text = trim(text);
    if (text.size > TEXT_SIZE_MAX) {
        return false;
    }
    bool is_longitude_first = false;
    if (has_prefix_of(text, "geo:")) {
        text = geo_uri_point(text);
    } else if (has_prefix_of(text, "point")) {
        is_longitude_first = true;
        take(&text, 5);
    }
    if (has_decimal_commas(text)) {
        return pieces_read(text, ',', &pieces) && pair_read(&pieces, is_longitude_first, point);
    }
    return pieces_read(text, '.', &pieces) && pair_read(&pieces, is_longitude_first, point);
}
