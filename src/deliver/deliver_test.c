#include "deliver/deliver.h"

#include "deliver/rig_test.h"
#include "deliver/sink_test.h"

static void settings_to(struct sink *sink, const char *more, char out[512])
{
    (void)snprintf(out, 512,
                   "{\"url\":\"http://127.0.0.1:%u/hook\",\"retry_ms\":1,"
                   "\"retry_max_ms\":20%s}",
                   sink->port, more);
}

// The number each body carries.
static unsigned number_of(const char *body)
{
    const char *const at = strstr(body, "\"n\":");
    assert_non_null(at);
    return (unsigned)strtoul(at + 4, NULL, 10);
}

static void test_every_event_arrives_once_and_signed(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    static bool seen[500];
    struct sink *const sink = sink_begin(NULL);
    rig_open(&rig, NULL, "127.0.0.1");
    settings_to(sink, "", settings);
    rig_hook_put(&rig, "h", settings);
    rig_events(&rig, 0, 500, 10);
    RIG_WAIT(sink_count(sink) >= 500);
    for (size_t i = 0; i < 500; i++) {
        seen[number_of(sink->requests[i].body)] = true;
        assert_non_null(strstr(sink->requests[i].head, "webhook-id: evt_"));
        assert_non_null(strstr(sink->requests[i].head, "webhook-timestamp: "));
        assert_non_null(strstr(sink->requests[i].head, "webhook-signature: v1,"));
    }
    for (size_t i = 0; i < 500; i++) {
        assert_true(seen[i]);
    }
    assert_int_equal(sink_count(sink), 500);
    rig_close(&rig);
    sink_end(sink);
}

// Fails a third of the requests; remembers the order of those it takes, by object and fence.
struct moody {
    struct dice dice;
    unsigned next[10][3]; // the number that must come next, of each object and fence
    size_t taken, duplicates, disorders;
};

static void moody_one(struct moody *moody, unsigned number)
{
    unsigned *const next = &moody->next[number % 10][number / 10 % 3];
    const unsigned expected = *next == 0 ? number % 30 : *next;
    if (number < expected) {
        moody->duplicates++;
    } else if (number > expected) {
        moody->disorders++;
    } else {
        *next = number + 30;
        moody->taken++;
    }
}

static void moody_answer(struct sink *sink, const char *head, const char *body, char out[512])
{
    struct moody *const moody = sink->context;
    (void)head;
    const uint64_t mood = dice_below(&moody->dice, 6);
    if (mood < 2) {
        (void)snprintf(out, 512, mood == 0 ? "500 Oops\r\n" : "429 Slow\r\nRetry-After: 0\r\n");
        return;
    }
    for (const char *at = strstr(body, "\"n\":"); at != NULL; at = strstr(at + 4, "\"n\":")) {
        moody_one(moody, (unsigned)strtoul(at + 4, NULL, 10));
    }
    // Now and then it takes them and says that it did not.
    (void)snprintf(out, 512, mood == 2 ? "503 Busy\r\n" : "200 OK\r\n");
}

static void run_moody(const char *more)
{
    struct rig rig;
    char settings[512];
    struct moody moody = {.dice = test_dice()};
    struct sink *const sink = sink_begin(moody_answer);
    sink->context = &moody;
    rig_open(&rig, NULL, "127.0.0.0/8");
    settings_to(sink, more, settings);
    rig_hook_put(&rig, "moody", settings);
    for (unsigned i = 0; i < 3000; i += 100) {
        rig_events(&rig, i, 100, 10);
    }
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    RIG_WAIT(strstr(rig_shown(&rig, "moody", &shown), "\"waiting\":0") != NULL);
    (void)pthread_mutex_lock(&sink->lock);
    assert_int_equal(moody.taken, 3000);
    assert_int_equal(moody.disorders, 0);
    assert_true(moody.duplicates > 0);
    (void)pthread_mutex_unlock(&sink->lock);
    assert_non_null(strstr(rig_shown(&rig, "moody", &shown), "\"delivered\":3000,"));
    rig_close(&rig);
    sink_end(sink);
}

static void test_a_receiver_that_fails_at_random_gets_everything_in_order(void **state)
{
    (void)state;
    run_moody("");
}

static void test_batches_keep_the_order_too(void **state)
{
    (void)state;
    run_moody(",\"batch\":37");
}

static void gone_answer(struct sink *sink, const char *head, const char *body, char out[512])
{
    (void)sink;
    (void)head;
    (void)body;
    (void)snprintf(out, 512, "410 Gone\r\n");
}

