// The places of interest of each category: sections CATI and CATP.
#include "atlas/build_write.h"
#include "source/category.h"

enum status build_categories_write(struct build_output *output, struct fault *fault)
{
    struct world *const world = output->world;
    const uint32_t first = output->layer_first[LAYER_POI];
    const uint32_t end = output->layer_first[LAYER_POI + 1];
    uint32_t offsets[CATEGORY_COUNT + 1] = {0};
    uint32_t *const pois SCOPED(build_give) =
        memory_take(world->account, (size_t)(end - first) + 1, sizeof(*pois));
    if (pois == NULL) {
        return build_no_memory(world, fault);
    }
    for (uint32_t i = first; i < end; i++) {
        offsets[world->drafts[output->order[i]].doc.category + 1]++;
    }
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        offsets[i + 1] += offsets[i];
    }
    TRY(build_section(output, ATLAS_SECTION_CATEGORY_INDEX, sizeof(uint32_t), fault));
    TRY(archive_writer_append(output->writer, offsets, sizeof(offsets), fault));
    for (uint32_t i = first; i < end; i++) {
        pois[offsets[world->drafts[output->order[i]].doc.category]++] = i;
    }
    TRY(build_section(output, ATLAS_SECTION_CATEGORY_POIS, sizeof(uint32_t), fault));
    return archive_writer_append(output->writer, pois, (end - first) * sizeof(*pois), fault);
}
