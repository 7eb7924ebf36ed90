// Checks every reference of an atlas once, so that readers need not.
//
// The archive's checksums say that the bytes are those that were written; this says that what was
// written holds together, whoever wrote it. Order of the checks: a section is used to check another
// only after it has been checked itself.
#include <stdarg.h>
#include <stdio.h>

#include "atlas/atlas.h"

struct checking {
    const struct atlas *atlas;
    struct memory_account *account;
    struct fault *fault;
};

PRINTF_LIKE(3, 4)
static enum status broken(const struct checking *checking, const char *section, const char *format,
                          ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return fault_set(checking->fault, STATUS_CORRUPT,
                     "section %s: %s; build the atlas again with `rhumb build`", section, text);
}

static bool string_is_sound(const struct atlas *atlas, uint32_t reference)
{
    if (reference >= atlas->strings.size) {
        return false;
    }
    struct reader reader = {
        .rest = {atlas->strings.data + reference, atlas->strings.size - reference}};
    const uint64_t size = reader_varint(&reader);
    return !reader.overrun && size <= reader.rest.size;
}

static bool strings_are_sound(const struct atlas *atlas, const uint32_t *references, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!string_is_sound(atlas, references[i])) {
            return false;
        }
    }
    return true;
}

static enum status header_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    const struct atlas_header *const header = atlas->header;
    for (int layer = 0; layer < LAYER_DOC_COUNT; layer++) {
        if (header->layer_first[layer] > header->layer_first[layer + 1]) {
            return broken(checking, "HEAD", "layer %d ends before it begins", layer);
        }
    }
    if (header->layer_first[0] != 0 || header->layer_first[LAYER_DOC_COUNT] != atlas->doc_count ||
        atlas->doc_count > ATLAS_POSTING_DOC) {
        return broken(checking, "HEAD", "the layers do not cover the %u documents",
                      atlas->doc_count);
    }
    if (atlas->strings.size == 0 || atlas->strings.data[0] != 0) {
        return broken(checking, "STRS", "it does not begin with the empty string");
    }
    if (!strings_are_sound(atlas, &header->text_tables, 2)) {
        return broken(checking, "HEAD", "a string lies outside");
    }
    for (uint32_t i = 0; i < atlas->source_count; i++) {
        if (!strings_are_sound(atlas, &atlas->sources[i].name, 4)) {
            return broken(checking, "SRCE", "a string of source %u lies outside", i);
        }
    }
    if (!strings_are_sound(atlas, atlas->categories, atlas->category_count)) {
        return broken(checking, "CATG", "a string lies outside");
    }
    return STATUS_OK;
}

// A list at `offset`: its count and that many groups of `width` stay inside `size` words.
static bool list_is_sound(const uint32_t *words, uint32_t size, uint32_t offset, uint32_t width)
{
    return offset < size && words[offset] <= (size - offset - 1) / width;
}

static bool chain_is_sound(const struct atlas *atlas, uint32_t offset)
{
    if (!list_is_sound(atlas->chains, atlas->chain_size, offset, 1)) {
        return false;
    }
    const struct atlas_list list = atlas_chain(atlas, offset);
    for (uint32_t i = 0; i < list.count; i++) {
        if (list.items[i] >= atlas->doc_count) {
            return false;
        }
    }
    return true;
}

static bool variants_are_sound(const struct atlas *atlas, uint32_t offset)
{
    if (!list_is_sound(atlas->variants, atlas->variant_size, offset, 3)) {
        return false;
    }
    for (uint32_t i = 0; i < atlas->variants[offset]; i++) {
        const uint32_t *const variant = atlas->variants + offset + 1 + 3 * (size_t)i;
        if (!string_is_sound(atlas, variant[0]) || !string_is_sound(atlas, variant[2])) {
            return false;
        }
    }
    return true;
}

static bool facts_are_sound(const struct atlas *atlas, uint32_t offset)
{
    return list_is_sound(atlas->facts, atlas->fact_size, offset, 2) &&
           strings_are_sound(atlas, atlas->facts + offset + 1, 2 * (size_t)atlas->facts[offset]);
}

// Every source said is one of SRCE, or none.
static enum status sources_verify(const struct checking *checking, const uint8_t *sources,
                                  uint32_t count, const char *section)
{
    for (uint32_t i = 0; sources != NULL && i < count; i++) {
        if (sources[i] >= checking->atlas->source_count && sources[i] != ATLAS_SOURCE_NONE) {
            return broken(checking, section, "entry %u names no source", i);
        }
    }
    return STATUS_OK;
}

