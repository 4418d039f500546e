/* Sorting states by their words, in place and in slices: quicksort with pivots by chance, so that
   no input is bad, and insertion sort for what is short. */

typedef struct record {
    oc_word words[STORED];
} record;

typedef struct range {
    uint64_t from, to; /* records [from, to) */
} range;

typedef struct sorter {
    record *records;
    range waiting[64]; /* ranges to be sorted; each at most half as long as the one before */
    uint32_t waiting_count;
    range now;       /* the one being divided, if any */
    bool dividing;
    uint64_t i, j;   /* what lies outside of [i, j] has been compared with the pivot */
    record pivot;
    uint64_t draws;
} sorter;

static inline bool less(const oc_word *a, const oc_word *b)
{
    for (int k = 0; k < STORED; k++)
        if (a[k] != b[k]) return a[k] < b[k];
    return false;
}

static inline void swap_records(record *a, record *b)
{
    record c = *a;
    *a = *b;
    *b = c;
}

static void insertion_sort(record *from, uint64_t count)
{
    for (uint64_t k = 1; k < count; k++) {
        record moving = from[k];
        uint64_t at = k;
        for (; at > 0 && less(moving.words, from[at - 1].words); at--) from[at] = from[at - 1];
        from[at] = moving;
    }
}

static void sort_begin(sorter *t, oc_word *states, uint64_t count)
{
    *t = (sorter){.records = (record *)states, .waiting_count = 1};
    t->waiting[0] = (range){0, count};
}

static void divide_begin(sorter *t, range all)
{
    uint64_t chance = mix(++t->draws);
    t->now = all;
    /* Not the last one: else all might stay in the first part. */
    t->pivot = t->records[all.from + chance % (all.to - all.from - 1)];
    t->i = all.from;
    t->j = all.to - 1;
    t->dividing = true;
}

/* Goes on dividing the range into two, of which no record of the first is greater than one of
   the second (Hoare 1961). False if the time is up. */
static bool divide_on(sorter *t, uint64_t deadline)
{
    record *const all = t->records;
    uint64_t i = t->i, j = t->j;
    for (uint32_t ticks = 1;; ticks++) {
        while (less(all[i].words, t->pivot.words)) i++;
        while (less(t->pivot.words, all[j].words)) j--;
        if (i >= j) break;
        swap_records(&all[i++], &all[j--]);
        if (ticks % 4096 == 0 && now_ns() > deadline) {
            t->i = i;
            t->j = j;
            return false;
        }
    }
    t->j = j;
    t->dividing = false;
    return true;
}

/* Sorts on; false if the time is up before all is sorted. */
static bool sort_on(sorter *t, uint64_t deadline)
{
    uint32_t ticks = 0;
    while (t->dividing || t->waiting_count) {
        if (!t->dividing) {
            range next = t->waiting[--t->waiting_count];
            if (next.to - next.from <= 24) {
                insertion_sort(t->records + next.from, next.to - next.from);
                if (++ticks % 1024 == 0 && now_ns() > deadline) return false;
                continue;
            }
            divide_begin(t, next);
        }
        if (!divide_on(t, deadline)) return false;
        range low = {t->now.from, t->j + 1}, high = {t->j + 1, t->now.to};
        /* The shorter one is on top, and done first: so few are waiting. */
        bool swap = low.to - low.from < high.to - high.from;
        t->waiting[t->waiting_count++] = swap ? high : low;
        t->waiting[t->waiting_count++] = swap ? low : high;
    }
    return true;
}
