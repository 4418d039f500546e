/* States compressed to one word, exactly (Laarman, van de Pol, Weber: "Parallel recursive state
   compression for free", 2011).

   A state is a row of halves of words. Neighbours are paired, each pair gets a number, and so on
   until two numbers are left, which are the state's key:

        words:    a      b      c
        halves:  1 2    3 4    5 6
        pairs:   [1 2]  [3 4]  [5 6]      numbers from the table of pairs: p q r
                 [ p     q ]     r                                         s r
                 key = s, r

   States differ in few places, so most of their pairs are shared. A pair's number never changes:
   equal states have equal keys, and a key gives the state again.

        slots:  hash of a pair -> number + 1; 0 is empty       linear probing, a power of two
        pairs:  segment j holds 2^j * FIRST_PAIRS of them      never moved

   Inserting is lock-free, as in table.c: the pair is written under a number of its own, then the
   slot is filled by one compare-and-swap. Who loses leaves a number unused. Between rounds both
   grow; the number of pairs in a round is limited so that there is always room for one. */

/* Wider states are compressed. Narrower ones, of up to 128 bytes, are searched in less than half of
   the time when they are stored whole. */
#ifndef OC_MOST_WORDS
#define OC_MOST_WORDS 16
#endif

#if OC_WORDS > OC_MOST_WORDS && !defined(OC_PLAIN) && !defined(OC_COMPACT)
#define COMPRESSED 1
#else
#define COMPRESSED 0
#endif

/* Words of a state as it is stored. */
#if COMPRESSED
#define STORED 1
#else
#define STORED OC_WORDS
#endif

#if COMPRESSED
#ifdef OC_TINY
#define FIRST_PAIRS ((uint64_t)32)
#else
#define FIRST_PAIRS ((uint64_t)65536)
#endif
/* Bytes for pairs that no bound of memory forbids: none, but tests have very small bounds. */
#ifndef OC_PAIRS_ANYWAY
#define OC_PAIRS_ANYWAY 0
#endif
#define ENOUGH_PAIRS ((uint64_t)65536) /* with fewer, it is too early to tell what they are worth */
#define MOST_PAIRS ((uint64_t)UINT32_MAX - 1)
#define PAIR_SEGMENTS 32

typedef struct tree {
    _Atomic uint32_t *slots;
    uint64_t capacity;
    uint64_t limit;              /* no number is given out from here on */
    _Atomic uint64_t count;      /* numbers asked for in all */
    uint64_t *segments[PAIR_SEGMENTS];
    _Atomic uint32_t *bigger;    /* while it grows */
    uint64_t moved;              /* slots that have been moved there */
} tree;

/* A pair that was last met in each place of a state's tree: most are the same in the next state. */
typedef struct recent_pair {
    uint64_t pair;
    uint32_t number;
} recent_pair;

#define TREE_PLACES (2 * OC_WORDS)

static inline uint64_t *pair_at(const tree *t, uint64_t number)
{
    uint64_t block = number / FIRST_PAIRS + 1;
    int j = 63 - __builtin_clzll(block);
    return t->segments[j] + (number - (((uint64_t)1 << j) - 1) * FIRST_PAIRS);
}

static inline uint64_t hash_pair(uint64_t pair) { return mix(pair + 0x9e3779b97f4a7c15u); }

static uint64_t tree_bytes(const tree *t)
{
    uint64_t slots = t->capacity + (t->bigger ? 2 * t->capacity : 0);
    uint64_t count = atomic_load(&t->count);
    return slots * sizeof(uint32_t) + (count < t->limit ? count : t->limit) * sizeof(uint64_t);
}

/* The most that it takes while it grows, with all pairs for which it has numbers. */
static uint64_t tree_bytes_growing(const tree *t)
{
    return 3 * t->capacity * sizeof(uint32_t) + t->limit * sizeof(uint64_t);
}

/* The number of a pair, which it gets now if it has none; UINT32_MAX where there is no room. */
static uint32_t number_of(tree *t, uint64_t pair)
{
    const uint64_t mask = t->capacity - 1;
    uint64_t mine = UINT64_MAX;
    for (uint64_t at = hash_pair(pair) & mask;; at = (at + 1) & mask) {
        /* Acquire: the pair with this number has been written. */
        uint32_t slot = atomic_load_explicit(&t->slots[at], memory_order_acquire);
        if (slot == 0) {
            if (mine == UINT64_MAX) {
                mine = atomic_fetch_add_explicit(&t->count, 1, memory_order_relaxed);
                if (mine >= t->limit) return UINT32_MAX;
                *pair_at(t, mine) = pair;
            }
            /* Release: whoever finds the number finds the pair. */
            if (atomic_compare_exchange_strong_explicit(&t->slots[at], &slot, (uint32_t)mine + 1,
                                                        memory_order_acq_rel, memory_order_acquire))
                return (uint32_t)mine;
        }
        if (*pair_at(t, slot - 1) == pair) return slot - 1;
    }
}

