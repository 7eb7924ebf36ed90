#include "fst/fst.h"
#include "fst/fst_private.h"

// Finds the arc with the least label above `taken`, which becomes that label.
static bool next_arc(const struct node *node, int32_t *taken, uint32_t *slot)
{
    if (node->labels == NULL) {
        const bool is_next = node->count == 1 && node->label > *taken;
        *slot = 0;
        *taken = is_next ? node->label : *taken;
        return is_next;
    }
    if (node->index_span != 0) {
        const int32_t first = node->index_first;
        const int32_t end = first + (int32_t)node->index_span;
        int32_t label = *taken < first ? first : *taken + 1;
        for (; label < end && label < 256; label++) {
            *slot = node->index[label - first] - 1U;
            if (*slot < node->count) {
                *taken = label;
                return true;
            }
        }
        return false;
    }
    int32_t least = 256;
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->labels[i] > *taken && node->labels[i] < least) {
            least = node->labels[i];
            *slot = i;
        }
    }
    *taken = least < 256 ? least : *taken;
    return least < 256;
}

static void scan_begin(struct fst_scan *scan, const struct fst *fst)
{
    scan->fst = fst;
    scan->end = (struct bytes){0};
    scan->has_end = false;
    scan->is_unread = true;
    scan->floor = 0;
    scan->size = 0;
    scan->frames[0] = (struct fst_scan_frame){.cursor = fst_root(fst), .taken = -1};
}

// Goes down along `bytes` as far as there are arcs; what comes next is what follows them in order.
static bool scan_seek(struct fst_scan *scan, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        struct fst_scan_frame *const top = &scan->frames[scan->size];
        struct fst_cursor below = top->cursor;
        top->taken = bytes.data[i];
        if (scan->size == FST_KEY_SIZE_MAX || !fst_step(scan->fst, &below, bytes.data[i])) {
            scan->is_unread = false;
            return false;
        }
        scan->key[scan->size++] = bytes.data[i];
        scan->frames[scan->size] = (struct fst_scan_frame){.cursor = below, .taken = -1};
    }
    return true;
}

void fst_scan_prefix(struct fst_scan *scan, const struct fst *fst, struct bytes prefix)
{
    scan_begin(scan, fst);
    if (scan_seek(scan, prefix)) {
        scan->floor = scan->size;
    } else {
        scan->frames[scan->size].taken = 255; // nothing begins so
        scan->floor = scan->size;
    }
}

void fst_scan_range(struct fst_scan *scan, const struct fst *fst, struct bytes first,
                    struct bytes end)
{
    scan_begin(scan, fst);
    scan->end = end;
    scan->has_end = end.data != NULL;
    (void)scan_seek(scan, first);
}

// Goes to the next node in key order. In a sound map every node leads to a key, so a node without
// keys and arcs means damage: the scan ends there, instead of looking at all other ways down.
static bool scan_advance(struct fst_scan *scan)
{
    for (;;) {
        struct fst_scan_frame *const top = &scan->frames[scan->size];
        const bool is_new = top->taken < 0;
        struct node node;
        node_decode(scan->fst, top->cursor.node, &node);
        uint32_t slot = 0;
        if (next_arc(&node, &top->taken, &slot)) {
            if (scan->size == FST_KEY_SIZE_MAX) {
                return false;
            }
            const struct arc arc = node_arc(&node, slot);
            struct fst_scan_frame *const below = &scan->frames[scan->size + 1];
            *below = (struct fst_scan_frame){.cursor = top->cursor, .taken = -1};
            cursor_take(&below->cursor, &arc);
            scan->key[scan->size++] = (uint8_t)top->taken;
            return true;
        }
        if ((is_new && !node.is_final) || scan->size == scan->floor) {
            return false;
        }
        scan->size--;
    }
}

bool fst_scan_next(struct fst_scan *scan, struct fst_match *match)
{
    while (scan->is_unread || scan_advance(scan)) {
        scan->is_unread = false;
        const struct bytes key = {.data = scan->key, .size = scan->size};
        if (scan->has_end && bytes_compare(key, scan->end) >= 0) {
            break;
        }
        struct fst_match found = {.key = key};
        if (fst_is_final(scan->fst, &scan->frames[scan->size].cursor, &found.value,
                         &found.weight)) {
            *match = found;
            return true;
        }
    }
    // Stays at its end.
    scan->is_unread = false;
    scan->floor = scan->size;
    scan->frames[scan->size] = (struct fst_scan_frame){.taken = 255};
    return false;
}
