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
# # Learning rate
#
# **How exact does the learning rate have to be?** The 2024 report tried five powers of ten, found the best accuracies
# at 1e-3 and 1e-4, and then searched between these two in steps of 1e-4. This chapter repeats both passes, and asks
# what the second could have seen.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import math

import numpy as np
import pandas as pd

from emnist_utils import reported, runner, studies
from emnist_utils.data.specs import SPECS
from emnist_utils.report import comparison, style, tables
from emnist_utils.report.answers.wording import listed
from emnist_utils.report.banner import about_runs, say_width
from emnist_utils.report.claims import Claims
from emnist_utils.report.function_figures import schedule_curve
from emnist_utils.report.markdown import cite, say, table
from emnist_utils.report.rate_figures import two_passes
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.report.selection import best_on_validation
from emnist_utils.report.training_figures import learning_curves
from emnist_utils.statistics import expected_range
from emnist_utils.studies import rate_label

style.use()


# %% tags=["hide-input"]
def named(records):
    """Call the base run by its rate too."""
    return {
        f"{rate_label(group[0].recipe.learning_rate)} (base)" if label == "base" else label: group
        for label, group in records.items()
    }


runs = named(runner.records("learning-rates", profile))
published = named(runner.published("learning-rates", studies.PUBLISHED))
first, second = reported.load("learning_rates_first"), reported.load("learning_rates_second")
rates = {label: group[0].recipe.learning_rate for label, group in runs.items()}
powers = [rate_label(rate) for rate in first.index]
steps_of_tenths = [rate_label(rate) for rate in second.index]
based = next(label for label in runs if label.endswith("(base)"))
own_row = rate_label(rates[based]) not in runs
by_rate = {
    label: runs[label] for label in sorted(runs, key=rates.__getitem__, reverse=True) if label != based or own_row
}
about_runs(profile, runs, studies.PUBLISHED, published)

# %% tags=["hide-input"]
from emnist_utils.report.answers.learning_rate import in_short

in_short(runs).show()

# %% tags=["hide-input"]
recipe = runs[based][0].recipe
say_width(recipe)

# %% [markdown]
# ## What the rate does
#
# Training moves the weights $\theta$ against the gradient $g$ of the loss. The learning rate $\eta$ says how far:
#
# $$\theta \leftarrow \theta - \eta\, u(g)$$
#
# For plain SGD $u$ is the gradient itself; for Adam {cite}`kingma2015`, which is used here, it is a running average of
# gradients over their usual size, so that $\eta$ is about the length of a step in each weight. Too small a rate gets
# nowhere in the given time. Too large a rate jumps over what it looks for, or diverges. Between the two there is often
# a wide plain, on which the rate hardly matters. The usual way to find it is by powers of ten or three
# {cite}`bengio2012`.

# %% tags=["hide-input"] records=["learning-rates"] mystnb={"figure": {"caption": "The learning rate over training in some of the runs. Dots are what the run itself noted at the end of each epoch. Runs with the same course share a line.", "name": "figure-schedule"}, "image": {"alt": "Line chart of the learning rate by epoch for runs that differ only in their rate."}}
schedule_curve({label: by_rate[label] for label in ("1e-2", based, "1e-3", "5e-4") if label in by_rate})

# %% tags=["hide-input"]
steps = math.ceil(runs[based][0].data.train / recipe.batch) * recipe.epochs
theirs = reported.most_steps()
schedules = {
    "cosine": f"A rate here is the peak of one cosine cycle {cite('loshchilov2017')}: over a fifth of the steps, the "
    "warm-up, it rises from zero, and then it falls to zero along half a cosine, so that its mean is half of the peak. A "
    f"run has {steps:,} steps. The report held its rate, halved it when validation loss stalled, and allowed up "
    f"to {theirs:,} steps. So the same number is a gentler rate here, and has less time: the best rate should be larger "
    "than the report's. What can be compared is the shape of the two curves, not the place of their peaks.",
    "plateau": f"A rate here is where training starts. As in the report, it is halved when validation loss stalls. A "
    f"run has {steps:,} steps at most; the report allowed up to {theirs:,}.",
}
say(
    f"{schedules[recipe.schedule]} The other chapters train with {rate_label(recipe.learning_rate)} in this profile"
    + ("; that run is marked *base* below." if own_row else ".")
)

