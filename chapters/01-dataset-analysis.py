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
# # Dataset analysis
#
# **What is in EMNIST, and what limits any network on it?** Before a network is trained, the images themselves answer
# three questions: how uneven the classes are, which characters are hard to tell apart, and whether a test image may
# have been seen in training. The 2024 report gave the first of them a slide; the answers to the others explain much
# of what its later tables show.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import itertools

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from emnist_utils import data, reported
from emnist_utils.data.handwriting import convert_ink
from emnist_utils.data.pixels import sharpness
from emnist_utils.data.specs import BYMERGE_TEST_IN_BYCLASS_TEST, CASE_PAIRS, LOOK_ALIKES, SPECS, with_case_pairs
from emnist_utils.published import snapshot_of
from emnist_utils.report import data_figures, style
from emnist_utils.report.claims import Claims
from emnist_utils.report.counting import expected_overlap, frequency_only_accuracy, losses
from emnist_utils.report.data_banner import about_data
from emnist_utils.report.edges import edge_widths, sharper
from emnist_utils.report.markdown import say, table

style.use()

# %% tags=["hide-input"]
images = snapshot_of(profile)
sets, source = images.sets, images.source
byclass = SPECS["byclass"]
classes = byclass.classes
counts, test_counts = images.counts("byclass", "train"), images.counts("byclass", "test")
titles = {name: SPECS[name].title for name in sets}
here = {"official": "in EMNIST", "part": "in the part of EMNIST here", "synthetic": "in the stand-in"}[source.kind]
about_data(profile, source)

# %% tags=["hide-input"]
from emnist_utils.report.answers.dataset import in_short

in_short(images).show()

# %% [markdown]
# ## The six sets
#
# EMNIST {cite}`cohen2017` takes the characters that people wrote on forms for NIST {cite}`grother1995` and brings
# them into the form of MNIST {cite}`lecun1998`: 28x28 grey levels, one character in the middle of each image. It
# offers these 814,255 characters in six selections, two of them of all:
#
# - **ByClass**: all of them, with digits, upper case and lower case as 62 classes. Most chapters use it.
# - **ByMerge**: all of them again, but the 15 letters whose two cases look alike share one class, which leaves 47.
# - **Balanced**: the 47 classes of ByMerge with equally many images of each.
# - **Letters**: the 26 letters without their case, equally many of each, no digits.
# - **Digits** and **MNIST**: the ten digits, equally many of each, in a large and in a small set.

# %% tags=["hide-input"]
table(
    pd.DataFrame(
        [
            {
                "set": SPECS[name].title,
                "classes": f"{len(SPECS[name].classes)}",
                "training, here": f"{images.counts(name, 'train').sum():,}",
                "training, officially": f"{SPECS[name].train_size:,}",
                "test, here": f"{images.counts(name, 'test').sum():,}",
                "test, officially": f"{SPECS[name].test_size:,}",
            }
            for name in sets
        ]
    ),
    "Images in the six sets: those that this page was made from, and those of the official files",
    "table-sets",
)

