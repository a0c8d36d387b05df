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
# # Training size
#
# **What would more images bring?** The 2024 report trained on ByClass as a whole and did not ask. But most pages of
# this book come from far fewer images, so it matters what more of them would bring. This chapter trains one network on
# an eighth, a quarter, a half and all of a profile's training images, looks at what the small sets do to it, and then
# tries to look ahead: to EMNIST's official 697,932 training images. How far can such a look be trusted?

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
from itertools import pairwise

import numpy as np
import pandas as pd

from emnist_utils import reported, runner, studies
from emnist_utils.data import SPECS
from emnist_utils.report import comparison, scaling, style, tables
from emnist_utils.report.banner import about_runs
from emnist_utils.report.claims import Claims
from emnist_utils.report.counting import frequency_only_error
from emnist_utils.report.markdown import say, table
from emnist_utils.report.size_figures import accuracy_by_size, curves_by_images_seen, fan

style.use()

# %% tags=["hide-input"]
runs = runner.records("training-size", profile)
published = runner.published("training-size", studies.PUBLISHED)
images = {label: group[0].data.train for label, group in runs.items()}
named = {f"{images[label]:,} images": group for label, group in runs.items()}
about_runs(profile, runs, studies.PUBLISHED, published)

# %% tags=["hide-input"]
from emnist_utils.report.answers.training_size import in_short

in_short(runs).show()

# %% [markdown]
# ## Fewer images, not less training
#
# The four sets keep the proportions of the classes, and each contains the next smaller one. A network that sees half
# the images passes over them twice as often: all take about the same number of steps, so a small set is not also a short
# training. Everything else is the same as well, and so are the validation and the test images.

# %% tags=["hide-input"]
recipe = runs["all"][0].recipe
seen = max(run.epochs_run * run.data.train for group in runs.values() for run in group)
limit = " at most" if recipe.schedule == "plateau" else ""
say(
    f"The network is the residual CNN of chapter 2 at {recipe.width:g} times its full width. With batches of {recipe.batch} it "
    f"sees up to {seen:,} images in a training, repeats included: "
    + ", ".join(f"{images[label]:,} images in {group[0].recipe.epochs} epochs" for label, group in runs.items())
    + f"{limit}. Of each training the epoch with the lowest validation loss is kept and tested."
)

# %% tags=["hide-input"] records=["training-size"] mystnb={"figure": {"caption": "Loss and accuracy against the training images seen so far, on ByClass; a point is an epoch. Training values are averages taken while the epoch runs, so they lag behind; validation is measured at the epoch's end. Lines are means over the seeds.", "name": "figure-size-curves"}, "image": {"alt": "Two line charts, loss and accuracy against images seen, with a solid validation line and a dashed training line for each of four numbers of training images. The fewer images, the further the two lines are apart at the end."}}
curves_by_images_seen(named)

# %% [markdown]
# ## What the number of images does

# %% tags=["hide-input"]
scores = comparison.accuracy_table(runs, "part", published=published)
scores.insert(1, "training images", [f"{count:,}" for count in images.values()])
table(
    scores,
    "Test accuracy, macro-F1 and balanced accuracy (per cent) and test loss (nats) by number of training images. After ± "
    "stands half of the 95 % interval: with one seed that of the test images, with several that of the seeds. The report "
    "has no such table",
    "table-training-size",
)

# %% tags=["hide-input"] records=["training-size"] mystnb={"figure": {"caption": "Left: accuracy against the number of training images; the distance between the two green lines is a sign of over-fitting. Right: the test error, both axes logarithmic. Bars are 95 % intervals, over the seeds where there are several.", "name": "figure-size"}, "image": {"alt": "Two charts against the number of training images. Left: with more images training accuracy falls and validation and test accuracy rise, so that they come closer. Right: test error on logarithmic axes falls."}}
accuracy_by_size(runs)

# %% [markdown]
# A doubling at a time, on the same test images:

# %% tags=["hide-input"]
doublings = [(more, fewer) for fewer, more in pairwise(runs)]
compared = comparison.compare_pairs(runs, [*doublings, ("all", "1/8")])
table(
    comparison.comparison_table(compared),
    "Numbers of training images compared on the same test images; differences are in points of accuracy, the first less the "
    "second",
    "table-doublings",
)
say(comparison.comparison_note(compared))

# %% [markdown]
# ## Over-fitting
#
# A network that passes over few images many times learns them by heart. The gap between its accuracy on them and on
# validation images shows it.

# %% tags=["hide-input"]
last = {
    label: [
        float(np.mean([100 * getattr(run.curves, name)[-1] for run in group])) for name in ("accuracy", "val_accuracy")
    ]
    for label, group in runs.items()
}
gaps = {label: training - validation for label, (training, validation) in last.items()}
lowest = {label: float(np.mean([min(run.curves.val_loss) for run in group])) for label, group in runs.items()}
at_end = {label: float(np.mean([run.curves.val_loss[-1] for run in group])) for label, group in runs.items()}
table(
    pd.DataFrame(
        [
            {
                "training images": f"{images[label]:,}",
                "training": f"{last[label][0]:.1f}",
                "validation": f"{last[label][1]:.1f}",
                "gap": f"{gaps[label]:+.1f}",
                "lowest validation loss": f"{lowest[label]:.3f}",
                "at the end": f"{at_end[label]:.3f}",
            }
            for label in runs
        ]
    ),
    "Accuracy in the last epoch (per cent) on training and validation images, their gap in points, and validation loss "
    "(nats)",
    "table-gap",
)
say(
    (
        "A gap below zero is no miracle: training accuracy is averaged over an epoch in which the network still gets "
        "better, and with few epochs that average lags far behind. "
        if min(gaps.values()) < 0
        else ""
    )
    + "The kept epoch is the best one on validation, which spares a small set the worst of its over-fitting, but not the "
    "cause of it. "
    + (
        f"With all {images['all']:,} images the gap is down to {gaps['all']:+.1f} points. That suggests that at "
        "this length of training more images would bring little: the training would have to grow with them."
        if gaps["all"] < 2
        else f"With all {images['all']:,} images the gap is still {gaps['all']:.1f} points, so more images should help even "
        "at this length of training."
    )
)

# %% [markdown]
# ## A law for looking ahead
#
# For many tasks the error of a network falls like a power of the number $n$ of training images
# {cite}`cortes1994,hestness2017`:
#
# $$\mathrm{error}(n) = a + b\,n^{-c}.$$
#
# Here $a$ is a floor that no number of images goes below, $c$ says how steeply the error falls, and on logarithmic axes
# the part above the floor is a straight line. It is a rule found by trying, and not every learner keeps it
# {cite}`viering2023`.
#
# Four points over a factor of eight hardly determine three numbers: a lower floor with a smaller $c$ looks the same
# within them, and quite different far beyond. To fit all three and print the result would pretend to know. So the floor
# is *assumed* here, at two values, and only $b$ and $c$ are fitted. Whether the points then follow the law is tested:

# %% tags=["hide-input"]
floor = frequency_only_error()
official = SPECS["byclass"].train_size
known = reported.load("models").accuracy["Residual CNN"]
say(
    "- **No floor**, $a = 0$: enough images would solve everything. That is too hopeful, as some characters cannot be told "
    "apart by anybody.\n"
    f"- **A floor of {100 * floor:.2f} %**: what is left of ByClass's official test set, by the counts of chapter 1, where "
    "look-alikes are guessed by how common they are and all else is right. That is too gloomy, a little: the report's "
    f"network erred on {100 - known:.2f} %."
)

# %% [markdown]
# Each point is weighted by the chance of its test images, which more seeds do not lessen: all of them answer the same
# ones. Where points scatter about the line by more than that, the intervals are widened in proportion {cite}`birge1932`,
# which takes in the chance of training as far as four points show it.

