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
# # Class weights, focal loss and regularisation
#
# **Can another loss help where {term}`cross-entropy` fails?** The 2024 report tried two that were made for uneven data.
# Class weights, it says, "were too strong and {term}`over-fitted <over-fitting>` the minority classes"; focal loss "did
# not help". Both sentences deserve a closer look. What the report left for the future is tried here as well: other ways
# to balance the classes, and regularisation.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import itertools

import numpy as np
import pandas as pd

from emnist_utils import reported, results, runner, studies
from emnist_utils.data.specs import LOOK_ALIKES, SPECS
from emnist_utils.published import snapshot_of
from emnist_utils.report import class_balance, comparison, style, tables
from emnist_utils.report.accuracy_panels import accuracy_panels
from emnist_utils.report.augmentation_figures import augmented_sheet
from emnist_utils.report.banner import about_runs, say_width
from emnist_utils.report.calibration import overconfidence, reliability_diagram
from emnist_utils.report.claims import Claims
from emnist_utils.report.function_figures import loss_curves
from emnist_utils.report.markdown import say, table
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.report.selection import training_accuracy, validation_accuracy
from emnist_utils.training.fit import rows_of

style.use()

# %% tags=["hide-input"]
names = ("class-balance", "focal-loss", "regularisation")
balance, focal, regular = (runner.records(name, profile) for name in names)
old_balance, old_focal, old_regular = (runner.published(name, studies.PUBLISHED) for name in names)
report = reported.load("losses")
about_runs(
    profile,
    {**balance, **focal, **regular},
    studies.PUBLISHED,
    {**old_balance, **old_focal, **old_regular},
)

# %% tags=["hide-input"]
from emnist_utils.report.answers.losses import in_short

in_short(balance, focal, regular).show()

# %% tags=["hide-input"]
say_width(balance["cross-entropy"][0].recipe)

# %% [markdown]
# ## Five ways to balance the classes
#
# Class $c$ has $n_c$ of the $n$ training images, and there are $C$ classes. A weight $w_c$ multiplies the loss of each
# of its images; all weights here are scaled so that the mean image has the weight 1.
#
# - **{term}`Class weights <class weight>`** are inverse to the count, $w_c = n / (C\,n_c)$ {cite}`king2001`: each class
#   counts as much as any other. The report does not say which weights it took; this is the usual choice.
# - **Square root**: $w_c \propto 1 / \sqrt{n_c}$, a way between inverse weights and none; known from sampling
#   {cite}`kang2020`.
# - **Effective number**: $w_c \propto (1 - \beta) / (1 - \beta^{n_c})$ with $\beta = 0.999$ {cite}`cui2019`. It supposes
#   that from about $1 / (1 - \beta) = 1000$ images on, further ones bring little that is new.
# - **Balanced sampling** leaves the loss alone, and draws each class equally often {cite}`kang2020`.
# - **Logit adjustment** adds $\log(n_c / n)$ to the {term}`score <logit>` of each class in training, and leaves it out
#   in the test {cite}`menon2021`. The network need not learn how common a class is, so without the addition it does not
#   know.

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "What an image counts for in training, against the number of training images of its class. Four classes are named. Balanced sampling does not weigh an image; it draws it as often, on average, as the line says.", "name": "figure-class-weights"}, "image": {"alt": "Line chart with logarithmic axes: weights fall with the number of images, steeply for inverse counts, half as steeply for the square root."}}
images, byclass = snapshot_of(profile), SPECS["byclass"]
classes = byclass.classes
plain, weighted = balance["cross-entropy"], balance["class weights"]
labels = images.labels["byclass", "train"]
trained = labels[rows_of(plain[0].recipe, labels, images.labels["byclass", "test"])[0]]
weights = class_balance.weights_by_class(trained, classes)
class_balance.weights_against_counts(weights, ("j", "o", "O", "0"))

