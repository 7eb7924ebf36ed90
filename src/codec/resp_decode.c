#include <stdio.h>

#include "codec/resp.h"

void resp_decoder_begin(struct resp_decoder *decoder, const struct resp_limits *limits,
                        struct memory_account *account)
{
    *decoder = (struct resp_decoder){.limits = limits, .account = account};
}

void resp_decoder_end(struct resp_decoder *decoder)
{
    memory_give(decoder->spans);
    memory_give(decoder->arguments);
    decoder->spans = NULL;
    decoder->arguments = NULL;
    decoder->span_capacity = decoder->argument_capacity = decoder->span_count = 0;
}

static enum resp_step refuse(struct resp_decoder *decoder, const char *sentence)
{
    (void)snprintf(decoder->refusal, sizeof(decoder->refusal), "Protocol error: %s", sentence);
    return RESP_STEP_REFUSED;
}

// Ready for the command after this one; the lists keep their memory.
static void begin_next(struct resp_decoder *decoder)
{
    decoder->span_count = decoder->expected_count = 0;
    decoder->offset = decoder->command_size = 0;
}

static bool add_span(struct resp_decoder *decoder, size_t offset, size_t size)
{
    if (!memory_grow(decoder->account, &decoder->spans, &decoder->span_capacity,
                     decoder->span_count + 1, sizeof(decoder->spans[0]))) {
        return false;
    }
    decoder->spans[decoder->span_count++] = (struct resp_span){offset, size};
    return true;
}

static enum resp_step finish(struct resp_decoder *decoder, const uint8_t *data, enum resp_form form,
                             struct resp_command *command)
{
    if (!memory_grow(decoder->account, &decoder->arguments, &decoder->argument_capacity,
                     decoder->span_count, sizeof(decoder->arguments[0]))) {
        return RESP_STEP_FULL;
    }
    for (size_t i = 0; i < decoder->span_count; i++) {
        decoder->arguments[i] =
            (struct bytes){.data = data + decoder->spans[i].offset, .size = decoder->spans[i].size};
    }
    *command = (struct resp_command){
        .form = form, .arguments = decoder->arguments, .argument_count = decoder->span_count};
    begin_next(decoder);
    return RESP_STEP_COMMAND;
}

// The number between `from` and the CR LF that ends the line; `end` is behind that.
enum number_step { NUMBER_MORE, NUMBER_OK, NUMBER_BAD };

static enum number_step read_number(const uint8_t *data, size_t size, size_t from, int64_t *number,
                                    size_t *end)
{
    size_t at = from;
    const bool is_negative = at < size && data[at] == '-';
    at += is_negative;
    int64_t value = 0;
    size_t digits = 0;
    for (; at < size && data[at] >= '0' && data[at] <= '9'; at++) {
        if (++digits > 12) {
            return NUMBER_BAD;
        }
        value = value * 10 + (data[at] - '0');
    }
    if (at + 1 >= size) {
        return at < size && data[at] != '\r' ? NUMBER_BAD : NUMBER_MORE;
    }
    if (digits == 0 || data[at] != '\r' || data[at + 1] != '\n') {
        return NUMBER_BAD;
    }
    *number = is_negative ? -value : value;
    *end = at + 2;
    return NUMBER_OK;
}

// One bulk string from decoder->offset on.
static enum resp_step read_bulk(struct resp_decoder *decoder, const uint8_t *data, size_t size)
{
    const size_t from = decoder->offset;
    if (from >= size) {
        return RESP_STEP_MORE;
    }
    if (data[from] != '$') {
        char sentence[32];
        (void)snprintf(sentence, sizeof(sentence), "expected '$', got '%c'",
                       data[from] >= ' ' && data[from] < 0x7f ? data[from] : '?');
        return refuse(decoder, sentence);
    }
    int64_t number = 0;
    size_t begin = 0;
    const enum number_step step = read_number(data, size, from + 1, &number, &begin);
    if (step == NUMBER_MORE) {
        return RESP_STEP_MORE;
    }
    if (step == NUMBER_BAD || number < 0 || (size_t)number > decoder->limits->bulk_size ||
        decoder->command_size + (size_t)number > decoder->limits->command_size) {
        return refuse(decoder, "invalid bulk length");
    }
    const size_t bulk_size = (size_t)number;
    if (size - begin < bulk_size + 2) {
        return RESP_STEP_MORE;
    }
    if (data[begin + bulk_size] != '\r' || data[begin + bulk_size + 1] != '\n') {
        return refuse(decoder, "invalid bulk length");
    }
    if (!add_span(decoder, begin, bulk_size)) {
        return RESP_STEP_FULL;
    }
    decoder->command_size += bulk_size;
    decoder->offset = begin + bulk_size + 2;
    return RESP_STEP_COMMAND;
}

