"""Snapshots of the code that sessions observed."""

import os
import platform
import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha1
from pathlib import Path

import msgspec

from ..git import Repository
from ..source.fingerprint import Outline, digest, parse
from ..source.packages import INSTALLED
from ..source.pyproject import Pyproject, is_pyproject, read_pyproject
from .collected import Collected
from .inputs import SharedInputs

__all__ = [
    "Content",
    "Snapshot",
    "blob_of",
    "content_of",
    "environment",
    "environment_name",
    "files_of",
    "outlines_of",
    "read_content",
]


# The length of an identifier of a file's content: 64 bits, as hexadecimal digits.
_BLOB = 16

# A Python file, a pyproject.toml, any other file by its digest, or no file.
Content = Outline | Pyproject | str | None


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that a session ran.

    Attributes:
        files: The project's files, each with an identifier of its content: git's, shortened.
        environment: A digest of the interpreter and the installed packages.
        at_import: The library's functions that ran outside of tests, as ``module:qualname``;
            and as ``module:`` the modules that were imported before the session observed anything.
        inputs: The inputs that one test may have read for others; None where no inputs were observed.
        made: Those of the files that the session itself made and left, such as a log.
        collected: What it collected and imported before its first test; None if that is not known.
    """

    files: Mapping[str, str]
    environment: str
    at_import: tuple[str, ...] = ()
    inputs: SharedInputs | None = None
    made: tuple[str, ...] = ()
    collected: Collected | None = None


def files_of(repository: Repository, root: Path) -> dict[str, str]:
    """Return the current files of the project at *root*, as in `Snapshot.files`.

    Raises:
        RepositoryError: git fails.
    """
    files = {path: blob[:_BLOB] for path, blob in repository.staged().items()}
    for path in repository.changed_since_staged():
        data = read_content(root / path)
        if data is None:
            files.pop(path, None)
        else:
            files[path] = blob_of(data)
    return files


def blob_of(data: bytes) -> str:
    """Return git's identifier of a file's content, shortened."""
    return sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()[:_BLOB]


def outlines_of(files: Mapping[str, str], root: Path, known: Container[str]) -> dict[str, Outline]:
    """Return the outlines of the Python files among *files*, by content, as far as they are not *known*.

    With them, a machine that does not have the commit can tell which functions changed since.
    """
    found = {}
    for path, blob in files.items():
        if path.endswith(".py") and blob not in known and blob not in found:
            data = read_content(root / path)
            # Another program may have changed it in the meantime.
            module = parse(data) if data is not None and blob_of(data) == blob else None
            if module is not None:
                found[blob] = module.outline()
    return found


def content_of(path: str, data: bytes | None) -> Content:
    """Return what is compared of the file at *path* with the content *data*."""
    if data is None:
        return None
    if is_pyproject(path):
        return read_pyproject(data)
    module = parse(data) if path.endswith(".py") else None
    return digest(data) if module is None else module.outline()


def read_content(path: Path) -> bytes | None:
    """Return the content of the file: for a link its target, for a folder (a submodule) nothing."""
    try:
        return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    except IsADirectoryError:
        return b""
    except OSError:
        return None


def environment_name() -> str:
    """Return the name of the environment that tests run in: Python and the platform."""
    python = f"{platform.python_implementation()} {sys.version_info.major}.{sys.version_info.minor}"
    return f"{python}, {sys.platform} {platform.machine()}"


def environment(library: Iterable[str]) -> str:
    """Return a digest of the interpreter and of the installed distributions, except those of *library*.

    Of one that was installed from a repository or a file, it counts which.

    The library's own code is compared by content; its version may be different for each commit.
    """
    own = {_plain(name) for name in library}
    installed = sorted({f"{name}=={version}" for name, version in _installed() if _plain(name) not in own})
    return digest("\n".join([sys.version, sys.platform, platform.machine(), *installed]))


def _installed() -> Iterator[tuple[str, str]]:
    """Yield the name and version of each distribution that is installed, with its origin if it has one."""
    for folder in sys.path:
        with suppress(OSError):
            for path in Path(folder or ".").iterdir():
                if path.suffix == ".dist-info":
                    # Its name says both. To read what is in it would take a third of a millisecond.
                    name, _, version = path.stem.partition("-")
                    yield name, version + _origin(path)
                elif path.suffix == ".egg-info" and not INSTALLED.isdisjoint(path.parts):
                    # Any other one is that of sources, which are compared by content.
                    from importlib.metadata import Distribution  # It takes long to import.

                    metadata = Distribution.at(path).metadata
                    yield metadata["Name"] or "", metadata["Version"] or ""


def _origin(distribution: Path) -> str:
    try:
        return f" {digest((distribution / 'direct_url.json').read_bytes())}"
    except OSError:
        return ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