# %% [markdown]
# ## What the characters look like
#
# The official files hold each image transposed; here all are upright. The first training images of each class show
# at once what makes the task hard: some writers cross their 7, some write a lower-case letter as a small upper-case
# one, and some labels are a matter of opinion.

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "The first training images of each of the 62 classes of ByClass.", "name": "figure-samples"}, "image": {"alt": "Three bands of handwritten characters, four rows each: the digits 0 to 9, the upper-case letters A to Z, and the lower-case letters a to z, with the class above each column."}}
data_figures.sample_sheet(images.samples.images, images.samples.labels, classes, rows=4)
# %% [markdown]
# ## How uneven the classes are
#
# A digit has several times as many images as most letters, and English uses an *e* far more often than a *j*. A network
# that minimises its average error therefore learns most from the classes on the left of this figure.

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Training images of each class of ByClass, the commonest first.", "name": "figure-class-counts"}, "image": {"alt": "Bar chart of 62 bars in falling order: the ten digits are all high and nearly equal, then the bars fall steeply through the common letters to a long low tail, mostly lower-case letters."}}
data_figures.class_bars(counts, classes, "training images")
# %% tags=["hide-input"]
official = dict(zip(classes, byclass.train_counts, strict=True))
found = dict(zip(classes, counts.tolist(), strict=True))
digits_share = sum(found[c] for c in "0123456789") / sum(found.values())
digits_officially = sum(official[c] for c in "0123456789") / sum(official.values())
most, fewest = max(found, key=found.__getitem__), min(found, key=found.__getitem__)
most_officially, fewest_officially = max(official, key=official.__getitem__), min(official, key=official.__getitem__)
imbalance = found[most] / found[fewest]
imbalance_officially = official[most_officially] / official[fewest_officially]
say(
    f"The commonest class, {most}, has {found[most]:,} training images here, {imbalance:.1f} times as many as the "
    f"rarest, {fewest}, with {found[fewest]:,}. In the official set {most_officially} has "
    f"{official[most_officially]:,}, {imbalance_officially:.1f} times as many as {fewest_officially} with "
    f"{official[fewest_officially]:,}. Digits make up {100 * digits_share:.1f} % of the images here and "
    f"{100 * digits_officially:.1f} % officially.\n\n"
    "The report's slide names four counts. Its two largest are those of the official set. Its two smallest are right "
    "as well, but the letters stand there in upper case, and the counts are those of the lower-case classes: an easy "
    "slip with a chart that has both."
)

# %% tags=["hide-input"]
rows = []
for name, reported_count in reported.load("class_counts").images.items():
    meant = next(c for c in (name, name.lower()) if official[c] == reported_count)
    rows.append(
        {
            "class on the slide": name,
            "2024 report": f"{reported_count:,}",
            "official, that class": f"{official[name]:,}",
            "class with the reported count": meant,
            "here, the latter": f"{found[meant]:,}",
        }
    )
table(
    pd.DataFrame(rows),
    "The report's counts of training images beside the official ones",
    "table-reported-counts",
)

# %% [markdown]
# ## Pixels
#
# Networks learn more easily from inputs with mean 0 and variance 1, so the mean and the standard deviation of the
# pixels are the first numbers that a training program needs. Grey levels are divided by 255 here: 0 is empty paper, 1
# is full ink.

# %% tags=["hide-input"]
table(
    pd.DataFrame(
        [
            {
                "training images of": titles[name],
                "mean": f"{statistics.mean:.4f}",
                "standard deviation": f"{statistics.deviation:.4f}",
                "empty pixels": f"{100 * statistics.empty:.1f} %",
                "full ink": f"{100 * statistics.full:.1f} %",
            }
            for name, statistics in images.pixels.items()
        ]
    ),
    "Pixels of the training images, from 0 (paper) to 1 (ink)",
    "table-pixels",
)

# %% tags=["hide-input"]
all_means = [statistics.mean for statistics in images.pixels.values()]
spread = max(all_means) - min(all_means)
say(
    f"The means of the sets lie within {spread:.4f} of each other, so one pair of constants serves them all; the "
    "networks of this book scale by one pair, inside the network, so that nobody can forget it. A linear scaling "
    "cannot make two classes easier or harder to tell apart: it only helps the optimizer. "
    "Classes differ in ink by much more than sets do:"
)

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Mean grey level of the training images of each class of ByClass, 0 for paper and 1 for ink.", "name": "figure-ink"}, "image": {"alt": "Bar chart of 62 bars in falling order, digits and both cases mixed. The highest have over twice the ink of the lowest, which are single strokes such as 1, I, i and l."}}
ink = images.means.mean(axis=(1, 2)) / 255
data_figures.class_bars(ink, classes, "mean grey level (0..1)")
# %% tags=["hide-input"]
ink_of = dict(zip(classes, ink, strict=True))
heavier = [lower for upper, lower in CASE_PAIRS if ink_of[lower] > ink_of[upper]]
chance = binomtest(len(heavier), len(CASE_PAIRS)).pvalue
say(
    f"In {len(heavier)} of the {len(CASE_PAIRS)} letters whose cases look alike, the lower case has more ink than the "
    f"upper case ({' '.join(heavier)}). "
    + (
        f"A coin tossed as often is at least as uneven with a chance of {chance:.2f}, so nothing follows from it."
        if chance >= 0.05
        else "That is more than chance gives. It may come from the scaling: a small letter is enlarged to fill the "
        "image, and its strokes with it. Then a trace of the size is left."
        if 2 * len(heavier) > len(CASE_PAIRS)
        else "That is less than chance gives."
    )
)

