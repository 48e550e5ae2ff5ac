"""How the command speaks: lines in rich's markup, JSON, and progress on what takes its time."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ..report.escaping import shown

__all__ = ["note", "progress", "tell", "tell_json", "tell_plain", "tell_table"]

_T = TypeVar("_T")

# What is done sooner needs no bar.
_PATIENCE = 2.0


def tell(lines: Iterable[str]) -> None:
    """Print *lines*, written in rich's markup."""
    console = Console(soft_wrap=True, highlight=False, emoji=False)
    for line in lines:
        console.print(line)


def tell_plain(text: str) -> None:
    """Print *text* as it is."""
    typer.echo(text)


def tell_json(data: object) -> None:
    """Print *data* as indented JSON."""
    typer.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def tell_table(table: Table) -> None:
    """Print *table*, no wider than the terminal, or 80 columns where there is none."""
    Console(highlight=False, emoji=False).print(table)


def note(text: str) -> None:
    """Print a line beside the answer, on stderr, so that it spoils no format."""
    Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(
        f"[bold]this-tests:[/] {shown(text)}"
    )


def progress(steps: Sequence[_T], what: str) -> Iterator[_T]:
    """Yield *steps*; on a terminal a bar appears when they have taken two seconds."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from steps
        return
    bar = Progress(console=console, transient=True)
    task = bar.add_task(what, total=len(steps))
    begun = time.monotonic()
    try:
        for step in steps:
            yield step
            bar.advance(task)
            if not bar.live.is_started and time.monotonic() - begun > _PATIENCE:
                bar.start()
    finally:
        bar.stop()
