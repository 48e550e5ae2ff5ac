"""Finds the project's functions that a call may mean, and which names they write. Pure."""

from collections.abc import Iterable, Iterator

from .places import Places
from .project_files import ProjectFiles
from .source_files import Place, SourceFile

__all__ = ["CONSTRUCTORS", "Callees"]

# The methods of a class that a call of it may run.
CONSTRUCTORS = ("__init__", "__new__", "__call__")
_DEPTH = 3


class Callees:
    """The finder of the functions that a call may mean, by the names in a file.

    Args:
        project: The project's files.
        places: The places in them.
    """

    def __init__(self, project: ProjectFiles, places: Places) -> None:
        self._project = project
        self._places = places

    def of(self, file: SourceFile, calls: Iterable[str]) -> Iterator[Place]:
        """Yield the project's functions that *calls* in *file* may be."""
        for path in calls:
            root, _, last = path.rpartition(".")
            first = path.partition(".")[0]
            if not root:
                yield from self._functions(file, last)
            elif first in file.imports and not self._places.is_own(file, first):
                continue
            elif first:
                units = self._places.units.get(last, ())
                yield from (place for place in units if self._project.module(place.file))

    def _functions(self, file: SourceFile, name: str) -> Iterator[Place]:
        """Yield the function that is called *name* in *file*, or the constructors of the class."""
        sources = [(file, name)]
        if name in file.imports:
            module, original = file.imports[name]
            sources = [(self._places.files[path], original) for path in self._places.modules.get(module, ())]
        for source, original in sources:
            names = (original, *(f"{original}.{made}" for made in CONSTRUCTORS))
            yield from (source.by_unit[known] for known in names if known in source.by_unit)

    def written_by(self, place: Place) -> frozenset[tuple[str, str]]:
        """Return the names that a function, or what it calls, writes, each with its file."""
        found, waiting = {place}, [(place, 1)]
        for current, depth in waiting:
            if depth < _DEPTH:
                file = self._places.files[current.file]
                inner = {callee for name in current.called for callee in self._functions(file, name)} - found
                found |= inner
                waiting += [(callee, depth + 1) for callee in inner]
        return frozenset((current.file, name) for current in found for name in current.writes)
