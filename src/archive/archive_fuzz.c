// Any bytes, opened as an archive: as they are, and with checksums made right so that what stands
// behind them is reached too. The sanitizer is the judge.
#include "archive/archive.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Whatever opened must be readable to its last byte.
static void read_all(const struct archive *archive)
{
    for (size_t i = 0; i < archive_section_count(archive); i++) {
        const struct archive_section_info info = archive_section_at(archive, i);
        const struct bytes bytes = archive_section(archive, info.kind);
        assert(bytes.size == info.size);
        for (size_t at = 0; at < bytes.size; at++) {
            (void)*(const volatile uint8_t *)&bytes.data[at];
        }
        const struct archive_items items =
            archive_section_items(archive, info.kind, info.item_size);
        assert(items.count == info.item_count);
    }
}

static void try_image(const uint8_t *data, size_t size, bool is_sealed)
{
    struct memory_account account = {.name = "fuzz"};
    struct archive *archive;
    struct fault fault = {0};
    const struct bytes image = {.data = data, .size = size};
    if (archive_open_bytes(&account, image, "image", &archive, &fault) == STATUS_OK) {
        read_all(archive);
        // With right checksums only the padding can still be wrong.
        const enum status status = archive_check(archive, &fault);
        assert(status == STATUS_OK || status == STATUS_CORRUPT);
        assert(!is_sealed || status == STATUS_OK ||
               strstr(fault.text, "there are bytes after section") != NULL);
        archive_close(archive);
    } else {
        assert(fault.text[0] != '\0');
    }
    assert(account.used_size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_image(data, size, false);
    uint8_t *const sealed = malloc(size == 0 ? 1 : size); // exact, so that a read past it is seen
    if (sealed != NULL && size != 0) {
        memcpy(sealed, data, size);
        if (archive_seal(sealed, size)) {
            try_image(sealed, size, true);
        }
    }
    free(sealed);
    return 0;
}
