"""Reads a library and its registry as they were in a commit."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ..git import Repository
from ..source.public_api import PublicCallable, public_callables
from .coverage import Coverage, cover
from .model import Registry
from .store import decode

__all__ = ["public_then", "registry_then", "tested_then"]


def registry_then(repository: Repository, commit: str, root: Path, path: Path) -> Registry:
    """Return the registry at *path* as it was in *commit*, or an empty one.

    Raises:
        RepositoryError: git fails.
        RegistryError: It cannot be read.
    """
    name = _relative(path, root)
    data = None if name is None else repository.contents(commit, [name])[name]
    return Registry() if data is None else decode(data, Path(f"{commit}:{name}"))


def public_then(
    repository: Repository, commit: str, root: Path, places: Mapping[str, Path]
) -> tuple[PublicCallable, ...]:
    """Return the public callables of the packages at *places* in *commit*.

    Raises:
        RepositoryError: git fails.
    """
    inside = {top: name for top, place in places.items() if (name := _relative(place, root)) is not None}
    with tempfile.TemporaryDirectory() as folder:
        for name in inside.values():
            _write(repository, commit, name, Path(folder))
        return public_callables(
            {top: Path(folder, name) for top, name in inside.items() if Path(folder, name).exists()}
        )


def _write(repository: Repository, commit: str, name: str, folder: Path) -> None:
    files = [file for file in repository.files_below(commit, name) if file.endswith(".py")]
    for file, data in repository.contents(commit, files).items():
        if data is not None:
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _relative(path: Path, root: Path) -> str | None:
    inside = path.resolve().is_relative_to(root.resolve())
    return path.resolve().relative_to(root.resolve()).as_posix() if inside else None


def tested_then(
    now: Iterable[PublicCallable], then: Iterable[PublicCallable], registry: Registry
) -> Callable[[str], bool | None]:
    """Return a function: whether a callable of *now* had a test then; None if it did not exist.

    Args:
        then: The public callables of that time.
        registry: The registry of that time.
    """
    names = {function.name: function.names for function in now}
    known = {name: function.name for function in then for name in function.names}
    states = _states(cover(then, registry))

    def tested(name: str) -> bool | None:
        if any(registry.evidence(known_name) for known_name in names[name]):
            return True
        found = [states[known[known_name]] for known_name in names[name] if known_name in known]
        return any(found) if found else None

    return tested


def _states(coverage: Coverage) -> Mapping[str, bool]:
    return {function.name: function.state != "none" for function in coverage.items}
