// What the server is, and what its answers are made of.
#include "atlas/describe.h"
#include "base/date.h"
#include "codec/json_write.h"
#include "command/command.h"

static void write_text(struct json_writer *json, struct bytes key, struct bytes text)
{
    if (text.size != 0) {
        json_key(json, key);
        json_text(json, text);
    }
}

static void write_count(struct json_writer *json, const char *name, uint64_t count)
{
    json_key(json, bytes_from_text(name));
    json_unsigned(json, count);
}

static void write_time(struct json_writer *json, int64_t time_s)
{
    if (time_s > 0) {
        char text[DATE_RFC3339_SIZE + 1];
        date_format_rfc3339(time_s * 1000000, text);
        JSON_KEY(json, "data_time");
        json_text_of(json, text);
    }
}

static void write_source(struct json_writer *json, const struct atlas *atlas,
                         const struct atlas_source *source)
{
    json_begin_object(json);
    write_text(json, BYTES_OF("source"), atlas_string(atlas, source->name));
    write_text(json, BYTES_OF("text"), atlas_string(atlas, source->attribution));
    write_text(json, BYTES_OF("licence"), atlas_string(atlas, source->licence));
    write_text(json, BYTES_OF("url"), atlas_string(atlas, source->url));
    write_time(json, source->data_time_s);
    write_count(json, "objects", source->feature_count);
    write_count(json, "left_out", source->skipped_count);
    json_end_object(json);
}

static void write_layers(struct json_writer *json, const struct atlas_header *header)
{
    JSON_KEY(json, "layers");
    json_begin_object(json);
    for (unsigned layer = 0; layer < LAYER_DOC_COUNT; layer++) {
        write_count(json, layer_name((enum atlas_layer)layer),
                    header->layer_first[layer + 1] - header->layer_first[layer]);
    }
    write_count(json, layer_name(LAYER_ADDRESS), header->house_count);
    json_end_object(json);
}

// The newest data there is.
static int64_t data_time(const struct atlas *atlas)
{
    int64_t newest = 0;
    for (uint32_t i = 0; i < atlas->source_count; i++) {
        const int64_t time_s = atlas->sources[i].data_time_s;
        newest = time_s > newest ? time_s : newest;
    }
    return newest;
}

static void write_atlas(struct json_writer *json, const struct atlas *atlas)
{
    const struct atlas_header *const header = atlas->header;
    json_begin_object(json);
    write_text(json, BYTES_OF("builder"), atlas_string(atlas, header->builder));
    write_text(json, BYTES_OF("text_tables"), atlas_string(atlas, header->text_tables));
    write_time(json, data_time(atlas));
    JSON_KEY(json, "bbox");
    json_begin_array(json);
    for (unsigned i = 0; i < 4; i++) {
        json_e7(json, header->box[i]);
    }
    json_end_array(json);
    write_layers(json, header);
    write_count(json, "intersections", atlas->crossing_count);
    write_count(json, "names", header->name_count);
    write_count(json, "words", header->word_count);
    write_count(json, "warnings", header->warning_count);
    json_end_object(json);
}

static enum status about(struct commander *commander, const struct search_world *world,
                         const struct arguments *arguments, struct buffer *out,
                         struct command_failure *failure)
{
    (void)commander;
    (void)arguments;
    (void)failure;
    const struct atlas *const atlas = world->atlas;
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "name");
    json_text_of(&json, "rhumb");
    JSON_KEY(&json, "version");
    json_text_of(&json, RHUMB_VERSION);
    JSON_KEY(&json, "atlas");
    if (atlas == NULL) {
        json_null(&json);
    } else {
        write_atlas(&json, atlas);
    }
    JSON_KEY(&json, "sources");
    json_begin_array(&json);
    for (uint32_t i = 0; atlas != NULL && i < atlas->source_count; i++) {
        write_source(&json, atlas, &atlas->sources[i]);
    }
    json_end_array(&json);
    json_end_object(&json);
    return STATUS_OK;
}

const struct command command_about = {
    .name = "about",
    .summary = "Says what the server is, what its atlas holds, and whom to name for it.",
    .run = about,
};
