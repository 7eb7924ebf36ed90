// Any bytes as a record, tar archive or SQLite file of Who's On First.
#include "source/fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read("wof:x", data, size);
    return 0;
}
