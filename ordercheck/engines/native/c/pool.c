/* The threads, and the rounds in which they work. The calling thread is worker 0. */

static void *thread_main(void *argument)
{
    worker *w = argument;
    search *s = w->search;
    uint64_t seen = 0;
    pthread_mutex_lock(&s->mutex);
    for (;;) {
        while (!s->quit && s->round == seen) pthread_cond_wait(&s->begin, &s->mutex);
        if (s->quit) break;
        seen = s->round;
        pthread_mutex_unlock(&s->mutex);
        work(w);
        pthread_mutex_lock(&s->mutex);
        if (--s->busy == 0) pthread_cond_signal(&s->end);
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

/* Starts the threads, at the first level that is worth it. With fewer than asked for, or none,
   the search goes on with those that there are. */
static void start_threads(search *s)
{
    for (uint32_t k = 1; k < s->worker_count; k++) {
        worker *w = &s->workers[k];
        if (w->started) continue;
        w->started = !oc_fails(OC_THREAD) && pthread_create(&w->thread, NULL, thread_main, w) == 0;
        if (!w->started) {
            s->worker_count = k;
            return;
        }
    }
}

static void stop_threads(search *s)
{
    pthread_mutex_lock(&s->mutex);
    s->quit = true;
    pthread_cond_broadcast(&s->begin);
    pthread_mutex_unlock(&s->mutex);
    for (uint32_t k = 1; s->workers && k < s->options.workers; k++)
        if (s->workers[k].started) pthread_join(s->workers[k].thread, NULL);
}

static bool left_over(const worker *w) { return w->position < w->end || w->sink.count > 0; }

/* Whether other workers than the first have anything to do. Waking them takes longer than
   expanding some hundred states. */
static bool needs_threads(const search *s)
{
    if (s->worker_count == 1) return false;
    for (uint32_t k = 1; k < s->worker_count; k++)
        if (left_over(&s->workers[k])) return true;
    uint64_t all = s->level_states[s->levels - 1], taken = atomic_load(&s->cursor);
    return taken < all && all - taken > OC_WORTH_THREADS;
}

static void run_round(search *s)
{
    atomic_store(&s->stop, false);
    for (uint32_t k = 0; k < s->options.workers; k++)
        clear_wants(&s->workers[k]);
    if (!needs_threads(s)) {
        work(&s->workers[0]);
        return;
    }
    start_threads(s);
    pthread_mutex_lock(&s->mutex);
    s->round++;
    s->busy = s->worker_count - 1;
    pthread_cond_broadcast(&s->begin);
    pthread_mutex_unlock(&s->mutex);
    work(&s->workers[0]);
    pthread_mutex_lock(&s->mutex);
    while (s->busy > 0) pthread_cond_wait(&s->end, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
}

/* Whether all states of the level have been expanded, and their targets looked up. */
static bool level_done(const search *s)
{
    if (atomic_load(&s->cursor) < s->level_states[s->levels - 1]) return false;
    for (uint32_t k = 0; k < s->worker_count; k++)
        if (left_over(&s->workers[k])) return false;
    return true;
}
