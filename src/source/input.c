#include "source/input.h"

#include <stdio.h>
#include <zlib.h> // crc32 of zip members

#include "codec/unpack.h"
#include "codec/zip.h"

enum { PIECE_SIZE = 256 << 10, STANDARD_INPUT = 0 };

static const struct prefix_row {
    const char *text;
    enum input_kind kind;
} prefixes[] = {
    {"osm:", INPUT_OSM},
    {"geonames:", INPUT_UNKNOWN}, // one of its tables: the shape says which
    {"countries:", INPUT_COUNTRIES},
    {"geojson:", INPUT_COUNTRIES},
    {"regions:", INPUT_REGIONS},
    {"counties:", INPUT_COUNTIES},
    {"zones:", INPUT_ZONES},
    {"addresses:", INPUT_ADDRESSES},
    {"openaddresses:", INPUT_ADDRESSES},
    {"tiger:", INPUT_ADDRESS_RANGES},
    {"wof:", INPUT_WOF},
    {"photon:", INPUT_PHOTON},
};

// Takes "mapping:MAP.json:" off the front.
static const char *map_path_take(const char *text, struct input *input)
{
    static const char prefix[] = "mapping:";
    const size_t size = sizeof(prefix) - 1;
    const char *const end = strncmp(text, prefix, size) == 0 ? strchr(text + size, ':') : NULL;
    if (end == NULL) {
        return text;
    }
    input->kind = INPUT_MAPPED;
    input->map_path = text + size;
    input->map_path_size = (size_t)(end - input->map_path);
    return end + 1;
}

// Takes "kind:" off the front.
static const char *prefix_take(const char *text, struct input *input)
{
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        const size_t size = strlen(prefixes[i].text);
        if (strncmp(text, prefixes[i].text, size) == 0) {
            input->kind = prefixes[i].kind;
            input->is_geonames = prefixes[i].kind == INPUT_UNKNOWN;
            return text + size;
        }
    }
    return map_path_take(text, input);
}

enum status input_read_at(const struct input *input, void *data, size_t size, uint64_t offset,
                          struct fault *fault)
{
    if (input->spool != NULL) {
        return spool_read_at(input->spool, data, size, offset, fault);
    }
    return file_read_at(&input->file, data, size, offset, fault);
}

enum status input_peek(const struct input *input, void *data, size_t size, size_t *got,
                       struct fault *fault)
{
    const size_t wanted = input->size < size ? (size_t)input->size : size;
    TRY(input_read_at(input, data, wanted, 0, fault));
    *got = wanted;
    return STATUS_OK;
}

enum status input_map(struct input *input, struct bytes *bytes, struct fault *fault)
{
    if (input->spool != NULL) {
        return spool_map(input->spool, bytes, fault);
    }
    if (input->mapping.sys == NULL) {
        TRY(mapping_open_file(&input->file, &input->mapping, fault));
    }
    *bytes = mapping_bytes(&input->mapping);
    return STATUS_OK;
}

static enum status faulted(const struct input *input, enum status status, struct fault *fault)
{
    return status == STATUS_OK ? STATUS_OK : fault_prefix(fault, status, "%s", input->path);
}

static bool may_go_on(const struct source_options *options, uint64_t done_size, uint64_t total_size)
{
    return options->progress == NULL ||
           options->progress(options->progress_context, "unpacking", done_size, total_size);
}

// Everything of standard input into a spool.
static enum status standard_input_read(const struct source_options *options, struct spool *spool,
                                       struct fault *fault)
{
    uint8_t *const piece = memory_take(options->account, PIECE_SIZE, 1);
    if (piece == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read");
    }
    size_t got = 0;
    enum status status = STATUS_OK;
    do {
        status = options->sys->read(options->sys, STANDARD_INPUT, piece, PIECE_SIZE, &got, fault);
        if (status == STATUS_OK) {
            status = spool_append(spool, piece, got, fault);
        }
    } while (status == STATUS_OK && got != 0);
    memory_give(piece);
    return status;
}

