// Drawn: an atlas of a place drawn by hand (source/osm_sketch.h), and what is asked of it.
//
// For tests and fuzzers only: failures end the program.
#ifndef SEARCH_DRAWN_H
#define SEARCH_DRAWN_H

#include <stdio.h>
#include <stdlib.h>

#include "atlas/build.h"
#include "atlas/describe.h"
#include "search/search.h"
#include "source/osm_sketch.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

struct drawn {
    struct memory_account account;
    struct sys_memory *memory;
    struct searcher *searcher;
    struct atlas *atlas;
    struct search_result results[SEARCH_LIMIT_MAX];
    unsigned count;
    char label[512];
};

static inline void drawn_fail(const char *what, const struct fault *fault)
{
    (void)fprintf(stderr, "%s: %s\n", what, fault->text);
    abort();
}

static inline void drawn_open(struct drawn *drawn, const char *sketched, const char *country)
{
    struct fault fault = {.text = ""};
    drawn->account.name = "drawn";
    if (sys_memory_new(&drawn->account, 1, &drawn->memory, NULL) != STATUS_OK) {
        drawn_fail("memory", &fault);
    }
    const struct sys *const sys = sys_memory_table(drawn->memory);
    struct sketch sketch SCOPED(sketch_free) = {.account = &drawn->account, .is_dense = true};
    sketch_draw(&sketch, sketched);
    if (file_replace(sys, "drawn.osm.pbf", buffer_bytes(&sketch.file), &fault) != STATUS_OK) {
        drawn_fail("sketch", &fault);
    }
    const char *const inputs[] = {"osm:drawn.osm.pbf"};
    struct build_options options = {
        .sys = sys,
        .account = &drawn->account,
        .output = "drawn.atlas",
        .inputs = inputs,
        .input_count = 1,
        .memory_size = 16 << 20,
        .threads = 1,
    };
    memcpy(options.country, country, 2);
    struct build_report report = {0};
    if (build_atlas(&options, &report, &fault) != STATUS_OK ||
        atlas_open(sys, &drawn->account, "drawn.atlas", &drawn->atlas, &fault) != STATUS_OK ||
        searcher_new(&drawn->account, &drawn->searcher, &fault) != STATUS_OK) {
        drawn_fail("atlas", &fault);
    }
}

// True when everything taken was given back.
static inline bool drawn_close(struct drawn *drawn)
{
    searcher_free(drawn->searcher);
    atlas_close(drawn->atlas);
    sys_memory_free(drawn->memory);
    return drawn->account.used_size == 0;
}

static inline enum status drawn_ask(struct drawn *drawn, struct bytes text, bool is_open,
                                    struct search_query query)
{
    const struct search_world world = {.atlas = drawn->atlas};
    query.text = text;
    query.limit = query.limit == 0 ? 10 : query.limit;
    return (is_open ? search_autocomplete : search_forward)(drawn->searcher, &world, &query,
                                                            drawn->results, &drawn->count, NULL);
}

// "address: Main Street 5, Northtown"; "nothing" behind the last. Holds until the next call.
static inline const char *drawn_label(struct drawn *drawn, unsigned result)
{
    static char memory[8192];
    struct arena arena = arena_over(memory, sizeof(memory));
    struct description description;
    const struct languages languages = {.count = 0};
    if (result >= drawn->count) {
        return "nothing";
    }
    if (describe(drawn->atlas, drawn->results[result].reference, &languages, &arena,
                 &description) != STATUS_OK) {
        abort();
    }
    (void)snprintf(drawn->label, sizeof(drawn->label), "%s: %.*s", layer_name(description.layer),
                   (int)description.label.size, (const char *)description.label.data);
    return drawn->label;
}

#endif
