/* Expanding states: what a worker does in a round. */

/* Transitions whose table slots are fetched at the same time. */
#define BATCH OC_BATCH

/* --- the filter -------------------------------------------------------------------------

   Most targets have been met before, many of them a moment ago. A worker keeps the last ones, one
   for each of some values of the hash, and drops what it finds there: that costs a look into its
   core's cache instead of one into memory. Only whole states are compared, and what is kept has
   been through the sink, so nothing can be lost. */

#define FILTER_PLACES (OC_FILTER / OC_WORDS + 2)

static inline oc_word *filter_place(oc_word *filter, uint64_t hash)
{
    return filter + (uint64_t)((unsigned __int128)hash * FILTER_PLACES >> 64) * OC_WORDS;
}

static oc_word *filter_open(void)
{
    oc_word *filter = allocate(FILTER_PLACES * OC_WORDS * sizeof *filter);
    if (!filter) return NULL;
    /* An empty place holds the state of zeros, and that state's own place another one. */
    memset(filter, 0, FILTER_PLACES * OC_WORDS * sizeof *filter);
    whole zeros = {{0}}, other = {{0}};
    oc_word *place = filter_place(filter, hash_state(zeros.words));
    do
        other.words[0]++;
    while (filter_place(filter, hash_state(other.words)) == place);
    memcpy(place, other.words, sizeof other.words);
    return filter;
}

/* Whether the state is in its place of the filter; it is from now on. */
static inline bool filter_has(oc_word *filter, const oc_word *state, uint64_t hash)
{
    oc_word *place = filter_place(filter, hash), differs = 0;
    for (int k = 0; k < OC_WORDS; k++) {
        differs |= place[k] ^ state[k];
        place[k] = state[k];
    }
    return !differs;
}

/* --- the sink --------------------------------------------------------------------------- */

/* A step that ends in an error counts in the trace's length: it has as many steps as its target
   would have. */
OC_LINKED void note_error(oc_sink *sink, uint32_t kind)
{
    note(&sink->search->error_steps[kind], sink->search->levels);
}

/* A place in the store for one more state, or NULL. */
static oc_word *place(worker *w)
{
    search *s = w->search;
    if (OC_UNLIKELY(w->next == w->room_end)) {
        if (w->next > w->open_start &&
            !add_segment(&w->filled, w->open_start, w->next - w->open_start)) {
            w->status = OC_NO_MEMORY;
            return NULL;
        }
        w->open_start = w->next;
        uint64_t first = store_new_chunk(&s->store);
        if (first == UINT64_MAX) {
            w->wants_chunk = true;
            return NULL;
        }
        w->open_start = w->next = first;
        w->room_end = first + CHUNK;
    }
    return store_at(&s->store, w->next);
}

/* Adds a state to the new level, if it is new and inside the constraints; `stored` is what is kept
   of it. As table_insert(). */
static int add_state(worker *w, table *t, const oc_word *state, const oc_word *stored, uint64_t hash)
{
    search *s = w->search;
    if (t != &s->seen && table_has(&s->seen, &s->store, stored, hash)) return KNOWN;
    oc_word *at = place(w);
    if (OC_UNLIKELY(!at)) return CROWDED;
    bool checked = s->active_count[CONSTRAINT] > 0;
    if (checked) {
        /* What lies outside is checked each time that it is met, but never stored. */
        if (table_has(t, &s->store, stored, hash)) return KNOWN;
        if (!check_state(w, state, s->levels)) return KNOWN;
    }
    int result = table_insert(t, &s->store, stored, hash, at, w->next);
    w->wants_room |= result == CROWDED;
    if (result != ADDED) return result;
    w->next++;
    w->found++;
    if (!checked) check_state(w, state, s->levels);
    return ADDED;
}

/* Takes the first `done` transitions out of a sink. */
static void sink_drop(oc_sink *sink, size_t done)
{
    sink->count -= done;
    sink->sifted = sink->count;
    memmove(sink->targets, sink->targets + done * OC_WORDS,
            sink->count * OC_WORDS * sizeof *sink->targets);
    memmove(sink->hashes, sink->hashes + done, sink->count * sizeof *sink->hashes);
}

/* Hashes what has come into the sink since it was last done, drops what is in the filter, and has
   the slots of the rest fetched. Nothing here is decided by a branch: which transitions have been
   met a moment ago cannot be foretold, and a wrong guess would cost more than all the rest. */
static void sift(worker *w)
{
    oc_sink *sink = &w->sink;
    oc_word *const targets = sink->targets, *const filter = w->filter;
    uint64_t *const hashes = sink->hashes;
    const size_t first = sink->sifted, count = sink->count;
    size_t kept = first;
    for (size_t k = first; k < count; k++) {
        oc_word state[OC_WORDS];
        memcpy(state, targets + k * OC_WORDS, sizeof state);
        const uint64_t hash = hash_state(state);
        memcpy(targets + kept * OC_WORDS, state, sizeof state);
        hashes[kept] = hash;
        kept += !filter_has(filter, state, hash);
    }
#if !COMPRESSED
    const search *s = w->search;
    for (size_t k = first; k < kept; k++) table_prefetch(&s->seen, hashes[k]);
    if (s->disk.on)
        for (size_t k = first; k < kept; k++) table_prefetch(&s->disk.recent, hashes[k]);
#endif
    sink->count = sink->sifted = kept;
}

