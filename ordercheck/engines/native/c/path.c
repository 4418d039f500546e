/* The one trace to show: a shortest one; of these one with the fewest switches of actor; of these
   the least by its labels. See ../../../checking/canonical.py, which does the same in Python.

   The levels are gone through backwards. For each state of level d that lies on a shortest path
   to the end, its map holds what is onward from there: the fewest switches still to come, and the
   set of actors that may take the next step with so few. Any other actor costs one switch more,
   so no more than that needs to be known. Then one walk forwards takes the best way each time.

   Nothing here depends on the order of the states in a level. Where memory does not suffice for
   these maps, each keeps only its least state: the trace is then a shortest one, and still the
   same on every machine, but perhaps not the one with the fewest switches. */

#define ACTOR_WORDS ((OC_MOST_ACTORS + 63) / 64 + (OC_MOST_ACTORS == 0))

typedef enum { END_ERROR, END_STEP, END_STATE, END_DEADLOCK } flaw;

typedef struct onward {
    uint32_t cost; /* the fewest switches, plus 1; 0 in an empty place of a map */
    uint64_t actors[ACTOR_WORDS];
} onward;

typedef struct onward_map {
    whole *states;
    onward *values;
    uint64_t capacity, count;
} onward_map;

typedef struct paths {
    flaw flaw;
    uint32_t key;   /* which kind of error, or which property */
    uint32_t steps; /* of the trace */
    bool narrow;    /* only the least state of each level is kept */
    onward_map *maps; /* by level, steps + 1 of them */
    onward_map bigger; /* takes the place of the present level's map when all has been moved */
    uint64_t moved;    /* places of the old one that have been */
    uint64_t bytes, most; /* of the maps; 0: no bound */
    uint32_t level; /* the one being gone through; steps: the ends themselves */
    uint64_t run, position; /* in it: segment and place */
    oc_sink sink;

    /* The walk forwards. */
    oc_place place;  /* in the initial states */
    uint32_t least;  /* the fewest switches from any of these */
    uint32_t walked; /* the level that it comes to next; 0: the initial states */
    whole here;
    uint32_t actor;  /* who took the last step */
    bool ended;      /* in a model error */
    uint32_t *labels; /* step, binding, number of choices, choices */
    size_t label_count, label_room;
} paths;

/* --- maps ----------------------------------------------------------------------------- */

static inline uint64_t place_of(const oc_word *state, const onward_map *m)
{
    return (uint64_t)((unsigned __int128)hash_state(state) * m->capacity >> 64);
}

static onward *map_find(const onward_map *m, const oc_word *state)
{
    if (m->count == 0) return NULL;
    uint64_t at = place_of(state, m);
    for (; m->values[at].cost; at = at + 1 == m->capacity ? 0 : at + 1)
        if (!memcmp(m->states[at].words, state, sizeof(whole))) return &m->values[at];
    return NULL;
}

static void map_close(onward_map *m)
{
    release_zeroed(m->states, m->capacity * sizeof *m->states);
    release_zeroed(m->values, m->capacity * sizeof *m->values);
    *m = (onward_map){0};
}

static uint64_t map_bytes(uint64_t capacity)
{
    return capacity * (sizeof(whole) + sizeof(onward));
}

static bool map_open(paths *p, onward_map *m, uint64_t capacity)
{
    uint64_t bytes = map_bytes(capacity);
    if (p->most && p->bytes + bytes > p->most && !p->narrow) return false;
    m->states = zeroed(capacity * sizeof *m->states);
    m->values = m->states ? zeroed(capacity * sizeof *m->values) : NULL;
    m->capacity = capacity;
    if (!m->values) {
        map_close(m);
        return false;
    }
    p->bytes += bytes;
    return true;
}

static void map_set(onward_map *m, const oc_word *state, const onward *made)
{
    uint64_t at = place_of(state, m);
    while (m->values[at].cost) at = at + 1 == m->capacity ? 0 : at + 1;
    memcpy(m->states[at].words, state, sizeof m->states[at].words);
    m->values[at] = *made;
    m->count++;
}

static bool is_before(const oc_word *a, const oc_word *b)
{
    for (int k = 0; k < OC_WORDS; k++)
        if (a[k] != b[k]) return a[k] < b[k];
    return false;
}

