// Process: what the operating system says of this program and its terminal. Any thread.
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

// The most memory the process has held at once (resident, mapped pages included), in bytes.
uint64_t process_peak_size(void);

// True when standard error goes to a person's screen.
bool process_has_terminal(void);

#endif
