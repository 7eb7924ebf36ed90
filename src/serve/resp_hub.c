#include <stdio.h>

#include "serve/resp_private.h"
#include "text/glob.h"

static void send_from_fence(void *context, struct bytes channel, struct bytes message)
{
    (void)resp_hub_publish(context, channel, message);
}

void resp_hub_begin(struct resp_hub *hub, struct world *world, const struct guard *guard,
                    struct workers *workers, const struct memory_account *objects, size_t bulk_size)
{
    *hub = (struct resp_hub){.guard = guard,
                             .workers = workers,
                             .lock = PTHREAD_MUTEX_INITIALIZER,
                             .protected_mode = "yes",
                             .keepalive = 300,
                             .replica_priority = 100,
                             .limits = {.line_size = 64 << 10,
                                        .bulk_size = bulk_size,
                                        .command_size = bulk_size + (bulk_size >> 1),
                                        .argument_count = 1 << 20}};
    tile38_open(&hub->tile38, world);
    hub->tile38.objects = objects;
    hub->tile38.send = send_from_fence;
    hub->tile38.send_context = hub;
    atomic_init(&hub->needs_password, guard->keys != NULL);
}

void resp_hub_end(struct resp_hub *hub)
{
    resp_subscriptions_free(hub->subscriptions);
    hub->subscriptions = NULL;
}

static void lock(struct resp_hub *hub)
{
    (void)pthread_mutex_lock(&hub->lock);
}

static void unlock(struct resp_hub *hub)
{
    (void)pthread_mutex_unlock(&hub->lock);
}

void resp_hub_add(struct resp_hub *hub, struct resp_peer *peer)
{
    lock(hub);
    // At the end: lists are in order of id.
    struct resp_peer **link = &hub->peers;
    while (*link != NULL) {
        link = &(*link)->hub_next;
    }
    *link = peer;
    peer->hub_link = link;
    unlock(hub);
    atomic_fetch_add_explicit(&hub->tile38.connections, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&hub->tile38.connections_total, 1, memory_order_relaxed);
}

void resp_hub_remove(struct resp_hub *hub, struct resp_peer *peer)
{
    lock(hub);
    *peer->hub_link = peer->hub_next;
    if (peer->hub_next != NULL) {
        peer->hub_next->hub_link = peer->hub_link;
    }
    unlock(hub);
    atomic_fetch_sub_explicit(&hub->tile38.connections, 1, memory_order_relaxed);
}

// Mail. ----------------------------------------------------------------------------------------------

static void deliver(struct message *message)
{
    struct resp_mail *const mail = (struct resp_mail *)(void *)message;
    resp_peer_mail(mail->front, mail);
    memory_give(mail);
}

void resp_mail_send(struct resp_front *front, enum resp_mail_kind kind, uint64_t peer_id,
                    struct bytes channel, struct bytes payload)
{
    struct resp_mail *const mail =
        memory_take(front->account, 1, sizeof(*mail) + channel.size + payload.size);
    if (mail == NULL) {
        return; // as when a subscriber is too slow: messages of channels are not kept
    }
    mail->message = (struct message){.deliver = deliver};
    mail->front = front;
    mail->kind = kind;
    mail->peer_id = peer_id;
    mail->channel_size = channel.size;
    mail->payload_size = payload.size;
    if (channel.size != 0) {
        memcpy(mail->bytes, channel.data, channel.size);
    }
    if (payload.size != 0) {
        memcpy(mail->bytes + channel.size, payload.data, payload.size);
    }
    mailbox_send(&front->shard->mailbox, &mail->message);
}

// Subscriptions. -------------------------------------------------------------------------------------

static struct bytes name_of(const struct resp_subscription *subscription)
{
    return (struct bytes){subscription->name, subscription->name_size};
}

static bool hears(const struct resp_subscription *subscription, struct bytes channel)
{
    return subscription->is_pattern ? glob_matches(name_of(subscription), channel)
                                    : bytes_equal(name_of(subscription), channel);
}

size_t resp_hub_publish(struct resp_hub *hub, struct bytes channel, struct bytes message)
{
    enum { FRONTS_MAX = 256 };
    struct resp_front *fronts[FRONTS_MAX];
    size_t front_count = 0, count = 0;
    lock(hub);
    for (const struct resp_subscription *at = hub->subscriptions; at != NULL; at = at->next) {
        if (!hears(at, channel)) {
            continue;
        }
        count++;
        size_t i = 0;
        while (i < front_count && fronts[i] != at->front) {
            i++;
        }
        if (i == front_count && front_count < FRONTS_MAX) {
            fronts[front_count++] = at->front;
        }
    }
    // Under the lock, so that a peer that goes has its mail before it has gone, or gets none.
    for (size_t i = 0; i < front_count; i++) {
        resp_mail_send(fronts[i], RESP_MAIL_PUBLISH, 0, channel, message);
    }
    unlock(hub);
    return count;
}

