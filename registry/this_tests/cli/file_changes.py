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

__all__ = ["Changes", "show_and_write"]

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
        print_lines(_difference(name.as_posix(), old, new))
    note(summary)
    if not (changes and _agreed(yes=yes)):
        return False
    for path, (_, new) in changes.items():
        try:
            atomic_write(path, new, sync=True)
        except OSError as error:
            raise ThisTestsError(f"{path}: cannot be written: {error.strerror}") from error
    return True


def _difference(name: str, old: bytes, new: bytes) -> Iterator[str]:
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old, new))
    colours = {"+": ["green"], "-": ["red"], "@": ["cyan"]}
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm=""):
        yield styled(line, *colours.get(line[:1], ()))


def _agreed(*, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        note("nothing written; add --yes to write")
        return False
    return typer.confirm("Write these changes?", err=True)
