// Does reading a query stay within 2 us for 40 bytes?
#include "text/phrase.h"

#include <assert.h>

#include "base/bench.h"

static const char *const queries[] = {
    "Feldkircher Strasse 100, 9494 Schaan",    "194-06 Hillside Ave, Queens Village NY",
    "Av. Dr. Nilo Peçanha 1221, Porto Alegre", "10 St James's Square, London SW1Y 4LE",
    "Rue de l'Hôpital 12 bis, 98000 Monaco",   "Główna 7, Łódź, województwo łódzkie",
    "Carrer de la Unió 3, Escaldes-Engordany", "hauptstr. 5 vaduz fürstentum liechtenst",
};

struct bench {
    struct memory_account account;
    struct text_folder *folder;
    struct buffer folded;
    struct text_phrases phrases;
    struct text_query query;
};
enum { REPEATS = 2000 };

static void fold_all(void *context)
{
    struct bench *const bench = context;
    for (unsigned i = 0; i < REPEATS * COUNT_OF(queries); i++) {
        buffer_clear(&bench->folded);
        const struct bytes text = bytes_from_text(queries[i % COUNT_OF(queries)]);
        status_ignore(text_fold(bench->folder, text, &bench->folded), "measured, not used");
        BENCH_KEEP(bench->folded.size);
    }
}

static void fold_all_by_icu(void *context)
{
    struct bench *const bench = context;
    uint8_t out[512];
    for (unsigned i = 0; i < REPEATS * COUNT_OF(queries); i++) {
        const struct bytes text = bytes_from_text(queries[i % COUNT_OF(queries)]);
        size_t size = 0;
        status_ignore(text_fold_by_icu(bench->folder, text, out, sizeof(out), &size),
                      "measured, not used");
        BENCH_KEEP(size);
    }
}

static void read_all(void *context)
{
    struct bench *const bench = context;
    for (unsigned i = 0; i < REPEATS * COUNT_OF(queries); i++) {
        const struct bytes text = bytes_from_text(queries[i % COUNT_OF(queries)]);
        status_ignore(text_query_read(bench->folder, text, &bench->query, NULL),
                      "measured, not used");
        BENCH_KEEP(bench->query.word_count);
    }
}

static void name_all(void *context)
{
    struct bench *const bench = context;
    for (unsigned i = 0; i < REPEATS * COUNT_OF(queries); i++) {
        const struct bytes text = bytes_from_text(queries[i % COUNT_OF(queries)]);
        status_ignore(
            text_phrases_read(bench->folder, text, 'D' << 8 | 'E', PHRASE_STREET, &bench->phrases),
            "measured, not used");
        BENCH_KEEP(bench->phrases.count);
    }
}

static void folder_make(void *context)
{
    struct bench *const bench = context;
    struct text_folder *folder = NULL;
    const enum status status = text_folder_new(&bench->account, &folder, NULL);
    assert(status == STATUS_OK);
    text_folder_free(folder);
}

int main(void)
{
    static struct bench bench = {.account = {.name = "bench"}};
    bench.folded.account = &bench.account;
    bench.phrases.memory.account = &bench.account;
    const enum status status = text_folder_new(&bench.account, &bench.folder, NULL);
    assert(status == STATUS_OK);

    const uint64_t items = REPEATS * COUNT_OF(queries);
    const struct bench_side sides[] = {
        {"fold by ICU", fold_all_by_icu, &bench, items},
        {"fold", fold_all, &bench, items},
        {"read a query", read_all, &bench, items},
        {"phrases of a name", name_all, &bench, items},
    };
    (void)bench_run("text, 40 bytes", sides, COUNT_OF(sides), 21);
    const struct bench_side start = {"new folder", folder_make, &bench, 1};
    (void)bench_run("text", &start, 1, 21);

    buffer_free(&bench.folded);
    buffer_free(&bench.phrases.memory);
    text_folder_free(bench.folder);
    return 0;
}
