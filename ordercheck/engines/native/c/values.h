/* What the generated header calls: exact arithmetic, scratch memory for lists, choices.

   A run is one attempt at a step. Functions that may fail return a status: OC_DONE,
   OC_DISABLED (a Require failed), OC_RAISED (an exception of the model is on its way,
   run->raised), or OC_FIRST_KIND + k, an error of kind k.

   The header defines OC_TASK_WORDS (words of a set of tasks) first. */

#ifndef OC_VALUES_H
#define OC_VALUES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "choices.h"

#define OC_RARE(test) __builtin_expect(!!(test), 0)
#define OC_NONE INT64_MIN /* the model's None: no integer of a model is as small */

enum { OC_DONE, OC_DISABLED, OC_RAISED, OC_FIRST_KIND };

/* Reasons for which the model's code cannot go on. */
enum { OC_LARGE, OC_MANY };

typedef __int128 oc_wide;

typedef struct oc_run {
	oc_sink *sink;
	uint8_t *reached;
	const oc_word *u;       /* the state before, for step invariants */
	char *scratch, *free, *end;
	const void *raised;     /* the exception on its way */
	int64_t current;        /* the task that runs */
	oc_word running[OC_TASK_WORDS];
	uint32_t depth, taken;  /* choices that are fixed, and those already made */
	uint32_t tried;         /* combinations, before this one */
	uint32_t picks[OC_MAX_CHOICES], counts[OC_MAX_CHOICES];
} oc_run;

/* --- scratch memory: taken piece by piece, given back as a whole at the next attempt --- */

/* `size` bytes; NULL if there are no more. */
static inline void *oc_take(oc_run *r, size_t size)
{
	size = (size + 15) & ~(size_t)15;
	if (OC_RARE(size > (size_t)(r->end - r->free))) return NULL;
	void *found = r->free;
	r->free += size;
	return found;
}

/* An array with room for one more than `n` items; NULL if there is none. */
static inline void *oc_grown(oc_run *r, void *at, int64_t n, int64_t *room, size_t size)
{
	if (n < *room) return at;
	int64_t wanted = *room ? 2 * *room : 8;
	void *more = oc_take(r, (size_t)wanted * size);
	if (!more) return NULL;
	if (n) memcpy(more, at, (size_t)n * size);
	*room = wanted;
	return more;
}

/* --- choices: an odometer; the last choice turns first --- */

/* Before the first attempt at a step. */
static inline void oc_begin(oc_run *r)
{
	r->depth = 0;
	r->taken = 0;
	r->tried = 0;
	r->picks[0] = 0; /* lest a compiler think that labels may be read before they are written */
}

/* Before every attempt. */
static inline void oc_attempt(oc_run *r)
{
	r->taken = 0;
	r->free = r->scratch;
#if OC_TASK_WORDS > 1
	memset(r->running, 0, sizeof r->running);
#else
	r->running[0] = 0;
#endif
}

/* The number of the option that this attempt takes, of `count`. */
static inline int oc_choose(oc_run *r, int64_t count, int64_t *pick)
{
	if (r->taken == r->depth) {
		if (count <= 0) return OC_DISABLED;
		if (OC_RARE(r->depth == OC_MAX_CHOICES || count > UINT32_MAX)) return OC_FIRST_KIND;
		r->picks[r->depth++] = 0;
	}
	r->counts[r->taken] = (uint32_t)count;
	*pick = r->picks[r->taken++];
	return OC_DONE;
}

/* Go on to the next combination; 0 if there is none, or none that is of use any more. */
static inline int oc_more(oc_run *r)
{
	if (OC_RARE(++r->tried > OC_MAX_WAYS)) oc_unable(r->sink, OC_MANY);
	if (OC_RARE(r->sink->unable || r->sink->starved)) return 0;
	while (r->depth) {
		if (++r->picks[r->depth - 1] < r->counts[r->depth - 1]) return 1;
		r->depth--;
	}
	return 0;
}

/* Before some of the initial states are made: from this place on. */
static inline void oc_begin_at(oc_run *r, const oc_place *place)
{
	oc_begin(r);
	r->depth = place->depth;
	memcpy(r->picks, place->picks, place->depth * sizeof *r->picks);
}

