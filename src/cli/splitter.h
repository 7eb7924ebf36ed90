// Splitter: the objects of a long JSON text, one by one, however it is cut: those of a FeatureCollection's
// "features", of an array, or one after the other (lines of JSON). Only one object is held.
#ifndef CLI_SPLITTER_H
#define CLI_SPLITTER_H

#include "base/buffer.h"

typedef enum status splitter_each(void *context, struct bytes object, struct fault *fault);

struct splitter {
    struct buffer object; // with an account: the object under way
    splitter_each *each;
    void *context;
    unsigned depth;      // of brackets that are open
    unsigned item_depth; // of brackets round an object that is given
    bool is_taking, is_in_text, is_escaped, has_features;
};

// Gives the objects that have become whole. Fails: as `each`; CORRUPT brackets that do not match;
// OUT_OF_RANGE an object of more than SPLITTER_OBJECT_SIZE bytes; NO_MEMORY.
#define SPLITTER_OBJECT_SIZE (64 << 20)
MUST_USE enum status splitter_feed(struct splitter *splitter, struct bytes piece,
                                   struct fault *fault);
// At the end of the text. Fails: CORRUPT when it ends inside of something.
MUST_USE enum status splitter_end(const struct splitter *splitter, struct fault *fault);
void splitter_free(struct splitter *splitter);

#endif
