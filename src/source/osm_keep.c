#include "source/osm_keep.h"

#include "source/osm_private.h"

struct osm_keep {
    struct osm_reader *reader;
    const struct osm_changes *changes;
    size_t change; // the next one
    struct pbf_writer *writer;
    struct file file;
    uint64_t written_size;
    struct pool pool; // lists of one object
    struct osm_keep_report report;
    bool has_last;
    enum pbf_object_kind last_kind;
    int64_t last_id;
    size_t place; // of the block being read
};

static enum status bytes_put(void *context, struct bytes bytes, struct fault *fault)
{
    struct osm_keep *const keep = context;
    TRY(file_write_at(&keep->file, bytes.data, bytes.size, keep->written_size, fault));
    keep->written_size += bytes.size;
    return STATUS_OK;
}

// --- The reader ---

static struct osm_reader *reader_new(struct input *input, const struct source_options *options)
{
    struct osm_reader *const reader = memory_take_zeroed(options->account, 1, sizeof(*reader));
    if (reader != NULL) {
        reader->options = options;
        reader->input = input;
        reader->slot_count = 1;
        reader->slots[0].decoder.account = reader->slots[0].blob.account = options->account;
        reader->slots[0].pool.account = reader->slots[0].scratch.account = options->account;
        reader->slots[0].records.account = reader->slots[0].street_names.account = options->account;
    }
    return reader;
}

static void reader_free(struct osm_reader **reader)
{
    if (*reader != NULL) {
        osm_slot_free(&(*reader)->slots[0]);
        buffer_free(&(*reader)->header_text);
        memory_give((*reader)->places);
        memory_give(*reader);
    }
}

static enum status input_begin(const char *text, const struct source_options *options,
                               struct input *input, struct fault *fault)
{
    TRY(input_open(text, 0, options, input, fault));
    TRY(input_kind_find(input, fault));
    return input->kind == INPUT_OSM
               ? STATUS_OK
               : fault_set(fault, STATUS_UNSUPPORTED, "%s is no OpenStreetMap PBF", text);
}

static struct bytes copied(struct bytes bytes, struct pool *pool)
{
    uint8_t *const copy = pool_take(pool, bytes.size + 1, 1);
    if (copy == NULL || bytes.size == 0) {
        return (struct bytes){0};
    }
    memcpy(copy, bytes.data, bytes.size);
    return (struct bytes){.data = copy, .size = bytes.size};
}

enum status osm_state_read(const char *text, const struct source_options *options,
                           struct pool *pool, struct osm_state *state, struct fault *fault)
{
    SCOPED(input_close) struct input input = {0};
    TRY(input_begin(text, options, &input, fault));
    struct osm_reader *reader SCOPED(reader_free) = reader_new(&input, options);
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", text);
    }
    TRY(osm_file_open(reader, fault));
    *state = (struct osm_state){.data_time_s = reader->header.data_time_s,
                                .sequence = reader->header.sequence,
                                .has_sequence = reader->header.has_sequence,
                                .base_url = copied(reader->header.base_url, pool),
                                .source = copied(reader->header.source, pool)};
    return STATUS_OK;
}

// --- Objects ---

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory for an object of the extract");
}

static void change_write(struct osm_keep *keep, const struct osm_change *change)
{
    if (change->is_deleted) {
        return;
    }
    if (change->kind == PBF_NODE) {
        pbf_writer_node(keep->writer, change->id, change->lng_e7, change->lat_e7, change->tags,
                        change->tag_count);
    } else if (change->kind == PBF_WAY) {
        pbf_writer_way(keep->writer, change->id, change->nodes, change->node_count, change->tags,
                       change->tag_count);
    } else {
        pbf_writer_relation(keep->writer, change->id, change->members, change->member_count,
                            change->tags, change->tag_count);
    }
}

// Changes of objects before this one; true when the next is of this one.
static bool changes_write(struct osm_keep *keep, enum pbf_object_kind kind, int64_t id)
{
    const struct osm_changes *const changes = keep->changes;
    while (changes != NULL && keep->change < changes->count) {
        const struct osm_change *const change = &changes->items[keep->change];
        const int order = osm_object_compare(change->kind, change->id, kind, id);
        if (order >= 0) {
            return order == 0;
        }
        change_write(keep, change);
        keep->change++;
    }
    return false;
}

