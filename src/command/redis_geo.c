// GEOADD, GEOPOS, GEODIST, GEOHASH.
#include <stdio.h>

#include "command/redis_private.h"

bool redis_take_place(const struct redis_call *call, size_t at, struct redis_place *place)
{
    if (!redis_number(call->arguments[at], &place->lng_deg) ||
        !redis_number(call->arguments[at + 1], &place->lat_deg)) {
        redis_error(call, REDIS_NO_FLOAT);
        return false;
    }
    if (!(place->lng_deg >= -REDIS_LNG_MAX && place->lng_deg <= REDIS_LNG_MAX &&
          place->lat_deg >= -REDIS_LAT_MAX && place->lat_deg <= REDIS_LAT_MAX)) {
        char text[128];
        (void)snprintf(text, sizeof(text), "ERR invalid longitude,latitude pair %f,%f",
                       place->lng_deg, place->lat_deg);
        redis_error(call, text);
        return false;
    }
    return true;
}

void redis_geoadd(const struct redis_call *call)
{
    struct redis_adding adding = {0};
    size_t at = 2;
    for (; at < call->argument_count; at++) {
        const struct bytes option = call->arguments[at];
        if (redis_is(option, "nx")) {
            adding.flags |= REDIS_ADD_NX;
        } else if (redis_is(option, "xx")) {
            adding.flags |= REDIS_ADD_XX;
        } else if (redis_is(option, "ch")) {
            adding.flags |= REDIS_ADD_CH;
        } else {
            break;
        }
    }
    const unsigned both = REDIS_ADD_NX | REDIS_ADD_XX;
    if ((call->argument_count - at) % 3 != 0 || (adding.flags & both) == both) {
        redis_error(call, REDIS_SYNTAX);
        return;
    }
    // All places are looked at before the first is kept.
    struct redis_place place;
    for (size_t i = at; i < call->argument_count; i += 3) {
        if (!redis_take_place(call, i, &place)) {
            return;
        }
    }
    if (at == call->argument_count) { // GEOADD hands on to ZADD, which misses a member
        redis_error(call, REDIS_SYNTAX);
        return;
    }
    if (!redis_set_find(call, call->arguments[1], &adding.set)) {
        return;
    }
    for (size_t i = at; i < call->argument_count; i += 3) {
        if (!redis_take_place(call, i, &place) ||
            !redis_add_member(call, &adding, call->arguments[1], call->arguments[i + 2],
                              (double)redis_encode(place))) {
            return;
        }
    }
    resp_write_integer(call->out, (adding.flags & REDIS_ADD_CH) != 0 ? adding.added + adding.changed
                                                                     : adding.added);
}

// The place that a member's score means. False: there is no such member.
bool redis_member_place(const struct collection *set, struct bytes name, struct redis_place *place)
{
    double score;
    if (!redis_set_score(set, name, &score)) {
        return false;
    }
    *place = redis_decode(score >= 0 && score < 0x1p63 ? (uint64_t)score : 0);
    return true;
}

static void write_null_array(const struct redis_call *call)
{
    buffer_append_text(call->out, call->client->version == RESP_3 ? "_\r\n" : "*-1\r\n");
}

void redis_geopos(const struct redis_call *call)
{
    const struct collection *set;
    if (!redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    resp_write_array(call->out, call->argument_count - 2);
    for (size_t i = 2; i < call->argument_count; i++) {
        struct redis_place place;
        if (!redis_member_place(set, call->arguments[i], &place)) {
            write_null_array(call);
            continue;
        }
        resp_write_array(call->out, 2);
        redis_coordinate(call, place.lng_deg);
        redis_coordinate(call, place.lat_deg);
    }
}

void redis_geohash_command(const struct redis_call *call)
{
    const struct collection *set;
    if (!redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    resp_write_array(call->out, call->argument_count - 2);
    for (size_t i = 2; i < call->argument_count; i++) {
        struct redis_place place;
        char text[11];
        if (!redis_member_place(set, call->arguments[i], &place)) {
            resp_write_null(call->out, call->client->version);
            continue;
        }
        redis_geohash(place, text);
        const void *const data = text;
        resp_write_bulk(call->out, (struct bytes){.data = data, .size = sizeof(text)});
    }
}

bool redis_take_unit(const struct redis_call *call, size_t at, double *unit_m)
{
    const struct bytes unit = call->arguments[at];
    *unit_m = redis_is(unit, "m")    ? 1
              : redis_is(unit, "km") ? 1000
              : redis_is(unit, "ft") ? 0.3048
              : redis_is(unit, "mi") ? 1609.34
                                     : 0;
    if (*unit_m > 0) {
        return true;
    }
    redis_error(call, "ERR unsupported unit provided. please use M, KM, FT, MI");
    return false;
}

void redis_write_distance(const struct redis_call *call, double distance)
{
    char text[352];
    (void)snprintf(text, sizeof(text), "%.4f", distance);
    resp_write_bulk(call->out, bytes_from_text(text));
}

void redis_geodist(const struct redis_call *call)
{
    double unit_m = 1;
    if (call->argument_count > 5) {
        redis_error(call, REDIS_SYNTAX);
        return;
    }
    if (call->argument_count == 5 && !redis_take_unit(call, 4, &unit_m)) {
        return;
    }
    const struct collection *set;
    struct redis_place places[2];
    if (!redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    if (!redis_member_place(set, call->arguments[2], &places[0]) ||
        !redis_member_place(set, call->arguments[3], &places[1])) {
        resp_write_null(call->out, call->client->version);
        return;
    }
    redis_write_distance(call, redis_distance_m(places[0], places[1]) / unit_m);
}
