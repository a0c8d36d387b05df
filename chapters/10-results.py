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
# # Results
#
# **How good is the best network, and what does it still get wrong?** The 2024 report combined the winners of its tables
# into a final residual network, showed where that one errs, and named the {term}`look-alikes`: 0 and O, 1, i and l, 9,
# g and q, and the two cases of a letter. This chapter chooses a recipe too, on validation images, trains it on
# three sets, and counts its errors.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
from IPython.display import Image

from emnist_utils import reported, results, runner, studies
from emnist_utils.data.specs import SPECS
from emnist_utils.report import (
    calibration,
    characters,
    comparison,
    confusion_explorer,
    cross_dataset,
    error_figures,
    errors,
    run_list,
    style,
    tables,
    view_accuracy,
)
from emnist_utils.report.banner import about_runs
from emnist_utils.report.claims import Claims
from emnist_utils.report.counting import frequency_only_error
from emnist_utils.report.data_figures import losses_by_group
from emnist_utils.report.markdown import say, table
from emnist_utils.report.reported_figures import differences_to_best, reported_differences
from emnist_utils.report.selection import (
    best_on_validation,
    half_or_wider,
    recipe_of,
    training_accuracy,
    validation_accuracy,
)
from emnist_utils.report.training_figures import learning_curves
from emnist_utils.statistics import difference_of_shares, wilson

style.use()

# %% tags=["hide-input"]
candidates = runner.records("candidates", profile)
old_candidates = runner.published("candidates", studies.PUBLISHED)
finals = runner.records("final", profile)
old_finals = runner.published("final", studies.PUBLISHED)
over_views = view_accuracy.accuracies(finals)
widths = runner.records("width", profile)
few = runner.records("few-images", profile)
across = runner.records("cross-dataset", profile)
networks = runner.records("models", profile)
smoothed = "label smoothing"
every_study = {
    "candidates": candidates,
    "width": widths,
    "few-images": few,
    "final": finals,
    "models": networks,
    "cross-dataset": across,
}
about_runs(
    profile,
    run_list.rows(every_study),
    studies.PUBLISHED,
    {**old_candidates, **old_finals},
)

# %% tags=["hide-input"]
from emnist_utils.report.answers.final import in_short

in_short(widths, finals, networks, over_views).show()

# %% [markdown]
# ## Choosing
#
# The report calls its final network *fine-tuned*. That word is mostly used for a network that was trained on other data
# before. Nothing here is pretrained: it means that the settings were tuned. As far as the slides tell, they were tuned
# on the test images, for they show no other accuracy. Then the winner of a table owes its place in part to luck, and
# luck does not come along into the next training.

# %% tags=["hide-input"]
n_official = SPECS["byclass"].test_size
final = reported.load("models").accuracy["Residual CNN"]
ablations = ("optimizers", "activations", "blocks", "learning_rates_first", "learning_rates_second", "losses")
rows = pd.concat({name: reported.load(name).accuracy for name in ablations})
best_table, best_row = rows.idxmax()
gain = difference_of_shares(*(round(value / 100 * n_official) for value in (final, rows.max())), n_official)
apart = reported_differences().query("difference < 0")
say(
    f"The report's final network reached {final:.2f} %. Of the {len(rows)} rows of the tables that it was chosen from, "
    f"{(rows > final).sum()} are better than that, the best of them {best_row} among the {best_table} with "
    f"{rows.max():.2f} %. So no gain of choosing the winners survived. Of the {len(apart)} rows below the best of "
    f"their own table, {apart['exceeds'].sum()} are further below it than the chance of the test images explains, the "
    f"other {(~apart['exceeds']).sum()} are not ({{numref}}`figure-reported-rows`). By these accuracies alone, choosing between those is mostly luck."
)

# %% tags=["hide-input"] records=["2024 report"] mystnb={"figure": {"caption": "How far each row of the report's tables is below the best of its table, with the 95 % interval that the chance of the test images gives to the difference. Filled rows are further below than that. The networks answered the same images, so the difference of two trained networks is surer than this, and that of two recipes, each trained once, less sure.", "name": "figure-reported-rows"}, "image": {"alt": "Dots with intervals in seven groups, one for each table of the report, on an axis of points below the best row; about half are filled, the others are hollow and reach zero."}}
differences_to_best(reported_differences())

# %% [markdown]
# Here the candidates are six: the base recipe of all chapters, then with label smoothing, then with
# {term}`augmentation` too, slight and not so slight ({doc}`08-class-weights-and-focal-loss` tells what these do), then
# with the report's winning activation and optimizer on top, then with dropout. They train for longer than the comparisons
# of other chapters do, since some of this pays late, and so with fewer seeds where a profile cannot afford more. Some of
# what they are made of is then tried at the width of the final model, where the choice is made.

# %% tags=["hide-input"] records=["candidates"] mystnb={"figure": {"caption": "Loss and accuracy of the candidates by epoch. With label smoothing the losses of training and validation are the smoothed ones here, which cannot fall to zero, where tables have the plain cross-entropy; augmentation and dropout make training harder than validation.", "name": "figure-candidates"}, "image": {"alt": "Two line charts, loss and accuracy by epoch, with a solid validation line and a dashed training line for each of six recipes."}}
learning_curves(candidates)

