"""The subcommand ``this-tests merge``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..errors import ObservationsError, RegistryNotFoundError
from ..observations import file
from ..observations.observations import Observations, learned
from ..registry import model
from ..registry.store import load, rewrite
from ..text import counted
from .console import note, progress

__all__ = ["merge"]


def merge(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            help="Folders of observations, or registry files: of shards, machines or Python versions.",
            show_default=False,
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="PATH", help="The folder, or the file, to write.", show_default=False
        ),
    ],
) -> None:
    """Merge what runs saw on several machines, or several registries, into one.

    The order does not matter, and merging an input twice changes nothing, so the output may be one of the
    inputs. Of observations, the latest run of each test in each environment counts.

    [dim]$ this-tests merge shard-*/test_observations -o test_observations[/]
    [dim]$ this-tests merge shard-*/test_registry.json -o test_registry.json[/]
    """
    for path in inputs:
        if not path.exists():
            raise RegistryNotFoundError(path)
    if any(path.is_dir() for path in inputs):
        _merge_observations(inputs, output)
    else:
        _merge_registries(inputs, output)


def _merge_observations(inputs: Sequence[Path], output: Path) -> None:
    parts = [_read(path) for path in progress(inputs, "Reading observations")]
    found = file.add(output, "merged", learned(parts))
    tests = {test for relation in found.relations.values() for test in relation.rows}
    parts_counted = [counted(len(tests), "test"), counted(len(found.relations), "environment")]
    note(f"{output}: {', '.join(parts_counted)} of {counted(len(inputs), 'folder')}")


def _read(path: Path) -> Observations:
    problems: list[str] = []
    found = file.load(path, notice=problems.append)
    if problems:  # Whoever merges wants all of them.
        raise ObservationsError(problems[0])
    return found


def _merge_registries(inputs: Sequence[Path], output: Path) -> None:
    result = model.merge(*(load(path) for path in progress(inputs, "Reading registries")))
    rewrite(output, lambda _: result)
    links = sum(len(entry.declared) for entry in result.callables.values())
    parts = f"{counted(len(result.callables), 'callable')}, {counted(links, 'link')}"
    note(f"{output}: {parts} of {counted(len(inputs), 'registry', 'registries')}")