static enum status docs_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    const uint32_t *const first = atlas->header->layer_first;
    int layer = 0;
    for (uint32_t i = 0; i < atlas->doc_count; i++) {
        const struct atlas_doc *const doc = &atlas->docs[i];
        while (i >= first[layer + 1]) {
            layer++;
        }
        if (doc->layer != layer) {
            return broken(checking, "DOCS", "document %u is not of its layer", i);
        }
        if (i != first[layer] && atlas->cells[i - 1] > atlas->cells[i]) {
            return broken(checking, "DCEL", "document %u is out of order", i);
        }
        if (!strings_are_sound(atlas, &doc->name, 1) || !string_is_sound(atlas, doc->region_code) ||
            !variants_are_sound(atlas, doc->variants) || !chain_is_sound(atlas, doc->chain) ||
            !facts_are_sound(atlas, doc->facts) || doc->box > atlas->box_count ||
            doc->phrase >= atlas->header->name_count ||
            (layer == LAYER_POI && doc->category >= atlas->category_count)) {
            return broken(checking, "DOCS", "document %u refers outside", i);
        }
    }
    return STATUS_OK;
}

static bool houses_are_ordered(const struct atlas_house *left, const struct atlas_house *right)
{
    return left->number < right->number ||
           (left->number == right->number && left->suffix <= right->suffix);
}

static enum status street_verify(const struct checking *checking, uint32_t index)
{
    const struct atlas *const atlas = checking->atlas;
    const struct atlas_street *const street = &atlas->streets[index];
    const uint32_t doc = index + atlas->header->layer_first[LAYER_STREET];
    if (street->house_first > atlas->header->house_count ||
        street->house_count > atlas->header->house_count - street->house_first ||
        !chain_is_sound(atlas, street->contexts)) {
        return broken(checking, "STRT", "street %u refers outside", index);
    }
    for (uint32_t i = 0; i < street->house_count; i++) {
        const struct atlas_house *const house = &atlas->houses[street->house_first + i];
        if (house->street != doc || (i != 0 && !houses_are_ordered(house - 1, house))) {
            return broken(checking, "HOUS", "row %u is not in its place", street->house_first + i);
        }
    }
    return STATUS_OK;
}

// Whether `left` may stand before `right` in NUMBERS.
static bool numbers_are_ordered(const struct atlas *atlas, uint32_t left, uint32_t right)
{
    const struct atlas_house *const a = &atlas->houses[left];
    const struct atlas_house *const b = &atlas->houses[right];
    if (a->number != b->number) {
        return a->number < b->number;
    }
    if (a->suffix != b->suffix) {
        return a->suffix < b->suffix;
    }
    const uint32_t phrase = atlas->docs[a->street].phrase;
    const uint32_t next = atlas->docs[b->street].phrase;
    return phrase != next ? phrase < next : left < right;
}

// Rows in strict order are each there once. Streets have been checked before.
static enum status numbers_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    const uint32_t count = atlas->header->house_count;
    for (uint32_t i = 0; i < count; i++) {
        if (atlas->numbers[i] >= count ||
            (i != 0 && !numbers_are_ordered(atlas, atlas->numbers[i - 1], atlas->numbers[i]))) {
            return broken(checking, "HNUM", "entry %u is not in its place", i);
        }
    }
    return STATUS_OK;
}

static enum status houses_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    const uint32_t *const first = atlas->header->layer_first;
    for (uint32_t i = 0; i < atlas->header->house_count; i++) {
        const struct atlas_house *const house = &atlas->houses[i];
        if (house->street < first[LAYER_STREET] || house->street >= first[LAYER_STREET + 1] ||
            !strings_are_sound(atlas, &house->text, 2) || !chain_is_sound(atlas, house->chain)) {
            return broken(checking, "HOUS", "row %u refers outside", i);
        }
    }
    for (uint32_t i = 0; i < first[LAYER_STREET + 1] - first[LAYER_STREET]; i++) {
        TRY(street_verify(checking, i));
    }
    for (uint32_t i = 0; i < first[LAYER_POI + 1] - first[LAYER_POI]; i++) {
        const struct atlas_poi *const poi = &atlas->pois[i];
        if (poi->house > atlas->header->house_count ||
            !string_is_sound(atlas, poi->opening_hours)) {
            return broken(checking, "POIS", "place of interest %u refers outside", i);
        }
    }
    return STATUS_OK;
}

static bool reference_is_sound(const struct atlas *atlas, uint32_t reference)
{
    return (reference & ATLAS_REF_HOUSE) != 0
               ? (reference & ~ATLAS_REF_HOUSE) < atlas->header->house_count
           : atlas_is_crossing(reference)
               ? (reference & ~ATLAS_REF_CROSSING) < atlas->crossing_count
               : reference < atlas->doc_count;
}

