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
# # Activation
#
# **Does the activation matter?** Without one between them, two layers are no more than one. The 2024 report tried ten
# activations. Swish and GELU came first, sigmoid and softmax last. This chapter trains one network with each of the
# ten, asks whether the report's order survives, and what holds the last two back.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import math

import pandas as pd

from emnist_utils import reported, runner, studies
from emnist_utils.data.specs import SPECS
from emnist_utils.report import comparison, style, tables
from emnist_utils.report.banner import about_runs
from emnist_utils.report.claims import Claims
from emnist_utils.report.function_figures import activation_curves
from emnist_utils.report.markdown import cite, say, table
from emnist_utils.report.relative_times import relative_times
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.report.saturation import saturation
from emnist_utils.report.training_figures import accuracy_dots, learning_curves
from emnist_utils.statistics import difference_of_shares, rank_agreement

style.use()

# %% tags=["hide-input"]
runs = runner.records("activations", profile)
published = runner.published("activations", studies.PUBLISHED)
report = reported.load("activations")
about_runs(profile, runs, studies.PUBLISHED, published)

# %% tags=["hide-input"]
from emnist_utils.report.answers.activation import in_short

in_short(runs).show()

# %% [markdown]
# ## Ten functions
#
# Each is Keras' own, with its default constants. All but {term}`softmax` act on each value $x$ alone.
#
# | activation | formula | values |
# |:--|:--|:--|
# | ReLU {cite}`nair2010` | $\max(0, x)$ | 0 and up |
# | Leaky ReLU {cite}`maas2013` | $x$ for $x > 0$, else $0.2\, x$ | all |
# | ELU {cite}`clevert2016` | $x$ for $x > 0$, else $e^x - 1$ | above -1 |
# | SELU {cite}`klambauer2017` | $1.0507\, x$ for $x > 0$, else $1.0507 \cdot 1.6733\, (e^x - 1)$ | above -1.76 |
# | sigmoid {cite}`lecun1998backprop` | $\sigma(x) = 1 / (1 + e^{-x})$ | 0 to 1 |
# | tanh {cite}`lecun1998backprop` | $(e^x - e^{-x}) / (e^x + e^{-x})$ | -1 to 1 |
# | softmax {cite}`bridle1990` | $e^{x_i} / \sum_j e^{x_j}$ over the channels $j$ of one place in the image | 0 to 1, sum 1 |
# | softsign {cite}`bergstra2009` | $x / (1 + \lvert x \rvert)$ | -1 to 1 |
# | swish {cite}`ramachandran2017`, also called SiLU | $x\, \sigma(x)$ | above -0.28 |
# | GELU {cite}`hendrycks2016` | $x\, \Phi(x)$, $\Phi$ the normal distribution function | above -0.17 |

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "The ten activations and their derivatives.", "name": "figure-activations"}, "image": {"alt": "Ten small charts on common axes, one for each activation, each with the function and its derivative. ReLU, Leaky ReLU, ELU, SELU, swish and GELU grow without end to the right; sigmoid, tanh and softsign level off on both sides; softmax of one channel of many stays near 0 and begins to rise at the right."}}
activation_curves(called={group[0].recipe.activation: label for label, group in runs.items()})

# %% [markdown]
# ## What saturates, and what batch normalisation does about it
#
# Training multiplies the slopes of all activations between a weight and the loss. Where an activation is flat, it is
# *saturated* and passes little back; a stack of such layers hardly learns in its first ones {cite}`glorot2010`. The
# sigmoid's slope is at most 1/4. A channel of softmax has the slope $s\,(1 - s)$ to its own input, and its value $s$ is
# about $1/C$ for $C$ channels alike.
#
# But here each convolution is followed by batch normalisation {cite}`ioffe2015`, and this changes the argument in two
# ways. It hands the activation inputs of mean 0 and variance 1, where even a sigmoid is nearly straight and far from
# flat. And the *next* normalisation divides the output by its spread, which multiplies the gradient on its way back by
# the same factor. So between two normalisations it is **slope over spread** that counts {cite}`yang2019`:

