#include "sys/mapping.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/sys_memory.h"
#include "sys/thread.h"

enum { PAGE = 4096, PAGES = 64 };

// A file of PAGES pages, page i filled with i + 1.
static int file_make(char *path)
{
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    for (unsigned i = 0; i < PAGES; i++) {
        uint8_t page[PAGE];
        memset(page, (int)i + 1, sizeof(page));
        assert_int_equal(write(descriptor, page, sizeof(page)), sizeof(page));
    }
    return descriptor;
}

static uint64_t sum_of(struct bytes bytes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        sum += ((const volatile uint8_t *)bytes.data)[i];
    }
    return sum;
}

static void test_a_file_cut_short_reads_as_zeros_and_poisons_its_mapping_only(void **state)
{
    (void)state;
    char path[] = "/tmp/mapping_test_XXXXXX";
    char other_path[] = "/tmp/mapping_test_XXXXXX";
    const int descriptor = file_make(path);
    const int other_descriptor = file_make(other_path);
    struct mapping mapping;
    struct mapping other;
    struct fault fault;
    assert_int_equal(mapping_open(sys_os(), path, &mapping, &fault), STATUS_OK);
    assert_int_equal(mapping_open(sys_os(), other_path, &other, &fault), STATUS_OK);
    const uint64_t whole = sum_of(mapping_bytes(&mapping));
    assert_int_equal(whole, (uint64_t)PAGE * PAGES * (PAGES + 1) / 2);
    assert_false(mapping_is_poisoned(&mapping));

    assert_int_equal(ftruncate(descriptor, 10 * PAGE + 7), 0);
    assert_int_equal(sum_of(mapping_bytes(&mapping)), (uint64_t)PAGE * 55 + 7 * 11);
    assert_true(mapping_is_poisoned(&mapping));
    assert_int_equal(ftruncate(descriptor, 0), 0);
    assert_int_equal(sum_of(mapping_bytes(&mapping)), 0);

    assert_int_equal(sum_of(mapping_bytes(&other)), whole);
    assert_false(mapping_is_poisoned(&other));
    mapping_close(&mapping);
    mapping_close(&other);
    mapping_close(&other); // twice is once
    (void)close(descriptor);
    (void)close(other_descriptor);
    (void)unlink(path);
    (void)unlink(other_path);
}

static enum status read_all(void *context, size_t index, struct fault *fault)
{
    (void)index;
    (void)fault;
    const struct mapping *const mapping = context;
    for (unsigned round = 0; round < 100; round++) {
        (void)sum_of(mapping_bytes(mapping));
    }
    return STATUS_OK;
}

static void test_readers_on_many_threads_survive_together(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 5; round++) {
        char path[] = "/tmp/mapping_test_XXXXXX";
        const int descriptor = file_make(path);
        struct mapping mapping;
        assert_int_equal(mapping_open(sys_os(), path, &mapping, NULL), STATUS_OK);
        assert_int_equal(ftruncate(descriptor, PAGE), 0);
        assert_int_equal(thread_share(4, 4, read_all, &mapping, NULL), STATUS_OK);
        assert_true(mapping_is_poisoned(&mapping));
        mapping_close(&mapping);
        (void)close(descriptor);
        (void)unlink(path);
    }
}

static void test_a_bus_error_outside_any_mapping_still_ends_the_process(void **state)
{
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        char path[] = "/tmp/mapping_test_XXXXXX";
        const int descriptor = file_make(path);
        struct mapping mapping; // so that the handler is there; then one behind its back
        if (mapping_open(sys_os(), path, &mapping, NULL) != STATUS_OK) {
            _exit(1);
        }
        const void *const data = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, descriptor, 0);
        if (unlink(path) != 0 || ftruncate(descriptor, 0) != 0) {
            _exit(1);
        }
        (void)sum_of((struct bytes){.data = data, .size = PAGE});
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
}

static void test_what_is_no_regular_file_is_refused(void **state)
{
    (void)state;
    struct mapping mapping;
    struct fault fault;
    assert_int_equal(mapping_open(sys_os(), "/tmp", &mapping, &fault), STATUS_UNSUPPORTED);
    assert_string_equal(fault.text, "/tmp is not a regular file");
    assert_int_equal(mapping_open(sys_os(), "/tmp/none/such", &mapping, &fault), STATUS_NOT_FOUND);
    assert_int_equal(mapping_open(sys_os(), "/dev/null", &mapping, &fault), STATUS_UNSUPPORTED);
}

static void test_a_mapping_in_memory_behaves_alike(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    assert_int_equal(file_replace(sys, "/f", BYTES_OF("\1\1\1\1"), NULL), STATUS_OK);
    assert_int_equal(file_replace(sys, "/empty", (struct bytes){0}, NULL), STATUS_OK);
    struct mapping mapping;
    struct mapping empty;
    assert_int_equal(mapping_open(sys, "/f", &mapping, NULL), STATUS_OK);
    assert_int_equal(mapping_open(sys, "/empty", &empty, NULL), STATUS_OK);
    assert_int_equal(mapping_bytes(&empty).size, 0);
    assert_int_equal(sum_of(mapping_bytes(&mapping)), 4);

    SCOPED(file_close) struct file file = {0};
    assert_int_equal(file_open(sys, "/f", SYS_OPEN_WRITE, &file, NULL), STATUS_OK);
    assert_int_equal(sys->truncate(sys, file.descriptor, 1, NULL), STATUS_OK);
    assert_int_equal(sum_of(mapping_bytes(&mapping)), 1);
    assert_true(mapping_is_poisoned(&mapping));
    assert_false(mapping_is_poisoned(&empty));
    mapping_close(&mapping);
    mapping_close(&empty);
    file_close(&file);
    sys_memory_free(memory);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_cut_short_reads_as_zeros_and_poisons_its_mapping_only),
        cmocka_unit_test(test_readers_on_many_threads_survive_together),
        cmocka_unit_test(test_a_bus_error_outside_any_mapping_still_ends_the_process),
        cmocka_unit_test(test_what_is_no_regular_file_is_refused),
        cmocka_unit_test(test_a_mapping_in_memory_behaves_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
