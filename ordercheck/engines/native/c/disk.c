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

enum { APPEND_BYTES = 1 << 20 };

/* What a state in `recent` costs: its slot, its place in the store, and one to sort it. */
#define RECENT_BYTES (11 + 2 * OC_WORDS * sizeof(oc_word))

static int open_unlinked(const char *folder)
{
    static const char name[] = "/ordercheck-XXXXXX";
    char *path = allocate(strlen(folder) + sizeof name);
    if (!path) return errno = ENOMEM, -1;
    strcpy(path, folder);
    strcat(path, name);
    int file = oc_fails() ? (errno = ENOSPC, -1) : mkstemp(path);
    /* Without a name it goes when the process does, however that ends. */
    if (file >= 0) unlink(path);
    free(path);
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
    return OC_DISK_FULL;
}

static bool close_segment(worker *w)
{
    bool done = w->next == w->open_start ||
                add_segment(&w->filled, w->open_start, w->next - w->open_start);
    w->open_start = w->next;
    return done;
}

/* Moves all chunks that are not being filled to the spill file. */
static oc_status evict_chunks(search *s)
{
    if (!open_spill_file(s)) return disk_failed(s);
    uint64_t count = atomic_load(&s->store.chunk_count);
    for (uint64_t c = 0; c < count; c++) {
        if (!s->store.chunks[c] || s->store.on_disk[c]) continue;
        bool in_use = false;
        for (uint32_t k = 0; k < s->options.workers; k++) {
            const worker *w = &s->workers[k];
            in_use |= w->next < w->room_end && w->next / CHUNK == c;
        }
        if (in_use) continue;
        if (!store_evict(&s->store, c)) return disk_failed(s);
        store_forget(&s->store, c, c + 1);
        s->spilled += CHUNK;
    }
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
    d->out.room = APPEND_BYTES / (OC_WORDS * sizeof(oc_word)) + 1;
    d->out.buffer = allocate(d->out.room * OC_WORDS * sizeof(oc_word));
    if (!d->out.buffer || !table_open(&d->recent, states / 3 * 4)) return OC_NO_MEMORY;
    s->store.allowed = atomic_load(&s->store.in_memory) + chunks;
    d->mark = atomic_load(&s->store.chunk_count);
    d->out.next = d->out_start = d->mark * CHUNK;
    d->on = true;
    return OC_RUNNING;
}

/* All states in `recent`, into one array; the chunks that they were in are given back. */
static oc_word *take_recent(search *s, uint64_t *count)
{
    uint64_t all = 0;
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        if (!close_segment(w)) return NULL;
        for (uint64_t i = 0; i < w->filled.count; i++) all += w->filled.at[i].count;
    }
    *count = all;
    oc_word *states = pages((all + 1) * OC_WORDS * sizeof *states);
    if (!states) return NULL;
    oc_word *to = states;
    for (uint32_t k = 0; k < s->options.workers; k++) {
        worker *w = &s->workers[k];
        for (uint64_t i = 0; i < w->filled.count; i++) {
            /* A segment lies in one chunk. */
            uint64_t words = w->filled.at[i].count * OC_WORDS;
            memcpy(to, store_at(&s->store, w->filled.at[i].start), words * sizeof *to);
            to += words;
        }
        w->filled.count = 0;
        w->next = w->open_start = w->room_end = 0;
    }
    uint64_t chunks = atomic_load(&s->store.chunk_count);
    for (uint64_t c = s->disk.mark; c < chunks; c++)
        if (s->store.chunks[c]) store_drop_chunk(&s->store, c);
    atomic_store(&s->store.chunk_count, s->disk.mark);
    return states;
}

/* Writes what is in `recent` as a sorted run, and empties it. */
static oc_status spill_recent(search *s)
{
    disk *d = &s->disk;
    const size_t size = OC_WORDS * sizeof(oc_word);
    uint64_t count;
    oc_word *states = take_recent(s, &count);
    if (!states) return OC_NO_MEMORY;
    sort_states(states, count);
    bool written = write_at(d->file, states, count * size, d->run_states * size);
    munmap(states, (count + 1) * size);
    if (!written) return disk_failed(s);
    if (count && !add_segment(&d->runs, d->run_states, count)) return OC_NO_MEMORY;
    d->run_states += count;
    s->spilled += count;
    return table_clear(&d->recent) ? OC_RUNNING : OC_NO_MEMORY;
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

/* Sets a cursor on a run of the store to state `number`. */
static void seek(const store *s, cursor *c, uint64_t number)
{
    uint64_t in_chunk = CHUNK - number % CHUNK;
    c->number = number;
    c->at = store_at(s, number);
    c->in_piece = c->left < in_chunk ? c->left : in_chunk;
}

/* Moves the least cursor on by one state. */
static void advance(search *s)
{
    disk *d = &s->disk;
    cursor *c = &d->heap[0];
    c->left--;
    c->in_piece--;
    c->at += OC_WORDS;
    c->number++;
    if (c->left == 0) {
        d->heap[0] = d->heap[--d->heap_count];
    } else if (c->in_piece == 0) {
        store_forget(&s->store, c->number / CHUNK - 1, c->number / CHUNK);
        seek(&s->store, c, c->number);
    }
    sift_cursor(d, 0);
}

static oc_status begin_merge(search *s)
{
    disk *d = &s->disk;
    oc_status status = spill_recent(s);
    if (status != OC_RUNNING) return status;
    d->out_start = d->out.next;
    d->heap_count = 0;
    if (d->run_states == 0) return OC_RUNNING;
    d->heap = allocate((d->runs.count + d->old_runs.count) * sizeof *d->heap);
    if (!d->heap) return OC_NO_MEMORY;
    size_t bytes = d->run_states * OC_WORDS * sizeof(oc_word);
    void *at = oc_fails() ? MAP_FAILED : mmap(NULL, bytes, PROT_READ, MAP_SHARED, d->file, 0);
    if (at == MAP_FAILED) return OC_NO_MEMORY;
    d->mapped = at;
    for (uint64_t k = 0; k < d->runs.count; k++) {
        const segment *run = &d->runs.at[k];
        d->heap[d->heap_count++] =
            (cursor){d->mapped + run->start * OC_WORDS, run->count, run->count, 0, false};
    }
    for (uint64_t k = 0; k < d->old_runs.count; k++) {
        cursor *c = &d->heap[d->heap_count++];
        *c = (cursor){NULL, 0, d->old_runs.at[k].count, 0, true};
        seek(&s->store, c, d->old_runs.at[k].start);
    }
    for (uint64_t k = d->heap_count / 2; k-- > 0;) sift_cursor(d, k);
    return OC_RUNNING;
}

/* Goes on with the merge until it is done or the time is up. */
static oc_status merge(search *s, bool *done)
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

static void close_merge(disk *d)
{
    if (d->mapped) munmap(d->mapped, d->run_states * OC_WORDS * sizeof(oc_word));
    free(d->heap);
    d->mapped = NULL;
    d->heap = NULL;
    d->heap_count = 0;
}

/* Makes the merged states a run, and forgets the runs that they come from. */
static oc_status end_merge(search *s)
{
    disk *d = &s->disk;
    close_merge(d);
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
    close_merge(d);
    table_close(&d->recent);
    free(d->out.buffer);
    free(d->early.at);
    free(d->old_runs.at);
    free(d->runs.at);
    if (d->file >= 0) close(d->file);
}
