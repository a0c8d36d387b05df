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
# # Testing across datasets
#
# **Does a network trained on one set answer another?** The 2024 report trained its network on ByClass, ByMerge and
# Balanced, and tested each of the three on all three sets. Networks that came from another set often did better than
# the set's own. This looks like generalisation. But memory and a change of labels can make such a matrix too, and this
# chapter takes the three apart.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import pandas as pd

from emnist_utils import reported, runner, studies
from emnist_utils.data.specs import BYMERGE_TEST_IN_BYCLASS_TEST, CASE_PAIRS, SPECS
from emnist_utils.report import comparison, cross_dataset, style, tables
from emnist_utils.report.banner import about_runs, say_width
from emnist_utils.report.claims import Claims
from emnist_utils.report.counting import expected_overlap
from emnist_utils.report.cross_dataset_figures import advantage_dots, matrices
from emnist_utils.report.markdown import cite, say, table
from emnist_utils.report.training_figures import learning_curves
from emnist_utils.statistics import difference_of_shares

style.use()

# %% tags=["hide-input"]
runs = runner.records("cross-dataset", profile)
published = runner.published("cross-dataset", studies.PUBLISHED)
report = reported.load("cross_dataset").set_index("tested on", append=True)
about_runs(profile, runs, studies.PUBLISHED, published)

# %% tags=["hide-input"]
from emnist_utils.report.answers.across_datasets import in_short

in_short(runs).show()

# %% tags=["hide-input"]
say_width(runs["ByClass"][0].recipe)


# %% tags=["hide-input"]
def by_part(tests):
    """Score each cell on all its images, on seen and on unseen ones."""
    return {
        key: {part: cross_dataset.scores([seed.only(part) for seed in seeds]) for part in ("all", "seen", "unseen")}
        for key, seeds in tests.items()
    }


tests = cross_dataset.read_tests(runs)
scores = by_part(tests)
old_scores = by_part(cross_dataset.read_tests(published)) if tables.others_published(runs, published) else {}
across = cross_dataset.across(tests)
specs = {spec.title: spec for spec in SPECS.values()}
official = {key: expected_overlap(specs[key[1]], specs[key[0]]) for key in across}
advantages = {part: cross_dataset.advantages(tests, part) for part in ("all", "seen", "unseen")}


def cell(key):
    """Name a cell, on one line."""
    return f"{key[0]} → {key[1]}".replace(" ", "\N{NO-BREAK SPACE}")


# %% [markdown]
# ## Three sets of the same characters
#
# EMNIST's authors put NIST's 814,255 characters together and drew training and test images anew for each set
# {cite}`cohen2017`. ByClass and ByMerge hold all of them; Balanced holds equally many of each class.

# %% tags=["hide-input"]
say(
    f"Within a set no test image is a training image. Across sets {100 * min(official.values()):.0f} to "
    f"{100 * max(official.values()):.0f} % are, as the chapter on the data shows."
)

# %% [markdown]
# The sets differ in their labels. ByClass has 62 classes. ByMerge and Balanced have 47: the two cases of a letter
# share a class where they are drawn alike.

# %% tags=["hide-input"]
letters, merged = specs["ByClass"].classes, specs["ByMerge"].classes


def shared(character):
    """Return the class that ByMerge and Balanced have for a character of ByClass."""
    return merged[specs["ByMerge"].from_byclass[letters.index(character)]]


say(
    f"These are {len(CASE_PAIRS)} letters: {' '.join(upper for upper, _ in CASE_PAIRS)}. So a test across sets has to "
    "say when an answer is right. Where only one side has 62 classes, it is merged into the 47 of the other; ByClass "
    "on itself keeps its 62. The report does not say what it did, but a network with 47 outputs cannot name 62 "
    f"classes: its {report.accuracy['ByMerge', 'ByClass']:.2f} % of ByMerge on ByClass can only be a score on 47."
)
cases = [
    ("ByClass", "ByClass", "c", "C"),
    ("ByClass", "ByMerge", "C", "c"),
    ("ByMerge", "ByClass", "c", "C"),
    ("Balanced", "ByClass", "a", "A"),
]
rows = []
for trained_on, tested_on, label, answer in cases:
    counted = (label, answer) if trained_on == tested_on else (shared(label), shared(answer))
    rows.append(
        {
            "trained on": trained_on,
            "tested on": tested_on,
            "label": f"`{label}`",
            "answer": f"`{answer}`",
            "counted as": f"`{counted[0]}` and `{counted[1]}`",
            "right": "yes" if counted[0] == counted[1] else "no",
        }
    )
