#include "fence/chart.h"

enum { CAPACITY_MIN = 16 };

static uint64_t mix(uint64_t left, uint64_t right)
{
    const unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const uint8_t *data, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, data, size);
    return value;
}

uint64_t chart_hash(uint64_t number, struct bytes bytes)
{
    uint64_t hash = number ^ UINT64_C(0xa0761d6478bd642f);
    size_t at = 0;
    for (; bytes.size - at > 16; at += 16) {
        hash = mix(load(bytes.data + at, 8) ^ UINT64_C(0xe7037ed1a0b428db),
                   load(bytes.data + at + 8, 8) ^ hash);
    }
    const size_t rest = bytes.size - at;
    uint64_t low = 0;
    uint64_t high = 0;
    if (rest > 8) {
        low = load(bytes.data + at, 8);
        high = load(bytes.data + at + 8, rest - 8);
    } else if (rest > 0) {
        low = load(bytes.data + at, rest);
    }
    hash = mix(low ^ UINT64_C(0xe7037ed1a0b428db), high ^ hash);
    return mix(hash ^ UINT64_C(0x8ebc6af09c88c6e3), bytes.size ^ UINT64_C(0x589965cc75374cc3));
}

void *chart_find(const struct chart *chart, uint64_t hash, chart_equal *equal, const void *key)
{
    if (chart->count == 0) {
        return NULL;
    }
    for (size_t at = hash & (chart->capacity - 1); chart->slots[at].thing != NULL;
         at = (at + 1) & (chart->capacity - 1)) {
        if (chart->slots[at].hash == hash && equal(chart->slots[at].thing, key)) {
            return chart->slots[at].thing;
        }
    }
    return NULL;
}

static void slot_fill(struct chart *chart, struct chart_slot filled)
{
    size_t at = filled.hash & (chart->capacity - 1);
    while (chart->slots[at].thing != NULL) {
        at = (at + 1) & (chart->capacity - 1);
    }
    chart->slots[at] = filled;
    chart->count++;
}

enum status chart_put(struct chart *chart, uint64_t hash, void *thing)
{
    if ((chart->count + 1) * 4 > chart->capacity * 3) {
        const size_t capacity = chart->capacity == 0 ? CAPACITY_MIN : chart->capacity * 2;
        struct chart_slot *const slots =
            memory_take_zeroed(chart->account, capacity, sizeof *slots);
        if (slots == NULL) {
            return STATUS_NO_MEMORY;
        }
        struct chart old = *chart;
        chart->slots = slots;
        chart->capacity = capacity;
        chart->count = 0;
        for (size_t at = 0; at < old.capacity; at++) {
            if (old.slots[at].thing != NULL) {
                slot_fill(chart, old.slots[at]);
            }
        }
        memory_give(old.slots);
    }
    slot_fill(chart, (struct chart_slot){.hash = hash, .thing = thing});
    return STATUS_OK;
}

void chart_remove(struct chart *chart, uint64_t hash, const void *thing)
{
    const size_t mask = chart->capacity - 1;
    size_t hole = hash & mask;
    while (chart->slots[hole].thing != thing) {
        hole = (hole + 1) & mask;
    }
    // Those that were pushed past their place move back (Knuth 6.4, algorithm R).
    for (size_t next = (hole + 1) & mask; chart->slots[next].thing != NULL;
         next = (next + 1) & mask) {
        const size_t home = chart->slots[next].hash & mask;
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            chart->slots[hole] = chart->slots[next];
            hole = next;
        }
    }
    chart->slots[hole].thing = NULL;
    chart->count--;
}

void *chart_next(const struct chart *chart, size_t *at)
{
    while (*at < chart->capacity) {
        void *const thing = chart->slots[(*at)++].thing;
        if (thing != NULL) {
            return thing;
        }
    }
    return NULL;
}

void chart_free(struct chart *chart)
{
    memory_give(chart->slots);
    *chart = (struct chart){.account = chart->account};
}
