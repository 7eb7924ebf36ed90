#include "base/memory.h"

#include <assert.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct block_header {
    struct memory_account *account;
    size_t size; // with this header
};
_Static_assert(sizeof(struct block_header) == 16, "blocks stay aligned to 16");

// True when `size` more bytes fit; they are then counted.
static bool account_charge(struct memory_account *account, size_t size)
{
    const size_t used =
        atomic_fetch_add_explicit(&account->used_size, size, memory_order_relaxed) + size;
    if (account->limit_size != 0 && used > account->limit_size) {
        atomic_fetch_sub_explicit(&account->used_size, size, memory_order_relaxed);
        return false;
    }
    size_t peak = atomic_load_explicit(&account->peak_size, memory_order_relaxed);
    while (used > peak &&
           !atomic_compare_exchange_weak_explicit(&account->peak_size, &peak, used,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    return true;
}

static void account_refund(struct memory_account *account, size_t size)
{
    const size_t before =
        atomic_fetch_sub_explicit(&account->used_size, size, memory_order_relaxed);
    assert(before >= size);
}

void *memory_resize(struct memory_account *account, void *block, size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - sizeof(struct block_header)) / size) {
        return NULL;
    }
    struct block_header *const old = block == NULL ? NULL : (struct block_header *)block - 1;
    assert(old == NULL || old->account == account);

    const size_t old_size = old == NULL ? 0 : old->size;
    const size_t new_size = count * size + sizeof(struct block_header);
    if (!account_charge(account, new_size)) {
        return NULL;
    }
    struct block_header *const moved = realloc(old, new_size);
    if (moved == NULL) {
        account_refund(account, new_size);
        return NULL;
    }
    account_refund(account, old_size);
    *moved = (struct block_header){.account = account, .size = new_size};
    return moved + 1;
}

void *memory_take(struct memory_account *account, size_t count, size_t size)
{
    return memory_resize(account, NULL, count, size);
}

void *memory_take_zeroed(struct memory_account *account, size_t count, size_t size)
{
    void *const block = memory_take(account, count, size);
    return block == NULL ? NULL : memset(block, 0, count * size);
}

void memory_give(void *block)
{
    if (block != NULL) {
        struct block_header *const header = (struct block_header *)block - 1;
        account_refund(header->account, header->size);
        free(header);
    }
}

void *memory_take_aligned(struct memory_account *account, size_t alignment, size_t size)
{
    const size_t whole = (size + alignment - 1) & ~(alignment - 1); // as aligned_alloc wants it
    if (whole < size || !account_charge(account, size)) {
        return NULL;
    }
    void *const block = aligned_alloc(alignment, whole);
    if (block == NULL) {
        account_refund(account, size);
    }
    return block;
}

void memory_give_aligned(struct memory_account *account, void *block, size_t size)
{
    if (block != NULL) {
        account_refund(account, size);
        free(block);
    }
}

bool memory_grow(struct memory_account *account, void *items, size_t *capacity, size_t needed,
                 size_t size)
{
    if (needed <= *capacity) {
        return true;
    }
    const size_t doubled = *capacity > SIZE_MAX / 2 ? SIZE_MAX : *capacity * 2;
    const size_t wanted = needed > doubled ? needed : doubled;
    void *block;
    memcpy(&block, items, sizeof(block)); // `items` is the address of a pointer of any type
    block = memory_resize(account, block, wanted, size);
    if (block == NULL) {
        return false;
    }
    memcpy(items, &block, sizeof(block));
    *capacity = wanted;
    return true;
}

void memory_set_up(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

void memory_trim(void)
{
    (void)malloc_trim(0);
}
