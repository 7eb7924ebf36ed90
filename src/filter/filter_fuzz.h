// What the fuzzers of both languages share: an object with something of every kind.
#ifndef FILTER_FILTER_FUZZ_H
#define FILTER_FILTER_FUZZ_H

#include <assert.h>

#include "base/buffer.h"
#include "filter/filter.h"

static struct memory_account fuzz_account = {.name = "fuzz", .limit_size = (size_t)64 << 20};

// By the first letter of the name; broken JSON too, which no parser let through.
static inline struct filter_value fuzz_get(const void *context, struct bytes name)
{
    const struct shape *const shape = context;
    const char *json = NULL;
    switch (name.size == 0 ? 0 : name.data[0]) {
    case 'a':
        json = "42.5";
        break;
    case 'b':
        json = "\"text \\u00e9 \\\"x\"";
        break;
    case 'c':
        json = "{\"a\":{\"b\":[1,2,{\"c\":\"d\"}]},\"x.y\":true,\"\\u0061\":null}";
        break;
    case 'd':
        json = "[\"a\",1,null,[2]]";
        break;
    case 'e':
        json = "{\"a\":[1,\"x";
        break;
    case 'f':
        return (struct filter_value){.kind = FILTER_TIME, .time_us = 1795000000000000};
    case 'g':
        return (struct filter_value){.kind = FILTER_SHAPE, .shape = *shape};
    case 'h':
        json = "\"2026-11-21T15:00:00Z\"";
        break;
    default:
        return (struct filter_value){.kind = FILTER_NULL};
    }
    return (struct filter_value){.kind = FILTER_JSON, .text = bytes_from_text(json)};
}

static inline void fuzz_filter(enum filter_language language, struct bytes text)
{
    struct filter *filter = NULL;
    struct fault fault = {0};
    const enum status status = filter_compile(language, text, &fuzz_account, &filter, &fault);
    if (status == STATUS_OK) {
        struct buffer point = {.account = &fuzz_account};
        shape_add_point(&point, GEO_POINT(9.5, 47));
        const struct shape shape = {.bytes = buffer_bytes(&point)};
        const struct filter_subject subject = {.get = fuzz_get, .context = &shape, .now_us = 1};
        struct filter_scratch scratch;
        const struct filter_value value = filter_value_of(filter, &subject, &scratch);
        assert(!filter_matches(filter, &subject) || value.kind != FILTER_NULL);
        filter_free(filter);
        buffer_free(&point);
    } else {
        assert(fault.text[0] != '\0');
    }
    assert(atomic_load(&fuzz_account.used_size) == 0);
}

#endif
