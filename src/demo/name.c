#include "demo/name.h"

#include <assert.h>

#include "base/attributes.h"

// In patterns, * is a word, @ a first name and # a family name.
struct words {
    const char *const *items;
    uint32_t count;
};
#define WORDS(array)           \
    {                          \
        array, COUNT_OF(array) \
    }

struct vocabulary {
    struct words stems;    // what streets are named after
    struct words patterns; // of those
    struct words firsts, lasts;
    struct words people; // patterns of streets named after people
    struct words common;
    struct words place_stems, place_endings;
    struct words districts;
};

// clang-format off
static const char *const de_stems[] = {
    "Linden", "Birken", "Buchen", "Eichen", "Ahorn", "Erlen", "Eschen", "Tannen", "Fichten", "Kiefern",
    "Kastanien", "Nussbaum", "Apfel", "Kirsch", "Rosen", "Flieder", "Holunder", "Mühl", "Bach",
    "Brunnen", "Quellen", "See", "Wiesen", "Feld", "Acker", "Garten", "Wein", "Hopfen", "Korn",
    "Sonnen", "Mond", "Stern", "Falken", "Adler", "Amsel", "Drossel", "Lerchen", "Meisen", "Finken",
    "Reiher", "Hirsch", "Reh", "Fuchs", "Dachs", "Biber", "Schäfer", "Müller", "Weber", "Gerber",
    "Schmiede", "Töpfer", "Fischer", "Schiffer", "Zoll", "Markt", "Burg", "Schloss", "Turm", "Tor",
    "Kloster", "Kapellen", "Glocken", "Brücken", "Hafen"};
static const char *const de_patterns[] = {
    "*straße", "*weg", "*gasse", "*allee", "*ring", "*steig", "*platz", "*ufer", "Alte *straße",
    "Obere *gasse", "Kleiner *weg", "Am *hof"};
static const char *const de_firsts[] = {
    "Anna", "Klara", "Emil", "Jakob", "Hedwig", "Konrad", "Lotte", "Ruth", "Theodor", "Wilhelmine",
    "Ottilie", "Gustav", "Käthe", "Bruno", "Selma", "Ludwig", "Frieda", "Moritz", "Elise", "Jürgen"};
static const char *const de_lasts[] = {
    "Keller", "Brandner", "Hofstätter", "Lang", "Vogt", "Sailer", "Zünd", "Marthaler", "Reuter",
    "Bühler", "Ackermann", "Eberle", "Grün", "Hasler", "Imhof", "Jäger", "Kranz", "Lorenz", "Nägele",
    "Oehri", "Pfister", "Quaderer", "Ritter", "Schädler", "Tanner", "Ulrich", "Wanger", "Zeller"};
static const char *const de_people[] = {"@-#-Straße", "@-#-Weg", "Dr.-@-#-Gasse"};
static const char *const de_common[] = {
    "Hauptstraße", "Bahnhofstraße", "Dorfstraße", "Kirchweg", "Schulstraße", "Feldkircher Straße"};
static const char *const de_places[] = {
    "Falken", "Linden", "Stein", "Wald", "Alten", "Neu", "Ober", "Unter", "Rothen", "Grün", "Weiß",
    "Lauter", "Königs", "Bischofs", "Mühl", "Hohen"};
static const char *const de_endings[] = {"berg", "heim", "hausen", "feld", "bach", "dorf", "au",
                                         "brück"};
static const char *const de_districts[] = {
    "Altstadt", "Neustadt", "Nordstadt", "Südvorstadt", "Hafenviertel", "Mühlenviertel", "Seefeld",
    "Oberstadt", "Gartenstadt"};

static const char *const nl_stems[] = {
    "Linden", "Beuken", "Eiken", "Molen", "Kerk", "Dorps", "Haven", "Schippers", "Vissers", "Boter",
    "Kaas", "Tulpen", "Rozen", "Zonne", "Maan", "Kerke", "Wilgen", "Elzen", "Zwaluw", "Reiger"};
static const char *const nl_patterns[] = {"*straat", "*weg", "*laan", "*plein", "*kade", "*dijk",
                                          "Lange *straat", "Oude *weg"};