# %% tags=["hide-input"]
official = class_balance.weights_by_class(np.repeat(np.arange(len(classes)), byclass.train_counts), classes)
rare, common = weights["images"].idxmin(), weights["images"].idxmax()
table(
    pd.DataFrame(
        [
            {
                "weights": name,
                f"an image of {rare}": f"{weights[scheme][rare]:.2f}",
                f"an image of {common}": f"{weights[scheme][common]:.2f}",
                "ratio here": f"{weights[scheme][rare] / weights[scheme][common]:.1f}",
                "ratio on all of ByClass": f"{official[scheme].max() / official[scheme].min():.1f}",
            }
            for name, scheme in (
                ("inverse counts", "inverse"),
                ("square root", "square-root"),
                ("effective number", "effective-number"),
            )
        ]
    ),
    f"Weights of the rarest class, {rare} ({weights['images'][rare]:,} training images here), and of the commonest, "
    f"{common} ({weights['images'][common]:,})",
    "table-class-weights",
)
unseen = (1 - weights["inverse"][common] / len(trained)) ** len(trained)
say(
    f"The last scheme depends on the amount of data most: {official['effective-number'].max():.2f} is its heaviest "
    f"weight on all of ByClass, {weights['effective-number'].max():.2f} here. An epoch of balanced sampling shows each "
    f"image of {rare} {weights['inverse'][rare]:.1f} times on average, and leaves out {100 * unseen:.0f} % of the images "
    f"of {common}."
)

# %% [markdown]
# ## What they do
#
# Accuracy asks how many test images are answered rightly, so common classes decide it.
# {term}`Balanced accuracy <balanced accuracy>` is the mean of the classes' {term}`recalls <recall>`, and
# {term}`macro-F1 <F1>` that of their F1: there a rare class counts as much as a common one. After ± stands half of the
# 95 % interval: with one {term}`seed` that of the test images, with several that of the seeds.

# %% tags=["hide-input"]
scores = comparison.accuracy_table(balance, "trained with", report, old_balance)
balanced = {label: class_balance.balanced_accuracy(runs) for label, runs in balance.items()}
scores["balanced accuracy"] = [tables.percent(found) for found in balanced.values()]
table(
    scores,
    "Ways to balance the classes: accuracy, macro-F1 and balanced accuracy in the test (per cent), and cross-entropy in "
    "the test (nats). The report gives no number for its class weights",
    "table-balance",
)

# %% tags=["hide-input"]
same_aim = ("class weights", "balanced sampling", "logit adjustment")
between = {
    (label, other): class_balance.change(balance[label], balance[other], class_balance.balanced_accuracy)
    for label, other in itertools.permutations(same_aim, 2)
}
apart = [
    label
    for label in same_aim
    if all(change.low > 0 or change.high < 0 for (first, _), change in between.items() if first == label)
]
say(
    f"{', '.join(same_aim[:-1]).capitalize()} and {same_aim[-1]} have one aim: classes that are equally common. They "
    f"reach a balanced accuracy of {', '.join(f'{100 * balanced[label].value:.1f}' for label in same_aim)} %, and "
    f"cross-entropy {100 * balanced['cross-entropy'].value:.1f} %. "
    + (
        f"By the intervals of their differences {' and '.join(apart)} differ{'s' * (len(apart) == 1)} from the others. "
        if apart
        else "The intervals of their differences do not tell them apart. "
    )
    + (
        "The reason is probably repetition: to have all classes equally often, it shows the same few images of a rare class "
        f"many times in an epoch, those of {rare} {weights['inverse'][rare]:.1f} times, and sees fewer different images of "
        "the common ones. The other two show each image once."
        if apart == ["balanced sampling"] and apart[0] == min(same_aim, key=lambda label: balanced[label].value)
        else ""
    )
)

# %% [markdown]
# Weighted losses are on scales of their own, so the curves below are of accuracy.

# %% tags=["hide-input"] records=["class-balance"] mystnb={"figure": {"caption": "Accuracy by epoch, on ByClass: each way to balance the classes, beside plain cross-entropy in grey. With balanced sampling, training accuracy is that on balanced images. Lines are means over the seeds.", "name": "figure-balance-curves"}, "image": {"alt": "Five small line charts of accuracy by epoch, each with one way to balance the classes beside cross-entropy."}}
accuracy_panels(
    {label: {"balanced": runs} for label, runs in balance.items() if label != "cross-entropy"},
    {"cross-entropy": plain},
)

# %% [markdown]
# ## Did class weights over-fit the rare classes?
#
# A network that over-fits a class answers its training images better than new ones. So over-fitting shows in recall on
# training images beside recall on test images, and the first is not measured here. What the test images show is this:

# %% tags=["hide-input"] records=["class-balance"] mystnb={"figure": {"caption": "What class weights change for each class, against its number of training images: recall (how many of its images are found) and precision (how many answers of that class are right). Look-alikes are orange. A class that one of the two recipes never answers has no precision and is left out. Answers of all seeds are counted together.", "name": "figure-recall-precision"}, "image": {"alt": "Two scatter charts with a character for each class: change of recall and change of precision in points, against training images."}}
before, after = class_balance.by_class(plain, classes), class_balance.by_class(weighted, classes)
look_alikes = [character for group in LOOK_ALIKES[:3] for character in group]
class_balance.recall_and_precision(before, after, weights["images"], look_alikes)

# %% tags=["hide-input"]
thirds = {label: class_balance.by_commonness(runs, weights["images"].to_numpy()) for label, runs in balance.items()}
rarest = {label: found.loc["rarest"] for label, found in thirds.items()}
commonest = {label: found.loc["commonest"] for label, found in thirds.items()}


def share(interval):
    """Write a share that may not be there: nothing answered has no precision."""
    return tables.NOTHING if np.isnan(interval.value) else tables.percent(interval)


table(
    pd.DataFrame(
        [
            {
                "trained with": label,
                "rarest: recall": share(rarest[label]["recall"]),
                "precision": share(rarest[label]["precision"]),
                "answers per image": f"{rarest[label]['answers per image']:.2f}",
                "commonest: recall": share(commonest[label]["recall"]),
            }
            for label in balance
        ]
    ),
    "The rarest third of the classes in the test: share found, share of answers that are right (per cent, with half of the "
    "95 % interval, as above), and how often they are answered for each image that they have. Last, the share found of the "
    "commonest third",
    "table-thirds",
)


def found_of_the_rarest(runs):
    return class_balance.by_commonness(runs, weights["images"].to_numpy()).loc["rarest", "recall"]


more_found = class_balance.change(weighted, plain, found_of_the_rarest)
say(
    (
        "With class weights the rare classes are found more often among images that the network has never seen, so the "
        "weights were not useless. Whether they also over-fitted is not measured here. "
        + (
            "Falling precision is no sign of it: it follows, as rising recall does, from answering these classes more often. "
            if rarest["class weights"]["precision"].high < rarest["cross-entropy"]["precision"].low
            else ""
        )
        if more_found.low > 0
        else "Here class weights have not made networks find more of the rare classes, beyond chance. "
    )
    + f"With class weights they are answered {rarest['class weights']['answers per image']:.2f} times for each image that they "
    f"have, with plain cross-entropy {rarest['cross-entropy']['answers per image']:.2f} times."
)

# %% [markdown]
# The look-alikes show where the additional answers come from.

# %% tags=["hide-input"]
table(
    pd.DataFrame(
        [
            {
                "class": f"`{character}`",
                "training images": f"{weights['images'][character]:,}",
                "weight": f"{weights['inverse'][character]:.2f}",
                "recall: plain": tables.whole_percent(before["recall"][character]),
                "weighted": tables.whole_percent(after["recall"][character]),
                "precision: plain": tables.whole_percent(before["precision"][character]),
                "weighted ": tables.whole_percent(after["precision"][character]),
            }
            for character in look_alikes
        ]
    ),
    "Recall and precision (per cent) of classes that look alike, without and with class weights",
    "table-look-alikes",
)
as_letter = [100 * class_balance.share_answered(runs, classes, "0", ("O", "o")) for runs in (plain, weighted)]
say(
    f"An image of o weighs {weights['inverse']['o'] / weights['inverse']['0']:.0f} times as much as one of 0. Of the "
    f"test images of 0, plain cross-entropy answers {as_letter[0]:.0f} % as O or o, class weights {as_letter[1]:.0f} %."
)