static struct pbf_write_tag *tags_take(struct osm_keep *keep, struct pbf_cursor *cursor,
                                       struct pbf_object *object, size_t *count)
{
    struct pbf_object counted = *object;
    uint32_t key;
    uint32_t value;
    size_t capacity = 0;
    while (pbf_tag_next(cursor, &counted, &key, &value)) {
        capacity++;
    }
    struct pbf_write_tag *const tags = pool_take(&keep->pool, capacity + 1, sizeof(*tags));
    for (*count = 0;
         tags != NULL && *count < capacity && pbf_tag_next(cursor, object, &key, &value);
         (*count)++) {
        tags[*count] = (struct pbf_write_tag){.key = cursor->block->strings[key],
                                              .value = cursor->block->strings[value]};
    }
    return tags;
}

static bool way_write(struct osm_keep *keep, struct pbf_cursor *cursor, struct pbf_object *object,
                      const struct pbf_write_tag *tags, size_t tag_count)
{
    struct pbf_object counted = *object;
    int64_t node;
    size_t count = 0;
    while (pbf_reference_next(cursor, &counted, &node)) {
        count++;
    }
    int64_t *const nodes = pool_take(&keep->pool, count + 1, sizeof(*nodes));
    if (nodes == NULL) {
        return false;
    }
    for (size_t i = 0; i < count && pbf_reference_next(cursor, object, &node); i++) {
        nodes[i] = node;
    }
    pbf_writer_way(keep->writer, object->id, nodes, count, tags, tag_count);
    return true;
}

static bool relation_write(struct osm_keep *keep, struct pbf_cursor *cursor,
                           struct pbf_object *object, const struct pbf_write_tag *tags,
                           size_t tag_count)
{
    struct pbf_object counted = *object;
    struct pbf_member member;
    size_t count = 0;
    while (pbf_member_next(cursor, &counted, &member)) {
        count++;
    }
    struct pbf_write_member *const members = pool_take(&keep->pool, count + 1, sizeof(*members));
    if (members == NULL) {
        return false;
    }
    for (size_t i = 0; i < count && pbf_member_next(cursor, object, &member); i++) {
        members[i] =
            (struct pbf_write_member){.kind = member.kind, .id = member.id, .role = member.role};
    }
    pbf_writer_relation(keep->writer, object->id, members, count, tags, tag_count);
    return true;
}

static enum status object_write(struct osm_keep *keep, struct pbf_cursor *cursor,
                                struct pbf_object *object, struct fault *fault)
{
    size_t tag_count = 0;
    pool_clear(&keep->pool);
    const struct pbf_write_tag *const tags = tags_take(keep, cursor, object, &tag_count);
    bool is_written = tags != NULL;
    if (is_written && object->kind == PBF_NODE && object->has_point) {
        pbf_writer_node(keep->writer, object->id, object->lng_e7, object->lat_e7, tags, tag_count);
    } else if (is_written && object->kind == PBF_WAY) {
        is_written = way_write(keep, cursor, object, tags, tag_count);
    } else if (is_written && object->kind == PBF_RELATION) {
        is_written = relation_write(keep, cursor, object, tags, tag_count);
    }
    return is_written ? STATUS_OK : no_memory(fault);
}

// --- Blocks ---

// Checks the order of a block's objects, and finds its last.
static enum status block_order(struct osm_keep *keep, const struct pbf_block *block,
                               struct fault *fault)
{
    struct pbf_cursor cursor = pbf_cursor_over(block);
    struct pbf_object object;
    while (pbf_cursor_next(&cursor, &object)) {
        const int order = keep->has_last ? osm_object_compare(keep->last_kind, keep->last_id,
                                                              object.kind, object.id)
                                         : -1;
        if (order >= 0 || object.id < 0) {
            return fault_set(fault, STATUS_UNSUPPORTED,
                             "%s: its objects are not in order, each once and with an id above "
                             "zero, so that changes can be applied; run osmium sort on it",
                             keep->reader->input->path);
        }
        keep->has_last = true;
        keep->last_kind = object.kind;
        keep->last_id = object.id;
    }
    return pbf_cursor_status(&cursor, fault);
}

static bool is_touched(const struct osm_keep *keep)
{
    const struct osm_changes *const changes = keep->changes;
    if (changes == NULL || keep->change == changes->count || !keep->has_last) {
        return false;
    }
    const struct osm_change *const change = &changes->items[keep->change];
    return osm_object_compare(change->kind, change->id, keep->last_kind, keep->last_id) <= 0;
}

