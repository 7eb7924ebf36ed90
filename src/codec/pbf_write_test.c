#include "codec/pbf_write.h"

#include "base/test.h"

struct written {
    struct memory_account account;
    struct buffer file;
    enum status refusal; // what the sink answers
};

static enum status file_append(void *context, struct bytes blob, struct fault *fault)
{
    struct written *const written = context;
    if (written->refusal != STATUS_OK) {
        return fault_set(fault, written->refusal, "the disk is full");
    }
    buffer_append_bytes(&written->file, blob);
    return buffer_status(&written->file);
}

static struct pbf_writer *open_over(struct written *written, bool has_stamps)
{
    written->account.name = "test";
    written->file.account = &written->account;
    const struct pbf_write_options options = {
        .account = &written->account,
        .level = 6,
        .has_stamps = has_stamps,
        .sink = file_append,
        .context = written,
    };
    struct pbf_writer *writer = NULL;
    assert_int_equal(pbf_writer_open(&options, &writer, NULL), STATUS_OK);
    const struct pbf_write_header header = {.west_e7 = -10,
                                            .south_e7 = -20,
                                            .east_e7 = 30,
                                            .north_e7 = 40,
                                            .program = "test",
                                            .source = "made up",
                                            .data_time_s = 1767225600};
    pbf_writer_header(writer, &header);
    return writer;
}

static void close_over(struct written *written, struct pbf_writer *writer)
{
    pbf_writer_close(writer);
    buffer_free(&written->file);
    assert_true(atomic_load(&written->account.used_size) == 0);
}

// Takes the next blob off the front of the file.
static enum pbf_blob_type blob_next(struct pbf_decoder *decoder, struct reader *file,
                                    struct bytes *content)
{
    size_t size = 0; // big-endian
    for (unsigned i = 0; i < 4; i++) {
        size = size << 8 | reader_u8(file);
    }
    struct pbf_blob_header header;
    assert_int_equal(pbf_blob_header_decode(reader_take(file, size), &header, NULL), STATUS_OK);
    assert_int_equal(pbf_blob_decode(decoder, reader_take(file, header.size), content, NULL),
                     STATUS_OK);
    assert_false(file->overrun);
    return header.type;
}

enum { NODES = 20000, WAYS = 9000, RELATIONS = 10 };

static int64_t node_id(unsigned index)
{
    return (int64_t)index * 3 - 1000;
}

static void write_all(struct pbf_writer *writer)
{
    const struct pbf_write_stamp stamp = {.version = 2,
                                          .time_s = 1500000000,
                                          .changeset = 7,
                                          .user_id = 3,
                                          .user = BYTES_OF("someone")};
    pbf_writer_stamp(writer, &stamp);
    char value[24];
    for (unsigned i = 0; i < NODES; i++) {
        (void)snprintf(value, sizeof(value), "%u", i % 5000);
        const struct pbf_write_tag tags[] = {{BYTES_OF("n"), bytes_from_text(value)},
                                             {BYTES_OF("empty"), BYTES_OF("")}};
        pbf_writer_node(writer, node_id(i), (int32_t)i * 1000 - 5, 900000000 - (int32_t)i, tags,
                        i % 3);
    }
    for (unsigned i = 0; i < WAYS; i++) {
        const int64_t nodes[] = {node_id(i), node_id(i + 1), node_id(0)};
        const struct pbf_write_tag tag = {BYTES_OF("highway"), BYTES_OF("residential")};
        pbf_writer_way(writer, i + 1, nodes, i % 4, &tag, i % 2);
    }
    for (unsigned i = 0; i < RELATIONS; i++) {
        const struct pbf_write_member members[] = {{PBF_WAY, i + 1, BYTES_OF("outer")},
                                                   {PBF_NODE, node_id(i), BYTES_OF("")},
                                                   {PBF_RELATION, 1, BYTES_OF("sub")}};
        const struct pbf_write_tag tag = {BYTES_OF("type"), BYTES_OF("boundary")};
        pbf_writer_relation(writer, i + 1, members, 3, &tag, 1);
    }
}

static struct bytes text_at(const struct pbf_cursor *cursor, uint32_t index)
{
    return cursor->block->strings[index];
}

static void check_node(struct pbf_cursor *cursor, struct pbf_object *node, unsigned index)
{
    assert_true(node->id == node_id(index) && node->has_point);
    assert_int_equal(node->lng_e7, (int32_t)index * 1000 - 5);
    assert_int_equal(node->lat_e7, 900000000 - (int32_t)index);
    uint32_t key;
    uint32_t value;
    unsigned count = 0;
    while (pbf_tag_next(cursor, node, &key, &value)) {
        char expected[24] = "";
        if (count == 0) {
            (void)snprintf(expected, sizeof(expected), "%u", index % 5000);
        }
        assert_true(bytes_equal(text_at(cursor, key), bytes_from_text(count == 0 ? "n" : "empty")));
        assert_true(bytes_equal(text_at(cursor, value), bytes_from_text(expected)));
        count++;
    }
    assert_int_equal(count, index % 3);
}