# %% [markdown]
# ## A choice, not a flaw
#
# Take an image that may be a 0, an O or an o, with nothing in it that tells which. A network that has learnt how
# common each is answers 0, and is right most of the time. The weighted loss is least where a network answers
#
# $$\begin{aligned}
# &\arg\max_c\; w_c\,p(c \mid x) \\
# &\quad = \arg\max_c\,\bigl[\log p(c \mid x) + \log w_c\bigr].
# \end{aligned}$$
#
# With inverse weights this is the class that would be most probable if all classes were equally common. It maximises
# balanced accuracy. The test has the natural shares, and its accuracy rewards the network that knows them. So class
# weights were not too strong for what they are made for; they answer another question than the one that the report's
# accuracy asks.
#
# The second form says more: the same trade is to be had *after* training, by adding $\log w_c$ to the scores of a
# plain network {cite}`saerens2002,menon2021`. Then it can be chosen where the network is used, in any strength, and
# taken back. This is so for a network that has learnt the probabilities well. One that can memorise its training images
# feels weights the less the longer it trains {cite}`byrd2019`, and few steps with few heavy images are noisy.
#
# ## Focal loss
#
# With $p$ the probability that the network gives to the true class, {term}`focal loss` {cite}`lin2017` is
#
# $$-\alpha\,(1 - p)^{\gamma} \log p.$$
#
# For $\gamma = 0$ and $\alpha = 1$ it is cross-entropy. The larger $\gamma$, the less an image counts that is
# answered well. It was made for finding objects in photographs, where a thousand easy pieces of background drown one
# object. In EMNIST the hard images are often those that nobody could tell apart, and to insist on them teaches little.

# %% tags=["hide-input"] records=["code"] mystnb={"figure": {"caption": "Focal loss for several gammas, against the probability of the true class: the loss, the same on a logarithmic scale, and the size of its gradient with respect to the true class's score.", "name": "figure-focal"}, "image": {"alt": "Three line charts: with a larger gamma, loss and gradient fall faster as the probability of the true class rises."}}
loss_curves((0, 0.5, 1, 2, 3))

# %% [markdown]
# ### Why alpha cannot matter
#
# The report drew training curves for three gammas and three alphas. In its first use, with an object and a background
# as the two classes, alpha weighs one against the other. With one alpha for all 62 classes it is a factor on the
# whole loss. Losses of different alpha are therefore on different scales, which makes a small alpha look good; curves
# of accuracy are not misled. And Adam divides each step by the size of recent gradients {cite}`kingma2015`, so that the
# factor cancels, but for rounding and a tiny constant. With each seed the three alphas are one training three times
# over, and what lies between them is how rounding grows in training.

# %% tags=["hide-input"] records=["focal-loss"] mystnb={"figure": {"caption": "Accuracy by epoch for the gammas and alphas of the report, beside cross-entropy in grey. Lines are means over the seeds.", "name": "figure-focal-grid"}, "image": {"alt": "Three small line charts, one a gamma, each with a line for each of three alphas and one for cross-entropy."}}
gammas, alphas = (0.5, 0.75, 1.0), (0.15, 0.25, 0.35)
grid = {gamma: {alpha: focal[f"focal, gamma {gamma:g}, alpha {alpha:g}"] for alpha in alphas} for gamma in gammas}
accuracy_panels(
    {
        f"gamma {gamma:g}": {f"alpha {alpha:g}": runs for alpha, runs in by_alpha.items()}
        for gamma, by_alpha in grid.items()
    },
    {"cross-entropy": focal["cross-entropy"]},
)

# %% tags=["hide-input"]
accuracies = {
    gamma: {alpha: tables.accuracy(runs) for alpha, runs in by_alpha.items()} for gamma, by_alpha in grid.items()
}
spread = {
    gamma: max(found.value for found in by_alpha.values()) - min(found.value for found in by_alpha.values())
    for gamma, by_alpha in accuracies.items()
}
table(
    pd.DataFrame(
        [
            {"gamma": f"{gamma:g}"}
            | {f"alpha {alpha:g}": tables.percent(found) for alpha, found in by_alpha.items()}
            | {"largest difference": f"{100 * spread[gamma]:.2f}"}
            for gamma, by_alpha in accuracies.items()
        ]
    ),
    "Test accuracy with focal loss (per cent, with half of the 95 % interval, as above), and the largest difference between "
    "two alphas' accuracies (points)",
    "table-focal-grid",
)

# %% [markdown]
# ### Does gamma help?
#
# The report's table has gamma 1, 2 and 3, which it calls beta. It does not give alpha; here it is 1.

