#include "text/distance.h"

#include <assert.h>

#include "text/utf8.h"

static bool is_ascii(struct bytes text)
{
    uint8_t all = 0;
    for (size_t i = 0; i < text.size; i++) {
        all |= text.data[i];
    }
    return all < 0x80;
}

// Code points of `text`, or TEXT_DISTANCE_WORD_MAX + 1 if there are more than that.
static size_t codes_read(struct bytes text, uint32_t codes[TEXT_DISTANCE_WORD_MAX])
{
    const uint8_t *next = text.data;
    const uint8_t *const end = text.data + text.size;
    size_t count = 0;
    while (next < end) {
        if (count == TEXT_DISTANCE_WORD_MAX) {
            return count + 1;
        }
        codes[count++] = utf8_next(&next, end);
    }
    return count;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

// Three rows of the matrix, of which only the cells within `bound` of the diagonal are kept: cell
// (row, column) stands at [column - row + bound], and one beyond each end is out of bounds.
struct band {
    unsigned rows[3][2 * TEXT_DISTANCE_BOUND_MAX + 3];
};

static void row_fill(struct band *band, size_t row, const uint32_t *left, const uint32_t *right,
                     size_t right_count, unsigned bound)
{
    const unsigned *const before = band->rows[(row + 1) % 3]; // row - 2
    const unsigned *const above = band->rows[(row + 2) % 3];  // row - 1
    unsigned *const here = band->rows[row % 3];
    const unsigned out = bound + 1;
    const size_t width = 2 * (size_t)bound + 1;
    here[0] = out;
    here[width + 1] = out;
    for (size_t i = 0; i < width; i++) {
        const size_t column_shifted = row + i; // column + bound
        const size_t column = column_shifted - bound;
        if (column_shifted < bound || column > right_count) {
            here[i + 1] = out;
            continue;
        }
        if (column == 0) {
            here[i + 1] = least((unsigned)row, out);
            continue;
        }
        const bool is_same = left[row - 1] == right[column - 1];
        unsigned cost = above[i + 1] + (is_same ? 0 : 1); // substitute
        cost = least(cost, above[i + 2] + 1);             // delete from left
        cost = least(cost, here[i] + 1);                  // insert into left
        if (row > 1 && column > 1 && left[row - 1] == right[column - 2] &&
            left[row - 2] == right[column - 1]) {
            cost = least(cost, before[i + 1] + 1); // transpose
        }
        here[i + 1] = least(cost, out);
    }
}

static void row_first(struct band *band, size_t right_count, unsigned bound)
{
    for (size_t i = 0; i < 2 * (size_t)bound + 3; i++) {
        const size_t column = i - 1 - bound;
        const bool is_inside = i >= 1 + (size_t)bound && column <= bound && column <= right_count;
        band->rows[0][i] = is_inside ? (unsigned)column : bound + 1;
        band->rows[2][i] = bound + 1; // row -1: no transposition into row 1
    }
}

// The distance of all of `left` to all of `right`, or (is_prefix) to the nearest beginning of it.
static unsigned distance_of(struct bytes left, struct bytes right, unsigned bound, bool is_prefix)
{
    assert(bound <= TEXT_DISTANCE_BOUND_MAX);
    uint32_t left_codes[TEXT_DISTANCE_WORD_MAX];
    uint32_t right_codes[TEXT_DISTANCE_WORD_MAX];
    const size_t left_count = codes_read(left, left_codes);
    size_t right_count = codes_read(right, right_codes);
    if (left_count > TEXT_DISTANCE_WORD_MAX) {
        return bound + 1;
    }
    if (right_count > TEXT_DISTANCE_WORD_MAX) {
        if (!is_prefix) {
            return bound + 1;
        }
        right_count = TEXT_DISTANCE_WORD_MAX;
    }
    if (left_count > right_count + bound || (!is_prefix && right_count > left_count + bound)) {
        return bound + 1;
    }

    struct band band;
    row_first(&band, right_count, bound);
    for (size_t row = 1; row <= left_count; row++) {
        row_fill(&band, row, left_codes, right_codes, right_count, bound);
    }
    const unsigned *const last = band.rows[left_count % 3];
    if (!is_prefix) {
        return last[right_count + bound - left_count + 1];
    }
    unsigned best = bound + 1;
    for (size_t i = 1; i <= 2 * (size_t)bound + 1; i++) {
        best = least(best, last[i]);
    }
    return best;
}

unsigned text_distance(struct bytes left, struct bytes right, unsigned bound)
{
    if (bytes_equal(left, right)) {
        return 0;
    }
    if (bound == 0) {
        return 1;
    }
    if (is_ascii(left) && is_ascii(right)) {
        // Common beginnings cost nothing, and most candidates share one.
        size_t same = 0;
        while (same < left.size && same < right.size && left.data[same] == right.data[same]) {
            same++;
        }
        same = same == 0 ? 0 : same - 1; // a transposition needs the one before
        left = (struct bytes){.data = left.data + same, .size = left.size - same};
        right = (struct bytes){.data = right.data + same, .size = right.size - same};
    }
    return distance_of(left, right, bound, false);
}

unsigned text_distance_prefix(struct bytes typed, struct bytes word, unsigned bound)
{
    if (typed.size <= word.size &&
        (typed.size == 0 || memcmp(typed.data, word.data, typed.size) == 0)) {
        return 0;
    }
    return bound == 0 ? 1 : distance_of(typed, word, bound, true);
}
