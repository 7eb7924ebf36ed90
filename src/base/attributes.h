// Compiler attributes by name, so that no other file spells __attribute__.
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#define MUST_USE                 __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define SCOPED(release)          __attribute__((cleanup(release), unused))
#define SECTION(name)            __attribute__((section(name), used))
#define UNINITIALIZED            __attribute__((uninitialized)) // large, and written before it is read
#define VECTOR(size)             __attribute__((vector_size(size)))
#define WEAK                     __attribute__((weak))
#define LIKELY(condition)        __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition)      __builtin_expect(!!(condition), 0)
#define COUNT_OF(array)          (sizeof(array) / sizeof((array)[0]))

#endif
