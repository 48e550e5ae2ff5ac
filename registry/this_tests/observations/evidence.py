"""The evidence of a project: what its tests declare, and what its runs saw, in one registry."""

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..errors import RegistryNotFoundError, SettingsError
from ..registry.model import Entry, Origins, Outcome, Registry, Test
from ..registry.store import load as load_registry
from ..settings import OBSERVATIONS, find_project

if TYPE_CHECKING:  # Imported only when something is loaded: `import this_tests` must stay cheap.
    from ..source.origins import FileOrigins
    from .sections import Notice
    from .summary import Summary

__all__ = ["load", "load_declared", "load_summary", "origins_of", "with_observed"]


def load(
    path: str | os.PathLike[str], notice: Callable[[str], object] = lambda _: None, *, every: bool = False
) -> Registry:
    """Return the evidence of the project whose registry file is at *path*.

    It consists of what the file declares, and of what the folder ``test_observations`` beside it says that
    runs saw. One of the two is enough.

    Args:
        notice: Called with a message for each file of observations that cannot be read; it is left out.
        every: List all observed tests of each callable, and not only the most relevant ones, which is slower.

    Raises:
        RegistryNotFoundError: There is neither.
        RegistryError: The file cannot be read, is not a registry, or has an unknown format.
    """
    path = Path(path)
    folder = path.parent / OBSERVATIONS
    observed = _whole_summary(folder, notice, every=True) if every else load_summary(folder, notice)
    try:
        registry = load_registry(path)
    except RegistryNotFoundError:
        if not observed.callables:
            raise
        registry = Registry()
    return replace(with_observed(registry, observed), origins=origins_of(path))


def load_declared(path: str | os.PathLike[str]) -> Registry:
    """Return what the registry file at *path* declares, with the names that lead to its callables.

    Raises:
        RegistryNotFoundError: There is no such file.
        RegistryError: It cannot be read, is not a registry, or has an unknown format.
    """
    path = Path(path)
    return replace(load_registry(path), origins=origins_of(path))


def load_summary(path: Path, notice: "Notice" = lambda _: None) -> "Summary":
    """Return the summary of all files of observations in the folder *path*, or of the file *path*.

    Usually there is one file, which contains it, and nothing else is read of it.

    Args:
        notice: Called with a message for each file that cannot be read; it is left out.
    """
    from .sections import read_parts
    from .summary import Summary

    found = read_parts(path, _kept_summary, notice)
    return found[0][1] if len(found) == 1 else _whole_summary(path) if found else Summary()


def _kept_summary(path: Path) -> "Summary":
    from .sections import SUMMARY, read_sections, value
    from .summary import Summary

    found: Summary = value(read_sections(path, lambda name: name == SUMMARY)[SUMMARY], Summary)
    return found


def _whole_summary(path: Path, notice: "Notice" = lambda _: None, *, every: bool = False) -> "Summary":
    from . import file

    return file.load(path, notice).summary(every=every)


def with_observed(registry: Registry, observed: "Summary") -> Registry:
    """Return *registry* with the *observed* evidence, in the place of any that it has."""
    if not (observed.callables or observed.outcomes):
        return registry
    nothing = Entry()
    callables = dict(registry.callables)
    for name, tests in observed.callables.items():
        known = callables.get(name, nothing)
        callables[name] = Entry(known.declared, tests, known.inferred)
    found = replace(registry, callables=callables)
    linked = found.linked_tests()
    outcomes = {test: outcome for test, outcome in observed.outcomes.items() if test in linked}
    return replace(found, tests=_tests(registry, outcomes))


def _tests(registry: Registry, outcomes: dict[str, Outcome]) -> dict[str, Test]:
    plain = Test()
    return {
        test: Test(outcomes.get(test, "passed"), registry.tests.get(test, plain).markers)
        for test in sorted({*registry.tests, *outcomes})
    }


def origins_of(path: Path) -> Origins:
    """Return what finds the origins of names in the library of the project whose registry is at *path*."""
    return _ProjectOrigins(path.parent).of


class _ProjectOrigins:
    """The names that a name comes from, in the source of the library of the project in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, name: str) -> Sequence[str]:
        return self._origins.of(name)

    @cached_property
    def _origins(self) -> "FileOrigins":
        from ..source.origins import FileOrigins
        from ..source.packages import find_places

        try:
            project = find_project(self._folder)
        except SettingsError:
            return FileOrigins({})
        return FileOrigins(find_places(project.library, (project.root, project.root / "src")))
