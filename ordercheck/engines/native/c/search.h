/* The state of a search, and of each of its workers. */

typedef struct options {
    uint32_t workers;
    uint32_t continue_; /* go on after something wrong has been found */
    uint32_t deadlock;  /* a state without transitions is one, unless it is at rest */
    uint32_t max_depth; /* levels; 0 for no limit */
    uint64_t max_states;
    uint64_t max_bytes; /* of memory, all told; 0 for no limit */
    const char *folder; /* where to spill; NULL: nowhere */
} options;

enum { INVARIANT, STEP_INVARIANT, REACHABLE, CONSTRAINT, TERMINAL, KINDS_OF_PROPERTY };

#define PROPERTIES ((uint32_t)OC_PROPERTIES)

typedef struct segments {
    segment *at;
    uint64_t count, room;
} segments;

/* One thread's part. What it still has to do outlives a round. */
typedef struct worker {
    oc_sink sink;
    uint64_t position, end;  /* in the level: states that it has taken and not yet expanded */
    uint64_t segment;        /* the level's segment in which `position` lies */
    uint64_t next, room_end; /* numbers of free places in its chunk of the store */
    uint64_t open_start;     /* the first state of the segment that it is filling */
    segments filled;         /* of the new level */
    uint64_t found, transitions, stuck; /* in this level */
    oc_word *filter;
    uint32_t ticks;
    oc_status status;
    bool wants_room;         /* the table is full */
    bool wants_chunk;        /* the store may not grow, or could not */
#if COMPRESSED
    bool wants_pairs;        /* there is no room for more pairs */
    recent_pair *recent;     /* TREE_PLACES of them */
    oc_word *whole;          /* the state that it expands */
#endif
    bool antecedents_left;   /* some antecedent has not been met by this worker */
    pthread_t thread;
    bool started;
    struct search *search;
    APART(0);
} worker;

typedef enum { STARTING, EXPANDING, MERGING, FINISHED } phase;

/* What is done between two rounds, in slices. */
typedef enum {
    NO_CHORE,
    GROWING,
    PAIRING,
    EVICTING,
    GATHERING,
    SORTING,
    WRITING,
    MERGING_RUNS
} chore;

/* Which states are gathered and sorted, and what for. */
typedef enum {
    SPILL,   /* of the level under way, in `recent`: there is no more room */
    COLLECT, /* the same: the level is at its end */
    SETTLE   /* of earlier levels, in `recent`: to be a run */
} sorting;

typedef struct disk {
    bool on;             /* the table is full: the search goes on from disk */
    uint64_t chunk;      /* EVICTING: the next one to look at */
    table recent;        /* what was found lately, and is not in `seen` */
    uint64_t most;       /* states for which there is memory at once */
    uint64_t spare;      /* bytes for what runs and merges have in memory */
    sorting sorting;
    oc_word *taken;      /* the states that are being sorted */
    uint64_t taken_count, taken_room, written;
    sorter sorter;
    bool merging;        /* what the level has found, into the new level */
    merge merge;
    appender out;        /* the new level */
    uint64_t out_start;
    segments early;      /* of the level in which the table became full */
    int file;            /* sorted states of the level under way; -1 if there are none */
    segments spilled;    /* in that file; starts are counted in states */
    uint64_t spilled_states;
    run made;            /* the run that is being made */
    run runs[MOST_RUNS + 1]; /* the states of earlier levels that are not in `seen`... */
    uint32_t run_count;
    uint64_t young;      /* ...but for those in the store from this number on: in `recent` */
    run *merged[MOST_RUNS]; /* MERGING_RUNS */
    uint32_t merged_count;
} disk;

typedef struct search {
    options options;
    store store;
    table seen;
    growth growth;
#if COMPRESSED
    tree tree;
#endif
    disk disk;
    chore chore;
    worker *workers;
    uint32_t worker_count;

    /* Levels: level k has the segments from level_first[k] on, up to level_first[k + 1]. */
    segments segments;
    uint64_t *level_first;
    uint64_t *level_states;
    uint32_t levels, level_room;

    /* Figures, of finished levels. */
    uint64_t states, transitions, stuck, initial;

    /* The level under way: how many of its states have been handed out. */
    _Atomic uint64_t cursor;
    uint64_t forgotten; /* its states whose memory was given back, where they are on disk */
    _Atomic bool stop;
    uint64_t deadline;
    phase phase;
    oc_place place; /* STARTING: in the initial states */

    /* What is wrong: after how many steps, NEVER if nothing is. */
    _Atomic uint32_t error_steps[SOME(OC_MOST_KINDS)];
    _Atomic uint32_t broken_steps[SOME(OC_MOST_PROPERTIES)];
    _Atomic uint32_t deadlock_steps;
    _Atomic uint8_t met[SOME(OC_MOST_PROPERTIES)]; /* REACHABLE: true somewhere */

    /* A property is looked at in states up to these many steps: no more once it is broken or met,
       from the next level on. */
    uint32_t last_steps[SOME(OC_MOST_PROPERTIES)];
    uint32_t active[KINDS_OF_PROPERTY][SOME(OC_MOST_PROPERTIES)];
    uint32_t active_count[KINDS_OF_PROPERTY];

    uint8_t *reached; /* all workers' together */
    uint64_t most_bytes;
    uint64_t spilled; /* states written to disk */

    /* The threads (pool.c). */
    pthread_mutex_t mutex;
    pthread_cond_t begin, end;
    uint64_t round;
    uint32_t busy;
    bool quit;

    struct paths *paths;
    int error; /* errno of what failed on disk */
} search;

static bool add_segment(segments *list, uint64_t start, uint64_t count)
{
    if (list->count == list->room) {
        uint64_t room = list->room ? 2 * list->room : 16;
        segment *at = reallocate(list->at, room * sizeof *at);
        if (!at) return false;
        list->at = at;
        list->room = room;
    }
    list->at[list->count++] = (segment){start, count, 0};
    return true;
}

/* A state as the model has it, whatever is stored of it. */
typedef struct whole {
    oc_word words[OC_WORDS];
} whole;

/* The state with this number; `room` is for one that is compressed. */
static inline const oc_word *state_at(const search *s, uint64_t number, oc_word *room)
{
    const oc_word *stored = store_at(&s->store, number);
#if COMPRESSED
    decompress(&s->tree, *stored, room);
    return room;
#else
    return (void)room, stored;
#endif
}

static inline bool wants_anything(const worker *w)
{
#if COMPRESSED
    if (w->wants_pairs) return true;
#endif
    return w->wants_room || w->wants_chunk;
}

static inline void clear_wants(worker *w)
{
    w->wants_room = w->wants_chunk = false;
#if COMPRESSED
    w->wants_pairs = false;
#endif
}
