// Codes of Who's On First: place types, languages, classes of venues.
#include "source/wof_private.h"

static const struct wof_type types[] = {
    {"country", WOF_AREA, "country", "2"},
    {"dependency", WOF_AREA, "country", "2"},
    {"macroregion", WOF_AREA, "state", "3"},
    {"region", WOF_AREA, "state", "4"},
    {"macrocounty", WOF_AREA, "county", "5"},
    {"county", WOF_AREA, "county", "6"},
    {"localadmin", WOF_AREA, "municipality", "7"},
    {"locality", WOF_AREA, "town", "8"},
    {"borough", WOF_AREA, "borough", "9"},
    {"macrohood", WOF_AREA, "quarter", "10"},
    {"neighbourhood", WOF_AREA, "neighbourhood", "10"},
    {"microhood", WOF_AREA, "neighbourhood", "11"},
    {"postalcode", WOF_POSTCODE, "", ""},
    {"venue", WOF_VENUE, "", ""},
    {"campus", WOF_CAMPUS, "", ""},
};

const struct wof_type *wof_type_find(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (bytes_equal(name, bytes_from_text(types[i].name))) {
            return &types[i];
        }
    }
    return NULL;
}

// ISO 639-3 (or 639-2/T) and the two letters of ISO 639-1 that BCP 47 prefers; sorted.
static const char languages[] =
    "aaraa abkab afraf akaak amham araar argan asmas avaav aveae aymay azeaz bakba bambm "
    "belbe benbn bisbi bodbo bosbs brebr bulbg catca cescs chach chece chucu chvcv corkw "
    "cosco crecr cymcy danda deude divdv dzodz ellel engen epoeo estet euseu eweee faofo "
    "fasfa fijfj finfi frafr fryfy fulff glagd glega glggl glvgv grngn gujgu hatht hauha "
    "hbssh hebhe herhz hinhi hmoho hrvhr hunhu hyehy iboig idoio iiiii ikuiu ileie inaia "
    "indid ipkik islis itait javjv jpnja kalkl kankn kasks katka kaukr kazkk khmkm kikki "
    "kinrw kirky komkv konkg korko kuakj kurku laolo latla lavlv limli linln litlt ltzlb "
    "lublu luglg mahmh malml marmr mkdmk mlgmg mltmt monmn mrimi msams myamy nauna navnv "
    "nblnr ndend ndong nepne nldnl nnonn nobnb norno nyany ocioc ojioj orior ormom ossos "
    "panpa plipi polpl porpt pusps quequ rohrm ronro runrn rusru sagsg sansa sinsi slksk "
    "slvsl smese smosm snasn sndsd somso sotst spaes sqisq srdsc srpsr sswss sunsu swasw "
    "swesv tahty tamta tattt telte tgktg tgltl thath tirti tonto tsntn tsots tuktk turtr "
    "twitw uigug ukruk urdur uzbuz venve vievi volvo wlnwa wolwo xhoxh yidyi yoryo zhaza "
    "zhozh zulzu ";

enum { LANGUAGE_ROW = 6 }; // "fraxx ": three letters, two, a blank

bool wof_language(struct bytes code, char language[12])
{
    static const struct {
        const char *code, *language;
    } regional[] = {
        {"und", ""},           {"zho_cn", "zh-Hans"},  {"zho_tw", "zh-Hant"},
        {"zho_hk", "zh-Hant"}, {"zho_min_nan", "nan"}, {"zho_yue", "yue"},
    };
    for (size_t i = 0; i < COUNT_OF(regional); i++) {
        if (bytes_equal(code, bytes_from_text(regional[i].code))) {
            memcpy(language, regional[i].language, strlen(regional[i].language) + 1);
            return true;
        }
    }
    bool is_code = code.size == 3;
    for (size_t i = 0; i < code.size && is_code; i++) {
        is_code = code.data[i] >= 'a' && code.data[i] <= 'z';
    }
    if (!is_code) {
        return false;
    }
    memcpy(language, code.data, 3);
    language[3] = '\0';
    for (size_t low = 0, high = sizeof(languages) / LANGUAGE_ROW; low < high;) {
        const size_t middle = low + (high - low) / 2;
        const char *const row = &languages[middle * LANGUAGE_ROW];
        const int order = memcmp(code.data, row, 3);
        if (order == 0) {
            memcpy(language, row + 3, 2);
            language[2] = '\0';
            return true;
        }
        low = order < 0 ? low : middle + 1;
        high = order < 0 ? middle : high;
    }
    return true;
}

