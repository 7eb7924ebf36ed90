// Replication: states as places publish them, and a folder of changes.
#include "cli/replication.h"

#include "base/test.h"
#include "sys/sys_memory.h"

static struct memory_account account = {.name = "test"};

static void test_states_are_read(void **state)
{
    (void)state;
    struct replication_state read;
    assert_true(
        replication_state_parse(BYTES_OF("#Thu Oct 28 20:25:00 UTC 2021\r\nsequenceNumber=3134\r\n"
                                         "timestamp=2021-10-28T20\\:21\\:09Z\r\n"),
                                &read));
    assert_int_equal(read.sequence, 3134);
    assert_int_equal(read.time_s, 1635452469);
    static const char *const wrong[] = {
        "",
        "sequenceNumber=3134\n",
        "sequenceNumber=x\ntimestamp=2021-10-28T20\\:21\\:09Z\n",
        "sequenceNumber=-1\ntimestamp=2021-10-28T20\\:21\\:09Z\n",
        "sequenceNumber=1000000000\ntimestamp=2021-10-28T20\\:21\\:09Z\n",
        "sequenceNumber=1\ntimestamp=yesterday\n",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(replication_state_parse(bytes_from_text(wrong[i]), &read));
    }
}

static void file_put(const struct sys *sys, const char *path, const char *text)
{
    int descriptor;
    assert_int_equal(sys->open(sys, path, SYS_OPEN_CREATE, &descriptor, NULL), STATUS_OK);
    assert_int_equal(sys->write_at(sys, descriptor, text, strlen(text), 0, NULL), STATUS_OK);
    sys->close(sys, descriptor);
}

static void test_a_folder_is_a_place(void **state)
{
    (void)state;
    struct sys_memory *memory;
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    static const char *const folders[] = {"/r", "/r/000", "/r/000/003"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        assert_int_equal(sys->make_directory(sys, folders[i], NULL), STATUS_OK);
    }
    file_put(sys, "/r/state.txt", "sequenceNumber=3134\ntimestamp=2021-10-28T20\\:21\\:09Z\n");
    file_put(sys, "/r/000/003/134.state.txt",
             "sequenceNumber=3135\ntimestamp=2021-10-28T20\\:21\\:09Z\n");
    file_put(sys, "/r/000/003/134.osc.gz", "<osmChange/>");

    struct replication replication;
    struct replication_state read;
    struct buffer file SCOPED(buffer_free) = {.account = &account};
    char name[REPLICATION_NAME_SIZE];
    struct fault fault;
    assert_int_equal(replication_open(sys, &account, "/r/", &replication, &fault), STATUS_OK);
    assert_int_equal(replication_last(&replication, &read, &fault), STATUS_OK);
    assert_int_equal(read.sequence, 3134);
    assert_int_equal(replication_state_of(&replication, 3134, &read, &fault), STATUS_CORRUPT);
    assert_int_equal(replication_state_of(&replication, 3, &read, &fault), STATUS_NOT_FOUND);
    assert_int_equal(replication_changes(&replication, 3134, &file, name, &fault), STATUS_OK);
    assert_string_equal(name, "000/003/134.osc.gz");
    assert_int_equal(file.size, 12);
    assert_int_equal(replication_changes(&replication, 3135, &file, name, &fault),
                     STATUS_NOT_FOUND);
    replication_close(&replication);
    sys_memory_free(memory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_are_read),
        cmocka_unit_test(test_a_folder_is_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
