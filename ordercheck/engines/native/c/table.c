/* The states seen: open addressing, no deletion.

   With one word to a state, a slot is the state itself, plus one: 0 is an empty slot. Else it is

        63            40 39                                  0
        +---------------+------------------------------------+
        |      tag      |  number of the state in the store + 1 |
        +---------------+------------------------------------+

   with a tag from the state's hash, so that most of what is different is told apart without
   looking at the store; equality is always decided by the whole state. Only where hashes are to
   stand for states (COMPACT) a slot is the hash, and two states with one hash are taken for one.

   Invariant: a filled slot never changes, so a probe may stop at the first empty slot, and a
   state is inserted by one compare-and-swap of that slot. The home of a hash h is the slot
   h * capacity / 2^64. A probe goes round the line of memory in which that lies, and from a full
   line to the one below, so that a look-up seldom fetches more than one line:

        ... | line l - 1 | line l: 5 6 7 [home] 1 2 3 4 | ...        from the first line to the last
              <- then

   Slots are in the order of hashes, and overflow goes down: so a table grows in place, from its
   end. What lies in line l has its home in l or above, and its new one as well; once everything
   above has been moved, it finds its new place in l or above, where nothing is waiting. */

#if COMPRESSED || (OC_WORDS == 1 && OC_NARROW && !defined(OC_FORCE_INDEXED))
#define DIRECT 1
#else
#define DIRECT 0
#endif

#if defined(OC_COMPACT) && !DIRECT
#define COMPACT 1
#else
#define COMPACT 0
#endif

/* A slot says all that the table needs to know: it can do without the store. */
#define KEYED (DIRECT || COMPACT)

#ifdef OC_TINY
#define NUMBER_BITS 61 /* short tags: states are compared that differ */
#else
#define NUMBER_BITS 40
#endif

/* With few of them, states have equal hashes. */
#ifndef OC_HASH_BITS
#define OC_HASH_BITS 64
#endif
#define NUMBER_MASK (((uint64_t)1 << NUMBER_BITS) - 1)
#define FULL_ENOUGH(capacity) ((capacity) / 16 * 13)
#define CAPACITY_FOR(states) ((states) / 13 * 16 + 64)
#define HUGE_PAGE ((size_t)2 << 20)
#define LINE ((uint64_t)8) /* slots that are fetched together */

typedef struct table {
    _Atomic uint64_t *slots;
    uint64_t capacity;        /* a multiple of LINE */
    size_t reserved;          /* bytes at `slots`: what is not used yet costs nothing */
    uint64_t limit;           /* never more states than this: probes stay short */
    _Atomic uint64_t count;   /* states, with those about to be inserted */
} table;

