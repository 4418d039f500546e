/* Choices of one step, and how far the choices of the initial states have been gone through: they
   may be millions, so the model gives some at a time. */

#ifndef OC_CHOICES_H
#define OC_CHOICES_H

#include <stdbool.h>
#include <stdint.h>

#define OC_MAX_CHOICES 64

/* Ways of one step in one state that are gone through, in a few seconds: no signal and no limit is
   heeded meanwhile, and all that they lead to is kept. */
#ifndef OC_MAX_WAYS
#define OC_MAX_WAYS (1u << 24)
#endif

/* Initial ways that are tried in one call. */
#ifndef OC_TINY
#define OC_SOME_STARTS 64
#else
#define OC_SOME_STARTS 2
#endif

/* All zeros before the first one. */
typedef struct oc_place {
	uint32_t depth, picks[OC_MAX_CHOICES]; /* the choices of the next one to be tried */
	bool ended;                            /* there are no more */
} oc_place;

#endif
