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
# # Cost
#
# **What does it cost to do this study again, and where does the time go?** Someone who reruns it waits for three things:
# the images, the steps of training, and all that a run does beside them. This page sets each beside what one would use
# instead. Someone who then edits the book waits for its builds, which come last.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
import numpy as np

from emnist_utils import runner
from emnist_utils.report import cost, run_list, style, tables
from emnist_utils.report.banner import about_runs
from emnist_utils.report.claims import Claims
from emnist_utils.report.cost_figures import throughput, where_time_goes
from emnist_utils.report.markdown import say, table

style.use()

# %% tags=["hide-input"]
of_studies = runner.all_records(profile)
records = [record for record, _ in run_list.with_studies(of_studies)]
runs = {record.run_id: [record] for record in records}
about_runs(profile, run_list.rows(of_studies), profile, {})
say(
    f"**The {len(runs)} runs of this profile took {run_list.hours(records):.1f} hours of computing,** several "
    "at a time, on the devices named above; {doc}`11-runs` has them one by one."
)

# %% [markdown]
# ## Training
#
# Each contender trains the same networks on the same images in steps of 500 images, as many as in the report, with Adam,
# on all cores. *Ours* is one run as this book trains it; *side by side* is one run a core, their images added up, as a whole study is trained. *Keras
# fit* is the same network with Keras' defaults on images as floats; *PyTorch* is a plain loop, channels last, with and
# without its compiler.

# %% tags=["hide-input"]
trained = cost.measured("training")
table(
    cost.training_table(trained),
    "Images a second in training, medians. Then our better way against the fastest of the others, with the lowest and "
    "the highest of the repeats, and the share of the fastest matrix product of this machine "
    f"({max(row['peak_gflops'] for row in trained['rows']):.0f} GFLOP/s) that it comes to. {cost.conditions(trained)}",
    "table-cost-training",
)

# %% tags=["hide-input"] records=["benchmarks"] mystnb={"figure": {"caption": "Training throughput, medians, beside that of the fastest peer, which stands at 1. Diamonds are this book's trainer.", "name": "figure-cost-training"}, "image": {"alt": "A dot chart with a row for each network: images a second of five contenders as multiples of the fastest peer's, with a line at one."}}
throughput(trained)

# %% [markdown]
# Three levers are in use. *Batch normalisation* is one operation here; Keras makes it of a dozen, each of which reads the
# whole batch. *oneDNN*, a library of kernels that TensorFlow leaves off on some processors, is on. And images stay bytes
# until they are in the network, a quarter of what floats would take. The next table lets go of each, and pulls three
# that are not in use: *XLA*, which compiles the whole step; ten steps in one call; and all images as one tensor from
# which TensorFlow gathers a batch.

# %% tags=["hide-input"]
levers = cost.measured("levers")
table(
    cost.levers_table(levers),
    "Speed of training in other ways, as multiples of the trainer's as it is; medians of the repeats with the lowest and "
    f"the highest. Batches of {levers['batch']} images, one run with all cores. {cost.conditions(levers)}",
    "table-cost-levers",
)
same = levers["numbers"]
as_it_is, let_go = same["accuracies"].values()
say(
    f"Do they change what is learned? {len(as_it_is)} networks as small and as briefly trained as those of the profile "
    f"`quick`, which differ in their seed, reach {100 * np.mean(as_it_is):.2f} % of the test images on average as it is, and "
    f"{100 * np.mean(let_go):.2f} % with the same seeds and all three levers let go; a single one lies "
    f"{100 * np.std(as_it_is, ddof=1):.2f} points off its mean (standard deviation). Seed by seed the difference is "
    f"{100 * same['difference']['value']:+.2f} points, 95 % interval {100 * same['difference']['low']:+.2f} to "
    f"{100 * same['difference']['high']:+.2f}."
)

# %% [markdown]
# ## What a run costs besides its steps
#
# Before the first step a network is built and traced; after the last the test images are answered and a record is
# written. In short runs, such as those of the profile `quick`, this is most of the time; in long ones it is little.

# %% tags=["hide-input"] records=["all runs"] mystnb={"figure": {"caption": "Seconds of a run on average, by network, with the number of runs. Compilation is the tracing of the training step and of the evaluation. Networks had unlike numbers of images and epochs, so that bars tell where time goes, and not which network is the faster.", "name": "figure-cost-runs"}, "image": {"alt": "A bar chart with a bar for each network: seconds of compilation, epochs and test of an average run."}}
times = cost.time_by_network(runs)
where_time_goes(times)

# %% tags=["hide-input"]
beside = cost.measured("overhead")
table(
    cost.overhead_table(beside),
    "Seconds that a run of the profile `quick` takes beside its epochs, with the lowest and the highest of the repeats: "
    "as this book runs it, several in one process, and as a script of its own with plain Keras, which is started anew. "
    f"{cost.conditions(beside)}",
    "table-cost-overhead",
)

# %% [markdown]
# ## Loading
#
# ByClass at its official size, 814,255 images. The first load unpacks NIST's files, the second finds arrays that are
# mapped into memory, so only what is used is read.

# %% tags=["hide-input"]
loaded = cost.measured("loading")
table(
    cost.loading_table(loaded),
    "Time to load ByClass, of which bare gzip needs a part, and memory held afterwards; medians of the repeats with the "
    f"lowest and the highest. {cost.conditions(loaded)}",
    "table-cost-loading",
)
whole = cost.measured("memory")
say(
    f"Training reads what it uses: LeNet-5 trained on {whole['images']:,} of them holds at most "
    f"{whole['peak_mb'] / 1000:.2f} GB, TensorFlow included ({cost.conditions(whole)})."
)

