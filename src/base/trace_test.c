#include "base/trace.h"

#include <string.h>

#include "base/test.h"

static unsigned asked;

static unsigned count_asked(void)
{
    return ++asked;
}

static void speak(void)
{
    TRACE("test.one", "%u", count_asked());
    TRACE("test.other", "nothing %s", "here");
}

static void add_hits(void *context, const struct trace_site *site)
{
    unsigned long *const hits = context;
    if (strncmp(site->name, "test.", 5) == 0) {
        *hits += atomic_load_explicit(&site->hits, memory_order_relaxed);
    }
}

static void test_speaks_only_where_it_is_switched_on(void **state)
{
    (void)state;
    unsigned long hits = 0;
    speak();
    assert_int_equal(asked, 0); // off: not even the arguments are computed
    assert_int_equal(trace_switch("test.o", true), 2);
    assert_int_equal(trace_switch("test.other", false), 1);
    assert_int_equal(trace_switch("test.nowhere", true), 0);
    speak();
    speak();
    trace_list(add_hits, &hits);
    assert_int_equal(asked, 2);
    assert_int_equal(hits, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speaks_only_where_it_is_switched_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
