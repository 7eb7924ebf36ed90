#include "command/live_routes.h"

#include "command/live_private.h"

#define ROW_COLLECTION                                                                         \
    {                                                                                          \
        .name = "collection", .kind = PARAMETER_NAME, .is_required = true, .example = "fleet", \
        .help = "The name of a collection."                                                    \
    }
#define ROW_ID                                                                           \
    {                                                                                    \
        .name = "id", .kind = PARAMETER_NAME, .is_required = true, .example = "truck-7", \
        .help = "The id of an object, unique in its collection."                         \
    }
#define ROW_INTO                                                                               \
    {                                                                                          \
        .name = "collection", .kind = PARAMETER_NAME, .fallback = "fleet", .example = "fleet", \
        .help = "Where the fixes go; made when there is none."                                 \
    }
#define ROW_DURABILITY                                                                           \
    {                                                                                            \
        .name = "durability", .kind = PARAMETER_WORD, .words = "commit sync", .example = "sync", \
        .help = "When the answer is given: commit, when the write would survive the end of "     \
                "the process; sync, when it would survive a power cut. Without it, the "         \
                "setting of the collection, then of the server."                                 \
    }
#define ROW_CURSOR                                                     \
    {                                                                  \
        .name = "cursor", .kind = PARAMETER_STRING, .example = "AAAA", \
        .help = "The 'next' of the answer before."                     \
    }
#define ROW_LIMIT                                                                \
    {                                                                            \
        .name = "limit", .kind = PARAMETER_COUNT, .minimum = 1, .maximum = 1000, \
        .fallback = "100", .example = "100", .help = "At most so many at once."  \
    }

static const struct parameter collections_parameters[] = {
    [COLLECTIONS_LIMIT] = ROW_LIMIT, [COLLECTIONS_CURSOR] = ROW_CURSOR};

static const struct parameter collection_parameters[] = {[COLLECTION_NAME] = ROW_COLLECTION};

static const struct parameter object_parameters[] = {
    [OBJECT_COLLECTION] = ROW_COLLECTION,
    [OBJECT_ID] = ROW_ID,
    [OBJECT_DURABILITY] = ROW_DURABILITY,
};

static const struct parameter object_delete_parameters[] = {
    [OBJECT_COLLECTION] = ROW_COLLECTION,
    [OBJECT_ID] = ROW_ID,
    [OBJECT_DURABILITY] = ROW_DURABILITY,
    [OBJECT_PURGE] = {.name = "purge",
                      .kind = PARAMETER_WORD,
                      .words = "history",
                      .example = "history",
                      .help = "history: erases where the object was, too."},
};

static const struct parameter objects_parameters[OBJECTS_PARAMETER_COUNT] = {
    [OBJECTS_COLLECTION] = ROW_COLLECTION,
    [OBJECTS_NEAR] = {.name = "near",
                      .kind = PARAMETER_POINT,
                      .example = "47.14,9.52",
                      .help = "Nearest first to this point LAT,LON; each object says its "
                              "distance_m."},
    [OBJECTS_RADIUS] = {.name = "radius",
                        .kind = PARAMETER_METRES,
                        .minimum = 0,
                        .maximum = 21000000,
                        .example = "500",
                        .help = "Of near: not further than so many metres."},
    [OBJECTS_WITHIN] = {.name = "within",
                        .kind = PARAMETER_STRING,
                        .example = "{\"type\":\"Polygon\",\"coordinates\":[[[9,47],[10,47],[10,48],"
                                   "[9,47]]]}",
                        .help = "Only what lies in this GeoJSON geometry."},
    [OBJECTS_INTERSECTS] = {.name = "intersects",
                            .kind = PARAMETER_STRING,
                            .example = "{\"type\":\"Point\",\"coordinates\":[9.5,47.1]}",
                            .help = "Only what has a place in common with this GeoJSON geometry."},
    [OBJECTS_BBOX] = {.name = "bbox",
                      .kind = PARAMETER_BOX,
                      .example = "9.47,47.04,9.64,47.28",
                      .help = "Only what touches west,south,east,north; west > east crosses the "
                              "180th meridian."},
    [OBJECTS_FILTER] = {.name = "filter",
                        .kind = PARAMETER_STRING,
                        .example = "speed > 10 AND kind = 'truck'",
                        .help = "A condition in CQL2 text, on properties and on id, time, arrival, "
                                "speed, course, accuracy, altitude, geometry."},
    [OBJECTS_FIELDS] = {.name = "fields",
                        .kind = PARAMETER_STRING,
                        .example = "kind,driver",
                        .help = "Only these properties, comma-separated."},
    [OBJECTS_LIMIT] = ROW_LIMIT,
    [OBJECTS_CURSOR] = ROW_CURSOR,
};

