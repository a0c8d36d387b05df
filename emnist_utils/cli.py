"""The ``emnist`` command: plan, run, data, publish, publish-network."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from emnist_utils import data, local_workers, paths, planning, published, ray_cluster, runner, studies
from emnist_utils.data import parts
from emnist_utils.errors import UserError
from emnist_utils.progress import duration
from emnist_utils.publish import publish as publish_book
from emnist_utils.publish import publish_network as publish_one_network

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)

ProfileOption = Annotated[str, typer.Option("--profile", "-p", help=f"One of {', '.join(studies.PROFILES)}.")]
StudyOption = Annotated[
    list[str] | None,
    typer.Option("--study", "-s", help=f"One of {', '.join(studies.STUDIES)}; 'all', or none, for all."),
]
OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", help="FIELD=VALUE of the recipe, such as width=0.25; may be repeated.")
]


@app.command()
def plan(profile: ProfileOption = "quick", study: StudyOption = None, only: OnlyOption = None) -> None:
    """List the runs of a profile: present, missing or stale, why, and how long the rest would take."""
    planned = planning.plan(profile, _named(study), _conditions(only))
    for name in _named(study) or studies.STUDIES:
        typer.echo(f"{name}: {studies.study(name).question}")
    for item in planned:
        time = "" if item.state == "present" else f"  {duration(item.seconds)}"
        reason = f"  ({item.reason})" if item.reason else ""
        typer.echo(f"{item.run_id}  {item.state:7}  {'+'.join(item.studies)}: {item.recipe.label()}{time}{reason}")
    counts = Counter(item.state for item in planned)
    typer.echo(f"{len(planned)} runs: " + ", ".join(f"{counts[state]} {state}" for state in sorted(counts)))
    if todo := [item for item in planned if item.state != "present"]:
        known = [item.seconds for item in todo if item.seconds is not None]
        unknown = len(todo) - len(known)
        workers = local_workers.default_workers(len(todo))
        text = f"about {duration(max(max(known), sum(known) / workers))}, {workers} at a time" if known else ""
        if unknown:
            text += f"{' and ' if text else ''}{unknown} of unknown length (no such network on record yet)"
        typer.echo(f"to do: {text}")
    typer.echo(f"data: {data.source().description}")


@app.command()
def run(
    profile: ProfileOption = "quick",
    study: StudyOption = None,
    only: OnlyOption = None,
    on: Annotated[
        Literal["here", "ray"], typer.Option("--on", help="On this machine, or on those of a running Ray cluster.")
    ] = "here",
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Train only the I-th of N shares of these runs, I from 1 to N.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Runs side by side; if left out one a core, or one a GPU.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Train runs that are present too, as a further attempt.")
    ] = False,
    max_minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after so long; the same command goes on from there.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the records, in place of EMNIST_RUNS.")] = None,
) -> None:
    """Train what is missing or stale; each run is saved as it ends, so this can be stopped and started again."""
    if out:
        os.environ["EMNIST_RUNS"] = str(out)  # for the workers, too
    try:
        left = runner.run(
            profile,
            _named(study),
            _conditions(only),
            shard=planning.Shard.parse(shard) if shard is not None else None,
            workers=workers,
            again=again,
            max_minutes=max_minutes,
            train=ray_cluster.train if on == "ray" else local_workers.train,
        )
    except KeyboardInterrupt:
        typer.echo("emnist: stopped; finished runs are kept, the same command goes on from here", err=True)
        raise typer.Exit(130) from None
    if left:
        typer.echo(f"{max_minutes:g} minutes are over; {left} runs are left, the same command goes on with them")
        return
    typer.echo(f"all runs of {profile} that were asked for are present; records are in {paths.runs_dir()}")


@app.command(name="data")
def show_data(
    download: Annotated[bool, typer.Option("--download", help="Fetch the NIST zip (562 MB) into the cache.")] = False,
    save_list: Annotated[Path | None, typer.Option(help="Write a list of the images here to this .npz file.")] = None,
    subset: Annotated[
        str | None,
        typer.Option(
            metavar="published|FILE",
            help="Rebuild the part that the published runs saw, or that a list names, into --to.",
        ),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="A new folder for the rebuilt part.")] = None,
) -> None:
    """Say which EMNIST sets are here and where from; fetch them, or list or rebuild a part of them."""
    if (subset is None) != (to is None):
        raise data.DataError("--subset and --to go together: --subset published --to new-folder")
    if download:
        typer.echo(f"downloaded to {data.download()}")
    if save_list:
        parts.save_part(parts.list_part(data.available()), save_list)
        typer.echo(f"listed in {save_list}")
    if subset and to:
        parts.rebuild(parts.read_part(published.part() if subset == "published" else Path(subset)), None, to)
        typer.echo(f"rebuilt; set EMNIST_HOME={to.resolve()} to use it")
        return
    typer.echo(data.source().description)
    for name in data.available():
        dataset = data.load(name)
        typer.echo(
            f"{name:9} {len(dataset.spec.classes):2} classes  {len(dataset.train):7,} train  "
            f"{len(dataset.test):7,} test  {dataset.source.kind}  {dataset.fingerprint}"
        )


@app.command()
def publish(profile: ProfileOption = studies.PUBLISHED) -> None:
    """Copy a profile's records to results/ and build book/ from them, whole or not at all."""
    publish_book(profile)
    typer.echo(f"published profile {profile} in {paths.root() / 'book'}")


@app.command()
def publish_network(run: Annotated[str, typer.Argument(help="Id of the run, as 'plan' shows it.")]) -> None:
    """Put a run and its weights into results/, as the network of the page "Write a character"."""
    typer.echo(f"published {publish_one_network(run)}; 'emnist publish' shows it in the book")


def _named(study: list[str] | None) -> list[str] | None:
    return None if study and "all" in study else study


def _conditions(only: list[str] | None) -> dict[str, str]:
    conditions = {}
    for text in only or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise studies.StudyError(f"--only {text}: expected FIELD=VALUE, such as width=0.25")
        conditions[name] = value
    return conditions


def main() -> None:
    """Run the command; errors that a person can mend are shown in one line, exit code 1."""
    try:
        app()
    except UserError as error:
        sys.exit(f"emnist: {error}")
