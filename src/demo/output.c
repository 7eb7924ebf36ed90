#include "demo/output.h"

#include <stdio.h>

enum status output_open(const struct sys *sys, const char *directory, const char *name,
                        struct output *output, struct fault *fault)
{
    *output = (struct output){0};
    const int size = snprintf(output->path, sizeof(output->path), "%s/%s", directory, name);
    if (size < 0 || (size_t)size >= sizeof(output->path)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the path %s/%s is too long", directory, name);
    }
    TRY(file_name_beside(sys, output->path, output->beside, sizeof(output->beside), fault));
    return file_open(sys, output->beside, SYS_OPEN_CREATE, &output->file, fault);
}

enum status output_append(struct output *output, struct bytes bytes, struct fault *fault)
{
    TRY(file_write_at(&output->file, bytes.data, bytes.size, output->size, fault));
    output->size += bytes.size;
    return STATUS_OK;
}

enum status output_commit(struct output *output, struct fault *fault)
{
    const struct sys *const sys = output->file.sys;
    char directory[FILE_PATH_MAX];
    TRY(file_directory(output->path, directory, sizeof(directory), fault));
    TRY(file_sync(&output->file, fault));
    file_close(&output->file);
    TRY(sys->rename(sys, output->beside, output->path, fault));
    return sys->sync_directory(sys, directory, fault);
}

void output_close(struct output *output)
{
    const struct sys *const sys = output->file.sys;
    if (sys != NULL) {
        file_close(&output->file);
        status_ignore(sys->unlink(sys, output->beside, NULL), "only a temporary file is left");
    }
}