# %% tags=["hide-input"]
recipe = runs["ReLU"][0].recipe
units = next(layer.shape[-1] for layer in runs["ReLU"][0].layers if layer.kind == "Dense")
label_of = {group[0].recipe.activation: label for label, group in runs.items()}
found = saturation(list(label_of)).rename(index=label_of)
table(
    pd.DataFrame(
        {
            "activation": found.index,
            "steepest slope": [f"{value:.2f}" for value in found.steepest],
            "rms slope": [f"{value:.3f}" for value in found.slope],
            "spread of output": [f"{value:.3f}" for value in found.spread],
            "slope / spread": [f"{value:.2f}" for value in found.ratio],
        }
    ),
    "What an activation does to inputs that are normal with mean 0 and variance 1: its root mean square (rms) slope, "
    "the standard deviation of its output, and their ratio. Softmax over 64 channels",
    "table-saturation",
)
say(
    f"The slopes differ {found.slope.max() / found.slope.min():.0f}-fold, the last column runs from "
    f"{found.ratio.min():.2f} to {found.ratio.max():.2f}. Between two normalisations nothing vanishes, not even with "
    "softmax."
)

# %% [markdown]
# What is left are the places with no normalisation behind the activation, and our network has two kinds of them:
#
# - **The shortcut** of a block adds an activation's output to a normalised value, whose spread is 1. With the spread of
#   sigmoid little goes through the shortcut, and with that of softmax next to nothing; gradients are as weak.
# - **The way to the scores**: the last block, a dense layer and the scores follow each other without normalisation.
#   There slopes do multiply.
#
# Softmax adds a trouble of its own. *Over channels* it does not say how much of each feature is there, but which is
# strongest: adding the same to all channels changes nothing, and one can rise only as others fall. And behind the dense
# layer its outputs add up to 1, so that each score is a weighted mean of the weights of its class. Apart from its
# bias, it can never leave the range of these weights.

# %% tags=["hide-input"]
data_used = runs["softmax"][0].data
steps = math.ceil(data_used.train / recipe.batch) * recipe.epochs
mean_rate = recipe.learning_rate / 2 if recipe.schedule == "cosine" else recipe.learning_rate
theirs = reported.most_steps()
wide = saturation(["softmax"], units).loc["softmax"]
classes = len(SPECS[recipe.dataset].classes)
reach = steps * mean_rate
surest = 1 / (1 + (classes - 1) * math.exp(-2 * reach))
reached = sum(run.test.loss for run in runs["softmax"]) / len(runs["softmax"])
say(
    f"In numbers: over the {units:,} units of the dense layer here, softmax puts out values around {1 / units:.2g} with "
    f"a spread of {wide.spread:.2g}. To make up for that, weights must become large. Adam moves a weight by about the "
    f"learning rate in each step, so by at most some {reach:.2g} in these {steps:,} steps. Scores that far up for the "
    f"true class and down for all others would give it a probability of about {surest:.2g}. "
    + (
        f"That bounds how sure softmax can be: it can explain a loss of {-math.log(surest):.2f} nats, and here it is "
        f"{reached:.2f}. It does not bound how often softmax is right. What else holds it back, steps or something "
        "else, is open."
        if surest < 0.9
        else "So the number of steps does not bind softmax here."
    )
    + f" The report allowed up to {theirs:,} steps; at a rate of 1e-3 a weight could go {theirs * 1e-3:.0f} far."
)

# %% [markdown]
# ## The report's table beside ours

# %% tags=["hide-input"]
table(
    comparison.accuracy_table(runs, "activation", report, published).drop(columns="balanced accuracy"),
    "Accuracy and macro-F1 on test images in per cent, with half of the accuracy's 95 % interval: with one seed that of "
    "the test images, with several that of the seeds. Loss is the cross-entropy in nats",
    "table-activations",
)

