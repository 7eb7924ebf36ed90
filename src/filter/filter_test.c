#include "filter/filter.h"

#include <math.h>

#include "base/bench.h"
#include "filter/filter_test.h"

static const struct test_object TRUCK = {
    .fields = {{"name", "\"Truck 12\""},
               {"speed", "42.5"},
               {"doors", "3"},
               {"active", "true"},
               {"broken", "false"},
               {"empty", "\"\""},
               {"nothing", "null"},
               {"seen", "\"2026-11-21T15:00:00Z\""},
               {"day", "\"2026-11-21\""},
               {"city", "\"\xc3\x89vian\""},
               {"quoted", "\"say \\\"hi\\\" \\u00e9\""},
               {"tags", "[\"a\", \"b\", 3]"},
               {"properties", "{\"type\": \"van\", \"load\": {\"kg\": 120, \"list\": [10, 20]}, "
                              "\"a.b\": 7, \"gone\": null}"},
               {"dotted.name", "5"},
               {"with space", "1"}},
    .time_us = INT64_C(1795273200000000),
};

struct row {
    const char *text;
    bool is_match;
};

static void check_rows(enum filter_language language, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (test_matches(language, rows[i].text, &TRUCK) != rows[i].is_match) {
            print_error("%s\n", rows[i].text);
            fail();
        }
    }
}

static void test_cql2_compares(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"speed > 30", true},
        {"speed > 42.5", false},
        {"speed >= 42.5", true},
        {"speed < 1e3", true},
        {"speed <= .5", false},
        {"speed = 42.5", true},
        {"speed <> 42.5", false},
        {"42.5=speed", true},
        {"name = 'Truck 12'", true},
        {"name = 'truck 12'", false},
        {"name > 'Truck'", true},
        {"\"name\" = 'Truck 12'", true},
        {"\"with space\" = 1", true},
        {"active = true", true},
        {"active = FALSE", false},
        {"active", true},
        {"broken", false},
        {"not broken", true},
        {"active <> broken", true},
        {"quoted = 'say \"hi\" \xc3\xa9'", true},
        {"city = '\xc3\x89vian'", true},
        {"'it''s' = 'it\\'s'", true},
        {"properties.type = 'van'", true},
        {"properties.load.kg > 100", true},
        {"properties.load.list.1 = 20", true},
        {"properties.a.b = 7", true},
        {"dotted.name = 5", true},
        {"TRUE", true},
        {"FALSE", false},
        // What is not there, or of another kind, is neither true nor false.
        {"missing = 1", false},
        {"missing <> 1", false},
        {"not (missing = 1)", false},
        {"not (name = 1)", false},
        {"speed = 'fast'", false},
        {"name < 5", false},
        {"tags = 'a'", false},
        {"properties.gone = 1", false},
        {"properties.no.way = 1", false},
        {"speed", false},
    };
    check_rows(FILTER_CQL2, rows, COUNT_OF(rows));
}

static void test_cql2_has_three_valued_logic(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"speed > 30 AND doors = 3", true},
        {"speed > 30 and doors = 4", false},
        {"speed > 50 OR doors = 3", true},
        {"speed > 50 OR doors = 4", false},
        {"NOT speed > 50", true},
        {"NOT NOT speed > 50", false},
        {"speed > 50 OR speed > 40 AND doors = 3", true},
        {"(speed > 40 OR speed > 50) AND doors = 4", false},
        {"missing = 1 OR doors = 3", true},
        {"doors = 3 OR missing = 1", true},
        {"missing = 1 OR doors = 4", false},
        {"NOT (missing = 1 AND doors = 4)", true},
        {"NOT (doors = 4 AND missing = 1)", true},
        {"NOT (missing = 1 OR doors = 4)", false},
        {"NOT (missing = 1 OR doors = 3)", false},
        {"(missing = 1 OR doors = 4) IS NULL", true},
        {"(missing = 1 AND doors = 3) IS NULL", true},
        {"(missing = 1 AND doors = 4) IS NULL", false},
        {"(missing = 1 AND missing = 1 AND doors = 4 AND missing = 1) IS NULL", false},
        {"(missing = 1 OR missing = 2 OR doors = 3 OR missing = 4) = true", true},
        {"missing IS NULL", true},
        {"nothing is null", true},
        {"speed IS NULL", false},
        {"speed IS NOT NULL", true},
        {"properties.gone IS NULL", true},
        {"empty IS NULL", false},
    };
    check_rows(FILTER_CQL2, rows, COUNT_OF(rows));
}

