#include "serve/responder.h"

#include "base/test.h"
#include "codec/json_read.h"
#include "serve/openapi.h"

static struct memory_account account = {.name = "test"};
static const struct http_limits limits = {
    .head_size = 4096, .target_size = 2048, .field_count = 20, .body_size = 512};

// A server without sockets and without an atlas.
struct fixture {
    struct serve_settings settings;
    struct server server;
    struct responder responder;
    const struct metric_value *set;
    struct session session;
    struct session_limits limits;
    struct http_reply reply;
    struct exchange *held; // whose answer is looked at
};

static void let_go(struct fixture *fixture)
{
    if (fixture->held != NULL) {
        exchange_free(fixture->held);
        fixture->held = NULL;
    }
}

static void fixture_open(struct fixture *fixture)
{
    *fixture = (struct fixture){.server = {.sys = sys_os(),
                                           .account = &account,
                                           .limits = {.http = limits},
                                           .generations = {.account = &account},
                                           .openapi = {.account = &account}}};
    struct server *const server = &fixture->server;
    server->settings = &fixture->settings;
    assert_int_equal(address_parse("127.0.0.1:7070", "test", &server->guard.bound, NULL),
                     STATUS_OK);
    server->world = (struct world){.sys = sys_os(), .account = &account};
    assert_int_equal(routes_open(&account, &server->routes, NULL), STATUS_OK);
    openapi_write("0", &server->routes, &server->openapi);
    assert_int_equal(responder_open(&fixture->responder, server, NULL), STATUS_OK);
    fixture->set = fixture->responder.metrics;
    server->metric_sets = &fixture->set;
    server->metric_set_count = 1;
}

static void fixture_close(struct fixture *fixture)
{
    let_go(fixture);
    responder_close(&fixture->responder);
    guard_close(&fixture->server.guard);
    routes_close(&fixture->server.routes);
    buffer_free(&fixture->server.openapi);
    assert_int_equal(account.used_size, 0);
}

// Answers "METHOD TARGET" with further header lines; returns the status.
static unsigned ask_at(struct fixture *fixture, bool is_for_metrics, const char *request_line,
                       const char *fields)
{
    static char text[4096];
    const int size = snprintf(text, sizeof(text), "%s HTTP/1.1\r\n%s%s\r\n", request_line,
                              strstr(fields, "Host:") == NULL ? "Host: localhost\r\n" : "", fields);
    struct http_decoder decoder;
    struct http_request request;
    size_t used_size = 0;
    http_decoder_begin(&decoder, &limits);
    assert_int_equal(http_decode(&decoder, (uint8_t *)text, (size_t)size, &request, &used_size),
                     HTTP_STEP_REQUEST);
    fixture->reply = (struct http_reply){0};
    struct responder *const responder = &fixture->responder;
    let_go(fixture);
    if (!responder_answer(is_for_metrics ? &responder->metrics_only : &responder->api,
                          &fixture->session, &request, &fixture->reply)) {
        // A call that has its answer already.
        fixture->held = fixture->session.pending;
        assert_true(fixture->held->is_answered);
        responder_finish(responder, fixture->held, &fixture->reply);
    }
    return fixture->reply.status;
}

static unsigned ask(struct fixture *fixture, const char *request_line, const char *fields)
{
    return ask_at(fixture, false, request_line, fields);
}

static bool body_has(const struct fixture *fixture, const char *text)
{
    const struct bytes body = fixture->reply.body;
    return memmem(body.data, body.size, text, strlen(text)) != NULL;
}

static void test_answers_about_itself(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    assert_int_equal(ask(&fixture, "GET /healthz", ""), 200);
    assert_int_equal(ask(&fixture, "GET /readyz", ""), 503);
    assert_non_null(strstr(fixture.reply.fields, "Retry-After"));
    assert_int_equal(ask(&fixture, "GET /v1/search?q=x", ""), 503);
    assert_true(body_has(&fixture, "\"code\":\"not_ready\""));
    assert_int_equal(ask(&fixture, "GET /metrics", ""), 200);
    assert_true(body_has(&fixture, "rhumb_requests_total{route=\"health\",status=\"2xx\"} 1\n"));
    assert_true(body_has(&fixture, "rhumb_requests_total{route=\"search\",status=\"5xx\"} 1\n"));
    assert_true(body_has(&fixture, "rhumb_request_duration_seconds_count{route=\"search\"} 1\n"));
    fixture_close(&fixture);
}

