// Deliveries over restarts: what waits is in the store, however much it is.
#include <ftw.h>

#include "base/attributes.h"
#include "deliver/deliver_private.h"
#include "deliver/rig_test.h"
#include "deliver/sink_test.h"

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
    (void)stat;
    (void)kind;
    (void)place;
    return remove(path);
}

static void make_folder(char folder[64])
{
    (void)snprintf(folder, 64, "/tmp/rhumb-deliver-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)strncat(folder, "/data", 8);
}

static void remove_folder(char folder[64])
{
    *strrchr(folder, '/') = '\0';
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put_hook(struct rig *rig, const struct sink *sink, const char *more)
{
    char settings[400];
    (void)snprintf(settings, sizeof(settings),
                   "{\"url\":\"http://127.0.0.1:%u/\",\"retry_ms\":5,\"retry_max_ms\":50%s}",
                   sink->port, more);
    rig_hook_put(rig, "h", settings);
}

static void change(struct rig *rig, enum deliver_change what)
{
    struct rig_change change = {.id = "h", .change = what};
    assert_int_equal(rig_call(rig, rig_change, &change, NULL), STATUS_OK);
}

// Takes batches; each pair of object and fence must come in order. Numbers go up by 30 a pair.
struct ordered {
    unsigned next[30];
    size_t count, repeated, disordered;
    bool fails;
};

static void ordered_answer(struct sink *sink, const char *head, const char *body, char out[512])
{
    struct ordered *const ordered = sink->context;
    (void)head;
    if (ordered->fails) {
        (void)snprintf(out, 512, "500 Not today\r\n");
        return;
    }
    for (const char *at = strstr(body, "\"n\":"); at != NULL; at = strstr(at + 4, "\"n\":")) {
        const unsigned number = (unsigned)strtoul(at + 4, NULL, 10);
        unsigned *const next = &ordered->next[number % 30];
        const unsigned expected = *next == 0 ? number % 30 : *next;
        ordered->repeated += number < expected;
        ordered->disordered += number > expected;
        if (number == expected) {
            *next = number + 30;
            ordered->count++;
        }
    }
    sink_ok(sink, head, body, out);
}

static size_t count_ordered(struct sink *sink)
{
    (void)pthread_mutex_lock(&sink->lock);
    const size_t count = ((struct ordered *)sink->context)->count;
    (void)pthread_mutex_unlock(&sink->lock);
    return count;
}

static void test_what_waits_survives_restarts(void **state)
{
    (void)state;
    char folder[64];
    struct rig rig;
    struct ordered ordered = {.fails = true};
    struct sink *const sink = sink_begin(ordered_answer);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    sink->context = &ordered;
    make_folder(folder);
    for (unsigned life = 0; life < 3; life++) {
        rig_open(&rig, folder, "127.0.0.1");
        if (life == 0) {
            put_hook(&rig, sink, ",\"batch\":10");
        }
        rig_events(&rig, life * 200, 200, 10);
        RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "answered 500") != NULL);
        rig_close(&rig);
    }
    (void)pthread_mutex_lock(&sink->lock);
    ordered.fails = false;
    (void)pthread_mutex_unlock(&sink->lock);
    rig_open(&rig, folder, "127.0.0.1");
    RIG_WAIT(count_ordered(sink) == 600);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"waiting\":0") != NULL);
    assert_int_equal(ordered.disordered, 0);
    rig_close(&rig);
    const size_t requests = sink_count(sink);
    rig_open(&rig, folder, "127.0.0.1"); // nothing is left to be sent
    rig_events(&rig, 600, 1, 10);
    RIG_WAIT(count_ordered(sink) == 601);
    assert_int_equal(sink_count(sink), requests + 1);
    rig_close(&rig);
    sink_end(sink);
    remove_folder(folder);
}

static void test_a_long_backlog_is_held_by_its_beginning(void **state)
{
    (void)state;
    enum { EVENTS = 60000 };
    char folder[64];
    struct rig rig;
    struct ordered ordered = {0};
    struct sink *const sink = sink_begin(ordered_answer);
    sink->context = &ordered;
    make_folder(folder);
    rig_open(&rig, folder, "127.0.0.1");
    put_hook(&rig, sink, ",\"batch\":1000");
    change(&rig, DELIVER_PAUSE);
    const size_t before = atomic_load(&rig.deliver->queues.used_size);
    for (unsigned i = 0; i < EVENTS; i += 500) {
        rig_events(&rig, i, 500, 10);
    }
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"waiting\":60000") != NULL);
    assert_true(atomic_load(&rig.deliver->queues.used_size) - before < 2 << 20);
    change(&rig, DELIVER_RESUME);
    RIG_WAIT(count_ordered(sink) == EVENTS);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"waiting\":0") != NULL);
    assert_int_equal(ordered.repeated, 0);
    assert_int_equal(ordered.disordered, 0);
    rig_close(&rig);
    sink_end(sink);
    remove_folder(folder);
}

