/* Random runs. Run number n of a seed is the same for every engine and machine:

     The generator is SplitMix64 (Steele, Lea, Flood 2014), begun at mix(key + n * GOLDEN) for run
     n, where the key is made from the seed. Each step draws one number r and takes way number
     r * ways / 2^64, rounded down, of the ways in the order of their labels; the first draw is
     among the initial states.

   See ../../simulation.py, which does the same in Python. What the runs have met is told so that
   it does not depend on which of them came first: a state counts for the fewest steps after which
   any run met it. */

#define GOLDEN 0x9e3779b97f4a7c15u

/* Visited states that are looked up together. */
#define VISITS BATCH

typedef enum { MODEL_ERROR, BROKEN_STEP, BROKEN_STATE, DEADLOCK, NO_FLAW } flaw;

/* How a run has ended; the numbers are known to ../walking.py. */
typedef enum { END_STEPS, END_STUCK, END_CONSTRAINT, END_FAULT, END_NO_START, ENDS, GOES_ON } ending;

typedef struct walks_options {
    uint64_t key;
    uint64_t max_steps;
    uint64_t max_bytes; /* of the table of states; 0 for no limit */
    uint32_t deadlock;
    uint32_t record; /* keep what the runs do */
    const uint32_t *kind_ranks, *property_ranks; /* by name, among their like */
} walks_options;

/* What is wrong: a kind of error or a property, and the property in question or NEVER. */
typedef struct fault {
    uint32_t flaw, key, property, unused;
} fault;

/* What all runs met after so many steps. */
typedef struct depth {
    uint64_t runs, asked, ways; /* that got there; that were asked how they go on, and the answers */
    uint64_t lengths;           /* runs that ended after so many steps */
} depth;

/* The run under way. */
typedef struct walk {
    uint64_t random, steps;
    record state, before;
    bool under_way;
} walk;

/* What a run did, word by word, where that is asked for. */
typedef struct recording {
    oc_word *states;
    uint64_t state_count, state_room;
    uint32_t *labels; /* step, binding, how many choices, these */
    uint64_t label_count, label_room;
    uint64_t *ways;
    uint64_t way_count, way_room;
} recording;

typedef struct walks {
    walks_options options;
    oc_sink starts; /* the ways into the initial states: once for all runs */
    oc_place place; /* in them, until all are there */
    oc_sink sink;   /* the ways out of where the run stands */
    uint64_t next, end; /* runs still to be taken */
    walk walk;
    recording recording;

    known met;
    uint32_t *least; /* steps, by a state's number */
    uint64_t least_room;
    uint64_t merged; /* states of another that have been merged */
    bool crowded;    /* there was no more room for states */
    record visits[VISITS];
    uint32_t visit_steps[VISITS];
    uint32_t visit_count;

    depth *depths;
    uint64_t depth_count, depth_room;
    uint64_t runs, steps, ends[ENDS];
    uint64_t error_runs[SOME(OC_KINDS)], broken_runs[SOME(OC_PROPERTIES)], deadlock_runs;
    uint8_t reached[SOME(OC_PROPERTIES)]; /* REACHABLE: true somewhere */
    uint64_t first_wrong;                 /* the least number of a run with a fault; 0: none */
    fault last;                           /* of the last run */
    uint32_t last_end;
    oc_status status;
} walks;

/* --- randomness ----------------------------------------------------------------------- */

static uint64_t draw(uint64_t *random, uint64_t below)
{
    *random += GOLDEN;
    return (uint64_t)((unsigned __int128)mix(*random) * below >> 64);
}

/* --- states met ----------------------------------------------------------------------- */

static uint64_t met_bytes(const walks *w)
{
    return known_bytes(&w->met) + w->least_room * sizeof *w->least;
}

