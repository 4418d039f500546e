"""Deliberate mistakes in the explorer and in the generator, all of which tests must catch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """In `file`, the text `right`, which is there once, becomes `wrong`; `what` that would be."""

    what: str
    file: str
    right: str
    wrong: str


EXPLORER = (
    # --- the table, and how it grows
    Mutation(
        "the tag is taken for the state",
        "slots.c",
        "return has_tag(t, slot, hash) && same(store_at(s, number_in(slot)), state);",
        "return has_tag(t, slot, hash) && s != NULL;",
    ),
    Mutation(
        "only a state's first word is compared",
        "table.h",
        "        if (a[k] != b[k]) return false;\n    return true;",
        "        if (a[0] != b[0] && k >= 0) return false;\n    return true;",
    ),
    Mutation(
        "what is filled already counts as new",
        "slots.c",
        "if (holds(t, s, slot, state, hash)) return KNOWN;",
        "if (holds(t, s, slot, state, hash)) return t->count % 5 == 0;",
    ),
    Mutation(
        "the table may become full",
        "slots.c",
        "#define FULL_ENOUGH(capacity) ((capacity) / 16 * 13)",
        "#define FULL_ENOUGH(capacity) ((capacity) + 64)",
    ),
    Mutation(
        "what is in the filter was never stored",
        "expand.c",
        "        differs |= place[k] ^ state[k];\n",
        "        differs |= (place[k] ^ state[k]) >> 4;\n",
    ),
    Mutation(
        "what wrapped round is lost when the table grows",
        "table.c",
        "    for (uint64_t k = 0; k < g->wrapped_count; k++) put(t, g->wrapped[k]);\n",
        "",
    ),
    Mutation(
        "nothing is taken out that wrapped round",
        "table.c",
        "        if (home(t, what.hash) >= line) continue;",
        "        if (home(t, what.hash) >= line || at >= line) continue;",
    ),
    Mutation(
        "the first slot does not move when the table grows",
        "table.c",
        "count = 0, to = g->left > AHEAD ? g->left - AHEAD : 0;",
        "count = 0, to = g->left > AHEAD ? g->left - AHEAD : g->left > 1 ? 1 : g->left--;",
    ),
    Mutation(
        "a table that moves leaves its last piece behind",
        "table.c",
        "        memcpy(to + at, from + at, piece);",
        "        if (at || bytes > 4096) memcpy(to + at, from + at, piece);",
    ),
    Mutation(
        "an empty place of the filter holds the state of zeros",
        "expand.c",
        "    memcpy(place, other.words, sizeof other.words);\n",
        "",
    ),
    Mutation(
        "transitions left over when the table is full are lost",
        "expand.c",
        "    sink->count -= done;\n",
        "    sink->count = 0;\n",
    ),
    Mutation(
        "a hash stands for any that is like it",
        "slots.c",
        "    return hash ? hash : 1; /* the home of 1 is that of 0 */",
        "    return hash >> 50 << 50 | 1;",
    ),
    Mutation(
        "a table grows by its tags though a state lies too far from home",
        "table.c",
        "other_tags || atomic_load(&t->crowded)",
        "other_tags",
    ),
    Mutation(
        "tags stay as they were where they should be from elsewhere in the hash",
        "table.c",
        "const bool other_tags = skipped_bits(capacity) != t->skipped;",
        "const bool other_tags = !t->skipped && skipped_bits(capacity) == ~0u;",
    ),
    Mutation(
        "nobody notes how far from home a state is moved",
        "slots.c",
        "    atomic_store_explicit(&t->slots[at], what.slot, memory_order_relaxed);\n"
        "    note_place(t, first, at);\n",
        "    atomic_store_explicit(&t->slots[at], what.slot, memory_order_relaxed);\n",
    ),
    Mutation(
        "nobody notes how far from home a state is inserted",
        "slots.c",
        "                note_place(t, first, at);\n",
        "",
    ),
    Mutation(
        "a state that wrapped round is near",
        "slots.c",
        "    if (distance >= lines) distance += lines;\n",
        "    if (distance >= lines) distance = 0;\n",
    ),
    Mutation(
        "one line too far is near enough",
        "slots.c",
        "distance >= lines >> t->skipped",
        "distance > lines >> t->skipped",
    ),
    Mutation(
        "a home may be below the place",
        "slots.c",
        "    return above ? hash : hash + step;",
        "    return above || !step ? hash : hash;",
    ),
    Mutation(
        "more of a hash decides on its home than its tag tells",
        "table.h",
        "    hash &= t->kept;\n",
        "",
    ),
    Mutation(
        "two workers have one chunk",
        "store.c",
        "        r->at += CHUNK_BYTES;\n",
        "        r->at += CHUNK_BYTES / 2;\n",
    ),
    Mutation(
        "what is left of a region is never given back",
        "store.c",
        "    if (s->region.left) release_pages(s->region.at, s->region.left);\n",
        "",
    ),
    # --- slots of half a word
    Mutation(
        "a slot does not say how far from home it is",
        "quotient.c",
        "    uint64_t below = slot + ((uint64_t)1 << t->rest);",
        "    uint64_t below = (uint64_t)slot;",
    ),
    Mutation(
        "a bit of the state is in no slot",
        "quotient.c",
        "(slot_word)(scattered & (((uint64_t)1 << t->rest) - 1)) + 1;",
        "(slot_word)(scattered & (((uint64_t)1 << t->rest) - 2)) + 1;",
    ),
    Mutation(
        "two states are scattered to one place",
        "quotient.c",
        "    x *= 0xbf58476d1ce4e5b9u;",
        "    x *= 0xbf58476d1ce4e5b8u;",
    ),
    Mutation(
        "what has overflowed is taken for what is at home, when the table grows",
        "quotient.c",
        "    const uint64_t line = (at / LINE + distance) & (lines - 1);",
        "    const uint64_t line = (at / LINE + 0 * distance) & (lines - 1);",
    ),
    Mutation(
        "a table that doubles puts what was at home into the first of two lines",
        "quotient.c",
        "half = scattered >> t->rest & 1;",
        "half = 0;",
    ),
    Mutation(
        "a full line is the last one that is looked at",
        "quotient.c",
        "        if (seen.filled < LINE) return false;\n",
        "        return false;\n",
    ),
    Mutation(
        "a line's last slots are not compared",
        "quotient.c",
        "_mm_or_si128(_mm_cmpeq_epi32(c, slot), _mm_cmpeq_epi32(d, slot)));",
        "_mm_cmpeq_epi32(c, slot));",
    ),
    Mutation(
        "a table that is crowded is large enough",
        "room.c",
        "(QUOTIENT && atomic_load(&s->seen.crowded));",
        "false;",
    ),
    Mutation(
        "two threads insert into one slot of half a word",
        "quotient.c",
        "            if (atomic_compare_exchange_strong_explicit(&t->slots[at], &slot, wanted,\n"
        "                                                        memory_order_relaxed, "
        "memory_order_relaxed)) {",
        "            if (sched_yield(), atomic_store(&t->slots[at], wanted), true) {",
    ),
    # --- levels, figures, findings
    Mutation(
        "a level's last states are not expanded",
        "expand.c",
        "    w->end = w->position + block < all ? w->position + block : all;",
        "    w->end = w->position + block < all ? w->position + block : all - (all > 9);",
    ),
    Mutation(
        "a state that lies outside the constraints is stored",
        "expand.c",
        "        if (!check_state(w, state, s->levels)) return KNOWN;",
        "        check_state(w, state, s->levels);",
    ),
    Mutation(
        "step invariants are looked at in new states only",
        "expand.c",
        "if (s->active_count[STEP_INVARIANT]) check_steps(w, state, first, s->levels);",
        "if (s->active_count[STEP_INVARIANT] && s->levels < 4)\n"
        "        check_steps(w, state, first, s->levels);",
    ),
    Mutation(
        "a deadlock counts one step too many",
        "expand.c",
        "if (w->sink.taken == 0) check_stuck(w, state, s->levels - 1);",
        "if (w->sink.taken == 0) check_stuck(w, state, s->levels);",
    ),
    Mutation(
        "the search ends in the middle of the violating level",
        "levels.c",
        "    if (s->chore != NO_CHORE || !level_done(s)) return OC_RUNNING;\n",
        "    if (s->chore != NO_CHORE) return OC_RUNNING;\n"
        "    if (!level_done(s) && !anything_wrong(s)) return OC_RUNNING;\n",
    ),
    Mutation(
        "what is met only after something was broken is still looked for",
        "checks.c",
        "        if (known && s->last_steps[k] == NEVER) s->last_steps[k] = steps;",
        "        if (known && s->last_steps[k] == NEVER) s->last_steps[k] = steps - 1;",
    ),
    Mutation(
        "the limit of states is one too low",
        "levels.c",
        "    if (most && !s->disk.on && states_now(s) > most) return OC_LIMIT_STATES;",
        "    if (most && !s->disk.on && states_now(s) >= most) return OC_LIMIT_STATES;",
    ),
    Mutation(
        "antecedents are met once any of them is",
        "checks.c",
        "            w->antecedents_left |= !w->sink.reached[k];",
        "            w->antecedents_left = !w->sink.reached[k];",
    ),
    # --- compressed states
    Mutation(
        "a pair is known though it was not met",
        "tree.c",
        "            if (recent->pair != pair || recent->number == UINT32_MAX) {",
        "            if (recent->pair >> 1 != pair >> 1 || recent->number == UINT32_MAX) {",
    ),
    Mutation(
        "pairs are lost when their table grows",
        "tree.c",
        "        if (t->moved % 4096 == 0 && now_ns() > deadline && "
        "t->moved < t->capacity) return false;",
        "        t->moved += t->moved % 64 == 0;",
    ),
    Mutation(
        "two numbers for one pair",
        "tree.c",
        "        if (*pair_at(t, slot - 1) == pair) return slot - 1;",
        "        if (*pair_at(t, slot - 1) == pair && slot % 9) return slot - 1;",
    ),
    # --- the canonical trace
    Mutation(
        "the greatest label is taken instead of the least",
        "path.c",
        "        if (cost >= *least) continue;\n        *least = cost;\n        best",
        "        if (cost > *least) continue;\n        *least = cost;\n        best",
    ),
    Mutation(
        "a switch after the first step costs nothing",
        "path.c",
        "        cost += level > 1 && next != p->actor;",
        "        cost += level > 2 && next != p->actor;",
    ),
    Mutation(
        "every actor may go on without a switch",
        "path.c",
        "    if (actor == NO_ACTOR || after->actors[actor / 64] >> actor % 64 & 1) return cost;",
        "    if (actor % 7 == 0 || after->actors[actor / 64] >> actor % 64 & 1) return cost;",
    ),
    Mutation(
        "actors of dearer ways are kept",
        "path.c",
        "        if (cost < least) memset(made.actors, 0, sizeof made.actors);\n",
        "",
    ),
    Mutation(
        "a map that grows forgets its last states",
        "path.c",
        "    for (; p->moved < m->capacity; p->moved++) {",
        "    for (; p->moved + 16 < m->capacity; p->moved++) {",
    ),
    # --- sorting, merging
    Mutation(
        "states are sorted by their last word only",
        "sort.c",
        "        if (a[k] != b[k]) return a[k] < b[k];\n",
        "        if (k == OC_WORDS - 1 && a[k] != b[k]) return a[k] % 64 < b[k] % 64;\n",
    ),
    Mutation(
        "dividing loses the order of the middle",
        "sort.c",
        "        while (less(t->pivot.words, all[j].words)) j--;\n",
        "        while (less(t->pivot.words, all[j].words) && j > i + 1) j--;\n",
    ),
    Mutation(
        "it is not looked up what earlier levels have",
        "disk.c",
        "        if (!is_in_runs(d, least.words, &seen)) return disk_failed(s);",
        "        if (!is_in_runs(d, least.words, &seen)) return disk_failed(s);\n"
        "        seen = seen && s->levels % 2;",
    ),
    Mutation(
        "a state that was found twice in a level is kept twice",
        "disk.c",
        "        while (d->merge.count > 0 && same(d->merge.heap[0].at->words, least.words))",
        "        for (int once = 1; d->merge.count > 0 && once; once = 0)",
    ),
    Mutation(
        "a source that ends is left in the heap",
        "runs.c",
        "        if (!c->in_buffer) *c = m->heap[--m->count];",
        "        if (!c->in_buffer) m->count--;",
    ),
    Mutation(
        "a source's next piece is its first one again",
        "runs.c",
        "    c->next += c->in_buffer;\n",
        "    c->next += c->in_buffer > m->room;\n",
    ),
    Mutation(
        "the next run overwrites the last states of the one before",
        "disk.c",
        "        d->spilled_states += count;\n",
        "        d->spilled_states += count - (count > 3);\n",
    ),
    Mutation(
        "the chunks of what was spilled are still in use",
        "disk.c",
        "        w->next = w->open_start = w->room_end = 0;\n    }\n    drop_recent",
        "        w->open_start = w->next;\n    }\n    drop_recent",
    ),
    Mutation(
        "only some of the levels that are in no run become one",
        "disk.c",
        "        d->young += count;\n",
        "        d->young = d->out.next;\n",
    ),
    Mutation(
        "a level that stays in memory is forgotten with it",
        "disk.c",
        "    return d->young < d->out.next ? settle_begin(s) : clear_recent(s);",
        "    d->young = d->out.next;\n    return clear_recent(s);",
    ),
    Mutation(
        "a level that is no run of its own is none with others",
        "disk.c",
        "    if (stays || d->young < d->out_start) {",
        "    if (stays) {",
    ),
    Mutation(
        "a run that was merged with others is left out",
        "disk.c",
        "    d->runs[kept++] = d->made;\n",
        "    run_close(&d->made);\n",
    ),
    Mutation(
        "the end of a merged run is not written",
        "disk.c",
        "    if (!flush_run(s)) return disk_failed(s);\n    merge_close(&d->merge);",
        "    merge_close(&d->merge);",
    ),
    Mutation(
        "a fence is taken for the one before",
        "runs.c",
        "            low = middle;\n    }\n    uint64_t first = low * r->span, end",
        "            low = middle - 1, high--;\n    }\n    uint64_t first = low * r->span, end",
    ),
    Mutation(
        "fences that are thinned out keep their distance",
        "runs.c",
        "            r->span *= 2;\n",
        "",
    ),
    Mutation(
        "a block's last state is not looked at",
        "runs.c",
        "    *has = low < r->loaded && same",
        "    *has = low + 1 < r->loaded && same",
    ),
    Mutation(
        "a block may be left out",
        "runs.c",
        "        const uint64_t next = r->at + r->loaded;\n",
        "        const uint64_t next = r->at + r->loaded + (r->at > 0);\n",
    ),
    Mutation(
        "a filter does not know all of its run",
        "runs.c",
        "    r->filter[bit / 64] |= (uint64_t)1 << bit % 64;\n",
        "    r->filter[bit / 64] |= (uint64_t)(r->count % 16 != 5) << bit % 64;\n",
    ),
    Mutation(
        "a level forgets what was found before the table was full",
        "disk.c",
        "            if (!add_segment(&d->early, w->filled.at[i].start, w->filled.at[i].count))",
        "            if (i &&\n"
        "                !add_segment(&d->early, w->filled.at[i].start, w->filled.at[i].count))",
    ),
    Mutation(
        "the buffer's last states are not written",
        "disk.c",
        "    if (!append_flush(&s->store, &d->out)) return disk_failed(s);\n    *done = true;",
        "    *done = true;",
    ),
    Mutation(
        "the end of a level was not written, and nobody cares",
        "disk.c",
        "    if (!append_flush(&s->store, &d->out)) return disk_failed(s);\n    *done = true;",
        "    append_flush(&s->store, &d->out);\n    *done = true;",
    ),
    Mutation(
        "a short write is taken for all of it",
        "base.h",
        "        if (done == 0) errno = ENOSPC;\n        if (done <= 0) return false;\n",
        "        if (done == 0) errno = ENOSPC;\n        if (done <= 0) return false;\n"
        "        if (done) break;\n",
    ),
    Mutation(
        "a full disk is not noticed",
        "base.h",
        "        if (done == 0) errno = ENOSPC;\n        if (done <= 0) return false;\n",
        "        if (done <= 0) return true;\n",
    ),
    # --- checkpoints
    Mutation(
        "what was known to be wrong is forgotten",
        "api.c",
        "        atomic_store(&s->broken_steps[k], broken[k]);\n",
        "",
    ),
    Mutation(
        "a restored level is not a run of its own",
        "restore.c",
        "    s->disk.out_start = s->disk.out.next;\n",
        "",
    ),
    Mutation(
        "what was restored to disk is not known to be there",
        "api.c",
        "    if (s->chore == NO_CHORE && s->disk.young < s->disk.out.next) {",
        "    if (s->chore == NO_CHORE && s->disk.young > s->disk.out.next) {",
    ),
    Mutation(
        "pieces of a level are copied from its beginning",
        "api.c",
        "            uint64_t number = run->start + (from - run->before);",
        "            uint64_t number = run->start;",
    ),
    # --- threads
    Mutation(
        "what a thread has left over is not waited for",
        "pool.c",
        "        if (left_over(&s->workers[k])) return false;\n    return true;",
        "        if (k == 0 && left_over(&s->workers[k])) return false;\n    return true;",
    ),
    Mutation(
        "two threads take the same states",
        "expand.c",
        "    w->position = atomic_fetch_add_explicit(&s->cursor, block, memory_order_relaxed);",
        "    w->position = atomic_load(&s->cursor);\n"
        "    sched_yield();\n"
        "    atomic_store(&s->cursor, w->position + block);",
    ),
    Mutation(
        "two threads insert into one slot",
        "slots.c",
        "            if (atomic_compare_exchange_strong_explicit(&t->slots[at], &slot, filled,\n"
        "                                                        memory_order_acq_rel, "
        "memory_order_acquire))",
        "            if (sched_yield(), atomic_store(&t->slots[at], filled), true)",
    ),
    # --- what fails
    Mutation(
        "a worker's memory is freed before there is any",
        "api.c",
        "    memset(s->workers, 0, s->options.workers * sizeof *s->workers);\n",
        "",
    ),
    Mutation(
        "the runs' memory is never given back",
        "disk.c",
        "    lookup_close(d);\n    table_close(&d->recent);",
        "    table_close(&d->recent);",
    ),
    Mutation(
        "the spill file stays open",
        "store.c",
        "    if (s->file >= 0) close(s->file);\n",
        "",
    ),
)

RACES = (
    Mutation(
        "a state's number is known before the state is",
        "slots.c",
        "memory_order_acq_rel, memory_order_acquire))",
        "memory_order_relaxed, memory_order_relaxed))",
    ),
    Mutation(
        "a round ends while others are still at work",
        "pool.c",
        "    while (s->busy > 0) pthread_cond_wait(&s->end, &s->mutex);\n",
        "",
    ),
)
"""What the thread sanitizer must notice, whether or not a result is wrong."""

GENERATOR = (
    Mutation(
        "packing: one bit too few",
        "packing.py",
        "    return max(0, count - 1).bit_length()",
        "    return max(0, count - 2).bit_length()",
    ),
    Mutation(
        "packing: an integer's lower bound is forgotten",
        "packing.py",
        "else value - (lo or 0)",
        "else value",
    ),
    Mutation(
        "packing: an item of a wide list straddles a word",
        "packing.py",
        "        per = WORD // item if item else k + 1\n",
        "        per = WORD // item + 1 if item else k + 1\n",
    ),
    Mutation(
        "packing: a wide list has one word too few",
        "packing.py",
        "        words = -(-count // per) if item <= WORD else count * (item // WORD)\n",
        "        words = count // per if item <= WORD else count * (item // WORD)\n",
    ),
    Mutation(
        "bits: what is cut out keeps what lies above it",
        "bits.py",
        'return shifted if offset + width == WORD else f"({shifted} & {mask(width)})"',
        "return shifted",
    ),
    Mutation(
        "numbers: an overflow of a sum is not checked",
        "numbers.py",
        "    if op in _CHECKED and bounded(expr.type):",
        "    if op in _CHECKED:",
    ),
    Mutation(
        "numbers: 2**63 counts as bounded",
        "numbers.py",
        "kind.lo > -LIMIT and kind.hi < LIMIT",
        "kind.lo > -4 * LIMIT and kind.hi < 4 * LIMIT",
    ),
    Mutation(
        "numbers: a division by zero is not checked",
        "numbers.py",
        "    if not never_zero:\n",
        "    if never_zero:\n",
    ),
    Mutation(
        "numbers: C's division for negative numbers",
        "numbers.py",
        "    if never_negative(expr.operands[0].type) and never_negative(kind):",
        "    if never_negative(kind):",
    ),
)
