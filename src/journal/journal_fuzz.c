// Any bytes as a segment: as they are, and with the checksums of head and records made right, so that
// what stands behind them is reached too. A journal opens or says why not; what it holds can be read
// to the end.
#include <assert.h>

#include "journal/journal_private.h"
#include "sys/sys_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char path[] = "/j/00000000000000000001.journal";

static void seal(uint8_t *image, size_t size)
{
    struct journal_head head = {.id = 1, .first = 1};
    if (size < HEAD_SIZE) {
        return;
    }
    journal_head_encode(&head, image);
    size_t offset = HEAD_SIZE;
    while (size - offset >= RECORD_HEAD_SIZE) {
        const struct journal_record_head record = journal_record_head_decode(image + offset);
        const size_t record_size = journal_record_size(record.content_size);
        if (record_size > size - offset) {
            break;
        }
        journal_record_encode(&record, head.id, image + offset);
        offset += record_size;
    }
}

static void try_image(const uint8_t *image, size_t size)
{
    static struct memory_account account = {.name = "fuzz"};
    static const struct journal_options options = {.segment_size = 4096};
    struct sys_memory *disk = NULL;
    struct journal *journal = NULL;
    struct file file = {0};
    assert(sys_memory_new(&account, 1, &disk, NULL) == STATUS_OK);
    const struct sys *const sys = sys_memory_table(disk);
    assert(sys->make_directory(sys, "/j", NULL) == STATUS_OK);
    assert(file_open(sys, path, SYS_OPEN_CREATE, &file, NULL) == STATUS_OK);
    assert(file_write_at(&file, image, size, 0, NULL) == STATUS_OK);
    file_close(&file);
    if (journal_open(sys, &account, "/j", &options, &journal, NULL) == STATUS_OK) {
        struct journal_cursor *cursor = NULL;
        struct journal_record record;
        lsn count = 0, at = 0;
        assert(journal_append(journal, 0, BYTES_OF("after"), &at, NULL) == STATUS_OK);
        assert(journal_cursor_open(journal, 1, &cursor, NULL) == STATUS_OK);
        while (journal_cursor_next(cursor, &record, NULL) == STATUS_OK) {
            count++;
        }
        assert(count == at && at == journal_last(journal));
        journal_cursor_close(cursor);
        journal_close(journal);
    }
    sys_memory_free(disk);
    assert(account.used_size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory_account account = {.name = "fuzz input"};
    try_image(data, size);
    SCOPED(buffer_free) struct buffer sealed = {.account = &account};
    buffer_append(&sealed, data, size);
    if (sealed.size != 0) {
        seal(sealed.data, size);
        try_image(sealed.data, size);
    }
    return 0;
}
