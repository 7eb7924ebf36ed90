#include "base/option.h"

#include <string.h>

#include "base/test.h"

struct settings {
    size_t memory_size;
    int64_t wait_us;
    const char *output;
    unsigned threads;
    bool is_quiet;
};

static const struct option rows[] = {
    {.name = "memory",
     .kind = OPTION_SIZE,
     .offset = offsetof(struct settings, memory_size),
     .value = "SIZE",
     .fallback = "1G"},
    {.name = "wait-time",
     .kind = OPTION_DURATION,
     .offset = offsetof(struct settings, wait_us),
     .value = "TIME"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct settings, output),
     .value = "FILE"},
    {.name = "threads",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct settings, threads),
     .minimum = 1,
     .maximum = 64,
     .value = "N",
     .fallback = "2"},
    {.name = "quiet", .kind = OPTION_SWITCH, .offset = offsetof(struct settings, is_quiet)},
};

#define WORDS_MAX 8

static enum status parse(const char *const *argv, struct settings *settings, const char **words,
                         struct option_operands *operands, struct fault *fault)
{
    int argc = 0;
    while (argv[argc] != NULL) {
        argc++;
    }
    operands->words = words;
    option_defaults(OPTION_TABLE(rows), settings);
    return option_arguments(OPTION_TABLE(rows), settings, argc, argv, operands, fault);
}

static void test_reads_every_form_of_a_flag(void **state)
{
    (void)state;
    struct settings settings = {0};
    struct option_operands operands;
    const char *words[WORDS_MAX];
    const char *const argv[] = {"--memory=1.5M", "-oa.atlas", "--threads", "7", "--quiet", "x",
                                "--wait-time",   "250ms",     NULL};
    assert_int_equal(parse(argv, &settings, words, &operands, NULL), STATUS_OK);
    assert_int_equal(settings.memory_size, 1536 * 1024);
    assert_string_equal(settings.output, "a.atlas");
    assert_int_equal(settings.threads, 7);
    assert_int_equal(settings.wait_us, 250000);
    assert_true(settings.is_quiet);
    assert_int_equal(operands.count, 1);
}

static void test_leaves_negative_numbers_and_a_lone_dash_as_operands(void **state)
{
    (void)state;
    struct settings settings = {0};
    struct option_operands operands;
    const char *words[WORDS_MAX];
    const char *const argv[] = {"-33.86", "-.5", "-", "--", "--quiet", NULL};
    assert_int_equal(parse(argv, &settings, words, &operands, NULL), STATUS_OK);
    assert_int_equal(operands.count, 4);
    assert_string_equal(operands.words[3], "--quiet");
    assert_false(settings.is_quiet);
}

static void test_names_the_flag_that_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *says;
    } cases[] = {
        {"--memory=1X", "--memory: '1X' is not a size"},
        {"--memory=-1", "--memory: '-1' is not a size"},
        {"--memory=99999999999T", "--memory: '99999999999T' is not a size"},
        {"--threads=0", "--threads: 0 is not within 1 and 64"},
        {"--threads=two", "--threads: 'two' is not a whole number"},
        {"--wait-time=5", "--wait-time: '5' is not a duration"},
        {"--quiet=perhaps", "--quiet: 'perhaps' is neither true nor false"},
        {"--memroy=1G", "there is no option --memroy=1G; did you mean --memory?"},
        {"-x", "there is no option -x"},
        {"--output", "--output needs a value: --output FILE"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct settings settings = {0};
        struct option_operands operands;
        struct fault fault = {0};
        const char *words[WORDS_MAX];
        const char *const argv[] = {cases[i].word, NULL};
        assert_int_equal(parse(argv, &settings, words, &operands, &fault), STATUS_OUT_OF_RANGE);
        assert_non_null(strstr(fault.text, cases[i].says));
    }
}

static char *variable(const char *name)
{
    static char time[] = "2m";
    static char quiet[] = "yes";
    return strcmp(name, "RHUMB_WAIT_TIME") == 0 ? time
           : strcmp(name, "RHUMB_QUIET") == 0   ? quiet
                                                : NULL;
}

static void test_takes_the_environment_below_the_flags(void **state)
{
    (void)state;
    struct settings settings = {0};
    struct option_operands operands;
    const char *words[WORDS_MAX];
    const char *const argv[] = {"--no-quiet", NULL};
    assert_int_equal(option_environment(OPTION_TABLE(rows), &settings, variable, NULL), STATUS_OK);
    assert_int_equal(settings.wait_us, 120000000);
    assert_true(settings.is_quiet);
    assert_int_equal(parse(argv, &settings, words, &operands, NULL), STATUS_OK);
    assert_false(settings.is_quiet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_form_of_a_flag),
        cmocka_unit_test(test_leaves_negative_numbers_and_a_lone_dash_as_operands),
        cmocka_unit_test(test_names_the_flag_that_is_wrong),
        cmocka_unit_test(test_takes_the_environment_below_the_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
