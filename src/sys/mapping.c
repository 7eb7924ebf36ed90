#include "sys/mapping.h"

enum status mapping_open_file(const struct file *file, struct mapping *mapping, struct fault *fault)
{
    const struct sys *const sys = file->sys;
    struct mapping opened = {.sys = sys};
    TRY(file_stat(file, &opened.stat, fault));
    if (!opened.stat.is_regular) {
        return fault_set(fault, STATUS_UNSUPPORTED, "%s is not a regular file", file->path);
    }
    if (opened.stat.size > SIZE_MAX / 2) {
        return fault_set(fault, STATUS_UNSUPPORTED, "%s is too large to map", file->path);
    }
    if (opened.stat.size != 0) {
        const enum status status =
            sys->map(sys, file->descriptor, (size_t)opened.stat.size, &opened.region, fault);
        if (status != STATUS_OK) {
            return fault_prefix(fault, status, "%s", file->path);
        }
    }
    *mapping = opened;
    return STATUS_OK;
}

enum status mapping_open(const struct sys *sys, const char *path, struct mapping *mapping,
                         struct fault *fault)
{
    SCOPED(file_close) struct file file = {0};
    TRY(file_open(sys, path, SYS_OPEN_READ, &file, fault));
    return mapping_open_file(&file, mapping, fault);
}

void mapping_close(struct mapping *mapping)
{
    if (mapping->region.data != NULL) {
        mapping->sys->unmap(mapping->sys, &mapping->region);
    }
    *mapping = (struct mapping){0};
}

bool mapping_is_poisoned(const struct mapping *mapping)
{
    return mapping->region.data != NULL && mapping->sys->is_holed(mapping->sys, &mapping->region);
}

bool mapping_advise(const struct mapping *mapping, struct bytes bytes, enum sys_advice advice)
{
    return bytes.size != 0 && mapping->sys->advise(mapping->sys, bytes.data, bytes.size, advice);
}
