#include "ledger/ledger.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/test.h"
#include "sys/clock.h"
#include "sys/sys_memory.h"

static struct memory_account account = {.name = "test"};

// A stage that owns one number, kept as a row.
struct counter {
    uint64_t working, published, publishes, undone, dues, loads;
    _Atomic int64_t deadline_us;
};

static void counter_publish(void *context, const struct ledger_turn *turn)
{
    struct counter *const counter = context;
    (void)turn;
    counter->published = counter->working;
    counter->publishes++;
}

static void counter_undo(void *context)
{
    struct counter *const counter = context;
    counter->working = counter->published;
    counter->undone++;
}

static int64_t counter_deadline_us(void *context)
{
    return atomic_load(&((struct counter *)context)->deadline_us);
}

static void counter_due(void *context, struct ledger_turn *turn)
{
    struct counter *const counter = context;
    turn_delete(turn, TABLE_TIMER, BYTES_OF("timer"));
    counter->dues++;
    atomic_store(&counter->deadline_us, INT64_MAX);
}

static enum status counter_loaded(void *context, struct fault *fault)
{
    (void)fault;
    ((struct counter *)context)->loads++;
    return STATUS_OK;
}

// A submitter's thread: the mailbox its answers come to.
struct home {
    struct mailbox mailbox;
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool is_rung;
    unsigned answered;
    uint64_t order_wrong, next;
};

static void home_wake(void *context)
{
    struct home *const home = context;
    (void)pthread_mutex_lock(&home->lock);
    home->is_rung = true;
    (void)pthread_cond_signal(&home->rung);
    (void)pthread_mutex_unlock(&home->lock);
}

static void home_begin(struct home *home)
{
    memset(home, 0, sizeof(*home));
    (void)pthread_mutex_init(&home->lock, NULL);
    (void)pthread_cond_init(&home->rung, NULL);
    mailbox_begin(&home->mailbox, home_wake, home);
}

static void home_wait(struct home *home, unsigned answers)
{
    while (home->answered < answers) {
        (void)pthread_mutex_lock(&home->lock);
        while (!home->is_rung) {
            (void)pthread_cond_wait(&home->rung, &home->lock);
        }
        home->is_rung = false;
        (void)pthread_mutex_unlock(&home->lock);
        (void)mailbox_deliver(&home->mailbox, SIZE_MAX);
    }
}

struct add {
    struct ledger_job job; // first
    struct counter *counter;
    struct home *home;
    uint64_t amount, number;
    enum status wanted;
};

static enum status add_run(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    struct add *const add = (struct add *)job;
    if (add->wanted != STATUS_OK) {
        turn_put(turn, TABLE_META, BYTES_OF("never"), BYTES_OF("seen"));
        return fault_set(fault, add->wanted, "asked to fail");
    }
    if (add->amount != 0) {
        add->counter->working += add->amount;
        uint8_t *const room = turn_put_in_place(turn, TABLE_META, BYTES_OF("count"), 8);
        assert_non_null(room);
        memcpy(room, &add->counter->working, 8);
    }
    return STATUS_OK;
}

static void add_answered(struct ledger_job *job)
{
    struct add *const add = (struct add *)job;
    add->home->answered++;
    add->home->order_wrong += add->number != add->home->next;
    add->home->next = add->number + 1;
}

static struct add add_make(struct counter *counter, struct home *home, uint64_t number)
{
    return (struct add){.job = {.run = add_run, .home = &home->mailbox, .answered = add_answered},
                        .counter = counter,
                        .home = home,
                        .amount = 1,
                        .number = number};
}

static struct ledger *ledger_make(const struct sys *sys, struct counter *counter,
                                  const struct ledger_settings *settings)
{
    struct ledger *ledger = NULL;
    const struct ledger_stage stage = {.name = "counter",
                                       .tables = 1U << TABLE_META,
                                       .loaded = counter_loaded,
                                       .deadline_us = counter_deadline_us,
                                       .due = counter_due,
                                       .publish = counter_publish,
                                       .undo = counter_undo,
                                       .context = counter};
    *counter = (struct counter){.deadline_us = INT64_MAX};
    assert_int_equal(ledger_new(sys, &account, settings, &ledger, NULL), STATUS_OK);
    ledger_stage_add(ledger, &stage);
    assert_int_equal(ledger_open(ledger, NULL), STATUS_OK);
    assert_int_equal(counter->loads, 1);
    return ledger;
}