# %% tags=["hide-input"]
chosen = best_on_validation(candidates)
scores = comparison.accuracy_table(candidates, "recipe", published=old_candidates)
validated = {label: validation_accuracy(group) for label, group in candidates.items()}
scores.insert(1, "validation", [f"{100 * value:.2f}" for value in validated.values()])
table(
    scores,
    "The candidates: accuracy on the validation images, by which is chosen, and scores on the test images (per cent; loss "
    "in nats)",
    "table-candidates",
)
costs = comparison.cost_table(candidates, "recipe")
if len(costs.columns) > 1:
    table(costs, "What the candidates cost in training", "table-candidates-costs")
say(comparison.timing_note(candidates))

# %% tags=["hide-input"]
verdicts = comparison.compare(candidates, chosen)
n_validation = candidates[chosen][0].data.validation


def how_sharp(records, best):
    low = wilson(round(validation_accuracy(records[best]) * n_validation), n_validation).low
    near = [label for label, group in records.items() if label != best and validation_accuracy(group) > low]
    if not near:
        return f"On the {n_validation:,} validation images no other comes within its interval. "
    lie = "lie" if len(near) > 1 else "lies"
    which = f"*{'* and *'.join(near)}*" if len(near) < 4 else f"{len(near)} of the {len(records) - 1} others"
    return f"With {n_validation:,} validation images the choice is not sharp: within the interval of the best also {lie} {which}. "


hindsight = max(candidates, key=lambda label: tables.accuracy(candidates[label]).value)
say(
    f"Best on validation images is **{chosen}**. "
    + how_sharp(candidates, chosen)
    + (
        "The test images would have chosen the same."
        if hindsight == chosen
        else f"The test images would have chosen *{hindsight}*; to take that one would be choosing by luck."
    )
)
table(
    comparison.comparison_table(verdicts),
    "Test accuracy of the other candidates less that of the one that is best on validation images",
    "table-candidates-verdicts",
)
say(comparison.comparison_note(verdicts))

# %% [markdown]
# ## Wider networks
#
# The candidates are narrower than the final model, so that they can be many. A wider network learns more of its training
# images by heart, and might gain by what did not help a narrow one. So label smoothing is trained at a quarter and half of
# the width, alone, with slight augmentation, and with dropout. What is made harder also needs more time, so at half width
# there are rows with twice the passes, too. All but one of them have *shifts*: augmentation that moves an image by whole
# pixels only. One of these has what does best in two other chapters, too: Nesterov's SGD at its best rate in place of Adam
# at 3e-3 ({doc}`03-optimizer`), and a third block ({doc}`05-residual-blocks`). It is trained at three quarters of the width
# as well. The last row asks what the report's whole width would bring; it has half the passes, which still is twice the
# arithmetic. Of the rows at half width or more, the one that is best on validation images gives the recipe of the final
# model.


# %% tags=["hide-input"]
def learned_and_known(records):
    return pd.DataFrame(
        [
            {
                "recipe": label,
                "parameters": f"{group[0].parameters:,}",
                "epochs": f"{group[0].epochs_run}",
                "training": f"{100 * training_accuracy(group):.2f}",
                "validation": f"{100 * validation_accuracy(group):.2f}",
                "test": tables.percent(tables.accuracy(group)),
            }
            for label, group in records.items()
        ]
    )


while_training = (
    "after ± half of the 95 % interval. Training accuracy is that while training, on changed images with augmentation "
    "and with units off with dropout"
)
table(
    learned_and_known(widths).rename(columns={"recipe": "recipe, all with label smoothing"}),
    f"Accuracy in per cent at four widths; {while_training}",
    "table-widths",
)
wide = half_or_wider(widths)
best_wide = best_on_validation(wide)
wide_verdicts = comparison.compare(wide, best_wide)
table(
    comparison.comparison_table(wide_verdicts),
    "Test accuracy of the others at half width, where no other is named, less that of the one that is best on validation images",
    "table-widths-verdicts",
)


ahead = [label for label, verdict in wide_verdicts.items() if verdict.better == label]
narrow_best = best_on_validation({label: group for label, group in widths.items() if label.startswith("quarter")})
say(
    f"At half width or more validation chooses *{best_wide}*. "
    + how_sharp(wide, best_wide)
    + (
        "In the test none of these rows is better than it beyond chance. "
        if not ahead
        else f"In the test *{'* and *'.join(ahead)}* {'are' if len(ahead) > 1 else 'is'} better than it. "
    )
    + f"At a quarter of the width *{recipe_of(narrow_best)}* is the best, of those without shifts."
)
wider, tuned, untuned, whole = (
    studies.CHOSEN["width"],
    "half width, shifts, dropout, Nesterov, 3 blocks, twice the passes",
    "half width, shifts, dropout, twice the passes",
    "whole width, shifts, dropout",
)
tuned_beside, whole_beside, wider_beside = comparison.compare_pairs(
    widths, [(tuned, untuned), (whole, untuned), (wider, tuned)]
).values()
say(
    "Against *half width, shifts, dropout, twice the passes*, with Adam at 3e-3 and two blocks, in the test: with the other "
    f"optimizer and a third block {tuned_beside.evidence}; with the whole width and half the passes {whole_beside.evidence}. "
    f"From half to three quarters of the width, with that optimizer and a third block: {wider_beside.evidence}."
)

# %% [markdown]
# ### What limits it
#
# Three of the networks that were compared last differ in width, depth, optimizer and passes: the one at three quarters of the
# width, the whole width, and half of it with Adam and two blocks. If each erred in its own way, more of one or the other
# would help, and so would a vote. So here is on how many images they are wrong together.