# %% [markdown]
# ## The mean of each class
#
# The mean of all images of a class is sharp where its writers agree and grey where they do not. Compare 0, O and o, or
# 1, I, i and l: these hardly differ. And where the means of both cases are the same letter, as of P and p, many writers
# made no difference but size.

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Mean training image of each class of ByClass.", "name": "figure-means"}, "image": {"alt": "Sixty-two blurred characters in five rows. The means of 0, O and o are nearly the same ring, those of 1, I, i and l nearly the same stroke, and those of pairs such as C and c the same letter."}}
data_figures.mean_image_sheet(images.means, classes)
# %% [markdown]
# ## Characters that look alike
#
# The report's confusion matrices show where its networks erred: 0 and O, 1, i and l, 9, g and q, and the two
# {term}`cases <case pair>` of a letter. EMNIST makes the cases harder than handwriting does, because each character is
# scaled to fill its image, and size is the best sign of a C against a c. Below, each row shows the first training
# images of classes that look alike. Cover the labels and try it.

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Look-alikes in ByClass: five groups of classes across digits and letters, then the other letters that ByMerge does not split by case, two pairs a row.", "name": "figure-look-alikes"}, "image": {"alt": "Rows of handwritten characters with their class above: 0 O o; 1 I i l; 5 S s; 9 g q; 2 Z z; then C c J j, K k M m, P p U u, V v W w, X x Y y. Within a row most are hard to tell apart."}}
groups = with_case_pairs(LOOK_ALIKES)
other_pairs = groups[len(LOOK_ALIKES) :]
two_a_row = [first + second for first, second in zip(other_pairs[::2], other_pairs[1::2], strict=True)]
data_figures.look_alike_sheet(images.samples.images, images.samples.labels, classes, [*LOOK_ALIKES, *two_a_row])
# %% [markdown]
# ### What the scaling leaves behind
#
# EMNIST's authors expect the scaling to take away every sign of a character's size {cite}`cohen2017`. It does not quite.
# Their conversion blurs each character first, all by the same, and shrinks it afterwards, a large one by more than a small
# one. So the edges of a large character end up sharper. How sharp they are can be measured: by the number of pixels over
# which paper turns into ink, 1 for the sharpest edge there can be.

