/* Two-phase commit (Gray and Lamport), as models/classics/two_phase.py has it: one process that
   takes any step of any manager, so that its states and transitions are those of the model. Made
   for N = 9; every binding is an option of its own, lest the choice be part of the state. */

#define N 9
#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3

byte rm[N];
byte tm;        /* 0 open, 1 committed, 2 aborted */
short answered; /* a bit for each manager */
short said;

#define STEPS(r) \
    :: atomic { tm == 0 && (said & (1 << r)) -> answered = answered | (1 << r) } \
    :: atomic { rm[r] == WORKING -> rm[r] = PREPARED; said = said | (1 << r) } \
    :: atomic { rm[r] == WORKING -> rm[r] = ABORTED } \
    :: atomic { tm == 1 -> rm[r] = COMMITTED } \
    :: atomic { tm == 2 -> rm[r] = ABORTED }

active proctype managers()
{
end:
    do
    :: atomic { tm == 0 && answered == (1 << N) - 1 -> tm = 1 }
    :: atomic { tm == 0 -> tm = 2 }
    STEPS(0) STEPS(1) STEPS(2) STEPS(3) STEPS(4) STEPS(5) STEPS(6) STEPS(7) STEPS(8)
    od
}
