"""Console output: lines with styles, JSON, notes on stderr, tables and progress bars.

Most commands print no table, and need no rich, which takes long to import.
"""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO, TypeVar

import msgspec

from ..report.styles import adapted, is_terminal, styled
from ..text import printable

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["fail", "note", "print_json", "print_lines", "print_table", "print_text", "progress"]

_T = TypeVar("_T")

# Shorter work shows no progress bar.
_DELAY = 2.0


def print_lines(lines: Iterable[str]) -> None:
    """Print *lines*, which may have styles (`styled`)."""
    _write(lines, sys.stdout)


def print_text(text: str) -> None:
    """Print *text* as it is."""
    print(text, flush=True)  # noqa: T201  # the output of the command


def print_json(data: object) -> None:
    """Print *data* as indented JSON."""
    print_text(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def print_table(table: "Table") -> None:
    """Print *table*, at most as wide as the terminal, or 80 columns without a terminal."""
    from rich.console import Console

    Console(highlight=False, emoji=False).print(table)


def note(text: str) -> None:
    """Print a line on stderr, so that the output on stdout stays valid in every format."""
    _write([f"{styled('this-tests:', 'bold')} {printable(text)}"], sys.stderr)


def fail(text: str) -> None:
    """Print a line on stderr that says why the command could not run."""
    _write([f"{styled('this-tests:', 'bold', 'red')} {printable(text)}"], sys.stderr)


def _write(lines: Iterable[str], stream: TextIO) -> None:
    if os.name == "nt" and is_terminal(stream):  # Some consoles of Windows know no escape sequences.
        from rich.console import Console
        from rich.text import Text

        console = Console(file=stream, soft_wrap=True, highlight=False)
        for line in lines:
            console.print(Text.from_ansi(line))
        return
    for line in lines:
        stream.write(f"{adapted(line, stream)}\n")
    stream.flush()


def progress(steps: Sequence[_T], description: str) -> Iterator[_T]:
    """Yield *steps*; on a terminal a progress bar appears after two seconds."""
    if not is_terminal(sys.stderr):
        yield from steps
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
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
