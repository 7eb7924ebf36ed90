// Expression: the letters and literals of Tile38's expressions, at compilation->at.
#ifndef FILTER_EXPRESSION_H
#define FILTER_EXPRESSION_H

#include "filter/node.h"

// 0 behind the end.
uint8_t expression_byte_at(const struct compilation *it, size_t at);
void expression_skip_blanks(struct compilation *it);
bool expression_is_next(const struct compilation *it, const char *sign);
// After blanks: the sign, a sign that is no beginning of a longer one, a word.
bool expression_take(struct compilation *it, const char *sign);
bool expression_take_operator(struct compilation *it, const char *sign, const char *not_before);
bool expression_take_word(struct compilation *it, const char *word);
// What is there against what was wanted, as a failure.
struct node *expression_unexpected(struct compilation *it, const char *wanted);
void expression_expect(struct compilation *it, const char *sign);

bool expression_is_digit(uint8_t byte);
bool expression_begins_name(uint8_t byte);
// Empty when there is none.
struct bytes expression_take_name(struct compilation *it);

// A number or a text begins here.
struct node *expression_number(struct compilation *it);
struct node *expression_text(struct compilation *it);

#endif
