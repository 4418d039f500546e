"""The symbolic engine: a program's transition relation for z3, and what is asked of it."""
