// The order of reading: which blocks are scanned for what, and what is kept between.
#include "source/osm.h"

#include <stdlib.h>

#include "codec/json_slice.h"
#include "source/osm_keep.h"
#include "source/osm_private.h"
#include "sys/pipeline.h"

#define MISSING_LNG_E7 INT32_MIN

typedef enum status decode_step(const struct osm_reader *reader, struct osm_slot *slot,
                                struct fault *fault);
typedef enum status keep_step(struct osm_reader *reader, struct osm_slot *slot,
                              struct fault *fault);

struct scan {
    struct osm_reader *reader;
    size_t first; // index 0 is this place
    const char *stage;
    decode_step *decode;
    keep_step *keep;
};

static enum status scan_work(void *context, size_t index, size_t slot, struct fault *fault)
{
    const struct scan *const scan = context;
    struct osm_slot *const here = &scan->reader->slots[slot];
    const size_t place = scan->first + index;
    enum status status = osm_block_load(scan->reader, place, here, fault);
    if (status == STATUS_OK) {
        status = scan->decode(scan->reader, here, fault);
    }
    return status == STATUS_OK ? status : osm_block_fault(scan->reader, place, status, fault);
}

static enum status scan_take(void *context, size_t index, size_t slot, struct fault *fault)
{
    const struct scan *const scan = context;
    struct osm_reader *const reader = scan->reader;
    const struct source_options *const options = reader->options;
    reader->done_size += reader->places[scan->first + index].size;
    const uint64_t total = reader->header.is_sorted ? reader->input->size : 3 * reader->input->size;
    if (options->progress != NULL &&
        !options->progress(options->progress_context, scan->stage,
                           reader->done_size < total ? reader->done_size : total, total)) {
        return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", reader->input->path);
    }
    return scan->keep(reader, &reader->slots[slot], fault);
}

static enum status scan_run(struct scan scan, size_t end, struct fault *fault)
{
    struct osm_reader *const reader = scan.reader;
    const unsigned threads = reader->options->threads;
    const struct pipeline pipeline = {
        .threads = threads < PIPELINE_THREADS_MAX ? threads : PIPELINE_THREADS_MAX,
        .slot_count = reader->slot_count,
        .work = scan_work,
        .take = scan_take,
        .context = &scan};
    return pipeline_run(&pipeline, end - scan.first, fault);
}

static int by_way(const void *left, const void *right)
{
    const struct osm_member *const a = left;
    const struct osm_member *const b = right;
    if (a->way != b->way) {
        return a->way < b->way ? -1 : 1;
    }
    if (a->relation != b->relation) {
        return a->relation < b->relation ? -1 : 1;
    }
    return (a->position > b->position) - (a->position < b->position);
}

static int by_house(const void *left, const void *right)
{
    const struct osm_house *const a = left;
    const struct osm_house *const b = right;
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    return (a->street > b->street) - (a->street < b->street);
}

static enum status relations_keep(struct osm_reader *reader, struct osm_slot *slot,
                                  struct fault *fault)
{
    struct memory_account *const account = reader->options->account;
    const uint32_t street_base = (uint32_t)reader->street_names.size;
    reader->street_names.account = account;
    buffer_append_bytes(&reader->street_names, buffer_bytes(&slot->street_names));
    if (!memory_grow(account, &reader->members, &reader->member_capacity,
                     reader->member_count + slot->member_count, sizeof(*reader->members)) ||
        !memory_grow(account, &reader->houses, &reader->house_capacity,
                     reader->house_count + slot->house_count, sizeof(*reader->houses)) ||
        buffer_status(&reader->street_names) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the members of relations");
    }
    for (size_t i = 0; i < slot->member_count; i++) {
        struct osm_member member = slot->members[i];
        member.relation += reader->relation_count;
        reader->members[reader->member_count++] = member;
    }
    for (size_t i = 0; i < slot->house_count; i++) {
        struct osm_house house = slot->houses[i];
        house.street += street_base;
        reader->houses[reader->house_count++] = house;
    }
    reader->relation_count += (uint32_t)slot->record_count;
    return spool_append(reader->relations, slot->records.data, slot->records.size, fault);
}

static void relations_sort(struct osm_reader *reader)
{
    if (reader->member_count != 0) {
        qsort(reader->members, reader->member_count, sizeof(*reader->members), by_way);
    }
    if (reader->house_count != 0) {
        qsort(reader->houses, reader->house_count, sizeof(*reader->houses), by_house);
    }
}

static enum status ways_keep(struct osm_reader *reader, struct osm_slot *slot, struct fault *fault)
{
    for (size_t i = 0; i < slot->wish_count; i++) {
        TRY(osm_join_want(reader->join, slot->wishes[i], slot->wish_is_marked[i], fault));
    }
    reader->way_count += slot->record_count;
    return spool_append(reader->ways, slot->records.data, slot->records.size, fault);
}

