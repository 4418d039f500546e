"""Checking: properties on an engine's results, and verdicts with their evidence."""

from ordercheck.checking.engines import check as check
from ordercheck.checking.options import Options as Options
