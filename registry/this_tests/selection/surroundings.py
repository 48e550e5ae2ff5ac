"""The collected tests, and what is imported around them.

Every observed session asks for these. What selects tests takes long to import, and is not needed for them.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from inspect import unwrap
from pathlib import Path

from ..settings import Project
from ..source.packages import import_places

__all__ = ["CollectedTest", "Surroundings", "definition", "relative", "surroundings"]


@dataclass(frozen=True)
class CollectedTest:
    """A collected test, or one case of a parametrised test.

    Attributes:
        node_id: pytest's node id.
        test: The node id without the brackets of a parametrised case.
        source: The file that defines the test's function; that of a base class may be another one.
        function: The qualified name of that function; empty for doctests and others without one.
        doctest: Whether it is an example in a docstring.
    """

    node_id: str
    test: str
    source: str = ""
    function: str = ""
    doctest: bool = False

    @property
    def file(self) -> str:
        """The file that the test was collected from."""
        return self.test.partition("::")[0]


@dataclass(frozen=True)
class Surroundings:
    """What is imported when the tests are collected, before any of them runs.

    Attributes:
        library: The folders and files that the library is imported from, by name.
        modules: The names of the imported modules.
        files: The imported files of the project that are not installed, relative to its root; some of them
            may be the library's.
        names_in: Returns what an imported module holds; None where that is not known.
    """

    library: Mapping[str, Sequence[Path]]
    modules: frozenset[str]
    files: frozenset[str]
    names_in: Callable[[str], Collection[str] | None] = lambda _: None


def surroundings(project: Project, plugins: Iterable[object]) -> Surroundings:
    """Return the surroundings of tests in this process, after the collection.

    Args:
        plugins: pytest's plugins, the conftest files among them.
    """
    return Surroundings(
        library=import_places(project.library),
        modules=frozenset(sys.modules),
        files=frozenset(_loaded_files([*sys.modules.values(), *plugins], project.root)),
        names_in=lambda name: tuple(vars(sys.modules[name])) if name in sys.modules else None,
    )


@lru_cache(maxsize=4096)
def relative(path: Path, root: Path) -> str:
    """Return *path* relative to *root*, with ``/``; symbolic links are resolved."""
    # Hundreds of modules lie in a few folders: each folder is resolved once.
    found = path.resolve() if path.is_symlink() else _resolved(path.parent) / path.name
    return Path(os.path.relpath(found, _resolved(root))).as_posix()


@lru_cache(maxsize=4096)
def _resolved(folder: Path) -> Path:
    return folder.resolve()


def definition(function: object, root: Path) -> tuple[str, str]:
    """Return the file and the qualified name of a test's function; empty strings where it has no code."""
    code = getattr(unwrap(function) if callable(function) else None, "__code__", None)
    if code is None:
        return "", ""
    return relative(Path(code.co_filename), root), code.co_qualname


def _loaded_files(modules: Iterable[object], root: Path) -> Iterator[str]:
    here = f"{root.resolve()}{os.sep}"
    prefix = f"{Path(sys.prefix).resolve()}{os.sep}"
    for module in modules:
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.startswith(here) and not file.startswith(prefix):
            yield relative(Path(file), root)
