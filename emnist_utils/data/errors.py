"""The error that every bad input to this package raises."""

from __future__ import annotations


class DataError(ValueError):
    """Data that cannot be used; the message names it, what was expected, and what to do."""
