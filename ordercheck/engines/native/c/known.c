/* States with numbers, in the order in which they came.

   The states lie one after another; a table of slots finds a state's number:

        63                          32 31                           0
        +-----------------------------+-----------------------------+
        |  upper half of the hash     |  number + 1; 0: empty       |
        +-----------------------------+-----------------------------+

   Open addressing, linear probing, no deletion, a power of two of slots, at most two thirds full.
   A larger table is filled anew from the states, in pieces, so that nobody waits for it; the old
   one is given back before. One thread only. */

#define MOST_KNOWN (UINT32_MAX - 2)

#ifdef OC_TINY
#define FIRST_KNOWN 4
#else
#define FIRST_KNOWN 4096
#endif

typedef struct known {
    oc_word *states;
    uint64_t count, room;
    uint64_t *slots;
    uint64_t capacity;
    uint64_t filled; /* states that have their slot: fewer than `count` while it grows */
} known;

static inline uint64_t hash_known(const oc_word *state)
{
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (int k = 0; k < OC_WORDS; k++) hash = mix((hash << 23 | hash >> 41) + state[k]);
    return hash;
}

static inline oc_word *known_at(const known *k, uint64_t number)
{
    return k->states + number * OC_WORDS;
}

static inline uint64_t known_home(const known *k, uint64_t hash) { return hash & (k->capacity - 1); }

static bool known_open(known *k)
{
    k->capacity = FIRST_KNOWN;
    k->slots = pages(k->capacity * sizeof *k->slots);
    return k->slots != NULL;
}

static void known_close_slots(known *k)
{
    release_pages(k->slots, k->capacity * sizeof *k->slots);
    k->slots = NULL;
}

static void known_close(known *k)
{
    known_close_slots(k);
    release(k->states);
}

static uint64_t known_bytes(const known *k)
{
    return k->room * OC_WORDS * sizeof *k->states + (k->slots ? k->capacity * sizeof *k->slots : 0);
}

static inline void known_prefetch(const known *k, uint64_t hash)
{
    __builtin_prefetch(&k->slots[known_home(k, hash)]);
}

/* Fetches the state to which a hash's first slot points. */
static inline void known_prefetch_state(const known *k, uint64_t hash)
{
    uint64_t slot = k->slots[known_home(k, hash)];
    if (slot && slot >> 32 == hash >> 32) __builtin_prefetch(known_at(k, (uint32_t)slot - 1));
}

static inline bool known_same(const oc_word *a, const oc_word *b)
{
    for (int k = 0; k < OC_WORDS; k++)
        if (a[k] != b[k]) return false;
    return true;
}

/* The slot of a state, or the empty one where it belongs. */
static inline uint64_t *known_slot(const known *k, const oc_word *state, uint64_t hash)
{
    uint64_t at = known_home(k, hash);
    for (;; at = (at + 1) & (k->capacity - 1)) {
        uint64_t slot = k->slots[at];
        if (!slot) return &k->slots[at];
        if (slot >> 32 != hash >> 32) continue;
        if (known_same(known_at(k, (uint32_t)slot - 1), state)) return &k->slots[at];
    }
}

/* Whether so many more states fit as it is. */
static inline bool known_has_room(const known *k, uint64_t more)
{
    uint64_t count = k->count + more;
    return count <= k->room && count <= k->capacity / 3 * 2 && k->filled == k->count;
}

/* Begins to make room for so many more states. */
static oc_status known_begin_growth(known *k, uint64_t more)
{
    uint64_t count = k->count + more;
    if (count > MOST_KNOWN) return OC_NO_MEMORY;
    if (count > k->room) {
        uint64_t room = k->room + k->room / 2 > count ? k->room + k->room / 2 : count;
        oc_word *states = reallocate(k->states, room * OC_WORDS * sizeof *states);
        if (!states) return OC_NO_MEMORY;
        k->states = states;
        k->room = room;
    }
    if (count <= k->capacity / 3 * 2) return OC_RUNNING;
    uint64_t capacity = k->capacity;
    while (count > capacity / 3 * 2) capacity *= 2;
    known_close_slots(k);
    k->slots = pages(capacity * sizeof *k->slots);
    if (!k->slots) return OC_NO_MEMORY;
    k->capacity = capacity;
    k->filled = 0;
    return OC_RUNNING;
}

/* Goes on filling a larger table; whether all is in it. */
static bool known_grow_on(known *k, uint64_t deadline)
{
    enum { PIECE = 256 };
    while (k->filled < k->count) {
        uint64_t hashes[PIECE], first = k->filled;
        uint64_t piece = k->count - first < PIECE ? k->count - first : PIECE;
        for (uint64_t i = 0; i < piece; i++) {
            hashes[i] = hash_known(known_at(k, first + i));
            known_prefetch(k, hashes[i]);
        }
        for (uint64_t i = 0; i < piece; i++) {
            uint64_t at = known_home(k, hashes[i]);
            while (k->slots[at]) at = (at + 1) & (k->capacity - 1);
            k->slots[at] = hashes[i] >> 32 << 32 | (first + i + 1);
        }
        k->filled += piece;
        if (now_ns() > deadline) break;
    }
    return k->filled == k->count;
}

/* Gives a state, which belongs in this empty slot, the next number. There is room for it. */
static inline uint32_t known_add(known *k, uint64_t *slot, const oc_word *state, uint64_t hash)
{
    assert(k->count < k->room && k->filled == k->count && !*slot);
    memcpy(known_at(k, k->count), state, OC_WORDS * sizeof *state);
    k->filled = ++k->count;
    *slot = hash >> 32 << 32 | k->count;
    return (uint32_t)(k->count - 1);
}
