/* What the model's code calls, in a search, for each transition. */

#ifndef OC_TRANSITIONS_H
#define OC_TRANSITIONS_H

/* Functions of the explorer's (sink.c, expand.c), which may be in another translation unit. */
OC_LINKED bool grow_sink(oc_sink *sink);
OC_LINKED void add_way(oc_sink *sink, way made, const uint32_t *choices);
OC_LINKED void note_error(oc_sink *sink, uint32_t kind);

static inline void oc_transition(oc_sink *sink, uint32_t step, uint32_t binding,
                                 const uint32_t *choices, uint32_t n_choices,
                                 const oc_word *target)
{
    sink->taken++;
    if (OC_UNLIKELY(sink->count == sink->room) && !grow_sink(sink)) return;
    size_t at = sink->count++;
    memcpy(sink->targets + at * OC_WORDS, target, OC_WORDS * sizeof *target);
    if (OC_UNLIKELY(sink->ways != NULL))
        add_way(sink, (way){step, binding, n_choices, NO_ERROR, 0, at}, choices);
}

static inline void oc_error(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                            uint32_t n_choices, uint32_t kind)
{
    sink->taken++;
    if (sink->ways)
        add_way(sink, (way){step, binding, n_choices, kind, 0, UINT64_MAX}, choices);
    else
        note_error(sink, kind);
}

/* The first of these properties that is not true in a state, from place `from` of the list on: its
   place, and its value as oc_property() gives it; `count` if there is none. Where the explorer and the
   model are compiled apart, this is compiled with the model, so that a call is not made for each. */
#ifndef OC_SHARED
static inline uint32_t oc_first_untrue(const uint32_t *list, uint32_t from, uint32_t count,
                                       const oc_word *state, const oc_word *before, oc_sink *sink,
                                       int *value)
{
    for (; from < count; from++) {
        *value = oc_property(list[from], state, before, sink);
        if (*value != 1) break;
    }
    return from;
}
#endif

#endif
