#include "codec/unpack.h"

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

enum { GZIP_WINDOW = 15 + 16, DEFLATE_WINDOW = -15 }; // what zlib calls windowBits

struct unpacker {
    enum unpack_format format;
    z_stream zlib;
    bool has_zlib;
    ZSTD_DCtx *zstd;
    bz_stream bzip2;
    bool has_bzip2;
    bool is_complete;
};

enum unpack_format unpack_recognise(struct bytes front)
{
    static const uint8_t gzip[] = {0x1f, 0x8b, 0x08};
    static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    if (front.size >= sizeof(gzip) && memcmp(front.data, gzip, sizeof(gzip)) == 0) {
        return UNPACK_GZIP;
    }
    if (front.size >= sizeof(zstd) && memcmp(front.data, zstd, sizeof(zstd)) == 0) {
        return UNPACK_ZSTD;
    }
    // "BZh", the size of blocks, and the mark of a block: the digits of pi.
    if (front.size >= 10 && memcmp(front.data, "BZh", 3) == 0 &&
        memcmp(front.data + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0) {
        return UNPACK_BZIP2;
    }
    return UNPACK_NONE;
}

enum status unpacker_new(enum unpack_format format, struct memory_account *account,
                         struct unpacker **unpacker, struct fault *fault)
{
    struct unpacker *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to unpack a file");
    }
    made->format = format;
    made->is_complete = format == UNPACK_NONE;
    if (format == UNPACK_GZIP || format == UNPACK_DEFLATE) {
        made->has_zlib =
            inflateInit2(&made->zlib, format == UNPACK_GZIP ? GZIP_WINDOW : DEFLATE_WINDOW) == Z_OK;
    } else if (format == UNPACK_ZSTD) {
        made->zstd = ZSTD_createDCtx();
    } else if (format == UNPACK_BZIP2) {
        made->has_bzip2 = BZ2_bzDecompressInit(&made->bzip2, 0, 0) == BZ_OK;
    }
    if (format != UNPACK_NONE && !made->has_zlib && !made->has_bzip2 && made->zstd == NULL) {
        memory_give(made);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to unpack a file");
    }
    *unpacker = made;
    return STATUS_OK;
}

void unpacker_free(struct unpacker *unpacker)
{
    if (unpacker != NULL) {
        if (unpacker->has_zlib) {
            (void)inflateEnd(&unpacker->zlib);
        }
        if (unpacker->has_bzip2) {
            (void)BZ2_bzDecompressEnd(&unpacker->bzip2);
        }
        ZSTD_freeDCtx(unpacker->zstd);
        memory_give(unpacker);
    }
}

static enum status inflate_step(struct unpacker *unpacker, struct bytes *input, uint8_t *output,
                                size_t capacity, size_t *written, struct fault *fault)
{
    z_stream *const zlib = &unpacker->zlib;
    if (unpacker->is_complete && input->size != 0) {
        if (unpacker->format == UNPACK_DEFLATE || inflateReset(zlib) != Z_OK) {
            return fault_set(fault, STATUS_CORRUPT, "bytes after the end of the packed data");
        }
    }
    const size_t piece = input->size > UINT32_MAX ? UINT32_MAX : input->size;
    zlib->next_in = (z_const Bytef *)(uintptr_t)input->data;
    zlib->avail_in = (uInt)piece;
    zlib->next_out = output;
    zlib->avail_out = capacity > UINT32_MAX ? UINT32_MAX : (uInt)capacity;
    const uInt room = zlib->avail_out;
    const int result = inflate(zlib, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return fault_set(fault, STATUS_CORRUPT, "the packed data are damaged (%s)",
                         zlib->msg == NULL ? "no reason given" : zlib->msg);
    }
    const size_t used = piece - zlib->avail_in;
    unpacker->is_complete = result == Z_STREAM_END || (unpacker->is_complete && piece == 0);
    input->data += used;
    input->size -= used;
    *written = room - zlib->avail_out;
    return STATUS_OK;
}

static enum status zstd_step(struct unpacker *unpacker, struct bytes *input, uint8_t *output,
                             size_t capacity, size_t *written, struct fault *fault)
{
    ZSTD_inBuffer in = {.src = input->data, .size = input->size};
    ZSTD_outBuffer out = {.dst = output, .size = capacity};
    const size_t hint = ZSTD_decompressStream(unpacker->zstd, &out, &in);
    if (ZSTD_isError(hint) != 0) {
        return fault_set(fault, STATUS_CORRUPT, "the packed data are damaged (%s)",
                         ZSTD_getErrorName(hint));
    }
    if (in.pos != 0 || out.pos != 0) {
        unpacker->is_complete = hint == 0;
    }
    input->data += in.pos;
    input->size -= in.pos;
    *written = out.pos;
    return STATUS_OK;
}

static enum status bzip2_step(struct unpacker *unpacker, struct bytes *input, uint8_t *output,
                              size_t capacity, size_t *written, struct fault *fault)
{
    bz_stream *const bzip2 = &unpacker->bzip2;
    if (unpacker->is_complete && input->size != 0) { // the next stream
        (void)BZ2_bzDecompressEnd(bzip2);
        *bzip2 = (bz_stream){.next_in = NULL};
        unpacker->has_bzip2 = BZ2_bzDecompressInit(bzip2, 0, 0) == BZ_OK;
        unpacker->is_complete = false;
        if (!unpacker->has_bzip2) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory to unpack a file");
        }
    }
    *written = 0;
    if (unpacker->is_complete) {
        return STATUS_OK;
    }
    const size_t piece = input->size > UINT32_MAX ? UINT32_MAX : input->size;
    bzip2->next_in = (char *)(uintptr_t)input->data;
    bzip2->avail_in = (unsigned)piece;
    bzip2->next_out = (char *)output;
    bzip2->avail_out = capacity > UINT32_MAX ? UINT32_MAX : (unsigned)capacity;
    const unsigned room = bzip2->avail_out;
    const int result = BZ2_bzDecompress(bzip2);
    if (result != BZ_OK && result != BZ_STREAM_END) {
        return result == BZ_MEM_ERROR
                   ? fault_set(fault, STATUS_NO_MEMORY, "no memory to unpack a file")
                   : fault_set(fault, STATUS_CORRUPT, "the packed data are damaged (bzip2 %d)",
                               result);
    }
    const size_t used = piece - bzip2->avail_in;
    unpacker->is_complete = result == BZ_STREAM_END;
    input->data += used;
    input->size -= used;
    *written = room - bzip2->avail_out;
    return STATUS_OK;
}

enum status unpacker_step(struct unpacker *unpacker, struct bytes *input, uint8_t *output,
                          size_t capacity, size_t *written, struct fault *fault)
{
    if (unpacker->format == UNPACK_ZSTD) {
        return zstd_step(unpacker, input, output, capacity, written, fault);
    }
    if (unpacker->format == UNPACK_BZIP2) {
        return bzip2_step(unpacker, input, output, capacity, written, fault);
    }
    if (unpacker->format != UNPACK_NONE) {
        return inflate_step(unpacker, input, output, capacity, written, fault);
    }
    const size_t size = input->size < capacity ? input->size : capacity;
    if (size != 0) {
        memcpy(output, input->data, size);
        input->data += size;
        input->size -= size;
    }
    *written = size;
    return STATUS_OK;
}

bool unpacker_is_complete(const struct unpacker *unpacker)
{
    return unpacker->is_complete;
}
