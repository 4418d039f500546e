/* Fault injection, for tests: a build with OC_FAULTS asks here before it asks the system, and
   counts what it holds, so that a test can tell whether all was given back. */

#ifndef OC_FAULTS_H
#define OC_FAULTS_H

static struct {
    _Atomic uint32_t requests; /* those that are counted and may fail, as bits */
    _Atomic uint64_t count;    /* of them, so far */
    _Atomic uint64_t first;    /* the number of the one that fails first */
    _Atomic uint32_t one_in;   /* of those after it, one in so many fails as well; 0: none */
    _Atomic int64_t held;      /* blocks, and bytes of pages */
} oc_faults;

static bool oc_fails(oc_request request)
{
    if (!(atomic_load(&oc_faults.requests) & request)) return false;
    uint64_t number = atomic_fetch_add(&oc_faults.count, 1);
    uint64_t first = atomic_load(&oc_faults.first);
    uint32_t one_in = atomic_load(&oc_faults.one_in);
    if (number <= first || !one_in) return number == first;
    /* Any sequence that has no pattern; a factor as in a multiplicative generator. */
    return (number * 0x9e3779b97f4a7c15u >> 32) % one_in == 0;
}

static void oc_held(int64_t bytes) { atomic_fetch_add(&oc_faults.held, bytes); }

#endif
