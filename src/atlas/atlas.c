#include "atlas/atlas.h"

#include <string.h>

#include "text/fold.h"

// Raised when atlas_verify comes to check more: a stamp of a lower number is then no stamp.
#define ATLAS_CHECKS_VERSION 3

// Where each section is hung in struct atlas: the pointer to its items, and how many there are.
struct binding {
    uint32_t kind;
    uint32_t item_size;
    size_t items; // offset in struct atlas
    size_t count; // offset in struct section_counts
    bool is_optional;
};

// What is not kept in struct atlas because the header says it again.
struct section_counts {
    uint32_t headers, sources, categories, docs, cells, boxes, variants, chains, streets, pois;
    uint32_t houses, house_ids, numbers, id_keys, id_refs, name_offsets, name_docs, name_words;
    uint32_t word_offsets, word_names, facts, doc_sources, house_sources;
    uint32_t category_offsets, category_pois;
    uint32_t crossings, crossings_reversed, zone_names, ways;
};

#define BIND(kind_, size_, items_, count_)          BIND_AS(kind_, size_, items_, count_, false)
#define BIND_OPTIONAL(kind_, size_, items_, count_) BIND_AS(kind_, size_, items_, count_, true)
#define BIND_AS(kind_, size_, items_, count_, optional_)                                           \
    {                                                                                              \
        .kind = ATLAS_SECTION_##kind_, .item_size = (size_),                                       \
        .items = offsetof(struct atlas, items_), .count = offsetof(struct section_counts, count_), \
        .is_optional = (optional_),                                                                \
    }

static const struct binding bindings[] = {
    BIND(HEADER, sizeof(struct atlas_header), header, headers),
    BIND(SOURCES, sizeof(struct atlas_source), sources, sources),
    BIND(CATEGORIES, 4, categories, categories),
    BIND(DOCS, sizeof(struct atlas_doc), docs, docs),
    BIND(CELLS, 8, cells, cells),
    BIND(BOXES, sizeof(struct geo_box), boxes, boxes),
    BIND(VARIANTS, 4, variants, variants),
    BIND(CHAINS, 4, chains, chains),
    BIND(STREETS, sizeof(struct atlas_street), streets, streets),
    BIND(POIS, sizeof(struct atlas_poi), pois, pois),
    BIND(HOUSES, sizeof(struct atlas_house), houses, houses),
    BIND(HOUSE_IDS, 8, house_ids, house_ids),
    BIND(NUMBERS, 4, numbers, numbers),
    BIND(ID_KEYS, 8, id_keys, id_keys),
    BIND(ID_REFS, 4, id_refs, id_refs),
    BIND(NAME_INDEX, 4, name_index, name_offsets),
    BIND(NAME_DOCS, 4, name_docs, name_docs),
    BIND(NAME_WORDS, 1, name_words, name_words),
    BIND(WORD_INDEX, 4, word_index, word_offsets),
    BIND(WORD_NAMES, 4, word_names, word_names),
    BIND_OPTIONAL(FACTS, 4, facts, facts),
    BIND_OPTIONAL(DOC_SOURCES, 1, doc_sources, doc_sources),
    BIND_OPTIONAL(HOUSE_SOURCES, 1, house_sources, house_sources),
    BIND_OPTIONAL(WAYS, sizeof(struct atlas_way), ways, ways),
    BIND_OPTIONAL(CROSSINGS, sizeof(struct atlas_crossing), crossings, crossings),
    BIND_OPTIONAL(CATEGORY_INDEX, 4, category_index, category_offsets),
    BIND_OPTIONAL(CATEGORY_POIS, 4, category_pois, category_pois),
    BIND_OPTIONAL(CROSSINGS_REVERSED, 4, crossings_reversed, crossings_reversed),
    BIND_OPTIONAL(ZONE_NAMES, sizeof(struct atlas_zone), zone_names, zone_names),
};

