#include "fence/rule.h"

#include "base/test.h"
#include "text/zone.h"

static struct memory_account account = {.name = "test"};

static void same_again(const char *text)
{
    struct buffer space SCOPED(buffer_free) = {.account = &account};
    struct buffer row SCOPED(buffer_free) = {.account = &account};
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    struct fault fault = {0};
    struct rule rule = {0};
    bool is_initial;
    if (rule_read(bytes_from_text(text), &account, &rule, &is_initial, &space, &fault) !=
        STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    struct rule back = rule;
    rule_encode(&rule, &row);
    if (rule.shape.bytes.size != 0) {
        assert_int_equal(rule_decode(buffer_bytes(&row), &back, &fault), STATUS_OK);
    }
    rule_write_json(&back, &out);
    buffer_append_u8(&out, 0);
    assert_string_equal((const char *)out.data, text);
}

static void test_rules_come_back_as_they_were(void **state)
{
    (void)state;
    same_again("{\"id\":\"depot\",\"area\":{\"circle\":{\"lat\":47.1,\"lon\":9.5,\"radius\":200}},"
               "\"collection\":\"vans\",\"events\":[\"enter\",\"exit\"]}");
    same_again(
        "{\"area\":{\"rectangle\":{\"south\":-17,\"west\":179,\"north\":-16,\"east\":-179}},"
        "\"collection\":\"vans\",\"match\":\"t*\",\"filter\":\"speed > 3\","
        "\"events\":[\"enter\",\"exit\",\"cross\",\"dwell\",\"approach\"],\"dwell_s\":300,"
        "\"exit_distance_m\":30,\"approach_m\":500.5,\"confirm\":{\"fixes\":2,\"seconds\":30},"
        "\"accuracy\":\"confidence\",\"confidence\":3,\"speed\":{\"max_mps\":0.6},"
        "\"schedule\":{\"time_zone\":\"Europe/Vienna\",\"hours\":[{\"days\":[\"mon\",\"sun\"],"
        "\"from\":\"22:00\",\"until\":\"06:00\"}],\"valid_from\":\"2026-01-01T00:00:00.000Z\"},"
        "\"cooldown_s\":60,\"lateness_s\":10,\"expires\":\"2030-01-01T00:00:00.000Z\","
        "\"tags\":[\"a\",\"b\\\"\"],\"properties\":[\"driver\"],\"metadata\":{\"x\":[1,2]}}");
    same_again("{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[9,47],[10,47],[10,48],[9,47]]]},"
               "\"collection\":\"vans\",\"events\":[\"inside\"]}");
    same_again("{\"area\":{\"collection\":\"zones\"},\"collection\":\"vans\",\"events\":[\"enter\","
               "\"exit\"]}");
    same_again("{\"area\":{\"near\":{\"collection\":\"buses\",\"match\":\"b*\",\"radius\":300}},"
               "\"collection\":\"vans\",\"events\":[\"enter\",\"roam\"]}");
    same_again("{\"area\":{\"place\":\"osm:r1\"},\"collection\":\"vans\",\"events\":[\"enter\","
               "\"exit\"]}");
}

static void test_features_are_rules(void **state)
{
    (void)state;
    struct buffer space SCOPED(buffer_free) = {.account = &account};
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    struct rule rule = {0};
    bool is_initial;
    const char *const text =
        "{\"type\":\"Feature\",\"id\":\"depot\",\"geometry\":{\"type\":\"Point\",\"coordinates\":["
        "9.5,47.1]},\"properties\":{\"radius\":200,\"collection\":\"vans\",\"events\":[\"enter\"]}"
        "}";
    assert_int_equal(rule_read(bytes_from_text(text), &account, &rule, &is_initial, &space, NULL),
                     STATUS_OK);
    assert_int_equal(shape_kind(rule.shape), SHAPE_CIRCLE);
    rule_write_feature(&rule, &out);
    buffer_append_u8(&out, 0);
    assert_string_equal((const char *)out.data, text);
}

static void refuses(const char *members, const char *sentence)
{
    struct buffer space SCOPED(buffer_free) = {.account = &account};
    struct fault fault = {0};
    struct rule rule = {0};
    bool is_initial;
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "{\"area\":{\"circle\":{\"lat\":1,\"lon\":2,\"radius\":3}},\"collection\":\"a\"%s}",
        members);
    assert_int_equal(rule_read(bytes_from_text(text), &account, &rule, &is_initial, &space, &fault),
                     STATUS_OUT_OF_RANGE);
    assert_string_equal(fault.text, sentence);
}