# %% tags=["hide-input"]
by_gamma = {label: focal[label] for label in report.index}
table(
    comparison.accuracy_table(
        by_gamma, "trained with", report, {label: old_focal[label] for label in by_gamma if label in old_focal}
    ),
    "Focal loss with alpha 1: accuracy, macro-F1 and balanced accuracy in the test (per cent), and cross-entropy in the "
    "test (nats), whatever the loss in training was",
    "table-focal",
)
costs = comparison.cost_table(by_gamma, "trained with", report)
table(
    costs,
    f"What training cost: {'epochs, and the seconds of each' if 's / epoch' in costs else 'the seconds that the report gives'}",
    "table-focal-costs",
)
losses = reported_differences().query("table == 'losses'").set_index("row")
beyond_chance = losses["exceeds"].sum()
cost = {label: -verdict.difference.value for label, verdict in comparison.compare(by_gamma, "cross-entropy").items()}
say(
    f"{comparison.timing_note(by_gamma)} The report's focal runs took "
    f"{report['seconds'].iloc[1:].mean() / report['seconds'].iloc[0]:.1f} times as long as the one with cross-entropy. It "
    "does not say whether that was more epochs or slower ones.\n\n"
    f"In the report, {'all three' if beyond_chance == 3 else f'{beyond_chance} of three'} gammas fell below cross-entropy "
    "by more than the chance of its test images explains; gamma 3 cost "
    f"{-losses['difference']['focal, gamma 3']:.2f} points. Here it cost "
    f"{100 * cost['focal, gamma 3']:.2f}; the verdicts further down say whether that is more than chance."
)

# %% [markdown]
# ### Where focal loss acts: confidence
#
# A network is {term}`calibrated <calibration>` if of the answers that it gives with 80 % confidence, 80 % are right
# {cite}`guo2017`. Cross-entropy is least for the true probabilities. Focal loss is not: the best network under it gives
# its answers lower probabilities than they have, though in the same order, so that in the long run its answers are no
# better either {cite}`charoenphakdee2021`.

# %% tags=["hide-input"] records=["focal-loss"] mystnb={"figure": {"caption": "How often answers of like confidence were right; above the diagonal a network is better than it says. Groups of fewer than 20 answers are left out; answers of all seeds are taken together.", "name": "figure-reliability"}, "image": {"alt": "Line chart of accuracy against confidence for cross-entropy and three gammas, with the diagonal."}}
answers = {label: [results.read_predictions(run) for run in runs] for label, runs in by_gamma.items()}
reliability_diagram(answers)

# %% tags=["hide-input"]
confidence = {label: np.mean([one.confidence.mean(dtype=float) for one in group]) for label, group in answers.items()}
over = {label: np.mean([overconfidence(one) for one in group]) for label, group in answers.items()}
table(
    pd.DataFrame(
        [
            {
                "trained with": label,
                "mean confidence": f"{100 * confidence[label]:.1f}",
                "accuracy": f"{100 * (confidence[label] - over[label]):.1f}",
                "confidence less accuracy": f"{100 * over[label]:+.1f}",
            }
            for label in by_gamma
        ]
    ),
    "Mean confidence in the test against accuracy (per cent)",
    "table-confidence",
)
nearest = min(over, key=lambda label: abs(over[label]))
least = next(label for label in by_gamma if label != "cross-entropy")
say(
    f"Nearest to its accuracy is the confidence of {nearest} here. "
    + (
        f"Cross-entropy is over-confident by {100 * over['cross-entropy']:.1f} points, so a loss that lowers confidence could "
        "mend it. "
        + (
            f"But focal loss overshoots: already *{least}* is further from its accuracy, on the other side."
            if over[least] < -over["cross-entropy"]
            else f"Here *{nearest}* does."
            if nearest != "cross-entropy"
            else "Here no gamma does."
        )
        if over["cross-entropy"] > 0
        else "Cross-entropy is not over-confident here, so there is nothing to mend by lowering confidence: networks "
        "become over-confident when they train long enough to know their training images."
    )
)

# %% [markdown]
# ## Regularisation
#
# What keeps a network from knowing its training images by heart? Four remedies, each alone, one of them in two strengths:
#
# - **{term}`Label smoothing <label smoothing>`** {cite}`szegedy2016`: the target is 0.9 for the true class, and 0.1 is
#   spread over all of them.
# - **{term}`Dropout <dropout>`** {cite}`srivastava2014`: in each step a random half of the units before the last layer
#   is off.
# - **{term}`Augmentation <augmentation>`** {cite}`simard2003`: each image is shifted by up to 2 pixels, turned by up to
#   10 degrees, and scaled and sheared by up to a tenth, anew each time; *slight* augmentation does half of that. Never
#   mirrored: a mirrored b is a d, and a mirrored p is a q.
# - **Shifts** are augmentation that only moves an image, by a whole pixel at most along each axis. All other changes read
#   grey levels between the pixels, which blurs the image anew; {doc}`01-dataset-analysis` tells why that may matter.

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Training images, and what the whole augmentation makes of them in four steps of training.", "name": "figure-augmentation"}, "image": {"alt": "A row of ten characters, and below it four rows of the same characters slightly shifted, turned, scaled and sheared."}}
samples = images.samples
first = [np.flatnonzero(samples.labels == classes.index(character))[0] for character in "247ABGbdpq"]
augmented_sheet(samples.images[first])

