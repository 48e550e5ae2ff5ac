"""Finds the statements that may have called a function which ran at import. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..source.parsing import is_dunder, last_parts
from .places import Places
from .project_files import ProjectFiles
from .source_files import Place, SourceFile

__all__ = ["CallersAtImport"]


@dataclass(frozen=True)
class _Alias:
    """A name in a file that may stand for a function; or the attribute of the class *owner* in it.

    Attributes:
        makes_classes: Whether the function may run when a class is made that inherits from what has the name.
    """

    name: str
    file: str
    owner: str = ""
    makes_classes: bool = False


class CallersAtImport:
    """The finder of the statements that may call a function, through functions that ran at import.

    Args:
        project: The project's files.
        places: The places in them.
    """

    def __init__(self, project: ProjectFiles, places: Places) -> None:
        self._project = project
        self._places = places

    def of(self, file: SourceFile, function: str) -> Iterator[Place]:
        """Yield the statements, and pytest's hooks, that may call *function*."""
        seen: set[object] = set()
        waiting = list(self._aliases(file, function))
        while waiting:
            alias = waiting.pop()
            new = [] if alias in seen else [place for place in self._speaking(alias) if place not in seen]
            seen.update([alias, *new])
            for place in new:
                if self._is_caller(place, alias):
                    yield place
                elif place.file != file.path or place.unit != function:
                    waiting += self._further(place, alias)

    def _is_caller(self, place: Place, alias: _Alias) -> bool:
        if place.statement and place.statement.kind == "class":
            return alias.makes_classes or alias.name in last_parts(place.statement.calls)
        if place.statement:
            return place.statement.kind not in ("import", "star", "annotations", "export", "main")
        return place.name.startswith("pytest_") and not self._project.module(place.file)

    def _further(self, place: Place, alias: _Alias) -> Iterator[_Alias]:
        """Yield the names by which others may call through *place*."""
        statement = place.statement
        if statement and statement.kind == "import":
            yield from (replace(alias, name=bound, file=place.file) for bound in statement.names)
        elif statement and statement.kind == "star":
            yield replace(alias, file=place.file)
        elif not statement and self._runs_at_import(place):
            yield from self._aliases(self._places.files[place.file], place.unit)

    def _runs_at_import(self, place: Place) -> bool:
        module = self._project.module(place.file)
        if module:
            return self._project.may_run_at_import(f"{module}:{place.unit}")
        return (place.file, place.unit) not in self._project.test_functions

    def _aliases(self, file: SourceFile, function: str) -> Iterator[_Alias]:
        """Yield the names that a call of *function* needs."""
        owner, _, last = function.rpartition(".")
        if not owner:
            yield _Alias(last, file.path)
        elif not is_dunder(last):
            yield _Alias(last, file.path, owner)
        else:
            header = file.classes.get(owner)
            makes_classes = self._places.classes.runs_at_creation(file, function)
            for below in self._places.classes.below(header) if header else ():
                yield _Alias(below.last, below.file, makes_classes=makes_classes)
            if header is None:
                yield _Alias(owner.partition(".")[0], file.path, makes_classes=makes_classes)

    def _speaking(self, alias: _Alias) -> Iterator[Place]:
        places, name, path = self._places, alias.name, alias.file
        yield from places.by_attribute.get(name, ())
        if not alias.owner:
            yield from places.by_name.get((path, name), ())
            yield from places.by_import.get((path, name), ())
            for star in places.stars.get(path, ()):
                yield from (place for place in places.by_import.get((path, "*"), ()) if place.file == star)
        else:
            yield from places.using_own(places.files[path], alias.owner, name)
            # In a class body, a method is a mere name.
            yield from places.by_member.get(name, ())
