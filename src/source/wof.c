#include "source/wof.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/tar.h"
#include "source/wof_private.h"

enum { FOLDER_DEPTH_MAX = 16, RECORD_SIZE_MAX = 512 << 20, TICK_RECORDS = 256 };

bool wof_recognise(struct bytes front)
{
    if (tar_recognise(front) || wof_sqlite_recognise(front)) {
        return true;
    }
    static const char id[] = "\"wof:id\"";
    size_t at = 0;
    while (at < front.size && memchr(" \t\r\n", front.data[at], 4) != NULL) {
        at++;
    }
    return at < front.size && front.data[at] == '{' &&
           memmem(front.data, front.size, id, sizeof(id) - 1) != NULL;
}

static enum status tick(const struct wof_reader *reader, uint64_t done, uint64_t total,
                        struct fault *fault)
{
    const struct source_options *const options = reader->input->options;
    if (reader->record_count % TICK_RECORDS != 0 || options->progress == NULL ||
        options->progress(options->progress_context, "records", done, total)) {
        return STATUS_OK;
    }
    return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", reader->input->path);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text);
    const size_t end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

// 85633041.geojson, but not 85633041-alt-naturalearth.geojson.
static bool is_record_name(const char *path)
{
    return ends_with(path, ".geojson") && strstr(file_base_name(path), "-alt-") == NULL;
}

// --- Archives ---

static enum status tar_read(struct wof_reader *reader, struct bytes archive, struct fault *fault)
{
    struct tar_reader tar = {.archive = archive};
    struct tar_member member;
    enum status status;
    while ((status = tar_next(&tar, &member, fault)) == STATUS_OK) {
        if (is_record_name(member.name)) {
            TRY(wof_record_take(reader, file_base_name(member.name), member.content, fault));
            TRY(tick(reader, tar.at, archive.size, fault));
        }
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

// --- Folders ---

struct names {
    struct memory_account *account;
    struct buffer text; // each with its zero byte
    size_t count;
};

static void name_keep(void *context, const char *name)
{
    struct names *const names = context;
    if (name[0] != '.') {
        buffer_append(&names->text, name, strlen(name) + 1);
        names->count++;
    }
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static enum status no_memory(const struct wof_reader *reader, struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", reader->input->path);
}

static enum status folder_read(struct wof_reader *reader, const char *path, unsigned depth,
                               struct fault *fault);

static enum status entry_read(struct wof_reader *reader, const char *folder, const char *name,
                              unsigned depth, struct fault *fault)
{
    const struct source_options *const options = reader->input->options;
    char path[FILE_PATH_MAX];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: the path of %s is too long", folder,
                         name);
    }
    if (ends_with(name, ".geojson")) {
        if (!is_record_name(name)) {
            return STATUS_OK;
        }
        struct buffer text SCOPED(buffer_free) = {.account = options->account};
        TRY(file_read_whole(options->sys, path, RECORD_SIZE_MAX, &text, fault));
        TRY(wof_record_take(reader, name, buffer_bytes(&text), fault));
        return tick(reader, reader->record_count, 0, fault);
    }
    struct sys_stat stat;
    TRY(options->sys->stat_path(options->sys, path, &stat, fault));
    return stat.is_directory ? folder_read(reader, path, depth + 1, fault) : STATUS_OK;
}

static void names_give(const char ***names)
{
    memory_give(*names);
}

// In the order of the names, so that the same folder gives the same features.
static enum status folder_read(struct wof_reader *reader, const char *path, unsigned depth,
                               struct fault *fault)
{
    const struct source_options *const options = reader->input->options;
    if (depth > FOLDER_DEPTH_MAX) {
        return fault_set(fault, STATUS_UNSUPPORTED, "%s: folders in folders, more than %d deep",
                         path, FOLDER_DEPTH_MAX);
    }
    struct buffer text SCOPED(buffer_free) = {.account = options->account};
    struct names found = {.account = options->account, .text = {.account = options->account}};
    const enum status listed =
        options->sys->list_directory(options->sys, path, name_keep, &found, fault);
    text = found.text;
    TRY(listed);
    const char **names SCOPED(names_give) =
        memory_take(options->account, found.count + 1, sizeof(*names));
    if (names == NULL || buffer_status(&text) != STATUS_OK) {
        return no_memory(reader, fault);
    }
    const char *at = (const char *)text.data;
    for (size_t i = 0; i < found.count; i++) {
        names[i] = at;
        at += strlen(at) + 1;
    }
    qsort(names, found.count, sizeof(*names), by_text);
    for (size_t i = 0; i < found.count; i++) {
        TRY(entry_read(reader, path, names[i], depth, fault));
    }
    return STATUS_OK;
}

// --- Any of them ---

static enum status container_read(struct wof_reader *reader, struct input *input,
                                  struct fault *fault)
{
    if (input->is_folder) {
        return folder_read(reader, input->path, 0, fault);
    }
    struct bytes bytes;
    TRY(input_map(input, &bytes, fault));
    if (tar_recognise(bytes)) {
        const enum status status = tar_read(reader, bytes, fault);
        return status == STATUS_CORRUPT ? fault_prefix(fault, status, "%s", input->path) : status;
    }
    return wof_sqlite_recognise(bytes) ? wof_sqlite_read(reader, bytes, fault)
                                       : wof_record_take(reader, input->name, bytes, fault);
}

enum status wof_read(struct input *input, const struct feature_sink *sink,
                     struct source_summary *summary, struct fault *fault)
{
    struct wof_reader *const reader =
        memory_take_zeroed(input->options->account, 1, sizeof(*reader));
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", input->path);
    }
    reader->input = input;
    reader->sink = sink;
    reader->pool.account = input->options->account;
    enum status status = container_read(reader, input, fault);
    if (status == STATUS_OK && reader->record_count == 0) {
        status = fault_set(fault, STATUS_UNSUPPORTED,
                           "%s holds no records of Who's On First (files like "
                           "data/856/330/41/85633041.geojson)",
                           input->path);
    }
    summary->feature_count += reader->feature_count;
    summary->skipped_count += reader->skipped_count;
    pool_free(&reader->pool);
    memory_give(reader);
    return status;
}