// Sections that are read as bytes.
static const uint32_t byte_sections[] = {
    ATLAS_SECTION_STRINGS, ATLAS_SECTION_NAME_FST,    ATLAS_SECTION_WORD_FST, ATLAS_SECTION_POINTS,
    ATLAS_SECTION_LINES,   ATLAS_SECTION_SETTLEMENTS, ATLAS_SECTION_AREAS,
};
static const uint32_t optional_byte_sections[] = {ATLAS_SECTION_CROSSING_POINTS,
                                                  ATLAS_SECTION_ZONES};

static enum status sections_bind(struct atlas *atlas, struct section_counts *counts,
                                 struct fault *fault)
{
    enum { NEEDED = COUNT_OF(bindings) + COUNT_OF(byte_sections) };
    struct archive_known known[NEEDED + COUNT_OF(optional_byte_sections)];
    for (size_t i = 0; i < COUNT_OF(bindings); i++) {
        known[i] = (struct archive_known){.kind = bindings[i].kind,
                                          .item_size = bindings[i].item_size,
                                          .version = ATLAS_SECTION_VERSION,
                                          .is_needed = !bindings[i].is_optional};
    }
    for (size_t i = 0; i < COUNT_OF(byte_sections); i++) {
        known[COUNT_OF(bindings) + i] = (struct archive_known){.kind = byte_sections[i],
                                                               .item_size = 1,
                                                               .version = ATLAS_SECTION_VERSION,
                                                               .is_needed = true};
    }
    for (size_t i = 0; i < COUNT_OF(optional_byte_sections); i++) {
        known[NEEDED + i] = (struct archive_known){
            .kind = optional_byte_sections[i], .item_size = 1, .version = ATLAS_SECTION_VERSION};
    }
    TRY(archive_expect(atlas->archive, known, COUNT_OF(known), fault));

    for (size_t i = 0; i < COUNT_OF(bindings); i++) {
        const struct binding *const binding = &bindings[i];
        const struct archive_items items =
            archive_section_items(atlas->archive, binding->kind, binding->item_size);
        if (items.count > UINT32_MAX) {
            return fault_set(fault, STATUS_UNSUPPORTED, "a section has %zu items, more than 2^32",
                             items.count);
        }
        const uint32_t count = (uint32_t)items.count;
        memcpy((char *)atlas + binding->items, &items.data, sizeof(items.data));
        memcpy((char *)counts + binding->count, &count, sizeof(count));
    }
    atlas->strings = archive_section(atlas->archive, ATLAS_SECTION_STRINGS);
    if (counts->facts == 0) {
        static const uint32_t nothing[1] = {0};
        atlas->facts = nothing;
        counts->facts = 1;
    }
    return STATUS_OK;
}

