#include "demo/demo.h"

#include "demo/output.h"
#include "demo/queries.h"
#include "demo/world.h"
#include "sys/thread.h"

enum {
    COMPRESSION_LEVEL = 2, // of 12: a town is there to be written quickly, not to be kept
    PARTS_MAX = 8,         // drawn at once
};

// 2026-01-01T00:00:00Z; the world does not age.
#define DEMO_TIME_S INT64_C(1767225600)

// What one thread draws: a pair of towns in one pass. Its blocks end with it, so that the bytes do not
// depend on how many parts are drawn at once.
struct part {
    struct pbf_writer *writer;
    struct buffer blobs;
    struct queries queries;
    struct demo_report report; // of everything this part has drawn
};

struct drawing {
    const struct world *world;
    struct memory_account *account;
    struct output pbf;
    struct output lines;
    enum pbf_object_kind pass;
    unsigned first; // pair, which part 0 draws
    unsigned part_count;
    struct part parts[PARTS_MAX];
};

static enum status blob_take(void *context, struct bytes blob, struct fault *fault)
{
    (void)fault;
    struct part *const part = context;
    buffer_append_bytes(&part->blobs, blob);
    return buffer_status(&part->blobs);
}

static void town_draw(struct pen *pen, const struct world *world, unsigned number,
                      struct queries *queries)
{
    const struct town town = town_of(world, number);
    draw_areas(pen, &town);
    for (unsigned i = 0; i < SETTLEMENT_COUNT; i++) {
        draw_streets(pen, &town.settlements[i], queries);
    }
    draw_pois(pen, &town);
}

static enum status part_draw(void *context, size_t index, struct fault *fault)
{
    struct drawing *const drawing = context;
    struct part *const part = &drawing->parts[index];
    const unsigned pair = drawing->first + (unsigned)index;
    struct pen pen = {.pass = drawing->pass, .writer = part->writer, .report = &part->report};
    if (pair == 0) {
        draw_countries(&pen, drawing->world);
    }
    town_draw(&pen, drawing->world, 2 * pair, &part->queries);
    town_draw(&pen, drawing->world, 2 * pair + 1, &part->queries);
    TRY(pbf_writer_finish(part->writer, fault));
    return part->queries.lines.failed
               ? fault_set(fault, STATUS_NO_MEMORY, "no memory for the queries of the demo")
               : STATUS_OK;
}

static enum status part_write(struct drawing *drawing, struct part *part, struct fault *fault)
{
    TRY(output_append(&drawing->pbf, buffer_bytes(&part->blobs), fault));
    TRY(output_append(&drawing->lines, buffer_bytes(&part->queries.lines), fault));
    buffer_clear(&part->blobs);
    buffer_clear(&part->queries.lines);
    return STATUS_OK;
}

static enum status pass_draw(struct drawing *drawing, struct fault *fault)
{
    const unsigned pairs = drawing->world->scale;
    for (drawing->first = 0; drawing->first < pairs; drawing->first += drawing->part_count) {
        const unsigned left = pairs - drawing->first;
        const unsigned count = left < drawing->part_count ? left : drawing->part_count;
        TRY(thread_share(count, count, part_draw, drawing, fault));
        for (unsigned i = 0; i < count; i++) {
            TRY(part_write(drawing, &drawing->parts[i], fault));
        }
    }
    return STATUS_OK;
}

static void header_write(const struct drawing *drawing)
{
    const struct geo_box box = world_box(drawing->world);
    const struct pbf_write_header header = {
        .west_e7 = box.west_e7,
        .south_e7 = box.south_e7,
        .east_e7 = box.east_e7,
        .north_e7 = box.north_e7,
        .program = PBF_PROGRAM_DEMO,
        .source = "made up",
        .data_time_s = DEMO_TIME_S,
    };
    pbf_writer_header(drawing->parts[0].writer, &header);
}

static enum status parts_open(struct drawing *drawing, struct fault *fault)
{
    for (unsigned i = 0; i < drawing->part_count; i++) {
        struct part *const part = &drawing->parts[i];
        part->blobs.account = drawing->account;
        part->queries.lines.account = drawing->account;
        part->queries.scale = drawing->world->scale;
        part->queries.report = &part->report;
        TRY(pbf_writer_open(&(struct pbf_write_options){.account = drawing->account,
                                                        .level = COMPRESSION_LEVEL,
                                                        .has_stamps = true,
                                                        .sink = blob_take,
                                                        .context = part},
                            &part->writer, fault));
    }
    return STATUS_OK;
}

static void drawing_close(struct drawing *drawing)
{
    for (unsigned i = 0; i < drawing->part_count; i++) {
        pbf_writer_close(drawing->parts[i].writer);
        buffer_free(&drawing->parts[i].blobs);
        buffer_free(&drawing->parts[i].queries.lines);
    }
    output_close(&drawing->pbf);
    output_close(&drawing->lines);
}

static struct demo_report report_sum(const struct drawing *drawing)
{
    struct demo_report sum = {.pbf_size = drawing->pbf.size};
    for (unsigned i = 0; i < drawing->part_count; i++) {
        const struct demo_report *const part = &drawing->parts[i].report;
        sum.nodes += part->nodes;
        sum.ways += part->ways;
        sum.relations += part->relations;
        sum.streets += part->streets;
        sum.addresses += part->addresses;
        sum.interpolation += part->interpolation;
        sum.places += part->places;
        sum.areas += part->areas;
        sum.postcodes += part->postcodes;
        sum.pois += part->pois;
        sum.queries += part->queries;
    }
    return sum;
}

static enum status world_draw(const struct sys *sys, const char *directory, struct drawing *drawing,
                              struct fault *fault)
{
    TRY(output_open(sys, directory, DEMO_PBF_NAME, &drawing->pbf, fault));
    TRY(output_open(sys, directory, DEMO_QUERIES_NAME, &drawing->lines, fault));
    TRY(parts_open(drawing, fault));
    header_write(drawing);
    for (int pass = PBF_NODE; pass <= PBF_RELATION; pass++) {
        drawing->pass = (enum pbf_object_kind)pass;
        TRY(pass_draw(drawing, fault));
    }
    TRY(output_commit(&drawing->pbf, fault));
    return output_commit(&drawing->lines, fault);
}

enum status demo_write(const struct sys *sys, struct memory_account *account, const char *directory,
                       unsigned scale, struct demo_report *report, struct fault *fault)
{
    if (scale < 1 || scale > DEMO_SCALE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the scale is %u: choose 1 to %d", scale,
                         DEMO_SCALE_MAX);
    }
    TRY(sys->make_directory(sys, directory, fault));

    const struct world world = world_of(scale);
    const unsigned cores = thread_core_count();
    SCOPED(drawing_close)
    struct drawing drawing = {
        .world = &world,
        .account = account,
        .part_count = cores < PARTS_MAX ? cores : PARTS_MAX,
    };
    TRY(world_draw(sys, directory, &drawing, fault));
    *report = report_sum(&drawing);
    return STATUS_OK;
}