static void test_keeps_metrics_to_their_own_listener(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.settings.metrics = "127.0.0.1:9090";
    assert_int_equal(ask(&fixture, "GET /metrics", ""), 404);
    assert_int_equal(ask_at(&fixture, true, "GET /metrics", ""), 200);
    assert_int_equal(ask_at(&fixture, true, "GET /healthz", ""), 200);
    assert_int_equal(ask_at(&fixture, true, "GET /v1/search?q=x", ""), 404);
    fixture_close(&fixture);
}

static void test_lets_nobody_through_the_gates_who_should_not(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    assert_int_equal(ask(&fixture, "GET /healthz", "Host: evil.example\r\n"), 421);
    assert_int_equal(ask(&fixture, "OPTIONS /v1/search", "Host: evil.example\r\n"), 421);
    assert_int_equal(ask(&fixture, "POST /v1/autocomplete", ""), 405);
    assert_int_equal(ask(&fixture, "PUT /v1/search", ""), 405);
    assert_non_null(strstr(fixture.reply.fields, "Allow: GET"));
    assert_int_equal(ask(&fixture, "GET /v1", ""), 404);
    assert_int_equal(ask(&fixture, "GET /v1/searchx", ""), 404);
    assert_int_equal(ask(&fixture, "GET /v1/places/", ""), 404);
    assert_int_equal(ask(&fixture, "GET //v1/search", ""), 404);
    assert_int_equal(ask(&fixture, "GET /healthz?x=1", ""), 400);
    assert_true(body_has(&fixture, "\"parameter\":\"x\""));
    assert_int_equal(ask(&fixture, "GET /v1/search?q=%4", ""), 400);
    assert_true(body_has(&fixture, "invalid_escape"));
    fixture_close(&fixture);
}

static void test_lets_pages_of_other_origins_get(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    assert_int_equal(ask(&fixture, "OPTIONS /v1/search",
                         "Origin: https://example.org\r\nAccess-Control-Request-Method: GET\r\n"),
                     204);
    assert_non_null(strstr(fixture.reply.fields, "Access-Control-Allow-Methods: GET, HEAD, "));
    assert_int_equal(ask(&fixture, "GET /healthz", "Origin: https://example.org\r\n"), 200);
    assert_non_null(strstr(fixture.reply.fields, "Access-Control-Allow-Origin: *\r\n"));
    fixture_close(&fixture);
}