static void test_cql2_looks_in_lists_ranges_and_patterns(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"doors IN (1, 2, 3)", true},
        {"doors IN (1, 2)", false},
        {"doors NOT IN (1, 2)", true},
        {"doors not in (3)", false},
        {"name IN ('x', 'Truck 12', 'a')", true},
        {"missing IN (1)", false},
        {"missing NOT IN (1)", false},
        {"doors IN (2, speed - 39.5)", true},
        {"active IN (true)", true},
        {"day IN (DATE('2026-11-20'), DATE('2026-11-21'))", true},
        {"speed BETWEEN 42.5 AND 43", true},
        {"speed BETWEEN 43 AND 44", false},
        {"speed NOT BETWEEN 43 AND 44", true},
        {"speed between doors and doors * 20 and active", true},
        {"name BETWEEN 'A' AND 'Z'", true},
        {"missing NOT BETWEEN 1 AND 2", false},
        {"name LIKE 'Truck%'", true},
        {"name LIKE 'truck%'", false},
        {"name LIKE '%12'", true},
        {"name LIKE '%uck_1%'", true},
        {"name LIKE '_ruck 12'", true},
        {"name LIKE 'Truck'", false},
        {"name NOT LIKE 'Bus%'", true},
        {"name LIKE '%%%'", true},
        {"empty LIKE '%'", true},
        {"empty LIKE '_'", false},
        {"city LIKE '_vian'", true},
        {"'100%' LIKE '100\\%'", true},
        {"'1000' LIKE '100\\%'", false},
        {"'a_b' LIKE 'a\\_b'", true},
        {"speed LIKE '4%'", false},
        {"CASEI(name) = CASEI('TRUCK 12')", true},
        {"casei(name) LIKE casei('TRUCK%')", true},
        {"CASEI(city) = CASEI('\xc3\xa9VIAN')", true},
        {"CASEI('stra\xc3\x9f"
         "e') = CASEI('STRASSE')",
         true},
        {"ACCENTI(city) = ACCENTI('Evian')", true},
        {"ACCENTI(city) = 'evian'", false},
        {"ACCENTI(CASEI(city)) = 'evian'", true},
        {"CASEI(ACCENTI(city)) IN ('evian', 'x')", true},
        {"CASEI(missing) = 'x'", false},
    };
    check_rows(FILTER_CQL2, rows, COUNT_OF(rows));
}

static void test_cql2_calculates(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"speed * 2 = 85", true},   {"speed + doors - 0.5 = 45", true},
        {"10 - 2 - 3 = 5", true},   {"2 + 3 * 4 = 14", true},
        {"(2 + 3) * 4 = 20", true}, {"-doors = -3", true},
        {"doors = +3", true},       {"2 ^ 3 = 8", true},
        {"-2 ^ 2 = 4", true},       {"2 ^ -1 = 0.5", true},
        {"7 div 2 = 3", true},      {"-7 DIV 2 = -3", true},
        {"7 % 4 = 3", true},        {"7 / 2 = 3.5", true},
        {"1 / 0 IS NULL", true},    {"doors / (doors - 3) > 0", false},
        {"name + 1 = 2", false},
    };
    check_rows(FILTER_CQL2, rows, COUNT_OF(rows));
}

