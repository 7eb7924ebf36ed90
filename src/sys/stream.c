#include "sys/stream.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/buffer.h"
#include "sys/loop_private.h"

enum { LISTEN_BACKLOG = 1024 };

struct stream {
    uv_tcp_t tcp; // .data: the stream
    struct listener *listener;
    struct loop *loop;
    void *peer;               // NULL: turned away
    struct buffer flying;     // being written by the kernel: must not move
    struct buffer waiting;    // behind it
    struct stream *next_free; // in the listener's list
    uv_write_t write;
    uv_shutdown_t shutdown;
    bool is_writing, is_finishing, is_closing;
    bool has_ended; // the peer sends no more
};

struct listener {
    uv_tcp_t tcp; // .data: the listener
    struct loop *loop;
    struct listener_options options;
    struct stream *streams; // options.capacity
    struct stream *free;
    unsigned open_count;
    bool is_full;   // a peer is accepted by libuv and waits for a stream
    bool is_closed; // gone with its last stream
};

static uv_stream_t *handle_of(struct stream *stream)
{
    return (uv_stream_t *)&stream->tcp;
}

// --- Listening ---

static enum status open_socket(const struct address *address, bool is_shared, int *descriptor,
                               struct fault *fault)
{
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    const int one = 1;
    const int made =
        socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) {
        return fault_set(fault, STATUS_IO, "cannot listen on %s: %m", text);
    }
    (void)setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (is_shared) {
        (void)setsockopt(made, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    }
    if (address->socket.any.sa_family == AF_INET6) {
        (void)setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    }
    if (bind(made, &address->socket.any, address_size(address)) != 0) {
        const bool is_busy = errno == EADDRINUSE;
        const enum status status =
            fault_set(fault, is_busy ? STATUS_BUSY : STATUS_IO, "cannot listen on %s: %m", text);
        (void)close(made);
        return status;
    }
    *descriptor = made;
    return STATUS_OK;
}

enum status listener_probe(const struct address *address, struct fault *fault)
{
    int descriptor = -1;
    TRY(open_socket(address, false, &descriptor, fault));
    // Only listening tells: a port another process listens on may still be bound.
    const bool is_free = listen(descriptor, 1) == 0;
    const bool is_busy = !is_free && errno == EADDRINUSE;
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    const enum status status = is_free ? STATUS_OK
                                       : fault_set(fault, is_busy ? STATUS_BUSY : STATUS_IO,
                                                   "cannot listen on %s: %m", text);
    (void)close(descriptor);
    return status;
}

static void listener_release(struct listener *listener)
{
    if (listener->is_closed && listener->open_count == 0) {
        memory_give(listener->streams);
        memory_give(listener);
    }
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *const listener = handle->data;
    listener->is_closed = true;
    listener_release(listener);
}

void listener_close(struct listener *listener)
{
    if (listener != NULL && !uv_is_closing((uv_handle_t *)&listener->tcp)) {
        uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
    }
}

static void on_connection(uv_stream_t *server, int error);

static struct listener *make_listener(struct loop *loop, const struct listener_options *options)
{
    struct listener *const made = memory_take_zeroed(loop->account, 1, sizeof(*made));
    struct stream *const streams =
        memory_take_zeroed(loop->account, options->capacity, sizeof(*streams));
    if (made == NULL || streams == NULL) {
        memory_give(made);
        memory_give(streams);
        return NULL;
    }
    made->loop = loop;
    made->options = *options;
    made->streams = streams;
    for (size_t i = options->capacity; i-- > 0;) {
        streams[i].next_free = made->free;
        made->free = &streams[i];
    }
    return made;
}

enum status listener_open(struct loop *loop, struct address *address,
                          const struct listener_options *options, struct listener **listener,
                          struct fault *fault)
{
    int descriptor = -1;
    TRY(open_socket(address, options->is_shared, &descriptor, fault));
    struct listener *const made = make_listener(loop, options);
    if (made == NULL) {
        (void)close(descriptor);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for %u connections",
                         options->capacity);
    }
    (void)uv_tcp_init(&loop->uv, &made->tcp);
    made->tcp.data = made;
    int error = uv_tcp_open(&made->tcp, descriptor);
    if (error == 0) {
        error = uv_listen((uv_stream_t *)&made->tcp, LISTEN_BACKLOG, on_connection);
    } else {
        (void)close(descriptor);
    }
    int size = sizeof(address->socket);
    if (error == 0) {
        error = uv_tcp_getsockname(&made->tcp, &address->socket.any, &size);
    }
    if (error != 0) {
        char text[ADDRESS_TEXT_SIZE];
        address_format(address, text);
        listener_close(made);
        return fault_set(fault, error == UV_EADDRINUSE ? STATUS_BUSY : STATUS_IO,
                         "cannot listen on %s: %s", text, uv_strerror(error));
    }
    *listener = made;
    return STATUS_OK;
}

// --- One stream ---

static void on_stream_closed(uv_handle_t *handle)
{
    struct stream *const stream = handle->data;
    struct listener *const listener = stream->listener;
    loop_turn(stream->loop);
    if (stream->peer != NULL) {
        listener->options.events->closed(stream->peer);
    }
    buffer_free(&stream->flying);
    buffer_free(&stream->waiting);
    stream->next_free = listener->free;
    listener->free = stream;
    listener->open_count--;
    if (listener->is_full && !uv_is_closing((uv_handle_t *)&listener->tcp)) {
        on_connection((uv_stream_t *)&listener->tcp, 0);
    }
    listener_release(listener);
}

