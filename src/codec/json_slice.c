#include "codec/json_slice.h"

#include "codec/json_read.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool json_slice_check(struct bytes text, struct memory_account *account)
{
    struct json_reader reader = json_over(text, account);
    struct bytes value;
    enum json_token token = json_next(&reader, &value);
    while (token != JSON_END && token != JSON_BROKEN) {
        token = json_next(&reader, &value);
    }
    json_reader_free(&reader);
    return token == JSON_END && json_slice_trim(text).size != 0;
}

struct bytes json_slice_trim(struct bytes text)
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

static void skip_blanks(struct bytes *rest)
{
    while (rest->size != 0 && is_blank(rest->data[0])) {
        rest->data++;
        rest->size--;
    }
}

static size_t quoted_size(struct bytes text)
{
    for (size_t i = 1; i < text.size; i++) {
        if (text.data[i] == '\\') {
            i++;
        } else if (text.data[i] == '"') {
            return i + 1;
        }
    }
    return text.size;
}

// Size of the value that begins the text.
static size_t value_size(struct bytes text)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '"':
            i += quoted_size((struct bytes){text.data + i, text.size - i}) - 1;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth == 0) {
                return i;
            }
            depth--;
            break;
        case ',':
            if (depth == 0) {
                return i;
            }
            break;
        default:
            break;
        }
        if (depth == 0 && (text.data[i] == '"' || text.data[i] == '}' || text.data[i] == ']')) {
            return i + 1;
        }
    }
    return text.size;
}

static struct bytes take(struct bytes *rest, size_t size)
{
    size = size < rest->size ? size : rest->size;
    const struct bytes taken = {rest->data, size};
    rest->data += size;
    rest->size -= size;
    return taken;
}

// Steps over '{', '[' or ',' to the next entry; false at the end.
static bool step_in(struct bytes *rest)
{
    skip_blanks(rest);
    if (rest->size == 0 || (rest->data[0] != '{' && rest->data[0] != '[' && rest->data[0] != ',')) {
        return false;
    }
    (void)take(rest, 1);
    skip_blanks(rest);
    return rest->size != 0 && rest->data[0] != '}' && rest->data[0] != ']';
}

static struct bytes take_value(struct bytes *rest)
{
    const struct bytes value = json_slice_trim(take(rest, value_size(*rest)));
    return value;
}

bool json_slice_member(struct bytes *rest, struct bytes *name, struct bytes *value)
{
    if (!step_in(rest) || rest->data[0] != '"') {
        return false;
    }
    *name = take(rest, quoted_size(*rest));
    skip_blanks(rest);
    if (rest->size == 0 || rest->data[0] != ':') {
        return false;
    }
    (void)take(rest, 1);
    skip_blanks(rest);
    *value = take_value(rest);
    return true;
}

bool json_slice_item(struct bytes *rest, struct bytes *value)
{
    if (!step_in(rest)) {
        return false;
    }
    *value = take_value(rest);
    return true;
}

struct bytes json_slice_find(struct bytes object, struct bytes name)
{
    if (object.size == 0 || object.data[0] != '{') {
        return (struct bytes){0};
    }
    struct bytes member, value;
    while (json_slice_member(&object, &member, &value)) {
        if (json_slice_equals(member, name)) {
            return value;
        }
    }
    return (struct bytes){0};
}

static unsigned hex_digit(uint8_t byte)
{
    return byte <= '9' ? (unsigned)(byte - '0') : (unsigned)((byte | 0x20) - 'a' + 10);
}

static uint32_t hex_of(const uint8_t *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        value = value << 4 | (hex_digit(at[i]) & 15);
    }
    return value;
}

static size_t utf8_of(uint32_t character, uint8_t bytes[4])
{
    if (character < 0x80) {
        bytes[0] = (uint8_t)character;
        return 1;
    }
    if (character < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | character >> 6);
        bytes[1] = (uint8_t)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        bytes[0] = (uint8_t)(0xe0 | character >> 12);
        bytes[1] = (uint8_t)(0x80 | (character >> 6 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (character & 0x3f));
        return 3;
    }
    bytes[0] = (uint8_t)(0xf0 | character >> 18);
    bytes[1] = (uint8_t)(0x80 | (character >> 12 & 0x3f));
    bytes[2] = (uint8_t)(0x80 | (character >> 6 & 0x3f));
    bytes[3] = (uint8_t)(0x80 | (character & 0x3f));
    return 4;
}

// The character behind the backslash at `*at`; `*at` moves behind it.
static size_t unescape_one(struct bytes text, size_t *at, uint8_t bytes[4])
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    const uint8_t letter = text.data[*at + 1];
    const char *const found = letter == 0 ? NULL : strchr(letters, letter);
    *at += 2;
    if (letter != 'u') {
        bytes[0] = found == NULL ? letter : (uint8_t)meant[found - letters];
        return 1;
    }
    if (*at + 4 > text.size) {
        *at = text.size;
        return 0;
    }
    uint32_t character = hex_of(text.data + *at);
    *at += 4;
    if (character >= 0xd800 && character < 0xdc00 && *at + 6 <= text.size) {
        character = 0x10000 + ((character - 0xd800) << 10) +
                    ((hex_of(text.data + *at + 2) - 0xdc00) & 0x3ff);
        *at += 6;
    }
    return utf8_of(character, bytes);
}

// The next run of the text inside quotes, unescaped; false at its end.
static bool next_run(struct bytes text, size_t *at, uint8_t bytes[4], struct bytes *run)
{
    if (*at >= text.size) {
        return false;
    }
    if (text.data[*at] == '\\' && *at + 1 < text.size) {
        *run = (struct bytes){bytes, 0};
        run->size = unescape_one(text, at, bytes);
        return true;
    }
    const size_t begin = *at;
    do {
        (*at)++;
    } while (*at < text.size && text.data[*at] != '\\');
    *run = (struct bytes){text.data + begin, *at - begin};
    return true;
}

static struct bytes inside(struct bytes quoted)
{
    return quoted.size >= 2 ? (struct bytes){quoted.data + 1, quoted.size - 2} : (struct bytes){0};
}

bool json_slice_equals(struct bytes quoted, struct bytes text)
{
    const struct bytes content = inside(quoted);
    uint8_t bytes[4];
    struct bytes run;
    for (size_t at = 0; next_run(content, &at, bytes, &run);) {
        if (run.size > text.size || memcmp(run.data, text.data, run.size) != 0) {
            return false;
        }
        text.data += run.size;
        text.size -= run.size;
    }
    return text.size == 0;
}

void json_slice_unescape(struct bytes quoted, struct buffer *out)
{
    const struct bytes content = inside(quoted);
    uint8_t bytes[4];
    struct bytes run;
    for (size_t at = 0; next_run(content, &at, bytes, &run);) {
        buffer_append_bytes(out, run);
    }
}

void json_slice_compact(struct bytes value, struct buffer *out)
{
    size_t from = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '"') {
            i += quoted_size((struct bytes){value.data + i, value.size - i}) - 1;
        } else if (is_blank(value.data[i])) {
            buffer_append(out, value.data + from, i - from);
            from = i + 1;
        }
    }
    buffer_append(out, value.data + from, value.size - from);
}
