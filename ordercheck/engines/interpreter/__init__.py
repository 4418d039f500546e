"""The reference interpreter: short, obvious, and the oracle of every other engine."""

from ordercheck.engines.interpreter.machine import Machine as Machine
