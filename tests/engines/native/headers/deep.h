/* A long corridor: LENGTH rows of WIDTH places. One goes on to the next row, to the next place of a
   row, or far back, so that many levels of a search are narrow and most of what they find has been
   seen long before. The invariant is false in the last row. */

#ifndef WIDTH
#define WIDTH 30
#endif
#ifndef LENGTH
#define LENGTH 1000
#endif
#ifndef WORDS
#define WORDS 1
#endif

#define OC_WORDS WORDS
#define OC_BITS (WORDS == 1 ? 40 : 64 * WORDS)
#define OC_STEPS 4
#define OC_PROPERTIES 2
#define OC_COVER 4
#define OC_ACTORS 4
#define OC_KINDS 0
#define OC_SCRATCH 0
#define OC_ANTECEDENTS 0

static const uint8_t oc_property_kind[2] = {0, 2};

/* A bijection of 40 bits, so that sorted orders have nothing to do with rows. */
static oc_word spread(oc_word number) { return number * 0x9e3779b97fu & 0xffffffffffu; }
static oc_word gathered(oc_word word) { return word * 0x4c19bc067fu & 0xffffffffffu; }

static void reach(oc_sink *sink, uint32_t step, oc_word row, oc_word place)
{
    oc_word target[OC_WORDS] = {0};
    target[OC_WORDS - 1] = spread(row * WIDTH + place);
    oc_transition(sink, step, 0, NULL, 0, target);
}

static OC_UNUSED void oc_starts(oc_sink *sink, oc_place *place)
{
    reach(sink, UINT32_MAX, 0, 0);
    place->ended = true;
}

static OC_UNUSED void oc_successors(const oc_word *state, oc_sink *sink)
{
    const oc_word number = gathered(state[OC_WORDS - 1]);
    const oc_word row = number / WIDTH, place = number % WIDTH;
    if (row + 1 < LENGTH) reach(sink, 0, row + 1, place);
    reach(sink, 1, row, (place + 1) % WIDTH);
    reach(sink, 2, row / 2, place);
    reach(sink, 3, row - row % 1000, (place * 7) % WIDTH);
}

static OC_UNUSED int oc_property(uint32_t index, const oc_word *state, const oc_word *before,
                                 oc_sink *sink)
{
    (void)before, (void)sink;
    const bool last = gathered(state[OC_WORDS - 1]) / WIDTH + 1 == LENGTH;
    return index == 0 ? !last : last;
}

static OC_UNUSED void oc_antecedents(const oc_word *state, oc_sink *sink)
{
    (void)state, (void)sink;
}

static OC_UNUSED int oc_at_rest(const oc_word *state) { return (void)state, 0; }

static OC_UNUSED uint32_t oc_actor(uint32_t step, uint32_t binding) { return (void)binding, step; }