static inline uint64_t folded(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The first bits of a hash; all of them but in tests. */
static inline uint64_t kept_bits(uint64_t hash)
{
    return hash >> (64 - OC_HASH_BITS) << (64 - OC_HASH_BITS);
}

static inline uint64_t hash_state(const oc_word *state)
{
#if OC_WORDS == 1
    return kept_bits(mix(state[0] + 0x9e3779b97f4a7c15u));
#else
    /* Folding of 128-bit products, two words at a time, as in wyhash. */
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (int k = 0; k + 1 < OC_WORDS; k += 2)
        h = folded(state[k] ^ 0xa0761d6478bd642fu, state[k + 1] ^ h);
    if (OC_WORDS % 2) h = folded(state[OC_WORDS - 1] ^ 0xe7037ed1a0b428dbu, h);
    return kept_bits(mix(h));
#endif
}

/* The hash of a state as it is stored. */
static inline uint64_t hash_stored(const oc_word *state)
{
#if COMPRESSED
    return mix(state[0] + 0x9e3779b97f4a7c15u);
#else
    return hash_state(state);
#endif
}

static inline bool same(const oc_word *a, const oc_word *b)
{
    for (int k = 0; k < STORED; k++)
        if (a[k] != b[k]) return false;
    return true;
}

static inline uint64_t home(const table *t, uint64_t hash)
{
    return (uint64_t)((unsigned __int128)hash * t->capacity >> 64);
}

/* The slot of a state with this hash, under this number in the store. */
static inline uint64_t slot_of(const oc_word *state, uint64_t hash, uint64_t number)
{
    (void)state, (void)hash, (void)number;
#if DIRECT
    return state[0] + 1;
#elif COMPACT
    return hash ? hash : 1; /* the home of 1 is that of 0 */
#else
    return hash << NUMBER_BITS | (number + 1);
#endif
}

static uint64_t whole_lines(uint64_t slots) { return (slots + LINE - 1) / LINE * LINE; }

static size_t slots_bytes(uint64_t capacity) { return capacity * sizeof(uint64_t); }

static bool table_reserve(table *t, size_t bytes)
{
    t->slots = pages(bytes);
    t->reserved = t->slots ? bytes : 0;
#ifdef MADV_HUGEPAGE
    /* Every look-up is a miss; with pages of 4 KiB it would be two. */
    if (t->slots && bytes >= 4 * HUGE_PAGE) madvise((void *)t->slots, bytes, MADV_HUGEPAGE);
#endif
    return t->slots;
}

static void set_capacity(table *t, uint64_t capacity)
{
    t->capacity = capacity;
    t->limit = FULL_ENOUGH(capacity);
}

static bool table_open(table *t, uint64_t capacity)
{
    capacity = whole_lines(capacity);
    if (!table_reserve(t, slots_bytes(capacity))) return false;
    set_capacity(t, capacity);
    return true;
}

static void table_close(table *t)
{
    release_pages((void *)t->slots, t->reserved);
    t->slots = NULL;
    t->capacity = t->limit = t->reserved = 0;
}

static inline void table_prefetch(const table *t, uint64_t hash)
{
    __builtin_prefetch((const void *)&t->slots[home(t, hash)]);
}

/* The slot at which a probe from `first` looks after `slot`. */
static inline uint64_t next_slot(const table *t, uint64_t slot, uint64_t first)
{
    uint64_t line = slot / LINE * LINE, next = line + (slot + 1) % LINE;
    if (OC_LIKELY((next ^ first) % LINE)) return next;
    return line ? next - LINE : next + t->capacity - LINE;
}

/* Whether a filled slot holds this state. */
static inline bool holds(const store *s, uint64_t slot, const oc_word *state, uint64_t hash)
{
#if KEYED
    (void)s;
    return slot == slot_of(state, hash, 0);
#else
    if ((slot ^ hash << NUMBER_BITS) >> NUMBER_BITS) return false;
    return same(store_at(s, (slot & NUMBER_MASK) - 1), state);
#endif
}

static bool table_has(const table *t, const store *s, const oc_word *state, uint64_t hash)
{
    for (uint64_t first = home(t, hash), at = first;; at = next_slot(t, at, first)) {
        /* Acquire: what the slot's number refers to has been written (see table_insert). */
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) return false;
        if (holds(s, slot, state, hash)) return true;
    }
}

/* Whether the state is new. If so it is now at `place` in the store, whose number is `number`;
   something may have been written there if not. */
static bool table_insert(table *t, const store *s, const oc_word *state, uint64_t hash,
                         oc_word *place, uint64_t number)
{
    const uint64_t filled = slot_of(state, hash, number);
    for (uint64_t first = home(t, hash), at = first;; at = next_slot(t, at, first)) {
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) {
            memcpy(place, state, STATE_BYTES);
            /* Release: whoever finds the number finds the state. On failure, acquire as above. */
            if (atomic_compare_exchange_strong_explicit(&t->slots[at], &slot, filled,
                                                        memory_order_acq_rel, memory_order_acquire))
                return true;
        }
        if (holds(s, slot, state, hash)) return false;
    }
}

#if !KEYED
/* Fetches the state with which this one will be compared: the first one in its line that has its
   tag. */
static inline void prefetch_state(const table *t, const store *s, uint64_t hash)
{
    const uint64_t first = home(t, hash);
    for (uint64_t k = 0; k < LINE; k++) {
        uint64_t at = first / LINE * LINE + (first + k) % LINE;
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) return;
        if ((slot ^ hash << NUMBER_BITS) >> NUMBER_BITS) continue;
        __builtin_prefetch(store_at(s, (slot & NUMBER_MASK) - 1));
        return;
    }
}
#endif

/* --- growing -------------------------------------------------------------------------- */

/* A table that is being made larger. That takes long enough to be done in slices. */
typedef struct growth {
    uint64_t left;     /* slots, from the first, that have not been moved yet */
    uint64_t *wrapped; /* what had its home in the first lines and its place in the last ones */
    uint64_t wrapped_count, wrapped_room;
} growth;

enum { GROWTH_RESERVE = 8, AHEAD = 4 * LINE };

static inline uint64_t hash_of_slot(const store *s, uint64_t slot)
{
#if DIRECT
    (void)s;
    const oc_word state = slot - 1;
    return hash_stored(&state);
#elif COMPACT
    (void)s;
    return slot;
#else
    return hash_stored(store_at(s, (slot & NUMBER_MASK) - 1));
#endif
}

/* Puts a state known to be new into a table that nobody else uses. */
static inline void put(table *t, uint64_t hash, uint64_t filled)
{
    uint64_t first = home(t, hash), at = first;
    while (atomic_load_explicit(&t->slots[at], memory_order_relaxed)) at = next_slot(t, at, first);
    atomic_store_explicit(&t->slots[at], filled, memory_order_relaxed);
}

