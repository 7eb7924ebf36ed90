#include "archive/archive.h"

#include <assert.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive_private.h"
#include "archive/archive_seal.h"
#include "archive/archive_write.h"
#include "base/test.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

#define KIND_NAMES ARCHIVE_KIND('N', 'A', 'M', 'E')
#define KIND_CELLS ARCHIVE_KIND('C', 'E', 'L', 'L')
#define KIND_EMPTY ARCHIVE_KIND('N', 'O', 'N', 'E')
#define KIND_NOTES ARCHIVE_KIND('N', 'O', 'T', 'E')

static struct memory_account account = {.name = "test"};

// The small archive of formats/archive.md.
static enum status sections_write(struct archive_writer *writer, struct fault *fault)
{
    const uint64_t cells[] = {1, 2, UINT64_C(0x0807060504030201)};
    TRY(archive_writer_section(writer, KIND_NAMES, 1, fault));
    TRY(archive_writer_append(writer, "vad", 3, fault));
    TRY(archive_writer_append(writer, "uz", 2, fault));
    TRY(archive_writer_section(writer, KIND_CELLS, 8, fault));
    TRY(archive_writer_append(writer, cells, sizeof(cells), fault));
    assert(archive_writer_position(writer) == sizeof(cells));
    TRY(archive_writer_section(writer, KIND_EMPTY, 4, fault));
    return archive_writer_section_with(
        writer,
        &(struct archive_section_options){
            .kind = KIND_NOTES, .item_size = 2, .version = 3, .is_optional = true},
        fault);
}

static void writer_release(struct archive_writer **writer)
{
    archive_writer_close(*writer);
}

static enum status archive_make(const struct sys *sys, const char *path, struct fault *fault)
{
    SCOPED(writer_release) struct archive_writer *writer = NULL;
    TRY(archive_writer_open(sys, &account, path, &writer, fault));
    TRY(sections_write(writer, fault));
    return archive_writer_commit(writer, fault);
}

static struct sys_memory *memory_make(void)
{
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    return memory;
}

static void memory_end(struct sys_memory *memory)
{
    sys_memory_free(memory);
    assert_int_equal(account.used_size, 0);
}

static struct archive *open_ok(const struct sys *sys, const char *path)
{
    struct archive *archive;
    struct fault fault = {0};
    if (archive_open(sys, &account, path, &archive, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    return archive;
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
    struct archive *const archive = open_ok(sys, "/a");
    assert_int_equal(archive_section_count(archive), 4);
    assert_true(bytes_equal(archive_section(archive, KIND_NAMES), BYTES_OF("vaduz")));

    const struct archive_items items = archive_section_items(archive, KIND_CELLS, 8);
    assert_int_equal(items.count, 3);
    assert_int_equal(((const uint64_t *)items.data)[2], UINT64_C(0x0807060504030201));
    assert_null(archive_section_items(archive, KIND_CELLS, 4).data);
    assert_null(archive_section(archive, ARCHIVE_KIND('E', 'L', 'S', 'E')).data);
    assert_int_equal(archive_section(archive, KIND_EMPTY).size, 0);

    const struct archive_section_info info = archive_section_at(archive, 3);
    assert_string_equal(info.name, "NOTE");
    assert_int_equal(info.version, 3);
    assert_false(info.is_required);
    assert_true(archive_section_at(archive, 0).is_required);
    assert_int_equal(archive_describe(archive).major, ARCHIVE_VERSION_MAJOR);
    assert_string_equal(archive_describe(archive).path, "/a");
    assert_int_equal(archive_check(archive, NULL), STATUS_OK);
    archive_close(archive);
    memory_end(memory);
}

static void test_the_same_calls_give_the_same_bytes_however_they_are_cut(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20 };
    struct dice dice = test_dice();
    uint8_t *const content = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        content[i] = (uint8_t)dice_u64(&dice);
    }
    struct buffer first = {.account = &account};
    for (unsigned round = 0; round < 5; round++) {
        struct sys_memory *const memory = memory_make();
        const struct sys *const sys = sys_memory_table(memory);
        struct archive_writer *writer;
        assert_int_equal(archive_writer_open(sys, &account, "/a", &writer, NULL), STATUS_OK);
        assert_int_equal(archive_writer_section(writer, KIND_NAMES, 1, NULL), STATUS_OK);
        const uint64_t piece_max = round == 0 ? SIZE : 1 + dice_below(&dice, SIZE);
        for (size_t at = 0; at < SIZE;) {
            const size_t piece = round == 0 ? SIZE : (size_t)dice_below(&dice, piece_max);
            const size_t taken = piece < SIZE - at ? piece : SIZE - at;
            assert_int_equal(archive_writer_append(writer, content + at, taken, NULL), STATUS_OK);
            at += taken;
        }
        assert_int_equal(archive_writer_commit(writer, NULL), STATUS_OK);
        archive_writer_close(writer);
        struct buffer image = {.account = &account};
        assert_int_equal(file_read_whole(sys, "/a", SIZE_MAX / 2, &image, NULL), STATUS_OK);
        if (round == 0) {
            first = image;
        } else {
            assert_true(bytes_equal(buffer_bytes(&first), buffer_bytes(&image)));
            buffer_free(&image);
        }
        sys_memory_free(memory);
    }
    buffer_free(&first);
    free(content);
    assert_int_equal(account.used_size, 0);
}

