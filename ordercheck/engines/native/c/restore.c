/* Taking up a search again: its levels, as a checkpoint has them, and then its figures.

   The states go where the search would have put them: into the table as long as there is room,
   and then to disk, where each piece that comes is a sorted run. */

/* Adds states of the level being restored to the table; how many, before it went to disk. */
static oc_status restore_in_memory(search *s, const oc_word *states, uint64_t count, uint64_t *done)
{
    worker *w = &s->workers[0];
    const uint64_t margin = 2 * OC_BATCH * (uint64_t)s->options.workers;
    for (*done = 0; *done < count && !s->disk.on; ++*done) {
        const oc_word *state = states + *done * OC_WORDS;
        w->wants_chunk = false;
        if (atomic_load(&s->seen.count) + margin > s->seen.limit || !place(w)) {
            oc_status status = make_room(s);
            if (status != OC_RUNNING) return status;
            if (s->disk.on) break;
        }
        oc_word *at = place(w);
        if (!at) return OC_NO_MEMORY;
        memcpy(at, state, OC_WORDS * sizeof *at);
        if (!table_insert(&s->seen, &s->store, at, hash_state(at), w->next)) return OC_DAMAGED;
        atomic_fetch_add(&s->seen.count, 1);
        w->next++;
    }
    return OC_RUNNING;
}

/* Adds states of the level being restored; sorts them if they go to disk. */
static oc_status restore_states(search *s, oc_word *states, uint64_t count)
{
    uint64_t done;
    disk *d = &s->disk;
    oc_status status = restore_in_memory(s, states, count, &done);
    if (status != OC_RUNNING || done == count) return status;
    oc_word *rest = states + done * OC_WORDS;
    uint64_t first = d->out.next;
    sort_states(rest, count - done);
    for (uint64_t k = 0; k < count - done; k++)
        if (!append(&s->store, &d->out, rest + k * OC_WORDS)) return disk_failed(s);
    if (!append_flush(&s->store, &d->out)) return disk_failed(s);
    if (!add_segment(&d->old_runs, first, count - done)) return OC_NO_MEMORY;
    d->mark = atomic_load(&s->store.chunk_count);
    return OC_RUNNING;
}

/* Makes what has been restored since the last call a level. */
static oc_status restore_level(search *s)
{
    oc_status status = finish_level(s);
    s->disk.out_start = s->disk.out.next;
    return status;
}
