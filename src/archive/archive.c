#include "archive/archive.h"

#include <stdio.h>

#include "archive/archive_private.h"
#include "sys/file.h"
#include "sys/mapping.h"

// ctime moves in steps of the kernel's tick, at most 10 ms.
static const int64_t CTIME_STEP_US = 20000;

struct archive {
    const struct sys *sys; // NULL: an image in memory
    struct mapping mapping;
    struct bytes image;
    struct archive_header header;
    struct archive_section_info *sections;
    char *path;
};

static enum status corrupt(const struct archive *archive, struct fault *fault, const char *what)
{
    return fault_set(fault, STATUS_CORRUPT,
                     "%s is damaged: %s; fetch it again or build it again: rhumb build -o %s "
                     "INPUT...",
                     archive->path, what, archive->path);
}

static enum status version_check(const struct archive *archive, struct fault *fault)
{
    const struct archive_header *const header = &archive->header;
    if (header->major > ARCHIVE_VERSION_MAJOR) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s is of archive version %u.%u, newer than the %u.%u this rhumb reads; "
                         "use the rhumb that wrote it, or build it again with this one: rhumb "
                         "build -o %s INPUT...",
                         archive->path, header->major, header->minor, ARCHIVE_VERSION_MAJOR,
                         ARCHIVE_VERSION_MINOR, archive->path);
    }
    if (header->major < ARCHIVE_VERSION_MAJOR_MIN) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s is of archive version %u.%u, older than the %u.0 this rhumb still "
                         "reads; build it again: rhumb build -o %s INPUT...",
                         archive->path, header->major, header->minor, ARCHIVE_VERSION_MAJOR_MIN,
                         archive->path);
    }
    return STATUS_OK;
}

static enum status header_read(struct archive *archive, struct fault *fault)
{
    const struct bytes image = archive->image;
    if (!archive_has_magic(image)) {
        return fault_set(fault, STATUS_CORRUPT,
                         "%s is not an archive of rhumb; make one: rhumb build -o FILE INPUT...",
                         archive->path);
    }
    if (image.size < ARCHIVE_HEADER_SIZE) {
        return corrupt(archive, fault, "it ends inside the header");
    }
    const struct bytes bound = {.data = image.data, .size = ARCHIVE_ROOT_OFFSET};
    archive->header = archive_header_decode(image.data);
    if (archive->header.root != archive_checksum(bound)) {
        return corrupt(archive, fault, "the header does not match its checksum");
    }
    TRY(version_check(archive, fault));
    if (archive->header.file_size != image.size) {
        char what[96];
        (void)snprintf(what, sizeof(what), "it has %zu bytes and should have %llu", image.size,
                       (unsigned long long)archive->header.file_size);
        return corrupt(archive, fault, what);
    }
    return archive->header.section_count <= ARCHIVE_SECTIONS_MAX
               ? STATUS_OK
               : corrupt(archive, fault, "it has more sections than an archive may have");
}

// The table ends the file, and its checksum is right.
static enum status table_locate(const struct archive *archive, struct bytes *table,
                                struct fault *fault)
{
    const struct archive_header *const header = &archive->header;
    const uint64_t size = (uint64_t)header->section_count * ARCHIVE_ENTRY_SIZE;
    if (header->table_offset > archive->image.size ||
        size != archive->image.size - header->table_offset) {
        return corrupt(archive, fault, "the section table is out of place");
    }
    const struct bytes found = {.data = archive->image.data + header->table_offset,
                                .size = (size_t)size};
    if (archive_checksum(found) != header->table_checksum) {
        return corrupt(archive, fault, "the section table does not match its checksum");
    }
    *table = found;
    return STATUS_OK;
}

static bool kind_is_new(const struct archive *archive, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (archive->sections[i].kind == archive->sections[count].kind) {
            return false;
        }
    }
    return true;
}

