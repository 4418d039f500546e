/* Sinks: their room, and what they keep. The explorer and the survey have the same ones. */

static void sink_close(oc_sink *sink)
{
    release(sink->targets);
    release(sink->hashes);
    release(sink->ways);
    release(sink->choices);
}

/* What the model's code marks, and where it makes lists: a sink's own, or another's. */
static bool sink_open(oc_sink *sink)
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
    return true;
}

/* Has labels kept from now on. */
static bool sink_keep_ways(oc_sink *sink)
{
    sink->way_room = OC_BATCH;
    sink->ways = allocate(sink->way_room * sizeof *sink->ways);
    return sink->ways;
}

static void sink_clear(oc_sink *sink)
{
    sink->count = sink->way_count = sink->choice_count = 0;
    sink->taken = 0;
}

OC_LINKED bool grow_sink(oc_sink *sink)
{
    size_t room = sink->room ? 2 * sink->room : 2 * OC_BATCH;
    oc_word *targets = reallocate(sink->targets, room * OC_WORDS * sizeof *targets);
    if (targets) sink->targets = targets;
    uint64_t *hashes = targets ? reallocate(sink->hashes, room * sizeof *hashes) : NULL;
    if (hashes) sink->hashes = hashes;
    if (!hashes) {
        sink->starved = true;
        return false;
    }
    sink->room = room;
    return true;
}

static bool grow_ways(oc_sink *sink, uint32_t n_choices)
{
    if (sink->way_count == sink->way_room) {
        size_t room = 2 * sink->way_room;
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

/* Keeps what was done, where labels are asked for. */
OC_LINKED void add_way(oc_sink *sink, way made, const uint32_t *choices)
{
    if (!grow_ways(sink, made.n_choices)) {
        sink->starved = true;
        return;
    }
    made.choices = sink->choice_count;
    if (made.n_choices)
        memcpy(sink->choices + sink->choice_count, choices, made.n_choices * sizeof *choices);
    sink->choice_count += made.n_choices;
    sink->ways[sink->way_count++] = made;
}
