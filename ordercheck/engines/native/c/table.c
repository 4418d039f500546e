/* The states seen: opening their table, and making it larger.

   Invariant: a filled slot never changes, so a probe may stop at the first empty slot, and a
   state is inserted by one compare-and-swap of that slot. The home of a hash h is the slot
   h * capacity / 2^64. A probe looks at all of the line of memory in which that lies, and from a full
   line goes to the one below, so that a look-up seldom fetches more than one line:

        ... | line l - 1 | line l, with the home | ...        from the first line to the last
              <- then

   Lines are in the order of hashes, and overflow goes down: so a table grows in place, from its
   end. What lies in line l has its home in l or above, and its new one as well; once everything
   above has been moved, it finds its new place in l or above, where nothing is waiting. */

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

static bool table_open(table *t, uint64_t capacity)
{
    capacity = fitting(capacity);
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

/* --- growing -------------------------------------------------------------------------- */

/* A table that is being made larger. That takes long enough to be done in slices. */
typedef struct growth {
    former before;
    table roomy;       /* where all slots are copied first, as they are, if there is no room */
    size_t copied;     /* bytes of them */
    uint64_t left;     /* slots, from the first, that have not been moved yet */
    moved *wrapped;    /* what had its home in the first lines and its place in the last ones */
    uint64_t wrapped_count, wrapped_room;
} growth;

enum { GROWTH_RESERVE = 8, AHEAD = 4 * LINE };

/* Finds a place where there is room for more; false if there is none. */
static bool find_room(const table *t, growth *g, uint64_t capacity)
{
    if (slots_bytes(capacity) <= t->reserved) return true;
    /* A system may refuse to reserve more than it has. */
    return table_reserve(&g->roomy, slots_bytes(capacity) * GROWTH_RESERVE) ||
           table_reserve(&g->roomy, slots_bytes(capacity));
}

/* Copies the slots there. Piece by piece, so that both places together never take much more than
   one. False if the time is up before that is done. */
static bool copy_on(table *t, growth *g, uint64_t deadline)
{
    char *from = (char *)t->slots, *to = (char *)g->roomy.slots;
    for (const size_t bytes = slots_bytes(g->before.capacity); g->copied < bytes;) {
        size_t at = g->copied, piece = bytes - at < HUGE_PAGE ? bytes - at : HUGE_PAGE;
        memcpy(to + at, from + at, piece);
        if (piece == HUGE_PAGE) madvise(from + at, HUGE_PAGE, MADV_DONTNEED);
        g->copied += piece;
        if (g->copied < bytes && now_ns() > deadline) return false;
    }
    release_pages(from, t->reserved);
    t->slots = g->roomy.slots;
    t->reserved = g->roomy.reserved;
    g->roomy = (table){0};
    return true;
}

static bool add_wrapped(growth *g, moved what)
{
    if (g->wrapped_count == g->wrapped_room) {
        uint64_t room = g->wrapped_room ? 2 * g->wrapped_room : 64;
        moved *more = reallocate(g->wrapped, room * sizeof *more);
        if (!more) return false;
        g->wrapped = more;
        g->wrapped_room = room;
    }
    g->wrapped[g->wrapped_count++] = what;
    return true;
}

static void growth_close(growth *g)
{
    release_pages((void *)g->roomy.slots, g->roomy.reserved);
    release(g->wrapped);
    *g = (growth){0};
}

/* Puts what had wrapped round to where there is room for it now: the end of a growth. */
static void growth_end(table *t, growth *g)
{
    for (uint64_t k = 0; k < g->wrapped_count; k++) put(t, g->wrapped[k]);
    growth_close(g);
}

/* Takes out what lies in a line below that of its home: it went down beyond the first line. */
static bool unwrap_line(table *t, const store *s, growth *g, uint64_t line, bool *full)
{
    for (uint64_t at = line; at < line + LINE; at++) {
        uint64_t slot = atomic_load_explicit(&t->slots[at], memory_order_relaxed);
        *full &= slot != 0;
        if (!slot) continue;
        const moved what = taken_from(s, slot, at, g->before);
        if (home(t, what.hash) >= line) continue;
        if (!add_wrapped(g, what)) return false;
        atomic_store_explicit(&t->slots[at], 0, memory_order_relaxed);
    }
    return true;
}

/* What a table is before it gets this capacity. */
static former formerly(const table *t, uint64_t capacity)
{
#if TAGGED
    const bool other_tags = skipped_bits(capacity) != t->skipped;
    return (former){t->capacity, t->skipped, other_tags || atomic_load(&t->crowded)};
#else
    return (void)capacity, (former){t->capacity, 0, false};
#endif
}

/* Begins to make a table larger. False if there is no memory for that; it is as it was then. */
static bool growth_begin(table *t, const store *s, growth *g, uint64_t capacity)
{
    capacity = fitting(capacity);
    g->before = formerly(t, capacity);
    bool full = true, done = find_room(t, g, capacity);
    for (uint64_t line = t->capacity; full && done && line > 0; line -= LINE)
        done = unwrap_line(t, s, g, line - LINE, &full);
    if (!done) {
        growth_end(t, g);
        return false;
    }
    g->left = t->capacity;
    set_capacity(t, capacity);
    atomic_store(&t->crowded, false);
    return true;
}

/* Moves the last lines that have not been moved yet. Where states have to be read, some are at a
   time, since each is likely to be a miss. */
static void move_lines(table *t, const store *s, growth *g)
{
    struct { uint64_t slot, at; } slots[AHEAD];
    uint64_t count = 0, to = g->left > AHEAD ? g->left - AHEAD : 0;
#if QUOTIENT
    while (g->left > to && t->capacity == 2 * g->before.capacity) {
        g->left -= LINE;
        move_line(t, g->left, g->before);
    }
#endif
    while (g->left > to) {
        uint64_t slot = atomic_load_explicit(&t->slots[--g->left], memory_order_relaxed);
        if (!slot) continue;
        atomic_store_explicit(&t->slots[g->left], 0, memory_order_relaxed);
        prefetch_taken(s, slot, g->before);
        slots[count].slot = slot;
        slots[count++].at = g->left;
    }
    for (uint64_t k = 0; k < count; k++)
        put(t, taken_from(s, slots[k].slot, slots[k].at, g->before));
}

/* Goes on with growing until the time is up; whether it is done. */
static bool growth_on(table *t, const store *s, growth *g, uint64_t deadline)
{
    if (g->roomy.slots && !copy_on(t, g, deadline)) return false;
    for (uint32_t ticks = 1; g->left; ticks++) {
        move_lines(t, s, g);
        if (ticks % 512 == 0 && now_ns() > deadline) return false;
    }
    growth_end(t, g);
    return true;
}

/* Empties a table that nobody else uses; false if there is no memory for that. */
static bool table_clear(table *t)
{
    atomic_store(&t->count, 0);
    atomic_store(&t->crowded, false);
    if (slots_bytes(t->capacity) < HUGE_PAGE) {
        memset((void *)t->slots, 0, slots_bytes(t->capacity));
        return true;
    }
    /* New pages: clearing all of a large table would cost more than a small level does. */
    uint64_t capacity = t->capacity;
    table_close(t);
    return table_open(t, capacity);
}
