/* Taking up a search again: its levels, as a checkpoint has them, and then its figures.

   The states go where the search would have put them: into the table as long as there is room,
   and then to disk, where those that come one after another are sorted together to be runs. */

/* What is stored of a state; false where there is no room for its pairs. */
static bool stored_form(worker *w, const oc_word *state, oc_word *to)
{
#if COMPRESSED
    w->wants_pairs = !compress(&w->search->tree, w->recent, state, to);
    return !w->wants_pairs;
#else
    (void)w;
    memmove(to, state, STATE_BYTES);
    return true;
#endif
}

/* Adds states of the level being restored to the table, until the time is up or the search goes
   on from disk; `done` says how many. */
static oc_status restore_in_memory(search *s, const oc_word *states, uint64_t count, uint64_t *done)
{
    worker *w = &s->workers[0];
    const uint64_t margin = 2 * OC_BATCH * (uint64_t)s->options.workers;
    while (*done < count && !s->disk.on) {
        oc_word stored[STORED];
        clear_wants(w);
        if (!stored_form(w, states + *done * OC_WORDS, stored) ||
            is_full(s, atomic_load(&s->seen.count) + margin) || !place(w)) {
            if (w->status != OC_RUNNING) return w->status;
            oc_status status = begin_room(s);
            if (status == OC_RUNNING) status = chores_on(s, s->deadline);
            if (status != OC_RUNNING || s->chore != NO_CHORE) return status;
            continue;
        }
        int result = table_insert(&s->seen, &s->store, stored, hash_stored(stored), place(w), w->next);
        if (result == CROWDED) continue;
        if (result == ADDED) {
            atomic_fetch_add(&s->seen.count, 1);
            w->next++;
        } else if (!COMPACT) {
            /* COMPACT: what was found on disk was compared as a whole. */
            return OC_DAMAGED;
        }
        if ((++*done & 1023) == 0 && now_ns() > s->deadline) return OC_RUNNING;
    }
    return OC_RUNNING;
}

/* Adds states of the level being restored to the spill file. */
static oc_status restore_on_disk(search *s, oc_word *states, uint64_t count)
{
    disk *d = &s->disk;
    for (uint64_t k = 0; k < count; k++)
        while (!stored_form(&s->workers[0], states + k * OC_WORDS, states + k * STORED)) {
            oc_status status = begin_room(s);
            if (status == OC_RUNNING) status = chores_on(s, UINT64_MAX);
            if (status != OC_RUNNING) return status;
        }
    for (uint64_t k = 0; k < count; k++)
        if (!append(&s->store, &d->out, states + k * STORED)) return disk_failed(s);
    if (!append_flush(&s->store, &d->out)) return disk_failed(s);
    return d->out.next - d->young < d->most ? OC_RUNNING : settle_on(s);
}

/* Adds states of the level being restored, for about so long; `done` says how many. */
static oc_status restore_states(search *s, oc_word *states, uint64_t count, uint64_t *done,
                                uint64_t nanoseconds)
{
    *done = 0;
    s->deadline = now_ns() + nanoseconds;
    oc_status status = chores_on(s, s->deadline);
    if (status != OC_RUNNING || s->chore != NO_CHORE) return status;
    status = restore_in_memory(s, states, count, done);
    if (status != OC_RUNNING || !s->disk.on) return status;
    status = restore_on_disk(s, states + *done * OC_WORDS, count - *done);
    *done = count;
    return status;
}

/* Makes what has been restored since the last call a level. */
static oc_status restore_level(search *s)
{
    oc_status status = finish_level(s);
    s->disk.out_start = s->disk.out.next;
    return status;
}