# %% tags=["hide-input"]
down, across = np.mgrid[:128, :128] - 63.5
rings = {side: np.abs(np.hypot(down, across) - side / 2 + 3) < 3 for side in (30, 44, 60)}
ring_widths = 1 / sharpness(np.stack([convert_ink(ring) for ring in rings.values()]))
of_rings = ", ".join(f"{width:.2f} from one {side} high" for side, width in zip(rings, ring_widths, strict=True))
say(
    "Take rings on a form, drawn with a pen of 6 pixels. After the conversion their edges take so many pixels of the 28x28 "
    f"image: {of_rings}. Thin or curved strokes change that number too, so it is compared here between characters of one "
    "shape."
)

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Width of the edges in the training images of look-alikes in ByClass: one over their mean sharpness. To the left are sharper edges, as of characters that were written larger.", "name": "figure-edges"}, "image": {"alt": "Fifteen rows, each with the characters of one group of look-alikes along an axis of edge widths from two to three pixels. Most upper-case letters stand to the left of their lower case; 0 stands far to the left of O, 5 to the left of S, and 1 to the left of I."}}
several = [tuple(character for character in group if found[character] > 1) for group in groups]
several = [group for group in several if len(group) > 1]
widths = edge_widths(images)
data_figures.characters_by_value(widths, several, "width of edges (pixels)")
# %% tags=["hide-input"]
pairs = [sorted(pair, key=widths.get) for group in several for pair in itertools.combinations(group, 2)]
chances = {f"{first} {second}": sharper(images, first, second) for first, second in pairs}
clearest = sorted(chances, key=lambda pair: -chances[pair].value)[:8]
table(
    pd.DataFrame(
        [
            {
                "the first is the sharper": pair,
                "of 100 times": f"{100 * chances[pair].value:.1f} ± {50 * (chances[pair].high - chances[pair].low):.1f}",
                "images of the two": f"{chances[pair].n:,}",
            }
            for pair in clearest
        ]
    ),
    f"How often an image of the first character has sharper edges than one of the second, with half of its 95 % "
    f"interval: the {len(clearest)} clearest of {len(chances)} pairs of look-alikes. Where sharpness tells nothing it is 50",
    "table-edges",
)
told = {pair: sharper(images, *pair) for pair in ("0O", "5S") if min(found[character] for character in pair) > 1}
signs = [pair for pair, chance in told.items() if chance.low > 0.5]
larger = [pair for pair in CASE_PAIRS if widths[pair[0]] < widths[pair[1]]]
uneven = binomtest(len(larger), len(CASE_PAIRS)).pvalue
say(
    f"Of the {len(CASE_PAIRS)} letters whose cases look alike, {len(larger)} have sharper edges in upper case"
    + (
        f", as their size would have it; a coin is at least as uneven with a chance of {uneven:.2g}. "
        if uneven < 0.05 and 2 * len(larger) > len(CASE_PAIRS)
        else f"; a coin is at least as uneven with a chance of {uneven:.2g}, so nothing follows from it. "
    )
    + (
        "This one number, which is hardly one of shape, also parts digits from letters: "
        + " and ".join(
            f"of one {first} and one {second} the digit is the sharper {100 * told[first + second].value:.0f} times of 100"
            for first, second in signs
        )
        + ". Whether digits were written larger, or elsewhere on the form, cannot be seen here. Whatever blurs an image anew "
        "weakens this sign; {doc}`10-results` shows what that costs."
        if signs
        else "Between 0 and O or 5 and S it is no sign here."
    )
)

# %% [markdown]
# ### What looking alike costs
#
# Suppose all the same that a network told nothing apart within such a group, but were perfect everywhere else. It could do no better
# than to answer the commonest class of the group each time; all test images of the group's other classes would be lost.
# That needs no network, only the counts of the test set.

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Points of accuracy on ByClass's test set that are lost if the classes of a group cannot be told apart.", "name": "figure-losses"}, "image": {"alt": "Dot chart with a row for each of fifteen groups. The group of 1, I, i and l costs most, closely followed by 0, O and o, then 5, S and s; all case pairs cost less than a point each."}}
both = {"official test set": byclass.test_counts, "test images here": test_counts.tolist()}
points = pd.DataFrame(
    {name: 100 * losses(each, classes, groups) / sum(each) for name, each in both.items()},
    index=["".join(f"{character} " for character in group) for group in groups],
)
data_figures.losses_by_group(points)
# %% tags=["hide-input"]
hardest = LOOK_ALIKES[:2]
beside_them = with_case_pairs(hardest)
merges = {
    f"the {len(CASE_PAIRS)} case pairs alone": CASE_PAIRS,
    f"0 O o, 1 I i l, and the {len(beside_them) - len(hardest)} case pairs beside them": beside_them,
    f"all five groups, and the {len(other_pairs)} case pairs beside them": groups,
}
left = {
    name: {which: 100 * frequency_only_accuracy(each, classes, merged) for which, each in both.items()}
    for name, merged in merges.items()
}
table(
    pd.DataFrame(
        [
            {"cannot be told apart": name} | {which: f"{value:.2f}" for which, value in row.items()}
            for name, row in left.items()
        ]
    ),
    "Accuracy in per cent on ByClass of a network that knows only which class of a group is the commonest, and is "
    "perfect everywhere else",
    "table-frequency-only",
)