bool stream_address(const struct stream *stream, struct address *address)
{
    int size = sizeof(address->socket);
    return uv_tcp_getpeername(&stream->tcp, &address->socket.any, &size) == 0;
}

void stream_close(struct stream *stream)
{
    if (!stream->is_closing) {
        stream->is_closing = true;
        uv_close((uv_handle_t *)&stream->tcp, on_stream_closed);
    }
}

static void on_room(uv_handle_t *handle, size_t suggested_size, uv_buf_t *room)
{
    (void)suggested_size;
    const struct stream *const stream = handle->data;
    *room = uv_buf_init(stream->loop->read_data, LOOP_READ_SIZE);
}

static void on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *data)
{
    struct stream *const stream = handle->data;
    loop_turn(stream->loop);
    if (size == UV_EOF && !stream->is_finishing) {
        (void)uv_read_stop(handle);
        stream->has_ended = true;
        if (stream->listener->options.events->ended != NULL) {
            stream->listener->options.events->ended(stream->peer);
        } else {
            stream_finish(stream); // the peer may still read what it asked for
        }
    } else if (size < 0) {
        stream_close(stream);
    } else if (size > 0 && !stream->is_finishing) {
        stream->listener->options.events->received(stream->peer, (uint8_t *)data->base,
                                                   (size_t)size);
    }
}

static void on_connection(uv_stream_t *server, int error)
{
    struct listener *const listener = server->data;
    struct stream *const stream = listener->free;
    loop_turn(listener->loop);
    // libuv accepts no further peer before this one is taken.
    listener->is_full = error == 0 && stream == NULL;
    if (error != 0 || stream == NULL) {
        return;
    }
    listener->free = stream->next_free;
    listener->open_count++;
    *stream = (struct stream){.listener = listener, .loop = listener->loop};
    stream->flying.account = stream->waiting.account = listener->loop->account;
    (void)uv_tcp_init(&listener->loop->uv, &stream->tcp);
    stream->tcp.data = stream;
    if (uv_accept(server, handle_of(stream)) != 0) {
        stream_close(stream);
        return;
    }
    (void)uv_tcp_nodelay(&stream->tcp, 1);
    stream->peer = listener->options.events->opened(listener->options.context, stream);
    if (stream->peer == NULL) {
        stream_close(stream);
        return;
    }
    stream_resume(stream);
}

void stream_pause(struct stream *stream)
{
    if (!stream->is_closing && !stream->is_finishing) {
        (void)uv_read_stop(handle_of(stream));
    }
}

void stream_resume(struct stream *stream)
{
    if (!stream->is_closing && (!stream->has_ended || stream->is_finishing)) {
        const int error = uv_read_start(handle_of(stream), on_room, on_read);
        if (error != 0 && error != UV_EALREADY) {
            stream_close(stream);
        }
    }
}

static void on_shutdown(uv_shutdown_t *request, int error)
{
    struct stream *const stream = request->handle->data;
    if (error != 0) {
        loop_turn(stream->loop);
        stream_close(stream);
    }
}

static void finish_drained(struct stream *stream)
{
    if (uv_shutdown(&stream->shutdown, handle_of(stream), on_shutdown) != 0) {
        stream_close(stream);
    }
    stream_resume(stream); // until the peer closes
}

void stream_finish(struct stream *stream)
{
    if (stream->is_closing || stream->is_finishing) {
        return;
    }
    stream->is_finishing = true;
    if (!stream->is_writing) {
        finish_drained(stream);
    }
}

static void fly(struct stream *stream);

static void on_written(uv_write_t *request, int error)
{
    struct stream *const stream = request->handle->data;
    loop_turn(stream->loop);
    stream->is_writing = false;
    if (error != 0 || stream->is_closing) {
        stream_close(stream);
        return;
    }
    buffer_clear(&stream->flying);
    if (stream->waiting.size != 0) {
        fly(stream);
        return;
    }
    buffer_free(&stream->flying); // an idle connection keeps no buffer
    if (stream->is_finishing) {
        finish_drained(stream);
    } else {
        stream->listener->options.events->drained(stream->peer);
    }
}

// Hands what waits to libuv.
static void fly(struct stream *stream)
{
    const struct buffer empty = stream->flying;
    stream->flying = stream->waiting;
    stream->waiting = empty;
    const uv_buf_t data = uv_buf_init((char *)stream->flying.data, (unsigned)stream->flying.size);
    if (uv_write(&stream->write, handle_of(stream), &data, 1, on_written) != 0) {
        stream_close(stream);
        return;
    }
    stream->is_writing = true;
}

void stream_send(struct stream *stream, struct bytes bytes)
{
    if (stream->is_closing || bytes.size == 0) {
        return;
    }
    size_t sent_size = 0;
    if (!stream->is_writing) {
        const uv_buf_t data = {.base = (char *)(uintptr_t)bytes.data, .len = bytes.size};
        const int sent = uv_try_write(handle_of(stream), &data, 1);
        if (sent < 0 && sent != UV_EAGAIN) {
            stream_close(stream);
            return;
        }
        sent_size = sent < 0 ? 0 : (size_t)sent;
    }
    if (sent_size == bytes.size) {
        return;
    }
    buffer_append(&stream->waiting, bytes.data + sent_size, bytes.size - sent_size);
    if (buffer_status(&stream->waiting) != STATUS_OK) {
        stream_close(stream);
    } else if (!stream->is_writing) {
        fly(stream);
    }
}

size_t stream_backlog_size(const struct stream *stream)
{
    return stream->flying.size + stream->waiting.size;
}
