#include "serve/exchange.h"

#include "base/test.h"
#include "sys/sys.h"

static struct memory_account account = {.name = "test"};
static struct ledger_job *submitted; // the last; nobody runs it but the test
static unsigned settled, released, streamed;

static void submit(struct ledger *ledger, struct ledger_job *job)
{
    (void)ledger;
    submitted = job;
}

static struct world world;

static void on_settle(struct session *session)
{
    (void)session;
    settled++;
}

static void on_send(struct session *session, struct bytes bytes)
{
    (void)session;
    streamed += (unsigned)bytes.size;
}

static size_t no_backlog(const struct session *session)
{
    (void)session;
    return 0;
}

static const struct exchange_line line = {
    .settle = on_settle, .send = on_send, .backlog_size = no_backlog, .finish = on_settle};

static enum status decide(struct call *call, struct ledger_turn *turn, struct fault *fault)
{
    (void)turn;
    return call->body.size == 0 ? STATUS_OK : fault_set(fault, STATUS_NO_SPACE, "there are enough");
}

static void answer_done(struct call *call)
{
    buffer_append_text(&call->out, "done");
    call_answer(call, 201);
}

static void on_release(struct call *call)
{
    (void)call;
    released++;
}

static void run_write(struct call *call)
{
    call->release = on_release;
    assert_non_null(call_take(call, 100));
    call_write(call, DURABILITY_DEFAULT, decide, answer_done);
}

static void run_at_once(struct call *call)
{
    buffer_append_text(&call->out, "now");
    call_answer(call, 200);
}

static enum status toil(struct call *call, struct fault *fault)
{
    (void)call;
    (void)fault;
    return STATUS_OK;
}

static void run_work(struct call *call)
{
    call_work(call, toil, answer_done);
}

static void on_stream_closed(struct call *call)
{
    (void)call;
    settled += 100;
}

static const struct call_stream stream = {.closed = on_stream_closed};

static void run_stream(struct call *call)
{
    call_stream(call, &stream, BYTES_OF("head"));
    assert_true(call_stream_send(call, BYTES_OF("more"), 1000));
    assert_false(call_stream_send(call, BYTES_OF("more"), 3)); // eight bytes wait already
}

static struct exchange *begin(const struct route *route, struct session *session,
                              struct workers *workers)
{
    void *extra = NULL;
    world = (struct world){.sys = sys_os(), .account = &account, .submit = submit};
    settled = released = streamed = 0;
    struct exchange *const exchange = exchange_new(&world, 0, &extra);
    assert_non_null(exchange);
    exchange->line = &line;
    exchange->workers = workers;
    exchange->session = session;
    exchange->call.route = route;
    session->pending = exchange;
    exchange_run(exchange);
    return exchange;
}

static void test_answers_at_once_or_after_the_turn(void **state)
{
    (void)state;
    const struct route now = {.run = run_at_once};
    const struct route later = {.run = run_write};
    struct session session = {0};
    struct workers workers = {0};
    struct exchange *exchange = begin(&now, &session, &workers);
    assert_true(exchange->is_answered);
    assert_int_equal(settled, 0); // who called run looks by itself
    exchange_free(exchange);
    exchange = begin(&later, &session, &workers);
    assert_false(exchange->is_answered);
    submitted->status = submitted->run(submitted, NULL, &submitted->fault);
    submitted->answered(submitted);
    assert_true(exchange->is_answered);
    assert_int_equal(exchange->call.status, 201);
    assert_int_equal(settled, 1);
    exchange_free(exchange);
    assert_int_equal(released, 1);
    assert_int_equal(account.used_size, 0);
}

static void test_says_whose_room_is_used_up(void **state)
{
    (void)state;
    const struct route later = {.run = run_write};
    struct session session = {0};
    struct workers workers = {0};
    struct exchange *exchange = begin(&later, &session, &workers);
    exchange->call.body = BYTES_OF("x");
    submitted->status = submitted->run(submitted, NULL, &submitted->fault);
    submitted->answered(submitted);
    assert_int_equal(exchange->call.status, 429); // the job's own refusal: a quota
    exchange_free(exchange);
    exchange = begin(&later, &session, &workers);
    assert_int_equal(submitted->run(submitted, NULL, &submitted->fault), STATUS_OK);
    submitted->status = fault_set(&submitted->fault, STATUS_NO_SPACE, "the disk is full");
    submitted->answered(submitted);
    assert_int_equal(exchange->call.status, 507); // the ledger's
    exchange_free(exchange);
    assert_int_equal(account.used_size, 0);
}

static void test_a_step_of_a_peer_that_is_gone_ends_when_it_comes_back(void **state)
{
    (void)state;
    const struct route later = {.run = run_write};
    struct session session = {0};
    struct workers workers = {0};
    exchange_abandon(begin(&later, &session, &workers));
    assert_int_equal(released, 0); // the ledger still has it
    submitted->status = submitted->run(submitted, NULL, &submitted->fault);
    submitted->answered(submitted);
    assert_int_equal(released, 1);
    assert_int_equal(settled, 0);
    assert_int_equal(account.used_size, 0);
}

static void test_workers_that_have_too_much_to_do_refuse(void **state)
{
    (void)state;
    const struct route work = {.run = run_work};
    struct session session = {0};
    struct workers none = {0};
    struct exchange *const exchange = begin(&work, &session, &none);
    assert_true(exchange->is_answered);
    assert_int_equal(exchange->call.status, 503);
    exchange_free(exchange);
    assert_int_equal(account.used_size, 0);
}

static void test_a_stream_gets_the_connection_with_what_was_said(void **state)
{
    (void)state;
    const struct route route = {.run = run_stream};
    struct session session = {0};
    struct workers workers = {0};
    struct exchange *const exchange = begin(&route, &session, &workers);
    assert_true(exchange->wants_stream);
    assert_int_equal(streamed, 0);
    exchange_open_stream(exchange);
    assert_int_equal(streamed, 8);
    assert_true(call_stream_send(&exchange->call, BYTES_OF("x"), 0));
    assert_int_equal(streamed, 9);
    exchange_abandon(exchange);
    assert_int_equal(settled, 100);
    assert_int_equal(account.used_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_at_once_or_after_the_turn),
        cmocka_unit_test(test_says_whose_room_is_used_up),
        cmocka_unit_test(test_a_step_of_a_peer_that_is_gone_ends_when_it_comes_back),
        cmocka_unit_test(test_workers_that_have_too_much_to_do_refuse),
        cmocka_unit_test(test_a_stream_gets_the_connection_with_what_was_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
