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
# # Optimizer
#
# **Which optimizer is best, and is it the optimizer or its rate that wins?** The 2024 report trained one network with
# seven optimizers. RMSprop, Adam, Adamax and Nadam came out ahead of both kinds of SGD, and Adagrad last. It says no
# learning rate, so each optimizer probably had the default of its library. This chapter repeats that, and then gives
# each optimizer a rate of its own.

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
from emnist_utils.report.function_figures import optimizer_paths
from emnist_utils.report.markdown import cite, say, table
from emnist_utils.report.optimizer_rates import optimizer_rates
from emnist_utils.report.rate_figures import accuracy_by_rate, default_and_tuned
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.report.selection import best_on_validation, validation_accuracy
from emnist_utils.statistics import difference_of_shares, rank_agreement

style.use()

# %% tags=["hide-input"]
runs = runner.records("optimizers", profile)
published = runner.published("optimizers", studies.PUBLISHED)
report = reported.load("optimizers")
rates = optimizer_rates(runs)
ladders, defaults, tuned = rates.ladders, rates.defaults, rates.tuned
about_runs(profile, runs, studies.PUBLISHED, published)

# %% tags=["hide-input"]
from emnist_utils.report.answers.optimizer import in_short

in_short(runs).show()

# %% [markdown]
# ## Seven ways to use a gradient
#
# The {term}`gradient` $g$ says how the {term}`loss` changes with each weight $\theta$. An optimizer turns it into a
# step; $\eta$ is the learning rate. All operations are element by element, all constants are Keras' defaults but for
# the {term}`momentum`
# $\mu = 0.9$, and $\epsilon = 10^{-7}$ keeps the divisions finite.
#
# | optimizer | what it remembers | its step |
# |:--|:--|:--|
# | SGD {cite}`robbins1951` | nothing | $\theta \leftarrow \theta - \eta\, g$ |
# | SGD (Nesterov) {cite}`nesterov1983,sutskever2013` | $v \leftarrow \mu v - \eta\, g$ | $\theta \leftarrow \theta + \mu v - \eta\, g$ |
# | Adagrad {cite}`duchi2011` | $a \leftarrow a + g^2$, from 0.1 | $\theta \leftarrow \theta - \eta\, g / \sqrt{a + \epsilon}$ |
# | RMSprop {cite}`tieleman2012` | $a \leftarrow 0.9\, a + 0.1\, g^2$ | $\theta \leftarrow \theta - \eta\, g / \sqrt{a + \epsilon}$ |
# | Adam {cite}`kingma2015` | $m \leftarrow 0.9\, m + 0.1\, g$ and $a \leftarrow 0.999\, a + 0.001\, g^2$ | $\theta \leftarrow \theta - \eta\, \hat m / (\sqrt{\hat a} + \epsilon)$ |
# | Adamax {cite}`kingma2015` | $m$ as Adam, $u \leftarrow \max(0.999\, u, \lvert g \rvert)$ | $\theta \leftarrow \theta - \eta\, \hat m / (u + \epsilon)$ |
# | Nadam {cite}`dozat2016` | $m$ and $a$ as Adam | as Adam, with the next step's $\hat m$ guessed from $g$, as Nesterov does |
#
# The hats undo that $m$ and $a$ start at zero: $\hat m = m / (1 - 0.9^t)$ and $\hat a = a / (1 - 0.999^t)$ in step $t$.
#
# Two things follow. **Rates of different optimizers are on different scales.** The step of SGD, with momentum or
# without, grows with the gradient. RMSprop, Adam, Adamax and Nadam divide by the gradient's usual size, so that for
# them $\eta$ is close to the change of each weight in a step. Whoever gives each its library's default compares these
# defaults, too. **Adagrad divides by the root of a sum that only grows,** so its rate for each weight only shrinks:
# like $\eta / \sqrt t$ while gradients keep their size. {numref}`figure-optimizer-paths` shows how unequally far the
# defaults lead, even where there is no noise.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "32 steps of each optimizer down a valley that is twelve times as curved across as along, with exact gradients, at Keras' default rate and at ten times that. The two rates stand below each name.", "name": "figure-optimizer-paths"}, "image": {"alt": "Seven small maps of one valley. In each, a path at the default rate and one at ten times that lead from the left towards the minimum in the middle; most paths at the default rate end early, those at the tenfold rate get further or swing across the valley."}}
optimizer_paths({kind: name for name, (kind, _, _) in studies.OPTIMIZERS.items()})

# %% [markdown]
# ## At the default rates

