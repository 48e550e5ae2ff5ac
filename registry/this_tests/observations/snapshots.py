"""Reads and writes snapshots of the code that sessions observed, beside the relation."""

import os
import platform
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import Distribution
from pathlib import Path

import msgspec

from ..files import atomic_write
from ..git import Repository
from ..source.fingerprint import Outline, digest, parse

__all__ = [
    "Content",
    "Snapshot",
    "State",
    "content_of",
    "environment",
    "keep",
    "load",
    "read_content",
    "save",
    "state_of",
]

_SUFFIX = ".state"


# A Python file, any other file by its digest, or no file.
Content = Outline | str | None


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state of a project's files at some time.

    Attributes:
        commit: The commit that was checked out.
        edited: The files that differed from it, with their content.
    """

    commit: str
    edited: Mapping[str, Content] = {}


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that a session ran.

    Attributes:
        state: The project's files.
        environment: A digest of the interpreter and the installed packages.
        at_import: The library's functions that ran outside of tests, as ``module:qualname``.
    """

    state: State
    environment: str
    at_import: tuple[str, ...] = ()


def state_of(repository: Repository, root: Path) -> State:
    """Return the current state of the files of the project at *root*.

    Raises:
        RepositoryError: git fails.
    """
    commit = repository.commit("HEAD")
    return State(
        commit,
        {path: content_of(path, read_content(root / path)) for path in repository.changed_since(commit)},
    )


def content_of(path: str, data: bytes | None) -> Content:
    """Return what a state stores of the file at *path* with the content *data*."""
    if data is None:
        return None
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


def environment(library: Iterable[str]) -> str:
    """Return a digest of the interpreter and of the installed distributions, except those of *library*.

    The library's own code is compared by content; its version may be different for each commit.
    """
    own = {_plain(name) for name in library}
    installed = sorted({f"{name}=={version}" for name, version in _installed() if _plain(name) not in own})
    return digest("\n".join([sys.version, sys.platform, platform.machine(), *installed]))


def _installed() -> Iterator[tuple[str, str]]:
    """Yield the name and version of each distribution that is installed."""
    for folder in sys.path:
        with suppress(OSError):
            for path in Path(folder or ".").iterdir():
                if path.suffix == ".dist-info":
                    # Its name says both. To read what is in it would take a third of a millisecond.
                    name, _, version = path.stem.partition("-")
                    yield name, version
                elif path.suffix == ".egg-info":
                    metadata = Distribution.at(path).metadata
                    yield metadata["Name"] or "", metadata["Version"] or ""


def save(folder: Path, session: int, observed: Snapshot) -> None:
    """Store what *session* ran.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(_path(folder, session), msgspec.json.encode(observed))


def load(folder: Path, session: int) -> Snapshot | None:
    """Return what *session* ran, or None if it is not known."""
    try:
        return msgspec.json.decode(_path(folder, session).read_bytes(), type=Snapshot)
    except (OSError, msgspec.DecodeError):
        return None


def keep(folder: Path, session: int, observed: Snapshot | None, sessions: Collection[int]) -> None:
    """Store what *session* ran, if it is known, and remove the snapshots of all but *sessions*.

    Raises:
        OSError: It cannot be written.
    """
    if observed is not None:
        save(folder, session, observed)
    kept = {_path(folder, known).name for known in sessions}
    for path in folder.glob(f"*{_SUFFIX}"):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _path(folder: Path, session: int) -> Path:
    return folder / f"{session}{_SUFFIX}"


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