// Sections follow one another and the header without a gap but alignment, up to the table.
static enum status table_read(struct archive *archive, struct fault *fault)
{
    struct bytes table = {0};
    TRY(table_locate(archive, &table, fault));
    uint64_t expected = ARCHIVE_HEADER_SIZE;
    for (size_t i = 0; i < archive->header.section_count; i++) {
        struct archive_section_info *const info = &archive->sections[i];
        if (!archive_entry_decode(table.data + i * ARCHIVE_ENTRY_SIZE, info) ||
            info->offset != expected || info->size > archive->header.table_offset - expected ||
            !kind_is_new(archive, i)) {
            return corrupt(archive, fault, "the section table contradicts itself");
        }
        expected = archive_aligned(info->offset + info->size);
        if (expected > archive->header.table_offset) {
            return corrupt(archive, fault, "a section reaches into the section table");
        }
    }
    if (expected != archive->header.table_offset) {
        return corrupt(archive, fault, "there are bytes that belong to no section");
    }
    return STATUS_OK;
}

static enum status no_memory(const char *path, struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory to open %s", path);
}

// An archive that knows its name and nothing else.
static enum status archive_new(struct memory_account *account, const char *path,
                               struct archive **archive, struct fault *fault)
{
    struct archive *const made = memory_take_zeroed(account, 1, sizeof(*made));
    const size_t path_size = strlen(path) + 1;
    char *const copy = memory_take(account, path_size, 1);
    if (made == NULL || copy == NULL) {
        memory_give(made);
        memory_give(copy);
        return no_memory(path, fault);
    }
    memcpy(copy, path, path_size);
    made->path = copy;
    *archive = made;
    return STATUS_OK;
}

static enum status image_read(struct archive *archive, struct memory_account *account,
                              struct fault *fault)
{
    TRY(header_read(archive, fault));
    const uint32_t count = archive->header.section_count;
    archive->sections = memory_take_zeroed(account, count + 1, sizeof(*archive->sections));
    if (archive->sections == NULL) {
        return no_memory(archive->path, fault);
    }
    TRY(table_read(archive, fault));
    return archive_is_poisoned(archive)
               ? corrupt(archive, fault, "it was cut short while it was being opened")
               : STATUS_OK;
}

static void archive_release(struct archive **archive)
{
    archive_close(*archive);
}

enum status archive_open(const struct sys *sys, struct memory_account *account, const char *path,
                         struct archive **archive, struct fault *fault)
{
    SCOPED(archive_release) struct archive *opened = NULL;
    TRY(archive_new(account, path, &opened, fault));
    TRY(mapping_open(sys, path, &opened->mapping, fault));
    opened->sys = sys;
    opened->image = mapping_bytes(&opened->mapping);
    TRY(image_read(opened, account, fault));
    *archive = opened;
    opened = NULL;
    return STATUS_OK;
}

enum status archive_open_bytes(struct memory_account *account, struct bytes image, const char *name,
                               struct archive **archive, struct fault *fault)
{
    SCOPED(archive_release) struct archive *opened = NULL;
    TRY(archive_new(account, name, &opened, fault));
    opened->image = image;
    TRY(image_read(opened, account, fault));
    *archive = opened;
    opened = NULL;
    return STATUS_OK;
}

void archive_close(struct archive *archive)
{
    if (archive != NULL) {
        mapping_close(&archive->mapping);
        memory_give(archive->sections);
        memory_give(archive->path);
        memory_give(archive);
    }
}

static const struct archive_section_info *find(const struct archive *archive, uint32_t kind)
{
    for (size_t i = 0; i < archive->header.section_count; i++) {
        if (archive->sections[i].kind == kind) {
            return &archive->sections[i];
        }
    }
    return NULL;
}

static struct bytes bytes_of(const struct archive *archive, const struct archive_section_info *info)
{
    return (struct bytes){.data = archive->image.data + info->offset, .size = (size_t)info->size};
}

struct bytes archive_section(const struct archive *archive, uint32_t kind)
{
    const struct archive_section_info *const info = find(archive, kind);
    return info == NULL ? (struct bytes){0} : bytes_of(archive, info);
}

struct archive_items archive_section_items(const struct archive *archive, uint32_t kind,
                                           uint32_t item_size)
{
    const struct archive_section_info *const info = find(archive, kind);
    if (info == NULL || info->item_size != item_size) {
        return (struct archive_items){0};
    }
    return (struct archive_items){.data = bytes_of(archive, info).data,
                                  .count = (size_t)info->item_count};
}

