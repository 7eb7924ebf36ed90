#include "filter/regex.h"

#include "base/bench.h"
#include "base/test.h"

static bool matches(const char *pattern, const char *text)
{
    struct regex_room room;
    struct fault fault = {0};
    if (regex_compile(bytes_from_text(pattern), &room, &fault) != STATUS_OK) {
        print_error("%s: %s\n", pattern, fault.text);
        fail();
    }
    return regex_matches(&room.regex, bytes_from_text(text));
}

static void test_finds_what_the_pattern_says(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool is_match;
    } rows[] = {
        {"", "", true},
        {"abc", "xabcx", true},
        {"^abc$", "abc", true},
        {"^abc$", "abcd", false},
        {"a.c", "a\nc", false},
        {"(?s)a.c", "a\nc", true},
        {"a*b", "b", true},
        {"^a+b$", "aaab", true},
        {"^a+b$", "b", false},
        {"^a?b$", "aab", false},
        {"^(ab|cd)+$", "abcdab", true},
        {"^(ab|cd)+$", "abc", false},
        {"^a{2,3}$", "a", false},
        {"^a{2,3}$", "aa", true},
        {"^a{2,3}$", "aaa", true},
        {"^a{2,3}$", "aaaa", false},
        {"^a{2}$", "aa", true},
        {"^a{2,}$", "aaaaaa", true},
        {"^a{0}$", "", true},
        {"^a{0}$", "a", false},
        {"^a{0,2}$", "aaa", false},
        {"^(a{2}){2}$", "aaaa", true},
        {"^(a{2}){2}$", "aaa", false},
        {"a{,2}", "a{,2}", true},
        {"x{", "x{", true},
        {"^[a-c]+$", "abcabc", true},
        {"^[^a-c]+$", "xyz", true},
        {"^[^a-c]+$", "xbz", false},
        {"^[]a]+$", "]a", true},
        {"^[a-]+$", "a-", true},
        {"^[\\d.]+$", "10.5", true},
        {"^[[:alpha:]_]+$", "Ab_", true},
        {"^[[:^alpha:]]+$", "12", true},
        {"^\\w+\\s\\d+$", "truck 12", true},
        {"^\\D+$", "a1", false},
        {"\\bcat\\b", "a cat!", true},
        {"\\bcat\\b", "concat", false},
        {"\\Bcat", "concat", true},
        {"(?i)TRUCK", "a truck", true},
        {"(?i)^[A-Z]+$", "abc", true},
        {"(?i:a)b", "Ab", true},
        {"(?i:a)b", "AB", false},
        {"(?i)stra\xc3\x9f"
         "e",
         "STRA\xe1\xba\x9e"
         "E",
         true},
        {"a(?i)b", "aB", true},
        {"a(?i)b|c", "C", true},
        {"(?m)^b$", "a\nb\nc", true},
        {"^b$", "a\nb\nc", false},
        {"\\Ab", "ab", false},
        {"a\\z", "ba", true},
        {"^.$", "\xc3\xa9", true},
        {"^..$", "\xc3\xa9", false},
        {"^\\x{e9}\\x41$",
         "\xc3\xa9"
         "A",
         true},
        {"^\\pL+$", "\xc3\xa9\xce\xb1z", true},
        {"^\\p{Lu}$", "a", false},
        {"^\\p{Greek}+$", "\xce\xb1\xce\xb2", true},
        {"^\\P{Greek}+$", "ab", true},
        {"^[\\pL\\d]+$", "a1\xc3\xa9", true},
        {"\\Qa.b\\E.", "a.bc", true},
        {"\\Qa.b\\E.", "axbc", false},
        {"(?P<name>a+)b", "aab", true},
        {"(?<name>a+)b", "aab", true},
        {"^a+?$", "aaa", true},
        {"a||b", "", true},
        {"^(|a)$", "", true},
        {"^(a|b|)*$", "abba", true},
        {"^(a*)*$", "aaaa", true},
        {"^(a*)+b$", "aaaac", false},
        {"\\.", "a.b", true},
        {"^\\101$", "A", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (matches(rows[i].pattern, rows[i].text) != rows[i].is_match) {
            print_error("/%s/ on \"%s\"\n", rows[i].pattern, rows[i].text);
            fail();
        }
    }
}

