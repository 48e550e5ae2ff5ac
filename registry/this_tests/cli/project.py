"""Project, registry, test files and API, as the subcommands read them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import RegistryNotFoundError
from ..files import read_bounded
from ..registry.model import Registry
from ..registry.store import load
from ..settings import Project, find_project
from ..source.inventory import read_inventories
from ..source.packages import find_places
from ..source.public_api import PublicCallable, documented_callables, public_callables
from ..suite.conventions import Conventions, read_conventions
from ..suite.declarations import NAME
from ..suite.reader import Suite, SuiteFile, read_source
from .console import note, progress

__all__ = [
    "Api",
    "here",
    "load_if_there",
    "places_of",
    "read_api",
    "read_suite",
    "registry_path",
    "test_files",
]


def here() -> Project:
    """Return the project of the current folder, and add its root and ``src/`` to ``sys.path``.

    So a library that is not installed is found in one of them, as pytest finds it.
    """
    project = find_project(Path.cwd())
    for folder in _roots(project):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return project


def _roots(project: Project) -> tuple[Path, Path]:
    return project.root, project.root / "src"


def registry_path(project: Project, registry: Path | None) -> Path:
    """Return the registry that was requested, else the project's."""
    return project.registry if registry is None else registry


def load_if_there(path: Path) -> Registry:
    """Return the registry at *path*, or an empty one if there is no such file."""
    try:
        return load(path)
    except RegistryNotFoundError:
        return Registry()


@dataclass(frozen=True)
class Api:
    """The public callables of a project's library.

    Attributes:
        places: The locations of its packages.
        public: The public callables in the sources.
        callables: The callables that the inventories list, or else those in the sources.
    """

    places: dict[str, Path]
    public: tuple[PublicCallable, ...]
    callables: tuple[PublicCallable, ...]

    @cached_property
    def by_name(self) -> dict[str, PublicCallable]:
        """The callables by all of their names."""
        return {name: function for function in self.callables for name in function.names}

    def same_last_name(self, name: str) -> list[str]:
        """Return the callables with the same last name as *name*: of the same class, if there are any."""
        parts = name.split(".")
        for tail in (".".join(parts[-2:]), parts[-1]):
            found = [function.name for function in self.callables if f".{function.name}".endswith(f".{tail}")]
            if found and tail != name:
                return found
        return []


def places_of(project: Project) -> dict[str, Path]:
    """Return the locations of the library's packages that can be found."""
    return find_places(project.library, _roots(project))


def read_api(project: Project) -> Api:
    """Return the API of *project*.

    Raises:
        SettingsError: An inventory cannot be read.
    """
    places = places_of(project)
    public = public_callables(places, note)
    inventories = project.inventories()
    documented = documented_callables(read_inventories(inventories), public) if inventories else public
    return Api(places, public, documented)


def test_files(project: Project, paths: Sequence[Path]) -> list[Path]:
    """Return the test files below *paths*; by default, all."""
    chosen = [path.absolute() for path in paths]
    return list(read_conventions(project.root).test_files(project.root, chosen))


def read_suite(project: Project, files: Sequence[Path]) -> Suite:
    """Return the sources of the tests in *files*, and of the files that they may use."""
    conventions = read_conventions(project.root)
    return Suite(
        tests=_read_all(files, project, conventions),
        support=_read_all(_support_files(project, conventions), project, conventions),
    )


def _support_files(project: Project, conventions: Conventions) -> list[Path]:
    everything = Conventions(testpaths=conventions.testpaths, python_files=("*.py",))
    tests = set(conventions.test_files(project.root))
    return [file for file in everything.test_files(project.root) if file not in tests and _may_declare(file)]


def _may_declare(file: Path) -> bool:
    # A conftest may re-export what another one declares.
    try:
        return file.name == "conftest.py" or NAME.encode() in read_bounded(file)
    except OSError:
        return True  # Reading it later reports why it cannot be read.


def _read_all(paths: Sequence[Path], project: Project, conventions: Conventions) -> list[SuiteFile]:
    return [read_source(path, project.root, conventions) for path in progress(paths, "Reading tests")]
