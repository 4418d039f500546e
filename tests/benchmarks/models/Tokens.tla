---- MODULE Tokens ----
\* Four tokens on a ring of cells, as tokens.py has it; Size is the number of cells.
EXTENDS Naturals
CONSTANT Size
VARIABLE count
Cells == 0..(Size - 1)

Init == count = [k \in Cells |-> 0]
Begin == count = [k \in Cells |-> 0] /\ count' = [count EXCEPT ![0] = 4]
Step(k) == /\ count[k] > 0
           /\ count' = [count EXCEPT ![k] = @ - 1, ![(k + 1) % Size] = @ + 1]
Next == Begin \/ \E k \in Cells : Step(k)
Spec == Init /\ [][Next]_count
====