static void test_wants_a_key_where_there_are_some(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    FILE *const file = fopen("/tmp/rhumb-responder-test", "w");
    assert_non_null(file);
    assert_true(fputs("0123456789abcdef\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    const struct address bound = fixture.server.guard.bound;
    assert_int_equal(guard_open(sys_os(), &account, "/tmp/rhumb-responder-test", NULL,
                                &fixture.server.guard, NULL),
                     STATUS_OK);
    fixture.server.guard.bound = bound;
    (void)remove("/tmp/rhumb-responder-test");

    assert_int_equal(ask(&fixture, "GET /v1/search?q=x", ""), 401);
    assert_non_null(strstr(fixture.reply.fields, "WWW-Authenticate: Bearer"));
    assert_int_equal(ask(&fixture, "GET /metrics", ""), 401);
    assert_int_equal(ask(&fixture, "GET /metrics", "X-Api-Key: 0123456789abcdeX\r\n"), 401);
    assert_int_equal(ask(&fixture, "GET /metrics", "X-Api-Key: 0123456789abcdef\r\n"), 200);
    assert_int_equal(ask(&fixture, "GET /metrics", "Authorization: Bearer 0123456789abcdef\r\n"),
                     200);
    assert_int_equal(ask(&fixture, "GET /metrics?key=0123456789abcde%66", ""), 200);
    assert_int_equal(ask(&fixture, "GET /healthz", ""), 200);
    fixture_close(&fixture);
}

// Is `text` well-formed JSON?
static void assert_json(struct bytes text)
{
    struct json_reader reader = json_over(text, &account);
    struct bytes value;
    enum json_token token = JSON_NULL;
    while (token != JSON_END && token != JSON_BROKEN) {
        token = json_next(&reader, &value);
    }
    struct fault fault = {0};
    if (json_status(&reader, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    json_reader_free(&reader);
}

// "GET /v1/places/osm:n1" of a row.
static void write_line(const struct route *route, char *line, size_t size)
{
    size_t at = (size_t)snprintf(line, size, "%s ", route_method_name(route->method));
    for (const char *from = route->path; *from != '\0' && at + 8 < size; from++) {
        if (*from == '{') {
            at += (size_t)snprintf(line + at, size - at, "osm:n1");
            from = strchr(from, '}');
        } else {
            line[at++] = *from;
        }
    }
    line[at] = '\0';
}

// Every row is in the document and is answered, with a failure of its own at most.
static void test_describes_and_answers_the_routes_it_has(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    const struct routes *const routes = &fixture.server.routes;
    assert_json(buffer_bytes(&fixture.server.openapi));
    struct buffer *const document = &fixture.server.openapi;
    buffer_append_u8(document, 0);
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *const route = routes->rows[i];
        char line[160];
        char mark[96];
        (void)snprintf(mark, sizeof(mark), "\"operationId\":\"%s\"", route->name);
        const char *const found = strstr((const char *)document->data, mark);
        if (found == NULL || strstr(found + 1, mark) != NULL) {
            fail_msg("%s stands in the document not once", route->name);
        }
        write_line(route, line, sizeof(line));
        const unsigned status = ask(&fixture, line, "");
        if (status == 404 || status == 405) {
            fail_msg("%s is described and not answered", line);
        }
        if (route->needs_live) {
            assert_int_equal(status, 501);
            assert_true(body_has(&fixture, "--data"));
        }
    }
    assert_int_equal(ask(&fixture, "GET /v1/openapi.json", ""), 200);
    fixture_close(&fixture);
}

// Names of schemas that a row speaks of are described.
static void test_describes_the_schemas_it_names(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    const struct routes *const routes = &fixture.server.routes;
    buffer_append_u8(&fixture.server.openapi, 0);
    for (size_t i = 0; i < routes->count; i++) {
        const char *const names[] = {routes->rows[i]->body_schema, routes->rows[i]->answer_schema};
        for (size_t j = 0; j < COUNT_OF(names); j++) {
            char mark[96];
            (void)snprintf(mark, sizeof(mark), "\"%s\":{", names[j] == NULL ? "Error" : names[j]);
            if (strstr((const char *)fixture.server.openapi.data, mark) == NULL) {
                fail_msg("%s is named by %s and not described", names[j], routes->rows[i]->name);
            }
        }
    }
    fixture_close(&fixture);
}

// Every parameter of the tables stands in the document, under its command, and nothing else does.
static void test_describes_the_parameters_it_takes(void **state)
{
    (void)state;
    struct buffer document = {.account = &account};
    struct routes routes;
    assert_int_equal(routes_open(&account, &routes, NULL), STATUS_OK);
    openapi_write("0", &routes, &document);
    routes_close(&routes);
    buffer_append_u8(&document, 0);
    for (const struct command *const *command = command_list(); *command != NULL; command++) {
        char mark[64];
        (void)snprintf(mark, sizeof(mark), "\"operationId\":\"%s\"", (*command)->name);
        const char *const begin = strstr((const char *)document.data, mark);
        assert_non_null(begin);
        const char *const end = strstr(begin, "\"responses\"");
        const char *at = begin;
        for (size_t i = 0; i < (*command)->parameter_count; i++) {
            (void)snprintf(mark, sizeof(mark),
                           "{\"name\":\"%s\",\"in\":", (*command)->parameters[i].name);
            const char *const found = strstr(at, mark);
            assert_true(found != NULL && found < end);
            at = found + 1;
        }
        const char *const more = strstr(at, "{\"name\":\"");
        assert_true(more == NULL || more > end);
    }
    buffer_free(&document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_about_itself),
        cmocka_unit_test(test_keeps_metrics_to_their_own_listener),
        cmocka_unit_test(test_lets_nobody_through_the_gates_who_should_not),
        cmocka_unit_test(test_lets_pages_of_other_origins_get),
        cmocka_unit_test(test_wants_a_key_where_there_are_some),
        cmocka_unit_test(test_describes_and_answers_the_routes_it_has),
        cmocka_unit_test(test_describes_the_schemas_it_names),
        cmocka_unit_test(test_describes_the_parameters_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
