#include "sys/sys_memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "sys/file.h"

enum { SECTOR_SIZE = 512, NAME_MAX_SIZE = 256, REGIONS_MAX = 64, DESCRIPTORS_MAX = 256 };

static const int64_t CLOCK_START_US = INT64_C(1767225600000000);

// A file or folder. Lives while it has a name, now or after a crash, or is open.
struct node {
    bool is_used;
    bool is_directory;
    uint32_t mode;
    uint64_t inode;
    int64_t mtime_ns, ctime_ns;
    struct buffer content;
    struct buffer synced; // what a crash leaves
};

struct name {
    char path[NAME_MAX_SIZE];
    size_t node;
    bool is_there;  // now
    bool is_synced; // after a crash; then it leads to synced_node
    size_t synced_node;
};

struct descriptor {
    bool is_open;
    size_t node;
    uint64_t position;
};

struct region {
    uint8_t *data;
    size_t size;
    size_t node;
    bool is_holed;
};

struct sys_memory {
    struct sys table;
    struct memory_account *account;
    pthread_mutex_t lock; // of everything below
    uint64_t chance;
    int64_t now_us;
    uint64_t fail_countdown;
    bool has_failed;
    uint64_t inode_next;
    struct node *nodes;
    size_t node_count, node_capacity;
    struct name *names;
    size_t name_count, name_capacity;
    struct descriptor descriptors[DESCRIPTORS_MAX];
    struct region regions[REGIONS_MAX];
};

// The lock is taken and given in the same function: SCOPED(lock_give).
static struct sys_memory *lock_take(const struct sys *sys)
{
    struct sys_memory *const memory = sys->context;
    (void)pthread_mutex_lock(&memory->lock);
    return memory;
}

static void lock_give(struct sys_memory **memory)
{
    (void)pthread_mutex_unlock(&(*memory)->lock);
}

// splitmix64, as in base/test.h.
static uint64_t chance_next(struct sys_memory *memory)
{
    uint64_t z = (memory->chance += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool is_made_to_fail(struct sys_memory *memory)
{
    if (memory->fail_countdown == 0 || --memory->fail_countdown != 0) {
        return false;
    }
    memory->has_failed = true;
    return true;
}

static enum status made_to_fail(struct fault *fault, const char *call)
{
    return fault_set(fault, STATUS_IO, "cannot %s: made to fail by the test", call);
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "the disk in memory is full");
}

static int64_t now_ns(const struct sys_memory *memory)
{
    return (CLOCK_START_US + memory->now_us) * 1000;
}

static struct name *name_find(struct sys_memory *memory, const char *path)
{
    for (size_t i = 0; i < memory->name_count; i++) {
        if (strcmp(memory->names[i].path, path) == 0) {
            return &memory->names[i];
        }
    }
    return NULL;
}

static struct node *node_find(struct sys_memory *memory, const char *path)
{
    const struct name *const name = name_find(memory, path);
    return name == NULL || !name->is_there ? NULL : &memory->nodes[name->node];
}

static bool node_is_there(const struct sys_memory *memory, size_t node)
{
    for (size_t i = 0; i < memory->name_count; i++) {
        if (memory->names[i].is_there && memory->names[i].node == node) {
            return true;
        }
    }
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++) {
        if (memory->descriptors[i].is_open && memory->descriptors[i].node == node) {
            return true;
        }
    }
    return false;
}

// There, or back after a crash.
static bool node_is_alive(const struct sys_memory *memory, size_t node)
{
    for (size_t i = 0; i < memory->name_count; i++) {
        if (memory->names[i].is_synced && memory->names[i].synced_node == node) {
            return true;
        }
    }
    return node_is_there(memory, node);
}

static void nodes_reap(struct sys_memory *memory)
{
    for (size_t i = 0; i < memory->node_count; i++) {
        if (memory->nodes[i].is_used && !node_is_alive(memory, i)) {
            buffer_free(&memory->nodes[i].content);
            buffer_free(&memory->nodes[i].synced);
            memory->nodes[i] = (struct node){0};
        }
    }
}

