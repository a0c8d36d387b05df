"""The error that every bad input to this package raises."""

from __future__ import annotations

from emnist_utils.errors import UserError


class DataError(UserError, ValueError):
    """Data that cannot be used; the message names it, what was expected, and what to do."""