/* Moves the slots, as they are, to where there is room for more. Piece by piece, so that both
   places together never take much more than one. */
static bool table_move(table *t, uint64_t capacity)
{
    table roomy = {0};
    /* A system may refuse to reserve more than it has. */
    if (!table_reserve(&roomy, slots_bytes(capacity) * GROWTH_RESERVE) &&
        !table_reserve(&roomy, slots_bytes(capacity)))
        return false;
    char *from = (char *)t->slots, *to = (char *)roomy.slots;
    for (size_t at = 0, bytes = slots_bytes(t->capacity); at < bytes; at += HUGE_PAGE) {
        size_t piece = bytes - at < HUGE_PAGE ? bytes - at : HUGE_PAGE;
        memcpy(to + at, from + at, piece);
        if (piece == HUGE_PAGE) madvise(from + at, HUGE_PAGE, MADV_DONTNEED);
    }
    release_pages(from, t->reserved);
    t->slots = roomy.slots;
    t->reserved = roomy.reserved;
    return true;
}

/* Takes out what lies in a line below that of its home: it went down beyond the first line. */
static bool unwrap_line(table *t, const store *s, growth *g, uint64_t line, bool *full)
{
    for (uint64_t at = line; at < line + LINE; at++) {
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_relaxed);
        *full &= slot != 0;
        if (!slot || home(t, hash_of_slot(s, slot)) >= line) continue;
        if (g->wrapped_count == g->wrapped_room) {
            uint64_t room = g->wrapped_room ? 2 * g->wrapped_room : 64;
            uint64_t *more = reallocate(g->wrapped, room * sizeof *more);
            if (!more) return false;
            g->wrapped = more;
            g->wrapped_room = room;
        }
        g->wrapped[g->wrapped_count++] = slot;
        atomic_store_explicit(&t->slots[at], 0, memory_order_relaxed);
    }
    return true;
}

static void growth_close(growth *g)
{
    release(g->wrapped);
    *g = (growth){0};
}

/* Begins to make a table larger. False if there is no memory for that; it is as it was then. */
static bool growth_begin(table *t, const store *s, growth *g, uint64_t capacity)
{
    capacity = whole_lines(capacity);
    if (slots_bytes(capacity) > t->reserved && !table_move(t, capacity)) return false;
    bool full = true, done = true;
    for (uint64_t line = t->capacity; full && done && line > 0; line -= LINE)
        done = unwrap_line(t, s, g, line - LINE, &full);
    if (!done) {
        for (uint64_t k = 0; k < g->wrapped_count; k++)
            put(t, hash_of_slot(s, g->wrapped[k]), g->wrapped[k]);
        growth_close(g);
        return false;
    }
    g->left = t->capacity;
    set_capacity(t, capacity);
    return true;
}

/* Moves the last lines that have not been moved yet. A slot need not hold the whole hash: then
   states are read, some at a time, since each is likely to be a miss. */
static void move_lines(table *t, const store *s, growth *g)
{
    uint64_t slots[AHEAD], count = 0;
    uint64_t to = g->left > AHEAD ? g->left - AHEAD : 0;
    while (g->left > to) {
        uint64_t slot = atomic_load_explicit(&t->slots[--g->left], memory_order_relaxed);
        if (!slot) continue;
        atomic_store_explicit(&t->slots[g->left], 0, memory_order_relaxed);
#if !KEYED
        __builtin_prefetch(store_at(s, (slot & NUMBER_MASK) - 1));
#endif
        slots[count++] = slot;
    }
    for (uint64_t k = 0; k < count; k++) put(t, hash_of_slot(s, slots[k]), slots[k]);
}

/* Goes on with growing until the time is up; whether it is done. */
static bool growth_on(table *t, const store *s, growth *g, uint64_t deadline)
{
    for (uint32_t ticks = 1; g->left; ticks++) {
        move_lines(t, s, g);
        if (ticks % 512 == 0 && now_ns() > deadline) return false;
    }
    for (uint64_t k = 0; k < g->wrapped_count; k++)
        put(t, hash_of_slot(s, g->wrapped[k]), g->wrapped[k]);
    growth_close(g);
    return true;
}

/* Empties a table that nobody else uses; false if there is no memory for that. */
static bool table_clear(table *t)
{
    atomic_store(&t->count, 0);
    if (slots_bytes(t->capacity) < HUGE_PAGE) {
        memset((void *)t->slots, 0, slots_bytes(t->capacity));
        return true;
    }
    /* New pages: clearing all of a large table would cost more than a small level does. */
    uint64_t capacity = t->capacity;
    table_close(t);
    return table_open(t, capacity);
}