size_t archive_section_count(const struct archive *archive)
{
    return archive->header.section_count;
}

struct archive_section_info archive_section_at(const struct archive *archive, size_t index)
{
    return archive->sections[index];
}

struct archive_summary archive_describe(const struct archive *archive)
{
    return (struct archive_summary){.path = archive->path,
                                    .size = archive->image.size,
                                    .major = archive->header.major,
                                    .minor = archive->header.minor,
                                    .root = archive->header.root};
}

static const struct archive_known *known_find(const struct archive_known *known, size_t count,
                                              uint32_t kind)
{
    for (size_t i = 0; i < count; i++) {
        if (known[i].kind == kind) {
            return &known[i];
        }
    }
    return NULL;
}

static enum status section_expect(const struct archive *archive,
                                  const struct archive_section_info *info,
                                  const struct archive_known *known, struct fault *fault)
{
    if (known == NULL && !info->is_required) {
        return STATUS_OK;
    }
    if (known == NULL || info->version > known->version) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s needs a reader of its section %s, version %u, which this rhumb does "
                         "not know; use the rhumb that wrote it, or build it again with this one: "
                         "rhumb build -o %s INPUT...",
                         archive->path, info->name, info->version, archive->path);
    }
    if (info->item_size != known->item_size) {
        char what[96];
        (void)snprintf(what, sizeof(what), "section %s has items of %u bytes and should have %u",
                       info->name, info->item_size, known->item_size);
        return corrupt(archive, fault, what);
    }
    return STATUS_OK;
}

enum status archive_expect(const struct archive *archive, const struct archive_known *known,
                           size_t count, struct fault *fault)
{
    for (size_t i = 0; i < archive->header.section_count; i++) {
        const struct archive_section_info *const info = &archive->sections[i];
        TRY(section_expect(archive, info, known_find(known, count, info->kind), fault));
    }
    for (size_t i = 0; i < count; i++) {
        if (known[i].is_needed && find(archive, known[i].kind) == NULL) {
            struct archive_section_info missing = {.kind = known[i].kind};
            archive_name_fill(&missing);
            char what[96];
            (void)snprintf(what, sizeof(what), "section %s is missing", missing.name);
            return corrupt(archive, fault, what);
        }
    }
    return STATUS_OK;
}

// A change within the kernel's tick of the file's ctime would not show in it: wait until any later
// change must, before believing what is read from here on.
static void wait_for_ctime(const struct archive *archive)
{
    if (archive->sys != NULL) {
        const int64_t age_us =
            archive->sys->wall_us(archive->sys) - archive->mapping.stat.ctime_ns / 1000;
        if (age_us < CTIME_STEP_US) {
            archive->sys->sleep(archive->sys, CTIME_STEP_US);
        }
    }
}