# %% tags=["hide-input"]
n = SPECS["byclass"].test_size
adam = reported.load("optimizers").loc["Adam"]
relu = report.loc["ReLU"]
gap = difference_of_shares(*(round(row.accuracy / 100 * n) for row in (adam, relu)), n)
say(
    "The levels differ because budgets do, and not only between the report and us. Our base recipe has ReLU and Adam, "
    f"so the ReLU row of this table is the row *Adam, {studies.rate_label(recipe.learning_rate)}* of "
    "{doc}`03-optimizer`. In the report ReLU's row and Adam's cannot be one run: ReLU "
    f"has {relu.accuracy:.2f} % after {relu.seconds:.0f} s, and Adam {adam.accuracy:.2f} % after "
    f"{adam.seconds:.0f} s. That is {100 * gap.value:.2f} points and {adam.seconds / relu.seconds:.1f} times "
    f"the seconds apart, and the 95 % interval of such a difference is only ± {100 * (gap.value - gap.low):.2f} "
    f"points {cite('newcombe1998')}. So its tables do not share one base, and rows can be compared only within one of them."
)

# %% [markdown]
# ## Does the report's order survive?

# %% tags=["hide-input"] records=["activations", "2024 report"] mystnb={"figure": {"caption": "Test accuracy of the activations, ours with its 95 % interval (over the seeds where there are several) on the left, the report's on the right. Each side has its own axis: compare the order. Softmax is left out, for it is so far behind that the others would run together; the table has it.", "name": "figure-activation-accuracy"}, "image": {"alt": "Two dot charts side by side with one row for each of nine activations: test accuracy here with intervals, and test accuracy in the report."}}
SATURATED = ("sigmoid", "softmax")
rest = [label for label in runs if label not in SATURATED]
accuracy_dots({label: group for label, group in runs.items() if label != "softmax"}, report)

# %% tags=["hide-input"]
accuracy = {label: tables.accuracy(group).value for label, group in runs.items()}


def agreement(labels):
    return rank_agreement([report.accuracy[label] for label in labels], [accuracy[label] for label in labels])


orders = {"all ten": agreement(list(runs)), f"the {len(rest)} without sigmoid and softmax": agreement(rest)}
say(
    f"Kendall's $\\tau$ {cite('kendall1938')} is 1 if two orders agree on all pairs of rows, -1 if on none, and about 0 if "
    "they have nothing to do with each other. Of the report's order and ours:\n\n"
    + "\n".join(
        f"- {name}: {found.same} of {found.pairs} pairs in the same order, $\\tau$ = {found.tau:.2f}, "
        + comparison.beside_chance(found)
        for name, found in orders.items()
    )
)
first_two = {
    name: sorted(runs, key=by.__getitem__, reverse=True)[:2]
    for name, by in (("report", report.accuracy), ("here", accuracy))
}
say(
    f"The report's first two are {' and '.join(first_two['report'])}; ours are {' and '.join(first_two['here'])}. "
    + (
        "An order that comes back with another budget and another base is worth more than any one of its rows."
        if all(comparison.agrees(found) for found in orders.values())
        else "Two far rows are enough to make a $\\tau$ large, so the second line is the one to read."
    )
)

# %% [markdown]
# ## Learning curves

# %% tags=["hide-input"] records=["activations"] mystnb={"figure": {"caption": "Loss and accuracy by epoch for each activation, with the validation curves of all others behind it in grey. Training values are averages taken while the epoch runs, so they lag behind. Lines are means over the seeds.", "name": "figure-activation-curves"}, "image": {"alt": "For each of ten activations a chart of loss above one of accuracy by epoch, with a solid validation and a dashed training line, and grey lines of the nine others."}}
learning_curves(runs)

# %% [markdown]
# ## What each costs
#
# The report's seconds are those of a whole training. In its other tables they tell above all when early stopping came.
# In this one they may be read as costs.

