"""``this-tests merge``."""

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
        typer.Argument(help="Registry files of shards, machines or Python versions.", show_default=False),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write the result.", show_default=False),
    ],
) -> None:
    """Merge registries into one that knows what any of them knows.

    The order does not matter, and what is merged twice counts once, so the result may be one of the
    files that are read. Where two disagree on the outcome of a test, the worse one stays.

    [dim]$ this-tests merge shard-*/test_registry.json -o test_registry.json[/]
    """
    result = model.merge(*(load(path) for path in progress(registries, "Reading registries")))
    rewrite(output, lambda _: result)
    links = sum(len(entry.links(kind)) for entry in result.callables.values() for kind in KINDS)
    parts = f"{counted(len(result.callables), 'callable')}, {counted(links, 'link')}"
    note(f"{output}: {parts} of {counted(len(registries), 'registry', 'registries')}")
