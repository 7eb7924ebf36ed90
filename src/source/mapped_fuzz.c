// Any bytes as a field map and, behind the first empty line, a file that goes with it.
#include "source/field_map.h"
#include "source/fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pair_read(struct bytes map, struct bytes file)
{
    struct memory_account disk = {.name = "disk", .limit_size = (size_t)256 << 20};
    struct sys_memory *memory;
    int descriptor;
    if (sys_memory_new(&disk, 1, &memory, NULL) != STATUS_OK) {
        abort();
    }
    const struct sys *const sys = sys_memory_table(memory);
    const struct bytes contents[] = {map, file};
    static const char *const names[] = {"m", "x"};
    for (size_t i = 0; i < 2; i++) {
        if (sys->open(sys, names[i], SYS_OPEN_CREATE, &descriptor, NULL) != STATUS_OK ||
            sys->write_at(sys, descriptor, contents[i].data, contents[i].size, 0, NULL) !=
                STATUS_OK) {
            abort();
        }
        sys->close(sys, descriptor);
    }
    fuzz_read_on(sys, "mapping:m:x");
    sys_memory_free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *const end = size == 0 ? NULL : memmem(data, size, "\n\n", 2);
    if (end != NULL) {
        const size_t map_size = (size_t)(end - data);
        pair_read((struct bytes){data, map_size}, (struct bytes){end + 2, size - map_size - 2});
    }
    return 0;
}
