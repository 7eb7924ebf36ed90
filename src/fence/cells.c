#include "fence/cells.h"

#include <assert.h>

enum { CAPACITY_MIN = 64, LIST_FIRST = 1 };

struct cells_node {
    cell_id cell;      // 0: free
    uint32_t list;     // one value: itself; more: where their block begins
    uint32_t size;     // of the list
    uint16_t children; // bit of each child two levels down that is a node
    uint8_t block;     // log2 of the block's capacity
};

struct cells cells_over(struct memory_account *account)
{
    return (struct cells){.account = account, .list_size = LIST_FIRST};
}

void cells_free(struct cells *cells)
{
    memory_give(cells->nodes);
    memory_give(cells->lists);
    *cells = cells_over(cells->account);
}

// Cells of one level differ in their high bits, so multiply and take those of the product.
static size_t slot_of(const struct cells *cells, cell_id cell)
{
    const uint64_t mixed = (cell ^ cell >> 29) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 20 ^ mixed >> 43) & (cells->capacity - 1);
}

static struct cells_node *node_find(const struct cells *cells, cell_id cell)
{
    if (cells->capacity == 0) {
        return NULL;
    }
    for (size_t slot = slot_of(cells, cell);; slot = (slot + 1) & (cells->capacity - 1)) {
        struct cells_node *const node = &cells->nodes[slot];
        if (node->cell == cell) {
            return node;
        }
        if (node->cell == 0) {
            return NULL;
        }
    }
}

static struct cells_node *node_make(struct cells *cells, cell_id cell)
{
    size_t slot = slot_of(cells, cell);
    while (cells->nodes[slot].cell != 0 && cells->nodes[slot].cell != cell) {
        slot = (slot + 1) & (cells->capacity - 1);
    }
    struct cells_node *const node = &cells->nodes[slot];
    if (node->cell == 0) {
        *node = (struct cells_node){.cell = cell};
        cells->count++;
    }
    return node;
}

// Takes a node out and moves those that were pushed past its place back (Knuth 6.4, algorithm R).
static void node_free(struct cells *cells, struct cells_node *node)
{
    size_t hole = (size_t)(node - cells->nodes);
    const size_t mask = cells->capacity - 1;
    for (size_t next = (hole + 1) & mask; cells->nodes[next].cell != 0; next = (next + 1) & mask) {
        const size_t home = slot_of(cells, cells->nodes[next].cell);
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            cells->nodes[hole] = cells->nodes[next];
            hole = next;
        }
    }
    cells->nodes[hole] = (struct cells_node){0};
    cells->count--;
}

static enum status nodes_reserve(struct cells *cells, size_t more)
{
    size_t capacity = cells->capacity == 0 ? CAPACITY_MIN : cells->capacity;
    while ((cells->count + more) * 4 > capacity * 3) {
        capacity *= 2;
    }
    if (capacity == cells->capacity) {
        return STATUS_OK;
    }
    struct cells_node *const nodes =
        memory_take_zeroed(cells->account, capacity, sizeof(struct cells_node));
    if (nodes == NULL) {
        return STATUS_NO_MEMORY;
    }
    struct cells_node *const old = cells->nodes;
    const size_t old_capacity = cells->capacity;
    cells->nodes = nodes;
    cells->capacity = capacity;
    cells->count = 0;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].cell != 0) {
            *node_make(cells, old[i].cell) = old[i];
        }
    }
    memory_give(old);
    return STATUS_OK;
}

// A block of 2^log values; 0 when there is no memory. Free blocks hold the next one in their first value.
static uint32_t block_take(struct cells *cells, unsigned log)
{
    const uint32_t first = cells->free_lists[log];
    if (first != 0) {
        cells->free_lists[log] = cells->lists[first];
        return first;
    }
    const size_t size = (size_t)1 << log;
    if (cells->list_size + size > UINT32_MAX ||
        !memory_grow(cells->account, &cells->lists, &cells->list_capacity, cells->list_size + size,
                     sizeof *cells->lists)) {
        return 0;
    }
    const uint32_t taken = (uint32_t)cells->list_size;
    cells->list_size += size;
    return taken;
}

