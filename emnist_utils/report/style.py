"""The look of all figures."""

from __future__ import annotations

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib_inline.backend_inline import set_matplotlib_formats

#: Okabe and Ito's colours, which people with any colour vision can tell apart, without black and yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

#: A font in which 0 and O, and 1, I and l, do not look the same.
CHARACTERS = "monospace"

#: Width of a page's text column, in inches.
WIDTH = 8.0


def use() -> None:
    """Apply the book's style to all figures that follow."""
    sns.set_theme(
        context="notebook",
        style="whitegrid",
        palette=list(COLOURS),
        rc={
            "figure.figsize": (WIDTH, 0.5 * WIDTH),
            "figure.dpi": 100,
            "savefig.dpi": 160,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": "medium",
            # a white ground without an edge, so that no grid line runs through a legend
            "legend.frameon": True,
            "legend.facecolor": "inherit",
            "legend.edgecolor": "none",
            "legend.framealpha": 1.0,
            "image.cmap": "gray_r",
        },
    )
    plt.rcParams["svg.hashsalt"] = "emnist"
    set_matplotlib_formats("png")
