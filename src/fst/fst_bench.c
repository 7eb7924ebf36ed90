// How large and how fast is the phrase dictionary, next to the plain sorted list?
//
// Names of places from ../shared/data/geonames (all names and other names of cities, ASCII letters
// lowered) when the folder is there, and made-up street names; weights fall off as populations do. The
// list is an array of keys in order, searched by halves. Budgets (architecture of the search): fst_step
// 5 to 10 ns where the map is hot, ten completions 1 to 2 us, one edit 30 us and two edits 150 us
// over 100,000 words.
#include "fst/fst.h"

#include <stdlib.h>
#include <time.h>

#include "base/bench.h"
#include "base/buffer.h"
#include "base/test.h"
#include "fst/fst_build.h"
#include "fst/fst_fuzzy.h"

enum { QUERIES = 4096, STREETS = 1000000, ROUNDS = 11 };

static struct memory_account account = {.name = "bench"};

struct list {
    struct buffer text;
    struct bytes *keys;
    size_t count;
    size_t capacity;
};

struct subject {
    const char *name;
    struct list list; // sorted, each once
    uint32_t *weights;
    struct buffer bytes;
    struct fst fst;
    struct bytes queries[QUERIES];
    uint32_t distance;
    uint64_t latency_ns[QUERIES];
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "bench: %s\n", what);
        exit(1); // NOLINT(concurrency-mt-unsafe)
    }
}

// Keys are kept as offsets (in `data`) until the text has stopped growing.
static void list_add(struct list *list, const char *text, size_t size)
{
    if (size == 0 || size > FST_KEY_SIZE_MAX) {
        return;
    }
    must(memory_grow(&account, &list->keys, &list->capacity, list->count + 1, sizeof(*list->keys)),
         "no memory");
    list->keys[list->count++] = (struct bytes){.size = size};
    buffer_append(&list->text, text, size);
}

static int by_key(const void *left, const void *right)
{
    return bytes_compare(*(const struct bytes *)left, *(const struct bytes *)right);
}

static void list_sort(struct list *list)
{
    must(list->count != 0 && buffer_status(&list->text) == STATUS_OK, "no keys");
    const uint8_t *next = list->text.data;
    for (size_t i = 0; i < list->count; i++) {
        list->keys[i].data = next;
        next += list->keys[i].size;
    }
    qsort(list->keys, list->count, sizeof(*list->keys), by_key);
    size_t kept = 1;
    for (size_t i = 1; i < list->count; i++) {
        if (!bytes_equal(list->keys[i], list->keys[kept - 1])) {
            list->keys[kept++] = list->keys[i];
        }
    }
    list->count = kept;
}

// Adds the names in columns 1 to 3 of a GeoNames table, or the words they consist of.
static void list_read(struct list *list, const char *command, bool words)
{
    FILE *const file = popen(command, "r"); // NOLINT(cert-env33-c): the bench names its own files
    static char line[1 << 16];
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *begin = line;
        int column = 0;
        for (char *c = line; *c != '\0' && *c != '\n' && column < 4; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
            const bool is_end = *c == '\t' || *c == ',' || (words && *c == ' ');
            if (is_end) {
                if (column != 0) {
                    list_add(list, begin, (size_t)(c - begin));
                }
                column += *c == '\t';
                begin = c + 1;
            }
        }
    }
    if (file != NULL) {
        (void)pclose(file);
    }
}

