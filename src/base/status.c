#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PRINTF_LIKE(3, 0)
static void text_format(char *text, size_t capacity, const char *format, va_list arguments)
{
    const int wanted = vsnprintf(text, capacity, format, arguments);
    if (wanted >= 0 && (size_t)wanted >= capacity) {
        memcpy(text + capacity - sizeof("..."), "...", sizeof("..."));
    }
}

enum status fault_set(struct fault *fault, enum status status, const char *format, ...)
{
    if (fault != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fault->status = status;
        text_format(fault->text, sizeof(fault->text), format, arguments);
        va_end(arguments);
    }
    return status;
}

enum status fault_prefix(struct fault *fault, enum status status, const char *format, ...)
{
    if (fault != NULL) {
        char inner[sizeof(fault->text)];
        memcpy(inner, fault->text, sizeof(inner));

        va_list arguments;
        va_start(arguments, format);
        text_format(fault->text, sizeof(fault->text), format, arguments);
        va_end(arguments);

        const size_t used = strlen(fault->text);
        (void)snprintf(fault->text + used, sizeof(fault->text) - used, ": %s", inner);
        fault->status = status;
    }
    return status;
}

const char *status_name(enum status status)
{
    static const char *const names[STATUS_COUNT] = {
        [STATUS_OK] = "ok",
        [STATUS_NO_MEMORY] = "no memory",
        [STATUS_NO_SPACE] = "no space",
        [STATUS_NOT_FOUND] = "not found",
        [STATUS_OUT_OF_RANGE] = "out of range",
        [STATUS_CORRUPT] = "corrupt",
        [STATUS_UNSUPPORTED] = "unsupported",
        [STATUS_IO] = "input/output error",
        [STATUS_BUSY] = "busy",
        [STATUS_CANCELLED] = "cancelled",
    };
    return (unsigned)status < STATUS_COUNT ? names[status] : "unknown";
}