static void test_a_spool_becomes_a_section(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    struct spool *spool;
    struct archive_writer *writer;
    assert_int_equal(spool_new(sys, &account, "/", &spool, NULL), STATUS_OK);
    for (uint32_t i = 0; i < 200000; i++) {
        assert_int_equal(spool_append(spool, &i, sizeof(i), NULL), STATUS_OK);
    }
    assert_int_equal(archive_writer_open(sys, &account, "/a", &writer, NULL), STATUS_OK);
    assert_int_equal(archive_writer_section(writer, KIND_CELLS, 4, NULL), STATUS_OK);
    assert_int_equal(archive_writer_append_spool(writer, spool, NULL), STATUS_OK);
    assert_int_equal(archive_writer_commit(writer, NULL), STATUS_OK);
    archive_writer_close(writer);
    spool_free(spool);

    struct archive *const archive = open_ok(sys, "/a");
    const struct archive_items items = archive_section_items(archive, KIND_CELLS, 4);
    assert_int_equal(items.count, 200000);
    for (uint32_t i = 0; i < 200000; i++) {
        assert_int_equal(((const uint32_t *)items.data)[i], i);
    }
    archive_close(archive);
    memory_end(memory);
}

static void test_an_archive_of_no_sections_is_one(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    struct archive_writer *writer;
    assert_int_equal(archive_writer_open(sys, &account, "/a", &writer, NULL), STATUS_OK);
    assert_int_equal(archive_writer_commit(writer, NULL), STATUS_OK);
    archive_writer_close(writer);
    struct archive *const archive = open_ok(sys, "/a");
    assert_int_equal(archive_describe(archive).size, 64);
    assert_int_equal(archive_section_count(archive), 0);
    assert_int_equal(archive_check(archive, NULL), STATUS_OK);
    archive_close(archive);
    memory_end(memory);
}

static void test_a_folder_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct archive_writer *writer;
    struct fault fault;
    assert_int_equal(archive_writer_open(sys_os(), &account, "/none/such/a", &writer, &fault),
                     STATUS_NOT_FOUND);
    assert_int_equal(strncmp(fault.text, "cannot write /none/such/a: ", 27), 0);
    assert_int_equal(account.used_size, 0);
}

static void test_without_a_commit_nothing_is_left(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    struct archive_writer *writer;
    assert_int_equal(archive_writer_open(sys, &account, "/a", &writer, NULL), STATUS_OK);
    assert_int_equal(sections_write(writer, NULL), STATUS_OK);
    archive_writer_close(writer);
    assert_int_equal(sys_memory_file_count(memory), 0);
    memory_end(memory);
}

