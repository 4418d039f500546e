---- MODULE TwoPhase ----
\* Two-phase commit, as models/classics/two_phase.py has it; Size is the number of managers.
EXTENDS Naturals
CONSTANT Size
VARIABLES rm, tm, answered, sent
RM == 1..Size

Init == rm = [r \in RM |-> "working"] /\ tm = "none" /\ answered = {} /\ sent = {}

Commit == /\ tm = "none" /\ answered = RM
          /\ tm' = "commit" /\ sent' = sent \union {[type |-> "commit"]}
          /\ UNCHANGED <<rm, answered>>
Abort == /\ tm = "none"
         /\ tm' = "abort" /\ sent' = sent \union {[type |-> "abort"]}
         /\ UNCHANGED <<rm, answered>>
ReceivePrepared(r) == /\ tm = "none" /\ [type |-> "prepared", rm |-> r] \in sent
                      /\ answered' = answered \union {r}
                      /\ UNCHANGED <<rm, tm, sent>>
Prepare(r) == /\ rm[r] = "working"
              /\ rm' = [rm EXCEPT ![r] = "prepared"]
              /\ sent' = sent \union {[type |-> "prepared", rm |-> r]}
              /\ UNCHANGED <<tm, answered>>
GiveUp(r) == /\ rm[r] = "working" /\ rm' = [rm EXCEPT ![r] = "aborted"]
             /\ UNCHANGED <<tm, answered, sent>>
ReceiveCommit(r) == /\ [type |-> "commit"] \in sent /\ rm' = [rm EXCEPT ![r] = "committed"]
                    /\ UNCHANGED <<tm, answered, sent>>
ReceiveAbort(r) == /\ [type |-> "abort"] \in sent /\ rm' = [rm EXCEPT ![r] = "aborted"]
                   /\ UNCHANGED <<tm, answered, sent>>

Next == \/ Commit \/ Abort
        \/ \E r \in RM : \/ ReceivePrepared(r) \/ Prepare(r) \/ GiveUp(r)
                         \/ ReceiveCommit(r) \/ ReceiveAbort(r)
Spec == Init /\ [][Next]_<<rm, tm, answered, sent>>
====