# %% tags=["hide-input"]
base = runs[defaults["Adam"]][0]
steps = math.ceil(base.data.train / base.recipe.batch) * base.recipe.epochs
theirs = reported.most_steps()
schedules = {
    "cosine": "Each rate below is the peak of one cosine cycle: it is reached after a fifth of the steps and falls to "
    "zero, so that its mean is half of it. The report held the rate and halved it when validation loss stalled. So a "
    f"default is a gentler thing here. And it has {steps:,} steps to get anywhere; the report allowed up to "
    f"{theirs:,}. Both make small rates look worse than they did there.",
    "plateau": "Each rate below is where training starts. As in the report, it is halved when validation loss stalls, "
    f"and training may stop before its {steps:,} steps are done.",
}
say(schedules[base.recipe.schedule])

# %% tags=["hide-input"]
frame = comparison.accuracy_table(
    {name: runs[label] for name, label in defaults.items()},
    "optimizer",
    report,
    {name: published[label] for name, label in defaults.items() if label in published},
).drop(columns="balanced accuracy")
frame.insert(1, "rate", [label.rpartition(", ")[2] for label in defaults.values()])
table(
    frame,
    "Each optimizer at Keras' default rate, as probably in the report. Accuracy and macro-F1 on test images in per cent, "
    "with half of the accuracy's 95 % interval: with one seed that of the test images, with several that of the seeds. "
    "Loss is the cross-entropy in nats",
    "table-optimizers-default",
)

# %% tags=["hide-input"]
n = SPECS["byclass"].test_size
right = {name: round(report.accuracy[name] / 100 * n) for name in ("SGD (Nesterov)", "SGD")}
nesterov = difference_of_shares(right["SGD (Nesterov)"], right["SGD"], n)
say(
    "One row of the report deserves a second look. Its SGD with Nesterov's momentum is only "
    f"{100 * nesterov.value:.2f} points better than without, and the chance of {n:,} test images alone makes a "
    f"difference of two such rows uncertain by about {100 * (nesterov.high - nesterov.value):.2f}. In Keras, momentum "
    "is 0 unless it is given, and without momentum Nesterov's method *is* plain SGD. The report does not say that it "
    "gave one. Here momentum is 0.9."
)

# %% [markdown]
# ## Each optimizer at its own rate
#
# Each optimizer is also tried at higher rates (RMSprop at a lower one, too), in steps of about three. The rate with the
# best accuracy on {term}`validation images` is chosen. The test images take no part in it.

# %% tags=["hide-input"] records=["optimizers"] mystnb={"figure": {"caption": "Accuracy against the learning rate, which has a logarithmic axis. Bars are 95 % intervals of the test accuracy, over the seeds where there are several. The diamond is the rate that validation chose, the dotted line Keras' default.", "name": "figure-accuracy-by-rate"}, "image": {"alt": "Seven small line charts on common axes, one for each optimizer, of test and validation accuracy against the learning rate, with the default rate as a dotted line and the chosen rate as a diamond."}}
accuracy_by_rate(ladders, defaults)

# %% tags=["hide-input"]
elsewhere = {}
for name, ladder in ladders.items():
    theirs = {label: published[label] for label in ladder if label in published}
    if len(theirs) == len(ladder):
        elsewhere[name] = theirs[best_on_validation(theirs)]
frame = comparison.accuracy_table(
    {name: runs[label] for name, label in tuned.items()}, "optimizer", published=elsewhere
)
frame = frame.drop(columns=["balanced accuracy", "macro-F1"])
for place, (heading, column) in enumerate(
    {
        "default": [label.rpartition(", ")[2] for label in defaults.values()],
        "chosen": [label.rpartition(", ")[2] for label in tuned.values()],
        "rung": [f"{list(ladders[name]).index(label) + 1}/{len(ladders[name])}" for name, label in tuned.items()],
        "validation": [f"{100 * validation_accuracy(runs[label]):.2f}" for label in tuned.values()],
    }.items(),
    start=1,
):
    frame.insert(place, heading, column)
table(
    frame,
    "Each optimizer at the rate that was best on validation"
    + (", published ones at that which was best there" if "published: accuracy" in frame else "")
    + ". The first rung is the lowest rate; accuracies in per cent, as above",
    "table-optimizers-tuned",
)

# %% tags=["hide-input"]
edge = rates.at_the_edge
at_the_edge = "every optimizer" if len(edge) == len(tuned) else ", ".join(edge)
say(
    f"For {at_the_edge} the chosen rate is at the end of the "
    "ladder, so a better one may lie beyond it: what such a row shows is the least that tuning brings."
    if edge
    else "No chosen rate is at the end of its ladder, so the best one is likely near it."
)

# %% [markdown]
# ## Learning curves