// Whether `left` may stand before `right` in CROSSINGS_REVERSED.
static bool reversed_is_ordered(const struct atlas *atlas, uint32_t left, uint32_t right)
{
    const struct atlas_crossing *const a = &atlas->crossings[left];
    const struct atlas_crossing *const b = &atlas->crossings[right];
    if (a->street_b != b->street_b) {
        return a->street_b < b->street_b;
    }
    return a->street_a != b->street_a ? a->street_a < b->street_a : left < right;
}

static enum status ways_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    const uint32_t *const first = atlas->header->layer_first;
    for (uint32_t i = 0; i < atlas->way_count; i++) {
        const struct atlas_way *const way = &atlas->ways[i];
        const struct atlas_way *const last = i == 0 ? way : way - 1;
        if (way->street < first[LAYER_STREET] || way->street >= first[LAYER_STREET + 1] ||
            last->street > way->street || (last->street == way->street && last->id > way->id)) {
            return broken(checking, "WAYS", "way %u is not in its place", i);
        }
    }
    return STATUS_OK;
}

static enum status crossings_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    const uint32_t *const first = atlas->header->layer_first;
    for (uint32_t i = 0; i < atlas->crossing_count; i++) {
        const struct atlas_crossing *const row = &atlas->crossings[i];
        if (row->street_a < first[LAYER_STREET] || row->street_b >= first[LAYER_STREET + 1] ||
            !chain_is_sound(atlas, row->chain)) {
            return broken(checking, "XING", "crossing %u refers outside", i);
        }
        const struct atlas_crossing *const last = i == 0 ? row : row - 1;
        if (row->street_a >= row->street_b || last->street_a > row->street_a ||
            (last->street_a == row->street_a && last->street_b > row->street_b)) {
            return broken(checking, "XING", "crossing %u is not in its place", i);
        }
    }
    for (uint32_t i = 0; i < atlas->crossing_count; i++) {
        const uint32_t row = atlas->crossings_reversed[i];
        if (row >= atlas->crossing_count ||
            (i != 0 && !reversed_is_ordered(atlas, atlas->crossings_reversed[i - 1], row))) {
            return broken(checking, "XREV", "entry %u is not in its place", i);
        }
    }
    return STATUS_OK;
}

static enum status ids_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    for (uint32_t i = 0; i < atlas->id_count; i++) {
        if (i != 0 && atlas->id_keys[i - 1] > atlas->id_keys[i]) {
            return broken(checking, "IDKY", "key %u is out of order", i);
        }
        if (!reference_is_sound(atlas, atlas->id_refs[i])) {
            return broken(checking, "IDRF", "reference %u points outside", i);
        }
    }
    return STATUS_OK;
}

// An index of `count` + 1 ascending offsets that ends at `size`.
static bool offsets_are_sound(const uint32_t *offsets, uint32_t count, uint32_t size)
{
    for (uint32_t i = 0; i < count; i++) {
        if (offsets[i] > offsets[i + 1]) {
            return false;
        }
    }
    return offsets[0] == 0 && offsets[count] == size;
}

static enum status dictionary_verify(const struct checking *checking, const struct fst *fst,
                                     uint32_t kind, uint32_t count, const char *section)
{
    const struct bytes bytes = archive_section(checking->atlas->archive, kind);
    TRY(fst_verify(checking->account, bytes, checking->fault));
    if (fst->key_count != count) {
        return broken(checking, section, "it has not the %u keys of the header", count);
    }
    // Values are the ordinals of their keys: what searches index by them stays inside.
    struct fst_scan scan;
    fst_scan_prefix(&scan, fst, (struct bytes){0});
    struct fst_match match;
    for (uint32_t i = 0; fst_scan_next(&scan, &match); i++) {
        if (match.value != i) {
            return broken(checking, section, "the value of key %u is not its ordinal", i);
        }
    }
    return STATUS_OK;
}

// The places of interest of a category are of it, and ascend.
static enum status categories_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    if (atlas->category_index == NULL) {
        return STATUS_OK;
    }
    if (!offsets_are_sound(atlas->category_index, atlas->category_count,
                           atlas->category_poi_count)) {
        return broken(checking, "CATI", "its offsets do not ascend to the end of the places");
    }
    const uint32_t first = atlas->header->layer_first[LAYER_POI];
    for (uint32_t category = 0; category < atlas->category_count; category++) {
        const struct atlas_list pois = atlas_category_pois(atlas, category);
        for (uint32_t i = 0; i < pois.count; i++) {
            const uint32_t doc = pois.items[i];
            if (doc < first || doc >= atlas->doc_count || atlas->docs[doc].category != category ||
                (i != 0 && doc <= pois.items[i - 1])) {
                return broken(checking, "CATP", "an entry of category %u is not in its place",
                              category);
            }
        }
    }
    return STATUS_OK;
}