# %% tags=["hide-input"]
compared = [widths[label][0] for label in (wider, untuned, whole)]
three = [results.read_predictions(run) for run in compared]
common = errors.in_common(three)
table(
    pd.DataFrame(
        {
            "wrong": ["none of them", "one", "two", "all three"],
            "images": [f"{100 * share:.2f}" for share in common["images"]],
            "with one answer": [
                tables.NOTHING if n < 2 else f"{100 * common['one answer'][n]:.2f}" for n in common.index
            ],
        }
    ),
    "On how many test images of ByClass these three are wrong, and on how many of those all that are wrong give the same "
    "wrong answer (per cent of all images, seed 0)",
    "table-common",
)
alone = [run.test.accuracy for run in compared]
own_errors = 1 - alone[0]
shared, same = common.loc[3, "images"] / own_errors, common.loc[3, "one answer"] / own_errors
say(
    f"They end within {100 * (max(alone) - min(alone)):.2f} points of each other. Of what the first gets wrong, "
    f"{100 * shared:.0f} % is wrong in all three, {100 * same:.0f} % with the same answer. A vote of the three, which is "
    f"three networks, would get {100 * errors.vote(three):.2f} % right. "
    + (
        "So little of that is one network's own, to be won by another width, depth or optimizer. What is left lies in the "
        "images, which read like another class, or in how few there are to learn from ({doc}`09-training-size`)."
        if shared > 0.75
        else "So much of what each gets wrong is its own."
    )
)

# %% [markdown]
# ### What augmentation hides
#
# What is lost by augmentation, and why not by shifts? Both move the characters about. But turns, changes of size and
# shifts by parts of a pixel have to read grey levels between the pixels: they interpolate, and that blurs each training
# image a little. A shift by whole pixels leaves all grey levels as they are. {doc}`01-dataset-analysis` found that
# sharpness is a sign: it often tells 0 from O and 5 from S, which have one shape. If the blur is what costs, a network
# should lose by it where the shape does not tell, and hardly elsewhere. Below are the errors of the network at half width
# by what was confused.

# %% tags=["hide-input"]
classes = SPECS["byclass"].classes
plain = "label smoothing"
moved = {name: f"{plain}, {name}, twice the passes" for name in ("augmentation", "shifts")}
lost_to = pd.DataFrame(
    {
        name: errors.error_budget(errors.confusion_matrix(wide[label], classes))["here"]
        for name, label in {plain: plain, **moved}.items()
    }
)
more_lost = lost_to["augmentation"] - lost_to["shifts"]
worst = list(more_lost.iloc[:-1].nlargest(2).index)
parts = {f"within {group}": lost_to.loc[group] for group in worst} | {
    "within the other groups of look-alikes": lost_to.iloc[:-1].drop(worst).sum(),
    "between characters that do not look alike": lost_to.iloc[-1],
    "in all": lost_to.sum(),
}
table(
    pd.DataFrame(
        [
            {"lost": where}
            | {name: f"{points:.2f}" for name, points in row.items()}
            | {"augmentation less shifts": f"{row['augmentation'] - row['shifts']:+.2f}"}
            for where, row in parts.items()
        ]
    ),
    "Points of accuracy that the network at half width loses on ByClass by what it confuses: with label smoothing, and with "
    "augmentation or shifts added and twice the passes",
    "table-hidden",
)
among, elsewhere = more_lost.iloc[:-1].sum(), more_lost.iloc[-1]
of_moved = comparison.compare_pairs(wide, [(moved["shifts"], moved["augmentation"]), (moved["augmentation"], plain)])
shifts_beside, augmentation_beside = of_moved.values()
say(
    f"With equally many passes augmentation loses {among + elsewhere:.2f} points more than shifts do, {among:.2f} of them "
    f"among look-alikes and {elsewhere:.2f} between all other characters. "
    + (
        "So it teaches to read shapes nearly as well, and costs where the shape does not tell, as it should if the blur is "
        "what costs. It also makes up slants and widths at random, which may be signs too; these rows cannot part the two."
        if among > 2 * abs(elsewhere)
        else "So the blur is not what costs, or not it alone."
    )
)

# %% [markdown]
# ## With few images
#
# A network learns few images by heart sooner than many, so another recipe may be best for them. Here six are trained on
# the images that the heavy networks of {doc}`02-model-design` had, for more epochs, at half the width. What is best
# on validation images here is the recipe of the final model on Balanced, and of its row beside WaveMix-Lite.

# %% tags=["hide-input"]
table(
    learned_and_known(few),
    f"Accuracy in per cent after training on {few[smoothed][0].data.train:,} images; {while_training}",
    "table-few-images",
)
best_few = best_on_validation(few)
few_verdicts = comparison.compare(few, best_few)
table(
    comparison.comparison_table(few_verdicts),
    "Test accuracy of the others less that of the one that is best on validation images, with few images",
    "table-few-images-verdicts",
)
say(
    f"On {few[smoothed][0].data.train:,} images validation chooses *{best_few}*. "
    + comparison.comparison_note(few_verdicts)
)

# %% [markdown]
# ## Nine views of an image
#
# The chosen network was trained on images that were shifted by up to a pixel. So in the test, too, it can look at each
# image in each of the nine places, and answer the class whose mean log-probability is the highest: {term}`test-time
# augmentation` {cite}`krizhevsky2012`. It is one network all the same, and trained no longer; only the test takes nine
# times as long. Validation images say whether that pays.