static void test_answers_in_order_what_it_has_published(void **state)
{
    (void)state;
    enum { JOB_COUNT = 10000 };
    static struct add adds[JOB_COUNT];
    static const struct ledger_settings settings = {0};
    struct counter counter;
    struct home home;
    home_begin(&home);
    struct ledger *const ledger = ledger_make(sys_os(), &counter, &settings);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    for (unsigned i = 0; i < JOB_COUNT; i++) {
        adds[i] = add_make(&counter, &home, i);
        adds[i].wanted = i % 10 == 3 ? STATUS_NOT_FOUND : STATUS_OK;
        adds[i].amount = i % 10 == 4 ? 0 : 1;
        ledger_submit(ledger, &adds[i].job);
    }
    home_wait(&home, JOB_COUNT);
    assert_int_equal(home.order_wrong, 0);
    lsn last = 0;
    for (unsigned i = 0; i < JOB_COUNT; i++) {
        assert_int_equal(adds[i].job.status, adds[i].wanted);
        if (i % 10 == 3 || i % 10 == 4) {
            assert_int_equal(adds[i].job.at, 0);
        } else {
            assert_true(adds[i].job.at >= last && adds[i].job.at > 0);
            last = adds[i].job.at;
        }
    }
    assert_int_equal(ledger_last(ledger), last);
    const struct ledger_figures figures = ledger_figures(ledger);
    assert_int_equal(figures.jobs, JOB_COUNT);
    assert_int_equal(figures.waiting, 0);
    ledger_close(ledger);
    assert_int_equal(counter.published, JOB_COUNT / 10 * 8);
    assert_int_equal(account.used_size, 0);
}

static void test_refuses_jobs_beyond_the_queue(void **state)
{
    (void)state;
    static const struct ledger_settings settings = {.queue_count = 2};
    struct add adds[4];
    struct counter counter;
    struct home home;
    home_begin(&home);
    struct ledger *const ledger = ledger_make(sys_os(), &counter, &settings);
    for (unsigned i = 0; i < 4; i++) {
        adds[i] = add_make(&counter, &home, i);
        ledger_submit(ledger, &adds[i].job);
    }
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    home_wait(&home, 4);
    assert_int_equal(home.order_wrong, 0);
    assert_int_equal(adds[1].job.status, STATUS_OK);
    assert_int_equal(adds[2].job.status, STATUS_BUSY);
    assert_string_equal(adds[3].job.fault.text, "3 writes are waiting already: try again later");
    ledger_close(ledger);
    assert_int_equal(counter.published, 2);
}

static void test_calls_a_stage_at_its_moment(void **state)
{
    (void)state;
    static const struct ledger_settings settings = {0};
    struct sys_memory *memory = NULL;
    struct counter counter;
    struct home home;
    home_begin(&home);
    assert_int_equal(sys_memory_new(&account, 1, &memory, NULL), STATUS_OK);
    const struct sys *const sys = sys_memory_table(memory);
    struct ledger *const ledger = ledger_make(sys, &counter, &settings);
    atomic_store(&counter.deadline_us, sys_wall_us(sys) + 3600000000);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    struct add add = add_make(&counter, &home, 0);
    ledger_submit(ledger, &add.job);
    home_wait(&home, 1);
    assert_int_equal(counter.dues, 0);
    sys_memory_pass(memory, 3600000000);
    ledger_wake(ledger);
    while (ledger_last(ledger) < 2) {
        sched_yield();
    }
    ledger_close(ledger);
    assert_int_equal(counter.dues, 1);
    sys_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_in_order_what_it_has_published),
        cmocka_unit_test(test_refuses_jobs_beyond_the_queue),
        cmocka_unit_test(test_calls_a_stage_at_its_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
