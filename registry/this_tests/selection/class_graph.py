"""Relates a project's classes: their bases, subclasses and metaclasses, and what making one runs. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial

from .source_files import ClassHeader, Place, SourceFile

__all__ = ["ClassGraph"]

# A name that is imported from where it is imported from, and so on.
_IMPORTS = 8
# They run when a class is made.
_MAKING = ("__init_subclass__", "__set_name__", "__mro_entries__", "__class_getitem__", "__prepare__")
_MADE_BY = ("__new__", "__init__", "__prepare__")
_METACLASSES = ("type", "ABCMeta", "EnumMeta", "EnumType")
_PLAIN_BASES = frozenset(
    {"object", "ABC", "ABCMeta", "Generic", "Protocol", "str", "int", "float", "dict", "list", "tuple", "set"}
    | {"frozenset", "bytes", "Exception", "BaseException", "Warning"}
)


class ClassGraph:
    """The classes of a project, and what they inherit from.

    Args:
        files: The project's files, by path.
        modules: The paths of the files that a module's name may stand for.
    """

    def __init__(self, files: Mapping[str, SourceFile], modules: Mapping[str, Sequence[str]]) -> None:
        self._files = files
        self._modules = modules
        self._named: dict[str, list[ClassHeader]] = defaultdict(list)
        every = [header for file in files.values() for header in file.classes.values()]
        for header in every:
            self._named[header.last].append(header)
        self._parents: dict[ClassHeader, tuple[ClassHeader, ...]] = {}
        self._children: dict[ClassHeader, list[ClassHeader]] = defaultdict(list)
        self._foreign: dict[ClassHeader, tuple[str, ...]] = {}
        self._makers: dict[ClassHeader, tuple[ClassHeader, ...]] = {}
        for header in every:
            found = {base: self._resolved(header.file, base) for base in header.bases}
            self._parents[header] = tuple(parent for parents in found.values() for parent in parents)
            self._foreign[header] = tuple(base for base, parents in found.items() if not parents)
            for parent in self._parents[header]:
                self._children[parent].append(header)
            self._makers[header] = tuple(
                found for keyword in header.keywords for found in self._resolved(header.file, keyword)
            )
        self.family = cache(self._family)
        self.above = cache(partial(_related, step=self._parents.__getitem__))
        self.below = cache(partial(_related, step=lambda header: self._children.get(header, ())))

    def foreign_bases(self, header: ClassHeader) -> tuple[str, ...]:
        """Return the bases of a class that are none of the project's, as they are written."""
        return self._foreign[header]

    def metaclasses(self, header: ClassHeader) -> frozenset[ClassHeader]:
        """Return the project's classes among the metaclasses of a class, and what they inherit from."""
        found = (maker for above in self.above(header) for maker in self._makers[above])
        return frozenset[ClassHeader]().union(*map(self.above, found))

    def functions_at_creation(self, header: ClassHeader) -> Iterator[Place]:
        """Yield the functions that run when a class is made."""
        named = [(above, "__init_subclass__") for above in self.above(header)]
        named += [(maker, made) for maker in self.metaclasses(header) for made in _MADE_BY]
        for cls, method in named:
            by_unit = self._files[cls.file].by_unit
            if f"{cls.name}.{method}" in by_unit:
                yield by_unit[f"{cls.name}.{method}"]

    def family_units(self, file: SourceFile, owner: str) -> Iterator[Place]:
        """Yield the methods of the classes that one object may have together with the class *owner*."""
        header = file.classes.get(owner)
        for other in self.family(header) if header else ():
            for unit, place in self._files[other.file].by_unit.items():
                if unit.rpartition(".")[0] == other.name:
                    yield place

    def runs_at_creation(self, file: SourceFile, function: str) -> bool:
        """Return whether *function* may run when a class is made."""
        owner, _, last = function.rpartition(".")
        header = file.classes.get(owner)
        return last in _MAKING or any(
            base.rpartition(".")[2] in _METACLASSES
            for above in (self.above(header) if header else ())
            for base in self.foreign_bases(above)
        )

    def is_plain(self, file: SourceFile, owner: str) -> bool:
        """Return whether nothing but a name changes where a class gets another attribute."""
        header = file.classes.get(owner)
        return header is not None and all(map(self._makes_nothing, self.above(header)))

    def _makes_nothing(self, header: ClassHeader) -> bool:
        by_unit = self._files[header.file].by_unit
        return (
            not header.decorators
            and all(keyword.rpartition(".")[2] == "ABCMeta" for keyword in header.keywords)
            and f"{header.name}.__init_subclass__" not in by_unit
            and all(map(_is_plain_base, self.foreign_bases(header)))
        )

    def reads_fields(self, header: ClassHeader) -> bool:
        """Return whether something outside of the project may read the annotations in a class."""
        return any(
            above.decorators or above.keywords or not all(map(_is_plain_base, self.foreign_bases(above)))
            for above in self.above(header)
        )

    def _family(self, header: ClassHeader) -> frozenset[ClassHeader]:
        """Return the classes that one object may have together with the class of *header*."""
        below = self.below(header)
        return below.union(*map(self.above, below))

    def _resolved(self, path: str, name: str, depth: int = 0) -> tuple[ClassHeader, ...]:
        """Return the classes that *name* may stand for in the file at *path*."""
        file = self._files[path]
        if name in file.classes:
            return (file.classes[name],)
        root, _, rest = name.partition(".")
        if not name or depth > _IMPORTS:
            return ()
        if root in file.imports:
            target = ".".join(filter(None, (*file.imports[root], rest)))
            return self._imported(target, depth + 1)
        starred = [found for module in file.stars for found in self._imported(f"{module}.{name}", depth + 1)]
        if starred or root not in file.bound:
            return tuple(starred)
        # A name that is bound in another way may be any class of the name.
        return tuple(self._named.get(name.rpartition(".")[2], ()))

    def _imported(self, target: str, depth: int) -> tuple[ClassHeader, ...]:
        module, _, name = target.rpartition(".")
        while module and module not in self._modules:
            module, _, part = module.rpartition(".")
            name = f"{part}.{name}"
        paths = self._modules.get(module, ())
        return tuple(found for path in paths for found in self._resolved(path, name, depth))


def _related(
    header: ClassHeader, step: Callable[[ClassHeader], Iterable[ClassHeader]]
) -> frozenset[ClassHeader]:
    found, waiting = {header}, [header]
    for current in waiting:
        new = [other for other in step(current) if other not in found]
        found.update(new)
        waiting += new
    return frozenset(found)


def _is_plain_base(path: str) -> bool:
    last = path.rpartition(".")[2]
    return last in _PLAIN_BASES or last.endswith(("Error", "Exception", "Warning"))
