// CQL: the tokens of CQL2 text, and its literals (OGC 21-065r2, annex B).
#ifndef FILTER_CQL_H
#define FILTER_CQL_H

#include "filter/node.h"

enum cql_kind {
    CQL_END,
    CQL_NUMBER,
    CQL_TEXT,   // between single quotes; doubled or escaped quotes are undone in `text`
    CQL_NAME,   // a name or keyword
    CQL_QUOTED, // a name between double quotes
    CQL_SIGN,   // ( ) , = < > <= >= <> + - * / % ^
};

struct cql_token {
    enum cql_kind kind;
    size_t at;
    struct bytes text;
    double number;
};

struct cql {
    struct compilation *compilation;
    struct cql_token token; // the present one
};

void cql_advance(struct cql *cql);
bool cql_is_sign(const struct cql *cql, const char *sign);
bool cql_is_word(const struct cql *cql, const char *keyword); // in any case
bool cql_take_sign(struct cql *cql, const char *sign);
bool cql_take_word(struct cql *cql, const char *keyword);
void cql_expect_sign(struct cql *cql, const char *sign);
// The present token against what was wanted, as a failure.
void cql_unexpected(struct cql *cql, const char *wanted);
// Is the present name followed by an opening parenthesis?
bool cql_is_call(const struct cql *cql);

// Arithmetic of values; where a value is wanted.
struct node *cql_sum(struct cql *cql);
// The node, which may be of one of these kinds; else the failure says what wants them.
struct node *cql_wants(struct cql *cql, struct node *node, unsigned kinds, const char *what);
// What begins with a name and a parenthesis: a function, a relation, a literal.
struct node *cql_call(struct cql *cql);

// POINT(…), POLYGON(…), BBOX(…) …: NULL when the present name begins none.
struct node *cql_shape(struct cql *cql);
// DATE('…'), TIMESTAMP('…'): NULL when the present name begins none.
struct node *cql_instant(struct cql *cql);
// A text as an instant; false: it is none (and failed).
bool cql_reads_instant(struct cql *cql, size_t at, struct bytes text, struct value *instant);

#endif
