/* Slots of a word each. Where a state is one word, and not all of its bits are used, a slot is the
   state itself, plus one: 0 is an empty slot (DIRECT). Else it is

        63            40 39                                  0
        +---------------+------------------------------------+
        |      tag      |  number of the state in the store + 1 |
        +---------------+------------------------------------+

   with a tag from the state's hash, so that most of what is different is told apart without
   looking at the store; equality is always decided by the whole state. Only where hashes are to
   stand for states (COMPACT) a slot is the hash, and two states with one hash are taken for one.

   A tag and its place tell the home in a larger table, so that one can grow without reading states,
   each of which would be a miss:

        hash:        | skipped    | tag               | not used       |
        line:        | number of the home line |

   A state lies in its home line or below. So its hash is the least one with this tag whose home is in
   the line where it lies, or above: provided that it lies nearer to its home than hashes with
   equal tags do to one another. A table that holds one further away is `crowded`.

   A probe goes round the line of memory in which a state's home lies, from the home, and from a
   full line to the one below. */

#if !QUOTIENT

#ifdef OC_TINY
#define NUMBER_BITS 58 /* short tags: states are compared that differ */
#define TELLING_BITS 1
#define NEAR_BITS 2
#else
#define NUMBER_BITS 40
#define TELLING_BITS 8 /* at least so many bits of a tag are not in the number of its home line... */
#define NEAR_BITS 6    /* ...and so many are, unless all of that number is in the tag */
#endif

/* With few of them, states have equal hashes. */
#ifndef OC_HASH_BITS
#define OC_HASH_BITS 64
#endif
#define NUMBER_MASK (((uint64_t)1 << NUMBER_BITS) - 1)
#define TAG_BITS (64 - NUMBER_BITS)
#define FULL_ENOUGH(capacity) ((capacity) / 16 * 13)
#define CAPACITY_FOR(states) ((states) / 13 * 16 + 64)

/* The least capacity that there is with so many slots, and the largest one. */
static uint64_t fitting(uint64_t slots) { return (slots + LINE - 1) / LINE * LINE; }
static uint64_t fitting_within(uint64_t slots) { return slots / LINE * LINE; }

#if TAGGED
/* How many bits of a hash are before its tag. They change rarely as a table grows: then its states
   are read. */
static uint32_t skipped_bits(uint64_t capacity)
{
    const uint32_t all_told = TAG_BITS - TELLING_BITS, step = all_told - NEAR_BITS;
    const uint64_t lines = capacity / LINE;
    const uint32_t line_bits = lines > 1 ? 64 - (uint32_t)__builtin_clzll(lines - 1) : 0;
    return line_bits <= all_told ? 0 : (line_bits - all_told + step - 1) / step * step;
}
#endif

static void set_capacity(table *t, uint64_t capacity)
{
    t->capacity = capacity;
    t->limit = FULL_ENOUGH(capacity);
#if TAGGED
    t->skipped = skipped_bits(capacity);
    t->kept = ~(uint64_t)0 << (64 - TAG_BITS - t->skipped);
#endif
}

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

/* The slot of a state with this hash, under this number in the store. */
static inline uint64_t slot_of(const table *t, const oc_word *state, uint64_t hash, uint64_t number)
{
    (void)t, (void)state, (void)hash, (void)number;
#if DIRECT
    return state[0] + 1;
#elif COMPACT
    return hash ? hash : 1; /* the home of 1 is that of 0 */
#else
    return hash << t->skipped >> NUMBER_BITS << NUMBER_BITS | (number + 1);
#endif
}

#if TAGGED
/* The number in the store of the state in a filled slot. */
static inline uint64_t number_in(uint64_t slot) { return (slot & NUMBER_MASK) - 1; }

static inline bool has_tag(const table *t, uint64_t slot, uint64_t hash)
{
    return !((slot ^ hash << t->skipped) >> NUMBER_BITS);
}

/* The hash, as far as its home needs it, of what lies in a slot of a table that was not crowded. */
static inline uint64_t hash_told(uint64_t slot, uint64_t at, former before)
{
    const uint64_t line = at / LINE * LINE, told = slot >> NUMBER_BITS << NUMBER_BITS >> before.skipped;
    if (!before.skipped) return told;
    const uint64_t step = (uint64_t)1 << (64 - before.skipped);
    const uint64_t hash = (line << before.skipped) / before.capacity * step + told;
    const bool above = (uint64_t)((unsigned __int128)hash * before.capacity >> 64) >= line;
    return above ? hash : hash + step; /* which wraps round as homes do */
}
#endif

