#include "archive/archive.h"

#include <string.h>
#include <unistd.h>

#include "archive/archive_write.h"
#include "base/test.h"

#define KIND_NAMES ARCHIVE_KIND('N', 'A', 'M', 'E')
#define KIND_CELLS ARCHIVE_KIND('C', 'E', 'L', 'L')

static struct memory_account account = {.name = "test"};

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    char path[] = "/tmp/archive_test_XXXXXX";
    close(mkstemp(path));
    struct archive_writer *writer;
    struct fault fault;
    const uint64_t cells[] = {1, 2, 3};
    assert_int_equal(archive_writer_open(sys_os(), &account, path, &writer, &fault), STATUS_OK);
    assert_int_equal(archive_writer_section(writer, KIND_NAMES, 1, &fault), STATUS_OK);
    assert_int_equal(archive_writer_append(writer, "vaduz", 5, &fault), STATUS_OK);
    assert_int_equal(archive_writer_section(writer, KIND_CELLS, 8, &fault), STATUS_OK);
    assert_int_equal(archive_writer_append(writer, cells, sizeof(cells), &fault), STATUS_OK);
    assert_int_equal(archive_writer_position(writer), sizeof(cells));
    assert_int_equal(archive_writer_commit(writer, &fault), STATUS_OK);
    archive_writer_close(writer);

    struct archive *archive;
    assert_int_equal(archive_open(sys_os(), &account, path, &archive, &fault), STATUS_OK);
    assert_int_equal(archive_section_count(archive), 2);
    assert_true(bytes_equal(archive_section(archive, KIND_NAMES), BYTES_OF("vaduz")));
    const struct archive_items items = archive_section_items(archive, KIND_CELLS, 8);
    assert_int_equal(items.count, 3);
    assert_memory_equal(items.data, cells, sizeof(cells));
    assert_null(archive_section_items(archive, KIND_CELLS, 4).data);
    assert_false(archive_is_stamped(archive, 1));
    assert_int_equal(archive_check(archive, &fault), STATUS_OK);
    assert_int_equal(archive_stamp(archive, 1, &fault), STATUS_OK);
    assert_true(archive_is_stamped(archive, 1));
    assert_false(archive_is_stamped(archive, 2));
    archive_close(archive);
    assert_int_equal(account.used_size, 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
