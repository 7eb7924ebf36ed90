// near=ip: results near to where the request comes from.
#include <stdio.h>

#include "command/ip_routes.h"
#include "ip/ip_book.h"
#include "serve/responder.h"

static bool takes_near(const struct route *route)
{
    const struct command *const command = route->command;
    for (size_t i = 0; i < command->parameter_count; i++) {
        const struct parameter *const parameter = &command->parameters[i];
        if (parameter->words != NULL &&
            bytes_equal(bytes_from_text(parameter->name), BYTES_OF("near"))) {
            return true;
        }
    }
    return false;
}

// Where the caller is, as "LAT,LON"; false: nobody knows.
static bool write_caller(const struct responder *responder, const struct session *session,
                         const struct http_request *request, char text[RESPONDER_NEAR_SIZE])
{
    static const struct languages languages = {.count = 0};
    const struct world *const world = &responder->server->world;
    char memory[4096];
    struct arena arena = arena_over(memory, sizeof(memory));
    struct ip_address address;
    struct ip_place place;
    if (responder->line->caller == NULL || !responder->line->caller(session, &address)) {
        return false;
    }
    ip_forwarded_take(world, request->fields[HTTP_FIELD_FORWARDED_FOR], &address);
    if (ip_book_find(world->ip_book, &address, &languages, &arena, &place) != STATUS_OK ||
        !place.has_point) {
        return false;
    }
    (void)snprintf(text, RESPONDER_NEAR_SIZE, "%.4f,%.4f", place.point.lat_e7 / 1e7,
                   place.point.lng_e7 / 1e7);
    return true;
}

enum status responder_place_near(const struct responder *responder, const struct session *session,
                                 const struct route *route, const struct http_request *request,
                                 struct responder_arguments *given, struct command_failure *failure)
{
    size_t near = 0;
    while (near < given->count && !(bytes_equal(given->items[near].name, BYTES_OF("near")) &&
                                    bytes_equal(given->items[near].value, BYTES_OF("ip")))) {
        near++;
    }
    if (near == given->count || !takes_near(route)) {
        return STATUS_OK;
    }
    if (responder->server->world.ip_book == NULL) {
        return command_fail(failure, STATUS_UNSUPPORTED, 501, "no_mmdb", "near",
                            "this server knows no IP addresses: start it with --mmdb FILE, a "
                            "database of cities in MaxMind's format");
    }
    if (write_caller(responder, session, request, given->near)) {
        given->items[near].value = bytes_from_text(given->near);
    } else {
        // Somebody whose place nobody knows is near to nothing in particular.
        given->items[near] = given->items[--given->count];
    }
    return STATUS_OK;
}
