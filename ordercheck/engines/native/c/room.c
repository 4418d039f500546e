/* Making room, between two rounds, when the table or the store is full:

        a larger table, as far as the bound on memory allows;        GROWING
        else the states of the store go to disk, where the table     EVICTING
        can do without them;
        else on from disk (disk.c), where what has been found is     GATHERING, SORTING, WRITING,
        written whenever the small table there is full.              MERGING_RUNS

   Each of these takes long for a large table, so it is a chore, done in slices: whoever called
   has to be able to ask for progress, and to stop. */

/* What compressed states are made of. */
static uint64_t pairs_bytes(const search *s)
{
#if COMPRESSED
    return tree_bytes(&s->tree);
#else
    return (void)s, 0;
#endif
}

/* The same once more pairs are needed. */
static uint64_t pairs_bytes_growing(const search *s)
{
#if COMPRESSED
    return tree_bytes_growing(&s->tree);
#else
    return (void)s, 0;
#endif
}

static uint64_t bytes_used(const search *s)
{
    uint64_t bytes = slots_bytes(s->seen.capacity) + slots_bytes(s->disk.recent.capacity);
    bytes += atomic_load(&s->store.in_memory) * CHUNK_BYTES;
    bytes += disk_bytes(&s->disk) + s->segments.room * sizeof(segment) + pairs_bytes(s);
    for (uint32_t k = 0; k < s->options.workers; k++) {
        bytes += s->workers[k].sink.room * (STATE_BYTES + sizeof(uint64_t));
        bytes += OC_FILTER * sizeof(oc_word);
    }
    return bytes;
}

static uint64_t buffered(const search *s)
{
    uint64_t count = 0;
    for (uint32_t k = 0; k < s->options.workers; k++) count += s->workers[k].sink.count;
    return count;
}

/* --- memory --------------------------------------------------------------------------- */

/* The part of the bound that is kept for the search from disk. */
static uint64_t reserve(const search *s) { return s->options.max_bytes / 4; }

/* How large the table may get at present; 0 where even its present size is too much. */
static uint64_t largest_table(const search *s)
{
    uint64_t store = atomic_load(&s->store.in_memory) * CHUNK_BYTES + reserve(s);
    store += pairs_bytes_growing(s);
    return store >= s->options.max_bytes ? 0 : (s->options.max_bytes - store) / sizeof(slot_word);
}

/* A share of what the table leaves, but one chunk for each worker at least. */
static void allow_chunks(search *s)
{
    if (!s->options.max_bytes) return;
    uint64_t taken = slots_bytes(s->seen.capacity) + reserve(s) + pairs_bytes_growing(s);
    uint64_t left = taken < s->options.max_bytes ? s->options.max_bytes - taken : 0;
    uint64_t chunks = left / CHUNK_BYTES;
    uint64_t least = 2 * (uint64_t)s->options.workers;
    s->store.allowed = chunks > least ? chunks : least;
}

/* The capacity to grow to for so many states. By halves where states are narrow, so that memory is
   never much more than what is needed; by more where a slot is little beside a state: probes are
   shorter then. */
static uint64_t wanted_capacity(const search *s, uint64_t states)
{
    const uint64_t least = CAPACITY_FOR(states), now = s->seen.capacity;
    uint64_t usual = now < 1u << 20 ? 2 * now : now + now / 2;
    if (OC_WORDS >= 3 || QUOTIENT) usual = 2 * now;
    if (OC_WORDS >= 8) usual = 3 * now;
    return usual > least ? usual : least;
}

/* Begins a larger table, as far as the bound allows. False if it would not be enough. */
static bool grow_within_bound(search *s, uint64_t needed)
{
    uint64_t capacity = wanted_capacity(s, needed);
    uint64_t most = s->options.max_bytes ? largest_table(s) : UINT64_MAX;
    if (most < fitting(capacity)) capacity = fitting_within(most);
    /* Growing by less than a fifth is not worth moving everything. */
    if (capacity < s->seen.capacity / 5 * 6 || FULL_ENOUGH(capacity) < needed) return false;
    if (!growth_begin(&s->seen, &s->store, &s->growth, capacity)) return false;
    s->chore = GROWING;
    return true;
}

static bool lacks_chunks(const search *s)
{
    return atomic_load(&s->store.in_memory) >= s->store.allowed;
}

/* With a margin for what all workers reserve at the same time. */
static uint64_t states_needed(const search *s)
{
    return atomic_load(&s->seen.count) + 2 * buffered(s) + 2 * BATCH * s->options.workers;
}

static bool is_full(const search *s, uint64_t needed)
{
    return needed > s->seen.limit || (QUOTIENT && atomic_load(&s->seen.crowded));
}

