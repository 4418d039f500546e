/* Level by level: what happens between the rounds. */

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

/* Lets go of the memory into which states [from, to) of a level on disk were read. */
static void forget_states(const search *s, uint32_t level, uint64_t from, uint64_t to)
{
    if (s->store.file < 0) return;
    for (uint64_t k = s->level_first[level]; k < s->level_first[level + 1]; k++) {
        const segment *run = &s->segments.at[k];
        if (run->before >= to || run->before + run->count <= from) continue;
        uint64_t first = from > run->before ? from - run->before : 0;
        uint64_t last = (to - run->before < run->count ? to - run->before : run->count) - 1;
        store_forget(&s->store, (run->start + first) / CHUNK, (run->start + last) / CHUNK + 1);
    }
}

/* The same of what all workers have expanded since it was last done. */
static void forget_expanded(search *s)
{
    uint64_t all = s->level_states[s->levels - 1], low = atomic_load(&s->cursor);
    for (uint32_t k = 0; k < s->options.workers; k++) {
        const worker *w = &s->workers[k];
        if (w->position < w->end && w->position < low) low = w->position;
    }
    if (low > all) low = all;
    if (low > s->forgotten) forget_states(s, s->levels - 1, s->forgotten, low);
    s->forgotten = low;
}

/* The level's states are all expanded: what its transitions lead to is the next level. */
static oc_status finish_level(search *s)
{
    uint64_t found = 0;
    if (!grow_levels(s)) return OC_NO_MEMORY;
    s->level_first[s->levels] = s->segments.count;
    if (!gather_segments(s, &found)) return OC_NO_MEMORY;
    s->forgotten = 0;
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

/* Makes initial states, for which no limit of states holds, as many as there is time for. */
static oc_status start_states(search *s)
{
    worker *w = &s->workers[0];
    while (!s->place.ended || w->sink.count > 0) {
        if (!s->place.ended && w->sink.count < BATCH) oc_starts(&w->sink, &s->place);
        clear_wants(w);
        bool flushed = !has_failed(w) && flush(w);
        if (has_failed(w)) return w->status;
        if (!flushed && wants_anything(w)) return begin_room(s);
        if (now_ns() > s->deadline) return OC_RUNNING;
    }
    s->phase = MERGING;
    return s->disk.on ? spill_begin(s, COLLECT) : OC_RUNNING;
}

static oc_status expand_level(search *s)
{
    run_round(s);
    forget_expanded(s);
    oc_status status = failure(s);
    if (status != OC_RUNNING) return status;
    bool full = false;
    for (uint32_t k = 0; k < s->options.workers; k++)
        full |= wants_anything(&s->workers[k]);
    if (full && (status = begin_room(s)) != OC_RUNNING) return status;
    uint64_t most = s->options.max_states;
    if (most && !s->disk.on && states_now(s) > most) return OC_LIMIT_STATES;
    if (s->chore != NO_CHORE || !level_done(s)) return OC_RUNNING;
    s->phase = MERGING;
    return s->disk.on ? spill_begin(s, COLLECT) : OC_RUNNING;
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
        oc_status status = s->disk.merging ? OC_RUNNING : lookup_begin(s);
        if (status == OC_RUNNING) status = lookup_on(s, &done);
        if (status == OC_RUNNING && done) status = lookup_end(s);
        if (status != OC_RUNNING || !done) return status;
        uint64_t most = s->options.max_states;
        if (most && s->levels && s->states + merged_states(s) > most) return OC_LIMIT_STATES;
    }
    oc_status status = finish_level(s);
    return status == OC_RUNNING ? goes_on(s) : status;
}

static oc_status search_phase(search *s)
{
    switch (s->phase) {
    case STARTING: return start_states(s);
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
        status = s->chore == NO_CHORE ? search_phase(s) : chore_on(s, s->deadline);
        uint64_t bytes = bytes_used(s);
        if (bytes > s->most_bytes) s->most_bytes = bytes;
        if (status == OC_RUNNING && now_ns() > s->deadline) break;
    }
    return status;
}
