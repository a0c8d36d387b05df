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
# # Convolutional networks on EMNIST, measured again
#
# **Which of a study's findings hold when it is done again?** In June 2024 a team of students compared
# {term}`convolutional <convolution>` networks, {term}`optimizers <optimizer>`, {term}`activations <activation>`, depths
# and {term}`learning rates <learning rate>` on EMNIST {cite}`cohen2017`, 814,255 small pictures of handwritten digits
# and letters, for the final presentation of a course. It was careful work, with one training for each number. This book
# asks the same questions again and adds what a presentation had no time for: several trainings of one recipe where they
# can be afforded, {term}`intervals <confidence interval>`, tests of whether a difference is one, and a look at what limits
# every network on these images. Our thanks go to that team.
#
# Results are not typed in by hand. They are counted from the images or read from the {term}`records <record>` of
# training {term}`runs <run>`. Each page says which images, how much training and which machine are behind it, and the
# code that made it stands on the page, folded.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import pandas as pd

from emnist_utils import reported, runner, studies
from emnist_utils.data.specs import SPECS
from emnist_utils.report import comparison, style, tables, view_accuracy
from emnist_utils.report.answers.wording import listed
from emnist_utils.report.banner import about_runs
from emnist_utils.report.counting import expected_overlap, frequency_only_error
from emnist_utils.report.key_figure import networks_beside_report
from emnist_utils.report.markdown import say, table
from emnist_utils.report.reported_figures import reported_differences

style.use()

# %% tags=["hide-input"]
models, finals = runner.records("models", profile), runner.records("final", profile)
old_models, old_finals = (runner.published(name, studies.PUBLISHED) for name in ("models", "final"))
about_runs(profile, {**models, **finals}, studies.PUBLISHED, {**old_models, **old_finals})

# %% [markdown]
# ## In one minute

# %% tags=["hide-input"]
FINAL = "Final model"
rows = {label: group for label, group in models.items() if "," not in label} | {FINAL: finals["ByClass"]}
known = {label: group for label, group in old_models.items() if label in rows}
if "ByClass" in old_finals:
    known[FINAL] = old_finals["ByClass"]
report = reported.load("models")
final, balanced = finals["ByClass"][0], finals["Balanced"][0]
ceiling = 1 - frequency_only_error()
over_views = [tables.percent(accuracy) for accuracy in view_accuracy.accuracies(finals).values()]
apart = reported_differences()
below = apart[apart["difference"] < 0]
sizes = {label: group[0].parameters for label, group in rows.items()}
smallest, largest = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
say(
    f"The report's networks, from {smallest} with {sizes[smallest]:,} parameters to {largest} with {sizes[largest]:,}, "
    f"end within {report.accuracy.max() - report.accuracy.min():.1f} points of each other. They stand "
    "near what a reader would reach who is perfect but for 0 O o, 1 I i l and the two cases of letters like C, and "
    f"answers the commonest of these: {100 * ceiling:.2f} % of the test images (the dashed line). That suggests where "
    f"their errors are. Of the {len(below)} rows of the report that are not the best of their table, "
    f"{len(below) - int(below['exceeds'].sum())} cannot be told from it.\n\n"
    f"Trained again with recipes that were chosen on validation images, the residual CNN{tables.at_width(final.recipe.width)} "
    f"({final.parameters:,} parameters) reaches "
    f"{tables.percent(tables.accuracy(finals['ByClass']))} % on ByClass and {tables.percent(tables.accuracy(finals['ByMerge']))} % on "
    f"ByMerge, and that{tables.at_width(balanced.recipe.width)} {tables.percent(tables.accuracy(finals['Balanced']))} % on Balanced. Over "
    f"nine views of each image, shifted by up to a pixel, they reach {listed(over_views)} % on these sets."
)

# %% tags=["hide-input"] records=["models", "final", "2024 report"] mystnb={"figure": {"caption": "Test accuracy of the study's networks on ByClass with 95 % intervals: here, on the numbers of training images on the right, and in the report, which trained on all of EMNIST. WaveMix-Lite's number in the report is quoted from its authors.", "name": "figure-key"}, "image": {"alt": "Dot chart with a row for each of six networks. The report's values lie close together around a dashed line; those measured here lie below them, the more so the fewer images a network saw."}}
networks_beside_report(rows, report, ceiling)

# %% [markdown]
# ## The networks

# %% tags=["hide-input"]
scores = comparison.accuracy_table(rows, "network", report, known).drop(columns=["report: loss", "loss"])
scores.insert(1, "parameters", [f"{group[0].parameters:,}" for group in rows.values()])
scores.insert(2, "images", [f"{group[0].data.train:,}" for group in rows.values()])
table(
    scores,
    "Test accuracy on ByClass, 62 classes (per cent; after ± half of the 95 % interval), and on how many training images. "
    f"The report trained on {SPECS['byclass'].train_size:,} for up to 50 epochs, and quoted WaveMix-Lite's number from "
    "its authors",
    "table-headline",
)
say(
    f"The final model is the residual CNN{tables.at_width(final.recipe.width)}, with a recipe that was chosen on validation "
    "images: {doc}`10-results`. The levels cannot be compared with the report's unless the images "
    "and the epochs are equally many. Orders and differences can, but only between rows that had equally many of both, "
    "and even they may change with the budget."
)

# %% [markdown]
# ## What is corrected

