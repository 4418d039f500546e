/* Explores one model: every reachable state, breadth first, on all cores.

   The model is the generated header model.h, which this file includes: packed states, their
   successors, their properties. Everything else is written once, for all models, in the files
   below, each of which uses only those before it. They are compiled as one translation unit, so
   that the compiler can inline the model into the loops that run it; or, with OC_SHARED, without
   the model, once for all models whose states are as wide (shared.h).

   The search is a sequence of rounds. In a round all workers expand states of the same level;
   a round ends when the level does, when the table must grow, or when its time is up. Between
   rounds one thread alone is running, so all that is difficult (growing, spilling to disk,
   limits) is ordinary sequential code. What a level finds does not depend on the order in which
   its states are expanded: hence the same results with any number of workers. */

#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _GNU_SOURCE
#endif

#include "base.h"
#include "sink.h"

#ifdef OC_SHARED
#define OC_LINKED
#include "shared.h"
#else
#define OC_LINKED static
#include "model.h"
#define OC_MOST_PROPERTIES OC_PROPERTIES
#define OC_MOST_KINDS OC_KINDS
#define OC_MOST_ACTORS OC_ACTORS
#define OC_NARROW ((OC_BITS <= 63) + (OC_BITS <= 45))
#endif
#include "transitions.h"

#include "sink.c"
#include "tree.c"
#include "store.c"
#include "table.h"
#include "slots.c"
#include "quotient.c"
#include "table.c"
#include "sort.c"
#include "runs.c"
#include "search.h"
#include "checks.c"
#include "expand.c"
#include "pool.c"
#include "disk.c"
#include "room.c"
#include "levels.c"
#include "path.c"
#include "restore.c"
#include "api.c"
#include "faults.c"
