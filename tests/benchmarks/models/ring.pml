/* Leader election on a ring of queues, as ring.py has it; SIZE is the number of nodes. */

bool begun[SIZE];
bool leader[SIZE];
chan inbox[SIZE] = [SIZE] of { byte };
hidden byte number;

#define NEXT(k) ((k + 1) % SIZE)
#define STEPS(k) \
    :: d_step { !begun[k] -> begun[k] = true; inbox[NEXT(k)]!k } \
    :: d_step { inbox[k]?number -> \
        if \
        :: number > k -> inbox[NEXT(k)]!number \
        :: number == k -> leader[k] = true \
        :: else \
        fi }

active proctype nodes()
{
end:
    do
    ALL_STEPS
    od
}