# %% tags=["hide-input"]
rates = [reported.load(f"learning_rates_{name}").accuracy[1e-3] for name in ("first", "second")]
shared = expected_overlap(SPECS["byclass"], SPECS["bymerge"])
matrix = reported.load("cross_dataset").set_index("tested on", append=True).accuracy
say(
    "\n".join(
        [
            f"- **Many of the differences are within chance.** Of the {len(below)} rows that are not the best of "
            f"their table, {len(below) - int(below['exceeds'].sum())} are no further from it than the choice of "
            f"{SPECS['byclass'].test_size:,} test images could set two equally good networks. The second pass over "
            f"learning rates is wholly of that kind, and the report's two trainings at 1e-3 already differ by "
            f"{abs(rates[0] - rates[1]):.2f} points. See {{doc}}`06-learning-rate` and {{numref}}`figure-reported-rows`.",
            "- **The optimizer table compares default rates.** At rates of their own the optimizers that came last are "
            "a different matter: {doc}`03-optimizer`.",
            f"- **The cross-dataset matrix measures memory as well as skill.** Officially {100 * shared:.1f} % of "
            "ByClass' test images are expected among ByMerge's training images, since all sets are drawn from the same "
            f"characters. That may be how a network trained on ByMerge can reach {matrix['ByMerge', 'ByClass']:.2f} % "
            "on ByClass, which is scored with merged labels there, and only "
            f"{matrix['ByMerge', 'ByMerge']:.2f} % on its own test: {{doc}}`07-cross-dataset`.",
            "- **Class weights answered another question, and alpha could not matter.** Weights trade accuracy for "
            "balanced accuracy; one alpha for all classes only scales the loss: {doc}`08-class-weights-and-focal-loss`.",
            "- **Some characters can hardly be told apart by anyone.** A reader who is perfect but for 0 O o, 1 I i l and "
            f"the case pairs, and answers the commonest there, is right in {100 * ceiling:.2f} % of ByClass' test images: "
            "{doc}`01-dataset-analysis`. The report's networks stand within a point or two of that.",
            "- **One sign of a character's size is left, and augmentation hides it.** EMNIST scales all characters to one size, "
            "but the edges of what was written larger stay sharper, which helps to tell 0 from O and 5 from S: "
            "{doc}`01-dataset-analysis`. Augmentation that interpolates blurs them anew, and costs where shapes do not tell; "
            "shifts by whole pixels do not: {doc}`10-results`.",
            "- **Slips.** The counts that the data slide gives for J and Y are those of j and y. The quoted WaveMix-Lite "
            "128/7 has a quarter of the parameters given for it: {doc}`02-model-design`. The tables do not share one base "
            "recipe: the ReLU row and the Adam row would be the same, and differ by a point.",
        ]
    )
)

# %% [markdown]
# ## Read
#
# - [{doc}`15-korean`]{.language-ko}: this page and the answer of every chapter in Korean.
# - {doc}`14-write-a-character`: let a network read your hand, here in the browser.
# - {doc}`01-dataset-analysis`: what is in EMNIST, and what limits any network on it.
# - {doc}`02-model-design`: how much accuracy parameters and time buy.
# - {doc}`03-optimizer`, {doc}`04-activation`, {doc}`05-residual-blocks` and {doc}`06-learning-rate`: the report's
#   comparisons, one at a time.
# - {doc}`07-cross-dataset`: whether a network trained on one set answers another.
# - {doc}`08-class-weights-and-focal-loss`: two lessons of the report, and what it left for later.
# - {doc}`09-training-size`: what more images would bring.
# - {doc}`10-results`: the best network, and what it still gets wrong. {doc}`11-runs` lists every run and
#   says how this was made, {doc}`12-cost` what it cost, and {doc}`13-glossary` what the words mean.
#
# ## Run it again
#
# On a machine with Python 3.11 to 3.13 and `make`, in a clone of the repository:
#
# ```
# make book
# ```
#
# This sets up an environment, trains every network anew on a small budget ({term}`profile` `quick`) and builds these pages from
# what was trained. Where there are no EMNIST files it says so on each page and uses characters drawn by code. To get
# the real ones:
#
# ```
# .venv/bin/emnist data --download
# make book
# ```
#
# That fetches NIST's zip, 562 MB, checks it, and unpacks it into the cache, 1.8 GB. Where the files lie on the machine
# already, set `EMNIST_HOME` to their folder instead.
#
# `make book PROFILE=hour` builds another profile. A run that is on record is not trained again, unless the code that
# makes its numbers has changed them since.

# %% tags=["hide-input"]
table(
    pd.DataFrame(
        [
            {
                "profile": f"`{item.name}`",
                "for": item.purpose,
                "training images": f"{item.comparison.train_size or SPECS['byclass'].train_size:,}",
                "epochs": f"{item.comparison.epochs}",
                "seeds": f"{len(item.comparison.seeds)}",
            }
            for item in studies.PROFILES.values()
        ]
    ),
    "The profiles: all ask the same questions, each with as many images, epochs and seeds for a comparison as it can "
    f"afford; larger networks have one seed in all but `full`. Published is `{studies.PUBLISHED}`",
    "table-profiles",
)

# %% [markdown]
# ## Play with one chapter
#
# Each chapter is a notebook that runs by itself from top to bottom: open `chapters/05-residual-blocks.ipynb`, or run it
# with `.venv/bin/papermill chapters/05-residual-blocks.ipynb runs/out.ipynb -p profile smoke`. To open it in a browser,
# install Jupyter beside the rest, `.venv/bin/pip install jupyterlab`, and start `.venv/bin/jupyter lab`. At the end of
# each chapter stands something to try.
#
# ## Cite
#
# `CITATION.cff` in the repository says how. Please cite EMNIST itself too {cite}`cohen2017`.
#
# ```{bibliography}
# ```