static void block_give(struct cells *cells, uint32_t block, unsigned log)
{
    cells->lists[block] = cells->free_lists[log];
    cells->free_lists[log] = block;
}

static enum status node_add(struct cells *cells, struct cells_node *node, uint32_t value)
{
    if (node->size == 0) {
        node->list = value;
        node->size = 1;
        return STATUS_OK;
    }
    if (node->size == 1 || node->size == 1U << node->block) {
        const unsigned log = node->size == 1 ? 1 : node->block + 1U;
        const uint32_t block = block_take(cells, log);
        if (block == 0) {
            return STATUS_NO_MEMORY;
        }
        if (node->size == 1) {
            cells->lists[block] = node->list;
        } else {
            memcpy(&cells->lists[block], &cells->lists[node->list],
                   node->size * sizeof *cells->lists);
            block_give(cells, node->list, node->block);
        }
        node->list = block;
        node->block = (uint8_t)log;
    }
    cells->lists[node->list + node->size++] = value;
    return STATUS_OK;
}

// Order does not matter: the last value takes the place.
static void node_drop(struct cells *cells, struct cells_node *node, uint32_t value)
{
    if (node->size == 1) {
        assert(node->list == value);
        node->size = 0;
        return;
    }
    uint32_t *const values = &cells->lists[node->list];
    uint32_t at = 0;
    while (values[at] != value) {
        at++;
        assert(at < node->size);
    }
    values[at] = values[--node->size];
    if (node->size == 1) {
        const uint32_t left = values[0];
        block_give(cells, node->list, node->block);
        node->list = left;
        node->block = 0;
    } else if (node->size * 4 <= 1U << node->block) {
        const unsigned log = node->block - 1U;
        const uint32_t block = block_take(cells, log);
        if (block != 0) { // else it stays large
            memcpy(&cells->lists[block], &cells->lists[node->list],
                   node->size * sizeof *cells->lists);
            block_give(cells, node->list, node->block);
            node->list = block;
            node->block = (uint8_t)log;
        }
    }
}

// Which of the grandchildren of `parent` holds the cell.
static unsigned child_position(cell_id cell, int parent_level)
{
    return (unsigned)(cell >> (2 * (CELL_LEVEL_MAX - parent_level) - 3)) & 15;
}

static void ancestors_make(struct cells *cells, cell_id cell)
{
    for (int level = cell_level(cell) - 2; level >= 0; level -= 2) {
        struct cells_node *const node = node_make(cells, cell_parent(cell, level));
        const uint16_t bit = (uint16_t)(1U << child_position(cell, level));
        if ((node->children & bit) != 0) {
            return;
        }
        node->children |= bit;
    }
}

static void ancestors_prune(struct cells *cells, cell_id cell)
{
    for (int level = cell_level(cell);; level -= 2) {
        struct cells_node *const node = node_find(cells, cell_parent(cell, level));
        if (node == NULL || node->size != 0 || node->children != 0) {
            return;
        }
        node_free(cells, node);
        if (level == 0) {
            return;
        }
        struct cells_node *const parent = node_find(cells, cell_parent(cell, level - 2));
        assert(parent != NULL);
        parent->children &= (uint16_t) ~(1U << child_position(cell, level - 2));
    }
}

static void level_count(struct cells *cells, cell_id cell, uint32_t change)
{
    const int index = cell_level(cell) / 2;
    cells->level_counts[index] += change;
    const uint32_t bit = 1U << index;
    cells->levels = cells->level_counts[index] == 0 ? cells->levels & ~bit : cells->levels | bit;
}

static uint32_t value_of(uint32_t area, const struct cover_cell *cell)
{
    return area << 1 | (cell->is_inside ? 1 : 0);
}

void cells_remove(struct cells *cells, uint32_t area, const struct cover_cell *settled,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cells_node *const node = node_find(cells, settled[i].cell);
        assert(node != NULL);
        node_drop(cells, node, value_of(area, &settled[i]));
        level_count(cells, settled[i].cell, UINT32_MAX);
        ancestors_prune(cells, settled[i].cell);
    }
}

