"""Findings that are tested: a sentence, and whether the records back it."""

from __future__ import annotations

from dataclasses import dataclass, field

from emnist_utils.report.markdown import say

#: Profiles whose claims must hold for the book to be built: those with enough behind them to decide.
BINDING_PROFILES = frozenset({"standard", "full"})


class ClaimError(AssertionError):
    """A binding profile whose records no longer back what the chapter claims."""


@dataclass
class Claims:
    """The findings of a chapter.

    Attributes
    ----------
    profile : str
        Where it is a binding one, a claim that fails stops the build; elsewhere the page says that the profile has not
        enough runs to show it.
    """

    profile: str
    _found: list[tuple[str, bool, str]] = field(default_factory=list)

    def add(self, sentence: str, holds: bool, evidence: str) -> None:
        """Add a finding.

        Parameters
        ----------
        sentence : str
            What is claimed, as a reader should read it.
        holds : bool
            Whether the records back it.
        evidence : str
            The numbers that it rests on.
        """
        self._found.append((sentence, bool(holds), evidence))

    def show(self) -> None:
        """Show all findings with their evidence.

        Raises
        ------
        ClaimError
            If one fails under a binding profile.
        """
        binding = self.profile in BINDING_PROFILES
        failure = "✗ *Not seen:*" if binding else "– *Not enough runs in this profile to show:*"
        say(
            "\n".join(
                f"- {'✓' if holds else failure} {sentence} ({evidence})" for sentence, holds, evidence in self._found
            )
        )
        failed = [f"{sentence} ({evidence})" for sentence, holds, evidence in self._found if not holds]
        if failed and binding:
            raise ClaimError(
                f"the records of profile {self.profile} do not back: "
                + "; ".join(failed)
                + "; rewrite what the chapter says, or find out what changed the numbers"
            )
