#include "dialect/dialect.h"

static const struct dialect *const dialects[] = {NULL};

const struct dialect *const *dialect_list(void)
{
    return dialects;
}

const struct dialect *dialect_find(struct bytes name)
{
    for (const struct dialect *const *dialect = dialects; *dialect != NULL; dialect++) {
        if (bytes_equal(bytes_from_text((*dialect)->name), name)) {
            return *dialect;
        }
    }
    return NULL;
}
