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
# **How much {term}`accuracy` do {term}`parameters <parameter>` and time buy?** The 2024 report compared a network from
# 1998, a plain stack of convolutions, a famous deep network and a small residual network of its own, which won; beside
# them it quoted one that mixes pixels by wavelets. This chapter trains all five, as far as the report tells what they
# were. It trains the residual network at a quarter of its width too, and once more on the few images that the two
# heaviest can afford (*fewer images*). Then it asks which differences are real.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
from emnist_utils import reported, runner, studies
from emnist_utils.data import SPECS
from emnist_utils.models import build
from emnist_utils.report import comparison, style
from emnist_utils.report.answers.wording import listed
from emnist_utils.report.architecture_figures import diagram
from emnist_utils.report.banner import about_runs
from emnist_utils.report.claims import Claims
from emnist_utils.report.markdown import say, table, term
from emnist_utils.report.training_figures import accuracy_against_cost, learning_curves

style.use()

# %% tags=["hide-input"]
runs = runner.records("models", profile)
published = runner.published("models", studies.PUBLISHED)
# The report's label says that it quotes the row; it is the same network.
wavemix = "WaveMix-Lite 128/7"
report = reported.load("models")
one = {label: group[0] for label, group in runs.items()}
FEWER = "Residual CNN, fewer images"
about_runs(profile, runs, studies.PUBLISHED, published)

# %% tags=["hide-input"]
from emnist_utils.report.answers.network import in_short

in_short(runs).show()

# %% [markdown]
# ## The five networks
#
# All of them take the raw 28x28 grey levels, scale them inside the network to mean 0 and variance 1 over EMNIST, and
# end in one score per class. The diagrams are drawn from the networks themselves. Where a box changes the shape, the
# new one stands under it, height x width x channels.
#
# **LeNet-5** {cite}`lecun1998` is two 5x5 convolutions with {term}`pooling`, then three dense layers. It is the
# smallest and the oldest.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "LeNet-5.", "name": "figure-lenet5"}, "image": {"alt": "A chain of nine boxes: the image, a 5x5 convolution with 6 filters, pooling, a 5x5 convolution with 16 filters, pooling, flatten, and dense layers of 120, 84 and 62 units."}}
outputs = len(SPECS["byclass"].classes)
diagram(build("lenet5", outputs))

# %% [markdown]
# **CNN**, the report's "convolutions only", is four 3x3 convolutions with {term}`batch normalisation`
# {cite}`ioffe2015`, and averages over all positions instead of using dense layers. The report gives only its number of
# parameters; this is the simplest layout that fits it.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "The CNN.", "name": "figure-cnn"}, "image": {"alt": "A chain of nine boxes: the image, two 3x3 convolutions with 64 filters, pooling, two with 128 filters, pooling, global average pooling, and a dense layer of 62 units."}}
diagram(build("cnn", outputs))

# %% [markdown]
# **Residual CNN**, the report's own design, has blocks in which the input is added to the output of two convolutions
# {cite}`he2016`, so that a deeper network is not harder to train. Here too the layout is the one that fits the
# reported number of parameters.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "The residual CNN with two blocks. A line over the boxes leads the input around two convolutions, to be added to what they put out.", "name": "figure-residual-cnn"}, "image": {"alt": "A chain of boxes with two residual blocks of two 3x3 convolutions with 128 filters each, a skip connection over each block, then pooling, a dense layer of 1024 units and one of 62."}}
residual, quarter = one["Residual CNN"], one["Residual CNN, quarter width"]
diagram(build("residual-cnn", outputs, blocks=residual.recipe.blocks))

# %% tags=["hide-input"]
largest = max(residual.layers, key=lambda layer: layer.parameters)
say(
    f"Of its {residual.parameters:,} parameters, {100 * largest.parameters / residual.parameters:.0f} % are in one dense "
    f"layer, but only {100 * largest.multiply_adds / residual.multiply_adds:.0f} % of the arithmetic. *Quarter width* "
    "means a quarter of the filters in each convolution and of the units in the dense layer. That is "
    f"{residual.multiply_adds / quarter.multiply_adds:.0f} times less arithmetic, so a laptop can train it many times."
)

