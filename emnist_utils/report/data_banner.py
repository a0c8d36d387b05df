"""The box at the top of a page: where its numbers come from. What it says of data needs no code that trains."""

from __future__ import annotations

from collections.abc import Sequence

from emnist_utils.data import Source
from emnist_utils.report.markdown import box


def about_data(profile: str, source: Source) -> None:
    """Say which data a chapter without training shows.

    Parameters
    ----------
    profile : str
        The profile that the page is built under.
    source : Source
        Where its images come from: ``data.source()`` for all sets, or that of one set.
    """
    show_origin(
        source.is_synthetic,
        [f"Profile `{profile}`: nothing is trained on this page, so every profile shows the same.", source.description],
    )


def show_origin(is_synthetic: bool, lines: Sequence[str]) -> None:
    """Show a box with one point a line, and above it a warning where the images are not EMNIST's."""
    if is_synthetic:
        box(
            "warning",
            "These are not EMNIST's images",
            "No EMNIST files were found, so this page was made with characters drawn by code. It shows how the study "
            "works; its numbers say nothing about EMNIST. `.venv/bin/emnist data --download` fetches the real images.",
        )
    box("note", "Where these numbers come from", "\n".join(f"- {line}" for line in lines))
