/* Going on from disk, once memory is full: delayed duplicate detection (Korf 2004).

   The table `seen` is closed: it is looked up, but nothing is added. What is not in it goes to a
   smaller table, `recent`. At the end of a level, its states there are sorted and looked up in the
   runs of what earlier levels have found, block by block in their order; what is in none of them
   is the new level, which is appended to the spill file. The store maps it from there, so the rest
   of the search finds it where it finds all other levels:

        this level      b c e, sorted                 \
                                                       > b e  = the new level
        runs            a c d f | g h | ...           /

   When `recent` is full, the level's states are written to a file, sorted, and merged at its end;
   the states of earlier levels become a run, and `recent` is empty again. As long as it is not,
   levels stay in it: so many narrow levels cost no more than a wide one. There are never more than
   MOST_RUNS: then the smallest ones are merged. A level that is a run anyway is one in the spill
   file; all others have files of their own. */

enum { APPEND_BYTES = 1 << 20 };

/* A third of the slots stay empty, and one half at most where their number is rounded. */
#define RECENT_SLOT_BYTES 12

/* What a state in `recent` costs: its slot, its place in the store, and one to sort it. */
#define RECENT_BYTES (RECENT_SLOT_BYTES + 2 * STATE_BYTES)

static int open_unlinked(const char *folder)
{
    static const char name[] = "/ordercheck-XXXXXX";
    char *path = allocate(strlen(folder) + sizeof name);
    if (!path) return errno = ENOMEM, -1;
    strcpy(path, folder);
    strcat(path, name);
    int file = oc_fails(OC_WRITING) ? (errno = ENOSPC, -1) : mkstemp(path);
    /* Without a name it goes when the process does, however that ends. */
    if (file >= 0) unlink(path);
    release(path);
    return file;
}

static bool open_spill_file(search *s)
{
    if (s->store.file >= 0) return true;
    if (!s->options.folder) return errno = ENOSPC, false;
    s->store.file = open_unlinked(s->options.folder);
    return s->store.file >= 0;
}

static oc_status disk_failed(search *s)
{
    s->error = errno;
    return errno == ENOMEM ? OC_NO_MEMORY : OC_DISK_FULL;
}

static bool close_segment(worker *w)
{
    bool done = w->next == w->open_start ||
                add_segment(&w->filled, w->open_start, w->next - w->open_start);
    w->open_start = w->next;
    return done;
}

/* --- the store to disk ---------------------------------------------------------------- */

static bool is_being_filled(const search *s, uint64_t chunk)
{
    for (uint32_t k = 0; k < s->options.workers; k++) {
        const worker *w = &s->workers[k];
        if (w->next < w->room_end && w->next / CHUNK == chunk) return true;
    }
    return false;
}

/* Begins to move all chunks that are not being filled to the spill file. */
static oc_status evict_begin(search *s)
{
    if (!open_spill_file(s)) return disk_failed(s);
    s->chore = EVICTING;
    s->disk.chunk = 0;
    return OC_RUNNING;
}

/* Goes on with that until it is done or the time is up. */
static oc_status evict_on(search *s, uint64_t deadline, bool *done)
{
    uint64_t count = atomic_load(&s->store.chunk_count);
    for (uint64_t *c = &s->disk.chunk; *c < count; ++*c) {
        if (!s->store.chunks[*c] || s->store.on_disk[*c] || is_being_filled(s, *c)) continue;
        if (now_ns() > deadline) return OC_RUNNING;
        if (!store_evict(&s->store, *c)) return disk_failed(s);
        s->spilled += CHUNK;
    }
    *done = true;
    return OC_RUNNING;
}

