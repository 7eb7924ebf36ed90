#include "geo/plus_code.h"

#include <string.h>

static const char digit_letters[] = "23456789CFGHJMPQRVWX";

enum {
    PAIR_DIGITS = 10, // digits that halve by turns
    DIGITS_MAX = 15,
    TEXT_SIZE_MAX = 32,
    PLUS_AT = 8, // digits before the '+'
    // A degree in the steps of the finest code.
    LAT_STEPS = 8000 * 3125,
    LNG_STEPS = 8000 * 1024,
};

struct digits {
    uint8_t values[DIGITS_MAX];
    unsigned count;   // padding not counted
    unsigned missing; // before the first: of a short code
};

// 0 to 19; 20 for a letter of no code.
static unsigned digit_of(uint8_t letter)
{
    const uint8_t upper = letter >= 'a' && letter <= 'z' ? (uint8_t)(letter - 32) : letter;
    unsigned digit = 0;
    while (digit < 20 && (uint8_t)digit_letters[digit] != upper) {
        digit++;
    }
    return digit;
}

// Where the '+' stands, if there is exactly one and it may stand there.
static bool plus_find(struct bytes text, size_t *at)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '+') {
            *at = i;
            count++;
        }
    }
    return count == 1 && *at <= PLUS_AT && *at % 2 == 0;
}

// Zeros fill a full code up to its '+', an even number of them, and nothing follows.
static bool padding_is_sound(struct bytes text, size_t plus, size_t first)
{
    for (size_t i = first; i < plus; i++) {
        if (text.data[i] != '0') {
            return false;
        }
    }
    return plus == PLUS_AT && first != 0 && first % 2 == 0 && text.size == plus + 1;
}

static bool digits_read(struct bytes text, struct digits *digits)
{
    size_t plus = 0;
    if (text.size < 2 || text.size > TEXT_SIZE_MAX || !plus_find(text, &plus) ||
        text.size == plus + 2) {
        return false;
    }
    *digits = (struct digits){.missing = (unsigned)(PLUS_AT - plus)};
    for (size_t i = 0; i < text.size; i++) {
        if (i == plus) {
            continue;
        }
        if (text.data[i] == '0' && i < plus) {
            return padding_is_sound(text, plus, i);
        }
        const unsigned digit = digit_of(text.data[i]);
        if (digit == 20) {
            return false;
        }
        if (digits->count < DIGITS_MAX) { // what is finer says nothing more
            digits->values[digits->count++] = (uint8_t)digit;
        }
    }
    // The first two digits stay on the globe: latitudes below 90, longitudes below 180.
    return digits->missing != 0 || (digits->values[0] < 9 && digits->values[1] < 18);
}

enum plus_code_kind plus_code_kind(struct bytes text)
{
    struct digits digits;
    if (!digits_read(text, &digits)) {
        return PLUS_CODE_NONE;
    }
    return digits.missing == 0 ? PLUS_CODE_FULL : PLUS_CODE_SHORT;
}

// The corner in steps from the south pole and the antimeridian, and the height and width.
struct area {
    int64_t lat, lng, height, width;
};

static struct area area_of(const struct digits *digits)
{
    struct area area = {.height = (int64_t)LAT_STEPS * 400, .width = (int64_t)LNG_STEPS * 400};
    for (unsigned i = 0; i < digits->count; i++) {
        if (i < PAIR_DIGITS) {
            if (i % 2 == 0) {
                area.height /= 20;
                area.lat += digits->values[i] * area.height;
            } else {
                area.width /= 20;
                area.lng += digits->values[i] * area.width;
            }
        } else {
            area.height /= 5;
            area.width /= 4;
            area.lat += digits->values[i] / 4 * area.height;
            area.lng += digits->values[i] % 4 * area.width;
        }
    }
    return area;
}

static int32_t e7_of(int64_t steps, int64_t steps_a_degree, int32_t origin_e7)
{
    return (int32_t)((steps * GEO_DEGREE_E7 + steps_a_degree / 2) / steps_a_degree + origin_e7);
}

bool plus_code_decode(struct bytes text, struct geo_box *box)
{
    struct digits digits;
    if (!digits_read(text, &digits) || digits.missing != 0) {
        return false;
    }
    const struct area area = area_of(&digits);
    const int64_t north = area.lat + area.height;
    const int64_t top = (int64_t)LAT_STEPS * 180;
    *box = (struct geo_box){
        .west_e7 = e7_of(area.lng, LNG_STEPS, -GEO_LNG_MAX),
        .south_e7 = e7_of(area.lat, LAT_STEPS, -GEO_LAT_MAX),
        .east_e7 = e7_of(area.lng + area.width, LNG_STEPS, -GEO_LNG_MAX),
        .north_e7 = e7_of(north < top ? north : top, LAT_STEPS, -GEO_LAT_MAX),
    };
    return true;
}

