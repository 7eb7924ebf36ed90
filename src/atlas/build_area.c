#include "atlas/build_area.h"

#include "archive/archive.h"
#include "archive/archive_write.h"
#include "index/areas.h"
#include "sys/file.h"

struct build_areas {
    struct archive *archive;
    struct areas_index index;
};

enum status build_rings_at(struct world *world, uint32_t run, struct geo_rings *rings,
                           struct fault *fault)
{
    struct bytes outlines = {0};
    TRY(spool_map(world->outlines, &outlines, fault));
    const struct bytes bytes = {.data = outlines.data + world->rings[run].offset,
                                .size = (size_t)world->rings[run].size};
    *rings = build_record_decode_rings(bytes);
    return STATUS_OK;
}

static void builder_free(struct areas_builder **builder)
{
    areas_builder_free(*builder);
}

static void writer_close(struct archive_writer **writer)
{
    archive_writer_close(*writer);
}

static enum status areas_write(struct world *world, const char *path, struct fault *fault)
{
    const struct index_build_options options = {
        .sys = world->options->sys,
        .account = world->account,
        .memory_size = world->options->memory_size / 4,
        .directory = world->directory,
        .threads = world->options->threads,
    };
    struct areas_builder *builder SCOPED(builder_free) = NULL;
    struct archive_writer *writer SCOPED(writer_close) = NULL;
    TRY(areas_builder_new(&options, &builder, fault));
    for (uint32_t i = 0; i < world->place_count; i++) {
        if (world->places[i].rings != BUILD_NONE) {
            struct geo_rings rings;
            TRY(build_rings_at(world, world->places[i].rings, &rings, fault));
            TRY(areas_builder_add(builder, &rings, i, fault));
        }
    }
    TRY(archive_writer_open(options.sys, world->account, path, &writer, fault));
    TRY(areas_builder_write(builder, writer, ATLAS_SECTION_AREAS, fault));
    return archive_writer_commit(writer, fault);
}

enum status build_areas_open(struct world *world, struct fault *fault)
{
    char name[FILE_PATH_MAX];
    TRY(build_temporary_name(world, "areas", name, fault));
    world->areas = memory_take_zeroed(world->account, 1, sizeof(*world->areas));
    if (world->areas == NULL) {
        return build_no_memory(world, fault);
    }
    TRY(areas_write(world, name, fault));
    const enum status opened =
        archive_open(world->options->sys, world->account, name, &world->areas->archive, fault);
    status_ignore(world->options->sys->unlink(world->options->sys, name, NULL),
                  "a temporary file that stays behind harms nobody");
    TRY(opened);
    return areas_open(archive_section(world->areas->archive, ATLAS_SECTION_AREAS),
                      &world->areas->index, fault);
}

void build_areas_close(struct world *world)
{
    if (world->areas != NULL) {
        archive_close(world->areas->archive);
        memory_give(world->areas);
        world->areas = NULL;
    }
}

size_t build_areas_at(const struct world *world, struct geo_point point,
                      uint32_t places[BUILD_AREAS_MAX])
{
    const size_t count = areas_at(&world->areas->index, point, places, BUILD_AREAS_MAX);
    return count < BUILD_AREAS_MAX ? count : BUILD_AREAS_MAX;
}
