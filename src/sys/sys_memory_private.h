// The made-up disk of sys_memory: files, names, what a crash leaves of them. Included by sys_memory*.c
// only; every function wants the lock held.
#ifndef SYS_SYS_MEMORY_PRIVATE_H
#define SYS_SYS_MEMORY_PRIVATE_H

#include <pthread.h>

#include "base/buffer.h"
#include "sys/sys_memory.h"

enum { NAME_MAX_SIZE = 256, REGIONS_MAX = 64, DESCRIPTORS_MAX = 256 };

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
    bool is_locked;
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
    uint64_t limit_size; // of all files together; 0: none
    struct node *nodes;
    size_t node_count, node_capacity;
    struct name *names;
    size_t name_count, name_capacity;
    struct descriptor descriptors[DESCRIPTORS_MAX];
    struct region regions[REGIONS_MAX];
};

// The next number of the seed.
uint64_t sys_memory_chance(struct sys_memory *memory);
int64_t sys_memory_now_us(const struct sys_memory *memory); // the wall clock
enum status sys_memory_full(struct fault *fault);

// NULL when there has never been such a name; it may be gone all the same.
struct name *sys_memory_name_find(struct sys_memory *memory, const char *path);
// NULL when there is no such file or folder now.
struct node *sys_memory_node_find(struct sys_memory *memory, const char *path);
// Makes `path` lead to `node` from now on. Moves names.
MUST_USE enum status sys_memory_name_put(struct sys_memory *memory, const char *path, size_t node,
                                         struct fault *fault);
// Frees nodes that have no name, now or after a crash, and are not open.
void sys_memory_reap(struct sys_memory *memory);

bool sys_memory_has_directory(struct sys_memory *memory, const char *path);
bool sys_memory_is_inside(const char *path, const char *directory);
MUST_USE enum status sys_memory_create(struct sys_memory *memory, const char *path, uint32_t mode,
                                       bool is_directory, size_t *node, struct fault *fault);
MUST_USE enum status sys_memory_node_open(struct sys_memory *memory, const char *path,
                                          enum sys_open_mode mode, size_t *node,
                                          struct fault *fault);

// Fails: BUSY when another open file has the lock.
MUST_USE enum status sys_memory_descriptor_lock(struct sys_memory *memory, int descriptor,
                                                struct fault *fault);

size_t sys_memory_content_read(const struct node *node, void *data, size_t size, uint64_t offset);
// New bytes are zero; mappings beyond a smaller size read zeros from now on.
MUST_USE enum status sys_memory_content_resize(struct sys_memory *memory, struct node *node,
                                               uint64_t size, struct fault *fault);

#endif
