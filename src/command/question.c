#include "command/question.h"

#include "codec/json_read.h"

bool question_set(struct question *question, struct bytes name, struct bytes value)
{
    size_t i = 0;
    while (i < question->count && !bytes_equal(question->arguments[i].name, name)) {
        i++;
    }
    if (i == QUESTION_ARGUMENTS_MAX) {
        return false;
    }
    question->arguments[i] = (struct argument){.name = name, .value = value};
    question->count = i == question->count ? i + 1 : question->count;
    return true;
}

void question_rewind(struct question *question, size_t count)
{
    question->count = count;
    buffer_clear(&question->texts);
}

void question_free(struct question *question)
{
    buffer_free(&question->texts);
}

// One JSON value being read.
struct reading {
    struct question *question;
    struct json_reader reader;
    struct command_failure *failure;
    struct bytes word; // the caller's own member,
    struct bytes *given;
    uint32_t seen; // arguments that this value has set, by index
    bool has_word;
};

static enum status refuse(const struct reading *reading, const char *code, struct bytes parameter,
                          const char *sentence)
{
    char name[32];
    const int size = (int)(parameter.size < sizeof(name) ? parameter.size : sizeof(name) - 1);
    struct fault fault = {0};
    if (json_status(&reading->reader, &fault) != STATUS_OK) {
        return command_fail(reading->failure, STATUS_OUT_OF_RANGE, 400, "invalid_json", "", "%s",
                            fault.text);
    }
    (void)memcpy(name, parameter.data == NULL ? (const uint8_t *)"" : parameter.data, (size_t)size);
    name[size] = '\0';
    return command_fail(reading->failure, STATUS_OUT_OF_RANGE, 400, code, name, "%s%s%s", name,
                        size == 0 ? "" : ": ", sentence);
}

// Texts are kept where they will stay: there is room for the whole value, unescaped.
static struct bytes keep(struct reading *reading, struct bytes text)
{
    struct buffer *const texts = &reading->question->texts;
    const struct bytes kept = {.data = texts->data + texts->size, .size = text.size};
    buffer_append_bytes(texts, text);
    return kept;
}

// A value that stands for itself. False when it is none.
static bool scalar_read(enum json_token token, struct bytes read, struct bytes *text)
{
    if (token == JSON_STRING || token == JSON_NUMBER) {
        *text = read;
    } else if (token == JSON_TRUE || token == JSON_FALSE) {
        *text = token == JSON_TRUE ? BYTES_OF("1") : BYTES_OF("0");
    } else {
        return false;
    }
    return true;
}

// The rest of a list of scalars, joined by commas.
static bool list_read(struct reading *reading, struct bytes *value)
{
    struct buffer *const texts = &reading->question->texts;
    struct bytes joined = {.data = texts->data + texts->size};
    struct bytes read = {0};
    for (;;) {
        const enum json_token token = json_next(&reading->reader, &read);
        struct bytes text;
        if (token == JSON_ARRAY_END) {
            *value = joined;
            return true;
        }
        if (!scalar_read(token, read, &text)) {
            return false;
        }
        if (joined.size != 0) {
            joined.size += keep(reading, BYTES_OF(",")).size;
        }
        joined.size += keep(reading, text).size;
    }
}

// The value of a member; size SIZE_MAX: it was null.
static bool value_take(struct reading *reading, struct bytes *value)
{
    struct json_reader *const reader = &reading->reader;
    struct bytes read = {0};
    const enum json_token token = json_next(reader, &read);
    const size_t begin = reader->at - 1; // of an object: at its brace
    struct bytes text;
    if (scalar_read(token, read, &text)) {
        *value = keep(reading, text);
        return true;
    }
    if (token == JSON_ARRAY_BEGIN) {
        return list_read(reading, value);
    }
    if (token == JSON_NULL) {
        value->size = SIZE_MAX;
        return true;
    }
    if (token != JSON_OBJECT_BEGIN) {
        return false;
    }
    json_skip(reader, token);
    *value = (struct bytes){.data = reader->text.data + begin, .size = reader->at - begin};
    return reader->what == NULL;
}

