// RESP: commands of clients out of bytes, and replies into bytes.
//
// Four forms arrive on one port, told apart by their first bytes:
//
//     *2\r\n$4\r\nPING\r\n$1\r\na\r\n    an array of bulk strings, what every client library sends
//     PING a\r\n                         a line, split at spaces; "…" with escapes, '…' without
//     $6 PING a\r\n                      Tile38's native form: a sized line, split at spaces
//     GET /PING+a HTTP/1.1               HTTP: only recognised here, codec/http.h reads it
//
// A command lies in one run of bytes that the caller keeps and appends to; the decoder remembers how
// far it has looked, so a byte is looked at once. Quotes are undone in place; arguments point into
// the caller's bytes. Empty lines and stray CR LF between commands are skipped: a client in use sends
// them. What breaks the protocol is beyond repair: send the refusal as an error and close.
//
// Allocates the list of arguments only, from an account. One thread a decoder; no global state.
#ifndef CODEC_RESP_H
#define CODEC_RESP_H

#include "base/buffer.h"
#include "base/bytes.h"

enum resp_form {
    RESP_FORM_ARRAY,
    RESP_FORM_LINE,
    RESP_FORM_NATIVE,
};

struct resp_limits {
    size_t line_size;      // of a line, quotes and all
    size_t bulk_size;      // of one bulk string, or of a native line
    size_t command_size;   // of all bulk strings of a command
    size_t argument_count; // of one command
};

struct resp_command {
    enum resp_form form;
    struct bytes *arguments; // in the caller's bytes; valid until they move or the next call
    size_t argument_count;   // at least 1
};

enum resp_step {
    RESP_STEP_MORE,    // the command is not whole: append and call again
    RESP_STEP_COMMAND, // one is
    RESP_STEP_EMPTY,   // `used_size` bytes were no command: go on behind them
    RESP_STEP_HTTP,    // a request of HTTP begins here; nothing was used
    RESP_STEP_REFUSED, // decoder->refusal says why
    RESP_STEP_FULL,    // the account is
};

struct resp_span {
    size_t offset, size;
};

struct resp_decoder {
    const struct resp_limits *limits;
    struct memory_account *account;
    struct resp_span *spans; // of the arguments read so far
    struct bytes *arguments; // of the last whole command
    size_t span_capacity, argument_capacity;
    size_t span_count;
    size_t expected_count; // of the array; 0: its head is not read yet
    size_t offset;         // looked at so far
    size_t command_size;   // of the bulk strings so far
    char refusal[64];      // "Protocol error: …"
};

// `limits` outlives the decoder.
void resp_decoder_begin(struct resp_decoder *decoder, const struct resp_limits *limits,
                        struct memory_account *account);
void resp_decoder_end(struct resp_decoder *decoder);

// Looks at `data`, all bytes since the beginning of this command: at least those of the last call,
// perhaps moved. After COMMAND and EMPTY the next call begins `used_size` bytes further.
enum resp_step resp_decode(struct resp_decoder *decoder, uint8_t *data, size_t size,
                           struct resp_command *command, size_t *used_size);

// Bytes that are needed before there is any use in calling again; 0: not known.
size_t resp_wanted_size(const struct resp_decoder *decoder);

// Splits a native line or the path of a request of HTTP at spaces, as Tile38 does: what begins with
// '{' goes to the end. At most `capacity` arguments; returns their number, SIZE_MAX: too many.
size_t resp_split_native(struct bytes line, struct bytes *arguments, size_t capacity);

// Replies. -----------------------------------------------------------------------------------------

enum resp_version { RESP_2 = 2, RESP_3 = 3 };

void resp_write_simple(struct buffer *out, const char *text);
// `text` with CR and LF turned to spaces; it begins with its code: "ERR …".
void resp_write_error(struct buffer *out, struct bytes text);
void resp_write_integer(struct buffer *out, int64_t value);
void resp_write_bulk(struct buffer *out, struct bytes value);
void resp_write_null(struct buffer *out, enum resp_version version);
// Heads: the items follow. A map's are key, value, key, value.
void resp_write_array(struct buffer *out, size_t count);
void resp_write_map(struct buffer *out, enum resp_version version, size_t pair_count);
// What the peer did not ask for now: a push in RESP3, an array in RESP2.
void resp_write_push(struct buffer *out, enum resp_version version, size_t count);

#endif
