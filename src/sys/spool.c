#include "sys/spool.h"

#include <assert.h>
#include <string.h>

#include "sys/file.h"
#include "sys/mapping.h"

enum { SPOOL_BUFFER_SIZE = 256 << 10 };

struct spool {
    const struct sys *sys;
    struct memory_account *account;
    struct file file; // opened when the buffer is first full
    const char *directory;
    struct mapping mapping;
    uint8_t *pending;    // SPOOL_BUFFER_SIZE bytes
    size_t pending_size; // of which these are not in the file
    uint64_t file_size;
    bool is_ended;
};

enum status spool_new(const struct sys *sys, struct memory_account *account, const char *directory,
                      struct spool **spool, struct fault *fault)
{
    struct spool *const made = memory_take_zeroed(account, 1, sizeof(*made));
    uint8_t *const pending = memory_take(account, SPOOL_BUFFER_SIZE, 1);
    if (made == NULL || pending == NULL) {
        memory_give(made);
        memory_give(pending);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a temporary file's buffer");
    }
    *made =
        (struct spool){.sys = sys, .account = account, .directory = directory, .pending = pending};
    *spool = made;
    return STATUS_OK;
}

void spool_free(struct spool *spool)
{
    if (spool != NULL) {
        mapping_close(&spool->mapping);
        file_close(&spool->file);
        memory_give(spool->pending);
        memory_give(spool);
    }
}

static enum status write_out(struct spool *spool, const void *data, size_t size,
                             struct fault *fault)
{
    if (spool->file.sys == NULL) {
        TRY(file_open(spool->sys, spool->directory, SYS_OPEN_TEMPORARY, &spool->file, fault));
    }
    TRY(file_write_at(&spool->file, data, size, spool->file_size, fault));
    spool->file_size += size;
    return STATUS_OK;
}

enum status spool_append(struct spool *spool, const void *data, size_t size, struct fault *fault)
{
    assert(!spool->is_ended);
    if (size > SPOOL_BUFFER_SIZE - spool->pending_size) {
        TRY(write_out(spool, spool->pending, spool->pending_size, fault));
        spool->pending_size = 0;
        if (size >= SPOOL_BUFFER_SIZE) {
            return write_out(spool, data, size, fault);
        }
    }
    if (size != 0) {
        memcpy(spool->pending + spool->pending_size, data, size);
        spool->pending_size += size;
    }
    return STATUS_OK;
}

uint64_t spool_size(const struct spool *spool)
{
    return spool->file_size + spool->pending_size;
}

enum status spool_end(struct spool *spool, struct fault *fault)
{
    if (spool->is_ended) {
        return STATUS_OK;
    }
    if (spool->file.sys != NULL) { // else the buffer is the whole spool
        TRY(write_out(spool, spool->pending, spool->pending_size, fault));
        spool->pending_size = 0;
        memory_give(spool->pending);
        spool->pending = NULL;
    }
    spool->is_ended = true;
    return STATUS_OK;
}

enum status spool_read_at(struct spool *spool, void *data, size_t size, uint64_t offset,
                          struct fault *fault)
{
    TRY(spool_end(spool, fault));
    if (offset > spool_size(spool) || size > spool_size(spool) - offset) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%zu bytes at %llu of a temporary file of %llu", size,
                         (unsigned long long)offset, (unsigned long long)spool_size(spool));
    }
    if (spool->pending != NULL) {
        if (size != 0) {
            memcpy(data, spool->pending + offset, size);
        }
        return STATUS_OK;
    }
    return file_read_at(&spool->file, data, size, offset, fault);
}

enum status spool_map(struct spool *spool, struct bytes *bytes, struct fault *fault)
{
    TRY(spool_end(spool, fault));
    if (spool->pending != NULL) {
        *bytes = (struct bytes){.data = spool->pending, .size = spool->pending_size};
        return STATUS_OK;
    }
    if (spool->mapping.sys == NULL) {
        TRY(mapping_open_file(&spool->file, &spool->mapping, fault));
    }
    *bytes = mapping_bytes(&spool->mapping);
    return STATUS_OK;
}

enum status spool_reader_open(struct spool *spool, struct spool_reader *reader, struct fault *fault)
{
    TRY(spool_end(spool, fault));
    if (spool->pending != NULL) { // read in place
        *reader = (struct spool_reader){.spool = spool,
                                        .data = spool->pending,
                                        .end = spool->pending_size,
                                        .offset = spool->pending_size};
        return STATUS_OK;
    }
    uint8_t *const data = memory_take(spool->account, SPOOL_BUFFER_SIZE, 1);
    if (data == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read a temporary file");
    }
    *reader = (struct spool_reader){.spool = spool, .data = data, .capacity = SPOOL_BUFFER_SIZE};
    return STATUS_OK;
}

void spool_reader_close(struct spool_reader *reader)
{
    if (reader->capacity != 0) {
        memory_give(reader->data);
    }
    *reader = (struct spool_reader){0};
}

// Moves what is unread to the front, and fills up so that at least `size` bytes are there.
static enum status reader_fill(struct spool_reader *reader, size_t size, struct fault *fault)
{
    struct spool *const spool = reader->spool;
    const size_t unread = reader->end - reader->begin;
    const uint64_t left = spool_size(spool) - reader->offset;
    if (unread + left == 0 && size != 0) {
        return fault_set(fault, STATUS_NOT_FOUND, "the temporary file ends");
    }
    if (size - unread > left) {
        return fault_set(fault, STATUS_CORRUPT, "the temporary file ends inside a record");
    }
    if (!memory_grow(spool->account, &reader->data, &reader->capacity, size, 1)) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read a temporary file");
    }
    memmove(reader->data, reader->data + reader->begin, unread);
    const size_t room = reader->capacity - unread;
    const size_t wanted = left < room ? (size_t)left : room;
    reader->begin = 0;
    reader->end = unread;
    TRY(spool_read_at(spool, reader->data + unread, wanted, reader->offset, fault));
    reader->end += wanted;
    reader->offset += wanted;
    return STATUS_OK;
}

enum status spool_reader_take(struct spool_reader *reader, size_t size, const uint8_t **data,
                              struct fault *fault)
{
    if (size > reader->end - reader->begin) {
        TRY(reader_fill(reader, size, fault));
    }
    *data = reader->data + reader->begin;
    reader->begin += size;
    return STATUS_OK;
}
