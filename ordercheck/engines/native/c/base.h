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

/* Between what one thread often writes and what another often reads: not in one line of memory, nor in
   two that processors fetch together. */
#define APART(number) char apart_##number[128]

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
#define OC_FILTER 8
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
    OC_DAMAGED = 10,     /* a checkpoint has a state twice */
    OC_INCOMPRESSIBLE = 11 /* states take more room compressed than whole, or more than there is */
} oc_status;

/* What the explorer asks of the system, and a test may have refused (faults.h). */
typedef enum {
    OC_ALLOCATION = 1,
    OC_MAPPING = 2,      /* of memory, or of a file */
    OC_WRITING = 4,      /* to a file, or opening it */
    OC_THREAD = 8,       /* its start */
    OC_SHORT_WRITE = 16, /* a write does less than it was asked for */
    OC_INTERRUPT = 32,   /* a signal comes while writing */
    OC_READING = 64      /* from a file */
} oc_request;

#ifdef OC_FAULTS
#include "faults.h"
#else
static inline bool oc_fails(oc_request request) { return (void)request, false; }
static inline void oc_held(int64_t bytes) { (void)bytes; }
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

#define HUGE_PAGE ((size_t)2 << 20)

/* Zeroed pages, not yet touched: what is not used costs nothing. NULL if there are none. */
static inline void *pages(size_t bytes)
{
    if (oc_fails(OC_MAPPING)) return NULL;
    int flags = MAP_PRIVATE | MAP_ANON;
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE;
#endif
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED) return NULL;
    oc_held((int64_t)bytes);
    return at;
}

/* A piece of a file, to be read. NULL if there is no room for it, with errno set. */
static inline void *map_file(int file, uint64_t offset, size_t bytes)
{
    if (oc_fails(OC_MAPPING)) return errno = ENOMEM, NULL;
    void *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, file, (off_t)offset);
    if (at == MAP_FAILED) return NULL;
    oc_held((int64_t)bytes);
    return at;
}

/* Gives back what pages() or map_file() gave. */
static inline void release_pages(void *at, size_t bytes)
{
    if (!at) return;
    munmap(at, bytes);
    oc_held(-(int64_t)bytes);
}

static inline void *allocate(size_t bytes)
{
    void *at = oc_fails(OC_ALLOCATION) ? NULL : malloc(bytes);
    if (at) oc_held(1);
    return at;
}

static inline void *allocate_aligned(size_t alignment, size_t bytes)
{
    void *at = oc_fails(OC_ALLOCATION) ? NULL : aligned_alloc(alignment, bytes);
    if (at) oc_held(1);
    return at;
}

static inline void *reallocate(void *at, size_t bytes)
{
    void *moved = oc_fails(OC_ALLOCATION) ? NULL : realloc(at, bytes);
    if (moved && !at) oc_held(1);
    return moved;
}

static inline void release(void *at)
{
    if (at) oc_held(-1);
    free(at);
}

/* Zeroed memory of either kind: a system has room for some ten thousand mappings only. */
#define WORTH_PAGES ((size_t)1 << 16)

static inline void *zeroed(size_t bytes)
{
    if (bytes >= WORTH_PAGES) return pages(bytes);
    void *at = allocate(bytes);
    return at ? memset(at, 0, bytes) : NULL;
}

static inline void release_zeroed(void *at, size_t bytes)
{
    if (bytes >= WORTH_PAGES)
        release_pages(at, bytes);
    else
        release(at);
}

static inline uint64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static inline ssize_t write_some(int file, const void *from, size_t bytes, uint64_t offset)
{
    if (oc_fails(OC_WRITING)) return errno = ENOSPC, -1;
    if (oc_fails(OC_INTERRUPT)) return errno = EINTR, -1;
    if (oc_fails(OC_SHORT_WRITE)) bytes = (bytes + 1) / 2;
    return pwrite(file, from, bytes, (off_t)offset);
}

/* Writes all of it, or says false with errno set. */
static inline bool write_at(int file, const void *from, size_t bytes, uint64_t offset)
{
    const char *at = from;
    while (bytes > 0) {
        ssize_t done = write_some(file, at, bytes, offset);
        if (done < 0 && errno == EINTR) continue;
        if (done == 0) errno = ENOSPC;
        if (done <= 0) return false;
        at += done;
        bytes -= (size_t)done;
        offset += (uint64_t)done;
    }
    return true;
}

/* Reads all of it, or says false with errno set. */
static inline bool read_at(int file, void *to, size_t bytes, uint64_t offset)
{
    if (oc_fails(OC_READING)) return errno = EIO, false;
    char *at = to;
    while (bytes > 0) {
        ssize_t done = pread(file, at, bytes, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done == 0) errno = EIO; /* the file is shorter than it was */
        if (done <= 0) return false;
        at += done;
        bytes -= (size_t)done;
        offset += (uint64_t)done;
    }
    return true;
}

#endif
