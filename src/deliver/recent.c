#include "deliver/recent.h"

#include <pthread.h>
#include <string.h>

struct place {
    uint32_t offset, size;
};

// Events first … last, event n at places[n % place_count]; bytes of the oldest are overwritten.
struct recent {
    pthread_mutex_t lock;
    uint64_t first, next;
    size_t size, at; // of the ring of bytes; where the next event goes
    uint32_t place_count;
    struct place *places;
    uint8_t *bytes;
};

enum { EVENT_SIZE_USUAL = 64 };

enum status recent_new(struct memory_account *account, size_t size, struct recent **recent,
                       struct fault *fault)
{
    struct recent *const made = memory_take_zeroed(account, 1, sizeof(*made));
    const uint32_t place_count = (uint32_t)(size / EVENT_SIZE_USUAL) + 1;
    if (made != NULL) {
        (void)pthread_mutex_init(&made->lock, NULL);
        made->size = size;
        made->place_count = place_count;
        made->first = made->next = 1;
        made->places = memory_take(account, place_count, sizeof(*made->places));
        made->bytes = memory_take(account, size, 1);
    }
    if (made == NULL || made->places == NULL || made->bytes == NULL) {
        recent_free(made);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for recent events (%zu bytes)", size);
    }
    *recent = made;
    return STATUS_OK;
}

void recent_free(struct recent *recent)
{
    if (recent != NULL) {
        (void)pthread_mutex_destroy(&recent->lock);
        memory_give(recent->places);
        memory_give(recent->bytes);
        memory_give(recent);
    }
}

void recent_begin(struct recent *recent, uint64_t next)
{
    recent->first = recent->next = next;
}

static struct place *place_of(const struct recent *recent, uint64_t sequence)
{
    return &recent->places[sequence % recent->place_count];
}

// Lets go of events until the bytes [at, at + size) are free.
static void make_room(struct recent *recent, size_t size)
{
    while (recent->first < recent->next) {
        const struct place *const oldest = place_of(recent, recent->first);
        const bool is_over = oldest->offset < recent->at + size &&
                             recent->at < (size_t)oldest->offset + oldest->size;
        if (!is_over && recent->next - recent->first < recent->place_count) {
            return;
        }
        recent->first++;
    }
}

static void add(struct recent *recent, struct bytes event)
{
    if (event.size > recent->size / 8) {
        recent->next++;
        recent->first = recent->next;
        return;
    }
    if (recent->at + event.size > recent->size) {
        // What lies between here and the end is older than what lies at the beginning.
        make_room(recent, recent->size - recent->at);
        recent->at = 0;
    }
    make_room(recent, event.size);
    memcpy(recent->bytes + recent->at, event.data, event.size);
    *place_of(recent, recent->next) =
        (struct place){.offset = (uint32_t)recent->at, .size = (uint32_t)event.size};
    recent->at += event.size;
    recent->next++;
}

void recent_add(struct recent *recent, struct bytes records)
{
    struct reader reader = {.rest = records};
    (void)pthread_mutex_lock(&recent->lock);
    while (reader.rest.size != 0 && !reader.overrun) {
        const uint32_t size = reader_u32(&reader);
        add(recent, reader_take(&reader, size));
    }
    (void)pthread_mutex_unlock(&recent->lock);
}

uint64_t recent_last(struct recent *recent)
{
    (void)pthread_mutex_lock(&recent->lock);
    const uint64_t last = recent->next - 1;
    (void)pthread_mutex_unlock(&recent->lock);
    return last;
}

uint64_t recent_first(struct recent *recent)
{
    (void)pthread_mutex_lock(&recent->lock);
    const uint64_t first = recent->first;
    (void)pthread_mutex_unlock(&recent->lock);
    return first;
}

static struct bytes event_at(const struct recent *recent, uint64_t sequence)
{
    const struct place *const place = place_of(recent, sequence);
    return (struct bytes){.data = recent->bytes + place->offset, .size = place->size};
}

bool recent_find(struct recent *recent, uint64_t sequence, struct buffer *out)
{
    (void)pthread_mutex_lock(&recent->lock);
    const bool is_here = sequence >= recent->first && sequence < recent->next;
    if (is_here) {
        buffer_append_bytes(out, event_at(recent, sequence));
    }
    (void)pthread_mutex_unlock(&recent->lock);
    return is_here;
}

bool recent_read(struct recent *recent, uint64_t after, size_t size, struct buffer *out,
                 uint64_t *reached)
{
    (void)pthread_mutex_lock(&recent->lock);
    const bool is_here = after + 1 >= recent->first;
    uint64_t last = after;
    while (is_here && last + 1 < recent->next && out->size < size) {
        last++;
        const struct bytes event = event_at(recent, last);
        buffer_append_u64(out, last);
        buffer_append_u32(out, (uint32_t)event.size);
        buffer_append_bytes(out, event);
    }
    (void)pthread_mutex_unlock(&recent->lock);
    *reached = is_here ? last : *reached;
    return is_here;
}
