#include "base/metric.h"

#include "base/test.h"

static struct memory_account account = {.name = "test"};

static const struct metric rows[] = {
    {.name = "x_total", .labels = "a=\"1\"", .kind = METRIC_COUNTER, .help = "xs"},
    {.name = "x_total", .labels = "a=\"2\"", .kind = METRIC_COUNTER},
    {.name = "y", .kind = METRIC_GAUGE, .help = "ys"},
};

static void test_sums_the_sets_of_all_threads(void **state)
{
    (void)state;
    struct metric_value one[3] = {0};
    struct metric_value two[3] = {0};
    const struct metric_value *const sets[] = {one, two};
    metric_add(&one[0], 2);
    metric_add(&two[0], 3);
    metric_add(&two[2], 5);
    metric_subtract(&one[2], 4); // opened there, closed here
    struct buffer out = {.account = &account};
    metric_format((struct metric_table){rows, COUNT_OF(rows)}, sets, 2, &out);
    buffer_append_u8(&out, 0);
    assert_string_equal((const char *)out.data, "# HELP x_total xs\n# TYPE x_total counter\n"
                                                "x_total{a=\"1\"} 5\nx_total{a=\"2\"} 0\n"
                                                "# HELP y ys\n# TYPE y gauge\ny 1\n");
    buffer_free(&out);
}

static void test_counts_durations_below_each_bound(void **state)
{
    (void)state;
    static const struct metric timing[] = {
        {.name = "t", .labels = "r=\"s\"", .kind = METRIC_TIMING, .help = "how long"}};
    struct metric_value values[1] = {0};
    const struct metric_value *const sets[] = {values};
    metric_observe(&values[0], 50);
    metric_observe(&values[0], 51);
    metric_observe(&values[0], 2000000);
    struct buffer out = {.account = &account};
    metric_format((struct metric_table){timing, 1}, sets, 1, &out);
    buffer_append_u8(&out, 0);
    const char *const text = (const char *)out.data;
    assert_non_null(strstr(text, "t_bucket{r=\"s\",le=\"0.00005\"} 1\n"));
    assert_non_null(strstr(text, "t_bucket{r=\"s\",le=\"0.0001\"} 2\n"));
    assert_non_null(strstr(text, "t_bucket{r=\"s\",le=\"1\"} 2\n"));
    assert_non_null(strstr(text, "t_bucket{r=\"s\",le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(text, "t_sum{r=\"s\"} 2.000101\nt_count{r=\"s\"} 3\n"));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_the_sets_of_all_threads),
        cmocka_unit_test(test_counts_durations_below_each_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
