#include "live/row.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static struct row read_back(const struct row *row, struct buffer *out)
{
    buffer_clear(out);
    row_write(row, out);
    struct row again;
    struct fault fault = {0};
    const enum status status = row_read(buffer_bytes(out), &again, &fault);
    if (status != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return again;
}

static void test_a_bare_point_is_eleven_bytes(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    const struct row row = {.kind = ROW_POINT, .point = GEO_POINT(9.5215, 47.1410)};
    const struct row again = read_back(&row, &out);
    assert_int_equal(out.size, 11);
    assert_int_equal(again.kind, ROW_POINT);
    assert_true(geo_point_equal(again.point, row.point));
    assert_false(again.has_z || again.has_exact || again.has_motion);
    assert_true(again.event_us == 0 && again.expires_us == 0 && again.fields.size == 0);
    buffer_free(&out);
}

static void test_every_part_comes_back(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    struct buffer fields = {.account = &account};
    row_field_put((struct bytes){0}, BYTES_OF("speed"), BYTES_OF("12.5"), &fields);
    const struct row row = {.kind = ROW_POINT,
                            .point = GEO_POINT(-112.1234567, 33.5),
                            .has_exact = true,
                            .lng_deg = -112.12345678912,
                            .lat_deg = 33.5,
                            .has_z = true,
                            .z = 17.25,
                            .event_us = 1700000000000000,
                            .arrival_us = 1700000000100000,
                            .expires_us = 1700000900000000,
                            .has_motion = true,
                            .accuracy_m = 5,
                            .speed_mps = -1,
                            .course_deg = 271,
                            .fields = buffer_bytes(&fields)};
    const struct row again = read_back(&row, &out);
    assert_true(again.has_exact && again.has_z && again.has_motion);
    assert_memory_equal(&again.lng_deg, &row.lng_deg, sizeof(double));
    assert_memory_equal(&again.lat_deg, &row.lat_deg, sizeof(double));
    assert_memory_equal(&again.z, &row.z, sizeof(double));
    assert_memory_equal(&again.accuracy_m, &row.accuracy_m, 3 * sizeof(float));
    assert_int_equal(again.event_us, row.event_us);
    assert_int_equal(again.arrival_us, row.arrival_us);
    assert_int_equal(again.expires_us, row.expires_us);
    assert_true(bytes_equal(again.fields, row.fields));
    buffer_free(&fields);
    buffer_free(&out);
}

static void test_a_box_keeps_its_doubles_and_has_its_middle(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    const struct row row = {.kind = ROW_BOX,
                            .has_exact = true,
                            .box_deg = {179.123456789, -10, -179, 10.5},
                            .box = {.west_e7 = 1791234568,
                                    .south_e7 = -100000000,
                                    .east_e7 = -1790000000,
                                    .north_e7 = 105000000}};
    const struct row again = read_back(&row, &out);
    assert_memory_equal(again.box_deg, row.box_deg, sizeof(row.box_deg));
    assert_memory_equal(&again.box, &row.box, sizeof(row.box));
    assert_true(geo_box_contains(row.box, again.point));
    const struct geo_box box = row_box(&again);
    assert_memory_equal(&box, &row.box, sizeof(box));
    buffer_free(&out);
}

static void test_a_shape_keeps_its_text(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    struct buffer shape = {.account = &account};
    const struct geo_point line[] = {GEO_POINT(1, 2), GEO_POINT(3, 4)};
    shape_add_line(&shape, line, 2);
    const struct row row = {.kind = ROW_GEOJSON,
                            .shape = {.bytes = buffer_bytes(&shape)},
                            .text = BYTES_OF("{\"type\":\"LineString\"}")};
    const struct row again = read_back(&row, &out);
    assert_true(bytes_equal(again.text, row.text));
    assert_true(bytes_equal(again.shape.bytes, row.shape.bytes));
    assert_int_equal(row_box(&again).east_e7, 30000000);
    buffer_free(&shape);
    buffer_free(&out);
}

static void test_a_string_has_no_place(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    const struct row row = {.kind = ROW_STRING, .text = BYTES_OF("hello")};
    const struct row again = read_back(&row, &out);
    assert_int_equal(out.size, 8);
    assert_true(bytes_equal(again.text, row.text));
    assert_true(geo_box_is_empty(row_box(&again)));
    uint8_t scratch[ROW_SCRATCH_SIZE];
    assert_int_equal(row_shape(&again, scratch).bytes.size, 0);
    buffer_free(&out);
}

static void put(struct buffer *fields, const char *name, const char *value)
{
    struct buffer next = {.account = &account};
    row_field_put(buffer_bytes(fields), bytes_from_text(name), bytes_from_text(value), &next);
    buffer_free(fields);
    *fields = next;
}

static void test_fields_are_sorted_replaced_and_deleted_by_zero(void **state)
{
    (void)state;
    struct buffer fields = {.account = &account};
    put(&fields, "speed", "12");
    put(&fields, "age", "\"old\"");
    put(&fields, "type", "{\"a\":1}");
    put(&fields, "speed", "13");
    struct bytes value;
    assert_true(row_field_find(buffer_bytes(&fields), BYTES_OF("speed"), &value));
    assert_true(bytes_equal(value, BYTES_OF("13")));
    assert_false(row_field_find(buffer_bytes(&fields), BYTES_OF("spee"), &value));
    struct bytes rest = buffer_bytes(&fields);
    struct bytes name;
    const char *const names[] = {"age", "speed", "type"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_true(row_field_next(&rest, &name, &value));
        assert_true(bytes_equal(name, bytes_from_text(names[i])));
    }
    assert_false(row_field_next(&rest, &name, &value));
    const char *const zeros[] = {"0", "-0", "0.00", "0e5", "\"\"", ""};
    for (size_t i = 0; i < COUNT_OF(zeros); i++) {
        put(&fields, "x", "1");
        assert_true(row_field_find(buffer_bytes(&fields), BYTES_OF("x"), &value));
        put(&fields, "x", zeros[i]);
        assert_false(row_field_find(buffer_bytes(&fields), BYTES_OF("x"), &value));
    }
    const char *const others[] = {"0.01", "10", "null", "false", "\"0\"", "[]", "-"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        put(&fields, "x", others[i]);
        assert_true(row_field_find(buffer_bytes(&fields), BYTES_OF("x"), &value));
        assert_true(bytes_equal(value, bytes_from_text(others[i])));
    }
    buffer_free(&fields);
}

static void test_refuses_every_cut_and_most_changes(void **state)
{
    (void)state;
    struct buffer out = {.account = &account};
    struct buffer fields = {.account = &account};
    put(&fields, "a", "1");
    put(&fields, "b", "2");
    const struct row row = {.kind = ROW_POINT,
                            .point = GEO_POINT(1, 2),
                            .event_us = 1,
                            .fields = buffer_bytes(&fields)};
    row_write(&row, &out);
    struct row again;
    for (size_t size = 0; size < out.size; size++) {
        const struct bytes cut = {.data = out.data, .size = size};
        assert_int_equal(row_read(cut, &again, NULL), STATUS_CORRUPT);
    }
    for (size_t i = 0; i < out.size * 8; i++) { // it returns, whatever it says
        out.data[i / 8] ^= (uint8_t)(1U << i % 8);
        const enum status status = row_read(buffer_bytes(&out), &again, NULL);
        assert_true(status == STATUS_OK || status == STATUS_CORRUPT);
        out.data[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    buffer_append_u8(&out, 0);
    assert_int_equal(row_read(buffer_bytes(&out), &again, NULL), STATUS_CORRUPT);
    buffer_free(&fields);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bare_point_is_eleven_bytes),
        cmocka_unit_test(test_every_part_comes_back),
        cmocka_unit_test(test_a_box_keeps_its_doubles_and_has_its_middle),
        cmocka_unit_test(test_a_shape_keeps_its_text),
        cmocka_unit_test(test_a_string_has_no_place),
        cmocka_unit_test(test_fields_are_sorted_replaced_and_deleted_by_zero),
        cmocka_unit_test(test_refuses_every_cut_and_most_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