static enum resp_step decode_array(struct resp_decoder *decoder, const uint8_t *data, size_t size,
                                   struct resp_command *command, size_t *used_size)
{
    if (decoder->expected_count == 0) {
        int64_t number = 0;
        size_t end = 0;
        const enum number_step step = read_number(data, size, 1, &number, &end);
        if (step == NUMBER_MORE) {
            return RESP_STEP_MORE;
        }
        if (step == NUMBER_BAD ||
            (number > 0 && (size_t)number > decoder->limits->argument_count)) {
            return refuse(decoder, "invalid multibulk length");
        }
        if (number <= 0) {
            *used_size = end;
            begin_next(decoder);
            return RESP_STEP_EMPTY;
        }
        decoder->expected_count = (size_t)number;
        decoder->offset = end;
    }
    while (decoder->span_count < decoder->expected_count) {
        const enum resp_step step = read_bulk(decoder, data, size);
        if (step != RESP_STEP_COMMAND) {
            return step;
        }
    }
    *used_size = decoder->offset;
    return finish(decoder, data, RESP_FORM_ARRAY, command);
}

// Lines. -------------------------------------------------------------------------------------------

static unsigned hex_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9'   ? (unsigned)(byte - '0')
           : byte >= 'a' && byte <= 'f' ? (unsigned)(byte - 'a' + 10)
           : byte >= 'A' && byte <= 'F' ? (unsigned)(byte - 'A' + 10)
                                        : 16;
}

// What stands for the escape at `at` (behind the backslash); `at` moves behind it.
static uint8_t unescape(const uint8_t *line, size_t size, size_t *at)
{
    const uint8_t letter = line[(*at)++];
    switch (letter) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'a':
        return '\a';
    case 'x':
        if (*at + 2 <= size && hex_digit(line[*at]) < 16 && hex_digit(line[*at + 1]) < 16) {
            const uint8_t byte = (uint8_t)(hex_digit(line[*at]) << 4 | hex_digit(line[*at + 1]));
            *at += 2;
            return byte;
        }
        return letter;
    default:
        return letter;
    }
}

// Undoes the quoted argument whose quote is at `*at`; false when it does not end. The text moves to
// where the quote was; `*at` moves behind the closing quote.
static bool unquote(uint8_t *line, size_t size, size_t *at, size_t *text_size)
{
    const uint8_t quote = line[*at];
    size_t to = *at;
    const size_t begin = to;
    for (size_t from = *at + 1; from < size;) {
        if (line[from] == quote) {
            *at = from + 1;
            *text_size = to - begin;
            // What follows must be a space or the end.
            return *at == size || line[*at] == ' ' || line[*at] == '\t';
        }
        if (line[from] == '\\' && from + 1 < size && (quote == '"' || line[from + 1] == '\'')) {
            from++;
            line[to++] = quote == '"' ? unescape(line, size, &from) : line[from++];
        } else {
            line[to++] = line[from++];
        }
    }
    return false;
}

static enum resp_step split_line(struct resp_decoder *decoder, uint8_t *line, size_t size)
{
    for (size_t at = 0; at < size;) {
        if (line[at] == ' ' || line[at] == '\t') {
            at++;
            continue;
        }
        if (decoder->span_count == decoder->limits->argument_count) {
            return refuse(decoder, "too many arguments");
        }
        const size_t begin = at;
        size_t text_size = 0;
        if (line[at] == '"' || line[at] == '\'') {
            if (!unquote(line, size, &at, &text_size)) {
                return refuse(decoder, "unbalanced quotes in request");
            }
        } else {
            while (at < size && line[at] != ' ' && line[at] != '\t') {
                at++;
            }
            text_size = at - begin;
        }
        if (!add_span(decoder, begin, text_size)) {
            return RESP_STEP_FULL;
        }
    }
    return RESP_STEP_COMMAND;
}

// "GET /… HTTP/1.1": a word in capitals, a space, and the version at the end.
static bool is_http(const uint8_t *line, size_t size)
{
    static const char version[] = " HTTP/1.";
    return size > sizeof(version) + 1 && line[0] >= 'A' && line[0] <= 'Z' &&
           memcmp(line + size - sizeof(version), version, sizeof(version) - 1) == 0;
}