static void test_cql2_relates_times(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"event_time > TIMESTAMP('2026-01-01T00:00:00Z')", true},
        {"seen = TIMESTAMP('2026-11-21T16:00:00+01:00')", true},
        {"day = DATE('2026-11-21')", true},
        {"seen > day", true},
        {"event_time > '2026-01-01'", true},
        {"T_AFTER(event_time, DATE('2026-11-20'))", true},
        {"T_BEFORE(seen, event_time)", false},
        {"t_before(day, seen)", true},
        {"T_EQUALS(seen, event_time)", true},
        {"T_DURING(seen, INTERVAL('2026-11-21', '2026-11-22'))", true},
        {"T_DURING(day, INTERVAL('2026-11-21', '2026-11-22'))", false},
        {"T_INTERSECTS(day, INTERVAL('2026-11-21', '2026-11-22'))", true},
        {"T_INTERSECTS(seen, INTERVAL('2026-11-22', '..'))", false},
        {"T_INTERSECTS(seen, INTERVAL('..', '2026-11-22'))", true},
        {"T_DISJOINT(seen, INTERVAL('2026-11-22', '..'))", true},
        {"T_MEETS(INTERVAL('2026-01-01', day), INTERVAL('2026-11-21', '..'))", true},
        {"T_METBY(INTERVAL('2026-11-21', '..'), INTERVAL('2026-01-01', '2026-11-21'))", true},
        {"T_CONTAINS(INTERVAL('2026-01-01', '2027-01-01'), INTERVAL(day, seen))", true},
        {"T_OVERLAPS(INTERVAL('2026-01-01', '2026-03-01'), INTERVAL('2026-02-01', '2026-04-01'))",
         true},
        {"T_OVERLAPPEDBY(INTERVAL('2026-02-01', '2026-04-01'), INTERVAL('2026-01-01', "
         "'2026-03-01'))",
         true},
        {"T_STARTS(INTERVAL('2026-01-01', '2026-02-01'), INTERVAL('2026-01-01', '2026-03-01'))",
         true},
        {"T_STARTEDBY(INTERVAL('2026-01-01', '2026-03-01'), INTERVAL('2026-01-01', "
         "'2026-02-01'))",
         true},
        {"T_FINISHES(INTERVAL('2026-02-01', '2026-03-01'), INTERVAL('2026-01-01', "
         "'2026-03-01'))",
         true},
        {"T_FINISHEDBY(INTERVAL('2026-01-01', '2026-03-01'), INTERVAL('2026-02-01', "
         "'2026-03-01'))",
         true},
        {"T_AFTER(name, DATE('2026-11-20'))", false},
        {"T_AFTER(now(), event_time)", false},
        {"event_time > NOW()", true},
        {"T_DURING(missing, INTERVAL('..', '..')) IS NULL", true},
    };
    check_rows(FILTER_CQL2, rows, COUNT_OF(rows));
}

static void test_cql2_relates_arrays_as_sets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"A_CONTAINS(tags, ('a', 3))", true},
        {"A_CONTAINS(tags, ('a', 'z'))", false},
        {"A_CONTAINEDBY(tags, ('a', 'b', 'c', 3))", true},
        {"A_CONTAINEDBY(('a'), tags)", true},
        {"A_EQUALS(tags, (3, 'b', 'a', 'a'))", true},
        {"A_EQUALS(tags, ('a', 'b'))", false},
        {"A_OVERLAPS(tags, ('z', 'b'))", true},
        {"A_OVERLAPS(tags, ())", false},
        {"A_CONTAINS(tags, ())", true},
        {"A_CONTAINS(tags, (properties.type))", false},
        {"A_CONTAINS(('van', name), (properties.type))", true},
        {"A_OVERLAPS(name, ('a'))", false},
    };
    check_rows(FILTER_CQL2, rows, COUNT_OF(rows));
}