// The counts that must agree for the arrays to be read side by side.
static enum status counts_check(struct atlas *atlas, const struct section_counts *counts,
                                struct fault *fault)
{
    if (counts->headers != 1) {
        return fault_set(fault, STATUS_CORRUPT, "it has %u headers instead of one",
                         counts->headers);
    }
    atlas->header_copy = *atlas->header;
    atlas->header = &atlas->header_copy;
    const struct atlas_header *const header = atlas->header;
    const uint32_t *const first = header->layer_first;
    const struct {
        uint64_t found, wanted;
        const char *what;
    } pairs[] = {
        {counts->docs, first[LAYER_DOC_COUNT], "documents"},
        {counts->cells, counts->docs, "document cells"},
        {counts->streets, (uint64_t)first[LAYER_STREET + 1] - first[LAYER_STREET], "streets"},
        {counts->pois, (uint64_t)first[LAYER_POI + 1] - first[LAYER_POI], "places of interest"},
        {counts->houses, header->house_count, "house rows"},
        {counts->house_ids, header->house_count, "house ids"},
        {counts->numbers, header->house_count, "rows by number"},
        {counts->id_refs, counts->id_keys, "id references"},
        {counts->name_offsets, (uint64_t)header->name_count + 1, "name offsets"},
        {counts->name_words, header->name_count, "name word counts"},
        {counts->category_offsets,
         atlas->category_index == NULL ? 0 : (uint64_t)counts->categories + 1, "category offsets"},
        {counts->crossings_reversed, counts->crossings, "crossings the other way"},
        {counts->word_offsets, (uint64_t)header->word_count + 1, "word offsets"},
        {counts->doc_sources, atlas->doc_sources == NULL ? 0 : counts->docs,
         "sources of documents"},
        {counts->house_sources, atlas->house_sources == NULL ? 0 : header->house_count,
         "sources of house rows"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (pairs[i].found != pairs[i].wanted) {
            return fault_set(fault, STATUS_CORRUPT, "it has %llu %s where %llu belong",
                             (unsigned long long)pairs[i].found, pairs[i].what,
                             (unsigned long long)pairs[i].wanted);
        }
    }
    atlas->source_count = counts->sources;
    atlas->category_count = counts->categories;
    atlas->doc_count = counts->docs;
    atlas->box_count = counts->boxes;
    atlas->variant_size = counts->variants;
    atlas->chain_size = counts->chains;
    atlas->fact_size = counts->facts;
    atlas->id_count = counts->id_keys;
    atlas->crossing_count = counts->crossings;
    atlas->category_poi_count = counts->category_pois;
    atlas->way_count = counts->ways;
    atlas->name_doc_count = counts->name_docs;
    atlas->word_name_count = counts->word_names;
    atlas->zone_name_count = counts->zone_names;
    return STATUS_OK;
}

// Another ICU or another table of abbreviations folds differently: names would silently not be found.
static enum status text_tables_check(const struct atlas *atlas, struct fault *fault)
{
    const struct bytes built = atlas_string(atlas, atlas->header->text_tables);
    if (!bytes_equal(built, bytes_from_text(text_tables_version()))) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "built with the text tables %.*s, this program has %s; build it again "
                         "with `rhumb build`",
                         (int)built.size, (const char *)built.data, text_tables_version());
    }
    return STATUS_OK;
}

// The dictionaries and the spatial indexes: views of their sections.
static enum status views_open(struct atlas *atlas, struct fault *fault)
{
    const struct archive *const archive = atlas->archive;
    TRY(fst_open(archive_section(archive, ATLAS_SECTION_NAME_FST), &atlas->names, fault));
    TRY(fst_open(archive_section(archive, ATLAS_SECTION_WORD_FST), &atlas->words, fault));
    TRY(points_open(archive_section(archive, ATLAS_SECTION_POINTS), &atlas->points, fault));
    TRY(points_open(archive_section(archive, ATLAS_SECTION_SETTLEMENTS), &atlas->settlements,
                    fault));
    TRY(lines_open(archive_section(archive, ATLAS_SECTION_LINES), &atlas->lines, fault));
    const struct bytes crossing_points = archive_section(archive, ATLAS_SECTION_CROSSING_POINTS);
    if (crossing_points.size != 0) {
        TRY(points_open(crossing_points, &atlas->crossing_points, fault));
    }
    const struct bytes zones = archive_section(archive, ATLAS_SECTION_ZONES);
    if (zones.size != 0) {
        TRY(areas_open(zones, &atlas->zones, fault));
    }
    return areas_open(archive_section(archive, ATLAS_SECTION_AREAS), &atlas->areas, fault);
}

static enum status atlas_load(struct atlas *atlas, struct memory_account *account,
                              struct fault *fault)
{
    struct section_counts counts = {0};
    TRY(sections_bind(atlas, &counts, fault));
    TRY(counts_check(atlas, &counts, fault));
    TRY(views_open(atlas, fault));

