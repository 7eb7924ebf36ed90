#include <math.h>

#include "codec/json_slice.h"
#include "command/tile38_path.h"
#include "command/tile38_query.h"
#include "text/glob.h"

// Values lie one behind the other in query->values: size, JSON text.
static void add_value(struct tile38_query *query, struct bytes word)
{
    struct buffer *const values = &query->values;
    const size_t head = values->size;
    double number;
    buffer_append_u32(values, 0);
    if (tile38_number(word, &number) && isinf(number)) {
        // A number beyond all: what reads it gets infinity.
        buffer_append_text(values, number < 0 ? "-1e999" : "1e999");
    } else {
        tile38_value_of(word, values->account, values);
    }
    if (!values->failed) {
        const uint32_t size = (uint32_t)(values->size - head - sizeof(uint32_t));
        memcpy(values->data + head, &size, sizeof(size));
    }
}

static struct bytes value_at(const struct tile38_query *query, size_t *at)
{
    uint32_t size;
    memcpy(&size, query->values.data + *at, sizeof(size));
    const struct bytes value = {query->values.data + *at + sizeof(size), size};
    *at += sizeof(size) + size;
    return value;
}

static struct tile38_where *add_where(struct tile38_request *request, struct tile38_query *query,
                                      struct bytes name)
{
    if (query->where_count == TILE38_LIST_MAX) {
        (void)tile38_fail(request, "too many WHERE: at most %d", TILE38_LIST_MAX);
        return NULL;
    }
    if (tile38_query_lists_take(request, query) != STATUS_OK) {
        return NULL;
    }
    struct tile38_where *const where = &query->lists->wheres[query->where_count++];
    *where = (struct tile38_where){.name = name, .value_at = query->values.size};
    return where;
}

static bool operator_of(struct bytes word, enum tile38_operator *how)
{
    static const struct {
        const char *text;
        enum tile38_operator how;
    } operators[] = {{"<", TILE38_LESS},    {"<=", TILE38_LESS_OR_EQUAL},
                     {">", TILE38_GREATER}, {">=", TILE38_GREATER_OR_EQUAL},
                     {"==", TILE38_EQUAL},  {"!=", TILE38_NOT_EQUAL}};
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (bytes_equal(word, bytes_from_text(operators[i].text))) {
            *how = operators[i].how;
            return true;
        }
    }
    return false;
}

// Anything that no name of a field is likely to have.
static bool is_expression(struct bytes word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] == 0 || strchr(" <>=!&|()[]{}?'\"+*,", word.data[i]) != NULL) {
            return true;
        }
    }
    return bytes_equal(word, BYTES_OF("true")) || bytes_equal(word, BYTES_OF("false"));
}

static enum status take_expression(struct tile38_request *request, struct tile38_query *query,
                                   struct bytes text)
{
    struct tile38_where *const where = add_where(request, query, text);
    if (where == NULL) {
        return STATUS_OUT_OF_RANGE;
    }
    struct fault fault = {0};
    where->how = TILE38_EXPRESSION;
    if (filter_compile(FILTER_TILE38, text, request->out->account, &where->filter, &fault) !=
        STATUS_OK) {
        where->filter = NULL;
        return tile38_fail_argument(request, text);
    }
    return STATUS_OK;
}

static struct bytes without_bracket(struct bytes word, bool *is_exclusive)
{
    *is_exclusive = word.size != 0 && word.data[0] == '(';
    return *is_exclusive ? (struct bytes){word.data + 1, word.size - 1} : word;
}

enum status tile38_query_take_where(struct tile38_request *request, struct tile38_words *words,
                                    struct tile38_query *query)
{
    struct bytes name, low, high;
    if (!tile38_take(words, &name)) {
        return tile38_fail_count(request);
    }
    if (is_expression(name)) {
        return take_expression(request, query, name);
    }
    if (!tile38_take(words, &low) || !tile38_take(words, &high)) {
        return tile38_fail_count(request);
    }
    struct tile38_where *const where = add_where(request, query, name);
    if (where == NULL) {
        return STATUS_OUT_OF_RANGE;
    }
    if (operator_of(low, &where->how)) {
        where->value_count = 1;
        add_value(query, high);
        return STATUS_OK;
    }
    where->value_count = 2;
    add_value(query, without_bracket(low, &where->is_above));
    add_value(query, without_bracket(high, &where->is_below));
    return STATUS_OK;
}

enum status tile38_query_take_wherein(struct tile38_request *request, struct tile38_words *words,
                                      struct tile38_query *query)
{
    struct bytes name, text;
    uint64_t count = 0;
    if (!tile38_take(words, &name) || !tile38_take(words, &text)) {
        return tile38_fail_count(request);
    }
    if (!tile38_unsigned(text, &count)) {
        return tile38_fail_argument(request, text);
    }
    struct tile38_where *const where = add_where(request, query, name);
    if (where == NULL) {
        return STATUS_OUT_OF_RANGE;
    }
    where->how = TILE38_ONE_OF;
    for (uint64_t i = 0; i < count; i++) {
        struct bytes value;
        if (!tile38_take(words, &value)) {
            return tile38_fail_count(request);
        }
        add_value(query, value);
        where->value_count++;
    }
    return STATUS_OK;
}

// Asking. --------------------------------------------------------------------------------------------

static struct bytes properties_of(const struct row *row)
{
    return row->kind == ROW_GEOJSON ? json_slice_find(row->text, BYTES_OF("properties"))
                                    : (struct bytes){0};
}