enum status cells_put(struct cells *cells, uint32_t area, const struct cover_cell *settled,
                      size_t count)
{
    TRY(nodes_reserve(cells, count * CELLS_LEVEL_COUNT));
    for (size_t i = 0; i < count; i++) {
        const enum status status =
            node_add(cells, node_make(cells, settled[i].cell), value_of(area, &settled[i]));
        ancestors_make(cells, settled[i].cell);
        if (status != STATUS_OK) {
            ancestors_prune(cells, settled[i].cell);
            cells_remove(cells, area, settled, i);
            return status;
        }
        level_count(cells, settled[i].cell, 1);
    }
    return STATUS_OK;
}

static size_t settled_add(struct cover_cell *settled, size_t count, cell_id cell, bool is_inside)
{
    for (size_t i = 0; i < count; i++) {
        if (settled[i].cell == cell) {
            settled[i].is_inside |= is_inside;
            return count;
        }
    }
    settled[count] = (struct cover_cell){.cell = cell, .is_inside = is_inside};
    return count + 1;
}

size_t cells_settle(const struct cover_cell *covering, size_t count,
                    struct cover_cell settled[CELLS_OF_AREA_MAX])
{
    assert(count * 2 <= CELLS_OF_AREA_MAX);
    size_t settled_count = 0;
    size_t room = CELLS_OF_AREA_MAX - count; // a split takes three more
    for (size_t i = 0; i < count; i++) {
        const cell_id cell = covering[i].cell;
        const int level = cell_level(cell);
        if (level % 2 == 0) {
            settled_count = settled_add(settled, settled_count, cell, covering[i].is_inside);
        } else if (covering[i].is_inside && room >= 3) {
            room -= 3;
            for (int child = 0; child < 4; child++) {
                settled_count = settled_add(settled, settled_count, cell_child(cell, child), true);
            }
        } else {
            settled_count =
                settled_add(settled, settled_count, cell_parent(cell, level - 1), false);
        }
    }
    return settled_count;
}

static void node_tell(const struct cells *cells, const struct cells_node *node, cells_each *each,
                      void *context)
{
    if (node->size == 0) {
        return;
    }
    const uint32_t *const values = node->size == 1 ? &node->list : &cells->lists[node->list];
    for (uint32_t i = 0; i < node->size; i++) {
        each(context, values[i] >> 1, (values[i] & 1) != 0);
    }
}

void cells_at(const struct cells *cells, cell_id leaf, cells_each *each, void *context)
{
    cell_id wanted[CELLS_LEVEL_COUNT];
    unsigned count = 0;
    for (uint32_t levels = cells->levels; levels != 0; levels &= levels - 1) {
        wanted[count] = cell_parent(leaf, 2 * __builtin_ctz(levels));
        __builtin_prefetch(&cells->nodes[slot_of(cells, wanted[count])]);
        count++;
    }
    for (unsigned i = 0; i < count; i++) {
        const struct cells_node *const node = node_find(cells, wanted[i]);
        if (node != NULL && node->size != 0) {
            node_tell(cells, node, each, context);
        }
    }
}

static void below_tell(const struct cells *cells, const struct cells_node *node, cells_each *each,
                       void *context)
{
    node_tell(cells, node, each, context);
    for (uint32_t children = node->children; children != 0; children &= children - 1) {
        const int position = __builtin_ctz(children);
        const cell_id child = cell_child(cell_child(node->cell, position >> 2), position & 3);
        below_tell(cells, node_find(cells, child), each, context);
    }
}

void cells_meeting(const struct cells *cells, const struct cover_cell *region, size_t count,
                   cells_each *each, void *context)
{
    for (size_t i = 0; i < count && cells->count != 0; i++) {
        const cell_id cell = region[i].cell;
        const int level = cell_level(cell) & ~1;
        for (int above = level - 2; above >= 0; above -= 2) {
            const struct cells_node *const node = node_find(cells, cell_parent(cell, above));
            if (node != NULL) {
                node_tell(cells, node, each, context);
            }
        }
        const struct cells_node *const node = node_find(cells, cell_parent(cell, level));
        if (node != NULL) {
            below_tell(cells, node, each, context);
        }
    }
}