    if (!archive_is_stamped(atlas->archive, ATLAS_CHECKS_VERSION)) {
        TRY(archive_check(atlas->archive, fault));
        TRY(atlas_verify(atlas, account, fault));
        status_ignore(archive_stamp(atlas->archive, ATLAS_CHECKS_VERSION, NULL),
                      "without a stamp the next opening is merely slower");
    }
    return text_tables_check(atlas, fault);
}

enum status atlas_open(const struct sys *sys, struct memory_account *account, const char *path,
                       struct atlas **atlas, struct fault *fault)
{
    struct atlas *const opened = memory_take_zeroed(account, 1, sizeof(*opened));
    if (opened == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory to open it", path);
    }
    enum status status = archive_open(sys, account, path, &opened->archive, fault);
    if (status == STATUS_OK) {
        status = atlas_load(opened, account, fault);
        if (status != STATUS_OK) {
            status = fault_prefix(fault, status, "%s", path);
        }
    }
    if (status != STATUS_OK) {
        atlas_close(opened);
        return status;
    }
    *atlas = opened;
    return STATUS_OK;
}

uint64_t atlas_lock(const struct atlas *atlas)
{
    static const uint32_t hot[] = {
        ATLAS_SECTION_NAME_FST,   ATLAS_SECTION_NAME_INDEX, ATLAS_SECTION_NAME_DOCS,
        ATLAS_SECTION_NAME_WORDS, ATLAS_SECTION_WORD_FST,   ATLAS_SECTION_WORD_INDEX,
        ATLAS_SECTION_WORD_NAMES, ATLAS_SECTION_DOCS,       ATLAS_SECTION_CELLS,
        ATLAS_SECTION_CHAINS,     ATLAS_SECTION_STREETS,    ATLAS_SECTION_STRINGS,
        ATLAS_SECTION_POINTS,     ATLAS_SECTION_LINES,      ATLAS_SECTION_AREAS,
        ATLAS_SECTION_HOUSES,
    };
    return archive_lock(atlas->archive, hot, COUNT_OF(hot));
}

void atlas_close(struct atlas *atlas)
{
    if (atlas != NULL) {
        archive_close(atlas->archive);
        memory_give(atlas);
    }
}

struct bytes atlas_string(const struct atlas *atlas, uint32_t reference)
{
    const uint8_t *byte = atlas->strings.data + reference;
    size_t size = *byte & 0x7f;
    for (unsigned shift = 7; *byte >= 0x80 && shift < 35; shift += 7) {
        byte++;
        size |= (size_t)(*byte & 0x7f) << shift;
    }
    return (struct bytes){.data = byte + 1, .size = size};
}

static bool is_outline(const struct atlas_doc *doc)
{
    const enum source_kind kind = atlas_id_unpack(doc->id).kind;
    return kind == SOURCE_COUNTRIES || kind == SOURCE_REGIONS;
}

