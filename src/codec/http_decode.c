#include <assert.h>
#include <string.h>
#include <strings.h>

#include "codec/http.h"

static const struct {
    const char *name;
    size_t size;
} field_names[HTTP_FIELD_COUNT] = {
#define FIELD(name)              \
    {                            \
        (name), sizeof(name) - 1 \
    }
    [HTTP_FIELD_HOST] = FIELD("host"),
    [HTTP_FIELD_CONTENT_LENGTH] = FIELD("content-length"),
    [HTTP_FIELD_TRANSFER_ENCODING] = FIELD("transfer-encoding"),
    [HTTP_FIELD_EXPECT] = FIELD("expect"),
    [HTTP_FIELD_AUTHORIZATION] = FIELD("authorization"),
    [HTTP_FIELD_API_KEY] = FIELD("x-api-key"),
    [HTTP_FIELD_ACCEPT_LANGUAGE] = FIELD("accept-language"),
    [HTTP_FIELD_ORIGIN] = FIELD("origin"),
    [HTTP_FIELD_CORS_METHOD] = FIELD("access-control-request-method"),
    [HTTP_FIELD_CONTENT_TYPE] = FIELD("content-type"),
    [HTTP_FIELD_LAST_EVENT_ID] = FIELD("last-event-id"),
    [HTTP_FIELD_UPGRADE] = FIELD("upgrade"),
    [HTTP_FIELD_WEBSOCKET_KEY] = FIELD("sec-websocket-key"),
    [HTTP_FIELD_WEBSOCKET_VERSION] = FIELD("sec-websocket-version"),
    [HTTP_FIELD_WEBSOCKET_PROTOCOL] = FIELD("sec-websocket-protocol"),
    [HTTP_FIELD_FETCH_SITE] = FIELD("sec-fetch-site"),
    [HTTP_FIELD_LIMIT_USER] = FIELD("x-limit-u"),
    [HTTP_FIELD_LIMIT_DEVICE] = FIELD("x-limit-d"),
    [HTTP_FIELD_ACCEPT] = FIELD("accept"),
    [HTTP_FIELD_FORWARDED_FOR] = FIELD("x-forwarded-for"),
#undef FIELD
};

static bool refuse(struct http_decoder *decoder, unsigned status, const char *sentence)
{
    if (decoder->refusal_status == 0) {
        decoder->refusal_status = status;
        decoder->refusal = sentence;
    }
    return false;
}

static bool equals_ignoring_case(struct bytes text, const char *word)
{
    return text.size == strlen(word) && strncasecmp((const char *)text.data, word, text.size) == 0;
}

static struct bytes slice_of(const struct http_decoder *decoder, struct http_slice slice)
{
    return (struct bytes){.data = decoder->data + slice.offset, .size = slice.size};
}

static struct http_slice slice_at(const struct http_decoder *decoder, const void *at, size_t size)
{
    return (struct http_slice){.offset = (uint32_t)((const uint8_t *)at - decoder->data),
                               .size = (uint32_t)size};
}

// --- What llhttp calls ---

static int on_field(llhttp_t *parser, const char *at, size_t size)
{
    struct http_decoder *const decoder = parser->data;
    decoder->field = -1;
    if ((parser->flags & F_TRAILING) != 0) {
        return -1; // trailers are malformed for us
    }
    for (int i = 0; i < HTTP_FIELD_COUNT; i++) {
        if (size == field_names[i].size && strncasecmp(at, field_names[i].name, size) == 0) {
            decoder->field = i;
            decoder->field_count = i < decoder->field_count ? decoder->field_count : i + 1;
            break;
        }
    }
    // Each proxy may add one of its own.
    if (decoder->field >= 0 && decoder->field != HTTP_FIELD_FORWARDED_FOR &&
        decoder->fields[decoder->field].offset != 0) {
        (void)refuse(decoder, 400, "a header field that may stand once is repeated");
        return -1;
    }
    if (decoder->field >= 0) {
        decoder->fields[decoder->field] = slice_at(decoder, at + size, 0);
    }
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
    struct http_decoder *const decoder = parser->data;
    if (decoder->field >= 0) {
        while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t')) {
            size--;
        }
        decoder->fields[decoder->field] = slice_at(decoder, at, size);
    }
    return 0;
}

// A host name or address, perhaps with a port: what may not stand in it makes others see another
// host than we do.
static bool is_host(struct bytes host)
{
    static const char marks[] = "-._~%!$&'()*+,;=:[]";
    for (size_t i = 0; i < host.size; i++) {
        const uint8_t c = host.data[i];
        const bool is_letter = (uint8_t)((c | 0x20) - 'a') < 26;
        if (!is_letter && (uint8_t)(c - '0') >= 10 && (c == '\0' || strchr(marks, c) == NULL)) {
            return false;
        }
    }
    return host.size != 0;
}

