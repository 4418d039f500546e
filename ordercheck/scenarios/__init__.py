"""Scenarios: scripted runs of a model, its unit tests."""

from ordercheck.scenarios.playing import Scenario, play, scenarios_of

__all__ = ["Scenario", "play", "scenarios_of"]
