/* How tests let requests to the system fail (faults.h), in every build. */

/* From now on, the request after so many fails, and one in so many of those that follow (0:
   none); `requests` says which ones, as bits of oc_request. For tests: 0 without OC_FAULTS. */
OC_EXPORT int explorer_let_fail(uint32_t requests, uint64_t after, uint32_t one_in)
{
#ifdef OC_FAULTS
    atomic_store(&oc_faults.requests, requests);
    atomic_store(&oc_faults.first, after);
    atomic_store(&oc_faults.one_in, one_in);
    atomic_store(&oc_faults.count, 0);
    return 1;
#else
    return (void)requests, (void)after, (void)one_in, 0;
#endif
}

/* How many requests there were since then, and what is held (0 if all was given back). */
OC_EXPORT void explorer_requests(uint64_t *count, int64_t *held)
{
#ifdef OC_FAULTS
    *count = atomic_load(&oc_faults.count);
    *held = atomic_load(&oc_faults.held);
#else
    *count = 0, *held = 0;
#endif
}