static const char *const nl_firsts[] = {"Jan", "Piet", "Maria", "Wilhelmina", "Cornelis", "Saskia",
                                        "Hendrik", "Griet"};
static const char *const nl_lasts[] = {"Bakker", "de Vries", "van den Berg", "Visser", "Mulder",
                                       "Dekker", "Smit", "Kuiper", "van Dijk", "Brouwer"};
static const char *const nl_people[] = {"@ #straat", "Burgemeester @ #laan", "@ #plein"};
static const char *const nl_common[] = {"Hoofdstraat", "Kerkstraat", "Stationsweg", "Schoolstraat",
                                        "1e Dwarsstraat", "Tweede Dwarsstraat"};
static const char *const nl_places[] = {"Molen", "Water", "Oude", "Nieuw", "Zand", "Heer"};
static const char *const nl_endings[] = {"dam", "wijk", "huizen", "veld", "kerk", "drecht"};
static const char *const nl_districts[] = {"Centrum", "Noord", "Zuid", "Havenkwartier"};

static const char *const it_stems[] = {
    "dei Tigli", "delle Rose", "del Mulino", "della Fonte", "del Porto", "degli Ulivi", "dei Mille",
    "della Pace", "dell'Arte", "del Sole", "delle Vigne", "del Ponte", "dei Fiori", "della Torre",
    "San Marco", "Santa Chiara", "San Giorgio", "dell'Orto", "del Carmine", "delle Acacie"};
static const char *const it_patterns[] = {"Via *", "Viale *", "Piazza *", "Vicolo *", "Largo *",
                                          "Corso *", "Salita *"};
static const char *const it_firsts[] = {"Aldo", "Bianca", "Carlo", "Donata", "Elio", "Franca",
                                        "Guido", "Nicolò"};
static const char *const it_lasts[] = {"Ferri", "Colombo", "Bassi", "Moretti", "Galli", "Rinaldi",
                                       "Sartori", "Villa", "Zanetti", "Pagani"};
static const char *const it_people[] = {"Via @ #", "Viale Dottor @ #", "Largo @ #"};
static const char *const it_common[] = {"Via Roma", "Piazza della Chiesa", "Via della Stazione",
                                        "Via San Giovanni", "Corso Nazionale", "Via 25 Aprile"};
static const char *const it_places[] = {"Castel", "Monte", "Val", "Borgo", "Rocca", "San "};
static const char *const it_endings[] = {"rosso", "vecchio", "chiaro", "fiorito", "lungo", "sereno"};
static const char *const it_districts[] = {"Centro", "Borgo Nuovo", "Stazione", "Lungolago"};

static const char *const es_stems[] = {
    "de la Fuente", "del Molino", "de los Olmos", "del Río", "de la Luna", "del Mar", "de las Flores",
    "de la Paz", "del Puente", "de Santa Inés", "San Telmo", "de los Naranjos", "del Viento",
    "de la Muralla", "del Carmen", "de los Pescadores", "de la Rosa", "del Faro", "Real",
    "de las Viñas"};
static const char *const es_patterns[] = {"Calle *", "Avenida *", "Paseo *", "Plaza *", "Camino *",
                                          "Travesía *", "Pasaje *"};
static const char *const es_firsts[] = {"Elena", "Martín", "Lucía", "Íñigo", "Carmen", "Andrés",
                                        "Pilar", "Simón"};
static const char *const es_lasts[] = {"Rojas", "Ibáñez", "Núñez", "Ferrer", "Castaño", "Vidal",
                                       "Peña", "Muñoz", "Aguirre", "Solís"};
static const char *const es_people[] = {"Calle @ #", "Avenida Doctor @ #", "Plaza @ #"};
static const char *const es_common[] = {"Calle Mayor", "Plaza de la Iglesia", "Calle de la Estación",
                                        "Avenida de la Constitución", "Calle Nueva", "Calle Real"};
static const char *const es_places[] = {"Villa", "Puerto ", "Fuente", "Torre", "Campo", "Valle "};
static const char *const es_endings[] = {"nueva", "hermosa", "clara", "rubia", "verde", "serena"};
static const char *const es_districts[] = {"Centro", "El Puerto", "Las Viñas", "Ensanche"};

