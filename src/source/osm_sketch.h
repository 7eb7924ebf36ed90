// OSM sketch: extracts written by hand, for tests.
//
// A sketch is text, an object a line, tags behind bars; "---" begins a new block:
//
//     n1 9.5 47.1|place=village|name=Triesen
//     w5 1 2 3 1|building=yes|addr:housenumber=12
//     r7 w5@outer n1@label|type=boundary
//
// Objects go into the file in the order of the lines, so unsorted and broken extracts can be drawn
// too. Blobs are not compressed. For tests only: failures end the program.
#ifndef SOURCE_OSM_SKETCH_H
#define SOURCE_OSM_SKETCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "codec/protobuf.h"

struct sketch {
    struct memory_account *account;
    bool is_dense;  // nodes as dense nodes, else as messages
    bool is_sorted; // the header says so
    struct buffer strings, groups;
    uint32_t string_count;
    struct buffer file;
};

static inline void sketch_field(struct buffer *message, unsigned number,
                                const struct buffer *content)
{
    buffer_append_varint(message, number << 3 | PROTOBUF_BYTES);
    buffer_append_varint(message, content->size);
    buffer_append_bytes(message, buffer_bytes(content));
}

static inline void sketch_number(struct buffer *message, unsigned number, uint64_t value)
{
    buffer_append_varint(message, number << 3 | PROTOBUF_VARINT);
    buffer_append_varint(message, value);
}

static inline uint64_t sketch_zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

// A string of the block; not shared, which the format allows.
static inline uint32_t sketch_string(struct sketch *sketch, const char *text, size_t size)
{
    buffer_append_varint(&sketch->strings, 1 << 3 | PROTOBUF_BYTES);
    buffer_append_varint(&sketch->strings, size);
    buffer_append(&sketch->strings, text, size);
    return sketch->string_count++;
}

static inline void sketch_blob(struct sketch *sketch, const char *type,
                               const struct buffer *content)
{
    struct buffer blob = {.account = sketch->account};
    struct buffer header = {.account = sketch->account};
    struct buffer name = {.account = sketch->account};
    sketch_field(&blob, 1, content);
    buffer_append_text(&name, type);
    sketch_field(&header, 1, &name);
    sketch_number(&header, 3, blob.size);
    for (int shift = 24; shift >= 0; shift -= 8) {
        buffer_append_u8(&sketch->file, (uint8_t)(header.size >> shift));
    }
    buffer_append_bytes(&sketch->file, buffer_bytes(&header));
    buffer_append_bytes(&sketch->file, buffer_bytes(&blob));
    buffer_free(&blob);
    buffer_free(&header);
    buffer_free(&name);
}

static inline void sketch_block_begin(struct sketch *sketch)
{
    sketch->strings.account = sketch->groups.account = sketch->account;
    buffer_clear(&sketch->strings);
    buffer_clear(&sketch->groups);
    sketch->string_count = 0;
    (void)sketch_string(sketch, "", 0);
}

static inline void sketch_block_end(struct sketch *sketch)
{
    struct buffer block = {.account = sketch->account};
    sketch_field(&block, 1, &sketch->strings);
    buffer_append_bytes(&block, buffer_bytes(&sketch->groups));
    sketch_blob(sketch, "OSMData", &block);
    buffer_free(&block);
}

// The tags behind the first bar, as two lists of strings, or as one that a zero ends.
static inline void sketch_tags(struct sketch *sketch, const char *bar, struct buffer *keys,
                               struct buffer *values)
{
    while (bar != NULL && *bar == '|') {
        const char *const end = bar + 1 + strcspn(bar + 1, "|\n");
        const char *const equals = memchr(bar, '=', (size_t)(end - bar));
        if (equals == NULL) {
            abort();
        }
        buffer_append_varint(keys, sketch_string(sketch, bar + 1, (size_t)(equals - bar - 1)));
        buffer_append_varint(values, sketch_string(sketch, equals + 1, (size_t)(end - equals - 1)));
        bar = end;
    }
}

static inline void sketch_group(struct sketch *sketch, unsigned kind, const struct buffer *object)
{
    struct buffer group = {.account = sketch->account};
    sketch_field(&group, kind, object);
    sketch_field(&sketch->groups, 2, &group);
    buffer_free(&group);
}

static inline int64_t sketch_e7(const char **at)
{
    char *end;
    const double value_deg = strtod(*at, &end);
    *at = end;
    return (int64_t)(value_deg * 1e7 + (value_deg < 0 ? -0.5 : 0.5));
}

