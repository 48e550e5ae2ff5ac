"""The subcommand ``this-tests merge``."""

from pathlib import Path
from typing import Annotated

import typer

from ..registry import model
from ..registry.model import KINDS
from ..registry.store import load, rewrite
from ..text import counted
from .console import note, progress

__all__ = ["merge"]


def merge(
    registries: Annotated[
        list[Path],
        typer.Argument(help="Registry files, from shards, machines or Python versions.", show_default=False),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="The file to write.", show_default=False),
    ],
) -> None:
    """Merge registries into one that contains the entries of all.

    The order does not matter, and merging a registry twice changes nothing, so the output may be one
    of the inputs. If the outcomes of a test differ, the worse one is kept.

    [dim]$ this-tests merge shard-*/test_registry.json -o test_registry.json[/]
    """
    result = model.merge(*(load(path) for path in progress(registries, "Reading registries")))
    rewrite(output, lambda _: result)
    links = sum(len(entry.links(kind)) for entry in result.callables.values() for kind in KINDS)
    parts = f"{counted(len(result.callables), 'callable')}, {counted(links, 'link')}"
    note(f"{output}: {parts} of {counted(len(registries), 'registry', 'registries')}")