// Whatever call fails and wherever the power goes, the old archive or the new one is there, whole.
static void test_every_failure_leaves_the_old_archive_or_the_new_one(void **state)
{
    (void)state;
    for (uint64_t call = 1;; call++) {
        struct sys_memory *const memory = memory_make();
        const struct sys *const sys = sys_memory_table(memory);
        assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
        sys_memory_fail_at(memory, call);
        struct fault fault = {0};
        const enum status status = archive_make(sys, "/a", &fault);
        const bool has_failed = sys_memory_has_failed(memory);
        assert_int_equal(status, has_failed ? STATUS_IO : STATUS_OK);
        sys_memory_fail_at(memory, 0);
        assert_int_equal(sys_memory_file_count(memory), 1);
        sys_memory_crash(memory);
        struct archive *const archive = open_ok(sys, "/a");
        assert_int_equal(archive_check(archive, NULL), STATUS_OK);
        archive_close(archive);
        memory_end(memory);
        if (!has_failed) {
            assert_true(call > 6);
            return;
        }
    }
}

// An archive of 64 KiB with a table, text, padding and an empty section.
static size_t image_make(uint8_t *image, size_t capacity)
{
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    struct dice dice = {.state = 7};
    struct archive_writer *writer;
    assert_int_equal(archive_writer_open(sys, &account, "/a", &writer, NULL), STATUS_OK);
    assert_int_equal(sections_write(writer, NULL), STATUS_OK);
    for (unsigned i = 0; i < 6; i++) {
        const uint32_t kind = ARCHIVE_KIND('B', 'L', 'K', '0' + i);
        assert_int_equal(archive_writer_section(writer, kind, 1, NULL), STATUS_OK);
        for (unsigned at = 0; at < (i == 5 ? 11800 : 10607); at++) {
            const uint8_t byte = (uint8_t)dice_u64(&dice);
            assert_int_equal(archive_writer_append(writer, &byte, 1, NULL), STATUS_OK);
        }
    }
    assert_int_equal(archive_writer_commit(writer, NULL), STATUS_OK);
    archive_writer_close(writer);
    SCOPED(file_close) struct file file = {0};
    size_t size;
    assert_int_equal(file_open(sys, "/a", SYS_OPEN_READ, &file, NULL), STATUS_OK);
    assert_int_equal(file_read_some(&file, image, capacity, 0, &size, NULL), STATUS_OK);
    file_close(&file);
    memory_end(memory);
    return size;
}

enum { IMAGE_CAPACITY = 80 << 10 };

static enum status image_check(struct bytes image, struct fault *fault)
{
    struct archive *archive;
    TRY(archive_open_bytes(&account, image, "image", &archive, fault));
    const enum status status = archive_check(archive, fault);
    archive_close(archive);
    return status;
}

