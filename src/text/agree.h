// Agree: does a run of words say a name? For whoever has to tell what of a text was understood.
//
// Words agree when one reading of each is the same ("st." and "Saint", "Hauptstr" and "Haupt Strasse"),
// nearly when they are a typing error apart; numbers agree or not. The order of the words does not
// count: what was found has been found already. Works on words read by text/phrase.h. Pure; any thread.
#ifndef TEXT_AGREE_H
#define TEXT_AGREE_H

#include "text/phrase.h"

enum text_agreement {
    TEXT_DIFFERS,
    TEXT_NEARLY, // typing errors, or words of the name left out, not more than half of them
    TEXT_AGREES,
};

// The words [first, first + count) of a text and all words of a name.
enum text_agreement text_agree(const struct text_query *text, unsigned first, unsigned count,
                               const struct text_query *name);

// The run of words that says the name best, of those whose bit in `used` is not set; of equals the
// longest. Sets `first` and `count` unless it is TEXT_DIFFERS.
enum text_agreement text_agree_find(const struct text_query *text, uint64_t used,
                                    const struct text_query *name, unsigned *first,
                                    unsigned *count);

#endif
