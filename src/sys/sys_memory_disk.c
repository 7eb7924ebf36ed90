#include <string.h>

#include "sys/file.h"
#include "sys/sys_memory_private.h"

enum { SECTOR_SIZE = 512 };

// 2026-01-01T00:00:00Z.
static const int64_t CLOCK_START_US = INT64_C(1767225600000000);

// splitmix64, as in base/test.h.
uint64_t sys_memory_chance(struct sys_memory *memory)
{
    uint64_t z = (memory->chance += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

int64_t sys_memory_now_us(const struct sys_memory *memory)
{
    return CLOCK_START_US + memory->now_us;
}

enum status sys_memory_full(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "the disk in memory is full");
}

struct name *sys_memory_name_find(struct sys_memory *memory, const char *path)
{
    for (size_t i = 0; i < memory->name_count; i++) {
        if (strcmp(memory->names[i].path, path) == 0) {
            return &memory->names[i];
        }
    }
    return NULL;
}

struct node *sys_memory_node_find(struct sys_memory *memory, const char *path)
{
    const struct name *const name = sys_memory_name_find(memory, path);
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

void sys_memory_reap(struct sys_memory *memory)
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
        return sys_memory_full(fault);
    }
    memory->node_count = free_one < memory->node_count ? memory->node_count : free_one + 1;
    memory->nodes[free_one] = (struct node){.is_used = true,
                                            .is_directory = is_directory,
                                            .mode = mode,
                                            .inode = ++memory->inode_next,
                                            .mtime_ns = sys_memory_now_us(memory) * 1000,
                                            .ctime_ns = sys_memory_now_us(memory) * 1000,
                                            .content = {.account = memory->account},
                                            .synced = {.account = memory->account}};
    *node = free_one;
    return STATUS_OK;
}

enum status sys_memory_name_put(struct sys_memory *memory, const char *path, size_t node,
                                struct fault *fault)
{
    struct name *name = sys_memory_name_find(memory, path);
    if (name == NULL) {
        if (strlen(path) >= NAME_MAX_SIZE ||
            !memory_grow(memory->account, &memory->names, &memory->name_capacity,
                         memory->name_count + 1, sizeof(*memory->names))) {
            return sys_memory_full(fault);
        }
        name = &memory->names[memory->name_count++];
        *name = (struct name){0};
        memcpy(name->path, path, strlen(path) + 1);
    }
    name->node = node;
    name->is_there = true;
    return STATUS_OK;
}

bool sys_memory_has_directory(struct sys_memory *memory, const char *path)
{
    if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0) {
        return true;
    }
    const struct node *const node = sys_memory_node_find(memory, path);
    return node != NULL && node->is_directory;
}

bool sys_memory_is_inside(const char *path, const char *directory)
{
    char parent[FILE_PATH_MAX];
    return file_directory(path, parent, sizeof(parent), NULL) == STATUS_OK &&
           strcmp(parent, directory) == 0;
}

enum status sys_memory_create(struct sys_memory *memory, const char *path, uint32_t mode,
                              bool is_directory, size_t *node, struct fault *fault)
{
    char parent[FILE_PATH_MAX];
    TRY(file_directory(path, parent, sizeof(parent), fault));
    if (!sys_memory_has_directory(memory, parent)) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot create %s: no folder %s", path, parent);
    }
    if (sys_memory_node_find(memory, path) != NULL) {
        return fault_set(fault, STATUS_BUSY, "cannot create %s: it exists", path);
    }
    TRY(node_make(memory, mode, is_directory, node, fault));
    return sys_memory_name_put(memory, path, *node, fault);
}

