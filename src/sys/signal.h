// Signal: asked to stop. The main thread waits for it while other threads work.
#ifndef SYS_SIGNAL_H
#define SYS_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

// From now on SIGTERM and SIGINT wait for signal_wait instead of ending the process, and a broken
// pipe is an error of write. Before any thread is started: they inherit it.
void signal_hold(void);

// Waits for one of them, at most `timeout_us` (negative: for ever). True when one came.
bool signal_wait(int64_t timeout_us);

// Undoes signal_hold; a signal that came meanwhile is thrown away.
void signal_release(void);

#endif
