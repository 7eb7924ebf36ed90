#include "codec/zip.h"

#include "base/attributes.h"

#define SIGNATURE_LOCAL     UINT32_C(0x04034b50)
#define SIGNATURE_DIRECTORY UINT32_C(0x02014b50)
#define SIGNATURE_END       UINT32_C(0x06054b50)
#define SIGNATURE_END64     UINT32_C(0x06064b50)
#define SIGNATURE_LOCATOR64 UINT32_C(0x07064b50)

enum {
    END_SIZE = 22,
    COMMENT_SIZE_MAX = 65535,
    LOCATOR64_SIZE = 20,
    LOCAL_SIZE = 30,
    EXTRA_ZIP64 = 1,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    FLAG_ENCRYPTED = 1,
};

bool zip_recognise(struct bytes front)
{
    return front.size >= 4 && front.data[0] == 'P' && front.data[1] == 'K' && front.data[2] == 3 &&
           front.data[3] == 4;
}

static uint16_t reader_u16(struct reader *reader)
{
    const unsigned low = reader_u8(reader);
    return (uint16_t)(low | (unsigned)reader_u8(reader) << 8);
}

static struct reader reader_at(struct bytes archive, uint64_t offset)
{
    struct reader reader = {.rest = archive};
    if (offset > archive.size) {
        reader.overrun = true;
        reader.rest.size = 0;
    } else {
        (void)reader_take(&reader, (size_t)offset);
    }
    return reader;
}

// The end record is the last thing in the file but for a comment of at most 64 KiB.
static bool end_find(struct bytes archive, size_t *offset)
{
    const size_t reach = END_SIZE + COMMENT_SIZE_MAX;
    const size_t lowest = archive.size > reach ? archive.size - reach : 0;
    for (size_t at = archive.size < END_SIZE ? 0 : archive.size - END_SIZE + 1; at-- > lowest;) {
        struct reader reader = reader_at(archive, at);
        if (reader_u32(&reader) == SIGNATURE_END) {
            *offset = at;
            return true;
        }
    }
    return false;
}

enum status zip_open(struct bytes archive, struct zip_reader *reader, struct fault *fault)
{
    size_t end;
    if (!end_find(archive, &end)) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the zip archive has no directory at its end; it was cut short");
    }
    struct reader record = reader_at(archive, end + 10);
    uint64_t count = reader_u16(&record);
    uint64_t size = reader_u32(&record);
    uint64_t offset = reader_u32(&record);
    if (count == UINT16_MAX || size == UINT32_MAX || offset == UINT32_MAX) {
        struct reader locator =
            reader_at(archive, end < LOCATOR64_SIZE ? archive.size : end - LOCATOR64_SIZE);
        if (reader_u32(&locator) == SIGNATURE_LOCATOR64) {
            (void)reader_u32(&locator); // number of the disk
            struct reader end64 = reader_at(archive, reader_u64(&locator));
            if (reader_u32(&end64) != SIGNATURE_END64) {
                return fault_set(fault, STATUS_CORRUPT,
                                 "the zip64 directory is not where its locator says");
            }
            (void)reader_take(&end64, 28);
            count = reader_u64(&end64);
            size = reader_u64(&end64);
            offset = reader_u64(&end64);
        }
    }
    struct reader directory = reader_at(archive, offset);
    const struct bytes listed = reader_take(&directory, (size_t)size);
    if (directory.overrun || count > size) {
        return fault_set(fault, STATUS_CORRUPT, "the zip directory leaves the file");
    }
    *reader =
        (struct zip_reader){.archive = archive, .directory = {.rest = listed}, .left_count = count};
    return STATUS_OK;
}

// Sizes and offset of 32 set bits stand in the zip64 extra field, in this order.
static void extra_read(struct bytes extra, uint64_t *size, uint64_t *packed_size, uint64_t *offset)
{
    struct reader reader = {.rest = extra};
    while (reader.rest.size >= 4) {
        const unsigned kind = reader_u16(&reader);
        struct reader field = {.rest = reader_take(&reader, reader_u16(&reader))};
        if (kind != EXTRA_ZIP64) {
            continue;
        }
        uint64_t *const values[] = {size, packed_size, offset};
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            if (*values[i] == UINT32_MAX) {
                *values[i] = reader_u64(&field);
            }
        }
    }
}

enum status zip_next(struct zip_reader *reader, struct zip_member *member, struct fault *fault)
{
    if (reader->left_count == 0) {
        return STATUS_NOT_FOUND;
    }
    reader->left_count--;
    struct reader *const entry = &reader->directory;
    const uint32_t signature = reader_u32(entry);
    (void)reader_u32(entry); // versions
    const unsigned flags = reader_u16(entry);
    const unsigned method = reader_u16(entry);
    (void)reader_u32(entry); // time
    struct zip_member found = {.crc = reader_u32(entry), .is_deflated = method == METHOD_DEFLATED};
    uint64_t packed_size = reader_u32(entry);
    found.size = reader_u32(entry);
    const size_t name_size = reader_u16(entry);
    const size_t extra_size = reader_u16(entry);
    const size_t comment_size = reader_u16(entry);
    (void)reader_take(entry, 8); // disk, attributes
    uint64_t offset = reader_u32(entry);
    found.name = reader_take(entry, name_size);
    extra_read(reader_take(entry, extra_size), &found.size, &packed_size, &offset);
    (void)reader_take(entry, comment_size);
    if (entry->overrun || signature != SIGNATURE_DIRECTORY) {
        return fault_set(fault, STATUS_CORRUPT, "the zip directory is broken");
    }
    struct reader local = reader_at(reader->archive, offset);
    const uint32_t local_signature = reader_u32(&local);
    (void)reader_take(&local, LOCAL_SIZE - 8);
    const size_t local_name_size = reader_u16(&local);
    const size_t local_extra_size = reader_u16(&local);
    (void)reader_take(&local, local_name_size + local_extra_size);
    found.packed = reader_take(&local, (size_t)packed_size);
    if (local.overrun || local_signature != SIGNATURE_LOCAL) {
        return fault_set(fault, STATUS_CORRUPT, "a member of the zip archive leaves the file");
    }
    if ((flags & FLAG_ENCRYPTED) != 0 || (method != METHOD_STORED && method != METHOD_DEFLATED)) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "the zip member '%.*s' is encrypted or packed by method %u",
                         found.name.size > 200 ? 200 : (int)found.name.size,
                         (const char *)found.name.data, method);
    }
    *member = found;
    return STATUS_OK;
}
