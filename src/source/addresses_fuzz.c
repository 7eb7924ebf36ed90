// Any bytes as a table of addresses.
#include "source/fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read("addresses:x", data, size);
    return 0;
}