/* Closes the table and goes on from disk; `bytes` is the memory for what comes now. */
static oc_status go_to_disk(search *s, uint64_t bytes)
{
    disk *d = &s->disk;
    if (!open_spill_file(s)) return disk_failed(s);
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        if (!close_segment(w)) return OC_NO_MEMORY;
        w->next = w->open_start = w->room_end = 0;
        for (uint64_t i = 0; i < w->filled.count; i++)
            if (!add_segment(&d->early, w->filled.at[i].start, w->filled.at[i].count))
                return OC_NO_MEMORY;
        w->filled.count = 0;
    }
    d->spare = bytes / 4;
    uint64_t states = (bytes - 2 * d->spare) / RECENT_BYTES;
    uint64_t chunks = states / CHUNK + 2 * s->options.workers;
    if (states < OC_SMALLEST_TABLE) states = OC_SMALLEST_TABLE;
    d->out.room = APPEND_BYTES / STATE_BYTES + 1;
    d->out.buffer = allocate(d->out.room * STATE_BYTES);
    uint64_t slots = fitting_within(states * RECENT_SLOT_BYTES / sizeof(slot_word));
    if (!d->out.buffer || !table_open(&d->recent, slots)) return OC_NO_MEMORY;
    d->most = states;
    s->store.allowed = atomic_load(&s->store.in_memory) + chunks;
    store_divide(&s->store);
    d->out.next = d->out_start = d->young = s->store.disk_chunks * CHUNK;
    d->on = true;
    return OC_RUNNING;
}

/* Bytes of memory, apart from tables and the store. */
static uint64_t disk_bytes(const disk *d)
{
    uint64_t bytes = (d->taken_room + d->out.room) * STATE_BYTES + d->merge.bytes;
    for (uint32_t k = 0; k < d->run_count; k++) bytes += run_bytes(&d->runs[k]);
    return bytes + run_bytes(&d->made);
}

/* --- sorting -------------------------------------------------------------------------- */

static void give_back_taken(disk *d)
{
    release_zeroed(d->taken, (d->taken_room + 1) * STATE_BYTES);
    d->taken = NULL;
    d->taken_room = d->taken_count = 0;
}

/* Begins to gather and sort so many states, for this purpose. */
static oc_status sorting_begin(search *s, sorting purpose, uint64_t count)
{
    disk *d = &s->disk;
    d->taken = zeroed((count + 1) * STATE_BYTES);
    if (!d->taken) return OC_NO_MEMORY;
    d->sorting = purpose;
    d->taken_room = count;
    d->taken_count = d->written = 0;
    s->chore = GATHERING;
    return OC_RUNNING;
}

/* Begins with those of the level under way: to write them, or (COLLECT) to look them up. */
static oc_status spill_begin(search *s, sorting purpose)
{
    uint64_t count = 0;
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        if (!close_segment(w)) return OC_NO_MEMORY;
        for (uint64_t i = 0; i < w->filled.count; i++) count += w->filled.at[i].count;
    }
    return sorting_begin(s, purpose, count);
}

/* Begins the run that is to be made, for so many states at most; in a file of its own, or as part
   of the spill file. */
static oc_status open_part(search *s, int file, bool owned, uint64_t first, uint64_t most)
{
    disk *d = &s->disk;
    if (run_open(&d->made, file, owned, first, most, d->spare / (MOST_RUNS + 1))) return OC_RUNNING;
    run_close(&d->made);
    return OC_NO_MEMORY;
}

static oc_status open_run(search *s, uint64_t most)
{
    int file = open_unlinked(s->options.folder);
    return file < 0 ? disk_failed(s) : open_part(s, file, true, 0, most);
}

/* Begins to make the levels that are in `recent` alone a run, or the first of them. */
static oc_status settle_begin(search *s)
{
    disk *d = &s->disk;
    uint64_t count = d->out.next - d->young;
    if (count > d->most) count = d->most;
    oc_status status = open_run(s, count);
    return status == OC_RUNNING ? sorting_begin(s, SETTLE, count) : status;
}

/* Copies the states of the level under way into one array; false if the time is up. */
static bool gather_level(search *s, uint64_t deadline)
{
    disk *d = &s->disk;
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        while (w->filled.count) {
            if (now_ns() > deadline) return false;
            /* A segment lies in one chunk. */
            const segment run = w->filled.at[--w->filled.count];
            memcpy(d->taken + d->taken_count * STORED, store_at(&s->store, run.start),
                   run.count * STATE_BYTES);
            d->taken_count += run.count;
        }
    }
    return true;
}

