"""Console output: lines in rich's markup, JSON, notes on stderr and progress bars."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec
import typer
from rich.console import Console

from ..report.escaping import shown

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["note", "print_json", "print_lines", "print_table", "print_text", "progress"]

_T = TypeVar("_T")

# Shorter work shows no progress bar.
_DELAY = 2.0


def print_lines(lines: Iterable[str]) -> None:
    """Print *lines*, written in rich's markup."""
    console = Console(soft_wrap=True, highlight=False, emoji=False)
    for line in lines:
        console.print(line)


def print_text(text: str) -> None:
    """Print *text* as it is."""
    typer.echo(text)


def print_json(data: object) -> None:
    """Print *data* as indented JSON."""
    typer.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def print_table(table: "Table") -> None:
    """Print *table*, at most as wide as the terminal, or 80 columns without a terminal."""
    Console(highlight=False, emoji=False).print(table)


def note(text: str) -> None:
    """Print a line on stderr, so that the output on stdout stays valid in every format."""
    Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(
        f"[bold]this-tests:[/] {shown(text)}"
    )


def progress(steps: Sequence[_T], description: str) -> Iterator[_T]:
    """Yield *steps*; on a terminal a progress bar appears after two seconds."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from steps
        return
    from rich.progress import Progress  # It takes long to import, and few commands take long.

    bar = Progress(console=console, transient=True)
    task = bar.add_task(description, total=len(steps))
    begun = time.monotonic()
    try:
        for step in steps:
            yield step
            bar.advance(task)
            if not bar.live.is_started and time.monotonic() - begun > _DELAY:
                bar.start()
    finally:
        bar.stop()