# %% tags=["hide-input"]
viewed = view_accuracy.gain(widths[studies.CHOSEN["width"]][0], "validation")
of_final = {title: view_accuracy.gain(finals[title][0], "test") for title in over_views}
say(
    f"Of {viewed.difference.n:,} validation images it answers {100 * viewed.once:.2f} % rightly as they are, and "
    f"{100 * viewed.averaged:.2f} % over nine views: {viewed.evidence}. "
    + ("" if viewed.difference.low > 0 else "On so few images no gain is seen beyond chance. ")
    + "{numref}`table-final` and the box above tell the final model's accuracy over nine views beside that of one; all other "
    "tables and figures are of one view. In the test the views change it by "
    + ", ".join(f"{tables.points(gain.difference)} points on {title}" for title, gain in of_final.items())
    + "."
)

# %% [markdown]
# ## The final model beside the report
#
# The final model is small enough to train on one core in an hour or two and to run in a browser
# ({doc}`14-write-a-character`). It is trained once on each of three sets. Most validation images have done their work when
# the recipe is chosen, so that it learns from them too; those that are kept tell which epoch is the best.

# %% tags=["hide-input"]
FINAL = "ByClass"
trained_as, of_few = recipe_of(studies.CHOSEN["width"]), studies.CHOSEN["few-images"]
old = old_finals if tables.others_published(finals, old_finals) else {}
matrix = reported.load("cross_dataset").set_index("tested on", append=True).accuracy
lines = []
for name in ("byclass", "bymerge", "balanced"):
    title, spec = SPECS[name].title, SPECS[name]
    lines.append(
        {
            "set": title,
            "network": "report",
            "accuracy": tables.percent(tables.reported_accuracy(matrix[title, title], name)),
            "over nine views": tables.NOTHING,
            "parameters": reported.load("models").parameters["Residual CNN"],
            "training images": f"{spec.train_size:,}",
            "epochs": "≤ 50",
        }
    )
    lines += [
        {
            "set": title,
            "network": which,
            "accuracy": tables.percent(tables.accuracy(group)),
            "over nine views": view_accuracy.written(group),
            "parameters": f"{group[0].parameters:,}",
            "training images": f"{group[0].data.train:,}",
            "epochs": f"{group[0].epochs_run}",
        }
        for which, group in (("published", old.get(title)), ("here", finals[title]))
        if group
    ]
table(
    pd.DataFrame(lines),
    "Test accuracy of the final model with half of its 95 % interval (per cent), and that of the report's fine-tuned "
    "network, whose interval is that of its test images, as is ours with one seed",
    "table-final",
)
ours = finals[FINAL][0]
merged = finals["ByMerge"][0]
balanced = finals["Balanced"][0]
say(
    (
        f"The final model is the residual CNN{tables.at_width(ours.recipe.width)} with {ours.recipe.blocks} blocks, trained in {ours.recipe.epochs} passes with "
        f"*{trained_as.removesuffix(', twice the passes')}*, "
        + (
            "as validation chose. "
            if trained_as == best_wide
            else f"as in the published profile; within this one validation would have chosen *{best_wide}*. "
        )
    )
    + (
        f"On Balanced, with {balanced.data.train:,} images, it is one{tables.at_width(balanced.recipe.width)} with "
        f"{balanced.recipe.blocks} blocks, trained with *{of_few}*, "
        + (
            f"as validation chose on {few[smoothed][0].data.train:,} images of ByClass. "
            if of_few == best_few
            else f"where validation would have chosen *{best_few}* within this profile. "
        )
    )
    + f"With {ours.parameters:,} parameters on ByClass it has {100 * ours.parameters / networks['Residual CNN'][0].parameters:.0f} % of those of the report's network, and it saw "
    f"{100 * ours.data.train / SPECS['byclass'].train_size:.0f} % of ByClass' training images and "
    f"{100 * merged.data.train / SPECS['bymerge'].train_size:.0f} % of ByMerge's. {{doc}}`09-training-size` shows what more "
    "images bring."
)

# %% tags=["hide-input"]
fewer = finals["ByClass, fewer images"]
peer = {"final model": fewer, "WaveMix-Lite 128/7": networks["WaveMix-Lite 128/7"]}
work = {name: group[0].multiply_adds * group[0].epochs_run for name, group in peer.items()}
beside = comparison.compare_pairs(peer, [("final model", "WaveMix-Lite 128/7")])


def by_heart(group):
    return (
        f"{100 * training_accuracy(group):.1f} % of the training images and {100 * validation_accuracy(group):.1f} % of "
        "the validation images rightly"
    )


table(
    pd.DataFrame(
        [
            {
                "network": name,
                "accuracy": tables.percent(tables.accuracy(group)),
                "parameters": f"{group[0].parameters:,}",
                "multiply-adds": f"{group[0].multiply_adds / 1e6:.0f} M",
                "training images": f"{group[0].data.train:,}",
                "epochs": f"{group[0].epochs_run}",
                "s of training": f"{group[0].timing.train_seconds:,.0f}",
            }
            for name, group in peer.items()
        ]
    ),
    "The final model and WaveMix-Lite 128/7 on the same training images (accuracy in per cent on test images of ByClass)",
    "table-final-wavemix",
)
table(
    comparison.comparison_table(beside), "The same two, compared on the same test images", "table-final-wavemix-verdict"
)
say(
    "The report quotes WaveMix-Lite as the best network on ByClass. Here both train from scratch on the same images. One step of "
    f"WaveMix-Lite does {peer['WaveMix-Lite 128/7'][0].multiply_adds / fewer[0].multiply_adds:.0f} times the arithmetic, so the final model is "
    f"given more epochs, in which it still does less of it, and is trained with *{of_few}*. "
    "At the epoch that was kept it answered "
    f"{by_heart(fewer)}, and WaveMix-Lite {by_heart(peer['WaveMix-Lite 128/7'])}: how far the first is above the second "
    "shows how much of so few images was learned by heart. The final model was trained on shifted images, so under a handicap that validation "
    "has not. " + comparison.comparison_note(beside)
)

