// Any bytes as a transducer: first read as they are, as after damage that nobody checked, then, if the
// full check accepts them, held to what the check promises.
//
// The first byte of an input is the length of a pattern that follows; the rest is the section.
#include "fst/fst.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fst/fst_fuzzy.h"

enum { SCANNED_MAX = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool visit_some(void *context, const struct fst_match *match)
{
    size_t *const left = context;
    assert(match->distance <= 2);
    return --*left != 0;
}

static void query(const struct fst *fst, struct bytes pattern)
{
    static _Alignas(16) char memory[1 << 18];
    const struct fst_cursor root = fst_root(fst);
    struct fst_cursor cursor = root;
    struct fst_matches matches = {0};
    (void)fst_get(fst, pattern, NULL, NULL);
    struct arena arena = arena_over(memory, sizeof(memory));
    status_ignore(fst_top(fst, &root, 10, &arena, &matches), "any answer will do");
    if (fst_seek(fst, &cursor, pattern)) {
        uint64_t first;
        uint64_t last;
        fst_span(fst, &cursor, &first, &last);
        status_ignore(fst_top(fst, &cursor, 100, &arena, &matches), "any answer will do");
    }
    for (uint32_t distance = 0; distance <= FST_FUZZY_DISTANCE_MAX; distance++) {
        const struct fst_fuzzy_options options = {
            .distance_max = distance, .exact_prefix = distance / 2, .step_budget = 2000};
        size_t left = 100;
        arena = arena_over(memory, sizeof(memory));
        status_ignore(fst_fuzzy(fst, &root, pattern, &options, visit_some, &left),
                      "any answer will do");
        status_ignore(fst_fuzzy_top(fst, &root, pattern, &options, 10, &arena, &matches),
                      "any answer will do");
    }
}

// Scans in order; what was verified keeps its promises.
static void scan_all(const struct fst *fst, bool is_verified)
{
    static struct fst_scan scan;
    static uint8_t last[FST_KEY_SIZE_MAX];
    struct bytes before = {.data = last};
    struct fst_match match;
    uint64_t count = 0;
    fst_scan_prefix(&scan, fst, (struct bytes){0});
    for (; count < SCANNED_MAX && fst_scan_next(&scan, &match); count++) {
        assert(count == 0 || bytes_compare(before, match.key) < 0);
        memcpy(last, match.key.data, match.key.size);
        before.size = match.key.size;
        if (is_verified) {
            uint64_t value = 0;
            uint32_t weight = 0;
            assert(match.key.size <= fst->key_size_max && match.weight <= fst->root.weight);
            assert(fst_get(fst, match.key, &value, &weight));
            assert(value == match.value && weight == match.weight);
        }
    }
    assert(!is_verified || count == SCANNED_MAX || count == fst->key_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory_account account = {.name = "fuzz"};
    if (size == 0 || data[0] >= size) {
        return 0;
    }
    const struct bytes pattern = {.data = data + 1, .size = data[0]};
    const struct bytes section = {.data = pattern.data + pattern.size,
                                  .size = size - 1 - pattern.size};
    struct fst fst;
    if (fst_open(section, &fst, NULL) == STATUS_OK) {
        const bool is_verified = fst_verify(&account, section, NULL) == STATUS_OK;
        query(&fst, pattern);
        scan_all(&fst, is_verified);
    }
    assert(account.used_size == 0);
    return 0;
}