table(pd.DataFrame(rows), "How labels and answers of different sets are compared", "table-merging")

# %% [markdown]
# ## One recipe, three sets
#
# Neither loss nor accuracy can be compared between 47 and 62 classes; the curves show how networks learnt each set.

# %% tags=["hide-input"] records=["cross-dataset"] mystnb={"figure": {"caption": "Loss and accuracy by epoch, each network on its own set. Training values are averages taken while the epoch runs. Lines are means over the seeds.", "name": "figure-cross-curves"}, "image": {"alt": "Two line charts, loss and accuracy by epoch, with a solid validation line and a dashed training line for the networks trained on ByClass, ByMerge and Balanced."}}
learning_curves(runs)

# %% tags=["hide-input"]
costs = comparison.cost_table(runs, "trained on").drop(columns=["parameters", "multiply-adds"], errors="ignore")
timed = "s / epoch" in costs
if timed:
    table(costs, "What training cost: epochs, and the seconds of each", "table-cross-costs")
say(
    "The report gives no time of training here, only seconds of testing. As images per second they are"
    + (":" if timed else ", without ours, whose times cannot be compared:")
)
table(
    pd.DataFrame(
        [
            {"trained on": trained_on}
            | {
                f"on {name}": f"{specs[name].test_size / report.seconds[trained_on, name]:,.0f}"
                + (" / " + tables.mean([cross_dataset.images_per_second(run, specs[name].name) for run in group], 0))
                * timed
                for name in runs
            }
            for trained_on, group in (tables.timed_together(runs) or runs).items()
        ]
    ),
    f"Test images answered in a second{': in the report / here' if timed else ' in the report'}. The network is nearly the "
    "same in all cells, so the differences show how rough such a time is",
    "table-test-speed",
)

# %% [markdown]
# ## The matrix, on all images and on unseen ones
#
# A test image counts as *seen* if the very same image was among the network's training or validation images. What is
# left are images that the network has never met.

# %% tags=["hide-input"] records=["cross-dataset", "2024 report"] mystnb={"figure": {"caption": "Accuracy in per cent, the mean over the seeds. Rows: trained on; columns: tested on. Below each accuracy stands its distance to the tested set's own network, which is on the diagonal: orange for better, blue for worse. Third matrix: without seen images, though the diagonal has all images, so its distances are between different images. Fourth: ByClass's own answers merged into 47 classes too, and each distance taken on the same unseen images, so that it is not that of the two accuracies shown.", "name": "figure-cross-matrices"}, "image": {"alt": "Four matrices of three by three accuracies: the report's, ours on all test images, ours on unseen images, and ours on unseen images in 47 classes throughout. Each cell off the diagonal is coloured by whether it lies above or below its column's diagonal."}}
joined = cross_dataset.scores([seed.merged() for seed in tests["ByClass", "ByClass"]]).accuracy
unseen = {key: found["unseen"].accuracy for key, found in scores.items()}
in_one_way = "here: unseen,\n47 classes"
panels = {
    "here: all images": {key: found["all"].accuracy for key, found in scores.items()},
    "here: unseen images": unseen,
    in_one_way: unseen | {("ByClass", "ByClass"): joined},
}
fair = {key: 100 * advantages["unseen"][key].difference.value if key in advantages["unseen"] else 0.0 for key in scores}
matrices(
    {"the report": report.accuracy.unstack(sort=False)}
    | {
        title: cross_dataset.matrix({key: 100 * interval.value for key, interval in cells.items()})
        for title, cells in panels.items()
    },
    {in_one_way: cross_dataset.matrix(fair)},
)

# %% tags=["hide-input"]
rows = []
for key, found in scores.items():
    row = {"trained on → tested on": cell(key), "report": f"{report.accuracy[key]:.2f}"}
    if old_scores:
        for title, part in (("published", "all"), ("published: unseen", "unseen")):
            old = old_scores[key][part].accuracy.value if key in old_scores else None
            row[title] = tables.NOTHING if old is None else f"{100 * old:.2f}"
    row["here"] = tables.percent(found["all"].accuracy)
    row["here: unseen"] = tables.percent(found["unseen"].accuracy)
    rows.append(row)
