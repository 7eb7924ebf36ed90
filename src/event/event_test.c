#include "event/event.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static struct event sample(void)
{
    return (struct event){
        .sequence = 7,
        .kind = EVENT_EXIT,
        .collection = BYTES_OF("vans"),
        .object = BYTES_OF("van \"1\""),
        .fence = BYTES_OF("depot"),
        .other = BYTES_OF("gate"),
        .event_us = 1780000000000000,
        .arrival_us = 1780000001500000,
        .point = GEO_POINT(9.5215, 47.141),
        .confidence = 3,
        .dwell_us = 61500000,
        .distance_m = 12.25,
        .flags = EVENT_LATE,
        .reason = BYTES_OF("moved"),
        .payload = BYTES_OF("{\"driver\":\"Ada\"}"),
    };
}

static void test_an_event_comes_back_as_it_was(void **state)
{
    (void)state;
    const struct event event = sample();
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    event_encode(&event, &out);
    struct event back;
    struct fault fault;
    assert_int_equal(event_decode(buffer_bytes(&out), &back, &fault), STATUS_OK);
    assert_int_equal(back.sequence, 7);
    assert_int_equal(back.kind, EVENT_EXIT);
    assert_true(bytes_equal(back.object, event.object) && bytes_equal(back.other, event.other));
    assert_true(bytes_equal(back.reason, event.reason) && bytes_equal(back.payload, event.payload));
    assert_true(back.dwell_us == event.dwell_us && back.event_us == event.event_us);
    assert_true(geo_point_equal(back.point, event.point));
    for (size_t size = 0; size < out.size; size++) {
        assert_int_not_equal(
            event_decode((struct bytes){.data = out.data, .size = size}, &back, NULL), STATUS_OK);
    }
}

static void test_consumers_get_json(void **state)
{
    (void)state;
    const struct event event = sample();
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    event_write_json(&event, 42, &out);
    buffer_append_u8(&out, 0);
    assert_string_equal(
        (const char *)out.data,
        "{\"id\":\"evt_000000000001a_0000000000007\",\"sequence\":7,\"type\":\"exit\","
        "\"collection\":\"vans\",\"object\":\"van "
        "\\\"1\\\"\",\"fence\":\"depot\",\"other\":\"gate\","
        "\"time\":\"2026-05-28T20:26:40.000Z\",\"received\":\"2026-05-28T20:26:41.500Z\","
        "\"lat\":47.141,\"lon\":9.5215,\"confidence\":3,\"dwell_s\":61.5,\"distance_m\":12.3,"
        "\"reason\":\"moved\",\"late\":true,\"properties\":{\"driver\":\"Ada\"}}");
}

static void test_a_message_of_tile38_is_delivered_as_it_is(void **state)
{
    (void)state;
    const struct event event = {.kind = EVENT_TILE38, .payload = BYTES_OF("{\"command\":\"set\"}")};
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    event_write_json(&event, 42, &out);
    assert_true(bytes_equal(buffer_bytes(&out), BYTES_OF("{\"command\":\"set\"}")));
}

static void test_ids_belong_to_one_server(void **state)
{
    (void)state;
    char id[EVENT_ID_SIZE + 1];
    uint64_t sequence;
    event_id_format(UINT64_MAX, UINT64_MAX - 1, id);
    assert_int_equal(strlen(id), EVENT_ID_SIZE);
    assert_true(event_id_parse(bytes_from_text(id), UINT64_MAX, &sequence));
    assert_true(sequence == UINT64_MAX - 1);
    assert_false(event_id_parse(bytes_from_text(id), 5, &sequence));
    id[30] = '!';
    assert_false(event_id_parse(bytes_from_text(id), UINT64_MAX, &sequence));
}

static void test_fixes_from_the_future_are_bounded(void **state)
{
    (void)state;
    struct fix fix = {.event_us = 1000 + FIX_AHEAD_MAX_US, .arrival_us = 1000};
    assert_false(fix_bound(&fix));
    fix.event_us++;
    assert_true(fix_bound(&fix));
    assert_int_equal(fix.event_us, 1000);
}

static void test_kinds_are_found_by_name(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        enum event_kind found;
        assert_true(
            event_kind_find(bytes_from_text(event_kind_name((enum event_kind)kind)), &found));
        assert_int_equal(found, kind);
    }
    enum event_kind found;
    assert_false(event_kind_find(BYTES_OF("leave"), &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_comes_back_as_it_was),
        cmocka_unit_test(test_consumers_get_json),
        cmocka_unit_test(test_a_message_of_tile38_is_delivered_as_it_is),
        cmocka_unit_test(test_ids_belong_to_one_server),
        cmocka_unit_test(test_fixes_from_the_future_are_bounded),
        cmocka_unit_test(test_kinds_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
