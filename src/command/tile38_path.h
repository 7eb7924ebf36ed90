// Path: a place in a JSON text, "user.name.first", "tags.0", and the text with it changed.
//
// Parts are divided by points; a backslash takes the next byte as it is. In arrays a part is an index,
// "#" their length (or what follows of each item), and, for changes, -1 the end. Parts of reads may have
// * and ?. The rest of the text stays byte for byte. Pure; any thread.
#ifndef COMMAND_TILE38_PATH_H
#define COMMAND_TILE38_PATH_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"

// Appends the JSON of what is there; false when nothing is. `json` is JSON.
bool tile38_path_get(struct bytes json, struct bytes path, struct buffer *out);
// Appends the text with `value` (JSON) there; objects and arrays are made on the way. `json` is JSON or
// empty. Fails: OUT_OF_RANGE with a sentence.
MUST_USE enum status tile38_path_set(struct bytes json, struct bytes path, struct bytes value,
                                     struct buffer *out, struct fault *fault);
// Appends the text without it; false when it was not there (then `out` is as it was).
bool tile38_path_delete(struct bytes json, struct bytes path, struct buffer *out);

#endif