# %% tags=["hide-input"] records=["optimizers"] mystnb={"figure": {"caption": "Loss and accuracy by epoch at the default rate and at the chosen one, which stand below each name in this order. Training values are averages taken while the epoch runs, so they lag behind. Lines are means over the seeds.", "name": "figure-optimizer-curves"}, "image": {"alt": "For each of seven optimizers a chart of loss above one of accuracy by epoch, with solid validation and dashed training lines at the default rate and at the chosen one."}}
default_and_tuned({name: (runs[label], runs[tuned[name]]) for name, label in defaults.items()})

# %% [markdown]
# ## Does the report's order survive?
#
# Two orders of seven rows have 21 pairs of rows to agree on. Kendall's $\tau$ {cite}`kendall1938` is 1 if they agree on
# all, -1 if on none, and about 0 if the orders have nothing to do with each other.

# %% tags=["hide-input"]
accuracies = pd.DataFrame(
    {
        "report": report.accuracy,
        "default": {name: 100 * tables.accuracy(runs[label]).value for name, label in defaults.items()},
        "chosen": {name: 100 * tables.accuracy(runs[label]).value for name, label in tuned.items()},
    }
).loc[list(defaults)]
ranks = accuracies.rank(ascending=False, method="min").astype(int).sort_values("report")
table(
    ranks.rename_axis("optimizer")
    .rename(columns={"default": "here, default rates", "chosen": "here, chosen rates"})
    .astype(str)
    .reset_index(),
    "Places by test accuracy, 1 for the best; equal accuracies share a place",
    "table-optimizers-order",
)
agreement = {
    name: rank_agreement(accuracies[first], accuracies[second])
    for name, first, second in (
        ("the report and our default rates", "report", "default"),
        ("the report and our chosen rates", "report", "chosen"),
        ("our default and our chosen rates", "default", "chosen"),
    )
}
say(
    "\n".join(
        f"- {name}: {found.same} of {found.pairs} pairs in the same order, $\\tau$ = {found.tau:.2f}, "
        + comparison.beside_chance(found)
        for name, found in agreement.items()
    )
)
spread = accuracies.max() - accuracies.min()
*_, ours = agreement.values()
survives = [
    f"{name} rates"
    for name, one in zip(("default", "chosen"), agreement.values(), strict=False)
    if comparison.agrees(one)
]
say(
    (
        f"So it does at our {' and at our '.join(survives)}. "
        if survives
        else "So it does not: neither of our orders agrees with the report's by more than chance gives. "
    )
    + f"From the first place to the last it is {spread['report']:.2f} points in the report, {spread['default']:.2f} "
    f"here at the default rates and {spread['chosen']:.2f} at the chosen ones. Rates of their own "
    f"{'close most of the gaps' if spread['chosen'] < spread['default'] / 2 else 'leave most of the gaps'} and "
    f"{'hardly touch' if comparison.agrees(ours) else 'do change'} our order: {ours.same} of its {ours.pairs} "
    "pairs stay as they were."
)

# %% tags=["hide-input"]
differences = reported_differences()
apart = differences[(differences["table"] == "optimizers") & differences["exceeds"]]["row"]
together = [name for name in ranks.index if name not in set(apart)]
say(
    f"The report's own order is less certain than it looks. Its first {len(together)} rows, {', '.join(together)}, are "
    f"closer to each other than the chance of the test images could set two equal networks {cite('newcombe1998')}. Only "
    f"{', '.join(apart)} are further from the best than that, and those are the rows to explain."
)

# %% [markdown]
# ## What each costs

# %% tags=["hide-input"]
at_default = {name: runs[label] for name, label in defaults.items()}
table(
    comparison.cost_table(at_default, "optimizer", report),
    "Time of training at the default rates",
    "table-optimizers-cost",
)
longest = report.seconds.sort_values().iloc[-3:]
say(
    f"{comparison.timing_note(at_default)} All rows of the report train one network, and yet its longest training took "
    f"{report.seconds.max() / report.seconds.min():.1f} times its shortest. What differs is above all how many epochs "
    f"went by before early stopping. Its three longest, {', '.join(longest.index)}, took almost the same time "
    f"({longest.min():,.0f} to {longest.max():,.0f} s), as if the limit of 50 epochs had ended them. If so, they were "
    "still learning: another sign that their rates were too small."
)

# %% [markdown]
# ## Are the differences real?
#
# First what a rate of its own brings to each optimizer, and what momentum brings to SGD at the default rate and at the
# chosen ones. Then each optimizer at its chosen rate against the best of them, which validation names.