struct bytes tile38_field_of(const struct row *row, struct bytes name)
{
    struct bytes value = {0};
    if (row_field_find(row->fields, name, &value)) {
        return value;
    }
    const uint8_t *const point = memchr(name.data, '.', name.size);
    if (point == NULL) {
        return value;
    }
    const struct bytes first = {name.data, (size_t)(point - name.data)};
    struct bytes rest = {point + 1, name.size - first.size - 1};
    if (!row_field_find(row->fields, first, &value) && tile38_is_word(first, "properties")) {
        value = properties_of(row);
    }
    // Members of members, by name; the values stay where they are.
    while (value.data != NULL && rest.size != 0) {
        const uint8_t *const next = memchr(rest.data, '.', rest.size);
        const struct bytes part = {rest.data,
                                   next == NULL ? rest.size : (size_t)(next - rest.data)};
        value = json_slice_find(value, part);
        rest =
            next == NULL ? (struct bytes){0} : (struct bytes){next + 1, rest.size - part.size - 1};
    }
    return value;
}

// The subject of an expression: the object and its row.
struct subject {
    const struct object *object;
    const struct row *row;
    struct filter_scratch *scratch;
};

static const char *type_of(const struct row *row, struct bytes *type)
{
    if (row->kind == ROW_POINT || row->kind == ROW_BOX) {
        return row->kind == ROW_POINT ? "Point" : "Polygon";
    }
    *type =
        row->kind == ROW_GEOJSON ? json_slice_find(row->text, BYTES_OF("type")) : (struct bytes){0};
    return NULL;
}

static struct filter_value text_value(struct bytes text)
{
    return (struct filter_value){.kind = FILTER_TEXT, .text = text};
}

static struct filter_value get(const void *context, struct bytes name)
{
    const struct subject *const subject = context;
    const struct row *const row = subject->row;
    const struct bytes found = tile38_field_of(row, name);
    if (found.data != NULL) {
        return filter_value_of_json(found, subject->scratch);
    }
    if (bytes_equal(name, BYTES_OF("id"))) {
        return text_value(object_id(subject->object));
    }
    if (bytes_equal(name, BYTES_OF("z"))) {
        return (struct filter_value){.kind = FILTER_NUMBER, .number = tile38_z_of(row)};
    }
    if (bytes_equal(name, BYTES_OF("type"))) {
        struct bytes quoted = {0};
        const char *const known = type_of(row, &quoted);
        return known != NULL         ? text_value(bytes_from_text(known))
               : quoted.data == NULL ? (struct filter_value){.kind = FILTER_NULL}
                                     : filter_value_of_json(quoted, subject->scratch);
    }
    if (row->kind == ROW_GEOJSON) {
        const struct bytes member = json_slice_find(row->text, name);
        if (member.data != NULL) {
            return filter_value_of_json(member, subject->scratch);
        }
    }
    // A field that nobody has set is 0.
    return (struct filter_value){.kind = FILTER_NUMBER, .number = 0};
}

static bool expression_holds(const struct tile38_where *where, const struct object *object,
                             const struct row *row)
{
    struct filter_scratch scratch UNINITIALIZED;
    scratch.used = 0;
    const struct subject subject = {.object = object, .row = row, .scratch = &scratch};
    const struct filter_subject asked = {.get = get, .context = &subject};
    return filter_matches(where->filter, &asked);
}

static bool holds(const struct tile38_query *query, const struct tile38_where *where,
                  struct bytes value)
{
    size_t at = where->value_at;
    for (size_t i = 0; i < where->value_count; i++) {
        const int order = tile38_value_compare(value, value_at(query, &at));
        switch (where->how) {
        case TILE38_BETWEEN:
            if (i == 0 ? order < 0 || (where->is_above && order == 0)
                       : order > 0 || (where->is_below && order == 0)) {
                return false;
            }
            break;
        case TILE38_LESS:
            return order < 0;
        case TILE38_LESS_OR_EQUAL:
            return order <= 0;
        case TILE38_GREATER:
            return order > 0;
        case TILE38_GREATER_OR_EQUAL:
            return order >= 0;
        case TILE38_EQUAL:
            return order == 0;
        case TILE38_NOT_EQUAL:
            return order != 0;
        case TILE38_ONE_OF:
            if (order == 0) {
                return true;
            }
            break;
        case TILE38_EXPRESSION:
        default:
            return false;
        }
    }
    return where->how == TILE38_BETWEEN;
}

static struct bytes z_value(const struct row *row, struct buffer *text)
{
    tile38_write_number(text, tile38_z_of(row));
    return buffer_bytes(text);
}

bool tile38_query_wants(const struct tile38_query *query, const struct object *object,
                        const struct row *row)
{
    for (size_t i = 0; i < query->where_count; i++) {
        const struct tile38_where *const where = &query->lists->wheres[i];
        if (where->how == TILE38_EXPRESSION) {
            if (!expression_holds(where, object, row)) {
                return false;
            }
            continue;
        }
        uint8_t space[400];
        struct buffer text = {.data = space, .capacity = sizeof(space)};
        struct bytes value = bytes_equal(where->name, BYTES_OF("z"))
                                 ? z_value(row, &text)
                                 : tile38_field_of(row, where->name);
        if (value.data == NULL) {
            value = BYTES_OF("0");
        }
        if (!holds(query, where, value)) {
            return false;
        }
    }
    return true;
}

bool tile38_query_wants_name(const struct tile38_query *query, struct bytes name)
{
    for (size_t i = 0; i < query->glob_count; i++) {
        if (glob_matches(query->lists->globs[i], name)) {
            return true;
        }
    }
    return query->glob_count == 0;
}
