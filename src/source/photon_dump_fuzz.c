// Any bytes as a dump of Photon.
#include "source/fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read("photon:x", data, size);
    return 0;
}