/* Where only the least state is kept: whether this one takes its place. */
static bool is_least(onward_map *m, const oc_word *state)
{
    if (m->count == 0) return true;
    uint64_t at = 0;
    while (!m->values[at].cost) at++;
    if (!is_before(state, m->states[at].words)) return false;
    m->values[at].cost = 0;
    m->count = 0;
    return true;
}

static void map_put(paths *p, onward_map *m, const oc_word *state, const onward *made)
{
    if (!p->narrow || is_least(m, state)) map_set(m, state, made);
}

static bool needs_growth(const onward_map *m) { return m->count >= m->capacity / 3 * 2; }

/* Goes on making the present level's map larger, until that is done or the time is up. False if
   there is no memory for it. */
static bool map_grow_on(search *s, paths *p, onward_map *m)
{
    if (!p->bigger.capacity) {
        p->moved = 0;
        if (!map_open(p, &p->bigger, m->capacity ? 2 * m->capacity : 64)) return false;
    }
    for (; p->moved < m->capacity; p->moved++) {
        uint64_t k = p->moved;
        if (m->values[k].cost) map_set(&p->bigger, m->states[k].words, &m->values[k]);
        if ((k & 4095) == 4095 && now_ns() > s->deadline) {
            p->moved++;
            return true;
        }
    }
    p->bytes -= map_bytes(m->capacity);
    map_close(m);
    *m = p->bigger;
    p->bigger = (onward_map){0};
    return true;
}

/* --- ends ----------------------------------------------------------------------------- */

static bool is_active(const search *s, uint32_t property, uint32_t steps)
{
    return steps <= s->last_steps[property];
}

/* Whether evaluating what is checked in a state ends in the model error looked for. */
static bool errs(const search *s, paths *p, const oc_word *state)
{
    const int wanted = 2 + (int)p->key;
    for (uint32_t k = 0; k < PROPERTIES; k++) {
        uint32_t kind = oc_property_kind[k];
        if ((kind == INVARIANT || kind == REACHABLE) && is_active(s, k, p->steps) &&
            oc_property(k, state, NULL, &p->sink) == wanted)
            return true;
    }
    for (uint32_t k = 0; k < PROPERTIES; k++) {
        if (oc_property_kind[k] != CONSTRAINT) continue;
        int result = oc_property(k, state, NULL, &p->sink);
        if (result == wanted) return true;
        if (result == 0) return false; /* later ones are not looked at */
    }
    return false;
}

static bool is_end_state(const search *s, paths *p, const oc_word *state)
{
    if (p->flaw == END_STATE) return oc_property(p->key, state, NULL, &p->sink) == 0;
    return p->flaw == END_ERROR && errs(s, p, state);
}

static bool is_end_step(const search *s, paths *p, const oc_word *before, const oc_word *after)
{
    if (p->flaw == END_STEP) return oc_property(p->key, after, before, &p->sink) == 0;
    if (p->flaw != END_ERROR) return false;
    for (uint32_t k = 0; k < PROPERTIES; k++)
        if (oc_property_kind[k] == STEP_INVARIANT && is_active(s, k, p->steps) &&
            oc_property(k, after, before, &p->sink) == 2 + (int)p->key)
            return true;
    return false;
}

/* Whether a state of the last level has no transitions and is wrong for that. */
static bool is_stuck_end(search *s, paths *p, const oc_word *state)
{
    sink_clear(&p->sink);
    oc_successors(state, &p->sink);
    if (p->sink.taken) return false;
    int wanted = p->flaw == END_DEADLOCK ? 1 : 2 + (int)p->key;
    return is_deadlock(s, state, &p->sink) == wanted;
}

/* --- backwards ------------------------------------------------------------------------ */

enum { LEADS_NOWHERE = UINT32_MAX };

/* The fewest switches after a transition taken by `actor`: NO_ACTOR for the first. */
#define NO_ACTOR UINT32_MAX
static uint32_t switches(const onward *after, uint32_t actor)
{
    uint32_t cost = after->cost - 1;
    if (actor == NO_ACTOR || after->actors[actor / 64] >> actor % 64 & 1) return cost;
    return cost + 1;
}

/* The switches that follow a way out of a state (NULL: into the first) of the level before
   `level`, or LEADS_NOWHERE. */
static uint32_t switches_after(search *s, paths *p, const oc_word *before, const way *taken,
                               uint32_t level, uint32_t actor)
{
    if (taken->kind != NO_ERROR) {
        bool wanted = p->flaw == END_ERROR && level == p->steps && taken->kind == p->key;
        return wanted ? 0 : LEADS_NOWHERE;
    }
    const oc_word *target = p->sink.targets + taken->target * OC_WORDS;
    if (level == p->steps) {
        if (is_end_state(s, p, target)) return 0;
        if (before && is_end_step(s, p, before, target)) return 0;
    }
    const onward *after = map_find(&p->maps[level], target);
    return after ? switches(after, actor) : LEADS_NOWHERE;
}

