"""Each optimizer's default rate and the one that validation chooses: what chapter 3 and its answer compare."""

from __future__ import annotations

from dataclasses import dataclass

from emnist_utils import studies
from emnist_utils.report.selection import best_on_validation
from emnist_utils.training.record import Records

#: Two rows of a study, the first less the second.
Pair = tuple[str, str]


@dataclass(frozen=True)
class OptimizerRates:
    """The rows of the study ``optimizers`` by optimizer.

    Attributes
    ----------
    ladders : dict
        For each optimizer its records by row, the lowest rate first.
    defaults, tuned : dict
        For each optimizer its row at Keras' default rate, and the one that is best on validation images.
    """

    ladders: dict[str, Records]
    defaults: dict[str, str]
    tuned: dict[str, str]

    @property
    def at_the_edge(self) -> list[str]:
        """The optimizers whose chosen rate is the lowest or the highest that was tried."""
        rows = {name: list(ladder) for name, ladder in self.ladders.items()}
        return [name for name, row in self.tuned.items() if row in (rows[name][0], rows[name][-1])]

    @property
    def gains(self) -> dict[str, Pair]:
        """For each optimizer whose chosen rate is not the default: its row at the chosen one and at the default."""
        return {name: (self.tuned[name], row) for name, row in self.defaults.items() if self.tuned[name] != row}

    @property
    def momentum(self) -> Pair:
        """SGD with momentum and without, at the default rate."""
        return self.defaults["SGD (Nesterov)"], self.defaults["SGD"]

    @property
    def momentum_tuned(self) -> Pair:
        """SGD with momentum and without, each at its chosen rate."""
        return self.tuned["SGD (Nesterov)"], self.tuned["SGD"]

    @property
    def against_adam(self) -> Pair:
        """SGD with momentum at its chosen rate, and Adam at the default one."""
        return self.tuned["SGD (Nesterov)"], self.defaults["Adam"]

    @property
    def pairs(self) -> list[Pair]:
        """All of these, each once: one family of comparisons."""
        return list(dict.fromkeys([*self.gains.values(), self.momentum, self.momentum_tuned, self.against_adam]))


def optimizer_of(row: str) -> str:
    """Return the optimizer of a row: ``"Adam"`` of ``"Adam, 1e-3"``."""
    return row.rpartition(", ")[0]


def optimizer_rates(runs: Records) -> OptimizerRates:
    """Return the rows of the study ``optimizers`` by optimizer.

    Parameters
    ----------
    runs : mapping
        The study's records by row, as ``runner.records`` returns them.
    """
    defaults = {name: f"{name}, {studies.rate_label(rate)}" for name, (_, rate, _) in studies.OPTIMIZERS.items()}
    ladders: dict[str, Records] = {
        name: {row: group for row, group in runs.items() if optimizer_of(row) == name} for name in defaults
    }
    return OptimizerRates(ladders, defaults, {name: best_on_validation(ladder) for name, ladder in ladders.items()})
