#include "base/decimal.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// Powers of ten that a double holds exactly.
static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { TENS_MAX = 22, EXACT_DIGITS = 15 };

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

// What is written, as a whole number times a power of ten; the whole number stops at 19 digits.
struct written {
    bool is_negative;
    uint64_t whole;
    unsigned digits; // of it, without zeros before
    bool has_more;   // digits that did not fit
    int64_t exponent;
};

static size_t read_digits(struct bytes text, size_t at, bool is_fraction, struct written *written)
{
    for (; at < text.size && is_digit(text.data[at]); at++) {
        const unsigned digit = text.data[at] - '0';
        if (written->digits == 19) {
            written->has_more |= digit != 0;
            written->exponent += is_fraction ? 0 : 1;
            continue;
        }
        written->whole = written->whole * 10 + digit;
        written->digits += written->whole != 0;
        written->exponent -= is_fraction;
    }
    return at;
}

static bool read_written(struct bytes text, struct written *written)
{
    size_t at = 0;
    if (at < text.size && (text.data[at] == '-' || text.data[at] == '+')) {
        written->is_negative = text.data[at++] == '-';
    }
    const size_t begin = at;
    at = read_digits(text, at, false, written);
    size_t digits = at - begin;
    if (at < text.size && text.data[at] == '.') {
        const size_t fraction = ++at;
        at = read_digits(text, at, true, written);
        digits += at - fraction;
    }
    if (digits == 0) {
        return false;
    }
    if (at == text.size) {
        return true;
    }
    if (text.data[at] != 'e' && text.data[at] != 'E') {
        return false;
    }
    at++;
    bool is_small = false;
    if (at < text.size && (text.data[at] == '-' || text.data[at] == '+')) {
        is_small = text.data[at++] == '-';
    }
    int64_t exponent = 0;
    const size_t first = at;
    for (; at < text.size && is_digit(text.data[at]); at++) {
        exponent = exponent < 100000 ? exponent * 10 + (text.data[at] - '0') : exponent;
    }
    written->exponent += is_small ? -exponent : exponent;
    return at > first && at == text.size;
}

bool decimal_parse(struct bytes text, double *value)
{
    struct written written = {0};
    if (text.size > DECIMAL_READ_SIZE || !read_written(text, &written)) {
        return false;
    }
    // W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990: both exact, so one
    // rounding.
    if (written.digits <= EXACT_DIGITS && !written.has_more && written.exponent >= -TENS_MAX &&
        written.exponent <= TENS_MAX) {
        const double whole = (double)written.whole;
        const double size =
            written.exponent < 0 ? whole / tens[-written.exponent] : whole * tens[written.exponent];
        *value = written.is_negative ? -size : size;
        return true;
    }
    char terminated[DECIMAL_READ_SIZE + 1];
    memcpy(terminated, text.data, text.size);
    terminated[text.size] = '\0';
    *value = strtod(terminated, NULL); // correctly rounded in glibc; no locale is ever set
    return true;
}

// To the bit: zeros have signs, and nothing is near enough.
static bool is_same(double left, double right)
{
    uint64_t left_bits;
    uint64_t right_bits;
    memcpy(&left_bits, &left, sizeof(left_bits));
    memcpy(&right_bits, &right, sizeof(right_bits));
    return left_bits == right_bits;
}

// Does "0.digits e exponent" read back as the value?
static bool reads_back(const struct decimal *decimal, double value)
{
    char text[40];
    const int size = snprintf(text, sizeof(text), ".%.*se%d", (int)decimal->count, decimal->digits,
                              decimal->exponent);
    double again = 0;
    const bool is_number =
        decimal_parse((struct bytes){.data = (const uint8_t *)text, .size = (size_t)size}, &again);
    assert(is_number);
    return is_same(again, value);
}

static void strip_zeros(struct decimal *decimal)
{
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0') {
        decimal->count--;
    }
}

