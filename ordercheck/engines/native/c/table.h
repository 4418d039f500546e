/* What a table of states is: open addressing, no deletion. How its slots say which states they
   hold is the matter of slots.c, or of quotient.c. */

#if !COMPRESSED && OC_WORDS == 1 && OC_NARROW == 2 && !defined(OC_FORCE_INDEXED) && \
    !defined(OC_FORCE_DIRECT)
#define QUOTIENT 1
#else
#define QUOTIENT 0
#endif

#if COMPRESSED || (OC_WORDS == 1 && OC_NARROW && !QUOTIENT && !defined(OC_FORCE_INDEXED))
#define DIRECT 1
#else
#define DIRECT 0
#endif

#if defined(OC_COMPACT) && !DIRECT && !QUOTIENT
#define COMPACT 1
#else
#define COMPACT 0
#endif

/* A slot says all that the table needs to know: it can do without the store. */
#define KEYED (DIRECT || QUOTIENT || COMPACT)
#define TAGGED (!KEYED)

#if QUOTIENT
typedef uint32_t slot_word;
#else
typedef uint64_t slot_word;
#endif

#define LINE ((uint64_t)(64 / sizeof(slot_word))) /* slots that are fetched together */

typedef struct table {
    _Atomic slot_word *slots;
    uint64_t capacity;        /* a multiple of LINE */
    size_t reserved;          /* bytes at `slots`: what is not used yet costs nothing */
    uint64_t limit;           /* never more states than this: probes stay short */
    uint32_t rest;            /* bits of a state in a slot (quotient.c) */
    uint32_t skipped;         /* bits of a hash that are not in its tag, but before it (slots.c) */
    uint64_t kept;            /* the bits of a hash up to its tag's last one */
    _Atomic bool crowded;     /* a state found no place near its home */
    APART(0);
    _Atomic uint64_t count;   /* states, with those about to be inserted */
    APART(1);
} table;

/* What a table was before it grew. */
typedef struct former {
    uint64_t capacity;
    uint32_t skipped;
    bool reads; /* its slots and their places don't tell where their states belong now */
} former;

/* What an insertion comes to. */
enum { CROWDED = -1, KNOWN = 0, ADDED = 1 };

static size_t slots_bytes(uint64_t capacity) { return capacity * sizeof(slot_word); }

/* The slot at which a state with this hash is looked for first. */
static inline uint64_t home(const table *t, uint64_t hash)
{
#if TAGGED
    hash &= t->kept;
#endif
    return (uint64_t)((unsigned __int128)hash * t->capacity >> 64);
}

/* The first slot of the line below that of `slot`, to which a full one overflows. */
static inline uint64_t line_below(const table *t, uint64_t slot)
{
    uint64_t line = slot / LINE * LINE;
    return (line ? line : t->capacity) - LINE;
}

static inline void table_prefetch(const table *t, uint64_t hash)
{
    __builtin_prefetch((const void *)&t->slots[home(t, hash)]);
}

static inline bool same(const oc_word *a, const oc_word *b)
{
    for (int k = 0; k < STORED; k++)
        if (a[k] != b[k]) return false;
    return true;
}
