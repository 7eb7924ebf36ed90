#include "dialect/dialect.h"

#include "dialect/nominatim.h"
#include "dialect/pelias.h"
#include "dialect/photon.h"

static const struct dialect *const dialects[] = {&dialect_nominatim, &dialect_photon,
                                                 &dialect_pelias, NULL};

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

const struct dialect *dialect_mounted(struct bytes path, struct bytes *rest)
{
    if (path.size < 2 || path.data[0] != '/') {
        return NULL;
    }
    struct bytes name = {.data = path.data + 1, .size = path.size - 1};
    const uint8_t *const slash = memchr(name.data, '/', name.size);
    name.size = slash == NULL ? name.size : (size_t)(slash - name.data);
    const struct dialect *const dialect = dialect_find(name);
    if (dialect != NULL) {
        *rest = slash == NULL ? BYTES_OF("/")
                              : (struct bytes){slash, path.size - (size_t)(slash - path.data)};
    }
    return dialect;
}

unsigned dialect_endpoint(const struct dialect *dialect, struct bytes path)
{
    const size_t suffix_size = dialect->suffix == NULL ? 0 : strlen(dialect->suffix);
    if (path.size > 1 && path.data[path.size - 1] == '/') {
        path.size--;
    }
    if (suffix_size != 0 && path.size > suffix_size &&
        memcmp(path.data + path.size - suffix_size, dialect->suffix, suffix_size) == 0) {
        path.size -= suffix_size;
    }
    unsigned index = 0;
    while (dialect->endpoints[index] != NULL &&
           !bytes_equal(bytes_from_text(dialect->endpoints[index]), path)) {
        index++;
    }
    return index;
}

unsigned dialect_endpoint_count(const struct dialect *dialect)
{
    unsigned count = 0;
    while (dialect->endpoints[count] != NULL) {
        count++;
    }
    return count;
}