static void test_cql2_relates_geometries(void **state)
{
    (void)state;
    struct buffer shape = {.account = &test_account};
    shape_add_point(&shape, GEO_POINT(9.52, 47.14));
    const struct test_object object = {.geometry = {.bytes = buffer_bytes(&shape)},
                                       .fields = {{"name", "\"x\""}}};
    static const struct row rows[] = {
        {"S_INTERSECTS(geometry, BBOX(9, 47, 10, 48))", true},
        {"S_INTERSECTS(geometry, BBOX(9, 47, 100, 10, 48, 200))", true},
        {"s_intersects(geometry, BBOX(170, 40, -170, 50))", false},
        {"S_WITHIN(geometry, POLYGON((9 47, 10 47, 10 48, 9 48, 9 47)))", true},
        {"S_WITHIN(geometry, POLYGON((9 47, 10 47, 10 48, 9 48, 9 47), "
         "(9.5 47.1, 9.6 47.1, 9.6 47.2, 9.5 47.2, 9.5 47.1)))",
         false},
        {"S_WITHIN(geometry, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), "
         "((9 47, 10 47, 10 48, 9 48, 9 47))))",
         true},
        {"S_CONTAINS(POLYGON((9 47, 10 47, 10 48, 9 48, 9 47)), geometry)", true},
        {"S_DISJOINT(geometry, LINESTRING(0 0, 1 1))", true},
        {"S_EQUALS(geometry, POINT(9.52 47.14))", true},
        {"S_EQUALS(geometry, POINT Z (9.52 47.14 430))", true},
        {"S_EQUALS(geometry, POINT(-9.52 47.14))", false},
        {"S_INTERSECTS(geometry, MULTIPOINT(1 1, 9.52 47.14))", true},
        {"S_INTERSECTS(geometry, MULTIPOINT((1 1), (9.52 47.14)))", true},
        {"S_INTERSECTS(geometry, MULTILINESTRING((9.5 47.14, 9.6 47.14), (0 0, 1 1)))", true},
        {"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1 1), BBOX(9, 47, 10, 48)))", true},
        {"DISTANCE(geometry, POINT(9.52 47.15)) BETWEEN 1111 AND 1113", true},
        {"distance(geometry, POINT(9.52 47.15)) < 1000", false},
        {"S_INTERSECTS(name, BBOX(9, 47, 10, 48)) IS NULL", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (test_matches(FILTER_CQL2, rows[i].text, &object) != rows[i].is_match) {
            print_error("%s\n", rows[i].text);
            fail();
        }
    }
    buffer_free(&shape);
}

struct refusal {
    const char *text;
    const char *sentence; // how it begins
};

static void check_refusals(enum filter_language language, const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct filter *filter = NULL;
        struct fault fault = {0};
        const enum status status =
            filter_compile(language, bytes_from_text(rows[i].text), &test_account, &filter, &fault);
        filter_free(filter);
        if (status != STATUS_OUT_OF_RANGE ||
            strncmp(fault.text, rows[i].sentence, strlen(rows[i].sentence)) != 0) {
            print_error("%s\n  %s\n", rows[i].text, status == STATUS_OK ? "ok" : fault.text);
            fail();
        }
    }
    assert_int_equal(atomic_load(&test_account.used_size), 0);
}

static void test_cql2_refuses_with_the_column(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"", "column 1: the filter ends where a value was expected"},
        {"speed >", "column 8: the filter ends where a value was expected"},
        {"speed > > 3", "column 9: \">\" where a value was expected"},
        {"speed == 3", "column 8: \"=\" where a value was expected"},
        {"speed > 3 doors", "column 11: \"doors\" where AND, OR or the end was expected"},
        {"(speed > 3", "column 11: the filter ends where \")\" was expected"},
        {"speed > 'x' + 1", "column 9: arithmetic wants a number; this is a text"},
        {"speed > 3 AND 5", "column 15: AND wants a condition; this is a number"},
        {"5", "column 1: a filter wants a condition; this is a number"},
        {"name LIKE 5", "column 11: LIKE wants a text; this is a number"},
        {"5 = 'a'", "column 5: a number is compared with a text"},
        {"doors IN (1, 'a')", ""},
        {"1 IN (1, 'a')", "column 10: a number is compared with a text"},
        {"TRUE < FALSE", "column 1: a comparison wants"},
        {"1 < doors < 3", "column 11: comparisons do not chain: join them with AND"},
        {"name = 'abc", "column 8: the text that begins here has no end"},
        {"\xc3\xa9t\xc3\xa9 > > 3", "column 7: \">\""},
        {"speed > 1.2.3", "column 9: \"1.2.3\" is no number"},
        {"speed ? 3", "column 7: \"?\" has no meaning in CQL2"},
        {"nosuch(3)", "column 1: there is no function nosuch"},
        {"S_INTERSECTS(geometry, 5)", "column 24: S_INTERSECTS wants a geometry; this is a number"},
        {"S_INTERSECTS(geometry)", "column 22: \")\" where \",\" was expected"},
        {"S_WITHIN(geometry, POINT(200 10))", "column 26: a longitude lies between"},
        {"S_WITHIN(geometry, POLYGON((0 0, 1 1, 0 0)))", "column 28: a ring has at least 4"},
        {"S_WITHIN(geometry, POLYGON((0 0, 1 0, 1 1, 0 1)))", "column 28: a ring ends where"},
        {"S_WITHIN(geometry, LINESTRING(0 0))", "column 30: a line has at least 2"},
        {"S_WITHIN(geometry, BBOX(1, 2, 3))", "column 24: BBOX has four"},
        {"S_WITHIN(geometry, BBOX(1, 20, 3, 10))", "column 28: the south"},
        {"T_AFTER(seen, DATE('2026-02-30'))", "column 20: \"2026-02-30\" is no instant"},
        {"T_AFTER(seen, DATE('2026-02-20T00:00:00Z'))", "column 20: a DATE has no time"},
        {"T_AFTER(seen, INTERVAL('2026-02-20', '2026-01-20'))", "column 15: the interval ends"},
        {"T_AFTER(seen, 5)", "column 15: T_AFTER wants"},
        {"speed IS 5", "column 10: \"5\" where NULL was expected"},
        {"speed NOT 5", "column 11: \"5\" where LIKE, IN or BETWEEN was expected"},
        {"speed BETWEEN 1 OR 2", "column 17: \"OR\" where AND was expected"},
        {"doors IN ()", "column 11: \")\" where a value was expected"},
        {"and = 3", "column 1: \"and\" where a value was expected"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].sentence[0] != '\0') {
            check_refusals(FILTER_CQL2, &rows[i], 1);
        }
    }
}

