// Deliveries to real brokers: each is started by its test on a free port and ended by its process id.
// A test is skipped when its program is not there.
#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <mosquitto.h>
#include <nats/nats.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/attributes.h"
#include "deliver/rig_test.h"
#include "deliver/sink_test.h"
#include "sys/connection.h"

enum { EVENTS = 300 };

static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &size), 0);
    (void)close(descriptor);
    return ntohs(address.sin_port);
}

static bool answers(unsigned port)
{
    struct connection connection SCOPED(connection_close) = {0};
    char text[8];
    (void)snprintf(text, sizeof(text), "%u", port);
    return connection_open("127.0.0.1", text, 1000000, &connection, NULL) == STATUS_OK;
}

// Starts a program and waits until its port answers; 0: there is no such program.
static pid_t start(const char *const *words, unsigned port)
{
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    char *arguments[12] = {NULL};
    for (size_t i = 0; words[i] != NULL; i++) {
        arguments[i] = (char *)(uintptr_t)words[i];
    }
    const int error = posix_spawnp(&child, words[0], &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return 0;
    }
    RIG_WAIT(answers(port));
    return child;
}

static void stop(pid_t child, int number)
{
    (void)kill(child, number);
    (void)waitpid(child, NULL, 0);
}

static bool is_delivered(struct rig *rig, unsigned count)
{
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    char wanted[64];
    (void)snprintf(wanted, sizeof(wanted), "\"delivered\":%u,", count);
    return strstr(rig_shown(rig, "h", &shown), wanted) != NULL;
}

static void put_hook(struct rig *rig, const char *scheme, unsigned port, const char *place)
{
    char settings[400];
    (void)snprintf(settings, sizeof(settings),
                   "{\"url\":\"%s://127.0.0.1:%u/%s\",\"retry_ms\":5,\"retry_max_ms\":100,"
                   "\"timeout_ms\":3000}",
                   scheme, port, place);
    rig_hook_put(rig, "h", settings);
}

// --- Redis ---

static size_t ask_redis(unsigned port, const char *command, char *out, size_t capacity)
{
    struct connection connection SCOPED(connection_close) = {0};
    char text[8];
    size_t size = 0;
    (void)snprintf(text, sizeof(text), "%u", port);
    assert_int_equal(connection_open("127.0.0.1", text, 500000, &connection, NULL), STATUS_OK);
    assert_int_equal(connection_send(&connection, bytes_from_text(command), NULL), STATUS_OK);
    for (size_t got = 1; got != 0 && size + 1 < capacity; size += got) {
        got = 0;
        if (connection_receive(&connection, out + size, capacity - 1 - size, &got, NULL) !=
            STATUS_OK) {
            break;
        }
    }
    out[size] = '\0';
    return size;
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static void test_redis_streams_and_channels(void **state)
{
    (void)state;
    struct rig rig;
    const unsigned port = free_port();
    char text[8];
    (void)snprintf(text, sizeof(text), "%u", port);
    const char *const words[] = {"redis-server", "--port", text,           "--bind", "127.0.0.1",
                                 "--save",       "",       "--appendonly", "no",     NULL};
    pid_t child = start(words, port);
    if (child == 0) {
        skip();
    }
    static char answer[1 << 20];
    rig_open(&rig, NULL, "127.0.0.1");
    put_hook(&rig, "redis", port, "events?stream=1&maxlen=100000");
    rig_events(&rig, 0, EVENTS, 10);
    RIG_WAIT(is_delivered(&rig, EVENTS));
    (void)ask_redis(port, "XLEN events\r\n", answer, sizeof(answer));
    assert_string_equal(answer, ":300\r\n");
    (void)ask_redis(port, "XRANGE events - +\r\n", answer, sizeof(answer));
    assert_int_equal(count_of(answer, "\"type\":\"enter\""), EVENTS / 2);
    assert_int_equal(count_of(answer, "evt_"), 2 * EVENTS); // as a field, and in the JSON
    // A wrong type is an error of the command, said and tried again.
    put_hook(&rig, "redis", port, "channel");
    rig_events(&rig, EVENTS, 10, 10);
    RIG_WAIT(is_delivered(&rig, EVENTS + 10));
    (void)ask_redis(port, "SET taken 1\r\n", answer, sizeof(answer));
    put_hook(&rig, "redis", port, "taken?stream=1");
    rig_events(&rig, 0, 1, 1);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "WRONGTYPE") != NULL);
    (void)ask_redis(port, "DEL taken\r\n", answer, sizeof(answer));
    RIG_WAIT(is_delivered(&rig, EVENTS + 11));
    // It dies and comes back: what was raised meanwhile arrives.
    stop(child, SIGKILL);
    rig_events(&rig, 0, 20, 10);
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "\"waiting\":20") != NULL);
    child = start(words, port);
    RIG_WAIT(is_delivered(&rig, EVENTS + 31));
    rig_close(&rig);
    stop(child, SIGTERM);
}

