#include "ledger/folder.h"

#include <stdio.h>

#include "sys/clock.h"

const char *const ledger_table_names[TABLE_COUNT] = {
    [TABLE_META] = "meta",
    [TABLE_COLLECTION] = "collection",
    [TABLE_OBJECT] = "object",
    [TABLE_HISTORY] = "history",
    [TABLE_FENCE] = "fence",
    [TABLE_MEMBER] = "member",
    [TABLE_TIMER] = "timer",
    [TABLE_EVENT] = "event",
    [TABLE_HOOK] = "hook",
    [TABLE_DELIVERY] = "delivery",
    [TABLE_DEAD_LETTER] = "dead_letter",
    [TABLE_TRIP] = "trip",
    [TABLE_STOP] = "stop",
    [TABLE_CHANNEL] = "channel",
};

enum status ledger_folder_part(const char *path, const char *name, char part[FILE_PATH_MAX],
                               struct fault *fault)
{
    const int size = snprintf(part, FILE_PATH_MAX, "%s/%s", path, name);
    return size > 0 && size < FILE_PATH_MAX
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE, "the path %.100s… is too long", path);
}

// "Rhumb data N\nhistory XXXXXXXXXXXXXXXX\n"
static bool version_parse(struct bytes text, unsigned *version, uint64_t *history)
{
    const struct bytes first = BYTES_OF("Rhumb data "), second = BYTES_OF("\nhistory ");
    struct reader reader = {.rest = text};
    if (!bytes_equal(reader_take(&reader, first.size), first)) {
        return false;
    }
    *version = 0;
    while (reader.rest.size != 0 && reader.rest.data[0] >= '0' && reader.rest.data[0] <= '9' &&
           *version < 100000) {
        *version = *version * 10 + (unsigned)(reader_u8(&reader) - '0');
    }
    if (!bytes_equal(reader_take(&reader, second.size), second)) {
        return *version > FOLDER_VERSION; // a later one may say other things
    }
    *history = 0;
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t digit = reader_u8(&reader);
        const bool is_decimal = digit >= '0' && digit <= '9';
        if (!is_decimal && !(digit >= 'a' && digit <= 'f')) {
            return false;
        }
        *history = *history << 4 | (uint64_t)(is_decimal ? digit - '0' : digit - 'a' + 10);
    }
    return *version != 0;
}

enum status ledger_folder_version(const struct sys *sys, const char *path, unsigned *version,
                                  uint64_t *history, struct fault *fault)
{
    char part[FILE_PATH_MAX];
    uint8_t text[256];
    size_t size = 0;
    TRY(ledger_folder_part(path, "VERSION", part, fault));
    SCOPED(file_close) struct file file = {0};
    TRY(file_open(sys, part, SYS_OPEN_READ, &file, fault));
    TRY(file_read_some(&file, text, sizeof(text), 0, &size, fault));
    if (!version_parse((struct bytes){.data = text, .size = size}, version, history)) {
        return fault_set(fault, STATUS_CORRUPT, "%s: is not the version of a data directory", part);
    }
    if (*version > FOLDER_VERSION) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s: the data has format %u, this program reads up to %d: use the "
                         "program that wrote it, or a later one",
                         path, *version, FOLDER_VERSION);
    }
    return STATUS_OK;
}

enum status ledger_folder_mark(const struct sys *sys, const char *path, uint64_t history,
                               struct fault *fault)
{
    char file[FILE_PATH_MAX];
    char text[64];
    TRY(ledger_folder_part(path, "VERSION", file, fault));
    const int size = snprintf(text, sizeof(text), "Rhumb data %d\nhistory %016llx\n",
                              FOLDER_VERSION, (unsigned long long)history);
    return file_replace(sys, file,
                        (struct bytes){.data = (const uint8_t *)text, .size = (size_t)size}, fault);
}

static void note_any(void *context, const char *name)
{
    bool *const has_any = context;
    // Hidden ones are what a power cut left of a VERSION being written.
    *has_any = *has_any || (strcmp(name, "LOCK") != 0 && name[0] != '.');
}

