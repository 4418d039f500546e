"""Checking: properties on an engine's results, and verdicts with their evidence."""

from ordercheck.checking.safety import Options as Options
from ordercheck.checking.safety import check as check