static const struct parameter load_parameters[] = {
    [LOAD_COLLECTION] = ROW_COLLECTION,
    [LOAD_DURABILITY] = ROW_DURABILITY,
};

static const struct parameter history_parameters[] = {
    [HISTORY_COLLECTION] = ROW_COLLECTION,
    [HISTORY_ID] = ROW_ID,
    [HISTORY_FROM] = {.name = "from",
                      .kind = PARAMETER_TIME,
                      .example = "2026-11-21T00:00:00Z",
                      .help = "Not before this time (RFC 3339, or milliseconds since 1970)."},
    [HISTORY_UNTIL] = {.name = "until",
                       .kind = PARAMETER_TIME,
                       .example = "2026-11-22T00:00:00Z",
                       .help = "Before this time."},
    [HISTORY_ORDER] = {.name = "order",
                       .kind = PARAMETER_WORD,
                       .words = "asc desc",
                       .fallback = "asc",
                       .example = "desc",
                       .help = "By the time of measurement, rising or falling."},
    [HISTORY_LIMIT] = ROW_LIMIT,
    [HISTORY_CURSOR] = ROW_CURSOR,
};

static const struct parameter track_parameters[] = {
    [TRACK_COLLECTION] = ROW_INTO,
    [TRACK_DURABILITY] = ROW_DURABILITY,
};

static const struct parameter owntracks_parameters[] = {
    [OWNTRACKS_COLLECTION] = ROW_INTO,
    [OWNTRACKS_USER] = {.name = "u",
                        .kind = PARAMETER_NAME,
                        .example = "jane",
                        .help = "Who it is, where neither the topic nor X-Limit-U says."},
    [OWNTRACKS_DEVICE] = {.name = "d",
                          .kind = PARAMETER_NAME,
                          .example = "phone",
                          .help = "With what, where neither the topic nor X-Limit-D says."},
};

#define OSMAND(name_, example_, help_)                                                    \
    {                                                                                     \
        .name = (name_), .kind = PARAMETER_STRING, .example = (example_), .help = (help_) \
    }

const struct parameter live_osmand_parameters[] = {
    ROW_INTO, // first
    OSMAND("id", "123456", "The device."),
    OSMAND("deviceid", "123456", "The same."),
    OSMAND("lat", "47.14", "Latitude in degrees."),
    OSMAND("lon", "9.52", "Longitude in degrees."),
    OSMAND("location", "47.14,9.52", "LAT,LON in place of lat and lon."),
    OSMAND("timestamp", "1700000000", "Seconds or milliseconds since 1970, or RFC 3339."),
    OSMAND("speed", "12.5", "Knots."),
    OSMAND("bearing", "270", "Degrees clockwise from north."),
    OSMAND("heading", "270", "The same."),
    OSMAND("altitude", "455", "Metres."),
    OSMAND("accuracy", "8", "Metres."),
    OSMAND("hdop", "0.9", "Becomes a property, as what follows."),
    OSMAND("batt", "87", "Percent."),
    OSMAND("charge", "true", "Is the battery being charged?"),
    OSMAND("valid", "true", "What the device thinks of the fix."),
    OSMAND("alarm", "sos", "An alarm the device raised."),
    OSMAND("event", "motion", "An event the device raised."),
    OSMAND("driverUniqueId", "jane", "Who drives."),
    OSMAND("odometer", "120345", "Metres."),
    OSMAND("ignition", "true", "Is the engine on?"),
    OSMAND("cell", "262,1,1,1", "The cell of the network."),
    OSMAND("wifi", "aa-bb:-50", "Networks that are near."),
    OSMAND("rpm", "2100", "Of the engine."),
    OSMAND("fuel", "40", "What is in the tank."),
};
const size_t live_osmand_parameter_count = COUNT_OF(live_osmand_parameters);

#define COLLECTION "/v1/collections/{collection}"
#define OBJECT     COLLECTION "/objects/{id}"