size_t atlas_areas_at(const struct atlas *atlas, struct geo_point point, uint32_t *docs,
                      size_t capacity)
{
    const size_t found = areas_at(&atlas->areas, point, docs, capacity);
    const size_t count = found < capacity ? found : capacity;
    uint16_t country = 0;
    unsigned layers = 0; // of boundaries
    for (size_t i = 0; i < count; i++) {
        const struct atlas_doc *const doc = &atlas->docs[docs[i]];
        if (doc->layer <= LAYER_COUNTY && doc->country != 0 && !is_outline(doc)) {
            country = country == 0 || doc->layer == LAYER_COUNTRY ? doc->country : country;
            layers |= doc->admin_level != 0 ? 1U << doc->layer : 0;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct atlas_doc *const doc = &atlas->docs[docs[i]];
        const bool is_contradicted = country != 0 && is_outline(doc) &&
                                     (doc->country != country || (layers & 1U << doc->layer) != 0);
        if (!is_contradicted) {
            docs[kept++] = docs[i];
        }
    }
    return kept;
}

struct atlas_list atlas_category_pois(const struct atlas *atlas, uint32_t category)
{
    if (atlas->category_index == NULL || category >= atlas->category_count) {
        return (struct atlas_list){0};
    }
    const uint32_t first = atlas->category_index[category];
    const uint32_t end = atlas->category_index[category + 1];
    return (struct atlas_list){.items = atlas->category_pois + first,
                               .count = end > first ? end - first : 0};
}

struct atlas_list atlas_chain(const struct atlas *atlas, uint32_t offset)
{
    return (struct atlas_list){.items = atlas->chains + offset + 1, .count = atlas->chains[offset]};
}

struct atlas_list atlas_facts(const struct atlas *atlas, uint32_t doc)
{
    const uint32_t *const list = atlas->facts + atlas->docs[doc].facts;
    return (struct atlas_list){.items = list + 1, .count = list[0]};
}

uint8_t atlas_source_of(const struct atlas *atlas, uint32_t reference)
{
    if (atlas_is_crossing(reference)) {
        return atlas_source_of(atlas, atlas_crossing_of(atlas, reference)->street_a);
    }
    const bool is_house = (reference & ATLAS_REF_HOUSE) != 0;
    const uint32_t index = reference & ~ATLAS_REF_HOUSE;
    const uint8_t *const sources = is_house ? atlas->house_sources : atlas->doc_sources;
    if (sources != NULL) {
        return sources[index];
    }
    // An atlas from before it was written down: the first input of the kind that the id names.
    const uint64_t id = is_house ? atlas->house_ids[index] : atlas->docs[index].id;
    const enum source_kind kind = atlas_id_unpack(id).kind;
    for (uint32_t i = 0; i < atlas->source_count && i < ATLAS_SOURCE_NONE; i++) {
        if (atlas->sources[i].kind == (uint32_t)kind) {
            return (uint8_t)i;
        }
    }
    return ATLAS_SOURCE_NONE;
}

uint64_t atlas_id_of(const struct atlas *atlas, uint32_t reference)
{
    return (reference & ATLAS_REF_HOUSE) != 0 ? atlas->house_ids[reference & ~ATLAS_REF_HOUSE]
           : atlas_is_crossing(reference)     ? atlas_crossing_of(atlas, reference)->id
                                              : atlas->docs[reference].id;
}

// Degrees to a box, 0 inside; and how large it is.
static int64_t way_away(const struct atlas_way *way, struct geo_point point, int64_t *size)
{
    const int64_t width = 10 * (int64_t)way->width_e6;
    const int64_t height = 10 * (int64_t)way->height_e6;
    const int64_t x = (int64_t)point.lng_e7 - way->west_e7;
    const int64_t y = (int64_t)point.lat_e7 - way->south_e7;
    *size = width + height;
    return (x < 0 ? -x : x > width ? x - width : 0) + (y < 0 ? -y : y > height ? y - height : 0);
}

uint64_t atlas_way_at(const struct atlas *atlas, uint32_t doc, struct geo_point point)
{
    uint32_t low = 0;
    uint32_t high = atlas->way_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (atlas->ways[middle].street < doc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint64_t best = atlas->docs[doc].id;
    int64_t best_away = INT64_MAX;
    int64_t best_size = INT64_MAX;
    for (uint32_t i = low; i < atlas->way_count && atlas->ways[i].street == doc; i++) {
        int64_t size = 0;
        const int64_t away = way_away(&atlas->ways[i], point, &size);
        if (away < best_away || (away == best_away && size < best_size)) {
            best = atlas->ways[i].id;
            best_away = away;
            best_size = size;
        }
    }
    return best;
}

enum status atlas_find(const struct atlas *atlas, uint64_t packed_id, uint32_t *reference)
{
    uint32_t low = 0;
    uint32_t high = atlas->id_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (atlas->id_keys[middle] < packed_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == atlas->id_count || atlas->id_keys[low] != packed_id) {
        return STATUS_NOT_FOUND;
    }
    *reference = atlas->id_refs[low];
    return STATUS_OK;
}