static enum status node_make(struct sys_memory *memory, uint32_t mode, bool is_directory,
                             size_t *node, struct fault *fault)
{
    size_t free_one = 0;
    while (free_one < memory->node_count && memory->nodes[free_one].is_used) {
        free_one++;
    }
    if (!memory_grow(memory->account, &memory->nodes, &memory->node_capacity, free_one + 1,
                     sizeof(*memory->nodes))) {
        return no_memory(fault);
    }
    memory->node_count = free_one < memory->node_count ? memory->node_count : free_one + 1;
    memory->nodes[free_one] = (struct node){.is_used = true,
                                            .is_directory = is_directory,
                                            .mode = mode,
                                            .inode = ++memory->inode_next,
                                            .mtime_ns = now_ns(memory),
                                            .ctime_ns = now_ns(memory),
                                            .content = {.account = memory->account},
                                            .synced = {.account = memory->account}};
    *node = free_one;
    return STATUS_OK;
}

// Makes `path` lead to `node` from now on.
static enum status name_put(struct sys_memory *memory, const char *path, size_t node,
                            struct fault *fault)
{
    struct name *name = name_find(memory, path);
    if (name == NULL) {
        if (strlen(path) >= NAME_MAX_SIZE ||
            !memory_grow(memory->account, &memory->names, &memory->name_capacity,
                         memory->name_count + 1, sizeof(*memory->names))) {
            return no_memory(fault);
        }
        name = &memory->names[memory->name_count++];
        *name = (struct name){0};
        memcpy(name->path, path, strlen(path) + 1);
    }
    name->node = node;
    name->is_there = true;
    return STATUS_OK;
}

static bool has_directory(struct sys_memory *memory, const char *path)
{
    if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0) {
        return true;
    }
    const struct node *const node = node_find(memory, path);
    return node != NULL && node->is_directory;
}

static bool is_inside(const char *path, const char *directory)
{
    char parent[FILE_PATH_MAX];
    return file_directory(path, parent, sizeof(parent), NULL) == STATUS_OK &&
           strcmp(parent, directory) == 0;
}

static enum status name_create(struct sys_memory *memory, const char *path, uint32_t mode,
                               bool is_directory, size_t *node, struct fault *fault)
{
    char parent[FILE_PATH_MAX];
    TRY(file_directory(path, parent, sizeof(parent), fault));
    if (!has_directory(memory, parent)) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot create %s: no folder %s", path, parent);
    }
    if (node_find(memory, path) != NULL) {
        return fault_set(fault, STATUS_BUSY, "cannot create %s: it exists", path);
    }
    TRY(node_make(memory, mode, is_directory, node, fault));
    return name_put(memory, path, *node, fault);
}

static enum status node_open(struct sys_memory *memory, const char *path, enum sys_open_mode mode,
                             size_t *node, struct fault *fault)
{
    switch (mode) {
    case SYS_OPEN_CREATE:
        return name_create(memory, path, 0644, false, node, fault);
    case SYS_OPEN_PRIVATE:
        return name_create(memory, path, 0600, false, node, fault);
    case SYS_OPEN_TEMPORARY:
        if (!has_directory(memory, path)) {
            return fault_set(fault, STATUS_NOT_FOUND, "cannot open a temporary file in %s", path);
        }
        return node_make(memory, 0600, false, node, fault);
    case SYS_OPEN_READ:
    case SYS_OPEN_WRITE:
    case SYS_OPEN_SEQUENTIAL:
        break;
    }
    const struct name *const name = name_find(memory, path);
    if (name == NULL || !name->is_there) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot open %s: no such file", path);
    }
    *node = name->node;
    return STATUS_OK;
}

static enum status memory_open(const struct sys *sys, const char *path, enum sys_open_mode mode,
                               int *descriptor, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "open");
    }
    int free_one = 0;
    while (free_one < DESCRIPTORS_MAX && memory->descriptors[free_one].is_open) {
        free_one++;
    }
    if (free_one == DESCRIPTORS_MAX) {
        return fault_set(fault, STATUS_IO, "cannot open %s: too many open files", path);
    }
    size_t node;
    TRY(node_open(memory, path, mode, &node, fault));
    memory->descriptors[free_one] = (struct descriptor){.is_open = true, .node = node};
    *descriptor = free_one;
    return STATUS_OK;
}

static void memory_close(const struct sys *sys, int descriptor)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    memory->descriptors[descriptor].is_open = false;
    nodes_reap(memory);
}

// NULL when the descriptor did not outlive a crash.
static struct node *node_of(struct sys_memory *memory, int descriptor)
{
    const struct descriptor *const found = &memory->descriptors[descriptor];
    return found->is_open ? &memory->nodes[found->node] : NULL;
}