static const char *const pt_stems[] = {
    "das Oliveiras", "do Moinho", "da Fonte", "dos Pescadores", "da Praia", "das Flores", "do Sol",
    "da Saudade", "do Farol", "das Laranjeiras", "de São Bento", "de Santa Luzia", "da Conceição",
    "dos Ferreiros", "da Ponte", "do Arco", "da Ribeira", "das Acácias", "do Mercado", "da Alfândega"};
static const char *const pt_patterns[] = {"Rua *", "Avenida *", "Travessa *", "Praça *", "Largo *",
                                          "Beco *", "Ladeira *"};
static const char *const pt_firsts[] = {"Caio", "Inês", "João", "Lúcia", "Tomé", "Conceição", "Rui",
                                        "Estêvão"};
static const char *const pt_lasts[] = {"Prates", "Brandão", "Teixeira", "Guimarães", "Lobo",
                                       "Figueiredo", "Vilela", "Araújo", "Magalhães", "Sá"};
static const char *const pt_people[] = {"Rua Doutor @ #", "Avenida Coronel @ #", "Rua @ #"};
static const char *const pt_common[] = {"Rua Direita", "Praça da Matriz", "Rua da Estação",
                                        "Rua 7 de Setembro", "Avenida Central", "Rua do Comércio"};
static const char *const pt_places[] = {"Vila ", "Porto ", "Monte ", "Campo ", "Santa ", "São "};
static const char *const pt_endings[] = {"Alegre", "Formoso", "Verde", "Claro", "Novo", "Sereno"};
static const char *const pt_districts[] = {"Baixa", "Ribeira", "Boa Vista", "Alto do Moinho"};

static const char *const en_stems[] = {
    "Maple", "Oak", "Elm", "Chestnut", "Willow", "Hawthorn", "Rowan", "Juniper", "Cedar", "Magnolia",
    "Harbour", "Mill", "Market", "Castle", "Abbey", "Priory", "Chapel", "Orchard", "Meadow", "Brook",
    "River", "Spring", "Hill", "Valley", "Quarry", "Foundry", "Tanner", "Cooper", "Weaver", "Miller",
    "Shepherd", "Fisher", "Heron", "Kestrel", "Swallow", "Plover", "Otter", "Badger", "Fox", "Stag",
    "Lantern", "Anchor", "Compass", "Beacon", "Signal", "Garrison", "Granary", "Victory", "Regent",
    "Duke", "Baron", "King Edgar", "Queen Maud", "St Anne's", "St Brendan's", "Whitestone", "Blackwater",
    "Greenfield", "Longacre", "Ashdown", "Thornbury", "Westmere", "Larkspur", "O'Malley"};
static const char *const en_patterns[] = {
    "* Street", "* Road", "* Avenue", "* Lane", "* Drive", "* Court", "* Crescent", "* Square",
    "North * Street", "Old * Road", "* Gardens", "* Terrace"};
static const char *const en_firsts[] = {
    "Alice", "Bertram", "Clara", "Desmond", "Edith", "Frank", "Grace", "Harold", "Ivy", "Josiah",
    "Katherine", "Lionel", "Mabel", "Nathaniel", "Olive", "Percy", "Rose", "Silas", "Thea", "Walter"};
static const char *const en_lasts[] = {
    "Ashby", "Barlow", "Carver", "Dunmore", "Ellery", "Fairfax", "Gresham", "Holloway", "Ingram",
    "Jessop", "Kirkwood", "Lambert", "Marlowe", "Norwood", "Osgood", "Pemberton", "Quill", "Radcliffe",
    "Stanhope", "Thackeray", "Underhill", "Vance", "Whitlock", "Yardley"};
static const char *const en_people[] = {"@ # Way", "Dr @ # Drive", "@ # Boulevard"};
static const char *const en_common[] = {"Main Street", "High Street", "Church Street",
                                        "Station Road", "1st Avenue", "Second Avenue"};