table(
    pd.DataFrame(rows),
    "Test accuracy (per cent) on all images and on unseen ones, with half of its 95 % interval: with one seed that of the "
    "test images, with several that of the seeds. ByClass on itself is in 62 classes, all else in 47",
    "table-cross",
)

# %% tags=["hide-input"]
elsewhere = {run.recipe.seed: run for run in runner.published("blocks", studies.PUBLISHED).get("2", [])}
again = [
    (mine, other)
    for mine in runs["ByClass"]
    if (other := elsewhere.get(mine.recipe.seed))
    and other.recipe.model_dump(exclude={"test_on"}) == mine.recipe.model_dump(exclude={"test_on"})
    and other.data.fingerprint == mine.data.fingerprint
]
if any(mine.test.accuracy != other.test.accuracy for mine, other in again):
    here, there = (100 * sum(run.test.accuracy for run in side) / len(again) for side in zip(*again, strict=True))
    devices = {run.provenance.device for pair in again for run in pair}
    say(
        f"The same recipe with the same seed{'s' * (len(again) > 1)} has {there:.2f} % on ByClass in the other chapters, and "
        f"{here:.2f} % here."
        + (
            f" They were trained on {' and on '.join(sorted(devices))}, which round differently."
            if len(devices) > 1
            else ""
        )
    )

# %% [markdown]
# ## How much is memory?
#
# Let a share $w$ of a cell's images be seen, and let the network answer a share $s$ of these rightly, $u$ of the
# others. Then its accuracy is
#
# $$\begin{aligned}
# a &= w\,s + (1 - w)\,u, \\
# \text{so}\quad a - u &= w\,(s - u).
# \end{aligned}$$
#
# The last is what seen images add. They are other images than the unseen ones, so the two shares are independent, and
# their intervals are joined {cite}`newcombe1998,zou2008`; with several seeds, the interval of their mean is joined to
# that, by the scatter of all cells together. One thing more has to be taken off: seen images may happen to be easy ones.
# The tested set's own network tells, for it has seen none of them. What the seen images add to *its* accuracy is no
# memory; the last column is what is left without that.
#
# This holds where seen and unseen images have the same mix of classes. All classes of Balanced are equally common, so the
# images of ByClass and ByMerge that its network has seen are more often of rare classes, and at these it is better than
# their own networks anyway. Its two numbers, in brackets, are therefore not memory alone.

# %% tags=["hide-input"]
memory = cross_dataset.memory(tests)
alike = [key for key in across if cross_dataset.same_mix(key)]
seen_here = {key: sum(seed.share_seen for seed in tests[key]) / len(tests[key]) for key in across}


def in_brackets(interval):
    """Write a difference in points that has more than one cause."""
    return f"({tables.points(interval)})"


def known(interval, written):
    """Write what could be measured: a cell may have no seen image, or no other."""
    return written(interval) if interval.value == interval.value else tables.NOTHING


table(
    pd.DataFrame(
        [
            {
                "trained on → tested on": cell(key),
                "seen": f"{100 * official[key]:.1f}\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}{100 * seen_here[key]:.1f}",
                "accuracy on seen": known(scores[key]["seen"].accuracy, lambda found: f"{100 * found.value:.2f}"),
                "seen images add": known(memory[key].seen, tables.points),
                "beside own network": known(memory[key].beside_own, tables.points if key in alike else in_brackets),
            }
            for key in across
        ]
    ),
    "Seen images: their share officially / here (per cent), accuracy on them (per cent), and what they add (points, with "
    "half of the 95 % interval, which knows the chance of the images and, with several seeds, that of training). The official shares are calculated from the sets' counts, not measured",
    "table-memory",
)
large = max(official.values())
if max(seen_here.values()) < min(official[key] for key in across if official[key] > 0.5):
    most = max(
        (memory[key].seen.value for key in across if official[key] > 0.5 and memory[key].seen.low > 0), default=0
    )
    say(
        f"**Here seen images are few.** The networks of this page were trained on some of the images only: "
        f"{100 * min(seen_here.values()):.1f} to {100 * max(seen_here.values()):.1f} % of the test images were seen, "
        f"against {100 * min(official.values()):.0f} to {100 * max(official.values()):.0f} % for networks that train on "
        "the complete sets. The additions are small because $w$ is. How large the gap $s - u$ is on the complete sets is "
        "another question: more images leave less room to learn each by heart, more epochs leave more. "
        + (
            f"At the official share of {100 * large:.0f} % a gap of {100 * most / large:.1f} points would add as much as the most "
            f"in those tests here, {100 * most:.2f} points; whether it is that large is not known."
            if most > 0
            else "Here they are lost in chance."
        )
    )