static void test_expressions_follow_javascript(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"speed > 30 && doors == 3", true},
        {"speed > 30 && doors == 4", false},
        {"speed > 50 || doors === 3", true},
        {"!(speed > 50)", true},
        {"!speed", false},
        {"!!speed", true},
        {"speed != 42.5", false},
        {"doors !== '3'", true},
        {"doors == '3'", true},
        {"doors === '3'", false},
        {"name == \"Truck 12\"", true},
        {"name == 'TRUCK 12'", true},
        {"name === `truck 12`", true},
        {"name < 'u'", true},
        {"active", true},
        {"active == 1", true},
        {"broken || empty", false},
        {"empty == 0", false},
        {"missing == 0", true},
        {"missing", false},
        {"missing < 1 && missing > -1", true},
        {"missing.deeper == undefined", true},
        {"missing.deeper == 0", false},
        {"missing.deeper ?? 7 == 7", true},
        {"(missing.deeper ?? 7) == 7", true},
        {"speed > 40 ? doors == 3 : doors == 4", true},
        {"speed > 50 ? doors == 3 : doors == 4", false},
        {"false ? 1 : true ? 2 : 0", true},
        {"(speed > 50 ? 'a' : 'b') + 'c' == 'bc'", true},
        {"speed + doors == 45.5", true},
        {"name + doors == 'truck 123'", true},
        {"'5' * '4' == 20", true},
        {"'5' + 4 == '54'", true},
        {"7 % 4 == 3 && 7 / 2 == 3.5 && -doors == -3", true},
        {"2 + 3 * 4 == 14", true},
        {"10 - 2 - 3 == 5", true},
        {"1e3 == 1000 && 0x1F == 31 && .5 == 0.5", true},
        {"(doors | 4) == 7 && (doors & 1) == 1 && (doors ^ 1) == 2", true},
        {"properties.type == 'van'", true},
        {"properties.load.kg >= 120", true},
        {"properties.load.list[1] == 20", true},
        {"properties['load']['kg'] == 120", true},
        {"properties?.load?.kg == 120", true},
        {"properties.nothing.deeper", false},
        {"this.speed == 42.5", true},
        {"this['speed'] == 42.5 && this.properties.type == 'VAN'", true},
        {"properties == properties", false},
        {"tags[0] == 'a' && tags[2] == 3", true},
        {"name.match('truck*')", true},
        {"name.match('bus*')", false},
        {"name =~ '^Truck [0-9]+$'", true},
        {"name =~ '^truck'", false},
        {"name =~ '(?i)^truck'", true},
        {"doors =~ '^3$'", true},
        {"name =~ properties.type", false},
        {"'a van' =~ properties.type", true},
        {"name =~ ('Tr' + 'uck')", true},
        {"doors in [1, 2, 3]", true},
        {"name in ['x', 'truck 12']", true},
        {"!(doors in [4, 5])", true},
        {"1, 2, doors == 3", true},
        {"NaN == NaN", false},
        {"Infinity > 1e308", true},
        {"null == 0", true},
        {"undefined == null", true},
        {"undefined == 0", false},
        {"'\\u00c9vian' == city", true},
        {"'\\x45\\t' == 'E\t'", true},
        {"quoted == 'say \"hi\" \xc3\xa9'", true},
        {"!missing == true", true},
        {"!speed < 1", false}, // as tidwall/expr groups it: !(speed < 1) is true; see below
    };
    for (size_t i = 0; i + 1 < COUNT_OF(rows); i++) {
        check_rows(FILTER_TILE38, &rows[i], 1);
    }
    assert_true(test_matches(FILTER_TILE38, "!speed < 1", &TRUCK));
    assert_true(test_matches(FILTER_TILE38, "!missing && doors", &TRUCK));
}

