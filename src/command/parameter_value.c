#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/decimal.h"
#include "command/parameter.h"

static int shown(struct bytes text)
{
    return (int)(text.size < 40 ? text.size : 40);
}

static bool parse_whole(struct bytes text, int64_t *whole)
{
    int64_t sum = 0;
    if (text.size == 0 || text.size > 19) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        const int digit = text.data[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, digit, &sum)) {
            return false;
        }
    }
    *whole = sum;
    return true;
}

bool value_parse_time(struct bytes text, int64_t *time_us)
{
    int64_t whole = 0;
    if (parse_whole(text, &whole)) {
        return !__builtin_mul_overflow(whole, 1000, time_us);
    }
    return date_parse_rfc3339(text, time_us);
}

bool value_parse_duration(struct bytes text, int64_t *duration_us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"", 1000},         {"ms", 1000},         {"s", 1000000},          {"m", 60000000},
                 {"h", 3600000000U}, {"d", 86400000000LL}, {"w", 7 * 86400000000LL}};
    size_t digits = 0;
    int64_t whole = 0;
    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9') {
        digits++;
    }
    const struct bytes unit = {.data = text.data + digits, .size = text.size - digits};
    if (!parse_whole((struct bytes){.data = text.data, .size = digits}, &whole)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (bytes_equal(unit, bytes_from_text(units[i].unit))) {
            return !__builtin_mul_overflow(whole, units[i].us, duration_us);
        }
    }
    return false;
}

bool value_parse_number(struct bytes text, double *number)
{
    double parsed = 0;
    if (text.size > DECIMAL_READ_SIZE || !decimal_parse(text, &parsed) || !isfinite(parsed)) {
        return false;
    }
    *number = parsed;
    return true;
}

static enum status read_name(struct bytes text, struct fault *fault)
{
    if (text.size == 0 || text.size > PARAMETER_NAME_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a name has 1 to %d bytes",
                         PARAMETER_NAME_SIZE_MAX);
    }
    return STATUS_OK;
}

static enum status read_string(struct bytes text, struct fault *fault)
{
    if (text.size == 0 || text.size > PARAMETER_STRING_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "it has 1 to %d bytes",
                         PARAMETER_STRING_SIZE_MAX);
    }
    return STATUS_OK;
}

// The index of `text` among words separated by blanks.
static enum status read_word(const char *words, struct bytes text, int64_t *index,
                             struct fault *fault)
{
    int64_t count = 0;
    for (const char *at = words; *at != '\0'; count++) {
        const size_t size = (size_t)(strchrnul(at, ' ') - at);
        if (bytes_equal(text, (struct bytes){.data = (const uint8_t *)at, .size = size})) {
            *index = count;
            return STATUS_OK;
        }
        at += size;
        at += *at == ' ' ? 1 : 0;
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE, "'%.*s' is none of: %s", shown(text),
                     (const char *)text.data, words);
}

static enum status read_whole(const struct parameter *parameter, struct bytes text, int64_t *whole,
                              struct fault *fault)
{
    const bool has_bounds = parameter->kind != PARAMETER_WHOLE || parameter->maximum != 0;
    if (parse_whole(text, whole) &&
        (!has_bounds || (*whole >= parameter->minimum && *whole <= parameter->maximum))) {
        return STATUS_OK;
    }
    return has_bounds
               ? fault_set(fault, STATUS_OUT_OF_RANGE, "it is a whole number between %u and %u",
                           parameter->minimum, parameter->maximum)
               : fault_set(fault, STATUS_OUT_OF_RANGE, "it is a whole number, not negative");
}

static enum status read_number(const struct parameter *parameter, struct bytes text, double *number,
                               struct fault *fault)
{
    if (!value_parse_number(text, number)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "'%.*s' is no number", shown(text),
                         (const char *)text.data);
    }
    if (parameter->maximum != 0 && (*number < parameter->minimum || *number > parameter->maximum)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "it is a number%s between %u and %u",
                         parameter->kind == PARAMETER_METRES ? " of metres" : "",
                         parameter->minimum, parameter->maximum);
    }
    return STATUS_OK;
}

// The kinds that commands have too.
static enum status read_common(const struct parameter *parameter, struct bytes text,
                               struct value *value, struct fault *fault)
{
    struct arguments arguments = {0};
    TRY(parameter_set(parameter, text, &arguments, fault));
    switch ((int)parameter->kind) {
    case PARAMETER_ID:
        value->id = arguments.id;
        break;
    case PARAMETER_POINT:
        value->point = arguments.near;
        break;
    case PARAMETER_BOX:
        value->box = arguments.box;
        break;
    case PARAMETER_SWITCH:
        value->whole = arguments.explains ? 1 : 0;
        break;
    case PARAMETER_LATITUDE:
        value->number = (double)arguments.point.lat_e7 / 1e7;
        break;
    case PARAMETER_LONGITUDE:
        value->number = (double)arguments.point.lng_e7 / 1e7;
        break;
    default:
        break; // a text
    }
    return STATUS_OK;
}

enum status value_read(const struct parameter *parameter, struct bytes text, struct value *value,
                       struct fault *fault)
{
    struct value made = {.is_given = true, .text = text};
    enum status status = STATUS_OK;
    switch ((int)parameter->kind) {
    case PARAMETER_NAME:
        status = read_name(text, fault);
        break;
    case PARAMETER_STRING:
        status = read_string(text, fault);
        break;
    case PARAMETER_COUNT:
    case PARAMETER_ZOOM:
    case PARAMETER_WHOLE:
        status = read_whole(parameter, text, &made.whole, fault);
        break;
    case PARAMETER_NUMBER:
    case PARAMETER_METRES:
        status = read_number(parameter, text, &made.number, fault);
        break;
    case PARAMETER_TIME:
        if (!value_parse_time(text, &made.whole)) {
            status = fault_set(fault, STATUS_OUT_OF_RANGE,
                               "'%.*s' is no time like 2026-11-21T14:30:00Z, nor milliseconds "
                               "since 1970",
                               shown(text), (const char *)text.data);
        }
        break;
    case PARAMETER_DURATION:
        if (!value_parse_duration(text, &made.whole)) {
            status = fault_set(fault, STATUS_OUT_OF_RANGE,
                               "'%.*s' is no duration like 90s, 15m, 12h or 7d", shown(text),
                               (const char *)text.data);
        }
        break;
    case PARAMETER_WORD:
        status = read_word(parameter->words, text, &made.whole, fault);
        break;
    default:
        status = read_common(parameter, text, &made, fault);
        break;
    }
    if (status == STATUS_OK) {
        *value = made;
    }
    return status;
}