static enum status member_set(struct reading *reading, struct bytes name, struct bytes value)
{
    struct question *const question = reading->question;
    if (reading->word.size != 0 && bytes_equal(name, reading->word)) {
        if (reading->has_word) {
            return refuse(reading, "repeated_parameter", name, "it is given twice");
        }
        reading->has_word = true;
        *reading->given = value;
        return STATUS_OK;
    }
    if (!question_set(question, name, value)) {
        return refuse(reading, "too_many_parameters", (struct bytes){0},
                      "there are too many parameters");
    }
    size_t at = 0;
    while (!bytes_equal(question->arguments[at].name, name)) {
        at++;
    }
    if ((reading->seen & UINT32_C(1) << at) != 0) {
        return refuse(reading, "repeated_parameter", name, "it is given twice");
    }
    reading->seen |= UINT32_C(1) << at;
    return STATUS_OK;
}

static enum status members_read(struct reading *reading)
{
    struct bytes read = {0};
    for (;;) {
        const enum json_token token = json_next(&reading->reader, &read);
        if (token == JSON_OBJECT_END) {
            return STATUS_OK;
        }
        if (token != JSON_KEY) {
            return refuse(reading, "invalid_json", (struct bytes){0}, "it is no JSON object");
        }
        const struct bytes name = keep(reading, read);
        struct bytes value = {0};
        if (!value_take(reading, &value)) {
            return refuse(reading, "invalid_parameter", name,
                          "it is a text, a number, true or false, a list of those, or an object");
        }
        if (value.size != SIZE_MAX) {
            TRY(member_set(reading, name, value));
        }
    }
}

static enum status read_all(struct reading *reading)
{
    static const char what[] = "a question is an object of parameters, or a text";
    struct bytes read = {0};
    const enum json_token first = json_next(&reading->reader, &read);
    if (first == JSON_STRING) {
        TRY(member_set(reading, BYTES_OF("q"), keep(reading, read)));
    } else if (first == JSON_OBJECT_BEGIN) {
        TRY(members_read(reading));
    } else {
        return refuse(reading, "invalid_json", (struct bytes){0}, what);
    }
    return json_next(&reading->reader, &read) == JSON_END
               ? STATUS_OK
               : refuse(reading, "invalid_json", (struct bytes){0}, what);
}

static bool is_geojson_type(struct bytes type)
{
    static const char *const types[] = {
        "Polygon", "MultiPolygon", "Feature",    "FeatureCollection", "GeometryCollection",
        "Point",   "LineString",   "MultiPoint", "MultiLineString"};
    bool is_type = false;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        is_type = is_type || bytes_equal(type, bytes_from_text(types[i]));
    }
    return is_type;
}

bool question_is_geojson(struct bytes json, struct memory_account *account)
{
    struct json_reader reader SCOPED(json_reader_free) = json_over(json, account);
    struct bytes read = {0};
    if (json_next(&reader, &read) != JSON_OBJECT_BEGIN) {
        return false;
    }
    while (json_next(&reader, &read) == JSON_KEY) {
        const bool is_type = bytes_equal(read, BYTES_OF("type"));
        const enum json_token token = json_next(&reader, &read);
        if (is_type) {
            return token == JSON_STRING && is_geojson_type(read);
        }
        json_skip(&reader, token);
    }
    return false;
}

enum status question_read(struct question *question, struct bytes json, struct bytes word,
                          struct bytes *given, struct command_failure *failure)
{
    // Unescaped text and the commas of lists are never longer than the JSON. Growing would move what
    // earlier arguments point to, but those of JSON are read in one go.
    if (question->texts.size != 0 || buffer_reserve(&question->texts, json.size + 1) == NULL) {
        return command_fail(failure, STATUS_NO_MEMORY, 503, "overloaded", "",
                            "there is no memory for the question");
    }
    struct reading reading = {.question = question,
                              .reader = json_over(json, question->texts.account),
                              .failure = failure,
                              .word = word,
                              .given = given};
    const enum status status = read_all(&reading);
    json_reader_free(&reading.reader);
    return status;
}
