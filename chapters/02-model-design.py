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
# # Model design
#
# **How much accuracy do parameters and time buy?** The 2024 report compared a network from 1998, a plain stack of
# convolutions and a small residual network of its own. This chapter trains the same three, plus the residual network
# at a quarter of its width, on the same images and the same budget, and asks which differences are real.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
from itertools import pairwise

import pandas as pd

from emnist_utils import reported, results, runner
from emnist_utils.report import style, tables
from emnist_utils.report.banner import about_runs
from emnist_utils.report.claims import Claims
from emnist_utils.report.markdown import say, table
from emnist_utils.report.training_figures import accuracy_against_cost, learning_curves
from emnist_utils.statistics import compare_answers, holm

style.use()

# %% tags=["hide-input"]
runs = runner.records("models", profile)
about_runs(profile, runs)

# %% [markdown]
# ## The three networks
#
# All of them take the raw 28x28 grey levels, scale them inside the network to mean 0 and variance 1 over EMNIST, and
# end in one score per class.
#
# - **LeNet-5** {cite}`lecun1998` is two 5x5 convolutions with pooling, then three dense layers. It is small and old,
#   and it is fast.
# - **CNN**, the report's "convolutions only", is four 3x3 convolutions with batch normalisation
#   {cite}`ioffe2015`, and averages over all positions instead of using dense layers. The report gives only its number
#   of parameters; this is the simplest layout that fits it.
# - **Residual CNN**, the report's own design, has blocks in which the input is added to the output of two
#   convolutions {cite}`he2016`, so that a deeper network is not harder to train. Its dense layer of 1,024 units holds
#   two thirds of its parameters.
#
# *Quarter width* means a quarter of the filters in each convolution, and of the dense units. It costs about a
# fourteenth of the arithmetic, which lets a laptop train it many times over.

# %% tags=["hide-input"]
table(
    pd.DataFrame(
        [
            [layer.kind, " x ".join(map(str, layer.shape)), f"{layer.parameters:,}", f"{layer.multiply_adds:,}"]
            for layer in runs["Residual CNN"][0].layers
            if layer.kind not in ("InputLayer", "Reshape", "Rescaling", "Activation", "Flatten")
        ],
        columns=["layer", "puts out", "parameters", "multiply-adds"],
    ),
    "The residual CNN, layer by layer, for one image; layers that only reshape, rescale or activate are left out",
    "table-residual-cnn",
)

# %% [markdown]
# ## One recipe for all
#
# The report's tables do not share one set of conditions. Here every row has the same recipe but for the network, and
# every network sees the same images.

# %% tags=["hide-input"]
recipe = runs["Residual CNN"][0].recipe
schedules = {
    "cosine": "rises to the peak over the first fifth of the steps, then falls to zero along half a cosine",
    "plateau": "is halved when validation loss has not fallen for 3 epochs; training stops after 7",
}
say(
    f"Loss: {recipe.loss}. Optimizer: {recipe.optimizer} with a rate of {recipe.learning_rate:g}, which "
    f"{schedules[recipe.schedule]}. Activation: {recipe.activation}. Batch: {recipe.batch} images. Of each run the epoch "
    "with the lowest validation loss is kept, and only that one is tested."
)

# %% [markdown]
# ## Learning curves

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Loss and accuracy by epoch, on byClass. Training values are averages taken while the epoch runs, so they lag behind; validation is measured at the epoch's end.", "name": "figure-learning-curves"}, "image": {"alt": "Two line charts, loss and accuracy by epoch, with a solid validation line and a dashed training line for each network."}}
learning_curves(runs)
# %% [markdown]
# ## The table
#
# Accuracy is in per cent of the test images. After ± stands half of the 95 % interval: with one seed it covers the
# chance of which images were drawn for the test {cite}`wilson1927`, with several it is Student's over the seeds.

# %% tags=["hide-input"]
published_profile = "standard"
published = runner.published("models", published_profile)
report = reported.load("models")
rows = []
for label, group in runs.items():
    row = {"network": label, "parameters": f"{group[0].parameters:,}"}
    row["2024 report"] = f"{report.accuracy[label]:.2f}" if label in report.index else tables.NOTHING
    if profile != published_profile:
        row["published"] = tables.percent(tables.accuracy(published[label])) if label in published else tables.NOTHING
    row["this run"] = tables.percent(tables.accuracy(group))
    row["macro-F1"] = tables.mean([100 * run.test.macro_f1 for run in group], 2)
    row["epochs"] = tables.mean([run.epochs_run for run in group], 0)
    row["s / epoch"] = tables.mean([sum(run.curves.seconds) / run.epochs_run for run in group])
    rows.append(row)
