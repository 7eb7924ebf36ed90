#include "fst/fst_fuzzy.h"

#include "fst/fst_best.h"

#define STEP_BUDGET_DEFAULT (1U << 20)

enum {
    SYMBOL_SIZE_MAX = 4,
    // What can be read before all rows are empty, and one symbol more while it is being read.
    READ_SIZE_MAX = (FST_FUZZY_SIZE_MAX + FST_FUZZY_DISTANCE_MAX + 1) * SYMBOL_SIZE_MAX,
};

// A symbol is one code point as its UTF-8 bytes, the first one highest.
struct pattern {
    uint32_t symbols[FST_FUZZY_SIZE_MAX];
    uint32_t count;
    uint64_t ascii[128];                 // bit i: symbol i of the pattern is this one
    uint64_t places[FST_FUZZY_SIZE_MAX]; // the same, by the symbols' own numbers
};

// Bit i of `live`: what was read matches the first i symbols of the pattern. Bit i of `swap`: it would,
// were the next symbol read symbol i, to stand before the one just read, symbol i + 1.
struct row {
    uint64_t live;
    uint64_t swap;
};

// rows[e]: with e edits still to spend. Above `left` all are empty.
struct state {
    uint32_t left;
    struct row rows[FST_FUZZY_DISTANCE_MAX + 1];
};

struct fuzzy {
    const struct fst *fst;
    struct pattern pattern;
    uint32_t distance_max;
    uint32_t steps; // left of the budget
    bool is_over;   // stop: out of steps, or the visitor has enough
    bool is_cut;    // out of steps
    // Called where what was read matches the pattern; it says whether to go on below.
    bool (*accept)(struct fuzzy *fuzzy, const struct fst_cursor *cursor, uint32_t distance);
    void *context;
    fst_fuzzy_visit visit;    // whole keys
    struct best_search *best; // beginnings of keys
    uint8_t *spares;          // READ_SIZE_MAX bytes for each candidate's beginning, and one more
    size_t spare_next;        // offset of the one to use next
    size_t spare_count;       // used so far
    uint32_t key_size;
    uint8_t key[READ_SIZE_MAX];
};

