#include "base/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// The ends of the section, named by the linker; a program without a site has neither.
extern struct trace_site *const trace_first[] __asm__("__start_trace_sites") WEAK;
extern struct trace_site *const trace_last[] __asm__("__stop_trace_sites") WEAK;

void trace_say(struct trace_site *site, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)atomic_fetch_add_explicit(&site->hits, 1, memory_order_relaxed);
    (void)fprintf(stderr, "%s %s:%d: %s\n", site->name, site->file, site->line, text);
}

size_t trace_switch(const char *prefix, bool is_on)
{
    size_t matching = 0;
    const size_t size = strlen(prefix);
    for (struct trace_site *const *entry = trace_first; entry != trace_last; entry++) {
        if (strncmp((*entry)->name, prefix, size) == 0) {
            atomic_store_explicit(&(*entry)->is_on, is_on, memory_order_relaxed);
            matching++;
        }
    }
    return matching;
}

void trace_list(void (*each)(void *context, const struct trace_site *site), void *context)
{
    for (struct trace_site *const *entry = trace_first; entry != trace_last; entry++) {
        each(context, *entry);
    }
}
