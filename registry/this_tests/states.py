"""The code that sessions observed: kept beside the relation, which holds for no other code."""

import platform
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from importlib.metadata import Distribution
from pathlib import Path

import msgspec

from .changes import State, changes_since, state_of
from .errors import RepositoryError
from .outline import digest
from .repository import Repository
from .settings import Project

__all__ = ["Observed", "Watch", "environment", "keep", "load", "save"]

_SUFFIX = ".state"


class Observed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a session ran.

    Attributes:
        state: The project's files.
        environment: A digest of the interpreter and of what is installed.
        at_import: The library's functions that ran outside of tests, as ``module:qualname``.
    """

    state: State
    environment: str
    at_import: tuple[str, ...] = ()


class Watch:
    """Tells at the end of a session what it ran, from its beginning on.

    Without git, nothing can be told.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        try:
            self._repository: Repository | None = Repository(project.root)
            self._state = state_of(self._repository, project.root)
        except RepositoryError:
            self._repository = None

    def end(self, at_import: Iterable[str]) -> Observed | None:
        """Return what the session ran; None where that is not known, or has changed meanwhile."""
        if self._repository is None:
            return None
        try:
            since = changes_since(self._state, self._repository, self._project.root)
        except RepositoryError:
            return None
        if any(change.path.endswith(".py") for change in since):
            return None  # Nobody knows which tests saw it.
        return Observed(self._state, environment(self._project.library), tuple(sorted(at_import)))


def environment(library: Iterable[str]) -> str:
    """Return a digest of the interpreter and of the installed distributions but those of *library*.

    The library's own code is compared as it is, while its version may come from each commit.
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


def save(folder: Path, session: int, observed: Observed) -> None:
    """Keep what *session* ran.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, session)
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(observed))
    beside.replace(path)


def load(folder: Path, session: int) -> Observed | None:
    """Return what *session* ran, or None where that is not known."""
    try:
        return msgspec.json.decode(_path(folder, session).read_bytes(), type=Observed)
    except (OSError, msgspec.DecodeError):
        return None


def keep(folder: Path, session: int, observed: Observed | None, sessions: Collection[int]) -> None:
    """Keep what *session* ran, if that is known, and forget all that is none of *sessions*.

    Raises:
        OSError: It cannot be written.
    """
    if observed is not None:
        save(folder, session, observed)
    kept = {_path(folder, each).name for each in sessions}
    for path in folder.glob(f"*{_SUFFIX}"):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _path(folder: Path, session: int) -> Path:
    return folder / f"{session}{_SUFFIX}"


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