static oc_status go_on_from_disk(search *s)
{
    return go_to_disk(s, s->options.max_bytes ? reserve(s) : bytes_used(s) / 4);
}

/* Whether the system gives no chunk, though the bound would allow it. */
static bool is_refused_chunks(const search *s)
{
    bool wanted = false;
    for (uint32_t k = 0; k < s->options.workers; k++) wanted |= s->workers[k].wants_chunk;
    return wanted && !lacks_chunks(s);
}

#if COMPRESSED
static bool wants_pairs(const search *s)
{
    for (uint32_t k = 0; k < s->options.workers; k++)
        if (s->workers[k].wants_pairs) return true;
    return false;
}

/* Whether states share so few of their pairs that they would take less room as they are. */
static bool is_incompressible(const search *s)
{
    uint64_t states = atomic_load(&s->seen.count);
    return tree_bytes(&s->tree) > states * (OC_WORDS - STORED) * sizeof(oc_word) &&
           atomic_load(&s->tree.count) > ENOUGH_PAIRS;
}

/* Whether the bound has no room for more pairs. They are looked up all the time, so it would be no
   use to have them on disk; states that are whole can be there. */
static bool lacks_pairs(const search *s)
{
    const uint64_t pairs = pairs_bytes_growing(s), all = bytes_used(s) - pairs_bytes(s) + pairs;
    return s->options.max_bytes && all > s->options.max_bytes && pairs > OC_PAIRS_ANYWAY;
}

/* Begins to make room for more pairs. */
static oc_status begin_pairs(search *s)
{
    if (is_incompressible(s) || lacks_pairs(s)) return OC_INCOMPRESSIBLE;
    if (!tree_grow_begin(&s->tree)) return OC_NO_MEMORY;
    s->chore = PAIRING;
    return OC_RUNNING;
}
#endif

/* Begins to make room for more states: in memory as long as there is any, then on disk. */
static oc_status begin_room(search *s)
{
#if COMPRESSED
    if (wants_pairs(s)) return begin_pairs(s);
#endif
    bool refused = is_refused_chunks(s);
    if (s->disk.on) {
        /* Not even one chunk, and nothing to write that would give some back. */
        bool empty = atomic_load(&s->disk.recent.count) == 0;
        return refused && empty ? OC_NO_MEMORY : spill_begin(s, SPILL);
    }
    if (refused) return go_on_from_disk(s);
    uint64_t needed = states_needed(s);
    bool full = is_full(s, needed);
    if (full && !lacks_chunks(s) && grow_within_bound(s, needed)) return OC_RUNNING;
    if (KEYED && s->options.max_bytes) return evict_begin(s);
    return go_on_from_disk(s);
}

/* The store is on disk: perhaps the table may grow now. */
static oc_status after_eviction(search *s)
{
    uint64_t needed = states_needed(s);
    bool full = is_full(s, needed);
    if (!lacks_chunks(s) && (!full || grow_within_bound(s, needed))) return OC_RUNNING;
    return go_on_from_disk(s);
}

/* `recent` is empty. One state may have more successors than it holds: the bound gives way. */
static oc_status after_spill(search *s)
{
    if (buffered(s) <= s->disk.recent.limit) return OC_RUNNING;
    uint64_t capacity = CAPACITY_FOR(buffered(s));
    table_close(&s->disk.recent);
    return table_open(&s->disk.recent, capacity) ? OC_RUNNING : OC_NO_MEMORY;
}

/* Goes on with what is to be done before the next round, until the deadline. */
static oc_status chore_on(search *s, uint64_t deadline)
{
    oc_status status = OC_RUNNING;
    bool done = false;
    const chore now = s->chore;
    if (now == GROWING)
        done = growth_on(&s->seen, &s->store, &s->growth, deadline);
#if COMPRESSED
    else if (now == PAIRING)
        done = tree_grow_on(&s->tree, deadline);
#endif
    else if (now == EVICTING)
        status = evict_on(s, deadline, &done);
    else
        status = disk_chore_on(s, deadline, &done);
    if (!done || status != OC_RUNNING) return status;
    s->chore = NO_CHORE;
    if (now == EVICTING) return after_eviction(s);
    if (now == PAIRING) return OC_RUNNING;
    if (now != GROWING) return after_spill(s);
    allow_chunks(s);
    return OC_RUNNING;
}

/* Goes on until all room is made, or the time is up. */
static oc_status chores_on(search *s, uint64_t deadline)
{
    oc_status status = OC_RUNNING;
    while (status == OC_RUNNING && s->chore != NO_CHORE) {
        status = chore_on(s, deadline);
        if (now_ns() > deadline) break;
    }
    return status;
}