# %% [markdown]
# **ResNet-50** is the same idea at full size {cite}`he2016`: sixteen blocks of three convolutions, made for photographs
# of 224x224 pixels in colour. In its last three blocks a 28x28 image is down to a single position. The report
# gives 25.73 M parameters and no layout. Of those that Keras offers only ResNet50V2 {cite}`he2016identity` comes to
# that number, on three equal channels, averaged over positions, and with a dense layer of 1024 units before the scores.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "ResNet-50 as Keras' ResNet50V2. Blocks that repeat are drawn once, with their number below and what differs in some of them.", "name": "figure-resnet50"}, "image": {"alt": "Two rows of boxes: the image with a border, three channels, a 7x7 convolution and pooling, then four groups of 3, 4, 6 and 3 residual blocks with 256 to 2048 channels, global average pooling, and dense layers of 1024 and 62 units."}}
diagram(build("resnet50", outputs))

# %% [markdown]
# **WaveMix-Lite** {cite}`jeevan2022` lets pixels exchange information without large convolutions. In each block a Haar
# wavelet transform replaces every square of 2x2 values by their sum and three differences, which halves the image's
# sides and makes four channels of one. Dense layers over the channels (1x1 convolutions) then mix what was apart in
# space, a transposed convolution brings the sides back, and the input is added. Seven blocks with 128 channels make
# 128/7.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "WaveMix-Lite 128/7. The block, drawn once, comes seven times.", "name": "figure-wavemix-lite"}, "image": {"alt": "A chain of boxes: the image, two 3x3 convolutions, then seven times a block of a 1x1 convolution, a Haar transform, two 1x1 convolutions and a transposed convolution with a skip connection over it, then global average pooling and a dense layer of 62 units."}}
wave = one[wavemix].recipe
diagram(build("wavemix-lite", outputs, activation=wave.activation, blocks=wave.blocks))

# %% [markdown]
# ### Parameters, here and in the report

# %% tags=["hide-input"]
costs = comparison.cost_table(runs, "network", report)
sizes = ["report: parameters", "parameters", "multiply-adds"]
table(costs[["network", *sizes]], "Parameters of each network, and its arithmetic for one image", "table-sizes")

# %% tags=["hide-input"]
wider = build("wavemix-lite", outputs, activation=wave.activation, blocks=wave.blocks, width=2).count_params()
say(
    f"Three networks agree with the report: {residual.parameters:,} parameters for the residual CNN "
    f"({report.parameters['Residual CNN']} in the report), {one['CNN'].parameters:,} for the CNN "
    f"({report.parameters['CNN']}) and {one['ResNet-50'].parameters:,} for ResNet-50 ({report.parameters['ResNet-50']}). "
    "That is how their layouts were found, so it is no proof that they are the report's.\n\n"
    f"Two do not. LeNet-5 has {one['LeNet-5'].parameters:,}, and the report {report.parameters['LeNet-5']}; that would "
    f"fit a variant with 3x3 convolutions. And WaveMix-Lite 128/7 has {one[wavemix].parameters:,}, while the report's "
    f"{report.parameters[wavemix]} are those of WaveMix-Lite 256/7, which is twice as wide: counted on a built one, "
    f"{wider:,}. It seems that accuracy and size were taken from different rows of another table. So the network "
    f"that the report quotes as the best one is not {wider / residual.parameters:.1f} times as large as its own, but "
    f"{one[wavemix].parameters / residual.parameters:.1f} times."
)

# %% [markdown]
# ## One recipe for all
#
# The report's tables do not share one set of conditions. Here every row has the same {term}`recipe` but for the
# network.

# %% tags=["hide-input"]
recipe = residual.recipe
schedules = {
    "cosine": "rises to its peak over the first fifth of the steps, then falls to zero along half a cosine",
    "plateau": "is halved when validation loss has not fallen for 3 epochs; training stops after 7",
}
others = [
    label for label, group in runs.items() if label != FEWER and not comparison.same_budget(group, runs["Residual CNN"])
]


def passes(record):
    """Say how many images a network saw, and how often."""
    times = "once" if record.epochs_run == 1 else f"{record.epochs_run} times"
    return f"{record.data.train:,} training images {times}"


say(
    f"Loss: {recipe.loss}. Optimizer: {recipe.optimizer} with a rate of {recipe.learning_rate:g}, which "
    f"{schedules[recipe.schedule]}. Activation: {recipe.activation}, but {wave.activation.upper()} in WaveMix-Lite, as its "
    f"authors have it. {term('batch', 'Batch')}: {recipe.batch} images. Of each run the {term('epoch')} with the lowest "
    "validation loss is kept, and "
    "only that one is tested."
    + (
        f"\n\nThe budget of this profile is smaller for the heaviest: {' and '.join(others)} see "
        f"{passes(one[others[0]])}, the other networks {passes(residual)}. In the row *{FEWER}* the residual CNN sees "
        "no more than these. **Their rows are to be compared with each other, and not with the rest.**"
        if others
        else "\n\nAll networks see the same images."
    )
)

