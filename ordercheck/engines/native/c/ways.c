/* A sink that keeps everything, in the order in which the model says it: targets and labels. */

static bool grow_targets(oc_sink *sink)
{
    size_t room = sink->room ? 2 * sink->room : 256;
    oc_word *targets = reallocate(sink->targets, room * OC_WORDS * sizeof *targets);
    if (targets) sink->targets = targets;
    uint64_t *hashes = targets ? reallocate(sink->hashes, room * sizeof *hashes) : NULL;
    if (hashes) sink->hashes = hashes;
    if (!hashes) return false;
    sink->room = room;
    return true;
}

static bool grow_labels(oc_sink *sink, uint32_t n_choices)
{
    if (sink->way_count == sink->way_room) {
        size_t room = sink->way_room ? 2 * sink->way_room : 256;
        way *ways = reallocate(sink->ways, room * sizeof *ways);
        if (!ways) return false;
        sink->ways = ways;
        sink->way_room = room;
    }
    if (sink->choice_count + n_choices > sink->choice_room) {
        size_t room = 2 * (sink->choice_room + n_choices);
        uint32_t *choices = reallocate(sink->choices, room * sizeof *choices);
        if (!choices) return false;
        sink->choices = choices;
        sink->choice_room = room;
    }
    return true;
}

static inline void keep_way(oc_sink *sink, way made, const uint32_t *choices)
{
    bool full = sink->way_count == sink->way_room ||
                sink->choice_count + made.n_choices > sink->choice_room;
    if (OC_UNLIKELY(full) && !grow_labels(sink, made.n_choices)) {
        sink->starved = true;
        return;
    }
    made.choices = sink->choice_count;
    if (made.n_choices)
        memcpy(sink->choices + sink->choice_count, choices, made.n_choices * sizeof *choices);
    sink->choice_count += made.n_choices;
    sink->ways[sink->way_count++] = made;
}

static inline void oc_transition(oc_sink *sink, uint32_t step, uint32_t binding,
                                 const uint32_t *choices, uint32_t n_choices,
                                 const oc_word *target)
{
    if (OC_UNLIKELY(sink->count == sink->room) && !grow_targets(sink)) {
        sink->starved = true;
        return;
    }
    size_t at = sink->count++;
    memcpy(sink->targets + at * OC_WORDS, target, OC_WORDS * sizeof *target);
    keep_way(sink, (way){step, binding, n_choices, NO_ERROR, 0, at}, choices);
}

static inline void oc_error(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                            uint32_t n_choices, uint32_t kind)
{
    keep_way(sink, (way){step, binding, n_choices, kind, 0, UINT64_MAX}, choices);
}

static void ways_clear(oc_sink *sink) { sink->count = sink->way_count = sink->choice_count = 0; }

/* Adds the ways out of a state, or (NULL) into the initial ones. Why that failed, if it did. */
static oc_status ways_out(oc_sink *sink, const oc_word *state)
{
    if (state)
        oc_successors(state, sink);
    else
        oc_starts(sink);
    if (OC_UNLIKELY(sink->starved)) return OC_NO_MEMORY;
    return OC_UNLIKELY(sink->unable) ? OC_UNABLE : OC_RUNNING;
}

static bool ways_open(oc_sink *sink)
{
    sink->reached = allocate(SOME(OC_COVER));
    if (!sink->reached) return false;
    memset(sink->reached, 0, SOME(OC_COVER));
    if (OC_SCRATCH > 0) {
        size_t size = ((size_t)OC_SCRATCH + 63) / 64 * 64;
        sink->scratch = allocate_aligned(64, size);
        if (!sink->scratch) return false;
        memset(sink->scratch, 0, size);
    }
    return grow_targets(sink) && grow_labels(sink, 0);
}

static void ways_close(oc_sink *sink)
{
    release(sink->reached);
    release(sink->scratch);
    release(sink->targets);
    release(sink->hashes);
    release(sink->ways);
    release(sink->choices);
}

static uint64_t ways_bytes(const oc_sink *sink)
{
    return sink->room * (OC_WORDS + 1) * sizeof(oc_word) + sink->way_room * sizeof(way) +
           sink->choice_room * sizeof(uint32_t);
}
