// Trace sites: places in the code that can be made to speak in a running program.
//
// TRACE("serve.request", "%u", status) is a site. Off, it costs one relaxed load; on, it counts and
// prints a line. Sites need no registration: the linker gathers a pointer to each in one section
// (pointers, because a compiler may pad the objects themselves), and trace_switch finds them there.
// Any thread.
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct trace_site {
    const char *name; // "layer.noun.verb" or shorter
    const char *file;
    int line;
    atomic_bool is_on; // relaxed: a site may speak a little late
    atomic_ulong hits;
};

#define TRACE(name_, ...)                                                                   \
    do {                                                                                    \
        static struct trace_site trace_here_ = {                                            \
            .name = (name_), .file = __FILE__, .line = __LINE__};                           \
        static struct trace_site *const trace_entry_ SECTION("trace_sites") = &trace_here_; \
        if (UNLIKELY(atomic_load_explicit(&trace_here_.is_on, memory_order_relaxed))) {     \
            trace_say(&trace_here_, __VA_ARGS__);                                           \
        }                                                                                   \
    } while (0)

// Prints "NAME FILE:LINE: text" to standard error. Called by TRACE.
PRINTF_LIKE(2, 3)
void trace_say(struct trace_site *site, const char *format, ...);

// Switches the sites whose name begins with `prefix`; returns how many those are.
size_t trace_switch(const char *prefix, bool is_on);

// Calls `each` for every site.
void trace_list(void (*each)(void *context, const struct trace_site *site), void *context);

#endif