static void list_make_up(struct list *list, struct dice *dice, size_t count)
{
    static const char *const parts[] = {
        "bahn", "hof", "kirch", "feld", "berg", "neu",  "alt",  "ober", "see",  "muhl", "stein",
        "bach", "lin", "den",   "wies", "en",   "gart", "rose", "hag",  "burg", "ulm",  "eck",
        "au",   "tal", "schul", "dorf", "wald", "sonn", "er",   "ach",  "rain", "moos"};
    static const char *const ends[] = {"strasse", "weg", "gasse", " strasse", "platz", " allee"};
    for (size_t i = 0; i < count; i++) {
        char text[64];
        size_t size = 0;
        for (uint64_t left = 2 + dice_below(dice, 3); left != 0; left--) {
            size += (size_t)snprintf(text + size, sizeof(text) - size, "%s",
                                     parts[dice_below(dice, COUNT_OF(parts))]);
        }
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s",
                                 ends[dice_below(dice, COUNT_OF(ends))]);
        list_add(list, text, size);
    }
}

// Builds, checks and opens the subject's map, and says what it took.
static void subject_build(struct subject *subject, struct dice *dice)
{
    struct list *const list = &subject->list;
    list_sort(list);
    size_t raw_size = 0;
    subject->weights = memory_take(&account, list->count, sizeof(*subject->weights));
    must(subject->weights != NULL, "no memory");
    for (size_t i = 0; i < list->count; i++) {
        subject->weights[i] = (uint32_t)(1000000 / (1 + dice_below(dice, 1000)));
        raw_size += list->keys[i].size;
    }
    subject->bytes = (struct buffer){.account = &account};
    struct fst_builder *builder;
    const uint64_t started_ns = now_ns();
    must(fst_builder_new(&account, FST_REGISTER_SIZE_DEFAULT, fst_sink_buffer, &subject->bytes,
                         &builder, NULL) == STATUS_OK,
         "no builder");
    for (size_t i = 0; i < list->count; i++) {
        must(fst_builder_add(builder, list->keys[i], i, subject->weights[i], NULL) == STATUS_OK,
             "a key is refused");
    }
    must(fst_builder_finish(builder, NULL) == STATUS_OK, "not finished");
    fst_builder_free(builder);
    const uint64_t built_ns = now_ns();
    must(fst_verify(&account, buffer_bytes(&subject->bytes), NULL) == STATUS_OK, "not sound");
    const uint64_t verified_ns = now_ns();
    must(fst_open(buffer_bytes(&subject->bytes), &subject->fst, NULL) == STATUS_OK, "not open");
    const double count = (double)list->count;
    (void)printf("%s: %zu keys; list %.1f bytes a key (text %.1f, offset 4, weight 4), map %.1f in "
                 "%.1f nodes (value and weight included); built at %.2f M keys/s, verified at %.0f "
                 "MB/s\n",
                 subject->name, list->count, (double)raw_size / count + 8, (double)raw_size / count,
                 (double)subject->bytes.size / count, (double)subject->fst.node_count / count,
                 count * 1e3 / (double)(built_ns - started_ns),
                 (double)subject->bytes.size * 1e3 / (double)(verified_ns - built_ns));
}

static void subject_free(struct subject *subject)
{
    buffer_free(&subject->bytes);
    buffer_free(&subject->list.text);
    memory_give(subject->list.keys);
    memory_give(subject->weights);
}

static void list_get(void *context)
{
    const struct subject *const subject = context;
    for (size_t i = 0; i < QUERIES; i++) {
        const struct bytes *const found =
            bsearch(&subject->queries[i], subject->list.keys, subject->list.count,
                    sizeof(*subject->list.keys), by_key);
        BENCH_KEEP(found);
    }
}

static void map_get(void *context)
{
    const struct subject *const subject = context;
    for (size_t i = 0; i < QUERIES; i++) {
        uint64_t value;
        const bool is_found = fst_get(&subject->fst, subject->queries[i], &value, NULL);
        BENCH_KEEP(is_found);
    }
}

// The same 16 keys again and again: what a step costs when the nodes are at hand.
static void map_step(void *context)
{
    const struct subject *const subject = context;
    for (size_t i = 0; i < QUERIES; i++) {
        struct fst_cursor cursor = fst_root(&subject->fst);
        const struct bytes key = subject->queries[i % 16];
        for (size_t j = 0; j < key.size; j++) {
            BENCH_KEEP(fst_step(&subject->fst, &cursor, key.data[j]));
        }
    }
}

