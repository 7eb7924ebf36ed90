// HTTP/1.1 framing: bytes received -> requests, replies -> bytes to send.
//
// llhttp decides the syntax; what it lets through and others read differently is refused before it
// sees the bytes: folded header lines, bare CR or LF, versions other than 1.0 and 1.1, a missing,
// repeated or malformed Host, Content-Length beside Transfer-Encoding, codings other than chunked,
// trailers. A refused connection is beyond repair: send the reply and close it.
//
// A request lies in one run of bytes that the caller keeps and appends to; the decoder remembers how
// far it has looked, so a byte is looked at once, and undoes chunks in place. Requests point into the
// caller's bytes. Pure: no clock, no socket, no allocation. One thread per decoder.
#ifndef CODEC_HTTP_H
#define CODEC_HTTP_H

#include <llhttp/llhttp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"

enum http_method {
    HTTP_METHOD_GET,
    HTTP_METHOD_HEAD,
    HTTP_METHOD_OPTIONS,
    HTTP_METHOD_POST,
    HTTP_METHOD_PUT,
    HTTP_METHOD_PATCH,
    HTTP_METHOD_DELETE,
    HTTP_METHOD_OTHER,
};

// Header fields that are kept; a second one of the same name is refused.
enum http_field {
    HTTP_FIELD_HOST,
    HTTP_FIELD_CONTENT_LENGTH,
    HTTP_FIELD_TRANSFER_ENCODING,
    HTTP_FIELD_EXPECT,
    HTTP_FIELD_AUTHORIZATION,
    HTTP_FIELD_API_KEY, // X-Api-Key
    HTTP_FIELD_ACCEPT_LANGUAGE,
    HTTP_FIELD_ORIGIN,
    HTTP_FIELD_CORS_METHOD, // Access-Control-Request-Method
    HTTP_FIELD_CONTENT_TYPE,
    HTTP_FIELD_LAST_EVENT_ID,
    HTTP_FIELD_UPGRADE,
    HTTP_FIELD_WEBSOCKET_KEY,      // Sec-WebSocket-Key
    HTTP_FIELD_WEBSOCKET_VERSION,  // Sec-WebSocket-Version
    HTTP_FIELD_WEBSOCKET_PROTOCOL, // Sec-WebSocket-Protocol
    HTTP_FIELD_FETCH_SITE,         // Sec-Fetch-Site
    HTTP_FIELD_LIMIT_USER,         // X-Limit-U, of OwnTracks
    HTTP_FIELD_LIMIT_DEVICE,       // X-Limit-D
    HTTP_FIELD_ACCEPT,
    HTTP_FIELD_FORWARDED_FOR, // X-Forwarded-For: the last of several
};
#define HTTP_FIELD_COUNT 20

struct http_request {
    enum http_method method;
    struct bytes path;  // as sent, up to '?'
    struct bytes query; // as sent, after it
    struct bytes fields[HTTP_FIELD_COUNT];
    struct bytes body; // without its chunks
    bool keeps_alive;
};

struct http_limits {
    size_t head_size;     // request line and header fields
    size_t target_size;   // within it
    unsigned field_count; // header lines
    size_t body_size;     // as sent, with its chunks
    bool tells_heads;     // HTTP_STEP_HEAD comes before every body
};

enum http_step {
    HTTP_STEP_MORE,     // the request is not whole: append and call again
    HTTP_STEP_HEAD,     // all but the body is there, and one follows: call again, or take it by
                        // http_decode_body as it comes, whatever its size
    HTTP_STEP_CONTINUE, // as MORE, and the peer waits for "100 Continue" before it sends the body
    HTTP_STEP_REQUEST,
    HTTP_STEP_REFUSED,
};

struct http_slice {
    uint32_t offset, size;
};

struct http_decoder {
    const struct http_limits *limits;
    llhttp_t parser;
    uint8_t *data;       // during a call
    size_t start_size;   // an empty line before the request, skipped
    size_t scanned_size; // whole lines looked at
    size_t head_size;    // 0: the head is not whole
    size_t fed_size;     // given to llhttp
    size_t body_size;    // collected behind the head
    unsigned line_count;
    struct http_slice target;
    struct http_slice fields[HTTP_FIELD_COUNT];
    int field;       // that the value being read belongs to; -1: none we keep
    int field_count; // none is kept from here on
    bool is_whole;
    bool is_head_told;
    unsigned refusal_status; // 4xx or 5xx, after HTTP_STEP_REFUSED
    const char *refusal;     // a sentence without its full stop
};

// Ready for the next request. `limits` outlives the decoder; sizes below 2^31.
void http_decoder_begin(struct http_decoder *decoder, const struct http_limits *limits);

// Looks at `data`, all bytes since the beginning of this request: at least those of the last call,
// perhaps moved. On REQUEST, `used_size` of them were this request's; what follows is the next one's
// (call http_decoder_begin first). `data` is changed only where chunks are undone.
enum http_step http_decode(struct http_decoder *decoder, uint8_t *data, size_t size,
                           struct http_request *request, size_t *used_size);

// After HTTP_STEP_HEAD: undoes what has arrived of the body, in place, into `body` at the beginning of
// `data`. MORE: there is more to come. REQUEST: that was the last of it. REFUSED.
enum http_step http_decode_body(struct http_decoder *decoder, uint8_t *data, size_t size,
                                struct bytes *body);

// Takes the first NAME=VALUE of a query off `rest`, still escaped; false at the end.
bool http_query_next(struct bytes *rest, struct bytes *name, struct bytes *value);

// Undoes %XX and, in queries, '+'. `out` holds at least text.size bytes; returns the size, or
// SIZE_MAX when an escape is malformed.
size_t http_unescape(struct bytes text, bool is_query, uint8_t *out);

// Appends `text` so that it is one query value.
void http_escape(struct buffer *out, struct bytes text);

struct http_reply {
    unsigned status;
    const char *content_type; // NULL: no body and no such field
    const char *fields;       // further lines, each ended by CR LF; NULL: none
    struct bytes date;        // as date_format_http writes it; size 0: none
    struct bytes body;
    bool is_head; // the body is only announced
    bool closes;
};

void http_reply_write(struct buffer *out, const struct http_reply *reply);

const char *http_status_text(unsigned status);

#endif