/* Room for so many more states. False if that takes longer, or (`crowded`) there is none. */
static bool met_has_room(walks *w, uint64_t more, uint64_t deadline)
{
    if (known_has_room(&w->met, more) && w->met.room <= w->least_room) return true;
    uint64_t wanted = w->met.count + more;
    bool grows = wanted > w->met.room || wanted > w->met.capacity / 3 * 2;
    /* What it takes with half as many again, and tables twice as large. */
    uint64_t bytes = grows ? 2 * met_bytes(w) : 0;
    w->crowded |= w->options.max_bytes && bytes > w->options.max_bytes;
    if (w->crowded) return false;
    w->crowded |= known_begin_growth(&w->met, more) != OC_RUNNING;
    if (!w->crowded && w->met.room > w->least_room) {
        uint32_t *least = reallocate(w->least, w->met.room * sizeof *least);
        w->crowded |= !least;
        if (least) w->least = least;
        if (least) w->least_room = w->met.room;
    }
    return known_grow_on(&w->met, deadline) && !w->crowded;
}

static void meet(walks *w, const oc_word *state, uint64_t hash, uint32_t steps)
{
    uint64_t *slot = known_slot(&w->met, state, hash);
    if (!*slot) {
        uint32_t number = known_add(&w->met, slot, state, hash);
        w->least[number] = steps;
        return;
    }
    uint32_t *least = &w->least[(uint32_t)*slot - 1];
    if (steps < *least) *least = steps;
}

/* Notes the last states that were met. False if there is no time left for it. */
static bool settle_visits(walks *w, uint64_t deadline)
{
    uint64_t hashes[VISITS];
    while (!w->crowded && !met_has_room(w, w->visit_count, deadline))
        if (now_ns() > deadline) return false;
    for (uint32_t k = 0; !w->crowded && k < w->visit_count; k++) {
        hashes[k] = hash_known(w->visits[k].words);
        known_prefetch(&w->met, hashes[k]);
    }
    for (uint32_t k = 0; !w->crowded && k < w->visit_count; k++)
        known_prefetch_state(&w->met, hashes[k]);
    for (uint32_t k = 0; !w->crowded && k < w->visit_count; k++)
        meet(w, w->visits[k].words, hashes[k], w->visit_steps[k]);
    w->visit_count = 0;
    return true;
}

/* --- what is wrong -------------------------------------------------------------------- */

static uint32_t rank(const walks *w, const fault *f)
{
    return f->flaw == MODEL_ERROR ? w->options.kind_ranks[f->key] : w->options.property_ranks[f->key];
}

/* Keeps the fault that comes first in the checker's order of preference. */
static void prefer(const walks *w, fault *best, fault other)
{
    if (other.flaw > best->flaw) return;
    if (other.flaw < best->flaw || rank(w, &other) < rank(w, best)) *best = other;
}

/* Evaluates a property; what is wrong with it is noted. */
static int evaluate(walks *w, uint32_t k, const oc_word *state, const oc_word *before, fault *best)
{
    int value = oc_property(k, state, before, &w->sink);
    uint32_t kind = oc_property_kind[k];
    if (value >= 2) prefer(w, best, (fault){MODEL_ERROR, (uint32_t)value - 2, k, 0});
    if (value == 0 && kind == STEP_INVARIANT) prefer(w, best, (fault){BROKEN_STEP, k, k, 0});
    if (value == 0 && kind == INVARIANT) prefer(w, best, (fault){BROKEN_STATE, k, k, 0});
    return value;
}

/* Looks at a state, and at the step to it from `before` if there is one; whether it lies inside
   the constraints. */
static bool look_at(walks *w, const oc_word *state, const oc_word *before, fault *best)
{
    static const uint32_t order[] = {STEP_INVARIANT, INVARIANT, REACHABLE, CONSTRAINT};
    for (uint32_t o = before ? 0 : 1; o < 4; o++)
        for (uint32_t k = 0; k < OC_PROPERTIES; k++) {
            if (oc_property_kind[k] != order[o]) continue;
            int value = evaluate(w, k, state, before, best);
            if (order[o] == REACHABLE) w->reached[k] |= value == 1;
            if (order[o] == CONSTRAINT && value == 0) return false;
        }
    return true;
}

/* What is wrong with a state in which nothing can happen. */
static fault at_an_end(walks *w, const oc_word *state)
{
    fault found = {NO_FLAW, 0, NEVER, 0};
    if (!w->options.deadlock || oc_at_rest(state)) return found;
    for (uint32_t k = 0; k < OC_PROPERTIES; k++) {
        if (oc_property_kind[k] != TERMINAL) continue;
        int value = evaluate(w, k, state, NULL, &found);
        if (value) return found;
    }
    return (fault){DEADLOCK, 0, NEVER, 0};
}