# %% [markdown]
# ## Which answers are wrong
#
# In a {term}`confusion matrix` each row is a true class and each column an answer; on the diagonal the answer is right.
# The colour is logarithmic, so that one error in a thousand can be seen beside hundreds. Framed are the cells of
# classes that look alike ({doc}`01-dataset-analysis`).

# %% tags=["hide-input"] records=["final"] mystnb={"figure": {"caption": "Confusion matrix of the final model on ByClass, in per cent of each true class; cells without colour are never answered. Orange frames: both classes belong to one group of look-alikes, or are the two cases of a letter that ByMerge does not split (but L and l, which differ).", "name": "figure-confusion"}, "image": {"alt": "A matrix of 62 by 62 cells with a strong diagonal. Beside it two parallel lines of fainter cells, where lower-case letters are answered as their upper case and the reverse, and single cells such as O answered as 0 and l answered as 1; most of these are framed."}}
confusion = errors.confusion_matrix(finals[FINAL], classes)
error_figures.confusion_heatmap(confusion)

# %% tags=["hide-input"]
commonest = errors.commonest_confusions(confusion, 20)
table(
    pd.DataFrame(
        {
            "true → answered": [f"{row['true']} → {row['answered']}" for _, row in commonest.iterrows()],
            "images": [f"{value:,}" for value in commonest["images"]],
            "% of all errors": [f"{100 * value:.1f}" for value in commonest["of errors"]],
            "% of the true class": [f"{100 * value:.1f}" for value in commonest["of class"]],
            "look-alikes": ["yes" if value else "no" for value in commonest["alike"]],
        }
    ),
    "The commonest wrong answers of the final model"
    + (f", {len(finals[FINAL])} seeds together" if len(finals[FINAL]) > 1 else ""),
    "table-confusions",
)
say(
    f"These {len(commonest)} of {62 * 61:,} possible confusions make up {100 * commonest['of errors'].sum():.0f} % of all "
    f"errors; {commonest['alike'].sum()} of them are between look-alikes."
)

# %% [markdown]
# ### Cell by cell
#
# In the book, the matrix below tells the numbers of each cell that is pointed at or reached with the arrow keys. A click
# or the Enter key shows characters behind it: the commonest confusions have up to six, and the first right answer of
# each class is there to compare with. They are cut from the picture underneath.

# %% tags=["hide-input"]
explored = finals[FINAL]
if explored[0].data.kind == "synthetic" and FINAL in old_finals and characters.published(old_finals[FINAL][0]):
    # without EMNIST's files: the published mistakes, on real characters
    explored = old_finals[FINAL]
sheet = characters.sheet(explored[0])
confusion_explorer.show(errors.confusion_matrix(explored, classes), sheet, "figure-characters")

# %% tags=["hide-input"] records=["final"] mystnb={"figure": {"caption": "The characters behind the cells: test images of ByClass by true class and then by answer, as seed 0 of the final model gave it.", "name": "figure-characters"}, "image": {"alt": "A sheet of some three hundred and fifty small handwritten characters in rows of twenty, from the digits 0 to 9 over upper-case to lower-case letters."}}
Image(sheet.png)

# %% [markdown]
# ### Digits, and letters without their case
#
# The report shows digits and letters apart, and so do the next two matrices. A digit that was taken for a letter is
# counted in the last column, and so is a letter that was taken for a digit. The two cases of a letter are one class
# here, so that other confusions come to light.

# %% tags=["hide-input"] records=["final"] mystnb={"figure": {"caption": "Confusion matrices of the images of digits, and of those of letters with both cases as one, in per cent of each row. The column \"other\" holds answers of the other kind: letters on the left, digits on the right.", "name": "figure-confusion-parts"}, "image": {"alt": "Two matrices. Left, ten digits with a strong diagonal and numbers in the cells; the column for letters is strongest at 0, 1 and 5. Right, 26 letters with a strong diagonal and some stronger cells beside it."}}
digits, letters = errors.digits_only(confusion), errors.letters_only(confusion)
error_figures.confusion_parts(digits, letters)

# %% tags=["hide-input"]
taken_for_letters = digits["letter"].sum() / digits.to_numpy().sum()
among_digits = errors.accuracy_of(digits[list(digits.index)])
taken_for_digits = letters["digit"].sum() / letters.to_numpy().sum()
among_letters = errors.accuracy_of(letters[list(letters.index)])
say(
    f"{100 * taken_for_letters:.1f} % of the digits were taken for letters; of the others {100 * among_digits:.1f} % were "
    f"the right digit. {100 * taken_for_digits:.1f} % of the letters were taken for digits; of the others "
    f"{100 * among_letters:.1f} % were the right letter, in whichever case."
)

# %% [markdown]
# ### Upper against lower case
#
# For 15 letters the cases differ in little but size, of which EMNIST's scaling leaves no more than a trace. Where the network found the
# letter, how often did it find the case?

# %% tags=["hide-input"] records=["final"] mystnb={"figure": {"caption": "Of the images of each case that were answered with either case of their letter, the share that got their own. Of both cases together: circles, the share that got their own case; lines, the share that answering the commoner case each time would get right.", "name": "figure-cases"}, "image": {"alt": "Dot chart of fifteen letters: triangles for upper-case images are near the top, triangles for lower-case images mostly far below, several of them near zero."}}
cases = errors.cases(confusion)
error_figures.case_dots(cases)

