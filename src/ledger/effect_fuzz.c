#include "ledger/effect.h"

#include <assert.h>

// What decodes, encodes to the same bytes.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory_account account = {.name = "fuzz"};
    SCOPED(buffer_free) struct buffer again = {.account = &account};
    struct bytes rest = {.data = data, .size = size};
    struct effect effect;
    while (effect_decode(&rest, &effect, NULL) == STATUS_OK) {
        uint8_t *const room =
            effect_begin(&again, effect.table, effect.kind, effect.key, effect.value.size);
        if (effect.value.size != 0) {
            memcpy(room, effect.value.data, effect.value.size);
        }
    }
    assert(again.size == size - rest.size &&
           (again.size == 0 || memcmp(again.data, data, again.size) == 0));
    return 0;
}
