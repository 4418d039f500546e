/* What ../binding.py calls. Every call returns within the time that it is given, so that Python
   can look at signals, limits and the progress in between. */

/* Figures of finished levels, and how far the one under way has come. */
typedef struct report {
    uint64_t states, transitions, stuck, initial;
    uint64_t states_now, waiting;
    uint64_t bytes, most_bytes, spilled;
    uint32_t levels, workers, on_disk, error, unable, deadlock_steps;
} report;

typedef struct sizes {
    uint32_t words, bits, steps, properties, cover, kinds, compact, options_size, report_size;
} sizes;

static void free_search(search *s)
{
    stop_threads(s);
    paths_close(s);
    for (uint32_t k = 0; s->workers && k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        sink_close(&w->sink);
        release(w->sink.reached);
        release(w->sink.scratch);
        release(w->filled.at);
        release(w->filter);
#if COMPRESSED
        release(w->whole);
        release(w->recent);
#endif
    }
    release(s->workers);
    disk_close(s);
    store_close(&s->store);
#if COMPRESSED
    tree_close(&s->tree);
#endif
    table_close(&s->seen);
    growth_close(&s->growth);
    release(s->segments.at);
    release(s->level_first);
    release(s->level_states);
    release(s->reached);
    pthread_mutex_destroy(&s->mutex);
    pthread_mutex_destroy(&s->store.region.mutex);
    pthread_cond_destroy(&s->begin);
    pthread_cond_destroy(&s->end);
    release(s);
}

static bool open_worker(search *s, worker *w)
{
    w->search = s;
    w->sink.search = s;
    w->antecedents_left = OC_ANTECEDENTS > 0;
    if (!sink_open(&w->sink)) return false;
#if COMPRESSED
    w->whole = allocate(sizeof(whole));
    w->recent = allocate(TREE_PLACES * sizeof *w->recent);
    if (!w->whole || !w->recent) return false;
    memset(w->recent, 0xff, TREE_PLACES * sizeof *w->recent);
#endif
    w->filter = filter_open();
    return w->filter && grow_sink(&w->sink);
}

static bool open_search(search *s)
{
    s->workers = allocate(s->options.workers * sizeof *s->workers);
    if (!s->workers) return false;
    memset(s->workers, 0, s->options.workers * sizeof *s->workers);
    s->reached = allocate(SOME(OC_COVER));
    if (!s->reached || !store_open(&s->store)) return false;
    memset(s->reached, 0, SOME(OC_COVER));
    for (uint32_t k = 0; k < s->options.workers; k++)
        if (!open_worker(s, &s->workers[k])) return false;
#if COMPRESSED
    if (!tree_open(&s->tree)) return false;
#endif
    return table_open(&s->seen, OC_FIRST_TABLE);
}

/* A search, or NULL where there is no memory for one. */
OC_EXPORT search *explorer_open(const options *given)
{
    search *s = allocate(sizeof *s);
    if (!s) return NULL;
    memset(s, 0, sizeof *s);
    s->options = *given;
    s->worker_count = given->workers;
    s->disk.file = s->disk.made.file = s->store.file = -1;
    pthread_mutex_init(&s->mutex, NULL);
    pthread_mutex_init(&s->store.region.mutex, NULL);
    pthread_cond_init(&s->begin, NULL);
    pthread_cond_init(&s->end, NULL);
    atomic_store(&s->deadlock_steps, NEVER);
    for (uint32_t k = 0; k < SOME(OC_KINDS); k++) atomic_store(&s->error_steps[k], NEVER);
    for (uint32_t k = 0; k < PROPERTIES; k++) {
        atomic_store(&s->broken_steps[k], NEVER);
        s->last_steps[k] = NEVER;
    }
    choose_active(s, 0);
    if (!open_search(s)) {
        free_search(s);
        return NULL;
    }
    allow_chunks(s);
    return s;
}

OC_EXPORT void explorer_close(search *s) { free_search(s); }

/* Searches on for about so many milliseconds; see oc_status. */
OC_EXPORT int explorer_run(search *s, uint32_t milliseconds)
{
    return search_on(s, (uint64_t)milliseconds * 1000000);
}

OC_EXPORT void explorer_describe(sizes *to)
{
    *to = (sizes){OC_WORDS, OC_BITS, OC_STEPS, OC_PROPERTIES, OC_COVER, OC_KINDS, COMPACT,
                  sizeof(options), sizeof(report)};
}

OC_EXPORT void explorer_report(const search *s, report *to)
{
    uint64_t taken = atomic_load(&s->cursor);
    uint64_t level = s->levels ? s->level_states[s->levels - 1] : 0;
    uint64_t now = states_now(s);
    uint64_t left = taken < level ? level - taken : 0;
    uint32_t unable = 0;
    for (uint32_t k = 0; k < s->options.workers; k++)
        if (s->workers[k].sink.unable) unable = s->workers[k].sink.unable;
    *to = (report){
        .states = s->states,
        .transitions = s->transitions,
        .stuck = s->stuck,
        .initial = s->initial,
        .states_now = now,
        .waiting = left + now - s->states,
        .bytes = bytes_used(s),
        .most_bytes = s->most_bytes,
        .spilled = s->spilled,
        .levels = s->levels,
        .workers = s->worker_count,
        .on_disk = s->disk.on,
        .error = (uint32_t)s->error,
        .unable = unable,
        .deadlock_steps = atomic_load(&s->deadlock_steps),
    };
}