static void test_every_flipped_bit_of_64_KiB_is_a_clear_error(void **state)
{
    (void)state;
    uint8_t *const image = malloc(IMAGE_CAPACITY);
    const size_t size = image_make(image, IMAGE_CAPACITY);
    assert_in_range(size, 64 << 10, 66 << 10);
    assert_int_equal(image_check((struct bytes){image, size}, NULL), STATUS_OK);
    unsigned caught = 0;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        image[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct fault fault;
        fault.text[0] = '\0';
        const enum status status = image_check((struct bytes){image, size}, &fault);
        caught += status == STATUS_CORRUPT && strncmp(fault.text, "image is ", 9) == 0;
        image[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(caught, 8 * size);
    free(image);
    assert_int_equal(account.used_size, 0);
}

static void test_every_truncation_is_a_clear_error(void **state)
{
    (void)state;
    uint8_t *const image = malloc(IMAGE_CAPACITY);
    const size_t size = image_make(image, IMAGE_CAPACITY);
    for (size_t cut = 0; cut < size; cut++) {
        // An exact copy at first and last, so that the sanitizer sees a read past the end.
        const bool is_exact = cut < 300 || size - cut < 700;
        uint8_t *const copy = is_exact ? malloc(cut + 1) : image;
        if (is_exact) {
            memcpy(copy, image, cut);
        }
        struct fault fault = {0};
        assert_int_equal(image_check((struct bytes){copy, cut}, &fault), STATUS_CORRUPT);
        assert_non_null(strstr(fault.text, "rhumb build"));
        if (is_exact) {
            free(copy);
        }
    }
    image[size] = 0;
    assert_int_equal(image_check((struct bytes){image, size + 1}, NULL), STATUS_CORRUPT);
    free(image);
    assert_int_equal(account.used_size, 0);
}

// Behind the checksums: flips of header and table with all checksums made right again either fail
// or change nothing that leads outside.
static void test_flips_of_header_and_table_with_right_checksums_stay_inside(void **state)
{
    (void)state;
    uint8_t *const image = malloc(IMAGE_CAPACITY);
    uint8_t *const copy = malloc(IMAGE_CAPACITY);
    const size_t size = image_make(image, IMAGE_CAPACITY);
    const size_t table_begin = size - 10 * 40;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        if (bit / 8 >= 64 && bit / 8 < table_begin) {
            continue;
        }
        memcpy(copy, image, size);
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct archive *archive;
        if (archive_seal(copy, size) && archive_open_bytes(&account, (struct bytes){copy, size},
                                                           "image", &archive, NULL) == STATUS_OK) {
            for (size_t i = 0; i < archive_section_count(archive); i++) {
                const struct archive_section_info info = archive_section_at(archive, i);
                assert_true(info.offset >= 64 && info.offset + info.size <= table_begin);
                assert_true(info.size == info.item_count * info.item_size);
            }
            archive_close(archive);
        }
    }
    free(copy);
    free(image);
    assert_int_equal(account.used_size, 0);
}

// The small archive's table, of 40-byte entries, is at 192.
enum { SMALL_SIZE = 352, SMALL_TABLE = 192 };

static enum status changed_small_open(size_t offset, const void *data, size_t size,
                                      struct fault *fault)
{
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    uint8_t image[SMALL_SIZE];
    assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
    {
        SCOPED(file_close) struct file file = {0};
        assert_int_equal(file_open(sys, "/a", SYS_OPEN_READ, &file, NULL), STATUS_OK);
        assert_int_equal(file_read_at(&file, image, sizeof(image), 0, NULL), STATUS_OK);
    }
    memory_end(memory);
    memcpy(image + offset, data, size);
    assert_true(archive_seal(image, sizeof(image)));
    return image_check((struct bytes){image, sizeof(image)}, fault);
}

static void test_a_table_that_contradicts_itself_is_refused_behind_right_checksums(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(changed_small_open(SMALL_TABLE, "NAME", 4, &fault), STATUS_OK);

    // The same kind twice: first and second, third and fourth.
    assert_int_equal(changed_small_open(SMALL_TABLE + 40, "NAME", 4, &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "the section table contradicts itself"));
    assert_int_equal(changed_small_open(SMALL_TABLE + 120, "NONE", 4, &fault), STATUS_CORRUPT);

    // A count so large that the end of the section wraps round to where the next one begins.
    const uint64_t wrapping = UINT64_C(0) - 63;
    const uint64_t second_offset = 64;
    uint8_t entries[72];
    memcpy(entries, "NAME\0\0\1\0\1\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0", 24);
    memcpy(entries + 24, &wrapping, 8);
    memcpy(entries + 32, "\0\0\0\0\0\0\0\0CELL\0\0\1\0\1\0\0\0\0\0\0\0", 24);
    memcpy(entries + 56, &second_offset, 8);
    memcpy(entries + 64, "\x80\0\0\0\0\0\0\0", 8);
    assert_int_equal(changed_small_open(SMALL_TABLE, entries, sizeof(entries), &fault),
                     STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "the section table contradicts itself"));

    // Items of no size; unknown flags; the unused field; count * size beyond 64 bits.
    const uint8_t zero = 0;
    const uint8_t three = 3;
    const uint64_t many = UINT64_C(1) << 61;
    assert_int_equal(changed_small_open(SMALL_TABLE + 8, &zero, 1, &fault), STATUS_CORRUPT);
    assert_int_equal(changed_small_open(SMALL_TABLE + 6, &three, 1, &fault), STATUS_CORRUPT);
    assert_int_equal(changed_small_open(SMALL_TABLE + 12, &three, 1, &fault), STATUS_CORRUPT);
    assert_int_equal(changed_small_open(SMALL_TABLE + 40 + 24, &many, 8, &fault), STATUS_CORRUPT);
}