static void test_what_is_wrong_is_named(void **state)
{
    (void)state;
    refuses(",\"dwell\":3", "a fence has no member \"dwell\"");
    refuses(",\"dwell_s\":3", "\"events\" with \"dwell\" and \"dwell_s\" go together");
    refuses(",\"dwell_s\":-1", "\"dwell_s\" must be a number from 0 to 3.16224e+07");
    refuses(",\"area\":{\"circle\":{\"lat\":91,\"lon\":0,\"radius\":1}}",
            "\"lat\" must be a number from -90 to 90");
    refuses(",\"area\":{\"circle\":{\"lat\":9,\"radius\":1}}", "\"circle\" needs a \"lon\"");
    refuses(
        ",\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[9,47],[10,47],[10,99],[9,47]]]}",
        "\"area\": coordinates[0][2]: the latitude (second number) must lie between -90 and 90; "
        "GeoJSON writes longitude first");
    refuses(",\"events\":[\"leave\"]",
            "\"events\" must be a list of \"enter\", \"exit\", \"inside\", \"outside\", \"cross\", "
            "\"dwell\", \"approach\" and \"roam\"");
    refuses(",\"events\":[\"roam\"]", "\"events\": \"roam\" is of an \"area\" with \"near\"");
    refuses(",\"schedule\":{\"time_zone\":\"Mars/Phobos\"}",
            "\"time_zone\" Mars/Phobos is not known: use a name like Europe/Vienna");
    refuses(",\"schedule\":{\"hours\":[{\"from\":\"8\",\"until\":\"18:00\"}]}",
            "\"from\" must be a time of day from \"00:00\" to \"24:00\"");
    refuses(",\"expires\":\"soon\"", "\"expires\" must be a moment like 2026-11-21T15:04:05Z");
    refuses(",\"tags\":[1]", "\"tags\" must be a list of at most 64 texts of 1 to 255 bytes");
}

static void test_schedules_follow_the_clocks_of_their_zone(void **state)
{
    (void)state;
    // Vienna, every day 02:00 to 04:00; on 31 March 2024 clocks went from 02:00 to 03:00 (01:00 UTC).
    const struct schedule schedule = {
        .zone = BYTES_OF("Europe/Vienna"),
        .periods = {{.days = 0x7f, .from_minute = 120, .until_minute = 240}},
        .period_count = 1};
    const int64_t day_us = INT64_C(1711843200) * 1000000; // 31 March 2024, 00:00 UTC
    const int64_t minute_us = 60000000;
    bool was_open = false;
    int64_t open_minutes = 0;
    for (int64_t minute = 0; minute < 1440; minute++) {
        int64_t until_us;
        const bool is_open = schedule_is_open(&schedule, day_us + minute * minute_us, &until_us);
        assert_true(until_us > day_us + minute * minute_us);
        int64_t later_us;
        if (until_us < day_us + 1440 * minute_us) { // nothing changes before it says
            for (int64_t at_us = day_us + minute * minute_us; at_us < until_us;
                 at_us += 7 * minute_us) {
                assert_int_equal(schedule_is_open(&schedule, at_us, &later_us), is_open);
            }
        }
        open_minutes += is_open ? 1 : 0;
        assert_true(is_open == was_open || minute == 60 || minute == 120 || minute == 0);
        was_open = is_open;
    }
    assert_int_equal(open_minutes, 60);
    assert_true(zone_is_known(BYTES_OF("America/St_Johns")));
    assert_false(zone_is_known(BYTES_OF("Nowhere")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_come_back_as_they_were),
        cmocka_unit_test(test_features_are_rules),
        cmocka_unit_test(test_what_is_wrong_is_named),
        cmocka_unit_test(test_schedules_follow_the_clocks_of_their_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
