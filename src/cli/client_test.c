#include "cli/client.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/test.h"
#include "sys/thread.h"

// A server that gives one connection after the other its answers, whatever it is asked.
struct server {
    struct thread thread;
    int listener;
    const char *const (*connections)[3]; // answers of each connection, ended by NULL
    size_t count;
};

static void answer_all(void *context)
{
    const struct server *const server = context;
    for (size_t i = 0; i < server->count; i++) {
        const int descriptor = accept(server->listener, NULL, NULL);
        for (const char *const *answer = server->connections[i]; *answer != NULL; answer++) {
            char request[1024];
            if (recv(descriptor, request, sizeof(request), 0) <= 0) {
                break;
            }
            // Byte by byte: the reader must not care how they arrive.
            for (const char *at = *answer; *at != '\0'; at++) {
                (void)send(descriptor, at, 1, MSG_NOSIGNAL);
            }
        }
        (void)close(descriptor);
    }
}

static void server_begin(struct server *server, struct client *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    char url[64];
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(address.sin_port));
    assert_int_equal(client_locate(client, url, NULL), STATUS_OK);
    assert_int_equal(thread_start(&server->thread, "server", answer_all, server, NULL), STATUS_OK);
}

static void server_end(struct server *server)
{
    thread_join(&server->thread);
    assert_int_equal(close(server->listener), 0);
}

static void test_reads_answers_with_a_length_in_chunks_and_to_the_end(void **state)
{
    (void)state;
    static const char *const connections[][3] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
         "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: "
         "chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end"},
    };
    static const struct {
        unsigned code;
        const char *body;
    } expected[] = {{200, "{}"}, {404, "abcd"}, {200, "to the end"}};
    struct memory_account account = {.name = "test"};
    struct client client = {.account = &account};
    struct server server = {.connections = connections, .count = COUNT_OF(connections)};
    SCOPED(buffer_free) struct buffer body = {.account = &account};
    server_begin(&server, &client);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        unsigned code = 0;
        struct fault fault = {0};
        assert_int_equal(client_get(&client, "/", &code, &body, &fault), STATUS_OK);
        assert_int_equal(code, expected[i].code);
        assert_true(bytes_equal(buffer_bytes(&body), bytes_from_text(expected[i].body)));
    }
    client_close(&client);
    server_end(&server);
}

static void test_refuses_what_is_not_http(void **state)
{
    (void)state;
    static const char *const connections[][3] = {
        {"+PONG\r\n"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"},
    };
    static const enum status expected[] = {STATUS_CORRUPT, STATUS_IO};
    struct memory_account account = {.name = "test"};
    struct client client = {.account = &account};
    struct server server = {.connections = connections, .count = COUNT_OF(connections)};
    SCOPED(buffer_free) struct buffer body = {.account = &account};
    server_begin(&server, &client);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        unsigned code = 0;
        assert_int_equal(client_get(&client, "/", &code, &body, NULL), expected[i]);
    }
    client_close(&client);
    server_end(&server);
}

static void test_takes_addresses_apart(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host, *port;
    } cases[] = {
        {"http://localhost", "localhost", "80"},
        {"http://127.0.0.1:7070/v1", "127.0.0.1", "7070"},
        {"http://[::1]:8080", "::1", "8080"},
        {"example.org:81", "example.org", "81"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client client = {0};
        assert_int_equal(client_locate(&client, cases[i].url, NULL), STATUS_OK);
        assert_string_equal(client.host, cases[i].host);
        assert_string_equal(client.port, cases[i].port);
    }
    struct client client = {0};
    assert_int_equal(client_locate(&client, "https://x", NULL), STATUS_UNSUPPORTED);
    assert_int_equal(client_locate(&client, "http://", NULL), STATUS_OUT_OF_RANGE);
    assert_int_equal(client_locate(&client, "http://x:port", NULL), STATUS_OUT_OF_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_answers_with_a_length_in_chunks_and_to_the_end),
        cmocka_unit_test(test_refuses_what_is_not_http),
        cmocka_unit_test(test_takes_addresses_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
