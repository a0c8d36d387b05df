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
# # The runs
#
# **What exactly was trained for this book?** Every run of the profile shown is listed here once. Several studies share
# runs: the base recipe is a row of most of them.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd

from emnist_utils import reported, runner, studies
from emnist_utils.paths import root
from emnist_utils.report import cost, run_export, run_list, style
from emnist_utils.report.banner import about_runs
from emnist_utils.report.markdown import say, table

style.use()

# %% tags=["hide-input"]
of_studies = runner.all_records(profile)
runs = [record for record, _ in run_list.with_studies(of_studies)]
about_runs(profile, run_list.rows(of_studies), profile, {})

# %% [markdown]
# ## How this was made
#
# Each question of the book is a *study*: a list of recipes. A recipe is trained once for each seed, and seeds are as many
# as the profile can afford: several for most comparisons, one for larger networks. Each test is kept in a record with
# the code, the versions and the machine behind it. The pages are made from the records by the code that stands on them,
# and nothing on them that is a result was typed. In the profiles with enough runs to decide, a page whose records no
# longer back what it says is not published.

# %% tags=["hide-input"]
behind = {record.run_id for group in of_studies["report"].values() for record in group}
codes = sorted({record.provenance.code for record in runs})
commits = sorted({(record.provenance.commit or "none")[:7] for record in runs})
unclean = sum(not record.provenance.clean for record in runs)
say(
    f"{len(runs)} runs, {len(behind)} of which stand behind the tables of the 2024 report, took {run_list.hours(runs):.1f} hours of "
    "computing, several at a time. "
    + (
        "All were trained from committed code"
        if not unclean
        else f"{unclean} of them were trained from code that was not as committed"
    )
    + f": {'commits' if len(commits) > 1 else 'commit'} {', '.join(f'`{commit}`' for commit in commits)}. The "
    f"fingerprint of the sources that make numbers is {' or '.join(f'`{code[:8]}`' for code in codes)}."
)

# %% tags=["hide-input"]
by_data = {}
for record in runs:
    by_data.setdefault((record.recipe.dataset, record.data.kind, record.data.fingerprint), []).append(record)
table(
    pd.DataFrame(
        [
            {
                "set": dataset,
                "images": {"official": "official", "part": "a part of EMNIST", "synthetic": "stand-in"}[kind],
                "fingerprint": f"`{fingerprint}`",
                "runs": f"{len(found)}",
                "test images": f"{max(record.data.test for record in found):,}",
            }
            for (dataset, kind, fingerprint), found in by_data.items()
        ]
    ),
    "The images: which sets, a digest of all their images and labels, and the most test images that a run answered",
    "table-runs-data",
)

# %% tags=["hide-input"]
table(
    run_list.device_table(runs),
    "The machines: how many runs each trained, when, and hours of computing with compilation and test",
    "table-runs-devices",
)

# %% tags=["hide-input"]
versions = sorted({(name, version) for record in runs for name, version in record.provenance.versions.items()})
table(
    pd.DataFrame([{"package": name, "version": version} for name, version in versions]),
    "The packages that were installed where the runs were trained",
    "table-runs-versions",
)

# %% [markdown]
# ## One by one
#
# The recipe names the network with its width (`w`) and residual blocks (`b`), the set, the optimizer with its rate, and
# whatever else is not usual. Images are those trained on; seconds are those of training, validation and test without
# compilation; accuracy is that on the test images, in per cent. The same recipe and seed may differ in the second digit
# after the point between processors, numbers of threads and versions of the code, since sums are taken in another
# order. A record with all of this, curves and predictions lies in `results/` under the name of its run where it is
# published.

# %% tags=["hide-input"]
say(
    "The studies, and how many runs each has:\n\n"
    + "\n".join(
        f"- (study-{name})=\n  **{name}**: {studies.study(name).question} {sum(map(len, groups.values()))} runs."
        for name, groups in of_studies.items()
    )
)

# %% tags=["hide-input"]
by_clock = {name: sum(record.timing.clock == name for record in runs) for name in ("processor", "wall")}
if all(by_clock.values()):
    say(
        f"Two clocks stand behind the seconds: {by_clock['processor']} runs had one thread, whose processor time is given, "
        f"and {by_clock['wall']} had several, or a GPU, and were timed by the clock on the wall. Compare times within one kind "
        "and one day only."
    )

# %% tags=["hide-input"]
table(
    run_list.run_table(of_studies),
    "All runs. In the book, a click on the head of a column sorts by it",
    "table-runs",
    css_class="run-table",
)

# %% [markdown]
# (downloads)=
# ## To download
#
# The first file has a row for each run, with its recipe, scores, times and what made it; the second says what each of
# its columns means. A chapter's notebook runs by itself in a clone of the repository.

# %% tags=["hide-input"]
shelves = {
    "all runs of this page": [f"_executed/{profile}/{name}" for name in (run_export.RUNS, run_export.COLUMNS)],
    "notebooks": [f"chapters/{path.stem}.ipynb" for path in sorted((root() / "chapters").glob("*.py"))],
    "the 2024 report's tables": [f"emnist_utils/reported/{name}.csv" for name in reported.TABLES],
    "the benchmarks' figures": [f"benchmarks/results/{path.name}" for path in cost.files()],
}
say(
    "\n".join(
        f"- {shelf}: " + ", ".join(f"{{download}}`{Path(file).name} <../{file}>`" for file in files)
        for shelf, files in shelves.items()
    )
)

# %% [markdown]
# ## Try it yourself
#
# Each record can be read back, with everything that the pages show of it:
#
# ```python
# from emnist_utils import results, runner
#
# record = runner.records("blocks", "quick")["2"][0]
# print(record.recipe.label(), record.test, record.provenance, sep="\n")
# predictions = results.read_predictions(record)
# print((predictions.predicted == predictions.labels).mean())
# ```
