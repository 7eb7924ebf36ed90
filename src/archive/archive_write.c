#include "archive/archive_write.h"

#include <assert.h>
#include <xxhash.h>

#include "archive/archive_private.h"
#include "sys/file.h"

enum { BUFFER_SIZE = 1 << 20 };

struct archive_writer {
    const struct sys *sys;
    struct memory_account *account;
    struct file file; // under the temporary name
    char path[FILE_PATH_MAX];
    char beside[FILE_PATH_MAX];
    uint64_t written_size; // of the file
    uint8_t *pending;      // BUFFER_SIZE bytes
    size_t pending_size;
    XXH3_state_t *state; // of the current section
    struct archive_section_info *sections;
    size_t section_count, section_capacity;
    bool is_in_section;
    bool is_committed;
};

static void writer_release(struct archive_writer **writer)
{
    archive_writer_close(*writer);
}

static enum status no_memory(const char *path, struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory to write %s", path);
}

enum status archive_writer_open(const struct sys *sys, struct memory_account *account,
                                const char *path, struct archive_writer **writer,
                                struct fault *fault)
{
    SCOPED(writer_release)
    struct archive_writer *made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return no_memory(path, fault);
    }
    made->sys = sys;
    made->account = account;
    made->pending = memory_take(account, BUFFER_SIZE, 1);
    made->state = XXH3_createState();
    if (made->pending == NULL || made->state == NULL) {
        return no_memory(path, fault);
    }
    TRY(file_name_beside(sys, path, made->beside, sizeof(made->beside), fault));
    memcpy(made->path, path, strlen(path) + 1); // shorter than the name beside it
    const enum status status = file_open(sys, made->beside, SYS_OPEN_CREATE, &made->file, fault);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "cannot write %s", path);
    }
    made->file.path = made->path; // what a person asked for, in every fault from here on

    // The header's place; what it says is known at the end.
    memset(made->pending, 0, ARCHIVE_HEADER_SIZE);
    made->pending_size = ARCHIVE_HEADER_SIZE;
    *writer = made;
    made = NULL;
    return STATUS_OK;
}

void archive_writer_close(struct archive_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    const bool is_left_over = writer->file.sys != NULL && !writer->is_committed;
    file_close(&writer->file);
    if (is_left_over) {
        status_ignore(writer->sys->unlink(writer->sys, writer->beside, NULL),
                      "nothing better can be done about a temporary file that stays");
    }
    (void)XXH3_freeState(writer->state);
    memory_give(writer->pending);
    memory_give(writer->sections);
    memory_give(writer);
}

static enum status flush(struct archive_writer *writer, struct fault *fault)
{
    TRY(file_write_at(&writer->file, writer->pending, writer->pending_size, writer->written_size,
                      fault));
    writer->written_size += writer->pending_size;
    writer->pending_size = 0;
    return STATUS_OK;
}

static enum status put(struct archive_writer *writer, const void *data, size_t size,
                       struct fault *fault)
{
    if (size > BUFFER_SIZE - writer->pending_size) {
        TRY(flush(writer, fault));
        if (size >= BUFFER_SIZE) {
            TRY(file_write_at(&writer->file, data, size, writer->written_size, fault));
            writer->written_size += size;
            return STATUS_OK;
        }
    }
    if (size != 0) {
        memcpy(writer->pending + writer->pending_size, data, size);
        writer->pending_size += size;
    }
    return STATUS_OK;
}

static uint64_t file_position(const struct archive_writer *writer)
{
    return writer->written_size + writer->pending_size;
}

uint64_t archive_writer_position(const struct archive_writer *writer)
{
    assert(writer->is_in_section);
    return file_position(writer) - writer->sections[writer->section_count - 1].offset;
}

static enum status section_end(struct archive_writer *writer, struct fault *fault)
{
    if (!writer->is_in_section) {
        return STATUS_OK;
    }
    struct archive_section_info *const info = &writer->sections[writer->section_count - 1];
    info->size = archive_writer_position(writer);
    info->item_count = info->size / info->item_size;
    info->checksum = XXH3_64bits_digest(writer->state);
    assert(info->item_count * info->item_size == info->size);
    writer->is_in_section = false;

