// Any bytes as GeoJSON with countries.
#include "source/fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read("countries:x", data, size);
    return 0;
}