# %% tags=["hide-input"]
_, middle, widest = left.values()
report = reported.load("models").accuracy
say(
    f"The second row is the telling one: {middle['official test set']:.2f} % on the official test set. The report's "
    f"residual CNN reached {report['Residual CNN']:.2f} %, and the best network that it quotes {report.max():.2f} %. So "
    "they stand about where perfect reading would stand that only guesses within these groups. It is no bound that "
    "cannot be passed: a slanted stroke or a dot says something, and networks use it. But it tells where errors are to "
    "be looked for, and may tell why tables of quite different networks end within a point or two of each other. "
    f"The last row has {widest['official test set']:.2f} %. A network that is above it must tell apart some of what it "
    "merges; which characters that are, a confusion matrix shows ({doc}`10-results`)."
)

# %% [markdown]
# ## A test image of one set may be a training image of another
#
# Within each set, training and test images are kept apart. Across sets they are not: for each set, EMNIST's authors put
# NIST's images together and drew training and test images anew, at random {cite}`cohen2017`. A network trained on one
# set and tested on another then meets images that it was trained on. To see how many, every image of every set is
# reduced to a 64-bit hash of its pixels; equal images have equal hashes.

# %% tags=["hide-input"]
hashes = images.hashes
repeated = {}
for name in sets:
    everything = np.concatenate([hashes[name, "train"], hashes[name, "test"]])
    repeated[name] = len(everything) - len(np.unique(everything))
counted = pd.DataFrame(
    {titles[b]: {titles[a]: 100 * data.overlap(hashes[a, "test"], hashes[b, "train"]) for a in sets} for b in sets}
)
expected = pd.DataFrame(
    {titles[b]: {titles[a]: 100 * expected_overlap(SPECS[a], SPECS[b]) for a in sets} for b in sets}
)

# %% tags=["hide-input"] records=["images"] mystnb={"figure": {"caption": "Share of each set's test images that are training images of each set, in per cent. Left: counted on the images of this page. Right: what independent random draws of the official sizes give; calculated, not counted.", "name": "figure-overlaps"}, "image": {"alt": "Two matrices of six by six shares, test sets as rows and training sets as columns. On the diagonal all are zero. In the right matrix the columns ByClass and ByMerge are at about 86 per cent for every other set."}}
data_figures.overlap_matrices({f"counted {here}": counted, "official sets (calculated)": expected})
# %% tags=["hide-input"]
shared = BYMERGE_TEST_IN_BYCLASS_TEST / SPECS["bymerge"].test_size
draw = expected_overlap(SPECS["bymerge"], SPECS["byclass"])
say(
    "The calculation on the right can be checked. ByClass and ByMerge split the same images, so whatever is not in "
    f"ByClass's test set is in its training set. On the complete official files {100 * shared:.2f} % of ByMerge's test "
    f"images were found in ByClass's test set, so the other {100 * (1 - shared):.2f} % are training images of ByClass; "
    f"independent draws give {100 * draw:.2f} % on average."
)
difference = (expected - counted).where(expected > 0).stack().dropna()
match source.kind:
    case "part" if len(difference):
        row, column = difference.idxmax()
        say(
            f"**The part of EMNIST here overlaps less than the official sets do** in {(difference > 0).sum()} of the "
            f"{len(difference)} pairs of sets that share characters, because many training images are missing. The "
            f"difference is largest for the test images of {row} among the training images of {column}: "
            f"{counted.loc[row, column]:.1f} % here, and {expected.loc[row, column]:.1f} % by calculation in the "
            "official files. Nor is the part a random one, so the left matrix is no estimate of the right one. Where "
            "a network is trained on this part and tested across sets, the effect is real but smaller than in a study "
            "on all of EMNIST."
        )
    case "synthetic":
        say(
            "The stand-in's sets are drawn from one pool independently of each other, as the official ones were, but "
            "in other sizes: the left matrix shows the same effect, not the same numbers."
        )
    case "official" if len(difference):
        say(f"Counted and calculated shares differ by {difference.abs().max():.1f} points at most.")

