#include "codec/tar.h"

enum {
    BLOCK_SIZE = 512,
    NAME_SIZE = 100,
    SIZE_AT = 124,
    SIZE_SIZE = 12,
    CHECKSUM_AT = 148,
    CHECKSUM_SIZE = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    PREFIX_AT = 345,
    PREFIX_SIZE = 155,
};

// Octal with blanks around it, or base 256 when the first bit is set.
static bool number_read(const uint8_t *field, size_t size, uint64_t *number)
{
    uint64_t value = 0;
    if ((field[0] & 0x80) != 0) {
        for (size_t i = 0; i < size; i++) {
            const uint64_t byte = i == 0 ? field[0] & 0x7f : field[i];
            if (value >> 55 != 0) {
                return false;
            }
            value = value << 8 | byte;
        }
        *number = value;
        return true;
    }
    size_t i = 0;
    while (i < size && field[i] == ' ') {
        i++;
    }
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) {
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    *number = value;
    return i == size || field[i] == ' ' || field[i] == 0;
}

static bool is_sum_right(const uint8_t *block)
{
    uint64_t said = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        const bool is_field = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_SIZE;
        sum += is_field ? ' ' : block[i];
    }
    return number_read(block + CHECKSUM_AT, CHECKSUM_SIZE, &said) && said == sum;
}

bool tar_recognise(struct bytes front)
{
    return front.size >= BLOCK_SIZE && memcmp(front.data + MAGIC_AT, "ustar", 5) == 0 &&
           is_sum_right(front.data);
}

static size_t text_size(const uint8_t *field, size_t size)
{
    const uint8_t *const end = memchr(field, 0, size);
    return end == NULL ? size : (size_t)(end - field);
}

// Of a long name the end says more.
static void name_set(struct tar_member *member, struct bytes name)
{
    const size_t size = name.size < TAR_NAME_MAX ? name.size : TAR_NAME_MAX - 1;
    if (size != 0) {
        memcpy(member->name, name.data + (name.size - size), size);
    }
    member->name[size] = '\0';
}

static void name_of_header(struct tar_member *member, const uint8_t *block)
{
    uint8_t name[PREFIX_SIZE + 1 + NAME_SIZE];
    size_t size = 0;
    if (memcmp(block + MAGIC_AT, "ustar", 6) == 0 && block[PREFIX_AT] != 0) {
        size = text_size(block + PREFIX_AT, PREFIX_SIZE);
        memcpy(name, block + PREFIX_AT, size);
        name[size++] = '/';
    }
    const size_t rest = text_size(block, NAME_SIZE);
    memcpy(name + size, block, rest);
    name_set(member, (struct bytes){.data = name, .size = size + rest});
}

// The value of "path" among pax records "LENGTH KEY=VALUE\n"; empty without one.
static struct bytes pax_path(struct bytes records)
{
    while (records.size != 0) {
        size_t size = 0;
        size_t at = 0;
        for (; at < records.size && records.data[at] >= '0' && records.data[at] <= '9'; at++) {
            size = size * 10 + (size_t)(records.data[at] - '0');
            if (size > records.size) {
                return (struct bytes){0};
            }
        }
        if (at == 0 || at >= size || records.data[at] != ' ') {
            return (struct bytes){0};
        }
        const struct bytes record = {.data = records.data + at + 1, .size = size - at - 1};
        if (record.size > 6 && memcmp(record.data, "path=", 5) == 0) {
            return (struct bytes){.data = record.data + 5, .size = record.size - 6};
        }
        records.data += size;
        records.size -= size;
    }
    return (struct bytes){0};
}

static bool is_zero(const uint8_t *block)
{
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        if (block[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum status cut_short(size_t at, struct fault *fault)
{
    return fault_set(fault, STATUS_CORRUPT,
                     "the tar archive ends in the middle of the member at byte %zu; copy it again",
                     at);
}

// The header at reader->at and its content; moves behind both. NOT_FOUND at the end.
static enum status entry_take(struct tar_reader *reader, const uint8_t **block,
                              struct bytes *content, struct fault *fault)
{
    const size_t at = reader->at;
    const size_t rest = reader->archive.size - at;
    if (rest == 0) {
        return STATUS_NOT_FOUND;
    }
    if (rest < BLOCK_SIZE) {
        return cut_short(at, fault);
    }
    *block = reader->archive.data + at;
    if (is_zero(*block)) {
        return STATUS_NOT_FOUND;
    }
    uint64_t size = 0;
    if (!is_sum_right(*block) || !number_read(*block + SIZE_AT, SIZE_SIZE, &size)) {
        return fault_set(fault, STATUS_CORRUPT, "byte %zu: this is no header of a tar archive", at);
    }
    if (size > rest - BLOCK_SIZE) {
        return cut_short(at, fault);
    }
    *content = (struct bytes){.data = *block + BLOCK_SIZE, .size = (size_t)size};
    const size_t padded = ((size_t)size + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;
    reader->at += BLOCK_SIZE + (padded < rest - BLOCK_SIZE ? padded : rest - BLOCK_SIZE);
    return STATUS_OK;
}

enum status tar_next(struct tar_reader *reader, struct tar_member *member, struct fault *fault)
{
    struct bytes long_name = {0};
    for (;;) {
        const uint8_t *block = NULL;
        struct bytes content = {0};
        TRY(entry_take(reader, &block, &content, fault));
        const uint8_t type = block[TYPE_AT];
        if (type == 'L') {
            long_name =
                (struct bytes){.data = content.data, .size = text_size(content.data, content.size)};
        } else if (type == 'x') {
            long_name = pax_path(content);
        } else if (type == '0' || type == 0 || type == '7') {
            member->content = content;
            if (long_name.size != 0) {
                name_set(member, long_name);
            } else {
                name_of_header(member, block);
            }
            return STATUS_OK;
        } else if (type != 'g' && type != 'K') {
            long_name = (struct bytes){0}; // it was a folder's or a link's
        }
    }
}
