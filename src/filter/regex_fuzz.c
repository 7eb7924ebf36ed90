// Any bytes as a pattern, and the rest of them as its text.
#include "filter/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct regex_room room;
    const size_t middle = size == 0 ? 0 : data[0] % size;
    const struct bytes pattern = {.data = data, .size = middle};
    const struct bytes text = {.data = data + middle, .size = size - middle};
    struct fault fault;
    if (regex_compile(pattern, &room, &fault) == STATUS_OK) {
        (void)regex_matches(&room.regex, text);
    }
    return 0;
}
