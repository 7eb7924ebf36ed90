// PBF: the blocks of an OpenStreetMap extract, read without allocating per object.
//
// A file is a run of blobs, each a length (4 bytes, big-endian), a BlobHeader of that length and a
// Blob. The first holds the file's header, the others blocks of some 8,000 nodes, ways or relations
// with one table of strings. Reading a block is three steps:
//
//     bytes --pbf_blob_decode--> content --pbf_block_open--> block --pbf_cursor_next--> objects
//
// Objects come in the order of the file; their lists (tags, references, members) are cursors over
// the content. Numbers and strings are checked as they are met: a block that contradicts itself ends
// the cursor early with `failed`, and pbf_cursor_status says what is wrong and where in the block.
// https://wiki.openstreetmap.org/wiki/PBF_Format
//
// Coordinates are WGS 84 in 1e-7 degrees, whatever the block's granularity. Nothing blocks; one
// decoder a thread; objects borrow the block, the block borrows content and decoder.
#ifndef CODEC_PBF_H
#define CODEC_PBF_H

#include "base/buffer.h"
#include "codec/protobuf.h"

#define PBF_BLOB_HEADER_SIZE_MAX ((size_t)64 << 10)
#define PBF_BLOB_SIZE_MAX        ((size_t)32 << 20)

enum pbf_blob_type {
    PBF_BLOB_HEADER,
    PBF_BLOB_DATA,
    PBF_BLOB_OTHER, // to be skipped
};

struct pbf_blob_header {
    enum pbf_blob_type type;
    size_t size; // of the blob that follows
};

// Fails: CORRUPT.
MUST_USE enum status pbf_blob_header_decode(struct bytes message, struct pbf_blob_header *header,
                                            struct fault *fault);

// What one thread needs to open blobs; zeroed but for the account it is ready.
struct pbf_decoder {
    struct memory_account *account;
    void *inflater; // libdeflate's
    void *zstd;     // libzstd's
    struct buffer content;
    struct bytes *strings; // of the open block
    size_t string_capacity;
};

void pbf_decoder_close(struct pbf_decoder *decoder);

// The content of a blob: uncompressed, zlib or zstd. It borrows `blob` or `decoder`, until the next
// blob is decoded.
// Fails: CORRUPT; UNSUPPORTED for lzma, bzip2 and lz4; NO_MEMORY.
MUST_USE enum status pbf_blob_decode(struct pbf_decoder *decoder, struct bytes blob,
                                     struct bytes *content, struct fault *fault);

// The writing program of the made-up town (demo/demo.h), whose objects are not OpenStreetMap's.
#define PBF_PROGRAM_DEMO "rhumb demo"

struct pbf_header {
    bool is_sorted;      // claims Sort.Type_then_ID
    bool is_demo;        // written by PBF_PROGRAM_DEMO
    int64_t data_time_s; // of the replication state, else 0
    uint64_t sequence;   // of the replication state; has_sequence says whether there is one
    bool has_sequence;
    struct bytes base_url; // where its changes are published; borrows the content, as does
    struct bytes source;   // what the writer says of its source
};

// Fails: CORRUPT; UNSUPPORTED when the file needs a feature we do not know (history is one).
MUST_USE enum status pbf_header_decode(struct bytes content, struct pbf_header *header,
                                       struct fault *fault);

struct pbf_block {
    struct bytes content;
    const struct bytes *strings; // 0 is the empty string by custom
    size_t string_count;
    int64_t granularity; // nanodegrees
    int64_t lng_offset, lat_offset;
};

// Reads the string table and the scale; objects are not looked at yet.
// Fails: CORRUPT; NO_MEMORY.
MUST_USE enum status pbf_block_open(struct pbf_decoder *decoder, struct bytes content,
                                    struct pbf_block *block, struct fault *fault);

enum pbf_object_kind {
    PBF_NODE,
    PBF_WAY,
    PBF_RELATION,
};

// Pairs of indices into the strings, all of them in range.
struct pbf_tags {
    struct protobuf_reader keys;
    struct protobuf_reader values;
    bool is_dense; // pairs one after another, ended by a zero
};

// A field that names kinds is set for those alone.
struct pbf_object {
    enum pbf_object_kind kind;
    int64_t id;
    int32_t lng_e7, lat_e7; // NODE
    bool has_point;         // NODE: false when its coordinates are off the globe
    struct pbf_tags tags;
    struct protobuf_reader references; // WAY: pbf_reference_next; RELATION: pbf_member_next
    struct protobuf_reader member_types, member_roles; // RELATION
    int64_t last_reference;                            // WAY, RELATION: lists are delta coded
};

struct pbf_cursor {
    const struct pbf_block *block;
    struct protobuf_reader groups, group;
    struct protobuf_reader ids, lngs, lats, tags; // of the dense nodes being read
    int64_t id, lng, lat;
    bool failed;
    const char *what;     // was wrong
    const uint8_t *where; // near it
};

struct pbf_cursor pbf_cursor_over(const struct pbf_block *block);

// The next object; false at the end of the block or when it is broken.
bool pbf_cursor_next(struct pbf_cursor *cursor, struct pbf_object *object);

// OK, or CORRUPT with a sentence.
MUST_USE enum status pbf_cursor_status(const struct pbf_cursor *cursor, struct fault *fault);

// Which kinds of objects a block holds, as a set of 1 << kind, without decoding them.
unsigned pbf_block_kinds(struct bytes content);

// The next tag; false at the end. All three lists mark the cursor as failed when they are broken.
bool pbf_tag_next(struct pbf_cursor *cursor, struct pbf_object *object, uint32_t *key,
                  uint32_t *value);

// The next node of a way.
bool pbf_reference_next(struct pbf_cursor *cursor, struct pbf_object *way, int64_t *node);

struct pbf_member {
    enum pbf_object_kind kind;
    int64_t id;
    struct bytes role;
};

bool pbf_member_next(struct pbf_cursor *cursor, struct pbf_object *relation,
                     struct pbf_member *member);

#endif