static enum status nodes_keep(struct osm_reader *reader, struct osm_slot *slot, struct fault *fault)
{
    static const struct bytes nothing = {0};
    size_t told = 0;
    for (size_t i = 0; i < slot->node_count; i++) {
        const bool tells = told < slot->told_count && slot->nodes[told].index == i;
        if (slot->points[i].lng_e7 == MISSING_LNG_E7) {
            osm_skip(reader, 'n', slot->ids[i], "is left out: it lies outside the globe");
            continue;
        }
        TRY(osm_join_node(reader->join, slot->ids[i], slot->points[i],
                          tells ? slot->nodes[told].payload : nothing, fault));
        if (tells) {
            const struct feature *const feature = &slot->nodes[told++].feature;
            if (i == 0 || slot->ids[i] != slot->ids[i - 1]) { // the first of equal ids counts
                TRY(osm_emit(reader, feature, fault));
            }
        }
    }
    return STATUS_OK;
}

static enum status extract_read(struct osm_reader *reader, struct fault *fault)
{
    const struct source_options *const options = reader->options;
    TRY(osm_file_open(reader, fault));
    TRY(osm_file_parts(reader, fault));
    TRY(spool_new(options->sys, options->account, options->directory, &reader->relations, fault));
    TRY(spool_new(options->sys, options->account, options->directory, &reader->ways, fault));
    TRY(osm_join_new(options, &reader->join, fault));

    TRY(scan_run((struct scan){reader, reader->relation_begin, "relations", osm_decode_relations,
                               relations_keep},
                 reader->place_count, fault));
    relations_sort(reader);
    TRY(scan_run((struct scan){reader, reader->way_begin, "ways", osm_decode_ways, ways_keep},
                 reader->way_end, fault));
    TRY(osm_join_resolve(reader->join, fault));
    TRY(scan_run((struct scan){reader, 0, "nodes", osm_decode_nodes, nodes_keep}, reader->node_end,
                 fault));
    TRY(osm_join_resolved(reader->join, fault));
    TRY(osm_emit_ways(reader, fault));
    return osm_emit_relations(reader, fault);
}

static void reader_free(struct osm_reader *reader)
{
    for (size_t i = 0; i < reader->slot_count; i++) {
        osm_slot_free(&reader->slots[i]);
    }
    memory_give(reader->places);
    memory_give(reader->members);
    memory_give(reader->houses);
    buffer_free(&reader->street_names);
    buffer_free(&reader->header_text);
    spool_free(reader->relations);
    spool_free(reader->ways);
    osm_join_free(reader->join);
    sorter_free(reader->pieces);
    memory_give(reader);
}

// A kept file goes by the name of the extract it was once.
static void kept_name(const struct osm_reader *reader, struct source_summary *summary)
{
    const struct bytes source = reader->header.source;
    if (source.size == 0 || source.data[0] != '{') {
        return;
    }
    const struct bytes name = json_slice_find(source, BYTES_OF(OSM_KEEP_NAME));
    if (name.size > 2 && name.size - 2 < sizeof(summary->name) &&
        memchr(name.data, '\\', name.size) == NULL) {
        memcpy(summary->name, name.data + 1, name.size - 2);
        summary->name[name.size - 2] = '\0';
    }
}

enum status osm_read(struct input *input, const struct feature_sink *sink,
                     struct source_summary *summary, struct fault *fault)
{
    const struct source_options *const options = input->options;
    struct osm_reader *const reader = memory_take_zeroed(options->account, 1, sizeof(*reader));
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory to read it", input->path);
    }
    reader->options = options;
    reader->sink = sink;
    reader->input = input;
    reader->slot_count = options->threads == 1 ? 1 : 2 * (size_t)options->threads;
    reader->slot_count = reader->slot_count > OSM_SLOTS_MAX ? OSM_SLOTS_MAX : reader->slot_count;
    for (size_t i = 0; i < reader->slot_count; i++) {
        struct osm_slot *const slot = &reader->slots[i];
        slot->decoder.account = slot->blob.account = options->account;
        slot->pool.account = slot->scratch.account = options->account;
    }
    const enum status status = extract_read(reader, fault);
    if (status == STATUS_OK) {
        summary->data_time_s = reader->header.data_time_s;
        kept_name(reader, summary);
        if (reader->header.is_demo) {
            summary->kind = SOURCE_DEMO;
            source_summary_say(summary, "made up by rhumb demo", "CC0 1.0", "");
        }
        summary->feature_count += reader->feature_count;
        summary->skipped_count += reader->skipped_count;
    }
    reader_free(reader);
    return status;
}
