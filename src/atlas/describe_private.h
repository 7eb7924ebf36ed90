// What the files of describe share.
#ifndef ATLAS_DESCRIBE_PRIVATE_H
#define ATLAS_DESCRIBE_PRIVATE_H

#include "atlas/describe.h"

// Fills in what kind of thing it is, its facts, its source and what it weighs.
void describe_kind(const struct atlas *atlas, uint32_t reference, struct description *description);

#endif