static const char *const en_places[] = {
    "Ash", "Wood", "Stone", "Winter", "Black", "White", "North", "East", "King's ", "Mar", "Thorn",
    "Holly", "Fair", "Long", "Red", "Clear"};
static const char *const en_endings[] = {"ford", "ton", "bury", "field", "mouth", "ham", "wick",
                                         "haven"};
static const char *const en_districts[] = {
    "Old Town", "Harbourside", "Northgate", "Millfields", "Queens Reach", "Southbank", "Castle Hill",
    "Vieux-Port", "Les Tilleuls"};

static const char *const fr_stems[] = {
    "de la Fontaine", "du Moulin", "des Vignes", "de l'Étang", "des Tilleuls", "du Château",
    "de la République", "des Écoles", "du Marché", "de l'Hôpital", "des Rosiers", "du Pont",
    "de la Gare", "des Lilas", "du Port", "de l'Abbaye", "des Tanneurs", "du Vieux Puits",
    "de la Forêt", "des Champs", "du Lavoir", "de l'Île", "des Remparts", "du Canal",
    "Saint-Étienne", "Sainte-Agnès", "de la Liberté", "des Cerisiers", "du Théâtre", "de l'Horloge"};
static const char *const fr_patterns[] = {"Rue *", "Avenue *", "Chemin *", "Impasse *", "Allée *",
                                          "Place *", "Boulevard *", "Passage *", "Quai *"};
static const char *const fr_firsts[] = {"Émile", "Hélène", "Gaston", "Jeanne", "Lucien", "Margot",
                                        "René", "Simone", "Théo", "Zoé"};
static const char *const fr_lasts[] = {"Garnier", "Delorme", "Lefèvre", "Rousset", "Béranger",
                                       "Chauvin", "Morel", "Prévost", "Vasseur", "Thibault", "Noël",
                                       "Dufour"};
static const char *const fr_people[] = {"Rue @ #", "Avenue du Docteur @ #", "Square @ #"};
static const char *const fr_common[] = {"Grande Rue", "Rue de l'Église", "Place de la Mairie",
                                        "Rue du Général Vasseur", "Rue Saint-Denis",
                                        "Avenue de la Paix"};
static const char *const fr_places[] = {"Saint-", "Ville", "Mont", "Val", "Beau", "Roche"};
static const char *const fr_endings[] = {"aubin", "neuve", "clair", "fleuri", "lieu", "gris"};
static const char *const fr_districts[] = {"Vieux-Port", "Les Tilleuls", "Bellevue", "La Gare"};

static const char *const el_stems[] = {
    "Ελιάς", "Λιμανιού", "Ανέμων", "Θαλάσσης", "Ειρήνης", "Αγίου Νικολάου", "Φάρου", "Μουσών",
    "Δάφνης", "Ηλίου", "Κυπαρισσιών", "Αμπελώνων", "Ροδιάς", "Γλάρων", "Ψαράδων", "Πηγής"};
static const char *const el_patterns[] = {"Οδός *", "Λεωφόρος *", "Πλατεία *", "Πάροδος *"};
static const char *const el_firsts[] = {"Νίκου", "Ελένης", "Γιώργου", "Μαρίας", "Κώστα"};
static const char *const el_lasts[] = {"Καλογήρου", "Μαυρίδη", "Λυμπέρη", "Σταύρου", "Ξένου",
                                       "Βασιλάκη"};
static const char *const el_people[] = {"Οδός @ #"};
static const char *const el_common[] = {"Κεντρική Οδός", "Οδός Εκκλησίας", "Οδός Σταθμού"};
static const char *const el_places[] = {"Νέα ", "Παλιά ", "Άνω ", "Κάτω "};
static const char *const el_endings[] = {"Αγορά", "Σμίλη", "Βρύση", "Χώρα"};
static const char *const el_districts[] = {"Κέντρο", "Λιμάνι"};

