#include "sys/connection.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/test.h"

// Listens on a free port of loopback; writes the port as text.
static int listen_somewhere(char *port, size_t size)
{
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t address_size = sizeof(address);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, address_size), 0);
    assert_int_equal(listen(descriptor, 1), 0);
    assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &address_size), 0);
    (void)snprintf(port, size, "%u", ntohs(address.sin_port));
    return descriptor;
}

static void test_carries_bytes_both_ways_and_tells_the_end(void **state)
{
    (void)state;
    char port[8];
    const int listener = listen_somewhere(port, sizeof(port));
    SCOPED(connection_close) struct connection connection = {0};
    struct fault fault = {0};
    assert_int_equal(connection_open("127.0.0.1", port, 1000000, &connection, &fault), STATUS_OK);
    const int server = accept(listener, NULL, NULL);
    assert_int_equal(connection_send(&connection, BYTES_OF("ping"), &fault), STATUS_OK);
    char heard[8] = {0};
    assert_int_equal(recv(server, heard, sizeof(heard), 0), 4);
    assert_int_equal(send(server, heard, 4, 0), 4);
    size_t got = 0;
    assert_int_equal(connection_receive(&connection, heard, sizeof(heard), &got, &fault),
                     STATUS_OK);
    assert_int_equal(got, 4);
    assert_int_equal(close(server), 0);
    assert_int_equal(connection_receive(&connection, heard, sizeof(heard), &got, &fault),
                     STATUS_OK);
    assert_int_equal(got, 0);
    assert_int_equal(close(listener), 0);
}

static void test_gives_up_when_the_other_side_is_silent(void **state)
{
    (void)state;
    char port[8];
    const int listener = listen_somewhere(port, sizeof(port));
    SCOPED(connection_close) struct connection connection = {0};
    struct fault fault = {0};
    assert_int_equal(connection_open("127.0.0.1", port, 20000, &connection, &fault), STATUS_OK);
    char heard[8];
    size_t got = 0;
    assert_int_equal(connection_receive(&connection, heard, sizeof(heard), &got, &fault),
                     STATUS_IO);
    assert_non_null(strstr(fault.text, "did not answer within 20 ms"));
    assert_int_equal(close(listener), 0);
}

static void test_says_when_nobody_listens(void **state)
{
    (void)state;
    char port[8];
    const int listener = listen_somewhere(port, sizeof(port));
    assert_int_equal(close(listener), 0);
    SCOPED(connection_close) struct connection connection = {0};
    struct fault fault = {0};
    assert_int_equal(connection_open("127.0.0.1", port, 1000000, &connection, &fault), STATUS_IO);
    assert_non_null(strstr(fault.text, "Connection refused"));
    assert_false(connection.is_open);
    assert_int_equal(connection_open_local("/nonexistent/socket", 1000000, &connection, &fault),
                     STATUS_NOT_FOUND);
    assert_false(connection.is_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carries_bytes_both_ways_and_tells_the_end),
        cmocka_unit_test(test_gives_up_when_the_other_side_is_silent),
        cmocka_unit_test(test_says_when_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