// Headers with a right root over a table that lies elsewhere than at the end. With the last, the size
// minus the offset wraps round to nine entries.
static void test_a_table_out_of_place_is_refused(void **state)
{
    (void)state;
    const struct {
        uint32_t section_count;
        uint64_t table_offset;
    } cases[] = {{4, SMALL_TABLE + 40}, {4, SMALL_TABLE - 40}, {3, SMALL_TABLE},
                 {5, SMALL_TABLE},      {0, SMALL_SIZE + 1},   {4, UINT64_MAX},
                 {9, UINT64_C(0) - 8}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *const image = calloc(1, SMALL_SIZE);
        struct archive_header header = {.major = 1,
                                        .file_size = SMALL_SIZE,
                                        .section_count = cases[i].section_count,
                                        .table_offset = cases[i].table_offset};
        archive_header_encode(&header, image);
        struct fault fault;
        assert_int_equal(image_check((struct bytes){image, SMALL_SIZE}, &fault), STATUS_CORRUPT);
        assert_non_null(strstr(fault.text, "the section table is out of place"));
        free(image);
    }
    assert_int_equal(account.used_size, 0);
}

static void test_as_many_sections_as_allowed_open_and_one_more_does_not(void **state)
{
    (void)state;
    enum { MOST = 4096 };
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    struct archive_writer *writer;
    assert_int_equal(archive_writer_open(sys, &account, "/a", &writer, NULL), STATUS_OK);
    for (uint32_t kind = 1; kind <= MOST; kind++) {
        assert_int_equal(archive_writer_section(writer, kind, 1, NULL), STATUS_OK);
    }
    assert_int_equal(archive_writer_commit(writer, NULL), STATUS_OK);
    archive_writer_close(writer);
    struct archive *const archive = open_ok(sys, "/a");
    assert_int_equal(archive_section_count(archive), MOST);
    assert_int_equal(archive_check(archive, NULL), STATUS_OK);
    archive_close(archive);

    SCOPED(buffer_free) struct buffer image = {.account = &account};
    assert_int_equal(file_read_whole(sys, "/a", 1 << 20, &image, NULL), STATUS_OK);
    image.data[12] = 1; // 4097
    assert_false(archive_seal(image.data, image.size));
    struct archive_header header = archive_header_decode(image.data);
    archive_header_encode(&header, image.data);
    struct fault fault;
    assert_int_equal(image_check(buffer_bytes(&image), &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "more sections than an archive may have"));
    buffer_free(&image);
    memory_end(memory);
}

static void test_sealing_around_one_byte_is_sealing_when_only_it_changed(void **state)
{
    (void)state;
    uint8_t *const image = malloc(IMAGE_CAPACITY);
    uint8_t *const copy = malloc(IMAGE_CAPACITY);
    const size_t size = image_make(image, IMAGE_CAPACITY);
    for (size_t at = 0; at < size - 400; at += 61) {
        memcpy(copy, image, size);
        copy[at] ^= 0x10;
        image[at] ^= 0x10;
        assert_int_equal(archive_seal(copy, size), archive_seal_around(image, size, at));
        assert_memory_equal(copy, image, size);
        image[at] ^= 0x10;
        (void)archive_seal_around(image, size, at);
    }
    assert_false(archive_seal(image, 63));
    free(copy);
    free(image);
}

