#include "sys/guard.h"

#include <fcntl.h>
#include <unistd.h>

#include "sys/hole_private.h"

bool guard_mapping_begin(const char *path, const void *data, size_t size,
                         struct guard_mapping *guard)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const int slot = hole_watch(data, size, descriptor);
    if (slot < 0) {
        (void)close(descriptor);
        return false;
    }
    guard->slot = slot + 1;
    return true;
}

void guard_mapping_end(struct guard_mapping *guard)
{
    if (guard->slot != 0) {
        (void)close(hole_forget(guard->slot - 1));
        guard->slot = 0;
    }
}

bool guard_mapping_was_hit(const struct guard_mapping *guard)
{
    return guard->slot != 0 && hole_was_hit(guard->slot - 1);
}
