/* Two-phase commit (Gray and Lamport), as models/classics/two_phase.py has it: one process that
   takes any step of any manager, so that its states and transitions are those of the model. Every
   binding is an option of its own, lest the choice be part of the state. SIZE is the number of
   managers. */

#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3

byte rm[SIZE];
byte tm;        /* 0 open, 1 committed, 2 aborted */
short answered; /* a bit for each manager */
short said;

#define STEPS(r) \
    :: d_step { tm == 0 && (said & (1 << r)) -> answered = answered | (1 << r) } \
    :: d_step { rm[r] == WORKING -> rm[r] = PREPARED; said = said | (1 << r) } \
    :: d_step { rm[r] == WORKING -> rm[r] = ABORTED } \
    :: d_step { tm == 1 -> rm[r] = COMMITTED } \
    :: d_step { tm == 2 -> rm[r] = ABORTED }

active proctype managers()
{
end:
    do
    :: d_step { tm == 0 && answered == (1 << SIZE) - 1 -> tm = 1 }
    :: d_step { tm == 0 -> tm = 2 }
    ALL_STEPS
    od
}
