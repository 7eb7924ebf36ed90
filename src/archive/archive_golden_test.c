// The bytes of each version, as files and as the dump in formats/archive.md.
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "archive/archive_write.h"
#include "base/test.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

#define GOLDEN "tests/golden/archive/"

static struct memory_account account = {.name = "test"};

static const struct archive_known known[] = {{ARCHIVE_KIND('N', 'A', 'M', 'E'), 1, 0, true},
                                             {ARCHIVE_KIND('C', 'E', 'L', 'L'), 8, 0, true},
                                             {ARCHIVE_KIND('N', 'O', 'N', 'E'), 4, 0, false},
                                             {ARCHIVE_KIND('N', 'O', 'T', 'E'), 2, 3, false}};

static struct buffer file_content(const struct sys *sys, const char *path)
{
    struct buffer content = {.account = &account};
    struct fault fault;
    if (file_read_whole(sys, path, 1 << 20, &content, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return content;
}

static void test_the_writer_still_writes_the_golden_bytes(void **state)
{
    (void)state;
    struct sys_memory *memory;
    struct archive_writer *writer;
    const uint64_t cells[] = {1, 2, UINT64_C(0x0807060504030201)};
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(archive_writer_open(sys, &account, "/a", &writer, NULL), STATUS_OK);
    assert_int_equal(archive_writer_section(writer, known[0].kind, 1, NULL), STATUS_OK);
    assert_int_equal(archive_writer_append(writer, "vaduz", 5, NULL), STATUS_OK);
    assert_int_equal(archive_writer_section(writer, known[1].kind, 8, NULL), STATUS_OK);
    assert_int_equal(archive_writer_append(writer, cells, sizeof(cells), NULL), STATUS_OK);
    assert_int_equal(archive_writer_section(writer, known[2].kind, 4, NULL), STATUS_OK);
    const struct archive_section_options note = {
        .kind = known[3].kind, .item_size = 2, .version = 3, .is_optional = true};
    assert_int_equal(archive_writer_section_with(writer, &note, NULL), STATUS_OK);
    assert_int_equal(archive_writer_commit(writer, NULL), STATUS_OK);
    archive_writer_close(writer);

    struct buffer written = file_content(sys, "/a");
    struct buffer golden = file_content(sys_os(), GOLDEN "version_1_0.rhumb");
    assert_true(bytes_equal(buffer_bytes(&written), buffer_bytes(&golden)));
    buffer_free(&written);
    buffer_free(&golden);
    sys_memory_free(memory);
}

// The bytes of a line "OFFSET xx xx …" of the dump.
static size_t dump_line_parse(const char *line, uint8_t bytes[16])
{
    char *rest;
    (void)strtoul(line, &rest, 16);
    size_t count = 0;
    while (*rest == ' ' && count < 16) {
        bytes[count++] = (uint8_t)strtoul(rest, &rest, 16);
    }
    return count;
}

static void test_the_dump_in_the_format_document_is_the_golden_file(void **state)
{
    (void)state;
    struct buffer golden = file_content(sys_os(), GOLDEN "version_1_0.rhumb");
    struct buffer document = file_content(sys_os(), "formats/archive.md");
    buffer_append_u8(&document, '\0');
    const char *line = strstr((const char *)document.data, "\n00000000 ");
    assert_non_null(line);
    size_t offset = 0;
    for (line++; strncmp(line, "```", 3) != 0; line = strchr(line, '\n') + 1) {
        uint8_t bytes[16];
        const size_t count = dump_line_parse(line, bytes);
        assert_true(count != 0 && offset + count <= golden.size);
        assert_memory_equal(bytes, golden.data + offset, count);
        offset += count;
    }
    assert_int_equal(offset, golden.size);
    buffer_free(&golden);
    buffer_free(&document);
}

static enum status golden_read(const char *path, struct fault *fault)
{
    struct archive *archive;
    TRY(archive_open(sys_os(), &account, path, &archive, fault));
    enum status status = archive_expect(archive, known, COUNT_OF(known), fault);
    if (status == STATUS_OK) {
        status = archive_check(archive, fault);
    }
    archive_close(archive);
    return status;
}

static void test_each_version_opens_or_says_what_mends_it(void **state)
{
    (void)state;
    const struct {
        const char *path;
        enum status status;
        const char *text;
    } cases[] = {
        {GOLDEN "version_1_0.rhumb", STATUS_OK, ""},
        {GOLDEN "newer_minor_unknown_optional.rhumb", STATUS_OK, ""},
        {GOLDEN "newer_minor_unknown_required.rhumb", STATUS_UNSUPPORTED,
         GOLDEN "newer_minor_unknown_required.rhumb needs a reader of its section XTRA, version 0, "
                "which this rhumb does not know; use the rhumb that wrote it, or build it again "
                "with this one: rhumb build -o " GOLDEN "newer_minor_unknown_required.rhumb "
                "INPUT..."},
        {GOLDEN "too_new.rhumb", STATUS_UNSUPPORTED,
         GOLDEN "too_new.rhumb is of archive version 2.0, newer than the 1.0 this rhumb reads; use "
                "the rhumb that wrote it, or build it again with this one: rhumb build -o " GOLDEN
                "too_new.rhumb INPUT..."},
        {GOLDEN "too_old.rhumb", STATUS_UNSUPPORTED,
         GOLDEN "too_old.rhumb is of archive version 0.9, older than the 1.0 this rhumb still "
                "reads; build it again: rhumb build -o " GOLDEN "too_old.rhumb INPUT..."},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fault fault = {0};
        assert_int_equal(golden_read(cases[i].path, &fault), cases[i].status);
        assert_string_equal(fault.text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_writer_still_writes_the_golden_bytes),
        cmocka_unit_test(test_the_dump_in_the_format_document_is_the_golden_file),
        cmocka_unit_test(test_each_version_opens_or_says_what_mends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
