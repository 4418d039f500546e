/* A model's functions as a test calls them: what they say goes into one array of words. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "choices.h"

typedef uint64_t oc_word;
#define OC_UNUSED __attribute__((unused))

typedef struct oc_sink {
    uint8_t *reached;
    void *scratch;
    oc_word *out; /* for each way: step, binding, choices, their number, error or -1, the target */
    size_t count, room;
    uint32_t unable;
    bool starved; /* never: what has no room is counted */
} oc_sink;

static void put(oc_sink *sink, oc_word word)
{
    if (sink->count < sink->room) sink->out[sink->count] = word;
    sink->count++;
}

static void put_label(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                      uint32_t n)
{
    put(sink, step);
    put(sink, binding);
    put(sink, n);
    for (uint32_t k = 0; k < n; k++) put(sink, choices[k]);
}

static void put_words(oc_sink *sink, const oc_word *words);

static OC_UNUSED void oc_transition(oc_sink *sink, uint32_t step, uint32_t binding,
                                    const uint32_t *choices, uint32_t n, const oc_word *target)
{
    put_label(sink, step, binding, choices, n);
    put(sink, UINT64_MAX);
    put_words(sink, target);
}

static OC_UNUSED void oc_error(oc_sink *sink, uint32_t step, uint32_t binding,
                               const uint32_t *choices, uint32_t n, uint32_t kind)
{
    put_label(sink, step, binding, choices, n);
    put(sink, kind);
}

static OC_UNUSED void oc_unable(oc_sink *sink, uint32_t reason) { sink->unable = reason + 1; }

#include MODEL

static void put_words(oc_sink *sink, const oc_word *words)
{
    for (int k = 0; k < OC_WORDS; k++) put(sink, words[k]);
}

#define JOIN(a, b) a##b
#define NAME(prefix, name) JOIN(prefix, name)

/* The words written, or needed if there are more than `room`; `unable`: 1 + a reason, or 0. */
size_t NAME(PREFIX, ways)(const oc_word *state, oc_word *out, size_t room, uint8_t *reached,
                          void *scratch, uint32_t *unable)
{
    oc_sink sink = {reached, scratch, out, 0, room, 0};
    oc_place place = {0};
    if (state) oc_successors(state, &sink);
    else
        do oc_starts(&sink, &place);
        while (!place.ended);
    *unable = sink.unable;
    return sink.count;
}

/* `reached` changes by the antecedents that are true; the answer is of property `index`. */
int NAME(PREFIX, property)(uint32_t index, const oc_word *state, const oc_word *before,
                           uint8_t *reached, void *scratch, uint32_t *unable)
{
    oc_sink sink = {reached, scratch, NULL, 0, 0, 0};
    int found = oc_property(index, state, before, &sink);
    *unable = sink.unable;
    return found;
}

void NAME(PREFIX, antecedents)(const oc_word *state, uint8_t *reached, void *scratch)
{
    oc_sink sink = {reached, scratch, NULL, 0, 0, 0};
    oc_antecedents(state, &sink);
}

int NAME(PREFIX, at_rest)(const oc_word *state) { return oc_at_rest(state); }

uint32_t NAME(PREFIX, actor)(uint32_t step, uint32_t binding) { return oc_actor(step, binding); }

/* Calls of oc_successors one after another, for timing. */
size_t NAME(PREFIX, many)(const oc_word *states, size_t count, uint8_t *reached, void *scratch)
{
    size_t found = 0;
    for (size_t k = 0; k < count; k++) {
        oc_sink sink = {reached, scratch, NULL, 0, 0, 0};
        oc_successors(states + k * OC_WORDS, &sink);
        found += sink.count;
    }
    return found;
}
