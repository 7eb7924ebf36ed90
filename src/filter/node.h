// Node: a condition as a tree, between the two parsers and the bytecode.
//
// Parsing never stops half-way: the first thing that is wrong is latched with its column, the rest of
// the text is not read, and what the parsers still build is thrown away. So nothing here returns a
// failure and no parser looks for one. One thread.
#ifndef FILTER_NODE_H
#define FILTER_NODE_H

#include "base/buffer.h"
#include "filter/program.h"

enum node_kind {
    NODE_CONSTANT,
    NODE_NAME,
    NODE_OPERATION, // its operands are its parts
    NODE_AND,       // of two or more
    NODE_OR,
    NODE_SCRIPT_AND,
    NODE_SCRIPT_OR,
    NODE_COALESCE,
    NODE_CHOOSE,   // condition, then, else
    NODE_SEQUENCE, // of values the last counts
};

// Sets of kinds a value may have.
#define NODE_KIND(kind) (1U << (kind))
enum {
    NODE_BOOL = NODE_KIND(VALUE_BOOL),
    NODE_NUMBER = NODE_KIND(VALUE_NUMBER),
    NODE_TEXT = NODE_KIND(VALUE_TEXT),
    NODE_TIME = NODE_KIND(VALUE_TIME),
    NODE_SHAPE = NODE_KIND(VALUE_SHAPE),
    NODE_ARRAY = NODE_KIND(VALUE_JSON),
    NODE_INTERVAL = NODE_KIND(VALUE_INTERVAL),
    NODE_ANY = 0xffff,
};

struct node {
    enum node_kind kind;
    enum operation operation;
    uint32_t argument;     // of the operation
    uint32_t count;        // parts
    unsigned kinds;        // NODE_KIND bits of what it may be, besides null
    size_t at;             // where it begins in the text
    struct value constant; // the name of NODE_NAME
    struct node *first, *last, *next;
    unsigned depth; // of the tree below
};

// Trees are walked by recursion; a sum of ten thousand terms is one so deep, and is refused.
enum { NODE_DEPTH_MAX = 1000 };

// Memory that goes all at once.
struct node_pool {
    struct memory_account *account;
    struct node_chunk *chunks;
    size_t used, capacity; // of the first chunk
};
void *node_pool_take(struct node_pool *pool, size_t size); // aligned to 16; NULL: full
void node_pool_free(struct node_pool *pool);

struct compilation {
    enum filter_language language;
    struct bytes text;
    size_t at; // in the text, where the next token begins; at its end after a failure
    unsigned depth;
    struct node_pool working; // nodes
    struct node_pool *kept;   // what the program points at
    struct memory_account *account;
    struct fault *fault;
    enum status status;
    struct node broken; // stands for every node after a failure
};

PRINTF_LIKE(3, 4)
void compilation_fail(struct compilation *compilation, size_t at, const char *format, ...);
void compilation_has_no_memory(struct compilation *compilation);

// Parsers that go a level down say so; false: too deep (and failed).
bool compilation_descend(struct compilation *compilation, size_t at);
void compilation_ascend(struct compilation *compilation);

struct node *node_constant(struct compilation *compilation, size_t at, struct value constant);
// A text that has to be kept.
struct node *node_text(struct compilation *compilation, size_t at, struct bytes text);
struct node *node_name(struct compilation *compilation, size_t at, struct bytes name);
struct node *node_operation(struct compilation *compilation, size_t at, enum operation operation,
                            unsigned kinds);
struct node *node_of_kind(struct compilation *compilation, size_t at, enum node_kind kind,
                          unsigned kinds);
void node_add(struct compilation *compilation, struct node *node, struct node *part);
struct node *node_unary(struct compilation *compilation, enum operation operation,
                        struct node *operand, unsigned kinds);
struct node *node_binary(struct compilation *compilation, enum operation operation,
                         struct node *left, struct node *right, unsigned kinds);
// And, or: joined to the left one when that is of the kind already.
struct node *node_logic(struct compilation *compilation, enum node_kind kind, struct node *left,
                        struct node *right);

// An operation on constants only is done at once: the constant it gives, or the node itself.
struct node *node_folded(struct compilation *compilation, struct node *node);

struct bytes node_keep(struct compilation *compilation, struct bytes bytes);

// The parsers.
struct node *cql_parse(struct compilation *compilation);
struct node *expression_parse(struct compilation *compilation);

// The tree as a verified program; its memory is `kept`.
void node_emit(struct compilation *compilation, const struct node *node, struct program *program);

#endif