static struct resp_subscription **find(struct resp_peer *peer, struct bytes name, bool is_pattern)
{
    struct resp_subscription **link = &peer->front->hub->subscriptions;
    while (*link != NULL && ((*link)->peer_id != peer->id || (*link)->is_pattern != is_pattern ||
                             !bytes_equal(name_of(*link), name))) {
        link = &(*link)->next;
    }
    return link;
}

enum status resp_hub_subscribe(struct resp_peer *peer, struct bytes name, bool is_pattern)
{
    struct resp_hub *const hub = peer->front->hub;
    struct resp_subscription *const made =
        memory_take(peer->front->account, 1, sizeof(*made) + name.size);
    if (made == NULL || name.size > UINT32_MAX) {
        memory_give(made);
        return STATUS_NO_MEMORY;
    }
    *made = (struct resp_subscription){.front = peer->front,
                                       .peer_id = peer->id,
                                       .is_pattern = is_pattern,
                                       .name_size = (uint32_t)name.size};
    if (name.size != 0) {
        memcpy(made->name, name.data, name.size);
    }
    lock(hub);
    struct resp_subscription **const link = find(peer, name, is_pattern);
    const bool is_new = *link == NULL;
    if (is_new) {
        *link = made;
    }
    unlock(hub);
    if (!is_new) {
        memory_give(made);
        return STATUS_BUSY;
    }
    peer->subscription_count++;
    return STATUS_OK;
}

struct resp_subscription *resp_hub_unsubscribe(struct resp_peer *peer, struct bytes name,
                                               bool is_pattern)
{
    struct resp_hub *const hub = peer->front->hub;
    lock(hub);
    struct resp_subscription **const link = find(peer, name, is_pattern);
    struct resp_subscription *const found = *link;
    if (found != NULL) {
        *link = found->next;
        found->next = NULL;
        peer->subscription_count--;
    }
    unlock(hub);
    return found;
}

struct resp_subscription *resp_hub_unsubscribe_all(struct resp_peer *peer)
{
    struct resp_hub *const hub = peer->front->hub;
    struct resp_subscription *taken = NULL;
    lock(hub);
    for (struct resp_subscription **link = &hub->subscriptions; *link != NULL;) {
        struct resp_subscription *const at = *link;
        if (at->peer_id == peer->id) {
            *link = at->next;
            at->next = taken;
            taken = at;
        } else {
            link = &at->next;
        }
    }
    unlock(hub);
    peer->subscription_count = 0;
    return taken;
}

void resp_subscriptions_free(struct resp_subscription *subscriptions)
{
    while (subscriptions != NULL) {
        struct resp_subscription *const next = subscriptions->next;
        memory_give(subscriptions);
        subscriptions = next;
    }
}

// MONITOR: "1618033988.123456 [0 127.0.0.1:5000] "set" "fleet" …". --------------------------------------

void resp_hub_monitor(struct resp_peer *peer, const struct bytes *words, size_t count)
{
    struct resp_hub *const hub = peer->front->hub;
    const struct sys *const sys = hub->tile38.world->sys;
    struct buffer line = {.account = peer->front->account};
    const int64_t now_us = sys->wall_us(sys);
    buffer_append_format(&line, "%lld.%06lld [0 %s]", (long long)(now_us / 1000000),
                         (long long)(now_us % 1000000), peer->address);
    for (size_t i = 0; i < count; i++) {
        buffer_append(&line, " \"", 2);
        for (size_t j = 0; j < words[i].size; j++) {
            const uint8_t byte = words[i].data[j];
            if (byte == '"' || byte == '\\') {
                buffer_append_u8(&line, '\\');
            }
            if (byte < ' ' || byte >= 0x7f) {
                buffer_append_format(&line, "\\x%02x", byte);
            } else {
                buffer_append_u8(&line, byte);
            }
        }
        buffer_append(&line, "\"", 1);
    }
    if (buffer_status(&line) == STATUS_OK) {
        lock(hub);
        for (struct resp_peer *at = hub->peers; at != NULL; at = at->hub_next) {
            if (atomic_load_explicit(&at->is_monitor, memory_order_relaxed)) {
                resp_mail_send(at->front, RESP_MAIL_MONITOR, at->id, (struct bytes){0},
                               buffer_bytes(&line));
            }
        }
        unlock(hub);
    }
    buffer_free(&line);
}
