"""Engines: each takes a Program and explores it; none knows Python source."""
