#include "archive/archive_seal.h"

#include "archive/archive_private.h"

bool archive_seal(uint8_t *image, size_t size)
{
    if (size < ARCHIVE_HEADER_SIZE) {
        return false;
    }
    const struct archive_header header = archive_header_decode(image);
    if (header.section_count > ARCHIVE_SECTIONS_MAX || header.table_offset > size ||
        (uint64_t)header.section_count * ARCHIVE_ENTRY_SIZE > size - header.table_offset) {
        return false;
    }
    uint8_t *const table = image + header.table_offset;
    for (size_t i = 0; i < header.section_count; i++) {
        uint8_t *const entry = table + i * ARCHIVE_ENTRY_SIZE;
        struct archive_section_info info;
        if (archive_entry_decode(entry, &info) && info.offset <= size &&
            info.size <= size - info.offset) {
            archive_put_u64(entry + ARCHIVE_ENTRY_CHECKSUM,
                            archive_checksum((struct bytes){.data = image + info.offset,
                                                            .size = (size_t)info.size}));
        }
    }
    archive_put_u64(image + ARCHIVE_TABLE_CHECKSUM_OFFSET,
                    archive_checksum((struct bytes){
                        .data = table, .size = (size_t)header.section_count * ARCHIVE_ENTRY_SIZE}));
    archive_put_u64(image + ARCHIVE_ROOT_OFFSET,
                    archive_checksum((struct bytes){.data = image, .size = ARCHIVE_ROOT_OFFSET}));
    return true;
}