/* Go on to the next combination, if it is to be tried now; else `place` keeps where that is. */
static inline int oc_more_now(oc_run *r, oc_place *place, uint32_t *tried)
{
	place->ended = !oc_more(r);
	if (place->ended) return 0;
	if (++*tried < OC_SOME_STARTS) return 1;
	place->depth = r->depth;
	memcpy(place->picks, r->picks, r->depth * sizeof *r->picks);
	return 0;
}

/* --- numbers: |x| < 2**63 always; OC_NONE is none --- */

static inline int oc_add(int64_t a, int64_t b, int64_t *out)
{
	return __builtin_add_overflow(a, b, out) || *out == INT64_MIN;
}

static inline int oc_sub(int64_t a, int64_t b, int64_t *out)
{
	return __builtin_sub_overflow(a, b, out) || *out == INT64_MIN;
}

static inline int oc_mul(int64_t a, int64_t b, int64_t *out)
{
	return __builtin_mul_overflow(a, b, out) || *out == INT64_MIN;
}

static inline int oc_invert(int64_t a, int64_t *out)
{
	*out = ~a;
	return *out == INT64_MIN;
}

static inline int64_t oc_abs(int64_t a) { return a < 0 ? -a : a; }

static inline int oc_fits(oc_wide a) { return a > INT64_MIN && a <= INT64_MAX; }

/* Python's: towards minus infinity; the remainder has the divisor's sign. */
static inline int64_t oc_floordiv(int64_t a, int64_t b)
{
	int64_t q = a / b;
	return q - ((a % b != 0) & ((a < 0) != (b < 0)));
}

static inline int64_t oc_modulo(int64_t a, int64_t b)
{
	int64_t m = a % b;
	return m && (m < 0) != (b < 0) ? m + b : m;
}

/* These give 1 for a negative second operand, 2 for an overflow. */
static inline int oc_power(int64_t a, int64_t b, int64_t *out)
{
	int64_t found = 1;
	if (b < 0) return 1;
	if (a == 0 || a == 1) {
		*out = b ? a : 1;
		return 0;
	}
	if (a == -1) {
		*out = b % 2 ? -1 : 1;
		return 0;
	}
	for (; b; b--)
		if (oc_mul(found, a, &found)) return 2;
	*out = found;
	return 0;
}

static inline int oc_shift_left(int64_t a, int64_t b, int64_t *out)
{
	if (b < 0) return 1;
	if (a == 0 || b == 0) {
		*out = a;
		return 0;
	}
	if (b > 62) return 2;
	return oc_mul(a, INT64_C(1) << b, out) ? 2 : 0;
}

static inline int oc_shift_right(int64_t a, int64_t b, int64_t *out)
{
	if (b < 0) return 1;
	if (b > 63) b = 63;
	/* >> of negative numbers is left to the compiler by C; ~ makes it plain. */
	*out = a < 0 ? ~(~a >> b) : a >> b;
	return 0;
}

/* --- lists: indices as Python has them --- */

/* How many items range(first, last, step) has. */
static inline int64_t oc_range(int64_t first, int64_t last, int64_t step)
{
	if (step > 0) return first < last ? (int64_t)(((oc_wide)last - first + step - 1) / step) : 0;
	return first > last ? (int64_t)(((oc_wide)first - last - step - 1) / -(oc_wide)step) : 0;
}

/* How many items the slice of a list of `n` has; OC_NONE for what is left out. All three
   are then numbers, `from` an index if there is an item. */
static inline int64_t oc_slice(int64_t n, int64_t *from, int64_t *to, int64_t *step)
{
	if (*step == OC_NONE) *step = 1;
	int64_t low = *step < 0 ? -1 : 0, high = *step < 0 ? n - 1 : n;
	if (*from == OC_NONE) *from = *step < 0 ? high : low;
	else if (*from < 0) *from = *from + n < low ? low : *from + n;
	else if (*from > high) *from = high;
	if (*to == OC_NONE) *to = *step < 0 ? low : high;
	else if (*to < 0) *to = *to + n < low ? low : *to + n;
	else if (*to > high) *to = high;
	return oc_range(*from, *to, *step);
}

/* --- choosing `count` of `n` places, in itertools' order --- */

static inline int oc_first_combinations(int64_t *which, int64_t count)
{
	for (int64_t k = 0; k < count; k++) which[k] = k;
	return 1;
}

