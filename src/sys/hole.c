#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/hole_private.h"

enum slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_LIVE };

struct slot {
    _Atomic int state;
    _Atomic bool was_hit;
    uintptr_t begin;
    size_t size;
    int descriptor;
};

static struct slot slots[HOLE_MAPPINGS_MAX];

// Everything called from here to the handler must be safe in one: fstat and mmap are system calls,
// and sysconf of the page size reads a constant.
static struct slot *slot_of(uintptr_t address)
{
    for (size_t i = 0; i < HOLE_MAPPINGS_MAX; i++) {
        // Pairs with the release in hole_watch: a live slot is filled in.
        if (atomic_load_explicit(&slots[i].state, memory_order_acquire) == SLOT_LIVE &&
            address - slots[i].begin < slots[i].size) {
            return &slots[i];
        }
    }
    return NULL;
}

static bool slot_fill_hole(struct slot *slot, uintptr_t address)
{
    const uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct stat found;
    if (fstat(slot->descriptor, &found) != 0) {
        return false;
    }
    const uintptr_t page = address & ~(page_size - 1);
    const uintptr_t file_end =
        slot->begin + (((uintptr_t)found.st_size + page_size - 1) & ~(page_size - 1));
    // Beyond the file's end everything is hole; before it, this page alone could not be read.
    const uintptr_t begin = page >= file_end ? file_end : page;
    const size_t size = page >= file_end ? slot->begin + slot->size - begin : page_size;

    atomic_store_explicit(&slot->was_hit, true, memory_order_relaxed);
    // mmap takes a pointer; the address comes from one.
    void *const target = (void *)begin; // NOLINT(performance-no-int-to-ptr)
    return mmap(target, size, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == target;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)context;
    struct slot *const slot = slot_of((uintptr_t)info->si_addr);
    if (slot == NULL || !slot_fill_hole(slot, (uintptr_t)info->si_addr)) {
        // Not ours, or beyond help: the instruction runs again and the signal does what it did.
        (void)signal(number, SIG_DFL);
    }
}

// Anew with each mapping: whoever took the signal since then gives it back.
static void handler_install(void)
{
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    (void)sigemptyset(&action.sa_mask);
    const int failed = sigaction(SIGBUS, &action, NULL);
    assert(failed == 0);
}

int hole_watch(const void *data, size_t size, int descriptor)
{
    handler_install();
    for (int i = 0; i < HOLE_MAPPINGS_MAX; i++) {
        int expected = SLOT_FREE;
        if (atomic_compare_exchange_strong_explicit(&slots[i].state, &expected, SLOT_TAKEN,
                                                    memory_order_acquire, memory_order_relaxed)) {
            slots[i].begin = (uintptr_t)data;
            slots[i].size = size;
            slots[i].descriptor = descriptor;
            atomic_store_explicit(&slots[i].was_hit, false, memory_order_relaxed);
            // Pairs with the acquire in slot_of.
            atomic_store_explicit(&slots[i].state, SLOT_LIVE, memory_order_release);
            return i;
        }
    }
    return -1;
}

int hole_forget(int slot)
{
    assert(slot >= 0 && slot < HOLE_MAPPINGS_MAX);
    const int descriptor = slots[slot].descriptor;
    // Pairs with the acquire of the next hole_watch that takes this slot.
    atomic_store_explicit(&slots[slot].state, SLOT_FREE, memory_order_release);
    return descriptor;
}

bool hole_was_hit(int slot)
{
    assert(slot >= 0 && slot < HOLE_MAPPINGS_MAX);
    return atomic_load_explicit(&slots[slot].was_hit, memory_order_relaxed);
}
