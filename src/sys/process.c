#include "sys/process.h"

#include <sys/resource.h>
#include <unistd.h>

uint64_t process_peak_size(void)
{
    struct rusage usage = {0};
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

bool process_has_terminal(void)
{
    return isatty(STDERR_FILENO) == 1;
}
