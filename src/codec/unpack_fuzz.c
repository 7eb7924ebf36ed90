// Any bytes as gzip, zstd, bzip2 and deflate, and as a zip archive whose members are unpacked.
#include "codec/unpack.h"

#include "codec/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUTPUT_SIZE = 4096, STEPS_MAX = 4096 };

static void stream_unpack(enum unpack_format format, struct bytes input)
{
    struct memory_account account = {.name = "fuzz"};
    struct unpacker *unpacker;
    if (unpacker_new(format, &account, &unpacker, NULL) != STATUS_OK) {
        return;
    }
    uint8_t output[OUTPUT_SIZE];
    size_t written;
    for (unsigned i = 0; i < STEPS_MAX; i++) { // a bomb need not be unpacked to its end
        if (unpacker_step(unpacker, &input, output, sizeof(output), &written, NULL) != STATUS_OK ||
            (written == 0 && input.size == 0)) {
            break;
        }
    }
    (void)unpacker_is_complete(unpacker);
    unpacker_free(unpacker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes input = {.data = data, .size = size};
    (void)unpack_recognise(input);
    (void)zip_recognise(input);
    stream_unpack(UNPACK_NONE, input);
    stream_unpack(UNPACK_GZIP, input);
    stream_unpack(UNPACK_ZSTD, input);
    stream_unpack(UNPACK_BZIP2, input);
    stream_unpack(UNPACK_DEFLATE, input);
    struct zip_reader zip;
    struct fault fault;
    if (zip_open(input, &zip, &fault) == STATUS_OK) {
        struct zip_member member;
        while (zip_next(&zip, &member, &fault) == STATUS_OK) {
            stream_unpack(member.is_deflated ? UNPACK_DEFLATE : UNPACK_NONE, member.packed);
        }
    }
    return 0;
}
