#include "text/connector.h"

#include "base/attributes.h"

// Each in order of its phrases, for first_of.
// clang-format off
static const struct connector_row between[] = {
    {"&", ""}, {"a l angle", "fr"}, {"a l angle de", "fr"}, {"all angolo con", "it"}, {"amb", "ca"},
    {"an der ecke", "de"}, {"and", "en"}, {"ang", "it"}, {"angle", "fr"}, {"angolo", "it"},
    {"angolo con", "it"}, {"at", "en"}, {"cantonada", "ca"}, {"cantonada amb", "ca"},
    {"coin", "fr"}, {"com", "pt"}, {"con", "es"}, {"con", "it"}, {"corner", "en"},
    {"corner of", "en"}, {"cruce con", "es"}, {"cruzamento com", "pt"}, {"e", "es"}, {"e", "it"},
    {"e", "pt"}, {"ecke", "de"}, {"ed", "it"}, {"en", "nl"}, {"entre", "es"}, {"esq", "es"},
    {"esquina", "es"}, {"esquina", "pt"}, {"esquina com", "pt"}, {"esquina con", "es"},
    {"et", "fr"}, {"hoek", "nl"}, {"i", "ca"}, {"incrocio", "it"}, {"incrocio con", "it"},
    {"kreuzung", "de"}, {"met", "nl"}, {"mit", "de"}, {"u", "de"}, {"und", "de"}, {"x", ""},
    {"y", "es"},
};
static const struct connector_row before[] = {
    {"a l angle de", "fr"}, {"a l angle des", "fr"}, {"a l angle du", "fr"},
    {"all angolo di", "it"}, {"an der ecke", "de"}, {"an der ecke von", "de"}, {"angle", "fr"},
    {"angle de", "fr"}, {"angle des", "fr"}, {"angle du", "fr"}, {"angolo", "it"},
    {"angolo di", "it"}, {"at the corner of", "en"}, {"au coin de", "fr"}, {"cantonada", "ca"},
    {"cantonada de", "ca"}, {"carrefour", "fr"}, {"cnr", "en"}, {"coin", "fr"}, {"coin de", "fr"},
    {"cor", "en"}, {"corner", "en"}, {"corner of", "en"}, {"croisement", "fr"},
    {"croisement de", "fr"}, {"crossing of", "en"}, {"crossroads of", "en"}, {"cruce", "es"},
    {"cruce de", "es"}, {"cruilla de", "ca"}, {"cruzamento", "pt"}, {"cruzamento da", "pt"},
    {"cruzamento de", "pt"}, {"ecke", "de"}, {"ecke von", "de"}, {"einmundung", "de"},
    {"esq", "es"}, {"esquina", "es"}, {"esquina da", "pt"}, {"esquina de", "es"},
    {"esquina do", "pt"}, {"hoek", "nl"}, {"hoek van", "nl"}, {"incrocio", "it"},
    {"incrocio di", "it"}, {"incrocio fra", "it"}, {"incrocio tra", "it"},
    {"interseccion de", "es"}, {"intersection", "en"}, {"intersection de", "fr"},
    {"intersection of", "en"}, {"junction", "en"}, {"junction of", "en"}, {"kreuzung", "de"},
    {"kreuzung von", "de"}, {"kruising", "nl"}, {"kruising van", "nl"}, {"l angle de", "fr"},
    {"la esquina de", "es"}, {"on the corner of", "en"}, {"op de hoek van", "nl"},
    {"the corner of", "en"}, {"the intersection of", "en"},
};
static const struct connector_row articles[] = {
    {"a", "pt"}, {"com a", "pt"}, {"con", "it"}, {"da", "pt"}, {"de", "fr"}, {"de", "nl"},
    {"de l", "fr"}, {"de la", "es"}, {"de la", "fr"}, {"del", "es"}, {"del", "it"}, {"dell", "it"},
    {"della", "it"}, {"dem", "de"}, {"der", "de"}, {"des", "fr"}, {"di", "it"}, {"die", "de"},
    {"do", "pt"}, {"du", "fr"}, {"el", "es"}, {"els", "ca"}, {"het", "nl"}, {"l", "fr"},
    {"la", "es"}, {"la", "fr"}, {"la", "it"}, {"le", "fr"}, {"les", "fr"}, {"o", "pt"},
    {"of", "en"}, {"the", "en"}, {"van", "nl"}, {"van de", "nl"}, {"von", "de"}, {"zum", "de"},
    {"zur", "de"},
};
static const struct connector_row where[] = {
    {"a", "ca"}, {"a", "fr"}, {"a", "it"}, {"a cote de", "fr"}, {"a prop de", "ca"}, {"ad", "it"},
    {"am", "de"}, {"an der", "de"}, {"around", "en"}, {"at", "en"}, {"au", "fr"}, {"aux", "fr"},
    {"bei", "de"}, {"bij", "nl"}, {"by", "en"}, {"cerca de", "es"}, {"cerca del", "es"},
    {"close to", "en"}, {"dans", "fr"}, {"de", "es"}, {"de", "fr"}, {"em", "pt"}, {"en", "es"},
    {"im", "de"}, {"in", "de"}, {"in", "en"}, {"in", "it"}, {"in", "nl"}, {"in de buurt van", "nl"},
    {"in der", "de"}, {"in der nahe von", "de"}, {"in the", "en"}, {"junto a", "es"}, {"na", "pt"},
    {"nabij", "nl"}, {"nahe", "de"}, {"near", "en"}, {"near to", "en"}, {"nearby", "en"},
    {"neben", "de"}, {"nei pressi di", "it"}, {"next to", "en"}, {"no", "pt"}, {"of", "en"},
    {"on", "en"}, {"perto da", "pt"}, {"perto de", "pt"}, {"perto do", "pt"}, {"pres de", "fr"},
    {"pres du", "fr"}, {"presso", "it"}, {"proche de", "fr"}, {"prop de", "ca"}, {"sur", "fr"},
    {"te", "nl"}, {"um", "de"}, {"vicino a", "it"},
};
static const struct connector_row here[] = {
    {"a prop meu", "ca"}, {"a proximite", "fr"}, {"aqui", "es"}, {"aqui perto", "pt"},
    {"around here", "en"}, {"around me", "en"}, {"autour de moi", "fr"},
    {"bij mij in de buurt", "nl"}, {"cerca", "es"}, {"cerca de mi", "es"}, {"close by", "en"},
    {"closest", "en"}, {"hier", "de"}, {"ici", "fr"}, {"in de buurt", "nl"}, {"in der nahe", "de"},
    {"in meiner nahe", "de"}, {"nachste", "de"}, {"near by", "en"}, {"near here", "en"},
    {"near me", "en"}, {"nearby", "en"}, {"nearest", "en"}, {"nelle vicinanze", "it"},
    {"perto de mim", "pt"}, {"pres de moi", "fr"}, {"qui vicino", "it"}, {"um mich", "de"},
    {"vicino a me", "it"},
};
// clang-format on

