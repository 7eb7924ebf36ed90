#include "codec/unpack.h"

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buffer.h"
#include "base/test.h"
#include "codec/zip.h"

static struct memory_account account = {.name = "test"};

enum { TEXT_SIZE = 200000 };

// Text that compresses, and some that does not.
static struct buffer text_make(struct dice *dice)
{
    struct buffer text = {.account = &account};
    while (text.size < TEXT_SIZE) {
        buffer_append_format(&text, "%d Landstrasse\n", (int)dice_below(dice, 100));
        buffer_append_u64(&text, dice_u64(dice));
    }
    return text;
}

static void deflate_append(struct bytes text, int window, struct buffer *out)
{
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    const size_t bound = deflateBound(&zlib, text.size);
    uint8_t *const room = buffer_reserve(out, bound);
    assert_non_null(room);
    zlib.next_in = (z_const Bytef *)(uintptr_t)text.data;
    zlib.avail_in = (uInt)text.size;
    zlib.next_out = room;
    zlib.avail_out = (uInt)bound;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    out->size += bound - zlib.avail_out;
    (void)deflateEnd(&zlib);
}

static void packed_append(enum unpack_format format, struct bytes text, struct buffer *out)
{
    if (format == UNPACK_ZSTD) {
        const size_t bound = ZSTD_compressBound(text.size);
        uint8_t *const room = buffer_reserve(out, bound);
        assert_non_null(room);
        out->size += ZSTD_compress(room, bound, text.data, text.size, 3);
    } else if (format == UNPACK_BZIP2) {
        unsigned size = (unsigned)(text.size + text.size / 100 + 600);
        uint8_t *const room = buffer_reserve(out, size);
        assert_non_null(room);
        assert_int_equal(BZ2_bzBuffToBuffCompress((char *)room, &size, (char *)(uintptr_t)text.data,
                                                  (unsigned)text.size, 1, 0, 0),
                         BZ_OK);
        out->size += size;
    } else if (format == UNPACK_NONE) {
        buffer_append_bytes(out, text);
    } else {
        deflate_append(text, format == UNPACK_GZIP ? 15 + 16 : -15, out);
    }
}

// Unpacks with input and output in pieces of chance.
static enum status unpack_in_pieces(enum unpack_format format, struct bytes packed,
                                    struct dice *dice, struct buffer *out)
{
    struct unpacker *unpacker;
    assert_int_equal(unpacker_new(format, &account, &unpacker, NULL), STATUS_OK);
    enum status status = STATUS_OK;
    while (packed.size != 0 && status == STATUS_OK) {
        const size_t piece = 1 + dice_below(dice, packed.size);
        struct bytes input = {.data = packed.data, .size = piece};
        uint8_t output[5000];
        size_t written;
        do {
            const size_t room = 1 + dice_below(dice, sizeof(output));
            status = unpacker_step(unpacker, &input, output, room, &written, NULL);
            buffer_append(out, output, status == STATUS_OK ? written : 0);
        } while (status == STATUS_OK && (input.size != 0 || written != 0));
        packed.data += piece;
        packed.size -= piece;
    }
    if (status == STATUS_OK && !unpacker_is_complete(unpacker)) {
        status = STATUS_CORRUPT;
    }
    unpacker_free(unpacker);
    return status;
}

static void property_comes_back(enum unpack_format format, unsigned members, struct dice *dice)
{
    struct buffer text = text_make(dice);
    struct buffer packed = {.account = &account};
    struct buffer out = {.account = &account};
    for (unsigned i = 0; i < members; i++) {
        packed_append(format, buffer_bytes(&text), &packed);
    }
    assert_int_equal(unpack_recognise(buffer_bytes(&packed)),
                     format == UNPACK_DEFLATE ? UNPACK_NONE : format);
    assert_int_equal(unpack_in_pieces(format, buffer_bytes(&packed), dice, &out), STATUS_OK);
    assert_int_equal(out.size, members * text.size);
    for (unsigned i = 0; i < members; i++) {
        assert_memory_equal(out.data + i * text.size, text.data, text.size);
    }
    if (format != UNPACK_NONE) { // cut short
        buffer_clear(&out);
        const struct bytes cut = {.data = packed.data,
                                  .size = 1 + dice_below(dice, packed.size - 1)};
        if (members == 1) {
            assert_int_equal(unpack_in_pieces(format, cut, dice, &out), STATUS_CORRUPT);
        }
    }
    buffer_free(&text);
    buffer_free(&packed);
    buffer_free(&out);
}

static void test_streams_come_back(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 20; i++) {
        property_comes_back(UNPACK_NONE, 1, &dice);
        property_comes_back(UNPACK_GZIP, 1 + i % 3, &dice);
        property_comes_back(UNPACK_ZSTD, 1 + i % 3, &dice);
        property_comes_back(UNPACK_DEFLATE, 1, &dice);
        property_comes_back(UNPACK_BZIP2, 1 + i % 3, &dice);
    }
    assert_int_equal(account.used_size, 0);
}

