# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Residual blocks
#
# **How many residual blocks are enough?** The 2024 report trained its own network with one to four of them. All four
# rows of its table reached nearly the same accuracy, while the time of training grew by two thirds. This chapter
# repeats the table, counts what each block costs, and asks whether blocks past the first are worth it.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import math
from itertools import combinations, pairwise

from emnist_utils import models, reported, runner, studies
from emnist_utils.data.specs import SPECS
from emnist_utils.models.summary import summarise
from emnist_utils.report import comparison, style, tables
from emnist_utils.report.architecture_figures import diagram
from emnist_utils.report.banner import about_runs
from emnist_utils.report.block_figures import accuracy_by_blocks, size_table
from emnist_utils.report.claims import Claims
from emnist_utils.report.markdown import cite, say, table
from emnist_utils.report.relative_times import relative_times
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.report.training_figures import learning_curves
from emnist_utils.statistics import expected_range

style.use()

# %% tags=["hide-input"]
runs = runner.records("blocks", profile)
published = runner.published("blocks", studies.PUBLISHED)
report = reported.load("blocks")
labelled = report.rename(index=str)
about_runs(profile, runs, studies.PUBLISHED, published)

# %% tags=["hide-input"]
from emnist_utils.report.answers.blocks import in_short

in_short(runs).show()

# %% tags=["hide-input"]
width = runs["1"][0].recipe.width
if width < 1:
    say(
        f"What is trained here is the residual CNN{tables.at_width(width)}. The drawings and the first table show it at "
        "full width, as the report has it."
    )

# %% [markdown]
# ## What a residual block is
#
# A stack of layers has to learn the whole way from its input $x$ to its output. A {term}`residual block` {cite}`he2016` learns
# only what to add to $x$:
#
# $$\begin{aligned}
# y &= \varphi\bigl(F(x) + S(x)\bigr), \\
# F(x) &= \mathrm{BN}(W_2 * \varphi(\mathrm{BN}(W_1 * x)))
# \end{aligned}$$
#
# $W_1$ and $W_2$ are 3x3 convolutions, BN is batch normalisation, $\varphi$ the activation. $S$ is the *shortcut*: $x$
# itself, or a 1x1 convolution of it where the number of channels changes, as in our first block. The gradient can pass
# by the shortcut, however badly $F$ is set. This helps to make networks of fifty layers trainable.
#
# Theory promises little of it here. He et al. found the same error with and without shortcuts at 18 layers, and
# a gain at 34 {cite}`he2016`; our network has $2N + 3$ layers with weights for $N$ blocks, 5 to 11 in all. Another
# thing does change: what a value that reaches the dense layer can see. With one block it depends on 18 x 18 of the
# 28 x 28 pixels, with two on up to all of them. So if any block past the first pays, it should be the second.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "The residual CNN with one block, at full width.", "name": "figure-one-block"}, "image": {"alt": "Diagram of a network from left to right: convolution, pooling, a residual block of two convolutions with a shortcut through a 1x1 convolution above it, two poolings, a dense layer and the scores."}}
networks = {str(n): models.build("residual-cnn", len(SPECS["byclass"].classes), width=1, blocks=n) for n in range(1, 5)}
diagram(networks["1"])

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "The residual CNN with four blocks, at full width. The last three are alike and are drawn once.", "name": "figure-four-blocks"}, "image": {"alt": "Diagram of a network from left to right as before, with a second kind of block behind the second pooling, drawn once and marked as repeated three times, whose shortcut is the input itself."}}
diagram(networks["4"])

# %% [markdown]
# ## What a block costs

# %% tags=["hide-input"]
layers = {label: summarise(network) for label, network in networks.items()}
full = {
    label: (sum(layer.parameters for layer in found), sum(layer.multiply_adds for layer in found))
    for label, found in layers.items()
}
table(
    size_table(layers, "blocks"),
    "Size of the residual CNN at full width, and arithmetic for one image. Each row's additions are measured by the row "
    "above",
    "table-block-sizes",
)
say(
    "The largest part of the parameters is in one dense layer behind the blocks, and that stays as it is. The arithmetic "
    "is in the convolutions: the first ones, on larger maps, cost most, and each block past the first adds "
    f"{(full['4'][1] - full['1'][1]) / 3e6:.1f} M multiply-adds on maps of 7 x 7. The report gives 1.77 M parameters for "
    f"its network; with two blocks ours has {full['2'][0]:,}. It does not say where blocks were added, so this layout is "
    "a guess that fits."
)

# %% [markdown]
# ## The report's table beside ours

# %% tags=["hide-input"]
table(
    comparison.accuracy_table(runs, "blocks", labelled, published).drop(columns="balanced accuracy"),
    "Accuracy and macro-F1 on test images in per cent, with half of the accuracy's 95 % interval: with one seed that of "
    "the test images, with several that of the seeds. Loss is the cross-entropy in nats",
    "table-blocks",
)

