#include "filter/cql.h"

#include <stdio.h>

static struct node *expression(struct cql *cql);

// Kinds by name, for sentences.
static void name_kinds(unsigned kinds, char names[80])
{
    static const struct {
        unsigned kind;
        const char *name;
    } rows[] = {
        {NODE_BOOL, "a condition"},     {NODE_NUMBER, "a number"},  {NODE_TEXT, "a text"},
        {NODE_TIME, "an instant"},      {NODE_SHAPE, "a geometry"}, {NODE_ARRAY, "an array"},
        {NODE_INTERVAL, "an interval"},
    };
    size_t size = 0;
    names[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if ((kinds & rows[i].kind) != 0) {
            const int added =
                snprintf(names + size, 80 - size, "%s%s", size == 0 ? "" : " or ", rows[i].name);
            size += added > 0 ? (size_t)added : 0;
        }
    }
}

struct node *cql_wants(struct cql *cql, struct node *node, unsigned kinds, const char *what)
{
    if ((node->kinds & kinds) == 0 && cql->compilation->status == STATUS_OK) {
        char given[80];
        char wanted[80];
        name_kinds(node->kinds, given);
        name_kinds(kinds, wanted);
        compilation_fail(cql->compilation, node->at, "%s wants %s; this is %s", what, wanted,
                         given);
    }
    return node;
}

// Comparisons. ---------------------------------------------------------------------------------------