# %% tags=["hide-input"]
points = [scaling.point(group) for group in runs.values()]
floors = {"no floor": 0.0}
if scaling.fits(points, floor):
    floors[f"a floor of {100 * floor:.2f} %"] = floor
laws = {name: scaling.fit(points, value) for name, value in floors.items()}


def span(interval):
    """Write the limits of a share in per cent."""
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"


largest = images["all"]
table(
    pd.DataFrame(
        [
            {
                "law with": name,
                "exponent": f"{law.exponent.value:.2f} ({law.exponent.low:.2f} to {law.exponent.high:.2f})",
                "p of the misfit": tables.p_value(law.p),
                f"{2 * largest:,} images": span(law.at(2 * largest)),
                f"{10 * largest:,} images": span(law.at(10 * largest)),
                f"{official:,} images": span(law.at(official)),
            }
            for name, law in laws.items()
        ]
    ),
    "The two laws: exponent $c$, how probable so bad a fit would be by the chance of the test images alone, and the "
    "test error (per cent) at larger numbers of images, each with its 95 % interval",
    "table-laws",
)
if len(laws) == 1:
    say(
        f"A law with the floor of {100 * floor:.2f} % cannot be fitted: not all of the errors are clearly above it. So these "
        "networks have already passed it, or come so near to it that it tells nothing."
    )
steps = [np.log(fewer.error / more.error) for fewer, more in pairwise(points)]
bends = steps[-1] < steps[0]
refuted = [name for name, law in laws.items() if law.p < comparison.SIGNIFICANT]
say(
    f"The points contradict the law with {' and that with '.join(refuted)}: they lie further off than the chance of the test images explains, so "
    "the interval around it is a warning rather than a forecast."
    + (
        " They bend: the last doubling brings less than the first, and on a straight line both would bring the same. A "
        "floor does that, and so does the fixed number of steps, which these points cannot tell apart."
        if laws["no floor"].p < comparison.SIGNIFICANT and bends
        else ""
    )
    if refuted
    else "The points contradict neither law: within them, both run through the same errors. Only the assumption decides "
    "what lies beyond."
    if len(laws) > 1
    else "The points do not contradict the law without a floor."
)

# %% tags=["hide-input"] records=["training-size", "2024 report"] mystnb={"figure": {"caption": "The test error and what the laws make of it, as far as EMNIST's official number of training images; bands are 95 % intervals by the chance of the test images, bars those of the points, over the seeds where there are several. Right of the dotted line nothing was trained here. The star is the report's fine-tuned residual CNN: full width, up to 50 epochs, so another recipe, and no point of this curve.", "name": "figure-fan"}, "image": {"alt": "Chart on logarithmic axes of test error against training images: four measured points on the left, from which two bands fan out to the right; a star at 697,932 images marks the report's network."}}
fan(
    runs,
    {f"law with {name}": law for name, law in laws.items()},
    official,
    {"2024 report, another recipe": 1 - known / 100},
)

# %% tags=["hide-input"]
ahead = [law.at(official) for law in laws.values()]
low, high = 100 * min(one.low for one in ahead), 100 * max(one.high for one in ahead)
models = reported.load("models").accuracy
table_span = models.max() - models.min()
error = 100 - known
within = [name for name, law in laws.items() if 100 * law.at(official).low <= error <= 100 * law.at(official).high]
wide = high - low > table_span
say(
    f"The official set is {official / largest:,.0f} times as large as the largest one here, and the fan there reaches from "
    f"{low:.1f} to {high:.1f} % error. All rows of the report's table of models lie within {table_span:.2f} points. "
    + (
        "**So the fan is too wide to conclude.** "
        + (
            "Whether this recipe on all images would be the best or the worst of that table, these runs cannot tell. "
            if low < 100 - models.max() and high > 100 - models.min()
            else "Where this recipe on all images would end, these runs cannot tell within the span of that table. "
        )
        if wide
        else "The fan is narrower than that. "
    )
    + (
        f"The report's own {error:.2f} % lies in the band of the law with {' and in that with '.join(within)}."
        if within
        else f"The report's own {error:.2f} % lies between the bands of the two laws, in neither of them."
        if low < error < high
        else f"The report's own {error:.2f} % lies {'below' if error < low else 'above'} it. That is no contradiction: its "
        "network and its training were others, and the fan knows of these alone."
    )
)