static const char *const ja_words[] = {"リン", "ポート", "ベル", "ノヴァ", "桜", "港", "森", "川", "橋", "町"};
static const char *const ar_words[] = {"ميناء ", "مدينة ", "وادي ", "النور", "البحر", "السلام", "الورد", "القمر"};
static const char *const ru_words[] = {"Лин", "Порт", "Ново", "Берез", "град", "бург", "ово", "ёв"};
static const char *const hellenic_words[] = {"Λίμνη ", "Πόρτο ", "Άγιος ", "Βέντος", "Ρόδος", "Ήλιος"};
// clang-format on

#define VOCABULARY(tag)                                                                            \
    {                                                                                              \
        .stems = WORDS(tag##_stems), .patterns = WORDS(tag##_patterns),                            \
        .firsts = WORDS(tag##_firsts), .lasts = WORDS(tag##_lasts), .people = WORDS(tag##_people), \
        .common = WORDS(tag##_common), .place_stems = WORDS(tag##_places),                         \
        .place_endings = WORDS(tag##_endings), .districts = WORDS(tag##_districts),                \
    }

static const struct vocabulary vocabularies[DEMO_LANGUAGE_COUNT] = {
    [DEMO_GERMAN] = VOCABULARY(de),     [DEMO_DUTCH] = VOCABULARY(nl),
    [DEMO_ITALIAN] = VOCABULARY(it),    [DEMO_SPANISH] = VOCABULARY(es),
    [DEMO_PORTUGUESE] = VOCABULARY(pt), [DEMO_ENGLISH] = VOCABULARY(en),
    [DEMO_FRENCH] = VOCABULARY(fr),     [DEMO_GREEK] = VOCABULARY(el),
};

static const struct {
    const char *key;
    struct words words;
    unsigned parts;
} scripts[DEMO_SCRIPT_COUNT] = {
    [DEMO_JAPANESE] = {"name:ja", WORDS(ja_words), 2},
    [DEMO_ARABIC] = {"name:ar", WORDS(ar_words), 2},
    [DEMO_CYRILLIC] = {"name:ru", WORDS(ru_words), 2},
    [DEMO_HELLENIC] = {"name:el", WORDS(hellenic_words), 2},
};

static void name_add_bytes(struct name *name, const char *text, size_t size)
{
    const size_t room = sizeof(name->text) - 1 - name->size;
    if (size > room) {
        size = room;
        while (size > 0 && ((uint8_t)text[size] & 0xc0) == 0x80) {
            size--;
        }
    }
    memcpy(name->text + name->size, text, size);
    name->size += (unsigned)size;
    name->text[name->size] = '\0';
}

void name_add(struct name *name, const char *text)
{
    name_add_bytes(name, text, strlen(text));
}

static void digits_add(struct name *name, uint64_t number, unsigned digits)
{
    char text[20];
    size_t at = sizeof(text);
    for (; number > 0 || digits > 0; number /= 10) {
        assert(at > 0);
        text[--at] = (char)('0' + number % 10);
        digits -= digits > 0 ? 1 : 0;
    }
    name_add_bytes(name, text + at, sizeof(text) - at);
}

void name_add_number(struct name *name, uint32_t number, unsigned digits)
{
    digits_add(name, number, digits);
}

void name_add_decimal(struct name *name, uint64_t number)
{
    digits_add(name, number, 1);
}

static void pattern_fill(struct name *name, const char *pattern, const char *word,
                         const char *first, const char *last)
{
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '*') {
            name_add(name, word);
        } else if (*at == '@') {
            name_add(name, first);
        } else if (*at == '#') {
            name_add(name, last);
        } else {
            name_add_bytes(name, at, 1);
        }
    }
}

// Six of ten streets are named after things, four after people.
enum { THINGS_OF_TEN = 6 };

static uint32_t thing_count(const struct vocabulary *vocabulary)
{
    return vocabulary->stems.count * vocabulary->patterns.count;
}

static uint32_t people_count(const struct vocabulary *vocabulary)
{
    return vocabulary->firsts.count * vocabulary->lasts.count * vocabulary->people.count;
}

uint32_t name_street_pool(enum demo_language language)
{
    const struct vocabulary *const vocabulary = &vocabularies[language];
    const uint32_t things = thing_count(vocabulary) / THINGS_OF_TEN;
    const uint32_t people = people_count(vocabulary) / (10 - THINGS_OF_TEN);
    return 10 * (things < people ? things : people);
}

// Step through `count` things in an order that looks like none: a factor without a divisor in common
// with any count below it.
static uint32_t shuffled(uint32_t number, uint32_t count)
{
    return (uint32_t)((uint64_t)(number % count) * 7919 % count);
}

struct name name_street(enum demo_language language, uint32_t number)
{
    const struct vocabulary *const vocabulary = &vocabularies[language];
    struct name name = {0};
    const uint32_t ten = number / 10;
    const uint32_t unit = number % 10;
    if (unit < THINGS_OF_TEN) {
        const uint32_t thing = shuffled(ten * THINGS_OF_TEN + unit, thing_count(vocabulary));
        pattern_fill(&name, vocabulary->patterns.items[thing / vocabulary->stems.count],
                     vocabulary->stems.items[thing % vocabulary->stems.count], "", "");
        return name;
    }
    const uint32_t person =
        shuffled(ten * (10 - THINGS_OF_TEN) + unit - THINGS_OF_TEN, people_count(vocabulary));
    const uint32_t first = person % vocabulary->firsts.count;
    const uint32_t rest = person / vocabulary->firsts.count;
    pattern_fill(&name, vocabulary->people.items[rest / vocabulary->lasts.count], "",
                 vocabulary->firsts.items[first],
                 vocabulary->lasts.items[rest % vocabulary->lasts.count]);
    return name;
}

uint32_t name_street_common_count(enum demo_language language)
{
    return vocabularies[language].common.count;
}

struct name name_street_common(enum demo_language language, uint32_t number)
{
    const struct words common = vocabularies[language].common;
    struct name name = {0};
    name_add(&name, common.items[number % common.count]);
    return name;
}

struct name name_shortened(const struct name *name)
{
    static const char *const forms[][2] = {
        {"straße", "str."}, {"Straße", "Str."},  {" Street", " St"}, {" Avenue", " Ave"},
        {" Road", " Rd"},   {"Avenue ", "Av. "}, {"straat", "str."}, {"Avenida ", "Av. "},
        {"Rua ", "R. "},    {"Viale ", "V.le "}, {"Calle ", "C/ "},  {"Boulevard ", "Bd "},
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const char *const at = strstr(name->text, forms[i][0]);
        if (at != NULL) {
            struct name shortened = {0};
            name_add_bytes(&shortened, name->text, (size_t)(at - name->text));
            name_add(&shortened, forms[i][1]);
            name_add(&shortened, at + strlen(forms[i][0]));
            return shortened;
        }
    }
    return *name;
}

struct name name_place(enum demo_language language, uint32_t number)
{
    const struct vocabulary *const vocabulary = &vocabularies[language];
    const uint32_t stems = vocabulary->place_stems.count;
    const uint32_t endings = vocabulary->place_endings.count;
    const uint32_t place = shuffled(number, stems * endings);
    struct name name = {0};
    name_add(&name, vocabulary->place_stems.items[place % stems]);
    name_add(&name, vocabulary->place_endings.items[place / stems]);
    // The world has more towns than words: the later ones are told apart as rivers do it.
    if (number >= stems * endings) {
        name_add(&name, language == DEMO_ENGLISH ? " on " : " / ");
        name_add(&name, name_word(language, number / (stems * endings)));
    }
    return name;
}

struct name name_district(enum demo_language language, uint32_t number)
{
    const struct words districts = vocabularies[language].districts;
    struct name name = {0};
    name_add(&name, districts.items[number % districts.count]);
    return name;
}

const char *name_word(enum demo_language language, uint32_t number)
{
    const struct words stems = vocabularies[language].stems;
    return stems.items[number % stems.count];
}

struct name name_foreign(enum demo_script script, uint32_t number)
{
    const struct words words = scripts[script].words;
    const uint32_t half = words.count / 2;
    struct name name = {0};
    name_add(&name, words.items[number % half]);
    name_add(&name, words.items[half + number / half % (words.count - half)]);
    return name;
}

const char *name_script_key(enum demo_script script)
{
    return scripts[script].key;
}