# %% [markdown]
# ## Two passes

# %% tags=["hide-input"] records=["learning-rates", "2024 report"] mystnb={"figure": {"caption": "Accuracy against the learning rate: ours above, the report's below, on the right the range of the second pass alone. Each panel has its own axis of accuracies. Bars are 95 % intervals, ours over the seeds where there are several; the report's know the chance of the test images alone. Hollow squares are the rows of the first pass within that range.", "name": "figure-two-passes"}, "image": {"alt": "Four charts of accuracy against learning rate. Above, test and training accuracy of our runs; below, the two passes of the report. On the right, the range from 1e-4 to 1e-3, where the intervals of the report's ten rows all overlap."}}
two_passes(by_rate, first, second)

# %% tags=["hide-input"]
frame = comparison.accuracy_table(by_rate, "rate", first.rename(index=rate_label), published)
frame = frame.drop(columns=["macro-F1", "balanced accuracy"]).rename(
    columns={"report: accuracy": "report: first pass", "report: loss": "report: loss, first"}
)
frame.insert(
    2,
    "report: second pass",
    [f"{second.accuracy[rates[label]]:.2f}" if label in steps_of_tenths else tables.NOTHING for label in by_rate],
)
table(
    frame,
    "Test accuracy in per cent by learning rate, with half of its 95 % interval: with one seed that of the test images, "
    "with several that of the seeds. Loss is the cross-entropy of the test images in nats",
    "table-learning-rates",
)

# %% [markdown]
# ## Learning curves

# %% tags=["hide-input"] records=["learning-rates"] mystnb={"figure": {"caption": "Loss and accuracy by epoch for the rates of the first pass and the base rate. Training values are averages taken while the epoch runs, so they lag behind. Lines are means over the seeds.", "name": "figure-learning-rate-curves"}, "image": {"alt": "Two line charts, loss and accuracy by epoch, with a solid validation line and a dashed training line for each learning rate."}}
learning_curves({label: by_rate[label] for label in (*powers, based) if label in by_rate})

# %% tags=["hide-input"]
training = {label: float(np.mean([100 * run.curves.accuracy[-1] for run in group])) for label, group in runs.items()}
best = best_on_validation(by_rate)
behind = [label for label in by_rate if training[label] < training[best] / 2]
say(
    f"Trained with {rate_label(rates[best])}, the best rate on validation, networks answer {training[best]:.1f} % of "
    "their *training* images rightly in the last epoch. "
    + (
        f"With {listed(behind)} it is not even half as many. These networks have not yet learned what they were "
        "shown: what they lack is steps. A short training punishes a small rate for being small, and tells nothing of "
        "where it would lead."
        if behind
        else "No rate leaves it at less than half of that, so none has only begun to learn."
    )
)
# %% tags=["hide-input"]
frame = comparison.cost_table(by_rate, "rate", first.rename(index=rate_label))
frame = frame.drop(columns=["images / s", "s to compile"], errors="ignore").rename(
    columns={"report: s in all": "report: s, first pass"}
)
frame.insert(
    2,
    "report: s, second",
    [f"{second.seconds[rates[label]]:,.0f}" if label in steps_of_tenths else tables.NOTHING for label in by_rate],
)
frame["training accuracy"] = [f"{training[label]:.2f}" for label in by_rate]
table(
    frame,
    "Time, and the share of training images answered rightly in the last epoch, in per cent",
    "table-learning-rate-costs",
)
say(comparison.timing_note(runs))
slow = first.seconds.sort_values().iloc[-2:]
say(
    "A rate does not change what a step costs, so the report's seconds tell how many epochs a run lasted. Its two "
    f"longest, at {' and '.join(rate_label(rate) for rate in slow.index)}, took almost the same "
    f"time ({' and '.join(f'{seconds:,.0f}' for seconds in slow)} s). That looks like the limit of 50 epochs, and not "
    "like early stopping: these two were probably not finished there, either."
)

# %% [markdown]
# ## What could the second pass see?

