"""How a task fares that may end before its time: the values of the hidden slot that it has.

Between steps it is ALIVE or OVER, or CANCELLED where the exception is yet to be raised.
Whoever sets CANCELLED or DROPPED and resumes the task ends it.
"""

from __future__ import annotations

from ordercheck.ir.types import EnumType

LIFE = EnumType("TaskLife", ("ALIVE", "CANCELLED", "DROPPED", "OVER"))
ALIVE, CANCELLED, DROPPED, OVER = LIFE.values
