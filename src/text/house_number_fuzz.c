// Any bytes as a house number and as a list of them.
#include "text/house_number.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes list = {.data = data, .size = size};
    struct house_number number = {0};
    if (house_number_parse(list, &number)) {
        assert(house_number_compare(&number, &number) == 0);
    }
    while (house_number_next(&list, &number)) {
        assert(number.suffix_size <= HOUSE_NUMBER_SUFFIX_SIZE && number.number <= 999999999);
    }
    return 0;
}
