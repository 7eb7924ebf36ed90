#include "source/source.h"

#include <stdio.h>

#include "source/addresses.h"
#include "source/countries.h"
#include "source/geonames.h"
#include "source/input.h"
#include "source/mapped.h"
#include "source/osm.h"
#include "source/photon_dump.h"
#include "source/wof.h"

void source_summary_say(struct source_summary *summary, const char *attribution,
                        const char *licence, const char *url)
{
    (void)snprintf(summary->attribution, sizeof(summary->attribution), "%s", attribution);
    (void)snprintf(summary->licence, sizeof(summary->licence), "%s", licence);
    (void)snprintf(summary->url, sizeof(summary->url), "%s", url);
}

// What is to be said of the data of each kind.
static void summary_fill(const struct input *input, struct source_summary *summary)
{
    switch (input->kind) {
    case INPUT_OSM:
    case INPUT_PHOTON:
        summary->kind = SOURCE_OSM;
        source_summary_say(summary, "\xc2\xa9 OpenStreetMap contributors", "ODbL 1.0",
                           "https://www.openstreetmap.org/copyright");
        break;
    case INPUT_COUNTRIES:
    case INPUT_REGIONS:
    case INPUT_COUNTIES:
    case INPUT_ZONES:
        summary->kind = SOURCE_COUNTRIES;
        source_summary_say(summary, "Made with Natural Earth", "public domain",
                           "https://www.naturalearthdata.com");
        break;
    case INPUT_GEONAMES_PLACES:
    case INPUT_GEONAMES_COUNTRIES:
    case INPUT_GEONAMES_ADMIN1:
    case INPUT_GEONAMES_ADMIN2:
    case INPUT_GEONAMES_NAMES:
    case INPUT_GEONAMES_POSTCODES:
        summary->kind = SOURCE_GEONAMES;
        source_summary_say(summary, "GeoNames", "CC BY 4.0", "https://www.geonames.org");
        break;
    case INPUT_ADDRESSES:
    case INPUT_ADDRESS_LINES:
        summary->kind = SOURCE_OPENADDRESSES;
        source_summary_say(summary, "OpenAddresses and its sources", "each source's own",
                           "https://openaddresses.io");
        break;
    case INPUT_ADDRESS_RANGES:
        summary->kind = SOURCE_OPENADDRESSES;
        source_summary_say(summary, "US Census Bureau, TIGER", "public domain",
                           "https://www.census.gov/geographies/mapping-files.html");
        break;
    case INPUT_WOF:
        summary->kind = SOURCE_WOF;
        source_summary_say(summary, "Who's On First", "CC BY 4.0 and its sources' own",
                           "https://whosonfirst.org/docs/licenses/");
        break;
    case INPUT_MAPPED: // the mapping says it
    case INPUT_UNKNOWN:
        break;
    }
}

static enum status kind_refuse(const struct input *input, struct fault *fault)
{
    return fault_set(
        fault, STATUS_UNSUPPORTED,
        "%s is none of: OpenStreetMap PBF, a GeoNames table, GeoJSON with countries, "
        "a table of addresses, Who's On First, a dump of Photon (each also as .gz, .zst or .zip)",
        input->path);
}

static enum status input_dispatch(struct input *input, const struct feature_sink *sink,
                                  struct source_summary *summary, struct fault *fault)
{
    if (input->kind == INPUT_OSM) {
        return osm_read(input, sink, summary, fault);
    }
    if (input->kind >= INPUT_COUNTRIES && input->kind <= INPUT_ZONES) {
        return countries_read(input, sink, summary, fault);
    }
    if (input->kind == INPUT_MAPPED) {
        return mapped_read(input, sink, summary, fault);
    }
    if (input->kind == INPUT_PHOTON) {
        return photon_dump_read(input, sink, summary, fault);
    }
    if (input->kind == INPUT_WOF) {
        return wof_read(input, sink, summary, fault);
    }
    if (input->kind >= INPUT_ADDRESSES) {
        return addresses_read(input, sink, summary, fault);
    }
    if (input->kind != INPUT_UNKNOWN) {
        return geonames_read(input, sink, summary, fault);
    }
    return kind_refuse(input, fault);
}

// Reads one member; the first that is read names the whole. Of an archive, members that are nothing
// we know (a readme) are passed over.
static enum status member_read(const char *text, size_t member,
                               const struct source_options *options,
                               const struct feature_sink *sink, struct source_summary *summary,
                               struct fault *fault)
{
    SCOPED(input_close) struct input input = {0};
    TRY(input_open(text, member, options, &input, fault));
    TRY(input_kind_find(&input, fault));
    if (input.kind == INPUT_UNKNOWN && input.owned_name != NULL) {
        return STATUS_OK;
    }
    if (input.kind == INPUT_UNKNOWN) {
        return kind_refuse(&input, fault);
    }
    const bool is_first = summary->name[0] == '\0';
    if (is_first) {
        summary_fill(&input, summary); // first: the reader may know better
    }
    TRY(input_dispatch(&input, sink, summary, fault));
    if (is_first) {
        summary->input_size = input.read_size;
        if (summary->name[0] == '\0') {
            (void)snprintf(summary->name, sizeof(summary->name), "%s", input.name);
        }
    }
    return STATUS_OK;
}

static enum status members_read(const char *input, const struct source_options *options,
                                const struct feature_sink *sink, struct source_summary *summary,
                                struct fault *fault)
{
    for (size_t member = 0;; member++) {
        const enum status status = member_read(input, member, options, sink, summary, fault);
        if (status == STATUS_NOT_FOUND && member != 0) {
            break;
        }
        TRY(status);
        if (strcmp(input, "-") == 0) {
            break; // it can be read once
        }
    }
    return summary->name[0] != '\0'
               ? STATUS_OK
               : fault_set(fault, STATUS_UNSUPPORTED,
                           "%s holds no member that is an OpenStreetMap PBF, a GeoNames table, "
                           "GeoJSON with countries or a table of addresses",
                           input);
}

enum status source_read(const char *input, const struct source_options *options,
                        const struct feature_sink *sink, struct source_summary *summary,
                        struct fault *fault)
{
    struct source_summary read = {0};
    TRY(members_read(input, options, sink, &read, fault));
    *summary = read;
    return STATUS_OK;
}
