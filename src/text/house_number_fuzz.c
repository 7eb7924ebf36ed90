// Any bytes where a house number should stand.
#include "text/house_number.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {.data = data, .size = size};
    struct house_number number = {0};
    const bool is_number = house_number_parse(text, &number);
    struct house_number read = {0};
    if (house_number_read(text, &read)) {
        assert(read.suffix_size <= HOUSE_NUMBER_SUFFIX_SIZE && read.number <= 999999999);
        assert(!is_number || read.number == number.number);
    } else {
        assert(!is_number);
    }
    return 0;
}
