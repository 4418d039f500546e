/* The states seen: open addressing, linear probing, no deletion.

   With one word to a state, a slot is the state itself, plus one: 0 is an empty slot. Else it is

        63            40 39                                  0
        +---------------+------------------------------------+
        |      tag      |  number of the state in the store + 1 |
        +---------------+------------------------------------+

   with a tag from the state's hash, so that most of what is different is told apart without
   looking at the store; equality is always decided by the whole state.

   Invariant: a filled slot never changes, so a probe may stop at the first empty slot, and a
   state is inserted by one compare-and-swap of that slot. The home of a hash h is the slot
   h * capacity / 2^64: slots are in the order of hashes, so growing reads and writes both
   tables from front to end, and any capacity will do. */

#if OC_WORDS == 1 && OC_BITS <= 63 && !defined(OC_FORCE_INDEXED)
#define DIRECT 1
#else
#define DIRECT 0
#endif

#define NUMBER_BITS 40
#define NUMBER_MASK (((uint64_t)1 << NUMBER_BITS) - 1)
#define FULL_ENOUGH(capacity) ((capacity) / 4 * 3)
#define HUGE_PAGE ((size_t)2 << 20)

typedef struct table {
    _Atomic uint64_t *slots;
    uint64_t capacity;
    uint64_t limit;           /* never more states than this: probes stay short */
    _Atomic uint64_t count;   /* states, with those about to be inserted */
} table;

static inline uint64_t hash_state(const oc_word *state)
{
#if OC_WORDS == 1
    return mix(state[0] + 0x9e3779b97f4a7c15u);
#else
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (int k = 0; k < OC_WORDS; k++) {
        /* Folding of the 128-bit product, as in wyhash; the rotation makes order count. */
        unsigned __int128 product = (unsigned __int128)(h ^ state[k]) * 0xa0761d6478bd642fu;
        h = ((h << 23) | (h >> 41)) + ((uint64_t)product ^ (uint64_t)(product >> 64));
    }
    return mix(h);
#endif
}

static inline bool same(const oc_word *a, const oc_word *b)
{
    for (int k = 0; k < OC_WORDS; k++)
        if (a[k] != b[k]) return false;
    return true;
}

static inline uint64_t home(const table *t, uint64_t hash)
{
    return (uint64_t)((unsigned __int128)hash * t->capacity >> 64);
}

static inline uint64_t tagged(uint64_t hash, uint64_t number)
{
    return hash << NUMBER_BITS | (number + 1);
}

static bool table_open(table *t, uint64_t capacity)
{
    size_t bytes = capacity * sizeof *t->slots;
    t->slots = pages(bytes);
    if (!t->slots) return false;
#ifdef MADV_HUGEPAGE
    /* Every look-up is a miss; with pages of 4 KiB it would be two. */
    if (bytes >= 4 * HUGE_PAGE) madvise((void *)t->slots, bytes, MADV_HUGEPAGE);
#endif
    t->capacity = capacity;
    t->limit = FULL_ENOUGH(capacity);
    return true;
}

static void table_close(table *t)
{
    release_pages((void *)t->slots, t->capacity * sizeof *t->slots);
    t->slots = NULL;
    t->capacity = t->limit = 0;
}

static inline void table_prefetch(const table *t, uint64_t hash)
{
    __builtin_prefetch((const void *)&t->slots[home(t, hash)]);
}

static inline uint64_t next_slot(const table *t, uint64_t slot)
{
    return slot + 1 == t->capacity ? 0 : slot + 1;
}

/* Whether a filled slot holds this state. */
static inline bool holds(const store *s, uint64_t slot, const oc_word *state, uint64_t hash)
{
#if DIRECT
    (void)s, (void)hash;
    return slot == state[0] + 1;
#else
    if ((slot ^ hash << NUMBER_BITS) >> NUMBER_BITS) return false;
    return same(store_at(s, (slot & NUMBER_MASK) - 1), state);
#endif
}

static bool table_has(const table *t, const store *s, const oc_word *state, uint64_t hash)
{
    for (uint64_t at = home(t, hash);; at = next_slot(t, at)) {
        /* Acquire: what the slot's number refers to has been written (see table_insert). */
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) return false;
        if (holds(s, slot, state, hash)) return true;
    }
}

