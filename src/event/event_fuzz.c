// Any bytes as an event: refused, or written again to the same bytes.
#include "event/event.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)16 << 20};
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    struct event event;
    if (event_decode((struct bytes){.data = data, .size = size}, &event, NULL) == STATUS_OK) {
        event_write_json(&event, 1, &out);
        buffer_clear(&out);
        event_encode(&event, &out);
        struct event again;
        assert(event_decode(buffer_bytes(&out), &again, NULL) == STATUS_OK);
        assert(again.sequence == event.sequence && bytes_equal(again.payload, event.payload));
    }
    return 0;
}