/* The same of the levels to be settled. */
static oc_status gather_young(search *s, uint64_t deadline, bool *done)
{
    disk *d = &s->disk;
    const uint64_t piece = APPEND_BYTES / STATE_BYTES + 1;
    while (d->taken_count < d->taken_room) {
        if (now_ns() > deadline) return OC_RUNNING;
        uint64_t left = d->taken_room - d->taken_count, count = left < piece ? left : piece;
        if (!read_states(s->store.file, d->young + d->taken_count, count,
                         d->taken + d->taken_count * STORED))
            return disk_failed(s);
        d->taken_count += count;
    }
    *done = true;
    return OC_RUNNING;
}

static oc_status gather_on(search *s, uint64_t deadline)
{
    disk *d = &s->disk;
    bool done = false;
    oc_status status = OC_RUNNING;
    if (d->sorting == SETTLE)
        status = gather_young(s, deadline, &done);
    else
        done = gather_level(s, deadline);
    if (!done || status != OC_RUNNING) return status;
    sort_begin(&d->sorter, d->taken, d->taken_count);
    s->chore = SORTING;
    return OC_RUNNING;
}

/* Writes the sorted states, as many as there is time for: all have been written if it says so. */
static oc_status write_on(search *s, uint64_t deadline, bool *done)
{
    disk *d = &s->disk;
    const bool settles = d->sorting == SETTLE;
    const uint64_t piece = APPEND_BYTES / STATE_BYTES + 1, first = settles ? 0 : d->spilled_states;
    if (!settles && d->file < 0 && (d->file = open_unlinked(s->options.folder)) < 0)
        return disk_failed(s);
    while (d->written < d->taken_count) {
        if (now_ns() > deadline) return OC_RUNNING;
        uint64_t left = d->taken_count - d->written, count = left < piece ? left : piece;
        const oc_word *from = d->taken + d->written * STORED;
        if (!write_at(settles ? d->made.file : d->file, from, count * STATE_BYTES,
                      (first + d->written) * STATE_BYTES))
            return disk_failed(s);
        for (uint64_t k = 0; settles && k < count; k++)
            if (!run_extend(&d->made, from + k * STORED)) return OC_NO_MEMORY;
        d->written += count;
    }
    s->spilled += d->written;
    *done = true;
    return OC_RUNNING;
}

/* --- runs ------------------------------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
    const run *one = *(run *const *)a, *other = *(run *const *)b;
    return (one->count > other->count) - (one->count < other->count);
}

/* Begins to merge the smallest runs, half of all. */
static oc_status merge_runs_begin(search *s)
{
    disk *d = &s->disk;
    run *all[MOST_RUNS + 1];
    for (uint32_t k = 0; k < d->run_count; k++) all[k] = &d->runs[k];
    qsort(all, d->run_count, sizeof *all, by_count);
    d->merged_count = d->run_count / 2;
    memcpy(d->merged, all, d->merged_count * sizeof *all);
    uint64_t count = 0;
    for (uint32_t k = 0; k < d->merged_count; k++) count += all[k]->count;
    oc_status status = open_run(s, count);
    if (status != OC_RUNNING) return status;
    if (!merge_open(&d->merge, d->merged_count, d->spare)) return OC_NO_MEMORY;
    for (uint32_t k = 0; k < d->merged_count; k++)
        if (!merge_add(&d->merge, d->merged[k]->file, d->merged[k]->first, d->merged[k]->count))
            return disk_failed(s);
    merge_begin(&d->merge);
    d->taken_room = APPEND_BYTES / STATE_BYTES + 1;
    d->taken = zeroed((d->taken_room + 1) * STATE_BYTES);
    if (!d->taken) return OC_NO_MEMORY;
    s->chore = MERGING_RUNS;
    return OC_RUNNING;
}

