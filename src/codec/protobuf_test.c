#include "codec/protobuf.h"

#include "base/buffer.h"
#include "base/test.h"

static void property_fields_come_back(struct dice *dice)
{
    struct memory_account account = {.name = "test"};
    struct buffer message = {.account = &account};
    uint64_t values[8];
    for (unsigned i = 0; i < COUNT_OF(values); i++) {
        values[i] = dice_u64(dice) >> dice_below(dice, 64);
        buffer_append_varint(&message, (i + 1) << 3 | PROTOBUF_VARINT);
        buffer_append_varint(&message, values[i]);
        buffer_append_varint(&message, (i + 1) << 3 | PROTOBUF_FIXED64);
        buffer_append_u64(&message, values[i]);
        buffer_append_varint(&message, (i + 1) << 3 | PROTOBUF_BYTES);
        buffer_append_varint(&message, i);
        buffer_append(&message, values, i);
        buffer_append_varint(&message, (i + 1) << 3 | PROTOBUF_FIXED32);
        buffer_append_u32(&message, (uint32_t)values[i]);
    }
    struct protobuf_reader reader = protobuf_over(buffer_bytes(&message));
    struct protobuf_field field;
    for (unsigned i = 0; i < COUNT_OF(values); i++) {
        assert_true(protobuf_next(&reader, &field) && field.value == values[i]);
        assert_true(protobuf_next(&reader, &field) && field.value == values[i]);
        assert_true(protobuf_next(&reader, &field) && field.bytes.size == i);
        assert_int_equal(field.number, i + 1);
        assert_true(protobuf_next(&reader, &field) && field.value == (uint32_t)values[i]);
    }
    assert_false(protobuf_next(&reader, &field));
    assert_false(reader.failed);

    // Cut anywhere: fewer fields, never a read past the end.
    const size_t cut = dice_below(dice, message.size);
    reader = protobuf_over((struct bytes){.data = message.data, .size = cut});
    unsigned count = 0;
    while (protobuf_next(&reader, &field)) {
        count++;
    }
    assert_true(count < 4 * COUNT_OF(values));
    buffer_free(&message);
}

static void test_fields_of_every_wire_type(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 2000; i++) {
        property_fields_come_back(&dice);
    }
}

static void test_refuses_what_no_encoder_writes(void **state)
{
    (void)state;
    static const struct bytes refused[] = {
        BYTES_OF("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), // a varint of 65 bits
        BYTES_OF("\x00\x00"),                                     // field zero
        BYTES_OF("\x0b"),                                         // a group
        BYTES_OF("\x12\x05yz"),                                   // bytes past the end
        BYTES_OF("\x0d\x01\x02"),                                 // half a fixed32
        BYTES_OF("\xff\xff\xff\xff\x7f\x01"),                     // a field number of 32 bits
    };
    for (unsigned i = 0; i < COUNT_OF(refused); i++) {
        struct protobuf_reader reader = protobuf_over(refused[i]);
        struct protobuf_field field;
        while (protobuf_next(&reader, &field)) {
        }
        assert_true(reader.failed);
    }
}

static void test_zigzag_has_both_signs(void **state)
{
    (void)state;
    assert_true(protobuf_zigzag(0) == 0 && protobuf_zigzag(1) == -1 && protobuf_zigzag(2) == 1);
    assert_true(protobuf_zigzag(UINT64_MAX) == INT64_MIN);
    assert_true(protobuf_zigzag(UINT64_MAX - 1) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_every_wire_type),
        cmocka_unit_test(test_refuses_what_no_encoder_writes),
        cmocka_unit_test(test_zigzag_has_both_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
