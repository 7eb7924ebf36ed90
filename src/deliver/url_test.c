#include "deliver/url.h"

#include <string.h>

#include "base/attributes.h"
#include "base/test.h"

static struct url parsed(const char *text)
{
    struct url url = {0};
    struct fault fault = {0};
    assert_int_equal(url_parse(bytes_from_text(text), &url, &fault), STATUS_OK);
    return url;
}

static void test_reads_the_endpoints_of_tile38(void **state)
{
    (void)state;
    struct url url = parsed("http://10.0.20.78/endpoint?key=a/b");
    assert_int_equal(url.scheme, URL_HTTP);
    assert_string_equal(url.host, "10.0.20.78");
    assert_int_equal(url.port, 80);
    url = parsed("redis://127.0.0.1:6380/my_channel");
    assert_int_equal(url.scheme, URL_REDIS);
    assert_int_equal(url.port, 6380);
    assert_string_equal(url.place, "my_channel");
    assert_false(url.is_stream);
    url = parsed("kafka://one:9093,two/fleet?auth=sasl&ssl=true&sha512=true&cacert=/etc/ca.pem");
    assert_string_equal(url.host, "one:9093,two:9092");
    assert_string_equal(url.place, "fleet");
    assert_true(url.has_sasl && url.has_tls);
    assert_int_equal(url.sasl_bits, 512);
    assert_string_equal(url.authority_file, "/etc/ca.pem");
    url = parsed("mqtt://broker/fleet/de%2Fx/events?qos=2&retained=1");
    assert_int_equal(url.port, 1883);
    assert_string_equal(url.place, "fleet/de/x/events");
    assert_int_equal(url.qos, 2);
    assert_true(url.is_retained);
    url = parsed("nats://broker:4223/fleet.events?user=u&pass=p%40&jetstream=true");
    assert_string_equal(url.user, "u");
    assert_string_equal(url.password, "p@");
    assert_true(url.is_jetstream);
    assert_string_equal(url.place, "fleet.events");
    url = parsed("local://my-channel");
    assert_int_equal(url.scheme, URL_LOCAL);
    assert_string_equal(url.place, "my-channel");
}

static void test_reads_users_numbers_and_streams(void **state)
{
    (void)state;
    struct url url = parsed("redis://user:p%3A@[::1]:7000/events?stream=1&maxlen=1000000");
    assert_string_equal(url.user, "user");
    assert_string_equal(url.password, "p:");
    assert_string_equal(url.host, "::1");
    assert_int_equal(url.port, 7000);
    assert_true(url.is_stream);
    assert_int_equal(url.length_max, 1000000);
    url = parsed("https://user:secret@hooks.example.org:8443");
    assert_string_equal(url.host, "hooks.example.org");
    assert_int_equal(url.port, 8443);
    url = parsed("mqtts://broker/t");
    assert_true(url.has_tls);
    assert_int_equal(url.port, 8883);
    assert_int_equal(url.qos, 1);
}

static void test_refuses_what_is_no_endpoint_with_a_sentence(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "example.org",
                                      "ftp://example.org/",
                                      "http:/example.org",
                                      "http://",
                                      "http:///path",
                                      "http://host:0/",
                                      "http://host:65536/",
                                      "http://host:8o/",
                                      "http://ho st/",
                                      "http://host\\evil/",
                                      "http://[::1/",
                                      "http://[::1]x/",
                                      "http://[host]/",
                                      "redis://host",
                                      "redis://host/",
                                      "kafka://,/t",
                                      "kafka://a,,b/t",
                                      "kafka://host/",
                                      "mqtt://host/t?qos=3",
                                      "mqtt://host/t?retained=2",
                                      "mqtt://host/%zz",
                                      "mqtt://host/%0a",
                                      "nats://host/a?pass=%",
                                      "redis://h/s?maxlen=x",
                                      "local://"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct url url;
        struct fault fault = {0};
        assert_int_equal(url_parse(bytes_from_text(bad[i]), &url, &fault), STATUS_OUT_OF_RANGE);
        assert_true(fault.text[0] != '\0');
    }
    static const char *const missing[] = {
        "sqs://us-west-2:123/q", "pubsub://p:t",           "grpc://h:1",     "amqp://g:g@h:5672/q",
        "disque://h/q",          "cf-queue://a/q?token=t", "Endpoint=sb://x"};
    for (size_t i = 0; i < COUNT_OF(missing); i++) {
        struct url url;
        struct fault fault = {0};
        assert_int_equal(url_parse(bytes_from_text(missing[i]), &url, &fault), STATUS_UNSUPPORTED);
        assert_non_null(strstr(fault.text, "use http"));
    }
}

static void test_shows_no_password(void **state)
{
    (void)state;
    char text[100];
    url_show(BYTES_OF("https://user:secret@host:1/path?key=secret"), text, sizeof(text));
    assert_string_equal(text, "https://host:1/path");
    url_show(BYTES_OF("mqtt://host/t"), text, sizeof(text));
    assert_string_equal(text, "mqtt://host/t");
    url_show(BYTES_OF("x"), text, sizeof(text));
    assert_string_equal(text, "x");
    url_show(BYTES_OF("https://a@b@host/p@q"), text, 15);
    assert_string_equal(text, "https://host/p");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_the_endpoints_of_tile38),
        cmocka_unit_test(test_reads_users_numbers_and_streams),
        cmocka_unit_test(test_refuses_what_is_no_endpoint_with_a_sentence),
        cmocka_unit_test(test_shows_no_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
