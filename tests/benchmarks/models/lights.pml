/* A row of lamps, as lights.py has it; SIZE is the number of lamps. */

bool lit[SIZE];

#define STEPS(k) \
    :: lit[k] = !lit[k]

active proctype hands()
{
    do
    ALL_STEPS
    od
}