static void test_gone_disables_the_hook_until_it_is_resumed(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    struct sink *const sink = sink_begin(gone_answer);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    rig_open(&rig, NULL, "127.0.0.1");
    settings_to(sink, "", settings);
    rig_hook_put(&rig, "h", settings);
    rig_events(&rig, 0, 1, 1);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"state\":\"disabled\"") != NULL);
    assert_non_null(strstr(rig_shown(&rig, "h", &shown), "410"));
    const size_t asked = sink_count(sink);
    rig_events(&rig, 1, 5, 1); // nobody waits for these
    (void)pthread_mutex_lock(&sink->lock);
    sink->answer = sink_ok;
    (void)pthread_mutex_unlock(&sink->lock);
    struct rig_change change = {.id = "h", .change = DELIVER_RESUME};
    assert_int_equal(rig_call(&rig, rig_change, &change, NULL), STATUS_OK);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"delivered\":1,") != NULL);
    assert_int_equal(sink_count(sink), asked + 1);
    rig_close(&rig);
    sink_end(sink);
}

static void test_a_paused_hook_lets_events_wait(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    struct sink *const sink = sink_begin(NULL);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    rig_open(&rig, NULL, "127.0.0.1");
    settings_to(sink, "", settings);
    rig_hook_put(&rig, "h", settings);
    struct rig_change change = {.id = "h", .change = DELIVER_PAUSE};
    assert_int_equal(rig_call(&rig, rig_change, &change, NULL), STATUS_OK);
    rig_events(&rig, 0, 50, 5);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"waiting\":50") != NULL);
    assert_int_equal(sink_count(sink), 0);
    change.change = DELIVER_RESUME;
    assert_int_equal(rig_call(&rig, rig_change, &change, NULL), STATUS_OK);
    RIG_WAIT(sink_count(sink) == 50);
    change.change = DELIVER_TEST;
    assert_int_equal(rig_call(&rig, rig_change, &change, NULL), STATUS_OK);
    RIG_WAIT(sink_count(sink) == 51);
    assert_non_null(strstr(sink->requests[50].body, "\"test\""));
    rig_close(&rig);
    sink_end(sink);
}

static void test_loopback_is_refused_unless_it_is_allowed(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    struct sink *const sink = sink_begin(NULL);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    rig_open(&rig, NULL, "10.0.0.0/8");
    settings_to(sink, "", settings);
    rig_hook_put(&rig, "number", settings);
    (void)snprintf(settings, sizeof(settings), "{\"url\":\"http://localhost:%u/\"}", sink->port);
    rig_hook_put(&rig, "name", settings);
    (void)snprintf(settings, sizeof(settings), "{\"url\":\"redis://localhost:%u/c\"}", sink->port);
    rig_hook_put(&rig, "redis", settings);
    (void)snprintf(settings, sizeof(settings), "{\"url\":\"mqtt://127.0.0.1:%u/c\"}", sink->port);
    rig_hook_put(&rig, "mqtt", settings);
    (void)snprintf(settings, sizeof(settings), "{\"url\":\"nats://127.0.0.1:%u/c\"}", sink->port);
    rig_hook_put(&rig, "nats", settings);
    (void)snprintf(settings, sizeof(settings),
                   "{\"url\":\"kafka://127.0.0.1:%u/c\",\"timeout_ms\":1000}", sink->port);
    rig_hook_put(&rig, "kafka", settings);
    rig_events(&rig, 0, 1, 1);
    static const char *const ids[] = {"number", "name", "redis", "mqtt", "nats", "kafka"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        RIG_WAIT(strstr(rig_shown(&rig, ids[i], &shown), "--hook-allow") != NULL);
    }
    assert_int_equal(sink_count(sink), 0);
    rig_close(&rig);
    sink_end(sink);
}

static void redirect_answer(struct sink *sink, const char *head, const char *body, char out[512])
{
    (void)head;
    (void)body;
    (void)snprintf(out, 512, "307 Elsewhere\r\nLocation: http://127.0.0.1:%u/other\r\n",
                   sink->port);
}

static void test_redirects_are_not_followed(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    struct sink *const sink = sink_begin(redirect_answer);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    rig_open(&rig, NULL, "127.0.0.1");
    (void)snprintf(settings, sizeof(settings), "{\"url\":\"http://127.0.0.1:%u/\"}", sink->port);
    rig_hook_put(&rig, "h", settings);
    rig_events(&rig, 0, 1, 1);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "redirects are not followed") != NULL);
    for (size_t i = 0; i < sink_count(sink); i++) {
        assert_null(strstr(sink->requests[i].head, "/other"));
    }
    rig_close(&rig);
    sink_end(sink);
}

static enum status put_tile38(struct rig *rig, struct ledger_turn *turn, void *context,
                              struct fault *fault)
{
    return deliver_tile38_put(rig->deliver, turn, BYTES_OF("warehouse"), bytes_from_text(context),
                              fault);
}

