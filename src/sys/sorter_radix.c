#include "sys/sorter_private.h"

// What the eight bytes of an entry's prefix stand for. Keys that end before `depth` are prefixes of
// all others of their group, so they come first, by size and then by reference: the order of
// insertion.
enum stage { STAGE_KEY, STAGE_SIZE, STAGE_REFERENCE };

struct group {
    struct sorter_entry *entries;
    size_t count;
    enum stage stage;
    size_t depth;  // of the key, in bytes, where the prefix begins
    unsigned byte; // of the prefix, 0 the most significant: where the group may still differ
};

enum { INSERTION_MAX = 32 };

// Order within a group: all have the same key before `depth`.
static bool is_before(const struct sorter_store *store, const struct group *group,
                      struct sorter_entry left, struct sorter_entry right)
{
    if (LIKELY(left.prefix != right.prefix)) {
        return left.prefix < right.prefix;
    }
    if (group->stage == STAGE_KEY) {
        const struct bytes left_key = sorter_record_at(sorter_store_at(store, left.reference)).key;
        const struct bytes right_key =
            sorter_record_at(sorter_store_at(store, right.reference)).key;
        const int order = bytes_compare(left_key, right_key);
        if (order != 0) {
            return order < 0;
        }
    }
    return left.reference < right.reference;
}

static void insertion_sort(const struct sorter_store *store, const struct group *group)
{
    struct sorter_entry *const entries = group->entries;
    for (size_t i = 1; i < group->count; i++) {
        const struct sorter_entry entry = entries[i];
        size_t at = i;
        while (at > 0 && is_before(store, group, entry, entries[at - 1])) {
            entries[at] = entries[at - 1];
            at--;
        }
        entries[at] = entry;
    }
}

static unsigned byte_of(struct sorter_entry entry, unsigned byte)
{
    return (unsigned)(entry.prefix >> (56 - 8 * byte)) & 0xff;
}

// Distributes in place by one byte; `ends` become the ends of the 256 buckets. False, and nothing
// moved, when all are in one.
static bool distribute(const struct group *group, size_t ends[256])
{
    struct sorter_entry *const entries = group->entries;
    size_t counts[256] = {0};
    for (size_t i = 0; i < group->count; i++) {
        counts[byte_of(entries[i], group->byte)]++;
    }
    if (counts[byte_of(entries[0], group->byte)] == group->count) {
        return false;
    }
    size_t next[256];
    size_t sum = 0;
    for (size_t i = 0; i < 256; i++) {
        next[i] = sum;
        sum += counts[i];
        ends[i] = sum;
    }
    for (size_t bucket = 0; bucket < 256; bucket++) {
        while (next[bucket] < ends[bucket]) {
            struct sorter_entry entry = entries[next[bucket]];
            for (unsigned home; (home = byte_of(entry, group->byte)) != bucket;) {
                const struct sorter_entry displaced = entries[next[home]];
                entries[next[home]++] = entry;
                entry = displaced;
            }
            entries[next[bucket]++] = entry;
        }
    }
    return true;
}

// All prefixes of the group are equal: moves keys that end before the next depth to the front and
// loads the next eight bytes of the others. Returns how many have ended.
static size_t deepen(const struct sorter_store *store, const struct group *group, size_t depth)
{
    struct sorter_entry *const entries = group->entries;
    size_t ended = 0;
    for (size_t i = 0; i < group->count; i++) {
        struct sorter_entry entry = entries[i];
        const struct bytes key = sorter_record_at(sorter_store_at(store, entry.reference)).key;
        if (key.size > depth) {
            entries[i].prefix = sorter_prefix(key, depth);
        } else {
            entry.prefix = key.size;
            entries[i] = entries[ended];
            entries[ended++] = entry;
        }
    }
    return ended;
}

static void group_sort(const struct sorter_store *store, struct group group);

// The prefixes have been used up without telling the entries apart.
static void sort_by_more(const struct sorter_store *store, struct group group)
{
    group.byte = 0;
    if (group.stage == STAGE_KEY) {
        const size_t depth = group.depth + 8;
        const size_t ended = deepen(store, &group, depth);
        group_sort(store,
                   (struct group){.entries = group.entries, .count = ended, .stage = STAGE_SIZE});
        group.entries += ended;
        group.count -= ended;
        group.depth = depth;
    } else {
        for (size_t i = 0; i < group.count; i++) {
            group.entries[i].prefix = group.entries[i].reference;
        }
        group.stage = STAGE_REFERENCE;
    }
    group_sort(store, group);
}

static void group_sort(const struct sorter_store *store, struct group group)
{
    size_t ends[256];
    for (; group.byte < 8; group.byte++) {
        if (group.count <= INSERTION_MAX) {
            insertion_sort(store, &group);
            return;
        }
        if (distribute(&group, ends)) {
            group.byte++;
            size_t begin = 0;
            for (size_t bucket = 0; bucket < 256; begin = ends[bucket], bucket++) {
                struct group inner = group;
                inner.entries = group.entries + begin;
                inner.count = ends[bucket] - begin;
                if (inner.count > 1) {
                    group_sort(store, inner);
                }
            }
            return;
        }
    }
    sort_by_more(store, group);
}

static bool is_sorted(const struct sorter_store *store, const struct group *group)
{
    for (size_t i = 1; i < group->count; i++) {
        if (is_before(store, group, group->entries[i], group->entries[i - 1])) {
            return false;
        }
    }
    return true;
}

void sorter_entries_sort(const struct sorter_store *store, struct sorter_entry *entries,
                         size_t count)
{
    const struct group group = {.entries = entries, .count = count};
    if (!is_sorted(store, &group)) { // often it is, and the test ends early when it is not
        group_sort(store, group);
    }
}