static void test_padding_that_is_not_zero_is_found_behind_right_checksums(void **state)
{
    (void)state;
    uint8_t *const image = malloc(IMAGE_CAPACITY);
    const size_t size = image_make(image, IMAGE_CAPACITY);
    struct fault fault;
    image[64 + 5] = 1; // "vaduz" ends here
    assert_true(archive_seal(image, size));
    assert_int_equal(image_check((struct bytes){image, size}, &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "there are bytes after section NAME"));
    image[64 + 5] = 0;
    image[64] = 'V';
    assert_int_equal(image_check((struct bytes){image, size}, &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "section NAME does not match its checksum"));
    assert_true(archive_seal(image, size));
    assert_int_equal(image_check((struct bytes){image, size}, &fault), STATUS_OK);
    free(image);
}

static void test_the_stamp_binds_file_root_and_version_of_the_checks(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
    struct archive *archive = open_ok(sys, "/a");
    assert_false(archive_is_stamped(archive, 1));
    assert_int_equal(archive_check(archive, NULL), STATUS_OK);
    assert_int_equal(archive_stamp(archive, 1, NULL), STATUS_OK);
    assert_true(archive_is_stamped(archive, 1));
    assert_false(archive_is_stamped(archive, 2));
    archive_close(archive);
    archive = open_ok(sys, "/a");
    assert_true(archive_is_stamped(archive, 1));
    archive_close(archive);

    // The same bytes written again are another file.
    sys_memory_pass(memory, 1000000);
    assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
    archive = open_ok(sys, "/a");
    assert_false(archive_is_stamped(archive, 1));
    archive_close(archive);
    memory_end(memory);
}

static void test_a_file_that_changed_while_it_was_checked_gets_no_stamp(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
    struct archive *const archive = open_ok(sys, "/a");
    const int64_t begun_us = sys_monotonic_us(sys);
    assert_int_equal(archive_check(archive, NULL), STATUS_OK);
    assert_true(sys_monotonic_us(sys) - begun_us >= 10000); // past the tick of the file's ctime

    SCOPED(file_close) struct file file = {0};
    assert_int_equal(file_open(sys, "/a", SYS_OPEN_WRITE, &file, NULL), STATUS_OK);
    assert_int_equal(file_write_at(&file, "V", 1, 64, NULL), STATUS_OK);
    struct fault fault;
    assert_int_equal(archive_stamp(archive, 1, &fault), STATUS_CORRUPT);
    assert_false(archive_is_stamped(archive, 1));
    archive_close(archive);
    file_close(&file);
    memory_end(memory);
}

// The real system: a folder of our own.
struct folder {
    char path[64];
    char file[80];
    char stamp[96];
};

