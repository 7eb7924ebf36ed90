// Token: the words and numbers of a folded text.
//
// A token is a run of letters, marks and digits ("12a", "2nd", "hauptstr"), and everything else parts
// tokens; so "194-06" is two tokens with a '-' between, which text/house_number.h reads as one number.
// Chinese and Japanese have no spaces: there every character is a token, so that a name is found in a
// run of names. '&' is a token (it stands for a word). Pure; any thread.
#ifndef TEXT_TOKEN_H
#define TEXT_TOKEN_H

#include "base/bytes.h"

struct text_token {
    uint32_t offset; // in the folded text, bytes
    uint32_t size;   // bytes, never 0
    bool is_number;  // begins with a digit
    // What stands between this token and its neighbours: 0 the text's end; ',' if there is a comma,
    // semicolon or bar anywhere in between; the character if it is one alone ('-', '/', '.', '\''…);
    // ' ' any other, also nothing at all (Chinese).
    char before;
    char after;
    bool has_dot; // a '.' follows immediately: probably an abbreviation
};

// Writes the tokens of `folded` (any bytes; broken UTF-8 parts tokens) and returns how many there are,
// which may be more than `capacity`: the first `capacity` are then written.
size_t text_tokenise(struct bytes folded, struct text_token *tokens, size_t capacity);

static inline struct bytes text_token_bytes(struct bytes folded, const struct text_token *token)
{
    return (struct bytes){.data = folded.data + token->offset, .size = token->size};
}

#endif
