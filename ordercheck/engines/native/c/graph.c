/* The graph of all states, breadth first, on one thread: the numbers of states and the order of
   their edges are then those of the reference, whatever the machine.

        offsets   edges of state n are those from offsets[n] on, up to offsets[n + 1]
        targets   of each edge, a state's number
        labels    of each edge, a row of the table of labels: each label is there once
        failures  steps that end in a model error, which have no target

   States outside a constraint are numbered from the top while the search goes on, and come after
   all others at its end (graph_finish). */

#define OUTSIDE(n) (UINT32_MAX - (uint32_t)(n))

typedef struct graph_options {
    uint64_t max_states;
    uint64_t max_bytes; /* 0 for no limit */
    uint32_t max_depth; /* levels; 0 for no limit */
    uint32_t unused;
} graph_options;

typedef struct label {
    uint32_t step, binding;
    uint32_t n_choices, unused;
    uint64_t choices; /* the first of them */
} label;

typedef struct failure {
    uint32_t source, label, kind;
} failure;

/* Where a level begins. */
typedef struct level {
    uint64_t first;           /* the number of its first state */
    uint64_t outside, labels; /* how many there were of them when it began */
} level;

typedef struct state_graph {
    graph_options options;
    oc_sink sink;
    known inside, outside;
    oc_place place; /* in the initial states */
    uint64_t next, end; /* the state to be expanded; the first that is of a later level */
    level *levels;
    uint64_t level_count, level_room;
    uint64_t *offsets;
    uint64_t offset_room;
    uint32_t *targets, *edge_labels;
    uint64_t edge_count, edge_room;
    failure *failures;
    uint64_t failure_count, failure_room;
    label *labels;
    uint64_t label_count, label_room;
    uint32_t *choices;
    uint64_t choice_count, choice_room;
    uint32_t *label_slots;
    uint64_t label_capacity;
    oc_status status;
} state_graph;

/* --- labels --------------------------------------------------------------------------- */

static uint64_t hash_label(const way *w, const uint32_t *choices)
{
    uint64_t hash = mix((uint64_t)w->step << 32 | w->binding);
    for (uint32_t k = 0; k < w->n_choices; k++) hash = mix(hash + choices[k]);
    return hash;
}

static bool same_label(const state_graph *g, const label *l, const way *w, const uint32_t *choices)
{
    return l->step == w->step && l->binding == w->binding && l->n_choices == w->n_choices &&
           (!w->n_choices ||
            memcmp(g->choices + l->choices, choices, w->n_choices * sizeof *choices) == 0);
}

/* `at` with room for so many items, and one more; NULL if there is no memory. */
static void *roomy(void *at, uint64_t count, uint64_t *room, size_t size)
{
    if (count < *room) return at;
    uint64_t wanted = *room + *room / 2 > count ? *room + *room / 2 : count + 16;
    void *more = reallocate(at, wanted * size);
    if (more) *room = wanted;
    return more;
}

static bool grow_label_slots(state_graph *g)
{
    if (g->label_count < g->label_capacity / 2) return true;
    uint64_t capacity = g->label_capacity ? 2 * g->label_capacity : 64;
    uint32_t *slots = allocate(capacity * sizeof *slots);
    if (!slots) return false;
    memset(slots, 0, capacity * sizeof *slots);
    for (uint64_t k = 0; k < g->label_count; k++) {
        const label *l = &g->labels[k];
        way w = {l->step, l->binding, l->n_choices, 0, 0, 0};
        uint64_t at = hash_label(&w, g->choices + l->choices) & (capacity - 1);
        while (slots[at]) at = (at + 1) & (capacity - 1);
        slots[at] = (uint32_t)k + 1;
    }
    release(g->label_slots);
    g->label_slots = slots;
    g->label_capacity = capacity;
    return true;
}

/* A label's row in their table; UINT32_MAX if there is no memory. */
static uint32_t label_number(state_graph *g, const way *w)
{
    const uint32_t *choices = g->sink.choices + w->choices;
    if (!grow_label_slots(g)) return UINT32_MAX;
    uint64_t at = hash_label(w, choices) & (g->label_capacity - 1);
    for (; g->label_slots[at]; at = (at + 1) & (g->label_capacity - 1)) {
        uint32_t number = g->label_slots[at] - 1;
        if (same_label(g, &g->labels[number], w, choices)) return number;
    }
    label *labels = roomy(g->labels, g->label_count, &g->label_room, sizeof *labels);
    if (labels) g->labels = labels;
    uint64_t choice_count = g->choice_count + w->n_choices;
    uint32_t *all = roomy(g->choices, choice_count, &g->choice_room, sizeof *all);
    if (all) g->choices = all;
    if (!labels || !all) return UINT32_MAX;
    g->labels[g->label_count] = (label){w->step, w->binding, w->n_choices, 0, g->choice_count};
    if (w->n_choices) memcpy(g->choices + g->choice_count, choices, w->n_choices * sizeof *choices);
    g->choice_count = choice_count;
    g->label_slots[at] = (uint32_t)++g->label_count;
    return (uint32_t)(g->label_count - 1);
}