// --- MQTT ---

struct listener {
    pthread_mutex_t lock;
    unsigned count;
};

static void on_message(struct mosquitto *client, void *context,
                       const struct mosquitto_message *message)
{
    struct listener *const listener = context;
    (void)client;
    (void)pthread_mutex_lock(&listener->lock);
    listener->count += memmem(message->payload, (size_t)message->payloadlen, "evt_", 4) != NULL;
    (void)pthread_mutex_unlock(&listener->lock);
}

static void test_mqtt_with_acknowledgements(void **state)
{
    (void)state;
    struct rig rig;
    const unsigned port = free_port();
    char text[8];
    (void)snprintf(text, sizeof(text), "%u", port);
    // Without a configuration it listens on loopback only.
    const char *const words[] = {"mosquitto", "-p", text, NULL};
    const char *const elsewhere[] = {"/usr/sbin/mosquitto", "-p", text, NULL};
    pid_t child = start(words, port);
    child = child == 0 ? start(elsewhere, port) : child;
    if (child == 0) {
        skip();
    }
    struct listener listener = {.lock = PTHREAD_MUTEX_INITIALIZER};
    (void)mosquitto_lib_init();
    struct mosquitto *const client = mosquitto_new(NULL, true, &listener);
    mosquitto_message_callback_set(client, on_message);
    assert_int_equal(mosquitto_connect(client, "127.0.0.1", (int)port, 30), MOSQ_ERR_SUCCESS);
    assert_int_equal(mosquitto_subscribe(client, NULL, "fleet/#", 1), MOSQ_ERR_SUCCESS);
    assert_int_equal(mosquitto_loop_start(client), MOSQ_ERR_SUCCESS);
    rig_open(&rig, NULL, "127.0.0.1");
    put_hook(&rig, "mqtt", port, "fleet/events");
    rig_events(&rig, 0, EVENTS, 10);
    RIG_WAIT(is_delivered(&rig, EVENTS));
    RIG_WAIT(listener.count == EVENTS);
    rig_close(&rig);
    (void)mosquitto_loop_stop(client, true);
    mosquitto_destroy(client);
    stop(child, SIGTERM);
}

// --- NATS ---

static void on_nats(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                    void *context)
{
    struct listener *const listener = context;
    (void)connection;
    (void)subscription;
    (void)pthread_mutex_lock(&listener->lock);
    listener->count++;
    (void)pthread_mutex_unlock(&listener->lock);
    natsMsg_Destroy(message);
}

static uint64_t stream_count(jsCtx *context)
{
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, context, "FLEET", NULL, NULL), NATS_OK);
    const uint64_t count = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return count;
}