static void list_scan(void *context)
{
    const struct subject *const subject = context;
    uint64_t sum = 0;
    for (size_t i = 0; i < subject->list.count; i++) {
        sum += subject->list.keys[i].data[0] + subject->weights[i];
    }
    BENCH_KEEP(sum);
}

static void map_scan(void *context)
{
    const struct subject *const subject = context;
    static struct fst_scan scan;
    struct fst_match match;
    fst_scan_prefix(&scan, &subject->fst, (struct bytes){0});
    while (fst_scan_next(&scan, &match)) {
        BENCH_KEEP(match.value);
    }
}

static void queries_roll(struct subject *subject, struct dice *dice)
{
    for (size_t i = 0; i < QUERIES; i++) {
        subject->queries[i] = subject->list.keys[dice_below(dice, subject->list.count)];
    }
}

static int by_time(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// Runs `query` over the subject's queries, twice, and prints the second time's distribution.
static void measure(struct subject *subject, const char *title,
                    size_t (*query)(const struct subject *subject, struct bytes text))
{
    size_t found = 0;
    for (int round = 0; round < 2; round++) {
        found = 0;
        for (size_t i = 0; i < QUERIES; i++) {
            const uint64_t started_ns = now_ns();
            found += query(subject, subject->queries[i]);
            subject->latency_ns[i] = now_ns() - started_ns;
        }
    }
    uint64_t sum_ns = 0;
    for (size_t i = 0; i < QUERIES; i++) {
        sum_ns += subject->latency_ns[i];
    }
    qsort(subject->latency_ns, QUERIES, sizeof(uint64_t), by_time);
    (void)printf("%s/%-24s mean %7.2f us, median %7.2f, p99 %7.2f; %.1f found\n", subject->name,
                 title, (double)sum_ns / QUERIES / 1e3,
                 (double)subject->latency_ns[QUERIES / 2] / 1e3,
                 (double)subject->latency_ns[QUERIES * 99 / 100] / 1e3, (double)found / QUERIES);
}

static size_t query_top(const struct subject *subject, struct bytes prefix)
{
    static _Alignas(16) char memory[1 << 16];
    struct arena arena = arena_over(memory, sizeof(memory));
    struct fst_matches matches = {0};
    struct fst_cursor cursor = fst_root(&subject->fst);
    must(fst_seek(&subject->fst, &cursor, prefix) &&
             fst_top(&subject->fst, &cursor, 10, &arena, &matches) == STATUS_OK,
         "no completion");
    return matches.count;
}

static bool count_match(void *context, const struct fst_match *match)
{
    (void)match;
    ++*(size_t *)context;
    return true;
}

static size_t query_fuzzy(const struct subject *subject, struct bytes text)
{
    const struct fst_cursor root = fst_root(&subject->fst);
    const struct fst_fuzzy_options options = {.distance_max = subject->distance};
    size_t found = 0;
    status_ignore(fst_fuzzy(&subject->fst, &root, text, &options, count_match, &found),
                  "a query too long finds nothing");
    return found;
}

static size_t query_fuzzy_top(const struct subject *subject, struct bytes text)
{
    static _Alignas(16) char memory[1 << 16];
    struct arena arena = arena_over(memory, sizeof(memory));
    struct fst_matches matches = {0};
    const struct fst_cursor root = fst_root(&subject->fst);
    const struct fst_fuzzy_options options = {.distance_max = subject->distance};
    status_ignore(fst_fuzzy_top(&subject->fst, &root, text, &options, 10, &arena, &matches),
                  "a query too long finds nothing");
    return matches.count;
}

static void bench_lookup(struct subject *subject, struct dice *dice)
{
    queries_roll(subject, dice);
    char title[64];
    (void)snprintf(title, sizeof(title), "get/%s", subject->name);
    const struct bench_side gets[] = {{"sorted list", list_get, subject, QUERIES},
                                      {"map", map_get, subject, QUERIES}};
    (void)bench_run(title, gets, COUNT_OF(gets), ROUNDS);

    uint64_t steps = 0;
    for (size_t i = 0; i < QUERIES; i++) {
        steps += subject->queries[i % 16].size;
    }
    (void)snprintf(title, sizeof(title), "step/%s", subject->name);
    const struct bench_side step = {"map, hot", map_step, subject, steps};
    (void)bench_run(title, &step, 1, ROUNDS);

    (void)snprintf(title, sizeof(title), "scan/%s", subject->name);
    const struct bench_side scans[] = {{"sorted list", list_scan, subject, subject->list.count},
                                       {"map", map_scan, subject, subject->list.count}};
    (void)bench_run(title, scans, COUNT_OF(scans), 3);
}

static void bench_top(struct subject *subject, struct dice *dice)
{
    for (size_t size = 1; size <= 8; size *= 2) {
        queries_roll(subject, dice);
        for (size_t i = 0; i < QUERIES; i++) {
            struct bytes *const query = &subject->queries[i];
            query->size = query->size < size ? query->size : size;
        }
        char title[64];
        (void)snprintf(title, sizeof(title), "top 10, prefix of %zu", size);
        measure(subject, title, query_top);
    }
}

// Words of five letters and more with one letter lost, doubled, changed or swapped, whole or cut.
static void bench_fuzzy(struct subject *subject, struct dice *dice)
{
    static uint8_t texts[QUERIES][64];
    for (size_t i = 0; i < QUERIES; i++) {
        struct bytes key;
        do {
            key = subject->list.keys[dice_below(dice, subject->list.count)];
        } while (key.size < 5 || key.size > 40);
        uint8_t *const text = texts[i];
        memcpy(text, key.data, key.size);
        const size_t at = 1 + dice_below(dice, key.size - 2);
        const uint8_t byte = text[at];
        switch (dice_below(dice, 3)) {
        case 0:
            text[at] = text[at + 1];
            text[at + 1] = byte;
            break;
        case 1:
            text[at] = (uint8_t)('a' + dice_below(dice, 26));
            break;
        default:
            memmove(text + at, text + at + 1, --key.size - at);
            break;
        }
        subject->queries[i] = (struct bytes){.data = text, .size = key.size};
    }
    for (subject->distance = 1; subject->distance <= 2; subject->distance++) {
        char title[64];
        (void)snprintf(title, sizeof(title), "distance %u", subject->distance);
        measure(subject, title, query_fuzzy);
        (void)snprintf(title, sizeof(title), "distance %u, top 10 below", subject->distance);
        measure(subject, title, query_fuzzy_top);
    }
}

static void bench_subject(struct subject *subject)
{
    struct dice dice = {.state = 7};
    subject_build(subject, &dice);
    bench_lookup(subject, &dice);
    bench_top(subject, &dice);
    bench_fuzzy(subject, &dice);
    subject_free(subject);
}

int main(void)
{
    static const char cities[] =
        "unzip -p ../shared/data/geonames/cities1000-20101205.zip 2>/dev/null";
    static struct subject names = {.name = "names", .list.text.account = &account};
    static struct subject words = {.name = "words", .list.text.account = &account};
    static struct subject streets = {.name = "streets", .list.text.account = &account};
    struct dice dice = {.state = 3};
    list_read(&names.list, cities, false);
    list_read(&words.list, cities, true);
    if (names.list.count == 0) {
        (void)printf("no ../shared/data/geonames: made-up names\n");
        list_make_up(&names.list, &dice, 300000);
        list_make_up(&words.list, &dice, 200000);
    }
    list_make_up(&streets.list, &dice, STREETS);
    bench_subject(&names);
    bench_subject(&words);
    bench_subject(&streets);
    return 0;
}