/* What is stored of the states in the sink, in the place of their hashes, which have been used.
   False where there is no room for all their pairs. */
static bool compress_sink(worker *w, const table *t)
{
    (void)w, (void)t;
#if COMPRESSED
    oc_sink *sink = &w->sink;
    for (size_t k = 0; k < sink->count; k++) {
        oc_word *key = &sink->hashes[k];
        if (!compress(&w->search->tree, w->recent, sink->targets + k * OC_WORDS, key)) {
            w->wants_pairs = true;
            return false;
        }
        table_prefetch(t, hash_stored(key));
    }
#endif
    return true;
}

/* Looks up state k of the sink, as add_state. */
static int add_from_sink(worker *w, table *t, size_t k)
{
    const oc_word *state = w->sink.targets + k * OC_WORDS;
#if COMPRESSED
    const oc_word *key = &w->sink.hashes[k];
    return add_state(w, t, state, key, hash_stored(key));
#else
    return add_state(w, t, state, state, w->sink.hashes[k]);
#endif
}

/* Looks up what is in the sink. False if the round must end for it. */
static bool flush(worker *w)
{
    search *s = w->search;
    oc_sink *sink = &w->sink;
    table *t = s->disk.on ? &s->disk.recent : &s->seen;
    sift(w);
    if (!compress_sink(w, t)) return false;
    size_t count = sink->count, done = 0;
    uint64_t added = 0;
    /* Reserved beforehand: so the table is never fuller than its limit, whoever else inserts. */
    if (atomic_fetch_add_explicit(&t->count, count, memory_order_relaxed) + count > t->limit) {
        atomic_fetch_sub_explicit(&t->count, count, memory_order_relaxed);
        w->wants_room = true;
        return false;
    }
#if !KEYED
    for (size_t k = 0; k < count; k++) prefetch_state(&s->seen, &s->store, sink->hashes[k]);
#endif
    for (; done < count; done++) {
        int result = add_from_sink(w, t, done);
        if (OC_UNLIKELY(result < 0)) break;
        added += (uint64_t)result;
    }
    uint64_t now = atomic_fetch_sub_explicit(&t->count, count - added, memory_order_relaxed);
    if (done < count) {
        sink_drop(sink, done);
        return false;
    }
    sink->count = sink->sifted = 0;
    return !s->options.max_states || now - (count - added) <= s->options.max_states;
}

static void expand(worker *w, const oc_word *state)
{
    search *s = w->search;
    size_t first = w->sink.count;
    w->sink.taken = 0;
    oc_successors(state, &w->sink);
    w->transitions += w->sink.taken;
    if (s->active_count[STEP_INVARIANT]) check_steps(w, state, first, s->levels);
    if (w->sink.taken == 0) check_stuck(w, state, s->levels - 1);
}

/* Takes some more states of the level; false if there are none. */
static bool take(worker *w)
{
    search *s = w->search;
    uint64_t all = s->level_states[s->levels - 1];
    uint64_t block = all / (8 * (uint64_t)s->worker_count) + 1;
    if (block > 1024) block = 1024;
    w->position = atomic_fetch_add_explicit(&s->cursor, block, memory_order_relaxed);
    if (w->position >= all) {
        w->position = w->end = 0;
        return false;
    }
    w->end = w->position + block < all ? w->position + block : all;
    uint64_t low = s->level_first[s->levels - 1], high = s->level_first[s->levels] - 1;
    while (low < high) {
        uint64_t middle = (low + high + 1) / 2;
        if (s->segments.at[middle].before <= w->position)
            low = middle;
        else
            high = middle - 1;
    }
    w->segment = low;
    return true;
}

/* The next state that this worker has taken. */
static const oc_word *next_state(worker *w)
{
    search *s = w->search;
    const segment *here = &s->segments.at[w->segment];
    if (w->position == here->before + here->count) here = &s->segments.at[++w->segment];
    uint64_t number = here->start + (w->position++ - here->before);
#if COMPRESSED
    return state_at(s, number, w->whole);
#else
    return store_at(&s->store, number);
#endif
}

static bool has_failed(worker *w)
{
    if (OC_UNLIKELY(w->sink.starved)) w->status = OC_NO_MEMORY;
    if (OC_UNLIKELY(w->sink.unable)) w->status = OC_UNABLE;
    return w->status != OC_RUNNING;
}

/* A round: until the level's states have all been taken, or the round is to end. */
static void work(worker *w)
{
    search *s = w->search;
    while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        bool idle = w->position == w->end && !take(w);
        if (w->sink.count - w->sink.sifted >= BATCH) sift(w);
        if (idle || w->sink.sifted >= BATCH) {
            if (!flush(w)) break;
            if (idle) return;
            /* A state's expansion may take long: look at the clock now and then only. */
            if ((++w->ticks & 15) == 0 && now_ns() > s->deadline) break;
        }
        expand(w, next_state(w));
        if (OC_UNLIKELY(has_failed(w))) break;
        if ((++w->ticks & 63) == 0 && now_ns() > s->deadline) break;
    }
    atomic_store_explicit(&s->stop, true, memory_order_relaxed);
}
