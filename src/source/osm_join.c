#include "source/osm_join.h"

#include <assert.h>
#include <string.h>

#include "sys/sorter.h"
#include "sys/spool.h"

#define MISSING_LNG_E7 INT32_MIN // no node lies there

enum {
    KEY_SIZE = 8,  // a node's place in the order of nodes, big-endian
    WISH_SIZE = 8, // ordinal << 1 | is_marked, big-endian
    PARTITION_MAX = 1024,
};

struct answer {
    uint32_t position; // in the partition
    struct geo_point point;
};

struct osm_join {
    const struct source_options *options;
    uint64_t wish_count;

    struct sorter *wishes; // by node
    bool has_wish;         // the next wish, read ahead
    uint64_t wish_node, wish;

    uint64_t last_node; // order of the last node that passed
    bool has_node;
    struct sorter *missed;   // wishes passed by without a node
    struct sorter *disorder; // nodes since the first that was out of order, by node

    uint64_t partition_size; // ordinals in a partition
    size_t partition_count;
    struct spool **partitions; // of struct answer; none when all answers lie in `points`
    struct geo_point *points;  // one partition laid out
    size_t laid_out;           // which one, plus one; 0: none

    struct sorter *payloads; // by ordinal
    bool has_payload;
    uint64_t payload_ordinal;
    struct bytes payload;

    uint64_t next_ordinal;
};

// Nodes in the order of osmium: negative ids by size, then the others.
static uint64_t node_order(int64_t id)
{
    return id < 0 ? ~(uint64_t)id : UINT64_C(1) << 63 | (uint64_t)id;
}