/* --- recording ------------------------------------------------------------------------ */

static bool record_way(walks *w, const oc_sink *from, const way *taken)
{
    recording *r = &w->recording;
    uint64_t count = r->label_count + 3 + taken->n_choices;
    uint32_t *labels = roomy(r->labels, count, &r->label_room, sizeof *labels);
    if (!labels) return false;
    r->labels = labels;
    uint32_t *at = labels + r->label_count;
    *at++ = taken->step;
    *at++ = taken->binding;
    *at++ = taken->n_choices;
    if (taken->n_choices)
        memcpy(at, from->choices + taken->choices, taken->n_choices * sizeof *at);
    r->label_count = count;
    return true;
}

static bool record_state(walks *w)
{
    recording *r = &w->recording;
    oc_word *states = roomy(r->states, r->state_count, &r->state_room, sizeof(record));
    if (!states) return false;
    r->states = states;
    memcpy(states + r->state_count++ * OC_WORDS, w->walk.state.words, sizeof(record));
    return true;
}

static bool record_ways(walks *w, uint64_t count)
{
    recording *r = &w->recording;
    uint64_t *ways = roomy(r->ways, r->way_count, &r->way_room, sizeof *ways);
    if (!ways) return false;
    r->ways = ways;
    ways[r->way_count++] = count;
    return true;
}

/* --- one run -------------------------------------------------------------------------- */

static bool depth_fits(walks *w, uint64_t steps)
{
    if (steps < w->depth_count) return true;
    depth *depths = roomy(w->depths, steps + 1, &w->depth_room, sizeof *depths);
    if (!depths) return false;
    w->depths = depths;
    while (w->depth_count <= steps) w->depths[w->depth_count++] = (depth){0};
    return true;
}

static void begin_run(walks *w)
{
    w->walk.random = mix(w->options.key + w->next * GOLDEN);
    w->walk.steps = 0;
    w->walk.under_way = true;
    w->last = (fault){NO_FLAW, 0, NEVER, 0};
    w->recording.state_count = w->recording.label_count = w->recording.way_count = 0;
}

static void end_run(walks *w, ending end)
{
    const fault *f = &w->last;
    w->runs++;
    w->ends[end]++;
    w->steps += w->walk.steps;
    w->depths[w->walk.steps].lengths++;
    w->last_end = end;
    w->walk.under_way = false;
    if (f->flaw == MODEL_ERROR) w->error_runs[f->key]++;
    if (f->flaw == BROKEN_STEP || f->flaw == BROKEN_STATE) w->broken_runs[f->key]++;
    if (f->flaw == DEADLOCK) w->deadlock_runs++;
    if (f->flaw != NO_FLAW && (!w->first_wrong || w->next < w->first_wrong)) w->first_wrong = w->next;
    w->next++;
}

/* Takes one of these ways, of which there is one; whether the run goes on, or how it ends. */
static ending take_way(walks *w, const oc_sink *from)
{
    walk *here = &w->walk;
    const way *taken = &from->ways[draw(&here->random, from->way_count)];
    if (w->options.record && !record_way(w, from, taken)) w->status = OC_NO_MEMORY;
    if (taken->kind != NO_ERROR) {
        w->last = (fault){MODEL_ERROR, taken->kind, NEVER, 0};
        return END_FAULT;
    }
    bool first = from == &w->starts;
    here->before = here->state;
    memcpy(here->state.words, from->targets + taken->target * OC_WORDS, sizeof here->state);
    if (w->options.record && !record_state(w)) w->status = OC_NO_MEMORY;
    w->depths[here->steps].runs++;
    w->visits[w->visit_count] = here->state;
    w->visit_steps[w->visit_count++] = (uint32_t)here->steps;
    bool inside = look_at(w, here->state.words, first ? NULL : here->before.words, &w->last);
    if (w->last.flaw != NO_FLAW) return END_FAULT;
    return inside ? GOES_ON : END_CONSTRAINT;
}

