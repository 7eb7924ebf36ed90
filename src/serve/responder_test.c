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
    struct http_reply reply;
};

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
    openapi_write("0", &server->openapi);
    assert_int_equal(responder_open(&fixture->responder, server, NULL), STATUS_OK);
    fixture->set = fixture->responder.metrics;
    server->metric_sets = &fixture->set;
    server->metric_set_count = 1;
}

static void fixture_close(struct fixture *fixture)
{
    responder_close(&fixture->responder);
    guard_close(&fixture->server.guard);
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
    responder_answer(is_for_metrics ? &fixture->responder.metrics_only : &fixture->responder.api,
                     &request, &fixture->reply);
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
    assert_int_equal(ask(&fixture, "POST /v1/search", ""), 405);
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
    assert_non_null(strstr(fixture.reply.fields, "Access-Control-Allow-Methods: GET\r\n"));
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

// Collects the keys of the object that follows the key `name` at depth 1 of the document.
static size_t collect_paths(struct bytes document, char paths[][64], size_t capacity)
{
    struct json_reader reader = json_over(document, &account);
    struct bytes value;
    size_t count = 0;
    bool is_within = false;
    for (enum json_token token = json_next(&reader, &value); token != JSON_END;
         token = json_next(&reader, &value)) {
        assert_int_not_equal(token, JSON_BROKEN);
        if (token == JSON_KEY && reader.depth == 1) {
            is_within = bytes_equal(value, BYTES_OF("paths"));
        } else if (token == JSON_KEY && reader.depth == 2 && is_within) {
            assert_true(count < capacity);
            (void)snprintf(paths[count++], 64, "%.*s", (int)value.size, (const char *)value.data);
        }
    }
    assert_int_equal(json_status(&reader, NULL), STATUS_OK);
    json_reader_free(&reader);
    return count;
}

// Every path of the document is answered, with a failure of its own at most, and no other is.
static void test_describes_the_routes_it_has(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    char paths[32][64];
    const size_t count = collect_paths(buffer_bytes(&fixture.server.openapi), paths, 32);
    assert_int_equal(count, ROUTE_COUNT - 1);
    for (size_t i = 0; i < count; i++) {
        char line[128];
        char *const brace = strchr(paths[i], '{');
        if (brace != NULL) {
            (void)snprintf(brace, 8, "osm:n1");
        }
        (void)snprintf(line, sizeof(line), "GET %s", paths[i]);
        const unsigned status = ask(&fixture, line, "");
        if (status == 404) {
            fail_msg("%s is described and not answered", paths[i]);
        }
    }
    assert_int_equal(ask(&fixture, "GET /v1/openapi.json", ""), 200);
    fixture_close(&fixture);
}

// Every parameter of the tables stands in the document, under its command, and nothing else does.
static void test_describes_the_parameters_it_takes(void **state)
{
    (void)state;
    struct buffer document = {.account = &account};
    openapi_write("0", &document);
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
        cmocka_unit_test(test_describes_the_routes_it_has),
        cmocka_unit_test(test_describes_the_parameters_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
