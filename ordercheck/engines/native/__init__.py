"""The native engine: C that is generated from a program, compiled, and run on all cores."""
