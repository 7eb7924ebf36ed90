#include "text/house_number.h"

enum { DIGITS_MAX = 9, LETTERS_MAX = 4 };

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

// Letters of other scripts too: "12б".
static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || byte >= 0x80;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '.' || byte == '\'';
}

static struct bytes blanks_trim(struct bytes text)
{
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

static bool suffix_append(struct house_number *number, struct bytes text)
{
    if (text.size > (size_t)(HOUSE_NUMBER_SUFFIX_SIZE - number->suffix_size)) {
        return false;
    }
    memcpy(number->suffix + number->suffix_size, text.data, text.size);
    number->suffix_size = (uint8_t)(number->suffix_size + text.size);
    return true;
}

// Takes the run of digits, or else of letters, off the front; empty when it is neither.
static struct bytes run_take(struct bytes *text)
{
    const struct bytes all = *text;
    const bool digits = all.size > 0 && is_digit(all.data[0]);
    while (text->size > 0 && (digits ? is_digit(text->data[0]) : is_letter(text->data[0]))) {
        text->data++;
        text->size--;
    }
    return (struct bytes){.data = all.data, .size = all.size - text->size};
}

static size_t letter_count(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += (text.data[i] & 0xc0) != 0x80; // not a continuation of the letter before
    }
    return count;
}

// Whether a word behind the number is its suffix: "12abc", but behind a blank only "12 a", "12 bis".
static bool is_suffix_word(struct bytes word, bool is_apart)
{
    const size_t letters = letter_count(word);
    if (!is_apart || letters <= 1) {
        return letters <= LETTERS_MAX;
    }
    return bytes_equal(word, BYTES_OF("bis")) || bytes_equal(word, BYTES_OF("ter")) ||
           bytes_equal(word, BYTES_OF("quater"));
}

// "1/2" behind a blank: half a number further.
static bool is_fraction(struct bytes text)
{
    return text.size == 3 && is_digit(text.data[0]) && text.data[1] == '/' &&
           is_digit(text.data[2]);
}

static bool number_read(struct bytes digits, uint32_t *number)
{
    if (digits.size == 0 || digits.size > DIGITS_MAX || !is_digit(digits.data[0])) {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        value = value * 10 + (uint32_t)(digits.data[i] - '0');
    }
    *number = value;
    return true;
}

bool house_number_parse(struct bytes folded, struct house_number *number)
{
    struct bytes rest = blanks_trim(folded);
    struct house_number read = {0};
    if (!number_read(run_take(&rest), &read.number)) {
        return false;
    }

    while (rest.size > 0) {
        const struct bytes trimmed = blanks_trim(rest);
        bool is_apart = trimmed.size < rest.size;
        rest = trimmed;
        struct bytes mark = {.data = rest.data};
        if (rest.data[0] == '-' || rest.data[0] == '/') {
            mark.size = 1;
            rest = blanks_trim((struct bytes){.data = rest.data + 1, .size = rest.size - 1});
            is_apart = false;
        } else if (is_apart && is_fraction(rest)) {
            mark = BYTES_OF(" ");
        }
        const struct bytes run = run_take(&rest);
        if (run.size == 0) {
            return false;
        }
        const bool is_number = is_digit(run.data[0]);
        if (is_number
                ? (is_apart && mark.size == 0) || (mark.size != 0 && !suffix_append(&read, mark))
                : !is_suffix_word(run, is_apart)) {
            return false;
        }
        if (!suffix_append(&read, run)) {
            return false;
        }
    }
    *number = read;
    return true;
}

bool house_number_read(struct bytes folded, struct house_number *number)
{
    if (house_number_parse(folded, number)) {
        return true;
    }
    struct house_number read = {0};
    for (size_t i = 0; i < folded.size && read.suffix_size < HOUSE_NUMBER_SUFFIX_SIZE; i++) {
        if (is_digit(folded.data[i]) || is_letter(folded.data[i])) {
            read.suffix[read.suffix_size++] = (char)folded.data[i];
        }
    }
    if (read.suffix_size == 0) {
        return false;
    }
    *number = read;
    return true;
}

uint32_t house_number_suffix_key(const struct house_number *number)
{
    uint32_t key = 0;
    for (unsigned i = 0; i < 4; i++) {
        key = key << 8 | (uint8_t)number->suffix[i];
    }
    return key;
}