static void big_endian_put(uint8_t *to, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

static uint64_t big_endian_get(const uint8_t *from)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

static enum status sorter_open(const struct osm_join *join, const char *name, unsigned share,
                               struct sorter **sorter, struct fault *fault)
{
    const struct sorter_options options = {.sys = join->options->sys,
                                           .account = join->options->account,
                                           .memory_size = join->options->memory_size / share,
                                           .directory = join->options->directory,
                                           .threads = join->options->threads,
                                           .name = name};
    return sorter_new(&options, sorter, fault);
}

enum status osm_join_new(const struct source_options *options, struct osm_join **join,
                         struct fault *fault)
{
    struct osm_join *const made = memory_take_zeroed(options->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to join ways and nodes");
    }
    made->options = options;
    const enum status status = sorter_open(made, "nodes of ways", 2, &made->wishes, fault);
    if (status != STATUS_OK) {
        osm_join_free(made);
        return status;
    }
    *join = made;
    return STATUS_OK;
}

void osm_join_free(struct osm_join *join)
{
    if (join == NULL) {
        return;
    }
    sorter_free(join->wishes);
    sorter_free(join->missed);
    sorter_free(join->disorder);
    sorter_free(join->payloads);
    for (size_t i = 0; i < join->partition_count && join->partitions != NULL; i++) {
        spool_free(join->partitions[i]);
    }
    memory_give(join->partitions);
    memory_give(join->points);
    memory_give(join);
}

static enum status record_add(struct sorter *sorter, uint64_t key, uint64_t value,
                              struct fault *fault)
{
    uint8_t bytes[KEY_SIZE + WISH_SIZE];
    big_endian_put(bytes, key);
    big_endian_put(bytes + KEY_SIZE, value);
    return sorter_add(sorter, (struct bytes){bytes, KEY_SIZE},
                      (struct bytes){bytes + KEY_SIZE, WISH_SIZE}, fault);
}

enum status osm_join_want(struct osm_join *join, int64_t node, bool is_marked, struct fault *fault)
{
    const uint64_t wish = join->wish_count++ << 1 | is_marked;
    return record_add(join->wishes, node_order(node), wish, fault);
}

// Reads the next wish ahead.
static enum status wish_read(struct osm_join *join, struct fault *fault)
{
    struct bytes key;
    struct bytes value;
    const enum status status = sorter_next(join->wishes, &key, &value, fault);
    join->has_wish = status == STATUS_OK;
    if (join->has_wish) {
        join->wish_node = big_endian_get(key.data);
        join->wish = big_endian_get(value.data);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status partitions_make(struct osm_join *join, struct fault *fault)
{
    const uint64_t room = join->options->memory_size / 4 / sizeof(*join->points);
    join->partition_size = room < 4096 ? 4096 : room;
    if (join->wish_count / join->partition_size >= PARTITION_MAX) {
        join->partition_size = join->wish_count / PARTITION_MAX + 1;
    }
    if (join->wish_count < join->partition_size) {
        join->partition_size = join->wish_count + 1;
    }
    const size_t count = (size_t)(join->wish_count / join->partition_size + 1);
    join->points = memory_take(join->options->account, join->partition_size, sizeof(*join->points));
    join->partitions = memory_take_zeroed(join->options->account, count, sizeof(struct spool *));
    if (join->points == NULL || join->partitions == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to join ways and nodes");
    }
    join->partition_count = count;
    for (size_t i = 0; i < count && count > 1; i++) {
        TRY(spool_new(join->options->sys, join->options->account, join->options->directory,
                      &join->partitions[i], fault));
    }
    return STATUS_OK;
}

static void points_clear(struct osm_join *join)
{
    for (uint64_t i = 0; i < join->partition_size; i++) {
        join->points[i].lng_e7 = MISSING_LNG_E7;
    }
}

enum status osm_join_resolve(struct osm_join *join, struct fault *fault)
{
    TRY(partitions_make(join, fault));
    if (join->partition_count == 1) {
        points_clear(join);
        join->laid_out = 1;
    }
    TRY(sorter_open(join, "wishes without a node", 16, &join->missed, fault));
    TRY(sorter_open(join, "numbers at the ends of interpolations", 16, &join->payloads, fault));
    TRY(sorter_sort(join->wishes, fault));
    return wish_read(join, fault);
}

// Answers one wish.
static enum status answer_put(struct osm_join *join, uint64_t wish, struct geo_point point,
                              struct bytes payload, struct fault *fault)
{
    const uint64_t ordinal = wish >> 1;
    assert(ordinal < join->wish_count);
    if ((wish & 1) != 0 && payload.size != 0) {
        uint8_t key[KEY_SIZE];
        big_endian_put(key, ordinal);
        TRY(sorter_add(join->payloads, (struct bytes){key, sizeof(key)}, payload, fault));
    }
    const size_t partition = (size_t)(ordinal / join->partition_size);
    const uint32_t position = (uint32_t)(ordinal % join->partition_size);
    if (join->partition_count == 1) {
        join->points[position] = point;
        return STATUS_OK;
    }
    const struct answer answer = {.position = position, .point = point};
    return spool_append(join->partitions[partition], &answer, sizeof(answer), fault);
}

static enum status disorder_add(struct osm_join *join, uint64_t order, struct geo_point point,
                                struct bytes payload, struct fault *fault)
{
    if (join->disorder == NULL) {
        TRY(sorter_open(join, "nodes out of order", 4, &join->disorder, fault));
    }
    uint8_t key[KEY_SIZE];
    uint8_t value[1024];
    big_endian_put(key, order);
    memcpy(value, &point, sizeof(point));
    const size_t kept = payload.size <= sizeof(value) - sizeof(point) ? payload.size : 0;
    if (kept != 0) {
        memcpy(value + sizeof(point), payload.data, kept);
    }
    return sorter_add(join->disorder, (struct bytes){key, sizeof(key)},
                      (struct bytes){value, sizeof(point) + kept}, fault);
}

enum status osm_join_node(struct osm_join *join, int64_t id, struct geo_point point,
                          struct bytes payload, struct fault *fault)
{
    const uint64_t order = node_order(id);
    if (UNLIKELY(join->disorder != NULL || (join->has_node && order < join->last_node))) {
        return disorder_add(join, order, point, payload, fault);
    }
    join->has_node = true;
    join->last_node = order;
    while (join->has_wish && join->wish_node <= order) {
        if (join->wish_node == order) {
            TRY(answer_put(join, join->wish, point, payload, fault));
        } else {
            TRY(record_add(join->missed, join->wish_node, join->wish, fault));
        }
        TRY(wish_read(join, fault));
    }
    return STATUS_OK;
}

// Wishes that were passed by, merged with the nodes that came late.
static enum status disorder_merge(struct osm_join *join, struct fault *fault)
{
    struct bytes key;
    struct bytes value;
    TRY(sorter_sort(join->missed, fault));
    TRY(sorter_sort(join->disorder, fault));
    sorter_free(join->wishes);
    join->wishes = join->missed;
    join->missed = NULL;
    TRY(wish_read(join, fault));
    while (join->has_wish) {
        const enum status status = sorter_next(join->disorder, &key, &value, fault);
        if (status != STATUS_OK) {
            return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        }
        const uint64_t order = big_endian_get(key.data);
        struct geo_point point;
        memcpy(&point, value.data, sizeof(point));
        const struct bytes payload = {.data = value.data + sizeof(point),
                                      .size = value.size - sizeof(point)};
        while (join->has_wish && join->wish_node <= order) {
            if (join->wish_node == order) {
                TRY(answer_put(join, join->wish, point, payload, fault));
            }
            TRY(wish_read(join, fault));
        }
    }
    return STATUS_OK;
}

static enum status payload_read(struct osm_join *join, struct fault *fault)
{
    struct bytes key;
    const enum status status = sorter_next(join->payloads, &key, &join->payload, fault);
    join->has_payload = status == STATUS_OK;
    if (join->has_payload) {
        join->payload_ordinal = big_endian_get(key.data);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status osm_join_resolved(struct osm_join *join, struct fault *fault)
{
    if (join->disorder != NULL) {
        while (join->has_wish) {
            TRY(record_add(join->missed, join->wish_node, join->wish, fault));
            TRY(wish_read(join, fault));
        }
        TRY(disorder_merge(join, fault));
    }
    sorter_free(join->wishes);
    sorter_free(join->missed);
    sorter_free(join->disorder);
    join->wishes = join->missed = join->disorder = NULL;
    TRY(sorter_sort(join->payloads, fault));
    return payload_read(join, fault);
}

// Lays the answers of one partition out by ordinal.
static enum status partition_lay_out(struct osm_join *join, size_t partition, struct fault *fault)
{
    points_clear(join);
    struct spool *const spool = join->partitions[partition];
    SCOPED(spool_reader_close) struct spool_reader reader = {0};
    TRY(spool_reader_open(spool, &reader, fault));
    for (uint64_t rest = spool_size(spool); rest != 0; rest -= sizeof(struct answer)) {
        const uint8_t *data;
        TRY(spool_reader_take(&reader, sizeof(struct answer), &data, fault));
        struct answer answer;
        memcpy(&answer, data, sizeof(answer));
        join->points[answer.position] = answer.point;
    }
    join->laid_out = partition + 1;
    spool_reader_close(&reader);
    reader = (struct spool_reader){0};
    spool_free(spool);
    join->partitions[partition] = NULL;
    return STATUS_OK;
}

enum status osm_join_next(struct osm_join *join, struct geo_point *point, bool *is_found,
                          struct bytes *payload, struct fault *fault)
{
    assert(join->next_ordinal < join->wish_count);
    const uint64_t ordinal = join->next_ordinal++;
    const size_t partition = (size_t)(ordinal / join->partition_size);
    if (UNLIKELY(join->laid_out != partition + 1)) {
        TRY(partition_lay_out(join, partition, fault));
    }
    // What the last call handed out has been read by now.
    while (join->has_payload && join->payload_ordinal < ordinal) {
        TRY(payload_read(join, fault));
    }
    const bool has_payload = join->has_payload && join->payload_ordinal == ordinal;
    *payload = has_payload ? join->payload : (struct bytes){0};
    *point = join->points[ordinal % join->partition_size];
    *is_found = point->lng_e7 != MISSING_LNG_E7;
    return STATUS_OK;
}
