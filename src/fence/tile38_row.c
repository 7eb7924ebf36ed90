// Rows of TABLE_CHANNEL: Tile38's hooks and channels.
//
//   version u8, kind u8, expiry i64, area, words, endpoints, metas; lists are a count and (size, bytes) each
#include "fence/tile38_private.h"

enum { ROW_VERSION = 1, LIST_MAX = 1 << 20 };

static void append_sized(struct buffer *out, struct bytes bytes)
{
    buffer_append_varint(out, bytes.size);
    buffer_append_bytes(out, bytes);
}

void tile38_row_encode(const struct tile38_fence *fence, struct buffer *out)
{
    buffer_append_u8(out, ROW_VERSION);
    buffer_append_u8(out, (uint8_t)fence->kind);
    buffer_append_u64(out, (uint64_t)fence->expires_us);
    append_sized(out, fence->area.bytes);
    buffer_append_varint(out, fence->word_count);
    for (uint32_t i = 0; i < fence->word_count; i++) {
        append_sized(out, fence->words[i]);
    }
    buffer_append_varint(out, fence->endpoint_count);
    for (uint32_t i = 0; i < fence->endpoint_count; i++) {
        append_sized(out, fence->endpoints[i]);
    }
    buffer_append_varint(out, fence->meta_count);
    for (uint32_t i = 0; i < fence->meta_count; i++) {
        append_sized(out, fence->metas[i].name);
        append_sized(out, fence->metas[i].value);
    }
}

static struct bytes take_sized(struct reader *reader)
{
    const uint64_t size = reader_varint(reader);
    if (size > reader->rest.size) {
        reader->overrun = true;
        return (struct bytes){0};
    }
    return reader_take(reader, (size_t)size);
}

// A list of `each` texts an item, in memory of `out`; the count of items.
static const struct bytes *take_list(struct reader *reader, size_t each, struct buffer *out,
                                     uint32_t *count)
{
    const uint64_t items = reader_varint(reader);
    buffer_clear(out);
    if (items > LIST_MAX || items > reader->rest.size) {
        reader->overrun = true;
        *count = 0;
        return NULL;
    }
    for (uint64_t i = 0; i < items * each && !reader->overrun; i++) {
        const struct bytes item = take_sized(reader);
        buffer_append(out, &item, sizeof item);
    }
    *count = (uint32_t)items;
    return (const struct bytes *)(const void *)out->data;
}

enum status tile38_row_take(struct fences *fences, struct bytes key, struct bytes value,
                            struct fault *fault)
{
    struct tile38_state *const state = fences->tile38_state;
    struct buffer words SCOPED(buffer_free) = {.account = fences->account};
    struct buffer endpoints SCOPED(buffer_free) = {.account = fences->account};
    struct buffer metas SCOPED(buffer_free) = {.account = fences->account};
    struct reader reader = {.rest = value};
    struct tile38_fence fence = {.name = key};
    const uint8_t version = reader_u8(&reader);
    const uint8_t kind = reader_u8(&reader);
    fence.kind = (enum tile38_kind)kind;
    fence.expires_us = (int64_t)reader_u64(&reader);
    fence.area.bytes = take_sized(&reader);
    fence.words = take_list(&reader, 1, &words, &fence.word_count);
    fence.endpoints = take_list(&reader, 1, &endpoints, &fence.endpoint_count);
    fence.metas =
        (const struct tile38_meta *)(const void *)take_list(&reader, 2, &metas, &fence.meta_count);
    if (version != ROW_VERSION || kind > TILE38_HOOK || reader.overrun || reader.rest.size != 0) {
        return fault_set(fault, STATUS_CORRUPT, "hook or channel %.*s is damaged", (int)key.size,
                         (const char *)key.data);
    }
    TRY(buffer_status(&words));
    TRY(buffer_status(&endpoints));
    TRY(buffer_status(&metas));
    if (fence.area.bytes.size != 0) {
        TRY(shape_verify(fence.area.bytes, fault));
    }
    if (state->parser == NULL) {
        return STATUS_OK; // a server that does not speak RESP: they sleep in their rows
    }
    TRY(state->parser(state->parser_context, &fence, fault));
    struct tile38_entry *const entry = tile38_entry_new(fences, &fence);
    if (entry == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "the memory of fences is full");
    }
    return tile38_entry_install(fences, entry);
}

void tile38_row_drop(struct fences *fences, struct bytes key)
{
    struct tile38_entry *const entry = names_find(&fences->tile38, key);
    if (entry != NULL) {
        tile38_entry_remove(fences, entry);
    }
}
