// Any bytes by slices: JSON or not, everything stays inside; of JSON, the compact text is JSON.
#include "codec/json_slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct bytes value, struct buffer *out, int depth)
{
    struct bytes rest = value, name, inner;
    while (depth < 20 && json_slice_member(&rest, &name, &inner)) {
        json_slice_unescape(name, out);
        (void)json_slice_equals(name, inner);
        (void)json_slice_find(value, name);
        walk(inner, out, depth + 1);
    }
    rest = value;
    while (depth < 20 && json_slice_item(&rest, &inner)) {
        json_slice_unescape(inner, out);
        walk(inner, out, depth + 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)16 << 20};
    struct buffer out = {.account = &account};
    const struct bytes text = json_slice_trim((struct bytes){data, size});
    walk(text, &out, 0);
    buffer_clear(&out);
    json_slice_compact(text, &out);
    if (json_slice_check(text, &account) && !json_slice_check(buffer_bytes(&out), &account)) {
        __builtin_trap();
    }
    buffer_free(&out);
    return 0;
}