static void test_expressions_refuse_with_the_column(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"", "column 1: the expression ends where a value was expected"},
        {"speed >", "column 8: the expression ends where a value was expected"},
        {"speed = 3", "column 7: \"= 3\" where an operator or the end was expected"},
        {"(speed > 3", "column 11: the expression ends where \")\" was expected"},
        {"a ? b", "column 6: the expression ends where \":\" was expected"},
        {"name == 'abc", "column 9: the text that begins here has no end"},
        {"1.2.3 == 4", "column 1: \"1.2.3\" is no number"},
        {"12abc == 4", "column 1: \"12\" is no number"},
        {"typeof x", "column 1: \"typeof x\" where a value was expected"},
        {"name.upper()", "column 6: there is no function upper; there is match(pattern)"},
        {"name(3)", "column 1: this is no function"},
        {"name =~ '('", "column 9: pattern, column 1: a group has no )"},
        {"a.", "column 3: the expression ends where a name was expected"},
        {"'\\u12' == a", "column 4: an escape wants hexadecimal digits"},
        {"[1, 2", "column 6: the expression ends where \"]\" was expected"},
    };
    check_refusals(FILTER_TILE38, rows, COUNT_OF(rows));
}

static void test_gives_values_of_expressions(void **state)
{
    (void)state;
    const struct filter_subject subject = test_subject(&TRUCK);
    struct filter_scratch scratch;
    struct filter *filter = test_filter(FILTER_TILE38, "name + ': ' + speed / 0.1");
    struct filter_value value = filter_value_of(filter, &subject, &scratch);
    assert_int_equal(value.kind, FILTER_TEXT);
    assert_true(bytes_equal(value.text, BYTES_OF("Truck 12: 425")));
    assert_true(bytes_equal(filter_text(filter), BYTES_OF("name + ': ' + speed / 0.1")));
    filter_free(filter);
    filter = test_filter(FILTER_TILE38, "properties.load");
    value = filter_value_of(filter, &subject, &scratch);
    assert_int_equal(value.kind, FILTER_JSON);
    filter_free(filter);
    filter = test_filter(FILTER_TILE38, "missing.thing");
    assert_int_equal(filter_value_of(filter, &subject, &scratch).kind, FILTER_NULL);
    filter_free(filter);
}

static const struct test_object BUILDING = {
    .fields = {{"floors", "7"},
               {"swimming_pool", "true"},
               {"under_construction", "false"},
               {"material", "\"brick\""},
               {"eo:cloud_cover", "0.15"},
               {"road_class", "\"STRASSE\""},
               {"etat_vol", "\"D\u00c9BARQU\u00c9R\""},
               {"layer:ids", "[\"layers-ca\",\"layers-us\",\"layers-mx\"]"},
               {"built", "\"2012-08-11\""},
               {"date", "\"2012-08-10\""},
               {"height", "4.5"},
               {"clearance", "5"},
               {"gr\xc3\xb6\xc3\x9f"
                "e",
                "12"},
               {"owner", "\"Mike's \\\\ 100%\""},
               {"starts_at", "\"2012-08-10T05:30:00Z\""},
               {"ends_at", "\"2012-08-10T05:45:00Z\""},
               {"Floors", "1"}}};

