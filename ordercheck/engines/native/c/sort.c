/* Sorting states by their words, in place: quicksort that falls back to heapsort where pivots
   are bad (Musser 1997), and insertion sort for what is short. */

typedef struct record {
    oc_word words[OC_WORDS];
} record;

static inline bool less(const oc_word *a, const oc_word *b)
{
    for (int k = 0; k < OC_WORDS; k++)
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

static void sift_down(record *heap, uint64_t at, uint64_t count)
{
    for (uint64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && less(heap[child].words, heap[child + 1].words)) child++;
        if (!less(heap[at].words, heap[child].words)) return;
        swap_records(&heap[at], &heap[child]);
    }
}

static void heap_sort(record *from, uint64_t count)
{
    for (uint64_t k = count / 2; k-- > 0;) sift_down(from, k, count);
    for (uint64_t k = count; k-- > 1;) {
        swap_records(&from[0], &from[k]);
        sift_down(from, 0, k);
    }
}

static void sort_to_depth(record *from, uint64_t count, int depth)
{
    while (count > 24) {
        if (depth-- == 0) {
            heap_sort(from, count);
            return;
        }
        record *a = &from[0], *b = &from[count / 2], *c = &from[count - 1];
        if (less(b->words, a->words)) swap_records(a, b);
        if (less(c->words, b->words)) swap_records(b, c);
        if (less(b->words, a->words)) swap_records(a, b);
        const record pivot = *b;
        uint64_t i = 0, j = count - 1;
        for (;; i++, j--) {
            while (less(from[i].words, pivot.words)) i++;
            while (less(pivot.words, from[j].words)) j--;
            if (i >= j) break;
            swap_records(&from[i], &from[j]);
        }
        uint64_t left = j + 1;
        /* The smaller part by recursion, so that the stack stays small. */
        if (left <= count - left) {
            sort_to_depth(from, left, depth);
            from += left;
            count -= left;
        } else {
            sort_to_depth(from + left, count - left, depth);
            count = left;
        }
    }
    insertion_sort(from, count);
}

static void sort_states(oc_word *states, uint64_t count)
{
    int depth = 0;
    for (uint64_t left = count; left > 1; left /= 2) depth += 2;
    sort_to_depth((record *)states, count, depth);
}