void plus_code_format(struct geo_point point, unsigned digits, char code[PLUS_CODE_SIZE])
{
    const bool is_length =
        digits >= 2 && digits <= DIGITS_MAX && (digits % 2 == 0 || digits > PAIR_DIGITS);
    const unsigned count = is_length ? digits : PAIR_DIGITS;
    const int64_t top = (int64_t)LAT_STEPS * 180;
    int64_t lat = ((int64_t)point.lat_e7 + GEO_LAT_MAX) * LAT_STEPS / GEO_DEGREE_E7;
    int64_t lng = ((int64_t)point.lng_e7 + GEO_LNG_MAX) * LNG_STEPS / GEO_DEGREE_E7;
    lng %= (int64_t)LNG_STEPS * 360;
    lat = lat < top ? lat : top - 1; // the pole belongs to the cells below it
    unsigned values[DIGITS_MAX];
    for (unsigned i = DIGITS_MAX; i-- > PAIR_DIGITS;) {
        values[i] = (unsigned)(lat % 5 * 4 + lng % 4);
        lat /= 5;
        lng /= 4;
    }
    for (unsigned i = PAIR_DIGITS; i > 0; i -= 2) {
        values[i - 1] = (unsigned)(lng % 20);
        values[i - 2] = (unsigned)(lat % 20);
        lat /= 20;
        lng /= 20;
    }
    unsigned size = 0;
    for (unsigned i = 0; i < count || i < PLUS_AT; i++) {
        if (i == PLUS_AT) {
            code[size++] = '+';
        }
        code[size++] = i < count ? digit_letters[values[i]] : '0';
    }
    if (count <= PLUS_AT) {
        code[size++] = '+';
    }
    code[size] = '\0';
}

static struct geo_point middle_of(const struct area *area)
{
    return (struct geo_point){
        .lng_e7 = e7_of(area->lng + area->width / 2, LNG_STEPS, -GEO_LNG_MAX),
        .lat_e7 = e7_of(area->lat + area->height / 2, LAT_STEPS, -GEO_LAT_MAX),
    };
}

// The same place of the cell beside, where that is nearer.
static struct geo_point nearest_cell(struct geo_point point, struct geo_point near, int64_t cell_e7)
{
    int64_t lat_e7 = point.lat_e7;
    int64_t lng_e7 = point.lng_e7;
    if (near.lat_e7 - lat_e7 > cell_e7 / 2 && lat_e7 + cell_e7 <= GEO_LAT_MAX) {
        lat_e7 += cell_e7;
    } else if (lat_e7 - near.lat_e7 > cell_e7 / 2 && lat_e7 - cell_e7 >= -GEO_LAT_MAX) {
        lat_e7 -= cell_e7;
    }
    if (near.lng_e7 - lng_e7 > cell_e7 / 2) {
        lng_e7 += cell_e7;
    } else if (lng_e7 - near.lng_e7 > cell_e7 / 2) {
        lng_e7 -= cell_e7;
    }
    lng_e7 += lng_e7 > GEO_LNG_MAX ? -2 * (int64_t)GEO_LNG_MAX : 0;
    lng_e7 += lng_e7 < -GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
    return (struct geo_point){.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)lat_e7};
}

bool plus_code_find(struct bytes text, struct geo_point near, struct geo_point *point)
{
    struct digits digits;
    if (!digits_read(text, &digits)) {
        return false;
    }
    // The missing digits are those of the place near it …
    if (digits.count > DIGITS_MAX - digits.missing) {
        digits.count = DIGITS_MAX - digits.missing;
    }
    char around[PLUS_CODE_SIZE];
    plus_code_format(near, PAIR_DIGITS, around);
    memmove(digits.values + digits.missing, digits.values, digits.count);
    for (unsigned i = 0; i < digits.missing; i++) {
        digits.values[i] = (uint8_t)digit_of((uint8_t)around[i]);
    }
    digits.count += digits.missing;
    const struct area area = area_of(&digits);
    *point = middle_of(&area);
    if (digits.missing == 0) {
        return true;
    }
    // … unless the neighbouring cell of that size is nearer.
    int64_t cell_e7 = (int64_t)400 * GEO_DEGREE_E7;
    for (unsigned i = 0; i < digits.missing; i += 2) {
        cell_e7 /= 20;
    }
    *point = nearest_cell(*point, near, cell_e7);
    return true;
}