// Conditions of the kinds that OGC 21-065 has examples of.
static void test_cql2_reads_what_the_standard_shows(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"height > (clearance - 1)", true},
        {"clearance-1.0 > 0", true},
        {"height-4.0>0 and clearance-5.0=0", true},
        {"floors>5 AND swimming_pool=true", true},
        {"swimming_pool=true AND (floors>5 OR material LIKE 'bri%' OR material LIKE '%ick')", true},
        {"(floors > 5 AND material='brick') OR swimming_pool = false", true},
        {"NOT under_construction", true},
        {"NOT (floors < 5) OR swimming_pool=true", true},
        {"Floors = 1 AND floors = 7", true},
        {"eo:cloud_cover BETWEEN 0.1 AND 0.2", true},
        {"\"eo:cloud_cover\" between 0.0 and 0.1", false},
        {"floors NOT IN (1,2,3,4)", true},
        {"material IN ('brick','stone')", true},
        {"CASEI(road_class) IN (CASEI('\xce\x9f\xce\xb4\xce\xbf\xcf\x82'),CASEI('Stra\xc3\x9f"
         "e'))",
         true},
        {"CASEI(ACCENTI(etat_vol)) = 'debarquer'", true},
        {"ACCENTI(CASEI(etat_vol)) LIKE ACCENTI(CASEI('d\xc3\xa9%'))", true},
        {"A_CONTAINS(layer:ids, ('layers-ca','layers-us'))", true},
        {"A_EQUALS(('a', TRUE, 3), ('a', 3, true))", true},
        {"A_EQUALS((1, 2), (2, 1, 2))", true},
        {"A_CONTAINS(((1, 2), 3), ((1, 2)))", true},
        {"built > DATE('2012-08-10')", true},
        {"date = DATE('2012-08-10')", true},
        {"T_AFTER(built, date)", true},
        {"T_DURING(INTERVAL(starts_at, ends_at), INTERVAL('2012-08-10', '2012-08-11'))", true},
        {"T_INTERSECTS(INTERVAL(starts_at, '..'), INTERVAL('..', ends_at))", true},
        {"T_STARTEDBY(INTERVAL(starts_at, ends_at), TIMESTAMP('2012-08-10T05:30:00Z'))", true},
        {"T_BEFORE(ends_at, TIMESTAMP('2012-08-10T05:30:00.000001Z'))", false},
        {"gr\xc3\xb6\xc3\x9f"
         "e > 10",
         true},
        {"owner LIKE 'Mike''s \\\\\\\\ 100\\%'", false},
        {"owner LIKE 'Mike''s _ 100\\%'", true},
        {"owner LIKE 'Mike''s _ 1%'", true},
        {"floors DIV 2 = 3 AND floors % 2 = 1 AND 2 ^ 3 ^ 2 = 64", true},
        {"floors = 7 OR floors = 8 AND floors = 9", true},
        {"(floors = 7 OR floors = 8) AND floors = 9", false},
        {"floors * -1 = -7 and - floors = -7 and -(floors + 1) = -8", true},
        {"(((floors))) = 7 and (((floors = 7)))", true},
        {"floors=7\nAND\tmaterial = 'brick'\r\n", true},
        {"1e1 = 10 AND 1.5E+1 = 15 AND 2e-1 = 0.2", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (test_matches(FILTER_CQL2, rows[i].text, &BUILDING) != rows[i].is_match) {
            print_error("%s\n", rows[i].text);
            fail();
        }
    }
}

// A program may be asked about an object that is larger than any sense: it gives up, and says no.
static void test_an_evaluation_has_a_budget(void **state)
{
    (void)state;
    const size_t size = (size_t)8 << 20;
    char *const json = test_malloc(size + 3);
    memset(json, 'a', size + 2);
    json[0] = '"';
    json[size + 1] = '"';
    json[size + 2] = '\0';
    const struct test_object object = {.fields = {{"a", json}}};
    const double begin = bench_process_cpu_ns();
    assert_true(test_matches(FILTER_TILE38, "a != 1", &object));
    assert_false(test_matches(FILTER_TILE38, "a =~ '(a|aa)+b?$'", &object));
    assert_false(test_matches(FILTER_CQL2, "a LIKE '%a%a%a%a%b'", &object));
    assert_false(test_matches(FILTER_CQL2, "a LIKE '%a%a%a%a%b' OR TRUE", &object));
    assert_false(test_matches(FILTER_CQL2, "CASEI(a) IS NULL", &object));
    assert_true(bench_process_cpu_ns() - begin < 5e9);
    // What does not fit the scratch is null.
    json[5000] = '"';
    json[5001] = '\0';
    assert_true(test_matches(FILTER_CQL2, "CASEI(a) IS NULL AND a LIKE 'aa%'", &object));
    test_free(json);
}