# %% tags=["hide-input"]
gains, momentum, momentum_tuned, against_adam = rates.gains, rates.momentum, rates.momentum_tuned, rates.against_adam
found = comparison.compare_pairs(runs, rates.pairs)
table(comparison.comparison_table(found), "What the rate and momentum change, on test images", "table-optimizers-rate")
say(comparison.comparison_note(found))
tenfold = f"SGD, {studies.rate_label(10 * studies.OPTIMIZERS['SGD'][1])}"
say(
    f"At one rate for both, momentum changes SGD's accuracy by {100 * found[momentum].difference.value:+.2f} points. "
    "But with momentum 0.9 past gradients add up to ten times as long a step, so this measures the rate above all. "
    f"Without momentum, *{tenfold}* has {tables.percent(tables.accuracy(runs[tenfold]))} %; with it, *{momentum[0]}* has "
    f"{tables.percent(tables.accuracy(runs[momentum[0]]))} %. At the chosen rates the difference is "
    f"{100 * found[momentum_tuned].difference.value:+.2f} points."
)

# %% tags=["hide-input"]
best = best_on_validation({label: runs[label] for label in tuned.values()})
at_best = comparison.compare_pairs(runs, [(label, best) for label in tuned.values() if label != best])
table(
    comparison.comparison_table(at_best),
    "Each optimizer at its chosen rate, compared with the best on validation",
    "table-optimizers-compared",
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
claims.add(
    "In the report itself, RMSprop, Adam, Adamax and Nadam cannot be told apart.",
    {"RMSprop", "Adam", "Adamax", "Nadam"} <= set(together),
    f"beyond the interval of the test images: {', '.join(apart)}",
)
losers = ("SGD", "SGD (Nesterov)", "Adagrad")
helped = [name for name in losers if name in gains and found[gains[name]].better == tuned[name]]
claims.add(
    "A rate of its own helps each of the three that came last in the report.",
    len(helped) == len(losers),
    "; ".join(
        f"{name} {found[gains[name]].evidence}" if name in gains else f"{name} keeps its default" for name in losers
    ),
)
claims.add(
    "At chosen rates first and last are less than half as far apart as at the default rates.",
    spread["chosen"] < spread["default"] / 2,
    f"{spread['chosen']:.2f} after {spread['default']:.2f} points",
)
both_tuned = at_best.get((tuned["SGD (Nesterov)"], tuned["Adam"]))
claims.add(
    "Tuned SGD with momentum is not behind untuned Adam. In the report, where probably neither was tuned, it was.",
    found[against_adam].better != defaults["Adam"],
    found[against_adam].evidence
    + (f"; both tuned, {'' if both_tuned.better else 'no difference: '}{both_tuned.evidence}" if both_tuned else ""),
)
claims.add(
    "Momentum of 0.9 brings SGD something at chosen rates too, but less than half of what it seems to bring at the "
    "default one.",
    found[momentum_tuned].better == momentum_tuned[0]
    and found[momentum_tuned].difference.value < found[momentum].difference.value / 2,
    f"{found[momentum_tuned].evidence}, after {100 * found[momentum].difference.value:+.2f}",
)
claims.show()

# %% tags=["hide-input"]
say(
    "So the report's table answers the question which *default* suits this network and this length of training. It "
    "does not rank optimizers. On larger tasks others found that their order follows how well each was tuned "
    f"{cite('choi2019')}; here a rate of its own for each left {ours.same} of {ours.pairs} pairs in their order. But "
    "only the rate was tuned. Momentum and the other constants stayed as they are"
    + (f", and for {at_the_edge} a longer ladder could bring more." if edge else ".")
)

# %% tags=["hide-input"]
seeds = min(len(group) for group in runs.values())
say(
    "How sure is this? Every row was trained with one seed, so that a row's place is that of one network, and another "
    "seed may give neighbours another order. Only gaps much larger than the intervals can be trusted."
    if seeds == 1
    else f"How sure is this? Every row was trained with {seeds} seeds, which show the chance of training only roughly. "
    "Where a comparison says that no difference is seen, there may be a small one."
)
if edge:
    say(
        f"And for {at_the_edge} the best rate may lie beyond those tried, so the accuracies at chosen rates, and their "
        "order, are not final."
    )

# %% [markdown]
# ## Try it yourself
#
# SGD's ladder ends below the rate at which training falls apart. Where is that? Go on up from its last rung until an
# error says that the loss is no longer a number:
#
# ```python
# from emnist_utils import data, studies
# from emnist_utils.training.fit import train
# from emnist_utils.training.recipe import Recipe
#
# base = studies.study("optimizers").recipes(studies.profile("smoke"))["SGD, 1e0"][0]
# for rate in (1.0, 1.5, 2.0, 3.0):
#     recipe = Recipe.create(**(base.model_dump() | {"learning_rate": rate, "epochs": 4}))
#     record, predictions = train(recipe, data.load(recipe.dataset))
#     print(rate, record.test)
# ```
