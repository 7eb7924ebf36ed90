// OpenAPI: the HTTP interface described for programs (OpenAPI 3.1), written from the same tables
// of routes and parameters that requests are read by.
#ifndef SERVE_OPENAPI_H
#define SERVE_OPENAPI_H

#include "base/buffer.h"
#include "serve/routes.h"

// Appends the document, JSON.
void openapi_write(const char *version, const struct routes *routes, struct buffer *out);

#endif