/* --- states --------------------------------------------------------------------------- */

/* Whether a state lies inside the constraints. An error in one passes for true, as in a search. */
static bool is_inside(state_graph *g, const oc_word *state)
{
    for (uint32_t k = 0; k < OC_PROPERTIES; k++)
        if (oc_property_kind[k] == CONSTRAINT && oc_property(k, state, NULL, &g->sink) == 0)
            return false;
    return true;
}

/* The number of a state, new or not. */
static inline uint32_t state_number(state_graph *g, const oc_word *state, uint64_t hash)
{
    uint64_t *slot = known_slot(&g->inside, state, hash);
    if (*slot) return (uint32_t)*slot - 1;
    if (g->outside.count) {
        uint64_t *cut = known_slot(&g->outside, state, hash);
        if (*cut) return OUTSIDE((uint32_t)*cut - 1);
    }
    if (is_inside(g, state)) return known_add(&g->inside, slot, state, hash);
    return OUTSIDE(known_add(&g->outside, known_slot(&g->outside, state, hash), state, hash));
}

static uint64_t graph_bytes(const state_graph *g)
{
    return known_bytes(&g->inside) + known_bytes(&g->outside) + sink_bytes(&g->sink) +
           g->level_room * sizeof *g->levels + g->offset_room * sizeof *g->offsets +
           g->edge_room * (sizeof *g->targets + sizeof *g->edge_labels) +
           g->failure_room * sizeof *g->failures + g->label_room * sizeof *g->labels +
           g->choice_room * sizeof *g->choices + g->label_capacity * sizeof *g->label_slots;
}

/* --- expanding ------------------------------------------------------------------------ */

/* Room for what these ways add, apart from the tables of states. */
static bool edges_fit(state_graph *g, uint64_t states, uint64_t ways)
{
    uint64_t room = g->edge_room, count = g->edge_count + ways;
    uint64_t *offsets = roomy(g->offsets, g->next + states, &g->offset_room, sizeof *offsets);
    if (offsets) g->offsets = offsets;
    uint32_t *targets = roomy(g->targets, count, &room, sizeof *targets);
    if (targets) g->targets = targets;
    uint32_t *labels = roomy(g->edge_labels, count, &g->edge_room, sizeof *labels);
    if (labels) g->edge_labels = labels;
    failure *failures =
        roomy(g->failures, g->failure_count + ways, &g->failure_room, sizeof *failures);
    if (failures) g->failures = failures;
    return offsets && targets && labels && failures;
}

/* Makes room for what is in the sink, and fetches what will be looked at. False if that is not
   done yet, or cannot be. */
static bool prepare(state_graph *g, uint64_t states, uint64_t deadline)
{
    oc_sink *sink = &g->sink;
    known *sets[] = {&g->inside, &g->outside};
    for (int k = 0; k < 2; k++)
        if (!known_has_room(sets[k], sink->count)) {
            oc_status status = known_begin_growth(sets[k], sink->count);
            if (status == OC_RUNNING && !known_grow_on(sets[k], deadline)) return false;
            if ((g->status = status) != OC_RUNNING) return false;
        }
    if (!edges_fit(g, states, sink->way_count)) {
        g->status = OC_NO_MEMORY;
        return false;
    }
    for (size_t k = 0; k < sink->count; k++) {
        sink->hashes[k] = hash_known(sink->targets + k * OC_WORDS);
        known_prefetch(&g->inside, sink->hashes[k]);
    }
    for (size_t k = 0; k < sink->count; k++) known_prefetch_state(&g->inside, sink->hashes[k]);
    return true;
}

/* Adds one way out of state `source` as an edge or a failure. */
static bool add_edge(state_graph *g, uint32_t source, const way *w)
{
    uint32_t number = label_number(g, w);
    if (number == UINT32_MAX) return false;
    if (w->kind != NO_ERROR) {
        g->failures[g->failure_count++] = (failure){source, number, w->kind};
        return true;
    }
    const oc_word *target = g->sink.targets + w->target * OC_WORDS;
    g->targets[g->edge_count] = state_number(g, target, g->sink.hashes[w->target]);
    g->edge_labels[g->edge_count++] = number;
    return true;
}

