// Any text as an expression of Tile38: refused, or a program that ends.
#include "filter/filter_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_filter(FILTER_TILE38, (struct bytes){.data = data, .size = size});
    return 0;
}
