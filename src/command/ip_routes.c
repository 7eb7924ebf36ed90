#include "command/ip_routes.h"

#include <stdio.h>

#include "atlas/zone.h"
#include "base/date.h"
#include "codec/json_write.h"
#include "command/ask.h"
#include "command/call.h"
#include "command/command_private.h"
#include "ip/ip_book.h"
#include "sys/clock.h"

enum { IP_ADDRESS, IP_LANG };

static const struct parameter ip_parameters[] = {
    [IP_ADDRESS] = {.name = "ip",
                    .kind = PARAMETER_STRING,
                    .example = "81.2.69.142",
                    .help = "An IPv4 or IPv6 address; without it, the one the request comes from."},
    [IP_LANG] = {.name = "lang",
                 .kind = PARAMETER_STRING,
                 .example = "de",
                 .help = "Names in this language (BCP 47), or the first there is of several, "
                         "comma-separated; without it, the Accept-Language of the request."},
};

static const struct parameter languages_parameter = {.name = "lang", .kind = PARAMETER_LANGUAGES};

void ip_forwarded_take(const struct world *world, struct bytes list, struct ip_address *address)
{
    while (list.size != 0 && ip_networks_hold(world->proxies, world->proxy_count, address)) {
        const uint8_t *const comma = memrchr(list.data, ',', list.size);
        const size_t begin = comma == NULL ? 0 : (size_t)(comma - list.data) + 1;
        struct bytes part = {list.data + begin, list.size - begin};
        for (; part.size != 0 && part.data[0] == ' '; part.data++, part.size--) {
        }
        for (; part.size != 0 && part.data[part.size - 1] == ' '; part.size--) {
        }
        list.size = comma == NULL ? 0 : begin - 1;
        if (!ip_address_parse(part, address)) {
            return; // what stands there is nobody's word
        }
    }
}

static bool address_read(struct call *call, struct ip_address *address)
{
    const struct value *const value = &call->values[IP_ADDRESS];
    if (value->is_given) {
        if (ip_address_parse(value->text, address)) {
            return true;
        }
        call_fail(call, 400, "invalid_parameter", "ip",
                  "ip: '%.*s' is no IPv4 or IPv6 address, for example 81.2.69.142",
                  (int)(value->text.size < 60 ? value->text.size : 60),
                  (const char *)value->text.data);
        return false;
    }
    if (call->carrier->caller == NULL || !call->carrier->caller(call, address)) {
        call_fail(call, 400, "missing_parameter", "ip",
                  "nobody knows where this request comes from; say ip=ADDRESS");
        return false;
    }
    ip_forwarded_take(call->world, call->fields[HTTP_FIELD_FORWARDED_FOR], address);
    return true;
}

static bool languages_read(struct call *call, struct languages *languages)
{
    const struct value *const value = &call->values[IP_LANG];
    struct arguments arguments = {0};
    struct fault fault = {0};
    if (!value->is_given) {
        parameter_accept_languages(call->accept_language, languages);
        return true;
    }
    if (parameter_set(&languages_parameter, value->text, &arguments, &fault) != STATUS_OK) {
        call_fail(call, 400, "invalid_parameter", "lang", "lang: %s", fault.text);
        return false;
    }
    *languages = arguments.languages;
    return true;
}

// --- Writing -----------------------------------------------------------------------------------

