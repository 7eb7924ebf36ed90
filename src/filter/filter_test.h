// An object to filter, for tests: names and values as JSON, a geometry, times.
#ifndef FILTER_FILTER_TEST_H
#define FILTER_FILTER_TEST_H

#include "base/buffer.h"
#include "base/test.h"
#include "filter/filter.h"

static struct memory_account test_account = {.name = "test"};

struct test_object {
    struct {
        const char *name, *json;
    } fields[24];
    struct shape geometry;
    int64_t time_us;
};

static inline struct filter_value test_get(const void *context, struct bytes name)
{
    const struct test_object *const object = context;
    if (bytes_equal(name, BYTES_OF("geometry")) && object->geometry.bytes.size > 0) {
        return (struct filter_value){.kind = FILTER_SHAPE, .shape = object->geometry};
    }
    if (bytes_equal(name, BYTES_OF("event_time")) && object->time_us != 0) {
        return (struct filter_value){.kind = FILTER_TIME, .time_us = object->time_us};
    }
    for (size_t i = 0; i < 24 && object->fields[i].name != NULL; i++) {
        if (bytes_equal(name, bytes_from_text(object->fields[i].name))) {
            return (struct filter_value){.kind = FILTER_JSON,
                                         .text = bytes_from_text(object->fields[i].json)};
        }
    }
    return (struct filter_value){.kind = FILTER_NULL};
}

static inline struct filter_subject test_subject(const struct test_object *object)
{
    return (struct filter_subject){
        .get = test_get, .context = object, .now_us = INT64_C(1795000000000000)};
}

static inline struct filter *test_filter(enum filter_language language, const char *text)
{
    struct filter *filter = NULL;
    struct fault fault = {0};
    if (filter_compile(language, bytes_from_text(text), &test_account, &filter, &fault) !=
        STATUS_OK) {
        print_error("%s\n  %s\n", text, fault.text);
        fail();
    }
    return filter;
}

static inline bool test_matches(enum filter_language language, const char *text,
                                const struct test_object *object)
{
    struct filter *const filter = test_filter(language, text);
    const struct filter_subject subject = test_subject(object);
    const bool matches = filter_matches(filter, &subject);
    filter_free(filter);
    return matches;
}

#endif