static const struct route rows[] = {
    {.method = HTTP_METHOD_POST,
     .path = "/v1/track",
     .name = "track",
     .summary = "Takes one fix or many, as {\"id\",\"lat\",\"lon\",…}, Features or OwnTracks "
                "locations, in one write; says of each what became of it.",
     ROUTE_PARAMETERS(track_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Fixes",
     .answer_schema = "TrackResult",
     .needs_live = true,
     .run = track_run},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/track/owntracks",
     .name = "track_owntracks",
     .summary = "Takes a message of OwnTracks in HTTP mode and answers [].",
     ROUTE_PARAMETERS(owntracks_parameters),
     .body = ROUTE_BODY_JSON,
     .needs_live = true,
     .run = track_owntracks_run},
    {.method = HTTP_METHOD_GET,
     .path = "/v1/track/osmand",
     .name = "track_osmand",
     .summary = "Takes a fix of OsmAnd's and Traccar's clients out of the query.",
     ROUTE_PARAMETERS(live_osmand_parameters),
     .answer_type = "text/plain",
     .needs_live = true,
     .run = track_osmand_run},
    {.method = HTTP_METHOD_POST,
     .path = "/v1/track/osmand",
     .name = "track_osmand_post",
     .summary = "The same as a POST.",
     ROUTE_PARAMETERS(live_osmand_parameters),
     .body = ROUTE_BODY_ANY,
     .answer_type = "text/plain",
     .needs_live = true,
     .run = track_osmand_run},
    {.method = HTTP_METHOD_GET,
     .path = COLLECTION "/objects",
     .name = "list_objects",
     .summary = "Lists objects: by id, or nearest first; in an area, by a filter.",
     ROUTE_PARAMETERS(objects_parameters),
     .answer_schema = "Objects",
     .needs_live = true,
     .run = object_list_run},
    {.method = HTTP_METHOD_POST,
     .path = COLLECTION "/objects",
     .name = "load_objects",
     .summary = "Stores many Features at once: a FeatureCollection, an array, or one a line.",
     ROUTE_PARAMETERS(load_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Objects",
     .answer_schema = "LoadResult",
     .needs_live = true,
     .run = object_load_run},
    {.method = HTTP_METHOD_POST,
     .path = COLLECTION "/objects/query",
     .name = "query_objects",
     .summary = "Lists objects in an area that is too long for a URL: {\"within\": GEOMETRY} or "
                "{\"intersects\": GEOMETRY}.",
     ROUTE_PARAMETERS(objects_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "AreaQuery",
     .answer_schema = "Objects",
     .needs_live = true,
     .run = object_query_run},
    {.method = HTTP_METHOD_GET,
     .path = OBJECT,
     .name = "get_object",
     .summary = "Gives an object as a Feature.",
     ROUTE_PARAMETERS(object_parameters),
     .answer_schema = "Object",
     .needs_live = true,
     .run = object_get_run},
    {.method = HTTP_METHOD_PUT,
     .path = OBJECT,
     .name = "put_object",
     .summary = "Stores an object, whole: a Feature, or a geometry alone.",
     ROUTE_PARAMETERS(object_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Object",
     .answer_schema = "Object",
     .needs_live = true,
     .run = object_put_run},
    {.method = HTTP_METHOD_PATCH,
     .path = OBJECT,
     .name = "patch_object",
     .summary = "Changes the members and properties that are given; null takes a property away.",
     ROUTE_PARAMETERS(object_parameters),
     .body = ROUTE_BODY_JSON,
     .body_schema = "Object",
     .answer_schema = "Object",
     .needs_live = true,
     .run = object_patch_run},
    {.method = HTTP_METHOD_DELETE,
     .path = OBJECT,
     .name = "delete_object",
     .summary = "Deletes an object, and with purge=history where it was.",
     ROUTE_PARAMETERS(object_delete_parameters),
     .needs_live = true,
     .run = object_delete_run},
    {.method = HTTP_METHOD_GET,
     .path = OBJECT "/history",
     .name = "object_history",
     .summary = "Gives where an object was, by the time of measurement.",
     ROUTE_PARAMETERS(history_parameters),
     .answer_schema = "Objects",
     .needs_live = true,
     .run = history_run},
    {.method = HTTP_METHOD_GET,
     .path = "/v1/collections",
     .name = "list_collections",
     .summary = "Lists the collections and what they hold.",
     ROUTE_PARAMETERS(collections_parameters),
     .answer_schema = "Collections",
     .needs_live = true,
     .run = collection_list_run},
    {.method = HTTP_METHOD_GET,
     .path = COLLECTION,
     .name = "get_collection",
     .summary = "Gives a collection's settings and counts.",
     ROUTE_PARAMETERS(collection_parameters),
     .answer_schema = "Collection",
     .needs_live = true,
     .run = collection_get_run},
    {.method = HTTP_METHOD_PUT,
     .path = COLLECTION,
     .name = "put_collection",
     .summary = "Makes a collection, or changes the settings that are given.",
     ROUTE_PARAMETERS(collection_parameters),
     .body = ROUTE_BODY_ANY,
     .body_schema = "Collection",
     .answer_schema = "Collection",
     .needs_live = true,
     .run = collection_put_run},
    {.method = HTTP_METHOD_DELETE,
     .path = COLLECTION,
     .name = "delete_collection",
     .summary = "Deletes a collection with everything in it and where it was.",
     ROUTE_PARAMETERS(collection_parameters),
     .needs_live = true,
     .run = collection_drop_run},
};

static const char schemas[] =
    "\"Time\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"RFC 3339; or, as "
    "input, milliseconds since 1970.\"},"
    "\"Geometry\":{\"type\":\"object\",\"description\":\"GeoJSON (RFC 7946).\",\"required\":["
    "\"type\"],\"properties\":{\"type\":{\"type\":\"string\"},\"coordinates\":{\"type\":"
    "\"array\"}}},"
    "\"Object\":{\"type\":\"object\",\"required\":[\"type\",\"geometry\"],\"properties\":{"
    "\"type\":{\"const\":\"Feature\"},\"id\":{\"type\":[\"string\",\"number\"]},"
    "\"geometry\":{\"$ref\":\"#/components/schemas/Geometry\"},"
    "\"properties\":{\"type\":[\"object\",\"null\"]},"
    "\"time\":{\"$ref\":\"#/components/schemas/Time\"},"
    "\"arrival\":{\"$ref\":\"#/components/schemas/Time\"},"
    "\"expires\":{\"$ref\":\"#/components/schemas/Time\"},"
    "\"accuracy\":{\"type\":\"number\",\"description\":\"Metres.\"},"
    "\"speed\":{\"type\":\"number\",\"description\":\"Metres per second.\"},"
    "\"course\":{\"type\":\"number\",\"description\":\"Degrees clockwise from north.\"},"
    "\"distance_m\":{\"type\":\"number\",\"description\":\"Of near.\"}}},"
    "\"Objects\":{\"type\":\"object\",\"required\":[\"type\",\"features\"],\"properties\":{"
    "\"type\":{\"const\":\"FeatureCollection\"},\"features\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/components/schemas/Object\"}},\"next\":{\"type\":\"string\",\"description\":"
    "\"The cursor of what follows; absent at the end.\"}}},"
    "\"AreaQuery\":{\"type\":\"object\",\"properties\":{\"within\":{\"$ref\":"
    "\"#/components/schemas/Geometry\"},\"intersects\":{\"$ref\":"
    "\"#/components/schemas/Geometry\"}}},"
    "\"Fix\":{\"type\":\"object\",\"required\":[\"id\",\"lat\",\"lon\"],\"properties\":{"
    "\"id\":{\"type\":[\"string\",\"number\"]},\"lat\":{\"type\":\"number\"},\"lon\":{\"type\":"
    "\"number\"},\"altitude\":{\"type\":\"number\"},"
    "\"time\":{\"$ref\":\"#/components/schemas/Time\"},\"accuracy\":{\"type\":\"number\"},"
    "\"speed\":{\"type\":\"number\"},\"course\":{\"type\":\"number\"},\"properties\":{\"type\":"
    "\"object\"}}},"
    "\"Fixes\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/Fix\"},{\"type\":\"array\",\"items\":"
    "{\"$ref\":\"#/components/schemas/Fix\"}}]},"
    "\"TrackResult\":{\"type\":\"object\",\"properties\":{\"accepted\":{\"type\":\"integer\"},"
    "\"refused\":{\"type\":\"integer\"},\"results\":{\"type\":\"array\",\"description\":\"In the "
    "order of the fixes.\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":"
    "\"string\"},\"status\":{\"enum\":[\"stored\",\"late\",\"duplicate\",\"refused\"]},"
    "\"future\":{\"type\":\"boolean\"},\"message\":{\"type\":\"string\"}}}}}},"
    "\"LoadResult\":{\"type\":\"object\",\"properties\":{\"stored\":{\"type\":\"integer\"},"
    "\"failed\":{\"type\":\"integer\"},\"errors\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"object\",\"properties\":{\"index\":{\"type\":\"integer\"},\"id\":{\"type\":\"string\"},"
    "\"message\":{\"type\":\"string\"}}}}}},"
    "\"Collection\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"searchable\":{\"type\":\"boolean\"},\"durability\":{\"enum\":[\"default\",\"commit\","
    "\"sync\"]},\"history\":{\"type\":[\"string\",\"boolean\",\"null\"],\"description\":\"How long "
    "positions are kept, for example 7d; false: not at all.\"},\"expires_after\":{\"type\":["
    "\"string\",\"null\"]},\"quota\":{\"type\":[\"integer\",\"null\"]},\"objects\":{\"type\":"
    "\"integer\"},\"points\":{\"type\":\"integer\"},\"memory_bytes\":{\"type\":\"integer\"},"
    "\"bbox\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}}}},"
    "\"Collections\":{\"type\":\"object\",\"properties\":{\"collections\":{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/components/schemas/Collection\"}},\"next\":{\"type\":\"string\"}}}";

const struct route_table live_routes = {rows, COUNT_OF(rows), schemas};