/* What is wrong, by kind of error and by property: after how many steps, or NEVER; which
   REACHABLE properties are met; up to how many steps each property is looked at. */
OC_EXPORT void explorer_findings(const search *s, uint32_t *errors, uint32_t *broken, uint8_t *met,
                           uint32_t *last)
{
    for (uint32_t k = 0; k < SOME(OC_KINDS); k++) errors[k] = atomic_load(&s->error_steps[k]);
    for (uint32_t k = 0; k < PROPERTIES; k++) {
        broken[k] = atomic_load(&s->broken_steps[k]);
        met[k] = atomic_load(&s->met[k]);
        last[k] = s->last_steps[k];
    }
}

OC_EXPORT void explorer_cover(const search *s, uint8_t *reached)
{
    memcpy(reached, s->reached, OC_COVER);
    for (uint32_t w = 0; w < s->options.workers; w++)
        for (uint32_t k = 0; k < OC_COVER; k++) reached[k] |= s->workers[w].sink.reached[k];
}

OC_EXPORT uint64_t explorer_level_states(const search *s, uint32_t level) { return s->level_states[level]; }

/* Copies `count` states of a level, from the `from`-th on, to `to`. */
OC_EXPORT void explorer_copy(const search *s, uint32_t level, uint64_t from, uint64_t count, oc_word *to)
{
    for (uint64_t k = s->level_first[level]; k < s->level_first[level + 1] && count; k++) {
        const segment *run = &s->segments.at[k];
        while (count && from >= run->before && from < run->before + run->count) {
            uint64_t number = run->start + (from - run->before);
            uint64_t piece = CHUNK - number % CHUNK; /* chunks do not follow each other */
            if (piece > run->before + run->count - from) piece = run->before + run->count - from;
            if (piece > count) piece = count;
#if COMPRESSED
            for (uint64_t i = 0; i < piece; i++) state_at(s, number + i, to + i * OC_WORDS);
#else
            memcpy(to, store_at(&s->store, number), piece * STATE_BYTES);
#endif
            store_forget(&s->store, number / CHUNK, number / CHUNK + 1);
            to += piece * OC_WORDS;
            from += piece;
            count -= piece;
        }
    }
}

/* Adds states to the level being restored (restore.c), for about so many milliseconds; may
   reorder them. The first `done` of them were added. */
OC_EXPORT int explorer_restore_states(search *s, oc_word *states, uint64_t count,
                                      uint32_t milliseconds, uint64_t *done)
{
    return restore_states(s, states, count, done, (uint64_t)milliseconds * 1000000);
}

OC_EXPORT int explorer_restore_level(search *s) { return restore_level(s); }

/* The rest of what a checkpoint has, once its levels are restored. Something wrong may have been
   found in the level that was under way: it is found again. */
OC_EXPORT int explorer_restore(search *s, const report *figures, const uint32_t *errors,
                               const uint32_t *broken, const uint8_t *met, const uint32_t *last,
                               const uint8_t *reached)
{
    s->transitions = figures->transitions;
    s->stuck = figures->stuck;
    s->initial = figures->initial;
    atomic_store(&s->deadlock_steps, figures->deadlock_steps);
    for (uint32_t k = 0; k < SOME(OC_KINDS); k++) atomic_store(&s->error_steps[k], errors[k]);
    for (uint32_t k = 0; k < PROPERTIES; k++) {
        atomic_store(&s->broken_steps[k], broken[k]);
        atomic_store(&s->met[k], met[k]);
        s->last_steps[k] = last[k];
    }
    memcpy(s->reached, reached, OC_COVER);
    choose_active(s, s->levels);
    /* What was restored to disk is not in `recent`, so it must all be in runs. */
    if (s->chore == NO_CHORE && s->disk.young < s->disk.out.next) {
        oc_status status = settle_on(s);
        if (status != OC_RUNNING) return status;
    }
    bool deep = s->options.max_depth && s->levels >= s->options.max_depth;
    return deep ? OC_LIMIT_DEPTH : OC_RUNNING;
}

/* Begins to look for the trace of a finding (path.c). The search cannot go on after that: its
   tables are given up for it. */
OC_EXPORT int explorer_path_begin(search *s, uint32_t flaw_, uint32_t key, uint32_t steps, uint32_t narrow)
{
    table_close(&s->seen);
    growth_close(&s->growth);
    disk_forget(s);
    return paths_open(s, flaw_, key, steps, narrow) ? OC_RUNNING : OC_NO_MEMORY;
}

OC_EXPORT int explorer_path_run(search *s, uint32_t milliseconds)
{
    return paths_on(s, (uint64_t)milliseconds * 1000000);
}

/* The trace: for each step its number, its binding, how many choices, and these. */
OC_EXPORT uint64_t explorer_path_length(const search *s) { return s->paths->label_count; }

OC_EXPORT void explorer_path_copy(const search *s, uint32_t *to)
{
    memcpy(to, s->paths->labels, s->paths->label_count * sizeof *to);
}
