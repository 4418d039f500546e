/* Level by level: what happens between the rounds. */

static uint64_t table_bytes(uint64_t capacity) { return capacity * sizeof(uint64_t); }

static uint64_t bytes_used(const search *s)
{
    uint64_t bytes = table_bytes(s->seen.capacity) + table_bytes(s->disk.recent.capacity);
    bytes += DIRECT ? 0 : table_bytes(s->growth.bigger.capacity);
    bytes += atomic_load(&s->store.in_memory) * CHUNK_BYTES;
    for (uint32_t k = 0; k < s->options.workers; k++)
        bytes += s->workers[k].sink.room * (OC_WORDS + 1) * sizeof(oc_word);
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
    /* Not DIRECT: while it grows, the old table is there as well. */
    store += DIRECT ? 0 : table_bytes(s->seen.capacity);
    return store >= s->options.max_bytes ? 0 : (s->options.max_bytes - store) / sizeof(uint64_t);
}

/* A share of what the table leaves, but one chunk for each worker at least. */
static void allow_chunks(search *s)
{
    if (!s->options.max_bytes) return;
    uint64_t taken = table_bytes(s->seen.capacity) + reserve(s);
    uint64_t chunks = taken < s->options.max_bytes ? (s->options.max_bytes - taken) / CHUNK_BYTES : 0;
    uint64_t least = 2 * (uint64_t)s->options.workers;
    s->store.allowed = chunks > least ? chunks : least;
}

/* Goes on with a larger table that is under way. */
static void grow_on(search *s, uint64_t deadline)
{
    growth_on(&s->seen, &s->store, &s->growth, deadline);
    if (!s->growth.on) allow_chunks(s);
}

/* The capacity to grow to for so many states: by halves where it is large, so that memory is
   never much more than what is needed. */
static uint64_t wanted_capacity(const search *s, uint64_t states)
{
    uint64_t least = states / 3 * 4 + 64;
    uint64_t usual = s->seen.capacity + s->seen.capacity / (s->seen.capacity < (1u << 20) ? 1 : 2);
    return usual > least ? usual : least;
}

/* Begins a larger table, as far as the bound allows. False if it would not be enough. */
static bool grow_within_bound(search *s, uint64_t needed)
{
    uint64_t capacity = wanted_capacity(s, needed);
    uint64_t most = s->options.max_bytes ? largest_table(s) : UINT64_MAX;
    if (most < capacity) capacity = most;
    /* Growing by less than a fifth is not worth copying everything. */
    if (capacity < s->seen.capacity / 5 * 6 || FULL_ENOUGH(capacity) < needed) return false;
    return growth_begin(&s->growth, capacity);
}

static bool lacks_chunks(const search *s)
{
    return atomic_load(&s->store.in_memory) >= s->store.allowed;
}

static oc_status make_room_on_disk(search *s)
{
    oc_status status = spill_recent(s);
    if (status != OC_RUNNING || buffered(s) <= s->disk.recent.limit) return status;
    /* One state has more successors than `recent` holds: the bound gives way. */
    uint64_t capacity = buffered(s) / 3 * 4 + 64;
    table_close(&s->disk.recent);
    return table_open(&s->disk.recent, capacity) ? OC_RUNNING : OC_NO_MEMORY;
}

/* Begins to make room for more states: in memory as long as there is any, then on disk. */
static oc_status begin_room(search *s)
{
    if (s->disk.on) return make_room_on_disk(s);
    /* With a margin for what all workers reserve at the same time. */
    uint64_t needed = atomic_load(&s->seen.count) + 2 * buffered(s) + 2 * BATCH * s->options.workers;
    bool full = needed > s->seen.limit;
    if (full && !lacks_chunks(s) && grow_within_bound(s, needed)) return OC_RUNNING;
    if (DIRECT && s->options.max_bytes) {
        /* The table can do without the states in the store. */
        oc_status status = evict_chunks(s);
        if (status != OC_RUNNING) return status;
        if (!lacks_chunks(s) && (!full || grow_within_bound(s, needed))) return OC_RUNNING;
    }
    return go_to_disk(s, s->options.max_bytes ? reserve(s) : bytes_used(s) / 4);
}

static oc_status make_room(search *s)
{
    oc_status status = begin_room(s);
    while (s->growth.on) grow_on(s, UINT64_MAX);
    return status;
}

/* --- levels --------------------------------------------------------------------------- */

static bool add_level_segment(search *s, segment run, uint64_t *before)
{
    if (!add_segment(&s->segments, run.start, run.count)) return false;
    s->segments.at[s->segments.count - 1].before = *before;
    *before += run.count;
    return true;
}

/* Room for one more level. */
static bool grow_levels(search *s)
{
    if (s->levels + 1 < s->level_room) return true;
    uint32_t room = s->level_room ? 2 * s->level_room : 64;
    uint64_t *first = reallocate(s->level_first, (room + 1) * sizeof *first);
    if (!first) return false;
    s->level_first = first;
    uint64_t *states = reallocate(s->level_states, room * sizeof *states);
    if (!states) return false;
    s->level_states = states;
    s->level_room = room;
    return true;
}

/* The new level's segments, from wherever they are. */
static bool gather_segments(search *s, uint64_t *states)
{
    disk *d = &s->disk;
    for (uint64_t k = 0; k < d->early.count; k++)
        if (!add_level_segment(s, d->early.at[k], states)) return false;
    d->early.count = 0;
    if (d->on) {
        segment merged = {d->out_start, d->out.next - d->out_start, 0};
        return merged.count == 0 || add_level_segment(s, merged, states);
    }
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        if (!close_segment(w)) return false;
        for (uint64_t i = 0; i < w->filled.count; i++)
            if (!add_level_segment(s, w->filled.at[i], states)) return false;
        w->filled.count = 0;
    }
    return true;
}

