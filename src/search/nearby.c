#include "search/nearby.h"

#include "geo/distance.h"

static const double first_circle_m = 250;

enum { FEW = 512 }; // are all looked at, without circles

struct finding {
    const struct nearby *nearby;
    struct nearby_hit *hits;
    unsigned count, capacity;
    double circle_m;
};

static bool precedes(const struct nearby_hit *left, double distance_m, uint32_t doc)
{
    return left->distance_m < distance_m || (left->distance_m <= distance_m && left->doc <= doc);
}

static void doc_take(struct finding *finding, uint32_t doc)
{
    const struct nearby *const nearby = finding->nearby;
    const double away_m = distance_m(nearby->centre, atlas_point(nearby->atlas, doc));
    const struct nearby_hit *const last = &finding->hits[finding->capacity - 1];
    if (away_m > finding->circle_m ||
        (finding->count == finding->capacity && precedes(last, away_m, doc)) ||
        (nearby->wanted != NULL && !nearby->wanted(nearby->context, doc))) {
        return;
    }
    unsigned at = finding->count;
    while (at > 0 && !precedes(&finding->hits[at - 1], away_m, doc)) {
        at--;
    }
    if (at > 0 && finding->hits[at - 1].doc == doc) {
        return; // in two lists
    }
    finding->count += finding->count < finding->capacity ? 1 : 0;
    for (unsigned i = finding->count - 1; i > at; i--) {
        finding->hits[i] = finding->hits[i - 1];
    }
    finding->hits[at] = (struct nearby_hit){.doc = doc, .distance_m = away_m};
}

// First entry whose document is not below `doc`; postings carry more in their high bits.
static uint32_t list_lower(struct atlas_list list, uint32_t doc)
{
    uint32_t low = 0;
    uint32_t high = list.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if ((list.items[middle] & ATLAS_POSTING_DOC) < doc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void range_take(struct finding *finding, struct range range)
{
    const struct nearby *const nearby = finding->nearby;
    for (uint32_t doc = range.first; nearby->list_count == 0 && doc < range.end; doc++) {
        doc_take(finding, doc);
    }
    for (unsigned i = 0; i < nearby->list_count; i++) {
        const struct atlas_list list = nearby->lists[i];
        for (uint32_t at = list_lower(list, range.first);
             at < list.count && (list.items[at] & ATLAS_POSTING_DOC) < range.end; at++) {
            doc_take(finding, list.items[at] & ATLAS_POSTING_DOC);
        }
    }
}

static void region_take(struct finding *finding, struct range pois,
                        const struct ranges_region *region)
{
    struct range ranges[RANGES_MAX];
    const unsigned count = ranges_in_region(finding->nearby->atlas->cells, pois, region, ranges);
    for (unsigned i = 0; i < count; i++) {
        range_take(finding, ranges[i]);
    }
}

static bool are_few(const struct nearby *nearby, struct range pois)
{
    uint64_t count = nearby->list_count == 0 ? pois.end - pois.first : 0;
    for (unsigned i = 0; i < nearby->list_count; i++) {
        count += nearby->lists[i].count;
    }
    return count <= FEW;
}

unsigned nearby_find(const struct nearby *nearby, struct nearby_hit *hits, unsigned capacity)
{
    const uint32_t *const first = nearby->atlas->header->layer_first;
    const struct range pois = {first[LAYER_POI], first[LAYER_POI + 1]};
    struct finding finding = {.nearby = nearby, .hits = hits, .capacity = capacity};
    if (are_few(nearby, pois)) {
        finding.circle_m = nearby->radius_m;
        range_take(&finding, pois);
        return finding.count;
    }
    if (nearby->region != NULL) {
        finding.circle_m = nearby->radius_m;
        region_take(&finding, pois, nearby->region);
        return finding.count;
    }
    for (double circle_m = first_circle_m;; circle_m *= 2) {
        finding.circle_m = circle_m < nearby->radius_m ? circle_m : nearby->radius_m;
        finding.count = 0;
        const struct ranges_region region = ranges_region_cap(nearby->centre, finding.circle_m);
        region_take(&finding, pois, &region);
        if (finding.count == capacity || circle_m >= nearby->radius_m) {
            return finding.count;
        }
    }
}
