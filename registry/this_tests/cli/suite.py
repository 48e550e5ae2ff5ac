"""Reading what the verbs are about: the project's registry and its test files."""

from collections.abc import Sequence
from pathlib import Path

from ..checks import Suite
from ..discovery import Conventions, read_conventions
from ..errors import RegistryNotFoundError
from ..model import Registry
from ..settings import Project
from ..source import SourceFile, read_source
from ..store import load
from .terminal import progress

__all__ = ["load_if_there", "read_suite", "registry_path"]


def registry_path(project: Project, registry: Path | None) -> Path:
    """Return the registry that was asked for, else the project's."""
    return project.registry if registry is None else registry


def load_if_there(path: Path) -> Registry:
    """Return the registry at *path*, an empty one where there is no such file."""
    try:
        return load(path)
    except RegistryNotFoundError:
        return Registry()


def read_suite(project: Project, paths: Sequence[Path] = ()) -> Suite:
    """Return the sources of the tests below *paths*, by default all, and of what they may use."""
    conventions = read_conventions(project.root)
    chosen = [path.absolute() for path in paths]
    return Suite(
        tests=_read_all(list(conventions.test_files(project.root, chosen)), project, conventions),
        support=_read_all(_support_files(project, conventions), project, conventions),
    )


def _support_files(project: Project, conventions: Conventions) -> list[Path]:
    everything = Conventions(testpaths=conventions.testpaths, python_files=("*.py",))
    tests = set(conventions.test_files(project.root))
    return [file for file in everything.test_files(project.root) if file not in tests]


def _read_all(paths: Sequence[Path], project: Project, conventions: Conventions) -> list[SourceFile]:
    return [read_source(path, project.root, conventions) for path in progress(paths, "Reading tests")]