# %% tags=["hide-input"] records=["blocks", "2024 report"] mystnb={"figure": {"caption": "Accuracy against the number of blocks, ours on the left, the report's on the right, each with its own axis. Bars are 95 % intervals of the test accuracy, ours over the seeds where there are several; the report's know the chance of its test images alone. Training and validation are those of the epoch that was kept; training values are averages taken while it ran, so they lag behind.", "name": "figure-accuracy-by-blocks"}, "image": {"alt": "Two line charts of accuracy against one to four residual blocks. Left: training, validation and test accuracy here. Right: the report's test accuracy, whose four intervals overlap."}}
accuracy_by_blocks(runs, report)

# %% tags=["hide-input"]
differences = reported_differences()
differences = differences[differences["table"] == "blocks"].set_index("row")
apart = list(differences.index[differences["exceeds"]])
n = SPECS["byclass"].test_size
share = report.accuracy.mean() / 100
by_images = expected_range(len(report)) * 100 * math.sqrt(share * (1 - share) / n)
span = report.accuracy.max() - report.accuracy.min()
say(
    f"The report's four rows lie within {span:.2f} points, and "
    + (
        f"only {', '.join(apart)} is further from the best than the 95 % interval of a difference"
        if apart
        else f"none is further from the best than the 95 % interval of a difference, ± {differences['half-width'].max():.2f}"
    )
    + f" {cite('newcombe1998')}. Four networks that are *equally good* would lie "
    f"{by_images:.2f} points apart on average, if each were tested on images of its own {cite('tippett1925')}. "
    "So the table holds no sign that the number of blocks matters to accuracy. Its losses do differ: the lowest is at "
    f"{report.loss.idxmin()} blocks ({report.loss.min():.4f}), the highest at {report.loss.idxmax()} "
    f"({report.loss.max():.4f}). Equally many right answers at a higher loss mean that probabilities are worse: wrong answers "
    "have more confidence, or right ones less. Over-fitting shows like this."
)

# %% [markdown]
# ## Learning curves

# %% tags=["hide-input"] records=["blocks"] mystnb={"figure": {"caption": "Loss and accuracy by epoch. Training values are averages taken while the epoch runs, so they lag behind. Lines are means over the seeds.", "name": "figure-block-curves"}, "image": {"alt": "Two line charts, loss and accuracy by epoch, with a solid validation line and a dashed training line for each of one to four blocks."}}
learning_curves({f"{label} block{'s' if label != '1' else ''}": group for label, group in runs.items()})

# %% [markdown]
# ## What it costs in time

# %% tags=["hide-input"]
times = relative_times(runs, "1", labelled)
unshown = ["parameters", "images / s", "s to compile"]
frame = comparison.cost_table(runs, "blocks", labelled).drop(columns=unshown, errors="ignore")
frame = frame.rename(columns={"report: s in all": "report: s"})
frame.insert(list(frame).index("report: s") + 1, "report: x", [f"{value:.2f}" for value in times.report])
if times.here.notna().all():
    frame["x"] = [f"{value:.2f}" for value in times.here]
table(
    frame,
    "Arithmetic at the width of these runs, and time: the report's of a whole training, "
    + (
        "ours of an epoch, each also as a multiple of one block's"
        if "x" in frame
        else "also as a multiple of one block's"
    ),
    "table-block-costs",
)
say(comparison.timing_note(runs))

# %% tags=["hide-input"]
costs = {label: group[0].multiply_adds for label, group in runs.items()}
arithmetic = costs["4"] / costs["1"]
say(
    f"Four blocks do {arithmetic:.2f} times the arithmetic of one. The report's training took "
    f"{times.report['4']:.2f} times as long. "
    + (
        "That is close, so its rows probably ran about the same number of epochs, and their seconds show a block's cost."
        if abs(times.report["4"] / arithmetic - 1) < 0.25
        else "The rest may be the number of epochs, which the report does not give."
    )
)
if times.here.notna().all():
    jitter = (times.slowest / times.fastest).max()
    say(
        f"Here four blocks took {times.here['4']:.2f} times as long as one. But epochs of one and the same row differ by a "
        f"factor of up to {jitter:.2f}, though each does the same work: that is the machine, not the network. "
        + (
            "So these times cannot rank the rows; the arithmetic can."
            if jitter > arithmetic / 1.25
            else "That is less than what blocks cost, so the times can be read as costs."
        )
    )

# %% [markdown]
# ## Are the differences real?

