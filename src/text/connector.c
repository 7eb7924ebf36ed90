#include "text/connector.h"

#include <string.h>

#include "base/attributes.h"

// clang-format off
static const struct connector_row between[] = {
    {"&", ""}, {"x", ""}, {"and", "en"}, {"at", "en"}, {"corner", "en"}, {"corner of", "en"},
    {"und", "de"}, {"u", "de"}, {"ecke", "de"}, {"an der ecke", "de"}, {"kreuzung", "de"}, {"mit", "de"},
    {"et", "fr"}, {"angle", "fr"}, {"a l angle de", "fr"}, {"a l angle", "fr"}, {"coin", "fr"},
    {"y", "es"}, {"e", "es"}, {"con", "es"}, {"esquina", "es"}, {"esq", "es"}, {"esquina con", "es"},
    {"cruce con", "es"}, {"entre", "es"},
    {"e", "it"}, {"ed", "it"}, {"con", "it"}, {"angolo", "it"}, {"ang", "it"}, {"angolo con", "it"},
    {"all angolo con", "it"}, {"incrocio", "it"}, {"incrocio con", "it"},
    {"e", "pt"}, {"com", "pt"}, {"esquina", "pt"}, {"esquina com", "pt"}, {"cruzamento com", "pt"},
    {"en", "nl"}, {"hoek", "nl"}, {"met", "nl"}, {"i", "ca"}, {"amb", "ca"}, {"cantonada", "ca"},
    {"cantonada amb", "ca"},
};
static const struct connector_row before[] = {
    {"corner", "en"}, {"corner of", "en"}, {"the corner of", "en"}, {"at the corner of", "en"},
    {"on the corner of", "en"}, {"cnr", "en"}, {"cor", "en"}, {"intersection", "en"},
    {"intersection of", "en"}, {"the intersection of", "en"}, {"junction", "en"}, {"junction of", "en"},
    {"crossing of", "en"}, {"crossroads of", "en"},
    {"ecke", "de"}, {"ecke von", "de"}, {"an der ecke", "de"}, {"an der ecke von", "de"},
    {"kreuzung", "de"}, {"kreuzung von", "de"}, {"einmundung", "de"},
    {"angle", "fr"}, {"angle de", "fr"}, {"angle du", "fr"}, {"angle des", "fr"}, {"a l angle de", "fr"},
    {"a l angle du", "fr"}, {"a l angle des", "fr"}, {"l angle de", "fr"}, {"coin", "fr"},
    {"coin de", "fr"}, {"au coin de", "fr"}, {"croisement", "fr"}, {"croisement de", "fr"},
    {"intersection de", "fr"}, {"carrefour", "fr"},
    {"esquina", "es"}, {"esquina de", "es"}, {"la esquina de", "es"}, {"esq", "es"}, {"cruce", "es"},
    {"cruce de", "es"}, {"interseccion de", "es"},
    {"angolo", "it"}, {"angolo di", "it"}, {"all angolo di", "it"}, {"incrocio", "it"},
    {"incrocio di", "it"}, {"incrocio tra", "it"}, {"incrocio fra", "it"},
    {"esquina da", "pt"}, {"esquina do", "pt"}, {"cruzamento", "pt"}, {"cruzamento de", "pt"},
    {"cruzamento da", "pt"}, {"hoek", "nl"}, {"hoek van", "nl"}, {"op de hoek van", "nl"},
    {"kruising", "nl"}, {"kruising van", "nl"}, {"cantonada", "ca"}, {"cantonada de", "ca"},
    {"cruilla de", "ca"},
};
static const struct connector_row articles[] = {
    {"the", "en"}, {"of", "en"}, {"der", "de"}, {"die", "de"}, {"dem", "de"}, {"von", "de"},
    {"zur", "de"}, {"zum", "de"}, {"de", "fr"}, {"de la", "fr"}, {"de l", "fr"}, {"du", "fr"},
    {"des", "fr"}, {"la", "fr"}, {"le", "fr"}, {"l", "fr"}, {"les", "fr"}, {"de la", "es"},
    {"del", "es"}, {"la", "es"}, {"el", "es"}, {"di", "it"}, {"della", "it"}, {"del", "it"},
    {"dell", "it"}, {"con", "it"}, {"la", "it"}, {"da", "pt"}, {"do", "pt"}, {"a", "pt"}, {"o", "pt"},
    {"com a", "pt"}, {"de", "nl"}, {"het", "nl"}, {"van", "nl"}, {"van de", "nl"}, {"els", "ca"},
};
static const struct connector_row where[] = {
    {"in", "en"}, {"near", "en"}, {"near to", "en"}, {"nearby", "en"}, {"close to", "en"}, {"at", "en"},
    {"around", "en"}, {"by", "en"}, {"next to", "en"}, {"on", "en"}, {"in the", "en"}, {"of", "en"},
    {"in", "de"}, {"bei", "de"}, {"nahe", "de"}, {"in der nahe von", "de"}, {"um", "de"}, {"am", "de"},
    {"im", "de"}, {"an der", "de"}, {"in der", "de"}, {"neben", "de"},
    {"a", "fr"}, {"au", "fr"}, {"aux", "fr"}, {"pres de", "fr"}, {"pres du", "fr"},
    {"proche de", "fr"}, {"dans", "fr"}, {"de", "fr"}, {"a cote de", "fr"}, {"sur", "fr"},
    {"en", "es"}, {"cerca de", "es"}, {"cerca del", "es"}, {"junto a", "es"}, {"de", "es"},
    {"in", "it"}, {"a", "it"}, {"ad", "it"}, {"vicino a", "it"}, {"presso", "it"}, {"nei pressi di", "it"},
    {"em", "pt"}, {"no", "pt"}, {"na", "pt"}, {"perto de", "pt"}, {"perto do", "pt"}, {"perto da", "pt"},
    {"in", "nl"}, {"bij", "nl"}, {"nabij", "nl"}, {"te", "nl"}, {"in de buurt van", "nl"},
    {"a", "ca"}, {"prop de", "ca"}, {"a prop de", "ca"},
};
static const struct connector_row here[] = {
    {"near me", "en"}, {"nearby", "en"}, {"near by", "en"}, {"around me", "en"}, {"around here", "en"},
    {"near here", "en"}, {"close by", "en"}, {"closest", "en"}, {"nearest", "en"},
    {"in der nahe", "de"}, {"in meiner nahe", "de"}, {"hier", "de"}, {"um mich", "de"},
    {"nachste", "de"}, {"pres de moi", "fr"}, {"a proximite", "fr"}, {"autour de moi", "fr"},
    {"ici", "fr"}, {"cerca", "es"}, {"cerca de mi", "es"}, {"aqui", "es"}, {"vicino a me", "it"},
    {"qui vicino", "it"}, {"nelle vicinanze", "it"}, {"perto de mim", "pt"}, {"aqui perto", "pt"},
    {"in de buurt", "nl"}, {"bij mij in de buurt", "nl"}, {"a prop meu", "ca"},
};
// clang-format on

