/* What an explorer that is compiled once for many models knows of the one it will be linked with
   (model.c): what model.h defines, by other names. Compiling the explorer takes far longer than
   compiling a small model.

   OC_WORDS, OC_NARROW and OC_MOST are given to the compiler. OC_MOST is room for what is kept by
   number; a model that has more of anything is linked with an explorer that has more room. */

#ifndef OC_SHARED_H
#define OC_SHARED_H

typedef struct shared_numbers {
    uint32_t bits, steps, properties, cover, kinds, antecedents, scratch;
    const uint8_t *property_kind;
} shared_numbers;

extern const shared_numbers model_numbers;
void model_starts(oc_sink *sink, oc_place *place);
void model_successors(const oc_word *state, oc_sink *sink);
int model_property(uint32_t index, const oc_word *state, const oc_word *before, oc_sink *sink);
uint32_t model_first_untrue(const uint32_t *list, uint32_t from, uint32_t count, const oc_word *state,
                            const oc_word *before, oc_sink *sink, int *value);
void model_antecedents(const oc_word *state, oc_sink *sink);
int model_at_rest(const oc_word *state);
uint32_t model_actor(uint32_t step, uint32_t binding);

#ifdef OC_SHARED
#define OC_MOST_PROPERTIES OC_MOST
#define OC_MOST_KINDS OC_MOST
#define OC_MOST_ACTORS OC_MOST
#define OC_BITS model_numbers.bits
#define OC_STEPS model_numbers.steps
#define OC_PROPERTIES model_numbers.properties
#define OC_COVER model_numbers.cover
#define OC_KINDS model_numbers.kinds
#define OC_ANTECEDENTS model_numbers.antecedents
#define OC_SCRATCH model_numbers.scratch
#define oc_property_kind model_numbers.property_kind
#define oc_starts model_starts
#define oc_successors model_successors
#define oc_property model_property
#define oc_first_untrue model_first_untrue
#define oc_antecedents model_antecedents
#define oc_at_rest model_at_rest
#define oc_actor model_actor
#endif

#endif
