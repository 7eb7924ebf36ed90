#include "filter/cql.h"

static struct node *folding(struct cql *cql, enum operation operation, const char *name)
{
    cql_advance(cql);
    cql_expect_sign(cql, "(");
    struct node *const text = cql_wants(cql, cql_sum(cql), NODE_TEXT, name);
    cql_expect_sign(cql, ")");
    return node_folded(cql->compilation, node_unary(cql->compilation, operation, text, NODE_TEXT));
}

// An end of an interval: '..' is open, a text is a date or an instant.
static struct node *interval_end(struct cql *cql)
{
    struct node *const end = cql_wants(cql, cql_sum(cql), NODE_TEXT | NODE_TIME, "INTERVAL");
    if (end->kind == NODE_CONSTANT && end->constant.kind == VALUE_TEXT) {
        if (bytes_equal(end->constant.text, BYTES_OF(".."))) {
            end->constant = (struct value){.kind = VALUE_UNDEFINED};
        } else if (!cql_reads_instant(cql, end->at, end->constant.text, &end->constant)) {
            return end;
        }
    }
    return end;
}

static struct node *interval(struct cql *cql)
{
    const size_t at = cql->token.at;
    cql_advance(cql);
    cql_expect_sign(cql, "(");
    struct node *const from = interval_end(cql);
    cql_expect_sign(cql, ",");
    struct node *const until = interval_end(cql);
    cql_expect_sign(cql, ")");
    struct node *const node =
        node_folded(cql->compilation,
                    node_binary(cql->compilation, OPERATION_INTERVAL, from, until, NODE_INTERVAL));
    if (from->kind == NODE_CONSTANT && until->kind == NODE_CONSTANT &&
        node->kind != NODE_CONSTANT) {
        compilation_fail(cql->compilation, at, "the interval ends before it begins");
    }
    node->at = at;
    return node;
}

// ('a', 'b') where an array is wanted.
static struct node *array(struct cql *cql)
{
    struct node *const node =
        node_operation(cql->compilation, cql->token.at, OPERATION_ARRAY, NODE_ARRAY);
    if (!cql_take_sign(cql, "(")) {
        return cql_wants(cql, cql_sum(cql), NODE_ARRAY, "an array function");
    }
    if (!cql_is_sign(cql, ")")) {
        do {
            const unsigned kinds = NODE_BOOL | NODE_NUMBER | NODE_TEXT | NODE_ARRAY;
            node_add(cql->compilation, node,
                     cql_is_sign(cql, "(") ? array(cql)
                                           : cql_wants(cql, cql_sum(cql), kinds, "an array"));
        } while (node->count < PROGRAM_STACK && cql_take_sign(cql, ","));
    }
    cql_expect_sign(cql, ")");
    return node_folded(cql->compilation, node);
}

struct relation {
    const char *name;
    enum operation operation;
    uint32_t argument;
};

static const struct relation RELATIONS[] = {
    {"A_CONTAINEDBY", OPERATION_ARRAY_RELATION, ARRAY_CONTAINED_BY},
    {"A_CONTAINS", OPERATION_ARRAY_RELATION, ARRAY_CONTAINS},
    {"A_EQUALS", OPERATION_ARRAY_RELATION, ARRAY_EQUALS},
    {"A_OVERLAPS", OPERATION_ARRAY_RELATION, ARRAY_OVERLAPS},
    {"S_CONTAINS", OPERATION_SHAPE_RELATION, SHAPE_CONTAINS},
    {"S_DISJOINT", OPERATION_SHAPE_RELATION, SHAPE_DISJOINT},
    {"S_EQUALS", OPERATION_SHAPE_RELATION, SHAPE_EQUALS},
    {"S_INTERSECTS", OPERATION_SHAPE_RELATION, SHAPE_INTERSECTS},
    {"S_WITHIN", OPERATION_SHAPE_RELATION, SHAPE_WITHIN},
    {"T_AFTER", OPERATION_TIME_RELATION, TIME_AFTER},
    {"T_BEFORE", OPERATION_TIME_RELATION, TIME_BEFORE},
    {"T_CONTAINS", OPERATION_TIME_RELATION, TIME_CONTAINS},
    {"T_DISJOINT", OPERATION_TIME_RELATION, TIME_DISJOINT},
    {"T_DURING", OPERATION_TIME_RELATION, TIME_DURING},
    {"T_EQUALS", OPERATION_TIME_RELATION, TIME_EQUALS},
    {"T_FINISHEDBY", OPERATION_TIME_RELATION, TIME_FINISHED_BY},
    {"T_FINISHES", OPERATION_TIME_RELATION, TIME_FINISHES},
    {"T_INTERSECTS", OPERATION_TIME_RELATION, TIME_INTERSECTS},
    {"T_MEETS", OPERATION_TIME_RELATION, TIME_MEETS},
    {"T_METBY", OPERATION_TIME_RELATION, TIME_MET_BY},
    {"T_OVERLAPPEDBY", OPERATION_TIME_RELATION, TIME_OVERLAPPED_BY},
    {"T_OVERLAPS", OPERATION_TIME_RELATION, TIME_OVERLAPS},
    {"T_STARTEDBY", OPERATION_TIME_RELATION, TIME_STARTED_BY},
    {"T_STARTS", OPERATION_TIME_RELATION, TIME_STARTS},
};

