// JSON by slices: members and items of a text that is known to be JSON, without copying it.
//
// Texts from outside pass json_slice_check once; on anything else the functions stay inside the slice
// but say nothing of use. Values are slices without the blanks around them. Pure; any thread.
#ifndef CODEC_JSON_SLICE_H
#define CODEC_JSON_SLICE_H

#include "base/buffer.h"
#include "base/bytes.h"

// Is it one JSON value (RFC 8259), at most JSON_DEPTH_MAX deep?
bool json_slice_check(struct bytes text, struct memory_account *account);

// Without blanks at either end.
struct bytes json_slice_trim(struct bytes text);

// The next member of an object, or item of an array. `rest` is the value itself before the first call;
// false at the end. The name still has its quotes.
MUST_USE bool json_slice_member(struct bytes *rest, struct bytes *name, struct bytes *value);
MUST_USE bool json_slice_item(struct bytes *rest, struct bytes *value);

// The value of the first member with this name, which is compared unescaped; data NULL: none.
struct bytes json_slice_find(struct bytes object, struct bytes name);
// A quoted name or text is this text.
bool json_slice_equals(struct bytes quoted, struct bytes text);

// Appends a quoted text unescaped; a value without the blanks between its tokens.
void json_slice_unescape(struct bytes quoted, struct buffer *out);
void json_slice_compact(struct bytes value, struct buffer *out);

#endif
