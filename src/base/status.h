// Status and fault: how every function that can fail says so.
//
// A status is what a caller can act on; a fault is the story a person reads. The innermost function
// that knows the cause writes the fault, naming the file, line or parameter and what to do about it;
// callers may put words before it (fault_prefix). Outputs are written only on STATUS_OK.
//
// Any thread; a fault belongs to the one request or command that carries it.
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "base/attributes.h"

enum status {
    STATUS_OK = 0,
    STATUS_NO_MEMORY,    // a memory account or an arena is full
    STATUS_NO_SPACE,     // the caller's output is too small, or the disk is full
    STATUS_NOT_FOUND,    // what was asked for does not exist
    STATUS_OUT_OF_RANGE, // an argument from outside is not acceptable
    STATUS_CORRUPT,      // stored or received bytes contradict themselves
    STATUS_UNSUPPORTED,  // well-formed, but of a version or kind we do not know
    STATUS_IO,           // the operating system refused; its reason is in the fault
    STATUS_BUSY,         // held by another process, or shed under load: try again
    STATUS_CANCELLED,    // asked to stop before it was done
};
#define STATUS_COUNT 10

// A null fault is accepted everywhere: the caller then wants the status alone.
struct fault {
    enum status status;
    char text[512]; // one sentence, no trailing newline; cut with "..." when longer
};

// Writes the sentence and returns `status`, so that a failing branch is one line.
PRINTF_LIKE(3, 4)
enum status fault_set(struct fault *fault, enum status status, const char *format, ...);

// Puts "prefix: " before the sentence already there; returns the fault's status.
PRINTF_LIKE(3, 4)
enum status fault_prefix(struct fault *fault, enum status status, const char *format, ...);

const char *status_name(enum status status);

// Says in the code why a failure is of no consequence here.
static inline void status_ignore(enum status status, const char *why)
{
    (void)status;
    (void)why;
}

// Leaves the function with the callee's status. The only macro that hides a return; release is by
// scope (SCOPED), so there is never anything to jump to.
#define TRY(call)                               \
    do {                                        \
        const enum status try_status_ = (call); \
        if (try_status_ != STATUS_OK) {         \
            return try_status_;                 \
        }                                       \
    } while (0)

#endif
