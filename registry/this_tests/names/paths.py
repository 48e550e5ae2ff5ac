"""Which paths lead to an object, and which of them the library offers to its users."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import FunctionType

from .documented import DocumentedNames
from .index import Index
from .peek import attributes, peek_str

__all__ = ["Paths", "PathsTo", "is_public"]

_MODULE_HOOKS = frozenset({"__dir__", "__getattr__"})


def is_dunder(name: str) -> bool:
    """Return whether *name* is one of the special names of the language."""
    return name.startswith("__") and name.endswith("__")


def is_public(path: str) -> bool:
    """Return whether no part of the dotted *path* begins with an underscore, special names aside."""
    if "._" not in path and not path.startswith("_"):
        return True
    return all(not part.startswith("_") or is_dunder(part) for part in path.split("."))


@dataclass(frozen=True)
class PathsTo:
    """The paths to one object, the best first.

    Attributes:
        offered: Those that the library's users are meant to use.
        public: Those without a private part, and the one that the object gives itself.
        every: All of them.
    """

    offered: tuple[str, ...]
    public: tuple[str, ...]
    every: tuple[str, ...]

    def under(self, attribute: str) -> "PathsTo":
        """Return the paths to *attribute* of the object."""
        is_offered = is_public(attribute)
        return PathsTo(
            _joined(self.offered, attribute) if is_offered else (),
            _joined(self.public, attribute) if is_offered else (),
            _joined(self.every, attribute),
        )

    def __add__(self, other: "PathsTo") -> "PathsTo":
        return PathsTo(
            (*self.offered, *other.offered), (*self.public, *other.public), (*self.every, *other.every)
        )


class Paths:
    """The paths to the objects of one index."""

    def __init__(self, index: Index, documented: DocumentedNames) -> None:
        self._index = index
        self._documented = documented
        self._of_classes: dict[int, PathsTo] = {}
        self._lists: dict[str, frozenset[str] | None] = {}

    def to(self, target: object) -> PathsTo:
        """Return the paths from modules to *target*."""
        places = list(self._index.places(target))
        own, home = peek_str(target, "__name__"), peek_str(target, "__module__")
        shown = [each for each in places if self._is_shown(*each, own, home)]
        # A module that lists no names of its own may be the only one to have this.
        if not shown and not own.startswith("_"):
            shown = [each for each in places if is_public(each[0])]
        every = self._spelled(places)
        offered = [path for path in self._spelled(shown) if is_public(path)]
        public = [path for path in every if path in offered or is_public(path)] if offered else []
        if len(every) > 1:
            offered, public, every = (sorted(each, key=self.rank) for each in (offered, public, every))
        for module in dict.fromkeys((home, _defined_in(target))):
            itself = f"{module}.{own}"
            if offered and itself in every and itself not in public:
                public.append(itself)
        return PathsTo(tuple(offered), tuple(public), tuple(every))

    def to_class(self, cls: type) -> PathsTo:
        """Return all paths to a class, those through other classes last."""
        known = self._of_classes.get(id(cls))
        if known is None:
            # Put there first, for a class may hold itself.
            known = self._of_classes[id(cls)] = self.to(cls)
            for owner, attribute in self._index.owners(cls):
                known += self.to_class(owner).under(attribute)
            self._of_classes[id(cls)] = known
        return known

    def rank(self, path: str) -> tuple[object, ...]:
        """Return a key that sorts paths: the best first."""
        parent, _, last = path.rpartition(".")
        listed = self._listed(parent)
        return (
            parent not in self._documented,
            listed is None or last not in listed,
            path.count("."),
            len(path),
            path,
        )

    def _is_shown(self, module: str, attribute: str, own: str, home: str) -> bool:
        """Return whether *module* means its users to find *attribute* there, or merely imports it."""
        if attribute in _MODULE_HOOKS or not is_public(module):
            return False
        listed = self._listed(module)
        if (listed is not None and attribute in listed) or (home == module and own == attribute):
            return True
        is_package = "__path__" in attributes(self._index.modules.get(module))
        return listed is None and (is_package or not home or not is_public(home))

    def _listed(self, module: str) -> frozenset[str] | None:
        if module not in self._lists:
            names = attributes(self._index.modules.get(module)).get("__all__")
            if isinstance(names, list | tuple):
                self._lists[module] = frozenset(each for each in names if type(each) is str)
            else:
                self._lists[module] = None
        return self._lists[module]

    def _spelled(self, places: Iterable[tuple[str, str]]) -> list[str]:
        return [
            f"{name}.{attribute}" for module, attribute in places for name in self._index.module_names(module)
        ]


def _defined_in(target: object) -> str:
    # Where a decorator changed what `__module__` says.
    name = target.__globals__.get("__name__") if type(target) is FunctionType else None
    return name if type(name) is str else ""


def _joined(paths: Iterable[str], attribute: str) -> tuple[str, ...]:
    return tuple(f"{path}.{attribute}" for path in paths)