/* Writes what is in the buffer to the end of the run that is being made. */
static bool flush_run(search *s)
{
    disk *d = &s->disk;
    uint64_t first = d->made.count - d->taken_count;
    if (!write_at(d->made.file, d->taken, d->taken_count * STATE_BYTES, first * STATE_BYTES))
        return false;
    s->spilled += d->taken_count;
    d->taken_count = 0;
    return true;
}

/* The run that was made takes the place of those of which it was. */
static void replace_runs(disk *d)
{
    for (uint32_t k = 0; k < d->merged_count; k++) run_close(d->merged[k]);
    uint32_t kept = 0;
    for (uint32_t k = 0; k < d->run_count; k++)
        if (d->runs[k].file >= 0) d->runs[kept++] = d->runs[k];
    d->runs[kept++] = d->made;
    d->run_count = kept;
    d->made = (run){.file = -1};
    d->merged_count = 0;
}

/* Goes on merging runs until that is done or the time is up. No state is in two of them. */
static oc_status merge_runs_on(search *s, uint64_t deadline, bool *done)
{
    disk *d = &s->disk;
    for (uint32_t ticks = 1; d->merge.count > 0; ticks++) {
        oc_word *to = d->taken + d->taken_count * STORED;
        memcpy(to, d->merge.heap[0].at, STATE_BYTES);
        if (!run_extend(&d->made, to)) return OC_NO_MEMORY;
        if (++d->taken_count == d->taken_room && !flush_run(s)) return disk_failed(s);
        if (!merge_next(&d->merge)) return disk_failed(s);
        if (ticks % 1024 == 0 && now_ns() > deadline) return OC_RUNNING;
    }
    if (!flush_run(s)) return disk_failed(s);
    merge_close(&d->merge);
    give_back_taken(d);
    replace_runs(d);
    *done = true;
    return OC_RUNNING;
}

/* Adds the run that was made, if there is anything in it. */
static void add_run(disk *d)
{
    assert(d->run_count <= MOST_RUNS);
    if (d->made.count)
        d->runs[d->run_count++] = d->made;
    else
        run_close(&d->made);
    d->made = (run){.file = -1};
}

/* Empties `recent`, whose states are all in files now. */
static oc_status clear_recent(search *s)
{
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        w->next = w->open_start = w->room_end = 0;
    }
    drop_recent_chunks(&s->store);
    return table_clear(&s->disk.recent) ? OC_RUNNING : OC_NO_MEMORY;
}

/* What comes after one thing has been sorted, or merged: the next one, until `recent` is empty. */
static oc_status settle_on(search *s)
{
    disk *d = &s->disk;
    s->chore = NO_CHORE;
    if (d->run_count > MOST_RUNS) return merge_runs_begin(s);
    return d->young < d->out.next ? settle_begin(s) : clear_recent(s);
}

/* What was sorted is where it belongs. */
static oc_status sorting_end(search *s)
{
    disk *d = &s->disk;
    const uint64_t count = d->taken_count;
    give_back_taken(d);
    if (d->sorting == SETTLE) {
        d->young += count;
        add_run(d);
    } else {
        if (count && !add_segment(&d->spilled, d->spilled_states, count)) return OC_NO_MEMORY;
        d->spilled_states += count;
    }
    return settle_on(s);
}

/* Goes on with one of these chores until the time is up; `done` when no other follows. */
static oc_status disk_chore_on(search *s, uint64_t deadline, bool *done)
{
    disk *d = &s->disk;
    oc_status status = OC_RUNNING;
    bool ended = false;
    if (s->chore == MERGING_RUNS) {
        status = merge_runs_on(s, deadline, &ended);
        if (ended) status = settle_on(s);
    } else {
        if (s->chore == GATHERING) status = gather_on(s, deadline);
        if (s->chore == SORTING && sort_on(&d->sorter, deadline)) s->chore = WRITING;
        /* At its end, a level's last states go from memory to where they are looked up. */
        if (s->chore == WRITING && d->sorting == COLLECT) s->chore = NO_CHORE;
        if (s->chore == WRITING) status = write_on(s, deadline, &ended);
        if (ended) status = sorting_end(s);
    }
    *done = s->chore == NO_CHORE;
    return status;
}

