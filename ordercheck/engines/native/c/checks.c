/* What is wrong with a state, a step, or a state without steps.

   Only the number of steps is noted at which something is first wrong. Which states and steps
   they are is found again where a trace is asked for (path.c), so nothing depends on who came
   first. */

static void note(_Atomic uint32_t *steps, uint32_t now)
{
    /* Relaxed: it is read after the round, and the pool's mutex lies between. */
    uint32_t known = atomic_load_explicit(steps, memory_order_relaxed);
    while (now < known && !atomic_compare_exchange_weak_explicit(
                              steps, &known, now, memory_order_relaxed, memory_order_relaxed)) {
    }
}

/* The value of a property: 0 or 1. A model error in it is noted, and passes for true. */
static bool value(worker *w, uint32_t property, const oc_word *state, const oc_word *before,
                  uint32_t steps)
{
    int result = oc_property(property, state, before, &w->sink);
    if (OC_LIKELY(result < 2)) return result;
    note(&w->search->error_steps[result - 2], steps);
    return true;
}

/* Looks at all properties of a kind: one that should be true always. */
static void check_kind(worker *w, uint32_t kind, const oc_word *state, const oc_word *before,
                       uint32_t steps)
{
    search *s = w->search;
    const uint32_t *list = s->active[kind], count = s->active_count[kind];
    int found = 1;
    for (uint32_t k = 0;; k++) {
        k = oc_first_untrue(list, k, count, state, before, &w->sink, &found);
        if (OC_LIKELY(k == count)) return;
        note(found == 0 ? &s->broken_steps[list[k]] : &s->error_steps[found - 2], steps);
    }
}

/* Checks a state that has not been seen before; whether it lies inside the constraints. */
static bool check_state(worker *w, const oc_word *state, uint32_t steps)
{
    search *s = w->search;
    check_kind(w, INVARIANT, state, NULL, steps);
    for (uint32_t k = 0; k < s->active_count[REACHABLE]; k++) {
        uint32_t property = s->active[REACHABLE][k];
        int result = oc_property(property, state, NULL, &w->sink);
        if (result >= 2) note(&s->error_steps[result - 2], steps);
        if (result) atomic_store_explicit(&s->met[property], 1, memory_order_relaxed);
    }
    if (w->antecedents_left) {
        oc_antecedents(state, &w->sink);
        w->antecedents_left = false;
        for (uint32_t k = OC_COVER - OC_ANTECEDENTS; k < OC_COVER; k++)
            w->antecedents_left |= !w->sink.reached[k];
    }
    for (uint32_t k = 0; k < s->active_count[CONSTRAINT]; k++)
        if (!value(w, s->active[CONSTRAINT][k], state, NULL, steps)) return false;
    return true;
}

/* Checks the steps from `before` whose targets are in the sink, from number `first` on. */
static void check_steps(worker *w, const oc_word *before, size_t first, uint32_t steps)
{
    for (size_t at = first; at < w->sink.count; at++)
        check_kind(w, STEP_INVARIANT, w->sink.targets + at * OC_WORDS, before, steps);
}

/* Whether a state without transitions is a deadlock. A model error in a @terminal is given as
   2 + its kind. */
static int is_deadlock(const search *s, const oc_word *state, oc_sink *sink)
{
    if (!s->options.deadlock || oc_at_rest(state)) return 0;
    for (uint32_t k = 0; k < s->active_count[TERMINAL]; k++) {
        int result = oc_property(s->active[TERMINAL][k], state, NULL, sink);
        if (result) return result == 1 ? 0 : result;
    }
    return 1;
}

static void check_stuck(worker *w, const oc_word *state, uint32_t steps)
{
    w->stuck++;
    int result = is_deadlock(w->search, state, &w->sink);
    if (result == 1) note(&w->search->deadlock_steps, steps);
    if (result >= 2) note(&w->search->error_steps[result - 2], steps);
}

/* The properties to be looked at in states after so many steps. */
static void choose_active(search *s, uint32_t steps)
{
    memset(s->active_count, 0, sizeof s->active_count);
    for (uint32_t k = 0; k < PROPERTIES; k++) {
        uint32_t kind = oc_property_kind[k];
        if (steps <= s->last_steps[k]) s->active[kind][s->active_count[kind]++] = k;
    }
}

/* Ends the search for what is known to be wrong, or met, by paths of so many steps. */
static void retire_known(search *s, uint32_t steps)
{
    for (uint32_t k = 0; k < PROPERTIES; k++) {
        bool known = oc_property_kind[k] == REACHABLE ? atomic_load(&s->met[k])
                                                      : atomic_load(&s->broken_steps[k]) != NEVER;
        if (known && s->last_steps[k] == NEVER) s->last_steps[k] = steps;
    }
    choose_active(s, steps + 1);
}