# %% [markdown]
# ### Does the other network still win?
#
# On each test set two networks are compared on the same images: the one from elsewhere and the set's own, both in 47
# classes. If it is skill that makes the difference, it should be the same on seen and on unseen images, where these have
# the same mix of classes: for the network from Balanced they have not.

# %% tags=["hide-input"] records=["cross-dataset"] mystnb={"figure": {"caption": "Accuracy of each network less that of the tested set's own network, both in 47 classes and on the same images, with 95 % intervals (over the seeds where there are several): on all test images, on those that the first network has seen, and on those that it has not.", "name": "figure-advantage"}, "image": {"alt": "Dot chart with a row for each of the six pairs of different sets. Each row has a point with an interval for all images, for seen images and for unseen images, around a vertical line at zero."}}
advantage_dots(advantages)

# %% tags=["hide-input"]
seeds = min(len(group) for group in runs.values())
table(
    pd.DataFrame(
        [
            {
                "trained on → tested on": cell(key),
                "all images": tables.points(advantages["all"][key].difference),
                "unseen images": tables.points(unseen.difference),
                "p (Holm)": tables.p_value(unseen.p),
                "verdict": unseen.verdict,
            }
            for key, unseen in advantages["unseen"].items()
        ]
    ),
    "Points of accuracy above the tested set's own network, on the same images and in 47 classes; p and verdict are for "
    f"unseen images (n = {seeds})",
    "table-advantage",
)
say(
    (
        f"With one seed, answers are compared image by image {cite('mcnemar1947', 'agresti2005')}. This knows the chance of "
        "the test images alone: a verdict is on two trained networks, not on two sets to train on. "
        if seeds == 1
        else f"Mean accuracies over {seeds} seeds are compared {cite('student1908')}; how far seeds scatter is taken from all "
        "six pairs together. This knows the chance of training; the test images count as given. "
    )
    + f"The p-values of the six comparisons are corrected {cite('holm1979')}."
)

# %% [markdown]
# ## What the report's numbers need
#
# How much memory would explain the report? One of its cells can be reckoned with, because both numbers that it takes
# are there, in the same 47 classes: ByMerge's network tested on ByClass, and tested on its own unseen images.

# %% tags=["hide-input"]
n = specs["ByClass"].test_size
elsewhere, own = report.accuracy["ByMerge", "ByClass"], report.accuracy["ByMerge", "ByMerge"]
counted = 1 - BYMERGE_TEST_IN_BYCLASS_TEST / n
needed = (elsewhere - (1 - counted) * own) / counted
gain = difference_of_shares(round(elsewhere / 100 * n), round(own / 100 * n), n)
say(
    f"On its own test images the network reached {own:.2f} %, on those of ByClass {elsewhere:.2f} %. The difference, "
    f"{tables.points(gain)} points, is more than the chance of {n:,} test images. But {100 * counted:.1f} % of ByClass's test "
    "images are in ByMerge's training set: the two sets split the same images, and "
    f"{BYMERGE_TEST_IN_BYCLASS_TEST:,} are test images of both, counted on the complete files. If the network was as "
    f"good on the unseen ones as on its own test images, then $w\\,s + (1 - w)\\,u$ gives {elsewhere:.2f} % where it "
    f"answers {needed:.2f} % of the seen ones rightly. **A network that is {needed - own:.2f} points better on its own "
    "training images than on new ones needs no other skill to reach the report's number**; that is little for a network "
    "trained for many epochs. This is arithmetic on counts and on two of the report's numbers; its network is not here "
    "to be asked."
)
key = ("ByMerge", "ByClass")
if memory[key].seen.low > 0:
    gap = memory[key].seen.value / seen_here[key]
    say(
        f"For comparison, with {runs['ByMerge'][0].data.train:,} training images the gap between seen and unseen images of "
        f"ByClass is {100 * gap:.1f} points here, part of which may be that the seen ones are easier."
    )