# %% tags=["hide-input"]
found = comparison.compare_pairs(runs, [(more, fewer) for fewer, more in combinations(runs, 2)])
table(
    comparison.comparison_table(found),
    "All pairs of numbers of blocks, on the same test images; differences are in points of accuracy, the first less the "
    "second",
    "table-blocks-compared",
)
say(comparison.comparison_note(found))
gains = [pair for pair, one in found.items() if one.better == pair[0]]
losses = [pair for pair, one in found.items() if one.better == pair[1]]
seeds = min(len(group) for group in runs.values())


def in_words(pairs):
    return ", ".join(f"{more} against {fewer}" for more, fewer in pairs)


if gains and losses:
    say(
        f"More blocks are better in some pairs ({in_words(gains)}) and worse in others ({in_words(losses)}). If depth "
        "helped or harmed as such, these would point one way. "
        + (
            "With one seed, what differs is more likely the luck of each training, of which the test knows nothing."
            if seeds == 1
            else "So more is not simply better, or worse."
        )
    )
elif gains:
    say(f"Where a difference is seen, more blocks are better: {in_words(gains)}.")
elif losses:
    say(f"Where a difference is seen, more blocks are worse: {in_words(losses)}.")
else:
    say("No pair can be told apart.")

# %% [markdown]
# ## Is a block past the first worth its cost?
#
# The rule: take the fewest blocks that no larger number beats by more than chance.

# %% tags=["hide-input"]
enough = next(label for label in runs if not any(fewer == label for _, fewer in gains))
accuracy = {label: 100 * tables.accuracy(group).value for label, group in runs.items()}
if enough == "1":
    say(
        "**No, as far as this can tell.** No larger number of blocks beats one. "
        + " ".join(
            f"{label} blocks: {accuracy[label] - accuracy['1']:+.2f} points for {costs[label] / costs['1']:.2f} times the "
            "arithmetic."
            for label in runs
            if label != "1"
        )
    )
else:
    against_fewer = [pair for pair in gains if int(pair[1]) < int(enough)]
    say(
        f"**Up to {enough}.** Fewer are beaten ({in_words(against_fewer)}), and no larger number beats {enough} by more "
        f"than chance. {enough} blocks bring "
        f"{accuracy[enough] - accuracy['1']:+.2f} points over one block, for {costs[enough] / costs['1']:.2f} times the "
        "arithmetic."
        + (
            " But the pairs above do not point one way, so another seed may well choose another number."
            if gains and losses and seeds == 1
            else ""
        )
    )

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
claims.add(
    "In the report itself, no number of blocks can be told from another.",
    not apart,
    f"at most {span:.2f} points apart, the interval is ± {differences['half-width'].max():.2f}",
)
claims.add(
    "One block is not enough: four answer more test images rightly.",
    found["4", "1"].better == "4",
    found["4", "1"].evidence,
)
steps = [found[more, fewer] for fewer, more in pairwise(runs)]
claims.add(
    "No block past the first brings as much as half a point, by its 95 % interval.",
    all(one.difference.high < 0.005 for one in steps),
    "; ".join(f"{one.first} less {one.second}: {tables.points(one.difference)} points" for one in steps),
)
claims.add(
    "Past the third block no gain is seen.",
    found["4", "3"].better != "4",
    found["4", "3"].evidence,
)
claims.add(
    "Yet four blocks do more than one and a half times the arithmetic of one.",
    arithmetic > 1.5,
    f"{arithmetic:.2f} times",
)
claims.show()

# %% tags=["hide-input"]
say(
    "How sure is this? Every row is one trained network, and the tests do not know how much another seed would change "
    "it. Which number came first is the least certain of all."
    if seeds == 1
    else f"How sure is this? Every row was trained with {seeds} seeds, which show the chance of training only roughly. "
    "Where no difference is seen, there may be a small one."
)
trained, official = runs["1"][0].data.train, SPECS["byclass"].train_size
if trained < official / 2:
    say(
        f"And {trained:,} training images are {100 * trained / official:.1f} % of the report's {official:,}. A larger "
        "network can use more images, so the answer may shift with the budget."
    )

# %% [markdown]
# The other rows of this book have two blocks, as the report's network probably had. Only the final model has three on
# ByClass and ByMerge, since it is to be as good as it can be ({doc}`10-results`).
#
# ## Try it yourself
#
# What do many blocks do on few images? Any number of them is a valid recipe:
#
# ```python
# from emnist_utils import data, studies
# from emnist_utils.training.fit import train
# from emnist_utils.training.recipe import Recipe
#
# base = studies.study("blocks").recipes(studies.profile("smoke"))["1"][0]
# for blocks in (1, 8):
#     recipe = Recipe.create(**(base.model_dump() | {"blocks": blocks, "epochs": 4}))
#     record, predictions = train(recipe, data.load(recipe.dataset))
#     print(blocks, record.parameters, record.test)
# ```
