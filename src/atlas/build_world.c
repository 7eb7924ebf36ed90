#include "atlas/build_world.h"

#include <stdarg.h>
#include <stdio.h>

#include "atlas/atlas.h"
#include "sys/file.h"

enum status build_no_memory(const struct world *world, struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY,
                     "the tables of the build do not fit the memory of this machine (%zu MiB are "
                     "in use); give it less input at once",
                     world->account->used_size >> 20);
}

void build_warn(struct world *world, const char *format, ...)
{
    world->report->warning_count++;
    if (world->options->warn == NULL) {
        return;
    }
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    world->options->warn(world->options->warn_context, sentence);
}

enum status build_progress(struct world *world, const char *stage, uint64_t done, uint64_t total,
                           struct fault *fault)
{
    const struct build_options *const options = world->options;
    if (options->progress != NULL &&
        !options->progress(options->progress_context, stage, done, total)) {
        return fault_set(fault, STATUS_CANCELLED, "the build was stopped");
    }
    return STATUS_OK;
}

enum status build_draft_new(struct world *world, enum atlas_layer layer, uint64_t id,
                            struct geo_point point, uint32_t *draft, struct fault *fault)
{
    if (world->draft_count >= ATLAS_POSTING_DOC) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "more than %u documents: split the input into several atlases",
                         ATLAS_POSTING_DOC);
    }
    if (!memory_grow(world->account, &world->drafts, &world->draft_capacity, world->draft_count + 1,
                     sizeof(*world->drafts))) {
        return build_no_memory(world, fault);
    }
    *draft = (uint32_t)world->draft_count++;
    world->drafts[*draft] = (struct draft){
        .doc = {.id = id, .lng_e7 = point.lng_e7, .lat_e7 = point.lat_e7, .layer = (uint8_t)layer},
        .box = build_box_of(point),
        .rings = BUILD_NONE,
        .source = world->source,
        .region = BUILD_NONE,
        .detail = BUILD_NONE,
    };
    return STATUS_OK;
}

enum status build_alias_add(struct world *world, uint64_t id, uint32_t draft, struct fault *fault)
{
    if (!memory_grow(world->account, &world->aliases, &world->alias_capacity,
                     world->alias_count + 1, sizeof(*world->aliases))) {
        return build_no_memory(world, fault);
    }
    world->aliases[world->alias_count++] = (struct alias){.id = id, .draft = draft};
    return STATUS_OK;
}

// FNV-1a over 64 bits, finished as in murmur3: order matters, every bit spreads; 56 bits are kept.
uint64_t build_derived_id(const char *what, struct bytes made_of)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *what != '\0'; what++) {
        hash = (hash ^ (uint8_t)*what) * UINT64_C(0x100000001b3);
    }
    for (size_t i = 0; i < made_of.size; i++) {
        hash = (hash ^ made_of.data[i]) * UINT64_C(0x100000001b3);
    }
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    hash = (hash ^ hash >> 33) >> 8;
    return atlas_id_pack((struct source_id){.kind = SOURCE_DERIVED, .number = (int64_t)hash});
}

uint16_t build_country_pack(const char country[3])
{
    const bool is_code = country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' &&
                         country[1] <= 'Z' && country[2] == '\0';
    return is_code ? (uint16_t)((unsigned)country[0] << 8 | (unsigned)country[1]) : 0;
}

void build_country_text(uint16_t packed, char country[3])
{
    country[0] = (char)(packed >> 8);
    country[1] = (char)(packed & 0xff);
    country[2] = '\0';
}

struct geo_box build_box_of(struct geo_point point)
{
    return (struct geo_box){.west_e7 = point.lng_e7,
                            .south_e7 = point.lat_e7,
                            .east_e7 = point.lng_e7,
                            .north_e7 = point.lat_e7};
}

enum status build_temporary_name(const struct world *world, const char *what, char *path,
                                 struct fault *fault)
{
    char beside[FILE_PATH_MAX];
    const int size = snprintf(beside, sizeof(beside), "%s/%s", world->directory, what);
    if (size < 0 || (size_t)size >= sizeof(beside)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the folder %s has too long a name",
                         world->directory);
    }
    return file_name_beside(world->options->sys, beside, path, FILE_PATH_MAX, fault);
}

void build_give(const void *block)
{
    void *held;
    memcpy(&held, block, sizeof(held));
    memory_give(held);
}

void build_spool_free(struct spool **spool)
{
    spool_free(*spool);
}
