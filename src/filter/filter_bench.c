// What a condition costs an object.
#include "base/bench.h"
#include "filter/filter_test.h"

static double speed = 42.5;

static struct filter_value get(const void *context, struct bytes name)
{
    (void)context;
    switch (name.data[0]) {
    case 's':
        return (struct filter_value){.kind = FILTER_NUMBER, .number = speed};
    case 'k':
        return (struct filter_value){.kind = FILTER_TEXT, .text = BYTES_OF("van")};
    case 'p':
        return (struct filter_value){
            .kind = FILTER_JSON,
            .text = BYTES_OF("{\"name\":\"Truck 12\",\"load\":{\"kg\":120,\"m3\":7},\"doors\":3}")};
    default:
        return (struct filter_value){.kind = FILTER_NULL};
    }
}

enum { ROUNDS = 100000 };

static void work(void *context)
{
    const struct filter_subject subject = {.get = get};
    unsigned matches = 0;
    for (int i = 0; i < ROUNDS; i++) {
        matches += filter_matches(context, &subject);
    }
    BENCH_KEEP(matches);
}

static void bench(enum filter_language language, const char *text)
{
    struct filter *const filter = test_filter(language, text);
    const struct bench_side side = {.name = text, .work = work, .context = filter, .items = ROUNDS};
    (void)bench_run(language == FILTER_CQL2 ? "cql2" : "tile38", &side, 1, 5);
    filter_free(filter);
}

int main(void)
{
    bench(FILTER_CQL2, "speed > 30");
    bench(FILTER_CQL2, "speed > 30 AND kind = 'van'");
    bench(FILTER_CQL2, "kind IN ('bus', 'car', 'truck', 'van')");
    bench(FILTER_CQL2, "kind LIKE 'v%n'");
    bench(FILTER_CQL2, "CASEI(kind) = 'van'");
    bench(FILTER_CQL2, "properties.load.kg > 100");
    bench(FILTER_TILE38, "speed > 30");
    bench(FILTER_TILE38, "speed > 30 && kind == 'van'");
    bench(FILTER_TILE38, "properties.load.kg > 100");
    bench(FILTER_TILE38, "kind =~ '^v[aeiou]n$'");
    return 0;
}