    static const uint8_t zeros[ARCHIVE_ALIGNMENT];
    const uint64_t end = file_position(writer);
    return put(writer, zeros, (size_t)(archive_aligned(end) - end), fault);
}

enum status archive_writer_section_with(struct archive_writer *writer,
                                        const struct archive_section_options *options,
                                        struct fault *fault)
{
    assert(options->item_size > 0 && writer->section_count < ARCHIVE_SECTIONS_MAX);
    for (size_t i = 0; i < writer->section_count; i++) {
        assert(writer->sections[i].kind != options->kind);
    }
    TRY(section_end(writer, fault));
    if (!memory_grow(writer->account, &writer->sections, &writer->section_capacity,
                     writer->section_count + 1, sizeof(*writer->sections))) {
        return no_memory(writer->path, fault);
    }
    writer->sections[writer->section_count++] =
        (struct archive_section_info){.kind = options->kind,
                                      .version = options->version,
                                      .is_required = !options->is_optional,
                                      .item_size = options->item_size,
                                      .offset = file_position(writer)};
    (void)XXH3_64bits_reset(writer->state);
    writer->is_in_section = true;
    return STATUS_OK;
}

enum status archive_writer_section(struct archive_writer *writer, uint32_t kind, uint32_t item_size,
                                   struct fault *fault)
{
    return archive_writer_section_with(
        writer, &(struct archive_section_options){.kind = kind, .item_size = item_size}, fault);
}

enum status archive_writer_append(struct archive_writer *writer, const void *data, size_t size,
                                  struct fault *fault)
{
    assert(writer->is_in_section);
    (void)XXH3_64bits_update(writer->state, data, size);
    return put(writer, data, size, fault);
}

enum status archive_writer_append_spool(struct archive_writer *writer, struct spool *spool,
                                        struct fault *fault)
{
    SCOPED(spool_reader_close) struct spool_reader reader = {0};
    TRY(spool_reader_open(spool, &reader, fault));
    for (uint64_t left = spool_size(spool); left != 0;) {
        const size_t size = left < 64 << 10 ? (size_t)left : 64 << 10;
        const uint8_t *data;
        TRY(spool_reader_take(&reader, size, &data, fault));
        TRY(archive_writer_append(writer, data, size, fault));
        left -= size;
    }
    return STATUS_OK;
}

// The section table, which ends the file; then the header, now that all is known.
static enum status table_write(struct archive_writer *writer, struct fault *fault)
{
    struct archive_header header = {.major = ARCHIVE_VERSION_MAJOR,
                                    .minor = ARCHIVE_VERSION_MINOR,
                                    .section_count = (uint32_t)writer->section_count,
                                    .table_offset = file_position(writer)};
    (void)XXH3_64bits_reset(writer->state);
    for (size_t i = 0; i < writer->section_count; i++) {
        uint8_t entry[ARCHIVE_ENTRY_SIZE];
        archive_entry_encode(&writer->sections[i], entry);
        (void)XXH3_64bits_update(writer->state, entry, sizeof(entry));
        TRY(put(writer, entry, sizeof(entry), fault));
    }
    TRY(flush(writer, fault));
    header.file_size = writer->written_size;
    header.table_checksum = XXH3_64bits_digest(writer->state);

    uint8_t encoded[ARCHIVE_HEADER_SIZE];
    archive_header_encode(&header, encoded);
    return file_write_at(&writer->file, encoded, sizeof(encoded), 0, fault);
}

enum status archive_writer_commit(struct archive_writer *writer, struct fault *fault)
{
    assert(!writer->is_committed);
    char directory[FILE_PATH_MAX];
    TRY(file_directory(writer->path, directory, sizeof(directory), fault));
    TRY(section_end(writer, fault));
    TRY(table_write(writer, fault));
    TRY(file_sync(&writer->file, fault));
    TRY(writer->sys->rename(writer->sys, writer->beside, writer->path, fault));
    writer->is_committed = true; // from here on the temporary name is gone
    return writer->sys->sync_directory(writer->sys, directory, fault);
}
