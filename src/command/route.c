#include "command/route.h"

#include <string.h>

const char *route_method_name(enum http_method method)
{
    static const char *const names[] = {
        [HTTP_METHOD_GET] = "GET",         [HTTP_METHOD_HEAD] = "HEAD",
        [HTTP_METHOD_OPTIONS] = "OPTIONS", [HTTP_METHOD_POST] = "POST",
        [HTTP_METHOD_PUT] = "PUT",         [HTTP_METHOD_PATCH] = "PATCH",
        [HTTP_METHOD_DELETE] = "DELETE",   [HTTP_METHOD_OTHER] = "OTHER",
    };
    return names[method];
}

bool route_matches(const struct route *route, struct bytes path,
                   struct bytes parts[ROUTE_PARTS_MAX])
{
    const char *pattern = route->path;
    size_t at = 0;
    size_t count = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at == path.size || path.data[at] != (uint8_t)*pattern) {
                return false;
            }
            at++;
            pattern++;
            continue;
        }
        const size_t begin = at;
        while (at < path.size && path.data[at] != '/') {
            at++;
        }
        if (at == begin) {
            return false;
        }
        parts[count++] = (struct bytes){.data = path.data + begin, .size = at - begin};
        pattern = strchr(pattern, '}') + 1;
    }
    return at == path.size;
}

struct bytes route_part_name(const struct route *route, size_t index)
{
    const char *at = strchr(route->path, '{');
    while (at != NULL && index > 0) {
        at = strchr(at + 1, '{');
        index--;
    }
    return at == NULL ? (struct bytes){0}
                      : (struct bytes){.data = (const uint8_t *)at + 1,
                                       .size = (size_t)(strchr(at, '}') - at) - 1};
}
