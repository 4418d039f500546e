/* Two-phase commit (Gray and Lamport), packed by hand: what generated code looks like.

   bits: 2 a resource manager (0 working, 1 prepared, 2 committed, 3 aborted), 2 for the
   transaction manager (0 open, 1 committed, 2 aborted), one each for who has answered, one each
   for who has said that it could commit. With BROKEN, its invariant is false where all have
   committed, which is in one of the last levels. */

#ifndef RMS
#define RMS 9
#endif

#ifdef WIDE
#define OC_WORDS (RMS + 1)
#define OC_BITS (64 * OC_WORDS)
#else
#define OC_WORDS 1
#define OC_BITS (4 * RMS + 2)
#endif
#define OC_STEPS 7
#define OC_PROPERTIES 2
#define OC_COVER 7
#define OC_ACTORS (RMS + 1)
#define OC_KINDS 0
#define OC_SCRATCH 0
#define OC_ANTECEDENTS 0

static const uint8_t oc_property_kind[2] = {0, 2};

enum { TM = 2 * RMS, PREPARED = TM + 2, SAID = PREPARED + RMS };
#define LOW (((oc_word)1 << RMS) - 1)

/* With WIDE a state has a word for each manager, as in a model whose managers have many variables;
   with NOISY these words have nothing in common from one state to another. */
static void reach(oc_sink *sink, uint32_t number, uint32_t binding, oc_word state)
{
    oc_word to[OC_WORDS] = {state};
#ifdef NOISY
    for (int r = 0; r < RMS; r++) to[r + 1] = mix(state + (oc_word)r);
#elif defined(WIDE)
    for (int r = 0; r < RMS; r++)
        to[r + 1] = (state >> 2 * r & 3) << 5 | (state >> PREPARED >> r & 1) << 20 |
                    (state >> SAID >> r & 1) << 45;
    to[0] = state >> TM & 3;
#endif
    oc_transition(sink, number, binding, NULL, 0, to);
}

static oc_word narrow(const oc_word *state)
{
    oc_word s = state[0];
#if defined(WIDE) && !defined(NOISY)
    s <<= TM;
    for (int r = 0; r < RMS; r++)
        s |= (state[r + 1] >> 5 & 3) << 2 * r | (state[r + 1] >> 20 & 1) << (PREPARED + r) |
             (state[r + 1] >> 45) << (SAID + r);
#endif
    return s;
}

static OC_UNUSED void oc_starts(oc_sink *sink, oc_place *place)
{
    reach(sink, UINT32_MAX, 0, 0);
    place->ended = true;
}

static void step(oc_sink *sink, uint32_t number, uint32_t binding, oc_word to)
{
    sink->reached[number] = 1;
    reach(sink, number, binding, to);
}

static oc_word with_rm(oc_word s, uint32_t r, oc_word value)
{
    return (s & ~((oc_word)3 << 2 * r)) | value << 2 * r;
}

static OC_UNUSED void oc_successors(const oc_word *state, oc_sink *sink)
{
    const oc_word s = narrow(state);
    const oc_word tm = s >> TM & 3;
    if (tm == 0 && (s >> PREPARED & LOW) == LOW) step(sink, 0, 0, s | (oc_word)1 << TM);
    if (tm == 0) step(sink, 1, 0, s | (oc_word)2 << TM);
    for (uint32_t r = 0; r < RMS; r++)
        if (tm == 0 && (s >> SAID >> r & 1)) step(sink, 2, r, s | (oc_word)1 << (PREPARED + r));
    for (uint32_t r = 0; r < RMS; r++)
        if ((s >> 2 * r & 3) == 0) step(sink, 3, r, with_rm(s, r, 1) | (oc_word)1 << (SAID + r));
    for (uint32_t r = 0; r < RMS; r++)
        if ((s >> 2 * r & 3) == 0) step(sink, 4, r, with_rm(s, r, 3));
    for (uint32_t r = 0; r < RMS; r++)
        if (tm == 1) step(sink, 5, r, with_rm(s, r, 2));
    for (uint32_t r = 0; r < RMS; r++)
        if (tm == 2) step(sink, 6, r, with_rm(s, r, 3));
}

static OC_UNUSED int oc_property(uint32_t index, const oc_word *state, const oc_word *before,
                                 oc_sink *sink)
{
    (void)before, (void)sink;
    const oc_word s = narrow(state);
    bool committed = false, aborted = false, all = true;
    for (uint32_t r = 0; r < RMS; r++) {
        committed |= (s >> 2 * r & 3) == 2;
        aborted |= (s >> 2 * r & 3) == 3;
        all &= (s >> 2 * r & 3) == 2;
    }
#ifdef BROKEN
    return index == 0 ? !all : all;
#else
    return index == 0 ? !(committed && aborted) : all;
#endif
}

static OC_UNUSED int oc_at_rest(const oc_word *state) { return (void)state, 0; }

static OC_UNUSED uint32_t oc_actor(uint32_t step, uint32_t binding)
{
    return step < 3 ? RMS : binding;
}

static OC_UNUSED void oc_antecedents(const oc_word *state, oc_sink *sink)
{
    (void)state, (void)sink;
}
