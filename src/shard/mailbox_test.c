#include "shard/mailbox.h"

#include <stdatomic.h>

#include "base/attributes.h"
#include "base/test.h"
#include "shard/shard.h"
#include "sys/thread.h"

static struct memory_account account = {.name = "test"};

struct note {
    struct message message; // first
    unsigned sender, number;
};

static unsigned wakes;
static unsigned delivered[16];
static size_t delivered_count;

static void count_wake(void *context)
{
    (void)context;
    wakes++;
}

static void keep(struct message *message)
{
    delivered[delivered_count++] = ((struct note *)message)->number;
}

static void test_delivers_in_order_and_wakes_once(void **state)
{
    (void)state;
    struct mailbox mailbox;
    struct note notes[5];
    mailbox_begin(&mailbox, count_wake, NULL);
    for (unsigned i = 0; i < 5; i++) {
        notes[i] = (struct note){.message = {.deliver = keep}, .number = i};
        mailbox_send(&mailbox, &notes[i].message);
    }
    assert_int_equal(wakes, 1);
    assert_int_equal(mailbox_deliver(&mailbox, 2), 2);
    assert_int_equal(mailbox_deliver(&mailbox, 100), 3);
    assert_int_equal(mailbox_deliver(&mailbox, 100), 0);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(delivered[i], i);
    }
    mailbox_send(&mailbox, &notes[0].message);
    assert_int_equal(wakes, 2);
    assert_ptr_equal(mailbox_take(&mailbox), &notes[0].message);
    assert_null(mailbox_take(&mailbox));
}

enum { SENDER_COUNT = 3, NOTE_COUNT = 50000 };

static struct {
    struct shard shard;
    unsigned next[SENDER_COUNT];
    atomic_uint count, wrong;
} post;

static void take_in_order(struct message *message)
{
    const struct note *const note = (struct note *)message;
    atomic_fetch_add(&post.wrong, note->number != post.next[note->sender]);
    post.next[note->sender]++;
    if (atomic_fetch_add(&post.count, 1) + 1 == SENDER_COUNT * NOTE_COUNT) {
        shard_stop(&post.shard);
    }
}

static void send_all(void *context)
{
    struct note *const notes = context;
    for (unsigned i = 0; i < NOTE_COUNT; i++) {
        mailbox_send(&post.shard.mailbox, &notes[i].message);
    }
}

static void ignore(void *context)
{
    (void)context;
}

static void test_a_shard_takes_the_mail_of_many_threads_each_in_its_order(void **state)
{
    (void)state;
    static const struct shard_events events = {.ticks = ignore, .called = ignore};
    static struct note notes[SENDER_COUNT][NOTE_COUNT];
    struct thread senders[SENDER_COUNT] = {0};
    assert_int_equal(shard_open(&post.shard, 0, &account, &events, NULL, NULL), STATUS_OK);
    assert_int_equal(shard_start(&post.shard, NULL), STATUS_OK);
    for (unsigned s = 0; s < SENDER_COUNT; s++) {
        for (unsigned i = 0; i < NOTE_COUNT; i++) {
            notes[s][i] =
                (struct note){.message = {.deliver = take_in_order}, .sender = s, .number = i};
        }
        assert_int_equal(thread_start(&senders[s], "sender", send_all, notes[s], NULL), STATUS_OK);
    }
    for (unsigned s = 0; s < SENDER_COUNT; s++) {
        thread_join(&senders[s]);
    }
    shard_close(&post.shard);
    assert_int_equal(atomic_load(&post.count), SENDER_COUNT * NOTE_COUNT);
    assert_int_equal(atomic_load(&post.wrong), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivers_in_order_and_wakes_once),
        cmocka_unit_test(test_a_shard_takes_the_mail_of_many_threads_each_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
