/* A generated model as data, so that many of them fit into one shared object; see
   headers/plugged.h. Where MODEL and NAME are defined, this makes the plug of that header. */

#ifndef PLUG_H
#define PLUG_H

#ifdef MODEL
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t oc_word;
#define OC_UNUSED __attribute__((unused))
#include "sink.h"
#endif

/* Where a model puts its transitions. */
typedef struct plug_sink {
    void (*transition)(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                       uint32_t n_choices, const oc_word *target);
    void (*error)(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                  uint32_t n_choices, uint32_t kind);
} plug_sink;

typedef struct plug {
    uint32_t words, bits, properties, cover, actors, kinds, scratch;
    const uint8_t *property_kind;
    const plug_sink **sink;
    void (*starts)(oc_sink *sink, oc_place *place);
    void (*successors)(const oc_word *state, oc_sink *sink);
    int (*property)(uint32_t index, const oc_word *state, const oc_word *before, oc_sink *sink);
    int (*at_rest)(const oc_word *state);
    uint32_t (*actor)(uint32_t step, uint32_t binding);
    void (*antecedents)(const oc_word *state, oc_sink *sink);
} plug;

#ifdef MODEL
static const plug_sink *plug_to;

static inline void oc_transition(oc_sink *sink, uint32_t step, uint32_t binding,
                                 const uint32_t *choices, uint32_t n_choices,
                                 const oc_word *target)
{
    plug_to->transition(sink, step, binding, choices, n_choices, target);
}

static inline void oc_error(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                            uint32_t n_choices, uint32_t kind)
{
    plug_to->error(sink, step, binding, choices, n_choices, kind);
}

#include MODEL

const plug NAME = {
    OC_WORDS, OC_BITS, OC_PROPERTIES, OC_COVER, OC_ACTORS, OC_KINDS, OC_SCRATCH,
    oc_property_kind, &plug_to, oc_starts, oc_successors, oc_property, oc_at_rest, oc_actor,
    oc_antecedents,
};
#endif

#endif
