#include "archive/archive_seal.h"

#include "archive/archive_private.h"

static bool table_is_inside(const struct archive_header *header, size_t size)
{
    return header->section_count <= ARCHIVE_SECTIONS_MAX && header->table_offset <= size &&
           (uint64_t)header->section_count * ARCHIVE_ENTRY_SIZE <= size - header->table_offset;
}

// Of the sections only those that hold a byte of [begin, end).
static bool seal_range(uint8_t *image, size_t size, size_t begin, size_t end)
{
    const struct archive_header header = size < ARCHIVE_HEADER_SIZE
                                             ? (struct archive_header){.table_offset = UINT64_MAX}
                                             : archive_header_decode(image);
    if (!table_is_inside(&header, size)) {
        return false;
    }
    uint8_t *const table = image + header.table_offset;
    for (size_t i = 0; i < header.section_count; i++) {
        uint8_t *const entry = table + i * ARCHIVE_ENTRY_SIZE;
        struct archive_section_info info;
        if (archive_entry_decode(entry, &info) && info.offset <= size &&
            info.size <= size - info.offset && info.offset < end &&
            info.offset + info.size >= begin) {
            const struct bytes section = {.data = image + info.offset, .size = (size_t)info.size};
            archive_put_u64(entry + ARCHIVE_ENTRY_CHECKSUM, archive_checksum(section));
        }
    }
    const struct bytes entries = {.data = table,
                                  .size = (size_t)header.section_count * ARCHIVE_ENTRY_SIZE};
    archive_put_u64(image + ARCHIVE_TABLE_CHECKSUM_OFFSET, archive_checksum(entries));
    archive_put_u64(image + ARCHIVE_ROOT_OFFSET,
                    archive_checksum((struct bytes){.data = image, .size = ARCHIVE_ROOT_OFFSET}));
    return true;
}

bool archive_seal(uint8_t *image, size_t size)
{
    return seal_range(image, size, 0, size);
}

bool archive_seal_around(uint8_t *image, size_t size, size_t offset)
{
    return seal_range(image, size, offset, offset + 1);
}