/* Whether the state is new. It must already stand in the store, under `number`, if it is. */
static bool table_insert(table *t, const store *s, const oc_word *state, uint64_t hash,
                         uint64_t number)
{
#if DIRECT
    (void)number;
    const uint64_t filled = state[0] + 1;
#else
    const uint64_t filled = tagged(hash, number);
#endif
    for (uint64_t at = home(t, hash);; at = next_slot(t, at)) {
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        /* Release: whoever finds the number finds the state. On failure, acquire as above. */
        if (slot == 0 &&
            atomic_compare_exchange_strong_explicit(&t->slots[at], &slot, filled,
                                                    memory_order_acq_rel, memory_order_acquire))
            return true;
        if (holds(s, slot, state, hash)) return false;
    }
}

/* Puts a state known to be new into a table that nobody else uses. */
static inline void put(table *t, uint64_t hash, uint64_t filled)
{
    uint64_t at = home(t, hash);
    while (atomic_load_explicit(&t->slots[at], memory_order_relaxed)) at = next_slot(t, at);
    atomic_store_explicit(&t->slots[at], filled, memory_order_relaxed);
}

/* A larger table under way. Filling it takes long enough to be done in slices. */
typedef struct growth {
    table bigger;
    uint64_t at; /* slots of the old table that have been moved */
} growth;

static bool growth_begin(growth *g, uint64_t capacity)
{
    *g = (growth){0};
    return table_open(&g->bigger, capacity);
}

#if DIRECT
/* Moves the next slots. The old table's pages are given back on the way, so that both together
   never need much more than the new one alone. */
static void growth_step(table *t, const store *s, growth *g)
{
    (void)s;
    const uint64_t step = HUGE_PAGE / sizeof *t->slots;
    uint64_t to = g->at + step < t->capacity ? g->at + step : t->capacity;
    for (uint64_t at = g->at; at < to; at++) {
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_relaxed);
        if (slot == 0) continue;
        oc_word state = slot - 1;
        put(&g->bigger, hash_state(&state), slot);
    }
    if (to < t->capacity) madvise((void *)(t->slots + g->at), HUGE_PAGE, MADV_DONTNEED);
    g->at = to;
}
#else
/* Moves the next slots. A slot does not hold the whole hash, so the states are read; some at a
   time, since each is likely to be a miss. */
static void growth_step(table *t, const store *s, growth *g)
{
    enum { AHEAD = 16, STEP = 16384 };
    uint64_t slots[AHEAD], waiting = 0;
    uint64_t to = g->at + STEP < t->capacity ? g->at + STEP : t->capacity;
    for (; g->at < to; g->at++) {
        uint64_t slot = atomic_load_explicit(&t->slots[g->at], memory_order_relaxed);
        if (slot) {
            __builtin_prefetch(store_at(s, (slot & NUMBER_MASK) - 1));
            slots[waiting++] = slot;
        }
        if (waiting < AHEAD && g->at + 1 < to) continue;
        for (uint64_t k = 0; k < waiting; k++)
            put(&g->bigger, hash_state(store_at(s, (slots[k] & NUMBER_MASK) - 1)), slots[k]);
        waiting = 0;
    }
}
#endif

/* Goes on with growing until the time is up. True when all slots have been moved, and the new
   table has taken the old one's place. */
static bool growth_on(table *t, const store *s, growth *g, uint64_t deadline)
{
    while (g->at < t->capacity) {
        growth_step(t, s, g);
        if (now_ns() > deadline && g->at < t->capacity) return false;
    }
    atomic_store(&g->bigger.count, atomic_load(&t->count));
    table_close(t);
    *t = g->bigger;
    *g = (growth){0};
    return true;
}

/* Empties a table that nobody else uses; false if there is no memory for that. */
static bool table_clear(table *t)
{
    atomic_store(&t->count, 0);
    if (t->capacity * sizeof *t->slots < HUGE_PAGE) {
        memset((void *)t->slots, 0, t->capacity * sizeof *t->slots);
        return true;
    }
    /* New pages: clearing all of a large table would cost more than a small level does. */
    uint64_t capacity = t->capacity;
    table_close(t);
    return table_open(t, capacity);
}