/* Notes that what has its home at `first` has been put at `at`. */
static inline void note_place(table *t, uint64_t first, uint64_t at)
{
#if TAGGED
    const uint64_t lines = t->capacity / LINE;
    uint64_t distance = first / LINE - at / LINE;
    if (distance >= lines) distance += lines;
    if (OC_UNLIKELY(distance >= lines >> t->skipped))
        atomic_store_explicit(&t->crowded, true, memory_order_relaxed);
#else
    (void)t, (void)first, (void)at;
#endif
}

/* The slot at which a probe from `first` looks after `slot`. */
static inline uint64_t next_slot(const table *t, uint64_t slot, uint64_t first)
{
    uint64_t line = slot / LINE * LINE, next = line + (slot + 1) % LINE;
    if (OC_LIKELY((next ^ first) % LINE)) return next;
    return line_below(t, slot) + next % LINE;
}

/* Whether a filled slot holds this state. */
static inline bool holds(const table *t, const store *s, uint64_t slot, const oc_word *state,
                         uint64_t hash)
{
#if KEYED
    (void)s;
    return slot == slot_of(t, state, hash, 0);
#else
    return has_tag(t, slot, hash) && same(store_at(s, number_in(slot)), state);
#endif
}

static bool table_has(const table *t, const store *s, const oc_word *state, uint64_t hash)
{
    for (uint64_t first = home(t, hash), at = first;; at = next_slot(t, at, first)) {
        /* Acquire: what the slot's number refers to has been written (see table_insert). */
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) return false;
        if (holds(t, s, slot, state, hash)) return true;
    }
}

/* Adds a state unless it is known, under this number and at this place in the store; something may
   have been written there in either case. */
static int table_insert(table *t, const store *s, const oc_word *state, uint64_t hash,
                        oc_word *place, uint64_t number)
{
    const uint64_t filled = slot_of(t, state, hash, number);
    for (uint64_t first = home(t, hash), at = first;; at = next_slot(t, at, first)) {
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) {
            memcpy(place, state, STATE_BYTES);
            /* Release: whoever finds the number finds the state. On failure, acquire as above. */
            if (atomic_compare_exchange_strong_explicit(&t->slots[at], &slot, filled,
                                                        memory_order_acq_rel, memory_order_acquire)) {
                note_place(t, first, at);
                return ADDED;
            }
        }
        if (holds(t, s, slot, state, hash)) return KNOWN;
    }
}

#if TAGGED
/* Fetches the state with which this one will be compared: the first one in its line that has its
   tag. */
static inline void prefetch_state(const table *t, const store *s, uint64_t hash)
{
    const uint64_t first = home(t, hash);
    for (uint64_t k = 0; k < LINE; k++) {
        uint64_t at = first / LINE * LINE + (first + k) % LINE;
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) return;
        if (!has_tag(t, slot, hash)) continue;
        __builtin_prefetch(store_at(s, number_in(slot)));
        return;
    }
}
#endif

/* What is in a slot, when the table grows. */
typedef struct moved {
    uint64_t hash, slot;
} moved;

/* What the table held at `at` before. */
static inline moved taken_from(const store *s, uint64_t slot, uint64_t at, former before)
{
    (void)s, (void)at, (void)before;
#if DIRECT
    const oc_word state = slot - 1;
    return (moved){hash_stored(&state), slot};
#elif COMPACT
    return (moved){slot, slot};
#else
    if (!before.reads) return (moved){hash_told(slot, at, before), slot};
    return (moved){hash_stored(store_at(s, number_in(slot))), slot};
#endif
}

/* Fetches what taken_from() will need. */
static inline void prefetch_taken(const store *s, uint64_t slot, former before)
{
    (void)s, (void)slot, (void)before;
#if TAGGED
    if (before.reads) __builtin_prefetch(store_at(s, number_in(slot)));
#endif
}

/* Puts what is known to be new into a table that nobody else uses. */
static inline void put(table *t, moved what)
{
    uint64_t first = home(t, what.hash), at = first;
    while (atomic_load_explicit(&t->slots[at], memory_order_relaxed)) at = next_slot(t, at, first);
#if TAGGED
    what.slot = slot_of(t, NULL, what.hash, number_in(what.slot));
#endif
    atomic_store_explicit(&t->slots[at], what.slot, memory_order_relaxed);
    note_place(t, first, at);
}

#endif