# %% [markdown]
# ### What the fan assumes

# %% tags=["hide-input"]
say(
    "- That the law goes on. There may be a bend right behind the last point, and nothing here would show it.\n"
    "- That training grows with the images. Among these points it did not, as all had about the same number of steps."
    + (
        f" A training of this length cannot even see more than {seen:,} different images; beyond that, the fan is about "
        "longer trainings than any of these.\n"
        if seen < official
        else "\n"
    )
    + "- That the network stays as it is. A larger one would use more images better.\n"
    + (
        "- That one training of each size is typical. With one seed, chance of training shows only as scatter about the line."
        if max(len(group) for group in runs.values()) == 1
        else "- That the seeds trained here are typical ones."
    )
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
found = compared["all", "1/8"]
claims.add(
    "Eight times the images, in about the same number of steps, bring accuracy on new ones.",
    found.better == "all",
    found.evidence,
)
shrinking = list(gaps.values())
claims.add(
    "Over-fitting shrinks with each doubling: training and validation accuracy come closer.",
    all(fewer > more for fewer, more in pairwise(shrinking)),
    f"a gap of {', '.join(f'{gap:+.1f}' for gap in shrinking)} points",
)
if official > 10 * largest:
    claims.add(
        "What all of EMNIST would bring cannot be told from these runs: the fan is wider than the report's table of models.",
        wide,
        f"{high - low:.1f} points against {table_span:.2f}",
    )
claims.show()

# %% tags=["hide-input"]
gains = [f"{pair[0]} over {pair[1]}" for pair in doublings if compared[pair].better == pair[0]]
contradicted = (
    "two laws, one of which the points contradict"
    if len(refuted) < len(laws)
    else f"{'a law' if len(laws) == 1 else 'laws'} that the points contradict"
)
seeds = min(len(group) for group in runs.values())
say(
    "How sure is this? "
    + (
        f"Doublings that a test can tell from chance: {', '.join(gains)}. "
        if gains
        else "No single doubling can be told from chance here. "
    )
    + (
        "The test knows the chance of the test images alone, as each size was trained with one seed. "
        if seeds == 1
        else f"The test knows the chance of training as far as {seeds} seeds show it; the test images count as given. "
    )
    + (
        f"Within the measured sizes each point is {'a training' if seeds == 1 else f'the mean of {seeds} trainings'}; already one doubling beyond, the error would be "
        f"{' or '.join(span(law.at(2 * largest)) for law in laws.values())} % by "
        f"{contradicted}; the far end of the fan is "
        if refuted
        else "What lies within the measured sizes is well known; a doubling beyond them is a fair guess; the far end of the fan is "
    )
    + "arithmetic on an assumption. The way to know it is to train on more images."
)

# %% [markdown]
# ## Try it yourself
#
# Do more passes help a small set, or does it only learn its images by heart sooner? Compare with a network that has
# twice the images:
#
# ```python
# from emnist_utils import data, studies
# from emnist_utils.training.fit import train
# from emnist_utils.training.recipe import Recipe
#
# base = studies.study("training-size").recipes(studies.profile("smoke"))["all"][0]
# for images, epochs in ((310, 4), (310, 8), (620, 4)):
#     changes = {"train_size": images, "epochs": epochs}
#     recipe = Recipe.create(**(base.model_dump() | changes))
#     record, predictions = train(recipe, data.load(recipe.dataset))
#     curves = record.curves
#     print(images, epochs, curves.accuracy[-1], curves.val_accuracy[-1])
#     print("test:", record.test.accuracy)
# ```