static void test_nats_core_and_jetstream(void **state)
{
    (void)state;
    struct rig rig;
    const unsigned port = free_port();
    char text[8];
    char folder[] = "/tmp/rhumb-nats-XXXXXX";
    assert_non_null(mkdtemp(folder));
    (void)snprintf(text, sizeof(text), "%u", port);
    const char *const words[] = {"nats-server", "-a",  "127.0.0.1", "-p", text,
                                 "-js",         "-sd", folder,      NULL};
    const pid_t child = start(words, port);
    if (child == 0) {
        skip();
    }
    char url[64];
    natsConnection *connection = NULL;
    natsSubscription *subscription = NULL;
    jsCtx *context = NULL;
    struct listener listener = {.lock = PTHREAD_MUTEX_INITIALIZER};
    (void)snprintf(url, sizeof(url), "nats://127.0.0.1:%u", port);
    assert_int_equal(natsConnection_ConnectTo(&connection, url), NATS_OK);
    assert_int_equal(
        natsConnection_Subscribe(&subscription, connection, "fleet.core", on_nats, &listener),
        NATS_OK);
    assert_int_equal(natsConnection_Flush(connection), NATS_OK);
    rig_open(&rig, NULL, "127.0.0.1");
    put_hook(&rig, "nats", port, "fleet.core");
    rig_events(&rig, 0, EVENTS, 10);
    RIG_WAIT(is_delivered(&rig, EVENTS));
    RIG_WAIT(listener.count == EVENTS);
    // JetStream: without a stream nobody acknowledges, and nothing counts as delivered.
    put_hook(&rig, "nats", port, "fleet.stored?jetstream=true");
    rig_events(&rig, 0, EVENTS, 10);
    struct buffer shown SCOPED(buffer_free) = {.account = &account};
    RIG_WAIT(strstr(rig_shown(&rig, "h", &shown), "no JetStream stream") != NULL);
    assert_int_equal(natsConnection_JetStream(&context, connection, NULL), NATS_OK);
    jsStreamConfig settings;
    (void)jsStreamConfig_Init(&settings);
    const char *subjects[] = {"fleet.stored"};
    settings.Name = "FLEET";
    settings.Subjects = subjects;
    settings.SubjectsLen = 1;
    assert_int_equal(js_AddStream(NULL, context, &settings, NULL, NULL), NATS_OK);
    RIG_WAIT(is_delivered(&rig, 2 * EVENTS));
    assert_int_equal(stream_count(context), EVENTS);
    rig_close(&rig);
    jsCtx_Destroy(context);
    natsSubscription_Destroy(subscription);
    natsConnection_Destroy(connection);
    stop(child, SIGTERM);
}

// --- Kafka: librdkafka's own mock cluster ---

static void test_kafka_keeps_the_keys(void **state)
{
    (void)state;
    struct rig rig;
    char text[512];
    rd_kafka_conf_t *const settings = rd_kafka_conf_new();
    (void)rd_kafka_conf_set(settings, "test.mock.num.brokers", "3", NULL, 0);
    (void)rd_kafka_conf_set(settings, "group.id", "test", NULL, 0);
    (void)rd_kafka_conf_set(settings, "auto.offset.reset", "earliest", NULL, 0);
    rd_kafka_t *const consumer = rd_kafka_new(RD_KAFKA_CONSUMER, settings, text, sizeof(text));
    assert_non_null(consumer);
    rd_kafka_mock_cluster_t *const cluster = rd_kafka_handle_mock_cluster(consumer);
    (void)rd_kafka_mock_topic_create(cluster, "fleet", 4, 1);
    char hook[600];
    (void)snprintf(hook, sizeof(hook),
                   "{\"url\":\"kafka://%s/fleet\",\"retry_ms\":5,\"timeout_ms\":10000}",
                   rd_kafka_mock_cluster_bootstraps(cluster));
    rig_open(&rig, NULL, "127.0.0.1");
    rig_hook_put(&rig, "h", hook);
    rig_events(&rig, 0, EVENTS, 10);
    RIG_WAIT(is_delivered(&rig, EVENTS));
    rd_kafka_topic_partition_list_t *const topics = rd_kafka_topic_partition_list_new(4);
    for (int i = 0; i < 4; i++) {
        rd_kafka_topic_partition_list_add(topics, "fleet", i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    assert_int_equal(rd_kafka_assign(consumer, topics), RD_KAFKA_RESP_ERR_NO_ERROR);
    unsigned count = 0;
    int partition_of[10];
    memset(partition_of, 0xff, sizeof(partition_of));
    for (int i = 0; i < 2000 && count < EVENTS; i++) {
        rd_kafka_message_t *const message = rd_kafka_consumer_poll(consumer, 100);
        if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            assert_int_equal(message->key_len, 2); // o0 … o9
            int *const partition = &partition_of[((const char *)message->key)[1] - '0'];
            *partition = *partition < 0 ? message->partition : *partition;
            assert_int_equal(*partition, message->partition);
            count++;
        }
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
    }
    assert_int_equal(count, EVENTS);
    rig_close(&rig);
    rd_kafka_topic_partition_list_destroy(topics);
    (void)rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redis_streams_and_channels),
        cmocka_unit_test(test_mqtt_with_acknowledgements),
        cmocka_unit_test(test_nats_core_and_jetstream),
        cmocka_unit_test(test_kafka_keeps_the_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
