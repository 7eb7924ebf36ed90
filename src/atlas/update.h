// Update: an atlas brought up to date by OpenStreetMap's changes.
//
// A build that keeps (`update_keep`) leaves "ATLAS.objects" beside the atlas: the extract it was made of
// and how it was built. An update applies changes to that and builds anew, so its atlas is, byte for byte,
// that of a build from the updated extract. The atlas is renamed into place first and the objects
// second: between the two, and after a crash there, the same changes may be applied again and give the same.
// One update at a time: the objects are locked.
#ifndef ATLAS_UPDATE_H
#define ATLAS_UPDATE_H

#include "atlas/build.h"
#include "source/osm_keep.h"

#define UPDATE_OBJECTS_SUFFIX ".objects"

// After build_atlas with the same options. Writes the objects; `size` is what they take.
// Fails: UNSUPPORTED unless exactly one input is an OpenStreetMap PBF that is a file in order; as
// osm_keep_write.
MUST_USE enum status update_keep(const struct build_options *options, uint64_t *size,
                                 struct fault *fault);

// Removes objects that no longer belong to the atlas; true when there were some.
bool update_forget(const struct sys *sys, const char *atlas);

struct update;

// `options` as for a build, but inputs and country, which the objects know; borrowed until
// update_close. Fails: NOT_FOUND without objects; BUSY while another update is at work; CORRUPT.
MUST_USE enum status update_open(const struct build_options *options, struct update **update,
                                 struct fault *fault);
void update_close(struct update *update); // NULL is accepted

// Where the data stand.
const struct osm_state *update_state(const struct update *update);

struct update_report {
    struct build_report build;
    struct osm_keep_report objects;
    uint64_t change_count;
    int64_t apply_us, build_us; // what took how long
};

// Applies settled changes; `state` is that after them (its source is ignored).
MUST_USE enum status update_apply(struct update *update, const struct osm_changes *changes,
                                  const struct osm_state *state, struct update_report *report,
                                  struct fault *fault);

#endif