static enum resp_step decode_line(struct resp_decoder *decoder, uint8_t *data, size_t size,
                                  struct resp_command *command, size_t *used_size)
{
    const uint8_t *const end = memchr(data + decoder->offset, '\n', size - decoder->offset);
    if (end == NULL) {
        decoder->offset = size;
        return size > decoder->limits->line_size + 1 ? refuse(decoder, "too big inline request")
                                                     : RESP_STEP_MORE;
    }
    size_t line_size = (size_t)(end - data);
    *used_size = line_size + 1;
    line_size -= line_size != 0 && data[line_size - 1] == '\r';
    if (line_size > decoder->limits->line_size) {
        return refuse(decoder, "too big inline request");
    }
    if (is_http(data, line_size)) {
        begin_next(decoder);
        *used_size = 0;
        return RESP_STEP_HTTP;
    }
    const enum resp_step step = split_line(decoder, data, line_size);
    if (step != RESP_STEP_COMMAND) {
        return step;
    }
    if (decoder->span_count == 0) {
        begin_next(decoder);
        return RESP_STEP_EMPTY;
    }
    return finish(decoder, data, RESP_FORM_LINE, command);
}

// Native. ------------------------------------------------------------------------------------------

static bool equals_ignoring_case(struct bytes text, const char *lower)
{
    const size_t size = strlen(lower);
    if (text.size != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = text.data[i];
        if ((byte >= 'A' && byte <= 'Z' ? byte + 32 : byte) != (uint8_t)lower[i]) {
            return false;
        }
    }
    return true;
}

// The rest of the line is one argument: JSON, or the quoted string of a SET … STRING.
static bool is_rest(struct bytes line, const struct bytes *arguments, size_t count)
{
    return line.data[0] == '{' ||
           (line.data[0] == '"' && line.size >= 2 && line.data[line.size - 1] == '"' && count > 1 &&
            equals_ignoring_case(arguments[0], "set") &&
            equals_ignoring_case(arguments[count - 1], "string"));
}

size_t resp_split_native(struct bytes line, struct bytes *arguments, size_t capacity)
{
    size_t count = 0;
    while (line.size != 0) {
        if (count == capacity) {
            return SIZE_MAX;
        }
        if (is_rest(line, arguments, count)) {
            arguments[count++] =
                line.data[0] == '{' ? line : (struct bytes){line.data + 1, line.size - 2};
            break;
        }
        const uint8_t *const space = memchr(line.data, ' ', line.size);
        const size_t size = space == NULL ? line.size : (size_t)(space - line.data);
        if (size != 0) {
            arguments[count++] = (struct bytes){line.data, size};
        }
        const size_t step = size + (space != NULL);
        line = (struct bytes){line.data + step, line.size - step};
    }
    return count;
}

// "$5 PING \r\n": the size of the line, a space, the line, CR LF.
static enum resp_step decode_native(struct resp_decoder *decoder, const uint8_t *data, size_t size,
                                    struct resp_command *command, size_t *used_size)
{
    size_t at = 1, line_size = 0;
    for (; at < size && data[at] >= '0' && data[at] <= '9'; at++) {
        line_size = line_size * 10 + (size_t)(data[at] - '0');
        if (line_size > decoder->limits->bulk_size) {
            return refuse(decoder, "invalid message size");
        }
    }
    if (at == size) {
        return RESP_STEP_MORE;
    }
    if (at == 1 || data[at] != ' ') {
        return refuse(decoder, "invalid message");
    }
    const size_t begin = at + 1;
    if (size - begin < line_size + 2) {
        return RESP_STEP_MORE;
    }
    if (data[begin + line_size] != '\r' || data[begin + line_size + 1] != '\n') {
        return refuse(decoder, "invalid message");
    }
    *used_size = begin + line_size + 2;
    const struct bytes line = {data + begin, line_size};
    const size_t most = line_size / 2 + 1 < decoder->limits->argument_count
                            ? line_size / 2 + 1
                            : decoder->limits->argument_count;
    if (!memory_grow(decoder->account, &decoder->arguments, &decoder->argument_capacity, most,
                     sizeof(decoder->arguments[0]))) {
        return RESP_STEP_FULL;
    }
    const size_t count = resp_split_native(line, decoder->arguments, most);
    begin_next(decoder);
    if (count == SIZE_MAX) {
        return refuse(decoder, "too many arguments");
    }
    *command = (struct resp_command){
        .form = RESP_FORM_NATIVE, .arguments = decoder->arguments, .argument_count = count};
    return count == 0 ? RESP_STEP_EMPTY : RESP_STEP_COMMAND;
}

enum resp_step resp_decode(struct resp_decoder *decoder, uint8_t *data, size_t size,
                           struct resp_command *command, size_t *used_size)
{
    if (size == 0) {
        return RESP_STEP_MORE;
    }
    switch (data[0]) {
    case '*':
        return decode_array(decoder, data, size, command, used_size);
    case '$':
        return decode_native(decoder, data, size, command, used_size);
    default:
        return decode_line(decoder, data, size, command, used_size);
    }
}

size_t resp_wanted_size(const struct resp_decoder *decoder)
{
    // Each argument that is missing takes at least "$0\r\n\r\n".
    return decoder->expected_count == 0
               ? 0
               : decoder->offset + (decoder->expected_count - decoder->span_count) * 6;
}
