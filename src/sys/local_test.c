#include "sys/local.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/thread.h"

static char path[64];

static void echo(void *context)
{
    struct local_listener *const listener = context;
    int peer = -1;
    while (local_accept(listener, &peer, NULL) == STATUS_OK) {
        char line[32];
        struct fault fault = {0};
        const enum status status = local_receive(peer, false, line, sizeof(line), &fault);
        status_ignore(local_send(peer, status == STATUS_OK ? line : fault.text, NULL), "a test");
        local_hang_up(peer);
    }
}

static void assert_answer(const char *sent, const char *expected)
{
    int peer = -1;
    char line[128];
    assert_int_equal(local_connect(path, &peer, NULL), STATUS_OK);
    assert_int_equal(local_send(peer, sent, NULL), STATUS_OK);
    assert_int_equal(local_receive(peer, true, line, sizeof(line), NULL), STATUS_OK);
    assert_string_equal(line, expected);
    local_hang_up(peer);
}

static void test_passes_lines_between_threads(void **state)
{
    (void)state;
    struct local_listener listener;
    struct thread thread = {0};
    assert_int_equal(local_listen(path, &listener, NULL), STATUS_OK);
    struct stat stat_of_socket;
    assert_int_equal(stat(path, &stat_of_socket), 0);
    assert_int_equal(stat_of_socket.st_mode & 0777, 0600);
    assert_int_equal(thread_start(&thread, "echo", echo, &listener, NULL), STATUS_OK);
    assert_answer("publish a b", "publish a b");
    assert_answer("0123456789012345678901234567890123", "the line is longer than 31 bytes");

    struct local_listener second;
    assert_int_equal(local_listen(path, &second, NULL), STATUS_BUSY);

    local_stop(&listener);
    thread_join(&thread);
    local_close(&listener);
    int peer = -1;
    assert_int_equal(local_connect(path, &peer, NULL), STATUS_NOT_FOUND);
}

static void test_takes_the_place_of_a_dead_server_only(void **state)
{
    (void)state;
    struct local_listener dead;
    assert_int_equal(local_listen(path, &dead, NULL), STATUS_OK);
    (void)close(dead.descriptor); // as a killed process leaves it
    struct local_listener next;
    assert_int_equal(local_listen(path, &next, NULL), STATUS_OK);
    local_close(&next);
    (void)close(dead.wake[0]);
    (void)close(dead.wake[1]);

    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(local_listen(path, &next, NULL), STATUS_BUSY);
    (void)unlink(path);
}

static void test_refuses_paths_that_do_not_fit(void **state)
{
    (void)state;
    char long_path[200];
    memset(long_path, 'a', sizeof(long_path));
    long_path[199] = '\0';
    int peer = -1;
    assert_int_equal(local_connect(long_path, &peer, NULL), STATUS_OUT_OF_RANGE);
    assert_int_equal(local_connect("", &peer, NULL), STATUS_OUT_OF_RANGE);
}

int main(void)
{
    (void)snprintf(path, sizeof(path), "/tmp/rhumb-local-test-%d", (int)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes_lines_between_threads),
        cmocka_unit_test(test_takes_the_place_of_a_dead_server_only),
        cmocka_unit_test(test_refuses_paths_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