table(
    pd.DataFrame(rows),
    "Test accuracy in per cent on byClass, with its 95 % interval. The report trained on all 697,932 images for up to "
    "50 epochs; see the box above for this run",
    "table-models",
)

# %% [markdown]
# The report quotes ResNet-50 and WaveMix-Lite beside these; they are not trained here, so they have no row.
#
# ## Cost against accuracy

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test accuracy against three costs: parameters, multiply-adds for one image, and seconds per epoch of training. Bars are 95 % intervals.", "name": "figure-cost"}, "image": {"alt": "Three scatter charts with logarithmic cost axes: accuracy against parameters, against multiply-adds and against seconds per epoch, one point for each network."}}
accuracy_against_cost(runs)
# %% [markdown]
# ## Are the differences real?
#
# All networks answered the same test images, so they can be compared image by image. McNemar's test
# {cite}`mcnemar1947` looks only at the images that one of two networks got right and the other wrong. Several
# comparisons are made, so the p-values are corrected by Holm's method {cite}`holm1979`. This knows the chance of the
# test images; only more seeds can tell the chance of training.

# %% tags=["hide-input"]
answers = {label: results.read_predictions(group[0]) for label, group in runs.items()}
right = {label: found.predicted == found.labels for label, found in answers.items()}
pairs = list(pairwise(runs))
tests = {pair: compare_answers(right[pair[1]], right[pair[0]]) for pair in pairs}
corrected = dict(zip(pairs, holm([test.p for test in tests.values()]), strict=True))
table(
    pd.DataFrame(
        [
            {
                "comparison (seed 0)": f"{second} less {first}",
                "difference (points)": f"{100 * test.difference:+.2f}",
                "only the one": f"{test.only_first:,}",
                "only the other": f"{test.only_second:,}",
                "p (Holm)": f"{corrected[first, second]:.2g}",
                "verdict": "a difference" if corrected[first, second] < 0.05 else "no difference seen",
            }
            for (first, second), test in tests.items()
        ]
    ),
    "Networks compared image by image",
    "table-paired",
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)


def compared(better: str, worse: str) -> tuple[bool, str]:
    """Return whether one network answered more images rightly beyond chance, and the numbers."""
    test = compare_answers(right[better], right[worse])
    return test.difference > 0 and test.p < 0.05 / len(runs), (
        f"{100 * test.difference:+.2f} points, p = {test.p:.2g}, seed 0"
    )


claims.add("The residual CNN answers more test images rightly than LeNet-5.", *compared("Residual CNN", "LeNet-5"))
claims.add(
    "At a quarter of its width, with fewer than twice LeNet-5's parameters, it still beats LeNet-5.",
    *compared("Residual CNN, quarter width", "LeNet-5"),
)
ratio = runs["Residual CNN"][0].multiply_adds / runs["LeNet-5"][0].multiply_adds
claims.add(
    "The residual CNN's accuracy is dear: it does over a hundred times LeNet-5's arithmetic for each image.",
    ratio > 100,
    f"{ratio:.0f} times",
)
claims.show()

# %% [markdown]
# How sure is this? A row with one seed tells nothing about the luck of training, and no row has had the report's
# budget unless the box at the top says so. The report's own numbers have one seed each too, and it chose among
# its networks on the test set.
#
# ## Try it yourself
#
# Train the residual CNN at another width on a small budget. Widths and blocks are arguments of the recipe:
#
# ```python
# from emnist_utils import data, studies
# from emnist_utils.training.fit import train
# from emnist_utils.training.recipe import Recipe
#
# base = studies.study("models").recipes(studies.profile("smoke"))["Residual CNN"][0]
# recipe = Recipe.create(**(base.model_dump() | {"width": 0.125, "blocks": 3, "epochs": 2}))
# record, predictions = train(recipe, data.load(recipe.dataset))
# print(record.parameters, record.test)
# ```