// What a stream is unpacked from and into.
struct stream {
    struct unpacker *unpacker;
    struct spool *spool;
    uint8_t *output; // PIECE_SIZE
    uint32_t crc;
    uint64_t size;
};

static enum status stream_feed(struct stream *stream, struct bytes input, struct fault *fault)
{
    size_t written;
    do {
        TRY(unpacker_step(stream->unpacker, &input, stream->output, PIECE_SIZE, &written, fault));
        stream->crc = (uint32_t)crc32(stream->crc, stream->output, (uInt)written);
        stream->size += written;
        TRY(spool_append(stream->spool, stream->output, written, fault));
    } while (input.size != 0 || written == PIECE_SIZE);
    return STATUS_OK;
}

// Unpacks the plain input into a spool of its own, reading piece by piece.
static enum status stream_unpack(struct input *input, struct stream *stream, struct fault *fault)
{
    uint8_t *const piece = stream->output + PIECE_SIZE;
    for (uint64_t offset = 0; offset < input->size;) {
        const uint64_t rest = input->size - offset;
        const size_t size = rest < PIECE_SIZE ? (size_t)rest : PIECE_SIZE;
        TRY(input_read_at(input, piece, size, offset, fault));
        enum status status = stream_feed(stream, (struct bytes){piece, size}, fault);
        if (status != STATUS_OK) {
            return fault_prefix(fault, status, "near byte %llu", (unsigned long long)offset);
        }
        offset += size;
        if (!may_go_on(input->options, offset, input->size)) {
            return fault_set(fault, STATUS_CANCELLED, "cancelled");
        }
    }
    if (!unpacker_is_complete(stream->unpacker)) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the packed data end in the middle; download the file again");
    }
    return STATUS_OK;
}

// From here on the input is what the spool holds.
static void spool_become(struct input *input, struct spool *spool)
{
    mapping_close(&input->mapping);
    file_close(&input->file);
    spool_free(input->spool);
    input->spool = spool;
    input->size = spool_size(spool);
}

static enum status member_unpack(const struct zip_member *member, struct stream *stream,
                                 struct fault *fault)
{
    TRY(stream_feed(stream, member->packed, fault));
    if (!unpacker_is_complete(stream->unpacker) || stream->size != member->size ||
        stream->crc != member->crc) {
        return fault_set(fault, STATUS_CORRUPT,
                         "the zip member is damaged: its size or checksum differ");
    }
    return STATUS_OK;
}

// Unpacks the whole input, or a member of it, and puts the result in its place.
static enum status unpack_into_spool(struct input *input, enum unpack_format format,
                                     const struct zip_member *member, struct fault *fault)
{
    const struct source_options *const options = input->options;
    struct stream stream = {.output = memory_take(options->account, 2, PIECE_SIZE)};
    if (stream.output == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to unpack");
    }
    enum status status = unpacker_new(format, options->account, &stream.unpacker, fault);
    if (status == STATUS_OK) {
        status =
            spool_new(options->sys, options->account, options->directory, &stream.spool, fault);
    }
    if (status == STATUS_OK) {
        status = member == NULL ? stream_unpack(input, &stream, fault)
                                : member_unpack(member, &stream, fault);
    }
    if (status == STATUS_OK) {
        status = spool_end(stream.spool, fault);
    }
    unpacker_free(stream.unpacker);
    memory_give(stream.output);
    if (status == STATUS_OK) {
        spool_become(input, stream.spool);
    } else {
        spool_free(stream.spool);
    }
    return status;
}

static bool is_folder(struct bytes name)
{
    return name.size != 0 && name.data[name.size - 1] == '/';
}