# %% [markdown]
# ## On a GPU
#
# There a small network's step should take less time than the call that starts it. So with JAX (`KERAS_BACKEND=jax`) all
# images stay on the GPU as bytes, an epoch is one compiled loop over them, and numbers are of 16 bits (bfloat16), those of
# the weights of 32. `emnist run --study all --max-minutes 30 --out records` does as much of the study as fits into the
# time and goes on later. TensorFlow's CUDA packages train with ten steps a call.

# %% tags=["hide-input"]
if cost.files("accelerator"):
    on_gpu = cost.measured("accelerator")
    table(cost.accelerator_table(on_gpu), f"Training on a GPU. {cost.conditions(on_gpu)}", "table-cost-gpu")
else:
    say("**Not run:** no GPU could be had so far. `python benchmarks/accelerator.py` measures it where there is one.")

# %% [markdown]
# ## Building the book
#
# A build trains what is missing, executes the chapters whose code or records have changed, and reads the pages again that
# differ. So what a change costs depends on what it can reach: prose no chapter's outputs, a module the chapters that
# import it, and neither any training.

# %% tags=["hide-input"]
builds = cost.measured("book_times")
table(
    cost.book_times_table(builds),
    f"Time to build the book in the profile `{builds['profile']}` on the stand-in, in a fresh "
    "clone, and then after one change after the other, of one file each; medians with the lowest and the highest of "
    f"{builds['repeats']} such clone{'s' if builds['repeats'] > 1 else ''}. "
    f"{cost.conditions(builds)}",
    "table-cost-book",
)
first, idle = (builds["rows"][row]["seconds"]["median"] for row in (0, 1))
say(
    f"A build that finds nothing to do takes {idle:.0f} s: the start of Python, its libraries and Sphinx, and reading what "
    f"is there. The other {first - idle:.0f} s of the first one go into drawing the stand-in, training and executing the "
    f"{builds['rows'][0]['executed']} chapters with code."
)
read = cost.measured("pages")
say(
    f"Opened from disk, the published first page stands after {read['seconds']['median']:.2f} s "
    f"({read['seconds']['low']:.2f} to {read['seconds']['high']:.2f}) and reads {read['bytes'] / 1e6:.2f} MB "
    f"({read['browser']}; {cost.conditions(read)})."
)

# %% [markdown]
# ## What was found

# %% tags=["hide-input"]
rows = {row["model"]: row for row in trained["rows"]}
ahead = [name for name, row in rows.items() if row["ratio_to_best_peer"]["low"] > 1]
behind = [name for name, row in rows.items() if row["ratio_to_best_peer"]["high"] < 1]
loads = {row["what"]: row for row in loaded["rows"]}
run_rows = {row["what"]: row["seconds"] for row in beside["rows"]}
claims = Claims(profile)
claims.add(
    "ResNet-50 alone trains slower here than with the best of the others.",
    behind == ["resnet50"],
    "; ".join(f"{name} {row['ratio_to_best_peer']['median']:.2f} times" for name, row in rows.items()),
)
claims.add(
    "A first load costs hardly more than unpacking.",
    loads["ours, first"]["ratio_to_gzip"]["median"] <= 1.3,
    f"{loads['ours, first']['ratio_to_gzip']['median']:.2f} times bare gzip",
)
ratios = {(row["way"], row["model"]): row["ratio_to_as_it_is"] for row in levers["rows"]}
lever_networks = list(dict.fromkeys(row["model"] for row in levers["rows"]))
claims.add(
    "Of the three levers in use oneDNN is worth most, for each network.",
    all(
        ratios["without oneDNN", name]["high"] < ratios[other, name]["low"]
        for name in lever_networks
        for other in ("Keras' batch normalisation", "images as floats")
    ),
    "; ".join(
        f"{name} {ratios['without oneDNN', name]['median']:.2f} times as fast without" for name in lever_networks
    ),
)
unused = ("XLA", "ten steps a call", "images as one tensor")
claims.add(
    "None of the three that are not in use is seen to make each network faster.",
    all(any(way == other and ratio["low"] <= 1 for (other, _), ratio in ratios.items()) for way in unused),
    "; ".join(
        f"{way} " + ", ".join(f"{ratio['median']:.2f}" for (other, _), ratio in ratios.items() if other == way)
        for way in unused
    ),
)
claims.add(
    "Letting go of all three levers changes no accuracy beyond chance.",
    same["difference"]["low"] <= 0 <= same["difference"]["high"],
    f"{100 * same['difference']['value']:+.2f} points over {len(as_it_is)} seeds, p {tables.p_value(same['p'], '= ')}",
)
claims.add(
    "Training on all of ByClass holds less than 2.5 GB.",
    whole["peak_mb"] < 2500,
    f"{whole['peak_mb'] / 1000:.2f} GB",
)
claims.add(
    "A run of the profile `quick` costs at most 4 seconds besides its steps.",
    run_rows["ours"]["high"] <= 4,
    f"{run_rows['ours']['median']:.1f} s",
)
claims.show()
say(
    "How sure is this? All figures of a row were taken in one go on one machine, whose speed drifts while others share it: "
    "the brackets show by how much. Where they hold a one, no difference is seen. "
    + (f"Ahead of all others in every repeat: {', '.join(ahead)}. " if ahead else "")
    + "Another processor may order the contenders differently. The seconds of this profile's runs, in the figure, are as "
    "their records have them, and some were trained by earlier and slower code or on a busy machine."
)
say(
    "Why is ResNet-50 behind? Its maps here are of 8 x 8 pixels and less, and a profile of a step shows most of its time "
    "in the backward passes of many small convolutions. Probably TensorFlow's kernels for these are the slower ones."
)

# %% [markdown]
# ## Try it yourself
#
# ```
# pip install -r benchmarks/requirements.txt
# python benchmarks/training.py lenet5
# ```
