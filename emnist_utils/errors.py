"""What all errors have in common that a person can mend."""

from __future__ import annotations


class UserError(Exception):
    """Names the file or value, what was expected, and what to do; shown without a traceback."""
