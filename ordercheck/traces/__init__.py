"""Traces: what happened on the way to what is wrong, as data."""