enum status sys_memory_node_open(struct sys_memory *memory, const char *path,
                                 enum sys_open_mode mode, size_t *node, struct fault *fault)
{
    switch (mode) {
    case SYS_OPEN_CREATE:
        return sys_memory_create(memory, path, 0644, false, node, fault);
    case SYS_OPEN_PRIVATE:
        return sys_memory_create(memory, path, 0600, false, node, fault);
    case SYS_OPEN_TEMPORARY:
        if (!sys_memory_has_directory(memory, path)) {
            return fault_set(fault, STATUS_NOT_FOUND, "cannot open a temporary file in %s", path);
        }
        return node_make(memory, 0600, false, node, fault);
    case SYS_OPEN_READ:
    case SYS_OPEN_WRITE:
    case SYS_OPEN_SEQUENTIAL:
        break;
    }
    const struct name *const name = sys_memory_name_find(memory, path);
    if (name == NULL || !name->is_there) {
        return fault_set(fault, STATUS_NOT_FOUND, "cannot open %s: no such file", path);
    }
    *node = name->node;
    return STATUS_OK;
}

enum status sys_memory_descriptor_lock(struct sys_memory *memory, int descriptor,
                                       struct fault *fault)
{
    struct descriptor *const mine = &memory->descriptors[descriptor];
    if (!mine->is_open) {
        return fault_set(fault, STATUS_IO, "the file is not open any more");
    }
    for (int i = 0; i < DESCRIPTORS_MAX; i++) {
        const struct descriptor *const other = &memory->descriptors[i];
        if (i != descriptor && other->is_open && other->is_locked && other->node == mine->node) {
            return fault_set(fault, STATUS_BUSY, "cannot lock: another has it");
        }
    }
    mine->is_locked = true;
    return STATUS_OK;
}

size_t sys_memory_content_read(const struct node *node, void *data, size_t size, uint64_t offset)
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

static uint64_t used_size(const struct sys_memory *memory)
{
    uint64_t used = 0;
    for (size_t i = 0; i < memory->node_count; i++) {
        used += memory->nodes[i].is_used ? memory->nodes[i].content.size : 0;
    }
    return used;
}

enum status sys_memory_content_resize(struct sys_memory *memory, struct node *node, uint64_t size,
                                      struct fault *fault)
{
    if (size > node->content.size) {
        const size_t more = (size_t)size - node->content.size;
        if (memory->limit_size != 0 && used_size(memory) + more > memory->limit_size) {
            return fault_set(fault, STATUS_NO_SPACE, "no space left on the disk in memory");
        }
        uint8_t *const room = buffer_reserve(&node->content, more);
        if (room == NULL) {
            return sys_memory_full(fault);
        }
        memset(room, 0, more);
    }
    node->content.size = (size_t)size;
    node->mtime_ns = node->ctime_ns = sys_memory_now_us(memory) * 1000;
    regions_cut(memory, (size_t)(node - memory->nodes), size);
    return STATUS_OK;
}

// Each sector of what was written since the last sync has reached the disk or has not; the size too.
static void node_tear(struct sys_memory *memory, struct node *node)
{
    const size_t new_size = node->content.size;
    const size_t old_size = node->synced.size;
    for (size_t at = 0; at < new_size; at += SECTOR_SIZE) {
        const size_t end = at + SECTOR_SIZE < new_size ? at + SECTOR_SIZE : new_size;
        if ((sys_memory_chance(memory) & 1) != 0) {
            continue;
        }
        for (size_t i = at; i < end; i++) {
            node->content.data[i] = i < old_size ? node->synced.data[i] : 0;
        }
    }
    if ((sys_memory_chance(memory) & 1) != 0 && old_size <= new_size) {
        node->content.size = old_size;
    }
}

void sys_memory_limit(struct sys_memory *memory, uint64_t size)
{
    (void)pthread_mutex_lock(&memory->lock);
    memory->limit_size = size;
    (void)pthread_mutex_unlock(&memory->lock);
}

void sys_memory_damage(struct sys_memory *memory, const char *path, uint64_t offset)
{
    (void)pthread_mutex_lock(&memory->lock);
    struct node *const node = sys_memory_node_find(memory, path);
    node->content.data[offset] ^= 0x10;
    if (offset < node->synced.size) {
        node->synced.data[offset] ^= 0x10;
    }
    (void)pthread_mutex_unlock(&memory->lock);
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
    sys_memory_reap(memory);
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
