/* Slots of half a word each, for states of few bits: a slot says only what its place does not
   (Cleary: "Compact hash tables using bidirectional linear probing", 1984).

   A bijection scatters the states, as numbers of KEY_BITS bits. The first bits of such a number
   are its home line. A slot keeps the rest, and the distance from home, since a full line overflows
   to the one below:

        scattered:   | home line    |  rest         |        KEY_BITS
        slot:        | distance     |  rest         | + 1    32 bits; 0 is an empty slot

   So equality is still decided by the whole state, and a line of memory holds sixteen of them. It
   is filled from its first slot on, and compared all at once.

   The number of lines is a power of two, and at least such that there is room for distances up to
   14. Further from home, which is most unlikely, nothing is put: the table is `crowded` and grows. */

#if QUOTIENT

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
#define LINE_AT_ONCE 1
#include <emmintrin.h>
#else
#define LINE_AT_ONCE 0
#endif

#define SLOT_BITS 32
#ifdef OC_TINY
#define MOST_REST 31 /* small tables are crowded as soon as a line overflows */
#else
#define MOST_REST 28
#endif
#define KEY_BITS ((uint32_t)(OC_BITS) < MOST_REST ? MOST_REST : (uint32_t)(OC_BITS))

#define FULL_ENOUGH(capacity) ((capacity) / 16 * 11)
#define CAPACITY_FOR(states) ((states) / 11 * 16 + 64)

static uint64_t least_capacity(void) { return LINE << (KEY_BITS - MOST_REST); }

/* The least capacity that there is with so many slots, and the largest one. */
static uint64_t fitting(uint64_t slots)
{
    uint64_t capacity = least_capacity();
    while (capacity < slots) capacity *= 2;
    return capacity;
}

static uint64_t fitting_within(uint64_t slots)
{
    uint64_t capacity = least_capacity();
    while (capacity <= slots / 2) capacity *= 2;
    return capacity;
}

/* How many bits of a scattered state a slot keeps. */
static uint32_t rest_bits(uint64_t capacity)
{
    return KEY_BITS - (uint32_t)__builtin_ctzll(capacity / LINE);
}

static void set_capacity(table *t, uint64_t capacity)
{
    t->capacity = capacity;
    t->limit = FULL_ENOUGH(capacity);
    t->rest = rest_bits(capacity);
}

/* The scattered state, in the first bits of a word: each line below is a bijection of these. */
static inline uint64_t hash_state(const oc_word *state)
{
    const uint32_t unused = 64 - KEY_BITS;
    uint64_t x = state[0] << unused;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> (KEY_BITS / 2 + 1) >> unused << unused;
    return x * 0x94d049bb133111ebu;
}

static inline uint64_t hash_stored(const oc_word *state) { return hash_state(state); }

/* The slot of a state in its home line. */
static inline slot_word slot_at_home(const table *t, uint64_t hash)
{
    const uint64_t scattered = hash >> (64 - KEY_BITS);
    return (slot_word)(scattered & (((uint64_t)1 << t->rest) - 1)) + 1;
}

/* The slot, given that of one line further up; 0 where it is too far from home. */
static inline slot_word slot_below(const table *t, slot_word slot)
{
    uint64_t below = slot + ((uint64_t)1 << t->rest);
    return below > ((uint64_t)1 << SLOT_BITS) - ((uint64_t)1 << t->rest) ? 0 : (slot_word)below;
}

/* A line: whether it holds a slot, and how many are filled. What another worker inserts meanwhile
   may or may not be seen. */
typedef struct look {
    bool held;
    uint32_t filled;
} look;

static inline look look_at(const _Atomic slot_word *line, slot_word wanted)
{
#if LINE_AT_ONCE
    /* A slot is never seen half written: these processors load aligned words as they are. */
    const __m128i *at = (const __m128i *)line;
    const __m128i slot = _mm_set1_epi32((int)wanted), none = _mm_setzero_si128();
    const __m128i a = _mm_load_si128(at), b = _mm_load_si128(at + 1);
    const __m128i c = _mm_load_si128(at + 2), d = _mm_load_si128(at + 3);
    const __m128i held = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi32(a, slot), _mm_cmpeq_epi32(b, slot)),
        _mm_or_si128(_mm_cmpeq_epi32(c, slot), _mm_cmpeq_epi32(d, slot)));
    const __m128i empty = _mm_packs_epi16(
        _mm_packs_epi32(_mm_cmpeq_epi32(a, none), _mm_cmpeq_epi32(b, none)),
        _mm_packs_epi32(_mm_cmpeq_epi32(c, none), _mm_cmpeq_epi32(d, none)));
    const uint32_t first_empty = (uint32_t)_mm_movemask_epi8(empty) | 1u << LINE;
    return (look){_mm_movemask_epi8(held) != 0, (uint32_t)__builtin_ctz(first_empty)};
