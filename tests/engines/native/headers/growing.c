/* A table alone, that is filled and grows: with any number of states whose homes are close together, so
   that they overflow as far as chance would take them once in years. */

#include "explorer.c"

typedef struct filling {
    uint64_t seed, states;
    uint32_t crowd;      /* of 1000 states, so many have their homes close together... */
    uint32_t crowd_bits; /* ...in a part of the table that is smaller by so many bits... */
    uint32_t crowd_at;   /* ...the first one of them, or 1: the last one */
} filling;

typedef struct filled {
    uint64_t lost;     /* states that were not found again, found though new, or in no place told */
    uint64_t growths;
    uint64_t read;     /* growths that had to read states */
    uint64_t crowded;  /* growths of a table that was crowded */
    uint64_t wrapped;  /* states that wrapped round, at growths */
} filled;

static uint64_t next_random(uint64_t *x)
{
    *x += 0x9e3779b97f4a7c15u;
    return mix(*x);
}

static void random_state(const filling *f, uint64_t *x, oc_word *to)
{
    const bool near = next_random(x) % 1000 < f->crowd;
    const uint64_t at = f->crowd_at ? ~(uint64_t)0 >> (64 - f->crowd_bits) : 0;
    do {
        for (int k = 0; k < OC_WORDS; k++) to[k] = next_random(x);
        to[OC_WORDS - 1] >>= 64 * OC_WORDS - OC_BITS;
    } while (near && hash_stored(to) >> (64 - f->crowd_bits) != at);
}

/* Whether each state's place tells its home, unless the table is crowded. */
static uint64_t misplaced(const table *t, const store *s)
{
    uint64_t wrong = 0;
#if TAGGED
    const former now = {t->capacity, t->skipped, false};
    for (uint64_t at = 0; at < t->capacity && !t->crowded; at++) {
        if (!t->slots[at]) continue;
        const uint64_t hash = hash_stored(store_at(s, number_in(t->slots[at])));
        wrong += hash_told(t->slots[at], at, now) != (hash & t->kept);
    }
#endif
    return (void)t, (void)s, wrong;
}

static uint64_t missing(const table *t, const store *s, uint64_t count)
{
    uint64_t missed = 0;
    for (uint64_t k = 0; k < count; k++) {
        const oc_word *state = store_at(s, k);
        missed += !table_has(t, s, state, hash_stored(state));
    }
    return missed;
}

static bool grow(table *t, const store *s, uint64_t *x, filled *told)
{
    growth g = {0};
    const uint64_t percent = QUOTIENT ? 200 : 110 + next_random(x) % 240;
    told->crowded += t->crowded;
    if (!growth_begin(t, s, &g, t->capacity * percent / 100 + LINE)) return false;
    told->growths++;
    told->read += g.before.reads;
    told->wrapped += g.wrapped_count;
    return growth_on(t, s, &g, UINT64_MAX);
}

/* Fills a table from nothing, and looks for everything after each growth. */
OC_EXPORT void fill(const filling *f, filled *told)
{
    store s = {0};
    table t = {0};
    oc_word state[OC_WORDS];
    uint64_t x = f->seed, count = 0;
    *told = (filled){0};
    pthread_mutex_init(&s.region.mutex, NULL);
    bool able = store_open(&s) && table_open(&t, OC_FIRST_TABLE);
    /* Hardly any state comes twice, and tables are crowded by a few: one that is filled needs no more. */
    for (uint64_t tries = 0; able && count < f->states && tries < 4 * f->states + 1000; tries++) {
        if (count + 1 > t.limit || (QUOTIENT && t.crowded)) {
            told->lost += misplaced(&t, &s);
            able = grow(&t, &s, &x, told);
            told->lost += misplaced(&t, &s) + missing(&t, &s, count);
            continue;
        }
        if (count % CHUNK == 0 && store_new_chunk(&s) == UINT64_MAX) break;
        random_state(f, &x, state);
        const uint64_t hash = hash_stored(state);
        const bool known = table_has(&t, &s, state, hash);
        const int result = table_insert(&t, &s, state, hash, store_at(&s, count), count);
        if (result == CROWDED) continue;
        told->lost += (result == KNOWN) != known || !table_has(&t, &s, state, hash);
        count += result == ADDED;
    }
    told->lost += f->states - count;
    table_close(&t);
    store_close(&s);
}