static void write_attribution(struct json_writer *json, const struct ip_book *book)
{
    JSON_KEY(json, "attribution");
    json_begin_array(json);
    for (size_t i = 0; i < ip_book_count(book); i++) {
        const struct ip_file file = ip_book_at(book, i);
        char built[DATE_RFC3339_SIZE + 1];
        date_format_rfc3339(file.built_s * 1000000, built);
        json_begin_object(json);
        JSON_KEY(json, "source");
        json_text_of(json, file.name);
        JSON_KEY(json, "type");
        json_text_of(json, file.type);
        WRITE_TEXT(json, "text", bytes_from_text(file.attribution));
        WRITE_TEXT(json, "licence", bytes_from_text(file.licence));
        WRITE_TEXT(json, "url", bytes_from_text(file.url));
        JSON_KEY(json, "built");
        json_text_of(json, built);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_label(struct json_writer *json, const struct ip_place *place)
{
    const struct bytes parts[] = {place->locality, place->region, place->country};
    char label[640];
    int size = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].size != 0) {
            size +=
                snprintf(label + size, sizeof(label) - (size_t)size, "%s%.*s",
                         size == 0 ? "" : ", ", (int)parts[i].size, (const char *)parts[i].data);
        }
    }
    JSON_KEY(json, "label");
    if (size != 0) {
        json_text(json, (struct bytes){(const uint8_t *)label, (size_t)size});
    } else {
        json_null(json);
    }
}

static void write_components(struct json_writer *json, const struct ip_place *place)
{
    JSON_KEY(json, "components");
    json_begin_object(json);
    WRITE_TEXT(json, "locality", place->locality);
    WRITE_TEXT(json, "postcode", place->postcode);
    WRITE_TEXT(json, "county", place->county);
    WRITE_KNOWN(json, "region", place->region);
    WRITE_KNOWN(json, "region_code", place->region_code);
    WRITE_KNOWN(json, "country", place->country);
    WRITE_KNOWN(json, "country_code", place->country_code);
    WRITE_TEXT(json, "continent", place->continent);
    WRITE_TEXT(json, "continent_code", place->continent_code);
    json_end_object(json);
}

static void write_network(struct json_writer *json, const struct ip_address *address,
                          const struct ip_place *place)
{
    if (place->is_found) {
        // A tree's entry may be wider than all of IPv4.
        const bool is_v4 = ip_address_is_v4(address);
        const unsigned prefix = is_v4 && place->prefix < 96 ? 96 : place->prefix;
        const struct ip_address network = ip_address_network(address, prefix);
        char host[IP_TEXT_SIZE];
        char text[IP_TEXT_SIZE + 8];
        ip_address_format(&network, host);
        (void)snprintf(text, sizeof(text), "%s/%u", host, is_v4 ? prefix - 96 : prefix);
        JSON_KEY(json, "network");
        json_text_of(json, text);
    }
    if (place->asn != 0) {
        JSON_KEY(json, "asn");
        json_begin_object(json);
        JSON_KEY(json, "number");
        json_unsigned(json, place->asn);
        WRITE_TEXT(json, "organisation", place->organisation);
        json_end_object(json);
    }
}

static void write_properties(struct call *call, struct json_writer *json,
                             const struct ip_address *address, const struct ip_place *place)
{
    const struct ip_special *const special = ip_special_of(address);
    char text[IP_TEXT_SIZE];
    ip_address_format(address, text);
    JSON_KEY(json, "properties");
    json_begin_object(json);
    JSON_KEY(json, "ip");
    json_text_of(json, text);
    JSON_KEY(json, "kind");
    json_text_of(json, special == NULL ? "public" : special->kind);
    write_network(json, address, place);
    write_label(json, place);
    write_components(json, place);
    features_write_zone(json, call->commander, place->zone, sys_wall_us(call->world->sys));
    if (place->accuracy_m != 0) {
        JSON_KEY(json, "accuracy_m");
        json_unsigned(json, place->accuracy_m);
    }
    json_end_object(json);
}