static const struct {
    const struct connector_row *rows;
    size_t count;
    const char *letters; // that a phrase may begin with: most words begin with another
} tables[CONNECTOR_ROLE_COUNT] = {
    [CONNECTOR_BETWEEN] = {between, COUNT_OF(between), "&acehikmuxy"},
    [CONNECTOR_BEFORE] = {before, COUNT_OF(before), "acehijklot"},
    [CONNECTOR_ARTICLE] = {articles, COUNT_OF(articles), "acdehlotvz"},
    [CONNECTOR_WHERE] = {where, COUNT_OF(where), "abcdeijnopstuv"},
    [CONNECTOR_HERE] = {here, COUNT_OF(here), "abchinpquv"},
};

const struct connector_row *connector_rows(enum connector_role role, size_t *count)
{
    *count = tables[role].count;
    return tables[role].rows;
}

// Words that the phrase takes; 0 when it is not what they begin with.
static size_t phrase_match(const char *phrase, const struct bytes *words, size_t count)
{
    size_t taken = 0;
    while (taken < count) {
        const struct bytes word = words[taken];
        if (strncmp(phrase, (const char *)word.data, word.size) != 0 ||
            (phrase[word.size] != '\0' && phrase[word.size] != ' ')) {
            return 0;
        }
        taken++;
        if (phrase[word.size] == '\0') {
            return taken;
        }
        phrase += word.size + 1;
    }
    return 0;
}

size_t connector_match(enum connector_role role, const struct bytes *words, size_t count)
{
    enum { WORD_SIZE_MAX = 12 }; // of all first words: "intersection"
    size_t longest = 0;
    if (count == 0 || words[0].size == 0 || words[0].size > WORD_SIZE_MAX ||
        words[0].data[0] == '\0' || strchr(tables[role].letters, words[0].data[0]) == NULL) {
        return 0;
    }
    for (size_t i = 0; i < tables[role].count; i++) {
        if (tables[role].rows[i].phrase[0] != (char)words[0].data[0]) {
            continue; // nearly all of them
        }
        const size_t taken = phrase_match(tables[role].rows[i].phrase, words, count);
        longest = taken > longest ? taken : longest;
    }
    return longest;
}
