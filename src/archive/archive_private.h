// The bytes of formats/archive.md, for the files of this layer.
#ifndef ARCHIVE_ARCHIVE_PRIVATE_H
#define ARCHIVE_ARCHIVE_PRIVATE_H

#include "archive/archive.h"

//  OFFSET SIZE HEADER
//       0    8 magic 89 52 48 55 4D 42 0D 0A
//       8    2 major version
//      10    2 minor version
//      12    4 section count
//      16    8 file size
//      24    8 offset of the section table
//      32    8 checksum of the section table
//      40   16 zero
//      56    8 checksum of bytes 0 … 55: the root
enum {
    ARCHIVE_HEADER_SIZE = 64,
    ARCHIVE_TABLE_CHECKSUM_OFFSET = 32,
    ARCHIVE_ROOT_OFFSET = 56,
    ARCHIVE_ALIGNMENT = 64, // of sections and of the table
    ARCHIVE_SECTIONS_MAX = 4096,
};

struct archive_header {
    uint16_t major, minor;
    uint32_t section_count;
    uint64_t file_size;
    uint64_t table_offset;
    uint64_t table_checksum;
    uint64_t root; // written by encode
};

void archive_header_encode(struct archive_header *header, uint8_t out[ARCHIVE_HEADER_SIZE]);
// The fields as they stand; nothing is believed.
struct archive_header archive_header_decode(const uint8_t bytes[ARCHIVE_HEADER_SIZE]);
bool archive_has_magic(struct bytes image);

//  OFFSET SIZE ENTRY OF THE SECTION TABLE
//       0    4 kind
//       4    2 version
//       6    2 flags: bit 0 required
//       8    4 item size
//      12    4 zero
//      16    8 offset of the section
//      24    8 item count
//      32    8 checksum of the section
enum { ARCHIVE_ENTRY_SIZE = 40, ARCHIVE_ENTRY_CHECKSUM = 32, ARCHIVE_FLAG_REQUIRED = 1 };

void archive_entry_encode(const struct archive_section_info *info, uint8_t out[ARCHIVE_ENTRY_SIZE]);
// False when an unused field is not zero or item count * item size overflows.
bool archive_entry_decode(const uint8_t bytes[ARCHIVE_ENTRY_SIZE],
                          struct archive_section_info *info);

// Little-endian.
void archive_put_u64(uint8_t *at, uint64_t value);

// Writes info->name from info->kind.
void archive_name_fill(struct archive_section_info *info);

uint64_t archive_checksum(struct bytes bytes);

static inline uint64_t archive_aligned(uint64_t offset)
{
    return (offset + (ARCHIVE_ALIGNMENT - 1)) & ~(uint64_t)(ARCHIVE_ALIGNMENT - 1);
}

#endif
