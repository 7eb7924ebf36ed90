// Any bytes as an osmChange file.
#include "source/osm_change.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)256 << 20};
    struct osm_changes changes = {.pool = {.account = &account}};
    struct fault fault;
    if (osm_changes_read(&changes, (struct bytes){data, size}, "x", &fault) == STATUS_OK) {
        osm_changes_settle(&changes);
    }
    osm_changes_free(&changes);
    if (account.used_size != 0) {
        abort(); // something was not given back
    }
    return 0;
}
