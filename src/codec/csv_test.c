#include "codec/csv.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

// Rows as "a|b\n" after `text` was read in one piece.
static void read_all(const char *text, struct buffer *out)
{
    struct buffer scratch SCOPED(buffer_free) = {.account = &account};
    struct bytes rest = bytes_from_text(text);
    static struct csv_row row;
    size_t used = 0;
    enum csv_step step;
    buffer_clear(out);
    while ((step = csv_read(rest, true, ',', &scratch, &row, &used)) == CSV_ROW) {
        for (unsigned i = 0; i < row.count; i++) {
            buffer_append_text(out, i == 0 ? "" : "|");
            buffer_append_bytes(out, row.fields[i]);
        }
        buffer_append_text(out, "\n");
        rest.data += used;
        rest.size -= used;
    }
    buffer_append_text(out, step == CSV_END ? "" : "broken");
}

static void assert_rows(const char *text, const char *wanted)
{
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    read_all(text, &out);
    buffer_append_u8(&out, 0);
    assert_string_equal((const char *)out.data, wanted);
}

static void test_reads_rows(void **state)
{
    (void)state;
    assert_rows("a,b\r\nc,\n", "a|b\nc|\n");
    assert_rows("a\rb", "a\nb\n");
    assert_rows("\n\na\n\n", "a\n");
    assert_rows(",\n", "|\n");
    assert_rows("", "");
    assert_rows("a,\"b,\"\"c\"\"\nd\",e", "a|b,\"c\"\nd|e\n");
    assert_rows("\"\",x\n", "|x\n");
    assert_rows("a\"b,\"c\"d\n", "a\"b|cd\n");
    assert_rows("\"open\n", "broken");
}

static void test_asks_for_more_until_a_row_is_whole(void **state)
{
    (void)state;
    static const char text[] = "1,\"a \"\"b\"\"\",x\r\n2,c,\"d\"\r\n";
    struct buffer scratch SCOPED(buffer_free) = {.account = &account};
    static struct csv_row row;
    size_t used = 0;
    for (size_t size = 0; size < 16; size++) {
        assert_int_equal(csv_read((struct bytes){(const uint8_t *)text, size}, false, ',', &scratch,
                                  &row, &used),
                         size < 15 ? CSV_MORE : CSV_ROW);
    }
    assert_int_equal(used, 15);
    assert_int_equal(row.count, 3);
    assert_true(bytes_equal(row.fields[1], BYTES_OF("a \"b\"")));
}

static void test_refuses_more_columns_than_there_is_room_for(void **state)
{
    (void)state;
    struct buffer text SCOPED(buffer_free) = {.account = &account};
    struct buffer scratch SCOPED(buffer_free) = {.account = &account};
    static struct csv_row row;
    size_t used = 0;
    for (unsigned i = 0; i + 1 < CSV_COLUMNS_MAX; i++) {
        buffer_append_text(&text, ",");
    }
    assert_int_equal(csv_read(buffer_bytes(&text), true, ',', &scratch, &row, &used), CSV_ROW);
    assert_int_equal(row.count, CSV_COLUMNS_MAX);
    buffer_append_text(&text, ",");
    assert_int_equal(csv_read(buffer_bytes(&text), true, ',', &scratch, &row, &used), CSV_BROKEN);
}

static void test_finds_delimiters_and_columns(void **state)
{
    (void)state;
    struct buffer scratch SCOPED(buffer_free) = {.account = &account};
    static struct csv_row row;
    size_t used = 0;
    assert_int_equal(csv_delimiter(BYTES_OF("from;to;\"a,b,c,d\"\n1,2,3,4")), ';');
    assert_int_equal(csv_delimiter(BYTES_OF("a\tb")), '\t');
    assert_int_equal(csv_delimiter(BYTES_OF("alone")), ',');
    assert_int_equal(csv_read(BYTES_OF("LON,Lat"), true, ',', &scratch, &row, &used), CSV_ROW);
    assert_int_equal(csv_column(&row, "lat"), 1);
    assert_int_equal(csv_column(&row, "la"), -1);
}

static void test_writes_what_it_reads(void **state)
{
    (void)state;
    static const char *const fields[] = {"plain", "with,comma", "with \"quotes\"", "two\nlines",
                                         ""};
    struct buffer text SCOPED(buffer_free) = {.account = &account};
    struct buffer scratch SCOPED(buffer_free) = {.account = &account};
    static struct csv_row row;
    size_t used = 0;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        buffer_append_text(&text, i == 0 ? "" : ",");
        csv_write(&text, ',', bytes_from_text(fields[i]));
    }
    assert_int_equal(csv_read(buffer_bytes(&text), true, ',', &scratch, &row, &used), CSV_ROW);
    assert_int_equal(row.count, COUNT_OF(fields));
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        assert_true(bytes_equal(row.fields[i], bytes_from_text(fields[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_rows),
        cmocka_unit_test(test_asks_for_more_until_a_row_is_whole),
        cmocka_unit_test(test_refuses_more_columns_than_there_is_room_for),
        cmocka_unit_test(test_finds_delimiters_and_columns),
        cmocka_unit_test(test_writes_what_it_reads),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
