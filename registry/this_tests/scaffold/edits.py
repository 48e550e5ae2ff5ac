"""Edits of a project's files, as values: what a file holds, and what it should hold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ThisTestsError
from ..files import read_bounded

__all__ = ["ByHand", "Edit", "NotEditableError", "edit_file", "newline_of", "with_line"]


class NotEditableError(ThisTestsError):
    """A file cannot be edited safely.

    Attributes:
        lines: What to add to it by hand.
    """

    def __init__(self, reason: str, *lines: str) -> None:
        super().__init__(reason)
        self.lines = lines


@dataclass(frozen=True)
class Edit:
    """A file that is to be written.

    Attributes:
        path: The file.
        old: Its content now; None if there is no such file.
        new: Its content afterwards.
        purpose: What the edit is for, in a line.
    """

    path: Path
    old: bytes | None
    new: bytes
    purpose: str


@dataclass(frozen=True)
class ByHand:
    """A file that cannot be edited safely.

    Attributes:
        path: The file.
        reason: Why not.
        lines: What to add to it.
    """

    path: Path
    reason: str
    lines: tuple[str, ...]


def edit_file(path: Path, purpose: str, change: Callable[[str], str]) -> Edit | ByHand | None:
    """Return what *change* makes of the text of a file; None if that is the same.

    Where there is no file, its text is empty.
    """
    try:
        old = read_bounded(path)
    except FileNotFoundError:
        old = None
    except OSError as error:
        return _unread(path, error.strerror or str(error), change)
    try:
        new = change((old or b"").decode("utf-8")).encode()
    except UnicodeDecodeError:
        return _unread(path, "it is not UTF-8", change)
    except NotEditableError as error:
        return ByHand(path, str(error), error.lines)
    return None if new == (old or b"") else Edit(path, old, new, purpose)


def _unread(path: Path, reason: str, change: Callable[[str], str]) -> ByHand:
    """Return what *change* would add to an empty file, for one that cannot be read."""
    return ByHand(path, reason, tuple(change("").splitlines()))


def newline_of(text: str) -> str:
    r"""Return how lines of *text* end: ``"\r\n"`` or ``"\n"``."""
    return "\r\n" if "\r\n" in text else "\n"


def with_line(text: str, line: str) -> str:
    """Return *text* with *line* as its last one, unless it has such a line."""
    if line in text.splitlines():
        return text
    newline = newline_of(text)
    between = newline if text and not text.endswith("\n") else ""
    return f"{text}{between}{line}{newline}"