static void list_letters(struct rig *rig, struct buffer *out, bool *has_more)
{
    uint64_t after = 0;
    buffer_clear(out);
    assert_int_equal(deliver_dead_letters(rig->deliver, 1, &after, 50, out, has_more, NULL),
                     STATUS_OK);
    buffer_append_u8(out, 0);
}

static void test_dead_letters_tell_why_and_are_sent_again(void **state)
{
    (void)state;
    char folder[64];
    struct rig rig;
    bool has_more = false;
    struct ordered ordered = {.fails = true};
    struct sink *const sink = sink_begin(ordered_answer);
    struct buffer letters SCOPED(buffer_free) = {.account = &account};
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    sink->context = &ordered;
    make_folder(folder);
    rig_open(&rig, folder, "127.0.0.1");
    put_hook(&rig, sink, ",\"max_attempts\":2,\"retry_max_ms\":5");
    rig_events(&rig, 0, 60, 10);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"dead_letters\":60") != NULL);
    list_letters(&rig, &letters, &has_more);
    assert_true(has_more);
    assert_non_null(strstr((const char *)letters.data, "\"attempts\":2"));
    assert_non_null(strstr((const char *)letters.data, "\"status\":500"));
    assert_non_null(strstr((const char *)letters.data, "the receiver answered 500"));
    assert_non_null(strstr((const char *)letters.data, "\"event\":{\"id\":\"evt_"));
    (void)pthread_mutex_lock(&sink->lock);
    ordered.fails = false;
    (void)pthread_mutex_unlock(&sink->lock);
    rig_close(&rig);
    rig_open(&rig, folder, "127.0.0.1");
    change(&rig, DELIVER_REDRIVE);
    RIG_WAIT(count_ordered(sink) == 60);
    assert_int_equal(ordered.disordered, 0);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"waiting\":0") != NULL);
    list_letters(&rig, &letters, &has_more);
    assert_string_equal((const char *)letters.data, "");
    rig_close(&rig);
    sink_end(sink);
    remove_folder(folder);
}

struct late_reader {
    struct stream_late late;
    bool is_answered;
};

static void late_answered(struct stream_late *late)
{
    ((struct late_reader *)(void *)late)->is_answered = true;
}

static void test_the_stream_has_no_gap_between_store_and_memory(void **state)
{
    (void)state;
    char folder[64];
    struct rig rig;
    make_folder(folder);
    rig_open(&rig, folder, NULL);
    rig_events(&rig, 0, 2000, 10);
    rig_close(&rig);
    rig_open(&rig, folder, NULL);
    rig_events(&rig, 2000, 500, 10);
    const struct stream_filter filter = {0};
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    uint64_t after = 0;
    uint64_t reached = 0;
    assert_int_equal(stream_read(rig.deliver, 0, &filter, 10, 1000, &out, &reached),
                     STATUS_NOT_FOUND);
    while (after < 2500) {
        buffer_clear(&out);
        if (stream_read(rig.deliver, after, &filter, 300, 1 << 20, &out, &reached) != STATUS_OK) {
            struct late_reader reader = {.late = {.deliver = rig.deliver,
                                                  .after = after,
                                                  .limit = 300,
                                                  .size = 1 << 20,
                                                  .out = &out,
                                                  .home = &rig.home.mailbox,
                                                  .answered = late_answered}};
            stream_read_late(&reader.late);
            while (!reader.is_answered) {
                post_deliver(&rig.home, 1000000);
            }
            assert_int_equal(reader.late.status, STATUS_OK);
            reached = reader.late.reached;
        }
        assert_true(reached > after);
        struct reader records = {.rest = buffer_bytes(&out)};
        while (records.rest.size != 0) {
            assert_int_equal(reader_u64(&records), ++after);
            (void)reader_take(&records, reader_u32(&records));
        }
        assert_int_equal(after, reached);
    }
    assert_int_equal(stream_last(rig.deliver), 2500);
    rig_close(&rig);
    remove_folder(folder);
}

static void test_numbers_given_out_before_a_restore_are_not_given_out_again(void **state)
{
    (void)state;
    char folder[64];
    char backup[80];
    char back[80];
    struct rig rig;
    struct fault fault = {0};
    make_folder(folder);
    (void)snprintf(backup, sizeof(backup), "%s.backup", folder);
    (void)snprintf(back, sizeof(back), "%s.back", folder);
    rig_open(&rig, folder, NULL);
    rig_events(&rig, 0, 100, 10);
    assert_int_equal(ledger_backup(rig.ledger, backup, &fault), STATUS_OK);
    rig_events(&rig, 100, 400, 10);
    const uint64_t known = stream_last(rig.deliver);
    assert_int_equal(known, 500);
    rig_close(&rig);
    const struct ledger_restore wanted = {.backup = backup, .folder = back};
    struct ledger_restored restored;
    assert_int_equal(ledger_restore(sys_os(), &account, &wanted, &restored, &fault), STATUS_OK);
    rig_open(&rig, back, NULL);
    rig_events(&rig, 500, 1, 10);
    const uint64_t first = stream_last(rig.deliver);
    assert_true(first > known);
    rig_close(&rig);
    rig_open(&rig, back, NULL); // skipped once
    rig_events(&rig, 501, 1, 10);
    assert_int_equal(stream_last(rig.deliver), first + 1);
    rig_close(&rig);
    remove_folder(folder);
}

