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
# convolutions and a small residual network of its own. This chapter trains these three, as far as the report tells
# what they were, and the residual network at a quarter of its width, all on the same images and the same budget. Then
# it asks which differences are real.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import pandas as pd

from emnist_utils import reported, runner, studies
from emnist_utils.report import comparison, style
from emnist_utils.report.banner import about_runs
from emnist_utils.report.claims import Claims
from emnist_utils.report.markdown import say, table
from emnist_utils.report.training_figures import accuracy_against_cost, learning_curves

style.use()

# %% tags=["hide-input"]
runs = runner.records("models", profile)
published = runner.published("models", studies.PUBLISHED)
report = reported.load("models")
one = {label: group[0] for label, group in runs.items()}
about_runs(profile, runs, studies.PUBLISHED, published)

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
#   convolutions {cite}`he2016`, so that a deeper network is not harder to train. Here too the layout is the one that
#   fits the reported number of parameters.

# %% tags=["hide-input"]
residual, quarter = one["Residual CNN"], one["Residual CNN, quarter width"]
largest = max(residual.layers, key=lambda layer: layer.parameters)
say(
    f"Of the residual CNN's {residual.parameters:,} parameters, {100 * largest.parameters / residual.parameters:.0f} % "
    f"are in one dense layer, but {100 * largest.multiply_adds / residual.multiply_adds:.0f} % of the arithmetic. "
    "*Quarter width* means a quarter of the filters in each convolution and of the units in the dense layer. That is "
    f"{residual.multiply_adds / quarter.multiply_adds:.0f} times less arithmetic, so a laptop can train it many times."
)

# %% tags=["hide-input"]
table(
    pd.DataFrame(
        [
            [layer.kind, " x ".join(map(str, layer.shape)), f"{layer.parameters:,}", f"{layer.multiply_adds:,}"]
            for layer in residual.layers
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
recipe = residual.recipe
schedules = {
    "cosine": "rises to its peak over the first fifth of the steps, then falls to zero along half a cosine",
    "plateau": "is halved when validation loss has not fallen for 3 epochs; training stops after 7",
}
say(
    f"Loss: {recipe.loss}. Optimizer: {recipe.optimizer} with a rate of {recipe.learning_rate:g}, which "
    f"{schedules[recipe.schedule]}. Activation: {recipe.activation}. Batch: {recipe.batch} images. Of each run the "
    "epoch with the lowest validation loss is kept, and only that one is tested."
)

# %% [markdown]
# ## Learning curves

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Loss and accuracy by epoch, on ByClass. Training values are averages taken while the epoch runs, so they lag behind; validation is measured at the epoch's end.", "name": "figure-learning-curves"}, "image": {"alt": "Two line charts, loss and accuracy by epoch, with a solid validation line and a dashed training line for each network."}}
learning_curves(runs)

# %% [markdown]
# ## The report's table beside ours
#
# Accuracy is in per cent of the test images. After ± stands half of the 95 % interval: with one seed it covers the
# chance of which images were drawn for the test {cite}`wilson1927`, with several it is Student's over the seeds.

# %% tags=["hide-input"]
table(
    comparison.accuracy_table(runs, "network", report, published),
    "Test accuracy (per cent, with half of its 95 % interval), macro-F1, balanced accuracy and test loss on ByClass. "
    "The report had the official set of 697,932 training images and up to 50 epochs; the box at the top says what was "
    "had here",
    "table-models",
)
missing = [f"{name} ({report.accuracy[name]:.2f} %)" for name in report.index if name not in runs]
say(f"Rows of the report's table that are not trained here: {' and '.join(missing)}.")

# %% tags=["hide-input"]
table(
    comparison.cost_table(runs, "network", report),
    "What each network costs: size, arithmetic for one image, and training time",
    "table-costs",
)
say(comparison.timing_note(runs))

# %% [markdown]
# Two numbers of parameters invite a remark. The report's LeNet-5 has "64k", which fits a variant with 3x3
# convolutions; ours is the classic one. And "training time" in the report depends on when early stopping ended a run,
# so it says little of how fast a network is; seconds per epoch and the number of epochs do.
#
# ## Cost against accuracy

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test accuracy against its costs: parameters, multiply-adds for one image, and seconds per epoch of training where they may be compared. Bars are 95 % intervals.", "name": "figure-cost"}, "image": {"alt": "Scatter charts with logarithmic cost axes: accuracy against parameters, against multiply-adds and against seconds per epoch, one point for each network."}}
accuracy_against_cost(runs)

# %% [markdown]
# ## Are the differences real?
#
# A difference can be chance. So networks are compared in pairs on the test images that both answered.

# %% tags=["hide-input"]
compared = comparison.compare_pairs(
    runs,
    [
        ("CNN", "LeNet-5"),
        ("Residual CNN, quarter width", "LeNet-5"),
        ("Residual CNN", "LeNet-5"),
        ("Residual CNN", "CNN"),
        ("Residual CNN", "Residual CNN, quarter width"),
    ],
)
say(comparison.comparison_note(compared))
table(
    comparison.comparison_table(compared),
    "Networks compared on the same test images; differences are in points of accuracy",
    "table-paired",
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
found = compared["Residual CNN", "LeNet-5"]
claims.add(
    "The residual CNN answers more test images rightly than LeNet-5.", found.better == "Residual CNN", found.evidence
)
found = compared["Residual CNN, quarter width", "LeNet-5"]
sizes = quarter.parameters / one["LeNet-5"].parameters
claims.add(
    "At a quarter of its width, with fewer than twice LeNet-5's parameters, it still beats LeNet-5.",
    found.better == "Residual CNN, quarter width" and sizes < 2,
    f"{found.evidence}, {sizes:.2f} times the parameters",
)
ratio = residual.multiply_adds / one["LeNet-5"].multiply_adds
claims.add(
    "The residual CNN's accuracy is dear: it does over a hundred times LeNet-5's arithmetic for each image.",
    ratio > 100,
    f"{ratio:.0f} times",
)
claims.show()

# %% [markdown]
# How sure is this? A row with one seed tells nothing about the luck of training, and no row has had the report's
# budget unless the box at the top says so. The report gives one number a row too, and no spread.
#
# ## Try it yourself
#
# Train the residual CNN at another width on a small budget. Width and blocks are arguments of the recipe:
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
