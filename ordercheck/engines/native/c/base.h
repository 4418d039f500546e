/* What every file needs: words, statuses, hashing, memory from the system, time. */

#ifndef OC_BASE_H
#define OC_BASE_H

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t oc_word;

#define OC_UNUSED __attribute__((unused))
#define OC_EXPORT __attribute__((visibility("default")))
#define OC_LIKELY(x) __builtin_expect(!!(x), 1)
#define OC_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define NEVER UINT32_MAX

/* The length of an array: an array has one element at least, also where the model has none. */
#define SOME(n) ((n) > 0 ? (n) : 1)

/* Sizes that builds for tests make tiny, so that small models come to everything. */
#ifndef OC_TINY
#define OC_FIRST_TABLE 16384    /* slots to begin with */
#define OC_SMALLEST_TABLE 4096  /* states at least, in the table of the search from disk */
#define OC_BATCH 128            /* look-ups at the same time */
#define OC_WORTH_THREADS 512    /* states left, for which other threads are woken */
#define OC_FILTER 4096          /* words of a filter, which should stay in a core's cache */
#else
#define OC_FIRST_TABLE 16
#define OC_SMALLEST_TABLE 8
#define OC_BATCH 4
#define OC_WORTH_THREADS 2
#define OC_FILTER 64
#endif

/* Why a call came back. The numbers are known to ../binding.py. */
typedef enum {
    OC_RUNNING = 0,      /* the time of this call is up; call again */
    OC_COMPLETE = 1,     /* every reachable state has been expanded */
    OC_FOUND = 2,        /* the last level has something wrong */
    OC_LIMIT_STATES = 3, /* more states than were asked for */
    OC_LIMIT_DEPTH = 4,  /* as many levels as were asked for */
    OC_NO_MEMORY = 5,    /* the system, or the bound, gives no more memory */
    OC_DISK_FULL = 6,    /* writing failed; search->error says how */
    OC_UNABLE = 7,       /* the generated code has met what it cannot represent */
    OC_NO_THREAD = 8,    /* a thread could not be started */
    OC_NO_PATH = 9,      /* a trace that must exist was not found: a defect */
    OC_DAMAGED = 10      /* a checkpoint has a state twice */
} oc_status;

/* Fault injection: a build with OC_FAULTS makes the n-th allocation, write or thread start fail.
   The counter is set by explorer_fail_after. */
#ifdef OC_FAULTS
static _Atomic int64_t oc_faults_left = -1;
static bool oc_fails(void)
{
    int64_t left = atomic_load_explicit(&oc_faults_left, memory_order_relaxed);
    if (left < 0) return false;
    return atomic_fetch_sub_explicit(&oc_faults_left, 1, memory_order_relaxed) == 0;
}
#else
static inline bool oc_fails(void) { return false; }
#endif

static inline uint64_t mix(uint64_t x)
{
    /* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection, so with one word
       equal hashes mean equal states. */
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Zeroed pages, not yet touched: what is not used costs nothing. NULL if there are none. */
static void *pages(size_t bytes)
{
    if (oc_fails()) return NULL;
    int flags = MAP_PRIVATE | MAP_ANON;
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE;
#endif
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

static void *allocate(size_t bytes) { return oc_fails() ? NULL : malloc(bytes); }

static void *reallocate(void *at, size_t bytes) { return oc_fails() ? NULL : realloc(at, bytes); }

static uint64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* Writes all of it, or says false with errno set. */
static bool write_at(int file, const void *from, size_t bytes, uint64_t offset)
{
    const char *at = from;
    while (bytes > 0) {
        ssize_t done = oc_fails() ? (errno = ENOSPC, -1) : pwrite(file, at, bytes, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        at += done;
        bytes -= (size_t)done;
        offset += (uint64_t)done;
    }
    return true;
}

#endif