static inline void sketch_node(struct sketch *sketch, int64_t id, const char *at, const char *bar)
{
    struct buffer object = {.account = sketch->account};
    struct buffer keys = {.account = sketch->account};
    struct buffer values = {.account = sketch->account};
    const int64_t lng = sketch_e7(&at);
    const int64_t lat = sketch_e7(&at);
    if (sketch->is_dense) {
        const int64_t numbers[] = {id, lat, lng};
        static const unsigned fields[] = {1, 8, 9};
        for (unsigned i = 0; i < 3; i++) {
            buffer_clear(&values);
            buffer_append_varint(&values, sketch_zigzag(numbers[i]));
            sketch_field(&object, fields[i], &values);
        }
        sketch_tags(sketch, bar, &keys, &keys);
        buffer_append_u8(&keys, 0);
        sketch_field(&object, 10, &keys);
    } else {
        sketch_number(&object, 1, sketch_zigzag(id));
        sketch_tags(sketch, bar, &keys, &values);
        sketch_field(&object, 2, &keys);
        sketch_field(&object, 3, &values);
        sketch_number(&object, 8, sketch_zigzag(lat));
        sketch_number(&object, 9, sketch_zigzag(lng));
    }
    sketch_group(sketch, sketch->is_dense ? 2 : 1, &object);
    buffer_free(&object);
    buffer_free(&keys);
    buffer_free(&values);
}

static inline void sketch_way(struct sketch *sketch, int64_t id, const char *at, const char *bar)
{
    struct buffer object = {.account = sketch->account};
    struct buffer keys = {.account = sketch->account};
    struct buffer values = {.account = sketch->account};
    struct buffer nodes = {.account = sketch->account};
    int64_t last = 0;
    for (char *end; at < bar;) {
        const int64_t node = strtoll(at, &end, 10);
        if (end == at) {
            break;
        }
        buffer_append_varint(&nodes, sketch_zigzag(node - last));
        last = node;
        at = end;
    }
    sketch_number(&object, 1, (uint64_t)id);
    sketch_tags(sketch, bar, &keys, &values);
    sketch_field(&object, 2, &keys);
    sketch_field(&object, 3, &values);
    sketch_field(&object, 8, &nodes);
    sketch_group(sketch, 3, &object);
    buffer_free(&object);
    buffer_free(&keys);
    buffer_free(&values);
    buffer_free(&nodes);
}

static inline void sketch_relation(struct sketch *sketch, int64_t id, const char *at,
                                   const char *bar)
{
    struct buffer object = {.account = sketch->account};
    struct buffer lists[5]; // keys, values, roles, ids, types
    for (unsigned i = 0; i < 5; i++) {
        lists[i] = (struct buffer){.account = sketch->account};
    }
    int64_t last = 0;
    while (at < bar) {
        at += strspn(at, " ");
        if (at >= bar) {
            break;
        }
        char *end;
        const int64_t member = strtoll(at + 1, &end, 10);
        const size_t role_size = *end == '@' ? strcspn(end + 1, " |\n") : 0;
        buffer_append_varint(&lists[2],
                             role_size == 0 ? 0 : sketch_string(sketch, end + 1, role_size));
        buffer_append_varint(&lists[3], sketch_zigzag(member - last));
        buffer_append_varint(&lists[4], *at == 'n' ? 0 : *at == 'w' ? 1 : 2);
        last = member;
        at = *end == '@' ? end + 1 + role_size : end;
    }
    sketch_number(&object, 1, (uint64_t)id);
    sketch_tags(sketch, bar, &lists[0], &lists[1]);
    static const unsigned fields[] = {2, 3, 8, 9, 10};
    for (unsigned i = 0; i < 5; i++) {
        sketch_field(&object, fields[i], &lists[i]);
        buffer_free(&lists[i]);
    }
    sketch_group(sketch, 4, &object);
    buffer_free(&object);
}

static inline void sketch_header(struct sketch *sketch)
{
    struct buffer header = {.account = sketch->account};
    struct buffer text = {.account = sketch->account};
    buffer_append_text(&text, "OsmSchema-V0.6");
    sketch_field(&header, 4, &text);
    buffer_clear(&text);
    buffer_append_text(&text, "DenseNodes");
    sketch_field(&header, 4, &text);
    if (sketch->is_sorted) {
        buffer_clear(&text);
        buffer_append_text(&text, "Sort.Type_then_ID");
        sketch_field(&header, 5, &text);
    }
    sketch_blob(sketch, "OSMHeader", &header);
    buffer_free(&header);
    buffer_free(&text);
}

// Draws the whole file into sketch->file; sketch_free gives it back.
static inline void sketch_draw(struct sketch *sketch, const char *text)
{
    sketch->file.account = sketch->account;
    sketch_header(sketch);
    sketch_block_begin(sketch);
    while (*text != 0) {
        const char *const end = text + strcspn(text, "\n");
        const char *const bar = text + strcspn(text, "|\n");
        if (*text == '-') {
            sketch_block_end(sketch);
            sketch_block_begin(sketch);
        } else if (*text != '\n') {
            char *at;
            const int64_t id = strtoll(text + 1, &at, 10);
            if (*text == 'n') {
                sketch_node(sketch, id, at, bar);
            } else if (*text == 'w') {
                sketch_way(sketch, id, at, bar);
            } else {
                sketch_relation(sketch, id, at, bar);
            }
        }
        text = *end == 0 ? end : end + 1;
    }
    sketch_block_end(sketch);
}

static inline void sketch_free(struct sketch *sketch)
{
    buffer_free(&sketch->strings);
    buffer_free(&sketch->groups);
    buffer_free(&sketch->file);
}

#endif