static bool is_zero(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum status section_check(const struct archive *archive,
                                 const struct archive_section_info *info, struct fault *fault)
{
    const struct bytes bytes = bytes_of(archive, info);
    const uint64_t end = info->offset + info->size;
    const struct bytes padding = {.data = archive->image.data + end,
                                  .size = (size_t)(archive_aligned(end) - end)};
    char what[96];
    if (archive_checksum(bytes) != info->checksum) {
        (void)snprintf(what, sizeof(what), "section %s does not match its checksum", info->name);
        return corrupt(archive, fault, what);
    }
    if (!is_zero(padding)) {
        (void)snprintf(what, sizeof(what), "there are bytes after section %s", info->name);
        return corrupt(archive, fault, what);
    }
    return STATUS_OK;
}

enum status archive_check(const struct archive *archive, struct fault *fault)
{
    wait_for_ctime(archive);
    if (archive->sys != NULL) {
        (void)mapping_advise(&archive->mapping, archive->image, SYS_ADVICE_SEQUENTIAL);
    }
    for (size_t i = 0; i < archive->header.section_count; i++) {
        TRY(section_check(archive, &archive->sections[i], fault));
    }
    if (archive->sys != NULL) {
        (void)mapping_advise(&archive->mapping, archive->image, SYS_ADVICE_NORMAL);
    }
    return archive_is_poisoned(archive)
               ? corrupt(archive, fault, "it was cut short while it was being read")
               : STATUS_OK;
}

bool archive_is_poisoned(const struct archive *archive)
{
    return mapping_is_poisoned(&archive->mapping);
}

uint64_t archive_lock(const struct archive *archive, const uint32_t *kinds, size_t count)
{
    uint64_t locked_size = 0;
    for (size_t i = 0; i < count && archive->sys != NULL; i++) {
        const struct bytes bytes = archive_section(archive, kinds[i]);
        (void)mapping_advise(&archive->mapping, bytes, SYS_ADVICE_NEEDED);
        if (mapping_advise(&archive->mapping, bytes, SYS_ADVICE_LOCK)) {
            locked_size += bytes.size;
        }
    }
    return locked_size;
}

// The one line of the stamp: equal bytes, equal file.
static size_t stamp_format(const struct archive *archive, uint32_t checks_version, char *line,
                           size_t capacity)
{
    const struct sys_stat *const stat = &archive->mapping.stat;
    const int size = snprintf(line, capacity,
                              "rhumb stamp 1: checks %u passed; inode %llu size %llu mtime %lld "
                              "ctime %lld root %016llx\n",
                              checks_version, (unsigned long long)stat->inode,
                              (unsigned long long)stat->size, (long long)stat->mtime_ns,
                              (long long)stat->ctime_ns, (unsigned long long)archive->header.root);
    return size > 0 && (size_t)size < capacity ? (size_t)size : 0;
}

enum { STAMP_SIZE_MAX = 256 };

static bool stamp_path(const struct archive *archive, char *path, size_t capacity)
{
    const char *const name = file_base_name(archive->path);
    const int size =
        snprintf(path, capacity, "%.*s.%s.stamp", (int)(name - archive->path), archive->path, name);
    return size > 0 && (size_t)size < capacity;
}

static bool stamp_is_ours(const struct sys *sys, const struct sys_stat *stat)
{
    return stat->is_regular && (stat->owner == 0 || stat->owner == sys->user(sys)) &&
           (stat->mode & 0022) == 0 && stat->size < STAMP_SIZE_MAX;
}

bool archive_is_stamped(const struct archive *archive, uint32_t checks_version)
{
    const struct sys *const sys = archive->sys;
    char path[FILE_PATH_MAX];
    if (sys == NULL || !stamp_path(archive, path, sizeof(path))) {
        return false;
    }
    SCOPED(file_close) struct file file = {0};
    struct sys_stat stat;
    char expected[STAMP_SIZE_MAX];
    char found[STAMP_SIZE_MAX];
    const size_t size = stamp_format(archive, checks_version, expected, sizeof(expected));
    return file_open(sys, path, SYS_OPEN_READ, &file, NULL) == STATUS_OK &&
           file_stat(&file, &stat, NULL) == STATUS_OK && stamp_is_ours(sys, &stat) &&
           stat.size == size && size != 0 &&
           file_read_at(&file, found, size, 0, NULL) == STATUS_OK &&
           memcmp(found, expected, size) == 0;
}

enum status archive_stamp(const struct archive *archive, uint32_t checks_version,
                          struct fault *fault)
{
    const struct sys *const sys = archive->sys;
    char path[FILE_PATH_MAX];
    char line[STAMP_SIZE_MAX];
    const size_t size = stamp_format(archive, checks_version, line, sizeof(line));
    if (sys == NULL || size == 0 || !stamp_path(archive, path, sizeof(path))) {
        return STATUS_OK;
    }
    struct sys_stat now;
    TRY(sys->stat_path(sys, archive->path, &now, fault));
    const struct sys_stat *const then = &archive->mapping.stat;
    if (now.inode != then->inode) {
        return STATUS_OK; // another file has taken its name; this one needs no stamp any more
    }
    if (now.size != then->size || now.mtime_ns != then->mtime_ns ||
        now.ctime_ns != then->ctime_ns || archive_is_poisoned(archive)) {
        return corrupt(archive, fault, "it changed while it was being checked");
    }
    const struct bytes content = {.data = (const uint8_t *)line, .size = size};
    status_ignore(file_replace(sys, path, content, NULL), "a read-only folder gets no stamp");
    return STATUS_OK;
}