// Bytes of the code point that begins with `lead`; 0 for a byte that begins none.
static uint32_t symbol_size(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// Bit i: symbol i of the pattern is this one.
static uint64_t pattern_places(const struct pattern *pattern, uint32_t symbol)
{
    if (symbol < 0x80) {
        return pattern->ascii[symbol];
    }
    uint64_t places = 0;
    for (uint32_t i = 0; i < pattern->count; i++) {
        places |= (uint64_t)(pattern->symbols[i] == symbol) << i;
    }
    return places;
}

static enum status pattern_parse(struct bytes text, struct pattern *pattern)
{
    for (size_t i = 0; i < text.size; pattern->count++) {
        const uint32_t size = symbol_size(text.data[i]);
        if (size == 0 || size > text.size - i || pattern->count == FST_FUZZY_SIZE_MAX) {
            return STATUS_OUT_OF_RANGE;
        }
        uint32_t symbol = text.data[i++];
        for (uint32_t rest = 1; rest < size; rest++, i++) {
            if ((text.data[i] & 0xc0) != 0x80) {
                return STATUS_OUT_OF_RANGE;
            }
            symbol = symbol << 8 | text.data[i];
        }
        pattern->symbols[pattern->count] = symbol;
        if (symbol < 0x80) {
            pattern->ascii[symbol] |= UINT64_C(1) << pattern->count;
        }
    }
    for (uint32_t i = 0; i < pattern->count; i++) {
        pattern->places[i] = pattern_places(pattern, pattern->symbols[i]);
    }
    return STATUS_OK;
}

static uint64_t pattern_end(const struct pattern *pattern)
{
    return UINT64_C(1) << pattern->count;
}

static struct state state_first(const struct fuzzy *fuzzy)
{
    const uint64_t mask = 2 * pattern_end(&fuzzy->pattern) - 1;
    struct state state = {.left = fuzzy->distance_max};
    for (uint32_t e = 0; e <= state.left; e++) {
        state.rows[e].live = ((UINT64_C(2) << (state.left - e)) - 1) & mask; // symbols left out
    }
    return state;
}

// The bits that a symbol at `places` of the pattern carries on without an edit.
static inline uint64_t row_match(const struct row *row, uint64_t places)
{
    return (row->live & places) << 1 | (row->swap & places) << 2;
}

// Reads a symbol that stands at `places` of the pattern. False when nothing can match any more.
static inline bool state_step(const struct fuzzy *fuzzy, const struct state *state, uint64_t places,
                              struct state *next)
{
    const uint64_t mask = 2 * pattern_end(&fuzzy->pattern) - 1;
    const struct row *from = &state->rows[state->left];
    struct row *to = &next->rows[state->left];
    *to = (struct row){.live = row_match(from, places)};
    next->left = state->left;
    bool is_empty = to->live == 0;
    while (from != state->rows) {
        next->left -= is_empty;
        const uint64_t edited = from->live        // one too many
                                | from->live << 1 // another instead
                                | to->live << 1;  // one left out
        const uint64_t swap = from->live & places >> 1;
        from--;
        to--;
        *to = (struct row){.live = (row_match(from, places) | edited) & mask, .swap = swap};
        is_empty = is_empty && (to->live | to->swap) == 0;
    }
    return !is_empty;
}

// Fewest edits with which what was read is the pattern; UINT32_MAX when it is not.
static inline uint32_t state_distance(const struct fuzzy *fuzzy, const struct state *state)
{
    const uint64_t end = pattern_end(&fuzzy->pattern);
    for (uint32_t e = state->left; e != UINT32_MAX; e--) {
        if ((state->rows[e].live & end) != 0) {
            return fuzzy->distance_max - e;
        }
    }
    return UINT32_MAX;
}

static bool step_take(struct fuzzy *fuzzy)
{
    if (fuzzy->steps == 0) {
        fuzzy->is_over = true;
        fuzzy->is_cut = true;
        return false;
    }
    fuzzy->steps--;
    return true;
}

static inline void arc_take(struct fuzzy *fuzzy, struct fst_cursor *cursor, const struct node *node,
                            uint32_t slot, uint8_t label)
{
    const struct arc arc = node_arc(node, slot);
    cursor_take(cursor, &arc);
    fuzzy->key[fuzzy->key_size++] = label;
}

// Reads one symbol of the pattern from `node`, that of the cursor, byte by byte; on false the key may
// have grown.
static inline bool symbol_step(struct fuzzy *fuzzy, struct fst_cursor *cursor,
                               const struct node *node, uint32_t symbol)
{
    unsigned shift = symbol < 0x80 ? 0 : symbol < 0x10000 ? 8 : symbol < 0x1000000 ? 16 : 24;
    uint8_t byte = (uint8_t)(symbol >> shift);
    const uint32_t slot = node_find(node, byte);
    if (slot == UINT32_MAX) {
        return false;
    }
    arc_take(fuzzy, cursor, node, slot, byte);
    while (shift != 0) {
        shift -= 8;
        byte = (uint8_t)(symbol >> shift);
        if (!cursor_step(fuzzy->fst, cursor, byte)) {
            return false;
        }
        fuzzy->key[fuzzy->key_size++] = byte;
    }
    return true;
}

static void spent_search(struct fuzzy *fuzzy, struct fst_cursor cursor, struct row row);

// Tries all symbols that `named` names, of which there are several.
static void named_search(struct fuzzy *fuzzy, const struct fst_cursor *cursor,
                         const struct node *node, const struct row *row, uint64_t named)
{
    const struct pattern *const pattern = &fuzzy->pattern;
    const uint32_t key_size = fuzzy->key_size;
    while (named != 0) {
        const unsigned first = (unsigned)__builtin_ctzll(named);
        named &= ~pattern->places[first];
        struct fst_cursor below = *cursor;
        if (symbol_step(fuzzy, &below, node, pattern->symbols[first])) {
            spent_search(fuzzy, below,
                         (struct row){.live = row_match(row, pattern->places[first])});
        }
        fuzzy->key_size = key_size;
    }
}

// What can be found below `cursor` once all edits are spent, so that only the symbols that the last
// row names can follow.
static void spent_search(struct fuzzy *fuzzy, struct fst_cursor cursor, struct row row)
{
    const struct pattern *const pattern = &fuzzy->pattern;
    const uint64_t end = pattern_end(pattern);
    const uint32_t key_size = fuzzy->key_size;
    while (step_take(fuzzy)) {
        if ((row.live & end) != 0 && !fuzzy->accept(fuzzy, &cursor, fuzzy->distance_max)) {
            break;
        }
        const uint64_t named = (row.live | row.swap) & (end - 1);
        struct node node;
        node_decode(fuzzy->fst, cursor.node, &node);
        if (node.labels != NULL || node.label >= 0x80) {
            named_search(fuzzy, &cursor, &node, &row, named);
            break;
        }
        const uint64_t places = node.count == 0 ? 0 : pattern->ascii[node.label];
        if ((places & named) == 0) {
            break;
        }
        arc_take(fuzzy, &cursor, &node, 0, node.label);
        row = (struct row){.live = row_match(&row, places)};
    }
    fuzzy->key_size = key_size;
}

static void arcs_search(struct fuzzy *fuzzy, const struct fst_cursor *cursor,
                        const struct state *state, uint32_t read, uint32_t missing);

// What can be found below `cursor`. Recursion is as deep as the pattern plus its edits, in code points:
// beyond that all rows are empty.
static void state_search(struct fuzzy *fuzzy, const struct fst_cursor *cursor,
                         const struct state *state)
{
    if (state->left == 0) {
        spent_search(fuzzy, *cursor, state->rows[0]);
        return;
    }
    if (fuzzy->best != NULL && !best_may_add(fuzzy->best, cursor->weight)) {
        return;
    }
    const uint32_t distance = state_distance(fuzzy, state);
    if (distance == UINT32_MAX || fuzzy->accept(fuzzy, cursor, distance)) {
        arcs_search(fuzzy, cursor, state, 0, 0);
    }
}

// Follows the arcs of a node where anything may follow. Of a code point of several bytes, those in
// `read` have been read and `missing` are still to come.
static void arcs_search(struct fuzzy *fuzzy, const struct fst_cursor *cursor,
                        const struct state *state, uint32_t read, uint32_t missing)
{
    struct node node;
    node_decode(fuzzy->fst, cursor->node, &node);
    for (uint32_t slot = 1; slot < node.count; slot++) {
        __builtin_prefetch(fuzzy->fst->data + node_arc(&node, slot).target);
    }
    for (uint32_t slot = 0; slot < node.count && !fuzzy->is_over; slot++) {
        const uint8_t label = node_label(&node, slot);
        const uint32_t size = missing == 0 ? symbol_size(label) : missing;
        if (size == 0 || (missing != 0 && (label & 0xc0) != 0x80) || !step_take(fuzzy)) {
            continue;
        }
        const struct arc arc = node_arc(&node, slot);
        struct fst_cursor below = *cursor;
        cursor_take(&below, &arc);
        fuzzy->key[fuzzy->key_size++] = label;
        struct state next;
        const uint32_t symbol = read << 8 | label;
        if (size != 1) {
            arcs_search(fuzzy, &below, state, symbol, size - 1);
        } else if (state_step(fuzzy, state, pattern_places(&fuzzy->pattern, symbol), &next)) {
            state_search(fuzzy, &below, &next);
        }
        fuzzy->key_size--;
    }
}

static bool key_accept(struct fuzzy *fuzzy, const struct fst_cursor *cursor, uint32_t distance)
{
    struct fst_match match = {
        .key = {.data = fuzzy->key, .size = fuzzy->key_size},
        .distance = distance,
    };
    if (fst_is_final(fuzzy->fst, cursor, &match.value, &match.weight) &&
        !fuzzy->visit(fuzzy->context, &match)) {
        fuzzy->is_over = true;
    }
    return !fuzzy->is_over;
}

// Everything below matches: it competes with the other beginnings.
static bool prefix_accept(struct fuzzy *fuzzy, const struct fst_cursor *cursor, uint32_t distance)
{
    (void)distance;
    struct best_search *const best = fuzzy->best;
    const bool is_full = best->count == best->wanted;
    // A candidate keeps its spare; that of the one pushed out is the next to use.
    const uint8_t *const worst = is_full && best->count != 0 ? best->candidates[0].prefix : NULL;
    uint8_t *const spare = fuzzy->spares + fuzzy->spare_next;
    memcpy(spare, fuzzy->key, fuzzy->key_size);
    if (best_add(best, cursor, (struct bytes){.data = spare, .size = fuzzy->key_size})) {
        fuzzy->spare_next =
            worst != NULL ? (size_t)(worst - fuzzy->spares) : ++fuzzy->spare_count * READ_SIZE_MAX;
    }
    return false;
}

// Reads the pattern, and from `start` what of it must stand as it is. NOT_FOUND when no key does.
static enum status fuzzy_begin(struct fuzzy *fuzzy, struct bytes text,
                               const struct fst_fuzzy_options *options, struct fst_cursor *start)
{
    if (options->distance_max > FST_FUZZY_DISTANCE_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    TRY(pattern_parse(text, &fuzzy->pattern));
    fuzzy->distance_max = options->distance_max;
    fuzzy->steps = options->step_budget == 0 ? STEP_BUDGET_DEFAULT : options->step_budget;

    struct bytes rest = text;
    for (uint32_t i = 0; i < options->exact_prefix && rest.size != 0; i++) {
        const uint32_t size = symbol_size(rest.data[0]);
        rest.data += size;
        rest.size -= size;
    }
    const struct bytes exact = {.data = text.data, .size = text.size - rest.size};
    if (!fst_seek(fuzzy->fst, start, exact)) {
        return STATUS_NOT_FOUND;
    }
    memcpy(fuzzy->key, exact.data, exact.size);
    fuzzy->key_size = (uint32_t)exact.size;
    fuzzy->pattern = (struct pattern){0};
    return pattern_parse(rest, &fuzzy->pattern);
}

enum status fst_fuzzy(const struct fst *fst, const struct fst_cursor *start, struct bytes pattern,
                      const struct fst_fuzzy_options *options, fst_fuzzy_visit visit, void *context)
{
    struct fuzzy fuzzy = {.fst = fst, .accept = key_accept, .visit = visit, .context = context};
    struct fst_cursor cursor = *start;
    const enum status status = fuzzy_begin(&fuzzy, pattern, options, &cursor);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    const struct state state = state_first(&fuzzy);
    state_search(&fuzzy, &cursor, &state);
    return fuzzy.is_cut ? STATUS_BUSY : STATUS_OK;
}

static bool is_among(const struct fst_matches *matches, struct bytes key)
{
    for (size_t i = 0; i < matches->count; i++) {
        if (bytes_equal(matches->items[i].key, key)) {
            return true;
        }
    }
    return false;
}

// Adds to `matches` the best keys of which a beginning is within fuzzy->distance_max edits. Those of
// fewer edits are among them, but they are all in `matches` already: there was room for more.
static enum status distance_search(struct fuzzy *fuzzy, const struct fst_cursor *cursor,
                                   size_t limit, struct arena *arena, struct fst_matches *matches)
{
    struct best_search best;
    TRY(best_begin(&best, fuzzy->fst, limit, arena));
    fuzzy->best = &best;
    fuzzy->spare_next = 0;
    fuzzy->spare_count = 0;
    const struct state state = state_first(fuzzy);
    state_search(fuzzy, cursor, &state);
    while (matches->count < limit) {
        struct fst_match match;
        const enum status status = best_next(&best, &match);
        if (status != STATUS_OK) {
            return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        }
        if (!is_among(matches, match.key)) {
            match.distance = fuzzy->distance_max;
            matches->items[matches->count++] = match;
        }
    }
    return STATUS_OK;
}

enum status fst_fuzzy_top(const struct fst *fst, const struct fst_cursor *start,
                          struct bytes pattern, const struct fst_fuzzy_options *options,
                          size_t limit, struct arena *arena, struct fst_matches *matches)
{
    limit = limit < FST_TOP_MAX ? limit : FST_TOP_MAX;
    struct fuzzy fuzzy = {.fst = fst, .accept = prefix_accept};
    struct fst_cursor cursor = *start;
    struct fst_matches found = {.items = ARENA_NEW(arena, struct fst_match, limit)};
    fuzzy.spares = ARENA_NEW(arena, uint8_t, (limit + 1) * READ_SIZE_MAX);
    if (found.items == NULL || fuzzy.spares == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = fuzzy_begin(&fuzzy, pattern, options, &cursor);
    if (status == STATUS_NOT_FOUND) {
        *matches = found;
        return STATUS_OK;
    }
    for (uint32_t e = 0; status == STATUS_OK && e <= options->distance_max && !fuzzy.is_cut; e++) {
        fuzzy.distance_max = e;
        status = distance_search(&fuzzy, &cursor, limit, arena, &found);
    }
    if (status != STATUS_OK) {
        return status;
    }
    *matches = found;
    return fuzzy.is_cut ? STATUS_BUSY : STATUS_OK;
}
