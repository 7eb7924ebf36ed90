// What an input is, by its first bytes.
#include "source/addresses.h"
#include "source/input.h"
#include "source/input_lines.h"
#include "source/photon_dump.h"
#include "source/wof.h"

static bool is_digits(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.size != 0;
}

static bool is_upper(struct bytes text, size_t size)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 'A' || text.data[i] > 'Z') {
            return false;
        }
    }
    return text.size == size;
}

enum { COLUMNS_MAX = 20, FRONT_SIZE = 64 << 10 };

// The tables of GeoNames have no headers, but each has its own number and kind of columns.
static enum input_kind table_recognise(struct bytes line)
{
    struct bytes columns[COLUMNS_MAX] = {{0}};
    const size_t count = input_lines_columns(line, columns, COLUMNS_MAX);
    if (count == 19 && is_digits(columns[0]) && columns[6].size <= 1) {
        return INPUT_GEONAMES_PLACES;
    }
    if (count >= 17 && count <= 19 && is_upper(columns[0], 2) && is_upper(columns[1], 3)) {
        return INPUT_GEONAMES_COUNTRIES;
    }
    if (count == 12 && is_upper(columns[0], 2)) {
        return INPUT_GEONAMES_POSTCODES;
    }
    if ((count == 4 || (count >= 8 && count <= 10)) && is_digits(columns[0]) &&
        is_digits(columns[1])) {
        return INPUT_GEONAMES_NAMES;
    }
    if (count == 4 && columns[0].size > 3 && columns[0].data[2] == '.' && is_digits(columns[3])) {
        const size_t rest = columns[0].size - 3;
        return memchr(columns[0].data + 3, '.', rest) == NULL ? INPUT_GEONAMES_ADMIN1
                                                              : INPUT_GEONAMES_ADMIN2;
    }
    return INPUT_UNKNOWN;
}

static bool begins_with(struct bytes bytes, size_t offset, const char *text)
{
    const size_t size = strlen(text);
    return bytes.size >= offset + size && memcmp(bytes.data + offset, text, size) == 0;
}

enum input_kind input_recognise(struct bytes front)
{
    // A blob header's length, its first field, and the type every extract begins with.
    if (begins_with(front, 4, "\x0a\x09OSMHeader")) {
        return INPUT_OSM;
    }
    if (wof_recognise(front)) {
        return INPUT_WOF;
    }
    if (begins_with(front, 0, "\xef\xbb\xbf")) {
        front.data += 3;
        front.size -= 3;
    }
    if (photon_dump_recognise(front)) {
        return INPUT_PHOTON;
    }
    const enum input_kind addresses = addresses_recognise(front);
    if (addresses != INPUT_UNKNOWN) {
        return addresses;
    }
    while (front.size != 0 && memchr(" \t\r\n", front.data[0], 4) != NULL) {
        front.data++;
        front.size--;
    }
    if (front.size != 0 && front.data[0] == '{') {
        return INPUT_COUNTRIES;
    }
    // countryInfo begins with comments; any table may be cut off in its last line here.
    while (front.size != 0) {
        const uint8_t *const end = memchr(front.data, '\n', front.size);
        size_t size = end == NULL ? front.size : (size_t)(end - front.data);
        const struct bytes line = {.data = front.data,
                                   .size =
                                       size != 0 && front.data[size - 1] == '\r' ? size - 1 : size};
        if (line.size != 0 && line.data[0] != '#') {
            return table_recognise(line);
        }
        size += end != NULL;
        front.data += size;
        front.size -= size;
    }
    return INPUT_UNKNOWN;
}

// Does what the content says agree with the prefix, if there was one?
static bool is_wanted(const struct input *input, enum input_kind found)
{
    if (input->is_geonames) {
        return found >= INPUT_GEONAMES_PLACES && found <= INPUT_GEONAMES_POSTCODES;
    }
    return input->kind == INPUT_UNKNOWN || input->kind == found;
}

enum status input_kind_find(struct input *input, struct fault *fault)
{
    // A prefix speaks for a file; of the members of an archive it picks those of its kind.
    if (input->kind != INPUT_UNKNOWN && input->owned_name == NULL) {
        return STATUS_OK;
    }
    if (input->is_folder || input->kind == INPUT_MAPPED) {
        input->kind = input->is_folder ? INPUT_WOF : INPUT_MAPPED;
        return STATUS_OK;
    }
    uint8_t *const front = memory_take(input->options->account, FRONT_SIZE, 1);
    if (front == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", input->path);
    }
    size_t size = 0;
    const enum status status = input_peek(input, front, FRONT_SIZE, &size, fault);
    if (status == STATUS_OK) {
        const enum input_kind found = input_recognise((struct bytes){.data = front, .size = size});
        input->kind = is_wanted(input, found) ? found : INPUT_UNKNOWN;
    }
    memory_give(front);
    return status;
}