// Finds the member with that number among those that are files.
static enum status member_find(struct bytes archive, size_t wanted, struct zip_member *member,
                               struct fault *fault)
{
    struct zip_reader zip;
    TRY(zip_open(archive, &zip, fault));
    for (size_t at = 0;;) {
        TRY(zip_next(&zip, member, fault));
        if (!is_folder(member->name) && at++ == wanted) {
            return STATUS_OK;
        }
    }
}

// "cities.zip:cities.txt", so that faults and attributions name the member.
static enum status member_name(struct input *input, struct bytes name, struct fault *fault)
{
    const size_t size = strlen(input->path) + name.size + 2;
    input->owned_name = memory_take(input->options->account, size, 1);
    if (input->owned_name == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a name");
    }
    (void)snprintf(input->owned_name, size, "%s:%.*s", input->path, (int)name.size,
                   (const char *)name.data);
    input->path = input->owned_name;
    input->name = file_base_name(input->owned_name);
    return STATUS_OK;
}

static enum status zip_unpack(struct input *input, size_t wanted, struct fault *fault)
{
    struct bytes archive;
    struct zip_member member;
    TRY(input_map(input, &archive, fault));
    TRY(member_find(archive, wanted, &member, fault));
    TRY(member_name(input, member.name, fault));
    return unpack_into_spool(input, member.is_deflated ? UNPACK_DEFLATE : UNPACK_NONE, &member,
                             fault);
}

static enum status plain_open(struct input *input, struct fault *fault)
{
    const struct source_options *const options = input->options;
    if (strcmp(input->path, "-") == 0) {
        input->path = input->name = "standard input";
        TRY(spool_new(options->sys, options->account, options->directory, &input->spool, fault));
        TRY(standard_input_read(options, input->spool, fault));
        TRY(spool_end(input->spool, fault));
        input->read_size = input->size = spool_size(input->spool);
        return STATUS_OK;
    }
    TRY(file_open(options->sys, input->path, SYS_OPEN_READ, &input->file, fault));
    struct sys_stat stat;
    TRY(file_stat(&input->file, &stat, fault));
    if (stat.is_directory) {
        input->is_folder = true;
        return input->kind == INPUT_WOF || (input->kind == INPUT_UNKNOWN && !input->is_geonames)
                   ? STATUS_OK
                   : fault_set(fault, STATUS_UNSUPPORTED, "%s is a folder; name the files in it",
                               input->path);
    }
    input->read_size = input->size = stat.size;
    return STATUS_OK;
}

static enum status wrapping_open(struct input *input, size_t member, struct fault *fault)
{
    uint8_t front[4096];
    size_t size;
    if (input->is_folder) {
        return member == 0 ? STATUS_OK : STATUS_NOT_FOUND;
    }
    TRY(input_peek(input, front, sizeof(front), &size, fault));
    const struct bytes bytes = {.data = front, .size = size};
    if (zip_recognise(bytes)) {
        return faulted(input, zip_unpack(input, member, fault), fault);
    }
    if (member != 0) {
        return STATUS_NOT_FOUND;
    }
    const enum unpack_format format = unpack_recognise(bytes);
    return format == UNPACK_NONE
               ? STATUS_OK
               : faulted(input, unpack_into_spool(input, format, NULL, fault), fault);
}

enum status input_open(const char *text, size_t member, const struct source_options *options,
                       struct input *input, struct fault *fault)
{
    struct input opened = {.options = options};
    opened.path = prefix_take(text, &opened);
    opened.name = file_base_name(opened.path);
    enum status status = plain_open(&opened, fault);
    if (status == STATUS_OK) {
        status = wrapping_open(&opened, member, fault);
    }
    if (status != STATUS_OK) {
        input_close(&opened);
        return status;
    }
    *input = opened;
    return STATUS_OK;
}

void input_close(struct input *input)
{
    mapping_close(&input->mapping);
    file_close(&input->file);
    spool_free(input->spool);
    memory_give(input->owned_name);
    *input = (struct input){0};
}
