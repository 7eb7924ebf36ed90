// What the files of the RESP server share.
#ifndef SERVE_RESP_PRIVATE_H
#define SERVE_RESP_PRIVATE_H

#include "codec/http.h"
#include "serve/resp.h"

// How a command came, and so how its reply goes.
enum resp_frame {
    RESP_FRAME_RESP,
    RESP_FRAME_NATIVE,
    RESP_FRAME_HTTP, // one request, then the end
};

enum resp_mode {
    RESP_MODE_COMMANDS,
    RESP_MODE_SUBSCRIBED,
    RESP_MODE_LIVE, // a fence of its own
    RESP_MODE_MONITOR,
};

// How a reply is written.
struct resp_style {
    enum resp_frame frame;
    enum tile38_output output;
    enum resp_version version;
};

// Writes under way: their words, then their replies.
struct resp_batch {
    struct ledger_job job;
    struct resp_hub *hub;
    struct resp_peer *peer; // NULL: gone
    struct buffer text;     // the words' bytes
    struct buffer words;    // struct bytes, into text once submitted
    struct buffer commands; // struct resp_batch_command
    struct buffer out;
    struct buffer body; // of one JSON reply
    struct tile38_scratch scratch;
    int64_t begun_us;
    size_t command_count;
    struct resp_watch *watch;             // of a peer that asks for a fence
    struct tile38_connection *connection; // that was opened for it
    struct tile38_connection *closes;     // to be closed
    struct resp_subscription *listens;    // told to the fences before the answer
    int listen_change;
    struct worker_task task; // when a worker runs it
    bool is_busy;            // with the ledger or a worker
};

struct resp_batch_command {
    size_t first_word, word_count;
    struct resp_style style;
};

// Where messages of a fence of a connection go. Lives until the fence is closed.
struct resp_watch {
    struct resp_front *front;
    uint64_t peer_id;
};

struct resp_peer {
    struct resp_front *front;
    struct stream *stream;
    struct resp_peer *next, **link;         // of the front
    struct resp_peer *hub_next, **hub_link; // of the hub, under its lock
    uint64_t id;
    char address[ADDRESS_TEXT_SIZE];
    char name[128]; // under the hub's lock
    int64_t opened_us;
    _Atomic int64_t last_us;
    _Atomic bool is_monitor;
    enum resp_mode mode;
    bool has_output; // OUTPUT was said
    enum tile38_output output;
    enum resp_version version;
    bool is_admitted; // AUTH, or none is needed
    bool is_http, is_paused, has_ended, is_over, is_finished;
    bool is_loopback;
    size_t subscription_count;
    enum resp_frame live_frame;
    enum tile38_output live_output;
    struct resp_decoder decoder;
    struct http_decoder http;
    struct buffer input;
    struct resp_batch *batch;
    struct resp_watch *watch;
    struct tile38_connection *connection;
    struct resp_follower *follower; // of the stream of events; NULL
};

struct resp_front {
    struct resp_hub *hub;
    struct shard *shard;
    struct listener *listener;
    struct resp_peer *peers;
    size_t peer_count;
    struct buffer out, body;
    struct tile38_scratch scratch;
    struct memory_account *account;
    size_t subscribers, monitors;
    bool is_closed; // the ledger has ended: nothing is submitted any more
};

// Something for a peer, or for all of a front, from another thread.
enum resp_mail_kind { RESP_MAIL_PUBLISH, RESP_MAIL_LIVE, RESP_MAIL_MONITOR, RESP_MAIL_KILL };
struct resp_mail {
    struct message message;
    struct resp_front *front;
    enum resp_mail_kind kind;
    uint64_t peer_id;
    size_t channel_size, payload_size;
    uint8_t bytes[]; // channel, payload
};
void resp_mail_send(struct resp_front *front, enum resp_mail_kind kind, uint64_t peer_id,
                    struct bytes channel, struct bytes payload);

// Words of a command on a connection, with how its reply goes.
struct resp_ask {
    struct resp_peer *peer;
    struct bytes *words;
    size_t count;
    struct resp_style style;
};

// Commands of the connection itself. False: it is none of them.
bool resp_connection_run(struct resp_ask *ask);
// True when the peer may not ask this; the refusal is written.
bool resp_connection_refuses(struct resp_ask *ask, struct bytes authorization);

// The request that writes this ask's reply to front->out, or to front->body as JSON.
struct tile38_request resp_ask_request(struct resp_ask *ask);
// Puts what the request wrote into its frame, in front->out.
void resp_ask_done(struct resp_ask *ask, struct tile38_request *request);

// A JSON or RESP body in its frame.
void resp_frame_write(struct buffer *out, const struct resp_style *style, struct bytes body);

// Batches.
struct resp_batch *
resp_batch_of(struct resp_peer *peer); // made when there is none; NULL: no memory
bool resp_batch_add(struct resp_batch *batch, const struct resp_ask *ask);
void resp_batch_submit(struct resp_peer *peer);
// The same on a worker: one command that reads and may take long.
void resp_batch_toil(struct resp_peer *peer);
void resp_batch_free(struct resp_batch *batch);
// A batch without a peer, for what must be told to the ledger when nobody waits.
void resp_batch_close_fence(struct resp_front *front, struct tile38_connection *connection,
                            struct resp_watch *watch);
// Tells the fences who listens; takes the list.
void resp_batch_listen(struct resp_front *front, struct resp_subscription *subscriptions,
                       int change);

// Peers.
void resp_peer_proceed(struct resp_peer *peer); // reads on, sends, ends
void resp_peer_mail(struct resp_front *front, const struct resp_mail *mail);

// One message of a channel. False: the peer does not read and is gone.
bool resp_peer_tell(struct resp_peer *peer, struct bytes channel, struct bytes payload);
void resp_peer_drop(struct resp_peer *peer);

// resp_events.c: the stream of events as a channel, "rhumb:events" or "rhumb:events:SEQUENCE".
bool resp_follow_names(struct bytes channel);
// Fails: UNSUPPORTED no events are kept; OUT_OF_RANGE no number; BUSY it follows already; NO_MEMORY.
MUST_USE enum status resp_follow_begin(struct resp_peer *peer, struct bytes channel);
bool resp_follow_is(const struct resp_peer *peer, struct bytes channel);
void resp_follow_drained(struct resp_peer *peer);
void resp_follow_end(struct resp_peer *peer); // also when there is none

// Subscriptions.
void resp_hub_add(struct resp_hub *hub, struct resp_peer *peer);
void resp_hub_remove(struct resp_hub *hub, struct resp_peer *peer);
enum status resp_hub_subscribe(struct resp_peer *peer, struct bytes name, bool is_pattern);
// Takes it out; NULL when there is none.
struct resp_subscription *resp_hub_unsubscribe(struct resp_peer *peer, struct bytes name,
                                               bool is_pattern);
// Takes out all of a peer's.
struct resp_subscription *resp_hub_unsubscribe_all(struct resp_peer *peer);
void resp_subscriptions_free(struct resp_subscription *subscriptions);
void resp_hub_monitor(struct resp_peer *peer, const struct bytes *words, size_t count);

#endif
