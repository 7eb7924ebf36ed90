#include "deliver/parcel.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

void parcel_return(struct parcel *parcel, enum parcel_result result)
{
    parcel->result = result;
    parcel->message.deliver = parcel->returned;
    mailbox_send(parcel->home, &parcel->message);
}

void parcel_fail(struct parcel *parcel, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(parcel->reason, sizeof(parcel->reason), format, arguments);
    va_end(arguments);
    parcel_return(parcel, PARCEL_FAILED);
}

void parcel_id(const struct parcel *parcel, char id[PARCEL_ID_SIZE + 1])
{
    if (!parcel->is_batch) {
        memcpy(id, parcel->items[0].id, EVENT_ID_SIZE + 1); // it has one item
        return;
    }
    // The same events make the same batch: sent again it has the same id.
    XXH64_hash_t hash = 0;
    for (size_t i = 0; i < parcel->count; i++) {
        if (parcel->items[i].is_there) {
            hash = XXH3_64bits_withSeed(parcel->items[i].id, EVENT_ID_SIZE, hash);
        }
    }
    (void)snprintf(id, PARCEL_ID_SIZE + 1, "bat_%016llx", (unsigned long long)hash);
}
