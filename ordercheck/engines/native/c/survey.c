/* What is asked of a model besides a search: the graph of its states, and random runs.

   Like explorer.c it includes the generated header model.h, and is compiled as one translation
   unit. It is another one, so that a search need not wait until this is compiled as well. */

#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _GNU_SOURCE
#endif

#define OC_LINKED static

#include "base.h"
#include "sink.h"

#include "model.h"
#include "transitions.h"

#define BATCH OC_BATCH

/* As in search.h. */
enum { INVARIANT, STEP_INVARIANT, REACHABLE, CONSTRAINT, TERMINAL };

typedef struct record {
    oc_word words[OC_WORDS];
} record;

#include "sink.c"
#include "ways.c"
#include "known.c"
#include "graph.c"
#include "walks.c"
#include "faults.c"

/* --- what ../surveying.py calls ---------------------------------------------------------- */

typedef struct survey_sizes {
    uint32_t words, properties, kinds;
    uint32_t graph_options_size, graph_report_size, walks_options_size, walks_report_size;
} survey_sizes;

/* What there is of a graph so far; after graph_finish its arrays can be read. */
typedef struct graph_report {
    uint64_t states, inside, expanded, edges, failures, labels, choices, levels, bytes, waiting;
    const oc_word *words;
    const uint64_t *offsets;
    const uint32_t *targets, *edge_labels;
    const failure *failure_list;
    const label *label_list;
    const uint32_t *choice_list;
    const level *level_list;
    uint32_t status, unable;
} graph_report;

typedef struct walks_report {
    uint64_t runs, steps, states, bytes, depths, first_wrong, deadlock_runs;
    const uint64_t *ends, *error_runs, *broken_runs;
    const uint8_t *reached;
    const depth *depth_list;
    const uint32_t *labels; /* of the last run, where it is recorded */
    const oc_word *words;
    const uint64_t *ways;
    uint64_t label_words, recorded_states, recorded_ways;
    fault last;
    uint32_t last_end, crowded, status, unable;
} walks_report;

OC_EXPORT void survey_describe(survey_sizes *to)
{
    *to = (survey_sizes){OC_WORDS, OC_PROPERTIES, OC_KINDS, sizeof(graph_options),
                         sizeof(graph_report), sizeof(walks_options), sizeof(walks_report)};
}

OC_EXPORT state_graph *graph_open(const graph_options *options)
{
    state_graph *g = allocate(sizeof *g);
    if (!g) return NULL;
    memset(g, 0, sizeof *g);
    g->options = *options;
    if (ways_open(&g->sink) && known_open(&g->inside) && known_open(&g->outside)) return g;
    graph_free(g);
    return NULL;
}

OC_EXPORT void graph_close(state_graph *g) { graph_free(g); }

OC_EXPORT int graph_run(state_graph *g, uint32_t milliseconds)
{
    return (int)graph_on(g, (uint64_t)milliseconds * 1000000);
}

OC_EXPORT int graph_end(state_graph *g) { return graph_finish(g); }

OC_EXPORT void graph_tell(const state_graph *g, graph_report *to)
{
    *to = (graph_report){
        .states = g->inside.count + g->outside.count,
        .inside = g->inside.count,
        .expanded = g->next,
        .edges = g->edge_count,
        .failures = g->failure_count,
        .labels = g->label_count,
        .choices = g->choice_count,
        .levels = g->level_count,
        .bytes = graph_bytes(g),
        .waiting = g->inside.count - g->next,
        .words = g->inside.states,
        .offsets = g->offsets,
        .targets = g->targets,
        .edge_labels = g->edge_labels,
        .failure_list = g->failures,
        .label_list = g->labels,
        .choice_list = g->choices,
        .level_list = g->levels,
        .status = g->status,
        .unable = g->sink.unable,
    };
}

/* What a property is in `count` states from number `first` on: 0, 1, or 2 for an error. How many
   of them could be evaluated. */
OC_EXPORT uint64_t graph_values(state_graph *g, uint32_t property, uint64_t first, uint64_t count,
                                uint8_t *to)
{
    g->sink.unable = 0;
    for (uint64_t n = 0; n < count; n++) {
        int value = oc_property(property, known_at(&g->inside, first + n), NULL, &g->sink);
        if (g->sink.unable) return n;
        to[n] = (uint8_t)(value > 2 ? 2 : value);
    }
    return count;
}

OC_EXPORT walks *walks_open(const walks_options *options)
{
    walks *w = allocate(sizeof *w);
    if (!w) return NULL;
    memset(w, 0, sizeof *w);
    w->options = *options;
    if (ways_open(&w->starts) && ways_open(&w->sink) && known_open(&w->met)) return w;
    walks_free(w);
    return NULL;
}

OC_EXPORT void walks_close(walks *w) { walks_free(w); }

/* The runs that walks_run is to take next. */
OC_EXPORT void walks_assign(walks *w, uint64_t first, uint64_t count)
{
    w->next = first;
    w->end = first + count;
}

OC_EXPORT int walks_run(walks *w, uint32_t milliseconds)
{
    return (int)walks_on(w, (uint64_t)milliseconds * 1000000);
}

/* Adds the states that another has met to these; OC_COMPLETE when that is done. */
OC_EXPORT int walks_add(walks *w, const walks *other, uint64_t max_bytes, uint32_t milliseconds)
{
    w->options.max_bytes = max_bytes;
    return (int)walks_merge(w, other, (uint64_t)milliseconds * 1000000);
}

/* New states by the fewest steps after which they were met: adds to `to`, of `count` numbers. */
OC_EXPORT void walks_new(const walks *w, uint64_t *to, uint64_t count)
{
    for (uint64_t n = 0; n < w->met.count; n++)
        if (w->least[n] < count) to[w->least[n]]++;
}

OC_EXPORT void walks_tell(const walks *w, walks_report *to)
{
    const recording *r = &w->recording;
    *to = (walks_report){
        .runs = w->runs,
        .steps = w->steps + (w->walk.under_way ? w->walk.steps : 0),
        .states = w->met.count,
        .bytes = met_bytes(w),
        .depths = w->depth_count,
        .first_wrong = w->first_wrong,
        .deadlock_runs = w->deadlock_runs,
        .ends = w->ends,
        .error_runs = w->error_runs,
        .broken_runs = w->broken_runs,
        .reached = w->reached,
        .depth_list = w->depths,
        .labels = r->labels,
        .words = r->states,
        .ways = r->ways,
        .label_words = r->label_count,
        .recorded_states = r->state_count,
        .recorded_ways = r->way_count,
        .last = w->last,
        .last_end = w->last_end,
        .crowded = w->crowded,
        .status = w->status,
        .unable = w->sink.unable ? w->sink.unable : w->starts.unable,
    };
}