static const struct {
    const struct connector_row *rows;
    size_t count;
} tables[CONNECTOR_ROLE_COUNT] = {
    [CONNECTOR_BETWEEN] = {between, COUNT_OF(between)},
    [CONNECTOR_BEFORE] = {before, COUNT_OF(before)},
    [CONNECTOR_ARTICLE] = {articles, COUNT_OF(articles)},
    [CONNECTOR_WHERE] = {where, COUNT_OF(where)},
    [CONNECTOR_HERE] = {here, COUNT_OF(here)},
};

const struct connector_row *connector_rows(enum connector_role role, size_t *count)
{
    *count = tables[role].count;
    return tables[role].rows;
}

// Words that the phrase takes; 0 when it is not what they begin with.
static size_t phrase_match(const char *phrase, const struct bytes *words, size_t count)
{
    for (size_t taken = 0; taken < count; taken++) {
        const struct bytes word = words[taken];
        size_t at = 0;
        while (at < word.size && phrase[at] == (char)word.data[at] && phrase[at] != '\0') {
            at++;
        }
        if (at < word.size || (phrase[at] != '\0' && phrase[at] != ' ')) {
            return 0;
        }
        if (phrase[at] == '\0') {
            return taken + 1;
        }
        phrase += at + 1;
    }
    return 0;
}

// The first row whose phrase begins with the letter or a later one.
static size_t first_of(const struct connector_row *rows, size_t count, char letter)
{
    size_t low = 0;
    while (low < count) {
        const size_t middle = low + (count - low) / 2;
        if (rows[middle].phrase[0] < letter) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

size_t connector_match(enum connector_role role, const struct bytes *words, size_t count)
{
    enum { WORD_SIZE_MAX = 12 }; // of all first words: "intersection"
    const struct connector_row *const rows = tables[role].rows;
    if (count == 0 || words[0].size == 0 || words[0].size > WORD_SIZE_MAX ||
        words[0].data[0] >= 0x80) {
        return 0;
    }
    const char letter = (char)words[0].data[0];
    size_t longest = 0;
    for (size_t i = first_of(rows, tables[role].count, letter);
         i < tables[role].count && rows[i].phrase[0] == letter; i++) {
        const size_t taken = phrase_match(rows[i].phrase, words, count);
        longest = taken > longest ? taken : longest;
    }
    return longest;
}
