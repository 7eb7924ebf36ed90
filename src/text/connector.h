// Connector: the words that join what a query names: "A and B", "corner of A and B", "Ecke A/B", "hotels
// near C".
//
// The table (connector.c) holds a row for each (what it does, language, phrase), folded; "de la" is two
// words. Who asks passes the words of a query and gets the longest phrase that stands at their beginning.
// A word here may as well be part of a name: the phrases are hypotheses, the data decides. Pure; any
// thread.
#ifndef TEXT_CONNECTOR_H
#define TEXT_CONNECTOR_H

#include <stddef.h>

#include "base/bytes.h"

enum connector_role {
    CONNECTOR_BETWEEN, // two streets that meet: and, &, at, x, und, esquina con
    CONNECTOR_BEFORE,  // such a pair: corner of, intersection of, Ecke, angle de
    CONNECTOR_ARTICLE, // before the name of a street: the, de la, der
    CONNECTOR_WHERE,   // between a kind of thing and its place: in, near, bei, a
    CONNECTOR_HERE,    // that place is where the one who asks is: near me, in der nahe
    CONNECTOR_ROLE_COUNT,
};

struct connector_row {
    const char *phrase;
    const char *language; // "en"; "" any
};

// The rows of a role, for documentation and tests.
const struct connector_row *connector_rows(enum connector_role role, size_t *count);

// How many of the words the longest phrase of the role takes, from the first on; 0: none begins here.
size_t connector_match(enum connector_role role, const struct bytes *words, size_t count);

#define CONNECTOR_WORDS_MAX 6 // of the longest phrase

#endif
