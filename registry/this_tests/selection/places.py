"""Indexes which names a project's code speaks of: in each function, and in each statement around them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from .class_graph import ClassGraph
from .source_files import Place, SourceFile

__all__ = ["Places"]


class Places:
    """The places of all files of a project."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self.files = {file.path: file for file in files}
        self.modules: dict[str, list[str]] = defaultdict(list)
        for path, file in self.files.items():
            for name in file.names:
                self.modules[name].append(path)
        self.by_name: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self.by_attribute: dict[str, list[Place]] = defaultdict(list)
        self.by_own: dict[str, list[Place]] = defaultdict(list)
        self.by_string: dict[str, list[Place]] = defaultdict(list)
        self._by_pattern: dict[str, list[Place]] = defaultdict(list)
        self.by_import: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self.stars: dict[str, list[str]] = defaultdict(list)
        self.importers: dict[str, set[str]] = defaultdict(set)
        self.by_member: dict[str, list[Place]] = defaultdict(list)
        self.units: dict[str, list[Place]] = defaultdict(list)
        for file in self.files.values():
            self._add(file)
        self.classes = ClassGraph(self.files, self.modules)

    def every(self) -> Iterator[Place]:
        """Yield all places."""
        for file in self.files.values():
            yield from file.places

    def speaks_of(self, place: Place, module: str, *, inside: bool = False) -> bool:
        """Return whether *place* has the name of a module; or, *inside*, that of something in it."""
        imports = self.files[place.file].imports
        known = {*place.imported, *(imports[name] for name in place.names & imports.keys())}
        paths = {".".join(filter(None, source)) for source in known}
        return any(path == module or (inside and path.startswith(f"{module}.")) for path in paths)

    def using_own(self, file: SourceFile, owner: str, name: str) -> Iterator[Place]:
        """Yield the places that use *name* on a ``self`` which may be an object of the class *owner*."""
        header = file.classes.get(owner)
        for place in self.by_own.get(name, ()):
            cls = self.files[place.file].classes.get(place.owner)
            if cls is None or header is None or cls in self.classes.family(header):
                yield place

    def putting_together(self, name: str) -> Iterator[Place]:
        """Yield the places that look up a name which they put together, and which may be *name*."""
        for pattern, places in self._by_pattern.items():
            if fnmatchcase(name, pattern):
                yield from places

    def is_own(self, file: SourceFile, root: str) -> bool:
        """Return whether *root* is bound in *file*, to something of the project."""
        if root in file.imports:
            module, name = file.imports[root]
            return module in self.modules or f"{module}.{name}" in self.modules
        return root in file.bound

    def _add(self, file: SourceFile) -> None:
        for module in file.stars:
            for source in self.modules.get(module, ()):
                self.stars[source].append(file.path)
        for place in file.places:
            if place.unit:
                self.units[place.name].append(place)
            for name in place.names:
                self.by_name[file.path, name].append(place)
                if place.statement and place.owner:
                    self.by_member[name].append(place)
            for index, names in (
                (self.by_own, place.own),
                (self.by_string, place.strings),
                (self._by_pattern, place.patterns),
                (self.by_attribute, {*place.attributes, *self._resolved(place)}),
            ):
                for name in names:
                    index[name].append(place)

    def _resolved(self, place: Place) -> Iterator[str]:
        """Note what *place* reads of the project's modules, and yield the attributes of other things."""
        for start, path in place.imported:
            module, (name, *rest) = start, path.split(".")
            sources = self.modules.get(module, ())
            while rest and f"{module}.{name}" in self.modules:
                for source in sources:
                    self.by_import[source, name].append(place)
                module = f"{module}.{name}"
                sources, (name, *rest) = self.modules[module], rest
            for source in sources:
                self.by_import[source, name].append(place)
            if place.statement and place.statement.kind in ("import", "star"):
                for source in (*sources, *self.modules.get(f"{module}.{name}", ())):
                    self.importers[source].add(place.file)
            if sources:
                yield from rest
            elif self._belongs(module):
                # An object that a module of the project holds.
                yield from filter(None, (name, *rest))

    def _belongs(self, path: str) -> bool:
        """Return whether a module of the project holds what is at *path*."""
        above = path.rpartition(".")[0]
        return bool(above) and (above in self.modules or self._belongs(above))