// Nothing a text can hold makes compiling or evaluating slow, deep or large.
static void test_bombs_are_refused_or_cheap(void **state)
{
    (void)state;
    static char text[FILTER_TEXT_SIZE + 2];
    struct filter *filter = NULL;
    memset(text, '(', FILTER_TEXT_SIZE);
    assert_int_equal(
        filter_compile(FILTER_CQL2, bytes_from_text(text), &test_account, &filter, NULL),
        STATUS_OUT_OF_RANGE);
    assert_int_equal(
        filter_compile(FILTER_TILE38, bytes_from_text(text), &test_account, &filter, NULL),
        STATUS_OUT_OF_RANGE);
    memset(text, '[', FILTER_TEXT_SIZE);
    assert_int_equal(
        filter_compile(FILTER_TILE38, bytes_from_text(text), &test_account, &filter, NULL),
        STATUS_OUT_OF_RANGE);
    memset(text, '!', FILTER_TEXT_SIZE);
    assert_int_equal(
        filter_compile(FILTER_TILE38, bytes_from_text(text), &test_account, &filter, NULL),
        STATUS_OUT_OF_RANGE);
    memset(text, '-', FILTER_TEXT_SIZE);
    assert_int_equal(
        filter_compile(FILTER_CQL2, bytes_from_text(text), &test_account, &filter, NULL),
        STATUS_OUT_OF_RANGE);
    for (size_t i = 0; i + 4 <= FILTER_TEXT_SIZE; i += 2) {
        memcpy(text + i, "a+", 2);
    }
    memcpy(text + FILTER_TEXT_SIZE - 2, "a", 2);
    assert_int_equal(
        filter_compile(FILTER_TILE38, bytes_from_text(text), &test_account, &filter, NULL),
        STATUS_OUT_OF_RANGE);
    memset(text, 'x', FILTER_TEXT_SIZE + 1);
    assert_int_equal(
        filter_compile(FILTER_CQL2, bytes_from_text(text), &test_account, &filter, NULL),
        STATUS_OUT_OF_RANGE);
    assert_int_equal(atomic_load(&test_account.used_size), 0);

    // A long row of conditions is no deep tree.
    size_t size = (size_t)snprintf(text, sizeof(text), "doors = 4");
    while (size < 16000) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, " OR doors = 4");
    }
    (void)snprintf(text + size, sizeof(text) - size, " OR doors = 3");
    assert_true(test_matches(FILTER_CQL2, text, &TRUCK));

    // A list of thousands is a set.
    size = (size_t)snprintf(text, sizeof(text), "doors IN (1000");
    for (int i = 1001; i < 8000; i++) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, ",%d", i * 7919 % 9000 + 10);
    }
    (void)snprintf(text + size, sizeof(text) - size, ",3)");
    assert_true(test_matches(FILTER_CQL2, text, &TRUCK));
}

static void test_a_full_account_refuses_and_leaks_nothing(void **state)
{
    (void)state;
    static const char text[] = "S_WITHIN(geometry, POLYGON((9 47, 10 47, 10 48, 9 47))) AND "
                               "name LIKE casei('abc%') AND doors IN (1, 2, 3)";
    bool is_done = false;
    for (size_t limit = 64; limit < 64 * 1024 && !is_done; limit += 64) {
        struct memory_account account = {.name = "small", .limit_size = limit};
        struct filter *filter = NULL;
        const enum status status =
            filter_compile(FILTER_CQL2, bytes_from_text(text), &account, &filter, NULL);
        is_done = status == STATUS_OK;
        assert_true(is_done || status == STATUS_NO_MEMORY);
        filter_free(filter);
        assert_int_equal(atomic_load(&account.used_size), 0);
    }
    assert_true(is_done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cql2_compares),
        cmocka_unit_test(test_cql2_has_three_valued_logic),
        cmocka_unit_test(test_cql2_looks_in_lists_ranges_and_patterns),
        cmocka_unit_test(test_cql2_calculates),
        cmocka_unit_test(test_cql2_relates_times),
        cmocka_unit_test(test_cql2_relates_arrays_as_sets),
        cmocka_unit_test(test_cql2_relates_geometries),
        cmocka_unit_test(test_cql2_reads_what_the_standard_shows),
        cmocka_unit_test(test_an_evaluation_has_a_budget),
        cmocka_unit_test(test_cql2_refuses_with_the_column),
        cmocka_unit_test(test_expressions_follow_javascript),
        cmocka_unit_test(test_expressions_refuse_with_the_column),
        cmocka_unit_test(test_gives_values_of_expressions),
        cmocka_unit_test(test_bombs_are_refused_or_cheap),
        cmocka_unit_test(test_a_full_account_refuses_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
