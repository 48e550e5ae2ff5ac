"""Reads files in the project's folder, never outside of it, and makes digests of their content."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ...files import read_bounded, stays_inside

__all__ = ["Folder"]


class Folder:
    """A folder; files outside of it are not read, whether ``..`` or a symbolic link leads there."""

    def __init__(self, root: Path) -> None:
        self._given = root.absolute()
        self._root = root.resolve()
        self._folders: dict[PurePosixPath, Path] = {}
        self._seen: dict[str, str] = {}

    def read(self, path: str) -> bytes:
        """Return the content of the file at *path*, relative to the folder.

        Raises:
            OSError: It cannot be read.
            ValueError: The path leads out of the folder.
        """
        self._seen[path] = ""
        data = read_bounded(self._inside(path))
        self._seen[path] = hashlib.sha256(data).hexdigest()
        return data

    def read_file(self, path: Path) -> bytes:
        """Return the content of the file at the absolute *path*, with the errors of `read`."""
        return self.read(path.relative_to(self._given).as_posix())

    @property
    def seen(self) -> list[str]:
        """The paths that were read, including those without a file, sorted."""
        return sorted(self._seen)

    def fingerprint(self, paths: Iterable[str]) -> str:
        """Return a digest of the content of files; of those already read, as it was then."""
        whole = hashlib.sha256()
        for path in sorted(paths):
            if path not in self._seen:
                with suppress(OSError, ValueError):
                    self.read(path)
            whole.update(f"{path}\0{self._seen[path]}\n".encode("utf-8", "backslashreplace"))
        return whole.hexdigest()

    def _inside(self, path: str) -> Path:
        if not stays_inside(path):
            raise ValueError("not a path inside the project")
        pure = PurePosixPath(path)
        file = self._folder(pure.parent) / pure.name
        if file.is_symlink():
            file = _real(file)
        if not file.is_relative_to(self._root):
            raise ValueError("leads out of the project")
        if not file.is_file():
            raise FileNotFoundError
        return file

    def _folder(self, pure: PurePosixPath) -> Path:
        # Resolving links takes longer than reading a file, and a folder has many files.
        if pure not in self._folders:
            self._folders[pure] = _real(self._root / pure)
        return self._folders[pure]


def _real(path: Path) -> Path:
    # Before Python 3.13, `Path.resolve` raises an error that is no OSError if links form a circle.
    return Path(os.path.realpath(path))