# %% tags=["hide-input"]
differences = reported_differences()
rows_of_report = differences[differences["table"] == "learning_rates_second"].set_index("row")
table(
    pd.DataFrame(
        {
            "rate": rows_of_report.index,
            "accuracy": [f"{second.accuracy[float(rate)]:.2f}" for rate in rows_of_report.index],
            "less the best": [
                f"{difference:+.2f}" if difference else "0.00" for difference in rows_of_report["difference"]
            ],
            "95 % interval": [
                tables.NOTHING if np.isnan(half) else f"± {half:.2f}" for half in rows_of_report["half-width"]
            ],
            "verdict": [
                "the best" if np.isnan(half) else "a difference" if exceeds else "no difference seen"
                for half, exceeds in zip(rows_of_report["half-width"], rows_of_report["exceeds"], strict=True)
            ],
        }
    ),
    "The report's second pass, from the best row down. The interval is that of a difference of two accuracies on "
    f"{SPECS['byclass'].test_size:,} test images each {cite('newcombe1998')}, in points",
    "table-second-pass",
)

# %% tags=["hide-input"]
span = second.accuracy.max() - second.accuracy.min()
copied = [
    rate_label(rate) for rate in second.index.intersection(first.index) if second.loc[rate].equals(first.loc[rate])
]
repeat = abs(first.accuracy[1e-3] - second.accuracy[1e-3])
share = second.accuracy.mean() / 100
image_sd = 100 * math.sqrt(share * (1 - share) / SPECS["byclass"].test_size)
by_images = expected_range(len(second)) * image_sd
by_repeat = expected_range(len(second)) * repeat / expected_range(2)
say(
    f"All {len(second)} rows lie within {span:.2f} points. How far would {len(second)} rows lie apart if the rate made no "
    f"difference at all? By the chance of the test images, if each row had its own, {by_images:.2f} points on average "
    f"{cite('tippett1925')}. But the rows share their images, and this chance moves them mostly together, so it sets them "
    "less far apart than that. There is also the chance of training, and the report happens to show it. Its row "
    f"{listed(copied)} is the same in both passes to the last digit of its seconds, so it was copied; but it trained anew "
    f"at 1e-3, with {first.accuracy[1e-3]:.2f} % and {second.accuracy[1e-3]:.2f} %. If two trainings of one recipe usually "
    f"differ by {repeat:.2f} points, {len(second)} of them spread by {by_repeat:.2f}, and the report's spread by "
    f"{span:.2f}. One pair is a poor estimate, but by it the second pass cannot be told from noise."
)

# %% [markdown]
# ## Can ours see more?
#
# The same ten rates here, each compared with the one that is best on validation.

# %% tags=["hide-input"]
found = comparison.compare({label: runs[label] for label in steps_of_tenths})
table(
    comparison.comparison_table(found), "The rates of the second pass, compared on test images", "table-rates-compared"
)
say(comparison.comparison_note(found))

# %% tags=["hide-input"]
reference = next(iter(found.values())).second
worse = [label for label, one in found.items() if one.better == reference]
if worse:
    say(
        f"{listed(worse)} answer{'s' * (len(worse) == 1)} fewer images rightly than {reference}. "
        + (
            "All of these are smaller rates, and in so short a training that is no wonder: see their training accuracy "
            "above. It is not the plain of equal rates that the report found after a long one."
            if recipe.schedule == "cosine" and all(rates[label] < rates[reference] for label in worse)
            else "So within this range the rate does matter here."
        )
    )
else:
    say(
        f"None of them can be told from {reference}: here, too, the rate makes no difference that is seen within this range."
    )

# %% [markdown]
# ## Choosing on the test set flatters
#
# Whoever tries many rates and reports the best *test* accuracy reports some luck with it. The report does not say on
# which images its rate was chosen. Here the choice is made on validation images, and the table shows what the other way
# would have added.

# %% tags=["hide-input"]
rows, extra = [], {}
for title, labels in (
    ("all rates", list(by_rate)),
    ("first pass", powers),
    ("second pass", steps_of_tenths),
):
    test = {label: tables.accuracy(runs[label]) for label in labels}
    honest = best_on_validation({label: runs[label] for label in labels})
    lucky = max(test, key=lambda label: test[label].value)
    extra[title] = 100 * (test[lucky].value - test[honest].value)
    rows.append(
        {
            "chosen among": title,
            "best on validation": honest,
            "its test accuracy": tables.percent(test[honest]),
            "best on test": lucky,
            "its own": tables.percent(test[lucky]),
            "flatters by": f"{extra[title]:.2f}",
        }
    )