# %% [markdown]
# This matters for the report's last experiment, which trained on ByClass, ByMerge and Balanced and tested each network
# on all three. On ByMerge and on Balanced its network that was trained on ByClass scored higher than the one trained
# on the very set, which reads as good transfer; nothing in the files tells that most of those test images had been
# trained on. A cross-dataset test on EMNIST has to be read twice: on all test images, which can be compared with what
# was published, and on those alone that the network has not seen.
#
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
claims.add(
    "No set holds an image twice; so no set's test images are among its own training images.",
    sum(repeated.values()) == 0,
    f"{sum(repeated.values())} repeated among {sum(map(len, hashes.values())):,} images of {len(sets)} sets",
)
largest = counted.stack().idxmax()
claims.add(
    "Across sets, test images of one are training images of another.",
    counted.max(axis=None) > 10,
    f"up to {counted.max(axis=None):.1f} %: the test images of {largest[0]} among the training images of {largest[1]}",
)

# An image that is in ByClass and in another set should be the same character in both.
labels, keys = (
    {name: np.concatenate([found[name, "train"], found[name, "test"]]) for name in sets}
    for found in (images.labels, hashes)
)
compared = disagreeing = 0
for name in set(sets) - {"byclass"}:
    _, mine, theirs = np.intersect1d(keys["byclass"], keys[name], return_indices=True)
    as_theirs = np.array(SPECS[name].from_byclass)[labels["byclass"][mine]]
    compared += len(mine)
    disagreeing += int((as_theirs != labels[name][theirs]).sum())
claims.add(
    "An image that ByClass shares with another set has the same label in both.",
    compared > 0 and disagreeing == 0,
    f"{disagreeing:,} of {compared:,} differ",
)
claims.add(
    "The commonest class of ByClass has over 15 times the training images of the rarest.",
    imbalance > 15,
    f"{imbalance:.1f} times here, {imbalance_officially:.1f} times officially",
)
claims.add(
    "About half of ByClass's training images are digits.",
    abs(digits_share - 0.5) < 0.03,
    f"{100 * digits_share:.1f} % here, {100 * digits_officially:.1f} % officially",
)
claims.add(
    "The sharpness of edges alone is a sign: of one 0 and one O, and of one 5 and one S, the digit is oftener the sharper.",
    len(signs) == 2,
    "; ".join(
        f"{' and '.join(pair)}: {100 * chance.value:.1f} times of 100, {100 * chance.low:.1f} at least"
        for pair, chance in told.items()
    ),
)
claims.add(
    "With 0 O o, 1 I i l and the case pairs beside them merged, the test images here leave what the official set leaves, "
    "to half a point.",
    abs(middle["test images here"] - middle["official test set"]) < 0.5,
    f"{middle['test images here']:.2f} % against {middle['official test set']:.2f} %",
)
claims.show()

# %% [markdown]
# How sure is this? Nearly all of it is counted, not estimated: there is no seed and no training. How often one character is
# sharper than another has an interval, which knows the chance of the images. Two different images
# share a 64-bit hash with a chance of about one in fifty million over all of EMNIST. Images that differ in a single
# pixel count as different, so near copies would not be found. The matrix on the right rests on the draws being
# random and independent, which the complete files bear out for ByClass and ByMerge. What the counts cannot tell is how
# often a label is plainly wrong, and who wrote an image: EMNIST does not keep the writer, so the same hand may be
# in training and in test.

# %% tags=["hide-input"]
if source.kind == "part":
    say(
        "And the part of EMNIST here is not a random one. What is counted on it describes these images; where a table "
        "has an official number beside it, that one is EMNIST's."
    )

# %% [markdown]
# ## Try it yourself
#
# Which test images of ByMerge has a network trained on ByClass never seen?
#
# ```python
# import numpy as np
# from emnist_utils import data
#
# train, test = data.load("byclass").train, data.load("bymerge").test
# seen = np.isin(data.content_hashes(test.images), data.content_hashes(train.images))
# print(f"{seen.sum():,} of {len(test):,} test images were seen in training")
# unseen = test.images[~seen], test.labels[~seen]
# ```