# %% tags=["hide-input"]
told = cases.dropna(subset=["right"])
beyond = [f"{letter}{letter.lower()}" for letter in told.index[told["right"] > told["commoner"] + 0.02]]
say(
    "A network that is trained to be right as often as possible answers the commoner case where it cannot tell, which is "
    f"upper case for most of these letters. On average over the letters, upper-case images got their own case in "
    f"{tables.whole_percent(cases['upper'].mean())} % and lower-case images in {tables.whole_percent(cases['lower'].mean())} %. Better than answering "
    f"the commoner case, by more than two points, is the network for {len(beyond)} of the {len(told)} letters"
    + (f": {', '.join(beyond)}." if beyond else ".")
)

# %% [markdown]
# ## Where the accuracy is lost
#
# {doc}`01-dataset-analysis` asked what a reader loses who can only answer the commonest class of each group of
# look-alikes. Here is what the network loses within each group, beside that. The last kind of error, between classes
# that do not look alike, such a reader would not make.

# %% tags=["hide-input"] records=["final"] mystnb={"figure": {"caption": "Points of accuracy that the final model loses to confusions within each group of look-alikes, and to all other errors; beside it what answering the commonest class of the group would lose on the same images.", "name": "figure-budget"}, "image": {"alt": "Dot chart with a row for each of fifteen groups of look-alikes and one for everything else, with two values each; the groups of 1, I, i and l and of 0, O and o lose most among the groups."}}
budget = errors.error_budget(confusion)
losses_by_group(budget.rename(columns={"here": "final model", "by frequency": "commonest class of the group"}))

# %% tags=["hide-input"]
within, guessed = budget["here"].iloc[:-1].sum(), budget["by frequency"].sum()
lost = budget["here"].sum()
say(
    f"Of {lost:.2f} points that the final model loses, {within:.2f} are lost within the groups, {100 * within / lost:.0f} %. "
    f"Answering the commonest class would lose {guessed:.2f} there, so the network "
    + ("reads something where that chapter only counted. " if within < guessed else "does no better than counting. ")
    + f"With 0, O, o, 1, I, i, l and the case pairs alone, counting leaves {100 - 100 * frequency_only_error():.2f} % on the "
    f"official test set, and the best row of the report is {rows.max() - 100 + 100 * frequency_only_error():.2f} points above "
    f"that. Everything else costs {lost - within:.2f} points here."
)

# %% [markdown]
# ## Trained on one set, tested on another
#
# The networks of {doc}`07-cross-dataset` were trained on ByClass, ByMerge or Balanced and tested on all three. Each
# cell of that chapter's matrix is a confusion matrix too. All but the first are in ByMerge's 47 classes, which have no
# case for 15 letters.

# %% tags=["hide-input"] records=["cross-dataset"] mystnb={"figure": {"caption": "A confusion matrix for each set trained on (rows) and tested on (columns), in per cent of each true class. Thin lines part digits, upper case and lower case; ByClass tested on ByClass has 62 classes, all others 47. Answers of all seeds are counted together.", "name": "figure-confusion-grid"}, "image": {"alt": "Nine small matrices in three rows. All have a strong diagonal; the first, with 62 classes, has two parallel lines beside it where cases are confused, which the others lack."}}
order = [SPECS[name].title for name in ("byclass", "bymerge", "balanced")]
matrices = {}
for trained_on, record in ((name, record) for name in order for record in across[name]):
    predictions = results.read_predictions(record)
    for tested_on in (record.recipe.dataset, *record.recipe.test_on):
        cell = trained_on, SPECS[tested_on].title
        matrices[cell] = matrices.get(cell, 0) + cross_dataset.confusion(record, predictions, tested_on)
matrices = {(one, other): matrices[one, other] for one in order for other in order}
error_figures.confusion_grid(matrices)

# %% tags=["hide-input"]
firsts = {key: errors.commonest_confusions(matrix, 3) for key, matrix in matrices.items()}
table(
    pd.DataFrame(
        [
            {
                "trained on": trained_on,
                "tested on": tested_on,
                "accuracy": f"{100 * errors.accuracy_of(matrices[trained_on, tested_on]):.2f}",
                "commonest confusions": ", ".join(
                    f"{row['true']} → {row['answered']} ({100 * row['of errors']:.0f} %)" for _, row in found.iterrows()
                ),
            }
            for (trained_on, tested_on), found in firsts.items()
        ]
    ),
    "Accuracy of each cell (per cent, all seeds together) and its three commonest wrong answers with their shares of all errors",
    "table-confusion-grid",
)
commonest_of_all = {f"{row['true']} → {row['answered']}" for found in firsts.values() for _, row in found.iterrows()}
say(
    f"The {sum(map(len, firsts.values()))} entries of the last column are {len(commonest_of_all)} different confusions. How "
    "much of the accuracy off the diagonal is memory of images that were trained on is that chapter's subject."
)

# %% [markdown]
# ## Does it know when it is wrong?
#
# A network answers with a probability, its {term}`confidence`. It is *calibrated* {cite}`guo2017` if of the answers
# with 80 % confidence, 80 % are right. The *expected calibration error* is the mean distance between the two, over ten
# equal steps of confidence.