static void u16_append(struct buffer *out, unsigned value)
{
    buffer_append_u8(out, (uint8_t)value);
    buffer_append_u8(out, (uint8_t)(value >> 8));
}

// A local header or, with an offset, an entry of the directory.
static void entry_append(struct buffer *out, const char *name, struct bytes packed, size_t size,
                         bool is_deflated, const uint32_t *offset)
{
    buffer_append_u32(out, offset == NULL ? 0x04034b50 : 0x02014b50);
    u16_append(out, 20);
    if (offset != NULL) {
        u16_append(out, 20);
    }
    u16_append(out, 0);
    u16_append(out, is_deflated ? 8 : 0);
    buffer_append_u32(out, 0); // time
    buffer_append_u32(out, 0x12345678);
    buffer_append_u32(out, (uint32_t)packed.size);
    buffer_append_u32(out, (uint32_t)size);
    u16_append(out, (unsigned)strlen(name));
    u16_append(out, 0);
    if (offset != NULL) {
        u16_append(out, 0); // comment
        u16_append(out, 0); // disk
        u16_append(out, 0);
        buffer_append_u32(out, 0);
        buffer_append_u32(out, *offset);
    }
    buffer_append_text(out, name);
    if (offset == NULL) {
        buffer_append_bytes(out, packed);
    }
}

static struct buffer zip_make(void)
{
    static const struct bytes stored = BYTES_OF("hello");
    struct buffer zip = {.account = &account};
    struct buffer packed = {.account = &account};
    packed_append(UNPACK_DEFLATE, BYTES_OF("aaaaaaaaaaaaaaaaaaaa"), &packed);
    const uint32_t first = 0;
    entry_append(&zip, "a.txt", stored, 5, false, NULL);
    const uint32_t second = (uint32_t)zip.size;
    entry_append(&zip, "b/c.txt", buffer_bytes(&packed), 20, true, NULL);
    const uint32_t directory = (uint32_t)zip.size;
    entry_append(&zip, "a.txt", stored, 5, false, &first);
    entry_append(&zip, "b/c.txt", buffer_bytes(&packed), 20, true, &second);
    const uint32_t directory_size = (uint32_t)zip.size - directory;
    buffer_append_u32(&zip, 0x06054b50);
    buffer_append_u32(&zip, 0);
    u16_append(&zip, 2);
    u16_append(&zip, 2);
    buffer_append_u32(&zip, directory_size);
    buffer_append_u32(&zip, directory);
    u16_append(&zip, 7);
    buffer_append_text(&zip, "comment");
    buffer_free(&packed);
    return zip;
}

static void test_members_of_a_zip_archive(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    struct buffer zip = zip_make();
    struct zip_reader reader;
    struct zip_member member;
    assert_true(zip_recognise(buffer_bytes(&zip)));
    assert_int_equal(zip_open(buffer_bytes(&zip), &reader, NULL), STATUS_OK);
    assert_int_equal(zip_next(&reader, &member, NULL), STATUS_OK);
    assert_true(bytes_equal(member.name, BYTES_OF("a.txt")) && !member.is_deflated);
    assert_true(bytes_equal(member.packed, BYTES_OF("hello")) && member.crc == 0x12345678);
    assert_int_equal(zip_next(&reader, &member, NULL), STATUS_OK);
    struct buffer out = {.account = &account};
    assert_int_equal(unpack_in_pieces(UNPACK_DEFLATE, member.packed, &dice, &out), STATUS_OK);
    assert_true(out.size == member.size && member.size == 20);
    assert_int_equal(zip_next(&reader, &member, NULL), STATUS_NOT_FOUND);
    buffer_free(&out);
    buffer_free(&zip);
}

static void test_a_cut_or_changed_archive_ends_well(void **state)
{
    (void)state;
    struct buffer zip = zip_make();
    for (size_t size = 0; size < zip.size; size++) {
        struct zip_reader reader;
        struct zip_member member;
        if (zip_open((struct bytes){zip.data, size}, &reader, NULL) == STATUS_OK) {
            while (zip_next(&reader, &member, NULL) == STATUS_OK) {
            }
        }
        zip.data[size] ^= 0x55;
        if (zip_open(buffer_bytes(&zip), &reader, NULL) == STATUS_OK) {
            while (zip_next(&reader, &member, NULL) == STATUS_OK) {
                assert_true(member.packed.size <= zip.size);
            }
        }
        zip.data[size] ^= 0x55;
    }
    buffer_free(&zip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_come_back),
        cmocka_unit_test(test_members_of_a_zip_archive),
        cmocka_unit_test(test_a_cut_or_changed_archive_ends_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
