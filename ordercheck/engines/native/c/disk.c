/* Going on from disk, once memory is full: delayed duplicate detection (Korf 2004).

   The table `seen` is closed: it is looked up, but nothing is added. What is not in it goes to a
   smaller table, `recent`; when that is full, its states are sorted and written to a file as a
   run. At the end of a level, the runs are merged with those of earlier levels that are not in
   `seen` either:

        runs of this level      a c f | b c | ...      \
                                                        > merge: a b f  = the new level, sorted,
        earlier levels' runs    c d | e | ...          /                  and a run from now on

   The new level is appended to the spill file, from which the store maps it: so the rest of the
   search finds it where it finds all other levels. */

enum { APPEND_BYTES = 1 << 20, MERGE_BYTES = 1 << 16 };

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
    d->file = open_unlinked(s->options.folder);
    if (d->file < 0) return disk_failed(s);
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        if (!close_segment(w)) return OC_NO_MEMORY;
        w->next = w->open_start = w->room_end = 0;
        for (uint64_t i = 0; i < w->filled.count; i++)
            if (!add_segment(&d->early, w->filled.at[i].start, w->filled.at[i].count))
                return OC_NO_MEMORY;
        w->filled.count = 0;
    }
    uint64_t states = bytes / RECENT_BYTES;
    uint64_t chunks = states / CHUNK + 2 * s->options.workers;
    if (states < OC_SMALLEST_TABLE) states = OC_SMALLEST_TABLE;
    d->out.room = APPEND_BYTES / STATE_BYTES + 1;
    d->out.buffer = allocate(d->out.room * STATE_BYTES);
    if (!d->out.buffer || !table_open(&d->recent, fitting_within(states * RECENT_SLOT_BYTES / sizeof(slot_word)))) return OC_NO_MEMORY;
    s->store.allowed = atomic_load(&s->store.in_memory) + chunks;
    d->mark = atomic_load(&s->store.chunk_count);
    d->out.next = d->out_start = d->mark * CHUNK;
    d->on = true;
    return OC_RUNNING;
}

/* --- `recent` to disk ----------------------------------------------------------------- */

/* Begins to write what is in `recent` as a sorted run, and to empty it. */
static oc_status spill_begin(search *s)
{
    disk *d = &s->disk;
    uint64_t count = 0;
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        if (!close_segment(w)) return OC_NO_MEMORY;
        for (uint64_t i = 0; i < w->filled.count; i++) count += w->filled.at[i].count;
    }
    d->taken = pages((count + 1) * STATE_BYTES);
    if (!d->taken) return OC_NO_MEMORY;
    d->taken_room = count;
    d->taken_count = d->written = 0;
    s->chore = GATHERING;
    return OC_RUNNING;
}

static void spill_close(disk *d)
{
    release_pages(d->taken, (d->taken_room + 1) * STATE_BYTES);
    d->taken = NULL;
    d->taken_room = 0;
}

/* Copies the states of `recent` into one array, then gives back the chunks that they were in. */
static void gather_on(search *s, uint64_t deadline)
{
    disk *d = &s->disk;
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        while (w->filled.count) {
            if (now_ns() > deadline) return;
            /* A segment lies in one chunk. */
            const segment run = w->filled.at[--w->filled.count];
            memcpy(d->taken + d->taken_count * STORED, store_at(&s->store, run.start),
                   run.count * STATE_BYTES);
            d->taken_count += run.count;
        }
        w->next = w->open_start = w->room_end = 0;
    }
    uint64_t chunks = atomic_load(&s->store.chunk_count);
    for (uint64_t c = d->mark; c < chunks; c++)
        if (s->store.chunks[c]) store_drop_chunk(&s->store, c);
    atomic_store(&s->store.chunk_count, d->mark);
    sort_begin(&d->sorter, d->taken, d->taken_count);
    s->chore = SORTING;
}

/* Writes the sorted states, as many as there is time for. */
static oc_status write_on(search *s, uint64_t deadline, bool *done)
{
    disk *d = &s->disk;
    const uint64_t piece = APPEND_BYTES / STATE_BYTES + 1;
    while (d->written < d->taken_count) {
        if (now_ns() > deadline) return OC_RUNNING;
        uint64_t left = d->taken_count - d->written, count = left < piece ? left : piece;
        uint64_t offset = (d->run_states + d->written) * STATE_BYTES;
        if (!write_at(d->file, d->taken + d->written * STORED, count * STATE_BYTES, offset))
            return disk_failed(s);
        d->written += count;
    }
    spill_close(d);
    if (d->written && !add_segment(&d->runs, d->run_states, d->written)) return OC_NO_MEMORY;
    d->run_states += d->written;
    s->spilled += d->written;
    *done = true;
    return table_clear(&d->recent) ? OC_RUNNING : OC_NO_MEMORY;
}

/* Goes on with that until it is done or the time is up. */
static oc_status spill_on(search *s, uint64_t deadline, bool *done)
{
    if (s->chore == GATHERING) gather_on(s, deadline);
    if (s->chore == SORTING && sort_on(&s->disk.sorter, deadline)) s->chore = WRITING;
    return s->chore == WRITING ? write_on(s, deadline, done) : OC_RUNNING;
}

