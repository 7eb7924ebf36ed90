#include <stdlib.h>

#include "atlas/build_crossing.h"
#include "atlas/build_house.h"
#include "atlas/build_write.h"
#include "geo/cell.h"
#include "index/points.h"

static int by_number(const void *left, const void *right)
{
    uint32_t a;
    uint32_t b;
    memcpy(&a, left, sizeof(a));
    memcpy(&b, right, sizeof(b));
    return (a > b) - (a < b);
}

// A list of drafts as a list of documents; ascending when it is a set (contexts), else in order.
static enum status list_number(struct build_output *output, struct build_chains *chains,
                               uint32_t list, bool is_set, uint32_t *offset, struct fault *fault)
{
    struct world *const world = output->world;
    const struct bytes run = build_intern_at(&world->lists, list);
    const size_t count = run.size / sizeof(uint32_t);
    struct buffer items SCOPED(buffer_free) = {.account = world->account};
    for (size_t i = 0; i < count; i++) {
        uint32_t draft;
        memcpy(&draft, run.data + i * sizeof(draft), sizeof(draft));
        buffer_append(&items, &output->numbers[draft], sizeof(draft));
    }
    if (is_set && count != 0 && !items.failed) {
        qsort(items.data, count, sizeof(uint32_t), by_number);
    }
    if (buffer_status(&items) != STATUS_OK ||
        build_intern_list(&chains->final, (const void *)items.data, count, offset) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    return STATUS_OK;
}

enum status build_chain_offset(struct build_output *output, struct build_chains *chains,
                               uint32_t list, uint32_t *offset, struct fault *fault)
{
    struct world *const world = output->world;
    const size_t known = chains->capacity;
    if (!memory_grow(world->account, &chains->offsets, &chains->capacity, (size_t)list + 1,
                     sizeof(*chains->offsets))) {
        return build_no_memory(world, fault);
    }
    for (size_t i = known; i < chains->capacity; i++) {
        chains->offsets[i] = BUILD_NONE;
    }
    if (chains->offsets[list] == BUILD_NONE) {
        TRY(list_number(output, chains, list, false, &chains->offsets[list], fault));
    }
    *offset = chains->offsets[list];
    return STATUS_OK;
}

// The rows of all streets on their way into several sections.
struct rows {
    struct build_output *output;
    struct build_chains *chains;
    struct points_builder *points;
    struct build_numbers numbers;
    struct sorter *ids;            // id, reference (both big-endian) -> nothing
    struct spool *house_ids;       // u64
    struct spool *house_sources;   // u8
    struct address_row *addresses; // of the street at hand
    size_t address_capacity;
    struct build_houses houses;
    uint32_t row;
};

static void rows_free(struct rows *rows)
{
    points_builder_free(rows->points);
    build_numbers_close(&rows->numbers);
    sorter_free(rows->ids);
    spool_free(rows->house_ids);
    spool_free(rows->house_sources);
    memory_give(rows->addresses);
    memory_give(rows->houses.items);
    memory_give(rows->houses.merges);
}

static enum status id_add(struct rows *rows, uint64_t id, uint32_t reference, struct fault *fault)
{
    uint8_t key[12];
    const uint64_t big_id = __builtin_bswap64(id);
    const uint32_t big_reference = __builtin_bswap32(reference);
    memcpy(key, &big_id, sizeof(big_id));
    memcpy(key + sizeof(big_id), &big_reference, sizeof(big_reference));
    return sorter_add(rows->ids, (struct bytes){.data = key, .size = sizeof(key)},
                      (struct bytes){0}, fault);
}

static enum status row_write(struct rows *rows, struct build_house *made, uint32_t street_doc,
                             struct fault *fault)
{
    struct build_output *const output = rows->output;
    struct atlas_house *const house = &made->house;
    const struct geo_point point = {.lng_e7 = house->lng_e7, .lat_e7 = house->lat_e7};
    TRY(build_chain_offset(output, rows->chains, house->chain, &house->chain, fault));
    house->street = street_doc;
    TRY(build_numbers_add(output, &rows->numbers, house, rows->row, fault));
    TRY(archive_writer_append(output->writer, house, sizeof(*house), fault));
    TRY(spool_append(rows->house_ids, &made->id, sizeof(made->id), fault));
    TRY(spool_append(rows->house_sources, &made->source, sizeof(made->source), fault));
    TRY(points_builder_add(rows->points, point, rows->row | ATLAS_REF_HOUSE, fault));
    output->box = geo_box_extend(output->box, point);
    return id_add(rows, made->id, rows->row++ | ATLAS_REF_HOUSE, fault);
}

static enum status street_write(struct rows *rows, uint32_t index, struct fault *fault)
{
    struct world *const world = rows->output->world;
    struct street_draft *const street = &world->streets[index];
    const size_t count = (size_t)street->row_count + street->late_count;
    const size_t size = sizeof(*rows->addresses);
    street->house_first = rows->row;
    street->house_count = 0;
    if (count == 0) {
        return STATUS_OK;
    }
    if (!memory_grow(world->account, &rows->addresses, &rows->address_capacity, count, size)) {
        return build_no_memory(world, fault);
    }
    TRY(spool_read_at(world->rows, rows->addresses, street->row_count * size, street->row_offset,
                      fault));
    TRY(spool_read_at(world->late_rows, rows->addresses + street->row_count,
                      street->late_count * size, street->late_offset, fault));
    TRY(build_houses_settle(world, index, rows->addresses, count, &rows->houses, fault));
    for (size_t i = 0; i < rows->houses.count; i++) {
        TRY(row_write(rows, &rows->houses.items[i], rows->output->numbers[street->draft], fault));
    }
    street->house_count = (uint32_t)rows->houses.count;
    for (size_t i = 0; i < rows->houses.merge_count; i++) {
        const struct build_merge *const merge = &rows->houses.merges[i];
        TRY(id_add(rows, merge->id, (street->house_first + merge->position) | ATLAS_REF_HOUSE,
                   fault));
    }
    return STATUS_OK;
}

static enum status ids_write(struct rows *rows, struct fault *fault)
{
    struct build_output *const output = rows->output;
    struct world *const world = output->world;
    for (uint32_t i = 0; i < world->draft_count; i++) {
        TRY(id_add(rows, world->drafts[i].doc.id, output->numbers[i], fault));
    }
    for (size_t i = 0; i < world->alias_count; i++) {
        TRY(id_add(rows, world->aliases[i].id, output->numbers[world->aliases[i].draft], fault));
    }
    TRY(sorter_sort(rows->ids, fault));

    struct spool *references SCOPED(build_spool_free) = NULL;
    TRY(spool_new(world->options->sys, world->account, world->directory, &references, fault));
    TRY(build_section(output, ATLAS_SECTION_ID_KEYS, sizeof(uint64_t), fault));
    uint64_t last = 0; // no id is 0: that is the packed form of nothing
    for (uint64_t i = sorter_count(rows->ids); i > 0; i--) {
        struct bytes key = {0};
        struct bytes value = {0};
        TRY(sorter_next(rows->ids, &key, &value, fault));
        uint64_t id;
        uint32_t reference;
        memcpy(&id, key.data, sizeof(id));
        memcpy(&reference, key.data + sizeof(id), sizeof(reference));
        id = __builtin_bswap64(id);
        reference = __builtin_bswap32(reference);
        // A document comes before a house row of the same object.
        if (id != last) {
            TRY(archive_writer_append(output->writer, &id, sizeof(id), fault));
            TRY(spool_append(references, &reference, sizeof(reference), fault));
            last = id;
        }
    }
    TRY(build_section(output, ATLAS_SECTION_ID_REFS, sizeof(uint32_t), fault));
    return archive_writer_append_spool(output->writer, references, fault);
}

static enum status streets_write(struct build_output *output, struct build_chains *chains,
                                 struct fault *fault)
{
    struct world *const world = output->world;
    TRY(build_section(output, ATLAS_SECTION_STREETS, sizeof(struct atlas_street), fault));
    for (uint32_t i = output->layer_first[LAYER_STREET]; i < output->layer_first[LAYER_POI]; i++) {
        const struct street_draft *const draft =
            &world->streets[world->drafts[output->order[i]].detail];
        struct atlas_street street = {.house_first = draft->house_first,
                                      .house_count = draft->house_count};
        TRY(list_number(output, chains, draft->contexts, true, &street.contexts, fault));
        TRY(archive_writer_append(output->writer, &street, sizeof(street), fault));
    }
    return STATUS_OK;
}

static enum status pois_write(struct rows *rows, struct fault *fault)
{
    struct build_output *const output = rows->output;
    struct world *const world = output->world;
    TRY(build_section(output, ATLAS_SECTION_POIS, sizeof(struct atlas_poi), fault));
    for (uint32_t i = output->layer_first[LAYER_POI]; i < output->layer_first[LAYER_POI + 1]; i++) {
        const struct draft *const draft = &world->drafts[output->order[i]];
        const struct poi_draft *const detail = &world->pois[draft->detail];
        struct atlas_poi poi = {.opening_hours = detail->opening_hours};
        if (detail->street != BUILD_NONE) {
            poi.house = world->streets[detail->street].house_first + detail->row + 1;
        }
        TRY(archive_writer_append(output->writer, &poi, sizeof(poi), fault));
        const struct geo_point point = {.lng_e7 = draft->doc.lng_e7, .lat_e7 = draft->doc.lat_e7};
        TRY(points_builder_add(rows->points, point, i, fault));
    }
    return STATUS_OK;
}

static enum status crossing_take(void *context, uint64_t id, uint32_t row, struct fault *fault)
{
    return id_add(context, id, row | ATLAS_REF_CROSSING, fault);
}

enum status build_rows_write(struct build_output *output, struct build_chains *chains,
                             struct fault *fault)
{
    struct world *const world = output->world;
    const struct index_build_options index_options = build_index_options(world);
    const struct sorter_options sorter_options = build_sorter_options(world, "ids");
    struct rows rows SCOPED(rows_free) = {.output = output, .chains = chains};
    TRY(points_builder_new(&index_options, &rows.points, fault));
    TRY(sorter_new(&sorter_options, &rows.ids, fault));
    TRY(build_numbers_open(output, &rows.numbers, fault));
    TRY(spool_new(world->options->sys, world->account, world->directory, &rows.house_ids, fault));
    TRY(spool_new(world->options->sys, world->account, world->directory, &rows.house_sources,
                  fault));
    TRY(build_section(output, ATLAS_SECTION_HOUSES, sizeof(struct atlas_house), fault));
    for (uint32_t i = output->layer_first[LAYER_STREET]; i < output->layer_first[LAYER_POI]; i++) {
        TRY(street_write(&rows, world->drafts[output->order[i]].detail, fault));
        if (i % 4096 == 0) {
            TRY(build_progress(world, "houses", i - output->layer_first[LAYER_STREET],
                               world->street_count, fault));
        }
    }
    output->house_count = rows.row;
    TRY(build_section(output, ATLAS_SECTION_HOUSE_IDS, sizeof(uint64_t), fault));
    TRY(archive_writer_append_spool(output->writer, rows.house_ids, fault));
    TRY(build_section_optional(output, ATLAS_SECTION_HOUSE_SOURCES, sizeof(uint8_t), fault));
    TRY(archive_writer_append_spool(output->writer, rows.house_sources, fault));
    TRY(build_numbers_write(output, &rows.numbers, fault));
    TRY(streets_write(output, chains, fault));
    TRY(pois_write(&rows, fault));
    TRY(build_crossings_write(output, chains, crossing_take, &rows, fault));
    TRY(ids_write(&rows, fault));
    return points_builder_write(rows.points, output->writer, ATLAS_SECTION_POINTS, fault);
}
