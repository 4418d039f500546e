/* A model that is plugged in at run time: one compilation of the explorer serves all generated
   models whose states have up to WORDS words. Where a model has less of something than there is
   room for, the rest is there and does nothing. */

#include "../plug.h"

#ifndef WORDS
#define WORDS 1
#endif

#define OC_WORDS WORDS
#ifndef BITS
#define BITS 63
#endif
#define OC_BITS (WORDS == 1 ? BITS : 64 * WORDS)
#define OC_STEPS 1
#define OC_PROPERTIES 24
#define OC_COVER 2048
#define OC_ACTORS 128
#define OC_KINDS 32
#define OC_SCRATCH (4 << 20)
#define OC_ANTECEDENTS 1 /* the last cover point, which no model has, is never reached */

static const plug *the_model;
static uint8_t oc_property_kind[OC_PROPERTIES];

static void plug_transition(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                            uint32_t n_choices, const oc_word *target)
{
    oc_word padded[OC_WORDS] = {0};
    memcpy(padded, target, the_model->words * sizeof *padded);
    oc_transition(sink, step, binding, choices, n_choices, padded);
}

static void plug_error(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                       uint32_t n_choices, uint32_t kind)
{
    oc_error(sink, step, binding, choices, n_choices, kind);
}

/* Whether there is room for this model, which is then explored. */
OC_EXPORT int oc_plug(const plug *model);
OC_EXPORT int oc_plug(const plug *model)
{
    static const plug_sink to = {plug_transition, plug_error};
    the_model = model;
    *model->sink = &to;
    /* A terminal that is never true changes nothing. */
    for (uint32_t k = 0; k < OC_PROPERTIES; k++)
        oc_property_kind[k] = k < model->properties ? model->property_kind[k] : 4;
    return model->words <= OC_WORDS && (OC_WORDS > 1 || model->bits <= OC_BITS) &&
           model->properties <= OC_PROPERTIES && model->cover < OC_COVER &&
           model->actors <= OC_ACTORS && model->kinds <= OC_KINDS &&
           model->scratch <= OC_SCRATCH;
}

static void oc_starts(oc_sink *sink, oc_place *place) { the_model->starts(sink, place); }

static void oc_successors(const oc_word *state, oc_sink *sink)
{
    the_model->successors(state, sink);
}

static int oc_property(uint32_t index, const oc_word *state, const oc_word *before, oc_sink *sink)
{
    return index < the_model->properties ? the_model->property(index, state, before, sink) : 0;
}

static OC_UNUSED int oc_at_rest(const oc_word *state) { return the_model->at_rest(state); }

static OC_UNUSED uint32_t oc_actor(uint32_t step, uint32_t binding)
{
    return the_model->actor(step, binding);
}

static OC_UNUSED void oc_antecedents(const oc_word *state, oc_sink *sink)
{
    the_model->antecedents(state, sink);
}
