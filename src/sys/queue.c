#include <assert.h>
#include <stdint.h>

#include "sys/thread.h"

struct queue {
    pthread_mutex_t lock; // of everything here
    pthread_cond_t has_item;
    pthread_cond_t has_room;
    size_t capacity;
    size_t begin;
    size_t count;
    bool is_closed;
    void *items[];
};

enum status queue_new(struct memory_account *account, size_t capacity, struct queue **queue,
                      struct fault *fault)
{
    assert(capacity > 0 && capacity < SIZE_MAX / sizeof(void *) / 2);
    struct queue *const made =
        memory_take_zeroed(account, 1, sizeof(*made) + capacity * sizeof(made->items[0]));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a queue of %zu", capacity);
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->has_item, NULL);
    (void)pthread_cond_init(&made->has_room, NULL);
    made->capacity = capacity;
    *queue = made;
    return STATUS_OK;
}

void queue_free(struct queue *queue)
{
    if (queue != NULL) {
        (void)pthread_cond_destroy(&queue->has_item);
        (void)pthread_cond_destroy(&queue->has_room);
        (void)pthread_mutex_destroy(&queue->lock);
        memory_give(queue);
    }
}

// Under the lock.
static bool put(struct queue *queue, void *item)
{
    if (queue->is_closed || queue->count == queue->capacity) {
        return false;
    }
    queue->items[(queue->begin + queue->count) % queue->capacity] = item;
    queue->count++;
    (void)pthread_cond_signal(&queue->has_item);
    return true;
}

bool queue_push(struct queue *queue, void *item)
{
    (void)pthread_mutex_lock(&queue->lock);
    while (queue->count == queue->capacity && !queue->is_closed) {
        (void)pthread_cond_wait(&queue->has_room, &queue->lock);
    }
    const bool is_taken = put(queue, item);
    (void)pthread_mutex_unlock(&queue->lock);
    return is_taken;
}

bool queue_offer(struct queue *queue, void *item)
{
    (void)pthread_mutex_lock(&queue->lock);
    const bool is_taken = put(queue, item);
    (void)pthread_mutex_unlock(&queue->lock);
    return is_taken;
}

bool queue_take(struct queue *queue, void **item)
{
    (void)pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->is_closed) {
        (void)pthread_cond_wait(&queue->has_item, &queue->lock);
    }
    const bool is_given = queue->count != 0;
    if (is_given) {
        *item = queue->items[queue->begin];
        queue->begin = (queue->begin + 1) % queue->capacity;
        queue->count--;
        (void)pthread_cond_signal(&queue->has_room);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return is_given;
}

void queue_close(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    (void)pthread_cond_broadcast(&queue->has_item);
    (void)pthread_cond_broadcast(&queue->has_room);
    (void)pthread_mutex_unlock(&queue->lock);
}