static enum status closed(struct fault *fault)
{
    return fault_set(fault, STATUS_IO, "the file is not open any more");
}

static size_t content_read(const struct node *node, void *data, size_t size, uint64_t offset)
{
    if (offset >= node->content.size) {
        return 0;
    }
    const size_t left = node->content.size - (size_t)offset;
    const size_t taken = size < left ? size : left;
    if (taken != 0) {
        memcpy(data, node->content.data + offset, taken);
    }
    return taken;
}

static enum status memory_read_at(const struct sys *sys, int descriptor, void *data, size_t size,
                                  uint64_t offset, size_t *got, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    const struct node *const node = node_of(memory, descriptor);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "read");
    }
    if (node == NULL) {
        return closed(fault);
    }
    *got = content_read(node, data, size, offset);
    return STATUS_OK;
}

static enum status memory_read(const struct sys *sys, int descriptor, void *data, size_t size,
                               size_t *got, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    const struct node *const node = node_of(memory, descriptor);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "read");
    }
    if (node == NULL) {
        return closed(fault);
    }
    *got = content_read(node, data, size, memory->descriptors[descriptor].position);
    memory->descriptors[descriptor].position += *got;
    return STATUS_OK;
}

static void regions_cut(struct sys_memory *memory, size_t node, uint64_t size)
{
    for (size_t i = 0; i < REGIONS_MAX; i++) {
        struct region *const region = &memory->regions[i];
        if (region->data != NULL && region->node == node && size < region->size) {
            memset(region->data + size, 0, region->size - (size_t)size);
            region->is_holed = true;
        }
    }
}

static enum status content_resize(struct sys_memory *memory, struct node *node, uint64_t size,
                                  struct fault *fault)
{
    if (size > node->content.size) {
        const size_t more = (size_t)size - node->content.size;
        uint8_t *const room = buffer_reserve(&node->content, more);
        if (room == NULL) {
            return no_memory(fault);
        }
        memset(room, 0, more);
    }
    node->content.size = (size_t)size;
    node->mtime_ns = node->ctime_ns = now_ns(memory);
    regions_cut(memory, (size_t)(node - memory->nodes), size);
    return STATUS_OK;
}

static enum status content_write(struct sys_memory *memory, struct node *node, const void *data,
                                 size_t size, uint64_t offset, struct fault *fault)
{
    if (node == NULL) {
        return closed(fault);
    }
    const bool is_torn = is_made_to_fail(memory);
    const size_t written = is_torn ? (size_t)(chance_next(memory) % (size + 1)) : size;
    if (offset + written > node->content.size) {
        TRY(content_resize(memory, node, offset + written, fault));
    }
    if (written != 0) {
        memcpy(node->content.data + offset, data, written);
    }
    node->mtime_ns = node->ctime_ns = now_ns(memory);
    return is_torn ? made_to_fail(fault, "write") : STATUS_OK;
}

static enum status memory_write_at(const struct sys *sys, int descriptor, const void *data,
                                   size_t size, uint64_t offset, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return content_write(memory, node_of(memory, descriptor), data, size, offset, fault);
}

static enum status memory_write(const struct sys *sys, int descriptor, const void *data,
                                size_t size, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    struct descriptor *const at = &memory->descriptors[descriptor];
    TRY(content_write(memory, node_of(memory, descriptor), data, size, at->position, fault));
    at->position += size;
    return STATUS_OK;
}

static void memory_fetch(const struct sys *sys, int descriptor, uint64_t offset, uint64_t size)
{
    (void)sys;
    (void)descriptor;
    (void)offset;
    (void)size;
}

static enum status memory_truncate(const struct sys *sys, int descriptor, uint64_t size,
                                   struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    struct node *const node = node_of(memory, descriptor);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "set the size");
    }
    return node == NULL ? closed(fault) : content_resize(memory, node, size, fault);
}

static enum status memory_sync(const struct sys *sys, int descriptor, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    struct node *const node = node_of(memory, descriptor);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "sync");
    }
    if (node == NULL) {
        return closed(fault);
    }
    buffer_clear(&node->synced);
    buffer_append_bytes(&node->synced, buffer_bytes(&node->content));
    return buffer_status(&node->synced);
}

static struct sys_stat stat_of(const struct node *node)
{
    return (struct sys_stat){.inode = node->inode,
                             .size = node->content.size,
                             .mtime_ns = node->mtime_ns,
                             .ctime_ns = node->ctime_ns,
                             .owner = 1000,
                             .mode = node->mode,
                             .is_directory = node->is_directory,
                             .is_regular = !node->is_directory};
}