#else
    look seen = {false, 0};
    for (; seen.filled < LINE; seen.filled++) {
        slot_word slot = atomic_load_explicit(&line[seen.filled], memory_order_relaxed);
        if (slot == 0) break;
        seen.held |= slot == wanted;
    }
    return seen;
#endif
}

static bool table_has(const table *t, const store *s, const oc_word *state, uint64_t hash)
{
    (void)s, (void)state;
    uint64_t line = home(t, hash) / LINE * LINE;
    for (slot_word wanted = slot_at_home(t, hash); wanted; wanted = slot_below(t, wanted)) {
        const look seen = look_at(&t->slots[line], wanted);
        if (seen.held) return true;
        if (seen.filled < LINE) return false;
        line = line_below(t, line);
    }
    return false;
}

/* Adds a state unless it is known; it is then at `place` in the store. Nobody comes to the store
   through the slot: so its order with what is written there does not matter. */
static int table_insert(table *t, const store *s, const oc_word *state, uint64_t hash,
                        oc_word *place, uint64_t number)
{
    (void)s, (void)number;
    uint64_t line = home(t, hash) / LINE * LINE;
    for (slot_word wanted = slot_at_home(t, hash); wanted; wanted = slot_below(t, wanted)) {
        const look seen = look_at(&t->slots[line], wanted);
        if (seen.held) return KNOWN;
        for (uint64_t at = line + seen.filled; at < line + LINE; at++) {
            slot_word slot = 0;
            if (atomic_compare_exchange_strong_explicit(&t->slots[at], &slot, wanted,
                                                        memory_order_relaxed, memory_order_relaxed)) {
                memcpy(place, state, STATE_BYTES);
                return ADDED;
            }
            if (slot == wanted) return KNOWN;
        }
        line = line_below(t, line);
    }
    atomic_store_explicit(&t->crowded, true, memory_order_relaxed);
    return CROWDED;
}

/* What is in a slot, when the table grows. */
typedef struct moved {
    uint64_t hash;
} moved;

/* What the table held at `at` before. */
static inline moved taken_from(const store *s, uint64_t slot, uint64_t at, former before)
{
    (void)s;
    const uint32_t rest = rest_bits(before.capacity);
    const uint64_t distance = (slot - 1) >> rest, lines = before.capacity / LINE;
    const uint64_t line = (at / LINE + distance) & (lines - 1);
    const uint64_t scattered = line << rest | ((slot - 1) & (((uint64_t)1 << rest) - 1));
    return (moved){scattered << (64 - KEY_BITS)};
}

static inline void prefetch_taken(const store *s, uint64_t slot, former before)
{
    (void)s, (void)slot, (void)before;
}

/* Puts what is known to be new into a table that nobody else uses.

   There is a place for it. Let nothing have been further than d lines from home before the table
   doubled, and let n lines below one another be full now, with the line above them not full. All of
   their 16 n states have their homes there; so they had them in n / 2 + 1 lines at most, and lay in
   those and the d lines below: 16 n <= 16 (n / 2 + 1 + d). Thus nothing is further than 2 d + 2
   from home, and there is room for that in slots with one bit less to keep. */
static inline void put(table *t, moved what)
{
    uint64_t line = home(t, what.hash) / LINE * LINE;
    for (slot_word slot = slot_at_home(t, what.hash);; slot = slot_below(t, slot)) {
        assert(slot);
        const uint32_t filled = look_at(&t->slots[line], slot).filled;
        if (filled < LINE) {
            atomic_store_explicit(&t->slots[line + filled], slot, memory_order_relaxed);
            return;
        }
        line = line_below(t, line);
    }
}

/* Moves the line that begins at `line` to where it belongs now that the table is twice as large:
   what was at home there into two lines, and the rest one by one.

   Those two are empty before, and so have room: lines are moved from the last one on, what overflows
   goes down, and if it got so far from above, n full lines would hold 16 n states and one more was
   moved, all of them from (n + 1) / 2 lines that held no more than 16 each. */
static inline void move_line(table *t, uint64_t line, former before)
{
    slot_word slots[LINE];
    moved others[LINE];
    uint32_t other_count = 0;
    memcpy(slots, (const void *)&t->slots[line], sizeof slots);
    memset((void *)&t->slots[line], 0, sizeof slots);
    const uint64_t to = 2 * line;
    uint32_t filled[2] = {0, 0};
    for (uint32_t k = 0; k < LINE; k++) {
        if (!slots[k]) continue;
        const uint32_t scattered = slots[k] - 1, half = scattered >> t->rest & 1;
        if (OC_LIKELY(scattered >> t->rest < 2)) {
            const slot_word slot = (scattered & (((uint32_t)1 << t->rest) - 1)) + 1;
            const uint64_t at = to + half * LINE + filled[half]++;
            atomic_store_explicit(&t->slots[at], slot, memory_order_relaxed);
        } else {
            others[other_count++] = taken_from(NULL, slots[k], line, before);
        }
    }
    for (uint32_t k = 0; k < other_count; k++) put(t, others[k]);
}

#endif