static bool check_host(struct http_decoder *decoder, bool is_old)
{
    const struct http_slice host = decoder->fields[HTTP_FIELD_HOST];
    if (host.offset == 0) {
        return is_old || refuse(decoder, 400, "the request has no Host");
    }
    return is_host(slice_of(decoder, host)) || refuse(decoder, 400, "the Host is malformed");
}

static bool check_size(struct http_decoder *decoder)
{
    return decoder->fields[HTTP_FIELD_CONTENT_LENGTH].offset == 0 ||
           decoder->parser.content_length <= decoder->limits->body_size ||
           refuse(decoder, 413, "the body is too long");
}

// How long the body is must be said in one way.
static bool check_framing(struct http_decoder *decoder, bool is_old)
{
    const struct http_slice coding = decoder->fields[HTTP_FIELD_TRANSFER_ENCODING];
    const bool has_size = decoder->fields[HTTP_FIELD_CONTENT_LENGTH].offset != 0;
    if (coding.offset != 0 && (has_size || is_old)) {
        return refuse(decoder, 400,
                      is_old ? "HTTP/1.0 has no Transfer-Encoding"
                             : "Content-Length and Transfer-Encoding contradict each other");
    }
    if (coding.offset != 0 && !equals_ignoring_case(slice_of(decoder, coding), "chunked")) {
        return refuse(decoder, 501, "no Transfer-Encoding but chunked is known");
    }
    return decoder->limits->tells_heads || check_size(decoder);
}

static bool check_expectation(struct http_decoder *decoder)
{
    const struct http_slice expect = decoder->fields[HTTP_FIELD_EXPECT];
    return expect.offset == 0 || equals_ignoring_case(slice_of(decoder, expect), "100-continue") ||
           refuse(decoder, 417, "no expectation but 100-continue is known");
}

static int on_head(llhttp_t *parser)
{
    struct http_decoder *const decoder = parser->data;
    const bool is_old = parser->http_minor == 0;
    if (!check_host(decoder, is_old) || !check_framing(decoder, is_old) ||
        !check_expectation(decoder)) {
        return -1;
    }
    parser->upgrade = 0; // offers to speak another protocol are declined by going on
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct http_decoder *const decoder = parser->data;
    // Undone in place: the body grows behind the head, never beyond what has been read.
    memmove(decoder->data + decoder->start_size + decoder->head_size + decoder->body_size, at,
            size);
    decoder->body_size += size;
    return 0;
}

static int on_whole(llhttp_t *parser)
{
    struct http_decoder *const decoder = parser->data;
    decoder->is_whole = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_whole,
};

// --- The head, line by line, before llhttp sees it ---

// METHOD SP TARGET SP HTTP/1.x
static bool check_request_line(struct http_decoder *decoder, struct bytes line)
{
    const uint8_t *const first = memchr(line.data, ' ', line.size);
    const uint8_t *const last = memrchr(line.data, ' ', line.size);
    if (first == NULL || first == last) {
        return refuse(decoder, 400, "the request line is not METHOD TARGET VERSION");
    }
    const struct bytes version = {.data = last + 1,
                                  .size = (size_t)(line.data + line.size - last) - 1};
    const struct bytes target = {.data = first + 1, .size = (size_t)(last - first) - 1};
    if (!bytes_equal(version, BYTES_OF("HTTP/1.1")) &&
        !bytes_equal(version, BYTES_OF("HTTP/1.0"))) {
        const bool is_version = version.size == 8 && memcmp(version.data, "HTTP/", 5) == 0;
        return refuse(decoder, is_version ? 505 : 400, "the version is neither HTTP/1.1 nor 1.0");
    }
    if (target.size > decoder->limits->target_size) {
        return refuse(decoder, 414, "the request target is too long");
    }
    for (size_t i = 0; i < target.size; i++) {
        // Bytes beyond ASCII should be escaped, but people type them into curl.
        if (target.data[i] <= ' ' || target.data[i] == 0x7f || target.data[i] == '#') {
            return refuse(decoder, 400, "the request target holds a byte that must be escaped");
        }
    }
    decoder->target = slice_at(decoder, target.data, target.size);
    return true;
}

static bool check_line(struct http_decoder *decoder, struct bytes line)
{
    if (memchr(line.data, '\r', line.size) != NULL || memchr(line.data, '\0', line.size) != NULL) {
        return refuse(decoder, 400, "a line holds a carriage return or a zero byte");
    }
    if (decoder->line_count++ == 0) {
        return check_request_line(decoder, line);
    }
    if (line.data[0] == ' ' || line.data[0] == '\t') {
        return refuse(decoder, 400, "a header field is folded over two lines");
    }
    if (line.data[0] == ':') {
        return refuse(decoder, 400, "a header field has no name");
    }
    return decoder->line_count <= decoder->limits->field_count + 1 ||
           refuse(decoder, 431, "there are too many header fields");
}

