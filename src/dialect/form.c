#include "dialect/form.h"

#include <math.h>

#include "base/decimal.h"
#include "codec/http.h"

static enum status unescape(struct bytes escaped, struct arena *arena, struct bytes *text)
{
    *text = escaped;
    if (escaped.size == 0 || (memchr(escaped.data, '%', escaped.size) == NULL &&
                              memchr(escaped.data, '+', escaped.size) == NULL)) {
        return STATUS_OK;
    }
    uint8_t *const room = ARENA_NEW(arena, uint8_t, escaped.size);
    if (room == NULL) {
        return STATUS_NO_MEMORY;
    }
    const size_t size = http_unescape(escaped, true, room);
    if (size != SIZE_MAX) {
        *text = (struct bytes){.data = room, .size = size};
    }
    return STATUS_OK;
}

enum status form_read(struct bytes query, struct arena *arena, struct form *form)
{
    struct bytes name;
    struct bytes value;
    form->count = 0;
    while (form->count < FORM_FIELDS_MAX && http_query_next(&query, &name, &value)) {
        struct form_field *const field = &form->fields[form->count];
        TRY(unescape(name, arena, &field->name));
        TRY(unescape(value, arena, &field->value));
        form->count++;
    }
    return STATUS_OK;
}

bool form_each(const struct form *form, const char *name, unsigned *at, struct bytes *value)
{
    const struct bytes wanted = bytes_from_text(name);
    while (*at < form->count) {
        const struct form_field *const field = &form->fields[(*at)++];
        if (bytes_equal(field->name, wanted)) {
            *value = field->value;
            return true;
        }
    }
    return false;
}

bool form_find(const struct form *form, const char *name, struct bytes *value)
{
    unsigned at = 0;
    return form_each(form, name, &at, value);
}

struct bytes form_text(const struct form *form, const char *name)
{
    struct bytes value = {0};
    return form_find(form, name, &value) ? value : (struct bytes){0};
}

bool form_is(struct bytes text, const char *expected)
{
    size_t i = 0;
    for (; i < text.size && expected[i] != '\0'; i++) {
        const uint8_t byte = text.data[i];
        if ((byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte) != (uint8_t)expected[i]) {
            return false;
        }
    }
    return i == text.size && expected[i] == '\0';
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct bytes form_trim(struct bytes text)
{
    while (text.size != 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size != 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

bool form_parse_whole(struct bytes text, int64_t *value)
{
    text = form_trim(text);
    const bool is_negative = text.size != 0 && text.data[0] == '-';
    size_t i = text.size != 0 && (is_negative || text.data[0] == '+') ? 1 : 0;
    int64_t sum = 0;
    if (i == text.size || text.size - i > 18) {
        return false;
    }
    for (; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        sum = sum * 10 + (text.data[i] - '0');
    }
    *value = is_negative ? -sum : sum;
    return true;
}

bool form_parse_number(struct bytes text, double *value)
{
    text = form_trim(text);
    double parsed = 0;
    if (text.size > DECIMAL_READ_SIZE || !decimal_parse(text, &parsed) || !isfinite(parsed)) {
        return false;
    }
    *value = parsed;
    return true;
}

bool form_next(struct bytes *rest, char separator, struct bytes *item)
{
    if (rest->data == NULL) {
        return false;
    }
    const uint8_t *const mark = rest->size == 0 ? NULL : memchr(rest->data, separator, rest->size);
    const size_t size = mark == NULL ? rest->size : (size_t)(mark - rest->data);
    *item = form_trim((struct bytes){rest->data, size});
    *rest = mark == NULL ? (struct bytes){0} : (struct bytes){mark + 1, rest->size - size - 1};
    return true;
}
