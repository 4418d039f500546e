/* Ways out of states, all of them, in the order in which the model says them: what graphs and
   random runs are made of. */

/* Only searches note errors without their labels (expand.c). */
OC_LINKED void note_error(oc_sink *sink, uint32_t kind)
{
    (void)sink, (void)kind;
    assert(!"labels are kept");
}

/* Why the ways that were asked for are not in the sink, if they are not. */
static oc_status ways_status(const oc_sink *sink)
{
    if (OC_UNLIKELY(sink->starved)) return OC_NO_MEMORY;
    return OC_UNLIKELY(sink->unable) ? OC_UNABLE : OC_RUNNING;
}

/* Adds the ways out of a state. */
static oc_status ways_out(oc_sink *sink, const oc_word *state)
{
    oc_successors(state, sink);
    return ways_status(sink);
}

/* Adds some more of the ways into the initial states. */
static oc_status ways_in(oc_sink *sink, oc_place *place)
{
    oc_starts(sink, place);
    return ways_status(sink);
}

static bool ways_open(oc_sink *sink)
{
    return sink_open(sink) && grow_sink(sink) && sink_keep_ways(sink);
}

static void ways_close(oc_sink *sink)
{
    release(sink->reached);
    release(sink->scratch);
    sink_close(sink);
}

static uint64_t sink_bytes(const oc_sink *sink)
{
    return sink->room * (OC_WORDS + 1) * sizeof(oc_word) + sink->way_room * sizeof(way) +
           sink->choice_room * sizeof(uint32_t);
}