// A log file or a configuration beside the data is nobody's harm; data of which the VERSION is missing are.
static void note_ours(void *context, const char *name)
{
    bool *const has_ours = context;
    *has_ours = *has_ours || strcmp(name, "journal") == 0 || strcmp(name, "store") == 0;
}

enum status ledger_folder_make_empty(const struct sys *sys, const char *path, struct fault *fault)
{
    bool has_any = false;
    TRY(sys->make_directory(sys, path, fault));
    TRY(sys->list_directory(sys, path, note_any, &has_any, fault));
    return has_any ? fault_set(fault, STATUS_BUSY, "%s: the folder must be new or empty", path)
                   : STATUS_OK;
}

// --- Lock ---

static enum status lock_open(const struct sys *sys, struct ledger_folder *folder,
                             struct fault *fault)
{
    // Made by the first who comes; a second one at that moment finds it.
    enum status status = file_open(sys, folder->lock_path, SYS_OPEN_CREATE, &folder->lock, fault);
    if (status == STATUS_BUSY) {
        status = file_open(sys, folder->lock_path, SYS_OPEN_WRITE, &folder->lock, fault);
    }
    return status;
}

static enum status lock_take(const struct sys *sys, struct ledger_folder *folder,
                             struct fault *fault)
{
    char text[24] = {0};
    TRY(lock_open(sys, folder, fault));
    const enum status status = file_lock(&folder->lock, fault);
    if (status == STATUS_BUSY) {
        size_t got = 0;
        status_ignore(file_read_some(&folder->lock, text, sizeof(text) - 1, 0, &got, NULL),
                      "the sentence does without the number");
        text[strspn(text, "0123456789")] = '\0';
        return fault_set(fault, STATUS_BUSY,
                         "%s: in use by process %s: one server at a time has a data directory",
                         folder->path, text[0] == '\0' ? "of another user" : text);
    }
    TRY(status);
    const int size = snprintf(text, sizeof(text), "%u\n", sys->process(sys));
    TRY(file_truncate(&folder->lock, 0, fault));
    return file_write_at(&folder->lock, text, (size_t)size, 0, fault);
}

static enum status open_into(const struct sys *sys, struct ledger_folder *folder,
                             struct fault *fault)
{
    unsigned version = 0;
    bool has_ours = false;
    TRY(sys->make_directory(sys, folder->path, fault));
    TRY(lock_take(sys, folder, fault));
    const enum status status =
        ledger_folder_version(sys, folder->path, &version, &folder->history, fault);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(sys->list_directory(sys, folder->path, note_ours, &has_ours, fault));
    if (has_ours) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s: holds a journal or a store, but no VERSION: it is a backup that was "
                         "not finished, or a data directory that has lost a part",
                         folder->path);
    }
    folder->history = sys->random(sys);
    return ledger_folder_mark(sys, folder->path, folder->history, fault);
}

enum status ledger_folder_open(const struct sys *sys, const char *path,
                               struct ledger_folder *folder, struct fault *fault)
{
    *folder = (struct ledger_folder){0};
    if (strlen(path) >= FILE_PATH_MAX - 64) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the path %.100s… is too long", path);
    }
    (void)snprintf(folder->path, sizeof(folder->path), "%s", path);
    (void)snprintf(folder->lock_path, sizeof(folder->lock_path), "%s/LOCK", path);
    const enum status status = open_into(sys, folder, fault);
    if (status != STATUS_OK) {
        ledger_folder_close(folder);
    }
    return status;
}

void ledger_folder_close(struct ledger_folder *folder)
{
    file_close(&folder->lock);
}

enum status ledger_upgrade(const struct sys *sys, const char *path, unsigned *before,
                           unsigned *after, struct fault *fault)
{
    uint64_t history = 0;
    const enum status found = ledger_folder_version(sys, path, before, &history, fault);
    if (found == STATUS_NOT_FOUND) {
        return fault_set(fault, STATUS_NOT_FOUND, "%s: is no data directory: it has no VERSION",
                         path);
    }
    TRY(found);
    struct ledger_folder folder = {0};
    TRY(ledger_folder_open(sys, path, &folder, fault));
    *after = FOLDER_VERSION;
    ledger_folder_close(&folder);
    return STATUS_OK;
}
