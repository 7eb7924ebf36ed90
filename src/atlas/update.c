#include "atlas/update.h"

#include <stdio.h>

#include "codec/json_slice.h"
#include "codec/json_write.h"
#include "source/tagged.h"
#include "sys/clock.h"
#include "sys/file.h"

struct update {
    const struct build_options *options;
    char objects[FILE_PATH_MAX];
    struct file lock;
    struct pool pool;
    struct osm_state state;
    const char **inputs; // one of them NULL: the extract
    size_t input_count;
    char country[3];
};

static enum status objects_path(const char *atlas, char path[FILE_PATH_MAX], struct fault *fault)
{
    return (size_t)snprintf(path, FILE_PATH_MAX, "%s" UPDATE_OBJECTS_SUFFIX, atlas) < FILE_PATH_MAX
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE, "%s: the path is too long", atlas);
}

static struct source_options source_options_of(const struct build_options *options,
                                               const char *directory)
{
    return (struct source_options){
        .sys = options->sys,
        .account = options->account,
        .memory_size = options->memory_size / 2,
        .directory = directory,
        .threads = options->threads,
        .progress = options->progress,
        .progress_context = options->progress_context,
        .warn = options->warn,
        .warn_context = options->warn_context,
    };
}

// --- Keeping ---

// How the atlas was built, in the words of update_open.
static void source_write(const struct build_options *options, size_t extract, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, OSM_KEEP_NAME);
    json_text_of(&json, file_base_name(options->inputs[extract]));
    JSON_KEY(&json, "country");
    json_text_of(&json, options->country);
    JSON_KEY(&json, "inputs");
    json_begin_array(&json);
    for (size_t i = 0; i < options->input_count; i++) {
        if (i == extract) {
            json_null(&json);
        } else {
            json_text_of(&json, options->inputs[i]);
        }
    }
    json_end_array(&json);
    json_end_object(&json);
}

// The only extract among the inputs, and its state.
static enum status extract_find(const struct build_options *options,
                                const struct source_options *reading, struct pool *pool,
                                size_t *extract, struct osm_state *state, struct fault *fault)
{
    size_t count = 0;
    for (size_t i = 0; i < options->input_count; i++) {
        struct osm_state found;
        if (strcmp(options->inputs[i], "-") == 0) {
            return fault_set(fault, STATUS_UNSUPPORTED,
                             "to keep objects for updates, no input may be standard input: an "
                             "update reads them again");
        }
        const enum status status = osm_state_read(options->inputs[i], reading, pool, &found, fault);
        if (status == STATUS_OK) {
            *extract = i;
            *state = found;
            count++;
        } else if (status != STATUS_UNSUPPORTED) {
            return status;
        }
    }
    return count == 1 ? STATUS_OK
                      : fault_set(fault, STATUS_UNSUPPORTED,
                                  "to keep objects for updates, one input must be an "
                                  "OpenStreetMap PBF in a file, and here are %zu; osmium merge "
                                  "makes one of several",
                                  count);
}

// Writes the objects beside their place and renames them into it.
static enum status objects_replace(const struct build_options *options, const char *from,
                                   const struct source_options *reading,
                                   const struct osm_state *state, const char *to, uint64_t *size,
                                   struct fault *fault)
{
    char beside[FILE_PATH_MAX];
    struct osm_keep_report report;
    TRY(file_name_beside(options->sys, to, beside, sizeof(beside), fault));
    TRY(osm_keep_write(from, reading, NULL, state, beside, &report, fault));
    *size = report.size;
    return options->sys->rename(options->sys, beside, to, fault);
}

enum status update_keep(const struct build_options *options, uint64_t *size, struct fault *fault)
{
    char path[FILE_PATH_MAX];
    char directory[FILE_PATH_MAX];
    struct pool pool SCOPED(pool_free) = {.account = options->account};
    struct buffer source SCOPED(buffer_free) = {.account = options->account};
    struct osm_state state = {0};
    size_t extract = 0;
    TRY(objects_path(options->output, path, fault));
    TRY(file_directory(path, directory, sizeof(directory), fault));
    const struct source_options reading = source_options_of(options, directory);
    TRY(extract_find(options, &reading, &pool, &extract, &state, fault));
    source_write(options, extract, &source);
    TRY(buffer_status(&source));
    state.source = buffer_bytes(&source);
    return objects_replace(options, options->inputs[extract], &reading, &state, path, size, fault);
}

bool update_forget(const struct sys *sys, const char *atlas)
{
    char path[FILE_PATH_MAX];
    return objects_path(atlas, path, NULL) == STATUS_OK &&
           sys->unlink(sys, path, NULL) == STATUS_OK;
}

// --- Updating ---

static enum status inputs_read(struct update *update, struct bytes list, struct fault *fault)
{
    struct bytes rest = list;
    struct bytes item;
    size_t count = 0;
    while (json_slice_item(&rest, &item)) {
        count++;
    }
    update->inputs = pool_take(&update->pool, count + 1, sizeof(*update->inputs));
    if (update->inputs == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of inputs");
    }
    while (json_slice_item(&list, &item)) {
        const struct bytes text = tagged_value(item, &update->pool);
        char *const name = pool_take(&update->pool, text.size + 1, 1);
        if (name == NULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of inputs");
        }
        if (text.size != 0) {
            memcpy(name, text.data, text.size);
        }
        name[text.size] = '\0';
        update->inputs[update->input_count++] = text.size == 0 ? NULL : name;
    }
    return STATUS_OK;
}