/* The ways out of the state that the run has come to; whether it goes on, or how it ends. */
static ending look_ahead(walks *w)
{
    walk *here = &w->walk;
    sink_clear(&w->sink);
    w->status = ways_out(&w->sink, here->state.words);
    if (w->status != OC_RUNNING) return GOES_ON;
    uint64_t ways = w->sink.way_count;
    if (w->options.record && !record_ways(w, ways)) w->status = OC_NO_MEMORY;
    w->depths[here->steps].asked++;
    w->depths[here->steps].ways += ways;
    if (ways) return here->steps == w->options.max_steps ? END_STEPS : GOES_ON;
    w->last = at_an_end(w, here->state.words);
    return w->last.flaw == NO_FLAW ? END_STUCK : END_FAULT;
}

/* One step of the run under way, or the beginning of the next one. */
static void step_on(walks *w)
{
    if (!depth_fits(w, w->walk.steps + 1)) {
        w->status = OC_NO_MEMORY;
        return;
    }
    bool first = !w->walk.under_way;
    if (first) begin_run(w);
    const oc_sink *from = first ? &w->starts : &w->sink;
    if (!from->way_count) {
        end_run(w, END_NO_START);
        return;
    }
    if (!first) w->walk.steps++;
    ending end = take_way(w, from);
    if (end == GOES_ON) end = look_ahead(w);
    if (w->sink.unable) w->status = OC_UNABLE;
    if (w->status == OC_RUNNING && end != GOES_ON) end_run(w, end);
}

/* What runs may take in any case. */
#define FEW_BYTES ((uint64_t)1 << 20)

/* Finds the ways into the initial states, as many as there is time for. */
static void find_starts(walks *w, uint64_t deadline)
{
    while (!w->place.ended && w->status == OC_RUNNING && now_ns() <= deadline) {
        w->status = ways_in(&w->starts, &w->place);
        const uint64_t most = w->options.max_bytes, bytes = sink_bytes(&w->starts);
        if (most && bytes > most && bytes > FEW_BYTES) w->status = OC_NO_MEMORY;
    }
}

/* Takes the runs [first, first + count) for about so long; OC_COMPLETE when they are done. */
static oc_status walks_on(walks *w, uint64_t nanoseconds)
{
    uint64_t deadline = now_ns() + nanoseconds;
    find_starts(w, deadline);
    if (w->status != OC_RUNNING || !w->place.ended) return w->status;
    while (w->status == OC_RUNNING && w->next < w->end) {
        if (w->visit_count == VISITS) {
            if (!settle_visits(w, deadline)) return OC_RUNNING;
            if (now_ns() > deadline) return OC_RUNNING;
        }
        step_on(w);
    }
    if (w->status != OC_RUNNING) return w->status;
    return settle_visits(w, deadline) ? OC_COMPLETE : OC_RUNNING;
}

/* --- all runs ------------------------------------------------------------------------- */

/* Adds the states that another has met; OC_COMPLETE when all are there. */
static oc_status walks_merge(walks *w, const walks *other, uint64_t nanoseconds)
{
    uint64_t deadline = now_ns() + nanoseconds;
    while (w->merged < other->met.count && !w->crowded) {
        uint64_t left = other->met.count - w->merged, piece = left < VISITS ? left : VISITS;
        for (uint64_t k = 0; k < piece; k++) {
            memcpy(w->visits[k].words, known_at(&other->met, w->merged + k), sizeof(record));
            w->visit_steps[k] = other->least[w->merged + k];
        }
        w->visit_count = (uint32_t)piece;
        if (!settle_visits(w, deadline)) return OC_RUNNING;
        w->merged += piece;
        if (now_ns() > deadline) return OC_RUNNING;
    }
    w->merged = 0;
    return OC_COMPLETE;
}

static void walks_free(walks *w)
{
    ways_close(&w->starts);
    ways_close(&w->sink);
    known_close(&w->met);
    release(w->least);
    release(w->depths);
    release(w->recording.states);
    release(w->recording.labels);
    release(w->recording.ways);
    release(w);
}