# %% [markdown]
# ## What is honest in the gain
#
# **Labels.** In ByClass's column the report's diagonal is on 62 classes and the rest on 47. A network that takes a c for
# a C is wrong on the diagonal, and right in the rest of the column.

# %% tags=["hide-input"]
split = scores["ByClass", "ByClass"]["all"].accuracy
by_merging = 100 * (joined.value - split.value)
reported_gain = report.accuracy["ByMerge", "ByClass"] - report.accuracy["ByClass", "ByClass"]
say(
    f"Here ByClass's own network has {tables.percent(split)} % in 62 classes. The very same answers in 47 classes have "
    f"{tables.percent(joined)} %: {by_merging:+.2f} points without a step of training. The whole gain of the report's "
    f"ByMerge over ByClass in this column is {reported_gain:+.2f} points. It is an honest score of an easier question, "
    "but not a better network."
)

# %% [markdown]
# **More training images.** On Balanced, the report's networks from ByClass and ByMerge beat the set's own.

# %% tags=["hide-input"]
sizes = {name: group[0].data.train for name, group in runs.items()}
equal = len(set(sizes.values())) == 1
times = specs["ByClass"].train_size / specs["Balanced"].train_size
say(
    "They did so by "
    + " and ".join(
        f"{report.accuracy[name, 'Balanced'] - report.accuracy['Balanced', 'Balanced']:.2f}"
        for name in ("ByClass", "ByMerge")
    )
    + f" points. They had {times:.1f} times as many training images, and that is a real advantage. But "
    f"{100 * official['ByClass', 'Balanced']:.0f} % of Balanced's test images were among them, so nobody can tell from "
    "the matrix how much of these points each of the two gave. "
    + (
        f"Here all three networks had {sizes['Balanced']:,} training images, so this advantage is taken away; what is left "
        "is that Balanced shows each class as often as its test does, while ByClass and ByMerge show rare classes rarely."
        if equal
        else "Here too the numbers of training images differ: "
        + ", ".join(f"{name} {size:,}" for name, size in sizes.items())
        + ". On unseen images that advantage stands alone."
    )
)

# %% [markdown]
# **Shares of the classes.** The other way round, a network from Balanced has not learnt that digits make half of ByClass
# and ByMerge. Where a 0 and an O look the same, it has no reason to prefer the 0, however well it reads.

# %% tags=["hide-input"]
from_balanced = [advantages["unseen"]["Balanced", name] for name in ("ByClass", "ByMerge")]
say(
    "On unseen images of ByClass and ByMerge it differs from their own networks by "
    + " and ".join(f"{tables.points(found.difference)} points ({found.verdict})" for found in from_balanced)
    + (", with the same number of training images." if equal else ". It also had fewer training images.")
)

# %% [markdown]
# ## Which F1 is it?
#
# The report gives an F1 to each cell, not saying how it was averaged over the classes. Averaged plainly (macro), a rare
# class counts as much as a common one; weighted by counts, F1 stays close to accuracy. On Balanced, whose classes are
# equally common, the two are the same.

# %% tags=["hide-input"]
f1 = {key: found["all"] for key, found in scores.items()}


def beside(value, accuracy):
    """Write an F1, and its distance to accuracy."""
    return f"{value:.2f}\N{NO-BREAK SPACE}({value - accuracy:+.2f})"


