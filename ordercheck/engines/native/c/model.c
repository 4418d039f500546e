/* A model by itself: the generated header model.h, to be linked with an explorer that has been
   compiled before, for all models whose states are as wide (shared.h). */

#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _GNU_SOURCE
#endif

#define OC_LINKED extern

#include "base.h"
#include "sink.h"

#include "model.h"

#include "shared.h"
#include "transitions.h"

const shared_numbers model_numbers = {
    .bits = OC_BITS,
    .steps = OC_STEPS,
    .properties = OC_PROPERTIES,
    .cover = OC_COVER,
    .kinds = OC_KINDS,
    .antecedents = OC_ANTECEDENTS,
    .scratch = OC_SCRATCH,
    .property_kind = oc_property_kind,
};

void model_starts(oc_sink *sink, oc_place *place) { oc_starts(sink, place); }

void model_successors(const oc_word *state, oc_sink *sink) { oc_successors(state, sink); }

uint32_t model_first_untrue(const uint32_t *list, uint32_t from, uint32_t count, const oc_word *state,
                            const oc_word *before, oc_sink *sink, int *value)
{
    return oc_first_untrue(list, from, count, state, before, sink, value);
}

/* By the same way: what is called from one place only, compilers inline there. */
int model_property(uint32_t index, const oc_word *state, const oc_word *before, oc_sink *sink)
{
    int value;
    model_first_untrue(&index, 0, 1, state, before, sink, &value);
    return value;
}

void model_antecedents(const oc_word *state, oc_sink *sink) { oc_antecedents(state, sink); }

int model_at_rest(const oc_word *state) { return oc_at_rest(state); }

uint32_t model_actor(uint32_t step, uint32_t binding) { return oc_actor(step, binding); }
