/* A model that is a table: any graph of states, with what is wrong in it. Tests give the tables
   at run time (oc_set_graph), so that one compilation serves all graphs, and the explorer is
   tried without any generated code.

   A state's last word is its number, spread by a bijection so that hashes and sorted orders have
   nothing to do with it. Some states have the same in the words before, where there are any; but one
   bit of the number is taken from the first word then, so that both have to be right. */

#ifndef WORDS
#define WORDS 1
#endif

#define OC_WORDS WORDS
#ifndef BITS
#define BITS 63
#endif
#define OC_BITS (WORDS == 1 ? BITS : 64 * WORDS)
#define OC_STEPS 8
#define OC_PROPERTIES 8
#define OC_COVER 12
#define OC_ACTORS 70
#define OC_KINDS 3
#define OC_SCRATCH 16
#define OC_ANTECEDENTS 2

static const uint8_t oc_property_kind[OC_PROPERTIES] = {0, 0, 1, 1, 2, 2, 3, 4};

/* An edge's target is a state, or -1 - kind for a model error; `steps` has what the two step
   invariants say of it: 0, 1 or 2 + kind. */
typedef struct edge {
    int32_t target;
    uint32_t step, binding, actor;
    uint32_t choice_count, choices[2];
    uint8_t steps[2];
} edge;

typedef struct graph {
    uint32_t starts, states;
    const uint32_t *first;    /* of each state's edges; the starts come before state 0's */
    const edge *edges;
    const uint8_t *values;    /* OC_PROPERTIES for each state */
    const uint8_t *rest;      /* of each state */
    const uint8_t *antecedents; /* bits, of each state */
    const uint32_t *actors;   /* by step and binding, 64 bindings a step */
} graph;

static graph the_graph;

OC_EXPORT void oc_set_graph(const graph *given);
OC_EXPORT void oc_set_graph(const graph *given) { the_graph = *given; }

static void pack(uint32_t number, oc_word *to)
{
    uint32_t spread = number * 2654435761u;
    for (int k = 0; k < OC_WORDS; k++) to[k] = (uint64_t)(spread >> (28 - k)) << 2 * k;
    to[OC_WORDS - 1] = spread;
    if (OC_WORDS > 1) to[0] |= (uint64_t)(spread & 1) << 32;
}

static uint32_t unpack(const oc_word *state)
{
    uint32_t spread = (uint32_t)state[OC_WORDS - 1];
    if (OC_WORDS > 1) spread = (spread & ~1u) | (uint32_t)(state[0] >> 32);
    return spread * 244002641u;
}

static void follow(uint32_t from, uint32_t to, oc_sink *sink)
{
    oc_word target[OC_WORDS];
    for (uint32_t k = from; k < to; k++) {
        const edge *e = &the_graph.edges[k];
        if (e->step < OC_STEPS) sink->reached[e->step] = 1;
        if (e->target < 0) {
            oc_error(sink, e->step, e->binding, e->choices, e->choice_count,
                     (uint32_t)(-1 - e->target));
        } else {
            pack((uint32_t)e->target, target);
            oc_transition(sink, e->step, e->binding, e->choices, e->choice_count, target);
        }
    }
}

/* One at a time. */
static void oc_starts(oc_sink *sink, oc_place *place)
{
    uint32_t next = place->picks[0]++;
    place->ended = next + 1 >= the_graph.starts;
    if (next < the_graph.starts) follow(next, next + 1, sink);
}

static void oc_successors(const oc_word *state, oc_sink *sink)
{
    uint32_t number = unpack(state);
    follow(the_graph.first[number], the_graph.first[number + 1], sink);
}

static int oc_property(uint32_t index, const oc_word *state, const oc_word *before, oc_sink *sink)
{
    (void)sink;
    uint32_t number = unpack(state);
    if (oc_property_kind[index] != 1) return the_graph.values[number * OC_PROPERTIES + index];
    /* Equal edges say the same, so the first will do. */
    uint32_t source = unpack(before);
    for (uint32_t k = the_graph.first[source]; k < the_graph.first[source + 1]; k++)
        if (the_graph.edges[k].target == (int32_t)number) return the_graph.edges[k].steps[index - 2];
    return 1;
}

static int oc_at_rest(const oc_word *state) { return the_graph.rest[unpack(state)]; }

static OC_UNUSED uint32_t oc_actor(uint32_t step, uint32_t binding)
{
    return the_graph.actors[step * 64 + binding];
}

static OC_UNUSED void oc_antecedents(const oc_word *state, oc_sink *sink)
{
    uint8_t met = the_graph.antecedents[unpack(state)];
    for (uint32_t k = 0; k < OC_ANTECEDENTS; k++)
        if (met >> k & 1) sink->reached[OC_COVER - OC_ANTECEDENTS + k] = 1;
}