static enum status memory_stat(const struct sys *sys, int descriptor, struct sys_stat *stat,
                               struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    const struct node *const node = node_of(memory, descriptor);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "stat");
    }
    if (node == NULL) {
        return closed(fault);
    }
    *stat = stat_of(node);
    return STATUS_OK;
}

static enum status memory_stat_path(const struct sys *sys, const char *path, struct sys_stat *stat,
                                    struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "stat");
    }
    const struct node *const node = node_find(memory, path);
    if (node == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot stat %s: no such file", path);
    }
    *stat = stat_of(node);
    return STATUS_OK;
}

static enum status memory_rename(const struct sys *sys, const char *from, const char *to,
                                 struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "rename");
    }
    struct name *const old = name_find(memory, from);
    if (old == NULL || !old->is_there) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot rename %s: no such file", from);
    }
    old->is_there = false;
    memory->nodes[old->node].ctime_ns = now_ns(memory);
    const size_t old_index = (size_t)(old - memory->names); // name_put may move the names
    const enum status status = name_put(memory, to, old->node, fault);
    if (status != STATUS_OK) {
        memory->names[old_index].is_there = true;
        return status;
    }
    nodes_reap(memory);
    return STATUS_OK;
}

static enum status memory_unlink(const struct sys *sys, const char *path, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "remove");
    }
    struct name *const name = name_find(memory, path);
    if (name == NULL || !name->is_there) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot remove %s: no such file", path);
    }
    name->is_there = false;
    nodes_reap(memory);
    return STATUS_OK;
}

static enum status memory_make_directory(const struct sys *sys, const char *path,
                                         struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "make a folder");
    }
    size_t node;
    return has_directory(memory, path) ? STATUS_OK
                                       : name_create(memory, path, 0755, true, &node, fault);
}

static enum status memory_list_directory(const struct sys *sys, const char *path,
                                         void (*each)(void *context, const char *name),
                                         void *context, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "list");
    }
    if (!has_directory(memory, path)) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot list %s: no such folder", path);
    }
    for (size_t i = 0; i < memory->name_count; i++) {
        if (memory->names[i].is_there && is_inside(memory->names[i].path, path)) {
            each(context, file_base_name(memory->names[i].path));
        }
    }
    return STATUS_OK;
}

static enum status memory_sync_directory(const struct sys *sys, const char *path,
                                         struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "sync a folder");
    }
    for (size_t i = 0; i < memory->name_count; i++) {
        struct name *const name = &memory->names[i];
        if (is_inside(name->path, path)) {
            name->is_synced = name->is_there;
            name->synced_node = name->node;
        }
    }
    nodes_reap(memory);
    return STATUS_OK;
}

static enum status memory_map(const struct sys *sys, int descriptor, size_t size,
                              struct sys_region *region, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    const struct node *const node = node_of(memory, descriptor);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "map");
    }
    if (node == NULL) {
        return closed(fault);
    }
    int free_one = 0;
    while (free_one < REGIONS_MAX && memory->regions[free_one].data != NULL) {
        free_one++;
    }
    uint8_t *const data =
        free_one == REGIONS_MAX ? NULL : memory_take_zeroed(memory->account, size, 1);
    if (data == NULL) {
        return no_memory(fault);
    }
    (void)content_read(node, data, size, 0);
    memory->regions[free_one] =
        (struct region){.data = data, .size = size, .node = memory->descriptors[descriptor].node};
    *region = (struct sys_region){.data = data, .size = size, .hole = free_one};
    return STATUS_OK;
}

static void memory_unmap(const struct sys *sys, struct sys_region *region)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    memory_give(memory->regions[region->hole].data);
    memory->regions[region->hole] = (struct region){0};
    *region = (struct sys_region){0};
}

static bool memory_is_holed(const struct sys *sys, const struct sys_region *region)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return memory->regions[region->hole].is_holed;
}

static bool memory_advise(const struct sys *sys, const void *data, size_t size,
                          enum sys_advice advice)
{
    (void)sys;
    (void)data;
    (void)size;
    (void)advice;
    return true;
}

static uint32_t memory_user(const struct sys *sys)
{
    (void)sys;
    return 1000;
}

static int64_t memory_wall_us(const struct sys *sys)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return CLOCK_START_US + memory->now_us;
}