// SimpleGeo's categories and subcategories, which share one list of words.
static const struct {
    const char *class, *key, *value;
} venues[] = {
    {"Restaurant", "amenity", "restaurant"},
    {"Bars & Pubs", "amenity", "bar"},
    {"Coffee & Tea", "amenity", "cafe"},
    {"Cafe", "amenity", "cafe"},
    {"Internet Cafe", "amenity", "internet_cafe"},
    {"Bakery", "shop", "bakery"},
    {"Bagels", "shop", "bakery"},
    {"Donuts", "amenity", "fast_food"},
    {"Fast Food", "amenity", "fast_food"},
    {"Ice Cream", "amenity", "ice_cream"},
    {"Deli", "shop", "deli"},
    {"Winery", "shop", "wine"},
    {"Hotels & Motels", "tourism", "hotel"},
    {"Bed & Breakfast", "tourism", "guest_house"},
    {"Resort", "tourism", "hotel"},
    {"Campground", "tourism", "camp_site"},
    {"Travel Agent", "shop", "travel_agency"},
    {"School", "amenity", "school"},
    {"Library", "amenity", "library"},
    {"College", "amenity", "college"},
    {"Junior College", "amenity", "college"},
    {"University", "amenity", "university"},
    {"Preschool", "amenity", "kindergarten"},
    {"Vocational School", "amenity", "college"},
    {"Special Training", "office", "educational_institution"},
    {"Dance Studio", "leisure", "dance"},
    {"Post Office", "amenity", "post_office"},
    {"Fire Station", "amenity", "fire_station"},
    {"Court House", "amenity", "courthouse"},
    {"Police Station", "amenity", "police"},
    {"Jail", "amenity", "prison"},
    {"City Hall", "amenity", "townhall"},
    {"Doctor", "amenity", "doctors"},
    {"Clinic", "amenity", "clinic"},
    {"Hospital", "amenity", "hospital"},
    {"Dentist", "amenity", "dentist"},
    {"Chiropractor", "healthcare", "alternative"},
    {"Health Practitioner", "amenity", "doctors"},
    {"Nursing And Care Facility", "amenity", "nursing_home"},
    {"Optometrist", "shop", "optician"},
    {"Medical Lab", "healthcare", "laboratory"},
    {"Podiatrist", "amenity", "doctors"},
    {"Pharmacy", "amenity", "pharmacy"},
    {"Bank", "amenity", "bank"},
    {"Veterinary Services", "amenity", "veterinary"},
    {"Auto Repair", "shop", "car_repair"},
    {"Auto Rental", "amenity", "car_rental"},
    {"Car Wash", "amenity", "car_wash"},
    {"Laundry & Dry Cleaning", "shop", "laundry"},
    {"Self-service Laundry", "shop", "laundry"},
    {"Funeral Services", "shop", "funeral_directors"},
    {"Portrait Studio", "craft", "photographer"},
    {"Beauty Salon", "shop", "hairdresser"},
    {"Barber", "shop", "hairdresser"},
    {"Nail Salon", "shop", "beauty"},
    {"Day Spa", "shop", "beauty"},
    {"Skin Care", "shop", "beauty"},
    {"Massage", "shop", "massage"},
    {"Tattoo Parlor", "shop", "tattoo"},
    {"Tanning Parlor", "shop", "beauty"},
    {"Shoe Repair & Shine", "craft", "shoemaker"},
    {"Groceries & Convenience Stores", "shop", "convenience"},
    {"Supermarket", "shop", "supermarket"},
    {"Farmers Market", "amenity", "marketplace"},
    {"Liquor & Beverages", "shop", "alcohol"},
    {"Meat & Fish", "shop", "butcher"},
    {"Fruits & Vegetables", "shop", "greengrocer"},
    {"Candy", "shop", "confectionery"},
    {"Automobile Sales", "shop", "car"},
    {"Auto Supplies", "shop", "car_parts"},
    {"Fuel & Gas Station", "amenity", "fuel"},
    {"Motorcycle Sales", "shop", "motorcycle"},
    {"Boat Sales", "shop", "boat"},
    {"Clothing, Apparel, & Fashions", "shop", "clothes"},
    {"Used Merchandise", "shop", "second_hand"},
    {"Gifts & Souvenirs", "shop", "gift"},
    {"Bicycles & Sporting Goods", "shop", "sports"},
    {"Computers & Home Electronics", "shop", "electronics"},
    {"Discount & Variety Stores", "shop", "variety_store"},
    {"Hobbies, Toys, & Games", "shop", "toys"},
    {"Florist", "shop", "florist"},
    {"Books", "shop", "books"},
    {"Jewelry", "shop", "jewelry"},
    {"Shoes", "shop", "shoes"},
    {"Building Materials", "shop", "doityourself"},
    {"Hardware", "shop", "hardware"},
    {"Furniture", "shop", "furniture"},
    {"Garden Supply", "shop", "garden_centre"},
    {"Real Estate Agent", "office", "estate_agent"},
    {"Architect", "office", "architect"},
    {"Lawyer & Legal Services", "office", "lawyer"},
    {"Accounting & Tax Preparation", "office", "accountant"},
    {"Employment Agencies", "office", "employment_agency"},
    {"Insurance Agent", "office", "insurance"},
    {"Religious Organization", "amenity", "place_of_worship"},
    {"Community Association", "office", "association"},
    {"Non-profit Organization", "office", "ngo"},
    {"Newspaper", "office", "newspaper"},
    {"Child Care", "amenity", "kindergarten"},
    {"Gym", "leisure", "fitness_centre"},
    {"Golf", "leisure", "golf_course"},
    {"Bowling", "leisure", "bowling_alley"},
    {"Marina", "leisure", "marina"},
    {"Theater", "amenity", "theatre"},
    {"Arts Center", "amenity", "arts_centre"},
    {"Art Gallery", "tourism", "gallery"},
    {"Movie Theater", "amenity", "cinema"},
    {"Museum", "tourism", "museum"},
    {"Aquarium", "tourism", "aquarium"},
    {"Place Of Worship", "amenity", "place_of_worship"},
    {"Airport", "aeroway", "aerodrome"},
    {"Train Station", "railway", "station"},
    {"Transit Center", "amenity", "bus_station"},
    {"Ferry", "amenity", "ferry_terminal"},
    {"Taxi", "amenity", "taxi"},
    {"Parking", "amenity", "parking"},
    {"Tourist Information", "tourism", "information"},
    {"Tourist Attraction", "tourism", "attraction"},
    {"Cemetery", "landuse", "cemetery"},
    {"Community Center", "amenity", "community_centre"},
    {"Arena", "leisure", "stadium"},
    {"Animal Shelter", "amenity", "animal_shelter"},
    {"Electrical", "craft", "electrician"},
    {"Plumbing", "craft", "plumber"},
    {"Office", "office", "government"},
    {"Government", "office", "government"},
    {"Professional", "office", "company"},
    {"Building & Trades", "office", "company"},
    {"Shopping", "shop", "yes"},
    {"Retail", "shop", "yes"},
    {"Health Services", "amenity", "clinic"},
    {"Manufacturing", "man_made", "works"},
    {"Real Estate", "office", "estate_agent"},
    {"Wholesale", "shop", "wholesale"},
    {"Organizations", "office", "association"},
    {"Social Services", "amenity", "social_facility"},
    {"Home & Garden", "shop", "doityourself"},
    {"Personal", "shop", "beauty"},
    {"Education", "amenity", "school"},
    {"Travel", "tourism", "hotel"},
    {"Farming", "shop", "farm"},
    {"Food & Beverages", "shop", "convenience"},
    {"Autos & Motor Vehicles", "shop", "car"},
    {"Banks & Credit Unions", "amenity", "bank"},
    {"Insurance", "office", "insurance"},
    {"Sports & Exercise", "leisure", "sports_centre"},
    {"Arts & Performance", "amenity", "arts_centre"},
    {"Cinema", "amenity", "cinema"},
    {"Recreation", "leisure", "park"},
    {"Communications", "office", "company"},
    {"Utilities", "office", "company"},
    {"Freight", "office", "company"},
};

static bool class_find(struct bytes class, const char **key, const char **value)
{
    for (size_t i = 0; i < COUNT_OF(venues); i++) {
        if (bytes_equal(class, bytes_from_text(venues[i].class))) {
            *key = venues[i].key;
            *value = venues[i].value;
            return true;
        }
    }
    return false;
}

bool wof_venue_tag(struct bytes category, struct bytes subcategory, const char **key,
                   const char **value)
{
    return class_find(subcategory, key, value) || class_find(category, key, value);
}
