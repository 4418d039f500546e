"""Logs of real systems, held against models of them."""
