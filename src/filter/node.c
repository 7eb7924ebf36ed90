#include "filter/node.h"

#include <stdarg.h>
#include <stdio.h>

#include "text/utf8.h"

struct node_chunk {
    struct node_chunk *next;
    _Alignas(16) uint8_t bytes[];
};

enum { CHUNK_SIZE = 2048 };

void *node_pool_take(struct node_pool *pool, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (pool->chunks == NULL || size > pool->capacity - pool->used) {
        const size_t capacity = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        struct node_chunk *const chunk =
            memory_take(pool->account, 1, sizeof(struct node_chunk) + capacity);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        pool->capacity = capacity;
        pool->used = 0;
    }
    void *const taken = pool->chunks->bytes + pool->used;
    pool->used += size;
    return taken;
}

void node_pool_free(struct node_pool *pool)
{
    while (pool->chunks != NULL) {
        struct node_chunk *const next = pool->chunks->next;
        memory_give(pool->chunks);
        pool->chunks = next;
    }
}

// In characters, from 1.
static size_t column_of(struct bytes text, size_t at)
{
    size_t column = 1;
    for (size_t i = 0; i < at && i < text.size; i++) {
        column += !utf8_is_continuation(text.data[i]);
    }
    return column;
}

void compilation_fail(struct compilation *compilation, size_t at, const char *format, ...)
{
    if (compilation->status != STATUS_OK) {
        return;
    }
    char sentence[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    compilation->status = fault_set(compilation->fault, STATUS_OUT_OF_RANGE, "column %zu: %s",
                                    column_of(compilation->text, at), sentence);
    compilation->at = compilation->text.size;
}

void compilation_has_no_memory(struct compilation *compilation)
{
    if (compilation->status == STATUS_OK) {
        compilation->status =
            fault_set(compilation->fault, STATUS_NO_MEMORY, "no memory for a filter of %zu bytes",
                      compilation->text.size);
        compilation->at = compilation->text.size;
    }
}

bool compilation_descend(struct compilation *compilation, size_t at)
{
    if (++compilation->depth > FILTER_DEPTH_MAX) {
        compilation_fail(compilation, at, "nested more than %d levels deep", FILTER_DEPTH_MAX);
        return false;
    }
    return true;
}

void compilation_ascend(struct compilation *compilation)
{
    compilation->depth--;
}

struct node *node_of_kind(struct compilation *compilation, size_t at, enum node_kind kind,
                          unsigned kinds)
{
    struct node *node = NULL;
    if (compilation->status == STATUS_OK) {
        node = node_pool_take(&compilation->working, sizeof(*node));
        if (node == NULL) {
            compilation_has_no_memory(compilation);
        }
    }
    if (node == NULL) {
        node = &compilation->broken;
    }
    *node = (struct node){.kind = kind, .kinds = kinds, .at = at};
    return node;
}

struct node *node_constant(struct compilation *compilation, size_t at, struct value constant)
{
    struct node *const node =
        node_of_kind(compilation, at, NODE_CONSTANT, NODE_KIND(constant.kind));
    node->constant = constant;
    return node;
}

struct bytes node_keep(struct compilation *compilation, struct bytes bytes)
{
    uint8_t *const kept = node_pool_take(compilation->kept, bytes.size + 1);
    if (kept == NULL) {
        compilation_has_no_memory(compilation);
        return (struct bytes){0};
    }
    if (bytes.size > 0) {
        memcpy(kept, bytes.data, bytes.size);
    }
    return (struct bytes){.data = kept, .size = bytes.size};
}

struct node *node_text(struct compilation *compilation, size_t at, struct bytes text)
{
    return node_constant(compilation, at, value_text(node_keep(compilation, text)));
}

struct node *node_name(struct compilation *compilation, size_t at, struct bytes name)
{
    struct node *const node = node_of_kind(compilation, at, NODE_NAME, NODE_ANY);
    node->constant = value_text(node_keep(compilation, name));
    return node;
}

struct node *node_operation(struct compilation *compilation, size_t at, enum operation operation,
                            unsigned kinds)
{
    struct node *const node = node_of_kind(compilation, at, NODE_OPERATION, kinds);
    node->operation = operation;
    return node;
}

void node_add(struct compilation *compilation, struct node *node, struct node *part)
{
    if (compilation->status != STATUS_OK) {
        return; // both may stand for what is broken
    }
    if (node->first == NULL) {
        node->first = part;
    } else {
        node->last->next = part;
    }
    node->last = part;
    node->count++;
    node->depth = part->depth + 1 > node->depth ? part->depth + 1 : node->depth;
    if (node->depth > NODE_DEPTH_MAX) {
        compilation_fail(compilation, part->at, "more than %d operations in a row", NODE_DEPTH_MAX);
    }
}

struct node *node_unary(struct compilation *compilation, enum operation operation,
                        struct node *operand, unsigned kinds)
{
    struct node *const node = node_operation(compilation, operand->at, operation, kinds);
    node_add(compilation, node, operand);
    return node;
}

struct node *node_binary(struct compilation *compilation, enum operation operation,
                         struct node *left, struct node *right, unsigned kinds)
{
    struct node *const node = node_operation(compilation, left->at, operation, kinds);
    node_add(compilation, node, left);
    node_add(compilation, node, right);
    return node;
}

struct node *node_logic(struct compilation *compilation, enum node_kind kind, struct node *left,
                        struct node *right)
{
    struct node *node = left;
    if (left->kind != kind) {
        node = node_of_kind(compilation, left->at, kind, NODE_BOOL);
        node_add(compilation, node, left);
    }
    node_add(compilation, node, right);
    return node;
}