static inline int oc_next_combinations(int64_t *which, int64_t count, int64_t n)
{
	int64_t k = count - 1;
	while (k >= 0 && which[k] == n - count + k) k--;
	if (k < 0) return 0;
	which[k]++;
	for (k++; k < count; k++) which[k] = which[k - 1] + 1;
	return 1;
}

static inline int oc_first_permutations(int64_t *which, int64_t count)
{
	return oc_first_combinations(which, count);
}

static inline int oc_used(const int64_t *which, int64_t count, int64_t x)
{
	for (int64_t k = 0; k < count; k++)
		if (which[k] == x) return 1;
	return 0;
}

static inline int oc_next_permutations(int64_t *which, int64_t count, int64_t n)
{
	int64_t k = count - 1;
	for (; k >= 0; k--) {
		do which[k]++;
		while (which[k] < n && oc_used(which, k, which[k]));
		if (which[k] < n) break;
	}
	if (k < 0) return 0;
	for (k++; k < count; k++)
		for (which[k] = 0; oc_used(which, k, which[k]);) which[k]++;
	return 1;
}

/* --- lists as bits of a state: `head` bits of length, then items of `width` bits each --- */

static inline int64_t oc_packed_count(oc_word bits, int head)
{
	return (int64_t)(bits & (((oc_word)1 << head) - 1));
}

/* The first place of an item, -1 if it is not there. */
static OC_UNUSED int64_t oc_packed_find(oc_word bits, oc_word x, int head, int width)
{
	int64_t n = oc_packed_count(bits, head);
	oc_word item = ((oc_word)1 << width) - 1;
	bits >>= head;
	for (int64_t k = 0; k < n; k++, bits >>= width)
		if ((bits & item) == x) return k;
	return -1;
}

/* With one more item at the end; there is room for it. */
static inline oc_word oc_packed_append(oc_word bits, oc_word x, int head, int width)
{
	return (bits | x << (head + oc_packed_count(bits, head) * width)) + 1;
}

/* With one more item before item k, an index as Python's insert takes it. */
static inline oc_word oc_packed_insert(oc_word bits, int64_t k, oc_word x, int head, int width)
{
	int64_t n = oc_packed_count(bits, head);
	if (k < 0) k = k + n < 0 ? 0 : k + n;
	if (k > n) k = n;
	int64_t at = head + k * width;
	oc_word below = bits & (((oc_word)1 << at) - 1);
	oc_word above = at + width < 64 ? bits >> at << (at + width) : 0;
	return (below | above | x << at) + 1;
}

/* Without item k, which is there. */
static inline oc_word oc_packed_without(oc_word bits, int64_t k, int head, int width)
{
	int64_t at = head + k * width;
	oc_word below = bits & (((oc_word)1 << at) - 1);
	oc_word above = at + width < 64 ? bits >> (at + width) << at : 0;
	return (below | above) - 1;
}

/* With another item for item k, which is there. */
static inline oc_word oc_packed_replace(oc_word bits, int64_t k, oc_word x, int head, int width)
{
	int64_t at = head + k * width;
	return (bits & ~((((oc_word)1 << width) - 1) << at)) | x << at;
}

/* One list after the other; there is room for both. */
static inline oc_word oc_packed_concat(oc_word a, oc_word b, int head, int width)
{
	int64_t n = oc_packed_count(b, head);
	if (!n) return a;
	return (a | b >> head << (head + oc_packed_count(a, head) * width)) + (oc_word)n;
}

/* --- bits --- */

static inline int64_t oc_count(oc_word bits) { return __builtin_popcountll(bits); }

static inline int64_t oc_lowest(oc_word bits) { return __builtin_ctzll(bits); }

/* The place of bit number `n` of those that are set. */
static inline int64_t oc_nth(oc_word bits, int64_t n)
{
	while (n--) bits &= bits - 1;
	return oc_lowest(bits);
}

/* The first place from `from` on whose bit is set; -1 if there is none. */
static inline int64_t oc_next(const oc_word *bits, int64_t words, int64_t from)
{
	for (int64_t k = from / 64; k < words; k++) {
		oc_word left = bits[k] & (k == from / 64 ? ~(oc_word)0 << from % 64 : ~(oc_word)0);
		if (left) return k * 64 + oc_lowest(left);
	}
	return -1;
}

#endif