/* Collects the ways out of a state in the sink. */
static bool collect(paths *p, const oc_word *state)
{
    sink_clear(&p->sink);
    oc_successors(state, &p->sink);
    return !p->sink.starved;
}

/* Finds out whether a state of this level is on a path to the end, and notes what is onward:
   there is room for it in the level's map. */
static bool go_through(search *s, paths *p, const oc_word *state)
{
    onward made = {0};
    if (p->level == p->steps) {
        if (!is_stuck_end(s, p, state)) return true;
        made.cost = 1;
        memset(made.actors, 0xff, sizeof made.actors);
        map_put(p, &p->maps[p->level], state, &made);
        return true;
    }
    if (!collect(p, state)) return false;
    uint32_t least = LEADS_NOWHERE;
    for (size_t k = 0; k < p->sink.way_count; k++) {
        const way *taken = &p->sink.ways[k];
        uint32_t actor = oc_actor(taken->step, taken->binding);
        uint32_t cost = switches_after(s, p, state, taken, p->level + 1, actor);
        if (cost == LEADS_NOWHERE || cost > least) continue;
        if (cost < least) memset(made.actors, 0, sizeof made.actors);
        least = cost;
        made.actors[actor / 64] |= (uint64_t)1 << actor % 64;
    }
    if (least == LEADS_NOWHERE) return true;
    made.cost = least + 1;
    map_put(p, &p->maps[p->level], state, &made);
    return true;
}

/* --- forwards ------------------------------------------------------------------------- */

static bool add_label(paths *p, const way *taken)
{
    size_t needed = p->label_count + 3 + taken->n_choices;
    if (needed > p->label_room) {
        uint32_t *labels = reallocate(p->labels, 2 * needed * sizeof *labels);
        if (!labels) return false;
        p->labels = labels;
        p->label_room = 2 * needed;
    }
    uint32_t *at = p->labels + p->label_count;
    *at++ = taken->step;
    *at++ = taken->binding;
    *at++ = taken->n_choices;
    if (taken->n_choices)
        memcpy(at, p->sink.choices + taken->choices, taken->n_choices * sizeof *at);
    p->label_count = needed;
    return true;
}

/* The best of the ways in the sink, which lead to level `level`: one with fewer switches after it
   than `least`, which is theirs from now on. NULL if there is none. Transitions come in the order
   of their labels, so the first of equals is the one. */
static const way *best_way(search *s, paths *p, const oc_word *state, uint32_t level,
                           uint32_t *least)
{
    const way *best = NULL;
    for (size_t k = 0; k < p->sink.way_count; k++) {
        const way *taken = &p->sink.ways[k];
        uint32_t next = level ? oc_actor(taken->step, taken->binding) : NO_ACTOR;
        uint32_t cost = switches_after(s, p, state, taken, level, next);
        if (cost == LEADS_NOWHERE) continue;
        cost += level > 1 && next != p->actor;
        if (cost >= *least) continue;
        *least = cost;
        best = taken;
    }
    return best;
}

/* Takes a way, which becomes the trace's last one. What that ends, if it ends anything. */
static oc_status walk_along(paths *p, const way *taken)
{
    if (!add_label(p, taken)) return OC_NO_MEMORY;
    p->ended = taken->kind != NO_ERROR;
    if (p->ended) return OC_RUNNING;
    memcpy(p->here.words, p->sink.targets + taken->target * OC_WORDS, sizeof p->here.words);
    p->actor = p->walked ? oc_actor(taken->step, taken->binding) : NO_ACTOR;
    return OC_RUNNING;
}

/* Begins in the best of the initial states; as many of them are looked at as there is time for. */
static oc_status walk_in(search *s, paths *p)
{
    while (!p->place.ended) {
        sink_clear(&p->sink);
        oc_starts(&p->sink, &p->place);
        if (p->sink.starved) return OC_NO_MEMORY;
        const way *best = best_way(s, p, NULL, 0, &p->least);
        if (best) p->label_count = 0;
        if (best && walk_along(p, best) != OC_RUNNING) return OC_NO_MEMORY;
        if (!p->place.ended && now_ns() > s->deadline) return OC_RUNNING;
    }
    if (!p->label_count) return OC_NO_PATH;
    p->walked = 1;
    return OC_RUNNING;
}