table(
    pd.DataFrame(
        [
            {
                "trained on → tested on": cell(key),
                "report: F1": beside(100 * report.f1[key], report.accuracy[key]),
                "here: weighted F1": beside(100 * found.weighted_f1, 100 * found.accuracy.value),
                "here: macro-F1": beside(100 * found.macro_f1, 100 * found.accuracy.value),
            }
            for key, found in f1.items()
        ]
    ),
    "F1 in per cent on all images, and in brackets its distance to accuracy in points",
    "table-f1",
)
uneven = [key for key in tests if key[1] != "Balanced"]
reported_distance = max(abs(report.accuracy[key] - 100 * report.f1[key]) for key in uneven)
macro_distance = {key: 100 * (f1[key].accuracy.value - f1[key].macro_f1) for key in uneven}
weighted_distance = {key: 100 * abs(f1[key].accuracy.value - f1[key].weighted_f1) for key in uneven}
say(
    f"On ByClass and ByMerge the report's F1 lies within {reported_distance:.2f} points of its accuracy. Here weighted F1 "
    f"lies within {max(weighted_distance.values()):.1f} points, and macro-F1 {min(macro_distance.values()):.1f} to "
    f"{max(macro_distance.values()):.1f} points below. F1 pooled over all answers (micro) would equal accuracy to the last "
    "digit. So the report's is most likely the weighted one. It says little that accuracy does not, and hides how the rare "
    "classes fare."
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
added = [memory[key].beside_own for key in alike]
claims.add(
    "In each of the four tests across sets where seen and unseen images have the same mix of classes, accuracy on all "
    "images holds a part that is memory.",
    all(found.low > 0 for found in added),
    f"{sum(found.low > 0 for found in added)} of {len(added)} intervals lie above zero; "
    f"{100 * min(found.value for found in added):+.2f} to {100 * max(found.value for found in added):+.2f} points",
)
twins = [advantages["unseen"][key] for key in (("ByClass", "ByMerge"), ("ByMerge", "ByClass"))]
claims.add(
    "On unseen images and in 47 classes, ByClass's and ByMerge's networks are within a point of each other on either "
    "test set.",
    all(found.difference.low > -0.01 and found.difference.high < 0.01 for found in twins),
    ", ".join(f"{tables.points(found.difference)} points" for found in twins),
)
claims.add(
    "To merge the answers of ByClass's network into 47 classes raises its accuracy by over two points.",
    by_merging > 2,
    f"{by_merging:+.2f} points; the report's gain is {reported_gain:+.2f}",
)
on_balanced = [advantages["unseen"][name, "Balanced"] for name in ("ByClass", "ByMerge")]
significant = all(found.p < comparison.SIGNIFICANT for found in on_balanced)
differences = [found.difference.value for found in on_balanced]
evidence = ", ".join(
    f"{tables.points(found.difference)} points, p {tables.p_value(found.p, '= ')}" for found in on_balanced
)
if equal:
    claims.add(
        "With the same number of training images, networks from ByClass and ByMerge do worse on Balanced than its own.",
        significant and max(differences) < 0,
        evidence,
    )
else:
    claims.add(
        "With more training images, networks from ByClass and ByMerge do better on unseen images of Balanced than its own.",
        significant and min(differences) > 0,
        evidence,
    )
claims.add(
    "The report's F1 is no macro-F1: on ByClass and ByMerge that lies further below accuracy.",
    min(macro_distance.values()) > reported_distance,
    f"{min(macro_distance.values()):.1f} points or more here, {reported_distance:.2f} or less in the report",
)
claims.show()

# %% tags=["hide-input"]
say(
    "How sure is this? That test images of one set are training images of another is counted, not estimated, and so is "
    "which of them a network has seen. "
    + (
        "How much a network remembers is measured on one network a set: the intervals know the chance of the test images, "
        "and not that of training. "
        if seeds == 1
        else f"How much a network remembers is measured on {seeds} networks a set: its intervals know the chance of training, "
        "as far as so few show it, and that of the images. "
    )
    + "Validation images count as seen, though they only chose the epoch; this makes memory look a little smaller. Near "
    "copies that differ in a pixel count as unseen, and so do other images by the same hand. The report's own share of "
    "memory cannot be measured without its network; a run of the profile `full` on the complete sets, with this page, "
    "would show both matrices at its size."
)

# %% [markdown]
# The report was in good company: nothing in EMNIST's files says that the sets overlap. Whoever compares results across
# these sets should leave out the images that were trained on.
#
# ## Try it yourself
#
# Which characters does ByMerge's network get wrong on images of ByClass that it has never seen?
#
# ```python
# from emnist_utils import results, runner
# from emnist_utils.report import cross_dataset
#
# record = runner.records("cross-dataset", "quick")["ByMerge"][0]
# predictions = results.read_predictions(record)
# found = cross_dataset.answers(record, predictions, "byclass")
# unseen = found.only("unseen")
# print(f"right: {found.right.mean():.1%} of all")
# print(f"right: {unseen.right.mean():.1%} of the unseen")
# wrong = ~unseen.right
# for truth, answer in zip(unseen.truth[wrong][:10], unseen.predicted[wrong][:10]):
#     print(unseen.classes[truth], "read as", unseen.classes[answer])
# ```