static void check_way(struct pbf_cursor *cursor, struct pbf_object *way, unsigned index)
{
    assert_true(way->id == index + 1);
    const int64_t nodes[] = {node_id(index), node_id(index + 1), node_id(0)};
    int64_t node;
    unsigned count = 0;
    while (pbf_reference_next(cursor, way, &node)) {
        assert_true(count < 3 && node == nodes[count]);
        count++;
    }
    assert_int_equal(count, index % 4);
}

static void check_relation(struct pbf_cursor *cursor, struct pbf_object *relation, unsigned index)
{
    assert_true(relation->id == index + 1);
    struct pbf_member member;
    assert_true(pbf_member_next(cursor, relation, &member));
    assert_true(member.kind == PBF_WAY && member.id == index + 1 &&
                bytes_equal(member.role, BYTES_OF("outer")));
    assert_true(pbf_member_next(cursor, relation, &member));
    assert_true(member.kind == PBF_NODE && member.id == node_id(index) && member.role.size == 0);
    assert_true(pbf_member_next(cursor, relation, &member));
    assert_true(member.kind == PBF_RELATION && member.id == 1);
    assert_false(pbf_member_next(cursor, relation, &member));
}

static void check_file(struct written *written)
{
    struct pbf_decoder decoder = {.account = &written->account};
    struct reader file = {.rest = buffer_bytes(&written->file)};
    struct bytes content;
    assert_int_equal(blob_next(&decoder, &file, &content), PBF_BLOB_HEADER);
    struct pbf_header header;
    assert_int_equal(pbf_header_decode(content, &header, NULL), STATUS_OK);
    assert_true(header.is_sorted && header.data_time_s == 1767225600);

    unsigned counts[3] = {0};
    while (file.rest.size > 0) {
        assert_int_equal(blob_next(&decoder, &file, &content), PBF_BLOB_DATA);
        struct pbf_block block;
        assert_int_equal(pbf_block_open(&decoder, content, &block, NULL), STATUS_OK);
        struct pbf_cursor cursor = pbf_cursor_over(&block);
        for (struct pbf_object object; pbf_cursor_next(&cursor, &object);) {
            const unsigned index = counts[object.kind]++;
            if (object.kind == PBF_NODE) {
                check_node(&cursor, &object, index);
            } else if (object.kind == PBF_WAY) {
                check_way(&cursor, &object, index);
            } else {
                check_relation(&cursor, &object, index);
            }
        }
        assert_int_equal(pbf_cursor_status(&cursor, NULL), STATUS_OK);
    }
    assert_int_equal(counts[PBF_NODE], NODES);
    assert_int_equal(counts[PBF_WAY], WAYS);
    assert_int_equal(counts[PBF_RELATION], RELATIONS);
    pbf_decoder_close(&decoder);
}

static void test_what_is_written_is_read_back(void **state)
{
    (void)state;
    for (unsigned has_stamps = 0; has_stamps < 2; has_stamps++) {
        struct written written = {0};
        struct pbf_writer *const writer = open_over(&written, has_stamps == 1);
        write_all(writer);
        assert_int_equal(pbf_writer_finish(writer, NULL), STATUS_OK);
        assert_true(pbf_writer_size(writer) == written.file.size);
        check_file(&written);
        close_over(&written, writer);
    }
}

static void test_a_refusal_latches_and_is_told(void **state)
{
    (void)state;
    struct written written = {0};
    struct pbf_writer *const writer = open_over(&written, false);
    written.refusal = STATUS_IO;
    write_all(writer);
    written.refusal = STATUS_OK;
    struct fault fault = {0};
    assert_int_equal(pbf_writer_finish(writer, &fault), STATUS_IO);
    assert_string_equal(fault.text, "the disk is full");
    close_over(&written, writer);
}

static void test_a_full_account_is_no_memory(void **state)
{
    (void)state;
    for (size_t limit = 100; limit < 400000; limit += limit / 3) {
        struct written written = {0};
        struct memory_account small = {.name = "small", .limit_size = limit};
        written.file.account = &written.account;
        const struct pbf_write_options options = {
            .account = &small, .level = 1, .sink = file_append, .context = &written};
        struct pbf_writer *writer = NULL;
        if (pbf_writer_open(&options, &writer, NULL) == STATUS_OK) {
            write_all(writer);
            assert_int_equal(pbf_writer_finish(writer, NULL), STATUS_NO_MEMORY);
        }
        pbf_writer_close(writer);
        buffer_free(&written.file);
        assert_true(atomic_load(&small.used_size) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read_back),
        cmocka_unit_test(test_a_refusal_latches_and_is_told),
        cmocka_unit_test(test_a_full_account_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