# %% tags=["hide-input"] records=["regularisation"] mystnb={"figure": {"caption": "Accuracy by epoch with each remedy, beside none in grey. Training accuracy is taken with dropout and augmentation on. Lines are means over the seeds.", "name": "figure-regularisation"}, "image": {"alt": "Five small line charts of accuracy by epoch: label smoothing, dropout, slight augmentation, augmentation and shifts, each beside no regularisation."}}
accuracy_panels(
    {label: {"with": runs} for label, runs in regular.items() if label != "none"},
    {"none": regular["none"]},
)

# %% tags=["hide-input"]
scores = comparison.accuracy_table(regular, "remedy", published=old_regular)
reached = {label: training_accuracy(runs) for label, runs in regular.items()}
gap = {label: reached[label] - validation_accuracy(runs) for label, runs in regular.items()}
scores.insert(1, "training", [f"{100 * reached[label]:.2f}" for label in regular])
scores.insert(2, "validation", [f"{100 * validation_accuracy(runs):.2f}" for runs in regular.values()])
scores.insert(3, "gap", [f"{100 * gap[label]:+.2f}" for label in regular])
table(
    scores.drop(columns=["balanced accuracy"]),
    "Remedies against over-fitting: accuracy in training and validation at the epoch that was kept, their gap, and what "
    "the test says (per cent; loss: cross-entropy in nats)",
    "table-regularisation",
)
say(
    f"Without a remedy the gap is {100 * gap['none']:+.1f} points here. "
    + (
        "That is over-fitting. What the remedies do about it is told below, with the other comparisons."
        if gap["none"] > 0.02
        else "That is little or no over-fitting, so there is little to cure at this budget; remedies show their worth where "
        "a network sees the same images many times."
    )
)

# %% [markdown]
# Training accuracy is an average over the epoch, while the network was still worse, and with dropout and augmentation
# it is measured under a handicap. So the gap is a hint. Over-fitting shows where it is far above zero. A remedy also
# slows learning down, so that in a short training it can cost more than it brings.
#
# ## Are the differences real?

# %% tags=["hide-input"]
everything = {**balance, **by_gamma, **{label: runs for label, runs in regular.items() if label != "none"}}
verdicts = comparison.compare(everything, "cross-entropy")
table(
    comparison.comparison_table(verdicts),
    "Test accuracy of each row of this chapter less that of plain cross-entropy",
    "table-loss-verdicts",
)
say(comparison.comparison_note(verdicts))
remedies = [label for label in regular if label != "none"]
closer = [label for label in remedies if gap[label] < gap["none"]]
ahead = [label for label in remedies if verdicts[label].better == label]
behind = [label for label in remedies if verdicts[label].better == "cross-entropy"]
say(
    f"{'All' if len(closer) == len(remedies) else f'{len(closer)} of the'} {len(remedies)} remedies against over-fitting make "
    "the gap to validation smaller. "
    + (
        f"More test images than without a remedy are answered rightly with {', '.join(ahead)}"
        if ahead
        else "None of them is seen to answer more test images rightly than no remedy"
    )
    + (f"; fewer are answered rightly with these: {', '.join(behind)}." if behind else ".")
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)


def risen(change):
    """Return whether a difference of two shares is above zero beyond its interval, and its numbers."""
    return change.low > 0, f"{tables.points(change)} points"


claims.add(
    "Class weights cost accuracy.",
    verdicts["class weights"].better == "cross-entropy",
    verdicts["class weights"].evidence,
)
for label in ("balanced sampling", "logit adjustment"):
    gain = class_balance.change(balance[label], plain, class_balance.balanced_accuracy)
    claims.add(f"{label.capitalize()} brings balanced accuracy.", *risen(gain))
