/* The states found, one after another, in chunks that don't move while a round lasts.

        chunks:  [0] [1] [2] [3] ...        a state's number = chunk * CHUNK + place in it
                  |
                  +-> CHUNK states of STORED words each (tree.c)

   Each worker fills a chunk of its own, so that none waits for another. A level is a list of
   segments: runs of consecutive numbers. Between rounds, chunk c can be moved to the spill file,
   at offset c * CHUNK_BYTES, and is then mapped from there: whoever reads it need not know.
   Chunks that hold what a level of the disk search (disk.c) has found are written there from the
   beginning; what that search has in memory is in chunks from RECENT_CHUNKS on. */

/* Chunks of half a MiB and more, whatever a state's size: large enough for few mappings, small
   enough for a narrow memory bound; multiples of any system's pages. */
#ifdef OC_TINY
#define CHUNK ((uint64_t)2048)
#elif STORED <= 1
#define CHUNK ((uint64_t)65536)
#elif STORED <= 2
#define CHUNK ((uint64_t)32768)
#elif STORED <= 4
#define CHUNK ((uint64_t)16384)
#elif STORED <= 8
#define CHUNK ((uint64_t)8192)
#elif STORED <= 16
#define CHUNK ((uint64_t)4096)
#else
#define CHUNK ((uint64_t)2048)
#endif
#define STATE_BYTES (STORED * sizeof(oc_word))
#define CHUNK_BYTES (CHUNK * STATE_BYTES)
#define MAX_CHUNKS ((uint64_t)1 << 22)
#define RECENT_CHUNKS (MAX_CHUNKS / 4 * 3)
#ifdef OC_TINY
#define CHUNKS_APART ((uint64_t)2)
#define REGION_BYTES (4 * CHUNK_BYTES)
#else
#define CHUNKS_APART ((uint64_t)8) /* a small search takes no more memory than it needs */
#define REGION_BYTES (16 * HUGE_PAGE / CHUNK_BYTES * CHUNK_BYTES)
#endif

typedef struct segment {
    uint64_t start; /* number of its first state */
    uint64_t count;
    uint64_t before; /* states of the same level in segments before it */
} segment;

/* Memory for chunks that lie next to each other, so that it can be in large pages: the system gives
   those with less effort, and a state that is looked up is a miss already; with small pages it would
   be two. */
typedef struct region {
    pthread_mutex_t mutex;
    char *at;    /* what has not been given out yet */
    size_t left; /* bytes of that */
} region;

typedef struct store {
    oc_word **chunks;
    region region;
    uint8_t *on_disk; /* of each chunk: mapped from the spill file */
    _Atomic uint64_t chunk_count; /* those given out in memory end here */
    uint64_t disk_chunks;         /* once the search goes on from disk: the others end here */
    _Atomic uint64_t in_memory; /* chunks that cost memory */
    uint64_t allowed;           /* chunks that may cost memory */
    int file;                   /* the spill file; -1 as long as there is none */
} store;

static bool store_open(store *s)
{
    s->chunks = pages(MAX_CHUNKS * sizeof *s->chunks);
    s->on_disk = pages(MAX_CHUNKS);
    s->file = -1;
    s->allowed = MAX_CHUNKS;
    return s->chunks && s->on_disk;
}

static void store_drop_chunk(store *s, uint64_t c)
{
    release_pages(s->chunks[c], CHUNK_BYTES);
    if (!s->on_disk[c]) atomic_fetch_sub_explicit(&s->in_memory, 1, memory_order_relaxed);
    s->on_disk[c] = 0;
    s->chunks[c] = NULL;
}

static void drop_chunks(store *s, uint64_t from, uint64_t to)
{
    for (uint64_t c = from; c < to; c++)
        if (s->chunks[c]) store_drop_chunk(s, c);
}

/* From now on chunks in memory are those of the disk search. */
static void store_divide(store *s)
{
    s->disk_chunks = atomic_load(&s->chunk_count);
    atomic_store(&s->chunk_count, RECENT_CHUNKS);
}

/* Gives the chunks of the disk search back. */
static void drop_recent_chunks(store *s)
{
    drop_chunks(s, RECENT_CHUNKS, atomic_load(&s->chunk_count));
    atomic_store(&s->chunk_count, RECENT_CHUNKS);
}

static void store_close(store *s)
{
    const uint64_t end = s->chunks ? atomic_load(&s->chunk_count) : 0;
    drop_chunks(s, 0, end < RECENT_CHUNKS ? end : s->disk_chunks);
    drop_chunks(s, RECENT_CHUNKS, end);
    if (s->region.left) release_pages(s->region.at, s->region.left);
    release_pages(s->chunks, MAX_CHUNKS * sizeof *s->chunks);
    release_pages(s->on_disk, MAX_CHUNKS);
    if (s->file >= 0) close(s->file);
}

static inline oc_word *store_at(const store *s, uint64_t number)
{
    return s->chunks[number / CHUNK] + number % CHUNK * STORED;
}

