// Clock: the time, through the table of functions. Microseconds; any thread.
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include "sys/sys.h"

// Since 1970 UTC. Jumps when somebody sets the clock: for dates, never for durations.
static inline int64_t sys_wall_us(const struct sys *sys)
{
    return sys->wall_us(sys);
}

// Since an arbitrary start; never goes back: for durations and deadlines.
static inline int64_t sys_monotonic_us(const struct sys *sys)
{
    return sys->monotonic_us(sys);
}

#endif
