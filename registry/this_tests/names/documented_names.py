"""Which documented names mean an object."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from .index import Index, normal
from .introspection import MISSING

__all__ = ["DocumentedNames"]


class DocumentedNames:
    """The documented names of a library, looked up by object.

    Names are followed to their objects in groups, by their last part and on demand: a run
    that resolves ten targets follows the names of ten groups.

    Attributes:
        names: All of them.
    """

    def __init__(self, names: AbstractSet[str], index: Index) -> None:
        self.names = names
        self._index = index
        self._groups: dict[str, dict[int, tuple[object, list[str]]]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __bool__(self) -> bool:
        return bool(self.names)

    def of(self, target: object, attributes: Iterable[str], paths: Collection[str] = ()) -> list[str]:
        """Return the documented names of *target* that end in one of *attributes*, sorted.

        Args:
            paths: Names that are known to lead to *target*, and need not be followed.
        """
        found: list[str] = []
        for last in attributes:
            group = self._groups.get(last)
            if group is None:
                names = self._by_last.get(last)
                if names is None:
                    continue
                if paths and all(name in paths for name in names):
                    found += names
                    continue
                group = self._group(last, names)
            known = group.get(id(target))
            if known is not None and known[0] is target:
                found += known[1]
        return sorted(found) if len(found) > 1 else found

    def alike(self, name: str) -> list[str]:
        """Return the documented names that end like *name* or begin like it."""
        parent, _, last = name.rpartition(".")
        return sorted(
            {
                *self._by_last.get(last, ()),
                *(each for each in self.names if each.rpartition(".")[0] == parent),
            }
        )

    @cached_property
    def containers(self) -> AbstractSet[str]:
        """The paths that begin a documented name, up to its last dot."""
        return {name.rpartition(".")[0] for name in self.names}

    @cached_property
    def _by_last(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.names:
            found.setdefault(name.rpartition(".")[2], []).append(name)
        return found

    def _group(self, last: str, names: Iterable[str]) -> dict[int, tuple[object, list[str]]]:
        group: dict[int, tuple[object, list[str]]] = {}
        for name in names:
            raw = self._index.at(name)
            if raw is not MISSING:
                target = normal(raw)
                inner = self._index.inside(target)
                for each in (target,) if inner is target else (target, inner):
                    group.setdefault(id(each), (each, []))[1].append(name)
        self._groups[last] = group
        return group
