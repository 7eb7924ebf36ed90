#include "sys/stream.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/connection.h"
#include "sys/thread.h"

static struct memory_account account = {.name = "test"};

enum { WAIT_US = 20000000, FLOOD_SIZE = 8 << 20 };

// A server on a thread of its own: sends back what it gets; "flood" is answered with FLOOD_SIZE
// bytes, "bye" with itself and the end.
struct fixture {
    struct loop *loop;
    struct listener *listener;
    struct thread thread;
    struct address address;
    atomic_uint opened, closed, drained;
    atomic_bool should_stop;
    unsigned turns; // begun minus ended
};

static void *on_opened(void *context, struct stream *stream)
{
    struct fixture *const fixture = context;
    (void)atomic_fetch_add(&fixture->opened, 1);
    return stream;
}

// The fixture of the test that runs; a stream is its own peer.
static struct fixture *current;

static void on_received(void *peer, uint8_t *data, size_t size)
{
    struct stream *const stream = peer;
    if (size == 5 && memcmp(data, "flood", 5) == 0) {
        static uint8_t flood[FLOOD_SIZE];
        stream_send(stream, (struct bytes){.data = flood, .size = sizeof(flood)});
        assert_true(stream_backlog_size(stream) > 0);
        return;
    }
    stream_send(stream, (struct bytes){.data = data, .size = size});
    if (size == 3 && memcmp(data, "bye", 3) == 0) {
        stream_finish(stream);
    }
}

static void on_drained(void *peer)
{
    assert_int_equal(stream_backlog_size(peer), 0);
    (void)atomic_fetch_add(&current->drained, 1);
}

static void on_closed(void *peer)
{
    (void)peer;
    (void)atomic_fetch_add(&current->closed, 1);
}

static const struct stream_events events = {
    .opened = on_opened, .received = on_received, .drained = on_drained, .closed = on_closed};

static void on_begin(void *context)
{
    struct fixture *const fixture = context;
    assert_int_equal(fixture->turns++, 0);
}

static void on_end(void *context)
{
    struct fixture *const fixture = context;
    assert_int_equal(--fixture->turns, 0);
}

static void on_tick(void *context)
{
    (void)context;
}

static void on_call(void *context)
{
    struct fixture *const fixture = context;
    if (atomic_load(&fixture->should_stop)) {
        listener_close(fixture->listener);
        loop_stop(fixture->loop);
    }
}

static const struct loop_events loop_events = {
    .begins = on_begin, .ends = on_end, .ticks = on_tick, .called = on_call};

static void run(void *context)
{
    struct fixture *const fixture = context;
    loop_run(fixture->loop);
}

static void fixture_open(struct fixture *fixture, unsigned capacity)
{
    const struct listener_options options = {
        .capacity = capacity, .events = &events, .context = fixture};
    *fixture = (struct fixture){0};
    current = fixture;
    assert_int_equal(address_parse("127.0.0.1:0", "test", &fixture->address, NULL), STATUS_OK);
    assert_int_equal(loop_new(&account, &loop_events, fixture, &fixture->loop, NULL), STATUS_OK);
    assert_int_equal(
        listener_open(fixture->loop, &fixture->address, &options, &fixture->listener, NULL),
        STATUS_OK);
    assert_int_equal(thread_start(&fixture->thread, "loop", run, fixture, NULL), STATUS_OK);
}

// All clients have hung up before.
static void fixture_close(struct fixture *fixture)
{
    for (unsigned i = 0; i < 2000 && fixture->closed != fixture->opened; i++) {
        (void)usleep(10000);
    }
    assert_int_equal(fixture->closed, fixture->opened);
    atomic_store(&fixture->should_stop, true);
    loop_call(fixture->loop);
    thread_join(&fixture->thread);
    loop_free(fixture->loop);
    assert_int_equal(account.used_size, 0);
}

static void dial(const struct fixture *fixture, struct connection *client)
{
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", address_port(&fixture->address));
    assert_int_equal(connection_open("127.0.0.1", port, WAIT_US, client, NULL), STATUS_OK);
}

// Receives exactly `size` bytes, or fewer when the server ends before.
static size_t receive(struct connection *client, char *data, size_t size)
{
    size_t total = 0;
    size_t got = 1;
    while (total < size && got != 0) {
        assert_int_equal(connection_receive(client, data + total, size - total, &got, NULL),
                         STATUS_OK);
        total += got;
    }
    return total;
}

static void assert_echo(struct connection *client, const char *text)
{
    char got[64];
    assert_int_equal(connection_send(client, bytes_from_text(text), NULL), STATUS_OK);
    assert_int_equal(receive(client, got, strlen(text)), strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void test_sends_back_what_it_gets(void **state)
{
    (void)state;
    struct fixture fixture;
    struct connection one SCOPED(connection_close) = {0};
    struct connection two SCOPED(connection_close) = {0};
    fixture_open(&fixture, 8);
    dial(&fixture, &one);
    dial(&fixture, &two);
    assert_echo(&one, "hello");
    assert_echo(&two, "world");
    assert_echo(&one, "again");
    connection_close(&one);
    connection_close(&two);
    fixture_close(&fixture);
}

static void test_keeps_what_the_peer_has_not_taken(void **state)
{
    (void)state;
    static char got[FLOOD_SIZE];
    struct fixture fixture;
    struct connection client SCOPED(connection_close) = {0};
    fixture_open(&fixture, 8);
    dial(&fixture, &client);
    assert_int_equal(connection_send(&client, BYTES_OF("flood"), NULL), STATUS_OK);
    assert_int_equal(receive(&client, got, sizeof(got)), sizeof(got));
    assert_echo(&client, "after");
    assert_int_equal(fixture.drained, 1);
    connection_close(&client);
    fixture_close(&fixture);
}

static void test_ends_when_everything_is_said(void **state)
{
    (void)state;
    char got[8];
    struct fixture fixture;
    struct connection client SCOPED(connection_close) = {0};
    fixture_open(&fixture, 8);
    dial(&fixture, &client);
    assert_echo(&client, "bye");
    // Too late: thrown away, and no reset that would overtake the answer.
    assert_int_equal(connection_send(&client, BYTES_OF("more"), NULL), STATUS_OK);
    assert_int_equal(receive(&client, got, sizeof(got)), 0);
    connection_close(&client);
    fixture_close(&fixture);
}

static void test_lets_who_finds_no_room_wait(void **state)
{
    (void)state;
    struct fixture fixture;
    struct connection first SCOPED(connection_close) = {0};
    struct connection second SCOPED(connection_close) = {0};
    struct connection third SCOPED(connection_close) = {0};
    fixture_open(&fixture, 1);
    dial(&fixture, &first);
    assert_echo(&first, "one");
    dial(&fixture, &second);
    dial(&fixture, &third);
    assert_int_equal(fixture.opened, 1);
    connection_close(&first);
    assert_echo(&second, "two");
    connection_close(&second);
    assert_echo(&third, "three");
    connection_close(&third);
    fixture_close(&fixture);
}

static void test_says_that_a_port_is_taken(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, 1);
    assert_int_equal(listener_probe(&fixture.address, NULL), STATUS_BUSY);
    fixture_close(&fixture);
    assert_int_equal(listener_probe(&fixture.address, NULL), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sends_back_what_it_gets),
        cmocka_unit_test(test_keeps_what_the_peer_has_not_taken),
        cmocka_unit_test(test_ends_when_everything_is_said),
        cmocka_unit_test(test_lets_who_finds_no_room_wait),
        cmocka_unit_test(test_says_that_a_port_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