/* Takes the best way each time, until the time is up. */
static oc_status walk_forwards(search *s, paths *p)
{
    if (p->walked == 0) {
        oc_status status = walk_in(s, p);
        if (status != OC_RUNNING || p->walked == 0) return status;
    }
    for (; p->walked <= p->steps && !p->ended; p->walked++) {
        uint32_t least = LEADS_NOWHERE;
        if (!collect(p, p->here.words)) return OC_NO_MEMORY;
        const way *best = best_way(s, p, p->here.words, p->walked, &least);
        if (!best) return OC_NO_PATH;
        oc_status status = walk_along(p, best);
        if (status != OC_RUNNING) return status;
        if (p->walked % 64 == 0 && now_ns() > s->deadline) return p->walked++, OC_RUNNING;
    }
    return p->walked == p->steps + 1 ? OC_COMPLETE : OC_NO_PATH;
}

/* --- the whole ------------------------------------------------------------------------ */

static void paths_close(search *s)
{
    paths *p = s->paths;
    if (!p) return;
    for (uint32_t k = 0; p->maps && k <= p->steps; k++) map_close(&p->maps[k]);
    map_close(&p->bigger);
    release(p->maps);
    release(p->labels);
    sink_close(&p->sink);
    release(p);
    s->paths = NULL;
}

static bool paths_open(search *s, uint32_t flaw_, uint32_t key, uint32_t steps, bool narrow)
{
    paths_close(s);
    paths *p = s->paths = allocate(sizeof *p);
    if (!p) return false;
    memset(p, 0, sizeof *p);
    p->flaw = (flaw)flaw_;
    p->key = key;
    p->steps = steps;
    p->narrow = narrow;
    p->least = LEADS_NOWHERE;
    p->actor = NO_ACTOR;
    p->sink.search = s;
    /* What a trace's search evaluates is nothing that the search has not. */
    p->sink.reached = s->reached;
    p->sink.scratch = s->workers[0].sink.scratch;
    uint64_t kept = atomic_load(&s->store.in_memory) * CHUNK_BYTES, all = s->options.max_bytes;
    if (all) p->most = all > kept ? all - kept : 1;
    p->maps = allocate((steps + 1) * sizeof *p->maps);
    if (!p->maps) return false;
    memset(p->maps, 0, (steps + 1) * sizeof *p->maps);
    if (!sink_keep_ways(&p->sink)) return false;
    /* Only stuck states are ends that need to be looked for in their own level. */
    bool by_state = p->flaw == END_DEADLOCK || p->flaw == END_ERROR;
    p->level = by_state && steps < s->levels ? steps : steps - 1;
    p->run = p->level < s->levels ? s->level_first[p->level] : 0;
    return true;
}

/* Goes through the states of a level; true once it has been finished. */
static bool level_backwards(search *s, paths *p, oc_status *status)
{
    uint32_t ticks = 0;
    for (; p->run < s->level_first[p->level + 1]; p->run++, p->position = 0) {
        const segment *here = &s->segments.at[p->run];
        while (p->position < here->count) {
            onward_map *m = &p->maps[p->level];
            if (needs_growth(m)) {
                if (!map_grow_on(s, p, m)) return *status = OC_NO_MEMORY, false;
                if (needs_growth(m)) return false; /* the time is up */
            }
            whole room;
            const oc_word *state = state_at(s, here->start + p->position++, room.words);
            if (!go_through(s, p, state)) return *status = OC_NO_MEMORY, false;
            if ((++ticks & 63) == 0 && now_ns() > s->deadline) {
                forget_states(s, p->level, here->before, here->before + p->position);
                return false;
            }
        }
    }
    forget_states(s, p->level, 0, s->level_states[p->level]);
    return true;
}

static oc_status paths_on(search *s, uint64_t nanoseconds)
{
    paths *p = s->paths;
    oc_status status = OC_RUNNING;
    s->deadline = now_ns() + nanoseconds;
    /* After level 0 comes UINT32_MAX: all levels have been gone through. */
    while (p->level != UINT32_MAX) {
        if (!level_backwards(s, p, &status)) return status;
        p->level--;
        if (p->level != UINT32_MAX) p->run = s->level_first[p->level];
        p->position = 0;
    }
    return walk_forwards(s, p);
}