static int64_t memory_monotonic_us(const struct sys *sys)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return memory->now_us;
}

static uint64_t memory_random(const struct sys *sys)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return chance_next(memory);
}

static void memory_sleep(const struct sys *sys, int64_t duration_us)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    memory->now_us += duration_us;
}

static const struct sys memory_table = {
    .open = memory_open,
    .close = memory_close,
    .read_at = memory_read_at,
    .write_at = memory_write_at,
    .read = memory_read,
    .write = memory_write,
    .fetch = memory_fetch,
    .truncate = memory_truncate,
    .sync = memory_sync,
    .stat = memory_stat,
    .stat_path = memory_stat_path,
    .rename = memory_rename,
    .unlink = memory_unlink,
    .make_directory = memory_make_directory,
    .list_directory = memory_list_directory,
    .sync_directory = memory_sync_directory,
    .map = memory_map,
    .unmap = memory_unmap,
    .is_holed = memory_is_holed,
    .advise = memory_advise,
    .user = memory_user,
    .wall_us = memory_wall_us,
    .monotonic_us = memory_monotonic_us,
    .random = memory_random,
    .sleep = memory_sleep,
};

enum status sys_memory_new(struct memory_account *account, uint64_t seed,
                           struct sys_memory **memory, struct fault *fault)
{
    struct sys_memory *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a disk in memory");
    }
    made->table = memory_table;
    made->table.context = made;
    made->account = account;
    made->chance = seed;
    (void)pthread_mutex_init(&made->lock, NULL);
    *memory = made;
    return STATUS_OK;
}

void sys_memory_free(struct sys_memory *memory)
{
    if (memory == NULL) {
        return;
    }
    for (size_t i = 0; i < REGIONS_MAX; i++) {
        assert(memory->regions[i].data == NULL);
    }
    for (size_t i = 0; i < memory->node_count; i++) {
        buffer_free(&memory->nodes[i].content);
        buffer_free(&memory->nodes[i].synced);
    }
    (void)pthread_mutex_destroy(&memory->lock);
    memory_give(memory->nodes);
    memory_give(memory->names);
    memory_give(memory);
}

const struct sys *sys_memory_table(struct sys_memory *memory)
{
    return &memory->table;
}

void sys_memory_pass(struct sys_memory *memory, int64_t duration_us)
{
    memory_sleep(&memory->table, duration_us);
}

void sys_memory_fail_at(struct sys_memory *memory, uint64_t call)
{
    memory->fail_countdown = call;
    memory->has_failed = false;
}

bool sys_memory_has_failed(const struct sys_memory *memory)
{
    return memory->has_failed;
}

// Each sector of what was written since the last sync has reached the disk or has not; the size too.
static void node_tear(struct sys_memory *memory, struct node *node)
{
    const size_t new_size = node->content.size;
    const size_t old_size = node->synced.size;
    for (size_t at = 0; at < new_size; at += SECTOR_SIZE) {
        const size_t end = at + SECTOR_SIZE < new_size ? at + SECTOR_SIZE : new_size;
        if ((chance_next(memory) & 1) != 0) {
            continue;
        }
        for (size_t i = at; i < end; i++) {
            node->content.data[i] = i < old_size ? node->synced.data[i] : 0;
        }
    }
    if ((chance_next(memory) & 1) != 0 && old_size <= new_size) {
        node->content.size = old_size;
    }
}

void sys_memory_crash(struct sys_memory *memory)
{
    (void)pthread_mutex_lock(&memory->lock);
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++) {
        memory->descriptors[i].is_open = false;
    }
    for (size_t i = 0; i < memory->name_count; i++) {
        struct name *const name = &memory->names[i];
        name->is_there = name->is_synced;
        name->node = name->synced_node;
    }
    nodes_reap(memory);
    for (size_t i = 0; i < memory->node_count; i++) {
        struct node *const node = &memory->nodes[i];
        if (node->is_used &&
            !bytes_equal(buffer_bytes(&node->content), buffer_bytes(&node->synced))) {
            node_tear(memory, node);
        }
    }
    (void)pthread_mutex_unlock(&memory->lock);
}

size_t sys_memory_file_count(const struct sys_memory *memory)
{
    size_t count = 0;
    for (size_t i = 0; i < memory->node_count; i++) {
        count +=
            memory->nodes[i].is_used && !memory->nodes[i].is_directory && node_is_there(memory, i);
    }
    return count;
}
