// What loop.c and stream.c share.
#ifndef SYS_LOOP_PRIVATE_H
#define SYS_LOOP_PRIVATE_H

#include <stdbool.h>
#include <uv.h>

#include "sys/loop.h"

#define LOOP_READ_SIZE 65536

struct loop {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_timer_t timer;
    uv_async_t async;
    const struct loop_events *events;
    void *context;
    struct memory_account *account; // outlives the loop
    int64_t now_us;
    bool is_in_turn;
    char *read_data; // LOOP_READ_SIZE bytes, shared by all streams: what is read is used at once
};

// Every callback of libuv comes here first: libuv calls them from inside its wait, where no hook
// runs, so the first one of a turn begins it.
static inline void loop_turn(struct loop *loop)
{
    if (!loop->is_in_turn) {
        loop->is_in_turn = true;
        loop->now_us = (int64_t)(uv_hrtime() / 1000);
        loop->events->begins(loop->context);
    }
}

#endif
