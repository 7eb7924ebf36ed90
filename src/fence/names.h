// Names: things in order of their names, found by name.
//
// A skip list (Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees", CACM 33, 1990) whose
// towers are as high as the hash of the name says, so the same names make the same list. One thread.
#ifndef FENCE_NAMES_H
#define FENCE_NAMES_H

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

enum { NAMES_HEIGHT_MAX = 16 };

struct names_node {
    struct bytes name;
    void *thing;
    uint32_t height;
    struct names_node *next[];
};

struct names {
    struct memory_account *account;
    struct names_node *first[NAMES_HEIGHT_MAX];
    size_t count;
};

// NULL when there is none.
void *names_find(const struct names *names, struct bytes name);
// There is none of that name, which the thing keeps. Fails: NO_MEMORY.
MUST_USE enum status names_put(struct names *names, struct bytes name, void *thing);
// It is there.
void names_remove(struct names *names, struct bytes name);
// The first whose name is `from` or after it; NULL: none. The next is node->next[0].
const struct names_node *names_from(const struct names *names, struct bytes from);
void names_free(struct names *names);

#endif