// Looks at the lines that have become whole; sets head_size at the empty one. False: refused.
static bool scan_head(struct http_decoder *decoder, size_t size)
{
    const uint8_t *const data = decoder->data;
    if (decoder->scanned_size == 0 && size >= 2 && data[0] == '\r' && data[1] == '\n') {
        decoder->start_size = decoder->scanned_size = 2;
    }
    while (decoder->head_size == 0) {
        const size_t first = decoder->scanned_size;
        const uint8_t *const end = size == first ? NULL : memchr(data + first, '\n', size - first);
        const size_t looked = end == NULL ? size : (size_t)(end - data) + 1;
        if (looked - decoder->start_size > decoder->limits->head_size) {
            return decoder->line_count == 0
                       ? refuse(decoder, 414, "the request line is too long")
                       : refuse(decoder, 431, "the header fields are too long");
        }
        if (end == NULL) {
            return true;
        }
        if (end == data + first || end[-1] != '\r') {
            return refuse(decoder, 400, "a line ends without a carriage return");
        }
        const struct bytes line = {.data = data + first, .size = looked - first - 2};
        decoder->scanned_size = looked;
        if (line.size != 0) {
            if (!check_line(decoder, line)) {
                return false;
            }
        } else if (decoder->line_count == 0) {
            return refuse(decoder, 400, "the request begins with empty lines");
        } else {
            decoder->head_size = looked - decoder->start_size;
        }
    }
    return true;
}

// --- Together ---

static bool feed(struct http_decoder *decoder, const uint8_t *data, size_t size)
{
    const llhttp_errno_t error = llhttp_execute(&decoder->parser, (const char *)data, size);
    if (error == HPE_OK || (error == HPE_PAUSED && decoder->is_whole)) {
        return true;
    }
    if (error == HPE_PAUSED_H2_UPGRADE) {
        return refuse(decoder, 505, "the version is neither HTTP/1.1 nor 1.0");
    }
    return refuse(decoder, error == HPE_INVALID_METHOD ? 501 : 400,
                  error == HPE_INVALID_METHOD ? "the method is unknown"
                                              : "the request is malformed");
}

static bool is_ascii(struct bytes text)
{
    uint8_t all = 0;
    for (size_t i = 0; i < text.size; i++) {
        all |= text.data[i];
    }
    return all < 0x80;
}

// Gives the head to llhttp; a target beyond ASCII, which it does not take, is replaced by "/" for it.
static bool feed_head(struct http_decoder *decoder)
{
    const uint8_t *const head = decoder->data + decoder->start_size;
    const struct bytes target = slice_of(decoder, decoder->target);
    const uint8_t *const end = head + decoder->head_size;
    decoder->fed_size = decoder->start_size + decoder->head_size;
    if (is_ascii(target)) {
        return feed(decoder, head, decoder->head_size);
    }
    const uint8_t *const rest = target.data + target.size;
    return feed(decoder, head, (size_t)(target.data - head)) &&
           feed(decoder, (const uint8_t *)"/", 1) && feed(decoder, rest, (size_t)(end - rest));
}

// Gives the body to llhttp, never more than the limit: how it arrives must not matter.
static bool feed_body(struct http_decoder *decoder, size_t size)
{
    const size_t head_end = decoder->start_size + decoder->head_size;
    const size_t last = head_end + decoder->limits->body_size;
    const size_t end = size < last ? size : last;
    const uint8_t *const data = decoder->data + decoder->fed_size;
    if (!feed(decoder, data, end - decoder->fed_size)) {
        return false;
    }
    if (decoder->is_whole) {
        decoder->fed_size =
            (size_t)((const uint8_t *)llhttp_get_error_pos(&decoder->parser) - decoder->data);
        return true;
    }
    decoder->fed_size = end;
    return size <= last || refuse(decoder, 413, "the body is too long");
}

// Takes "http://HOST" off an absolute target; HOST must be what the field Host says.
static bool strip_authority(struct http_decoder *decoder, struct bytes *target)
{
    static const char scheme[] = "http://";
    const size_t scheme_size = sizeof(scheme) - 1;
    if (target->size < scheme_size ||
        strncasecmp((const char *)target->data, scheme, scheme_size) != 0) {
        return true;
    }
    struct bytes rest = {.data = target->data + scheme_size, .size = target->size - scheme_size};
    size_t host_size = 0;
    while (host_size < rest.size && rest.data[host_size] != '/' && rest.data[host_size] != '?') {
        host_size++;
    }
    const struct bytes host = slice_of(decoder, decoder->fields[HTTP_FIELD_HOST]);
    if (!bytes_equal(host, (struct bytes){.data = rest.data, .size = host_size})) {
        return refuse(decoder, 400, "the target names another host than the field Host");
    }
    target->data = rest.data + host_size;
    target->size = rest.size - host_size;
    return true;
}

