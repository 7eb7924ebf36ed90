// Pen: what draws the world writes with it, three times over: once for the nodes, once for the ways,
// once for the relations, as the format wants them.
//
// Every object gets its id in every pass, but only those of the pass's kind are tagged and written. So
// the drawing code says everything once, keeps no objects in memory, and is to draw the same each time.
#ifndef DEMO_PEN_H
#define DEMO_PEN_H

#include "codec/pbf_write.h"
#include "demo/demo.h"
#include "demo/name.h"
#include "geo/point.h"

enum {
    PEN_TAGS_MAX = 32,
    PEN_TEXT_SIZE = 2048, // of the tags of one object that are made up for it
};

struct pen {
    enum pbf_object_kind pass;
    struct pbf_writer *writer;
    struct demo_report *report;
    int64_t next_ids[3]; // by kind
    bool is_writing;     // the object that is being drawn
    struct pbf_write_tag tags[PEN_TAGS_MAX];
    size_t tag_count;
    char text[PEN_TEXT_SIZE];
    size_t text_size;
};

// Ids go on from here.
void pen_move(struct pen *pen, int64_t node, int64_t way, int64_t relation);

// Begins an object: pen_tag… describe it, and the call of its kind ends it and returns its id.
void pen_begin(struct pen *pen, enum pbf_object_kind kind);
void pen_tag(struct pen *pen, const char *key, struct bytes value); // which must live on
void pen_tag_text(struct pen *pen, const char *key, const char *value);
void pen_tag_name(struct pen *pen, const char *key, const struct name *value); // is copied
void pen_tag_number(struct pen *pen, const char *key, uint64_t value);

int64_t pen_node(struct pen *pen, struct geo_point point);
int64_t pen_way(struct pen *pen, const int64_t *nodes, size_t count);
int64_t pen_relation(struct pen *pen, const struct pbf_write_member *members, size_t count);

// A node without tags.
int64_t pen_point(struct pen *pen, struct geo_point point);

// Counts one more of something, in the first pass.
void pen_count(const struct pen *pen, uint64_t *counter);

#endif