# %% [markdown]
# ## Learning curves

# %% tags=["hide-input"] records=["models"] mystnb={"figure": {"caption": "Loss and accuracy by epoch, on ByClass, with the validation curves of all others behind in grey; the next tables say how many images an epoch has. Training values are averages taken while the epoch runs, so they lag behind; validation is measured at the epoch's end.", "name": "figure-learning-curves"}, "image": {"alt": "For each network a chart of loss above one of accuracy by epoch, with a solid validation and a dashed training line, and grey lines of the others."}}
learning_curves(runs)

# %% [markdown]
# ## The report's table beside ours
#
# Accuracy is in per cent of the test images. After ± stands half of the 95 % interval: with one {term}`seed` it covers
# the chance of which images were drawn for the test {cite}`wilson1927`, with several it is Student's over the seeds.

# %% tags=["hide-input"]
images = [f"{record.data.train:,}" for record in one.values()]
scores = comparison.accuracy_table(runs, "network", report, published).drop(columns="balanced accuracy")
scores.insert(1, "training images", images)
table(
    scores,
    "Test accuracy (per cent, with half of its 95 % interval), macro-F1 and test loss on ByClass. "
    "The report had the official set of 697,932 training images and up to 50 epochs, and its row of WaveMix-Lite is "
    "quoted from elsewhere",
    "table-models",
)

# %% tags=["hide-input"]
times = costs.drop(columns=sizes)
times.insert(2, "images an epoch", images)
table(times, "What it takes to train each network", "table-costs")
say(comparison.timing_note(runs))

# %% [markdown]
# "Training time" in the report depends on when {term}`early stopping` ended a run, so it says little of how fast a
# network is.
#
# ## Cost against accuracy

# %% tags=["hide-input"] records=["models"] mystnb={"figure": {"caption": "Test accuracy against what each network costs, on logarithmic axes. Bars are 95 % intervals. A hollow point is of a network that had fewer training images, and is not to be compared in height with a filled one.", "name": "figure-cost"}, "image": {"alt": "Scatter charts one below the other with logarithmic cost axes, of test accuracy against parameters first and against multiply-adds next, with a named point for each network."}}
accuracy_against_cost({label: group for label, group in runs.items() if others or label != FEWER})

# %% [markdown]
# ## Are the differences real?
#
# A difference can be chance. So networks that had the same budget are compared in pairs, on the test images that both
# answered.

# %% tags=["hide-input"]
# with one budget for all, the row of fewer images is that of the residual CNN once more
peer = FEWER if others else "Residual CNN"
pairs = [
    ("CNN", "LeNet-5"),
    ("Residual CNN, quarter width", "LeNet-5"),
    ("Residual CNN", "LeNet-5"),
    ("Residual CNN", "CNN"),
    ("Residual CNN", "Residual CNN, quarter width"),
    ("CNN", "Residual CNN, quarter width"),
    (peer, "ResNet-50"),
    (peer, wavemix),
    (wavemix, "ResNet-50"),
]
alike = [pair for pair in pairs if comparison.same_budget(*(runs[label] for label in pair))]
compared = comparison.compare_pairs(runs, alike)
say(comparison.comparison_note(compared))
table(
    comparison.comparison_table(compared),
    "Networks of equal budget compared on the same test images; differences are in points of accuracy",
    "table-paired",
)
telling = compared["CNN", "Residual CNN, quarter width"]
say(
    "The most telling pair is the CNN and the residual CNN at a quarter of its width. They are "
    f"{abs(100 * telling.difference.value):.2f} points apart, "
    f"{'more than chance gives' if telling.better else 'which chance could give'}, and the CNN does "
    f"{one['CNN'].multiply_adds / quarter.multiply_adds:.0f} times the arithmetic."
)
if others:
    reached = listed(f"{100 * one[label].test.accuracy:.1f} % of {label}" for label in others)
    say(
        f"Nothing follows from the {reached} against the networks that saw more images. Fewer images and fewer steps "
        "are reason enough for a low accuracy, in deep networks above all. The profile `full` trains all networks on "
        "all images, and compares them."
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
# budget unless the box at the top says so. The report gives one number a row too, and no spread. One recipe for all is
# equal, and not quite fair: no network has had its own best rate looked for.
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