static enum status names_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    const struct atlas_header *const header = atlas->header;
    TRY(dictionary_verify(checking, &atlas->names, ATLAS_SECTION_NAME_FST, header->name_count,
                          "NFST"));
    TRY(dictionary_verify(checking, &atlas->words, ATLAS_SECTION_WORD_FST, header->word_count,
                          "WFST"));
    if (!offsets_are_sound(atlas->name_index, header->name_count, atlas->name_doc_count)) {
        return broken(checking, "NIDX", "its offsets do not ascend to the end of the postings");
    }
    if (!offsets_are_sound(atlas->word_index, header->word_count, atlas->word_name_count)) {
        return broken(checking, "WIDX", "its offsets do not ascend to the end of the names");
    }
    for (uint32_t i = 0; i < atlas->name_doc_count; i++) {
        if ((atlas->name_docs[i] & ATLAS_POSTING_DOC) >= atlas->doc_count) {
            return broken(checking, "NPST", "posting %u points outside", i);
        }
    }
    for (uint32_t i = 0; i < atlas->word_name_count; i++) {
        if (atlas->word_names[i] >= header->name_count) {
            return broken(checking, "WPST", "entry %u points outside", i);
        }
    }
    return STATUS_OK;
}

static enum status zones_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    for (uint32_t i = 0; i < atlas->zone_name_count; i++) {
        if (!string_is_sound(atlas, atlas->zone_names[i].name)) {
            return broken(checking, "ZNAM", "the name of zone %u lies outside", i);
        }
    }
    if (atlas->zones.starts == NULL) {
        return STATUS_OK;
    }
    TRY(areas_verify(&atlas->zones, checking->fault));
    for (uint32_t i = 0; i < atlas->zones.header.area_count; i++) {
        if (atlas->zones.entries[i].reference >= atlas->zone_name_count) {
            return broken(checking, "ZONE", "outline %u refers outside", i);
        }
    }
    return STATUS_OK;
}

static enum status space_verify(const struct checking *checking)
{
    const struct atlas *const atlas = checking->atlas;
    TRY(points_verify(&atlas->points, checking->fault));
    TRY(points_verify(&atlas->settlements, checking->fault));
    TRY(lines_verify(&atlas->lines, checking->fault));
    TRY(areas_verify(&atlas->areas, checking->fault));
    TRY(zones_verify(checking));
    for (uint32_t i = 0; i < atlas->points.tree.item_count; i++) {
        if (!reference_is_sound(atlas, points_at(&atlas->points, i).reference)) {
            return broken(checking, "PNTS", "place %u refers outside", i);
        }
    }
    TRY(points_verify(&atlas->crossing_points, checking->fault));
    for (uint32_t i = 0; i < atlas->crossing_points.tree.item_count; i++) {
        const uint32_t reference = points_at(&atlas->crossing_points, i).reference;
        if (!atlas_is_crossing(reference) || !reference_is_sound(atlas, reference)) {
            return broken(checking, "XPNT", "crossing %u refers outside", i);
        }
    }
    for (uint32_t i = 0; i < atlas->settlements.tree.item_count; i++) {
        if (points_at(&atlas->settlements, i).reference >= atlas->doc_count) {
            return broken(checking, "STLP", "place %u refers outside", i);
        }
    }
    const uint32_t *const first = atlas->header->layer_first;
    for (uint32_t i = 0; i < atlas->lines.tree.item_count; i++) {
        if (lines_at(&atlas->lines, i).reference >= first[LAYER_STREET + 1] - first[LAYER_STREET]) {
            return broken(checking, "LINS", "piece %u refers outside", i);
        }
    }
    for (uint32_t i = 0; i < atlas->areas.header.area_count; i++) {
        if (atlas->areas.entries[i].reference >= atlas->doc_count) {
            return broken(checking, "AREA", "area %u refers outside", i);
        }
        if (i != 0 && (atlas->header->flags & ATLAS_AREAS_ASCEND) != 0 &&
            atlas->areas.entries[i - 1].reference > atlas->areas.entries[i].reference) {
            return broken(checking, "AREA", "area %u is out of order", i);
        }
    }
    return STATUS_OK;
}

enum status atlas_verify(const struct atlas *atlas, struct memory_account *account,
                         struct fault *fault)
{
    const struct checking checking = {.atlas = atlas, .account = account, .fault = fault};
    TRY(header_verify(&checking));
    TRY(names_verify(&checking));
    TRY(docs_verify(&checking));
    TRY(houses_verify(&checking));
    TRY(numbers_verify(&checking));
    TRY(ways_verify(&checking));
    TRY(crossings_verify(&checking));
    TRY(categories_verify(&checking));
    TRY(ids_verify(&checking));
    TRY(sources_verify(&checking, atlas->doc_sources, atlas->doc_count, "DSRC"));
    TRY(sources_verify(&checking, atlas->house_sources, atlas->header->house_count, "HSRX"));
    return space_verify(&checking);
}
