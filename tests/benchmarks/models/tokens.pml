/* Four tokens on a ring of cells, as tokens.py has it; SIZE is the number of cells. */

byte count[SIZE];

#define STEPS(k) \
    :: d_step { count[k] > 0 -> count[k]--; count[(k + 1) % SIZE]++ }

init
{
    count[0] = 4;
    do
    ALL_STEPS
    od
}