claims.add(
    "With class weights more test images of the rare classes are found.",
    *risen(more_found),
)
claims.add(
    "They are answered too often: more often than they occur.",
    rarest["class weights"]["answers per image"] > 1 > rarest["cross-entropy"]["answers per image"],
    f"{rarest['class weights']['answers per image']:.2f} answers per image, "
    f"{rarest['cross-entropy']['answers per image']:.2f} without weights",
)
milder = ("class weights, square root", "class weights")
(trade,) = comparison.compare_pairs(balance, [milder]).values()
claims.add(
    "The square root is a milder trade: it costs less accuracy than inverse weights.",
    trade.better == trade.first,
    trade.evidence,
)
of_alphas = comparison.compare_pairs(
    focal,
    [
        (f"focal, gamma {gamma:g}, alpha {one:g}", f"focal, gamma {gamma:g}, alpha {other:g}")
        for gamma in gammas
        for one, other in itertools.combinations(alphas, 2)
    ],
)
claims.add(
    "For no gamma can any two of the three alphas be told apart.",
    not any(one.better for one in of_alphas.values()),
    "largest differences "
    + ", ".join(f"{100 * points:.2f}" for points in spread.values())
    + f" points, p {tables.p_value(min(one.p for one in of_alphas.values()), '= ')} at least, after Holm",
)
claims.add(
    "As the report says, focal loss does not help: no gamma answers more test images rightly than cross-entropy.",
    not any(verdicts[label].better == label for label in by_gamma if label in verdicts),
    "; ".join(f"{label}: {verdicts[label].evidence}" for label in by_gamma if label in verdicts),
)
claims.add(
    "The larger gamma, the less confident is the network.",
    all(high > low for high, low in itertools.pairwise(confidence.values())),
    "mean confidence " + ", ".join(f"{100 * value:.1f}" for value in confidence.values()) + " %",
)
claims.add(
    "Shifts by whole pixels answer more test images rightly than no remedy, and the whole augmentation fewer.",
    verdicts["shifts"].better == "shifts" and verdicts["augmentation"].better == "cross-entropy",
    "; ".join(f"{label}: {verdicts[label].evidence}" for label in ("shifts", "augmentation")),
)
claims.add(
    "With augmentation, training accuracy runs less ahead of validation accuracy.",
    gap["augmentation"] < gap["none"],
    f"{100 * gap['augmentation']:+.1f} points against {100 * gap['none']:+.1f}",
)
claims.show()

# %% tags=["hide-input"]
seeds = min(len(runs) for runs in everything.values())
say(
    "How sure is this? "
    + (
        f"Each row was trained {seeds} times, so the intervals know the luck of training, as far as {seeds} seeds "
        "show it, and not that of the test images, which are the same for all."
        if seeds > 1
        else "Each row was trained once, so a difference is one between two trained networks. How large the luck of training "
        f"is, nothing here shows: even the three alphas, up to {100 * max(spread.values()):.2f} points apart, share one seed, "
        "and differ by rounding alone."
    )
    + " In which direction class weights shift the answers follows from theory, and any budget should show it. How much that "
    "costs depends on the budget, and so does whether a remedy against over-fitting has anything to cure."
)

# %% [markdown]
# ## Try it yourself
#
# Train a plain network, and give it the trade of class weights afterwards. Strength 0 leaves it as it is; with strength
# 1 all classes are taken to be equally common.
#
# ```python
# from pathlib import Path
#
# import numpy as np
#
# from emnist_utils import data, studies
# from emnist_utils.training.fit import build_model, rows_used, train
# from emnist_utils.training.metrics import score
#
# recipes = studies.study("class-balance").recipes(studies.profile("quick"))
# recipe = recipes["cross-entropy"][0]
# byclass = data.load("byclass")
# train(recipe, byclass, weights=Path("plain.weights.h5"))
# network = build_model(recipe, len(byclass.spec.classes))
# network.load_weights("plain.weights.h5")
#
# trained, _, tested = rows_used(recipe, byclass)
# shares = np.bincount(byclass.train.labels[trained]) / len(trained)
# scores = network.predict(byclass.test.images[tested], verbose=0)
# for strength in (0, 0.5, 1):
#     found = score(byclass.test.labels[tested], scores - strength * np.log(shares))
#     print(strength, found.accuracy, found.balanced_accuracy)
# ```
