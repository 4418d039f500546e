/* Where the model puts its transitions: the only part of the explorer that model.h sees.

   A sink collects the transitions of one or more states: targets one after another. Nothing is
   looked at before the model's function has returned, so the model's code never runs inside
   itself. */

#ifndef OC_SINK_H
#define OC_SINK_H

#include "choices.h"

typedef struct oc_sink oc_sink;

struct oc_sink {
    uint8_t *reached;   /* a byte for each cover point */
    void *scratch;      /* OC_SCRATCH bytes that belong to the model's code */
    oc_word *targets;   /* OC_WORDS words for each transition */
    uint64_t *hashes;   /* of the targets that are sifted, then their keys; only in a search */
    struct way *ways;   /* what was done; only where labels are asked for, else NULL */
    uint32_t *choices;  /* of all ways, one after another */
    size_t count, room; /* transitions that lead to a state, and how many fit */
    size_t sifted;      /* those of them, the first ones, that are to be looked up (expand.c) */
    size_t way_count, way_room;
    size_t choice_count, choice_room;
    uint64_t taken;     /* transitions of the state being expanded, errors included */
    uint32_t unable;    /* 1 + the reason for which the model's code had to give up, or 0 */
    bool starved;       /* there was no memory for a transition */
    struct search *search;
};

/* A transition with its label; `target` is an index into the sink's targets, or an error. */
typedef struct way {
    uint32_t step, binding;
    uint32_t n_choices;
    uint32_t kind; /* NO_ERROR, or the kind of model error in which the step ends */
    uint64_t choices, target;
} way;

#define NO_ERROR UINT32_MAX

static inline void oc_transition(oc_sink *sink, uint32_t step, uint32_t binding,
                                 const uint32_t *choices, uint32_t n_choices,
                                 const oc_word *target);
static inline void oc_error(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                            uint32_t n_choices, uint32_t kind);

/* The model's code cannot go on, through a limit of its own (not of the model). */
static inline void oc_unable(oc_sink *sink, uint32_t reason) { sink->unable = reason + 1; }

#endif
