#include "sys/loop.h"

#include <assert.h>

#include "sys/loop_private.h"

static void on_prepare(uv_prepare_t *prepare)
{
    struct loop *const loop = prepare->data;
    if (loop->is_in_turn) {
        loop->is_in_turn = false;
        loop->events->ends(loop->context);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct loop *const loop = timer->data;
    loop_turn(loop);
    loop->events->ticks(loop->context);
}

static void on_async(uv_async_t *async)
{
    struct loop *const loop = async->data;
    loop_turn(loop);
    loop->events->called(loop->context);
}

static enum status start_handles(struct loop *loop, struct fault *fault)
{
    loop->prepare.data = loop->timer.data = loop->async.data = loop;
    int error = uv_async_init(&loop->uv, &loop->async, on_async);
    if (error == 0) {
        (void)uv_prepare_init(&loop->uv, &loop->prepare);
        (void)uv_timer_init(&loop->uv, &loop->timer);
        error = uv_prepare_start(&loop->prepare, on_prepare);
    }
    if (error == 0) {
        error = uv_timer_start(&loop->timer, on_timer, LOOP_TICK_US / 1000, LOOP_TICK_US / 1000);
    }
    return error == 0
               ? STATUS_OK
               : fault_set(fault, STATUS_IO, "cannot start an event loop: %s", uv_strerror(error));
}

enum status loop_new(struct memory_account *account, const struct loop_events *events,
                     void *context, struct loop **loop, struct fault *fault)
{
    struct loop *const made = memory_take_zeroed(account, 1, sizeof(*made));
    char *const data = memory_take(account, LOOP_READ_SIZE, 1);
    if (made == NULL || data == NULL) {
        memory_give(made);
        memory_give(data);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for an event loop");
    }
    made->account = account;
    made->events = events;
    made->context = context;
    made->read_data = data;
    const int error = uv_loop_init(&made->uv);
    if (error != 0) {
        memory_give(data);
        memory_give(made);
        return fault_set(fault, STATUS_IO, "cannot make an event loop: %s", uv_strerror(error));
    }
    const enum status status = start_handles(made, fault);
    if (status != STATUS_OK) {
        loop_free(made);
        return status;
    }
    *loop = made;
    return STATUS_OK;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void loop_free(struct loop *loop)
{
    if (loop == NULL) {
        return;
    }
    uv_walk(&loop->uv, close_handle, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    const int error = uv_loop_close(&loop->uv);
    assert(error == 0);
    (void)error;
    memory_give(loop->read_data);
    memory_give(loop);
}

void loop_run(struct loop *loop)
{
    loop_turn(loop);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    on_prepare(&loop->prepare);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

void loop_call(struct loop *loop)
{
    (void)uv_async_send(&loop->async);
}

int64_t loop_now_us(const struct loop *loop)
{
    return loop->now_us;
}
