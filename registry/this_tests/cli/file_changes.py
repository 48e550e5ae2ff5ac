"""Changes of source files: shown as a diff, and written after asking."""

import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from ..errors import ThisTestsError
from ..files import atomic_write
from ..report.styles import styled
from .console import note, print_lines

__all__ = ["Changes", "agreed", "difference", "show_and_write", "write"]

# The old and the new content of each file.
Changes = Mapping[Path, tuple[bytes, bytes]]


def show_and_write(changes: Changes, root: Path, summary: str, *, yes: bool) -> bool:
    """Show a diff and a summary, and write the files after asking; return whether they were written.

    Args:
        yes: Write without asking.

    Raises:
        ThisTestsError: A file cannot be written.
    """
    for path, (old, new) in changes.items():
        name = path.relative_to(root) if path.is_relative_to(root) else path
        print_lines(difference(name.as_posix(), old, new))
    note(summary)
    if not (changes and (yes or _agreed())):
        return False
    for path, (_, new) in changes.items():
        write(path, new)
    return True


def write(path: Path, data: bytes) -> None:
    """Write a file, and the folder that it lies in, if there is none.

    Raises:
        ThisTestsError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, data, sync=True)
    except OSError as error:
        raise ThisTestsError(f"{path}: cannot be written: {error.strerror}") from error


def difference(name: str, old: bytes | None, new: bytes) -> Iterator[str]:
    """Yield the lines of a unified diff, with styles; *old* is None if there is no such file."""
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old or b"", new))
    colours = {"+": ["green"], "-": ["red"], "@": ["cyan"]}
    source = "/dev/null" if old is None else f"a/{name}"
    for line in difflib.unified_diff(before, after, source, f"b/{name}", lineterm=""):
        yield styled(line, *colours.get(line[:1], ()))


def _agreed() -> bool:
    if not sys.stdin.isatty():
        note("nothing written; add --yes to write")
        return False
    return agreed("Write these changes?")


def agreed(question: str) -> bool:
    """Ask on the terminal, and return whether the answer is yes."""
    return typer.confirm(question, err=True)