static enum status block_copy(struct osm_keep *keep, struct fault *fault)
{
    const struct osm_place *const place = &keep->reader->places[keep->place];
    struct buffer *const blob = &keep->reader->slots[0].blob;
    const size_t size = 4 + (size_t)place->header_size + place->size;
    TRY(pbf_writer_finish(keep->writer, fault));
    buffer_clear(blob);
    if (buffer_reserve(blob, size) == NULL) {
        return no_memory(fault);
    }
    TRY(input_read_at(keep->reader->input, blob->data, size, place->offset, fault));
    keep->report.copied_count++;
    return bytes_put(keep, (struct bytes){.data = blob->data, .size = size}, fault);
}

static enum status block_rewrite(struct osm_keep *keep, const struct pbf_block *block,
                                 struct fault *fault)
{
    struct pbf_cursor cursor = pbf_cursor_over(block);
    struct pbf_object object;
    keep->report.written_count++;
    while (pbf_cursor_next(&cursor, &object)) {
        if (changes_write(keep, object.kind, object.id)) {
            change_write(keep, &keep->changes->items[keep->change++]);
        } else {
            TRY(object_write(keep, &cursor, &object, fault));
        }
    }
    return pbf_cursor_status(&cursor, fault);
}

static enum status block_take(struct osm_keep *keep, struct fault *fault)
{
    struct osm_slot *const slot = &keep->reader->slots[0];
    TRY(osm_block_load(keep->reader, keep->place, slot, fault));
    TRY(block_order(keep, &slot->block, fault));
    return is_touched(keep) ? block_rewrite(keep, &slot->block, fault) : block_copy(keep, fault);
}

static enum status blocks_take(struct osm_keep *keep, const struct osm_state *state,
                               struct fault *fault)
{
    struct osm_reader *const reader = keep->reader;
    const struct source_options *const options = reader->options;
    char *const source = pool_take(&keep->pool, state->source.size + 1, 1);
    if (source == NULL) {
        return no_memory(fault);
    }
    if (state->source.size != 0) {
        memcpy(source, state->source.data, state->source.size);
    }
    source[state->source.size] = '\0';
    const struct pbf_write_header header = {.west_e7 = -GEO_LNG_MAX,
                                            .south_e7 = -GEO_LAT_MAX,
                                            .east_e7 = GEO_LNG_MAX,
                                            .north_e7 = GEO_LAT_MAX,
                                            .program =
                                                reader->header.is_demo ? PBF_PROGRAM_DEMO : "rhumb",
                                            .source = source,
                                            .data_time_s = state->data_time_s,
                                            .has_sequence = state->has_sequence,
                                            .sequence = state->sequence,
                                            .base_url = state->base_url};
    pbf_writer_header(keep->writer, &header);
    for (keep->place = 0; keep->place < reader->place_count; keep->place++) {
        const enum status status = block_take(keep, fault);
        if (status != STATUS_OK) {
            return osm_block_fault(reader, keep->place, status, fault);
        }
        if (options->progress != NULL && !options->progress(options->progress_context, "objects",
                                                            keep->place, reader->place_count)) {
            return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", reader->input->path);
        }
    }
    (void)changes_write(keep, PBF_RELATION, INT64_MAX);
    TRY(pbf_writer_finish(keep->writer, fault));
    return file_sync(&keep->file, fault);
}

static enum status keep_run(struct osm_keep *keep, const struct osm_state *state,
                            struct fault *fault)
{
    const struct pbf_write_options options = {
        .account = keep->reader->options->account, .level = 1, .sink = bytes_put, .context = keep};
    TRY(osm_file_open(keep->reader, fault));
    TRY(osm_file_parts(keep->reader, fault));
    TRY(pbf_writer_open(&options, &keep->writer, fault));
    const enum status status = blocks_take(keep, state, fault);
    pbf_writer_close(keep->writer);
    return status;
}

enum status osm_keep_write(const char *text, const struct source_options *options,
                           const struct osm_changes *changes, const struct osm_state *state,
                           const char *path, struct osm_keep_report *report, struct fault *fault)
{
    SCOPED(input_close) struct input input = {0};
    TRY(input_begin(text, options, &input, fault));
    struct osm_reader *reader SCOPED(reader_free) = reader_new(&input, options);
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", text);
    }
    struct osm_keep keep = {
        .reader = reader, .changes = changes, .pool = {.account = options->account}};
    TRY(file_open(options->sys, path, SYS_OPEN_CREATE, &keep.file, fault));
    const enum status status = keep_run(&keep, state, fault);
    file_close(&keep.file);
    pool_free(&keep.pool);
    if (status != STATUS_OK) {
        status_ignore(options->sys->unlink(options->sys, path, NULL),
                      "what could not be written is no loss");
        return status;
    }
    keep.report.size = keep.written_size;
    *report = keep.report;
    return STATUS_OK;
}
