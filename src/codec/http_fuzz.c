// The decoder over whatever arrives, whole and in two pieces: same requests, same refusal, and
// everything a request points to lies inside what arrived.
#include "codec/http.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {
    .head_size = 1024, .target_size = 256, .field_count = 20, .body_size = 512};

static void touch(struct bytes bytes, const uint8_t *data, size_t size)
{
    assert(bytes.size == 0 || (bytes.data >= data && bytes.data + bytes.size <= data + size));
    struct bytes rest = bytes;
    struct bytes name = {0};
    struct bytes value = {0};
    while (http_query_next(&rest, &name, &value)) {
        uint8_t text[1024];
        if (value.size <= sizeof(text)) {
            (void)http_unescape(value, true, text);
        }
    }
}

// Decodes everything, giving `first_size` bytes before the rest; returns the requests seen, and
// 1000 more when the peer was refused.
static unsigned decode_all(const uint8_t *input, size_t size, size_t first_size)
{
    uint8_t *const data = malloc(size + 1);
    assert(data != NULL);
    memcpy(data, input, size);
    unsigned requests = 0;
    size_t begin = 0;
    size_t end = first_size;
    struct http_decoder decoder;
    http_decoder_begin(&decoder, &limits);
    for (;;) {
        struct http_request request = {0};
        size_t used_size = 0;
        const enum http_step step =
            http_decode(&decoder, data + begin, end - begin, &request, &used_size);
        if (step == HTTP_STEP_REFUSED) {
            assert(decoder.refusal_status >= 400 && decoder.refusal != NULL);
            requests += 1000;
            break;
        }
        if (step == HTTP_STEP_REQUEST) {
            assert(used_size > 0 && used_size <= end - begin);
            touch(request.path, data + begin, used_size);
            touch(request.query, data + begin, used_size);
            touch(request.body, data + begin, used_size);
            for (size_t i = 0; i < HTTP_FIELD_COUNT; i++) {
                touch(request.fields[i], data + begin, used_size);
            }
            requests++;
            begin += used_size;
            http_decoder_begin(&decoder, &limits);
        } else if (end < size) {
            end = size;
        } else {
            break;
        }
    }
    free(data);
    return requests;
}

// A first request whose body is taken as it comes, in pieces: the same bytes as when it is collected.
static void stream_body(const uint8_t *input, size_t size, size_t piece_size)
{
    static const struct http_limits telling = {
        .head_size = 1024, .target_size = 256, .field_count = 20, .tells_heads = true};
    uint8_t *const data = malloc(2 * size + 2);
    assert(data != NULL);
    memcpy(data, input, size);
    struct http_decoder decoder;
    struct http_request request = {0};
    size_t used_size = 0;
    http_decoder_begin(&decoder, &telling);
    if (http_decode(&decoder, data, size, &request, &used_size) == HTTP_STEP_HEAD) {
        uint8_t *const piece = data + size;
        enum http_step step = HTTP_STEP_MORE;
        for (size_t at = used_size; at < size && step == HTTP_STEP_MORE;) {
            const size_t taken = size - at < piece_size ? size - at : piece_size;
            struct bytes body = {0};
            memcpy(piece, input + at, taken);
            step = http_decode_body(&decoder, piece, taken, &body);
            assert(step == HTTP_STEP_REFUSED || body.size <= taken);
            at += taken;
        }
    }
    free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stream_body(data, size, size + 1);
    stream_body(data, size, size == 0 ? 1 : data[0] % 7 + 1);
    const unsigned whole = decode_all(data, size, size);
    const size_t cut = size == 0 ? 0 : data[0] % size;
    assert(decode_all(data, size, cut) == whole);
    assert(decode_all(data, size, size / 2) == whole);
    return 0;
}
