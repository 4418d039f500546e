---- MODULE Ring ----
\* Leader election on a ring of queues, as ring.py has it; Size is the number of nodes.
EXTENDS Naturals, Sequences
CONSTANT Size
VARIABLES begun, leader, inbox
Nodes == 0..(Size - 1)
Next_(k) == (k + 1) % Size

Init == /\ begun = [k \in Nodes |-> FALSE] /\ leader = [k \in Nodes |-> FALSE]
        /\ inbox = [k \in Nodes |-> <<>>]

Begin(k) == /\ ~begun[k] /\ begun' = [begun EXCEPT ![k] = TRUE]
            /\ inbox' = [inbox EXCEPT ![Next_(k)] = Append(@, k)] /\ UNCHANGED leader
Receive(k) ==
    /\ inbox[k] /= <<>>
    /\ LET number == Head(inbox[k]) taken == [inbox EXCEPT ![k] = Tail(@)]
       IN  /\ inbox' = IF number > k THEN [taken EXCEPT ![Next_(k)] = Append(@, number)] ELSE taken
           /\ leader' = IF number = k THEN [leader EXCEPT ![k] = TRUE] ELSE leader
    /\ UNCHANGED begun

Next == \E k \in Nodes : Begin(k) \/ Receive(k)
Spec == Init /\ [][Next]_<<begun, leader, inbox>>
====