static enum status source_read_back(struct update *update, struct fault *fault)
{
    const struct bytes source = update->state.source;
    if (!json_slice_check(source, update->options->account) || source.data[0] != '{') {
        return fault_set(fault, STATUS_CORRUPT,
                         "%s does not say how the atlas was built; build it with --keep",
                         update->objects);
    }
    const struct bytes country =
        tagged_value(json_slice_find(source, BYTES_OF("country")), &update->pool);
    if (country.size == 2) {
        memcpy(update->country, country.data, 2);
    }
    TRY(inputs_read(update, json_slice_find(source, BYTES_OF("inputs")), fault));
    size_t extracts = 0;
    for (size_t i = 0; i < update->input_count; i++) {
        extracts += update->inputs[i] == NULL;
    }
    return extracts == 1 ? STATUS_OK
                         : fault_set(fault, STATUS_CORRUPT,
                                     "%s does not say how the atlas was built; build it with "
                                     "--keep",
                                     update->objects);
}

static enum status update_begin(struct update *update, struct fault *fault)
{
    const struct build_options *const options = update->options;
    char directory[FILE_PATH_MAX];
    TRY(objects_path(options->output, update->objects, fault));
    TRY(file_directory(update->objects, directory, sizeof(directory), fault));
    enum status status =
        file_open(options->sys, update->objects, SYS_OPEN_WRITE, &update->lock, fault);
    if (status == STATUS_NOT_FOUND) {
        return fault_set(fault, STATUS_NOT_FOUND,
                         "%s is not there, to which changes would be applied; build the atlas "
                         "with --keep",
                         update->objects);
    }
    TRY(status);
    status = file_lock(&update->lock, fault);
    if (status == STATUS_BUSY) {
        return fault_set(fault, STATUS_BUSY, "another update of %s is at work", options->output);
    }
    TRY(status);
    const struct source_options reading = source_options_of(options, directory);
    TRY(osm_state_read(update->objects, &reading, &update->pool, &update->state, fault));
    return source_read_back(update, fault);
}

enum status update_open(const struct build_options *options, struct update **update,
                        struct fault *fault)
{
    struct update *const opened = memory_take_zeroed(options->account, 1, sizeof(*opened));
    if (opened == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for an update");
    }
    opened->options = options;
    opened->pool.account = options->account;
    const enum status status = update_begin(opened, fault);
    if (status != STATUS_OK) {
        update_close(opened);
        return status;
    }
    *update = opened;
    return STATUS_OK;
}

void update_close(struct update *update)
{
    if (update != NULL) {
        file_close(&update->lock);
        pool_free(&update->pool);
        memory_give(update);
    }
}

const struct osm_state *update_state(const struct update *update)
{
    return &update->state;
}

// The build of the atlas from the new objects.
static enum status atlas_build(struct update *update, const char *objects,
                               struct build_report *report, struct fault *fault)
{
    struct build_options options = *update->options;
    char input[FILE_PATH_MAX];
    (void)snprintf(input, sizeof(input), "osm:%.*s", (int)sizeof(input) - 8, objects);
    const char **const inputs =
        pool_take(&update->pool, update->input_count + 1, sizeof(*update->inputs));
    if (inputs == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of inputs");
    }
    for (size_t i = 0; i < update->input_count; i++) {
        inputs[i] = update->inputs[i] == NULL ? input : update->inputs[i];
    }
    options.inputs = inputs;
    options.input_count = update->input_count;
    memcpy(options.country, update->country, sizeof(options.country));
    return build_atlas(&options, report, fault);
}

// The new objects in the place of the old; from then on the lock is theirs.
static enum status objects_swap(struct update *update, const char *from, struct fault *fault)
{
    const struct sys *const sys = update->options->sys;
    char directory[FILE_PATH_MAX];
    struct file lock = {0};
    TRY(file_open(sys, from, SYS_OPEN_WRITE, &lock, fault));
    enum status status = file_lock(&lock, fault);
    if (status == STATUS_OK) {
        status = sys->rename(sys, from, update->objects, fault);
    }
    if (status != STATUS_OK) {
        file_close(&lock);
        return status;
    }
    file_close(&update->lock);
    update->lock = lock;
    update->lock.path = update->objects;
    TRY(file_directory(update->objects, directory, sizeof(directory), fault));
    return sys->sync_directory(sys, directory, fault);
}

enum status update_apply(struct update *update, const struct osm_changes *changes,
                         const struct osm_state *state, struct update_report *report,
                         struct fault *fault)
{
    const struct build_options *const options = update->options;
    char directory[FILE_PATH_MAX];
    char beside[FILE_PATH_MAX];
    struct update_report made = {.change_count = changes->count};
    struct osm_state after = *state;
    after.source = update->state.source;
    TRY(file_directory(update->objects, directory, sizeof(directory), fault));
    TRY(file_name_beside(options->sys, update->objects, beside, sizeof(beside), fault));
    const struct source_options reading = source_options_of(options, directory);
    const int64_t begun_us = sys_monotonic_us(options->sys);
    TRY(osm_keep_write(update->objects, &reading, changes, &after, beside, &made.objects, fault));
    const int64_t applied_us = sys_monotonic_us(options->sys);
    enum status status = atlas_build(update, beside, &made.build, fault);
    made.apply_us = applied_us - begun_us;
    made.build_us = sys_monotonic_us(options->sys) - applied_us;
    if (status == STATUS_OK) {
        status = objects_swap(update, beside, fault);
    }
    if (status != STATUS_OK) {
        status_ignore(options->sys->unlink(options->sys, beside, NULL),
                      "a temporary file that stays behind harms nobody");
        return status;
    }
    update->state = after;
    *report = made;
    return STATUS_OK;
}
