// Any bytes as a tar archive: every member stays inside.
#include "codec/tar.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tar_reader reader = {.archive = {.data = data, .size = size}};
    struct tar_member member;
    struct fault fault;
    while (tar_next(&reader, &member, &fault) == STATUS_OK) {
        const bool is_inside = member.content.data >= data && member.content.size <= size &&
                               (size_t)(member.content.data - data) <= size - member.content.size;
        if (!is_inside || memchr(member.name, 0, sizeof(member.name)) == NULL) {
            abort();
        }
    }
    return 0;
}
