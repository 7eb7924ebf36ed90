#include "deliver/follow.h"

#include "deliver/deliver_private.h"
#include "text/glob.h"

static bool passes(struct bytes pattern, struct bytes text)
{
    return pattern.size == 0 || glob_matches(pattern, text);
}

bool stream_filter_wants(const struct stream_filter *filter, const struct event *event)
{
    const uint32_t usual = ~(UINT32_C(1) << EVENT_TILE38 | UINT32_C(1) << EVENT_TEST);
    const uint32_t kinds = filter->kinds == 0 ? usual : filter->kinds;
    return (kinds >> (unsigned)event->kind & 1U) != 0 && passes(filter->fence, event->fence) &&
           passes(filter->object, event->object) && passes(filter->collection, event->collection);
}

uint64_t stream_last(struct deliver *deliver)
{
    return recent_last(deliver->recent);
}

uint64_t stream_first(struct deliver *deliver)
{
    return recent_first(deliver->recent);
}

enum status stream_read(struct deliver *deliver, uint64_t after, const struct stream_filter *filter,
                        size_t limit, size_t size, struct buffer *out, uint64_t *reached)
{
    struct buffer read SCOPED(buffer_free) = {.account = out->account};
    uint64_t last = after;
    if (!recent_read(deliver->recent, after, size, &read, &last)) {
        return STATUS_NOT_FOUND;
    }
    TRY(buffer_status(&read));
    struct reader reader = {.rest = buffer_bytes(&read)};
    size_t count = 0;
    uint64_t looked = after;
    while (reader.rest.size != 0 && count < limit && out->size < size) {
        const uint64_t sequence = reader_u64(&reader);
        const uint32_t event_size = reader_u32(&reader);
        const struct bytes bytes = reader_take(&reader, event_size);
        struct event event;
        looked = sequence;
        if (event_decode(bytes, &event, NULL) == STATUS_OK && stream_filter_wants(filter, &event)) {
            buffer_append_u64(out, sequence);
            buffer_append_u32(out, event_size);
            buffer_append_bytes(out, bytes);
            count++;
        }
    }
    *reached = looked;
    return buffer_status(out);
}

void stream_listen(struct deliver *deliver, struct stream_listener *listener)
{
    (void)pthread_mutex_lock(&deliver->lock);
    listener->next = deliver->listeners;
    deliver->listeners = listener;
    (void)pthread_mutex_unlock(&deliver->lock);
}

bool stream_listen_again(struct deliver *deliver, struct stream_listener *listener, uint64_t seen)
{
    atomic_store_explicit(&listener->is_armed, true, memory_order_seq_cst);
    if (stream_last(deliver) == seen) {
        return true;
    }
    // It grew meanwhile: either we take the arming back, or the message is under way already.
    return !atomic_exchange_explicit(&listener->is_armed, false, memory_order_acq_rel);
}

void stream_listen_end(struct deliver *deliver, struct stream_listener *listener)
{
    (void)pthread_mutex_lock(&deliver->lock);
    struct stream_listener **link = &deliver->listeners;
    while (*link != NULL && *link != listener) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = listener->next;
    }
    (void)pthread_mutex_unlock(&deliver->lock);
}
