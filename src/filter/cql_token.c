#include <stdio.h>

#include "base/decimal.h"
#include "filter/cql.h"

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

// Names begin with a letter, _ or :, and go on with digits and dots too. What is not ASCII is a letter.
static bool begins_name(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte == ':' || byte >= 0x80;
}

static bool continues_name(uint8_t byte)
{
    return begins_name(byte) || is_digit(byte) || byte == '.' || byte == '$';
}

static uint8_t byte_at(const struct compilation *compilation, size_t at)
{
    return at < compilation->text.size ? compilation->text.data[at] : 0;
}

static void take_number(struct cql *cql)
{
    struct compilation *const compilation = cql->compilation;
    size_t at = compilation->at;
    while (is_digit(byte_at(compilation, at)) || byte_at(compilation, at) == '.') {
        at++;
    }
    if ((byte_at(compilation, at) | 0x20) == 'e') {
        const uint8_t sign = byte_at(compilation, at + 1);
        const size_t digits = sign == '+' || sign == '-' ? at + 2 : at + 1;
        at = is_digit(byte_at(compilation, digits)) ? digits : at;
        while (is_digit(byte_at(compilation, at))) {
            at++;
        }
    }
    cql->token.kind = CQL_NUMBER;
    cql->token.text = (struct bytes){.data = compilation->text.data + compilation->at,
                                     .size = at - compilation->at};
    compilation->at = at;
    if (!decimal_parse(cql->token.text, &cql->token.number)) {
        compilation_fail(compilation, cql->token.at, "\"%.*s\" is no number",
                         (int)cql->token.text.size, (const char *)cql->token.text.data);
    }
}

// Between quotes: a quote is written twice, or behind a backslash.
static void take_quoted(struct cql *cql, uint8_t quote)
{
    struct compilation *const compilation = cql->compilation;
    const struct bytes text = compilation->text;
    uint8_t *const room = node_pool_take(&compilation->working, text.size - compilation->at);
    size_t size = 0;
    if (room == NULL) {
        compilation_has_no_memory(compilation);
        return;
    }
    size_t at = compilation->at + 1;
    for (;; at++) {
        if (at >= text.size) {
            compilation_fail(compilation, cql->token.at, "the text that begins here has no end");
            return;
        }
        const uint8_t next = byte_at(compilation, at + 1);
        if (text.data[at] == quote) {
            if (next != quote) {
                break;
            }
            at++;
        } else if (text.data[at] == '\\' && next == quote) {
            at++;
        }
        room[size++] = text.data[at];
    }
    cql->token.kind = quote == '\'' ? CQL_TEXT : CQL_QUOTED;
    cql->token.text = (struct bytes){.data = room, .size = size};
    compilation->at = at + 1;
}

static void take_sign(struct cql *cql)
{
    struct compilation *const compilation = cql->compilation;
    const uint8_t byte = byte_at(compilation, compilation->at);
    const uint8_t next = byte_at(compilation, compilation->at + 1);
    const bool is_double =
        ((byte == '<' || byte == '>') && next == '=') || (byte == '<' && next == '>');
    if (byte == 0 || strchr("(),=<>+-*/%^", byte) == NULL) {
        compilation_fail(compilation, cql->token.at, "\"%c\" has no meaning in CQL2",
                         byte >= 0x20 ? byte : '?');
        return;
    }
    cql->token.kind = CQL_SIGN;
    cql->token.text =
        (struct bytes){.data = compilation->text.data + compilation->at, .size = is_double ? 2 : 1};
    compilation->at += cql->token.text.size;
}

void cql_advance(struct cql *cql)
{
    struct compilation *const compilation = cql->compilation;
    while (compilation->at < compilation->text.size &&
           strchr(" \t\r\n\f", (int)byte_at(compilation, compilation->at)) != NULL &&
           byte_at(compilation, compilation->at) != 0) {
        compilation->at++;
    }
    const size_t at = compilation->at;
    const uint8_t byte = byte_at(compilation, at);
    cql->token = (struct cql_token){.kind = CQL_END, .at = at};
    if (at == compilation->text.size) {
        return;
    }
    if (is_digit(byte) || (byte == '.' && is_digit(byte_at(compilation, at + 1)))) {
        take_number(cql);
    } else if (byte == '\'' || byte == '"') {
        take_quoted(cql, byte);
    } else if (begins_name(byte)) {
        while (continues_name(byte_at(compilation, compilation->at))) {
            compilation->at++;
        }
        cql->token.kind = CQL_NAME;
        cql->token.text =
            (struct bytes){.data = compilation->text.data + at, .size = compilation->at - at};
    } else {
        take_sign(cql);
    }
    if (compilation->status != STATUS_OK) {
        cql->token.kind = CQL_END;
    }
}

static bool is_same_word(struct bytes text, const char *keyword)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const uint8_t upper = byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 32) : byte;
        if (keyword[i] == '\0' || upper != (uint8_t)keyword[i]) {
            return false;
        }
    }
    return keyword[text.size] == '\0';
}

bool cql_is_sign(const struct cql *cql, const char *sign)
{
    return cql->token.kind == CQL_SIGN && bytes_equal(cql->token.text, bytes_from_text(sign));
}

bool cql_is_word(const struct cql *cql, const char *keyword)
{
    return cql->token.kind == CQL_NAME && is_same_word(cql->token.text, keyword);
}

bool cql_take_sign(struct cql *cql, const char *sign)
{
    const bool is = cql_is_sign(cql, sign);
    if (is) {
        cql_advance(cql);
    }
    return is;
}

bool cql_take_word(struct cql *cql, const char *keyword)
{
    const bool is = cql_is_word(cql, keyword);
    if (is) {
        cql_advance(cql);
    }
    return is;
}

void cql_unexpected(struct cql *cql, const char *wanted)
{
    const struct cql_token *const token = &cql->token;
    if (token->kind == CQL_END) {
        compilation_fail(cql->compilation, token->at, "the filter ends where %s was expected",
                         wanted);
    } else {
        const int size = token->text.size < 40 ? (int)token->text.size : 40;
        compilation_fail(cql->compilation, token->at, "\"%.*s\" where %s was expected", size,
                         (const char *)token->text.data, wanted);
    }
    cql->token.kind = CQL_END;
}

void cql_expect_sign(struct cql *cql, const char *sign)
{
    if (!cql_take_sign(cql, sign)) {
        char wanted[8];
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", sign);
        cql_unexpected(cql, wanted);
    }
}

static size_t skip_blanks(const struct compilation *compilation, size_t at)
{
    while (byte_at(compilation, at) == ' ') {
        at++;
    }
    return at;
}

bool cql_is_call(const struct cql *cql)
{
    const struct compilation *const compilation = cql->compilation;
    size_t at = skip_blanks(compilation, compilation->at);
    if ((byte_at(compilation, at) | 0x20) == 'z' && at > compilation->at) {
        at = skip_blanks(compilation, at + 1); // POINT Z (1 2 3)
    }
    return cql->token.kind == CQL_NAME && byte_at(compilation, at) == '(';
}
