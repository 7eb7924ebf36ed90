// How many house addresses a second does one core find, complete and reverse, in process?
//
// Queries are made from the house rows of the atlas itself ("street number, postcode city" in the
// country's order): real texts, no city names only. Autocomplete cuts each anywhere after the first
// digit of the number, near the town. Every query is timed alone; the clock's own cost is inside.
//
// With --typos N each text gets N random slips in words of five letters or more and is asked whole.
//
// Usage: search_bench ATLAS [QUERIES] [--typos N]. Prints a line a kind: rate, p50, p99, p99.9, share found.
#include "search/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "atlas/describe.h"

enum { QUERIES_DEFAULT = 20000, QUERIES_MAX = 200000, ROUNDS = 5 };

struct bench_query {
    char text[160];
    uint32_t cut; // bytes of `text` that autocomplete gets
    uint32_t house;
    struct geo_point near; // of the town
};

struct bench_state {
    const struct atlas *atlas;
    struct searcher *searcher;
    struct bench_query *queries;
    size_t count;
};

static struct memory_account account = {.name = "bench"};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// One slip: a letter put in, left out, changed, or two swapped; nothing when no word is long enough.
static void slip_make(char *text, size_t capacity, uint64_t *random)
{
    for (int tries = 0; tries < 64; tries++) {
        const size_t size = strlen(text);
        const size_t at = next_random(random) % size;
        size_t begin = at;
        size_t end = at;
        while (begin > 0 && (text[begin - 1] | 0x20) >= 'a' && (text[begin - 1] | 0x20) <= 'z') {
            begin--;
        }
        while ((text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z') {
            end++;
        }
        if (end < begin + 5 || end <= at + 1 || size + 2 > capacity) {
            continue;
        }
        const char letter = (char)('a' + next_random(random) % 26);
        const char swapped = text[at];
        switch (next_random(random) % 4) {
        case 0:
            memmove(text + at + 1, text + at, size - at + 1);
            text[at] = letter;
            return;
        case 1:
            memmove(text + at, text + at + 1, size - at);
            return;
        case 2:
            text[at] = letter;
            return;
        default:
            text[at] = text[at + 1];
            text[at + 1] = swapped;
            return;
        }
    }
}

// The text of a house row; false when it has no number, street, postcode or city.
static bool query_make(const struct bench_state *state, uint32_t house, uint64_t *random,
                       struct bench_query *query)
{
    static char memory[4096];
    struct arena arena = arena_over(memory, sizeof(memory));
    struct description description;
    const struct languages none = {.count = 0};
    if (describe(state->atlas, house | ATLAS_REF_HOUSE, &none, &arena, &description) != STATUS_OK ||
        description.number.size == 0 || description.street.size == 0 ||
        description.postcode.size + description.locality.size == 0 || description.is_interpolated) {
        return false;
    }
    const int written =
        snprintf(query->text, sizeof(query->text), "%.*s %.*s, %.*s %.*s",
                 (int)description.street.size, (const char *)description.street.data,
                 (int)description.number.size, (const char *)description.number.data,
                 (int)description.postcode.size, (const char *)description.postcode.data,
                 (int)description.locality.size, (const char *)description.locality.data);
    if (written < 0 || (size_t)written >= sizeof(query->text)) {
        return false;
    }
    query->house = house;
    query->near = description.point;
    for (unsigned i = 0; i < description.part_count; i++) {
        if (description.parts[i].layer == LAYER_LOCALITY) {
            query->near = atlas_point(state->atlas, description.parts[i].doc);
        }
    }
    const size_t first = description.street.size + 2; // after the first digit
    query->cut = (uint32_t)(first + next_random(random) % ((size_t)written - first + 1));
    return true;
}

static bool is_same_house(const struct bench_state *state, const struct search_result *results,
                          unsigned count, uint32_t house)
{
    const struct atlas_house *const wanted = &state->atlas->houses[house];
    for (unsigned i = 0; i < count; i++) {
        if ((results[i].reference & ATLAS_REF_HOUSE) != 0) {
            const struct atlas_house *const found =
                &state->atlas->houses[results[i].reference & ~ATLAS_REF_HOUSE];
            if (found->number == wanted->number && found->suffix == wanted->suffix &&
                found->street == wanted->street) {
                return true;
            }
        }
    }
    return false;
}

static bool forward_one(const struct bench_state *state, const struct bench_query *query)
{
    struct search_result results[10];
    unsigned count = 0;
    const struct search_query asked = {.text = bytes_from_text(query->text), .limit = 10};
    return search_forward(state->searcher, &(struct search_world){.atlas = state->atlas}, &asked,
                          results, &count, NULL) == STATUS_OK &&
           is_same_house(state, results, count < 1 ? count : 1, query->house);
}

static bool autocomplete_one(const struct bench_state *state, const struct bench_query *query)
{
    struct search_result results[10];
    unsigned count = 0;
    const struct search_query asked = {
        .text = {(const uint8_t *)query->text, query->cut},
        .limit = 10,
        .has_near = true,
        .near = query->near,
    };
    return search_autocomplete(state->searcher, &(struct search_world){.atlas = state->atlas},
                               &asked, results, &count, NULL) == STATUS_OK &&
           is_same_house(state, results, count < 5 ? count : 5, query->house);
}

static bool reverse_one(const struct bench_state *state, const struct bench_query *query)
{
    struct search_result results[1];
    unsigned count = 0;
    const struct reverse_query asked = {
        .point = atlas_point(state->atlas, query->house | ATLAS_REF_HOUSE),
        .radius_m = REVERSE_RADIUS_DEFAULT_M,
        .limit = 1,
    };
    return search_reverse(state->searcher, &(struct search_world){.atlas = state->atlas}, &asked,
                          results, &count, NULL) == STATUS_OK &&
           count == 1 && results[0].distance_m < 50;
}

static int by_time(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static int by_rate(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

static void measure(const struct bench_state *state, const char *kind,
                    bool (*one)(const struct bench_state *, const struct bench_query *))
{
    uint32_t *const times_ns = memory_take(&account, state->count, ROUNDS * sizeof(*times_ns));
    uint32_t *const medians_ns = memory_take(&account, state->count, sizeof(*medians_ns));
    if (times_ns == NULL || medians_ns == NULL) {
        return;
    }
    double rates[ROUNDS];
    size_t found = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        found = 0;
        const double started_s = cpu_s();
        uint64_t before_ns = now_ns();
        for (size_t i = 0; i < state->count; i++) {
            found += one(state, &state->queries[i]) ? 1 : 0;
            const uint64_t after_ns = now_ns();
            times_ns[i * ROUNDS + round] = (uint32_t)(after_ns - before_ns);
            before_ns = after_ns;
        }
        rates[round] = (double)state->count / (cpu_s() - started_s);
    }
    for (size_t i = 0; i < state->count; i++) {
        qsort(times_ns + i * ROUNDS, ROUNDS, sizeof(*times_ns), by_time);
        medians_ns[i] = times_ns[i * ROUNDS + ROUNDS / 2];
    }
    qsort(rates, ROUNDS, sizeof(*rates), by_rate);
    qsort(medians_ns, state->count, sizeof(*medians_ns), by_time);
    (void)printf("%-14s %10.0f /s   p50 %7.2f us  p99 %7.2f us  p99.9 %7.2f us   found %.2f %%\n",
                 kind, rates[ROUNDS / 2], medians_ns[state->count / 2] / 1e3,
                 medians_ns[state->count * 99 / 100] / 1e3,
                 medians_ns[state->count * 999 / 1000] / 1e3,
                 100.0 * (double)found / (double)state->count);
    memory_give(times_ns);
    memory_give(medians_ns);
}

static void measure_all(const struct bench_state *state)
{
    measure(state, "reverse", reverse_one);
    measure(state, "forward", forward_one);
    measure(state, "autocomplete", autocomplete_one);
}

int main(int count, char **arguments)
{
    const char *const path = count > 1 ? arguments[1] : getenv("RHUMB_ATLAS");
    if (path == NULL) {
        (void)printf("skipped: no atlas (give one, or set RHUMB_ATLAS)\n");
        return 0;
    }
    struct fault fault = {0};
    struct atlas *atlas = NULL;
    struct bench_state state = {0};
    if (atlas_open(sys_os(), &account, path, &atlas, &fault) != STATUS_OK ||
        searcher_new(&account, &state.searcher, &fault) != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", fault.text);
        return 1;
    }
    state.atlas = atlas;
    size_t wanted = QUERIES_DEFAULT;
    unsigned slips = 0;
    for (int i = 2; i < count; i++) {
        if (strcmp(arguments[i], "--typos") == 0 && i + 1 < count) {
            slips = (unsigned)strtoul(arguments[++i], NULL, 10);
        } else {
            wanted = strtoul(arguments[i], NULL, 10);
        }
    }
    state.queries = memory_take_zeroed(&account, QUERIES_MAX, sizeof(*state.queries));
    uint64_t random = 88172645463325252;
    for (size_t tried = 0; state.queries != NULL && atlas->header->house_count != 0 &&
                           tried < 4 * wanted && state.count < wanted && state.count < QUERIES_MAX;
         tried++) {
        const uint32_t house = (uint32_t)(next_random(&random) % atlas->header->house_count);
        state.count += query_make(&state, house, &random, &state.queries[state.count]) ? 1 : 0;
    }
    if (state.count == 0) {
        (void)printf("skipped: no complete address in %s\n", path);
        return 0;
    }
    (void)printf("%s: %zu house addresses, one core\n", path, state.count);
    if (slips != 0) {
        for (size_t i = 0; i < state.count; i++) {
            for (unsigned k = 0; k < slips; k++) {
                slip_make(state.queries[i].text, sizeof(state.queries[i].text), &random);
            }
        }
        measure(&state, "typos", forward_one);
    } else {
        measure_all(&state);
    }
    memory_give(state.queries);
    searcher_free(state.searcher);
    atlas_close(atlas);
    return 0;
}