/* Memory for a chunk; NULL if there is none. */
static oc_word *chunk_from(region *r)
{
    pthread_mutex_lock(&r->mutex);
    if (!r->left && (r->at = pages(REGION_BYTES))) {
        r->left = REGION_BYTES;
#ifdef MADV_HUGEPAGE
        madvise(r->at, REGION_BYTES, MADV_HUGEPAGE);
#endif
    }
    char *at = r->left ? r->at : NULL;
    if (at) {
        r->left -= CHUNK_BYTES;
        r->at += CHUNK_BYTES;
    }
    pthread_mutex_unlock(&r->mutex);
    /* A system may refuse a region, and have room for a chunk. */
    return (oc_word *)(at ? at : pages(CHUNK_BYTES));
}

/* The number of the first state of a new chunk, or UINT64_MAX where there is no memory, or no
   more is allowed. */
static uint64_t store_new_chunk(store *s)
{
    if (atomic_fetch_add_explicit(&s->in_memory, 1, memory_order_relaxed) >= s->allowed) {
        atomic_fetch_sub_explicit(&s->in_memory, 1, memory_order_relaxed);
        return UINT64_MAX;
    }
    /* Relaxed: the count only hands out numbers. Who reads a chunk's pointer either made it, or
       has found the chunk through the table's release and acquire, or in a later round. */
    uint64_t c = atomic_fetch_add_explicit(&s->chunk_count, 1, memory_order_relaxed);
    oc_word *at = NULL;
    if (c < MAX_CHUNKS) at = c < CHUNKS_APART ? pages(CHUNK_BYTES) : chunk_from(&s->region);
    if (!at) {
        /* Number c is lost: another thread may hold a later one already. */
        atomic_fetch_sub_explicit(&s->in_memory, 1, memory_order_relaxed);
        return UINT64_MAX;
    }
    s->chunks[c] = at;
    return c * CHUNK;
}

/* Maps chunk c from the spill file, instead of the memory that it has if it has some. */
static bool store_map_from_file(store *s, uint64_t c)
{
    /* Not over the old mapping: should this fail, that must still be there. */
    oc_word *at = map_file(s->file, c * CHUNK_BYTES, CHUNK_BYTES);
    if (!at) return false;
    release_pages(s->chunks[c], CHUNK_BYTES);
    s->chunks[c] = at;
    s->on_disk[c] = 1;
    return true;
}

/* Moves chunk c to the spill file. */
static bool store_evict(store *s, uint64_t c)
{
    if (!write_at(s->file, s->chunks[c], CHUNK_BYTES, c * CHUNK_BYTES)) return false;
    if (!store_map_from_file(s, c)) return false;
    atomic_fetch_sub_explicit(&s->in_memory, 1, memory_order_relaxed);
    return true;
}

/* Lets the system have the memory into which [from, to) of a mapped file was read. Linux maps what
   lies around a page that is missed as well, half a MiB of it where pages are large, so what was
   given back comes again with the next page: what lies before `from`, as far as `base`, is given
   back once more. */
static void forget_pages(const oc_word *base, const oc_word *from, const oc_word *to)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), around = 1 << 20;
    uintptr_t first = (uintptr_t)from, least = (uintptr_t)base;
    first = first - least > around ? first - around : least;
    first = first / page * page;
    madvise((void *)first, (uintptr_t)to - first, MADV_DONTNEED);
}

/* The same, of chunks [from, to) as far as they are on disk. */
static void store_forget(const store *s, uint64_t from, uint64_t to)
{
    for (uint64_t c = from ? from - 1 : 0; c < to; c++)
        if (s->on_disk[c])
            forget_pages(s->chunks[c], s->chunks[c], s->chunks[c] + CHUNK * STORED);
}

/* Appends a state to the spill file through a buffer; see disk.c. */
typedef struct appender {
    oc_word *buffer;
    uint64_t room;     /* states that the buffer takes */
    uint64_t buffered; /* states in it */
    uint64_t next;     /* number of the state after the last one in the buffer */
} appender;

static bool append_flush(store *s, appender *a)
{
    uint64_t first = a->next - a->buffered;
    /* Chunks are mapped before they are written: numbers and offsets go together. */
    for (uint64_t c = first / CHUNK; a->buffered && c <= (a->next - 1) / CHUNK; c++) {
        if (c >= RECENT_CHUNKS) return errno = ENOSPC, false;
        if (s->chunks[c]) continue;
        if (!store_map_from_file(s, c)) return false;
        s->disk_chunks = c + 1;
    }
    if (!write_at(s->file, a->buffer, a->buffered * STATE_BYTES, first * STATE_BYTES)) return false;
    a->buffered = 0;
    return true;
}

static bool append(store *s, appender *a, const oc_word *state)
{
    if (a->buffered == a->room && !append_flush(s, a)) return false;
    memcpy(a->buffer + a->buffered * STORED, state, STATE_BYTES);
    a->buffered++;
    a->next++;
    return true;
}