/* --- the end of a level --------------------------------------------------------------- */

/* Begins to look up what the level has found; its last states have been sorted. */
static oc_status lookup_begin(search *s)
{
    disk *d = &s->disk;
    d->merging = true;
    d->out_start = d->out.next;
    const uint64_t bytes = d->spilled.count ? d->spare : 0;
    if (!merge_open(&d->merge, d->spilled.count + 1, bytes)) return OC_NO_MEMORY;
    for (uint64_t k = 0; k < d->spilled.count; k++)
        if (!merge_add(&d->merge, d->file, d->spilled.at[k].start, d->spilled.at[k].count))
            return disk_failed(s);
    merge_add_memory(&d->merge, d->taken, d->taken_count);
    merge_begin(&d->merge);
    const uint64_t most = d->spilled_states + d->taken_count;
    for (uint32_t k = 0; k < d->run_count; k++) run_rewind(&d->runs[k], most);
    return open_part(s, s->store.file, false, d->out_start, most);
}

/* Whether a state was found in an earlier level. */
static bool is_in_runs(disk *d, const oc_word *state, bool *has)
{
    *has = false;
    for (uint32_t k = d->run_count; k-- > 0 && !*has;)
        if (!run_has(&d->runs[k], state, has)) return false;
    return true;
}

/* Goes on with that until it is done or the time is up. */
static oc_status lookup_on(search *s, bool *done)
{
    disk *d = &s->disk;
    *done = false;
    for (uint32_t ticks = 1; d->merge.count > 0; ticks++) {
        record least = *d->merge.heap[0].at;
        while (d->merge.count > 0 && same(d->merge.heap[0].at->words, least.words))
            if (!merge_next(&d->merge)) return disk_failed(s);
        bool seen;
        if (!is_in_runs(d, least.words, &seen)) return disk_failed(s);
        if (!seen && !append(&s->store, &d->out, least.words)) return disk_failed(s);
        if (!seen && !run_extend(&d->made, least.words)) return OC_NO_MEMORY;
        /* Each may have been a block to read for each run. */
        if (ticks % 16 == 0 && now_ns() > s->deadline) return OC_RUNNING;
    }
    if (!append_flush(&s->store, &d->out)) return disk_failed(s);
    *done = true;
    return OC_RUNNING;
}

static void lookup_close(disk *d)
{
    merge_close(&d->merge);
    give_back_taken(d);
    d->merging = false;
}

/* The new level stays in `recent`, if all of it is there, and there is room for others. Else it is
   a run, in the spill file where it is, unless it can be one together with those before. */
static oc_status lookup_end(search *s)
{
    disk *d = &s->disk;
    lookup_close(d);
    s->spilled += d->out.next - d->out_start;
    const bool all = d->spilled.count == 0;
    if (!all && ftruncate(d->file, 0)) return disk_failed(s);
    d->spilled.count = 0;
    d->spilled_states = 0;
    const bool stays = all && atomic_load(&d->recent.count) <= d->most / 2;
    if (stays || d->young < d->out_start) {
        run_close(&d->made);
        return stays ? OC_RUNNING : settle_on(s);
    }
    d->young = d->out.next;
    add_run(d);
    return settle_on(s);
}

/* Gives back what finds out which states are new. */
static void disk_forget(search *s)
{
    disk *d = &s->disk;
    lookup_close(d);
    table_close(&d->recent);
    if (d->on) drop_recent_chunks(&s->store);
    for (uint32_t k = 0; k < d->run_count; k++) run_close(&d->runs[k]);
    d->run_count = 0;
    run_close(&d->made);
}

static void disk_close(search *s)
{
    disk *d = &s->disk;
    disk_forget(s);
    release(d->out.buffer);
    release(d->early.at);
    release(d->spilled.at);
    if (d->file >= 0) close(d->file);
}