# %% tags=["hide-input"]
DEAR = ("softmax", "swish", "GELU")
times = relative_times(runs, "ReLU", report)
frame = comparison.cost_table(runs, "activation", report).drop(columns=["images / s", "s to compile"], errors="ignore")
frame.insert(2, "report: x ReLU", [f"{value:.2f}" for value in times.report])
timed = times.here.notna().all()
if timed:
    frame["x ReLU"] = [f"{value:.2f}" for value in times.here]
    frame["its epochs"] = [f"{row.fastest:.2f} to {row.slowest:.2f}" for row in times.itertuples()]
table(
    frame,
    "Time of training, in seconds and as multiples of ReLU's"
    + (". The last column has the fastest and the slowest epoch of a row in the same unit" if timed else ""),
    "table-activation-costs",
)
alike = times.drop(index=list(DEAR))
evenness = report.seconds[alike.index]
say(
    f"The report's {len(alike)} rows without {', '.join(DEAR[:-1])} and {DEAR[-1]} lie within "
    f"{100 * (evenness.max() / evenness.min() - 1):.1f} % of each other. Early stopping would not have ended "
    f"{len(alike)} runs so evenly, so all probably ran equally many epochs. Then swish cost {times.report['swish']:.2f} "
    f"times as much as ReLU there, and GELU {times.report['GELU']:.2f} times."
)

# %% tags=["hide-input"]
say(comparison.timing_note(runs))
if timed:
    unevenness = alike.here.max() / alike.here.min()
    beyond = [label for label in DEAR if times.here[label] > alike.here.max()]
    say(
        f"Here the same {len(alike)} rows, which should cost about the same, differ by a factor of {unevenness:.2f}. So "
        "much must be put down to the machine, and not to the activation. "
        + (
            f"Slower than all of them: {' and '.join(beyond)}. These probably do cost more here, too."
            if beyond
            else f"None of {', '.join(DEAR[:-1])} and {DEAR[-1]} is slower than the slowest of them: their extra cost, if "
            "there is one here, is hidden in that."
        )
    )

# %% [markdown]
# ## Are the differences real?
#
# Each activation is compared with the one that is best on *validation* images.

# %% tags=["hide-input"]
against_best = comparison.compare(runs)
best = next(iter(against_best.values())).second
level = [label for label, one in against_best.items() if not one.better]
behind = [label for label, one in against_best.items() if one.better == best]
ahead = [label for label, one in against_best.items() if one.better == label]
table(
    comparison.comparison_table(against_best),
    f"Each activation compared with {best}, the best on validation, on the same test images; differences are in points "
    "of accuracy",
    "table-activations-compared",
)
say(comparison.comparison_note(against_best))
say(
    "; ".join(
        f"{what}: {', '.join(labels) if labels else 'none'}"
        for what, labels in {f"Not told apart from {best}": level, "ahead of it": ahead, "behind it": behind}.items()
    )
    + "."
)

