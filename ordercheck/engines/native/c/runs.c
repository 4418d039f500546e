/* Sorted runs of states on disk, each state once: merged with each other, and looked up.

   A run is part of a file. Some of its states are kept in memory, as fences at equal distances: so a
   look-up reads one block, wherever it is. Who looks up goes through states in their order, so a
   run remembers the block that it has read, and one pass over many states reads each block once:

        fences:    a . . . . . . . h . . . . . . . p . . . . . . . x
        states:    a b c d e f g h i j k l m n o p q r s t u v w x y
                                     [block]

   Most states that are looked up are in one run at most, so each run has a filter besides: a bit for
   each of some values of the hash, set if the run has such a state (Bloom 1970, with one hash). */

#ifdef OC_TINY
enum { BLOCK_BYTES = 4 * STATE_BYTES, FIRST_SPAN = 4, LEAST_FENCES = 4, MOST_RUNS = 4 };
#else
enum { BLOCK_BYTES = 4096, FIRST_SPAN = 256, LEAST_FENCES = 64, MOST_RUNS = 16 };
#endif
enum { BITS_EACH = 12 }; /* of a filter, for each state, where there is memory */
#define BLOCK ((uint64_t)(BLOCK_BYTES / STATE_BYTES > 0 ? BLOCK_BYTES / STATE_BYTES : 1))

typedef struct run {
    int file;
    bool owned;            /* the file is this run's alone */
    uint64_t first, count; /* its states in the file */
    uint64_t span;         /* states from one fence to the next */
    record *fences;
    uint64_t fence_count, fence_room, most_fences;
    uint64_t *filter;
    uint64_t filter_words;
    record *block;         /* states [at, at + loaded) of the run */
    uint64_t at, loaded;
    bool dense;            /* of so many states that are looked up, each block may have one */
    bool ended;            /* all its states are less than what was looked up last */
} run;

static bool read_states(int file, uint64_t first, uint64_t count, void *to)
{
    return read_at(file, to, count * STATE_BYTES, first * STATE_BYTES);
}

/* --- making one ------------------------------------------------------------------------- */

static void run_close(run *r)
{
    release(r->fences);
    release_zeroed(r->filter, r->filter_words * sizeof *r->filter);
    release(r->block);
    if (r->owned && r->file >= 0) close(r->file);
    *r = (run){.file = -1};
}

/* An empty run from this state of a file on, for so many states at most; so many bytes of memory
   will do for its fences and its filter. False if there are none. */
static bool run_open(run *r, int file, bool owned, uint64_t first, uint64_t most, uint64_t bytes)
{
    *r = (run){.file = file, .owned = owned, .first = first, .span = FIRST_SPAN};
    r->most_fences = bytes / 4 / sizeof *r->fences;
    if (r->most_fences < LEAST_FENCES) r->most_fences = LEAST_FENCES;
    uint64_t bits = most * BITS_EACH, room = 8 * (bytes - bytes / 4);
    r->filter_words = (bits < room ? bits : room) / 64 + 1;
    r->filter = zeroed(r->filter_words * sizeof *r->filter);
    r->block = allocate(BLOCK * sizeof *r->block);
    return r->filter && r->block;
}

static uint64_t run_bytes(const run *r)
{
    return r->fence_room * sizeof *r->fences + r->filter_words * sizeof *r->filter +
           (r->block ? BLOCK * sizeof *r->block : 0);
}

/* The bit of a state in the filter. */
static uint64_t filter_bit(const run *r, const oc_word *state)
{
    return (uint64_t)((unsigned __int128)hash_stored(state) * (64 * r->filter_words) >> 64);
}

static bool add_fence(run *r, const oc_word *state)
{
    if (r->fence_count == r->fence_room) {
        uint64_t room = r->fence_room ? 2 * r->fence_room : LEAST_FENCES;
        record *fences = reallocate(r->fences, room * sizeof *fences);
        if (!fences) return false;
        r->fences = fences;
        r->fence_room = room;
    }
    memcpy(r->fences[r->fence_count++].words, state, STATE_BYTES);
    return true;
}

/* Notes that the file has one more state of the run, the greatest so far. */
static bool run_extend(run *r, const oc_word *state)
{
    const uint64_t bit = filter_bit(r, state);
    r->filter[bit / 64] |= (uint64_t)1 << bit % 64;
    if (r->count % r->span == 0) {
        if (r->fence_count >= r->most_fences) {
            for (uint64_t k = 0; 2 * k < r->fence_count; k++) r->fences[k] = r->fences[2 * k];
            r->fence_count = (r->fence_count + 1) / 2;
            r->span *= 2;
        }
        if (r->count % r->span == 0 && !add_fence(r, state)) return false;
    }
    r->count++;
    return true;
}

/* --- looking up --------------------------------------------------------------------------- */

/* Before so many states are looked up, from the least one on. */
static void run_rewind(run *r, uint64_t states)
{
    r->at = r->loaded = 0;
    r->dense = r->count / BLOCK < states;
    r->ended = r->count == 0;
}

