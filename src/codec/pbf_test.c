#include "codec/pbf.h"

#include <libdeflate.h>
#include <zstd.h>

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static void append_field(struct buffer *message, unsigned number, const struct buffer *content)
{
    buffer_append_varint(message, number << 3 | PROTOBUF_BYTES);
    buffer_append_varint(message, content->size);
    buffer_append_bytes(message, buffer_bytes(content));
}

static void append_number(struct buffer *message, unsigned number, uint64_t value)
{
    buffer_append_varint(message, number << 3 | PROTOBUF_VARINT);
    buffer_append_varint(message, value);
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static void append_list(struct buffer *message, unsigned number, const int64_t *values,
                        size_t count, bool is_signed)
{
    struct buffer list = {.account = &account};
    for (size_t i = 0; i < count; i++) {
        buffer_append_varint(&list, is_signed ? zigzag(values[i]) : (uint64_t)values[i]);
    }
    append_field(message, number, &list);
    buffer_free(&list);
}

#define LIST(message, number, is_signed, ...)                        \
    append_list((message), (number), (const int64_t[]){__VA_ARGS__}, \
                sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (is_signed))

static void append_strings(struct buffer *block)
{
    static const char *const strings[] = {"", "name", "Rheinstrasse", "outer", "place", "town"};
    struct buffer table = {.account = &account};
    for (size_t i = 0; i < COUNT_OF(strings); i++) {
        struct buffer string = {.account = &account};
        buffer_append_text(&string, strings[i]);
        append_field(&table, 1, &string);
        buffer_free(&string);
    }
    append_field(block, 1, &table);
    buffer_free(&table);
}

// Two dense nodes (one tagged), a plain node, a way and a relation; one group each, as written.
static struct buffer block_make(void)
{
    struct buffer block = {.account = &account};
    struct buffer group = {.account = &account};
    struct buffer object = {.account = &account};
    append_strings(&block);

    LIST(&object, 1, true, 10, -13);
    LIST(&object, 8, true, 471000000, 5);
    LIST(&object, 9, true, 95000000, -7);
    LIST(&object, 10, false, 0, 4, 5, 0);
    append_field(&group, 2, &object);
    append_field(&block, 2, &group);
    buffer_clear(&group);
    buffer_clear(&object);

    append_number(&object, 1, zigzag(77));
    append_number(&object, 8, zigzag(-900000000));
    append_number(&object, 9, zigzag(1800000000));
    append_field(&group, 1, &object);
    append_field(&block, 2, &group);
    buffer_clear(&group);
    buffer_clear(&object);

    append_number(&object, 1, 8);
    LIST(&object, 2, false, 1);
    LIST(&object, 3, false, 2);
    LIST(&object, 8, true, 10, -13);
    append_field(&group, 3, &object);
    append_field(&block, 2, &group);
    buffer_clear(&group);
    buffer_clear(&object);

    append_number(&object, 1, (uint64_t)-9);
    LIST(&object, 8, false, 3, 0);
    LIST(&object, 9, true, 8, 2);
    LIST(&object, 10, false, 1, 0);
    append_field(&group, 4, &object);
    append_field(&block, 2, &group);
    buffer_free(&group);
    buffer_free(&object);
    return block;
}

static void nodes_expect(struct pbf_cursor *cursor)
{
    struct pbf_object object;
    uint32_t key;
    uint32_t value;
    assert_true(pbf_cursor_next(cursor, &object));
    assert_true(object.kind == PBF_NODE && object.id == 10 && object.has_point);
    assert_true(object.lng_e7 == 95000000 && object.lat_e7 == 471000000);
    assert_false(pbf_tag_next(cursor, &object, &key, &value));
    assert_true(pbf_cursor_next(cursor, &object));
    assert_true(object.id == -3 && object.lng_e7 == 94999993 && object.lat_e7 == 471000005);
    assert_true(pbf_tag_next(cursor, &object, &key, &value) && key == 4 && value == 5);
    assert_false(pbf_tag_next(cursor, &object, &key, &value));
    assert_true(pbf_cursor_next(cursor, &object));
    assert_true(object.id == 77 && object.lng_e7 == 1800000000 && object.lat_e7 == -900000000);
}

static void block_expect(struct pbf_decoder *decoder, struct bytes content)
{
    struct pbf_block block;
    assert_int_equal(pbf_block_open(decoder, content, &block, NULL), STATUS_OK);
    assert_int_equal(pbf_block_kinds(content), 7);
    struct pbf_cursor cursor = pbf_cursor_over(&block);
    nodes_expect(&cursor);

    struct pbf_object object;
    uint32_t key;
    uint32_t value;
    int64_t node;
    assert_true(pbf_cursor_next(&cursor, &object) && object.kind == PBF_WAY && object.id == 8);
    assert_true(pbf_tag_next(&cursor, &object, &key, &value) && key == 1 && value == 2);
    assert_true(pbf_reference_next(&cursor, &object, &node) && node == 10);
    assert_true(pbf_reference_next(&cursor, &object, &node) && node == -3);
    assert_false(pbf_reference_next(&cursor, &object, &node));

    struct pbf_member member;
    assert_true(pbf_cursor_next(&cursor, &object));
    assert_true(object.kind == PBF_RELATION && object.id == -9);
    assert_true(pbf_member_next(&cursor, &object, &member));
    assert_true(member.kind == PBF_WAY && member.id == 8 && member.role.size == 5);
    assert_true(pbf_member_next(&cursor, &object, &member));
    assert_true(member.kind == PBF_NODE && member.id == 10 && member.role.size == 0);
    assert_false(pbf_member_next(&cursor, &object, &member));
    assert_false(pbf_cursor_next(&cursor, &object));
    assert_int_equal(pbf_cursor_status(&cursor, NULL), STATUS_OK);
}

static void test_objects_of_every_kind(void **state)
{
    (void)state;
    struct pbf_decoder decoder = {.account = &account};
    struct buffer block = block_make();
    block_expect(&decoder, buffer_bytes(&block));
    buffer_free(&block);
    pbf_decoder_close(&decoder);
}

static void test_blobs_raw_zlib_and_zstd(void **state)
{
    (void)state;
    struct pbf_decoder decoder = {.account = &account};
    struct buffer block = block_make();
    for (unsigned coding = 1; coding <= 7; coding += coding == 1 ? 2 : 4) {
        uint8_t room[4096];
        struct libdeflate_compressor *const zlib = libdeflate_alloc_compressor(6);
        struct buffer packed = {.account = &account};
        if (coding == 1) {
            buffer_append_bytes(&packed, buffer_bytes(&block));
        } else {
            const size_t size =
                coding == 3 ? libdeflate_zlib_compress(zlib, block.data, block.size, room, 4096)
                            : ZSTD_compress(room, 4096, block.data, block.size, 1);
            buffer_append(&packed, room, size);
        }
        libdeflate_free_compressor(zlib);
        struct buffer blob = {.account = &account};
        append_number(&blob, 2, block.size);
        append_field(&blob, coding, &packed);

        struct bytes content;
        assert_int_equal(pbf_blob_decode(&decoder, buffer_bytes(&blob), &content, NULL), STATUS_OK);
        block_expect(&decoder, content);

        if (coding != 1) { // one byte less than it says
            buffer_clear(&blob);
            append_number(&blob, 2, block.size + 1);
            append_field(&blob, coding, &packed);
            assert_int_equal(pbf_blob_decode(&decoder, buffer_bytes(&blob), &content, NULL),
                             STATUS_CORRUPT);
        }
        buffer_free(&packed);
        buffer_free(&blob);
    }
    buffer_free(&block);
    pbf_decoder_close(&decoder);
}

static void test_scales_coordinates_by_granularity_and_offset(void **state)
{
    (void)state;
    struct pbf_decoder decoder = {.account = &account};
    struct buffer block = {.account = &account};
    struct buffer group = {.account = &account};
    struct buffer dense = {.account = &account};
    LIST(&dense, 1, true, 1, 1);
    LIST(&dense, 8, true, 47, 1000000000);
    LIST(&dense, 9, true, -9, 0);
    append_field(&group, 2, &dense);
    append_field(&block, 2, &group);
    append_number(&block, 17, 1000000);
    append_number(&block, 19, 500000);
    append_number(&block, 20, (uint64_t)-50);

    struct pbf_block opened;
    assert_int_equal(pbf_block_open(&decoder, buffer_bytes(&block), &opened, NULL), STATUS_OK);
    struct pbf_cursor cursor = pbf_cursor_over(&opened);
    struct pbf_object node;
    assert_true(pbf_cursor_next(&cursor, &node) && node.has_point);
    assert_int_equal(node.lat_e7, 475000);
    assert_int_equal(node.lng_e7, -90001); // half a unit goes away from zero
    assert_true(pbf_cursor_next(&cursor, &node));
    assert_false(node.has_point);
    buffer_free(&dense);
    buffer_free(&group);
    buffer_free(&block);
    pbf_decoder_close(&decoder);
}

static void test_refuses_features_it_does_not_know_by_name(void **state)
{
    (void)state;
    struct fault fault;
    struct pbf_header header;
    static const struct bytes known = BYTES_OF("\x22\x0eOsmSchema-V0.6\x22\x0a"
                                               "DenseNodes\x2a\x11Sort.Type_then_ID");
    assert_int_equal(pbf_header_decode(known, &header, &fault), STATUS_OK);
    assert_true(header.is_sorted);
    static const struct bytes history = BYTES_OF("\x22\x15HistoricalInformation");
    assert_int_equal(pbf_header_decode(history, &header, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "history"));
    static const struct bytes unknown = BYTES_OF("\x22\x07"
                                                 "Bananas");
    assert_int_equal(pbf_header_decode(unknown, &header, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "'Bananas'"));
}

// Every byte of a block changed to every value ends in objects or in a sentence.
static void test_survives_any_changed_byte(void **state)
{
    (void)state;
    struct pbf_decoder decoder = {.account = &account};
    struct buffer bytes = block_make();
    unsigned refused = 0;
    for (size_t at = 0; at < bytes.size; at++) {
        for (unsigned change = 1; change < 256; change++) {
            bytes.data[at] ^= (uint8_t)change;
            struct pbf_block block;
            if (pbf_block_open(&decoder, buffer_bytes(&bytes), &block, NULL) == STATUS_OK) {
                struct pbf_cursor cursor = pbf_cursor_over(&block);
                for (struct pbf_object object; pbf_cursor_next(&cursor, &object);) {
                    for (uint32_t key, value; pbf_tag_next(&cursor, &object, &key, &value);) {
                    }
                    for (int64_t node; pbf_reference_next(&cursor, &object, &node);) {
                    }
                }
                struct fault fault;
                refused += pbf_cursor_status(&cursor, &fault) != STATUS_OK;
            }
            bytes.data[at] ^= (uint8_t)change;
        }
    }
    assert_true(refused > 100);
    buffer_free(&bytes);
    pbf_decoder_close(&decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_of_every_kind),
        cmocka_unit_test(test_blobs_raw_zlib_and_zstd),
        cmocka_unit_test(test_scales_coordinates_by_granularity_and_offset),
        cmocka_unit_test(test_refuses_features_it_does_not_know_by_name),
        cmocka_unit_test(test_survives_any_changed_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
