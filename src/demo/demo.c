#include "demo/demo.h"

#include "demo/queries.h"
#include "demo/world.h"

// libdeflate's fast end: six times the speed of zlib's default for a tenth more bytes.
enum { COMPRESSION_LEVEL = 2 };

// 2026-01-01T00:00:00Z; the world does not age.
#define DEMO_TIME_S INT64_C(1767225600)

static enum status pbf_append(void *context, struct bytes blob, struct fault *fault)
{
    return output_append(context, blob, fault);
}

static void draw_town(struct pen *pen, const struct world *world, unsigned number,
                      struct queries *queries)
{
    const struct town town = town_of(world, number);
    draw_areas(pen, &town);
    for (unsigned i = 0; i < SETTLEMENT_COUNT; i++) {
        draw_streets(pen, &town.settlements[i], queries);
    }
    draw_pois(pen, &town);
}

static void draw_world(const struct world *world, struct pbf_writer *writer,
                       struct queries *queries, struct demo_report *report)
{
    const struct geo_box box = world_box(world);
    const struct pbf_write_header header = {
        .west_e7 = box.west_e7,
        .south_e7 = box.south_e7,
        .east_e7 = box.east_e7,
        .north_e7 = box.north_e7,
        .program = PBF_PROGRAM_DEMO,
        .source = "made up",
        .data_time_s = DEMO_TIME_S,
    };
    pbf_writer_header(writer, &header);
    for (int pass = PBF_NODE; pass <= PBF_RELATION; pass++) {
        struct pen pen = {.pass = (enum pbf_object_kind)pass, .writer = writer, .report = report};
        draw_countries(&pen, world);
        for (unsigned number = 0; number < 2 * world->scale; number++) {
            draw_town(&pen, world, number, queries);
        }
    }
}

static enum status queries_finish(struct queries *queries, struct fault *fault)
{
    queries_flush(queries);
    buffer_free(&queries->lines);
    if (queries->status == STATUS_NO_MEMORY) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the queries of the demo");
    }
    return queries->status == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, queries->status, "%s", queries->fault.text);
}

static enum status world_write(const struct world *world, struct memory_account *account,
                               struct output *pbf, struct queries *queries,
                               struct demo_report *report, struct fault *fault)
{
    struct pbf_writer *writer = NULL;
    TRY(pbf_writer_open(&(struct pbf_write_options){.account = account,
                                                    .level = COMPRESSION_LEVEL,
                                                    .has_stamps = true,
                                                    .sink = pbf_append,
                                                    .context = pbf},
                        &writer, fault));
    draw_world(world, writer, queries, report);
    const enum status drawn = pbf_writer_finish(writer, fault);
    const enum status asked = queries_finish(queries, drawn == STATUS_OK ? fault : NULL);
    report->pbf_size = pbf_writer_size(writer);
    pbf_writer_close(writer);
    TRY(drawn);
    TRY(asked);
    TRY(output_commit(pbf, fault));
    return output_commit(&queries->output, fault);
}

enum status demo_write(const struct sys *sys, struct memory_account *account, const char *directory,
                       unsigned scale, struct demo_report *report, struct fault *fault)
{
    if (scale < 1 || scale > DEMO_SCALE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the scale is %u: choose 1 to %d", scale,
                         DEMO_SCALE_MAX);
    }
    TRY(sys->make_directory(sys, directory, fault));

    struct demo_report made = {0};
    SCOPED(output_close) struct output pbf = {0};
    struct queries queries = {
        .lines = {.account = account},
        .scale = scale,
        .report = &made,
    };
    TRY(output_open(sys, directory, DEMO_PBF_NAME, &pbf, fault));
    enum status status = output_open(sys, directory, DEMO_QUERIES_NAME, &queries.output, fault);
    if (status == STATUS_OK) {
        const struct world world = world_of(scale);
        status = world_write(&world, account, &pbf, &queries, &made, fault);
    }
    output_close(&queries.output);
    TRY(status);
    *report = made;
    return STATUS_OK;
}