static enum http_method method_of(const llhttp_t *parser)
{
    switch (parser->method) {
    case HTTP_GET:
        return HTTP_METHOD_GET;
    case HTTP_HEAD:
        return HTTP_METHOD_HEAD;
    case HTTP_OPTIONS:
        return HTTP_METHOD_OPTIONS;
    case HTTP_POST:
        return HTTP_METHOD_POST;
    case HTTP_PUT:
        return HTTP_METHOD_PUT;
    case HTTP_PATCH:
        return HTTP_METHOD_PATCH;
    case HTTP_DELETE:
        return HTTP_METHOD_DELETE;
    default:
        return HTTP_METHOD_OTHER;
    }
}

// Fills `request` from what was collected. False: refused.
static bool present(struct http_decoder *decoder, struct http_request *request)
{
    const size_t head_end = decoder->start_size + decoder->head_size;
    struct bytes target = slice_of(decoder, decoder->target);
    if (!strip_authority(decoder, &target)) {
        return false;
    }
    const uint8_t *const mark = target.size == 0 ? NULL : memchr(target.data, '?', target.size);
    const size_t path_size = mark == NULL ? target.size : (size_t)(mark - target.data);
    request->method = method_of(&decoder->parser);
    request->path = (struct bytes){.data = target.data, .size = path_size};
    request->query = mark == NULL
                         ? (struct bytes){0}
                         : (struct bytes){.data = mark + 1, .size = target.size - path_size - 1};
    memset(request->fields, 0, sizeof(request->fields));
    for (int i = 0; i < decoder->field_count; i++) {
        if (decoder->fields[i].offset != 0) {
            request->fields[i] = slice_of(decoder, decoder->fields[i]);
        }
    }
    request->body = (struct bytes){.data = decoder->data + head_end, .size = decoder->body_size};
    request->keeps_alive = llhttp_should_keep_alive(&decoder->parser) != 0;
    return true;
}

void http_decoder_begin(struct http_decoder *decoder, const struct http_limits *limits)
{
    assert(limits->head_size < INT32_MAX && limits->body_size < INT32_MAX);
    *decoder = (struct http_decoder){.limits = limits, .field = -1};
    llhttp_init(&decoder->parser, HTTP_REQUEST, &settings);
    decoder->parser.data = decoder;
}

enum http_step http_decode(struct http_decoder *decoder, uint8_t *data, size_t size,
                           struct http_request *request, size_t *used_size)
{
    decoder->data = data;
    decoder->parser.data = decoder; // the decoder may have moved since
    const bool had_head = decoder->head_size != 0;
    if (!had_head) {
        if (!scan_head(decoder, size)) {
            return HTTP_STEP_REFUSED;
        }
        if (decoder->head_size == 0) {
            return HTTP_STEP_MORE;
        }
        if (!feed_head(decoder)) {
            return HTTP_STEP_REFUSED;
        }
        if (decoder->limits->tells_heads && !decoder->is_whole) {
            decoder->is_head_told = true;
            *used_size = decoder->fed_size;
            return present(decoder, request) ? HTTP_STEP_HEAD : HTTP_STEP_REFUSED;
        }
    }
    const bool is_resumed = decoder->is_head_told;
    decoder->is_head_told = false;
    if (is_resumed && !check_size(decoder)) {
        return HTTP_STEP_REFUSED;
    }
    if (!decoder->is_whole && decoder->fed_size < size && !feed_body(decoder, size)) {
        return HTTP_STEP_REFUSED;
    }
    if (!decoder->is_whole) {
        const bool is_held_back =
            (!had_head || is_resumed) && decoder->fields[HTTP_FIELD_EXPECT].offset != 0;
        return is_held_back ? HTTP_STEP_CONTINUE : HTTP_STEP_MORE;
    }
    if (!present(decoder, request)) {
        return HTTP_STEP_REFUSED;
    }
    *used_size = decoder->fed_size;
    return HTTP_STEP_REQUEST;
}

enum http_step http_decode_body(struct http_decoder *decoder, uint8_t *data, size_t size,
                                struct bytes *body)
{
    decoder->data = data;
    decoder->parser.data = decoder;
    decoder->start_size = decoder->head_size = decoder->body_size = 0;
    if (!decoder->is_whole && !feed(decoder, data, size)) {
        return HTTP_STEP_REFUSED;
    }
    *body = (struct bytes){.data = data, .size = decoder->body_size};
    return decoder->is_whole ? HTTP_STEP_REQUEST : HTTP_STEP_MORE;
}