table(
    pd.DataFrame(rows),
    "Test accuracy in per cent of the rate that validation would choose, and of that which the test images would choose; "
    "the last column is their difference in points. After ± stands half of the 95 % interval, as above",
    "table-flattery",
)
agree = all(row["best on validation"] == row["best on test"] for row in rows)
ends = rates[best] in (min(rates.values()), max(rates.values()))
final = reported.load("models").accuracy["Residual CNN"]
say(
    ("Here both ways choose the same rate each time. " if agree else "")
    + (
        f"The best of all on validation, {best}, lies outside the range of the second pass"
        + (", at the end of the rates that were tried. " if ends else ". ")
        if best not in steps_of_tenths
        else ""
    )
    + f"\n\nIn the report, the chance of training alone, as its two trainings at 1e-3 show it, would make the best of "
    f"{len(second)} equally good rates seem {by_repeat / 2:.2f} points better than it is. "
    f"Its table of models has the fine-tuned network at {final:.2f} %, while the best row of the second pass has "
    f"{second.accuracy.max():.2f} %. It does not say which settings became the final ones; if they were those of that row, "
    "such chance is enough for the fall."
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
claims.add(
    "No row of the report's second pass differs from its best by more than the test images alone could explain.",
    not rows_of_report["exceeds"].any(),
    f"{span:.2f} points at most, the interval is ± {rows_of_report['half-width'].max():.2f}",
)
small = comparison.compare_pairs(runs, [("1e-3", "1e-5"), ("1e-3", "1e-6")])
claims.add(
    "The power of ten does matter: 1e-5 and 1e-6 answer fewer images rightly than 1e-3.",
    all(one.better == "1e-3" for one in small.values()),
    "; ".join(f"1e-3 less {one.second}: {one.evidence}" for one in small.values()),
)
claims.add(
    "The smallest rate has not even learned its training images as the best one has.",
    training["1e-6"] < training[best],
    f"{training['1e-6']:.1f} % of them at 1e-6, {training[best]:.1f} % at {rate_label(rates[best])}",
)
if recipe.schedule == "cosine":
    claims.add(
        "In this short training the best rate is larger than the best of the report.",
        rates[best] > second.accuracy.idxmax(),
        f"{rate_label(rates[best])} on validation here, {rate_label(second.accuracy.idxmax())} there",
    )
choices = rows[0]["best on test"], rows[0]["best on validation"]
flattered = comparison.compare_pairs(by_rate, [choices])[choices] if choices[0] != choices[1] else None
claims.add(
    "Choosing among all rates on the test images would have flattered by no more than chance.",
    flattered is None or flattered.better is None,
    flattered.evidence if flattered else f"both ways choose {choices[0]}",
)
claims.show()

# %% tags=["hide-input"]
seeds = min(len(group) for group in runs.values())
say(
    "How sure is this? "
    + (
        "Every rate was trained with one seed. Between neighbours the chance of training, which one seed does not show, "
        "may be larger than what the rate does."
        if seeds == 1
        else f"Every rate was trained with {seeds} seeds, which show the chance of training only roughly."
    )
    + (
        f" The best rate, {rate_label(rates[best])}, is at the end of those that were tried, so a better one may lie beyond."
        if ends
        else ""
    )
)
say(
    "The lesson for a search is old: go by powers of ten or three until the best rate is not the last one tried, and only "
    "then in finer steps, for as long as neighbours can be told apart. "
    + (
        f"Here the fine steps from {steps_of_tenths[0]} to {steps_of_tenths[-1]} climb a slope whose top is elsewhere. "
        if best not in steps_of_tenths
        else ""
    )
    + "Where neighbours cannot be told apart, more seeds or more data tell more than more rates."
)

# %% [markdown]
# ## Try it yourself
#
# With larger batches there are fewer steps in an epoch, each with less noise. Does the best rate move?
#
# ```python
# from emnist_utils import data, studies
# from emnist_utils.training.fit import train
# from emnist_utils.training.recipe import Recipe
#
# base = studies.study("learning-rates").recipes(studies.profile("smoke"))["base"][0]
# for batch in (10, 62):
#     for rate in (1e-3, 3e-3, 1e-2):
#         changes = {"batch": batch, "learning_rate": rate, "epochs": 2}
#         recipe = Recipe.create(**(base.model_dump() | changes))
#         record, predictions = train(recipe, data.load(recipe.dataset))
#         print(batch, rate, record.test.accuracy)
# ```