/* Expands some states of the level. */
static void expand_some(state_graph *g, uint64_t deadline)
{
    uint32_t ends[BATCH];
    uint64_t states = 0;
    sink_clear(&g->sink);
    while (states < BATCH && g->sink.way_count < BATCH && g->next + states < g->end) {
        g->status = ways_out(&g->sink, known_at(&g->inside, g->next + states));
        if (g->status != OC_RUNNING) return;
        ends[states++] = (uint32_t)g->sink.way_count;
    }
    if (!prepare(g, states, deadline)) return;
    for (uint64_t k = 0, at = 0; k < states; k++) {
        g->offsets[g->next] = g->edge_count;
        for (; at < ends[k]; at++)
            if (!add_edge(g, (uint32_t)g->next, &g->sink.ways[at])) {
                g->status = OC_NO_MEMORY;
                return;
            }
        g->next++;
    }
}

/* Some more of the initial states. A start that fails is no edge of any state. */
static void add_starts(state_graph *g, uint64_t deadline)
{
    oc_place place = g->place;
    sink_clear(&g->sink);
    g->status = ways_in(&g->sink, &place);
    if (g->status != OC_RUNNING || !prepare(g, 0, deadline)) return;
    for (size_t k = 0; k < g->sink.count; k++)
        state_number(g, g->sink.targets + k * OC_WORDS, g->sink.hashes[k]);
    g->place = place;
}

/* A level has been expanded, or there are the initial states: is there another level, and may it
   be expanded? */
static void begin_level(state_graph *g)
{
    if (g->inside.count == g->end) {
        g->status = OC_COMPLETE;
        return;
    }
    level *levels = roomy(g->levels, g->level_count, &g->level_room, sizeof *levels);
    if (!levels) {
        g->status = OC_NO_MEMORY;
        return;
    }
    g->levels = levels;
    g->levels[g->level_count++] = (level){g->next, g->outside.count, g->label_count};
    g->end = g->inside.count;
    if (g->options.max_depth && g->level_count >= g->options.max_depth) g->status = OC_LIMIT_DEPTH;
}

/* Goes on for about so long. Once it has said anything but OC_RUNNING, the graph is as it is. */
static oc_status graph_on(state_graph *g, uint64_t nanoseconds)
{
    uint64_t deadline = now_ns() + nanoseconds;
    while (g->status == OC_RUNNING) {
        if (!g->place.ended)
            add_starts(g, deadline);
        else if (g->next == g->end)
            begin_level(g);
        else
            expand_some(g, deadline);
        if (g->sink.unable) g->status = OC_UNABLE;
        if (g->status == OC_RUNNING && g->next > 0 && g->inside.count > g->options.max_states)
            g->status = OC_LIMIT_STATES;
        if (g->status == OC_RUNNING && g->options.max_bytes && graph_bytes(g) > g->options.max_bytes)
            g->status = OC_NO_MEMORY;
        if (now_ns() > deadline) break;
    }
    return g->status;
}

/* --- the end -------------------------------------------------------------------------- */

/* Takes back what a level that is not finished has added. */
static void drop_unfinished(state_graph *g)
{
    if (g->status == OC_COMPLETE || g->level_count == 0) return;
    const level *last = &g->levels[g->level_count - 1];
    if (g->next > last->first) g->edge_count = g->offsets[last->first];
    while (g->failure_count && g->failures[g->failure_count - 1].source >= last->first)
        g->failure_count--;
    g->label_count = last->labels;
    g->inside.count = g->end;
    g->outside.count = last->outside;
    g->next = last->first;
}

/* The graph of finished levels: rows for all states, those outside the constraints last. False
   if there is no memory for that. */
static bool graph_finish(state_graph *g)
{
    drop_unfinished(g);
    uint64_t inside = g->inside.count, all = inside + g->outside.count;
    uint64_t *offsets = reallocate(g->offsets, (all + 1) * sizeof *offsets);
    oc_word *states = offsets ? reallocate(g->inside.states, SOME(all) * sizeof(record)) : NULL;
    if (offsets) g->offsets = offsets;
    if (!states) return false;
    g->inside.states = states;
    g->inside.room = all;
    g->offset_room = all + 1;
    if (g->outside.count)
        memcpy(known_at(&g->inside, inside), g->outside.states, g->outside.count * sizeof(record));
    for (uint64_t n = g->next; n <= all; n++) g->offsets[n] = g->edge_count;
    for (uint64_t k = 0; g->outside.count && k < g->edge_count; k++)
        if (g->targets[k] >= inside) g->targets[k] = (uint32_t)(inside + OUTSIDE(g->targets[k]));
    known_close_slots(&g->inside);
    known_close_slots(&g->outside);
    return true;
}

static void graph_free(state_graph *g)
{
    ways_close(&g->sink);
    known_close(&g->inside);
    known_close(&g->outside);
    release(g->levels);
    release(g->offsets);
    release(g->targets);
    release(g->edge_labels);
    release(g->failures);
    release(g->labels);
    release(g->choices);
    release(g->label_slots);
    release(g);
}