# %% tags=["hide-input"]
reported_rows = reported_differences()
reported_rows = reported_rows[reported_rows["table"] == "activations"].set_index("row")
together = [label for label in reported_rows.index if not reported_rows.exceeds[label]]
say(
    f"In the report's own table only {' and '.join(together[1:])} is within the 95 % interval of {together[0]}, its best row. "
    "The interval knows the chance of its test images but not that of training. Its other rows are "
    f"further away, {reported_rows.drop(index=together).index[0]} by "
    f"{-reported_rows.drop(index=together).difference.iloc[0]:.2f} points and more."
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
BOUNDED = ("sigmoid", "tanh", "softmax", "softsign")
lowest = min(rest, key=accuracy.__getitem__)
asked = [
    ("swish", "GELU"),
    ("swish", "ReLU"),
    *(("swish", label) for label in BOUNDED),
    *((lowest, label) for label in SATURATED),
]
# what the table above has compared is taken from there: a second correction would give a second p-value
known = {frozenset((one.first, one.second)): one for one in against_best.values()}
left = [pair for pair in asked if frozenset(pair) not in known]
known |= {frozenset(pair): one for pair, one in comparison.compare_pairs(runs, left).items()}
pairs = {pair: known[frozenset(pair)] for pair in asked}


def evidence(*pair):
    """Write a comparison with the rows in the order in which it was made."""
    return f"{pairs[pair].first} less {pairs[pair].second}: {pairs[pair].evidence}"


claims = Claims(profile)
claims.add(
    "Sigmoid and softmax come last, each behind the lowest of the eight others.",
    all(pairs[lowest, label].better == lowest for label in SATURATED),
    "; ".join(evidence(lowest, label) for label in SATURATED),
)
claims.add(
    "All four activations that are bounded on both sides are behind swish.",
    all(pairs["swish", label].better == "swish" for label in BOUNDED),
    ", ".join(f"{label} by {100 * abs(pairs['swish', label].difference.value):.2f} points" for label in BOUNDED)
    + f"; largest p = {max(pairs['swish', label].p for label in BOUNDED):.2g} after Holm",
)
claims.add(
    "Swish and GELU, the report's first two, cannot be told apart.",
    pairs["swish", "GELU"].better is None,
    evidence("swish", "GELU"),
)
claims.add(
    "ReLU is not ahead of swish.",
    pairs["swish", "ReLU"].better != "ReLU",
    evidence("swish", "ReLU"),
)
everywhere, among_the_rest = orders.values()
claims.add(
    "The report's order of the ten is ours, further than chance would have it; without its last two rows that cannot be "
    "said.",
    comparison.agrees(everywhere) and not comparison.agrees(among_the_rest),
    f"tau = {everywhere.tau:.2f}, p = {everywhere.p:.2g}; without sigmoid and softmax {among_the_rest.tau:.2f}, "
    f"p = {among_the_rest.p:.2g}",
)
claims.show()

# %% [markdown]
# SELU deserves a kind word. It was made for networks *without* normalisation and with initial weights of a certain size
# {cite}`klambauer2017`; here it had normalisation, and other weights.

# %% tags=["hide-input"]
if level:
    say(
        f"So what is the choice? {best}, the best on validation, cannot be told from {', '.join(level)} here, and any "
        "of them will do. ReLU, the "
        + ("simplest, is among them." if "ReLU" in (best, *level) else "simplest, is not among them.")
        + (
            f" Ahead of {best} in the test, where nothing is chosen: "
            + ", ".join(f"{label} by {100 * against_best[label].difference.value:.2f} points" for label in ahead)
            + "."
            if ahead
            else ""
        )
    )
seeds = min(len(group) for group in runs.values())
say(
    "How sure is this? Every row is one trained network. The tests above know the chance of the test images but not that "
    "of training, so neighbours may change places with another seed. A rank correlation does not lean on any single row, "
    "so it is safer than the place of any one."
    if seeds == 1
    else f"How sure is this? Every row was trained with {seeds} seeds, which show the chance of training only roughly. "
    "Where a comparison says that no difference is seen, there may be a small one."
)
say(
    "And all rows share one learning rate, which may suit some activations better than others. The report does not say "
    "what its rows had."
)

# %% [markdown]
# ## Try it yourself
#
# Is it steps that softmax lacks? Give it more of them, beside a sigmoid:
#
# ```python
# from emnist_utils import data, studies
# from emnist_utils.training.fit import train
# from emnist_utils.training.recipe import Recipe
#
# rows = studies.study("activations").recipes(studies.profile("smoke"))
# for label in ("sigmoid", "softmax"):
#     for epochs in (5, 20):
#         recipe = Recipe.create(**(rows[label][0].model_dump() | {"epochs": epochs}))
#         record, predictions = train(recipe, data.load(recipe.dataset))
#         print(label, epochs, record.test)
# ```
