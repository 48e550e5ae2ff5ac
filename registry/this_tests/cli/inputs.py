"""API and test files of a project, as the subcommands read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..files import read_bounded
from ..settings import Project
from ..source.inventory import read_inventories
from ..source.packages import find_places
from ..source.public_api import PublicCallable, public_callables
from ..suite.conventions import Conventions, read_conventions
from ..suite.declarations import NAME
from ..suite.reader import Suite, SuiteFile, read_source
from .console import note, progress
from .project import roots_of

__all__ = ["Api", "places_of", "read_api", "read_suite", "test_files"]


@dataclass(frozen=True)
class Api:
    """The public callables of a project's library.

    Attributes:
        places: The locations of its packages.
        callables: The callables that the inventories list, or else those in the sources.
    """

    places: dict[str, Path]
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
    return find_places(project.library, roots_of(project))


def read_api(project: Project) -> Api:
    """Return the API of *project*.

    Raises:
        SettingsError: An inventory cannot be read.
    """
    places = places_of(project)
    inventories = project.inventories()
    inventory = read_inventories(inventories) if inventories else None
    return Api(places, public_callables(places, note, inventory))


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