/* --- merging -------------------------------------------------------------------------- */

static void sift_cursor(disk *d, uint64_t at)
{
    for (uint64_t child; (child = 2 * at + 1) < d->heap_count; at = child) {
        if (child + 1 < d->heap_count && less(d->heap[child + 1].at, d->heap[child].at)) child++;
        if (!less(d->heap[child].at, d->heap[at].at)) return;
        cursor c = d->heap[at];
        d->heap[at] = d->heap[child];
        d->heap[child] = c;
    }
}

/* Sets a cursor on the place of its next state, for a piece of its run at most: what has been
   read of a file is memory until it is given back, and there is a cursor for each run. */
static void seek(const search *s, cursor *c)
{
    uint64_t piece = MERGE_BYTES / STATE_BYTES + 1;
    if (c->seen) {
        /* Chunks do not follow each other. */
        uint64_t in_chunk = CHUNK - c->number % CHUNK;
        if (in_chunk < piece) piece = in_chunk;
        c->at = store_at(&s->store, c->number);
    } else {
        c->at = s->disk.mapped + c->number * STORED;
    }
    c->piece = c->in_piece = c->left < piece ? c->left : piece;
}

/* Moves the least cursor on by one state. */
static void advance(search *s)
{
    disk *d = &s->disk;
    cursor *c = &d->heap[0];
    c->left--;
    c->in_piece--;
    c->at += STORED;
    c->number++;
    if (c->in_piece == 0) {
        const oc_word *base = c->seen ? s->store.chunks[(c->number - 1) / CHUNK] : d->mapped;
        forget_pages(base, c->at - c->piece * STORED, c->at);
        if (c->left)
            seek(s, c);
        else
            d->heap[0] = d->heap[--d->heap_count];
    }
    sift_cursor(d, 0);
}

static void add_cursor(search *s, const segment *run, bool seen)
{
    cursor *c = &s->disk.heap[s->disk.heap_count++];
    *c = (cursor){.left = run->count, .number = run->start, .seen = seen};
    seek(s, c);
}

/* Begins to merge; `recent` has been written. */
static oc_status merge_begin(search *s)
{
    disk *d = &s->disk;
    d->merging = true;
    d->out_start = d->out.next;
    d->heap_count = 0;
    if (d->run_states == 0) return OC_RUNNING;
    d->heap = allocate((d->runs.count + d->old_runs.count) * sizeof *d->heap);
    if (!d->heap) return OC_NO_MEMORY;
    d->mapped_bytes = d->run_states * STATE_BYTES;
    d->mapped = map_file(d->file, 0, d->mapped_bytes);
    if (!d->mapped) return OC_NO_MEMORY;
    for (uint64_t k = 0; k < d->runs.count; k++) add_cursor(s, &d->runs.at[k], false);
    for (uint64_t k = 0; k < d->old_runs.count; k++) add_cursor(s, &d->old_runs.at[k], true);
    for (uint64_t k = d->heap_count / 2; k-- > 0;) sift_cursor(d, k);
    return OC_RUNNING;
}

/* Goes on with the merge until it is done or the time is up. */
static oc_status merge_on(search *s, bool *done)
{
    disk *d = &s->disk;
    uint32_t ticks = 0;
    *done = false;
    while (d->heap_count > 0) {
        record least;
        memcpy(least.words, d->heap[0].at, sizeof least.words);
        bool seen = false;
        while (d->heap_count > 0 && same(d->heap[0].at, least.words)) {
            seen |= d->heap[0].seen;
            advance(s);
        }
        if (!seen && !append(&s->store, &d->out, least.words)) return disk_failed(s);
        if ((++ticks & 1023) == 0 && now_ns() > s->deadline) return OC_RUNNING;
    }
    if (!append_flush(&s->store, &d->out)) return disk_failed(s);
    *done = true;
    return OC_RUNNING;
}

static void merge_close(disk *d)
{
    release_pages(d->mapped, d->mapped_bytes);
    release(d->heap);
    d->mapped = NULL;
    d->heap = NULL;
    d->heap_count = 0;
    d->merging = false;
}

/* Makes the merged states a run, and forgets the runs that they come from. */
static oc_status merge_end(search *s)
{
    disk *d = &s->disk;
    merge_close(d);
    uint64_t count = d->out.next - d->out_start;
    s->spilled += count;
    if (count && !add_segment(&d->old_runs, d->out_start, count)) return OC_NO_MEMORY;
    d->runs.count = 0;
    d->run_states = 0;
    if (ftruncate(d->file, 0)) return disk_failed(s);
    d->mark = atomic_load(&s->store.chunk_count);
    return OC_RUNNING;
}

static void disk_close(disk *d)
{
    merge_close(d);
    spill_close(d);
    table_close(&d->recent);
    release(d->out.buffer);
    release(d->early.at);
    release(d->old_runs.at);
    release(d->runs.at);
    if (d->file >= 0) close(d->file);
}