static enum status emit_tile38(struct rig *rig, struct ledger_turn *turn, void *context,
                               struct fault *fault)
{
    (void)context;
    (void)fault;
    struct event event = {.kind = EVENT_TILE38,
                          .collection = BYTES_OF("fleet"),
                          .object = BYTES_OF("truck1"),
                          .fence = BYTES_OF("warehouse"),
                          .arrival_us = turn->now_us,
                          .distance_m = -1,
                          .payload = BYTES_OF("{\"command\":\"set\",\"hook\":\"warehouse\"}")};
    deliver_emit(rig->deliver, turn, &event);
    event.fence = BYTES_OF("unknown");
    deliver_emit(rig->deliver, turn, &event);
    return STATUS_OK;
}

static void test_a_sethook_goes_to_the_first_url_that_accepts(void **state)
{
    (void)state;
    struct rig rig;
    char urls[512];
    struct sink *const broken = sink_begin(redirect_answer);
    struct sink *const good = sink_begin(NULL);
    rig_open(&rig, NULL, "127.0.0.1");
    (void)snprintf(urls, sizeof(urls),
                   "http://127.0.0.1:1/,http://127.0.0.1:%u/a,"
                   "http://127.0.0.1:%u/b?key=v",
                   broken->port, good->port);
    assert_int_equal(rig_call(&rig, put_tile38, urls, NULL), STATUS_OK);
    assert_int_equal(rig_call(&rig, emit_tile38, NULL, NULL), STATUS_OK);
    RIG_WAIT(sink_count(good) == 1);
    assert_string_equal(good->requests[0].body, "{\"command\":\"set\",\"hook\":\"warehouse\"}");
    assert_null(strstr(good->requests[0].head, "webhook-"));
    assert_non_null(strstr(good->requests[0].head, "POST /b?key=v "));
    assert_int_equal(sink_count(broken), 1);
    struct fault fault = {0};
    assert_int_equal(rig_call(&rig, put_tile38, (void *)(uintptr_t) "sqs://a:b/c", &fault),
                     STATUS_UNSUPPORTED);
    rig_close(&rig);
    sink_end(broken);
    sink_end(good);
}

static void slow_answer(struct sink *sink, const char *head, const char *body, char out[512])
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    sink_ok(sink, head, body, out);
}

static void test_a_slow_hook_slows_no_other(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    struct sink *const slow = sink_begin(slow_answer);
    struct sink *const fast = sink_begin(NULL);
    rig_open(&rig, NULL, "127.0.0.1");
    settings_to(slow, "", settings);
    rig_hook_put(&rig, "slow", settings);
    settings_to(fast, "", settings);
    rig_hook_put(&rig, "fast", settings);
    rig_events(&rig, 0, 1000, 100);
    RIG_WAIT(sink_count(fast) == 1000);
    assert_true(sink_count(slow) < 300);
    rig_close(&rig);
    sink_end(slow);
    sink_end(fast);
}

static void test_a_rate_is_kept(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    struct sink *const sink = sink_begin(NULL);
    rig_open(&rig, NULL, "127.0.0.1");
    settings_to(sink, ",\"rate\":100", settings);
    rig_hook_put(&rig, "h", settings);
    rig_events(&rig, 0, 100, 100);
    (void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    assert_in_range(sink_count(sink), 5, 60);
    RIG_WAIT(sink_count(sink) == 100);
    rig_close(&rig);
    sink_end(sink);
}

static void test_metrics_name_each_hook(void **state)
{
    (void)state;
    struct rig rig;
    char settings[512];
    struct sink *const sink = sink_begin(NULL);
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    rig_open(&rig, NULL, "127.0.0.1");
    settings_to(sink, "", settings);
    rig_hook_put(&rig, "a\"b", settings);
    rig_events(&rig, 0, 3, 3);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    RIG_WAIT(strstr(rig_shown(&rig, "a\"b", &shown), "\"delivered\":3") != NULL);
    deliver_metrics(rig.deliver, &out);
    buffer_append_u8(&out, 0);
    const char *const text = (const char *)out.data;
    assert_non_null(strstr(text, "rhumb_hook_delivered_total{hook=\"a\\\"b\",kind=\"hook\"} 3\n"));
    assert_non_null(strstr(text, "rhumb_hook_lag_seconds{hook=\"a\\\"b\",kind=\"hook\"} 0.000\n"));
    assert_non_null(strstr(text, "rhumb_events_total 3\n"));
    rig_close(&rig);
    sink_end(sink);
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
        TEST(test_every_event_arrives_once_and_signed),
        TEST(test_a_receiver_that_fails_at_random_gets_everything_in_order),
        TEST(test_batches_keep_the_order_too),
        TEST(test_gone_disables_the_hook_until_it_is_resumed),
        TEST(test_a_paused_hook_lets_events_wait),
        TEST(test_loopback_is_refused_unless_it_is_allowed),
        TEST(test_redirects_are_not_followed),
        TEST(test_a_sethook_goes_to_the_first_url_that_accepts),
        TEST(test_a_slow_hook_slows_no_other),
        TEST(test_a_rate_is_kept),
        TEST(test_metrics_name_each_hook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
