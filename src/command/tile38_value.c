#include <math.h>

#include "base/decimal.h"
#include "codec/json_slice.h"
#include "command/tile38_private.h"

// A number as JSON writes it: no leading zeros or '+', digits round the point.
static bool is_json_number(struct bytes text)
{
    size_t at = text.size != 0 && text.data[0] == '-';
    const size_t begin = at;
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    if (at == begin || (text.data[begin] == '0' && at - begin > 1)) {
        return false;
    }
    if (at < text.size && text.data[at] == '.') {
        const size_t fraction = ++at;
        while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
            at++;
        }
        if (at == fraction) {
            return false;
        }
    }
    double value;
    return decimal_parse(text, &value) && isfinite(value);
}

void tile38_value_of(struct bytes text, struct memory_account *account, struct buffer *out)
{
    text = json_slice_trim(text);
    if (is_json_number(text)) {
        buffer_append_bytes(out, text);
        return;
    }
    const uint8_t first = text.size == 0 ? 0 : text.data[0];
    const bool may_be_json = first == '{' || first == '[' || first == '"' || first == 't' ||
                             first == 'f' || first == 'n';
    if (may_be_json && json_slice_check(text, account)) {
        json_slice_compact(text, out);
    } else {
        tile38_write_json_text(out, text);
    }
}

void tile38_value_data(struct bytes value, struct buffer *out)
{
    if (value.size != 0 && value.data[0] == '"') {
        json_slice_unescape(value, out);
    } else {
        buffer_append_bytes(out, value);
    }
}

// The order of kinds: JSON's literals, numbers and texts between them, the rest last.
enum value_rank { RANK_NULL, RANK_FALSE, RANK_NUMBER, RANK_TEXT, RANK_TRUE, RANK_JSON };

static enum value_rank rank_of(struct bytes value)
{
    switch (value.size == 0 ? '0' : value.data[0]) {
    case 'n':
        return RANK_NULL;
    case 'f':
        return RANK_FALSE;
    case 't':
        return RANK_TRUE;
    case '"':
        return RANK_TEXT;
    case '{':
    case '[':
        return RANK_JSON;
    default:
        return RANK_NUMBER;
    }
}

static double number_of(struct bytes value)
{
    double number = 0;
    (void)tile38_number(value, &number);
    return number;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static int compare_without_case(struct bytes left, struct bytes right)
{
    for (size_t i = 0; i < left.size && i < right.size; i++) {
        const int order = lower(left.data[i]) - lower(right.data[i]);
        if (order != 0) {
            return order;
        }
    }
    return (left.size > right.size) - (left.size < right.size);
}

int tile38_value_compare(struct bytes left, struct bytes right)
{
    const enum value_rank left_rank = rank_of(left), right_rank = rank_of(right);
    if (left_rank != right_rank) {
        return left_rank < right_rank ? -1 : 1;
    }
    switch (left_rank) {
    case RANK_NUMBER: {
        const double a = number_of(left), b = number_of(right);
        return (a > b) - (a < b);
    }
    case RANK_TEXT:
        return compare_without_case(left, right);
    case RANK_JSON:
        return bytes_compare(left, right);
    case RANK_NULL:
    case RANK_FALSE:
    case RANK_TRUE:
    default:
        return 0;
    }
}

bool tile38_field_is_reserved(struct bytes name)
{
    return bytes_equal(name, BYTES_OF("z")) || bytes_equal(name, BYTES_OF("lat")) ||
           bytes_equal(name, BYTES_OF("lon"));
}

void tile38_write_fields(struct tile38_request *request, struct bytes fields)
{
    struct buffer *const out = request->out;
    struct bytes name, value, rest = fields;
    if (tile38_is_json(request)) {
        buffer_append(out, "{", 1);
        for (bool is_first = true; row_field_next(&rest, &name, &value); is_first = false) {
            buffer_append(out, ",", is_first ? 0 : 1);
            tile38_write_json_text(out, name);
            buffer_append(out, ":", 1);
            buffer_append_bytes(out, value);
        }
        buffer_append(out, "}", 1);
        return;
    }
    size_t count = 0;
    while (row_field_next(&rest, &name, &value)) {
        count++;
    }
    resp_write_array(out, count * 2);
    struct buffer data = {.account = out->account};
    for (rest = fields; row_field_next(&rest, &name, &value);) {
        resp_write_bulk(out, name);
        buffer_clear(&data);
        tile38_value_data(value, &data);
        resp_write_bulk(out, buffer_bytes(&data));
    }
    buffer_free(&data);
}