# %% tags=["hide-input"] records=["candidates"] mystnb={"figure": {"caption": "How often answers of like confidence were right, for each candidate; below the diagonal a network promises more than it keeps. Groups of fewer than 20 answers are left out.", "name": "figure-candidates-reliability"}, "image": {"alt": "Line chart of accuracy against confidence for the six candidates, with the diagonal."}}
answers = {label: [results.read_predictions(run) for run in group] for label, group in candidates.items()}
calibration.reliability_diagram({label.replace(", swish", ",\nswish"): group for label, group in answers.items()})

# %% tags=["hide-input"]
over = {label: float(np.mean([calibration.overconfidence(one) for one in group])) for label, group in answers.items()}
error = {label: calibration.expected_calibration_error(group) for label, group in answers.items()}
table(
    pd.DataFrame(
        [
            {
                "recipe": label,
                "accuracy": f"{100 * tables.accuracy(candidates[label]).value:.1f}",
                "confidence less accuracy": f"{100 * over[label]:+.1f}",
                "expected calibration error": f"{100 * error[label]:.1f}",
            }
            for label in candidates
        ]
    ),
    "Confidence of the candidates on the test images. Accuracy in per cent, the rest in points",
    "table-candidates-confidence",
)
final_answers = [results.read_predictions(run) for run in finals[FINAL]]
final_over = float(np.mean([calibration.overconfidence(one) for one in final_answers]))
say(
    f"The final model promises {'more' if final_over > 0 else 'less'} than it keeps, by {100 * abs(final_over):.1f} "
    "points on average. Long training makes networks over-confident, since they come to know their training images; a short "
    "one may leave them less sure than they are right. Label smoothing asks a network never to be sure. The recipe with it "
    f"has a calibration error of {100 * error[smoothed]:.1f} points, the base recipe one of {100 * error['base']:.1f}: it "
    + (
        "errs to the other side, and by more. Whoever needs probabilities should not take them from it as they are."
        if error[smoothed] > error["base"] and over[smoothed] < 0
        else "is the better calibrated of the two."
        if error[smoothed] < error["base"]
        else "is no better calibrated."
    )
)

# %% [markdown]
# ## Wrong and sure
#
# These are the wrong answers that the network was surest of. Cover the text and read them yourself. Where you side with
# the network, either the label is wrong or the writer's hand does not say what was meant; a network can hardly get such
# an image right except by chance.

# %% tags=["hide-input"] records=["final"] mystnb={"figure": {"caption": "The wrong answers with the highest confidence: true class, answer, and confidence in per cent. ByClass, test images, seed 0.", "name": "figure-mistakes"}, "image": {"alt": "Up to forty handwritten characters, each with its true class, an arrow to the answer, and the confidence below it."}}
shown = final_answers[0]
mistakes = errors.confident_mistakes(shown, characters.CONFIDENT)
images = characters.sheet(finals[FINAL][0]).images(shown.rows[mistakes].tolist())
true, answered = ([classes[label] for label in labels[mistakes]] for labels in (shown.labels, shown.predicted))
error_figures.mistakes_sheet(images, true, answered, shown.confidence[mistakes].astype(float))

