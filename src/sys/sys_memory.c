#include "sys/sys_memory.h"

#include <assert.h>
#include <string.h>

#include "sys/file.h"
#include "sys/sys_memory_private.h"

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
    TRY(sys_memory_node_open(memory, path, mode, &node, fault));
    memory->descriptors[free_one] = (struct descriptor){.is_open = true, .node = node};
    *descriptor = free_one;
    return STATUS_OK;
}

static void memory_close(const struct sys *sys, int descriptor)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    memory->descriptors[descriptor].is_open = false;
    sys_memory_reap(memory);
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
    *got = sys_memory_content_read(node, data, size, offset);
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
    *got = sys_memory_content_read(node, data, size, memory->descriptors[descriptor].position);
    memory->descriptors[descriptor].position += *got;
    return STATUS_OK;
}

static enum status content_write(struct sys_memory *memory, struct node *node, const void *data,
                                 size_t size, uint64_t offset, struct fault *fault)
{
    if (node == NULL) {
        return closed(fault);
    }
    const bool is_torn = is_made_to_fail(memory);
    const size_t written = is_torn ? (size_t)(sys_memory_chance(memory) % (size + 1)) : size;
    if (offset + written > node->content.size) {
        TRY(sys_memory_content_resize(memory, node, offset + written, fault));
    }
    if (written != 0) {
        memcpy(node->content.data + offset, data, written);
    }
    node->mtime_ns = node->ctime_ns = sys_memory_now_us(memory) * 1000;
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
    return node == NULL ? closed(fault) : sys_memory_content_resize(memory, node, size, fault);
}

static enum status memory_preallocate(const struct sys *sys, int descriptor, uint64_t size,
                                      struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    struct node *const node = node_of(memory, descriptor);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "set bytes aside");
    }
    return node == NULL                 ? closed(fault)
           : size <= node->content.size ? STATUS_OK
                                        : sys_memory_content_resize(memory, node, size, fault);
}

static enum status memory_lock(const struct sys *sys, int descriptor, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return is_made_to_fail(memory) ? made_to_fail(fault, "lock")
                                   : sys_memory_descriptor_lock(memory, descriptor, fault);
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
    const struct node *const node = sys_memory_node_find(memory, path);
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
    struct name *const old = sys_memory_name_find(memory, from);
    if (old == NULL || !old->is_there) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot rename %s: no such file", from);
    }
    old->is_there = false;
    memory->nodes[old->node].ctime_ns = sys_memory_now_us(memory) * 1000;
    const size_t old_index =
        (size_t)(old - memory->names); // sys_memory_name_put may move the names
    const enum status status = sys_memory_name_put(memory, to, old->node, fault);
    if (status != STATUS_OK) {
        memory->names[old_index].is_there = true;
        return status;
    }
    sys_memory_reap(memory);
    return STATUS_OK;
}

static enum status memory_unlink(const struct sys *sys, const char *path, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "remove");
    }
    struct name *const name = sys_memory_name_find(memory, path);
    if (name == NULL || !name->is_there) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot remove %s: no such file", path);
    }
    name->is_there = false;
    sys_memory_reap(memory);
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
    return sys_memory_has_directory(memory, path)
               ? STATUS_OK
               : sys_memory_create(memory, path, 0755, true, &node, fault);
}

static enum status memory_list_directory(const struct sys *sys, const char *path,
                                         void (*each)(void *context, const char *name),
                                         void *context, struct fault *fault)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    if (is_made_to_fail(memory)) {
        return made_to_fail(fault, "list");
    }
    if (!sys_memory_has_directory(memory, path)) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot list %s: no such folder", path);
    }
    for (size_t i = 0; i < memory->name_count; i++) {
        if (memory->names[i].is_there && sys_memory_is_inside(memory->names[i].path, path)) {
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
        if (sys_memory_is_inside(name->path, path)) {
            name->is_synced = name->is_there;
            name->synced_node = name->node;
        }
    }
    sys_memory_reap(memory);
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
        return sys_memory_full(fault);
    }
    (void)sys_memory_content_read(node, data, size, 0);
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

static uint32_t memory_process(const struct sys *sys)
{
    (void)sys;
    return 1;
}

static uint32_t memory_user(const struct sys *sys)
{
    (void)sys;
    return 1000;
}

static int64_t memory_wall_us(const struct sys *sys)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return sys_memory_now_us(memory);
}

static int64_t memory_monotonic_us(const struct sys *sys)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return memory->now_us;
}

static uint64_t memory_random(const struct sys *sys)
{
    SCOPED(lock_give) struct sys_memory *memory = lock_take(sys);
    return sys_memory_chance(memory);
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
    .preallocate = memory_preallocate,
    .sync = memory_sync,
    .sync_data = memory_sync,
    .lock = memory_lock,
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
    .process = memory_process,
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