/* Lets go of the memory into which a level on disk was read. */
static void forget_level(search *s, uint32_t level)
{
    for (uint64_t k = s->level_first[level]; k < s->level_first[level + 1]; k++) {
        const segment *run = &s->segments.at[k];
        store_forget(&s->store, run->start / CHUNK, (run->start + run->count - 1) / CHUNK + 1);
    }
}

/* The level's states are all expanded: what its transitions lead to is the next level. */
static oc_status finish_level(search *s)
{
    uint64_t found = 0;
    if (!grow_levels(s)) return OC_NO_MEMORY;
    s->level_first[s->levels] = s->segments.count;
    if (!gather_segments(s, &found)) return OC_NO_MEMORY;
    if (s->levels > 0) forget_level(s, s->levels - 1);
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        s->transitions += w->transitions;
        s->stuck += w->stuck;
        w->transitions = w->stuck = w->found = 0;
    }
    retire_known(s, s->levels);
    if (s->levels == 0) s->transitions = 0, s->initial = found;
    s->states += found;
    if (found) {
        s->level_states[s->levels] = found;
        s->level_first[++s->levels] = s->segments.count;
    }
    atomic_store(&s->cursor, 0);
    s->phase = found ? EXPANDING : FINISHED;
    return OC_RUNNING;
}

static bool anything_wrong(const search *s)
{
    bool wrong = atomic_load(&s->deadlock_steps) != NEVER;
    for (uint32_t k = 0; k < SOME(OC_KINDS); k++) wrong |= atomic_load(&s->error_steps[k]) != NEVER;
    for (uint32_t k = 0; k < PROPERTIES; k++) wrong |= atomic_load(&s->broken_steps[k]) != NEVER;
    return wrong;
}

/* Whether to go on with the next level. */
static oc_status goes_on(const search *s)
{
    if (s->phase == FINISHED) return OC_COMPLETE;
    if (!s->options.continue_ && anything_wrong(s)) return OC_FOUND;
    if (s->options.max_depth && s->levels >= s->options.max_depth) return OC_LIMIT_DEPTH;
    return OC_RUNNING;
}

static oc_status failure(const search *s)
{
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        if (has_failed(w)) return w->status;
    }
    return OC_RUNNING;
}

/* The states stored so far. From disk, at most: a merge may show that some have been seen. */
static uint64_t states_now(const search *s)
{
    uint64_t count = s->states;
    for (uint32_t k = 0; k < s->options.workers; k++) count += s->workers[k].found;
    return count;
}

/* --- the phases ----------------------------------------------------------------------- */

static oc_status start_states(search *s)
{
    worker *w = &s->workers[0];
    oc_starts(&w->sink);
    s->phase = MERGING;
    while (w->sink.count > 0 && !flush(w) && (w->wants_room || w->wants_chunk)) {
        w->wants_room = w->wants_chunk = false;
        oc_status status = make_room(s);
        if (status != OC_RUNNING) return status;
    }
    return failure(s);
}

static oc_status expand_level(search *s)
{
    run_round(s);
    oc_status status = failure(s);
    if (status != OC_RUNNING) return status;
    bool full = false;
    for (uint32_t k = 0; k < s->options.workers; k++)
        full |= s->workers[k].wants_room || s->workers[k].wants_chunk;
    if (full && (status = begin_room(s)) != OC_RUNNING) return status;
    uint64_t most = s->options.max_states;
    if (most && !s->disk.on && states_now(s) > most) return OC_LIMIT_STATES;
    if (!level_done(s)) return OC_RUNNING;
    s->phase = MERGING;
    return s->disk.on ? begin_merge(s) : OC_RUNNING;
}

static uint64_t merged_states(const search *s)
{
    uint64_t count = s->disk.out.next - s->disk.out_start;
    for (uint64_t k = 0; k < s->disk.early.count; k++) count += s->disk.early.at[k].count;
    return count;
}

static oc_status merge_level(search *s)
{
    bool done = true;
    if (s->disk.on) {
        oc_status status = merge(s, &done);
        if (status == OC_RUNNING && done) status = end_merge(s);
        if (status != OC_RUNNING || !done) return status;
        uint64_t most = s->options.max_states;
        if (most && s->levels && s->states + merged_states(s) > most) return OC_LIMIT_STATES;
    }
    oc_status status = finish_level(s);
    return status == OC_RUNNING ? goes_on(s) : status;
}

static oc_status search_phase(search *s)
{
    oc_status status;
    switch (s->phase) {
    case STARTING:
        status = start_states(s);
        return status == OC_RUNNING && s->disk.on ? begin_merge(s) : status;
    case EXPANDING: return expand_level(s);
    case MERGING: return merge_level(s);
    default: return OC_COMPLETE;
    }
}

/* Searches on, for about so long. Once it has said anything but OC_RUNNING, the search is over. */
static oc_status search_on(search *s, uint64_t nanoseconds)
{
    s->deadline = now_ns() + nanoseconds;
    oc_status status = OC_RUNNING;
    while (status == OC_RUNNING) {
        if (s->growth.on)
            grow_on(s, s->deadline);
        else
            status = search_phase(s);
        uint64_t bytes = bytes_used(s);
        if (bytes > s->most_bytes) s->most_bytes = bytes;
        if (status == OC_RUNNING && now_ns() > s->deadline) break;
    }
    return status;
}