// The nearest of `count` digits; carries are the C library's.
static struct decimal nearest(double value, unsigned count)
{
    char text[40];
    (void)snprintf(text, sizeof(text), "%.*e", (int)count - 1, value); // d.ddde±dd
    struct decimal decimal = {.count = count};
    decimal.digits[0] = text[0];
    memcpy(decimal.digits + 1, text + 2, count - 1);
    const char *const exponent = strchr(text, 'e') + 1;
    for (const char *digit = exponent + 1; *digit != '\0'; digit++) {
        decimal.exponent = decimal.exponent * 10 + (*digit - '0');
    }
    decimal.exponent = (exponent[0] == '-' ? -decimal.exponent : decimal.exponent) + 1;
    return decimal;
}

// The next number up in the last digit: below a power of two doubles lie closer, and the nearest may read as
// the double below while its neighbour reads back.
static bool step_up(struct decimal *decimal)
{
    unsigned at = decimal->count;
    while (at > 0 && decimal->digits[at - 1] == '9') {
        decimal->digits[--at] = '0';
    }
    if (at == 0) {
        return false;
    }
    decimal->digits[at - 1]++;
    return true;
}

static struct decimal shortest(double value)
{
    // A normal double has 15 digits of its own, so fewer of them end in zeros; subnormals have less.
    for (unsigned count = value < DBL_MIN ? 1 : EXACT_DIGITS; count < 17; count++) {
        struct decimal decimal = nearest(value, count);
        if (reads_back(&decimal, value) || (step_up(&decimal) && reads_back(&decimal, value))) {
            return decimal;
        }
    }
    return nearest(value, 17);
}

// Most numbers are a few digits over a small power of ten; no conversion is needed to see it.
static bool short_decimal(double value, struct decimal *decimal)
{
    for (unsigned places = 0; places <= EXACT_DIGITS; places++) {
        const double scaled = value * tens[places];
        if (scaled >= 1e15) {
            return false;
        }
        uint64_t whole = (uint64_t)(scaled + 0.5);
        const double back = (double)whole / tens[places];
        if (!is_same(back, value)) {
            continue;
        }
        char reversed[20];
        unsigned count = 0;
        for (; whole > 0; whole /= 10) {
            reversed[count++] = (char)('0' + whole % 10);
        }
        for (unsigned i = 0; i < count; i++) {
            decimal->digits[i] = reversed[count - 1 - i];
        }
        decimal->count = count;
        decimal->exponent = (int)count - (int)places;
        return true;
    }
    return false;
}

struct decimal decimal_of(double value)
{
    assert(isfinite(value));
    struct decimal decimal = {0};
    const double size = fabs(value);
    if (!(size > 0)) {
        decimal = (struct decimal){.digits = {'0'}, .count = 1, .exponent = 1};
    } else if (!short_decimal(size, &decimal)) {
        decimal = shortest(size);
    }
    decimal.is_negative = signbit(value) != 0;
    strip_zeros(&decimal);
    return decimal;
}

size_t decimal_format(double value, char text[DECIMAL_SIZE])
{
    if (!isfinite(value)) {
        const char *const name = isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
        memcpy(text, name, strlen(name));
        return strlen(name);
    }
    const struct decimal decimal = decimal_of(value);
    const int count = (int)decimal.count;
    size_t size = 0;
    if (decimal.is_negative) {
        text[size++] = '-';
    }
    if (decimal.exponent <= 0) {
        text[size++] = '0';
        text[size++] = '.';
    }
    for (int place = decimal.exponent; place < 0; place++) {
        text[size++] = '0';
    }
    for (int i = 0; i < count || i < decimal.exponent; i++) {
        if (i == decimal.exponent && i > 0) {
            text[size++] = '.';
        }
        text[size++] = i < count ? decimal.digits[i] : '0';
    }
    assert(size <= DECIMAL_SIZE);
    return size;
}
