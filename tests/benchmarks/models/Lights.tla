---- MODULE Lights ----
\* A row of lamps, as lights.py has it; Size is the number of lamps.
EXTENDS Naturals
CONSTANT Size
VARIABLE lit

Init == lit = [k \in 1..Size |-> FALSE]
Next == \E k \in 1..Size : lit' = [lit EXCEPT ![k] = ~@]
Spec == Init /\ [][Next]_lit
====
