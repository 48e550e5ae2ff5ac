"""The test files of a project, and the files that they share, read together."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..files import read_bounded
from ..settings import Project
from .conventions import Conventions, read_conventions
from .declarations import NAME
from .reader import Suite, SuiteFile, read_source

__all__ = ["read_suite", "support_files", "test_files"]


def test_files(project: Project, paths: Sequence[Path]) -> list[Path]:
    """Return the test files below *paths*; by default, all."""
    chosen = [path.absolute() for path in paths]
    return list(read_conventions(project.root).test_files(project.root, chosen))


def read_suite(
    project: Project,
    files: Sequence[Path],
    steps: Callable[[Sequence[Path]], Iterable[Path]] = lambda paths: paths,
) -> Suite:
    """Return the sources of the tests in *files*, and of the files that they may use.

    Args:
        steps: Yields the files that it is given, as one that shows the progress does.

    Raises:
        SourceError: A file cannot be read or parsed.
    """
    conventions = read_conventions(project.root)

    def read(paths: Sequence[Path]) -> list[SuiteFile]:
        return [read_source(path, project.root, conventions) for path in steps(paths)]

    return Suite(tests=read(files), support=read(support_files(project, conventions)))


def support_files(project: Project, conventions: Conventions) -> list[Path]:
    """Return the files below pytest's ``testpaths`` that are no test files and may declare."""
    everything = Conventions(testpaths=conventions.testpaths, python_files=("*.py",))
    tests = set(conventions.test_files(project.root))
    return [file for file in everything.test_files(project.root) if file not in tests and _may_declare(file)]


def _may_declare(file: Path) -> bool:
    # A conftest may re-export what another one declares.
    try:
        return file.name == "conftest.py" or NAME.encode() in read_bounded(file)
    except OSError:
        return True  # Reading it later reports why it cannot be read.
