// Any text as a filter in CQL2: refused, or a program that ends.
#include "filter/filter_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_filter(FILTER_CQL2, (struct bytes){.data = data, .size = size});
    return 0;
}