static bool comparison_at(const struct cql *cql, enum operation *operation)
{
    static const struct {
        const char *sign;
        enum operation operation;
    } rows[] = {
        {"=", OPERATION_EQUAL},       {"<>", OPERATION_NOT_EQUAL}, {"<", OPERATION_LESS},
        {"<=", OPERATION_LESS_EQUAL}, {">", OPERATION_GREATER},    {">=", OPERATION_GREATER_EQUAL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (cql_is_sign(cql, rows[i].sign)) {
            *operation = rows[i].operation;
            return true;
        }
    }
    return false;
}

// Texts and instants compare: a property's instant is a text in JSON.
static unsigned comparable(unsigned kinds)
{
    return kinds | ((kinds & (NODE_TEXT | NODE_TIME)) != 0 ? NODE_TEXT | NODE_TIME : 0);
}

static void check_pair(struct cql *cql, const struct node *left, const struct node *right)
{
    if (cql->compilation->status == STATUS_OK && (comparable(left->kinds) & right->kinds) == 0) {
        char one[80];
        char other[80];
        name_kinds(left->kinds, one);
        name_kinds(right->kinds, other);
        compilation_fail(cql->compilation, right->at, "%s is compared with %s", one, other);
    }
}

enum { SCALAR = NODE_BOOL | NODE_NUMBER | NODE_TEXT | NODE_TIME };

static struct node *comparison(struct cql *cql, struct node *left, enum operation operation)
{
    const bool is_ordered = operation != OPERATION_EQUAL && operation != OPERATION_NOT_EQUAL;
    const unsigned kinds = is_ordered ? SCALAR & ~(unsigned)NODE_BOOL : SCALAR;
    cql_advance(cql);
    (void)cql_wants(cql, left, kinds, "a comparison");
    struct node *const right = cql_wants(cql, cql_sum(cql), kinds, "a comparison");
    check_pair(cql, left, right);
    return node_binary(cql->compilation, operation, left, right, NODE_BOOL);
}

static struct node *between(struct cql *cql, struct node *value)
{
    struct node *const node =
        node_operation(cql->compilation, value->at, OPERATION_BETWEEN, NODE_BOOL);
    const unsigned kinds = SCALAR & ~(unsigned)NODE_BOOL;
    node_add(cql->compilation, node, cql_wants(cql, value, kinds, "BETWEEN"));
    struct node *const low = cql_wants(cql, cql_sum(cql), kinds, "BETWEEN");
    check_pair(cql, value, low);
    node_add(cql->compilation, node, low);
    if (!cql_take_word(cql, "AND")) {
        cql_unexpected(cql, "AND");
    }
    struct node *const high = cql_wants(cql, cql_sum(cql), kinds, "BETWEEN");
    check_pair(cql, value, high);
    node_add(cql->compilation, node, high);
    return node;
}

static struct node *in_list(struct cql *cql, struct node *value)
{
    struct node *const node = node_operation(cql->compilation, value->at, OPERATION_IN, NODE_BOOL);
    node_add(cql->compilation, node, cql_wants(cql, value, SCALAR, "IN"));
    cql_expect_sign(cql, "(");
    do {
        struct node *const item = cql_wants(cql, cql_sum(cql), SCALAR, "IN");
        check_pair(cql, value, item);
        node_add(cql->compilation, node, item);
    } while (cql_take_sign(cql, ","));
    cql_expect_sign(cql, ")");
    return node;
}

static struct node *like(struct cql *cql, struct node *value)
{
    (void)cql_wants(cql, value, NODE_TEXT, "LIKE");
    struct node *const pattern = cql_wants(cql, cql_sum(cql), NODE_TEXT, "LIKE");
    return node_binary(cql->compilation, OPERATION_LIKE, value, pattern, NODE_BOOL);
}

static struct node *predicate(struct cql *cql)
{
    struct compilation *const compilation = cql->compilation;
    struct node *value = cql_sum(cql);
    enum operation operation;
    if (comparison_at(cql, &operation)) {
        value = comparison(cql, value, operation);
        if (comparison_at(cql, &operation)) {
            compilation_fail(compilation, cql->token.at,
                             "comparisons do not chain: join them with AND");
        }
        return value;
    }
    if (cql_take_word(cql, "IS")) {
        const bool is_not = cql_take_word(cql, "NOT");
        if (!cql_take_word(cql, "NULL")) {
            cql_unexpected(cql, "NULL");
        }
        value = node_unary(compilation, OPERATION_IS_NULL, value, NODE_BOOL);
        return is_not ? node_unary(compilation, OPERATION_NOT, value, NODE_BOOL) : value;
    }
    const bool is_not = cql_take_word(cql, "NOT");
    if (cql_take_word(cql, "BETWEEN")) {
        value = between(cql, value);
    } else if (cql_take_word(cql, "IN")) {
        value = in_list(cql, value);
    } else if (cql_take_word(cql, "LIKE")) {
        value = like(cql, value);
    } else if (is_not) {
        cql_unexpected(cql, "LIKE, IN or BETWEEN");
    }
    return is_not ? node_unary(compilation, OPERATION_NOT, value, NODE_BOOL) : value;
}

// Logic. ---------------------------------------------------------------------------------------------

static struct node *negation(struct cql *cql)
{
    unsigned count = 0;
    const size_t at = cql->token.at;
    while (cql_take_word(cql, "NOT")) {
        count++;
    }
    struct node *node = predicate(cql);
    if (count > 0) {
        (void)cql_wants(cql, node, NODE_BOOL, "NOT");
        node = node_unary(cql->compilation, OPERATION_NOT, node, NODE_BOOL);
        node->at = at;
    }
    return count > 0 && count % 2 == 0
               ? node_unary(cql->compilation, OPERATION_NOT, node, NODE_BOOL)
               : node;
}

static struct node *conjunction(struct cql *cql)
{
    struct node *left = negation(cql);
    while (cql_take_word(cql, "AND")) {
        (void)cql_wants(cql, left, NODE_BOOL, "AND");
        struct node *const right = cql_wants(cql, negation(cql), NODE_BOOL, "AND");
        left = node_logic(cql->compilation, NODE_AND, left, right);
    }
    return left;
}

static struct node *expression(struct cql *cql)
{
    const size_t at = cql->token.at;
    if (!compilation_descend(cql->compilation, at)) {
        cql->token.kind = CQL_END;
        return &cql->compilation->broken;
    }
    struct node *left = conjunction(cql);
    while (cql_take_word(cql, "OR")) {
        (void)cql_wants(cql, left, NODE_BOOL, "OR");
        struct node *const right = cql_wants(cql, conjunction(cql), NODE_BOOL, "OR");
        left = node_logic(cql->compilation, NODE_OR, left, right);
    }
    compilation_ascend(cql->compilation);
    return left;
}

// Arithmetic. ----------------------------------------------------------------------------------------

static bool is_reserved(const struct cql *cql)
{
    static const char *const words[] = {"AND",     "OR", "NOT",  "IN", "LIKE",
                                        "BETWEEN", "IS", "NULL", "DIV"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (cql_is_word(cql, words[i])) {
            return true;
        }
    }
    return false;
}

static struct node *atom(struct cql *cql)
{
    struct compilation *const compilation = cql->compilation;
    const struct cql_token token = cql->token;
    switch (token.kind) {
    case CQL_NUMBER:
        cql_advance(cql);
        return node_constant(compilation, token.at, value_number(token.number));
    case CQL_TEXT:
        cql_advance(cql);
        return node_text(compilation, token.at, token.text);
    case CQL_QUOTED:
        cql_advance(cql);
        return node_name(compilation, token.at, token.text);
    case CQL_NAME:
        if (cql_is_call(cql) && !is_reserved(cql)) {
            return cql_call(cql);
        }
        if (cql_is_word(cql, "TRUE") || cql_is_word(cql, "FALSE")) {
            const bool truth = cql_is_word(cql, "TRUE");
            cql_advance(cql);
            return node_constant(compilation, token.at, value_bool(truth));
        }
        if (!is_reserved(cql)) {
            cql_advance(cql);
            return node_name(compilation, token.at, token.text);
        }
        break;
    case CQL_SIGN:
        if (cql_take_sign(cql, "(")) {
            struct node *const inside = expression(cql);
            cql_expect_sign(cql, ")");
            return inside;
        }
        break;
    case CQL_END:
        break;
    }
    cql_unexpected(cql, "a value");
    return &compilation->broken;
}

static struct node *calculation(struct cql *cql, enum operation operation, struct node *left,
                                struct node *right)
{
    (void)cql_wants(cql, left, NODE_NUMBER, "arithmetic");
    (void)cql_wants(cql, right, NODE_NUMBER, "arithmetic");
    return node_folded(cql->compilation,
                       node_binary(cql->compilation, operation, left, right, NODE_NUMBER));
}

// A sign belongs to the value behind it, as the grammar has it for numbers: -2 ^ 2 is 4.
static struct node *factor(struct cql *cql)
{
    const size_t at = cql->token.at;
    bool is_negative = false;
    bool is_signed = false;
    while (cql_is_sign(cql, "-") || cql_is_sign(cql, "+")) {
        is_negative ^= cql_is_sign(cql, "-");
        is_signed = true;
        cql_advance(cql);
    }
    struct node *node = atom(cql);
    if (is_signed) {
        (void)cql_wants(cql, node, NODE_NUMBER, "a sign");
    }
    if (is_negative) {
        node = node_folded(cql->compilation,
                           node_unary(cql->compilation, OPERATION_NEGATE, node, NODE_NUMBER));
        node->at = at;
    }
    return node;
}

static struct node *power(struct cql *cql)
{
    struct node *left = factor(cql);
    while (cql_take_sign(cql, "^")) {
        left = calculation(cql, OPERATION_POWER, left, factor(cql));
    }
    return left;
}

static struct node *product(struct cql *cql)
{
    struct node *left = power(cql);
    for (;;) {
        enum operation operation = OPERATION_MULTIPLY;
        if (cql_is_sign(cql, "/")) {
            operation = OPERATION_DIVIDE;
        } else if (cql_is_sign(cql, "%")) {
            operation = OPERATION_MODULO;
        } else if (cql_is_word(cql, "DIV")) {
            operation = OPERATION_WHOLE_DIVIDE;
        } else if (!cql_is_sign(cql, "*")) {
            return left;
        }
        cql_advance(cql);
        left = calculation(cql, operation, left, power(cql));
    }
}

struct node *cql_sum(struct cql *cql)
{
    const size_t at = cql->token.at;
    if (!compilation_descend(cql->compilation, at)) {
        cql->token.kind = CQL_END;
        return &cql->compilation->broken;
    }
    struct node *left = product(cql);
    while (cql_is_sign(cql, "+") || cql_is_sign(cql, "-")) {
        const bool is_plus = cql_is_sign(cql, "+");
        cql_advance(cql);
        left = calculation(cql, is_plus ? OPERATION_ADD : OPERATION_SUBTRACT, left, product(cql));
    }
    compilation_ascend(cql->compilation);
    return left;
}

struct node *cql_parse(struct compilation *compilation)
{
    struct cql cql = {.compilation = compilation};
    cql_advance(&cql);
    struct node *const node = expression(&cql);
    if (cql.token.kind != CQL_END) {
        cql_unexpected(&cql, "AND, OR or the end");
    }
    return cql_wants(&cql, node, NODE_BOOL, "a filter");
}