static void test_refuses_what_is_no_pattern_with_the_column(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        unsigned column;
    } rows[] = {
        {"a(b", 2},    {"ab)", 3},         {"[a", 1},       {"*a", 1},        {"a**", 3},
        {"a{2,1}", 2}, {"a{1001}", 2},     {"[b-a]", 2},    {"\\", 2},        {"(?=a)", 2},
        {"(?!a)", 2},  {"\\1x\\y", 5},     {"[[:no:]]", 2}, {"\\p{Nope}", 3}, {"a(?P<x", 3},
        {"\\xg", 2},   {"\\x{110000}", 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct regex_room room;
        struct fault fault = {0};
        char expected[40];
        (void)snprintf(expected, sizeof(expected), "pattern, column %u: ", rows[i].column);
        assert_int_equal(regex_compile(bytes_from_text(rows[i].pattern), &room, &fault),
                         STATUS_OUT_OF_RANGE);
        if (strncmp(fault.text, expected, strlen(expected)) != 0) {
            print_error("/%s/: %s\n", rows[i].pattern, fault.text);
            fail();
        }
    }
}

// Patterns that make others take exponential time, or memory, are refused or take linear time.
static void test_no_pattern_takes_exponential_time(void **state)
{
    (void)state;
    char text[20001];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    const double begin = bench_process_cpu_ns();
    assert_false(matches("^(a+)+$b", text));
    assert_false(matches("(a|aa)+$b", text));
    assert_false(matches("(.*)*b", text));
    assert_false(matches("^(a?){100}a{100}b", text));
    struct regex_room room;
    assert_int_equal(regex_compile(BYTES_OF("((a{100}){100}){100}"), &room, NULL),
                     STATUS_OUT_OF_RANGE);
    assert_int_equal(regex_compile(BYTES_OF("(((){1000}){1000}){1000}"), &room, NULL),
                     STATUS_OUT_OF_RANGE);
    assert_true(bench_process_cpu_ns() - begin < 2e9);
}

// A naive matcher with backtracking over the same little language, as it is written.
static bool naive(const char *pattern, const char *text)
{
    if (pattern[0] == '\0') {
        return true;
    }
    if (pattern[0] == '$' && pattern[1] == '\0') {
        return *text == '\0';
    }
    const bool is_one = *text != '\0' && (pattern[0] == '.' || pattern[0] == *text);
    switch (pattern[1]) {
    case '*':
        return naive(pattern + 2, text) || (is_one && naive(pattern, text + 1));
    case '?':
        return naive(pattern + 2, text) || (is_one && naive(pattern + 2, text + 1));
    default:
        return is_one && naive(pattern + 1, text + 1);
    }
}

static void test_agrees_with_a_naive_matcher(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (int round = 0; round < 100000; round++) {
        char pattern[24] = "^";
        size_t size = 1;
        const size_t atoms = dice_below(&dice, 7);
        for (size_t i = 0; i < atoms; i++) {
            pattern[size++] = "abc."[dice_below(&dice, 4)];
            const uint64_t mark = dice_below(&dice, 4);
            if (mark < 2) {
                pattern[size++] = "*?"[mark];
            }
        }
        if (dice_below(&dice, 2) == 0) {
            pattern[size++] = '$';
        }
        char text[12] = "";
        const size_t letters = dice_below(&dice, 10);
        for (size_t i = 0; i < letters; i++) {
            text[i] = "abc"[dice_below(&dice, 3)];
        }
        assert_int_equal(matches(pattern, text), naive(pattern + 1, text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_the_pattern_says),
        cmocka_unit_test(test_refuses_what_is_no_pattern_with_the_column),
        cmocka_unit_test(test_no_pattern_takes_exponential_time),
        cmocka_unit_test(test_agrees_with_a_naive_matcher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