/* A state's key; false where there is no room for its pairs. */
static bool compress(tree *t, recent_pair *recent, const oc_word *state, oc_word *key)
{
    uint32_t row[TREE_PLACES];
    memcpy(row, state, sizeof row);
    int count = TREE_PLACES;
    while (count > 2) {
        const int pairs = count / 2;
        for (int k = 0; k < pairs; k++, recent++) {
            uint64_t pair = (uint64_t)row[2 * k] << 32 | row[2 * k + 1];
            if (recent->pair != pair || recent->number == UINT32_MAX) {
                recent->pair = pair;
                recent->number = number_of(t, pair);
                if (OC_UNLIKELY(recent->number == UINT32_MAX)) return false;
            }
            row[k] = recent->number;
        }
        if (count % 2) row[pairs] = row[count - 1];
        count = pairs + count % 2;
    }
    *key = (uint64_t)row[0] << 32 | row[1];
    return true;
}

static void expand_key(const tree *t, const uint32_t *upper, int upper_count, oc_word *state)
{
    /* How many there are in each row, from the halves to the key. */
    int counts[16], rows = 0;
    for (int count = TREE_PLACES; count > 2; count = count / 2 + count % 2) counts[rows++] = count;
    uint32_t row[TREE_PLACES];
    memcpy(row, upper, (size_t)upper_count * sizeof *row);
    while (rows-- > 0) {
        const int count = counts[rows];
        if (count % 2) row[count - 1] = row[count / 2];
        for (int k = count / 2; k-- > 0;) {
            uint64_t pair = *pair_at(t, row[k]);
            row[2 * k] = (uint32_t)(pair >> 32);
            row[2 * k + 1] = (uint32_t)pair;
        }
    }
    memcpy(state, row, sizeof row);
}

/* The state of a key. */
static void decompress(const tree *t, oc_word key, oc_word *state)
{
    const uint32_t top[2] = {(uint32_t)(key >> 32), (uint32_t)key};
    expand_key(t, top, 2, state);
}

static void set_tree_capacity(tree *t, uint64_t capacity)
{
    t->capacity = capacity;
    t->limit = capacity / 4 * 3 < MOST_PAIRS ? capacity / 4 * 3 : MOST_PAIRS;
}

/* Room for pairs up to a number; false if there is no memory. */
static bool open_segments(tree *t, uint64_t numbers)
{
    for (int j = 0; (((uint64_t)1 << j) - 1) * FIRST_PAIRS < numbers; j++) {
        if (t->segments[j]) continue;
        t->segments[j] = pages(((size_t)FIRST_PAIRS << j) * sizeof(uint64_t));
        if (!t->segments[j]) return false;
    }
    return true;
}

static bool tree_open(tree *t)
{
    const uint64_t capacity = 2 * FIRST_PAIRS;
    t->slots = pages(capacity * sizeof *t->slots);
    if (!t->slots) return false;
    set_tree_capacity(t, capacity);
    return open_segments(t, t->limit);
}

static void tree_close(tree *t)
{
    release_pages((void *)t->slots, t->capacity * sizeof *t->slots);
    release_pages((void *)t->bigger, 2 * t->capacity * sizeof *t->bigger);
    for (int j = 0; j < PAIR_SEGMENTS; j++)
        release_pages(t->segments[j], ((size_t)FIRST_PAIRS << j) * sizeof(uint64_t));
}

/* Begins to make room for as many pairs again; false if there is no memory, or no number. */
static bool tree_grow_begin(tree *t)
{
    if (t->limit == MOST_PAIRS) return false;
    t->bigger = pages(2 * t->capacity * sizeof *t->bigger);
    if (!t->bigger) return false;
    t->moved = 0;
    /* Numbers that were asked for in vain. */
    if (atomic_load(&t->count) > t->limit) atomic_store(&t->count, t->limit);
    return open_segments(t, 2 * t->capacity / 4 * 3);
}

/* Goes on with that until the time is up; whether it is done. */
static bool tree_grow_on(tree *t, uint64_t deadline)
{
    const uint64_t mask = 2 * t->capacity - 1;
    while (t->moved < t->capacity) {
        uint32_t slot = atomic_load_explicit(&t->slots[t->moved++], memory_order_relaxed);
        if (slot) {
            uint64_t at = hash_pair(*pair_at(t, slot - 1)) & mask;
            while (atomic_load_explicit(&t->bigger[at], memory_order_relaxed)) at = (at + 1) & mask;
            atomic_store_explicit(&t->bigger[at], slot, memory_order_relaxed);
        }
        if (t->moved % 4096 == 0 && now_ns() > deadline && t->moved < t->capacity) return false;
    }
    release_pages((void *)t->slots, t->capacity * sizeof *t->slots);
    t->slots = t->bigger;
    t->bigger = NULL;
    set_tree_capacity(t, 2 * t->capacity);
    return true;
}
#endif