# %% tags=["hide-input"]
only_case = sum(one.upper() == other.upper() for one, other in zip(true, answered, strict=True))
say(
    f"In {only_case} of these {len(mistakes)} the letter is right and only the case is wrong, and "
    f"{sum(map(errors.alike, true, answered))} are within the groups of look-alikes above."
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
claims = Claims(profile)
claims.add(
    "The final model has the recipe that is best on validation images among the rows at half width or more.",
    trained_as == best_wide,
    f"{100 * validation_accuracy(wide[best_wide]):.2f} % of {n_validation:,} images for *{best_wide}*, "
    f"{100 * validation_accuracy(wide[plain]):.2f} % for *{plain}*",
)
claims.add(
    "In the test that recipe is better than label smoothing alone.",
    plain in wide_verdicts and wide_verdicts[plain].better == best_wide,
    wide_verdicts[plain].evidence if plain in wide_verdicts else f"validation chooses *{best_wide}*",
)
claims.add(
    "Nesterov's SGD at its best rate and a third block, which do well in shorter trainings, are no better here in the test "
    "than Adam at 3e-3 and two blocks beyond chance.",
    tuned_beside.better != tuned,
    tuned_beside.evidence,
)
claims.add(
    "The whole width, in half the passes but with twice the arithmetic, is no better in the test than half of it beyond chance.",
    whole_beside.better != whole,
    whole_beside.evidence,
)
claims.add(
    "With that optimizer, a third block and as many passes, three quarters of the width answer more test images rightly than "
    "half of it.",
    wider_beside.better == wider,
    wider_beside.evidence,
)
claims.add(
    "More than three quarters of the errors of the chosen row are errors of two networks that differ in width, depth, "
    "optimizer or passes, too.",
    shared > 0.75,
    f"{100 * shared:.0f} % are wrong in all three networks, {100 * same:.0f} % with the same answer",
)
claims.add(
    "In the test of ByMerge the final model answers more images rightly over nine views than from one.",
    of_final["ByMerge"].difference.low > 0,
    "; ".join(f"{title}: {gain.evidence}" for title, gain in of_final.items()),
)
claims.add(
    "At half width augmentation with twice the passes answers fewer test images rightly than label smoothing alone.",
    augmentation_beside.better == plain,
    augmentation_beside.evidence,
)
claims.add(
    "Shifts by whole pixels, which blur nothing, answer more of them rightly than augmentation with as many passes, and "
    "most of the difference lies among look-alikes.",
    shifts_beside.better == moved["shifts"] and among > 2 * abs(elsewhere),
    f"{shifts_beside.evidence}; {among:.2f} points among look-alikes, {elsewhere:.2f} elsewhere",
)
claims.add(
    "In the test no candidate is better, beyond chance, than the one that is best on validation images.",
    all(verdict.better in (chosen, None) for verdict in verdicts.values()),
    "; ".join(f"{label}: {verdict.evidence}" for label, verdict in verdicts.items()),
)
more_work = work["WaveMix-Lite 128/7"] / work["final model"]
plain_few = few_verdicts.get(smoothed)
claims.add(
    "On few images, passed over many times, validation chooses shifts without dropout, and they answer more test images "
    "rightly than label smoothing alone.",
    best_few == of_few and plain_few is not None and plain_few.better == best_few,
    plain_few.evidence if plain_few else f"validation chooses *{best_few}*",
)
claims.add(
    "On the same few training images the final model answers more test images rightly than WaveMix-Lite 128/7, with less "
    "than half the arithmetic.",
    beside["final model", "WaveMix-Lite 128/7"].better == "final model" and more_work > 2,
    f"{beside['final model', 'WaveMix-Lite 128/7'].evidence}, {more_work:.1f} times the arithmetic",
)
of_balanced = tables.accuracy(finals["Balanced"])
reported_balanced = tables.reported_accuracy(matrix["Balanced", "Balanced"], "balanced")
claims.add(
    "On Balanced the final model, with fewer images but shifted ones, is above the report's network.",
    of_balanced.low > reported_balanced.high and balanced.data.train < SPECS["balanced"].train_size,
    f"{tables.percent(of_balanced)} % after {balanced.data.train:,} images, against {tables.percent(reported_balanced)} % after "
    f"{SPECS['balanced'].train_size:,}",
)
claims.add(
    "The report's final network and its best row cannot be told apart by their two accuracies alone.",
    gain.low <= 0 <= gain.high,
    f"{100 * gain.value:+.2f} points, 95 % interval {100 * gain.low:+.2f} to {100 * gain.high:+.2f}",
)
claims.add(
    "More than half of the errors are within the groups of look-alikes, which are a small part of all pairs.",
    within > lost / 2,
    f"{100 * within / lost:.0f} % of the errors",
)
first_ten = commonest.head(10)
claims.add(
    "As the report says, look-alikes and cases are confused most: at least nine of the ten commonest confusions are of "
    "that kind.",
    first_ten["alike"].sum() >= 9,
    f"{first_ten['alike'].sum()} of {len(first_ten)}",
)
images_tested = int(confusion.to_numpy().sum())
most = wilson(round(within / 100 * images_tested), images_tested).high
claims.add(
    "Within the groups the network does better than to answer the commonest class.",
    100 * most < guessed,
    f"{within:.2f} points lost, at most {100 * most:.2f} by its 95 % interval, against {guessed:.2f}",
)
swallowed = cases.loc[list("COMSU"), "lower"]
claims.add(
    "Most lower-case c, m, o, s and u that are recognised at all are taken for upper case.",
    bool((swallowed < 0.5).all()),
    ", ".join(
        f"{letter.lower()} kept its case in {tables.whole_percent(share)} %" for letter, share in swallowed.items()
    ),
)
claims.add(
    "The network that was trained with label smoothing is less confident than it is accurate.",
    over[smoothed] < 0,
    f"confidence less accuracy: {100 * over[smoothed]:+.1f} points",
)
claims.show()

# %% tags=["hide-input"]
seeds = len(candidates[chosen])
reached = tables.accuracy(finals[FINAL])
say(
    "How sure is this? "
    + (
        f"Each candidate was trained {seeds} times. "
        if seeds > 1
        else "Each candidate was trained once, so with another seed another might have been chosen, and it would err on other images. "
    )
    + f"The accuracy of {tables.percent(reached)} % on ByClass is one on images that had no part in the choice between the rows. "
    "That shifts are among them at all, errors in the test suggested. "
    "What is said of all errors, of groups and of the first rows of the table rests on many images; single cells of the "
    "matrix may rest on one."
)
say(
    "Not known is what the chosen recipe would gain at the report's whole width in as many passes: on ByMerge that would take "
    f"some {1 / merged.recipe.width**2:.1f} times the {merged.timing.train_seconds / 60:.0f} minutes of a core that it took here. Nor were recipes compared on the "
    "validation images of ByMerge or Balanced, or label smoothing alone with twice the passes."
    + (
        f" The {balanced.data.test:,} test images of Balanced are others than the official {SPECS['balanced'].test_size:,}, "
        "chosen by the same rule."
        if balanced.data.kind == "part"
        else ""
    )
)

# %% [markdown]
# ## Try it yourself
#
# Ask for other mistakes: the images of one confusion, those that were nearly right first.
#
# ```python
# import numpy as np
# from emnist_utils import data, results, runner
# from emnist_utils.report.error_figures import mistakes_sheet
#
# record = runner.records("final", "quick")["ByClass"][0]
# found, classes = results.read_predictions(record), data.SPECS["byclass"].classes
# true, answered = classes.index("O"), classes.index("0")
# wrong = np.flatnonzero((found.labels == true) & (found.predicted == answered))
# wrong = wrong[np.argsort(-found.true_probability[wrong].astype(float))][:40]
# images = data.load("byclass").test.images[found.rows[wrong]]
# confidence = found.confidence[wrong].astype(float)
# mistakes_sheet(images, ["O"] * len(wrong), ["0"] * len(wrong), confidence)
# ```
