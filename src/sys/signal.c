#include "sys/signal.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static sigset_t asked_to_stop(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    return set;
}

void signal_hold(void)
{
    const sigset_t set = asked_to_stop();
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

bool signal_wait(int64_t timeout_us)
{
    const sigset_t set = asked_to_stop();
    const struct timespec timeout = {.tv_sec = timeout_us / 1000000,
                                     .tv_nsec = timeout_us % 1000000 * 1000};
    int got = 0;
    do {
        got = sigtimedwait(&set, NULL, timeout_us < 0 ? NULL : &timeout);
    } while (got < 0 && errno == EINTR && timeout_us < 0);
    return got > 0;
}

void signal_release(void)
{
    const sigset_t set = asked_to_stop();
    while (signal_wait(0)) {
    }
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
