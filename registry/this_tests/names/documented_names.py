"""Looks up inventory names by the object that they name."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from .index import Index, normal
from .introspection import MISSING

__all__ = ["DocumentedNames"]


class DocumentedNames:
    """The documented names of a library, looked up by object.

    Names are resolved to objects on demand, in groups with the same last part: a run that resolves
    ten targets resolves the names of ten groups.

    Attributes:
        names: All documented names.
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
            paths: Names that are known to lead to *target* and need not be resolved.
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

    def similar(self, name: str) -> list[str]:
        """Return the documented names with the last part or the parent of *name*."""
        parent, _, last = name.rpartition(".")
        return sorted(
            {
                *self._by_last.get(last, ()),
                *(other for other in self.names if other.rpartition(".")[0] == parent),
            }
        )

    @cached_property
    def containers(self) -> AbstractSet[str]:
        """The parents of the documented names: each name up to its last dot."""
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
                for value in (target,) if inner is target else (target, inner):
                    group.setdefault(id(value), (value, []))[1].append(name)
        self._groups[last] = group
        return group