static void write_answer(struct call *call, const struct ip_address *address,
                         const struct ip_place *place)
{
    struct json_writer writer = {.out = &call->out};
    struct json_writer *const json = &writer;
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "FeatureCollection");
    write_attribution(json, call->world->ip_book);
    JSON_KEY(json, "features");
    json_begin_array(json);
    json_begin_object(json);
    JSON_KEY(json, "type");
    json_text_of(json, "Feature");
    JSON_KEY(json, "geometry");
    if (place->has_point) {
        json_begin_object(json);
        JSON_KEY(json, "type");
        json_text_of(json, "Point");
        JSON_KEY(json, "coordinates");
        json_begin_array(json);
        json_e7(json, place->point.lng_e7);
        json_e7(json, place->point.lat_e7);
        json_end_array(json);
        json_end_object(json);
    } else {
        json_null(json);
    }
    write_properties(call, json, address, place);
    json_end_object(json);
    json_end_array(json);
    json_end_object(json);
}

// Where the files do not tell the zone, the atlas or the country may.
static void zone_complete(const struct call *call, struct ip_place *place)
{
    if (place->zone.size != 0 || place->country_code.size != 2) {
        return;
    }
    const uint16_t country = (uint16_t)((unsigned)place->country_code.data[0] << 8 |
                                        (unsigned)place->country_code.data[1]);
    place->zone = place->has_point && call->atlas != NULL
                      ? atlas_zone_in(call->atlas, place->point, country)
                      : zone_of_country(country);
}

static void get_ip(struct call *call)
{
    struct ip_address address;
    struct ip_place place;
    struct languages languages = {0};
    if (call->world->ip_book == NULL) {
        call_fail(call, 501, "no_mmdb", "",
                  "this server knows no IP addresses: start it with --mmdb FILE, a database in "
                  "MaxMind's format such as GeoLite2-City.mmdb");
        return;
    }
    if (!address_read(call, &address) || !languages_read(call, &languages)) {
        return;
    }
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(ask_arena(call->commander));
    if (ip_book_find(call->world->ip_book, &address, &languages, ask_arena(call->commander),
                     &place) != STATUS_OK) {
        call_fail_memory(call);
        return;
    }
    zone_complete(call, &place);
    write_answer(call, &address, &place);
    if (buffer_status(&call->out) != STATUS_OK) {
        call_fail_memory(call);
        return;
    }
    call_answer(call, 200);
}

static const struct route rows[] = {
    {.method = HTTP_METHOD_GET,
     .path = "/v1/ip",
     .name = "ip",
     .summary = "Where an IP address is used, by the databases of --mmdb.",
     ROUTE_PARAMETERS(ip_parameters),
     .answer_schema = "IpPlace",
     .run = get_ip},
};

static const char schemas[] =
    "\"IpPlace\":{\"type\":\"object\",\"description\":\"A FeatureCollection with one Feature; its "
    "geometry is "
    "null where no place is known, as for private addresses.\",\"properties\":{"
    "\"type\":{\"const\":\"FeatureCollection\"},\"attribution\":{\"type\":\"array\"},"
    "\"features\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"type\":{\"const\":\"Feature\"},\"geometry\":{\"type\":[\"object\",\"null\"]},"
    "\"properties\":{\"type\":\"object\",\"required\":[\"ip\",\"kind\",\"components\"],"
    "\"properties\":{"
    "\"ip\":{\"type\":\"string\"},\"kind\":{\"enum\":[\"public\",\"private\",\"shared\","
    "\"loopback\","
    "\"link_local\",\"documentation\",\"multicast\",\"metadata\",\"reserved\"]},"
    "\"network\":{\"type\":\"string\",\"description\":\"The entry that holds it, in CIDR "
    "notation.\"},"
    "\"label\":{\"type\":[\"string\",\"null\"]},"
    "\"components\":{\"$ref\":\"#/components/schemas/Components\"},"
    "\"timezone\":{\"$ref\":\"#/components/schemas/Timezone\"},"
    "\"accuracy_m\":{\"type\":\"integer\",\"description\":\"It is within so far of the point.\"},"
    "\"asn\":{\"type\":\"object\",\"properties\":{\"number\":{\"type\":\"integer\"},"
    "\"organisation\":{\"type\":\"string\"}}}}}}}}}}";

const struct route_table ip_routes = {rows, COUNT_OF(rows), schemas};