static void folder_make(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/archive_test_XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    (void)snprintf(folder->file, sizeof(folder->file), "%s/a", folder->path);
    (void)snprintf(folder->stamp, sizeof(folder->stamp), "%s/.a.stamp", folder->path);
    struct fault fault = {0};
    if (archive_make(sys_os(), folder->file, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
}

static void folder_remove(const struct folder *folder)
{
    (void)unlink(folder->file);
    (void)unlink(folder->stamp);
    assert_int_equal(rmdir(folder->path), 0); // nothing else was left in it
}

static void test_a_stamp_counts_only_when_nobody_else_may_write_it(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    struct archive *const archive = open_ok(sys_os(), folder.file);
    assert_int_equal(archive_check(archive, NULL), STATUS_OK);
    assert_int_equal(archive_stamp(archive, 1, NULL), STATUS_OK);
    assert_true(archive_is_stamped(archive, 1));
    assert_int_equal(chmod(folder.stamp, 0666), 0);
    assert_false(archive_is_stamped(archive, 1));
    assert_int_equal(chmod(folder.stamp, 0644), 0);
    assert_true(archive_is_stamped(archive, 1));
    archive_close(archive);
    folder_remove(&folder);
}

// A folder that cannot be written is one where some call of writing the stamp fails.
static void test_where_no_stamp_can_be_written_there_is_simply_none(void **state)
{
    (void)state;
    for (uint64_t call = 1;; call++) {
        struct sys_memory *const memory = memory_make();
        const struct sys *const sys = sys_memory_table(memory);
        assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
        struct archive *const archive = open_ok(sys, "/a");
        assert_int_equal(archive_check(archive, NULL), STATUS_OK);
        sys_memory_fail_at(memory, call);
        const enum status status = archive_stamp(archive, 1, NULL);
        const bool has_failed = sys_memory_has_failed(memory);
        assert_int_equal(status, call == 1 ? STATUS_IO : STATUS_OK); // the first looks at the file
        sys_memory_fail_at(memory, 0);
        assert_true(has_failed || archive_is_stamped(archive, 1));
        assert_int_equal(sys_memory_file_count(memory), 1U + archive_is_stamped(archive, 1));
        archive_close(archive);
        memory_end(memory);
        if (!has_failed) {
            assert_true(call > 4);
            return;
        }
    }
}

static void test_a_touched_file_loses_its_stamp(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    struct archive *archive = open_ok(sys_os(), folder.file);
    assert_int_equal(archive_check(archive, NULL), STATUS_OK);
    assert_int_equal(archive_stamp(archive, 1, NULL), STATUS_OK);
    archive_close(archive);
    assert_int_equal(chmod(folder.file, 0640), 0); // the ctime alone
    archive = open_ok(sys_os(), folder.file);
    assert_false(archive_is_stamped(archive, 1));
    archive_close(archive);
    folder_remove(&folder);
}

static void test_a_file_cut_short_is_an_error_and_not_a_crash(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    {
        struct archive_writer *writer;
        assert_int_equal(archive_writer_open(sys_os(), &account, folder.file, &writer, NULL),
                         STATUS_OK);
        assert_int_equal(archive_writer_section(writer, KIND_CELLS, 8, NULL), STATUS_OK);
        for (uint64_t i = 1; i <= 100000; i++) {
            assert_int_equal(archive_writer_append(writer, &i, 8, NULL), STATUS_OK);
        }
        assert_int_equal(archive_writer_commit(writer, NULL), STATUS_OK);
        archive_writer_close(writer);
    }
    struct archive *const archive = open_ok(sys_os(), folder.file);
    const struct archive_items items = archive_section_items(archive, KIND_CELLS, 8);
    const volatile uint64_t *const cells = items.data;
    assert_int_equal(truncate(folder.file, 4096), 0);
    assert_int_equal(cells[0], 1);
    assert_false(archive_is_poisoned(archive));
    assert_int_equal(cells[99999], 0);
    assert_true(archive_is_poisoned(archive));
    struct fault fault;
    assert_int_equal(archive_check(archive, &fault), STATUS_CORRUPT);
    assert_int_equal(archive_stamp(archive, 1, &fault), STATUS_CORRUPT);
    archive_close(archive);

    struct archive *again;
    assert_int_equal(archive_open(sys_os(), &account, folder.file, &again, &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "it has 4096 bytes and should have"));
    folder_remove(&folder);
    assert_int_equal(account.used_size, 0);
}

static void test_hot_sections_can_be_locked(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    struct archive *const archive = open_ok(sys_os(), folder.file);
    const uint32_t kinds[] = {KIND_NAMES, KIND_CELLS, KIND_EMPTY, ARCHIVE_KIND('?', '?', '?', '?')};
    const uint64_t locked_size = archive_lock(archive, kinds, COUNT_OF(kinds));
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    const bool may_lock = geteuid() == 0 || limit.rlim_cur >= 64 << 10;
    assert_int_equal(locked_size, may_lock ? 29 : 0);
    archive_close(archive);
    folder_remove(&folder);
}

static void test_expecting_tells_new_from_damaged(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
    struct archive *const archive = open_ok(sys, "/a");
    struct fault fault;
    struct archive_known known[] = {{KIND_NAMES, 1, 0, true},
                                    {KIND_CELLS, 8, 0, true},
                                    {KIND_EMPTY, 4, 0, false},
                                    {KIND_NOTES, 2, 3, false},
                                    {ARCHIVE_KIND('E', 'L', 'S', 'E'), 1, 0, false}};
    assert_int_equal(archive_expect(archive, known, 5, &fault), STATUS_OK);
    assert_int_equal(archive_expect(archive, known, 3, &fault), STATUS_OK); // NOTE is optional
    assert_int_equal(archive_expect(archive, known, 2, &fault), STATUS_UNSUPPORTED);
    assert_non_null(strstr(fault.text, "section NONE, version 0, which this rhumb does not know"));
    assert_non_null(strstr(fault.text, "rhumb build -o /a INPUT"));
    known[3].version = 2;
    assert_int_equal(archive_expect(archive, known, 5, &fault), STATUS_UNSUPPORTED);
    known[3].version = 4;
    known[1].item_size = 4;
    assert_int_equal(archive_expect(archive, known, 5, &fault), STATUS_CORRUPT);
    known[1].item_size = 8;
    known[4].is_needed = true;
    assert_int_equal(archive_expect(archive, known, 5, &fault), STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "section ELSE is missing"));
    archive_close(archive);
    memory_end(memory);
}

static void test_a_full_account_is_no_memory_and_leaks_nothing(void **state)
{
    (void)state;
    struct sys_memory *const memory = memory_make();
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(archive_make(sys, "/a", NULL), STATUS_OK);
    bool is_opened = false;
    for (size_t limit = 1; !is_opened; limit += 40) {
        struct memory_account small = {.name = "small", .limit_size = limit};
        struct archive *archive;
        const enum status status = archive_open(sys, &small, "/a", &archive, NULL);
        is_opened = status == STATUS_OK;
        assert_true(is_opened || status == STATUS_NO_MEMORY);
        if (is_opened) {
            archive_close(archive);
        }
        assert_int_equal(small.used_size, 0);
    }
    memory_end(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_the_same_calls_give_the_same_bytes_however_they_are_cut),
        cmocka_unit_test(test_a_spool_becomes_a_section),
        cmocka_unit_test(test_an_archive_of_no_sections_is_one),
        cmocka_unit_test(test_a_folder_that_is_not_there_is_named),
        cmocka_unit_test(test_without_a_commit_nothing_is_left),
        cmocka_unit_test(test_every_failure_leaves_the_old_archive_or_the_new_one),
        cmocka_unit_test(test_every_flipped_bit_of_64_KiB_is_a_clear_error),
        cmocka_unit_test(test_every_truncation_is_a_clear_error),
        cmocka_unit_test(test_flips_of_header_and_table_with_right_checksums_stay_inside),
        cmocka_unit_test(test_a_table_that_contradicts_itself_is_refused_behind_right_checksums),
        cmocka_unit_test(test_a_table_out_of_place_is_refused),
        cmocka_unit_test(test_as_many_sections_as_allowed_open_and_one_more_does_not),
        cmocka_unit_test(test_sealing_around_one_byte_is_sealing_when_only_it_changed),
        cmocka_unit_test(test_padding_that_is_not_zero_is_found_behind_right_checksums),
        cmocka_unit_test(test_the_stamp_binds_file_root_and_version_of_the_checks),
        cmocka_unit_test(test_a_file_that_changed_while_it_was_checked_gets_no_stamp),
        cmocka_unit_test(test_a_stamp_counts_only_when_nobody_else_may_write_it),
        cmocka_unit_test(test_where_no_stamp_can_be_written_there_is_simply_none),
        cmocka_unit_test(test_a_touched_file_loses_its_stamp),
        cmocka_unit_test(test_a_file_cut_short_is_an_error_and_not_a_crash),
        cmocka_unit_test(test_hot_sections_can_be_locked),
        cmocka_unit_test(test_expecting_tells_new_from_damaged),
        cmocka_unit_test(test_a_full_account_is_no_memory_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
