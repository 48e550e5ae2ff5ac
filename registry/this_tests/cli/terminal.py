"""How the command speaks: lines in rich's markup, JSON, and progress on what takes its time."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import track

__all__ = ["progress", "tell", "tell_json"]

_T = TypeVar("_T")

# Fewer steps are done before a bar of progress could be seen.
_MANY = 200


def tell(lines: Iterable[str]) -> None:
    """Print *lines*, written in rich's markup."""
    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line)


def tell_json(data: object) -> None:
    """Print *data* as indented JSON."""
    typer.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def progress(steps: Sequence[_T], what: str) -> Iterable[_T]:
    """Return *steps*, with a bar on terminals where there are many."""
    console = Console(stderr=True)
    hidden = len(steps) < _MANY or not console.is_terminal
    return track(steps, what, console=console, transient=True, disable=hidden)