static bool load_block(run *r, uint64_t from)
{
    uint64_t left = r->count - from;
    r->at = from;
    r->loaded = left < BLOCK ? left : BLOCK;
    r->ended = left == 0;
    return read_states(r->file, r->first + from, r->loaded, r->block);
}

static bool is_behind(const run *r, const oc_word *state)
{
    return r->loaded == 0 || less(r->block[r->loaded - 1].words, state);
}

/* Loads the block from where on the state would be. The states before `from` are less. */
static bool seek(run *r, const oc_word *state, uint64_t from)
{
    uint64_t low = from / r->span, high = r->fence_count - 1;
    while (low < high) {
        uint64_t middle = (low + high + 1) / 2;
        if (less(state, r->fences[middle].words))
            high = middle - 1;
        else
            low = middle;
    }
    uint64_t first = low * r->span, end = first + r->span;
    if (first < from) first = from;
    if (end > r->count) end = r->count;
    while (end - first > BLOCK) {
        record here;
        uint64_t middle = first + (end - first) / 2;
        if (!read_states(r->file, r->first + middle, 1, &here)) return false;
        if (less(state, here.words))
            end = middle;
        else
            first = middle;
    }
    return load_block(r, first);
}

/* Whether the run has a state; none that was looked up since run_rewind was greater. False if the
   file cannot be read. */
static bool run_has(run *r, const oc_word *state, bool *has)
{
    const uint64_t bit = filter_bit(r, state);
    *has = false;
    if (!(r->filter[bit / 64] >> bit % 64 & 1)) return true;
    if (!r->ended && is_behind(r, state)) {
        const uint64_t next = r->at + r->loaded;
        if (r->dense && !load_block(r, next)) return false;
        if (!r->ended && is_behind(r, state) && !seek(r, state, next)) return false;
    }
    if (r->ended) return true;
    uint64_t low = 0, high = r->loaded;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (less(r->block[middle].words, state))
            low = middle + 1;
        else
            high = middle;
    }
    *has = low < r->loaded && same(r->block[low].words, state);
    return true;
}

/* --- merging ------------------------------------------------------------------------------ */

/* Where a merge stands in one of its sources. */
typedef struct cursor {
    const record *at;   /* the least state still to come */
    uint64_t in_buffer; /* states from there on that are in memory */
    uint64_t left;      /* states that are not */
    uint64_t next;      /* the first of these, in the file */
    int file;
    record *buffer;
} cursor;

typedef struct merge {
    cursor *heap;   /* the least state at the front */
    uint64_t count;
    record *buffers;
    size_t bytes;
    uint64_t room;  /* states of each buffer */
} merge;

static void merge_close(merge *m)
{
    release(m->heap);
    release_zeroed(m->buffers, m->bytes);
    *m = (merge){0};
}

/* Ready for so many sources, with buffers of so many bytes in all, and of a block at least. */
static bool merge_open(merge *m, uint64_t sources, uint64_t bytes)
{
    *m = (merge){0};
    m->room = bytes / (sources * STATE_BYTES);
    if (m->room < BLOCK) m->room = BLOCK;
    m->bytes = sources * m->room * STATE_BYTES;
    m->heap = allocate(sources * sizeof *m->heap);
    m->buffers = zeroed(m->bytes);
    return m->heap && m->buffers;
}

static bool cursor_fill(const merge *m, cursor *c)
{
    c->in_buffer = c->left < m->room ? c->left : m->room;
    c->at = c->buffer;
    if (!read_states(c->file, c->next, c->in_buffer, c->buffer)) return false;
    c->next += c->in_buffer;
    c->left -= c->in_buffer;
    return true;
}

static void sift_cursor(merge *m, uint64_t at)
{
    for (uint64_t child; (child = 2 * at + 1) < m->count; at = child) {
        const cursor *heap = m->heap;
        if (child + 1 < m->count && less(heap[child + 1].at->words, heap[child].at->words)) child++;
        if (!less(heap[child].at->words, heap[at].at->words)) return;
        cursor c = m->heap[at];
        m->heap[at] = m->heap[child];
        m->heap[child] = c;
    }
}

/* Adds a source of sorted states: of a file, or of memory. Afterwards: merge_begin. */
static bool merge_add(merge *m, int file, uint64_t first, uint64_t count)
{
    cursor *c = &m->heap[m->count];
    *c = (cursor){.left = count, .next = first, .file = file};
    c->buffer = m->buffers + m->count * m->room;
    if (count == 0) return true;
    m->count++;
    return cursor_fill(m, c);
}

static void merge_add_memory(merge *m, const oc_word *states, uint64_t count)
{
    if (count == 0) return;
    m->heap[m->count++] = (cursor){.at = (const record *)states, .in_buffer = count, .file = -1};
}

static void merge_begin(merge *m)
{
    for (uint64_t k = m->count / 2; k-- > 0;) sift_cursor(m, k);
}

/* Leaves the least state behind. False if a file cannot be read. */
static bool merge_next(merge *m)
{
    cursor *c = &m->heap[0];
    c->at++;
    if (--c->in_buffer == 0) {
        if (c->left && !cursor_fill(m, c)) return false;
        if (!c->in_buffer) *c = m->heap[--m->count];
    }
    sift_cursor(m, 0);
    return true;
}
