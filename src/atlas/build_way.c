#include "atlas/build_way.h"

struct way_record {
    uint64_t id;
    struct geo_box box;
    uint32_t draft;
    uint32_t zero;
};

enum status build_way_add(struct world *world, uint32_t draft, uint64_t id, struct geo_box box,
                          struct fault *fault)
{
    const struct way_record record = {.id = id, .box = box, .draft = draft};
    return spool_append(world->ways, &record, sizeof(record), fault);
}

// In units of 1e-6 degrees, rounded up; what is larger than they can say is that large.
static uint16_t extent_of(int32_t low_e7, int32_t high_e7)
{
    const int64_t units = ((int64_t)high_e7 - low_e7 + 9) / 10;
    return units < 0 || units > UINT16_MAX ? UINT16_MAX : (uint16_t)units;
}

static void sorter_close(struct sorter **sorter)
{
    sorter_free(*sorter);
}

static enum status sort_ways(struct build_output *output, struct sorter *sorter,
                             struct fault *fault)
{
    struct world *const world = output->world;
    struct spool_reader reader SCOPED(spool_reader_close) = {0};
    TRY(spool_reader_open(world->ways, &reader, fault));
    for (uint64_t rest = spool_size(world->ways); rest > 0; rest -= sizeof(struct way_record)) {
        const uint8_t *data = NULL;
        struct way_record record;
        TRY(spool_reader_take(&reader, sizeof(record), &data, fault));
        memcpy(&record, data, sizeof(record));
        const struct atlas_way way = {
            .id = record.id,
            .west_e7 = record.box.west_e7,
            .south_e7 = record.box.south_e7,
            .width_e6 = extent_of(record.box.west_e7, record.box.east_e7),
            .height_e6 = extent_of(record.box.south_e7, record.box.north_e7),
            .street = output->numbers[record.draft],
        };
        const uint32_t street = __builtin_bswap32(way.street);
        const uint64_t id = __builtin_bswap64(way.id);
        uint8_t key[sizeof(street) + sizeof(id)];
        memcpy(key, &street, sizeof(street));
        memcpy(key + sizeof(street), &id, sizeof(id));
        TRY(sorter_add(sorter, (struct bytes){.data = key, .size = sizeof(key)},
                       (struct bytes){.data = (const uint8_t *)&way, .size = sizeof(way)}, fault));
    }
    return sorter_sort(sorter, fault);
}

enum status build_ways_write(struct build_output *output, struct fault *fault)
{
    const struct sorter_options options = build_sorter_options(output->world, "ways");
    struct sorter *sorter SCOPED(sorter_close) = NULL;
    TRY(sorter_new(&options, &sorter, fault));
    TRY(sort_ways(output, sorter, fault));
    TRY(build_section_optional(output, ATLAS_SECTION_WAYS, sizeof(struct atlas_way), fault));
    for (uint64_t i = sorter_count(sorter); i > 0; i--) {
        struct bytes key = {0};
        struct bytes value = {0};
        TRY(sorter_next(sorter, &key, &value, fault));
        TRY(archive_writer_append(output->writer, value.data, value.size, fault));
    }
    return STATUS_OK;
}
