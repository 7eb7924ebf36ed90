// PBF writer: objects to the blocks of an OpenStreetMap extract.
//
// Objects are given in the order of the file: nodes, then ways, then relations, each by ascending id
// (asserted; the header claims Sort.Type_then_ID). They are gathered into blocks of up to 8,000, each
// with its table of strings, nodes as dense nodes, compressed with zlib. The same calls give the same
// bytes with the same version of libdeflate.
// https://wiki.openstreetmap.org/wiki/PBF_Format
//
//     open -> header? -> node* -> way* -> relation* -> finish -> close
//
// A failure latches: later calls do nothing, and finish returns it. Finished blobs go to the sink in
// order, on the caller's thread. Memory: a few megabytes, whatever the size of the file. One thread.
#ifndef CODEC_PBF_WRITE_H
#define CODEC_PBF_WRITE_H

#include "base/buffer.h"
#include "codec/pbf.h"

struct pbf_write_tag {
    struct bytes key;
    struct bytes value;
};

struct pbf_write_member {
    enum pbf_object_kind kind;
    int64_t id;
    struct bytes role;
};

// Who made an object and when.
struct pbf_write_stamp {
    uint32_t version; // from 1
    int64_t time_s;   // since 1970
    int64_t changeset;
    uint32_t user_id;
    struct bytes user;
};

struct pbf_write_options {
    struct memory_account *account;
    int level;       // of compression: 1 fast .. 12 small
    bool has_stamps; // objects carry that of the last pbf_writer_stamp
    enum status (*sink)(void *context, struct bytes blob, struct fault *fault);
    void *context;
};

struct pbf_write_header {
    int32_t west_e7, south_e7, east_e7, north_e7;
    const char *program; // that wrote the file
    const char *source;
    int64_t data_time_s; // since 1970
    // The replication state, where there is one.
    bool has_sequence;
    uint64_t sequence;
    struct bytes base_url;
};

struct pbf_writer;

// Fails: NO_MEMORY.
MUST_USE enum status pbf_writer_open(const struct pbf_write_options *options,
                                     struct pbf_writer **writer, struct fault *fault);
void pbf_writer_close(struct pbf_writer *writer); // NULL is accepted

void pbf_writer_header(struct pbf_writer *writer, const struct pbf_write_header *header);

// For the objects that follow. The user's name must live until they are written.
void pbf_writer_stamp(struct pbf_writer *writer, const struct pbf_write_stamp *stamp);

void pbf_writer_node(struct pbf_writer *writer, int64_t id, int32_t lng_e7, int32_t lat_e7,
                     const struct pbf_write_tag *tags, size_t tag_count);
void pbf_writer_way(struct pbf_writer *writer, int64_t id, const int64_t *nodes, size_t node_count,
                    const struct pbf_write_tag *tags, size_t tag_count);
void pbf_writer_relation(struct pbf_writer *writer, int64_t id,
                         const struct pbf_write_member *members, size_t member_count,
                         const struct pbf_write_tag *tags, size_t tag_count);

// Writes the block that has been gathered; objects may follow in a block of their own. Fails: with what the
// sink said; NO_MEMORY.
MUST_USE enum status pbf_writer_finish(struct pbf_writer *writer, struct fault *fault);

// Bytes handed to the sink so far.
uint64_t pbf_writer_size(const struct pbf_writer *writer);

#endif
