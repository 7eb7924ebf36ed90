#include <xxhash.h>

#include "archive/archive_private.h"

// Not text (89), a line end that a text transfer would change (0D 0A), and the name.
static const uint8_t MAGIC[8] = {0x89, 'R', 'H', 'U', 'M', 'B', '\r', '\n'};

uint64_t archive_checksum(struct bytes bytes)
{
    return XXH3_64bits(bytes.data, bytes.size);
}

static void put(uint8_t *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

void archive_put_u64(uint8_t *at, uint64_t value)
{
    put(at, value, 8);
}

static uint64_t get(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

void archive_header_encode(struct archive_header *header, uint8_t out[ARCHIVE_HEADER_SIZE])
{
    memset(out, 0, ARCHIVE_HEADER_SIZE);
    memcpy(out, MAGIC, sizeof(MAGIC));
    put(out + 8, header->major, 2);
    put(out + 10, header->minor, 2);
    put(out + 12, header->section_count, 4);
    put(out + 16, header->file_size, 8);
    put(out + 24, header->table_offset, 8);
    put(out + 32, header->table_checksum, 8);
    header->root = archive_checksum((struct bytes){.data = out, .size = ARCHIVE_ROOT_OFFSET});
    put(out + ARCHIVE_ROOT_OFFSET, header->root, 8);
}

bool archive_has_magic(struct bytes image)
{
    return image.size >= sizeof(MAGIC) && memcmp(image.data, MAGIC, sizeof(MAGIC)) == 0;
}

struct archive_header archive_header_decode(const uint8_t bytes[ARCHIVE_HEADER_SIZE])
{
    return (struct archive_header){.major = (uint16_t)get(bytes + 8, 2),
                                   .minor = (uint16_t)get(bytes + 10, 2),
                                   .section_count = (uint32_t)get(bytes + 12, 4),
                                   .file_size = get(bytes + 16, 8),
                                   .table_offset = get(bytes + 24, 8),
                                   .table_checksum = get(bytes + 32, 8),
                                   .root = get(bytes + ARCHIVE_ROOT_OFFSET, 8)};
}

void archive_entry_encode(const struct archive_section_info *info, uint8_t out[ARCHIVE_ENTRY_SIZE])
{
    memset(out, 0, ARCHIVE_ENTRY_SIZE);
    put(out, info->kind, 4);
    put(out + 4, info->version, 2);
    put(out + 6, info->is_required ? ARCHIVE_FLAG_REQUIRED : 0, 2);
    put(out + 8, info->item_size, 4);
    put(out + 16, info->offset, 8);
    put(out + 24, info->item_count, 8);
    put(out + ARCHIVE_ENTRY_CHECKSUM, info->checksum, 8);
}

void archive_name_fill(struct archive_section_info *info)
{
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t letter = (uint8_t)(info->kind >> (8 * i));
        info->name[i] = letter > ' ' && letter < 0x7f ? (char)letter : '?';
    }
}

bool archive_entry_decode(const uint8_t bytes[ARCHIVE_ENTRY_SIZE],
                          struct archive_section_info *info)
{
    const uint64_t flags = get(bytes + 6, 2);
    struct archive_section_info decoded = {.kind = (uint32_t)get(bytes, 4),
                                           .version = (uint16_t)get(bytes + 4, 2),
                                           .is_required = (flags & ARCHIVE_FLAG_REQUIRED) != 0,
                                           .item_size = (uint32_t)get(bytes + 8, 4),
                                           .offset = get(bytes + 16, 8),
                                           .item_count = get(bytes + 24, 8),
                                           .checksum = get(bytes + ARCHIVE_ENTRY_CHECKSUM, 8)};
    if ((flags & ~(uint64_t)ARCHIVE_FLAG_REQUIRED) != 0 || get(bytes + 12, 4) != 0 ||
        decoded.item_size == 0 ||
        __builtin_mul_overflow(decoded.item_count, decoded.item_size, &decoded.size)) {
        return false;
    }
    archive_name_fill(&decoded);
    *info = decoded;
    return true;
}