static enum status delete_hook(struct rig *rig, struct ledger_turn *turn, void *context,
                               struct fault *fault)
{
    (void)context;
    (void)fault;
    return deliver_hook_delete(rig->deliver, turn, BYTES_OF("h"));
}

static size_t count_rows(struct rig *rig, enum ledger_table table)
{
    struct store *store = NULL;
    struct store_snapshot *snapshot = NULL;
    struct store_cursor *cursor = NULL;
    struct bytes key;
    struct bytes value;
    size_t count = 0;
    assert_int_equal(ledger_read_begin(rig->ledger, 0, &store, &snapshot, NULL), STATUS_OK);
    assert_int_equal(
        store_cursor_open(store, snapshot, table, &(struct store_range){0}, &cursor, NULL),
        STATUS_OK);
    while (store_cursor_next(cursor, &key, &value)) {
        count++;
    }
    store_cursor_close(cursor);
    ledger_read_end(rig->ledger, snapshot);
    return count;
}

static void test_a_hook_that_is_deleted_leaves_no_rows(void **state)
{
    (void)state;
    char folder[64];
    struct rig rig;
    struct ordered ordered = {.fails = true};
    struct sink *const sink = sink_begin(ordered_answer);
    sink->context = &ordered;
    make_folder(folder);
    rig_open(&rig, folder, "127.0.0.1");
    put_hook(&rig, sink, "");
    rig_events(&rig, 0, 100, 10);
    assert_int_equal(count_rows(&rig, TABLE_DELIVERY), 100);
    RIG_WAIT(sink_count(sink) > 10);
    assert_int_equal(rig_call(&rig, delete_hook, NULL, NULL), STATUS_OK);
    assert_int_equal(rig_call(&rig, delete_hook, NULL, NULL), STATUS_NOT_FOUND);
    put_hook(&rig, sink, ""); // one of the same name starts from nothing
    assert_int_equal(count_rows(&rig, TABLE_DELIVERY), 0);
    assert_int_equal(count_rows(&rig, TABLE_HOOK), 2);
    assert_int_equal(count_rows(&rig, TABLE_EVENT), 100);
    rig_close(&rig);
    sink_end(sink);
    remove_folder(folder);
}

static void test_rows_age(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, NULL, NULL);
    const int64_t now_us = sys_os()->wall_us(sys_os());
    const int64_t day_us = INT64_C(86400) * 1000000;
    const int64_t ages_us[] = {0, 29 * day_us, 31 * day_us};
    for (size_t i = 0; i < COUNT_OF(ages_us); i++) {
        const struct event event = {
            .kind = EVENT_ENTER, .arrival_us = now_us - ages_us[i], .distance_m = -1};
        const struct delivery delivery = {.event_us = now_us - ages_us[i]};
        struct buffer encoded SCOPED(buffer_free) = {.account = &account};
        uint8_t row[ROW_DELIVERY_SIZE];
        event_encode(&event, &encoded);
        row_delivery_write(&delivery, row);
        const struct bytes value = {.data = row, .size = sizeof(row)};
        assert_int_equal(
            deliver_is_expired(rig.deliver, TABLE_EVENT, (struct bytes){0}, buffer_bytes(&encoded)),
            i == 2);
        assert_int_equal(deliver_is_expired(rig.deliver, TABLE_DELIVERY, (struct bytes){0}, value),
                         i == 2);
        assert_int_equal(
            deliver_is_expired(rig.deliver, TABLE_DEAD_LETTER, (struct bytes){0}, value), i == 2);
        assert_false(deliver_is_expired(rig.deliver, TABLE_HOOK, (struct bytes){0}, value));
    }
    rig_close(&rig);
}

static int nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(atomic_load(&account.used_size), 0);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, nothing_is_left)
    const struct CMUnitTest tests[] = {
        TEST(test_what_waits_survives_restarts),
        TEST(test_a_long_backlog_is_held_by_its_beginning),
        TEST(test_dead_letters_tell_why_and_are_sent_again),
        TEST(test_the_stream_has_no_gap_between_store_and_memory),
        TEST(test_numbers_given_out_before_a_restore_are_not_given_out_again),
        TEST(test_a_hook_that_is_deleted_leaves_no_rows),
        TEST(test_rows_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