static struct node *operand_of(struct cql *cql, const struct relation *relation)
{
    if (relation->operation == OPERATION_ARRAY_RELATION) {
        return array(cql);
    }
    const bool is_shape = relation->operation == OPERATION_SHAPE_RELATION;
    return cql_wants(cql, cql_sum(cql),
                     is_shape ? NODE_SHAPE : NODE_TIME | NODE_TEXT | NODE_INTERVAL, relation->name);
}

static struct node *relation(struct cql *cql, const struct relation *relation)
{
    const size_t at = cql->token.at;
    cql_advance(cql);
    cql_expect_sign(cql, "(");
    struct node *const left = operand_of(cql, relation);
    cql_expect_sign(cql, ",");
    struct node *const right = operand_of(cql, relation);
    cql_expect_sign(cql, ")");
    struct node *const node =
        node_binary(cql->compilation, relation->operation, left, right, NODE_BOOL);
    node->argument = relation->argument;
    node->at = at;
    return node;
}

static struct node *distance(struct cql *cql)
{
    cql_advance(cql);
    cql_expect_sign(cql, "(");
    struct node *const left = cql_wants(cql, cql_sum(cql), NODE_SHAPE, "DISTANCE");
    cql_expect_sign(cql, ",");
    struct node *const right = cql_wants(cql, cql_sum(cql), NODE_SHAPE, "DISTANCE");
    cql_expect_sign(cql, ")");
    return node_binary(cql->compilation, OPERATION_DISTANCE, left, right, NODE_NUMBER);
}

struct node *cql_call(struct cql *cql)
{
    for (size_t i = 0; i < COUNT_OF(RELATIONS); i++) {
        if (cql_is_word(cql, RELATIONS[i].name)) {
            return relation(cql, &RELATIONS[i]);
        }
    }
    if (cql_is_word(cql, "CASEI")) {
        return folding(cql, OPERATION_CASEI, "CASEI");
    }
    if (cql_is_word(cql, "ACCENTI")) {
        return folding(cql, OPERATION_ACCENTI, "ACCENTI");
    }
    if (cql_is_word(cql, "INTERVAL")) {
        return interval(cql);
    }
    if (cql_is_word(cql, "DISTANCE")) {
        return distance(cql);
    }
    if (cql_is_word(cql, "NOW")) {
        const size_t at = cql->token.at;
        cql_advance(cql);
        cql_expect_sign(cql, "(");
        cql_expect_sign(cql, ")");
        return node_operation(cql->compilation, at, OPERATION_NOW, NODE_TIME);
    }
    struct node *literal = cql_instant(cql);
    literal = literal != NULL ? literal : cql_shape(cql);
    if (literal == NULL) {
        compilation_fail(
            cql->compilation, cql->token.at,
            "there is no function %.*s; there are casei, accenti, now, distance, and the "
            "s_, t_ and a_ functions of docs/filter.md",
            (int)(cql->token.text.size < 40 ? cql->token.text.size : 40),
            (const char *)cql->token.text.data);
        cql->token.kind = CQL_END;
        return &cql->compilation->broken;
    }
    return literal;
}
