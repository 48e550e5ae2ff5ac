"""The folder of a site: each file is replaced at once, and pages that are gone are removed."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import ThisTestsError
from .page_files import FOLDERS

__all__ = ["MARKER", "SiteFolder"]

# What says that a folder is a site, whose pages may be replaced and removed.
MARKER = "this-tests-site.txt"
_SAYS = "Written by `this-tests html`, which replaces and removes the pages in this folder.\n"
_UNFINISHED = ".unfinished"


class SiteFolder:
    """A folder that is a site, or is to be one.

    Raises:
        ThisTestsError: It has files and is no site, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: set[str] = set()
        try:
            self._prepare()
        except OSError as error:
            raise _unwritable(path, error) from error

    def _prepare(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ThisTestsError(f"{self.path} is no folder")
        self.path.mkdir(parents=True, exist_ok=True)
        marker = self.path / MARKER
        if not marker.is_file() and any(self.path.iterdir()):
            raise ThisTestsError(
                f"{self.path} has files of yours: choose an empty folder, or one that does not exist yet"
            )
        for name in FOLDERS:
            folder = self.path / name
            # A link would lead what is written, and removed, out of the site.
            if folder.is_symlink():
                raise ThisTestsError(f"{folder} is a symbolic link")
            folder.mkdir(exist_ok=True)
        self.write(MARKER, _SAYS.encode())

    def write(self, name: str, data: bytes) -> None:
        """Write the file *name*, unless it has this content.

        Raises:
            ThisTestsError: It cannot be written.
        """
        self._written.add(name)
        path = self.path / name
        try:
            if _content(path) != data:
                beside = f"{path}{_UNFINISHED}"
                handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINKS, 0o666)
                with open(handle, "wb") as file:  # noqa: PTH123  # a handle, no path
                    file.write(data)
                os.replace(beside, path)  # noqa: PTH105  # ten thousand times
        except OSError as error:
            raise _unwritable(path, error) from error

    def remove_others(self) -> None:
        """Remove the pages that were not written, and what a process left unfinished that was killed."""
        for path in self._ours():
            if path.relative_to(self.path).as_posix() not in self._written:
                with suppress(OSError):
                    path.unlink()

    def _ours(self) -> Iterator[Path]:
        for name in FOLDERS:
            for entry in sorted((self.path / name).iterdir()):
                if entry.suffix in {".html", _UNFINISHED} and not entry.is_dir():
                    yield entry


# Windows has no such flag.
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _content(path: Path) -> bytes | None:
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return None
    return path.read_bytes() if is_file else None


def _unwritable(path: Path, error: OSError) -> ThisTestsError:
    return ThisTestsError(f"{path} cannot be written: {error.strerror or error}")
